// SPDX-License-Identifier: Apache-2.0
/* The netlink socket: opened, asked, listened to. */
#include "see/diag/diag.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "see/diag/diag_private.h"
#include "see/diag/uapi.h"

/* A dump that gives nothing for so long is broken: the kernel answers while we receive. */
#define RECEIVE_TIMEOUT_S 10

struct diag *diag_close(struct diag *d)
{
	if (d && d->socket)
		mnl_socket_close(d->socket);
	free(d);
	return NULL;
}

static int open_socket(struct diag *d)
{
	struct timeval timeout = { .tv_sec = RECEIVE_TIMEOUT_S };
	int fd;

	d->socket = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);
	if (!d->socket || mnl_socket_bind(d->socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	fd = mnl_socket_get_fd(d->socket);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) < 0)
		return -errno;
	return 0;
}

int diag_open(struct diag **ret)
{
	struct diag *d = malloc(sizeof(*d));
	int err;

	if (!d)
		return -ENOMEM;
	/* Not calloc(): the buffers need not be zero, and untouched pages cost nothing. */
	d->socket = NULL;
	d->sequence = 0;
	d->no_both = false;
	err = open_socket(d);
	if (err) {
		diag_close(d);
		return err;
	}
	*ret = d;
	return 0;
}

struct nlmsghdr *diag_start_request(struct diag *d, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *head = mnl_nlmsg_put_header(d->request);

	head->nlmsg_type = type;
	head->nlmsg_flags = NLM_F_REQUEST | flags;
	head->nlmsg_seq = ++d->sequence;
	return head;
}

int diag_put_bytecode(struct nlmsghdr *head, const void *bytecode, size_t len)
{
	if (!len)
		return 0;
	return mnl_attr_put_check(head, DIAG_REQUEST_SIZE, UAPI_DIAG_REQ_BYTECODE, len, bytecode)
		       ? 0
		       : -E2BIG;
}

int diag_exchange(struct diag *d, struct diag_walk *walk)
{
	const struct nlmsghdr *head = (const struct nlmsghdr *)d->request;

	walk->sequence = d->sequence;
	walk->port = mnl_socket_get_portid(d->socket);
	if (mnl_socket_sendto(d->socket, head, head->nlmsg_len) < 0)
		return -errno;
	for (;;) {
		ssize_t n = mnl_socket_recvfrom(d->socket, d->answer, sizeof(d->answer));
		int r;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		r = diag_walk_messages(walk, d->answer, (size_t)n);
		if (r != DIAG_MORE)
			return walk->err ? walk->err : r == DIAG_DONE ? 0 : r;
	}
}
