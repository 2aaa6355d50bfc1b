#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does linger keep its head where everything is too much, half gone, or forbidden?

usage: test_hard.py LINGER [CASE...]. Each case makes its trouble for real in a network namespace of
its own and runs `linger`, `list` and `why` on it, as text and as JSON: each must end in time, with a
status it may have, with nothing on stderr that is no message of its own, and say what is true.
Prints a line a case; ends with 77 when nothing could be made here.
"""
import contextlib
import ctypes
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'scenes'))
from looking import PATIENCE, VALIDATORS, Wrong, validate  # noqa: E402

LOOK_S = 20 * PATIENCE   # one run of linger
CASE_S = 150 * PATIENCE  # all of a case
YOUNG = ('--older-than', '200ms')
CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15
SYS_EXIT = {'x86_64': 60, 'aarch64': 93}
NOBODY = 65534
PORT = 8080
SKIPPED = 77
libc = ctypes.CDLL(None, use_errno=True)
arg_linger = ''


class Skip(Exception):
    """This cannot be made here, as a sentence."""


def check(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


# ---- what is run ----

def run(*options, prefix=(), may=(0, 1), **popen):
    """One run of linger that must end in time, with one of these statuses, and complain about
    nothing else than by a message of its own."""
    command = [*prefix, arg_linger, *options]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=LOOK_S,
                          check=False, **popen)
    said = done.stderr.decode(errors='replace')
    name = ' '.join(options) or 'linger'
    if done.returncode not in may:
        raise Wrong(f'{name} ended with {done.returncode}: {said.strip()}')
    if done.returncode == 127:  # not even its libraries could be opened
        return ''
    if said and (done.returncode < 2 or not said.startswith('linger: ')):
        raise Wrong(f'{name} ended with {done.returncode} and said on stderr: {said.strip()}')
    return done.stdout.decode(errors='replace')


def report(*options, prefix=(), **popen):
    text = run('--here', *YOUNG, '--json', *options, prefix=prefix, **popen)
    for complaint in validate.check('report', text, VALIDATORS) if validate else ():
        raise Wrong(complaint)
    return json.loads(text)


def await_finding(cause=None, count=None, prefix=(), **popen):
    """The stuck finding of this cause (None: of any), once so many are in it."""
    end = time.monotonic() + 20 * PATIENCE
    while True:
        whole = report(prefix=prefix, **popen)
        stuck = [f for f in whole['findings'] if f['severity'] == 'stuck'
                 and f['cause'] in (cause, cause or f['cause'])
                 and (count is None or f['count'] == count)]
        if stuck:
            return stuck[0]
        if time.monotonic() > end:
            said = ', '.join(f'{f["count"]} {f["state"]} {f["cause"]}' for f in whole['findings'])
            raise Wrong(f'no finding {cause or ""} of {count}: {said or "nothing"}')
        time.sleep(0.1)


def look_everywhere(finding, prefix=(), **popen):
    """Every other command and form, and the screen of `why`, which is returned."""
    screen = run('--here', *YOUNG, '--all', prefix=prefix, **popen)
    if finding['id'][:4] not in screen:
        raise Wrong('the report does not show the finding of the JSON')
    rows = run('list', '--here', '--json', *YOUNG, prefix=prefix, **popen).splitlines()
    for row in rows[:50]:
        for complaint in validate.check('socket', row, VALIDATORS) if validate else ():
            raise Wrong(complaint)
    run('list', '--here', '--csv', *YOUNG, prefix=prefix, **popen)
    run('list', '--here', *YOUNG, prefix=prefix, **popen)
    run('why', finding['id'], '--here', '--json', *YOUNG, prefix=prefix, **popen)
    return run('why', finding['id'], '--here', *YOUNG, prefix=prefix, **popen)


def expect(screen, *words):
    flat = ' '.join(screen.split())
    for word in words:
        if word not in flat:
            raise Wrong(f'`why` does not say {word!r}: {flat}')


# ---- what is made ----

def start(play, *args):
    """A process that plays, tells a line when it is ready, and stays. Returns (pid, line)."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.close(ours)
            check(libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))
            play(theirs, *args)
            status = 0
        finally:
            os._exit(status)
    os.close(theirs)
    with os.fdopen(ours) as tells:
        line = tells.readline().strip()
    if not line:
        raise Skip('the trouble could not be made')
    return pid, line


