// SPDX-License-Identifier: Apache-2.0
/* `linger`: what is stuck on this host, whose it is and why. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "cli/filter.h"
#include "cli/output.h"
#include "cli/session.h"
#include "show/json/report.h"

static const struct command_option options[] = {
	{ .name = "all", .letter = 'a', .help = "show the expected ones too" },
	{ .name = "each",
	  .help = "show each finding by itself, also such as differ only in the peer" },
	{ .name = "top", .arg = "N", .help = "show the N worst findings (default 20, 0 for all)" },
	{ .name = "json", .help = "print one JSON object (schema linger.report/1)" },
	AGAIN_OPTION,
	SESSION_OPTIONS,
	{ .name = NULL },
};

static const struct command_example examples[] = {
	{ "sudo linger", "what is stuck on this host, in every network namespace" },
	{ "linger --here", "only in this network namespace" },
	{ "sudo linger 'unit = orders and age > 10m'", "only what is meant" },
	{ "sudo linger --again 10s", "also how fast it grows, and when descriptors run out" },
	{ "sudo linger --all", "also what is normal and ends by itself" },
	{ "sudo linger --json | jq '.findings[].cause'", "for programs" },
	{ .line = NULL },
};

static const char description[] =
	"Finds the TCP connections that should be gone and are not, and says whose they are and "
	"why they are still there: groups of connections with one state, cause, owner and "
	"endpoint, worst first. It only looks; nothing is changed.\n\n"
	"With a FILTER (linger help filter, linger-filter(7)) findings are shown with those of "
	"their connections that it means, and no others; causes and ids stay what they are.\n\n"
	"Without root it sees its own network namespace and the files of its own processes, and "
	"says at the end what it could not see. The exit status is 1 when something is stuck.";

/* How many findings are shown; 0 is said by the largest number there is. */
static int parse_top(const char *text, unsigned int *ret_top)
{
	unsigned long value;
	char *end;

	*ret_top = 0;
	if (!text)
		return EXIT_DONE;
	value = strtoul(text, &end, 10);
	if (end == text || *end || value > 1000000)
		return command_fail(EXIT_USAGE, "--top %s: not a number of findings", text);
	*ret_top = value ? (unsigned int)value : 1000000;
	return EXIT_DONE;
}

static int show_findings(const struct invocation *in, struct session *s, struct text_options *text)
{
	int status, written;

	s->judge.expected = command_value(in, "all") != NULL;
	s->look.time_wait = s->judge.expected;
	text->all = s->judge.expected;
	text->each = command_value(in, "each") != NULL;
	text->older_than_ms = s->judge.older_than_ms;
	status = session_look(s);
	if (status == EXIT_DONE) {
		written = command_value(in, "json")
				  ? json_write_report(stdout, &s->judgement)
				  : text_write_findings(stdout, &s->judgement, text);
		status = output_end(s->judgement.stuck ? EXIT_STUCK : EXIT_DONE, written);
	}
	session_finish(s);
	return status;
}

static int run_scan(const struct invocation *in)
{
	struct text_options text = output_text_options();
	_buf_ struct buf words = { 0 };
	struct filter filter;
	struct session s;
	int status;

	status = session_options(in, &s);
	if (status == EXIT_DONE)
		status = session_again(in, &s);
	if (status == EXIT_DONE)
		status = parse_top(command_value(in, "top"), &text.top);
	if (status == EXIT_DONE)
		status = cli_parse_filter(in->args, in->n_args, &filter, &words);
	if (status != EXIT_DONE)
		return status;
	if (filter.n) {
		s.judge.filter = &filter;
		s.judge.filter_text = buf_text(&words);
	}
	return show_findings(in, &s, &text);
}

const struct command command_scan = {
	.name = "",
	.synopsis = "[--all] [--here] [--json] [FILTER]",
	.summary = "find TCP connections that should be gone and are not, and say why",
	.description = description,
	.options = options,
	.examples = examples,
	.run = run_scan,
};
