// SPDX-License-Identifier: Apache-2.0
/* A connection as the line that scripts read. */
#include "show/json/socket.h"

#include <string.h>
#include <sys/epoll.h>

#include "base/mem.h"
#include "judge/causes/table.h"
#include "model/finding.h"
#include "show/json/names.h"
#include "show/json/writer.h"

/* States in which the peer's FIN is in the receive queue or was taken out of it (RFC 9293 3.3.2).
 * TIME_WAIT is none: a minisocket has no queue. */
#define FIN_RECEIVED                                                                               \
	(TCP_BIT(TCP_STATE_CLOSE_WAIT) | TCP_BIT(TCP_STATE_LAST_ACK) | TCP_BIT(TCP_STATE_CLOSING))

/* States that have a receive queue of bytes. */
#define HAS_BYTES                                                                                  \
	(TCP_BITS_ALL &                                                                            \
	 ~(TCP_BIT(TCP_STATE_LISTEN) | TCP_BIT(TCP_STATE_TIME_WAIT) | TCP_BIT(TCP_STATE_CLOSED)))

static void put_queues(struct json *j, const struct conn *c)
{
	bool fin = TCP_BIT(c->state) & FIN_RECEIVED;

	if (!conn_has_queues(c)) {
		json_put_null(j, "rx_queue");
		json_put_null(j, "unread_bytes");
		json_put_null(j, "eof");
		json_put_null(j, "tx_queue");
		return;
	}
	json_put_uint(j, "rx_queue", c->rqueue);
	if (!(TCP_BIT(c->state) & HAS_BYTES))
		json_put_null(j, "unread_bytes");
	else
		json_put_uint(j, "unread_bytes", c->rqueue - (fin && c->rqueue));
	if (fin)
		json_put_text(j, "eof", c->rqueue ? "unread" : "consumed");
	else if (c->state == TCP_STATE_CLOSED) /* it may have died of a FIN or of a reset */
		json_put_null(j, "eof");
	else
		json_put_text(j, "eof", "none");
	json_put_uint(j, "tx_queue", c->wqueue);
}

static void put_timer(struct json *j, const struct conn *c)
{
	bool known = conn_has_queues(c);

	json_open_object(j, "timer");
	json_put_text(j, "kind", known ? json_timer_name(c->timer) : NULL);
	json_put_known(j, "expires_ms",
		       c->has & CONN_HAS_DIAG && c->timer ? c->expires_ms : VALUE_UNKNOWN);
	json_put_known(j, "retransmits", known ? c->retrans : VALUE_UNKNOWN);
	json_close_object(j);
	if (c->has & CONN_HAS_SHUTDOWN) {
		json_open_array(j, "shutdown");
		json_put_bool(j, NULL, c->shutdown & TCP_SHUT_RECEIVE);
		json_put_bool(j, NULL, c->shutdown & TCP_SHUT_SEND);
		json_close_array(j);
	} else {
		json_put_null(j, "shutdown");
	}
}

/* A socket's own setting, or the namespace's when it has none. */
static void put_setting(struct json *j, const char *key, const struct conn *c, uint32_t own,
			uint32_t sysctl)
{
	json_put_known(j, key, !(c->has & CONN_HAS_OPTIONS) ? VALUE_UNKNOWN : own ? own : sysctl);
}

static void put_options(struct json *j, const struct conn *c, const struct netns_settings *set)
{
	bool known = c->has & CONN_HAS_OPTIONS;

	json_open_object(j, "keepalive");
	json_put_fact(j, "on",
		      !known			  ? FACT_UNKNOWN
		      : c->flags & CONN_KEEPALIVE ? FACT_YES
						  : FACT_NO);
	put_setting(j, "idle_s", c, c->keepalive_idle_s, set->keepalive_time_s);
	put_setting(j, "interval_s", c, c->keepalive_interval_s, set->keepalive_interval_s);
	put_setting(j, "probes", c, c->keepalive_probes, set->keepalive_probes);
	json_close_object(j);
	json_put_known(j, "user_timeout_ms", known ? c->user_timeout_ms : VALUE_UNKNOWN);
}

static void put_ages(struct json *j, const struct conn *c, const struct verdict *v)
{
	bool known = c->has & CONN_HAS_INFO;

	json_open_object(j, "age_ms");
	json_put_known(j, "at_least", v->standing ? v->age.at_least_ms : VALUE_UNKNOWN);
	json_put_known(j, "at_most", v->standing ? v->age.at_most_ms : VALUE_UNKNOWN);
	json_close_object(j);
	json_put_known(j, "last_rx_ms", known ? c->last_data_recv_ms : VALUE_UNKNOWN);
	json_put_known(j, "last_tx_ms", known ? c->last_data_sent_ms : VALUE_UNKNOWN);
	json_put_known(j, "last_ack_ms", known ? c->last_ack_recv_ms : VALUE_UNKNOWN);
}

static void put_owners(struct json *j, const struct snapshot *s, const struct conn *c)
{
	json_open_array(j, "owners");
	for (uint32_t i = 0; i < c->n_holders; i++) {
		const struct holder *h = &s->holders.items[c->holders + i];
		const struct process *p = snapshot_process(s, h->process);

		json_open_object(j, NULL);
		json_put_known(j, "pid", p->pid ? p->pid : VALUE_UNKNOWN);
		json_put_known(j, "fd", h->fd < 0 ? VALUE_UNKNOWN : (uint32_t)h->fd);
		json_put_text(j, "comm", p->comm);
		json_close_object(j);
	}
	json_close_array(j);
}

