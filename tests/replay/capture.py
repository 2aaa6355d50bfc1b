#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes TCP sockets in every closing state and keeps what sock_diag says of them, byte by byte.

usage: capture.py FOLDER (as root). Writes NAME.diag, then `replay_diag NAME.diag` prints
what must stand in NAME.text. Everything happens in a network namespace of its own. The kernel that
made the captures in this folder: Linux 6.18 x86_64.
"""
import ctypes
import pathlib
import socket
import struct
import subprocess
import sys
import time

CLONE_NEWNET = 0x40000000
IPPROTO_MPTCP = 262
GETSOCK, BY_FAMILY = 18, 20
SO_ATTACH_FILTER, SO_DETACH_FILTER = 26, 27
DONE, ERROR = 3, 2
ALL_STATES = 0xffe
INFO = 1 << 1
kept = []


def run(command):
    subprocess.run(command, shell=True, check=True, capture_output=True)


def sysctl(name, value):
    pathlib.Path('/proc/sys/net/ipv4', name).write_text(str(value))


def drop_all(sock):
    """Nothing that is sent to this socket arrives any more: a filter of one instruction, "0 bytes"."""
    program = ctypes.create_string_buffer(struct.pack('HBBI', 6, 0, 0, 0))
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER,
                    struct.pack('HxxxxxxQ', 1, ctypes.addressof(program)))


def drop_nothing(sock):
    sock.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)


def listen(host, port, family=socket.AF_INET, protocol=0, backlog=8):
    server = socket.socket(family, socket.SOCK_STREAM, protocol)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((host, port))
    server.listen(backlog)
    kept.append(server)
    return server


def connect(host, port, source, family=socket.AF_INET, protocol=0):
    client = socket.socket(family, socket.SOCK_STREAM, protocol)
    client.bind((host, source))
    client.connect((host, port))
    return client


def pair(host, port, source, family=socket.AF_INET, server_host=None, server_family=None):
    server = listen(server_host or host, port, server_family or family)
    client = connect(host, port, source, family)
    accepted, _ = server.accept()
    kept.extend((client, accepted))
    return client, accepted


def exchange(request):
    """Sends one request and returns every byte of the answer."""
    answer = b''
    with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, 4) as netlink:
        netlink.bind((0, 0))
        netlink.send(request)
        while True:
            part = netlink.recv(1 << 18)
            answer += part
            offset = 0
            while offset < len(part):
                length, kind = struct.unpack_from('IH', part, offset)
                if kind in (DONE, ERROR):
                    return answer
                offset += (length + 3) & ~3


def message(kind, flags, payload):
    return struct.pack('IHHII', 16 + len(payload), kind, flags, 7, 0) + payload


def dump(states):
    """Both families, as linger asks for them."""
    return exchange(message(GETSOCK, 0x301, struct.pack('BBBB', 0, 0, 0, INFO) + bytes(48) +
                            struct.pack('II', states, 0)))


def close_wait():
    for port, data, read in ((1001, b'', 0), (1002, b'', 1), (1003, b'x' * 37, 0)):
        client, accepted = pair('127.0.0.1', port, port + 1000)
        if data:
            client.send(data)
        client.close()
        time.sleep(0.05)
        if read:
            accepted.recv(1)
    client, accepted = pair('::1', 1004, 2004, socket.AF_INET6)
    accepted.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    client.close()
    client, _ = pair('127.0.0.1', 1005, 2005, socket.AF_INET, '::', socket.AF_INET6)
    client.close()
    listen('127.0.0.1', 1006)
    connect('127.0.0.1', 1006, 2006).close()
    time.sleep(0.2)
    return dump(1 << 8 | 1 << 10)


def fin_wait_2():
    sysctl('tcp_fin_timeout', 60)
    pair('127.0.0.1', 1011, 2011)[0].shutdown(socket.SHUT_WR)
    pair('127.0.0.1', 1012, 2012)[0].shutdown(socket.SHUT_RDWR)
    pair('127.0.0.1', 1013, 2013)[0].close()
    time.sleep(0.2)  # the value counts at the moment of the FIN's acknowledgement
    sysctl('tcp_fin_timeout', 120)
    pair('::1', 1014, 2014, socket.AF_INET6)[0].close()
    time.sleep(0.2)
    return dump(1 << 5)


def unacknowledged():
    """FIN_WAIT_1, LAST_ACK and CLOSING: their FIN does not arrive."""
    fin_wait, last_ack, closing = (pair('127.0.0.1', port, port + 1000) for port in (1021, 1022, 1023))
    drop_all(fin_wait[1])
    fin_wait[0].close()
    last_ack[0].shutdown(socket.SHUT_WR)
    time.sleep(0.1)
    drop_all(last_ack[0])
    last_ack[1].shutdown(socket.SHUT_WR)
    for end in closing:
        drop_all(end)
    for end in closing:
        end.shutdown(socket.SHUT_WR)
    drop_nothing(closing[0])
    time.sleep(1.5)
    return dump(1 << 4 | 1 << 9 | 1 << 11)


def time_wait():
    client, accepted = pair('127.0.0.1', 1031, 2031)
    client.close()
    accepted.close()
    time.sleep(0.1)
    return dump(1 << 6)


def opening():
    """SYN_SENT, and the request in SYN_RECV whose answer it does not get."""
    listen('127.0.0.1', 1041)
    client = socket.socket()
    drop_all(client)
    client.bind(('127.0.0.1', 2041))
    client.setblocking(False)
    client.connect_ex(('127.0.0.1', 1041))
    kept.append(client)
    time.sleep(0.1)
    return dump(1 << 2 | 1 << 3 | 1 << 12)


def mptcp():
    server = listen('127.0.0.1', 1051, protocol=IPPROTO_MPTCP)
    client = connect('127.0.0.1', 1051, 2051, protocol=IPPROTO_MPTCP)
    kept.extend((client, server.accept()[0]))
    time.sleep(0.1)
    return dump(ALL_STATES)


def nothing():
    return dump(1 << 8)


def refused():
    """A lookup of no socket: an error instead of rows."""
    return exchange(message(BY_FAMILY, 5, struct.pack('BBBBI', socket.AF_INET, 6, 0, 0, ALL_STATES) +
                            bytes(40) + struct.pack('II', 5, 0)))


def main():
    folder = pathlib.Path(sys.argv[1])
    libc = ctypes.CDLL(None, use_errno=True)
    for scene in (close_wait, fin_wait_2, unacknowledged, time_wait, opening, mptcp, nothing, refused):
        if libc.unshare(CLONE_NEWNET) < 0:
            sys.exit('capture.py: no network namespace: run it as root')
        run('ip link set lo up')
        (folder / f'{scene.__name__}.diag').write_bytes(scene())
        kept.clear()


main()
