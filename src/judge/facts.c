// SPDX-License-Identifier: Apache-2.0
/* Evidence about one connection's own queues, clocks and timers. */
#include "judge/facts.h"

#include <string.h>

#include "model/text.h"

/* "on 13 of 8,203" when it is not all of them. */
static void put_share(struct buf *b, const struct account *a, uint32_t n)
{
	if (n == a->f->count)
		return;
	buf_puts(b, " on ");
	text_put_count(b, n);
	buf_puts(b, " of ");
	text_put_count(b, a->f->count);
}

/* Sizes measured with OpenSSL 3 (facts F34); the FIN makes each one greater in the queue. */
static const char *close_notify(uint32_t bytes)
{
	switch (bytes) {
	case 24:
		return "TLS 1.3";
	case 31:
		return "TLS 1.2";
	case 37:
		return "TLS 1.0";
	default:
		return NULL;
	}
}

/* "31 bytes and the FIN", for those that hold more than the FIN. */
static void put_unread_data(struct buf *b, const struct account *a, uint32_t fin)
{
	uint32_t most = a->unread.most - fin;
	const char *tls = fin ? close_notify(most) : NULL;

	if (a->unread.least != a->unread.most)
		buf_puts(b, "up to ");
	put_bytes(b, most);
	if (fin)
		buf_puts(b, " and the FIN");
	put_share(b, a, a->unread_data);
	if (tls)
		buf_printf(b, " (%u bytes is the size of a %s close_notify)", most, tls);
}

static void put_unread(struct buf *b, const struct account *a)
{
	uint32_t fin = a->f->state == TCP_STATE_CLOSE_WAIT;

	buf_puts(b, "Unread in the receive queue: ");
	if (a->unread_fin) {
		buf_puts(b, "the FIN alone");
		put_share(b, a, a->unread_fin);
	}
	if (a->unread_data) {
		buf_puts(b, a->unread_fin ? ", " : "");
		put_unread_data(b, a, fin);
	}
	buf_puts(b, fin ? ". The program has not read the end of file." : ".");
}

void fact_receive_queue(struct account *a)
{
	struct buf b = { 0 };

	if (!span_is_known(&a->unread) || a->evidence.fact[EV_UNREAD] == UNREAD_UNKNOWN)
		return;
	if (a->unread.most > 0)
		put_unread(&b, a);
	else if (a->f->state == TCP_STATE_CLOSE_WAIT)
		buf_puts(&b, "Receive queue empty: the program has read everything, the end of "
			     "file too.");
	else
		buf_puts(&b, "Receive queue empty: all the peer sent has been read.");
	account_fact_number(a, "receive_queue", a->unread.most, &b);
}

void fact_send_queue(struct account *a)
{
	struct buf b = { 0 };

	if (!span_is_known(&a->unsent) || a->unsent.most == 0)
		return;
	buf_puts(&b, account_is_many(a) ? "Send queue: up to " : "Send queue: ");
	put_bytes(&b, a->unsent.most);
	buf_puts(&b, " not acknowledged");
	if (a->f->state == TCP_STATE_FIN_WAIT_1 || a->f->state == TCP_STATE_LAST_ACK ||
	    a->f->state == TCP_STATE_CLOSING)
		buf_puts(&b, " (the FIN counts as one)");
	buf_putc(&b, '.');
	account_fact_number(a, "send_queue", a->unsent.most, &b);
}

void fact_retransmits(struct account *a)
{
	struct buf b = { 0 };

	if (!span_is_known(&a->tries) || a->tries.most == 0)
		return;
	buf_puts(&b, account_is_many(a) ? "Up to " : "");
	if (a->sample->timer == TCP_TIMER_RETRANSMIT)
		put_counted(&b, a->tries.most, "retransmission", "retransmissions");
	else
		put_counted(&b, a->tries.most, "probe", "probes");
	buf_puts(&b, " without an answer.");
	account_fact_number(a, "retransmits", a->tries.most, &b);
}

void fact_window(struct account *a)
{
	struct buf b = { 0 };

	if (a->sample->timer != TCP_TIMER_PROBE && a->evidence.fact[EV_SENDING] != SENDING_SHUT)
		return;
	buf_puts(&b,
		 a->sample->timer == TCP_TIMER_PROBE && a->tries.most >= 2
			 ? "The peer's window is shut and it does not answer probes (a local "
			   "firewall that drops our packets looks the same)."
			 : "The peer answers our probes with a shut window: its program does not "
			   "read.");
	account_fact_word(a, "peer_window", "shut", &b);
}

