/* SPDX-License-Identifier: Apache-2.0 */
/* What every unit test begins with. cmocka.h needs the four headers before it. */
#ifndef UNIT_UNIT_H
#define UNIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Runs the tests of a `struct CMUnitTest[]` as the group `name`. The exit status: 0, or how many
 * failed. A test's name is a sentence with underscores. No test calls skip(): cmocka 1.1.5 then
 * says "not ok # SKIP", which Meson 1.0 counts as failed; unit_skip_all() before unit_run() does it
 * right. */
#define unit_run(name, tests) cmocka_run_group_tests_name(name, tests, NULL, NULL)

/* Ends the program: none of its tests can run here, and why. */
#define unit_skip_all(reason) (puts("1..0 # SKIP " reason), exit(0))

#endif