def ready(tells, text='ready'):
    os.write(tells, f'{text}\n'.encode())
    os.close(tells)


def stay():
    while True:
        time.sleep(1000)


def listen():
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(('127.0.0.1', PORT))
    server.listen(1024)
    return server


def connect(server, n=1):
    """n connections as (client, accepted) in one process."""
    pairs = []
    for _ in range(n):
        client = socket.create_connection(('127.0.0.1', PORT))
        pairs.append((client, server.accept()[0]))
    return pairs


def forget(n=1):
    """n connections in CLOSE_WAIT that nobody looks at."""
    server = listen()
    kept = []
    for client, accepted in connect(server, n):
        client.close()
        kept.append(accepted)
    return server, kept


def play_forgotten(tells, n=1):
    _server, _kept = forget(n)
    ready(tells)
    stay()


# ---- the cases ----

def the_target_vanishes():
    """Between two commands, and while one looks."""
    pid, _ = start(play_forgotten, 3)
    finding = await_finding(count=3)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    for target in (finding['id'], str(pid), f':{PORT}'):
        said = run('why', target, '--here', *YOUNG, may=(0,))
        if 'finding' not in said and 'connection' not in said:
            raise Wrong(f'why {target} does not say that it is gone: {said!r}')
    for i in range(20):
        pid, _ = start(play_forgotten, 100)
        end = threading.Timer(0.005 * (i + 1), os.kill, (pid, signal.SIGKILL))
        end.start()
        run(*(('why', f':{PORT}') if i % 2 else ()), '--here', *YOUNG)
        end.join()
        os.waitpid(pid, 0)


def nineteen_thousand_descriptors():
    """All of one process, two on each connection, and 32 more processes that have copies of some."""
    n = 9400
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard < 2 * n + 200:
        raise Skip(f'a process may have only {hard} descriptors')

    def play_client(tells, server):
        clients = []
        server.close()
        for _ in range(n):
            clients.append(socket.create_connection(('127.0.0.1', PORT)))
        ready(tells)
        stay()

    def play(tells):
        kept = []
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        with listen() as server:
            client = threading.Thread(target=lambda: kept.append(start(play_client, server)))
            client.start()
            accepted = [server.accept()[0] for _ in range(n)]
            client.join()
        copies = [os.dup(s.fileno()) for s in accepted]
        os.kill(kept[0][0], signal.SIGKILL)
        os.waitpid(kept[0][0], 0)
        ready(tells, len(copies))
        stay()

    start(play)
    finding = await_finding(count=n)
    look_everywhere(finding)
    owner = finding['owners'][0]
    if not 2 * n <= (owner['fds_open'] or 0) <= 2 * n + 100:
        raise Wrong(f'{owner["fds_open"]} descriptors are said to be open, {2 * n} are')


def ten_thousand_threads():
    """All asleep, while one connection waits."""
    n = 10000

    def play(tells):
        _server, _kept = forget()
        threading.stack_size(64 * 1024)
        gate = threading.Lock()
        gate.acquire()
        made = 0
        with contextlib.suppress(RuntimeError):
            for made in range(1, n + 1):
                threading.Thread(target=gate.acquire, daemon=True).start()
        ready(tells, made)
        stay()

    _, made = start(play)
    if int(made) < 1000:
        raise Skip(f'only {made} threads can be made')
    finding = await_finding(count=1)
    look_everywhere(finding)


def another_pid_namespace():
    """The owner in one, seen from outside; linger in another, where the owner has no pid."""
    unshare = ('unshare', '--pid', '--fork', '--kill-child', '--mount-proc')

    def play(tells):
        check(libc.unshare(0x20000000))  # CLONE_NEWPID
        pid, line = start(play_forgotten)
        ready(tells, line)
        os.waitpid(pid, 0)

    start(play)
    finding = await_finding(count=1)
    look_everywhere(finding)
    if not finding['owners'] or not finding['owners'][0]['pid']:
        raise Wrong('its owner is not named from outside its pid namespace')
    inside = await_finding(count=1, prefix=unshare)
    look_everywhere(inside, prefix=unshare)
    if any(o['pid'] for o in inside['owners']):
        raise Wrong('an owner outside the pid namespace is given a pid')


