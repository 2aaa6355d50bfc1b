// SPDX-License-Identifier: Apache-2.0
/* Which topics there are, and what they say; their rows come from where things are defined. */
#include <string.h>

#include "base/buf.h"
#include "cli/command.h"
#include "cli/topic.h"
#include "judge/causes/table.h"
#include "judge/manual.h"
#include "model/filter.h"
#include "model/tcp.h"
#include "model/verdict.h"

static bool put_noun(size_t i, struct buf *name, struct buf *text)
{
	if (!filter_noun_name(i))
		return false;
	buf_puts(name, filter_noun_name(i));
	if (filter_noun_takes(i)[0])
		buf_printf(name, " %s", filter_noun_takes(i));
	buf_puts(text, filter_noun_says(i));
	return true;
}

static const struct topic_section filter_sections[] = {
	{ .title = "conditions", .row = put_noun },
	{ .title = "putting conditions together",
	  .text = "Conditions side by side, or with and between them, must all hold; or needs one "
		  "of them; not (also !) turns one around; brackets group. not binds closest, then "
		  "and, then or. Only state words side by side add up, as in ss.\n\n"
		  "= can be left out. == and eq mean =; !=, ne and neq its opposite; >= ge geq, <= "
		  "le leq, > gt and < lt are for what has an order.\n\n"
		  ":PORT alone is the local port. A port is a number or the name of a service." },
	{ .title = "names",
	  .text = "Where a name is asked for, a pattern can stand: * is any characters, ? any one, "
		  "and a backslash takes what follows as it is. What has blanks or signs in it "
		  "stands in quotes, single or double. Upper and lower case differ." },
	{ .title = "what is not known",
	  .text = "What is not known matches neither a condition nor its opposite. Of a socket "
		  "whose owner may not be seen, comm = java is not true, and not comm = java is "
		  "not either; sudo shows more. What nobody holds (TIME_WAIT, and what the kernel "
		  "closes by itself) has no owner for sure, so pid != 1 is true of it.\n\n"
		  "An age is known between two bounds. age > 5m means what is surely older, age < "
		  "5m what is surely younger.\n\n"
		  "A filter never changes a verdict: everything is looked at and judged as without "
		  "it." },
	{ .title = NULL },
};

static const struct command_example filter_examples[] = {
	{ "sudo linger list state close-wait and dport = :443", "as ss has it" },
	{ "sudo linger 'unit = orders and age > 10m'", "what one service has left behind" },
	{ "sudo linger list 'comm = \"Web Content\" or exe = */jdk-*/bin/java'", "by whose it is" },
	{ "sudo linger list 'cause = eof-* and confidence >= likely'", "by what was found" },
	{ .line = NULL },
};

static const struct topic topic_filter = {
	.name = "filter",
	.summary = "which connections are meant: the language of filters",
	.description =
		"A FILTER is what linger, linger list and linger why take: conditions in the "
		"language of ss(8), with more to ask about. It may be one quoted word or many "
		"words. What < > ( ) ! | & mean to the shell makes quoting the whole the safer "
		"way.",
	.sections = filter_sections,
	.examples = filter_examples,
};

static void put_states(struct buf *b, uint32_t states)
{
	const char *comma = "";

	for (enum tcp_state state = TCP_STATE_UNKNOWN + 1; state < TCP_STATE_MAX; state++) {
		if (!(states & TCP_BIT(state)))
			continue;
		buf_printf(b, "%s%s", comma, tcp_state_name(state));
		comma = ", ";
	}
}

static bool put_cause(size_t i, struct buf *name, struct buf *text)
{
	uint8_t row = (uint8_t)i;

	if (i >= cause_count())
		return false;
	buf_puts(name, cause_id(row));
	buf_puts(text, cause_says(row));
	buf_printf(text, "\n%s, in ", cause_severity(row) == SEVERITY_STUCK ? "Stuck" : "Expected");
	put_states(text, cause_states(row));
	buf_putc(text, '\n');
	manual_put_changes(row, text);
	if (cause_source(row)[0])
		buf_printf(text, "source: %s\n", cause_source(row));
	buf_printf(text, "to see it: linger lab %s", cause_scene(row));
	return true;
}

static const struct topic_section cause_sections[] = {
	{ .title = "causes", .row = put_cause },
	{ .title = "how sure it is",
	  .text = "certain: the evidence admits no other reading. likely: the usual reading, "
		  "another is possible. possible: a guess, or some evidence could not be read.\n\n"
		  "linger why shows the evidence of each finding; linger doctor says which "
		  "evidence cannot be had here." },
	{ .title = NULL },
};

static const struct command_example cause_examples[] = {
	{ "sudo linger list cause = eof-ignored", "the connections with one cause" },
	{ "linger lab eof-ignored", "makes such a connection, to look at it" },
	{ .line = NULL },
};

static const struct topic topic_causes = {
	.name = "causes",
	.summary = "why a connection is still there: the causes that linger tells",
	.description =
		"Every closing connection has exactly one cause: the first of these that holds "
		"in its state, from top to bottom. Stuck ones should be gone; expected ones are "
		"normal and end by themselves. What to change is said for any program first, then "
		"for those kinds that have an answer of their own. Sources that are facts have "
		"their numbers from docs/facts.md.",
	.sections = cause_sections,
	.examples = cause_examples,
};

const struct topic *const topic_table[] = { &topic_filter, &topic_causes, NULL };
