// SPDX-License-Identifier: Apache-2.0
/* Whole tables: the request, the rows, the counts. */
#include "see/diag/diag.h"

#include <netinet/in.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "see/diag/diag_private.h"
#include "see/diag/uapi.h"

#define DUMP_TRIES 3

/* SHUTDOWN and CGROUP_ID come unasked. */
static uint8_t wanted_attrs(uint32_t want)
{
	return (want & DIAG_WANT_INFO ? 1u << (UAPI_DIAG_INFO - 1) : 0) |
	       (want & DIAG_WANT_MEMORY ? 1u << (UAPI_DIAG_SKMEMINFO - 1) : 0);
}

/* Writes the dump request for one family, or for both with AF_UNSPEC. */
static int put_dump_request(struct diag *d, int family, const struct diag_query *q)
{
	struct nlmsghdr *head;

	if (family == AF_UNSPEC) {
		struct inet_diag_req *both;

		head = diag_start_request(d, UAPI_TCPDIAG_GETSOCK, NLM_F_DUMP);
		both = mnl_nlmsg_put_extra_header(head, sizeof(*both));
		both->idiag_ext = wanted_attrs(q->want);
		both->idiag_states = q->states;
	} else {
		struct inet_diag_req_v2 *one;

		head = diag_start_request(d, UAPI_SOCK_DIAG_BY_FAMILY, NLM_F_DUMP);
		one = mnl_nlmsg_put_extra_header(head, sizeof(*one));
		one->sdiag_family = (uint8_t)family;
		one->sdiag_protocol = IPPROTO_TCP;
		one->idiag_ext = wanted_attrs(q->want);
		one->idiag_states = q->states;
	}
	return diag_put_bytecode(head, q->bytecode, q->bytecode_len);
}

/* The kernel walks bucket by bucket and goes on by position in the bucket: a socket that enters
 * meanwhile moves one already listed past that position, and it comes again, right behind itself.
 * So looking back a few rows is enough, at the price of a few compared numbers a row. */
#define REPEAT_LOOK_BACK 4

struct dump_rows {
	const struct diag_query *query;
	struct snapshot *s;
	struct diag_counts *counts;
	size_t first; /* row */
	uint32_t netns;
	uint64_t last_cookies[REPEAT_LOOK_BACK];
	unsigned int n_cookies;
};

static bool is_repeat(struct dump_rows *rows, uint64_t cookie)
{
	bool found = false;

	for (unsigned int i = 0; i < REPEAT_LOOK_BACK; i++)
		found |= rows->last_cookies[i] == cookie;
	rows->last_cookies[rows->n_cookies++ % REPEAT_LOOK_BACK] = cookie;
	return found && cookie != 0;
}

static int add_row(void *data, const void *payload, size_t len)
{
	struct dump_rows *rows = data;
	struct snapshot *s = rows->s;
	uint32_t row = snapshot_add_conn(s);
	struct conn *c;
	int err;

	if (row == ROW_NONE)
		return -ENOMEM;
	c = snapshot_conn(s, row);
	c->netns = rows->netns;
	err = diag_decode(payload, len, c);
	if (err)
		return err;
	if (!(rows->query->states & TCP_BIT(c->state)) || is_repeat(rows, c->cookie)) {
		s->conns.n--;
		return 0;
	}
	rows->counts->by_state[c->state]++;
	if (diag_is_mini(c) && c->state == TCP_STATE_FIN_WAIT_2)
		rows->counts->fin_wait_2_mini++;
	if (diag_is_mini(c) && c->state == TCP_STATE_SYN_RECV)
		rows->counts->syn_recv_requests++;
	if (!(rows->query->keep & TCP_BIT(c->state)))
		s->conns.n--;
	return 0;
}

static int dump_family(struct diag *d, int family, struct dump_rows *rows, bool *interrupted)
{
	struct diag_walk walk = { .row = add_row, .data = rows };
	int err = put_dump_request(d, family, rows->query);

	if (!err)
		err = diag_exchange(d, &walk);
	*interrupted |= walk.interrupted;
	return err;
}

/* Forgets what an earlier try has told. */
static void start_over(struct dump_rows *rows)
{
	rows->s->conns.n = rows->first;
	*rows->counts = (struct diag_counts){ 0 };
	memset(rows->last_cookies, 0, sizeof(rows->last_cookies));
}

/* One whole look at the table. The old request lists both families in one walk over the kernel's
 * hash, which alone takes a millisecond where the table is large (and once for each namespace). */
static int dump_once(struct diag *d, struct dump_rows *rows, bool *interrupted)
{
	int err;

	start_over(rows);
	*interrupted = false;
	if (!d->no_both) {
		err = dump_family(d, AF_UNSPEC, rows, interrupted);
		if (err != -EINVAL && err != -ENOENT && err != -EOPNOTSUPP)
			return err;
		start_over(rows);
	}
	err = dump_family(d, AF_INET, rows, interrupted);
	if (err)
		return err;
	/* It was not the query that the old request was refused for. */
	d->no_both = true;
	err = dump_family(d, AF_INET6, rows, interrupted);
	/* A kernel without IPv6 has no such sockets. */
	return err == -ENOENT ? 0 : err;
}

int diag_dump(struct diag *d, const struct diag_query *q, struct snapshot *s, uint32_t netns,
	      struct diag_counts *ret_counts)
{
	struct diag_counts counts = { 0 };
	struct dump_rows rows = {
		.query = q, .s = s, .counts = &counts, .first = s->conns.n, .netns = netns
	};
	struct netns_row *row = &s->netns.items[netns];
	bool interrupted = true;
	int err = 0;

	for (int i = 0; i < DUMP_TRIES && interrupted && !err; i++)
		err = dump_once(d, &rows, &interrupted);
	if (err) {
		s->conns.n = rows.first;
		row->seen = NETNS_FAILED;
		row->err = err;
		return err;
	}
	row->seen = interrupted ? NETNS_INTERRUPTED : NETNS_DUMPED;
	for (unsigned int state = 1; state < TCP_STATE_MAX; state++)
		if (q->states & TCP_BIT(state) & ~TCP_BIT(TCP_STATE_ESTABLISHED))
			row->counts[state] = counts.by_state[state];
	if (ret_counts)
		*ret_counts = counts;
	return (int)(s->conns.n - rows.first);
}
