# SPDX-License-Identifier: Apache-2.0
"""A host for one program, another for its peers, a wire between them, and what linger must say.

HOST is where the program under test is and where linger looks; sockets made by the case itself are
on PEER.
"""
import contextlib
import ctypes
import os
import pathlib
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'scenes'))
from looking import Wrong, await_report, run_linger, tell_finding  # noqa: E402

HOST, PEER = '10.77.0.1', '10.77.0.2'
HOST6, PEER6 = 'fd77::1', 'fd77::2'
GUESTS = pathlib.Path(__file__).resolve().parent / 'guests'
CLONE_NEWNET = 0x40000000
PR_SET_CHILD_SUBREAPER, PR_SET_PDEATHSIG = 36, 1
NOBODY = 65534
STEP_S = 0.05
DEADLINE_S = 40
YOUNG_MS = 300       # how old a connection must be to be called stuck, once the incident stands
HEALTHY_MS = 1000    # and while programs work as they should
SOCKET_S = 30

libc = ctypes.CDLL(None, use_errno=True)


def check(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def adopt():
    """What a child leaves behind becomes a child of this process."""
    check(libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))


def end_children(but=()):
    """Kills this process's children, and theirs, until there are none but those."""
    while True:
        pids = set()
        for task in os.listdir('/proc/self/task'):
            with contextlib.suppress(OSError), \
                    open(f'/proc/self/task/{task}/children', encoding='ascii') as file:
                pids |= {int(pid) for pid in file.read().split()} - set(but)
        if not pids:
            return
        for pid in pids:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


def await_true(predicate, what, deadline_s=DEADLINE_S):
    end = time.monotonic() + deadline_s
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() > end:
            raise Wrong(f'the test could not be set up: {what} did not happen')
        time.sleep(STEP_S)


class Truth:
    """What is true of some of the connections.

    `cause` is the truth; `or_else` are causes that are accepted while they are not called
    `certain`, because what would tell them apart is not evidence that linger has.
    """

    def __init__(self, state, cause, count, owner=None, or_else=(), severity='stuck'):
        self.state, self.cause, self.count, self.owner = state, cause, count, owner
        self.severity = severity
        self.causes = {cause, *or_else}

    def covers(self, f):
        return (f['state'] == self.state and f['cause'] in self.causes
                and (f['cause'] == self.cause or f['confidence'] != 'certain'))

    def complain(self, findings):
        mine = [f for f in findings if self.covers(f)]
        n = sum(f['count'] for f in mine)
        if n != self.count:
            return f'{n} of {self.count} {self.state} {self.cause}'
        for f in mine:
            if f['severity'] != self.severity:
                return f'{f["cause"]} is called {f["severity"]}'
            comms = {o['comm'] for o in f['owners']}
            if self.owner is not None and comms != set(self.owner):
                return f'the owner is said to be {sorted(comms)}, and is {sorted(self.owner)}'
        return None


# What a build without BPF cannot see at all.
NEEDS_BPF = ('ghost-fd', 'peer-vanished')


