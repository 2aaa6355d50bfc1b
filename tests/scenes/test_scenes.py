#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Is every scene of the lab diagnosed as exactly its cause, and nothing else with it?

usage: test_scenes.py LINGER FOLDER [SCENE...]. Makes each scene as root and as an ordinary user,
over IPv4 and IPv6, one connection and several, and looks at it from outside, from inside its
namespace, without BPF, from another pid namespace, and without the right to look into the owner.
Prints the confusion table and leaves it in FOLDER/confusion-scenes.txt. Any wrong `certain` fails.
Ends with 77 when no namespace can be made here.
"""
import collections
import concurrent.futures
import json
import os
import select
import signal
import subprocess
import sys
import time

from looking import (LOOK_S, PATIENCE, Confusion, Report, Wrong, await_report, check_shape, run_linger,
                     tell_finding)

JOBS = 4 if PATIENCE == 1 else 1
MANY = 7             # a prime, so that a number found is the number meant
NOBODY = 65534
READY_S, END_S = 60 * PATIENCE, 15 * PATIENCE
DEADLINE_S = 40 * PATIENCE  # until linger says what it must
YOUNG_MS = 300       # how old a connection must be to be called stuck, where it does not matter
USED_MS = 3000       # where it does: these scenes move data twice a second

# What the lab's process is called that must be named as the owner, where it is not named after the
# side it plays; None when nobody holds it.
OWNER = {
    'owner-hidden': None, 'inherited': 'sleep', 'proxy-leg': 'lab-relay',
    'back-pressure': 'lab-relay', 'reader-stuck-forked': 'lab-child', 'fin-timeout-pending': None,
    'fin-timeout-pending-long': None, 'port-pressure': None, 'time-wait': None,
}
OWNER_BY_ROLE = {'accepted': 'lab-server', 'connected': 'lab-client'}

# What else is true of a scene: (state, cause): how many of each connection asked for.
BESIDE = {'proxy-leg': {('FIN_WAIT_2', 'peer-never-closes'): 1}}

# The causes that may be said in place of the scene's own for want of evidence; never as `certain`.
# Without BPF neither who sleeps where nor what is on a ready list is seen.
BLURRED_NO_BPF = {
    'unexplained': {'eof-unwatched'},
    # The other leg is ESTABLISHED, which is not dumped.
    'back-pressure': {'eof-masked'},
}
# Scenes in which there are more and more.
GROWING = {'eof-unwatched-leak'}
# Without BPF these leave no trace in what is left to read.
UNSEEN_NO_BPF = {'ghost-fd', 'peer-vanished', 'peer-vanished-keepalive', 'peer-vanished-window'}
# How sure linger must be as root with everything at hand: `likely` unless said here.
SURE = {
    'never-accepted': 'certain', 'process-stopped': 'certain',
    'never-accepted-busy': 'certain', 'never-accepted-full': 'certain',
    'never-accepted-stopped': 'certain', 'never-accepted-worker': 'certain',
    # Of more connections than threads the threads are not read; and an idle pool looks like a lock.
    'eof-unwatched-accepted': 'possible', 'eof-unwatched-idle-pool': 'possible',
    'shutdown-not-closed': 'certain',
    'fin-timeout-pending': 'certain', 'fin-timeout-pending-long': 'certain',
    'time-wait': 'certain', 'port-pressure': 'certain',
    'peer-silent': 'likely', 'unexplained': 'possible',
    'peer-not-reading': 'certain', 'peer-not-reading-last-ack': 'certain',
}
# In a container a holder outside of it would not be seen: what hangs on all holders is less sure there.
# The first pid namespace has this inode (include/linux/proc_ns.h: PROC_PID_INIT_INO).
if os.stat('/proc/self/ns/pid').st_ino != 0xeffffffc:
    SURE['process-stopped'] = 'likely'
# What a scene's evidence must say besides: fact, and value, whether or not there is BPF.
FACTS = {
    'never-accepted': ('accepting', 'not_asked'), 'never-accepted-busy': ('accepting', 'elsewhere'),
    'never-accepted-full': ('accepting', 'no_descriptors'),
    'never-accepted-stopped': ('accepting', 'halted'),
    'never-accepted-worker': ('accepting', 'elsewhere'),
    'reader-stuck-threads': ('threads', 'elsewhere'),
    'reader-stuck-reading': ('threads', 'elsewhere'),
    'reader-stuck-sleeping': ('threads', 'elsewhere'),
    'reader-stuck-writing': ('threads', 'elsewhere'),
    'reader-stuck-forked': ('threads', 'elsewhere'),
    'reader-stuck-oneshot': ('threads', 'elsewhere'),
    'eof-unwatched-idle-pool': ('threads', 'unsure'), 'eof-ignored': ('threads', 'none_elsewhere'),
}
RANK = {'possible': 0, 'likely': 1, 'certain': 2}


class Lab:
    """A running scene; leaving the block ends it."""

    def __init__(self, linger, scene, count, is_v6, is_user):
        self.scene, self.count, self.is_v6, self.is_user = scene, count, is_v6, is_user
        self.as_user = {'user': NOBODY, 'group': NOBODY, 'extra_groups': []} \
            if is_user and os.geteuid() == 0 else {}
        self.process = subprocess.Popen(
            [linger, 'lab', scene['scene'], '--json', '--count', str(count),
             *(['--ipv6'] if is_v6 else [])],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            **self.as_user)

    def __enter__(self):
        line = b''
        if select.select([self.process.stdout], [], [], READY_S)[0]:
            line = self.process.stdout.readline()
        if not line:
            self.__exit__()
            raise Wrong('the lab did not get ready')
        self.ready = json.loads(line)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(END_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()

    def name(self):
        return (f'{self.scene["scene"]} × {self.count} {"IPv6" if self.is_v6 else "IPv4"} '
                f'{"user" if self.is_user else "root"}')

    def pids(self):
        return {p['pid']: p['role'] for p in self.ready['pids']}


# ---- how linger is asked ----

def enter(lab, *more):
    """The words that run a command in the lab's namespaces, by the user it runs as."""
    pid = str(lab.ready['pids'][0]['pid'])
    user = ['--user', '--preserve-credentials'] if lab.is_user else []
    return ['nsenter', '--target', pid, '--net', *user, *more, '--']


