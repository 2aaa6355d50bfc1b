#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does linger say what is true of real programs, stuck and healthy?

usage: test_programs.py LINGER FOLDER [CASE...]. Without a name every case is played, those that say
the same once more only with LINGER_LONG=1. Each case runs programs that nobody here wrote on a
host of its own, lets the incident happen, and compares what linger says with what is so. What is not
installed is skipped with a line. Prints the confusion table and leaves it in
FOLDER/confusion-programs.txt. Any wrong `certain` fails. Ends with 77 where nothing can be tried.
"""
import collections
import concurrent.futures
import json
import os
import shutil
import subprocess
import sys
import time
import traceback

import cases_languages
import cases_odd
import cases_servers
import cases_stores
import cases_tools
import incidents
from world import World, adopt, end_children
from looking import Confusion, Wrong

JOBS = 4
CASE_S = 120
CASES = {**cases_servers.CASES, **cases_stores.CASES, **cases_tools.CASES, **cases_languages.CASES,
         **cases_odd.CASES, **incidents.CASES}
LONG = incidents.LONG
APART = ['unshare', '--net']


def play_inside(linger, name):
    """One case, in the namespaces made for it. A line of JSON for each finding, then what is wrong.
    """
    def tell(line):
        print(json.dumps(line), flush=True)

    world = World(linger, tell)
    try:
        {**CASES, **LONG}[name].play(world)
    except Wrong as problem:
        tell({'wrong': str(problem), 'logs': list(world.logs())})
    except (OSError, subprocess.SubprocessError):
        tell({'wrong': traceback.format_exc(limit=4), 'logs': list(world.logs())})
    finally:
        world.close()


def play(linger, name, confusion):
    """Sentences about what is wrong with a case."""
    began = time.monotonic()
    try:
        done = subprocess.run([*APART, sys.executable, __file__, '--inside', linger, name],
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=CASE_S,
                              check=False)
    except subprocess.TimeoutExpired:
        return [f'{name}: not done after {CASE_S} s']
    wrong = []
    for line in done.stdout.decode().splitlines():
        said = json.loads(line)
        if 'wrong' in said:
            wrong += [f'{name}: {said["wrong"]}', *said['logs']]
        else:
            confusion[said['view']].note(said['true'], said['said'], said['confidence'])
    if done.returncode:
        wrong.append(f'{name}: ended with {done.returncode}: {done.stderr.decode()[-800:]}')
    print(f'{"not so" if wrong else "so":7}{name} ({time.monotonic() - began:.1f} s)', flush=True)
    return wrong


def main():
    if sys.argv[1] == '--inside':
        play_inside(*sys.argv[2:])
        return
    linger, folder, *wanted = sys.argv[1:]
    linger, began, wrong = os.path.abspath(linger), time.monotonic(), []
    if os.geteuid() or not shutil.which('ip') or \
            subprocess.run([*APART, 'true'], check=False).returncode:
        print('not root, no ip(8), or no namespaces can be made here')
        sys.exit(77)
    os.environ.setdefault('GOCACHE', os.path.abspath(os.path.join(folder, 'go-cache')))
    confusion = collections.defaultdict(Confusion)
    names = []
    for name, case in {**CASES, **LONG}.items():
        if name in LONG and name not in wanted and os.environ.get('LINGER_LONG') != '1':
            continue
        missing = [need for need in case.needs if not shutil.which(need) and not os.path.exists(need)]
        if missing:
            print(f'skipped {name}: {", ".join(missing)} is not installed')
        elif not wanted or name in wanted:
            names.append(name)
    adopt()
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        for sentences in pool.map(lambda name: play(linger, name, confusion), names):
            wrong += sentences
    end_children()
    with open(os.path.join(folder, 'confusion-programs.txt'), 'w', encoding='utf-8') as file:
        for out in (sys.stdout, file):
            for view in sorted(confusion):
                confusion[view].write(out, f'what is so, and what is said ({view})')
    print('\n'.join(['', *wrong]))
    print(f'{len(names)} cases, {time.monotonic() - began:.0f} s')
    sys.exit(bool(wrong) if names else 77)


if __name__ == '__main__':
    main()
