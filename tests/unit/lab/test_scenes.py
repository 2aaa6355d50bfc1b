#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does every scene of the lab make what it says, and nothing else, and leave nothing behind?

usage: test_scenes.py LINGER [SCENE...]. Starts each scene over IPv4 and IPv6, reads the
namespace's connections from /proc/PID/net and their holders from /proc/PID/fd, ends the lab, and
looks for what is left. As root it does so a second time as an ordinary user. Ends with 77 when no
scene can be made here.
"""
import concurrent.futures
import json
import os
import re
import select
import signal
import stat
import subprocess
import sys
import time

COUNT = 7            # of each scene; a prime, so that a number found is the number meant
READY_S = 60
END_S = 15
NOBODY = 65534
STATES = {1: 'ESTABLISHED', 2: 'SYN_SENT', 3: 'SYN_RECV', 4: 'FIN_WAIT_1', 5: 'FIN_WAIT_2',
          6: 'TIME_WAIT', 7: 'CLOSED', 8: 'CLOSE_WAIT', 9: 'LAST_ACK', 10: 'LISTEN', 11: 'CLOSING'}
ANY = range(1 << 30)
RETRANSMIT, KEEPALIVE, TIME_WAIT, PROBE = 1, 2, 3, 4  # timers, as /proc/net/tcp numbers them

# scene: what each of its connections must look like; a missing key is not looked at. `rx` and `tx`
# are the queues' bytes, `holders` how many processes have it, `beside` what else may be in the
# namespace.
SEEN = {
    'never-accepted': {'rx': [6], 'tx': [0], 'timer': [0], 'inode': False, 'holders': 0},
    'never-accepted-busy': {'rx': [6], 'inode': False, 'holders': 0, 'beside': {'ESTABLISHED': 1}},
    'never-accepted-full': {'rx': [6], 'inode': False, 'holders': 0},
    'never-accepted-stopped': {'rx': [6], 'inode': False, 'holders': 0},
    'never-accepted-worker': {'rx': [6], 'inode': False, 'holders': 0},
    'owner-hidden': {'rx': [1], 'inode': True, 'holders': 0},
    'process-stopped': {'rx': [11], 'holders': 1},
    'send-blocked': {'rx': [0], 'tx': range(1, 1 << 20), 'timer': [PROBE], 'probes': [0, 1]},
    'send-blocked-silent': {'rx': [0], 'tx': range(1, 1 << 20), 'timer': [RETRANSMIT],
                            'again': range(2, 99)},
    'half-close-in-use': {'rx': [0], 'holders': 1},
    'half-close-in-use-draining': {'tx': range(200000, 260002), 'timer': [RETRANSMIT],
                                   'again': [0], 'holders': 1},
    'inherited': {'rx': [1], 'holders': 1, 'holder': 'sleep'},
    'inherited-two': {'rx': [1], 'holders': 2},
    'proxy-leg': {'rx': [0], 'tx': [0], 'holders': 1, 'beside': {'FIN_WAIT_2': COUNT}},
    'reader-stuck': {'rx': [12, 22], 'holders': 1},
    'reader-stuck-threads': {'rx': [12], 'holders': 1},
    'reader-stuck-oneshot': {'rx': [12], 'holders': 1},
    'reader-stuck-forked': {'rx': [1], 'holders': 1, 'holder': 'lab-child'},
    'reader-stuck-reading': {'rx': [1], 'holders': 1, 'beside': {'ESTABLISHED': COUNT}},
    'reader-stuck-sleeping': {'rx': [1], 'holders': 1},
    'reader-stuck-computing': {'rx': [1], 'holders': 1},
    'reader-stuck-writing': {'rx': [1001], 'holders': 1},
    'back-pressure': {'rx': range(1000, 60000), 'holders': 1, 'beside': {'ESTABLISHED': COUNT}},
    'eof-masked': {'rx': [1], 'holders': 1},
    'eof-masked-copied': {'rx': [1], 'holders': 2},
    'edge-missed': {'rx': [91, 81], 'holders': 1},
    'eof-unwatched': {'rx': [1], 'holders': 1},
    'eof-unwatched-data': {'rx': [38], 'holders': 1},
    'eof-unwatched-pool': {'rx': [1], 'holders': 1, 'beside': {'ESTABLISHED': 3}},
    'eof-unwatched-accepted': {'rx': [1], 'holders': 1},
    'eof-unwatched-idle-pool': {'rx': [1], 'holders': 1},
    'eof-unwatched-leak': {'rx': [1], 'holders': 1, 'passing': True},
    'eof-ignored': {'rx': [0], 'tx': [0], 'timer': [0], 'holders': 1},
    'shutdown-not-closed': {'rx': [0], 'tx': [0], 'timer': [0], 'holders': 1},
    'half-close-in-use-fin-wait-2': {'holders': 1},
    'reader-stuck-fin-wait-2': {'rx': [200, 400], 'holders': 1},
    'peer-never-closes': {'rx': [0], 'tx': [0], 'timer': [0], 'holders': 1},
    'fin-timeout-pending': {'timer': [TIME_WAIT], 'inode': False, 'holders': 0},
    'fin-timeout-pending-long': {'timer': [KEEPALIVE], 'inode': False, 'holders': 0},
    'peer-silent': {'tx': [1], 'timer': [RETRANSMIT], 'again': range(2, 99), 'holders': 1},
    'peer-silent-last-ack': {'tx': [1], 'timer': [RETRANSMIT], 'again': range(2, 99), 'holders': 1},
    'peer-silent-closing': {'tx': [1], 'timer': [RETRANSMIT], 'again': range(2, 99), 'holders': 1},
    'peer-not-reading': {'tx': [5001], 'timer': [PROBE], 'again': [0], 'probes': [0, 1],
                         'holders': 1},
    'peer-not-reading-last-ack': {'tx': [5001], 'timer': [PROBE], 'again': [0], 'probes': [0, 1],
                                  'holders': 1},
    'draining': {'tx': range(200000, 260002), 'timer': [RETRANSMIT], 'again': [0], 'holders': 1},
    'port-pressure': {'timer': [TIME_WAIT], 'inode': False, 'holders': 0},
    'time-wait': {'timer': [TIME_WAIT], 'inode': False, 'holders': 0},
    'ghost-fd': {},
    'peer-vanished': {'tx': [100], 'timer': [RETRANSMIT], 'again': range(3, 99), 'holders': 1},
    'peer-vanished-keepalive': {'timer': [KEEPALIVE], 'probes': range(2, 99), 'holders': 1},
    'peer-vanished-window': {'tx': [100], 'timer': [PROBE], 'probes': range(3, 99), 'holders': 1},
    'unexplained': {'rx': [1], 'holders': 1},
    # Some of its connections come and go, as those of the leak come.
    'healthy': {'passing': True},
    'healthy-odd': {'timer': [0, KEEPALIVE, PROBE], 'again': [0], 'probes': [0, 1],
                    'beside': {'ESTABLISHED': 5 * COUNT}},
    'forking-server': {'rx': [0], 'tx': [0], 'holders': 1, 'holder': 'lab-child'},
}


class Lab:
    """A running scene; leaving the block ends it."""

    def __init__(self, linger, arguments, user):
        self.process = subprocess.Popen(
            [linger, 'lab', *arguments, '--json'], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            **({'user': user, 'group': user, 'extra_groups': []} if user else {}))
        self.ready = {}

    def __enter__(self):
        if select.select([self.process.stdout], [], [], READY_S)[0]:
            self.ready = json.loads(self.process.stdout.readline() or b'{}')
        return self

    def __exit__(self, *_):
        self.end(signal.SIGKILL)
        self.process.stdout.close()
        self.process.stderr.close()

    def end(self, signal_number):
        """Ends the lab; its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal_number)
        return self.process.wait(END_S)

    def pids(self):
        return [p['pid'] for p in self.ready['pids']]


