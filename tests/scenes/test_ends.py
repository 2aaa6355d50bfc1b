#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does what linger says of how long a connection will last come true?

usage: test_ends.py LINGER [CASE...]. Makes each kind of ending with small values, a pair of hosts (two
network namespaces and a veth pair) a case, asks linger, and waits for the end: it must come neither
before `at_least_ms` nor after `at_most_ms`. All cases run side by side. LINGER_LONG=1 adds those that
take a minute and more. Ends with 77 where no namespace can be made.
"""
import contextlib
import json
import multiprocessing
import os
import select
import signal
import socket
import subprocess
import sys
import time
import traceback

from hosts import READY_S, Inside, World
from looking import STUCK, NOTHING_STUCK, Wrong, check_shape

TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_USER_TIMEOUT = 4, 5, 6, 18
FIN_WAIT_2, TIME_WAIT, TCP_CLOSE, CLOSING = 5, 6, 7, 11
POLL_S, LOOK_S = 0.01, 60
SLACK_MS = 30          # two clocks, read one after the other


# ---- looking at a connection without linger ----

def info(sock):
    """(state, retransmits, probes) of TCP_INFO."""
    data = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 8)
    return data[0], data[2], data[3]


def await_true(condition, what):
    end = time.monotonic() + READY_S
    while not condition():
        if time.monotonic() > end:
            raise Wrong(f'not reached: {what}')
        time.sleep(POLL_S)


def is_in_table(path, port, state=None):
    with open(path, encoding='ascii') as file:
        for line in file.readlines()[1:]:
            words = line.split()
            if int(words[1].split(':')[1], 16) == port and state in (None, int(words[3], 16)):
                return True
    return False


class Held:
    """A connection we hold: it ends when the kernel has closed it."""

    def __init__(self, sock, state):
        self.sock, self.state = sock, state

    def is_there(self):
        return info(self.sock)[0] != TCP_CLOSE


class Orphan:
    """One that nobody holds any more: it ends when it leaves the kernel's table."""

    def __init__(self, world, port, state):
        self.world, self.port, self.state = world, port, state

    def is_there(self):
        with self.world.ours:
            return is_in_table('/proc/thread-self/net/tcp', self.port)


class Shown:
    """One of a process of the lab; `code` is the kernel's number of its state."""

    def __init__(self, pid, state, code):
        self.path, self.state, self.code = f'/proc/{pid}/net/tcp', state, code

    def is_there(self):
        with open(self.path, encoding='ascii') as file:
            return any(int(line.split()[3], 16) == self.code for line in file.readlines()[1:])


# ---- asking linger ----

def ask(linger, enter, state):
    """What linger says of the one finding in that state, and when it was asked: (f, from, to)."""
    command = [linger, '--json', '--here', '--all', '--older-than', '0s']
    began = time.monotonic()
    with enter:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=LOOK_S, check=False)
    ended = time.monotonic()
    if done.returncode not in (STUCK, NOTHING_STUCK) or done.stderr:
        raise Wrong(f'linger ended with {done.returncode}: {done.stderr.decode()}')
    check_shape(done.stdout.decode())
    report = json.loads(done.stdout)
    found = [f for f in report['findings'] if f['state'] == state]
    if len(found) != 1:
        raise Wrong(f'{len(found)} findings in {state}: '
                    f'{[(f["state"], f["cause"]) for f in report["findings"]]}')
    return found[0], report['scope']['can']['bpf'], began, ended


def check_bracket(ends, when, spread):
    if ends['when'] != when:
        raise Wrong(f'it is said to end by {ends["when"]}, not {when}: {ends["text"]}')
    least, most = ends['at_least_ms'], ends['at_most_ms']
    if when == 'bounded' and most is not None and not least <= ends['in_ms'] <= most:
        raise Wrong(f'{least} to {most} ms, about {ends["in_ms"]}')
    if most is not None and spread and most - least > spread:
        raise Wrong(f'too vague: {least} to {most} ms')


