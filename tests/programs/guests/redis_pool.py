# SPDX-License-Identifier: Apache-2.0
"""A client library's pool: connections used once, kept for the next time, looked at by nobody."""
import socket
import sys
import time

pool = [socket.create_connection((sys.argv[1], 6379)) for _ in range(int(sys.argv[2]))]
for connection in pool:
    connection.sendall(b'PING\r\n')
    connection.recv(64)
time.sleep(1000)