def read_connections(pid, is_v6):
    """The TCP sockets of a process's namespace."""
    with open(f'/proc/{pid}/net/tcp{"6" if is_v6 else ""}', encoding='ascii') as file:
        for line in file.readlines()[1:]:
            word = line.split()
            tx, rx = (int(n, 16) for n in word[4].split(':'))
            yield {'state': STATES[int(word[3], 16)], 'tx': tx, 'rx': rx, 'inode': int(word[9]),
                   'timer': int(word[5].split(':')[0], 16), 'again': int(word[6], 16),
                   'probes': int(word[8])}


def read_holders(pids):
    """inode: the comms of the processes that hold that socket."""
    holders = {}
    for pid in pids:
        with open(f'/proc/{pid}/comm', encoding='utf-8') as file:
            comm = file.read().strip()
        for fd in os.scandir(f'/proc/{pid}/fd'):
            try:
                found = re.fullmatch(r'socket:\[(\d+)\]', os.readlink(fd.path))
            except FileNotFoundError:
                continue  # closed in between, as a healthy server does
            if found:
                holders.setdefault(int(found[1]), []).append(comm)
    return holders


def judge_connection(scene, seen, connection, holders):
    """Sentences about what is wrong with one of the connections under study."""
    for key in ('rx', 'tx', 'timer', 'again', 'probes'):
        if connection[key] not in seen.get(key, ANY):
            yield f'{scene}: {key} is {connection[key]}'
    if 'inode' in seen and bool(connection['inode']) != seen['inode']:
        yield f'{scene}: the inode is {connection["inode"]}'
    who = holders.get(connection['inode'], [])
    if len(who) != seen.get('holders', len(who)):
        yield f'{scene}: a connection is held by {who}'
    if 'holder' in seen and set(who) != {seen['holder']}:
        yield f'{scene}: a connection is held by {who}, not by {seen["holder"]}'