def await_end(one, deadline_s):
    """(when it was last seen, when it was first seen gone)."""
    end = time.monotonic() + deadline_s
    last = time.monotonic()
    while one.is_there():
        last = time.monotonic()
        if last > end:
            raise Wrong(f'still there after {deadline_s:.0f} s')
        time.sleep(POLL_S)
    return last, time.monotonic()


def come_true(linger, enter, one, when, spread=None, deadline_s=30, needs_options=False):
    """Asks, waits for the end, compares. What linger said, and how long it took, in words."""
    f, can_bpf, began, ended = ask(linger, enter, one.state)
    ends = f['ends']
    check_bracket(ends, when, spread)
    last, gone = await_end(one, deadline_s)
    text = (f'{ends["at_least_ms"]} to {ends["at_most_ms"]} ms said, '
            f'{(last - ended) * 1000:.0f} to {(gone - began) * 1000:.0f} ms seen')
    if (gone - began) * 1000 + SLACK_MS < ends['at_least_ms']:
        raise Wrong(f'it ended too early: {text}; {ends["text"]}')
    if ends['at_most_ms'] is None:
        if can_bpf or not needs_options:
            raise Wrong(f'no bound was given: {ends["text"]}')
    elif (last - ended) * 1000 - SLACK_MS > ends['at_most_ms']:
        raise Wrong(f'it ended too late: {text}; {ends["text"]}')
    return text


def stays(linger, enter, one, when, for_s):
    """What linger says will not end by itself is still there some time later."""
    f, *_ = ask(linger, enter, one.state)
    check_bracket(f['ends'], when, None)
    if when == 'never' and (f['ends']['at_least_ms'], f['ends']['at_most_ms']) != (None, None):
        raise Wrong(f'never, and yet: {f["ends"]}')
    end = time.monotonic() + for_s
    while time.monotonic() < end:
        if not one.is_there():
            raise Wrong(f'it ended by itself, though: {f["ends"]["text"]}')
        time.sleep(POLL_S)
    return f'{when}, and still there after {for_s} s'


# ---- the ways to end ----

def set_keepalive(sock, idle, interval, count):
    for name, value in ((TCP_KEEPIDLE, idle), (TCP_KEEPINTVL, interval), (TCP_KEEPCNT, count)):
        sock.setsockopt(socket.IPPROTO_TCP, name, value)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


def set_user_timeout(sock, ms):
    sock.setsockopt(socket.IPPROTO_TCP, TCP_USER_TIMEOUT, ms)


def peer_half_closes(ours, peers):
    peers.shutdown(socket.SHUT_WR)
    while ours.recv(100):
        pass


def half_close(ours):
    ours.shutdown(socket.SHUT_WR)
    await_true(lambda: info(ours)[0] == FIN_WAIT_2, 'FIN_WAIT_2')


def close_wait(world):
    ours, peers = world.connect()
    peer_half_closes(ours, peers)
    return ours, Held(ours, 'CLOSE_WAIT')


def retransmitting(sock, n=2):
    await_true(lambda: info(sock)[1] >= n, f'{n} retransmissions')


def probing(sock, n=2):
    await_true(lambda: info(sock)[2] >= n, f'{n} probes without an answer')


def case_never(linger, world):
    _, one = close_wait(world)
    world.silence()
    return stays(linger, world.ours, one, 'never', 4)


def case_never_with_user_timeout(linger, world):
    ours, one = close_wait(world)
    set_user_timeout(ours, 1000)
    world.silence()
    return stays(linger, world.ours, one, 'never', 4)


def case_half_closed(linger, world):
    ours, _ = world.connect()
    half_close(ours)
    return stays(linger, world.ours, Held(ours, 'FIN_WAIT_2'), 'event', 3)


def case_keepalive_answered(linger, world):
    ours, one = close_wait(world)
    set_keepalive(ours, 1, 1, 2)
    return stays(linger, world.ours, one, 'event', 5)


