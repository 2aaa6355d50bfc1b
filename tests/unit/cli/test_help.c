// SPDX-License-Identifier: Apache-2.0
/* Does the table become help, a man page and completion? */
#include "unit.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/topic.h"

static const struct command_option options[] = {
	{ "json", NULL, "print JSON", 'j' },
	{ "a-very-long-option-name", "WITH_VALUE",
	  "a help text that is so long that it does not fit into the rest of one line of eighty "
	  "columns",
	  0 },
	{ .name = NULL },
};

static const struct command_example examples[] = {
	{ "linger list --json | jq .", "for programs" },
	{ .line = NULL },
};

static const char *row_name(size_t i)
{
	return i == 0 ? "recv-q" : NULL;
}

static const char *row_text(size_t i)
{
	return i == 0 ? "unread bytes" : NULL;
}

static const struct command top = {
	.name = "", .synopsis = "[--json]", .summary = "find what is stuck", .options = options
};
static const struct command list = {
	.name = "list",
	.synopsis = "[FILTER]",
	.summary = "list connections",
	.description = "One *paragraph* with tcp_fin_timeout in it that is longer than one line of "
		       "eighty columns is.\n\n.second paragraph",
	.options = options,
	.examples = examples,
	.rows_title = "columns",
	.row_name = row_name,
	.row_text = row_text,
};

const struct command *const command_table[] = { &top, &list, NULL };

static bool put_row(size_t i, struct buf *name, struct buf *text)
{
	if (i > 0)
		return false;
	buf_puts(name, "eof-ignored");
	buf_puts(text, "It says so.\nto see it: linger lab");
	return true;
}

static const struct topic_section sections[] = {
	{ .title = "the rows", .text = "A text\n\nof two paragraphs.", .row = put_row },
	{ .title = NULL },
};

static const struct topic topic = {
	.name = "causes",
	.summary = "why",
	.description = "A description.",
	.sections = sections,
	.examples = examples,
};

const struct topic *const topic_table[] = { &topic, NULL };

/* What a writer writes, as text the caller frees. */
static char *render(void (*write)(FILE *out, const struct command *command),
		    const struct command *command)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	write(out, command);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void help_says_all_of_a_command(void **state)
{
	_free_ char *text = render(help_write, &list);

	(void)state;
	assert_string_equal(
		text,
		"linger list: list connections\n"
		"\n"
		"usage: linger list [FILTER]\n"
		"\n"
		"One *paragraph* with tcp_fin_timeout in it that is longer than one line of\n"
		"eighty columns is.\n"
		"\n"
		".second paragraph\n"
		"\n"
		"options:\n"
		"  -j, --json              print JSON\n"
		"      --a-very-long-option-name WITH_VALUE\n"
		"                          a help text that is so long that it does not fit into\n"
		"                          the rest of one line of eighty columns\n"
		"  -h, --help              print this\n"
		"\n"
		"columns:\n"
		"  recv-q                  unread bytes\n"
		"\n"
		"examples:\n"
		"  linger list --json | jq .\n"
		"      for programs\n");
}

static void help_of_linger_alone_lists_the_commands(void **state)
{
	_free_ char *text = render(help_write, &top);

	(void)state;
	assert_non_null(strstr(text, "usage: linger [--json]\n       linger COMMAND"));
	assert_non_null(strstr(text, "\ncommands:\n  list                    list connections\n"));
	assert_non_null(strstr(text, "--version"));
}

static void the_man_page_has_every_section_and_no_stray_markup(void **state)
{
	_free_ char *text = render(help_write_man, &list);
	static const char *const parts[] = {
		"linger-list(1) \"\" \"linger ",
		"# NAME\n\nlinger-list - list connections\n",
		"# SYNOPSIS\n\n*linger list* \\[FILTER\\]\n",
		"One \\*paragraph\\* with tcp\\_fin\\_timeout in",
		"\n*.*second paragraph\n",
		"*-j*, *--json*\n\tPrint JSON.\n",
		"*--a-very-long-option-name* _WITH\\_VALUE_\n",
		"# COLUMNS\n\n*recv-q*\n\tUnread bytes.\n",
		"# EXIT STATUS\n\n*0*\n\tNothing is stuck",
		"# EXAMPLES\n\nFor programs:\n\n```\nlinger list --json | jq .\n```\n",
		"# SEE ALSO\n\n*linger*(1), *linger-causes*(7), *ss*(8), *tcp*(7)\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (!strstr(text, parts[i]))
			fail_msg("'%s' is missing in\n%s", parts[i], text);
}

static char *render_topic(void (*write)(FILE *out, const struct topic *t))
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	write(out, &topic);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void a_topic_is_help_and_a_page_of_section_seven(void **state)
{
	_free_ char *help = render_topic(help_write_topic);
	_free_ char *man = render_topic(help_write_man_topic);

	(void)state;
	assert_string_equal(help, "linger causes: why\n"
				  "\n"
				  "A description.\n"
				  "\n"
				  "the rows:\n"
				  "  A text\n"
				  "\n"
				  "  of two paragraphs.\n"
				  "  eof-ignored             It says so.\n"
				  "                          to see it: linger lab\n"
				  "\n"
				  "examples:\n"
				  "  linger list --json | jq .\n"
				  "      for programs\n");
	assert_ptr_equal(strstr(man, "linger-causes(7) \"\" \"linger "), man);
	assert_non_null(strstr(man,
			       "# THE ROWS\n\nA text\n\nof two paragraphs.\n\n"
			       "*eof-ignored*\n\tIt says so.\n\n\tto see it: linger lab.\n\n"));
	assert_non_null(strstr(man, "# SEE ALSO\n\n*linger*(1), *linger-list*(1), *ss*(8)"));
}

static void completion_knows_commands_and_their_options(void **state)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	help_write_bash(out);
	fclose(out);
	assert_non_null(strstr(
		text, "list) words='--json --a-very-long-option-name --help'; filter=$nouns ;;"));
	assert_non_null(strstr(text, "complete -F _linger linger\n"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(help_says_all_of_a_command),
		cmocka_unit_test(help_of_linger_alone_lists_the_commands),
		cmocka_unit_test(the_man_page_has_every_section_and_no_stray_markup),
		cmocka_unit_test(a_topic_is_help_and_a_page_of_section_seven),
		cmocka_unit_test(completion_knows_commands_and_their_options),
	};

	return unit_run("help", tests);
}
