// SPDX-License-Identifier: Apache-2.0
/* The command table as man pages and shell completion. */
#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/topic.h"
#include "judge/causes/table.h"
#include "model/filter.h"
#include "model/tcp.h"

static const struct {
	int status;
	const char *text;
} statuses[] = {
	{ EXIT_DONE, "nothing is stuck, or what was asked for was done" },
	{ EXIT_STUCK, "a stuck finding is shown, or not all could be done" },
	{ EXIT_USAGE, "wrong usage" },
	{ EXIT_NO_LOOK, "could not look: a privilege, the kernel or memory is missing" },
};

/* Plain text so that scdoc(5) takes nothing of it for markup. A full stop at the start of a line
 * would be a list to it, and escaped a command to troff: in bold it is neither. */
static void put_plain(FILE *out, const char *text)
{
	for (bool at_start = true; *text; text++) {
		if (at_start && *text == '.') {
			fputs("*.*", out);
		} else {
			if (strchr("\\*_~<>[]#|`", *text) || (at_start && strchr("-;!", *text)))
				fputc('\\', out);
			fputc(*text, out);
		}
		at_start = *text == '\n';
	}
}

/* put_plain() with a capital at its beginning. */
static void put_sentence(FILE *out, const char *text)
{
	fputc(toupper((unsigned char)text[0]), out);
	put_plain(out, text + 1);
}

/* "linger", "linger-list": the page's name. */
static void put_page(FILE *out, const struct command *command)
{
	fprintf(out, "linger%s%s", command->name[0] ? "-" : "", command->name);
}

/* How the command is typed. */
static void put_typed(FILE *out, const struct command *command)
{
	fprintf(out, "*linger%s%s*", command->name[0] ? " " : "", command->name);
}

static void put_option(FILE *out, const struct command_option *o)
{
	if (o->letter)
		fprintf(out, "*-%c*, ", o->letter);
	fprintf(out, "*--%s*", o->name);
	if (o->arg) {
		fputs(o->arg[0] == '[' ? "_" : " _", out);
		put_plain(out, o->arg);
		fputc('_', out);
	}
	fputs("\n\t", out);
	put_sentence(out, o->help);
	fputs(".\n\n", out);
}

static void put_commands(FILE *out, const struct command *top)
{
	fputs("# COMMANDS\n\n", out);
	for (size_t i = 0; command_table[i]; i++) {
		if (command_table[i] == top)
			continue;
		put_typed(out, command_table[i]);
		fputs(" ", out);
		put_plain(out, command_table[i]->synopsis);
		fputs("\n\t", out);
		put_plain(out, command_table[i]->summary);
		fputs(": see *", out);
		put_page(out, command_table[i]);
		fputs("*(1).\n\n", out);
	}
}

static void put_title(FILE *out, const char *title)
{
	fputs("# ", out);
	for (; *title; title++)
		fputc(toupper((unsigned char)*title), out);
	fputs("\n\n", out);
}

static void put_rows(FILE *out, const struct command *command)
{
	put_title(out, command->rows_title);
	for (size_t i = 0; command->row_name(i); i++) {
		fputc('*', out);
		put_plain(out, command->row_name(i));
		fputs("*\n\t", out);
		put_sentence(out, command->row_text(i));
		fputs(".\n\n", out);
	}
}

static void put_examples(FILE *out, const struct command_example *examples)
{
	if (!examples || !examples->line)
		return;
	fputs("# EXAMPLES\n\n", out);
	for (const struct command_example *e = examples; e->line; e++) {
		put_sentence(out, e->text);
		fprintf(out, ":\n\n```\n%s\n```\n\n", e->line);
	}
}

static void put_statuses(FILE *out)
{
	fputs("# EXIT STATUS\n\n", out);
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
		fprintf(out, "*%d*\n\t", statuses[i].status);
		put_sentence(out, statuses[i].text);
		fputs(".\n\n", out);
	}
}

/* All pages but the one this stands in. */
static void put_see_also(FILE *out, const struct command *command, const struct topic *topic)
{
	const char *comma = "";

	fputs("# SEE ALSO\n\n", out);
	for (size_t i = 0; command_table[i]; i++) {
		if (command_table[i] == command)
			continue;
		fprintf(out, "%s*", comma);
		put_page(out, command_table[i]);
		fputs("*(1)", out);
		comma = ", ";
	}
	for (size_t i = 0; topic_table[i]; i++) {
		if (topic_table[i] == topic)
			continue;
		fprintf(out, "%s*linger-%s*(7)", comma, topic_table[i]->name);
		comma = ", ";
	}
	fprintf(out, "%s*ss*(8), *tcp*(7)\n", comma);
}

void help_write_man(FILE *out, const struct command *command)
{
	put_page(out, command);
	fprintf(out, "(1) \"\" \"linger %s\"\n\n# NAME\n\n", LINGER_VERSION);
	put_page(out, command);
	fputs(" - ", out);
	put_plain(out, command->summary);
	fputs("\n\n# SYNOPSIS\n\n", out);
	put_typed(out, command);
	fputc(' ', out);
	put_plain(out, command->synopsis);
	fputs("\n\n# DESCRIPTION\n\n", out);
	put_plain(out, command->description ? command->description : command->summary);
	fputs("\n\n", out);
	if (!command->name[0])
		put_commands(out, command);
	fputs("# OPTIONS\n\n", out);
	for (const struct command_option *o = command->options; o && o->name; o++)
		put_option(out, o);
	fputs("*-h*, *--help*\n\tPrint a summary of this page.\n\n", out);
	if (command->rows_title)
		put_rows(out, command);
	put_statuses(out);
	put_examples(out, command->examples);
	put_see_also(out, command, NULL);
}

