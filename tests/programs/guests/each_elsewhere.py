# SPDX-License-Identifier: Apache-2.0
"""A program whose threads each wait in another way, and one that runs.

usage: each_elsewhere.py PEER PORT. It connects twice: one thread waits for an answer on the first,
nobody looks at the second. Prints "ready" when all are where they belong.
"""
import os
import select
import socket
import subprocess
import sys
import threading
import time

peer = sys.argv[1], int(sys.argv[2])
asked, forgotten = socket.create_connection(peer), socket.create_connection(peer)
listener = socket.create_server(('127.0.0.1', 0))
epoll = select.epoll()
pipe = os.pipe()
epoll.register(pipe[0])
lock = threading.Lock()
lock.acquire()
child = subprocess.Popen(['sleep', '1000'])
# It runs outside of the interpreter's lock, which the others would have to wait for.
spinner = "import hashlib\nwhile True: hashlib.pbkdf2_hmac('sha256', b'', b'', 1 << 24)"

WAYS = [
    lambda: asked.recv(1),
    listener.accept,
    epoll.poll,
    lambda: os.read(pipe[0], 1),
    lambda: time.sleep(1000),
    lock.acquire,
    lambda: os.waitpid(child.pid, 0),
    lambda: exec(spinner),
]
for way in WAYS:
    threading.Thread(target=way, daemon=True).start()
time.sleep(0.5)
print('ready', flush=True)
while True:
    time.sleep(1000)
