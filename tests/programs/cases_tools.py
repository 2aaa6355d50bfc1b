# SPDX-License-Identifier: Apache-2.0
"""What stands in shell scripts: socat, bash, curl."""
import socket
import subprocess

from case import table
from world import HOST, PEER, Truth, await_true, end_all, hear_all, say_all

CASES, case = table()


def start_relay(w):
    w.start('socat', '-t', '600', f'TCP-LISTEN:8080,bind={HOST},reuseaddr,fork',
            f'TCP:{PEER}:9001')


@case('socat')
def socat_healthy(w):
    w.serve(9001)
    start_relay(w)
    clients = w.connect(8080, 3)

    def traffic():
        say_all(clients, b'x' * 1000)
        hear_all(clients)
        passing = w.connect(8080, 2)
        say_all(passing, b'x')
        hear_all(passing)
        end_all(passing)
    w.expect_nothing(traffic)


@case('socat')
def socat_relay(w):
    """A child a connection; each has passed the end on and waits for the other side's. It was born
    with the connection and has worked on it: it inherited nothing."""
    upstream = w.listen(9001)
    start_relay(w)
    clients = w.connect(8080, 3)
    legs = w.accept(upstream, 3)
    say_all(clients, b'a request of some bytes')
    hear_all(legs)
    for s in clients:
        s.shutdown(socket.SHUT_WR)
    w.expect(Truth('CLOSE_WAIT', 'proxy-leg', 3, ['socat']),
             Truth('FIN_WAIT_2', 'peer-never-closes', 3, ['socat']))


@case('socat')
def socat_sends_only(w):
    """Has said all, and the peer does not close."""
    server = w.listen(9001)
    w.start('socat', '-t', '600', '/dev/null', f'TCP:{PEER}:9001')
    hear_end(w.accept(server)[0])
    w.expect(Truth('FIN_WAIT_2', 'peer-never-closes', 1, ['socat']))


def hear_end(s):
    if s.recv(1):
        raise AssertionError('the peer has sent something')


HEIR = """
exec 3<>/dev/tcp/{peer}/9001
echo request >&3
read -r answer <&3
sleep 0.5
sleep 1000 &
{then}
"""


def leave_to_heir(w, then):
    server = w.listen(9001)
    script = w.write('heir.sh', HEIR.format(peer=PEER, then=then))
    bash = w.start('bash', script)
    s = w.accept(server)
    hear_all(s)
    say_all(s, b'answer\n')
    return bash, s


@case('bash')
def bash_child_inherits(w):
    """The script has ended; the program it left in the background has its connection."""
    bash, s = leave_to_heir(w, 'exit')
    await_true(lambda: bash.poll() is not None, 'the end of the script')
    end_all(s)
    w.expect(Truth('CLOSE_WAIT', 'inherited', 1, ['sleep']))


@case('bash')
def bash_and_child_hold(w):
    """The script waits for its child, and both have the connection."""
    bash, s = leave_to_heir(w, 'wait')
    await_true(lambda: read_children(bash.pid, 'sleep 1000'), 'a child of the script')
    end_all(s)
    w.expect(Truth('CLOSE_WAIT', 'inherited', 1))


def read_children(pid, command):
    with open(f'/proc/{pid}/task/{pid}/children', encoding='ascii') as file:
        for child in file.read().split():
            with open(f'/proc/{child}/cmdline', encoding='ascii') as cmdline:
                if cmdline.read().split('\0')[:-1] == command.split():
                    return True
    return False


@case('curl')
def curl_into_a_full_pipe(w):
    """curl has read all but the end and waits to write: it will look again as soon as the pipe has
    room. That it is not watched meanwhile is no proof of anything."""
    server = w.listen(9001)
    pipe = w.start('curl', '-sN', f'http://{PEER}:9001/', stdout=subprocess.PIPE)
    s = w.accept(server)
    hear_all(s)
    say_all(s, b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n' + b'x' * 80_000)
    await_true(lambda: is_blocked_in_write(pipe.pid), 'a full pipe')
    end_all(s)
    # There is no rule for a client whose thread waits elsewhere.
    w.expect(Truth('CLOSE_WAIT', 'reader-stuck', 1, ['curl']))
    w.expect_threads('reader-stuck', ('write', 1, 'a pipe'), only=['write'])


def is_blocked_in_write(pid):
    with open(f'/proc/{pid}/wchan', encoding='ascii') as file:
        return 'pipe_write' in file.read()