def case_keepalive_reset(linger, world):
    """The peer has closed altogether: its minisocket answers for a while, then nobody does."""
    ours, peers = world.connect()
    world.peers.set(tcp_fin_timeout=2)
    peers.close()
    while ours.recv(100):
        pass
    set_keepalive(ours, 5, 1, 9)
    return come_true(linger, world.ours, Held(ours, 'CLOSE_WAIT'), 'event', needs_options=True)


def case_keepalive_silent(linger, world):
    ours, one = close_wait(world)
    set_keepalive(ours, 2, 2, 3)
    world.silence()
    return come_true(linger, world.ours, one, 'event', needs_options=True)


def case_keepalive_unanswered(linger, world):
    ours, one = close_wait(world)
    set_keepalive(ours, 1, 2, 4)
    world.silence()
    probing(ours)
    return come_true(linger, world.ours, one, 'bounded', needs_options=True)


def case_keepalive_by_sysctl(linger, world):
    world.ours.set(tcp_keepalive_time=2, tcp_keepalive_intvl=1, tcp_keepalive_probes=3)
    ours, _ = world.connect()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    half_close(ours)
    one = Held(ours, 'FIN_WAIT_2')
    world.silence()
    return come_true(linger, world.ours, one, 'event', needs_options=True)


def case_keepalive_user_timeout(linger, world):
    ours, one = close_wait(world)
    set_keepalive(ours, 1, 1, 50)
    set_user_timeout(ours, 6000)
    world.silence()
    probing(ours)
    return come_true(linger, world.ours, one, 'bounded', needs_options=True)


def case_user_timeout(linger, world):
    ours, one = close_wait(world)
    set_user_timeout(ours, 5000)
    world.silence()
    ours.send(b'unheard')
    retransmitting(ours)
    return come_true(linger, world.ours, one, 'bounded', needs_options=True)


def case_retransmits_close_wait(linger, world):
    world.ours.set(tcp_retries2=5)
    ours, one = close_wait(world)
    world.silence()
    ours.send(b'unheard')
    retransmitting(ours)
    return come_true(linger, world.ours, one, 'bounded')


def case_retransmits_last_ack(linger, world):
    world.ours.set(tcp_retries2=4)
    ours, _ = close_wait(world)
    world.silence()
    ours.shutdown(socket.SHUT_WR)
    retransmitting(ours)
    return come_true(linger, world.ours, Held(ours, 'LAST_ACK'), 'bounded')


def case_retransmits_fin_wait_1(linger, world):
    world.ours.set(tcp_retries2=5)
    ours, _ = world.connect()
    world.silence()
    ours.shutdown(socket.SHUT_WR)
    retransmitting(ours, 3)
    return come_true(linger, world.ours, Held(ours, 'FIN_WAIT_1'), 'bounded')


def case_retransmits_not_yet(linger, world):
    """Asked before it is clear that nobody answers."""
    world.ours.set(tcp_retries2=4)
    ours, _ = world.connect()
    world.silence()
    ours.shutdown(socket.SHUT_WR)
    f, *_ = ask(linger, world.ours, 'FIN_WAIT_1')
    when = f['ends']['when']
    return come_true(linger, world.ours, Held(ours, 'FIN_WAIT_1'), when)


def orphan(linger, world, sock, state):
    port = sock.getsockname()[1]
    retransmitting(sock, 0)
    sock.close()
    time.sleep(1)  # time it must have had to send again: nothing tells of it any more
    return come_true(linger, world.ours, Orphan(world, port, state), 'bounded')


def case_orphan_fin_wait_1(linger, world):
    world.ours.set(tcp_orphan_retries=3)
    ours, _ = world.connect()
    world.silence()
    return orphan(linger, world, ours, 'FIN_WAIT_1')


def case_orphan_last_ack(linger, world):
    world.ours.set(tcp_orphan_retries=4)
    ours, _ = close_wait(world)
    world.silence()
    return orphan(linger, world, ours, 'LAST_ACK')


def case_orphan_rto_max(linger, world):
    """Where the timeout has stopped growing, tcp_orphan_retries 0 means 0, not 8."""
    try:
        world.ours.set(tcp_rto_max_ms=1000)
    except FileNotFoundError:
        return 'left out: this kernel has no tcp_rto_max_ms'
    ours, _ = world.connect()
    world.silence()
    return orphan(linger, world, ours, 'FIN_WAIT_1')


