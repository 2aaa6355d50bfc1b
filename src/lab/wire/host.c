// SPDX-License-Identifier: Apache-2.0
/* Segments in, segments out: the smallest TCP that a kernel takes for a real one, with the faults
 * of real hosts at hand. */
#include "lab/wire/host.h"

#include <errno.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/mem.h"
#include "lab/wire/log.h"
#include "lab/wire/segment.h"

enum {
	DEFAULT_WINDOW = 65535,
	DEFAULT_MSS = 1400,
	FIRST_PORT = 20000, /* of the connections we open */
	OPENING_MAX = 256,  /* few enough never to fill a listener's queues */
	TICK_MS = 20,
	RETRY_MS = 300,
	PLACE_FREE = UINT32_MAX - 1, /* in by_ports, for a connection that is gone */
};

#define MS_NS 1000000ull

/* Sequence numbers wrap: RFC 9293 3.4. */
static bool is_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

void host_init(struct host *h, const struct link *link, int family, int log_fd)
{
	*h = (struct host){
		.link = link,
		.family = family,
		.log_fd = log_fd,
		.mss = DEFAULT_MSS,
		.next_port = FIRST_PORT,
		.start_ns = clock_mono_ns(),
	};
}

void host_finish(struct host *h)
{
	free(h->conns.items);
	free(h->free.items);
	map_finish(&h->by_ports);
	*h = (struct host){ .log_fd = -1 };
}

static uint64_t key_of(bool is_v6, uint16_t kernel_port, uint16_t peer_port)
{
	return (uint64_t)is_v6 << 32 | (uint32_t)kernel_port << 16 | peer_port;
}

static struct host_conn *find(struct host *h, bool is_v6, uint16_t kernel_port, uint16_t peer_port)
{
	uint32_t at = map_get(&h->by_ports, key_of(is_v6, kernel_port, peer_port));

	return at < PLACE_FREE ? &h->conns.items[at] : NULL;
}

static int add(struct host *h, const struct host_conn *conn, struct host_conn **ret)
{
	uint32_t at = (uint32_t)h->conns.n;
	int err;

	if (h->free.n)
		at = h->free.items[h->free.n - 1];
	err = h->free.n ? 0 : array_grow(&h->conns, 1);
	if (!err)
		err = map_put(&h->by_ports, key_of(conn->is_v6, conn->kernel_port, conn->peer_port),
			      at, NULL);
	if (err)
		return err;
	if (h->free.n)
		h->free.n--;
	else
		h->conns.n++;
	h->conns.items[at] = *conn;
	h->unsettled++;
	*ret = &h->conns.items[at];
	return 0;
}

/* Counts a connection in or out of those that are waited for. */
static void update_settled(struct host *h, struct host_conn *c)
{
	bool is_settled = c->state == HOST_FREE || c->is_silent ||
			  (c->state == HOST_OPEN && c->snd_una == c->snd_nxt);
	uint32_t *count = c->epoch == h->epoch ? &h->unsettled : &h->unsettled_older;

	if (is_settled != c->is_settled)
		*count += is_settled ? -1u : 1;
	c->is_settled = is_settled;
}

static void set_state(struct host *h, struct host_conn *c, enum host_state state)
{
	h->opening -= c->state == HOST_SYN_SENT && state != HOST_SYN_SENT;
	c->state = (uint8_t)state;
	update_settled(h, c);
}

static void set_beat(struct host *h, struct host_conn *c, enum host_beat beat, uint32_t ms)
{
	h->beating += (beat != HOST_BEAT_NONE) - (c->beat != HOST_BEAT_NONE);
	c->beat = (uint8_t)beat;
	c->beat_ms = ms;
	c->beat_ns = clock_mono_ns() + ms * MS_NS;
}

static int forget(struct host *h, struct host_conn *c)
{
	int err = array_grow(&h->free, 1);

	if (err)
		return err;
	set_beat(h, c, HOST_BEAT_NONE, 0);
	set_state(h, c, HOST_FREE);
	h->free.items[h->free.n++] = (uint32_t)(c - h->conns.items);
	return map_put(&h->by_ports, key_of(c->is_v6, c->kernel_port, c->peer_port), PLACE_FREE,
		       NULL);
}