def options(lab):
    used = lab.scene['cause'] in ('half-close-in-use', 'draining') or not lab.scene['cause']
    return ['--json', '--all', '--older-than', f'{USED_MS if used else YOUNG_MS}ms']


def look(linger, lab, view):
    command = [linger, *options(lab)]
    if view == 'outside':
        return run_linger(command, lab.ready['netns'])
    command.append('--here')
    if view == 'no-bpf':
        command.append('--no-bpf')
    if view == 'blind':
        command = ['setpriv', f'--reuid={NOBODY}', f'--regid={NOBODY}', '--clear-groups',
                   '--bounding-set=-all', '--inh-caps=-all', *command]
    if view == 'other-pids':
        command = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc', *command]
    return run_linger(enter(lab) + command, **lab.as_user)


def list_rows(linger, lab):
    """`linger list --json` inside the lab: its rows of the scene's state."""
    done = subprocess.run(enter(lab) + [linger, 'list', '--json', '--here', *options(lab)[2:]],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=LOOK_S, check=False,
                          **lab.as_user)
    text = done.stdout.decode()
    if done.returncode or done.stderr:
        raise Wrong(f'list ended with {done.returncode}: {done.stderr.decode()}')
    check_shape(text)
    rows = [json.loads(line) for line in text.splitlines()]
    return [row for row in rows if row['state'] == lab.scene['state']]


# ---- what it must say ----

