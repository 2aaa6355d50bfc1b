// SPDX-License-Identifier: Apache-2.0
/* What --help prints. */
#include "cli/help.h"

#include <string.h>

#include "base/buf.h"
#include "cli/command.h"
#include "cli/topic.h"

#define HELP_COLUMNS 80
#define HELP_NAMES   26 /* options and commands stand left of this column */

/* Writes text with line breaks at blanks; the first line goes on at column `at`, the others begin
 * at `indent`. An empty line in the text stays one. */
static void put_wrapped(FILE *out, const char *text, int at, int indent)
{
	while (*text) {
		int len = (int)strcspn(text, " \n");

		if (text[0] == '\n') {
			fprintf(out, "\n%*s", text[1] == '\n' ? 0 : indent, "");
			at = indent;
			text++;
			continue;
		}
		if (at > indent && at + 1 + len > HELP_COLUMNS) {
			fprintf(out, "\n%*s", indent, "");
			at = indent;
		} else if (at > indent && len) {
			fputc(' ', out);
			at++;
		}
		fprintf(out, "%.*s", len, text);
		at += len;
		text += len;
		text += *text == ' ';
	}
	fputc('\n', out);
}

static void put_row(FILE *out, const char *name, const char *text)
{
	int at = fprintf(out, "  %s", name);

	if (at > HELP_NAMES - 2) {
		fputc('\n', out);
		at = 0;
	}
	fprintf(out, "%*s", HELP_NAMES - at, "");
	put_wrapped(out, text, HELP_NAMES, HELP_NAMES);
}

static void put_option(FILE *out, const struct command_option *o)
{
	char letter[] = { '-', o->letter, ',', ' ', '\0' }, name[128];
	const char *blank = o->arg && o->arg[0] != '[' ? " " : "";

	snprintf(name, sizeof(name), "%s--%s%s%s", o->letter ? letter : "    ", o->name, blank,
		 o->arg ? o->arg : "");
	put_row(out, name, o->help);
}

static void put_examples(FILE *out, const struct command_example *examples)
{
	if (!examples || !examples->line)
		return;
	fputs("\nexamples:\n", out);
	for (const struct command_example *e = examples; e->line; e++) {
		fprintf(out, "  %s\n      ", e->line);
		put_wrapped(out, e->text, 6, 6);
	}
}

void help_write(FILE *out, const struct command *command)
{
	bool is_top = command->name[0] == '\0';

	fprintf(out, "linger%s%s: %s\n\nusage: linger%s%s%s%s\n", is_top ? "" : " ", command->name,
		command->summary, is_top ? "" : " ", command->name, command->synopsis[0] ? " " : "",
		command->synopsis);
	if (is_top)
		fputs("       linger COMMAND [WORD...]\n", out);
	if (command->description && command->description[0]) {
		fputc('\n', out);
		put_wrapped(out, command->description, 0, 0);
	}
	if (is_top) {
		fputs("\ncommands:\n", out);
		for (size_t i = 0; command_table[i]; i++)
			if (command_table[i] != command)
				put_row(out, command_table[i]->name, command_table[i]->summary);
		put_row(out, "help COMMAND", "what a command does, takes and is used for");
		for (size_t i = 0; topic_table[i]; i++) {
			char name[64];

			snprintf(name, sizeof(name), "help %s", topic_table[i]->name);
			put_row(out, name, topic_table[i]->summary);
		}
	}
	fputs("\noptions:\n", out);
	for (const struct command_option *o = command->options; o && o->name; o++)
		put_option(out, o);
	put_row(out, "-h, --help", "print this");
	if (is_top)
		put_row(out, "    --version", "print the version");
	if (command->rows_title)
		fprintf(out, "\n%s:\n", command->rows_title);
	for (size_t i = 0; command->rows_title && command->row_name(i); i++)
		put_row(out, command->row_name(i), command->row_text(i));
	put_examples(out, command->examples);
}

const struct topic *topic_find(const char *name)
{
	for (size_t i = 0; topic_table[i]; i++)
		if (strcmp(topic_table[i]->name, name) == 0)
			return topic_table[i];
	return NULL;
}

static void put_section(FILE *out, const struct topic_section *section)
{
	fprintf(out, "\n%s:\n", section->title);
	if (section->text) {
		fputs("  ", out);
		put_wrapped(out, section->text, 2, 2);
	}
	for (size_t i = 0; section->row; i++) {
		_buf_ struct buf name = { 0 }, text = { 0 };

		if (!section->row(i, &name, &text))
			break;
		put_row(out, buf_text(&name), buf_text(&text));
	}
}

void help_write_topic(FILE *out, const struct topic *topic)
{
	fprintf(out, "linger %s: %s\n\n", topic->name, topic->summary);
	put_wrapped(out, topic->description, 0, 0);
	for (const struct topic_section *s = topic->sections; s->title; s++)
		put_section(out, s);
	put_examples(out, topic->examples);
}