static int transmit(struct host *h, const struct segment *s)
{
	static uint8_t packet[SEGMENT_PACKET_MAX];
	int len = segment_build(s, packet, sizeof(packet));
	int err;

	if (len < 0)
		return len;
	wire_log_segment(h->log_fd, h->start_ns, s, true);
	err = link_write(h->link, packet, (size_t)len);
	/* A full queue is a lost packet, which TCP is there for. */
	return err == -EAGAIN || err == -ENOBUFS ? 0 : err;
}

static int emit(struct host *h, const struct host_conn *c, uint8_t flags, uint32_t seq,
		uint32_t bytes)
{
	struct segment s = {
		.family = c->is_v6 ? AF_INET6 : AF_INET,
		.src_port = c->peer_port,
		.dst_port = c->kernel_port,
		.seq = seq,
		.ack = c->state == HOST_SYN_SENT ? 0 : c->told,
		.window = c->window,
		.flags = flags,
		.mss = flags & SEGMENT_SYN ? c->mss : 0,
		.payload_bytes = bytes,
	};

	return transmit(h, &s);
}

static int emit_ack(struct host *h, const struct host_conn *c)
{
	return emit(h, c, SEGMENT_ACK, c->snd_nxt, 0);
}

/* Sends, or sends again, all from `seq` to snd_nxt. */
static int emit_from(struct host *h, struct host_conn *c, uint32_t seq)
{
	c->retry_ns = clock_mono_ns() + RETRY_MS * MS_NS;
	if (c->state == HOST_SYN_SENT)
		return emit(h, c, SEGMENT_SYN, c->snd_una, 0);
	if (c->state == HOST_SYN_RECEIVED)
		return emit(h, c, SEGMENT_SYN | SEGMENT_ACK, c->snd_una, 0);
	while (is_before(seq, c->snd_nxt)) {
		uint32_t end = c->has_sent_fin ? c->fin_seq : c->snd_nxt;
		uint32_t left = end - seq, bytes = left < DEFAULT_MSS ? left : DEFAULT_MSS;
		bool is_last = c->has_sent_fin && bytes == left;
		uint8_t flags =
			SEGMENT_ACK | (bytes ? SEGMENT_PSH : 0) | (is_last ? SEGMENT_FIN : 0);
		int err = emit(h, c, flags, seq, bytes);

		if (err)
			return err;
		seq += bytes + is_last;
	}
	return 0;
}

static int send_more(struct host *h, struct host_conn *c, uint32_t bytes, bool with_fin)
{
	uint32_t from = c->snd_nxt;

	if (c->has_sent_fin || c->state != HOST_OPEN || c->is_silent)
		return 0;
	c->snd_nxt += bytes + with_fin;
	if (with_fin) {
		c->has_sent_fin = true;
		c->fin_seq = c->snd_nxt - 1;
	}
	update_settled(h, c);
	return emit_from(h, c, from);
}

static uint32_t first_seq(const struct host *h, uint16_t kernel_port, uint16_t peer_port)
{
	return (uint32_t)hash_mix(key_of(false, kernel_port, peer_port) ^ clock_mono_ns() ^
				  h->epoch);
}

static struct host_conn new_conn(const struct host *h, bool is_v6, uint16_t kernel_port,
				 uint16_t peer_port)
{
	uint32_t iss = first_seq(h, kernel_port, peer_port);

	return (struct host_conn){
		.is_v6 = is_v6,
		.kernel_port = kernel_port,
		.peer_port = peer_port,
		.snd_una = iss,
		.snd_nxt = iss + 1,
		.window = DEFAULT_WINDOW,
		.mss = h->mss,
		.epoch = h->epoch,
	};
}