/* The mask in words, as epoll_ctl(2) has them without EPOLL. */
static void put_events(struct json *j, uint32_t events)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = {
		{ EPOLLIN, "IN" },	   { EPOLLPRI, "PRI" },
		{ EPOLLOUT, "OUT" },	   { EPOLLERR, "ERR" },
		{ EPOLLHUP, "HUP" },	   { EPOLLRDNORM, "RDNORM" },
		{ EPOLLRDBAND, "RDBAND" }, { EPOLLWRNORM, "WRNORM" },
		{ EPOLLWRBAND, "WRBAND" }, { EPOLLMSG, "MSG" },
		{ EPOLLRDHUP, "RDHUP" },   { EPOLLEXCLUSIVE, "EXCLUSIVE" },
		{ EPOLLWAKEUP, "WAKEUP" }, { EPOLLONESHOT, "ONESHOT" },
		{ EPOLLET, "ET" },
	};

	json_open_array(j, "events");
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (events & names[i].bit)
			json_put_plain(j, NULL, names[i].name, strlen(names[i].name));
	json_close_array(j);
}

static void put_regs(struct json *j, const struct snapshot *s, const struct watch *w)
{
	for (uint32_t i = 0; i < w->n_regs; i++) {
		const struct watch_reg *reg = &s->regs.items[w->regs + i];

		json_open_object(j, NULL);
		put_events(j, reg->events);
		json_put_fact(j, "ready", reg->ready);
		json_put_known(j, "sleepers", reg->sleepers);
		json_close_object(j);
	}
}

/* The watch of the i-th holder, NULL when it was not seen or the holder before has the same: copies
 * of a descriptor share the file, and the file is what is watched. */
static const struct watch *watch_of(const struct snapshot *s, const struct conn *c, uint32_t i)
{
	const struct holder *h = &s->holders.items[c->holders + i];

	if (h->watch >= s->watches.n || (i > 0 && h[-1].watch == h->watch))
		return NULL;
	return &s->watches.items[h->watch];
}

static void put_watch(struct json *j, const struct snapshot *s, const struct conn *c)
{
	uint64_t sleepers = 0;
	bool seen = false, known = true, truncated = false;

	for (uint32_t i = 0; i < c->n_holders; i++) {
		const struct watch *w = watch_of(s, c, i);

		if (!w)
			continue;
		if (!seen) {
			json_open_object(j, "watch");
			json_open_array(j, "epoll");
			seen = true;
		}
		put_regs(j, s, w);
		known = known && w->sleepers_known;
		truncated = truncated || w->truncated;
		sleepers += w->sleepers;
	}
	if (!seen) {
		json_put_null(j, "watch");
		return;
	}
	json_close_array(j);
	if (known)
		json_put_uint(j, "sleepers", sleepers);
	else
		json_put_null(j, "sleepers");
	json_put_bool(j, "truncated", truncated);
	json_close_object(j);
}

/* The words of a verdict; null for what gets none (LISTEN). */
static void put_verdict(struct json *j, const struct verdict *v)
{
	bool judged = v->severity != SEVERITY_NONE;

	json_put_text(j, "cause", judged ? cause_id(v->cause) : NULL);
	json_put_text(j, "severity", judged ? severity_name(v->severity) : NULL);
	json_put_text(j, "confidence", judged ? confidence_name(v->confidence) : NULL);
}

static void put_socket(struct json *j, const struct judgement *judgement, uint32_t row)
{
	const struct snapshot *s = judgement->snapshot;
	const struct conn *c = snapshot_conn(s, row);
	const struct verdict *v = &judgement->verdicts[row];
	const struct netns_row *netns = &s->netns.items[c->netns];

	json_open_object(j, NULL);
	json_put_plain(j, "schema", "linger.socket/1", 15);
	json_put_uint(j, "netns", netns->inode);
	json_put_text(j, "state", tcp_state_name(c->state));
	put_verdict(j, v);
	json_put_endpoint(j, "local", &c->local);
	json_put_endpoint(j, "remote", &c->remote);
	json_put_text(j, "role", json_role_name(v->role));
	json_put_uint(j, "inode", c->inode);
	json_put_id(j, "cookie", c->cookie);
	put_queues(j, c);
	put_timer(j, c);
	put_options(j, c, &netns->settings);
	put_ages(j, c, v);
	put_owners(j, s, c);
	put_watch(j, s, c);
	json_put_text(j, "finding",
		      v->finding < judgement->findings.n ? judgement->findings.items[v->finding].id
							 : NULL);
	json_close_object(j);
	json_end_line(j);
}

int json_write_sockets(FILE *out, const struct judgement *judgement, const uint32_t *rows, size_t n)
{
	struct json j;

	json_begin(&j, out);
	for (size_t i = 0; i < n && !j.error; i++)
		put_socket(&j, judgement, rows ? rows[i] : (uint32_t)i);
	return json_end(&j);
}
