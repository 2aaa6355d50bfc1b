#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does the program itself answer as the command line promises?

usage: test_program.py LINGER COMMAND,COMMAND… (those that man/meson.build makes pages of). TAP on
standard output. Needs no privilege and looks at nothing.
"""
import os
import shutil
import subprocess
import sys

LINGER = sys.argv[1]
RESULTS = []


def say(good, what, *details):
    """One line of TAP, what went wrong behind it."""
    RESULTS.append(bool(good))
    print('ok' if good else 'not ok', len(RESULTS), '-', what)
    if not good:
        for detail in details:
            print('#', repr(detail))


def run(*words, **options):
    options.setdefault('stdout', subprocess.PIPE)
    return subprocess.run([LINGER, *words], stderr=subprocess.PIPE, text=True, check=False,
                          timeout=20, **options)


def test_pages(made):
    """Every command: help with examples, a man page that scdoc takes and the build makes."""
    pages = run('man', '--list').stdout.split()
    say(pages, 'the program lists its pages')
    for page in pages:
        page, _, section = page.rpartition('.')
        name = page.partition('-')[2]
        text = run('help', *([name] if name else [])).stdout
        say('\nexamples:\n' in text, f'{page}: its help has examples', text)
        say(all(len(line) <= 80 for line in text.split('\n') if not line.startswith(('usage', '  '))),
            f'{page}: its help fits 80 columns', text)
        if section == '1':
            other = run(*([name] if name else []), '--help')
            say(other.stdout == text and other.returncode == 0, f'{page}: --help says the same')
        say(name in made, f'{page}: the build makes its man page', made)
        source = run('man', name).stdout
        say('# EXAMPLES' in source and ('# EXIT STATUS' in source or section == '7'),
            f'{page}: its man page has examples and exit statuses')
        if shutil.which('scdoc'):
            scdoc = subprocess.run(['scdoc'], input=source, capture_output=True, text=True,
                                   check=False, timeout=20)
            say(scdoc.returncode == 0, f'{page}: scdoc takes it', scdoc.stderr)
            render(page, scdoc.stdout)


def render(page, troff):
    """man(1) shows it without a complaint, no line wider than a terminal."""
    if not shutil.which('groff'):
        return
    groff = subprocess.run(['groff', '-Kutf8', '-man', '-Tutf8', '-ww', '-P-cbou', '-rLL=80n'], input=troff,
                           capture_output=True, text=True, check=False, timeout=20)
    say(groff.returncode == 0 and not groff.stderr, f'{page}: groff has nothing to warn of',
        groff.stderr)
    wide = [line for line in groff.stdout.split('\n') if len(line) > 80]
    say(not wide and len(groff.stdout) > 500, f'{page}: it is shown in 80 columns', wide)
    if page == 'linger-causes':
        say('\n           .NET: ' in groff.stdout, 'a name that begins with a full stop keeps it')


def test_words():
    """Wrong words get an answer and status 2."""
    for words, part in (
            (['lst'], 'there is no command lst'),
            (['labb'], 'did you mean linger lab?'),
            (['close-wait'], 'did you mean linger list state close-wait?'),
            (['comm'], 'a name is missing here'),
            (['stat', 'close-wait'], 'did you mean linger state ...?'),
            (['state', 'clsoe-wait'], 'did you mean CLOSE_WAIT?'),
            (['list', 'cause', 'eof-ignord'], 'did you mean eof-ignored?'),
            (['help', 'xyzzy'], 'there is no command xyzzy'),
            (['lab', '--jsonn'], 'did you mean --json?')):
        done = run(*words)
        say(done.returncode == 2 and part in done.stderr and not done.stdout,
            f'linger {" ".join(words)} is answered', done.returncode, done.stderr)
    done = run('\x1b[31m\n')
    say(done.stderr.count('\n') == 1 and '\x1b' not in done.stderr, 'a hostile word is harmless',
        done.stderr)
    done = run('--version')
    say(done.stdout.startswith('linger ') and done.returncode == 0, '--version', done.stdout)


def test_output():
    """A reader that leaves is no error, a full disk is."""
    for ignore in (False, True):
        read_end, write_end = os.pipe()
        os.close(read_end)
        done = run('help', 'lab', stdout=write_end, restore_signals=not ignore)
        os.close(write_end)
        say(done.stderr == '' and done.returncode in (0, -13),
            f'a closed pipe ends quietly, SIGPIPE {"ignored" if ignore else "as usual"}',
            done.returncode, done.stderr)
    with open('/dev/full', 'w', encoding='utf-8') as full:
        done = run('help', 'lab', stdout=full)
    say(done.returncode == 3 and done.stderr.startswith('linger: writing the output: '),
        'a full disk is told with status 3', done.returncode, done.stderr)


def test_completion():
    """What bash offers for words typed so far, the last of them a beginning."""
    script = run('completion').stdout
    bash = shutil.which('bash')
    if not bash:
        return
    for words, offered in (
            (['linger', 'la'], ['lab']),
            (['linger', 'help', 'fil'], ['filter']),
            (['linger', 'list', '--so'], ['--sort']),
            (['linger', 'list', '--sort', 'rem'], ['remote']),
            (['linger', 'list', 'com'], ['comm']),
            (['linger', 'list', 'state', 'CLOSE_W'], ['CLOSE_WAIT']),
            (['linger', 'cause', '=', 'eof-i'], ['eof-ignored']),
            (['linger', 'why', 'cause', 'eof-i'], ['eof-ignored']),
            (['linger', 'why', 'state', 'listen', 'con'], ['confidence', 'container']),
            (['linger', 'doctor', '--j'], ['--json'])):
        typed = ' '.join(f"'{word}'" for word in words)
        check = subprocess.run(
            [bash, '-c', f'{script}\nCOMP_WORDS=({typed}); COMP_CWORD={len(words) - 1}\n'
             f"_linger linger '{words[-1]}' '{words[-2]}'\n"
             'echo "${COMPREPLY[@]}"'], capture_output=True, text=True, check=False, timeout=20)
        say(sorted(check.stdout.split()) == offered and not check.stderr,
            f'bash completes {" ".join(words)}', check.stdout, check.stderr)


def main():
    test_pages(sys.argv[2].split(','))
    test_words()
    test_output()
    test_completion()
    print(f'1..{len(RESULTS)}')
    sys.exit(not all(RESULTS))


if __name__ == '__main__':
    main()