class World:
    def __init__(self, linger, tell):
        adopt()
        self.linger, self.tell = linger, tell
        self.children, self.sockets = [], []
        self.folder = tempfile.mkdtemp(prefix='linger-programs-')
        os.chmod(self.folder, 0o777)
        self.host_ns = os.open('/proc/self/ns/net', os.O_RDONLY | os.O_CLOEXEC)
        self.run('ip', 'link', 'set', 'lo', 'up')
        check(libc.unshare(CLONE_NEWNET))
        self.peer_ns = os.open('/proc/self/ns/net', os.O_RDONLY | os.O_CLOEXEC)
        self.run('ip', 'link', 'set', 'lo', 'up')
        keeper = self.start('sleep', '1000')
        check(libc.setns(self.host_ns, CLONE_NEWNET))
        self.run('ip', 'link', 'add', 'wire', 'type', 'veth', 'peer', 'name', 'wire', 'netns',
                 str(keeper.pid))
        self.plug(HOST, HOST6)
        with self.on_peer():
            self.plug(PEER, PEER6)

    def plug(self, address, address6):
        self.run('ip', 'address', 'add', f'{address}/24', 'dev', 'wire')
        self.run('ip', 'address', 'add', f'{address6}/64', 'dev', 'wire', 'nodad')
        self.run('ip', 'link', 'set', 'wire', 'up')

    def close(self):
        for s in self.sockets:
            s.close()
        end_children()
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- processes ----

    @contextlib.contextmanager
    def on_peer(self):
        check(libc.setns(self.peer_ns, CLONE_NEWNET))
        try:
            yield
        finally:
            check(libc.setns(self.host_ns, CLONE_NEWNET))

    def run(self, *command, deadline_s=DEADLINE_S, **more):
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True,
                              stderr=subprocess.STDOUT, timeout=deadline_s, **more).stdout.decode()

    def start(self, *command, is_user=False, **more):
        """Starts a program where the calling thread is; its output goes to a log of its own."""
        if is_user:
            more.update(user=NOBODY, group=NOBODY, extra_groups=[])
        log = open(self.path(f'log{len(self.children)}'), 'wb')
        more.setdefault('stdin', subprocess.DEVNULL)
        more.setdefault('stdout', log)
        child = subprocess.Popen([str(word) for word in command], stderr=log, cwd=self.folder,
                                 env={**os.environ, 'HOME': self.folder}, **more)
        log.close()
        self.children.append(child)
        return child

    def end(self, child):
        """Ends a program as a service manager does, and waits until it has gone."""
        child.terminate()
        child.wait(DEADLINE_S)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), 'w', encoding='utf-8') as file:
            file.write(text)
        return self.path(name)

    def write_setting(self, name, value):
        with open(f'/proc/sys/{name}', 'w', encoding='ascii') as file:
            file.write(value)

    def unread(self, port):
        """The most bytes that wait unread on a connection of this local port of HOST."""
        with open('/proc/thread-self/net/tcp', encoding='ascii') as file:
            words = [line.split() for line in file.readlines()[1:]]
        return max([int(word[4].split(':')[1], 16) for word in words
                    if int(word[1].split(':')[1], 16) == port and word[3] == '01'] + [0])

    def logs(self):
        """The ends of what the programs wrote, for a failure's message."""
        for name in sorted(os.listdir(self.folder)):
            if name.startswith('log'):
                with open(self.path(name), 'rb') as file:
                    text = file.read()[-400:].decode(errors='replace').strip()
                if text:
                    yield f'{name}: {text}'

    # ---- the peer's side ----

    def listen(self, port, receive_bytes=0):
        with self.on_peer():
            s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if receive_bytes:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        s.bind((PEER, port))
        s.listen(128)
        s.settimeout(SOCKET_S)
        self.sockets.append(s)
        return s

    def accept(self, listener, n=1):
        accepted = [listener.accept()[0] for _ in range(n)]
        for s in accepted:
            s.settimeout(SOCKET_S)
        self.sockets += accepted
        return accepted

    def try_connect(self, port, receive_bytes=0, address=HOST):
        with self.on_peer():
            s = socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET)
        if receive_bytes:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        s.settimeout(SOCKET_S)
        try:
            s.connect((address, port))
        except OSError:
            s.close()
            return None
        self.sockets.append(s)
        return s

    def connect(self, port, n=1, **more):
        """n connections to a program that is about to listen."""
        return [await_true(lambda: self.try_connect(port, **more), f'listening on port {port}')
                for _ in range(n)]

    def serve(self, port, answer=b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'):
        """A good server on the peer: answers each request, closes when its client has closed."""
        listener = self.listen(port)
        listener.settimeout(None)

        def serve_one(s):
            with contextlib.suppress(OSError), s:
                while s.recv(65536):
                    s.sendall(answer)

        def serve_all():
            with contextlib.suppress(OSError):
                while True:
                    threading.Thread(target=serve_one, args=listener.accept()[:1],
                                     daemon=True).start()

        threading.Thread(target=serve_all, daemon=True).start()

    def fill(self, client, port):
        """Sends until what it sends stays unread on HOST's port, with room left for the end."""
        def has_stalled():
            client.sendall(b'x' * 8192)
            time.sleep(0.3)
            return self.unread(port) > 0
        await_true(has_stalled, 'the program stopping to read')

    def vanish(self):
        """The peer's host is gone: its address answers no more, and nothing says so."""
        with self.on_peer():
            mac = self.run('ip', '-o', 'link', 'show', 'wire').split('link/ether ')[1].split()[0]
        self.run('ip', 'neigh', 'replace', PEER, 'lladdr', mac, 'dev', 'wire', 'nud', 'permanent')
        with self.on_peer():
            self.run('ip', 'address', 'del', f'{PEER}/24', 'dev', 'wire')

    def come_back(self):
        with self.on_peer():
            self.run('ip', 'address', 'add', f'{PEER}/24', 'dev', 'wire')

    # ---- what linger says ----

    def look(self, older_ms, *more):
        return run_linger([self.linger, '--json', '--all', '--here', '--older-than',
                           f'{older_ms}ms', *more])

    def expect(self, *truths):
        """Waits until linger says all of this, and nothing else that is stuck."""
        def complain(report):
            for f in report.stuck():
                if not any(t.covers(f) for t in truths):
                    if f['confidence'] == 'certain':
                        raise Wrong(f'WRONG CERTAIN: {tell_finding(f)}')
                    return f'is not so: {tell_finding(f)}'
            for t in truths:
                if t.cause in NEEDS_BPF and not report.can_bpf:
                    continue
                complaint = t.complain(report.findings)
                if complaint:
                    return complaint
            return None

        report = None
        try:
            report = await_report(lambda: self.look(YOUNG_MS), complain, DEADLINE_S)
        except Wrong:
            report = self.look(YOUNG_MS)
            raise
        finally:
            if report:
                self.note(report, truths, 'bpf')
        self.expect_no_wrong_certain(truths)

    def expect_no_wrong_certain(self, truths):
        """Without BPF less is seen; then linger may say less, and nothing wrong for certain."""
        report = self.look(YOUNG_MS, '--no-bpf')
        self.note(report, truths, 'no-bpf')
        for f in report.stuck():
            said = any(f['state'] == t.state and f['cause'] == t.cause for t in truths)
            if f['confidence'] == 'certain' and not said:
                raise Wrong(f'WRONG CERTAIN without BPF: {tell_finding(f)}')

    def note(self, report, truths, view):
        for f in report.findings:
            true = [t for t in truths if t.state == f['state']]
            for t in [t for t in true if f['cause'] in t.causes][:1] or true[:1]:
                self.tell({'view': view, 'true': t.cause, 'said': f['cause'],
                           'confidence': f['confidence']})
            if not true and f['severity'] == 'stuck':
                self.tell({'view': view, 'true': '(nothing)', 'said': f['cause'],
                           'confidence': f['confidence']})

    def expect_threads(self, cause, *wanted, only=None):
        """What `linger why` says of the threads of each finding's owner. wanted: (kind, least count,
        words of its text); only: kinds beside which there must be none."""
        for f in self.look(YOUNG_MS).findings:
            if f['cause'] == cause:
                self.check_threads(f['id'], wanted, only)

    def check_threads(self, finding, wanted, only):
        report = run_linger([self.linger, 'why', finding, '--json', '--here', '--older-than',
                             f'{YOUNG_MS}ms'])
        for f in report.findings:
            threads = f['threads']
            told = f'{tell_finding(f)}: {threads}'
            if not threads or threads['seen'] != 'all':
                raise Wrong(f'its threads were not seen: {told}')
            if len(threads['groups']) < 12 and \
                    sum(g['count'] for g in threads['groups']) != threads['total']:
                raise Wrong(f'the groups are not all its threads: {told}')
            for kind, least, words in wanted:
                mine = [g for g in threads['groups'] if g['kind'] == kind and words in g['text']]
                if sum(g['count'] for g in mine) < least:
                    raise Wrong(f'fewer than {least} {kind} with {words!r}: {told}')
            others = [g['kind'] for g in threads['groups'] if only and g['kind'] not in only]
            if others:
                raise Wrong(f'{others} are not what it does: {told}')

    def expect_nothing(self, traffic, seconds=1.5):
        """Looks again and again while traffic() goes on: nothing is stuck."""
        end = time.monotonic() + seconds
        looks = 0
        while time.monotonic() < end or looks < 3:
            traffic()
            for more in ((), ('--no-bpf',)):
                report = self.look(HEALTHY_MS, *more)
                for f in report.stuck():
                    self.tell({'view': 'no-bpf' if more else 'bpf', 'true': '(healthy)',
                               'said': f['cause'], 'confidence': f['confidence']})
                    raise Wrong(f'healthy, and linger says {" ".join(more)}: {tell_finding(f)}')
                self.tell({'view': 'no-bpf' if more else 'bpf', 'true': '(healthy)',
                           'said': '(healthy)', 'confidence': ''})
            looks += 1


# ---- small talk of peers ----

def say_all(sockets, data):
    for s in sockets:
        s.sendall(data)


def hear_all(sockets, n=1):
    """At least n bytes of each."""
    for s in sockets:
        got = b''
        while len(got) < n:
            more = s.recv(65536)
            if not more:
                raise Wrong(f'the test could not be set up: {got!r}, then the end')
            got += more


def end_all(sockets):
    for s in sockets:
        s.close()


def hear_ends(sockets):
    """Waits until the other side of each has closed or reset it."""
    for s in sockets:
        with contextlib.suppress(ConnectionResetError):
            while s.recv(65536):
                pass


def await_resets(sockets):
    """The same, without reading: they are reset while what was sent is still unread."""
    for s in sockets:
        poll = select.poll()
        poll.register(s, 0)
        if not poll.poll(DEADLINE_S * 1000):
            raise Wrong('the program does not let go of a peer that does not read')


def has_input(s, seconds=0.0):
    return bool(select.select([s], [], [], seconds)[0])


def get(s, path='/', more=''):
    s.sendall(f'GET {path} HTTP/1.1\r\nHost: x\r\n{more}\r\n'.encode())
