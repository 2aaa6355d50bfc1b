# SPDX-License-Identifier: Apache-2.0
"""Runtimes and their standard libraries: Python, Node, Java, Go."""
import fcntl
import os
import subprocess
import time

from case import table
from world import (GUESTS, HOST, PEER, Truth, Wrong, await_true, end_all, get, has_input, hear_all,
                   say_all)

CASES, case = table()
PYTHON = '/usr/bin/python3'
BUILD_S = 90  # also where nothing of Go's library is compiled yet
OK = b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'


def await_word(child, word):
    """Waits until a guest has printed a line."""
    line = child.stdout.readline().decode().strip()
    if line != word:
        raise Wrong(f'the test could not be set up: the program said {line!r}, not {word!r}')


def guest(w, *command):
    """A program that tells on stdout how far it is, and is told to go on on stdin."""
    return w.start(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def go_on(child):
    child.stdin.write(b'go on\n')
    child.stdin.flush()


# ---- Python ----

def has_requests():
    return subprocess.run([PYTHON, '-c', 'import requests'], capture_output=True,
                          check=False).returncode == 0


@case(PYTHON, *([] if has_requests() else ['python3-requests']))
def python_requests_pool(w):
    """A Session keeps what it has used; the server ends three of five idle connections."""
    server = w.listen(9001)
    child = guest(w, PYTHON, GUESTS / 'requests_pool.py', f'http://{PEER}:9001/', '5')
    kept = w.accept(server, 5)
    hear_all(kept)
    say_all(kept, OK)
    await_word(child, 'idle')
    w.expect_nothing(lambda: None, 1)
    end_all(kept[:3])
    w.expect(Truth('CLOSE_WAIT', 'eof-unwatched', 3, ['python3']))


@case(PYTHON)
def python_threads_blocked(w):
    """socketserver with a thread a connection, each in a lock: reading what a thread waits for is
    not there yet."""
    w.start(PYTHON, GUESTS / 'socketserver_blocked.py', 'threading', HOST, '8080')
    clients = w.connect(8080, 3)
    say_all(clients, b'a request\n')
    hear_all(clients)
    end_all(clients)
    w.expect(Truth('CLOSE_WAIT', 'reader-stuck', 3, ['python3']))
    w.expect_threads('reader-stuck', ('accept', 1, 'new connections'), ('futex', 3, ''))


@case(PYTHON)
def python_each_elsewhere(w):
    """A thread for each way to wait, and one that runs, while a connection is forgotten."""
    server = w.listen(9001)
    child = guest(w, PYTHON, GUESTS / 'each_elsewhere.py', PEER, '9001')
    forgotten = w.accept(server, 2)[1]
    await_word(child, 'ready')
    forgotten.close()
    w.expect(Truth('CLOSE_WAIT', 'eof-unwatched', 1, ['python3']))
    w.expect_threads('eof-unwatched', ('read', 1, f'{PEER}:9001'), ('accept', 1, ''),
                     ('poll', 1, 'epoll_wait'), ('input', 1, 'a pipe'), ('sleep', 2, ''),
                     ('child', 1, ''), ('compute', 1, 'runs at'))


@case(PYTHON, 'prlimit')
def python_out_of_descriptors(w):
    """A thread a connection as long as there are descriptors; the others wait to be accepted."""
    server = w.start('prlimit', '--nofile=9', PYTHON, GUESTS / 'socketserver_blocked.py',
                     'threading', HOST, '8080')
    clients = w.connect(8080, 9)
    say_all(clients, b'a request\n')

    def served():
        return [s for s in clients if has_input(s)]
    first = await_true(lambda: is_full(server.pid, 9, served()) and served(), 'no room for more')
    read = first[1:]
    hear_all(read)
    end_all(clients)
    w.expect(Truth('CLOSE_WAIT', 'never-accepted', len(clients) - len(first), ['python3']),
             Truth('CLOSE_WAIT', 'reader-stuck', len(read), ['python3']),
             # A client that closes with the answer unread resets its connection.
             Truth('CLOSED', 'ghost-fd', 1, ['python3']))


def is_full(pid, limit, served):
    """Are all descriptors in use, and all the connections among them (and the listener) served?"""
    names = os.listdir(f'/proc/{pid}/fd')
    n = sum(os.readlink(f'/proc/{pid}/fd/{name}').startswith('socket:') for name in names)
    return len(names) == limit and len(served) == n - 1


@case(PYTHON)
def python_forks_late(w):
    """A forking server that was busy when the request came: its child is younger than the data, and
    serves the connection all the same."""
    w.start(PYTHON, GUESTS / 'socketserver_blocked.py', 'forking', HOST, '8080')
    clients = w.connect(8080, 2)
    say_all(clients, b'a request\n')
    time.sleep(1.5)  # until the second, too, has been given to a child, which says nothing
    end_all(clients)
    w.expect(Truth('CLOSE_WAIT', 'reader-stuck', 2, ['python3']))


@case(PYTHON)
def python_healthy(w):
    w.write('file', 'text')
    w.start(PYTHON, '-m', 'http.server', '--bind', HOST, '--directory', w.folder, '8080')

    def traffic():
        clients = w.connect(8080, 3)
        for s in clients:
            get(s, '/file')
        hear_all(clients)
        end_all(clients)
    w.expect_nothing(traffic)


# ---- Node ----

@case('node')
def node_healthy(w):
    """Servers and a keep-alive agent whose server ends idle connections: Node watches them all."""
    upstream = w.listen(9001)
    child = guest(w, 'node', GUESTS / 'node_healthy.js', HOST, PEER)
    kept = w.accept(upstream, 3)
    hear_all(kept)
    say_all(kept, b'HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok')
    await_word(child, 'idle')
    clients = w.connect(8080, 3)
    end_all(kept[:2])

    def traffic():
        for s in clients:
            get(s)
        hear_all(clients)
    w.expect_nothing(traffic)


@case('node')
def node_paused(w):
    """pause(): what Node buffers is read all the same, the end with it; of more it stops reading and
    takes the socket out of its loop, so that the end is seen by nobody."""
    w.start('node', GUESTS / 'node_server.js', 'paused', HOST)
    clients = w.connect(8080, 5)
    say_all(clients[:2], b'x' * 1000)
    say_all(clients[2:], b'x' * 100_000)
    end_all(clients)
    w.expect(Truth('CLOSE_WAIT', 'eof-ignored', 2, ['node']),
             Truth('CLOSE_WAIT', 'eof-unwatched', 3, ['node'], or_else=['eof-masked']))


@case('node')
def node_half_open(w):
    """allowHalfOpen, and end() is never called."""
    w.start('node', GUESTS / 'node_server.js', 'half-open', HOST)
    clients = w.connect(8080, 3)
    say_all(clients, b'x' * 1000)
    end_all(clients)
    w.expect(Truth('CLOSE_WAIT', 'eof-ignored', 3, ['node']))


@case('node')
def node_loop_blocked(w):
    """execSync: the one thread sleeps, in another epoll set or none, and its own is ready."""
    w.start('node', GUESTS / 'node_server.js', 'blocked', HOST)
    clients, last = w.connect(8080, 3), w.connect(8080)
    say_all(clients, b'hello')
    hear_all(clients)
    say_all(last, b'block')
    hear_all(last)
    end_all(clients)
    w.expect(Truth('CLOSE_WAIT', 'reader-stuck', 3, ['node']))


@case('node')
def node_pipe_to_a_full_peer(w):
    """What the client sends is piped to a server that does not read: Node stops reading it."""
    w.write_setting('net/ipv4/tcp_wmem', '4096 16384 16384')
    upstream = w.listen(9001, receive_bytes=2048)
    w.start('node', GUESTS / 'node_server.js', 'pipe', HOST, PEER)
    client = w.connect(8080)[0]
    w.accept(upstream)
    w.fill(client, 8080)
    client.close()
    w.expect(Truth('CLOSE_WAIT', 'back-pressure', 1, ['node'], or_else=['eof-unwatched']))


# ---- Java ----

@case('java', 'javac')
def java_sockets_leak(w):
    """Used with keep-alive and good; then plain sockets kept in a list, which the server closes."""
    w.serve(9000)
    child = guest(w, 'java', '-Xshare:auto', '-XX:TieredStopAtLevel=1', GUESTS / 'Leak.java', PEER)
    await_word(child, 'healthy')
    w.expect_nothing(lambda: None, 1)
    server = w.listen(9001)
    go_on(child)
    leaked = w.accept(server, 3)
    hear_all(leaked)
    say_all(leaked, b'answer')
    await_word(child, 'leaked')
    end_all(leaked)
    w.expect(Truth('CLOSE_WAIT', 'eof-unwatched', 3, ['java']))
    w.expect_threads('eof-unwatched', ('idle', 5, 'idle'))


# ---- Go ----

def build_go(w, source=GUESTS / 'guest.go', name='guest'):
    """One at a time, with one cache: what both need of the library is compiled once."""
    cache = os.environ.get('GOCACHE', w.path('go-cache'))
    os.makedirs(cache, exist_ok=True)
    with open(os.path.join(cache, 'lock'), 'w', encoding='ascii') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        w.run('go', 'build', '-o', w.path(name), str(source), deadline_s=BUILD_S,
              env={'PATH': '/usr/bin:/bin', 'HOME': w.folder, 'GO111MODULE': 'off',
                   'CGO_ENABLED': '0', 'GOFLAGS': '-p=1', 'GOCACHE': cache})
    return w.path(name)


@case('go')
def go_everything(w):
    """Go puts every socket in its epoll set, edge-triggered, for everything: the mask and a taken
    event tell nothing. First healthy, then response bodies that are not closed, then goroutines that
    do not come back to read."""
    w.serve(9000)
    child = guest(w, build_go(w), HOST, PEER)
    await_word(child, 'healthy')
    good = w.connect(8080, 3)

    def traffic():
        for s in good:
            get(s)
        hear_all(good)
    w.expect_nothing(traffic)
    end_all(good)
    server = w.listen(9001)
    go_on(child)
    bodies = w.accept(server, 3)
    hear_all(bodies)
    say_all(bodies, b'HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n' + b'x' * 100000)
    await_word(child, 'bodies')
    end_all(bodies)
    w.expect(Truth('CLOSE_WAIT', 'eof-unwatched', 3, ['guest']))
    w.expect_threads('eof-unwatched', only=['idle', 'poll', 'sleep', 'input'])
    go_on(child)
    await_word(child, 'closed')
    w.expect()
    clients = w.connect(8081, 3)
    say_all(clients, b'a request\n')
    hear_all(clients)
    end_all(clients)
    # A goroutine that sleeps looks like a connection nobody reads: it is one.
    w.expect(Truth('CLOSE_WAIT', 'eof-unwatched', 3, ['guest']))