class Truth:
    """What is true of a lab, and what of it the view can tell."""

    def __init__(self, lab, view, can_bpf):
        scene = lab.scene
        self.lab, self.view, self.name, self.cause = lab, view, scene['scene'], scene['cause']
        self.has_bpf = can_bpf and view in ('outside', 'here')
        self.sees_owner = view in ('outside', 'here', 'no-bpf')
        self.accepted = {self.cause}
        if not self.has_bpf:
            self.accepted |= BLURRED_NO_BPF.get(self.name, set())
        if not self.sees_owner and scene['state'] == 'CLOSE_WAIT':
            # What cannot be looked into is said to be hidden.
            self.accepted.add('owner-hidden')
        self.is_unseen = not self.has_bpf and self.name in UNSEEN_NO_BPF
        if not self.sees_owner:
            # `owner-hidden` comes first in the table, and these are never old enough for it.
            self.is_unseen |= self.name == 'ghost-fd' or self.cause == 'half-close-in-use'
        self.beside = {key: n * lab.count for key, n in BESIDE.get(self.name, {}).items()}

    def is_true(self, f):
        """May this finding be said of the lab?"""
        scene = self.lab.scene
        if not self.cause:
            return (f['state'], f['cause']) == ('TIME_WAIT', 'time-wait')
        if (f['state'], f['cause']) in self.beside:
            return True
        return f['state'] == scene['state'] and f['cause'] in self.accepted

    def is_surely_wrong(self, f):
        """`certain`, and not the truth itself: what may be said for want of evidence may not."""
        hidden = f['cause'] == 'owner-hidden' and self.cause != 'owner-hidden'
        said = f['cause'] in (self.cause, 'time-wait') or (f['state'], f['cause']) in self.beside
        return f['confidence'] == 'certain' and (hidden or not said)

    def complain(self, report):
        """What a report lacks, for the time being; Wrong for what it must never say."""
        for f in report.findings:
            if self.is_surely_wrong(f):
                raise Wrong(f'WRONG CERTAIN: {tell_finding(f)}')
            if not self.is_true(f) and f['severity'] == 'stuck':
                raise Wrong(f'is not so: {tell_finding(f)}')
        if self.is_unseen or not self.cause:
            return None
        mine = [f for f in report.findings if f['state'] == self.lab.scene['state']
                and f['cause'] in self.accepted]
        if len(mine) != 1:
            return f'{len(mine)} findings of the one'
        return next(self.complain_of(mine[0]), None) or self.complain_beside(report)

    def complain_beside(self, report):
        there = collections.Counter()
        for f in report.findings:
            there[f['state'], f['cause']] += f['count']
        for key, n in self.beside.items():
            if there[key] != n:
                return f'{there[key]} of {n} {" ".join(key)} beside'
        if len(report.findings) > 1 + len(self.beside):
            return 'something else is reported too'
        return None

    def complain_of(self, f):
        scene = self.lab.scene
        if f['count'] < self.lab.count or \
                f['count'] > self.lab.count and self.name not in GROWING:
            yield f'{f["count"]} of {self.lab.count} are found'
        if f['severity'] != scene['severity']:
            yield f'it is called {f["severity"]}'
        # Who connected is told by the listeners; a stage whose listener is closed has none.
        if scene['role'] != 'both' and f['role'] not in (scene['role'], 'unknown'):
            yield f'its role is said to be {f["role"]}'
        if self.sees_owner:
            yield from self.complain_of_owner(f)
            fact, value = FACTS.get(self.name, (None, None))
            said = [e['value'] for e in f['evidence'] if e['fact'] == fact]
            if fact and said != [value]:
                yield f'{fact} is said to be {said}, and is {value}'
        if self.has_bpf and f['cause'] == self.cause:
            least = SURE.get(self.name, 'likely')
            if RANK[f['confidence']] < RANK[least]:
                yield f'only {f["confidence"]}, where it can be {least}'

    def complain_of_owner(self, f):
        name = OWNER.get(self.name, OWNER_BY_ROLE.get(self.lab.scene['role']))
        comms = {o['comm'] for o in f['owners']}
        pids = self.lab.pids()
        if comms != ({name} if name else set()):
            yield f'its owner is said to be {sorted(comms)}, and is {name}'
        for o in f['owners']:
            if name.startswith('lab-') and name != 'lab-child' and pids.get(o['pid']) != name:
                yield f'its owner {name} is not process {o["pid"]}'
            if name in ('sleep', 'lab-child') and read_comm(o['pid']) != name:
                yield f'process {o["pid"]} is not {name}'


def complain_of_list(linger, lab, truth):
    """The same connections one by one. ESTABLISHED ones are listed only when asked for."""
    rows = list_rows(linger, lab)
    if truth.is_unseen or not truth.cause or lab.scene['state'] == 'ESTABLISHED':
        return
    if len(rows) < lab.count or len(rows) > lab.count and truth.name not in GROWING:
        yield f'list shows {len(rows)} of {lab.count}'
    for row in rows:
        if row['cause'] not in truth.accepted:
            yield f'list says {row["cause"]} ({row["confidence"]}) of {row["local"]}'


def read_comm(pid):
    try:
        with open(f'/proc/{pid}/comm', encoding='utf-8') as file:
            return file.read().strip()
    except OSError:
        return None


