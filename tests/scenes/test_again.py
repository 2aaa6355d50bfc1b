#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `linger --again` tells of scenes that grow, that are level, and that move data now and then.

usage: test_again.py LINGER. Ends with 77 where no namespace can be made.
"""
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time

from hosts import READY_S, World
from looking import STUCK, NOTHING_STUCK, Wrong, check_shape

AGAIN_S, YOUNG_MS, LOOK_S = 4, 300, 60
LEAK_PER_MIN = 240         # scene eof-unwatched-leak


def look(linger, *words):
    """The findings and the exit status of two looks from where we are."""
    done = subprocess.run([linger, '--json', '--here', '--all', '--older-than', f'{YOUNG_MS}ms',
                           *words], stdin=subprocess.DEVNULL, capture_output=True, timeout=LOOK_S,
                          check=False)
    if done.returncode not in (STUCK, NOTHING_STUCK) or done.stderr:
        raise Wrong(f'linger ended with {done.returncode}: {done.stderr.decode()}')
    check_shape(done.stdout.decode())
    return json.loads(done.stdout)['findings']


def again(linger):
    return look(linger, '--again', f'{AGAIN_S}s')


def look_at_scene(linger, scene, count):
    """What two looks from within a scene of the lab find."""
    script = f'sleep 1; exec "$0" --json --here --all --older-than {YOUNG_MS}ms --again {AGAIN_S}s'
    done = subprocess.run([linger, 'lab', scene, '--count', str(count), '--', 'sh', '-c', script,
                           linger], stdin=subprocess.DEVNULL, capture_output=True, timeout=LOOK_S,
                          check=False)
    if done.returncode not in (STUCK, NOTHING_STUCK) or done.stderr:
        raise Wrong(f'linger ended with {done.returncode}: {done.stderr.decode()}')
    check_shape(done.stdout.decode())
    return [f for f in json.loads(done.stdout)['findings'] if f['state'] == 'CLOSE_WAIT']


def expect(condition, findings):
    if not condition:
        raise Wrong(str([{k: f[k] for k in ('cause', 'count', 'pattern', 'growth_per_min', 'harm')}
                         for f in findings]))


def test_leak(linger):
    findings = look_at_scene(linger, 'eof-unwatched-leak', 30)
    expect(len(findings) == 1, findings)
    f = findings[0]
    expect(f['pattern'] == 'leak', findings)
    # Each of the four a second is seen once it is old enough; a busy machine makes fewer.
    expect(LEAK_PER_MIN / 3 < f['growth_per_min'] < LEAK_PER_MIN * 1.3, findings)
    expect(any('"Too many open files" in about' in h for h in f['harm']), findings)


def test_pool(linger):
    findings = look_at_scene(linger, 'eof-unwatched-pool', 7)
    expect(len(findings) == 1 and findings[0]['growth_per_min'] == 0, findings)
    # Who else is connected to the same peer is told by BPF.
    expect(findings[0]['pattern'] in ('pool', 'unknown'), findings)
    siblings = [e['value'] for e in findings[0]['evidence'] if e['fact'] == 'established_to_peer']
    expect(findings[0]['pattern'] == 'pool' or siblings != [3], findings)


def test_level(linger):
    findings = look_at_scene(linger, 'eof-ignored', 7)
    expect(len(findings) == 1 and findings[0]['growth_per_min'] == 0, findings)
    expect(findings[0]['pattern'] == 'unknown', findings)


def test_one_look(linger):
    findings = look(linger)
    expect(all(f['growth_per_min'] is None for f in findings), findings)


def test_moving(linger):
    """A half-closed connection on which we send seldom: one look takes it for forgotten."""
    world = World()
    ours, peers = world.connect()
    peers.shutdown(socket.SHUT_WR)
    while ours.recv(100):
        pass
    done = threading.Event()

    def send():
        while not done.wait(1.5):
            ours.send(b'still here')

    sender = threading.Thread(target=send)
    sender.start()
    try:
        time.sleep(2)
        with world.ours:
            findings = [f for f in again(linger) if f['state'] == 'CLOSE_WAIT']
    finally:
        done.set()
        sender.join(READY_S)
    expect([f['cause'] for f in findings] == ['half-close-in-use'], findings)


def test_usage(linger):
    for words in (['--again', '0s'], ['--again', 'soon'], ['--again', '2s'], ['--again']):
        done = subprocess.run([linger, '--here', *words], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=LOOK_S, check=False)
        if done.returncode != 2 or b'--again' not in done.stderr:
            raise Wrong(f'{words}: status {done.returncode}, {done.stderr.decode()}')


def test_interrupt(linger):
    """On a terminal it says how long it waits; there and elsewhere it can be interrupted."""
    ours, theirs = os.openpty()
    process = subprocess.Popen([linger, '--here', '--again', '60s'], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    text, end = b'', time.monotonic() + READY_S
    while b'looking again in' not in text and time.monotonic() < end:
        if select.select([ours], [], [], 1)[0]:
            text += os.read(ours, 1000)
    process.send_signal(signal.SIGINT)
    status = process.wait(READY_S)
    os.close(ours)
    if b'looking again in 60 s' not in text or status != -signal.SIGINT:
        raise Wrong(f'status {status}, on the terminal: {text}')


def can_make(linger):
    return subprocess.run([linger, 'lab', 'healthy', '--', 'true'], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=LOOK_S, check=False).returncode == 0


def main():
    linger = sys.argv[1]
    if not can_make(linger):
        print('no network namespaces can be made here')
        sys.exit(77)
    wrong = 0
    for name, test in list(globals().items()):
        if not name.startswith('test_'):
            continue
        try:
            test(linger)
            print(f'ok  {name}', flush=True)
        except (Wrong, OSError, subprocess.SubprocessError) as problem:
            print(f'NOT {name}: {problem}', flush=True)
            wrong += 1
    sys.exit(bool(wrong))


if __name__ == '__main__':
    main()
