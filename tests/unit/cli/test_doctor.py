#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does `linger doctor` tell what is there and what is not, wherever it runs, and leave nothing behind?

usage: test_doctor.py LINGER. TAP on standard output. As root it also looks as an ordinary user, in a
user namespace, without capabilities, where bpf(2) is refused, and in a bare chroot without /proc and
/sys; what cannot be set up here is left out.
"""
import ctypes
import glob
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..'))
try:
    import validate
    VALIDATORS = validate.load_validators()
except ImportError:
    VALIDATORS = None

LINGER = os.path.abspath(sys.argv[1])
NOBODY = 65534
RUN_S = 60
RESULTS = []
IDS = ['sock_diag', 'namespaces', 'owners', 'btf', 'bpf', 'iterators', 'ptrace', 'stacks', 'cgroup',
       'tracer', 'destroy', 'sockops', 'mptcp', 'limits']
BPF = ('bpf', 'iterators', 'tracer', 'sockops')
AS_NOBODY = ['setpriv', f'--reuid={NOBODY}', f'--regid={NOBODY}', '--clear-groups']

# seccomp(2): bpf(2) is refused, all else allowed (x86-64: 321, arm64: 280).
SYS_BPF = {'x86_64': 321, 'aarch64': 280}.get(os.uname().machine)
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER = 38, 22, 2


def say(good, what, *details):
    """One line of TAP, what went wrong behind it."""
    RESULTS.append(bool(good))
    print('ok' if good else 'not ok', len(RESULTS), '-', what)
    if not good:
        for detail in details:
            print('#', repr(detail))


def refuse_bpf():
    """In the child: makes bpf(2) fail with EPERM."""
    code = [(0x20, 0, 0, 0), (0x15, 0, 1, SYS_BPF), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7fff0000)]
    program = b''.join(struct.pack('HBBI', *step) for step in code)
    held = ctypes.create_string_buffer(program)
    head = struct.pack('HxxxxxxQ', len(code), ctypes.addressof(held))
    libc = ctypes.CDLL(None)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, FILTER, head):
        os._exit(77)


def ask(where, command, preexec_fn=None, **env):
    """The checks by id, and all of the answer; None when it could not be asked."""
    popen = {'preexec_fn': preexec_fn, 'env': {**os.environ, **env}}
    done = subprocess.run(command + ['--json'], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=RUN_S, check=False, **popen)
    if done.returncode == 77 or re.match('(unshare|setpriv|chroot):', done.stderr):
        return None, None
    say(done.returncode == 0 and not done.stderr, f'{where}: it ends with 0 and no complaint',
        done.returncode, done.stderr)
    if VALIDATORS:
        wrong = list(validate.check('doctor', done.stdout, VALIDATORS))
        say(not wrong, f'{where}: it is what the schema says', *wrong)
    answer = json.loads(done.stdout)
    checks = {check['id']: check for check in answer['checks']}
    say(list(checks) == IDS, f'{where}: every check is there, in order', list(checks))
    silent = [id for id, check in checks.items()
              if not check['found'] or (check['result'] == 'yes') != (check['lost'] is None)]
    say(not silent, f'{where}: each says what was found, and what is lost', silent)
    popen['env']['COLUMNS'] = '80'
    text = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=RUN_S, check=False, **popen)
    wide = [line for line in text.stdout.split('\n') if len(line) > 80 and 'setcap' not in line]
    say(all(f' {id} ' in text.stdout for id in IDS) and not wide,
        f'{where}: a person is told the same in 80 columns', wide, text.stderr)
    return checks, answer


def as_is():
    checks, answer = ask('as is', [LINGER, 'doctor'])
    say(checks['sock_diag']['result'] == 'yes', 'sockets can be listed', checks['sock_diag'])
    if os.geteuid() == 0 and open('/proc/self/uid_map', encoding='ascii').read().split()[1] == '0':
        say(answer['user']['setcap'] is None, 'root is offered no setcap', answer['user'])
        say(checks['destroy']['result'] == 'yes', 'root can end a connection', checks['destroy'])
    return checks


def as_nobody():
    checks, answer = ask('user', AS_NOBODY + [LINGER, 'doctor'])
    if not checks:
        return
    say(answer['user']['uid'] == NOBODY and answer['user']['capabilities'] == [],
        'user: is told that there are no capabilities', answer['user'])
    say(re.match(r'sudo setcap cap_[a-z_,]*cap_bpf\+ep /', answer['user']['setcap'] or ''),
        'user: one setcap for all is offered', answer['user'])
    for id in BPF:
        say(checks[id]['result'] == 'no', f'user: {id} is not there', checks[id])
    say(checks['destroy']['result'] == 'no' and 'cap_net_admin' in checks['destroy']['get'],
        'user: may not end connections, and is told what it takes', checks['destroy'])
    say(checks['owners']['result'] == 'partly', 'user: sees the files of some', checks['owners'])


def in_user_namespace():
    checks, _ = ask('user namespace', AS_NOBODY + ['unshare', '-Urn', LINGER, 'doctor'])
    if not checks:
        return
    say('root of the host' in (checks['owners']['get'] or ''),
        'user namespace: its root is told that it is no root', checks['owners'])
    say(checks['destroy']['result'] == 'yes', 'user namespace: it may end its own connections',
        checks['destroy'])


def without_capabilities():
    checks, _ = ask('container', ['setpriv', '--bounding-set=-all', '--inh-caps=-all', LINGER,
                                  'doctor'])
    if checks:
        say('--cap-add' in (checks['owners']['get'] or ''),
            'container: root without capabilities is told what to start it with', checks['owners'])


def without_bpf(had):
    if not SYS_BPF:
        return
    checks, _ = ask('seccomp', [LINGER, 'doctor'], preexec_fn=refuse_bpf)
    if checks and had['bpf']['result'] == 'yes':
        say(checks['bpf']['result'] == 'no' and 'sandbox' in checks['bpf']['get'],
            'seccomp: bpf is refused, and something is said of that', checks['bpf'])
        say(checks['btf']['result'] == 'yes', 'seccomp: BTF is still there', checks['btf'])


def in_bare_root(had):
    with tempfile.TemporaryDirectory() as root:
        libraries = re.findall(r'(/\S+)', subprocess.run(
            ['ldd', LINGER], capture_output=True, text=True, check=False, timeout=RUN_S).stdout)
        for path in libraries:
            os.makedirs(root + os.path.dirname(path), exist_ok=True)
            shutil.copy(path, root + path)
        shutil.copy(LINGER, root + '/linger')
        # Leaks cannot be looked for without /proc.
        asan = os.environ.get('ASAN_OPTIONS', '').replace('detect_leaks=1', 'detect_leaks=0')
        checks, _ = ask('chroot', ['chroot', root, '/linger', 'doctor'],
                        ASAN_OPTIONS=asan)
    if not checks:
        return
    say(checks['sock_diag']['result'] == had['sock_diag']['result'],
        'chroot: sockets are listed without /proc', checks['sock_diag'])
    say(checks['owners']['result'] == 'no' and 'mount -t proc' in checks['owners']['get'],
        'chroot: /proc is missed', checks['owners'])
    say(checks['iterators']['result'] == 'no', 'chroot: BTF is missed', checks['iterators'])


def main():
    had = as_is()
    if os.geteuid() == 0 and shutil.which('setpriv'):
        # The build's folder may be closed to others.
        with tempfile.TemporaryDirectory() as folder:
            global LINGER
            os.chmod(folder, 0o755)
            LINGER = shutil.copy(LINGER, folder)
            as_nobody()
            in_user_namespace()
            without_capabilities()
            without_bpf(had)
            in_bare_root(had)
    left = glob.glob('/sys/fs/cgroup/**/linger-doctor-*', recursive=True)
    say(not left, 'no cgroup is left behind', left)
    print(f'1..{len(RESULTS)}')
    sys.exit(not all(RESULTS))


if __name__ == '__main__':
    main()
