// SPDX-License-Identifier: Apache-2.0
/* `linger why`: findings whole. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/target.h"
#include "show/json/report.h"

/* What a thread does, and how much of a CPU it takes, is looked at for so long. */
#define THREADS_MS 100

static const struct command_option options[] = {
	{ .name = "json", .help = "print one JSON object (schema linger.report/1)" },
	{ .name = "stacks",
	  .arg = "[=stop]",
	  .help = "show where the owner's threads are in its program; nothing is stopped for it, "
		  "but with =stop each thread is, for a moment, which interrupts its system call: "
		  "for where BPF is not allowed" },
	AGAIN_OPTION,
	SESSION_OPTIONS,
	{ .name = NULL },
};

static const struct command_example examples[] = {
	{ "sudo linger why 7f3a",
	  "everything known about the finding that `linger` showed as 7f3a" },
	{ "sudo linger why :8080", "what is wrong with a server's connections" },
	{ "sudo linger why 10.0.0.1:34538 10.2.0.9:443", "what is wrong with one connection" },
	{ "sudo linger why 'unit = orders and age > 1h'", "what a filter means" },
	{ "sudo linger why 7f3a --json | jq '.findings[].threads'",
	  "what the threads of its owner do, for programs" },
	{ "sudo linger why 7f3a --stacks",
	  "also the call stacks of its threads, with function and line" },
	{ .line = NULL },
};

static const char description[] =
	"Looks again and shows findings with all their evidence: what happened, what the program "
	"does now, how long it will last, what it breaks, what to change, and how to let go of it "
	"now.\n\n"
	"ID is what `linger` printed, or its first digits; it stays the same over restarts of "
	"linger and of the program. PID means what a process has, :PORT a local port, LOCAL REMOTE "
	"one connection as ss prints it (an arrow or - may stand between them), FILTER whatever "
	"linger help filter says. Several may be given. A finding is shown whole where any of its "
	"connections is meant.\n\n"
	"Digits that begin an id and are a process with findings, too, are refused: finding = "
	"DIGITS and pid = DIGITS say which.\n\n"
	"--stacks copies the stack of each thread and finds the functions by the unwind tables and "
	"symbols of the files that its process has mapped, in its own mount namespace, then by "
	"/usr/lib/debug, and by debuginfod if DEBUGINFOD_URLS is set. A thread that ran while it "
	"was copied is marked. Code of interpreters has no such frames. It needs CAP_SYS_PTRACE, "
	"CAP_BPF and CAP_PERFMON, and Linux 5.15; --stacks=stop only the first, but interrupts "
	"system calls of the program: some then return EINTR.\n\n"
	"The exit status is 1 when a stuck finding is shown, 0 when all shown are expected, or "
	"when nothing like it is left.";

/* Findings with a connection that is meant. */
struct matches {
	SNAPSHOT_ARRAY(uint32_t) rows;
};

static bool is_meant(const struct judgement *j, const struct finding *f,
		     const struct filter *filter)
{
	for (uint32_t i = 0; i < f->count; i++) {
		struct filter_subject subject =
			filter_subject_of(j, j->members.items[f->members + i]);

		if (filter_match(filter, &subject))
			return true;
	}
	return false;
}

static int find_matches(const struct judgement *j, const struct filter *filter, struct matches *ret)
{
	ret->rows.n = 0;
	for (uint32_t i = 0; i < j->findings.n; i++) {
		if (!is_meant(j, &j->findings.items[i], filter))
			continue;
		if (array_grow(&ret->rows, 1))
			return command_fail(EXIT_NO_LOOK, "finding it: out of memory");
		ret->rows.items[ret->rows.n++] = i;
	}
	return EXIT_DONE;
}

/* The owners of what matches, as rows of snapshot.processes. */
static int find_owners(const struct judgement *j, const struct matches *m, struct matches *ret)
{
	ret->rows.n = 0;
	for (size_t i = 0; i < m->rows.n; i++) {
		const struct finding *f = &j->findings.items[m->rows.items[i]];

		if (array_grow(&ret->rows, f->n_owners))
			return command_fail(EXIT_NO_LOOK, "looking at threads: out of memory");
		for (uint32_t k = 0; k < f->n_owners; k++)
			ret->rows.items[ret->rows.n++] = j->owners.items[f->owners + k].process;
	}
	return EXIT_DONE;
}

/* The look reads threads where a verdict hangs on them; here all owners' are of interest. What they
 * tell may change a verdict, so *m is found again. */