def closed_fin_wait_2(linger, world, timeout_s):
    world.ours.set(tcp_fin_timeout=timeout_s)
    ours, _ = world.connect()
    port = ours.getsockname()[1]
    ours.close()
    with world.ours:
        await_true(lambda: is_in_table('/proc/thread-self/net/tcp', port, FIN_WAIT_2),
                   'FIN_WAIT_2')
    return come_true(linger, world.ours, Orphan(world, port, 'FIN_WAIT_2'), 'bounded',
                     deadline_s=90)


def case_fin_timeout(linger, world):
    return closed_fin_wait_2(linger, world, 6)


def case_fin_timeout_beyond_60(linger, world):
    return closed_fin_wait_2(linger, world, 64)


def shut_window(world):
    """The peer does not read: what we send fills its buffer."""
    ours, peers = world.connect(peer_buffer=4096)
    ours.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            ours.send(bytes(4096))
    await_true(lambda: is_shut(world, ours), 'a shut window')
    return ours, peers


def queue_and_timer(world, sock):
    """(bytes not acknowledged, kind of timer), as /proc/net/tcp has them."""
    port = sock.getsockname()[1]
    with world.ours, open('/proc/thread-self/net/tcp', encoding='ascii') as file:
        for line in file.readlines()[1:]:
            words = line.split()
            if int(words[1].split(':')[1], 16) == port:
                return int(words[4].split(':')[0], 16), int(words[5].split(':')[0], 16)
    return None


def is_shut(world, sock):
    """Nothing is on its way, and nothing moves any more."""
    before = queue_and_timer(world, sock)
    time.sleep(0.7)
    return before and before[1] == 4 and queue_and_timer(world, sock) == before


def case_window_orphan(linger, world):
    try:
        world.ours.set(tcp_rto_max_ms=3000)
    except FileNotFoundError:
        return 'left out: this kernel has no tcp_rto_max_ms'
    ours, _ = shut_window(world)
    port = ours.getsockname()[1]
    ours.close()
    return come_true(linger, world.ours, Orphan(world, port, 'FIN_WAIT_1'), 'bounded')


def case_window_held(linger, world):
    ours, _ = shut_window(world)
    ours.shutdown(socket.SHUT_WR)
    return stays(linger, world.ours, Held(ours, 'FIN_WAIT_1'), 'event', 4)


def case_window_silent(linger, world):
    world.ours.set(tcp_retries2=5)
    ours, _ = shut_window(world)
    ours.shutdown(socket.SHUT_WR)
    world.silence()
    probing(ours)
    return come_true(linger, world.ours, Held(ours, 'FIN_WAIT_1'), 'bounded')


def case_window_user_timeout(linger, world):
    ours, _ = shut_window(world)
    set_user_timeout(ours, 6000)
    ours.shutdown(socket.SHUT_WR)
    f, can_bpf, *_ = ask(linger, world.ours, 'FIN_WAIT_1')
    if not can_bpf and f['ends']['when'] == 'event':
        return 'left out: without BPF TCP_USER_TIMEOUT is not seen'
    return come_true(linger, world.ours, Held(ours, 'FIN_WAIT_1'), 'bounded')


def vanished(linger, world, sock):
    _, can_bpf, *_ = ask_any(linger, world)
    if not can_bpf:
        return 'left out: without BPF these are not seen'
    return come_true(linger, world.ours, Held(sock, 'ESTABLISHED'), 'bounded')


def ask_any(linger, world):
    """What linger can see from here."""
    with world.ours:
        done = subprocess.run([linger, '--json', '--here'], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=LOOK_S, check=False)
    return None, json.loads(done.stdout)['scope']['can']['bpf']


def case_vanished_keepalive(linger, world):
    ours, _ = world.connect()
    set_keepalive(ours, 1, 1, 8)
    world.silence()
    probing(ours, 3)
    return vanished(linger, world, ours)


