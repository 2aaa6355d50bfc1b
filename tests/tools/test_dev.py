#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does ./dev say what it can do, and what is missing and how to get it, without touching the system?

Each case runs a copy of it as an ordinary user who has only the commands put into a folder.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

DEV = pathlib.Path(sys.argv.pop(1)).parent / 'dev'
PLAIN = ('basename', 'cat', 'date', 'dirname', 'grep', 'mkdir', 'mktemp', 'rm', 'sed', 'sh', 'sort', 'stat', 'tr')


class Dev(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.bin = self.root / 'bin'
        self.bin.mkdir()
        for name in PLAIN:
            (self.bin / name).symlink_to(shutil.which(name))
        self.put('id', 'echo 1000')
        # The folders that dev adds to the path belong to the real system: here they are empty.
        text = DEV.read_text(encoding='utf-8')
        self.assertIn('\nPATH=$PATH:/usr/sbin:/sbin\n', text)
        (self.root / 'dev').write_text(text.replace('\nPATH=$PATH:/usr/sbin:/sbin\n', '\n'),
                                       encoding='utf-8')

    def put(self, name, text):
        path = self.bin / name
        path.write_text('#!/bin/sh\n' + text + '\n', encoding='utf-8')
        path.chmod(0o755)

    def put_build_tools(self):
        """Everything that is needed, none of what is only wanted. What meson is told goes to a log."""
        for name in ('cc', 'clang'):
            self.put(name, 'exit 0')
        self.put('ninja', ':')
        self.put('pkg-config', 'case $2 in libmnl | smartcols) ;; *) exit 1 ;; esac')
        self.put('meson', f'echo "$*" >>{self.root}/meson.log\n'
                 'case $2 in --*) ;; *) mkdir "$2" && : >"$2/build.ninja" ;; esac')
        if not os.path.exists('/usr/include/stdio.h'):
            self.skipTest('no C library headers')

    def meson_was_told(self):
        log = self.root / 'meson.log'
        return log.read_text(encoding='utf-8').splitlines()

    def run_dev(self, *args, **env):
        done = subprocess.run(['sh', self.root / 'dev', *args], capture_output=True, text=True,
                              timeout=30, check=False,
                              env={'PATH': str(self.bin), 'HOME': str(self.root), **env})
        return done.returncode, done.stdout, done.stderr

    def test_help_names_every_verb(self):
        status, out, err = self.run_dev('help')
        verbs = re.search(r'\n(run \|.*)\) "cmd_', DEV.read_text(encoding='utf-8'))[1].split(' | ')
        self.assertEqual((status, err), (0, ''))
        self.assertGreater(len(verbs), 8)
        for verb in verbs:
            self.assertRegex(out, rf'(?m)^  {verb}\b')
        self.assertEqual(self.run_dev()[1], out)

    def test_the_package_has_the_version_of_the_program(self):
        top = DEV.parent
        version = re.search(r"\n  version: '([^']*)'", (top / 'meson.build').read_text())[1]
        self.assertRegex((top / 'debian/changelog').read_text(encoding='utf-8'),
                         rf'\Alinger \({re.escape(version)}\) ')

    def test_an_unknown_verb_is_wrong_usage(self):
        status, out, err = self.run_dev('destroy')
        self.assertEqual((status, out), (2, ''))
        self.assertIn("there is no 'destroy'", err)

    def test_a_user_is_told_the_packages_and_the_command(self):
        self.put('apt-get', f'touch {self.root}/called')
        status, out, err = self.run_dev('build')
        self.assertEqual((status, out), (1, ''))
        self.assertRegex(err, r'As root: apt-get install gcc .*meson ninja-build pkgconf libmnl-dev')
        self.assertFalse((self.root / 'called').exists())

    def test_another_distribution_is_told_the_names_of_debian(self):
        status, _, err = self.run_dev('build')
        self.assertEqual(status, 1)
        self.assertIn('missing, by its names in Debian: gcc', err)
        self.assertNotIn('apt-get', err)

    def test_what_is_only_wanted_stops_nothing(self):
        self.put_build_tools()
        status, out, err = self.run_dev('build')
        self.assertEqual((status, out), (0, 'build/src/cli/linger\n'), err)
        self.assertIn('goes on without: bpftool libbpf-dev', err)

    def test_a_folder_is_set_up_again_only_for_a_flag_that_is_new_to_it(self):
        self.put_build_tools()
        for args in ((), (), ('-Dbpf=disabled',), ('-Dbpf=disabled',), ()):
            self.assertEqual(self.run_dev('build', *args)[0], 0)
        self.run_dev('build', LINGER_WERROR='1')
        self.assertEqual(self.meson_was_told(), [
            'setup build', 'setup --reconfigure build -Dbpf=disabled',
            'setup --reconfigure build -Dwerror=true'])

    def test_each_compiler_has_a_folder_of_its_own(self):
        self.put_build_tools()
        self.assertEqual(self.run_dev('build', CC='/usr/bin/clang')[1],
                         'build-clang/src/cli/linger\n')
        self.assertEqual(self.run_dev('build', CC='ccache gcc')[1],
                         'build-ccache-gcc/src/cli/linger\n')

    def test_a_build_that_fails_runs_nothing(self):
        self.put_build_tools()
        self.put('ninja', 'case $* in *--quiet) echo "error: no semicolon"; exit 1 ;; esac')
        status, out, err = self.run_dev('run', '--json')
        self.assertEqual((status, out), (1, ''))
        self.assertIn('error: no semicolon', err)
        self.assertIn('the build in build failed', err)


unittest.main()
