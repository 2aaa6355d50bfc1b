# SPDX-License-Identifier: Apache-2.0
"""Incidents that the printed fix ends: each is made with the real program, linger says what to change,
just that is changed, and the same load leaves nothing behind.

What is changed is cut out of what linger prints. Only its value is made smaller, so that the test need
not wait for as long as a person would want to.
"""
import os
import re
import socket
import subprocess

from case import table
from world import (HOST, PEER, YOUNG_MS, Truth, Wrong, await_resets, await_true, end_all, get,
                   hear_all, hear_ends, say_all)
from cases_languages import PYTHON, await_word, build_go, guest, has_requests
from cases_stores import await_backends, postgres_path, sql, start_postgres, start_psql

CASES, case = table()
LONG, long_case = table()  # more than one of a kind: for ./dev check
OK = b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'


def printed_fix(w, cause):
    """What linger says to change about the finding of that cause: the line, and all that `why` says."""
    found = [f for f in w.look(YOUNG_MS).stuck() if f['cause'] == cause]
    if not found:
        raise Wrong(f'{cause} has gone before it was asked what to change')
    done = subprocess.run([w.linger, 'why', '--here', '--older-than', f'{YOUNG_MS}ms', found[0]['id']],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
    told = ' '.join(done.stdout.decode().split('what to change')[-1].split('how to let go')[0].split())
    for text in (found[0]['fix'], found[0]['fix_more']):
        if ' '.join(text.split()) not in told:
            raise Wrong(f'`linger why` does not show {text!r}: {told!r}')
    return found[0]['fix'], told


def cut(pattern, text):
    """The piece of what was printed that is to be applied."""
    match = re.search(pattern, text)
    if not match:
        raise Wrong(f'the fix does not name {pattern}: {text}')
    return match[0]


def stays_away(w, peers, wait=hear_ends):
    """The program lets go of every connection that its peers still have open, and nothing is left."""
    wait(peers)
    w.expect()


def has_child(pid):
    with open(f'/proc/{pid}/task/{pid}/children', encoding='ascii') as file:
        return bool(file.read())


def half_close(sockets):
    for s in sockets:
        s.shutdown(socket.SHUT_WR)


# ---- haproxy ----

HAPROXY = """
defaults
    mode {mode}
    timeout connect 5s
    timeout client 1h
    timeout server 1h
    timeout tunnel 1h
    {fix}
listen relay
    bind {host}:8080
    server one {peer}:9001
"""


def start_haproxy(w, mode, fix=''):
    text = HAPROXY.format(host=HOST, peer=PEER, mode=mode, fix=fix)
    return w.start('haproxy', '-db', '-f', w.write('haproxy.cfg', text))


@case('haproxy')
def incident_haproxy_half_closed(w):
    """Clients that have finished sending, and a server that does not close: for an hour."""
    backend = w.listen(9001)

    def load():
        clients = w.connect(8080, 3)
        legs = w.accept(backend, 3)
        say_all(clients, b'a request')
        hear_all(legs)
        half_close(clients)
        return clients

    haproxy = start_haproxy(w, 'tcp')
    load()
    w.expect(Truth('CLOSE_WAIT', 'proxy-leg', 3, ['haproxy']),
             Truth('FIN_WAIT_2', 'peer-never-closes', 3, ['haproxy']))
    line, _ = printed_fix(w, 'proxy-leg')
    fix = cut(r'timeout client-fin \d+s', line) + '\n    ' + cut(r'timeout server-fin \d+s', line)
    w.end(haproxy)
    start_haproxy(w, 'tcp', re.sub(r'\d+s', '1s', fix))
    stays_away(w, load())


@long_case('haproxy')
def incident_haproxy_impatient_clients(w):
    """HTTP: clients go away while the server thinks; haproxy takes that for a half-close."""
    backend = w.listen(9001)

    def load():
        clients = w.connect(8080, 3)
        for s in clients:
            get(s)
        legs = w.accept(backend, 3)
        hear_all(legs)
        end_all(clients)
        return legs

    haproxy = start_haproxy(w, 'http')
    load()
    w.expect(Truth('CLOSE_WAIT', 'eof-unwatched', 3, ['haproxy']))
    line, _ = printed_fix(w, 'eof-unwatched')
    w.end(haproxy)
    start_haproxy(w, 'http', cut('option abortonclose', line))
    stays_away(w, load())


@long_case('haproxy')
def incident_haproxy_full(w):
    """At maxconn it accepts nobody, and who gives up stays in the queue."""
    backend = w.listen(9001)

    def load(served):
        clients = w.connect(8080, 4)
        say_all(clients, b'a request')
        legs = w.accept(backend, served)
        hear_all(legs)
        end_all(clients[4 - served:])
        return legs

    haproxy = start_haproxy(w, 'tcp', 'maxconn 2')
    load(2)
    w.expect(Truth('CLOSE_WAIT', 'never-accepted', 2, ['haproxy']))
    line, _ = printed_fix(w, 'never-accepted')
    w.end(haproxy)
    start_haproxy(w, 'tcp', cut('maxconn', line) + ' 100')
    legs = load(4)
    hear_ends(legs)
    end_all(legs)
    w.expect()


# ---- nginx ----

NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; user root;
error_log {folder}/log-nginx;
events {{ }}
http {{
    access_log off; root {folder};
    client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    {fix}
    server {{
        listen {host}:8080 {listen};
        location / {{ proxy_pass http://{peer}:9001; {location} }}
        location /files/ {{ }}
    }}
}}
"""


def start_nginx(w, fix='', listen='', location=''):
    text = NGINX.format(folder=w.folder, host=HOST, peer=PEER, fix=fix, listen=listen,
                        location=location)
    return w.start('nginx', '-e', w.path('log-nginx'), '-c', w.write('nginx.conf', text))


@case('nginx')
def incident_nginx_ignores_its_clients(w):
    """Told to finish each request whatever happens, nginx keeps clients that have gone."""
    upstream = w.listen(9001)

    def load():
        clients = w.connect(8080, 3)
        for s in clients:
            get(s)
        legs = w.accept(upstream, 3)
        hear_all(legs)
        end_all(clients)
        return legs

    nginx = start_nginx(w, location='proxy_ignore_client_abort on;')
    load()
    w.expect(Truth('CLOSE_WAIT', 'eof-unwatched', 3, ['nginx']))
    line, _ = printed_fix(w, 'eof-unwatched')
    w.end(nginx)
    start_nginx(w, location=cut('proxy_ignore_client_abort off', line) + ';')
    stays_away(w, load())


@long_case('nginx')
def incident_nginx_slow_readers(w):
    """Clients that read nothing: the answer fits the send buffer, so that nginx has closed, and the
    kernel keeps what is left."""
    os.mkdir(w.path('files'))
    with open(w.path('files/small'), 'wb') as file:
        file.truncate(60_000)

    def load():
        clients = w.connect(8080, 2, receive_bytes=2048)
        for s in clients:
            get(s, '/files/small', 'Connection: close\r\n')
        return clients

    nginx = start_nginx(w, listen='sndbuf=500k')
    clients = load()
    w.expect(Truth('FIN_WAIT_1', 'peer-not-reading', 2, []))
    line, _ = printed_fix(w, 'peer-not-reading')
    w.end(nginx)
    end_all(clients)
    timeout = re.sub(r'\d+s', '1s', cut(r'send_timeout \d+s', line))
    start_nginx(w, f"{timeout}; {cut('reset_timedout_connection on', line)};",
                listen=re.sub(r'\d+k', '4k', cut(r'sndbuf=\d+k', line)))
    stays_away(w, load(), await_resets)


# ---- PostgreSQL ----

@case(postgres_path('postgres'), 'psql')
def incident_postgres_long_queries(w):
    """Clients go away in the middle of a long query; their backends do not look."""
    start_postgres(w)
    await_true(lambda: subprocess.run(['pg_isready', '-h', w.folder], check=False,
                                      capture_output=True).returncode == 0, 'PostgreSQL')

    def load():
        busy = [start_psql(w, '-c', 'select 1', '-c', 'select pg_sleep(1000)') for _ in range(2)]
        await_backends(w, 'select pg_sleep', 2)
        for psql in busy:
            w.end(psql)

    load()
    w.expect(Truth('CLOSE_WAIT', 'reader-stuck', 2, ['postgres']))
    line, told = printed_fix(w, 'reader-stuck')
    setting = re.sub(r'\d+s', "'500ms'", cut(r'client_connection_check_interval = \d+s', line))
    sql(w, f'alter system set {setting}', 'select ' + cut(r'pg_reload_conf\(\)', told))
    end = cut(r'pg_terminate_backend\(PID\)', told).lower()
    sql(w, f"select {end} from pg_stat_activity where query like 'select pg_sleep%'")
    await_backends(w, 'select pg_sleep', 0)
    load()
    await_backends(w, 'select pg_sleep', 0)
    w.expect()


@long_case(postgres_path('postgres'), 'psql')
def incident_postgres_vanished_client(w):
    """The client's host goes away in the middle of a long answer."""
    start_postgres(w)
    await_true(lambda: subprocess.run(['pg_isready', '-h', w.folder], check=False,
                                      capture_output=True).returncode == 0, 'PostgreSQL')

    def load():
        psql = start_psql(w, '-c', "select repeat('x', 1000) from generate_series(1, 100000000)")
        await_backends(w, 'select repeat', 1)
        w.vanish()
        return psql

    psql = load()
    w.expect(Truth('ESTABLISHED', 'peer-vanished', 1, ['postgres']))
    line, told = printed_fix(w, 'peer-vanished')
    setting = re.sub(r'\d+s', "'2s'", cut(r'tcp_user_timeout = \d+s', line))
    sql(w, f'alter system set {setting}', 'select ' + cut(r'pg_reload_conf\(\)', told))
    end = cut(r'pg_terminate_backend\(PID\)', told).lower()
    sql(w, f"select {end} from pg_stat_activity where query like 'select repeat%'")
    await_backends(w, 'select repeat', 0)
    w.end(psql)
    w.come_back()
    load()
    await_backends(w, 'select repeat', 0)
    # What the program has let go of the kernel still tries for a while.
    held = [f for f in w.look(YOUNG_MS).stuck() if f['owners']]
    if held:
        raise Wrong(f'it has come back: {held}')


# ---- Python ----

SESSION = """
import time
import requests

kept = []

def fetch():
    {open}
        kept.append(session)
        print(session.get('http://{peer}:9001/').text, flush=True)

for _ in range(3):
    fetch()
time.sleep(1000)
"""


@case(PYTHON, *([] if has_requests() else ['python3-requests']))
def incident_python_sessions(w):
    """A session for each customer, kept in a list; the server closes what is idle."""
    server = w.listen(9001)

    def load(opening):
        text = SESSION.format(open=opening, peer=PEER)
        child = guest(w, PYTHON, w.write('orders.py', text))
        idle = []
        for _ in range(3):
            idle += w.accept(server)
            hear_all(idle[-1:])
            say_all(idle[-1:], OK)
            await_word(child, 'ok')
        return child, idle

    child, idle = load('session = requests.Session()\n    if True:')
    end_all(idle)
    w.expect(Truth('CLOSE_WAIT', 'eof-unwatched', 3, ['python3']))
    line, _ = printed_fix(w, 'eof-unwatched')
    w.end(child)
    _, idle = load(cut(r'with requests\.Session\(\) as session:', line))
    stays_away(w, idle)


CHAT = """
import asyncio

clients = set()

async def serve(reader, writer):
    clients.add(writer)
    try:
        while await reader.read(1000):
            writer.write(b'ok')
            await writer.drain()
    finally:
        {fix}

async def main():
    server = await asyncio.start_server(serve, '{host}', 8080)
    await server.serve_forever()

asyncio.run(main())
"""


@long_case(PYTHON)
def incident_python_asyncio(w):
    """A server that forgets nobody: the end of file ends the handler, and closes nothing."""

    def start(fix):
        return w.start(PYTHON, w.write('chat.py', CHAT.format(host=HOST, fix=fix)))

    def load():
        clients = w.connect(8080, 3)
        say_all(clients, b'hello')
        hear_all(clients)
        half_close(clients)
        return clients

    server = start('pass')
    load()
    w.expect(Truth('CLOSE_WAIT', 'eof-ignored', 3, ['python3']))
    line, _ = printed_fix(w, 'eof-ignored')
    w.end(server)
    start(cut(r'writer\.close\(\)', line))
    stays_away(w, load())


# ---- Node ----

NODE = """
const net = require('net');
const {{ execSync, exec }} = require('child_process');
const kept = [];
net.createServer({{ allowHalfOpen: {half_open} }}, (socket) => {{
    kept.push(socket);
    socket.write('hello');
    socket.on('data', (data) => {{ {work} }});
    {fix}
}}).listen(8080, '{host}');
"""


def start_node(w, half_open='false', work='', fix=''):
    text = NODE.format(host=HOST, half_open=half_open, work=work, fix=fix)
    return w.start('node', w.write('server.js', text))


@case('node')
def incident_node_half_open(w):
    """A server with allowHalfOpen that never ends its own side."""

    def load():
        clients = w.connect(8080, 3)
        hear_all(clients)
        half_close(clients)
        return clients

    node = start_node(w, 'true')
    load()
    w.expect(Truth('CLOSE_WAIT', 'eof-ignored', 3, ['node']))
    line, _ = printed_fix(w, 'eof-ignored')
    w.end(node)
    event, call = cut(r"'end'", line), cut(r'socket\.end\(\)', line)
    start_node(w, 'true', fix=f'socket.on({event}, () => {call});')
    stays_away(w, load())


@long_case('node')
def incident_node_blocked_loop(w):
    """One request runs a command and waits for it: everybody else's connections, too."""

    def load(node):
        clients = w.connect(8080, 3)
        hear_all(clients)
        clients[0].sendall(b'report')
        await_true(lambda: has_child(node.pid), 'the command')
        half_close(clients[1:])
        return clients[1:]

    node = start_node(w, work="execSync('sleep 1000');")
    load(node)
    w.expect(Truth('CLOSE_WAIT', 'reader-stuck', 2, ['node']))
    line, _ = printed_fix(w, 'reader-stuck')
    w.end(node)
    # "the async form of *Sync calls" is the name without Sync.
    call = 'execSync'.replace(cut('Sync', line), '')
    stays_away(w, load(start_node(w, work=f"{call}('sleep 1000');")))


# ---- Java ----

JAVA = """
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.util.ArrayList;

public class Orders {{
    public static void main(String[] args) throws Exception {{
        var kept = new ArrayList<Object>();
        for (int i = 0; i < 3; i++) {{
            var c = (HttpURLConnection) new URL("http://{peer}:9001/").openConnection();
            {open} {{
                kept.add(c);
                in.read();
            }}
        }}
        System.out.println("idle");
        Thread.sleep(1000000);
    }}
}}
"""


@case('java', 'javac')
def incident_java_streams(w):
    """Of each answer the first byte is read; what is not closed nobody looks at any more."""
    server = w.listen(9001)

    def load(opening):
        path = w.write('Orders.java', JAVA.format(peer=PEER, open=opening))
        child = guest(w, 'java', '-Xshare:auto', '-XX:TieredStopAtLevel=1', path)
        answered = []
        for _ in range(3):
            answered += w.accept(server)
            hear_all(answered[-1:])
            answered[-1].sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n' + b'x' * 1000)
        await_word(child, 'idle')
        return child, answered

    stream = 'InputStream in = c.getInputStream()'
    child, answered = load(stream + ';')
    end_all(answered)
    w.expect(Truth('CLOSE_WAIT', 'eof-unwatched', 3, ['java']))
    line, _ = printed_fix(w, 'eof-unwatched')
    w.end(child)
    _, answered = load(cut(r'try \(InputStream in = …\)', line).replace('…', stream.split(' = ')[1]))
    stays_away(w, answered)


# ---- Go ----

GO = """
package main

import (
    "fmt"
    "net/http"
    "os"
    "time"
)

var kept []*http.Response

func fetch() {{
    resp, err := http.Get("http://{peer}:9001/")
    if err != nil {{
        os.Exit(1)
    }}
    {fix}
    resp.Body.Read(make([]byte, 10))
    kept = append(kept, resp)
}}

func main() {{
    for i := 0; i < 3; i++ {{
        fetch()
    }}
    fmt.Println("idle")
    time.Sleep(time.Hour)
}}
"""


@case('go')
def incident_go_bodies(w):
    """Of each answer some bytes are read; its body stays open."""
    server = w.listen(9001)

    def load(fix=''):
        program = build_go(w, w.write('orders.go', GO.format(peer=PEER, fix=fix)), 'orders')
        child = guest(w, program)
        answered = []
        for _ in range(3):
            answered += w.accept(server)
            hear_all(answered[-1:])
            answered[-1].sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n' + b'x' * 9000)
        await_word(child, 'idle')
        return child, answered

    child, answered = load()
    end_all(answered)
    w.expect(Truth('CLOSE_WAIT', 'eof-unwatched', 3, ['orders']))
    line, _ = printed_fix(w, 'eof-unwatched')
    w.end(child)
    _, answered = load(cut(r'defer resp\.Body\.Close\(\)', line))
    stays_away(w, answered)
