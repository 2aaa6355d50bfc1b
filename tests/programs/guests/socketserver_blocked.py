# SPDX-License-Identifier: Apache-2.0
"""The standard library's servers with a handler that answers and does not come back.

usage: socketserver_blocked.py threading|forking ADDRESS PORT. `forking` is slow to accept, and its
handlers compute before they answer.
"""
import socketserver
import sys
import threading
import time

how, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
held = threading.Lock()
held.acquire()


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.recv(64)
        if how == 'threading':
            self.request.sendall(b'working\n')
        held.acquire()


class Threading(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


class Forking(socketserver.ForkingTCPServer):
    allow_reuse_address = True

    def get_request(self):
        time.sleep(0.3)
        return super().get_request()


{'threading': Threading, 'forking': Forking}[how]((address, port), Handler).serve_forever()
