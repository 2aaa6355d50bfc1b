#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Are the call stacks told of real programs those they have, and do these notice nothing?

usage: test_programs.py TELL_STACKS GUEST_C CC... Compiles guest.c in several ways, lets it run, and asks
tell_stacks about it. TAP on standard output. Without root only what needs no BPF is tried.
"""
import contextlib
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TELL, GUEST, CC = sys.argv[1], sys.argv[2], sys.argv[3:]
RESULTS = []
ROOT = os.geteuid() == 0
WAIT_S = 20
START = ('start_thread', '__clone3', 'clone', '__clone')
MANY_S = 3 if not any('sanitize' in word for word in CC) else 15


def say(good, what, *details):
    """One line of TAP, what went wrong behind it."""
    RESULTS.append(bool(good))
    print('ok' if good else 'not ok', len(RESULTS), '-', what, flush=True)
    if not good:
        for detail in details:
            print('#', repr(detail)[:6000])


def skip(what, why):
    RESULTS.append(True)
    print('ok', len(RESULTS), '-', what, '# SKIP', why, flush=True)


def compile_guest(folder, name, *flags, source=GUEST, compiler=None):
    """The compiled program, or None when it cannot be made here."""
    out = folder / name
    done = subprocess.run([*(compiler or CC), '-O2', '-g', '-pthread', source, *flags, '-o', out],
                          capture_output=True, text=True, check=False, timeout=60)
    return out if done.returncode == 0 else None


@contextlib.contextmanager
def running(*words, **options):
    """A guest that is ready; its first line of output was read."""
    with subprocess.Popen([str(word) for word in words], stdout=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, text=True, **options) as process:
        try:
            process.stdout.readline()
            yield process
        finally:
            process.kill()
            process.wait(WAIT_S)


def tell(*pids, stop=False):
    """The sets of stacks of these processes, and how long it took."""
    start = time.monotonic()
    done = subprocess.run([TELL, *(['--stop'] if stop else []), *(str(pid) for pid in pids)],
                          capture_output=True, text=True, check=False, timeout=60)
    took = time.monotonic() - start
    if done.returncode != 0:
        return None, done.returncode, done.stderr
    return json.loads(done.stdout)['stacks'], took, done.stderr


def chains(sets):
    """Each group as the list of its functions, innermost first."""
    return [[frame['function'] for frame in group['frames']]
            for one in sets or () for group in one['groups']]


def has_chain(sets, *functions):
    """Does a stack have these functions one after another?"""
    for chain in chains(sets):
        for at in range(len(chain)):
            if tuple(chain[at:at + len(functions)]) == functions:
                return True
    return False


def whole(sets, function):
    """The end of the group that has this function."""
    for group in sets[0]['groups']:
        if any(frame['function'] == function for frame in group['frames']):
            return group
    return {}


def check_chains(what, sets):
    say(has_chain(sets, 'wait_for_lock', 'take_the_lock', 'thread_main'), f'{what}: a lock', sets)
    say(has_chain(sets, 'read_the_pipe', 'serve_a_request', 'thread_main'), f'{what}: read', sets)
    say(has_chain(sets, 'sleep_for_long', 'thread_main'), f'{what}: nanosleep', sets)


def test_lines(folder):
    """Function, file, line of a plain -O2 program; nothing is torn, every stack is whole."""
    program = compile_guest(folder, 'plain', '-fomit-frame-pointer')
    lines = pathlib.Path(GUEST).read_text(encoding='utf-8').split('\n')
    with running(program, 'chains') as guest:
        for stop in (True, False) if ROOT else (True,):
            how = 'stopped' if stop else 'copied'
            sets, *rest = tell(guest.pid, stop=stop)
            check_chains(how, sets)
            groups = sets[0]['groups'] if sets else []
            say(len(groups) == 4 and all(g['end'] == 'whole' and not g['torn'] for g in groups),
                f'{how}: four whole stacks, none torn', sets, rest)
            frames = [f for g in groups for f in g['frames'] if f['function'] == 'wait_for_lock']
            say(frames and frames[0]['file'].endswith('guest.c') and
                'pthread_mutex_lock' in lines[frames[0]['line'] - 1],
                f'{how}: the line is that of the call', frames)


def test_kinds(folder):
    """Other ways to be linked, to be found, and to be gone from the file system."""
    for name, flags in (('stripped', ['-s', '-fomit-frame-pointer']),
                        ('static-pie', ['-static-pie', '-fomit-frame-pointer']),
                        ('static', ['-static', '-no-pie'])):
        program = compile_guest(folder, name, *flags)
        if not program:
            skip(name, 'cannot be linked here')
            continue
        with running(program, 'chains') as guest:
            sets, *rest = tell(guest.pid, stop=not ROOT)
            if name != 'stripped':
                check_chains(name, sets)
                continue
            groups = sets[0]['groups']
            own = [[f for f in g['frames'] if f['module'] == str(program)] for g in groups]
            say(sorted(len(frames) for frames in own) == [2, 2, 3, 3],
                f'{name}: as many frames as there are functions', sets, rest)
            say(all(f['function'] is None and f['offset'] for frames in own for f in frames),
                f'{name}: without names, with offsets', own)


def test_without_tables(folder):
    """No unwind tables, only frame pointers: told as a guess. And clang, which writes no aranges."""
    program = compile_guest(folder, 'pointers', '-s', '-fno-asynchronous-unwind-tables',
                            '-fno-unwind-tables', '-fno-omit-frame-pointer')
    with running(program, 'chains') as guest:
        sets, *_ = tell(guest.pid, stop=not ROOT)
        own = [[f['guessed'] for f in g['frames'] if f['module'] == str(program)]
               for g in sets[0]['groups']]
        say(all(frames[1:] and all(frames[1:]) and not frames[0] for frames in own),
            'by frame pointers: said to be a guess', sets)
    program = shutil.which('clang') and compile_guest(folder, 'clang', compiler=['clang'])
    if not program:
        skip('clang', 'clang is not here')
        return
    with running(program, 'chains') as guest:
        sets, *_ = tell(guest.pid, stop=not ROOT)
        lines = [f['line'] for g in sets[0]['groups'] for f in g['frames']
                 if f['module'] == str(program) and f['function'] != '_start']
        say(len(lines) >= 8 and all(lines), 'clang: lines without .debug_aranges', sets)


def test_deleted(folder):
    program = compile_guest(folder, 'deleted')
    with running(program, 'chains') as guest:
        program.unlink()
        sets, *_ = tell(guest.pid, stop=not ROOT)
        check_chains('a deleted program', sets)
        # Something else stands under its name now.
        shutil.copy('/bin/true', program)
        sets, *_ = tell(guest.pid, stop=not ROOT)
        check_chains('a program replaced by another', sets)


def test_namespaces(folder):
    """Mounted where only the process itself sees it, with another number where it lives."""
    if not ROOT:
        skip('other namespaces', 'needs root')
        return
    program = compile_guest(folder, 'hidden')
    inside = folder / 'inside'
    inside.mkdir()
    script = (f'mount -t tmpfs none {inside} && cp {program} {inside}/there && rm {program} && '
              f'exec {inside}/there chains')
    with running('unshare', '-m', '-p', '--fork', '--kill-child', 'sh', '-c', script) as outer:
        children = f'/proc/{outer.pid}/task/{outer.pid}/children'
        pid = int(pathlib.Path(children).read_text(encoding='ascii').split()[0])
        sets, *_ = tell(pid)
        check_chains('another mount and pid namespace', sets)
        say(sets[0]['pid'] == pid, 'its threads have our numbers',
            [g['tids'] for g in sets[0]['groups']])


def status_of(pid, tid, key):
    text = pathlib.Path(f'/proc/{pid}/task/{tid}/status').read_text(encoding='utf-8')
    return next(line.split(':')[1].strip() for line in text.split('\n') if line.startswith(key))


def test_unnoticed(folder):
    """Nothing is attached, stopped or interrupted; by --stop it is, and goes on."""
    program = compile_guest(folder, 'looping')
    for stop in (False, True) if ROOT else (True,):
        with running(program, 'loop') as guest:
            traced = set()
            end = time.monotonic() + 1.5
            while time.monotonic() < end:
                with subprocess.Popen([TELL, *(['--stop'] if stop else []), str(guest.pid)],
                                      stdout=subprocess.DEVNULL) as teller:
                    while teller.poll() is None:
                        for tid in os.listdir(f'/proc/{guest.pid}/task'):
                            traced.add(status_of(guest.pid, tid, 'TracerPid'))
            guest.send_signal(signal.SIGTERM)
            counts = guest.stdout.readline()
            words = counts.split()
            say(len(words) == 8 and int(words[0]) > 5, 'the program went on', counts)
            if stop:
                continue
            say(traced == {'0'}, 'nobody traced it', traced)
            say(words[2] == '0' and words[5] == '0', 'no system call was interrupted', counts)


def test_stopping(folder):
    """A process that was stopped stays so; one whose tracer is killed does not."""
    program = compile_guest(folder, 'stopping')
    with running(program, 'chains') as guest:
        guest.send_signal(signal.SIGSTOP)
        time.sleep(0.1)
        sets, *_ = tell(guest.pid, stop=True)
        check_chains('a stopped process', sets)
        say(status_of(guest.pid, guest.pid, 'State').startswith('T'), 'it is still stopped',
            status_of(guest.pid, guest.pid, 'State'))
        guest.send_signal(signal.SIGCONT)
    with running(program, 'many') as guest:
        for wait in range(12):
            with subprocess.Popen([TELL, '--stop', str(guest.pid)],
                                  stdout=subprocess.DEVNULL) as teller:
                time.sleep(0.003 * wait)
                teller.kill()
        time.sleep(0.3)
        tasks = os.listdir(f'/proc/{guest.pid}/task')
        states = {status_of(guest.pid, tid, 'State')[0] for tid in tasks}
        tracers = {status_of(guest.pid, tid, 'TracerPid') for tid in tasks}
        say(guest.poll() is None and states == {'S'} and tracers == {'0'},
            'whoever is killed while it looks leaves nobody stopped', states, tracers)


def test_places(folder):
    """Signal frames on another stack, the vDSO, deep and large stacks, a first thread that ended."""
    program = compile_guest(folder, 'places', '-fomit-frame-pointer')
    with running(program, 'signal') as guest:
        sets, *_ = tell(guest.pid, stop=not ROOT)
        group = whole(sets, 'handle_it')
        say(group and group['end'] == 'whole' and any(f['signal'] for f in group['frames']) and
            has_chain(sets, 'be_interrupted', 'thread_main'),
            'a signal handler on a stack of its own, and what it interrupted', sets)
    with running(program, 'deep') as guest:
        sets, *_ = tell(guest.pid, stop=not ROOT)
        group = whole(sets, 'deep')
        say(group.get('end') == 'limit' and
            len([f for f in group['frames'] if not f['inlined']]) == 64, 'a deep stack is cut', group)
    with running(program, 'large') as guest:
        sets, *_ = tell(guest.pid, stop=not ROOT)
        say(has_chain(sets, 'read_the_pipe', 'large', 'thread_main'), 'a large frame', sets)
    with running(program, 'leaderless') as guest:
        sets, *_ = tell(guest.pid, stop=not ROOT)
        say(has_chain(sets, 'read_the_pipe', 'serve_a_request'), 'the first thread has ended', sets)
    with running(program, 'time') as guest:
        end = time.monotonic() + WAIT_S
        modules = set()
        while '[vdso]' not in modules and time.monotonic() < end:
            sets, *_ = tell(guest.pid, stop=True)
            modules = {f['module'] for g in sets[0]['groups'] for f in g['frames']}
        say('[vdso]' in modules and has_chain(sets, 'ask_the_time', 'thread_main'), 'in the vDSO',
            sets)
    with running(program, 'compute') as guest:
        sets, *_ = tell(guest.pid, stop=True)
        say(has_chain(sets, 'count_up', 'compute', 'thread_main'), 'a computing thread', sets)
        if ROOT:
            sets, *_ = tell(guest.pid)
            say(has_chain(sets, 'compute', 'thread_main') or whole(sets, 'thread_main') == {} or
                any(g['torn'] for g in sets[0]['groups']), 'copied while it computes', sets)
    if ROOT:
        check_torn(program)


def check_torn(program):
    """One thread on a CPU of its own: it surely ran between."""
    with running(program, 'compute') as guest:
        torn = []
        for _ in range(5):
            sets, *_ = tell(guest.pid)
            torn += [g['tids'] for g in sets[0]['groups'] if g['torn']]
        tasks = sorted(int(tid) for tid in os.listdir(f'/proc/{guest.pid}/task'))
        say(all(tids == [tasks[1]] for tids in torn), 'only who ran is torn', torn, tasks)


def test_many(folder):
    program = compile_guest(folder, 'many')
    with running(program, 'many') as guest:
        took = []
        for _ in range(3):
            sets, seconds, *_ = tell(guest.pid, stop=not ROOT)
            took.append(seconds)
        group = whole(sets, 'serve_a_request')
        say(len(group.get('tids', ())) == 400, '400 threads, one stack', sets)
        say(min(took) <= MANY_S, f'400 threads in {MANY_S} s', took)
    with running(program, 'churn') as guest:
        seen = False
        for _ in range(12):
            sets, code, text = tell(guest.pid, stop=not ROOT)
            if sets is None:
                say(False, 'threads end meanwhile', code, text)
                return
            # While it makes a thread it has no frames: glibc's clone() tells none.
            seen |= has_chain(sets, 'churn', 'thread_main')
        say(seen, 'threads end meanwhile', sets)


CPP = '''
#include <unistd.h>
#include <stdio.h>
namespace shop { template <typename T> struct cart {
  __attribute__((noinline)) long wait(T value) { char c; puts("ready"); fflush(stdout);
    long n = read(0, &c, 1); __asm__ volatile("" ::: "memory"); return n + value; }
  inline long hurry(T value) { return wait(value) + 1; } }; }
__attribute__((noinline)) long buy(shop::cart<int> &c) { return c.hurry(4); }
int main() { shop::cart<int> c; int fds[2]; if (pipe(fds) || dup2(fds[0], 0)) return 1;
  return (int)buy(c); }
'''

GO = '''
package main
import "os"
//go:noinline
func readIt(f *os.File) { b := make([]byte, 1); f.Read(b) }
func main() { r, _, _ := os.Pipe(); go readIt(os.Stdin); os.Stdout.WriteString("ready\\n"); readIt(r) }
'''


def test_languages(folder):
    source = folder / 'shop.cc'
    source.write_text(CPP, encoding='utf-8')
    program = shutil.which('g++') and compile_guest(folder, 'shop', source=source, compiler=['g++'])
    if program:
        with running(program) as guest:
            sets, *_ = tell(guest.pid, stop=not ROOT)
            say(has_chain(sets, 'shop::cart<int>::wait(int)', 'shop::cart<int>::hurry(int)',
                          'buy(shop::cart<int>&)', 'main'), 'C++: readable names, inlined ones too',
                chains(sets))
            inlined = [f for g in sets[0]['groups'] for f in g['frames'] if f['inlined']]
            say([f['function'] for f in inlined if f['module'] == str(program)] ==
                ['shop::cart<int>::hurry(int)'], 'C++: said to be inlined', inlined)
    else:
        skip('C++', 'g++ is not here')
    with running('python3', '-c', 'import time; print("ready", flush=True); time.sleep(100)') as guest:
        sets, *_ = tell(guest.pid, stop=not ROOT)
        say(any('_PyEval_EvalFrameDefault' in chain or len(chain) > 8 for chain in chains(sets)),
            'python3: its native frames', chains(sets))
    test_node(folder)
    test_go(folder)


NODE = """
function inner(n) { let x = 0; for (let i = 0; i < n; i++) x += Math.sqrt(i) % 7; return x; }
console.log('ready'); for (;;) inner(1e6);
"""


def test_node(folder):
    if not shutil.which('node'):
        skip('node', 'node is not here')
        return
    with running('node', '--perf-basic-prof', '-e', NODE, cwd=folder) as guest:
        try:
            found = False
            end = time.monotonic() + WAIT_S
            while not found and time.monotonic() < end:
                sets, *_ = tell(guest.pid, stop=True)
                found = any(f['function'] and 'inner' in f['function'] and not f['module']
                            for g in sets[0]['groups'] for f in g['frames'])
            say(found, 'node: a function compiled at run time, by its perf map', chains(sets))
        finally:
            pathlib.Path(f'/tmp/perf-{guest.pid}.map').unlink(missing_ok=True)


def test_go(folder):
    if not shutil.which('go'):
        skip('Go', 'go is not here')
        return
    source = folder / 'guest.go'
    source.write_text(GO, encoding='utf-8')
    env = {**os.environ, 'GOCACHE': str(folder / 'cache'), 'HOME': str(folder), 'GO111MODULE': 'off'}
    for name, flags in (('go', []), ('go-stripped', ['-ldflags=-s -w'])):
        done = subprocess.run(['go', 'build', *flags, '-o', folder / name, source], env=env,
                              capture_output=True, text=True, check=False, timeout=150)
        if done.returncode:
            skip(name, done.stderr.strip().replace('\n', ' ')[:200])
            return
        with running(folder / name) as guest:
            sets, code, text = tell(guest.pid, stop=not ROOT)
            say(sets and len(sets[0]['groups']) > 1, f'{name}: threads have stacks', sets, code, text)
            if not flags:
                say(any(f['function'] and f['function'].startswith('runtime.') and f['line']
                        for g in sets[0]['groups'] for f in g['frames']),
                    f'{name}: functions and lines', chains(sets))


def test_denied(folder):
    if not ROOT or not shutil.which('setpriv'):
        skip('no permission', 'needs root and setpriv')
        return
    program = compile_guest(folder, 'mine')
    with running(program, 'chains') as guest:
        done = subprocess.run(['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', TELL,
                               '--stop', str(guest.pid)], capture_output=True, text=True,
                              check=False, timeout=60)
        if done.returncode in (126, 127):
            skip('no permission', 'the test program is out of reach of an ordinary user')
            return
        sets = json.loads(done.stdout)['stacks']
        say(not sets[0]['groups'] and 'CAP_SYS_PTRACE' in sets[0]['note'], 'no permission is said',
            sets)
    sets, *_ = tell(guest.pid, stop=not ROOT)
    say(not sets[0]['groups'] and sets[0]['note'] == 'It ended meanwhile.', 'so is a process gone',
        sets)


def test_corrupt(folder):
    """A library whose unwind tables, symbols and lines are spoiled while it is in use."""
    source = folder / 'lib.c'
    source.write_text('''
#include <unistd.h>
#include <stdio.h>
long wait_inside(int fd) { char c; long n = read(fd, &c, 1); __asm__ volatile("" ::: "memory");
return n; }''', encoding='utf-8')
    main_source = folder / 'uses.c'
    main_source.write_text('''
#include <unistd.h>
#include <stdio.h>
long wait_inside(int fd);
int main(void) { int fds[2]; if (pipe(fds)) return 1; puts("ready"); fflush(stdout);
return (int)wait_inside(fds[0]); }''', encoding='utf-8')
    library = compile_guest(folder, 'libspoiled.so', '-shared', '-fPIC', source=source)
    program = library and compile_guest(folder, 'uses', library, f'-Wl,-rpath,{folder}',
                                        source=main_source)
    if not program:
        skip('corrupt files', 'no shared library can be made here')
        return
    good = library.read_bytes()
    chance = random.Random(7)
    with running(program) as guest:
        sets, *_ = tell(guest.pid, stop=not ROOT)
        say(has_chain(sets, 'wait_inside', 'main'), 'a library', chains(sets))
        bad = []
        for turn in range(40):
            spoiled = bytearray(good)
            # Not the first pages: with them the program itself would break.
            for _ in range(chance.choice((1, 8, 400))):
                spoiled[chance.randrange(0x2000, len(good))] = chance.randrange(256)
            if turn % 4 == 0:
                spoiled[40:48] = chance.randbytes(8)   # where its sections are
            size = len(spoiled) if turn % 5 else chance.randrange(0x2000, len(good))
            with library.open('r+b') as file:
                file.write(spoiled)
                file.truncate(size)
            sets, code, text = tell(guest.pid, stop=not ROOT)
            if sets is None or not sets[0]['groups'] and not sets[0]['note'] or (
                    sets and code > 20):
                bad.append((turn, sets, code, text))
            with library.open('r+b') as file:
                file.write(good)
        say(not bad, 'spoiled 40 times, it is told or said every time', bad)


def main():
    os.environ.pop('DEBUGINFOD_URLS', None)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        if not compile_guest(folder, 'try'):
            print('1..0 # SKIP no compiler works here')
            return
        for test in (test_lines, test_kinds, test_without_tables, test_deleted, test_namespaces, test_unnoticed,
                     test_stopping, test_places, test_many, test_languages, test_denied,
                     test_corrupt):
            test(folder)
    print(f'1..{len(RESULTS)}')
    sys.exit(not all(RESULTS))


if __name__ == '__main__':
    main()
