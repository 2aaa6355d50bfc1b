// SPDX-License-Identifier: Apache-2.0
/* Who else has the descriptor, and from whom. */
#include "show/text/holders.h"

#include "model/finding.h"
#include "model/kin.h"
#include "model/text.h"
#include "show/text/screen.h"
#include "show/text/words.h"

#define HOLDERS_SHOWN 12

static bool is_shared(const struct snapshot *s, const struct conn *c)
{
	for (uint32_t i = 1; i < c->n_holders; i++)
		if (s->holders.items[c->holders + i].process !=
		    s->holders.items[c->holders].process)
			return true;
	return false;
}

/* Of the connections that several processes hold the one that is surely oldest; *ret_shared is how
 * many there are. */
static uint32_t find_shared(const struct judgement *j, const struct finding *f,
			    uint32_t *ret_shared)
{
	uint32_t best = ROW_NONE, n = 0, best_ms = 0;

	for (uint32_t i = 0; i < f->count; i++) {
		uint32_t row = j->members.items[f->members + i];
		uint32_t least_ms = j->verdicts[row].age.at_least_ms;

		if (!is_shared(j->snapshot, snapshot_conn(j->snapshot, row)))
			continue;
		n++;
		if (least_ms == VALUE_UNKNOWN)
			least_ms = 0;
		if (best == ROW_NONE || least_ms > best_ms) {
			best = row;
			best_ms = least_ms;
		}
	}
	*ret_shared = n;
	return best;
}

static void put_holder(struct screen *s, const struct snapshot *snapshot, uint32_t conn,
		       const struct holder *h)
{
	const struct process *p = snapshot_process(snapshot, h->process);
	_buf_ struct buf b = { 0 }, descent = { 0 };

	words_put_process(&b, p);
	buf_printf(&b, " fd %d", h->fd);
	if (p->unit)
		buf_printf(&b, " (%s)", p->unit);
	if (p->age_ms != VALUE_UNKNOWN) {
		buf_puts(&b, ", started ");
		text_put_duration(&b, p->age_ms);
		buf_puts(&b, " ago");
	}
	kin_put_descent(&descent, snapshot, p, conn);
	if (descent.len)
		buf_printf(&b, ", %s", buf_text(&descent));
	if (p->session && p->session == p->pid)
		buf_puts(&b, ", leads a session of its own");
	s->text.failed |= b.failed | descent.failed;
	screen_pad(s, 2);
	screen_wrap(s, buf_text(&b), 4, 0);
	screen_newline(s);
}

void holders_put(struct screen *s, const struct judgement *j, const struct finding *f)
{
	uint32_t shared, row = find_shared(j, f, &shared);
	_buf_ struct buf b = { 0 };
	const struct conn *c;

	if (row == ROW_NONE)
		return;
	c = snapshot_conn(j->snapshot, row);
	screen_heading(s, "who holds a copy");
	if (f->count > 1) {
		text_put_count(&b, shared);
		buf_puts(&b, shared == 1 ? " of them is" : " of them are");
		buf_puts(&b, " held by several processes; the oldest such by");
		s->text.failed |= b.failed;
		screen_sentence(s, buf_text(&b));
	}
	for (uint32_t i = 0; i < c->n_holders && i < HOLDERS_SHOWN; i++)
		put_holder(s, j->snapshot, row, &j->snapshot->holders.items[c->holders + i]);
	if (c->n_holders > HOLDERS_SHOWN) {
		screen_printf(s, "  and %u more (linger list --json shows all)",
			      c->n_holders - HOLDERS_SHOWN);
		screen_newline(s);
	}
}
