# SPDX-License-Identifier: Apache-2.0
"""A program with one connection that nobody looks at, in odd circumstances.

usage: odd.py PEER PORT crowd|headless. `crowd` has 3,000 threads; the first thread of `headless` has
ended. Prints "ready" before that.
"""
import ctypes
import platform
import socket
import sys
import threading
import time

SYS_exit = {'x86_64': 60, 'aarch64': 93}[platform.machine()]

forgotten = socket.create_connection((sys.argv[1], int(sys.argv[2])))
threading.stack_size(64 * 1024)
crowd = threading.Event()
for _ in range(3000 if sys.argv[3] == 'crowd' else 1):
    threading.Thread(target=crowd.wait, daemon=True).start()
print('ready', flush=True)
if sys.argv[3] == 'headless':
    ctypes.CDLL(None).syscall(SYS_exit, 0)
while True:
    time.sleep(1000)
