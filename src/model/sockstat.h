/* SPDX-License-Identifier: Apache-2.0 */
/* How many TCP sockets a network namespace has, as /proc/net/sockstat and sockstat6 tell it. */
#ifndef MODEL_SOCKSTAT_H
#define MODEL_SOCKSTAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* *shape*: counts of one namespace, VALUE_UNKNOWN where not read. inuse counts full sockets that
 * are hashed (every state but CLOSED; no request sockets, no minisockets); time_wait counts
 * minisockets of both families, orphan FIN_WAIT_2 among them (facts F60). The files' `orphan`,
 * `alloc` and `mem` are those of the whole host and are not taken. Source:
 * net/ipv4/proc.c:sockstat_seq_show(), net/ipv6/proc.c:sockstat6_seq_show(), 6.18. */
struct sockstat {
	uint32_t inuse4;
	uint32_t inuse6;
	uint32_t time_wait;
};

#define SOCKSTAT_UNKNOWN ((struct sockstat){ UINT32_MAX, UINT32_MAX, UINT32_MAX })

/* Takes what it finds in the text of either file (not necessarily NUL-terminated) into *s and
 * leaves the rest of *s as it was. */
void sockstat_parse(const char *text, size_t len, struct sockstat *s);

/* The counter `name` of TcpExt in the text of /proc/net/netstat
 * (net/ipv4/proc.c:netstat_seq_show(): a line of names, then one of values); UINT64_MAX when it is
 * not there. */
uint64_t netstat_parse(const char *text, size_t len, const char *name);

/* True when the counts prove that the namespace has no TCP socket but unhashed ones: never bound or
 * connected, or dead. False when a count is unknown; inuse6 may be (a kernel without IPv6 has no
 * sockstat6): give 0 there when the file does not exist. */
bool sockstat_is_empty(const struct sockstat *s);

#endif
