#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does `linger why` find one and the same finding by each way to ask for it, on real connections?

usage: test_why.py LINGER. TAP on standard output. Makes a scene of the lab and looks at it from inside;
ends with 77 when none can be made here.
"""
import json
import subprocess
import sys

LINGER = sys.argv[1]
COUNT = 12
RUN_S = 60
RESULTS = []
LOOK = ['--here', '--older-than', '200ms']


def say(good, what, *details):
    """One line of TAP, what went wrong behind it."""
    RESULTS.append(bool(good))
    print('ok' if good else 'not ok', len(RESULTS), '-', what)
    if not good:
        for detail in details:
            print('#', repr(detail))


def run(*words):
    return subprocess.run([LINGER, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=RUN_S, check=False)


def await_rows():
    """All connections of the scene, once they are old enough to be in a finding."""
    for _ in range(50):
        rows = [json.loads(line) for line in run('list', '--json', *LOOK).stdout.splitlines()]
        if len(rows) == COUNT and all(row['finding'] for row in rows):
            return rows
    return rows


def inside():
    rows = await_rows()
    row = rows[0]
    finding, pid = row['finding'], str(row['owners'][0]['pid'])
    local, remote = row['local'], row['remote']
    port = ':' + local.rpartition(':')[2]
    ways = [[finding], [finding[:5]], [finding[:4].upper()], [port], [f'pid = {pid}'],
            ['state', 'close-wait', 'and', 'pid', '=', pid], [local, remote],
            [f'{local}->{remote}'], [f'{local}-{remote}'], [local, '->', remote],
            [local, '-', remote], ['cause', '=', 'eof-*'], [finding, port], [port, 'ffffffff']]
    if not finding.startswith(pid):
        ways.append([pid])
    for words in ways:
        done = run('why', *LOOK, '--json', *words)
        found = [f['id'] for f in json.loads(done.stdout)['findings']] if done.stdout else None
        say(found == [finding] and done.returncode == 1 and not done.stderr,
            f'why {" ".join(words)} is the finding', found, done.returncode, done.stderr)
    text = run('why', *LOOK, local, remote).stdout
    say(f'1 of {COUNT} asked for by' in text, 'one connection is told to be one of many', text)
    say(text.partition('\nconnections\n')[2].split('\n')[2].split()[3:5] == [local, remote],
        'the one asked for comes first', text)
    gone = run('why', *LOOK, 'ffffffff')
    say(gone.returncode == 0 and 'No finding begins with ffffffff' in gone.stdout,
        'what is gone is no error', gone.returncode, gone.stdout, gone.stderr)
    none = run('why', *LOOK, 'sport', '=', ':1')
    say(none.returncode == 0 and 'linger list' in none.stdout,
        'a filter that means nothing stuck says where to look', none.stdout, none.stderr)
    for words in (['7g3'], [local], []):
        done = run('why', *LOOK, *words)
        say(done.returncode == 2 and not done.stdout, f'why {" ".join(words)} is refused',
            done.returncode, done.stdout)
    for sort in ('-local', 'remote'):
        done = run('list', *LOOK, '--sort', sort, '-o', sort.strip('-'), '--csv')
        cells = done.stdout.split()[1:]
        ports = [int(cell.strip('"').rpartition(':')[2]) for cell in cells]
        say(ports == sorted(ports, reverse=sort[0] == '-') and len(ports) == COUNT,
            f'list --sort {sort} is in order', done.stdout, done.stderr)
    some = run(*LOOK, '--json', f'dst {remote}')
    report = json.loads(some.stdout)
    say([f['count'] for f in report['findings']] == [1]
        and report['filter']['left_out_connections'] == COUNT - 1,
        'linger FILTER counts what it means', report)


def main():
    if sys.argv[2:] == ['--inside']:
        inside()
        print(f'1..{len(RESULTS)}')
        sys.exit(not all(RESULTS))
    done = subprocess.run([LINGER, 'lab', 'eof-ignored', '--count', str(COUNT), '--', sys.executable,
                           __file__, LINGER, '--inside'], stdin=subprocess.DEVNULL, check=False,
                          timeout=170, stderr=subprocess.PIPE, text=True)
    if done.returncode == 3 or 'namespace' in done.stderr:
        print('1..0 # SKIP', done.stderr.strip())
        sys.exit(0)
    print(done.stderr, file=sys.stderr, end='')
    sys.exit(done.returncode)


if __name__ == '__main__':
    main()