def judge_ghosts(connections, ready, holders):
    """No connection to be seen, but sockets to be held."""
    if connections:
        yield f'ghost-fd: {len(connections)} connections are left'
    held = sum('lab-client' in who for who in holders.values())
    if held != ready['count']:
        yield f'ghost-fd: {held} sockets are held, not {ready["count"]}'


def judge_scene(ready, connections, holders):
    """Sentences about what a scene should be and is not."""
    scene = ready['scene']
    seen = SEEN[scene]
    if scene == 'ghost-fd':
        yield from judge_ghosts(connections, ready, holders)
        return
    found = {}
    for connection in connections:
        if connection['state'] == ready['state']:
            yield from judge_connection(scene, seen, connection, holders)
        found[connection['state']] = found.get(connection['state'], 0) + 1
        if 'lab-wire' in holders.get(connection['inode'], []):
            yield f'{scene}: the wire holds a connection'
    listening = found.pop('LISTEN', 0)
    if (listening > 0) != (ready['role'] != 'connected'):
        yield f'{scene}: {listening} sockets are listening'
    expected = {ready['state']: ready['count'], **seen.get('beside', {})}
    if seen.get('passing'):
        return  # whatever passes by
    if found != expected:
        yield f'{scene}: found {found} instead of {expected}'


def find_left(pids):
    """Which of the processes are still alive, after a moment of patience."""
    deadline = time.monotonic() + END_S
    left = list(pids)
    while left and time.monotonic() < deadline:
        left = [pid for pid in left if is_alive(pid)]
        time.sleep(0.01)
    return left


def is_alive(pid):
    try:
        with open(f'/proc/{pid}/stat', encoding='utf-8', errors='replace') as file:
            return file.read().rpartition(')')[2].split()[0] not in 'ZX'
    except (FileNotFoundError, ProcessLookupError):
        return False


def try_scene(linger, scene, is_v6, user, limits):
    """Plays one scene; sentences about what is wrong."""
    arguments = [scene, '--count', str(min(max(COUNT, limits[0]), limits[1])), *(['--ipv6'] if is_v6 else [])]
    with Lab(linger, arguments, user) as lab:
        if not lab.ready:
            lab.end(signal.SIGKILL)
            return [f'{scene}: was not ready: {lab.process.stderr.read().decode().strip()}']
        pids = lab.pids()
        connections = list(read_connections(pids[0], is_v6))
        wrong = list(judge_scene(lab.ready, connections, read_holders(pids)))
        status = lab.end(signal.SIGTERM)
        if status != 0:
            wrong.append(f'{scene}: ended with {status}')
    left = find_left(pids)
    return wrong + ([f'{scene}: processes are left: {left}'] if left else [])