# ---- one lab, all its views ----

def views(lab):
    """Ways to look at it. `blind` and `other-pids` hide the owner, each in its way."""
    if lab.is_user:
        return ['here']
    return ['outside', 'here', 'no-bpf', 'blind', 'other-pids'] if lab.count == 1 else \
        ['outside', 'no-bpf']


def play(linger, can_bpf, scene, count, is_v6, is_user, confusion):
    """Makes one lab and looks at it in every way: sentences about what is wrong."""
    wrong = []
    lab = Lab(linger, scene, count, is_v6, is_user)
    try:
        with lab:
            for view in views(lab):
                wrong += look_once(linger, can_bpf, lab, view, confusion)
    except Wrong as problem:
        wrong.append(f'{lab.name()}: {problem}')
    return wrong


def look_once(linger, can_bpf, lab, view, confusion):
    truth = Truth(lab, view, can_bpf and not lab.is_user)
    last = []

    def look_and_keep():
        last[:] = [look(linger, lab, view)]
        return last[0]

    try:
        await_report(look_and_keep, truth.complain, DEADLINE_S)
        if view != 'here':
            return []
        return [f'{lab.name()}: {problem}' for problem in complain_of_list(linger, lab, truth)]
    except (Wrong, subprocess.TimeoutExpired) as problem:
        return [f'{lab.name()}, {view}: {problem}']
    finally:
        note(confusion, lab, view, last)


def note(confusion, lab, view, last):
    """Enters the last look at a lab into the table."""
    true = lab.scene['cause'] or f'({lab.scene["scene"]})'
    kind = 'user' if lab.is_user else view
    beside = BESIDE.get(lab.scene['scene'], {})
    found = [f for report in last for f in report.findings
             if (f['state'], f['cause']) not in beside
             and (lab.scene['cause'] or f['severity'] == 'stuck')]
    for f in found:
        confusion[kind].note(true, f['cause'], f['confidence'])
    if not found:
        confusion[kind].note(true, 'nothing' if lab.scene['cause'] else true, '')


# ---- things that need no table ----

def check_command(linger):
    """`lab SCENE -- linger` ends with linger's own status, and a healthy stage with 0."""
    inside = [linger, '--json', '--here', '--older-than', f'{YOUNG_MS}ms']
    wait = ['sh', '-c', 'for i in $(seq 100); do "$@" >/dev/null || break; sleep .1; done; "$@"',
            'sh']
    for scene, status in (('eof-ignored', 1), ('time-wait', 0), ('healthy', 0),
                          ('forking-server', 0)):
        command = wait + inside if status else inside
        done = subprocess.run([linger, 'lab', scene, '--', *command], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=LOOK_S, check=False)
        if done.returncode != status:
            yield f'lab {scene} -- linger ends with {done.returncode}, not with {status}'
        Report(done.stdout.decode(), done.returncode)


def check_pid_namespace(linger):
    """In a pid namespace of its own, linger names processes by the numbers they have there."""
    script = ('for i in $(seq 100); do "$0" --here --older-than 300ms >/dev/null || break; '
              'sleep .1; done; "$0" --json --here --older-than 300ms; cat /proc/[0-9]*/stat >&2')
    done = subprocess.run(['unshare', '--pid', '--fork', '--kill-child', '--mount-proc', linger,
                           'lab', 'eof-ignored', '--', 'sh', '-c', script, linger],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=LOOK_S, check=False)
    report = Report(done.stdout.decode(), 1)
    pids = {line.split()[0]: line.split()[1] for line in done.stderr.decode().splitlines()}
    for f in report.stuck():
        for o in f['owners']:
            if pids.get(str(o['pid'])) != f'({o["comm"]})':
                yield f'in a pid namespace: {o["comm"]} is said to be {o["pid"]}'
        if not f['owners'] or f['cause'] != 'eof-ignored':
            yield f'in a pid namespace: {tell_finding(f)}'
    if len(report.stuck()) != 1:
        yield f'in a pid namespace: {report.tell()}'


def find_cgroups():
    """Where cgroups of version 2 are mounted, None when nowhere."""
    with open('/proc/self/mountinfo', encoding='utf-8') as file:
        for line in file:
            words = line.split()
            if words[words.index('-') + 1] == 'cgroup2':
                return words[4]
    return None


