# SPDX-License-Identifier: Apache-2.0
"""Two hosts joined by a wire: network namespaces in which tests make connections with plain sockets."""
import ctypes
import os
import socket
import subprocess

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
OUR, PEER, PORT = '10.9.0.1', '10.9.0.2', 4711
MACS = {OUR: '02:00:00:00:00:01', PEER: '02:00:00:00:00:02'}
READY_S = 30           # whatever should happen at once
libc = ctypes.CDLL(None, use_errno=True)


def check(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def run(command):
    subprocess.run(command, shell=True, check=True, capture_output=True, timeout=READY_S)


class Inside:
    """What is done `with` it happens in the network namespace of a process."""

    def __init__(self, pid):
        self.path = f'/proc/{pid}/ns/net'

    def __enter__(self):
        self.before = os.open('/proc/self/ns/net', os.O_RDONLY)
        fd = os.open(self.path, os.O_RDONLY)
        check(libc.setns(fd, 0))
        os.close(fd)

    def __exit__(self, *_):
        check(libc.setns(self.before, 0))
        os.close(self.before)


class Host:
    """A network namespace; what is done `with` it happens there."""

    def __init__(self):
        before = os.open('/proc/self/ns/net', os.O_RDONLY)
        check(libc.unshare(CLONE_NEWNET))
        self.fd = os.open('/proc/self/ns/net', os.O_RDONLY)
        run('ip link set lo up')
        check(libc.setns(before, 0))
        os.close(before)

    def __enter__(self):
        self.before = os.open('/proc/self/ns/net', os.O_RDONLY)
        check(libc.setns(self.fd, 0))

    def __exit__(self, *_):
        check(libc.setns(self.before, 0))
        os.close(self.before)

    def set(self, **settings):
        with self:
            for name, value in settings.items():
                with open(f'/proc/sys/net/ipv4/{name}', 'w', encoding='ascii') as file:
                    file.write(str(value))


def enter_user_namespace():
    uid, gid = os.geteuid(), os.getegid()
    check(libc.unshare(CLONE_NEWUSER))
    for name, text in (('setgroups', 'deny'), ('uid_map', f'0 {uid} 1'), ('gid_map', f'0 {gid} 1')):
        with open(f'/proc/self/{name}', 'w', encoding='ascii') as file:
            file.write(text)


class World:
    """Our host and the peer's, joined by a wire on which nobody needs to ask who is where: a host
    that has lost its address is silent, and neither end is told."""

    def __init__(self):
        if os.geteuid() != 0:
            enter_user_namespace()
        self.ours, self.peers = Host(), Host()
        with self.ours:
            run(f'ip link add va address {MACS[OUR]} type veth peer name vb address {MACS[PEER]} '
                f'netns /proc/{os.getpid()}/fd/{self.peers.fd}')
            run(f'ip addr add {OUR}/24 dev va && ip link set va up && '
                f'ip neigh add {PEER} lladdr {MACS[PEER]} dev va nud permanent')
        with self.peers:
            run(f'ip addr add {PEER}/24 dev vb && ip link set vb up && '
                f'ip neigh add {OUR} lladdr {MACS[OUR]} dev vb nud permanent')
        self.kept = []

    def silence(self):
        with self.peers:
            run(f'ip addr del {PEER}/24 dev vb')

    def connect(self, peer_buffer=None):
        """(our end, the peer's end); we have called. Something has gone both ways."""
        with self.peers:
            listener = socket.create_server((PEER, PORT))
            if peer_buffer:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, peer_buffer)
        with self.ours:
            ours = socket.create_connection((PEER, PORT), timeout=READY_S)
        peers = listener.accept()[0]
        self.kept += [ours, peers, listener]
        for one, other in ((ours, peers), (peers, ours)):
            one.sendall(b'hello')
            one.settimeout(READY_S)
            other.settimeout(READY_S)
            other.recv(100)
        return ours, peers
