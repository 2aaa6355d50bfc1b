// SPDX-License-Identifier: Apache-2.0
/* What went over the wire, a line a segment. */
#include "lab/wire/log.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "lab/wire/segment.h"

static void name_flags(uint8_t flags, char ret_text[static 8])
{
	static const char letters[] = "FSRP.";
	size_t n = 0;

	for (size_t i = 0; i < 5; i++)
		if (flags & 1 << i)
			ret_text[n++] = letters[i];
	ret_text[n] = '\0';
}

void wire_log_segment(int fd, uint64_t start_ns, const struct segment *s, bool is_from_peer)
{
	uint16_t here = is_from_peer ? s->dst_port : s->src_port;
	uint16_t there = is_from_peer ? s->src_port : s->dst_port;
	char line[160], flags[8];
	int len;

	if (fd < 0)
		return;
	name_flags(s->flags, flags);
	len = snprintf(line, sizeof(line),
		       "%9.3f  here:%-5u %s peer:%-5u  %-3s  seq %u ack %u len %u win %u\n",
		       (double)(clock_mono_ns() - start_ns) / 1e9, here, is_from_peer ? "<" : ">",
		       there, flags, s->seq, s->ack, s->payload_bytes, s->window);
	if (write(fd, line, (size_t)len) < 0)
		errno = 0;
}