static int look_at_owners(struct session *s, const struct filter *filter, struct matches *m)
{
	struct matches processes = { 0 };
	int status = find_owners(&s->judgement, m, &processes);

	if (status == EXIT_DONE)
		status = session_look_at_threads(s, processes.rows.items, processes.rows.n);
	if (status == EXIT_DONE)
		status = find_matches(&s->judgement, filter, m);
	if (status == EXIT_DONE && s->look.stacks)
		status = find_owners(&s->judgement, m, &processes);
	if (status == EXIT_DONE && s->look.stacks)
		status = session_look_at_stacks(s, processes.rows.items, processes.rows.n);
	free(processes.rows.items);
	return status;
}

/* What was written: 0 or -errno. */
static int show_text(const struct session *s, const struct matches *m, const struct targets *t)
{
	struct text_options text = output_text_options();
	int written = 0;

	text.all = true;
	text.older_than_ms = s->judge.older_than_ms;
	text.filter = &t->filter;
	text.filter_text = buf_text(&t->text);
	for (size_t i = 0; i < m->rows.n && written >= 0; i++) {
		if (i)
			putchar('\n');
		written = text_write_why(stdout, &s->judgement, m->rows.items[i], &text);
	}
	return written;
}

static bool any_stuck(const struct judgement *j, const struct matches *m)
{
	for (size_t i = 0; i < m->rows.n; i++)
		if (j->findings.items[m->rows.items[i]].severity == SEVERITY_STUCK)
			return true;
	return false;
}

/* What is missing of what was asked for, and why it may only not have been seen. */
static void say_missing(const struct session *s, const struct buf *missing)
{
	_buf_ struct buf safe = { 0 };
	const char *text = buf_text(missing);

	while (*text) {
		size_t len = strcspn(text, "\n");
		_buf_ struct buf line = { 0 };

		buf_add(&line, text, len);
		buf_put_safe(&safe, buf_text(&line));
		buf_putc(&safe, '\n');
		text += len + (text[len] != '\0');
	}
	fputs(buf_text(&safe), stdout);
	if (s->snapshot.can.all_files != FACT_YES || s->snapshot.can.other_netns == FACT_NO)
		puts("Not everything could be seen: sudo may find it, and linger doctor says what "
		     "would help.");
}

static int show(const struct session *s, const struct matches *m, const struct targets *t,
		const struct buf *missing, bool json)
{
	int status = any_stuck(&s->judgement, m) ? EXIT_STUCK : EXIT_DONE;

	if (json)
		return output_end(status, json_write_report_of(stdout, &s->judgement, m->rows.items,
							       m->rows.n));
	if (missing->len)
		say_missing(s, missing);
	if (missing->len && m->rows.n)
		putchar('\n');
	return output_end(status, show_text(s, m, t));
}

static int look_and_show(struct session *s, struct targets *t, bool json)
{
	_buf_ struct buf missing = { 0 };
	struct matches m = { 0 };
	int status = session_look(s);

	if (status == EXIT_DONE)
		status = targets_settle(t, &s->judgement, &missing);
	if (status == EXIT_DONE)
		status = find_matches(&s->judgement, &t->filter, &m);
	if (status == EXIT_DONE)
		status = look_at_owners(s, &t->filter, &m);
	if (status == EXIT_DONE)
		status = show(s, &m, t, &missing, json);
	free(m.rows.items);
	return status;
}

/* How --stacks was given. EXIT_DONE or EXIT_USAGE. */
static int parse_stacks(const char *how, enum stacks_how *ret)
{
	if (how && how[0] && strcmp(how, "stop") != 0)
		return command_fail(EXIT_USAGE, "--stacks=%s: only --stacks or --stacks=stop", how);
	*ret = !how ? STACKS_NONE : how[0] ? STACKS_STOP : STACKS_COPY;
	return EXIT_DONE;
}

static int run_why(const struct invocation *in)
{
	struct targets targets = { 0 };
	struct session s;
	int status;

	status = session_options(in, &s);
	if (status == EXIT_DONE)
		status = parse_stacks(command_value(in, "stacks"), &s.look.stacks);
	if (status == EXIT_DONE)
		status = session_again(in, &s);
	if (status == EXIT_DONE && in->n_args == 0)
		status = command_fail(EXIT_USAGE, "linger why takes a finding's id, a process id, "
						  ":PORT, a pair of addresses or a filter; linger "
						  "shows the ids");
	if (status == EXIT_DONE)
		status = targets_parse(in->args, in->n_args, &targets);
	if (status == EXIT_DONE) {
		s.judge.expected = true;
		s.look.time_wait = true;
		s.look.detailed = true;
		s.look.threads_ms = THREADS_MS;
		status = look_and_show(&s, &targets, command_value(in, "json") != NULL);
		session_finish(&s);
	}
	targets_finish(&targets);
	return status;
}

const struct command command_why = {
	.name = "why",
	.synopsis = "ID|PID|:PORT|LOCAL REMOTE|FILTER...",
	.summary = "show findings with all their evidence",
	.description = description,
	.options = options,
	.examples = examples,
	.run = run_why,
};