def a_dead_leader_with_living_threads():
    """The first thread has ended; /proc/PID is a zombie's, and its files are still open."""
    nr = SYS_EXIT.get(os.uname().machine)
    if nr is None:
        raise Skip('the number of exit() on this machine is not known here')

    def play(tells):
        _server, _kept = forget()

        def live():
            while 'Z' not in pathlib.Path('/proc/self/stat').read_text().rpartition(')')[2]:
                time.sleep(0.01)
            ready(tells)
            stay()

        threading.Thread(target=live).start()
        libc.syscall(nr, 0)

    pid, _ = start(play)
    if ') Z ' not in pathlib.Path(f'/proc/{pid}/stat').read_text():
        raise Wrong('the leader is no zombie: the case is wrong')
    look_everywhere(await_finding(count=1))


def a_deleted_program():
    """Its file is gone from the disk, as after an upgrade."""
    with tempfile.TemporaryDirectory() as folder:
        program = shutil.copy(shutil.which('sleep'), f'{folder}/gone')

        def play(tells):
            server, kept = forget()
            os.set_inheritable(kept[0].fileno(), True)
            with subprocess.Popen([program, '1000'], close_fds=False) as child:
                server.close()
                kept[0].close()
                os.unlink(program)
                ready(tells, child.pid)
                stay()

        _, child = start(play)
        finding = await_finding(count=1)
        look_everywhere(finding)
        if finding['owners'][0]['exe'] not in (program, os.path.realpath(program)):
            raise Wrong(f'its program is said to be {finding["owners"][0]["exe"]}')
        os.kill(int(child), signal.SIGKILL)


def cgroup_root():
    for line in pathlib.Path('/proc/self/mounts').read_text().splitlines():
        _, where, kind, *_ = line.split()
        if kind == 'cgroup2':
            return pathlib.Path(where)
    raise Skip('no cgroup v2 is mounted')


def a_frozen_cgroup():
    """Everything of the owner stands still, and /proc shows it as asleep."""
    group = cgroup_root() / f'linger-hard-{os.getpid()}'
    try:
        group.mkdir()
    except OSError as error:
        raise Skip(f'no cgroup can be made: {error}') from error
    try:
        if not (group / 'cgroup.freeze').exists():
            raise Skip('the kernel freezes no cgroup (Linux 5.2)')
        pid, _ = start(play_forgotten)
        (group / 'cgroup.procs').write_text(str(pid))
        (group / 'cgroup.freeze').write_text('1')
        screen = look_everywhere(await_finding('process-stopped', 1))
        expect(screen, 'frozen')
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    finally:
        with contextlib.suppress(OSError):
            (group / 'cgroup.freeze').write_text('0')
        end = time.monotonic() + 10
        while group.exists() and time.monotonic() < end:
            with contextlib.suppress(OSError):
                group.rmdir()
            time.sleep(0.05)


def a_user_without_rights():
    """Says what it could not see and what it takes, instead of the owner."""
    if not shutil.which('setpriv'):
        raise Skip('setpriv is not installed')
    as_nobody = ('setpriv', f'--reuid={NOBODY}', f'--regid={NOBODY}', '--clear-groups')
    start(play_forgotten)
    finding = await_finding(count=1, prefix=as_nobody)
    screen = look_everywhere(finding, prefix=as_nobody)
    expect(screen, 'owner-hidden')
    blind = report(prefix=as_nobody)['scope']['blind_spots']
    if not blind:
        raise Wrong('it is not said what could not be seen')
    if finding['confidence'] == 'certain':
        raise Wrong('a verdict without the owner is called certain')


def names_that_attack():
    """A name of escape sequences and newlines, and a command line of a megabyte."""
    name = b'\x1b]0;x\x07\n) R 1'

    def play(tells):
        check(libc.prctl(PR_SET_NAME, name, 0, 0, 0))
        play_forgotten(tells)

    def play_long(tells):
        server, kept = forget()
        server.close()
        os.set_inheritable(kept[0].fileno(), True)
        with subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(1000)',
                               *(['\x1b[2J' + 'x' * 100000] * 10)], close_fds=False):
            kept[0].close()
            ready(tells)
            stay()

    pid, _ = start(play)
    screens = look_everywhere(await_finding(count=1))
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    start(play_long)
    screens += look_everywhere(await_finding(count=1))
    if any(c in screens for c in '\x1b\x07\r'):
        raise Wrong('a control character reaches the screen')


