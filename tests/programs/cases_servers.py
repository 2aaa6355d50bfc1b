# SPDX-License-Identifier: Apache-2.0
"""Web servers and proxies: nginx, haproxy, gunicorn."""
import os
import signal
import socket

from case import table
from world import (HOST, HOST6, PEER, Truth, await_true, end_all, get, has_input, hear_all,
                   say_all)

CASES, case = table()

NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; user root;
error_log {folder}/log-nginx;
events {{ worker_connections 512; }}
http {{
    access_log off; keepalive_timeout 600; send_timeout 600; root {folder};
    client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    upstream good {{ server {peer}:9000; keepalive 8; }}
    server {{
        listen {host}:8080 sndbuf=500k;
        listen [{host6}]:8080;
        location / {{ return 200 "ok"; }}
        location /files/ {{ }}
        location /files/slow {{ limit_rate 2k; }}
        location /good {{ proxy_pass http://good; proxy_http_version 1.1;
            proxy_set_header Connection ""; }}
        location /silent {{ proxy_pass http://{peer}:9001; }}
        location /patient {{ proxy_pass http://{peer}:9001; proxy_ignore_client_abort on; }}
    }}
}}
"""


def start_nginx(w):
    os.mkdir(w.path('files'))
    path = w.write('nginx.conf', NGINX.format(folder=w.folder, host=HOST, host6=HOST6, peer=PEER))
    master = w.start('nginx', '-e', w.path('log-nginx'), '-c', path)

    def find_worker():
        with open(f'/proc/{master.pid}/task/{master.pid}/children', encoding='ascii') as file:
            return file.read().split()
    end_all(w.connect(8080))
    return master.pid, int(await_true(find_worker, 'a worker of nginx')[0])


@case('nginx')
def nginx_healthy(w):
    w.serve(9000)
    start_nginx(w)
    idle, busy = w.connect(8080, 5), w.connect(8080, 5)

    def traffic():
        for s in busy:
            get(s, '/good')
        hear_all(busy)
        passing = w.connect(8080, 3)
        for s in passing:
            get(s, '/', 'Connection: close\r\n')
        hear_all(passing)
        end_all(passing)
    for s in idle:
        get(s)
    hear_all(idle)
    w.expect_nothing(traffic)


@case('nginx')
def nginx_upstream_never_closes(w):
    """nginx has closed; that the upstream does not is nobody's trouble here but the kernel's."""
    upstream = w.listen(9001)
    start_nginx(w)
    clients = w.connect(8080, 3)
    for s in clients:
        get(s, '/silent')
    legs = w.accept(upstream, 3)
    hear_all(legs)
    say_all(legs, b'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok')
    hear_all(clients)
    w.expect(Truth('FIN_WAIT_2', 'fin-timeout-pending', 3, [], severity='expected'))


@case('nginx')
def nginx_waits_for_upstream(w):
    """Told to ignore that clients go away, nginx does not read them until upstream answers. Every
    socket is in its epoll set, so that the mask tells nothing."""
    upstream = w.listen(9001)
    start_nginx(w)
    clients = w.connect(8080, 3) + w.connect(8080, 2, address=HOST6)
    for s in clients:
        get(s, '/patient')
    hear_all(w.accept(upstream, 5))
    end_all(clients)
    w.expect(Truth('CLOSE_WAIT', 'eof-unwatched', 5, ['nginx']))
    w.expect_threads('eof-unwatched', ('poll', 1, 'epoll_wait'), only=['poll'])


@case('nginx')
def nginx_stopped(w):
    """The worker under SIGSTOP: what it holds and what it would have to accept. The listener is the
    master's too, which never accepts."""
    _, worker = start_nginx(w)
    clients = w.connect(8080, 3)
    for s in clients:
        get(s)
    hear_all(clients)
    os.kill(worker, signal.SIGSTOP)
    late = w.connect(8080, 2)
    for s in late:
        get(s)
    end_all(clients + late)
    w.expect(Truth('CLOSE_WAIT', 'process-stopped', 3, ['nginx']),
             Truth('CLOSE_WAIT', 'never-accepted', 2, ['nginx']))
    os.kill(worker, signal.SIGCONT)
    w.expect()


@case('nginx')
def nginx_client_vanishes(w):
    """In the middle of an answer that nginx sends bit by bit, the window wide open."""
    start_nginx(w)
    with open(w.path('files/slow'), 'wb') as file:
        file.truncate(1_000_000)
    clients = w.connect(8080, 2)
    for s in clients:
        get(s, '/files/slow')
    hear_all(clients)
    w.vanish()
    w.expect(Truth('ESTABLISHED', 'peer-vanished', 2, ['nginx']))


@case('nginx')
def nginx_client_does_not_read(w):
    """All of the answer fits the send buffer, so nginx has closed; the rest is the kernel's."""
    start_nginx(w)
    with open(w.path('files/small'), 'wb') as file:
        file.truncate(60_000)
    clients = w.connect(8080, 2, receive_bytes=2048)
    for s in clients:
        get(s, '/files/small', 'Connection: close\r\n')
    w.expect(Truth('FIN_WAIT_1', 'peer-not-reading', 2, []))


HAPROXY = """
defaults
    timeout connect 5s
    timeout client 1h
    timeout server 1h
    timeout tunnel 1h
listen tcp
    mode tcp
    bind {host}:8080
    server one {peer}:9001
listen http
    mode http
    bind {host}:8081
    option http-keep-alive
    server two {peer}:9000
"""


def start_haproxy(w):
    w.start('haproxy', '-db', '-f', w.write('haproxy.cfg', HAPROXY.format(host=HOST, peer=PEER)))


@case('haproxy')
def haproxy_healthy(w):
    w.serve(9000)
    w.serve(9001)
    start_haproxy(w)
    http, tcp = w.connect(8081, 4), w.connect(8080, 4)

    def traffic():
        for s in http:
            get(s)
        say_all(tcp, b'x' * 100)
        hear_all(http + tcp)
        passing = w.connect(8080, 3)
        say_all(passing, b'x')
        hear_all(passing)
        end_all(passing)
    w.expect_nothing(traffic)


@case('haproxy')
def haproxy_backend_never_closes(w):
    backend = w.listen(9001)
    start_haproxy(w)
    clients = w.connect(8080, 3)
    legs = w.accept(backend, 3)
    say_all(clients, b'a request')
    hear_all(legs)
    for s in clients:
        s.shutdown(socket.SHUT_WR)
    w.expect(Truth('CLOSE_WAIT', 'proxy-leg', 3, ['haproxy']),
             Truth('FIN_WAIT_2', 'peer-never-closes', 3, ['haproxy']))


@case('haproxy')
def haproxy_backend_does_not_read(w):
    """What the client sent is not taken by the backend, so haproxy stops reading the client, whose
    end waits behind its data."""
    w.write_setting('net/ipv4/tcp_wmem', '4096 16384 16384')
    backend = w.listen(9001, receive_bytes=2048)
    start_haproxy(w)
    client = w.connect(8080)[0]
    w.accept(backend)
    w.fill(client, 8080)
    client.close()
    w.expect(Truth('CLOSE_WAIT', 'back-pressure', 1, ['haproxy'],
                   or_else=['eof-unwatched', 'eof-masked']))


GUNICORN = """
import time
def app(environ, start_response):
    if environ['PATH_INFO'] == '/slow':
        time.sleep(1000)
    start_response('200 OK', [('Content-Length', '2')])
    return [b'ok']
"""


@case('gunicorn')
def gunicorn_one_worker_stuck(w):
    """The one worker sleeps in a request: its client waits for it (nothing but the thread itself
    tells that it means to come back), and all others in the accept queue."""
    w.write('web.py', GUNICORN)
    w.start('gunicorn', '--workers', '1', '--timeout', '600', '--bind', f'{HOST}:8080', 'web:app')

    def traffic():
        s = w.connect(8080)
        get(s[0])
        hear_all(s)
        end_all(s)
    w.expect_nothing(traffic)
    first = w.connect(8080)
    get(first[0], '/slow')
    waiting = w.connect(8080, 4)
    for s in waiting:
        get(s)
    await_true(lambda: not has_input(waiting[0], 0.5), 'a worker that does not answer')
    end_all(first + waiting)
    w.expect(Truth('CLOSE_WAIT', 'never-accepted', 4, ['gunicorn']),
             Truth('CLOSE_WAIT', 'reader-stuck', 1, ['gunicorn']))