class Freezer:
    """A cgroup with one process in it, frozen; leaving the block thaws it and takes it away."""

    def __init__(self, root, pid):
        self.path, self.root, self.pid = os.path.join(root, f'linger-test-{pid}'), root, pid

    def tell(self, name, word, path=None):
        with open(os.path.join(path or self.path, name), 'w', encoding='ascii') as file:
            file.write(str(word))

    def __enter__(self):
        os.mkdir(self.path)
        self.tell('cgroup.procs', self.pid)
        self.tell('cgroup.freeze', 1)

    def __exit__(self, *_):
        self.tell('cgroup.freeze', 0)
        self.tell('cgroup.procs', self.pid, self.root)
        os.rmdir(self.path)


def check_frozen(linger):
    """A server in a frozen cgroup, which /proc shows as asleep, does not run; thawed it has only
    forgotten its connection."""
    root = find_cgroups()
    if not root or not os.access(os.path.join(root, 'cgroup.procs'), os.W_OK):
        print('left out: a frozen cgroup, for none can be made here')
        return []
    scene = list_scenes(linger, ['eof-unwatched-accepted'])[0]

    def expect(cause):
        await_report(lambda: look(linger, lab, 'here'), lambda report: None if [
            f['cause'] for f in report.stuck()] == [cause] else f'it is not {cause}', DEADLINE_S)

    with Lab(linger, scene, 1, False, False) as lab:
        server = next(p['pid'] for p in lab.ready['pids'] if p['role'] == 'lab-server')
        with Freezer(root, server):
            expect('process-stopped')
        expect('eof-unwatched')
    return []


def check_aside(check, linger):
    try:
        return list(check(linger))
    except (Wrong, subprocess.TimeoutExpired) as problem:
        return [f'{check.__name__}: {problem}']


# ---- all of it ----

def list_scenes(linger, wanted):
    text = subprocess.run([linger, 'lab', '--list', '--json'], capture_output=True, check=True,
                          timeout=LOOK_S).stdout
    return [s for s in json.loads(text) if not wanted or s['scene'] in wanted]


def choose_labs(scenes, is_root, has_user_ns):
    """(scene, count, is_v6, is_user) of every lab to make."""
    for scene in scenes:
        def count(n, scene=scene):
            return min(max(n, scene['min_count']), scene['max_count'])
        if is_root:
            yield scene, count(1), False, False
            yield scene, count(MANY), True, False
        if has_user_ns:
            yield scene, count(1), True, True
            yield scene, count(MANY), False, True


def can_make(linger, **popen):
    return subprocess.run([linger, 'lab', 'healthy', '--', 'true'], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=LOOK_S, check=False, **popen).returncode == 0


def main():
    linger, folder, *wanted = sys.argv[1:]
    began = time.monotonic()
    is_root = os.geteuid() == 0 and can_make(linger)
    user = {'user': NOBODY, 'group': NOBODY, 'extra_groups': []} if os.geteuid() == 0 else {}
    has_user_ns = can_make(linger, **user)
    if not is_root and not has_user_ns:
        print('no network namespace can be made here, as root or as a user')
        sys.exit(77)
    for who, can in (('root', is_root), ('an ordinary user', has_user_ns)):
        if not can:
            print(f'left out: what {who} sees, for no namespace can be made so')
    # A build without BPF, or a kernel that forbids it, sees as much as --no-bpf does.
    can_bpf = is_root and run_linger([linger, '--json', '--here']).can_bpf
    confusion = collections.defaultdict(Confusion)
    wrong = []
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        jobs = [pool.submit(play, linger, can_bpf, *lab, confusion) for lab in
                choose_labs(list_scenes(linger, wanted), is_root, has_user_ns)]
        if not wanted and is_root:
            jobs += [pool.submit(check_aside, check, linger)
                     for check in (check_command, check_pid_namespace, check_frozen)]
        for job in jobs:
            for sentence in job.result():
                print(sentence, flush=True)
                wrong.append(sentence)
    with open(os.path.join(folder, 'confusion-scenes.txt'), 'w', encoding='utf-8') as file:
        for out in (sys.stdout, file):
            for view in confusion:
                confusion[view].write(out, f'cause of the scene, and what is said, seen {view}')
    print(f'{len(jobs)} labs, {len(wrong)} wrong, {time.monotonic() - began:.0f} s')
    sys.exit(bool(wrong))


if __name__ == '__main__':
    main()