def nothing_left_for_linger():
    """No descriptors, and little memory: a message and status 3, or an answer."""
    start(play_forgotten, 50)
    await_finding(count=50)
    for files in (3, 4, 5, 6, 8, 10, 12, 16, 24):
        run('--here', *YOUNG, prefix=('prlimit', f'--nofile={files}'), may=(0, 1, 3, 127))
    # A sanitizer keeps more address space than that for itself.
    for mib in () if 'ASAN_OPTIONS' in os.environ else (64, 128, 256):
        run('--here', *YOUNG, prefix=('prlimit', f'--as={mib << 20}'), may=(0, 1, 3, 127))


def a_stopped_and_a_traced_owner():
    """Stopped by a signal, and for a while held by a debugger."""
    pid, _ = start(play_forgotten)
    os.kill(pid, signal.SIGSTOP)
    look_everywhere(await_finding('process-stopped', 1))
    os.kill(pid, signal.SIGCONT)
    if libc.ptrace(16, pid, None, None) < 0:  # PTRACE_ATTACH
        return
    os.waitpid(pid, 0)
    look_everywhere(await_finding(count=1))
    os.kill(pid, signal.SIGKILL)


def both_ends_here():
    """The far end of a FIN that cannot be sent is another process of this host."""
    def play_reader(tells):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(('127.0.0.1', PORT))
        ready(tells)
        stay()

    def play(tells):
        with listen() as server:
            reader = start(play_reader)
            accepted, _ = server.accept()
        accepted.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                accepted.send(b'x' * 65536)
        accepted.shutdown(socket.SHUT_WR)
        ready(tells, reader[0])
        stay()

    _, reader = start(play)
    finding = await_finding('peer-not-reading', 1)
    screen = look_everywhere(finding)
    facts = {e['fact']: e for e in finding['evidence']}
    whole = report()
    if whole['scope']['can']['bpf']:
        expect(screen, f'[{reader}] holds it as fd')
        if facts.get('other_end', {}).get('value') != 'ESTABLISHED':
            raise Wrong(f'the other end is not told: {sorted(facts)}')


def reset_while_looking():
    """Connections that come and go faster than anybody can look."""
    def play(tells):
        with listen() as server:
            ready(tells)
            while True:
                for client, accepted in connect(server, 50):
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                      struct.pack('ii', 1, 0))
                    accepted.shutdown(socket.SHUT_WR)
                    client.close()
                    accepted.close()

    start(play)
    for i in range(30):
        run(*(('list', '--here', '--json'), ('--here',), ('why', f':{PORT}', '--here'))[i % 3],
            *YOUNG)


CASES = [the_target_vanishes, nineteen_thousand_descriptors, ten_thousand_threads,
         another_pid_namespace, a_dead_leader_with_living_threads, a_deleted_program,
         a_frozen_cgroup, a_user_without_rights, names_that_attack, nothing_left_for_linger,
         a_stopped_and_a_traced_owner, both_ends_here, reset_while_looking]


# ---- running them ----

def play_case(case):
    """In a process of its own: 0 it is well, 77 it cannot be made here, else it failed."""
    name = case.__name__.replace('_', ' ')
    began = time.monotonic()
    signal.alarm(CASE_S)
    try:
        check(libc.unshare(CLONE_NEWNET))
        subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)
        case()
    except Skip as why:
        print(f'SKIP {name}: {why}', flush=True)
        return SKIPPED
    except (Wrong, OSError, subprocess.SubprocessError) as why:
        print(f'FAIL {name}: {why}', flush=True)
        return 1
    print(f'ok   {name} ({time.monotonic() - began:.1f} s)', flush=True)
    return 0


def run_case(case):
    pid = os.fork()
    if pid == 0:
        os.setsid()
        status = 1
        try:
            status = play_case(case)
        finally:
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    # Whatever it started is in its session and dies with its parent; this is for what is left.
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)
    if status < 0:
        print(f'FAIL {case.__name__.replace("_", " ")}: it took too long', flush=True)
    return status


def main():
    global arg_linger
    arg_linger = os.path.abspath(sys.argv[1])
    wanted = sys.argv[2:]
    if os.geteuid() != 0:
        print('network namespaces and users of other processes need root', file=sys.stderr)
        return SKIPPED
    results = [run_case(case) for case in CASES if not wanted or case.__name__ in wanted]
    if not results or any(r not in (0, SKIPPED) for r in results):
        return 1
    return 0 if 0 in results else SKIPPED


if __name__ == '__main__':
    sys.exit(main())