def case_vanished_with_data(linger, world):
    world.ours.set(tcp_retries2=5)
    ours, _ = world.connect()
    world.silence()
    ours.send(b'unheard')
    retransmitting(ours, 3)
    return vanished(linger, world, ours)


def long_case_time_wait(linger, world):
    ours, peers = world.connect()
    port = ours.getsockname()[1]
    ours.close()
    peers.recv(100)
    peers.close()
    one = Orphan(world, port, 'TIME_WAIT')
    with world.ours:
        await_true(lambda: is_in_table('/proc/thread-self/net/tcp', port, TIME_WAIT),
                   'TIME_WAIT')
    return come_true(linger, world.ours, one, 'bounded', spread=9000, deadline_s=90)


def long_case_orphan_default(linger, world):
    ours, _ = world.connect()
    world.silence()
    port = ours.getsockname()[1]
    ours.close()
    time.sleep(5)
    return come_true(linger, world.ours, Orphan(world, port, 'FIN_WAIT_1'), 'bounded',
                     deadline_s=180)


def long_case_window_orphan_default(linger, world):
    ours, _ = shut_window(world)
    port = ours.getsockname()[1]
    ours.close()
    return come_true(linger, world.ours, Orphan(world, port, 'FIN_WAIT_1'), 'bounded',
                     deadline_s=500)


def long_case_fin_timeout_default(linger, world):
    return closed_fin_wait_2(linger, world, 60)


def case_retransmits_closing(linger, _):
    """The one state that two honest ends cannot be brought to: the lab's other host can."""
    if os.geteuid() != 0 or os.environ.get('LINGER_IN_USER_NS'):
        return 'left out: needs root'
    lab = subprocess.Popen([linger, 'lab', 'peer-silent-closing', '--json'],
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    try:
        if not select.select([lab.stdout], [], [], READY_S)[0]:
            raise Wrong('the lab did not get ready')
        pid = json.loads(lab.stdout.readline())['pids'][0]['pid']
        inside = Inside(pid)
        with inside, open('/proc/sys/net/ipv4/tcp_retries2', 'w', encoding='ascii') as file:
            file.write('6')
        return come_true(linger, inside, Shown(pid, 'CLOSING', CLOSING), 'bounded', deadline_s=60)
    finally:
        lab.send_signal(signal.SIGTERM)
        lab.wait(READY_S)


# ---- all of it ----

def play(linger, name, results):
    began = time.monotonic()
    try:
        text, good = globals()[name](linger, World()), True
    except (Wrong, OSError, subprocess.SubprocessError) as problem:
        text, good = f'{type(problem).__name__}: {problem}', False
    except Exception:  # pylint: disable=broad-except
        text, good = traceback.format_exc(), False
    results.put((name, good, text, time.monotonic() - began))


def can_make():
    pid = os.fork()
    if pid == 0:
        try:
            World()
            os._exit(0)
        except (OSError, subprocess.SubprocessError):
            os._exit(1)
    return os.waitpid(pid, 0)[1] == 0


def main():
    linger, *wanted = sys.argv[1:]
    if not can_make():
        print('no network namespaces can be made here')
        sys.exit(77)
    is_long = os.environ.get('LINGER_LONG') == '1'
    names = [n for n in globals() if n.startswith('case_') or is_long and n.startswith('long_case_')]
    names = [n for n in names if not wanted or n.split('case_', 1)[1] in wanted]
    results = multiprocessing.SimpleQueue()
    players = [multiprocessing.Process(target=play, args=(linger, n, results)) for n in names]
    for player in players:
        player.start()
    wrong = 0
    for _ in players:
        name, good, text, took_s = results.get()
        print(f'{"ok " if good else "NOT"} {name.split("case_", 1)[1]}: {text} ({took_s:.1f} s)',
              flush=True)
        wrong += not good
    for player in players:
        player.join(READY_S)
    print(f'{len(names)} endings, {wrong} not as linger said')
    sys.exit(bool(wrong))


if __name__ == '__main__':
    main()