/* A row's text of several lines is as many paragraphs; a name may begin the later ones. */
static void put_lines(FILE *out, const char *text)
{
	for (bool is_first = true; *text; is_first = false) {
		size_t len = strcspn(text, "\n");
		_buf_ struct buf line = { 0 };

		buf_add(&line, text, len);
		fputc('\t', out);
		(is_first ? put_sentence : put_plain)(out, buf_text(&line));
		fputs(len && text[len - 1] == '.' ? "\n\n" : ".\n\n", out);
		text += len + (text[len] != '\0');
	}
}

static void put_section(FILE *out, const struct topic_section *section)
{
	put_title(out, section->title);
	if (section->text) {
		put_plain(out, section->text);
		fputs("\n\n", out);
	}
	for (size_t i = 0; section->row; i++) {
		_buf_ struct buf name = { 0 }, text = { 0 };

		if (!section->row(i, &name, &text))
			break;
		fputc('*', out);
		put_plain(out, buf_text(&name));
		fputs("*\n", out);
		put_lines(out, buf_text(&text));
	}
}

void help_write_man_topic(FILE *out, const struct topic *topic)
{
	fprintf(out, "linger-%s(7) \"\" \"linger %s\"\n\n# NAME\n\nlinger-%s - ", topic->name,
		LINGER_VERSION, topic->name);
	put_plain(out, topic->summary);
	fputs("\n\n# DESCRIPTION\n\n", out);
	put_plain(out, topic->description);
	fputs("\n\n", out);
	for (const struct topic_section *s = topic->sections; s->title; s++)
		put_section(out, s);
	put_examples(out, topic->examples);
	put_see_also(out, NULL, topic);
}

static void put_words(FILE *out, const struct command *command)
{
	for (const struct command_option *o = command->options; o && o->name; o++)
		fprintf(out, "--%s ", o->name);
	fputs("--help", out);
}

static bool takes_filter(const struct command *command)
{
	return strstr(command->synopsis, "FILTER") != NULL;
}

/* What can follow each command: its options, and where it takes a filter the nouns of that. */
static void put_bash_commands(FILE *out)
{
	for (size_t i = 0; command_table[i]; i++) {
		if (!command_table[i]->name[0])
			continue;
		fprintf(out, "\t%s) words='", command_table[i]->name);
		put_words(out, command_table[i]);
		fprintf(out, "'%s ;;\n", takes_filter(command_table[i]) ? "; filter=$nouns" : "");
	}
	fputs("\thelp) filter='", out);
	for (size_t i = 0; command_table[i]; i++)
		fprintf(out, "%s ", command_table[i]->name);
	for (size_t i = 0; topic_table[i]; i++)
		fprintf(out, "%s ", topic_table[i]->name);
	fputs("' ;;\n\t*) words='", out);
	for (size_t i = 0; command_table[i]; i++) {
		if (command_table[i]->name[0])
			fprintf(out, "%s ", command_table[i]->name);
		else
			put_words(out, command_table[i]);
		fputc(' ', out);
	}
	fputs("--version help'; filter=$nouns ;;\n", out);
}

/* What can stand behind a noun or an option that takes one of a few words. */
static void put_bash_values(FILE *out)
{
	fputs("\tstate|exclude|excl) words='all connected synchronized bucket big", out);
	for (enum tcp_state state = TCP_STATE_UNKNOWN + 1; state < TCP_STATE_MAX; state++)
		fprintf(out, " %s", tcp_state_name(state));
	fputs("' ;;\n\tcause) words='", out);
	for (uint8_t i = 0; cause_id(i)[0]; i++)
		fprintf(out, "%s ", cause_id(i));
	fputs("' ;;\n"
	      "\tseverity) words='stuck expected' ;;\n"
	      "\tconfidence) words='possible likely certain' ;;\n"
	      "\trole) words='accepted connected' ;;\n"
	      "\tcomm) words=$(cat /proc/[0-9]*/comm 2>/dev/null | sort -u) ;;\n",
	      out);
	for (size_t i = 0; command_table[i]; i++) {
		if (!command_table[i]->row_name || strcmp(command_table[i]->rows_title, "columns"))
			continue;
		fputs("\t--sort|--columns|-o) words='", out);
		for (size_t k = 0; command_table[i]->row_name(k); k++)
			fprintf(out, "%s ", command_table[i]->row_name(k));
		fputs("' ;;\n", out);
	}
}

void help_write_bash(FILE *out)
{
	fputs("# bash completion for linger\n"
	      "_linger() {\n"
	      "\tlocal words= filter= before=${COMP_WORDS[COMP_CWORD-1]}\n"
	      "\tlocal nouns='and or not",
	      out);
	for (size_t i = 0; filter_noun_name(i); i++)
		fprintf(out, " %s", filter_noun_name(i));
	fputs("'\n"
	      "\tcase $before in\n"
	      "\t=|==|!=|'>='|'<=') before=${COMP_WORDS[COMP_CWORD-2]} ;;\n"
	      "\tesac\n"
	      "\tcase ${COMP_WORDS[1]} in\n",
	      out);
	put_bash_commands(out);
	fputs("\tesac\n"
	      "\tif ((COMP_CWORD > 1)) && [[ $2 != -* ]]; then\n"
	      "\t\twords=$filter\n"
	      "\t\tcase $before in\n",
	      out);
	put_bash_values(out);
	fputs("\t\tesac\n"
	      "\tfi\n"
	      "\tif [[ $words ]]; then\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$2\")\n"
	      "\telse\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$2\")\n"
	      "\tfi\n"
	      "}\n"
	      "complete -F _linger linger\n",
	      out);
}
