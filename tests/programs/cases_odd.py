# SPDX-License-Identifier: Apache-2.0
"""Owners in odd circumstances: what is seen of their threads is said, and nothing hangs."""
import contextlib
import os
import time

from case import table
from cases_languages import PYTHON, await_word, guest
from looking import Wrong, run_linger
from world import GUESTS, PEER, YOUNG_MS, Truth, await_true, end_all

CASES, case = table()
WHY_S = 10
FREEZERS = [('/sys/fs/cgroup/freezer', 'freezer.state', 'FROZEN', 'THAWED'),
            ('/sys/fs/cgroup/unified', 'cgroup.freeze', '1', '0'),
            ('/sys/fs/cgroup', 'cgroup.freeze', '1', '0')]


def forget_one(w, how):
    server = w.listen(9001)
    child = guest(w, PYTHON, GUESTS / 'odd.py', PEER, '9001', how)
    forgotten = w.accept(server, 1)
    await_word(child, 'ready')
    end_all(forgotten)
    return child


def why(w, cause):
    """The one finding of a cause, as `linger why --json` has it."""
    found = [f for f in w.look(YOUNG_MS).findings if f['cause'] == cause]
    began = time.monotonic()
    report = run_linger([w.linger, 'why', found[0]['id'], '--json', '--here', '--older-than',
                         f'{YOUNG_MS}ms'])
    if time.monotonic() - began > WHY_S:
        raise Wrong(f'linger why took {time.monotonic() - began:.1f} s')
    return report.findings[0]


@case(PYTHON)
def odd_crowd(w):
    """More threads than are read: the first are counted, and it is said that there are more."""
    forget_one(w, 'crowd')
    w.expect(Truth('CLOSE_WAIT', 'eof-unwatched', 1, ['python3']))
    threads = why(w, 'eof-unwatched')['threads']
    if threads['seen'] != 'some' or threads['total'] != 3001 or not threads['groups']:
        raise Wrong(f'of 3,001 threads is said: {threads}')


@case(PYTHON)
def odd_headless(w):
    """The first thread has ended, the others have not: they hold its files and do its work."""
    child = forget_one(w, 'headless')

    def has_ended():
        with open(f'/proc/{child.pid}/stat', encoding='ascii') as file:
            return file.read().split(') ')[1][0] == 'Z'
    await_true(has_ended, 'the end of the first thread')
    w.expect(Truth('CLOSE_WAIT', 'eof-unwatched', 1, ['python3']))
    threads = why(w, 'eof-unwatched')['threads']
    if threads['seen'] != 'all' or [g['count'] for g in threads['groups']] != [1]:
        raise Wrong(f'of the one living thread is said: {threads}')


def put(path, text):
    with open(path, 'r+', encoding='ascii') as file:
        file.write(text)


@case(PYTHON)
def odd_frozen(w):
    """In a cgroup below one that is frozen, by each version that this host has: state S or D, and
    its threads as they were."""
    child = forget_one(w, 'one')
    w.expect(Truth('CLOSE_WAIT', 'eof-unwatched', 1, ['python3']))
    for freezer in FREEZERS:
        freeze_and_thaw(w, child, *freezer)


def freeze_and_thaw(w, child, root, control, freeze, thaw):
    above = f'{root}/linger-programs-{os.getpid()}'
    below = f'{above}/below'
    with contextlib.suppress(OSError):
        os.makedirs(below)
    try:
        if os.path.exists(f'{above}/{control}'):
            put(f'{below}/cgroup.procs', str(child.pid))
            put(f'{above}/{control}', freeze)
            w.expect(Truth('CLOSE_WAIT', 'process-stopped', 1, ['python3']))
            put(f'{above}/{control}', thaw)
            w.expect(Truth('CLOSE_WAIT', 'eof-unwatched', 1, ['python3']))
    finally:
        # A frozen process cannot even be killed.
        with contextlib.suppress(OSError):
            put(f'{above}/{control}', thaw)
            put(f'{root}/cgroup.procs', str(child.pid))
        for folder in (below, above):
            with contextlib.suppress(OSError):
                os.rmdir(folder)
