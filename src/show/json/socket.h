/* SPDX-License-Identifier: Apache-2.0 */
/* `linger list --json`: one object a line, schema linger.socket/1 (docs/schema/socket-1.json). */
#ifndef SHOW_JSON_SOCKET_H
#define SHOW_JSON_SOCKET_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct judgement;

/* Writes the n rows of snapshot.conns that `rows` names, in this order; rows NULL: the first n.
 * 0 or -errno of the write. */
int json_write_sockets(FILE *out, const struct judgement *judgement, const uint32_t *rows,
		       size_t n);

#endif