/* Opens connections as long as not too many are on their way. */
static int open_more(struct host *h)
{
	bool is_v6 = h->family == AF_INET6;

	while (h->to_open && h->opening < OPENING_MAX) {
		struct host_conn conn, *c;
		int err;

		if (h->next_port == UINT16_MAX)
			h->next_port = FIRST_PORT;
		conn = new_conn(h, is_v6, h->open_port, h->next_port++);
		if (find(h, is_v6, conn.kernel_port, conn.peer_port))
			continue;
		conn.state = HOST_SYN_SENT;
		conn.leg = conn.kernel_port;
		err = add(h, &conn, &c);
		if (err)
			return err;
		h->to_open--;
		h->opening++;
		err = emit_from(h, c, c->snd_una);
		if (err)
			return err;
	}
	return 0;
}

/* A segment for no connection: a SYN opens one, anything else is answered by RST
 * (RFC 9293 3.10.7.1). */
static int take_unknown(struct host *h, const struct segment *s)
{
	struct host_conn conn = new_conn(h, s->family == AF_INET6, s->src_port, s->dst_port), *c;
	int err;

	if (s->flags & SEGMENT_RST)
		return 0;
	if ((s->flags & (SEGMENT_SYN | SEGMENT_ACK)) == SEGMENT_SYN) {
		conn.state = HOST_SYN_RECEIVED;
		conn.leg = conn.peer_port;
		conn.rcv_nxt = s->seq + 1;
		conn.told = conn.rcv_nxt;
		err = add(h, &conn, &c);
		return err ? err : emit_from(h, c, c->snd_una);
	}
	conn.told = s->seq + s->payload_bytes + !!(s->flags & SEGMENT_FIN);
	return emit(h, &conn, SEGMENT_RST | SEGMENT_ACK, s->flags & SEGMENT_ACK ? s->ack : 0, 0);
}

static void take_ack(struct host *h, struct host_conn *c, const struct segment *s)
{
	if (!(s->flags & SEGMENT_ACK) || !is_before(c->snd_una, s->ack) ||
	    is_before(c->snd_nxt, s->ack))
		return;
	c->snd_una = s->ack;
	if (c->state == HOST_SYN_RECEIVED)
		set_state(h, c, HOST_OPEN);
	else
		update_settled(h, c);
}

/* Takes what is new of the payload and the FIN, as far as the window goes. True if it must be
 * acknowledged: also what is old or too much, which is how probes are answered. */
static bool take_payload(struct host_conn *c, const struct segment *s)
{
	uint32_t room = c->told + c->window - c->rcv_nxt;
	bool has_fin = s->flags & SEGMENT_FIN;

	if (!s->payload_bytes && !has_fin)
		return is_before(s->seq, c->rcv_nxt);
	if (s->seq != c->rcv_nxt)
		return true;
	if ((int32_t)room < (int32_t)s->payload_bytes)
		return true;
	c->rcv_nxt += s->payload_bytes + has_fin;
	c->has_got_fin |= has_fin;
	return true;
}

static int take_open(struct host *h, struct host_conn *c, const struct segment *s)
{
	bool had_fin = c->has_got_fin;
	int err = 0;

	take_ack(h, c, s);
	if (c->is_deaf)
		return 0;
	if (take_payload(c, s)) {
		if (c->beat != HOST_BEAT_ACK)
			c->told = c->rcv_nxt;
		if (c->answers_fin && c->has_got_fin && !had_fin)
			err = send_more(h, c, 0, true);
		else
			err = emit_ack(h, c);
	}
	if (!err && c->has_got_fin && c->has_sent_fin && c->snd_una == c->snd_nxt &&
	    c->told == c->rcv_nxt && c->beat != HOST_BEAT_FIN)
		err = forget(h, c);
	return err;
}

int host_take(struct host *h, const void *packet, size_t len)
{
	struct segment s;
	struct host_conn *c;
	int err;

	if (segment_parse(packet, len, &s) < 0)
		return 0;
	wire_log_segment(h->log_fd, h->start_ns, &s, false);
	c = find(h, s.family == AF_INET6, s.src_port, s.dst_port);
	if (!c)
		return take_unknown(h, &s);
	if (c->is_silent)
		return 0;
	if (s.flags & SEGMENT_RST) {
		err = forget(h, c);
		return err ? err : open_more(h);
	}
	if (c->state == HOST_SYN_SENT) {
		if ((s.flags & SEGMENT_SYN) == 0 || s.ack != c->snd_nxt)
			return 0;
		c->rcv_nxt = s.seq + 1;
		c->told = c->rcv_nxt;
		c->snd_una = s.ack;
		set_state(h, c, HOST_OPEN);
		err = emit_ack(h, c);
		return err ? err : open_more(h);
	}
	if (c->state == HOST_SYN_RECEIVED && (s.flags & SEGMENT_SYN))
		return emit_from(h, c, c->snd_una);
	return take_open(h, c, &s);
}

