// SPDX-License-Identifier: Apache-2.0
/* `linger why`: one finding whole. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cli/output.h"
#include "cli/session.h"

/* Shorter could mean too many. */
#define ID_LEN_MIN 3

static const struct command_option options[] = {
	SESSION_OPTIONS,
	{ .name = NULL },
};

static const struct command_example examples[] = {
	{ "sudo linger why 7f3a",
	  "everything known about the finding that `linger` showed as 7f3a" },
	{ .line = NULL },
};

static const char description[] =
	"Looks again and shows one finding with all its evidence: what happened, how long it will "
	"last, what it breaks, what to change, and how to let go of it now. ID is what `linger` "
	"printed, or its first digits; it stays the same over restarts of linger and of the "
	"program.\n\n"
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

/* Shows every finding whose id begins so: the same program in two network namespaces has one id. */
static int show_matching(const struct session *s, const char *id, bool *ret_any)
{
	struct text_options text = output_text_options();
	int status = EXIT_DONE, written = 0;

	*ret_any = false;
	text.all = true;
	text.older_than_ms = s->judge.older_than_ms;
	for (size_t i = 0; i < s->judgement.findings.n && written >= 0; i++) {
		const struct finding *f = &s->judgement.findings.items[i];

		if (strncasecmp(f->id, id, strlen(id)) != 0)
			continue;
		if (*ret_any)
			putchar('\n');
		*ret_any = true;
		if (f->severity == SEVERITY_STUCK)
			status = EXIT_STUCK;
		written = text_write_why(stdout, &s->judgement, i, &text);
	}
	return output_end(status, written);
}

static void say_not_found(const struct session *s, const char *id)
{
	printf("No finding begins with %s in what can be seen: what it was about is gone, or has "
	       "another cause now. linger shows what there is.\n",
	       id);
	if (s->snapshot.can.all_files != FACT_YES || s->snapshot.can.other_netns == FACT_NO)
		printf("Not everything could be seen: sudo linger why %s may find it.\n", id);
}

static int run_why(const struct invocation *in)
{
	struct session s;
	bool any;
	int status;

	status = session_options(in, &s);
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
	status = session_look(&s);
	if (status == EXIT_DONE) {
		status = show_matching(&s, in->args[0], &any);
		if (!any)
			say_not_found(&s, in->args[0]);
	}
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
