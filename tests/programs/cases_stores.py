# SPDX-License-Identifier: Apache-2.0
"""Databases and their clients: redis, PostgreSQL."""
import glob
import os
import subprocess

from case import table
from world import (GUESTS, HOST, PEER, NOBODY, Truth, await_true, end_all, has_input, hear_all,
                   say_all)

CASES, case = table()
PING = b'PING\r\n'


def start_redis(w, address):
    w.start('redis-server', '--bind', address, '--port', 6379, '--save', '', '--protected-mode',
            'no', '--enable-debug-command', 'yes', '--daemonize', 'no', '--dir', w.folder)


@case('redis-server')
def redis_healthy(w):
    start_redis(w, HOST)
    clients = w.connect(6379, 6)

    def traffic():
        say_all(clients[:4], PING)
        hear_all(clients[:4], 7)
        passing = w.connect(6379, 3)
        say_all(passing, PING)
        hear_all(passing, 7)
        end_all(passing)
    w.expect_nothing(traffic)


@case('redis-server')
def redis_long_command(w):
    """The one thread is in a command; everything is in its epoll set, level-triggered."""
    start_redis(w, HOST)
    clients, busy = w.connect(6379, 4), w.connect(6379)
    say_all(clients, PING)
    hear_all(clients, 7)
    say_all(busy, b'DEBUG SLEEP 1000\r\n')

    def is_busy():
        say_all(clients[:1], PING)
        return not has_input(clients[0], 0.5)
    await_true(is_busy, 'a long command')
    end_all(clients)
    w.expect(Truth('CLOSE_WAIT', 'reader-stuck', 4, ['redis-server']))


@case('redis-server', '/usr/bin/python3')
def redis_closes_idle_clients(w):
    """A client's pool of five; the server drops three and the program does not look."""
    with w.on_peer():
        start_redis(w, PEER)
        # By then it listens.
        await_true(lambda: subprocess.run(['redis-cli', '-h', PEER, 'ping'], capture_output=True,
                                          check=False).returncode == 0, 'an answer from redis')
    w.start('/usr/bin/python3', GUESTS / 'redis_pool.py', PEER, '5')
    with w.on_peer():
        def clients():
            text = w.run('redis-cli', '-h', PEER, 'client', 'list')
            return [word[5:] for word in text.split() if word.startswith(f'addr={HOST}')]
        for address in await_true(lambda: len(clients()) == 5 and clients(), 'five clients')[:3]:
            w.run('redis-cli', '-h', PEER, 'client', 'kill', address)
    w.expect(Truth('CLOSE_WAIT', 'eof-unwatched', 3, ['python3']))


def postgres_path(name):
    found = sorted(glob.glob(f'/usr/lib/postgresql/*/bin/{name}'))
    return found[-1] if found else name


def start_postgres(w):
    os.mkdir(w.path('data'))
    os.chown(w.path('data'), NOBODY, NOBODY)
    w.run(postgres_path('initdb'), '-D', w.path('data'), '-A', 'trust', '-U', 'me', '--no-sync',
          '--no-locale', user=NOBODY, group=NOBODY, extra_groups=[], cwd=w.folder)
    with open(w.path('data/pg_hba.conf'), 'a', encoding='ascii') as file:
        file.write('host all all 0.0.0.0/0 trust\n')
    w.start(postgres_path('postgres'), '-D', w.path('data'), '-c', 'fsync=off', '-c',
            f'listen_addresses={HOST}', '-c', f'unix_socket_directories={w.folder}', is_user=True)
    end_all(w.connect(5432))


def sql(w, *commands):
    words = [word for c in commands for word in ('-c', c)]
    return w.run('psql', '-h', w.folder, '-U', 'me', '-Atq', 'postgres', *words)


def start_psql(w, *more):
    with w.on_peer():
        return w.start('psql', '-h', HOST, '-U', 'me', '-Atq', 'postgres', *more,
                       stdin=subprocess.PIPE)


def await_backends(w, query, n):
    count = f"select count(*) from pg_stat_activity where query like '{query}%' and pid <> " \
            'pg_backend_pid()'
    await_true(lambda: sql(w, count).strip() == str(n), f'{n} backends with {query}')


@case(postgres_path('postgres'), 'psql', postgres_path('pgbench'))
def postgresql(w):
    """A backend a connection, forked, watches it in an epoll set of its own; asleep in a function it
    sleeps on another one. Then the other side: psql at its prompt does not look at its server."""
    start_postgres(w)
    await_true(lambda: subprocess.run(['pg_isready', '-h', w.folder], check=False,
                                      capture_output=True).returncode == 0, 'PostgreSQL')
    idle = [start_psql(w) for _ in range(3)]
    for i, psql in enumerate(idle):
        psql.stdin.write(f'select {100 + i};\n'.encode())
        psql.stdin.flush()
    await_backends(w, 'select 10', 3)
    with w.on_peer():
        bench = [postgres_path('pgbench'), '-h', HOST, '-U', 'me']
        w.run(*bench, '-i', '-q', 'postgres')
        traffic = w.start(*bench, '-c', '4', '-C', '-T', '3', 'postgres')
    w.expect_nothing(lambda: traffic.poll(), 2.5)
    busy = [start_psql(w, '-c', 'select 1', '-c', 'select pg_sleep(1000)') for _ in range(2)]
    await_backends(w, 'select pg_sleep', 2)
    for psql in busy:
        psql.kill()
        psql.wait()
    w.expect(Truth('CLOSE_WAIT', 'reader-stuck', 2, ['postgres']))
    w.expect_threads('reader-stuck', ('poll', 1, 'epoll_wait'), only=['poll'])
    sql(w, "select pg_terminate_backend(pid) from pg_stat_activity where query like "
           "'select pg_sleep%' or query like 'select 10%'")
    with w.on_peer():
        w.expect(Truth('CLOSE_WAIT', 'eof-unwatched', 3, ['psql']))
