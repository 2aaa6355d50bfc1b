// SPDX-License-Identifier: Apache-2.0
/* The rules' advice without a finding to give it on. */
#include "judge/manual.h"

#include <string.h>

#include "judge/account.h"
#include "judge/causes/cause.h"
#include "judge/fix/fix.h"
#include "judge/index.h"
#include "judge/judge.h"

/* What a cause advises for several connections of a program of which nothing is known, on a host
 * where everything can be seen. */
static void put_general(const struct cause *cause, enum conn_role role, struct buf *b)
{
	struct snapshot s = { .can = { .bpf = FACT_YES,
				       .ptrace = FACT_YES,
				       .other_netns = FACT_YES,
				       .destroy = FACT_YES,
				       .all_files = FACT_YES,
				       .accept_queues = FACT_YES } };
	struct index x = { .s = &s, .older_than_ms = JUDGE_OLDER_THAN_MS };
	struct finding f = { .count = 2, .role = (uint8_t)role };
	const struct account a = { .x = &x, .s = &s, .f = &f, .process = ROW_NONE };

	cause->fix(&a, b);
}

static void put_kinds(const struct cause *cause, struct buf *b)
{
	for (unsigned int i = 0; fix_kind_at(i); i++) {
		const struct fix_kind *kind = fix_kind_at(i);

		for (const struct fix *row = kind->rows; row->line; row++)
			for (size_t k = 0; k < sizeof(row->causes) / sizeof(row->causes[0]); k++)
				if (row->causes[k] == cause)
					buf_printf(b, "%s: %s\n", kind->name, row->line);
	}
}

void manual_put_changes(uint8_t cause, struct buf *b)
{
	const struct cause *of = cause_at(cause);
	_buf_ struct buf accepted = { 0 }, connected = { 0 };

	if (!of)
		return;
	put_general(of, ROLE_ACCEPTED, &accepted);
	put_general(of, ROLE_CONNECTED, &connected);
	b->failed |= accepted.failed | connected.failed;
	if (strcmp(buf_text(&accepted), buf_text(&connected)) == 0) {
		if (accepted.len)
			buf_printf(b, "change: %s\n", buf_text(&accepted));
	} else {
		buf_printf(b, "change, where it was accepted: %s\n", buf_text(&accepted));
		buf_printf(b, "change, where it was made here: %s\n", buf_text(&connected));
	}
	put_kinds(of, b);
}
