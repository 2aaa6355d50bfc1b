// SPDX-License-Identifier: Apache-2.0
/* Do patterns mean what a shell's do, and does no pattern take for ever? */
#include "unit.h"

#include <string.h>

#include "base/glob.h"
#include "base/mem.h"

static const struct {
	const char *pattern, *text;
	bool is_match;
} cases[] = {
	{ "", "", true },
	{ "", "a", false },
	{ "java", "java", true },
	{ "java", "javac", false },
	{ "javac", "java", false },
	{ "java", "Java", false },
	{ "*", "", true },
	{ "*", "anything", true },
	{ "**", "", true },
	{ "java*", "java", true },
	{ "java*", "javac", true },
	{ "*java", "my java", true },
	{ "*java", "java2", false },
	{ "*a*b", "aab", true },
	{ "*a*b", "aba", false },
	{ "a*a", "a", false },
	{ "?", "", false },
	{ "?", "x", true },
	{ "py?hon3.1?", "python3.11", true },
	{ "py?hon3.1?", "python3.1", false },
	{ "*.service", "nginx.service", true },
	{ "kworker/[0:1]", "kworker/[0:1]", true },
	{ "\\*", "*", true },
	{ "\\*", "x", false },
	{ "\\?x", "?x", true },
	{ "\\\\", "\\", true },
	{ "\\", "\\", true },
	{ "a\\", "a\\", true },
	{ "*\\*", "ab*", true },
};

static void a_pattern_means_what_a_shell_means(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (glob_match(cases[i].pattern, strlen(cases[i].pattern), cases[i].text) !=
		    cases[i].is_match)
			fail_msg("'%s' %s '%s'", cases[i].pattern,
				 cases[i].is_match ? "does not match" : "matches", cases[i].text);
}

static void only_len_bytes_of_the_pattern_count(void **state)
{
	(void)state;
	assert_true(glob_match("java*x", 5, "javac"));
	assert_false(glob_match("java", 3, "java"));
	assert_true(glob_match("java\\*", 5, "java\\"));
}

static void many_stars_end_soon(void **state)
{
	char pattern[2001], text[4001];

	(void)state;
	for (size_t i = 0; i < 2000; i += 2)
		memcpy(pattern + i, "*a", 2);
	memset(text, 'a', 4000);
	text[4000] = '\0';
	assert_true(glob_match(pattern, 2000, text));
	pattern[1999] = 'b';
	assert_false(glob_match(pattern, 2000, text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pattern_means_what_a_shell_means),
		cmocka_unit_test(only_len_bytes_of_the_pattern_count),
		cmocka_unit_test(many_stars_end_soon),
	};

	return unit_run("glob", tests);
}
