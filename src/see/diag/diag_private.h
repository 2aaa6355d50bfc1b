/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share: one socket, one request, one answer at a time. */
#ifndef SEE_DIAG_DIAG_PRIVATE_H
#define SEE_DIAG_DIAG_PRIVATE_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stdint.h>

#include "see/diag/decode.h"

/* A dump comes in pieces of at most 32 KiB however large our buffer is, and the kernel makes the
 * next piece when the last one was received (net/netlink/af_netlink.c:netlink_dump(), 6.18): so
 * SO_RCVBUF need not be raised. The rest is for kernels to come. */
#define DIAG_ANSWER_SIZE  (256 * 1024)
#define DIAG_REQUEST_SIZE (16 * 1024)

struct diag {
	struct mnl_socket *socket;
	uint32_t sequence;
	bool no_both; /* this kernel does not answer the request for both families */
	char request[DIAG_REQUEST_SIZE] __attribute__((aligned(8)));
	char answer[DIAG_ANSWER_SIZE] __attribute__((aligned(8)));
};

/* Begins a request in d->request with the next sequence number; borrows until the next one. */
struct nlmsghdr *diag_start_request(struct diag *d, uint16_t type, uint16_t flags);

/* Sends the request and walks all of the answer, also after an error in a row, so that the socket
 * is left clean. walk: `row` and `data` set. 0, the first error of row(), or the kernel's as
 * -errno. */
int diag_exchange(struct diag *d, struct diag_walk *walk);

/* Begins a request for exactly one socket: a lookup by addresses, then the cookie compared. */
void diag_put_exact_request(struct diag *d, uint16_t type, const struct conn *key);

/* A diag_walk.row that takes nothing. */
int diag_drop_row(void *data, const void *payload, size_t len);

/* Adds a filter program. 0, or -E2BIG when it does not fit. */
int diag_put_bytecode(struct nlmsghdr *head, const void *bytecode, size_t len);

#endif
