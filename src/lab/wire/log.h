/* SPDX-License-Identifier: Apache-2.0 */
/* Segments as lines to read. */
#ifndef LAB_WIRE_LOG_H
#define LAB_WIRE_LOG_H

#include <stdbool.h>
#include <stdint.h>

struct segment;

/* Writes one line about a segment to fd: seconds since start_ns, direction, ports, flags, numbers,
 * payload, window. Does nothing when fd is -1; a line that cannot be written is lost. */
void wire_log_segment(int fd, uint64_t start_ns, const struct segment *s, bool is_from_peer);

#endif
