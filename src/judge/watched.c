// SPDX-License-Identifier: Apache-2.0
/* What the epoll registrations of a file come to, and who waits on it. */
#include "judge/evidence.h"

#include <sys/epoll.h>

/* A FIN reports EPOLLIN | EPOLLRDNORM | EPOLLRDHUP (net/ipv4/tcp.c:tcp_poll, Linux 6.18). */
#define READ_INTEREST ((uint32_t)(EPOLLIN | EPOLLRDNORM | EPOLLRDHUP))

static enum watched reg_watched_edge(const struct watch_reg *reg)
{
	if (reg->ready == FACT_UNKNOWN || reg->sleepers == VALUE_UNKNOWN)
		return WATCHED_EDGE_UNTOLD;
	if (reg->ready == FACT_YES)
		return reg->sleepers ? WATCHED_EDGE_OTHER : WATCHED_EDGE_ALONE;
	return reg->sleepers ? WATCHED_EDGE_TAKEN : WATCHED_EDGE_GONE;
}

static enum watched reg_watched(const struct watch_reg *reg)
{
	if (reg->oneshot_spent)
		return WATCHED_SPENT;
	if (!(reg->events & READ_INTEREST))
		return WATCHED_MASKED;
	if (reg->events & (uint32_t)EPOLLET)
		return reg_watched_edge(reg);
	if (reg->ready == FACT_UNKNOWN || reg->sleepers == VALUE_UNKNOWN)
		return WATCHED_LEVEL_UNTOLD;
	return reg->ready == FACT_YES && reg->sleepers == 0 ? WATCHED_LEVEL_ALONE
							    : WATCHED_LEVEL_OTHER;
}

/* Of several registrations the one that is most alive tells whether somebody will look. */
static const uint8_t liveliness[WATCHED_MAX] = {
	[WATCHED_MASKED] = 1,	    [WATCHED_SPENT] = 2,       [WATCHED_EDGE_GONE] = 3,
	[WATCHED_EDGE_ALONE] = 4,   [WATCHED_LEVEL_ALONE] = 5, [WATCHED_EDGE_UNTOLD] = 6,
	[WATCHED_LEVEL_UNTOLD] = 7, [WATCHED_EDGE_TAKEN] = 8,  [WATCHED_EDGE_OTHER] = 9,
	[WATCHED_LEVEL_OTHER] = 10,
};

enum watched evidence_watched(const struct snapshot *s, uint32_t holder)
{
	const struct watch *w;
	enum watched best = WATCHED_NOTHING;
	uint32_t row = s->holders.items[holder].watch;

	if (row == ROW_NONE)
		return WATCHED_UNKNOWN;
	w = &s->watches.items[row];
	for (uint32_t i = 0; i < w->n_regs; i++) {
		enum watched one = reg_watched(&s->regs.items[w->regs + i]);

		if (liveliness[one] > liveliness[best])
			best = one;
	}
	/* A registration that was not read might be the one that looks. */
	if (w->truncated && best <= WATCHED_SPENT)
		return WATCHED_UNKNOWN;
	return best;
}

enum direct evidence_direct(const struct snapshot *s, uint32_t holder)
{
	uint32_t row = s->holders.items[holder].watch;
	const struct watch *w;

	if (row == ROW_NONE)
		return DIRECT_UNKNOWN;
	w = &s->watches.items[row];
	if (!w->sleepers_known)
		return DIRECT_UNKNOWN;
	if (w->sleepers)
		return DIRECT_READER;
	if (w->uring)
		return DIRECT_URING;
	if (w->deaf_sleepers)
		return DIRECT_DEAF;
	return w->truncated ? DIRECT_UNKNOWN : DIRECT_NONE;
}
