/* SPDX-License-Identifier: Apache-2.0 */
/* What every unit test begins with. cmocka.h needs the four headers before it. */
#ifndef UNIT_UNIT_H
#define UNIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* Runs the tests of a `struct CMUnitTest[]` as the group `name`. The exit status: 0, or how many
 * failed. A test's name is a sentence with underscores. */
#define unit_run(name, tests) cmocka_run_group_tests_name(name, tests, NULL, NULL)

#endif