static int obey_one(struct host *h, struct host_conn *c, const struct wire_order *order)
{
	switch ((enum wire_verb)order->verb) {
	case WIRE_SEND:
		return send_more(h, c, order->value, false);
	case WIRE_FIN:
		return send_more(h, c, order->value, true);
	case WIRE_RESET:
		if (emit(h, c, SEGMENT_RST | SEGMENT_ACK, c->snd_nxt, 0) < 0)
			return -EIO;
		return forget(h, c);
	case WIRE_WINDOW:
		c->window = (uint16_t)order->value;
		return emit_ack(h, c);
	case WIRE_SILENT:
		c->is_silent = true;
		update_settled(h, c);
		return 0;
	case WIRE_DEAF:
		c->is_deaf = true;
		return 0;
	case WIRE_ANSWER_FIN:
		c->answers_fin = true;
		return 0;
	case WIRE_SEND_EVERY:
		set_beat(h, c, HOST_BEAT_SEND, order->value);
		return 0;
	case WIRE_ACK_EVERY:
		set_beat(h, c, HOST_BEAT_ACK, order->value);
		return 0;
	case WIRE_FIN_EVERY:
		set_beat(h, c, HOST_BEAT_FIN, order->value);
		return 0;
	default:
		return -EINVAL;
	}
}

static void begin_epoch(struct host *h)
{
	h->epoch++;
	h->unsettled_older += h->unsettled;
	h->unsettled = 0;
}

int host_obey(struct host *h, const struct wire_order *order)
{
	switch ((enum wire_verb)order->verb) {
	case WIRE_OPEN:
		h->open_port = (uint16_t)order->leg;
		h->to_open += order->value;
		return open_more(h);
	case WIRE_MSS:
		h->mss = (uint16_t)order->value;
		return 0;
	case WIRE_NEXT:
		begin_epoch(h);
		return 0;
	default:
		break;
	}
	for (size_t i = 0; i < h->conns.n; i++) {
		struct host_conn *c = &h->conns.items[i];
		int err;

		if (c->state == HOST_FREE || c->leg != order->leg || c->epoch != h->epoch)
			continue;
		err = obey_one(h, c, order);
		if (err)
			return err;
	}
	return 0;
}

bool host_is_settled(const struct host *h)
{
	return h->unsettled == 0 && h->to_open == 0;
}

static int beat(struct host *h, struct host_conn *c)
{
	uint32_t behind = c->rcv_nxt - c->told;

	switch ((enum host_beat)c->beat) {
	case HOST_BEAT_SEND:
		return send_more(h, c, 1, false);
	case HOST_BEAT_ACK:
		c->told += behind < c->mss ? behind : c->mss;
		return behind ? emit_ack(h, c) : 0;
	case HOST_BEAT_FIN:
		return c->has_sent_fin ? emit_from(h, c, c->fin_seq) : 0;
	default:
		return 0;
	}
}

int host_tick(struct host *h)
{
	uint64_t now = clock_mono_ns();
	int err = 0;

	for (size_t i = 0; host_next_ms(h) >= 0 && i < h->conns.n && !err; i++) {
		struct host_conn *c = &h->conns.items[i];

		if (c->state == HOST_FREE || c->is_silent)
			continue;
		if (c->beat != HOST_BEAT_NONE && now >= c->beat_ns) {
			c->beat_ns = now + c->beat_ms * MS_NS;
			err = beat(h, c);
		}
		if (!err && !c->is_settled && now >= c->retry_ns)
			err = emit_from(h, c, c->snd_una);
	}
	return err;
}

int host_next_ms(const struct host *h)
{
	return h->beating || h->unsettled || h->unsettled_older ? TICK_MS : -1;
}
