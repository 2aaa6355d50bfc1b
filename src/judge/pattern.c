// SPDX-License-Identifier: Apache-2.0
/* Level or growing. */
#include "judge/pattern.h"

#include <math.h>

#include "base/mem.h"
#include "judge/account.h"
#include "judge/causes/cause.h"
#include "model/text.h"

/* So many must have come, and none gone, before growth is called that: fewer come by chance. */
#define CAME_LEAST 3

/* What a program can forget. What waits for a reader, or for another leg, is not forgotten. */
static bool is_forgettable(const struct finding *f)
{
	static const struct cause *const causes[] = {
		&cause_inherited,     &cause_eof_masked,  &cause_edge_missed,
		&cause_eof_unwatched, &cause_eof_ignored, &cause_shutdown_not_closed,
		&cause_ghost_fd,
	};

	for (size_t i = 0; i < ARRAY_LEN(causes); i++)
		if (cause_at(f->cause) == causes[i])
			return true;
	return false;
}

/* Half of the owner's open files are these, and half of what it may open is open. */
static bool dominates(const struct account *a)
{
	const struct process *p = a->owner;

	if (!p || p->fds_open == VALUE_UNKNOWN || p->fds_limit == VALUE_UNKNOWN)
		return false;
	return (uint64_t)a->j->owners.items[a->f->owners].sockets * 2 >= p->fds_open &&
	       (uint64_t)p->fds_open * 2 >= p->fds_limit;
}

static enum pattern pattern_of(const struct account *a)
{
	const struct finding *f = a->f;
	bool is_pooled = a->siblings != VALUE_UNKNOWN && a->siblings > 0;

	if (!is_forgettable(f))
		return PATTERN_UNKNOWN;
	if (isnan(f->growth_per_min))
		return dominates(a) && !is_pooled ? PATTERN_LEAK : PATTERN_UNKNOWN;
	if (f->came == f->went && is_pooled)
		return PATTERN_POOL;
	if (f->went == 0 && f->came >= CAME_LEAST)
		return PATTERN_LEAK;
	return f->came >= f->went && dominates(a) ? PATTERN_LEAK : PATTERN_UNKNOWN;
}

static void tell_pattern(struct account *a)
{
	struct buf b = { 0 };

	if (a->f->pattern == PATTERN_LEAK) {
		buf_puts(&b, a->f->came > a->f->went
				     ? "Their number only grows: a leak."
				     : "They are most of what the program has open: a leak.");
		account_fact_word(a, "pattern", "leak", &b);
	} else if (a->f->pattern == PATTERN_POOL) {
		buf_puts(&b, "Their number is level, and others to the same peer are in use: a "
			     "pool that keeps what the peer has dropped.");
		account_fact_word(a, "pattern", "pool", &b);
	}
}

void pattern_tell(struct account *a)
{
	struct buf b = { 0 };

	a->f->pattern = (uint8_t)pattern_of(a);
	if (!isnan(a->f->growth_per_min)) {
		buf_puts(&b, "In the ");
		text_put_duration(&b, a->f->between_ms);
		buf_puts(&b, " between the two looks ");
		text_put_count(&b, a->f->came);
		buf_puts(&b, " came and ");
		text_put_count(&b, a->f->went);
		buf_puts(&b, " went.");
		account_fact_number(a, "came", a->f->came, &b);
	}
	tell_pattern(a);
}
