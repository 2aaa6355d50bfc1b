// SPDX-License-Identifier: Apache-2.0
/* Client, proxy, upstream. */
#include "show/text/legs.h"

#include "model/finding.h"
#include "show/text/screen.h"
#include "show/text/words.h"

uint32_t legs_find(const struct judgement *j, const struct finding *f, uint32_t ret_rows[LEGS_MAX])
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < f->count && n < LEGS_MAX; i++) {
		uint32_t row = j->members.items[f->members + i];

		if (j->verdicts[row].related == ROW_NONE)
			continue;
		ret_rows[n++] = row;
		ret_rows[n++] = j->verdicts[row].related;
	}
	return n;
}

/* The far end of a leg, with its process where that is on this host. */
static void put_far_end(struct buf *b, const struct judgement *j, uint32_t row)
{
	const struct snapshot *s = j->snapshot;
	uint32_t other = j->verdicts[row].other_end;
	uint32_t holder = other == ROW_NONE ? ROW_NONE : j->verdicts[other].owner;
	char text[ENDPOINT_TEXT_LEN];

	endpoint_format(&snapshot_conn(s, row)->remote, text);
	if (holder == ROW_NONE) {
		buf_puts(b, text);
		return;
	}
	words_put_process(b, snapshot_process(s, s->holders.items[holder].process));
	buf_printf(b, " (%s)", text);
}

/* Who asked comes first: the leg that was accepted, or the one whose end was passed on. */
static bool is_turned(const struct judgement *j, const uint32_t *rows)
{
	uint8_t here = j->verdicts[rows[0]].role, there = j->verdicts[rows[1]].role;

	return here == ROLE_CONNECTED && there == ROLE_ACCEPTED;
}

void legs_put(struct screen *s, const struct judgement *j, const uint32_t *rows, uint32_t n)
{
	const struct snapshot *snapshot = j->snapshot;
	bool turned = is_turned(j, rows);
	uint32_t holder = j->verdicts[rows[0]].owner;
	_buf_ struct buf b = { 0 };

	screen_heading(s, n > 2 ? "both legs of the first" : "both legs");
	put_far_end(&b, j, rows[turned]);
	buf_puts(&b, " → ");
	if (holder != ROW_NONE)
		words_put_process(
			&b, snapshot_process(snapshot, snapshot->holders.items[holder].process));
	else
		buf_puts(&b, "this host");
	buf_puts(&b, " → ");
	put_far_end(&b, j, rows[!turned]);
	s->text.failed |= b.failed;
	screen_sentence(s, buf_text(&b));
}
