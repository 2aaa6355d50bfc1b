// SPDX-License-Identifier: Apache-2.0
/* This host's ends of the connections of a scene: how they are made, and what is done with all of
 * them. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "base/mem.h"
#include "lab/actor.h"
#include "lab/wire/link.h"

enum { CHUNK = 65536, SPARE_BACKLOG = 64 };

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t make_address(int family, bool is_peer, uint16_t port, union address *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (family == AF_INET6) {
		ret->v6.sin6_family = AF_INET6;
		ret->v6.sin6_port = htons(port);
		memcpy(&ret->v6.sin6_addr, is_peer ? LINK_PEER6 : LINK_LOCAL6, 16);
		return sizeof(ret->v6);
	}
	ret->v4.sin_family = AF_INET;
	ret->v4.sin_port = htons(port);
	memcpy(&ret->v4.sin_addr, is_peer ? LINK_PEER4 : LINK_LOCAL4, 4);
	return sizeof(ret->v4);
}

static int new_socket(struct actor *a)
{
	return actor_check(a, socket(a->family, SOCK_STREAM | SOCK_CLOEXEC, 0), "make a socket");
}

int actor_listen(struct actor *a, uint16_t port, unsigned backlog)
{
	int fd = new_socket(a), on = 1;
	union address address;
	socklen_t len = make_address(a->family, false, port, &address);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	actor_check(a, bind(fd, &address.any, len), "bind a listening socket");
	actor_check(a, listen(fd, (int)backlog), "listen");
	return fd;
}

static void make_room(struct actor *a, unsigned n, struct actor_conns *ret)
{
	ret->n = 0;
	ret->fd = calloc(n ? n : 1, sizeof(*ret->fd));
	if (!ret->fd)
		actor_fail(a, -ENOMEM, "make room for %u connections", n);
}

int actor_accept(struct actor *a, int listener)
{
	struct pollfd wait = { .fd = listener, .events = POLLIN };

	while (poll(&wait, 1, 1000) <= 0)
		actor_wait(a, "the other host has connected");
	return actor_check(a, accept4(listener, NULL, NULL, SOCK_CLOEXEC), "accept a connection");
}

int actor_serve(struct actor *a, struct actor_conns *ret)
{
	int listener = actor_listen(a, a->serve_port, a->count + SPARE_BACKLOG);

	make_room(a, a->count, ret);
	actor_tell(a, WIRE_OPEN, a->serve_port, a->count);
	while (ret->n < a->count)
		ret->fd[ret->n++] = actor_accept(a, listener);
	actor_tell(a, WIRE_SETTLE, 0, 0);
	return listener;
}

void actor_connect(struct actor *a, uint16_t port, unsigned n, struct actor_conns *ret)
{
	union address address;
	socklen_t len = make_address(a->family, true, port, &address);

	make_room(a, n, ret);
	while (ret->n < n) {
		int fd = new_socket(a);

		actor_check(a, connect(fd, &address.any, len), "connect to the other host");
		ret->fd[ret->n++] = fd;
	}
	actor_tell(a, WIRE_SETTLE, 0, 0);
}

static struct tcp_info get_info(struct actor *a, int fd)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	actor_check(a, getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len), "look at a connection");
	return info;
}

void actor_await_state(struct actor *a, const struct actor_conns *conns, int state)
{
	for (unsigned i = 0; i < conns->n; i++)
		while (get_info(a, conns->fd[i]).tcpi_state != state)
			actor_wait(a, "the state is reached");
}

void actor_await_retransmits(struct actor *a, const struct actor_conns *conns, unsigned n)
{
	for (unsigned i = 0; i < conns->n; i++)
		while (get_info(a, conns->fd[i]).tcpi_retransmits < n)
			actor_wait(a, "enough was sent again");
}

void actor_await_probes(struct actor *a, const struct actor_conns *conns, unsigned n)
{
	for (unsigned i = 0; i < conns->n; i++)
		while (get_info(a, conns->fd[i]).tcpi_probes < n)
			actor_wait(a, "enough probes went unanswered");
}

void actor_await_unread(struct actor *a, const struct actor_conns *conns, unsigned bytes)
{
	for (unsigned i = 0; i < conns->n; i++) {
		for (;;) {
			int unread = 0;

			actor_check(a, ioctl(conns->fd[i], FIONREAD, &unread), "look at a queue");
			if ((unsigned)unread >= bytes)
				break;
			actor_wait(a, "the data is there");
		}
	}
}

static void await_input(struct actor *a, int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	while (poll(&wait, 1, 1000) <= 0)
		actor_wait(a, "there is something to read");
}

void actor_read(struct actor *a, const struct actor_conns *conns, unsigned bytes)
{
	static char chunk[CHUNK];

	for (unsigned i = 0; i < conns->n; i++) {
		unsigned left = bytes;

		while (left > 0) {
			ssize_t n;

			await_input(a, conns->fd[i]);
			n = recv(conns->fd[i], chunk, left < CHUNK ? left : CHUNK, MSG_DONTWAIT);
			actor_check(a, (int)n, "read a connection");
			if (n == 0)
				actor_fail(a, -EPIPE, "read a connection to its expected length");
			left -= (unsigned)n;
		}
	}
}

void actor_read_eof(struct actor *a, const struct actor_conns *conns)
{
	static char chunk[CHUNK];

	for (unsigned i = 0; i < conns->n; i++) {
		ssize_t n = 1;

		while (n > 0) {
			await_input(a, conns->fd[i]);
			n = recv(conns->fd[i], chunk, sizeof(chunk), MSG_DONTWAIT);
			actor_check(a, (int)n, "read a connection to its end");
		}
	}
}

void actor_send(struct actor *a, const struct actor_conns *conns, unsigned bytes)
{
	static char chunk[CHUNK];

	memset(chunk, 'y', sizeof(chunk));
	for (unsigned i = 0; i < conns->n; i++) {
		unsigned left = bytes;

		while (left > 0) {
			ssize_t n = send(conns->fd[i], chunk, left < CHUNK ? left : CHUNK,
					 MSG_NOSIGNAL | MSG_DONTWAIT);

			left -= (unsigned)actor_check(a, (int)n, "send on a connection");
		}
	}
}

void actor_shutdown(struct actor *a, const struct actor_conns *conns, int how)
{
	for (unsigned i = 0; i < conns->n; i++)
		actor_check(a, shutdown(conns->fd[i], how), "shut a connection down");
}

void actor_close(struct actor *a, struct actor_conns *conns)
{
	for (unsigned i = 0; i < conns->n; i++)
		actor_check(a, close(conns->fd[i]), "close a connection");
	free(conns->fd);
	*conns = (struct actor_conns){ 0 };
}

void actor_option(struct actor *a, const struct actor_conns *conns, int level, int name, int value)
{
	for (unsigned i = 0; i < conns->n; i++)
		actor_check(a, setsockopt(conns->fd[i], level, name, &value, sizeof(value)),
			    "set a socket option");
}

int actor_epoll(struct actor *a)
{
	return actor_check(a, epoll_create1(EPOLL_CLOEXEC), "make an epoll set");
}

void actor_watch(struct actor *a, int epoll_fd, int op, const struct actor_conns *conns,
		 uint32_t events)
{
	for (unsigned i = 0; i < conns->n; i++) {
		struct epoll_event event = { .events = events, .data.fd = conns->fd[i] };

		actor_check(a, epoll_ctl(epoll_fd, op, conns->fd[i], &event),
			    "change an epoll set");
	}
}