def try_kill(linger, _scene, _is_v6, user, _limits):
    """SIGKILL, which no program can catch: the processes end all the same."""
    with Lab(linger, ['inherited'], user) as lab:
        if not lab.ready:
            return ['SIGKILL: the scene was not ready']
        lab.end(signal.SIGKILL)
        left = find_left(lab.pids())
    return [f'SIGKILL: processes are left: {left}'] if left else []


def try_commands(linger):
    """Exit statuses of `-- CMD`, and of wrong usage."""
    cases = [
        (0, ['eof-ignored', '--', 'true']),
        (5, ['eof-ignored', '--', 'sh', '-c', 'exit 5']),
        (128 + signal.SIGKILL, ['eof-ignored', '--', 'sh', '-c', 'kill -KILL $$']),
        (127, ['eof-ignored', '--', '/nonexistent/command']),
        (2, ['no-such-scene']),
        (2, ['eof-ignored', '--count', '0']),
        (2, ['eof-ignored', '--count', '1x']),
        (2, []),
        (0, ['--list']),
    ]
    for expected, arguments in cases:
        status = subprocess.run([linger, 'lab', *arguments], stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL, timeout=READY_S, check=False).returncode
        if status != expected:
            yield f'linger lab {" ".join(arguments)} ended with {status}, not {expected}'


def can_play(linger, user):
    """None, or why no scene can be made."""
    try:
        with Lab(linger, ['eof-ignored'], user) as lab:
            if lab.ready:
                return None
            lab.end(signal.SIGKILL)
            return lab.process.stderr.read().decode().strip()
    except PermissionError as error:
        return str(error)


def find_untold(names):
    """The scenes that the table of the documentation lacks."""
    with open(os.path.join(os.path.dirname(__file__), '../../../docs/lab.md'),
              encoding='utf-8') as file:
        told = file.read()
    return [name for name in names if f'| `{name}` |' not in told]


def others_may_run(path):
    return all(os.stat(part).st_mode & stat.S_IXOTH
               for part in [path, *list_parents(os.path.abspath(path))])


def list_parents(path):
    while path != '/':
        path = os.path.dirname(path)
        yield path


def main():
    linger, chosen = sys.argv[1], sys.argv[2:]
    reason = can_play(linger, None)
    if reason:
        print(f'no scene can be made here: {reason}')
        return 77
    listed = json.loads(subprocess.run([linger, 'lab', '--list', '--json'], timeout=READY_S,
                                       stdout=subprocess.PIPE, check=True).stdout)
    names = [row['scene'] for row in listed]
    wrong = [f'{name}: this test does not know it' for name in names if name not in SEEN]
    wrong += [f'{name}: there is no such scene' for name in SEEN if name not in names]
    wrong += [f'{name}: docs/lab.md does not tell of it' for name in find_untold(names)]
    wrong += try_commands(linger)
    users = [None]
    if os.geteuid() == 0:
        reason = 'others may not run it' if not others_may_run(linger) else can_play(linger, NOBODY)
        if reason:
            print(f'not tried as an ordinary user: {reason}')
        else:
            users.append(NOBODY)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        tasks = [pool.submit(try_scene, linger, row['scene'], is_v6, user,
                             (row['min_count'], row['max_count']))
                 for user in users for is_v6 in (False, True) for row in listed
                 if row['scene'] in SEEN and (not chosen or row['scene'] in chosen)]
        tasks += [pool.submit(try_kill, linger, None, False, user, None) for user in users]
        for task in tasks:
            wrong += task.result()
    print(f'{len(tasks)} scenes played, {len(wrong)} complaints')
    for sentence in wrong:
        print(sentence)
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
