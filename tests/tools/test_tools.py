#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does each tool find what it is there for, and leave in peace what is right?"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

TOOLS = pathlib.Path(sys.argv.pop(1))
SPDX = '/* SPDX-License-Identifier: Apache-2.0 */\n'
ROOMS = '''# made up
base:
model:       base
see/diag:    base model
see/procs:   base model
see/look:    base model see/*
act:         base see/diag/destroy
cli:         *
'''


class Tree(unittest.TestCase):
    """A made-up source tree to run the tools on."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.put('tools/rooms.txt', ROOMS)
        self.put('tools/homes.txt', (TOOLS / 'homes.txt').read_text(encoding='utf-8'))
        self.put('tools/long.txt', '')
        self.put('dev', '#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n')

    def put(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding='utf-8')

    def run_tool(self, tool, *args):
        done = subprocess.run([TOOLS / tool, *(args or [self.root])], capture_output=True,
                              text=True, timeout=60, check=False)
        return done.returncode, done.stdout + done.stderr

    def passes(self, tool):
        self.assertEqual(self.run_tool(tool), (0, ''))

    def fails(self, tool, *said):
        status, output = self.run_tool(tool)
        self.assertEqual(status, 1, output)
        for text in said:
            self.assertIn(text, output)
        self.assertEqual(len(output.splitlines()), len(said), output)


class Rooms(Tree):
    def test_a_room_may_include_itself_and_what_stands_in_its_line(self):
        self.put('src/model/a.c', SPDX + '#include "model/a.h"\n#include "base/b.h"\n')
        self.passes('check-rooms')

    def test_a_room_that_is_not_granted_is_named_with_file_and_line(self):
        self.put('src/base/a.c', SPDX + '\n#include "model/m.h"\n')
        self.fails('check-rooms', 'src/base/a.c:3: base may not include "model/m.h"')

    def test_rooms_below_see_do_not_know_each_other(self):
        self.put('src/see/diag/a.c', '#  include "see/procs/p.h"\n')
        self.fails('check-rooms', 'src/see/diag/a.c:1: see/diag may not include "see/procs/p.h"')

    def test_look_may_include_all_of_see(self):
        self.put('src/see/look/a.c', '#include "see/procs/p.h"\n#include "see/diag/d.h"\n')
        self.passes('check-rooms')

    def test_one_file_of_a_room_can_be_granted(self):
        self.put('src/act/a.c', '#include "see/diag/destroy.h"\n#include "see/diag/dump.h"\n')
        self.fails('check-rooms', 'src/act/a.c:2: act may not include "see/diag/dump.h"')

    def test_a_room_is_not_granted_by_the_beginning_of_its_name(self):
        self.put('src/act/a.c', '#include "see/diag/destroyer.h"\n')
        self.fails('check-rooms', 'src/act/a.c:1: act may not include "see/diag/destroyer.h"')

    def test_cli_may_include_everything(self):
        self.put('src/cli/a.c', '#include "act/a.h"\n#include "see/look/l.h"\n')
        self.passes('check-rooms')

    def test_a_folder_that_is_no_room_and_an_include_without_room_are_found(self):
        self.put('src/attic/a.c', '')
        self.put('src/base/b.c', '#include "c.h"\n')
        self.fails('check-rooms', 'src/attic/a.c:1: stands in no room',
                   'src/base/b.c:1: "c.h" is in no room')

    def test_foreign_headers_have_one_home(self):
        self.put('src/see/diag/a.c', '#include <linux/inet_diag.h>\n#include <libmnl/libmnl.h>\n')
        self.put('src/see/procs/a.c', '#include <linux/inet_diag.h>\n#include <bpf/libbpf.h>\n')
        self.fails('check-rooms',
                   'src/see/procs/a.c:1: <linux/inet_diag.h> has its home in see/diag',
                   'src/see/procs/a.c:2: <bpf/libbpf.h> has its home in see/bpf')

    def test_only_cli_prints(self):
        self.put('src/cli/a.c', 'printf("x");\n')
        self.put('src/base/a.c', '/* printf( */ buf_printf(b, "printf(");\nsnprintf(a, b, c);\n'
                                 '_exit(1); // stdout\nfputs("", stdout);\n')
        self.fails('check-rooms', 'src/base/a.c:4: stdout has its home in cli')


class Style(Tree):
    def test_what_is_right_passes(self):
        self.put('src/base/a.h', SPDX + '#ifndef BASE_A_H\n#define BASE_A_H\n\n#endif\n')
        self.passes('check-style')

    def test_licence_guard_and_unfinished_work_are_asked_for(self):
        self.put('src/base/a.h', '\n')
        self.put('src/base/b.c', '// SPDX-License-Identifier: MIT\n// TO' 'DO: all\n')
        self.fails('check-style', 'src/base/a.h:1: does not begin with its SPDX line',
                   'src/base/a.h:1: has not the guard BASE_A_H',
                   'src/base/b.c:1: MIT is no licence of this project',
                   'src/base/b.c:2: says that it is not finished')

    def test_blanks_tabs_and_columns(self):
        self.put('src/base/a.c', SPDX + 'int a; \n        int b;\n' + '\t' * 12 + 'abcd;\n'
                 + '\t' * 12 + 'abc;\nint c;')
        self.fails('check-style', 'a.c:2: blanks at the end', 'a.c:3: indented with blanks',
                   'a.c:4: longer than 100 columns', 'a.c:6: has no newline')

    def test_a_long_function_and_a_long_file_need_a_reason(self):
        body = 'int long_one(void)\n{\n' + '\ta();\n' * 60 + '}\n'
        self.put('src/base/a.c', SPDX + body)
        self.put('src/base/b.c', SPDX + 'int x;\n' * 600)
        self.fails('check-style', 'src/base/a.c:3: long_one() has 61 lines, more than 60',
                   'src/base/b.c:1: has 601 lines, more than 600')
        self.put('tools/long.txt', 'src/base/a.c:long_one it is a table\nsrc/base/b.c\n')
        self.fails('check-style', 'src/base/b.c:1: has 601 lines')

    def test_goto_and_scope_attributes_do_not_meet(self):
        jump = 'int f(void)\n{\n\tgoto out;\nout:\n\treturn 0;\n}\n'
        clean = 'int g(void)\n{\n\t_close_ int fd = -1;\n\treturn fd;\n}\n'
        self.put('src/base/a.c', SPDX + jump + clean)
        self.passes('check-style')
        self.put('src/base/b.c', SPDX + jump.replace('\tgoto', '\t_free_ char *p = 0;\n\tgoto'))
        self.put('src/see/bpf/c.bpf.c', SPDX + jump)
        self.fails('check-style', 'src/base/b.c:3: f() uses goto and scope attributes',
                   'src/see/bpf/c.bpf.c:3: f() uses goto')


class Compilers(Tree):
    def test_a_header_that_needs_another_one_first_is_found(self):
        self.put('src/base/a.h', '#include <stddef.h>\nsize_t a(void);\n')
        compiler = ('cc', '-Wall', '-Werror')
        self.assertEqual(self.run_tool('check-headers', self.root, *compiler), (0, ''))
        self.put('src/base/b.h', 'size_t b(void);\n')
        status, output = self.run_tool('check-headers', self.root, *compiler)
        self.assertEqual(status, 1)
        self.assertIn('src/base/b.h:1:1: error', output)

    def test_what_only_clang_refuses_is_found(self):
        if not shutil.which('clang'):
            self.skipTest('no clang')
        jump = ('void done(int *p);\nint f(int a)\n{\n\tif (a)\n\t\tgoto out;\n'
                '\t__attribute__((cleanup(done))) int b = a;\nout:\n\treturn a;\n}\n')
        self.put('a.c', jump)
        self.put('compile_commands.json', json.dumps([{
            'directory': str(self.root), 'file': 'a.c',
            'command': 'ccache cc -Wjump-misses-init -MD -MF a.d -o a.o -c a.c'}]))
        status, output = self.run_tool('check-compiler', self.root, 'clang')
        self.assertEqual(status, 1, output)
        self.assertIn('a.c:5:3', output)
        self.put('a.c', jump.replace('goto out', 'return 0').replace('out:\n', ''))
        self.assertEqual(self.run_tool('check-compiler', self.root, 'clang'), (0, ''))
        self.assertEqual(self.run_tool('check-compiler', self.root, 'nocc'), (77, 'no nocc\n'))
        self.assertEqual([path.name for path in self.root.glob('a.*')], ['a.c'])


class Summary(Tree):
    def summary(self, *tests):
        self.put('log.json', ''.join(json.dumps(test) + '\n' for test in tests))
        return self.run_tool('test-summary', self.root / 'log.json')

    def test_every_outcome_but_ok_and_skip_counts_as_failed(self):
        outcomes = ['OK', 'OK', 'FAIL', 'TIMEOUT', 'EXPECTEDFAIL', 'UNEXPECTEDPASS', 'ERROR']
        status, output = self.summary(*({'name': name, 'result': name} for name in outcomes))
        self.assertEqual(status, 1)
        self.assertEqual(output.splitlines()[-1], '2 passed, 5 failed, 0 skipped')

    def test_a_skipped_test_says_why(self):
        status, output = self.summary(
            {'name': 'a', 'result': 'OK'},
            {'name': 'b', 'result': 'SKIP', 'stdout': '1..1\nok 1 - x # SKIP no BTF here\n'},
            {'name': 'c', 'result': 'SKIP', 'stdout': 'no nginx\n'})
        self.assertEqual((status, output.splitlines()), (0, [
            'skipped: b: no BTF here', 'skipped: c: no nginx', '1 passed, 0 failed, 2 skipped']))

    def test_nothing_passed_is_no_success(self):
        self.assertEqual(self.run_tool('test-summary', self.root / 'none')[0], 1)


unittest.main()
