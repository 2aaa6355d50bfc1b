// SPDX-License-Identifier: Apache-2.0
/* Whatever comes as an answer of sock_diag: is it read without reading past it, and never believed
 * beyond what the model has room for? */
#include <linux/netlink.h>
#include <string.h>

#include "fuzz.h"
#include "see/diag/decode.h"

static int see_row(void *data, const void *payload, size_t len)
{
	struct conn c = { 0 };

	(void)data;
	if (diag_decode(payload, len, &c))
		return 0; /* the next row may be well formed */
	fuzz_check(c.state < TCP_STATE_MAX);
	fuzz_check(c.has & CONN_HAS_DIAG);
	fuzz_check(c.local.version == 4 || c.local.version == 6);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct diag_walk walk = { .row = see_row };
	struct nlmsghdr first;
	int end;

	if (len >= sizeof(first)) {
		/* The messages are those that were asked for, or nothing would be looked at. */
		memcpy(&first, bytes, sizeof(first));
		walk.sequence = first.nlmsg_seq;
		walk.port = first.nlmsg_pid;
	}
	end = diag_walk_messages(&walk, bytes, len);
	fuzz_check(end <= DIAG_DONE && end >= -4095 && walk.err == 0);
	return 0;
}
