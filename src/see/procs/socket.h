/* SPDX-License-Identifier: Apache-2.0 */
/* Which socket is it? Asked of the socket itself where no table has it. */
#ifndef SEE_PROCS_SOCKET_H
#define SEE_PROCS_SOCKET_H

#include <stdint.h>

#include "model/snapshot.h"

/* *shape*: object is OBJECT_TCP, OBJECT_LISTENER or OBJECT_SOCKET. text is NUL-terminated:
 * "10.0.0.1:51034 -> 10.2.0.30:5432", "0.0.0.0:80", "unix /run/x", "UDP …", "netlink"; "" unknown.
 */
struct procs_socket {
	uint32_t quiet_ms; /* OBJECT_TCP: since something came, or the handshake; VALUE_UNKNOWN */
	uint8_t object;
	char text[160];
};

/* A row of the snapshot. */
void procs_socket_of_conn(const struct conn *c, struct procs_socket *ret);

/* The name of a socket's protocol as the kernel's files have it ("TCPv6", "UNIX"). */
void procs_socket_by_name(const char *protocol, struct procs_socket *ret);

/* Asks a borrowed copy of descriptor fd: see/procs/borrow.h. 0 or -errno, also -ESTALE when it is
 * not the socket with that inode number; *ret is then untouched. */
int procs_read_socket(int pidfd, int32_t fd, uint32_t inode, struct procs_socket *ret);

#endif
