// SPDX-License-Identifier: Apache-2.0
/* One loop: packets, orders, and what is due. */
#include "lab/wire/wire.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "lab/actor.h"
#include "lab/wire/host.h"
#include "lab/wire/segment.h"

/* Packets taken before orders and timers get their turn again. */
enum { BATCH_PKTS = 512 };

static int take_packets(struct host *h)
{
	static uint8_t packet[SEGMENT_PACKET_MAX];

	for (int i = 0; i < BATCH_PKTS; i++) {
		ssize_t n = link_read(h->link, packet, sizeof(packet));
		int err;

		if (n == -EAGAIN)
			return 0;
		if (n < 0)
			return (int)n;
		err = host_take(h, packet, (size_t)n);
		if (err)
			return err;
	}
	return 0;
}

static int answer(int fd, int32_t result)
{
	return send(fd, &result, sizeof(result), MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* 0, or -errno when the scene cannot be talked to. */
static int take_order(struct host *h, int fd, bool *ret_must_settle)
{
	struct wire_order order;
	ssize_t n = recv(fd, &order, sizeof(order), MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	if (n != sizeof(order))
		return n == 0 ? -EPIPE : answer(fd, -EBADMSG);
	if (order.verb == WIRE_SETTLE) {
		*ret_must_settle = true;
		return 0;
	}
	return answer(fd, host_obey(h, &order));
}

void wire_play(struct actor *actor)
{
	int orders = actor->wire_fd;
	bool must_settle = false;
	const char *what;
	struct link link;
	struct host host;
	int err = link_open(&link, actor->family, &what);

	actor_must(actor, err, what);
	host_init(&host, &link, actor->family, actor->log_fd);
	actor->wire_fd = -1; /* stays open: the scene goes on giving orders */
	actor_ready(actor);
	while (!err) {
		struct pollfd wait[] = {
			{ .fd = link.fd, .events = POLLIN },
			{ .fd = orders, .events = POLLIN },
		};

		if (poll(wait, 2, host_next_ms(&host)) < 0 && errno != EINTR)
			break;
		err = take_packets(&host);
		if (!err)
			err = host_tick(&host);
		if (!err && wait[1].revents)
			err = take_order(&host, orders, &must_settle);
		if (!err && must_settle && host_is_settled(&host)) {
			must_settle = false;
			err = answer(orders, 0);
		}
	}
	host_finish(&host);
}
