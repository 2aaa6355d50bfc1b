// SPDX-License-Identifier: Apache-2.0
/* The scene's side of the conversation with the other host. */
#include "lab/wire/order.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

enum { PATIENCE_MS = 60 * 1000 };

int wire_tell(int fd, enum wire_verb verb, uint32_t leg, uint32_t value)
{
	struct wire_order order = { .verb = verb, .leg = leg, .value = value };
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	int32_t answer;
	ssize_t n;
	int ready;

	if (send(fd, &order, sizeof(order), MSG_NOSIGNAL) < 0)
		return -errno;
	do {
		ready = poll(&wait, 1, PATIENCE_MS);
	} while (ready < 0 && errno == EINTR);
	if (ready < 0)
		return -errno;
	if (ready == 0)
		return -ETIMEDOUT;
	n = recv(fd, &answer, sizeof(answer), 0);
	if (n < 0)
		return -errno;
	return n == sizeof(answer) ? answer : -EPIPE;
}