void fact_timer(struct account *a)
{
	struct buf b = { 0 };

	if (a->keepalive == 0) {
		if (a->sample->timer != TCP_TIMER_NONE)
			return;
		buf_puts(&b, "SO_KEEPALIVE is off: the kernel has no timer for ");
		buf_puts(&b, by_count(a, "it.", "them."));
		account_fact_word(a, "keepalive", "off", &b);
		return;
	}
	buf_puts(&b, "SO_KEEPALIVE is on");
	put_share(&b, a, a->keepalive);
	if (a->sample->timer == TCP_TIMER_KEEPALIVE) {
		buf_puts(&b, "; the next probe is due in ");
		text_put_duration(&b, a->probe_in_ms.least);
	}
	buf_putc(&b, '.');
	account_fact_word(a, "keepalive", "on", &b);
}

void fact_shutdown(struct account *a)
{
	struct buf b = { 0 };

	if (!(a->sample->has & CONN_HAS_SHUTDOWN))
		return;
	switch (a->sample->shutdown) {
	case TCP_SHUT_SEND:
		buf_puts(&b, "The program has shut its sending direction (shutdown) and keeps the "
			     "descriptor.");
		account_fact_word(a, "shutdown", "send", &b);
		return;
	case TCP_SHUT_SEND | TCP_SHUT_RECEIVE:
		buf_puts(&b, "Both directions are shut: nothing can be sent or received any more.");
		account_fact_word(a, "shutdown", "both", &b);
		return;
	default:
		return;
	}
}

static void put_when(struct buf *b, bool ever, uint32_t ms)
{
	if (!ever) {
		buf_puts(b, "never");
		return;
	}
	text_put_duration(b, ms);
	buf_puts(b, " ago");
}

/* Until something is sent or comes the clocks count from the handshake, so the counters tell
 * whether anything ever did: the SYN and the FIN count one each (facts F80). */
void fact_last_data(struct account *a)
{
	struct buf b = { 0 };
	const struct conn *c = a->sample;
	uint64_t sent = (a->f->role == ROLE_CONNECTED) + (c->state == TCP_STATE_FIN_WAIT_2);

	if (!(c->has & CONN_HAS_INFO) || c->last_data_recv_ms == VALUE_UNKNOWN ||
	    c->last_data_sent_ms == VALUE_UNKNOWN)
		return;
	buf_puts(&b, by_count(a, "Data last received: ", "On the oldest, data last received: "));
	put_when(&b, c->bytes_received > (c->state == TCP_STATE_CLOSE_WAIT), c->last_data_recv_ms);
	buf_puts(&b, "; last sent: ");
	put_when(&b, c->bytes_acked > sent || c->wqueue > 0, c->last_data_sent_ms);
	buf_putc(&b, '.');
	account_fact_number(a, "last_data_ms",
			    c->last_data_recv_ms < c->last_data_sent_ms ? c->last_data_recv_ms
									: c->last_data_sent_ms,
			    &b);
}

void fact_last_heard(struct account *a)
{
	_buf_ struct buf most = { 0 }, least = { 0 };
	struct buf b = { 0 };

	if (!span_is_known(&a->heard_ms))
		return;
	text_put_duration(&most, a->heard_ms.most);
	text_put_duration(&least, a->heard_ms.least);
	buf_puts(&b, by_count(a, "The peer was last heard ", "The peers were last heard "));
	buf_printf(&b, "%s ago", buf_text(&most));
	if (strcmp(buf_text(&most), buf_text(&least)) != 0)
		buf_printf(&b, ", the latest %s ago", buf_text(&least));
	buf_putc(&b, '.');
	b.failed |= most.failed | least.failed;
	account_fact_number(a, "last_heard_ms", a->heard_ms.most, &b);
}

void fact_idle(struct account *a)
{
	struct buf b = { 0 };

	if (a->sample->idle_ms == VALUE_UNKNOWN)
		return;
	buf_puts(&b, "The kernel has not touched the socket for ");
	text_put_duration(&b, a->sample->idle_ms);
	buf_putc(&b, '.');
	account_fact_number(a, "idle_ms", a->sample->idle_ms, &b);
}

void fact_ports(struct account *a)
{
	struct buf b = { 0 };
	uint32_t range = index_port_range(a->x, a->f->netns);
	uint32_t used = index_ports_used(a->x, a->sample);

	if (range == 0 || used == 0)
		return;
	text_put_count(&b, used);
	buf_puts(&b, " of ");
	text_put_count(&b, range);
	buf_puts(&b, " ephemeral ports toward ");
	put_endpoint(&b, &a->sample->remote);
	buf_puts(&b, " are in TIME_WAIT.");
	account_fact_number(a, "ports_used", used, &b);
}
