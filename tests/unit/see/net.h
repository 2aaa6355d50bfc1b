/* SPDX-License-Identifier: Apache-2.0 */
/* Real sockets in a network namespace of the test's own. */
#ifndef UNIT_SEE_NET_H
#define UNIT_SEE_NET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Moves the test for good into a new network namespace with lo up, with a user namespace around it
 * where that is needed. False when this kernel or its settings do not let us. */
bool net_enter_private(void);

/* The inode of the file open as fd. */
uint64_t net_inode(int fd);

/* SO_COOKIE of the socket. */
uint64_t net_cookie(int fd);

/* A connection over lo. `client` connected, `server` was accepted; -1 where closed. */
struct net_pair {
	int client, server;
	uint16_t client_port, server_port;
};

/* A listener on the loopback address of the family (any address with `any`); the port it got. */
int net_listen(int family, bool any, uint16_t *ret_port);

/* Connects to it, with an address of `family`, and accepts. */
struct net_pair net_connect(int listener, int family, uint16_t port);

/* Connects without accepting. The client's fd. */
int net_connect_only(int family, uint16_t port, uint16_t *ret_client_port);

/* Waits until the socket's state (tcp_info) is this one. False after five seconds. */
bool net_wait_state(int fd, int state);

void net_close(int *fd);

#endif
