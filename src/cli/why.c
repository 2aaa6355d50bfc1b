// SPDX-License-Identifier: Apache-2.0
/* `linger why`: one finding whole. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "cli/output.h"
#include "cli/session.h"
#include "show/json/report.h"

/* Shorter could mean too many. */
#define ID_LEN_MIN 3

/* What a thread does, and how much of a CPU it takes, is looked at for so long. */
#define THREADS_MS 100

static const struct command_option options[] = {
	{ .name = "json", .help = "print one JSON object (schema linger.report/1)" },
	{ .name = "stacks",
	  .arg = "[=stop]",
	  .help = "show where the owner's threads are in its program; nothing is stopped for it, "
		  "but with =stop each thread is, for a moment, which interrupts its system call: "
		  "for where BPF is not allowed" },
	SESSION_OPTIONS,
	{ .name = NULL },
};

static const struct command_example examples[] = {
	{ "sudo linger why 7f3a",
	  "everything known about the finding that `linger` showed as 7f3a" },
	{ "sudo linger why 7f3a --json | jq '.findings[].threads'",
	  "what the threads of its owner do, for programs" },
	{ "sudo linger why 7f3a --stacks",
	  "also the call stacks of its threads, with function and line" },
	{ .line = NULL },
};

static const char description[] =
	"Looks again and shows one finding with all its evidence: what happened, what the program "
	"does now, how long it will last, what it breaks, what to change, and how to let go of it "
	"now. ID is what `linger` "
	"printed, or its first digits; it stays the same over restarts of linger and of the "
	"program.\n\n"
	"--stacks copies the stack of each thread and finds the functions by the unwind tables and "
	"symbols of the files that its process has mapped, in its own mount namespace, then by "
	"/usr/lib/debug, and by debuginfod if DEBUGINFOD_URLS is set. A thread that ran while it "
	"was copied is marked. Code of interpreters has no such frames. It needs CAP_SYS_PTRACE, "
	"CAP_BPF and CAP_PERFMON, and Linux 5.15; --stacks=stop only the first, but interrupts "
	"system calls of the program: some then return EINTR.\n\n"
	"The exit status is 1 when the finding is stuck, 0 when it is expected, or when nothing "
	"like it is left.";

static bool is_id(const char *text)
{
	size_t len = strlen(text);

	if (len < ID_LEN_MIN || len > FINDING_ID_LEN)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isxdigit((unsigned char)text[i]))
			return false;
	return true;
}

/* The findings whose id begins so: the same program in two network namespaces has one id. */
struct matches {
	SNAPSHOT_ARRAY(uint32_t) rows;
};

static int find_matches(const struct judgement *j, const char *id, struct matches *ret)
{
	ret->rows.n = 0;
	for (uint32_t i = 0; i < j->findings.n; i++) {
		if (strncasecmp(j->findings.items[i].id, id, strlen(id)) != 0)
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
static int look_at_owners(struct session *s, const char *id, struct matches *m)
{
	struct matches processes = { 0 };
	int status = find_owners(&s->judgement, m, &processes);

	if (status == EXIT_DONE)
		status = session_look_at_threads(s, processes.rows.items, processes.rows.n);
	if (status == EXIT_DONE)
		status = find_matches(&s->judgement, id, m);
	if (status == EXIT_DONE && s->look.stacks)
		status = find_owners(&s->judgement, m, &processes);
	if (status == EXIT_DONE && s->look.stacks)
		status = session_look_at_stacks(s, processes.rows.items, processes.rows.n);
	free(processes.rows.items);
	return status;
}

/* What was written: 0 or -errno. */
static int show_text(const struct session *s, const struct matches *m)
{
	struct text_options text = output_text_options();
	int written = 0;

	text.all = true;
	text.older_than_ms = s->judge.older_than_ms;
	for (size_t i = 0; i < m->rows.n && written >= 0; i++) {
		if (i)
			putchar('\n');
		written = text_write_why(stdout, &s->judgement, m->rows.items[i], &text);
	}
	return written;
}

static void say_not_found(const struct session *s, const char *id)
{
	printf("No finding begins with %s in what can be seen: what it was about is gone, or has "
	       "another cause now. linger shows what there is.\n",
	       id);
	if (s->snapshot.can.all_files != FACT_YES || s->snapshot.can.other_netns == FACT_NO)
		printf("Not everything could be seen: sudo linger why %s may find it.\n", id);
}

static bool any_stuck(const struct judgement *j, const struct matches *m)
{
	for (size_t i = 0; i < m->rows.n; i++)
		if (j->findings.items[m->rows.items[i]].severity == SEVERITY_STUCK)
			return true;
	return false;
}

static int show(const struct session *s, const struct matches *m, const char *id, bool json)
{
	int status = any_stuck(&s->judgement, m) ? EXIT_STUCK : EXIT_DONE;

	if (json)
		return output_end(status, json_write_report_of(stdout, &s->judgement, m->rows.items,
							       m->rows.n));
	if (m->rows.n == 0)
		say_not_found(s, id);
	return output_end(status, show_text(s, m));
}

static int look_and_show(struct session *s, const char *id, bool json)
{
	struct matches m = { 0 };
	int status = session_look(s);

	if (status == EXIT_DONE)
		status = find_matches(&s->judgement, id, &m);
	if (status == EXIT_DONE)
		status = look_at_owners(s, id, &m);
	if (status == EXIT_DONE)
		status = show(s, &m, id, json);
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
	struct session s;
	int status;

	status = session_options(in, &s);
	if (status == EXIT_DONE)
		status = parse_stacks(command_value(in, "stacks"), &s.look.stacks);
	if (status != EXIT_DONE)
		return status;
	if (in->n_args != 1)
		return command_fail(EXIT_USAGE,
				    "linger why takes one finding's id; linger shows them");
	if (!is_id(in->args[0]))
		return command_fail(EXIT_USAGE,
				    "%s is no finding's id: 3 to 16 hexadecimal digits, as linger "
				    "shows them",
				    in->args[0]);
	s.judge.expected = true;
	s.look.time_wait = true;
	s.look.detailed = true;
	s.look.threads_ms = THREADS_MS;
	status = look_and_show(&s, in->args[0], command_value(in, "json") != NULL);
	session_finish(&s);
	return status;
}

const struct command command_why = {
	.name = "why",
	.synopsis = "ID",
	.summary = "show one finding with all its evidence",
	.description = description,
	.options = options,
	.examples = examples,
	.run = run_why,
};
