// SPDX-License-Identifier: Apache-2.0
/* memcached.
 * Checked against memcached(1) and docs.memcached.org (memcached.c: usage, settings_init). */
#include "judge/fix/fix.h"

static const struct fix rows[] = {
	{
		.causes = { &cause_never_accepted },
		.line = "memcached -c 4096 (1024 by default), -o idle_timeout=600",
		.more = "At -c connections it accepts no more, unless maxconns_fast turns them "
			"away; listen_disabled_num in stats counts that.",
	},
	{
		.causes = { &cause_peer_vanished, &cause_peer_silent, &cause_send_blocked },
		.line = "memcached -o idle_timeout=600 (0, never, by default)",
		.more = "It closes connections that say nothing for so many seconds.",
	},
	{ .line = NULL },
};

const struct fix_kind fix_memcached = {
	.name = "memcached",
	.exes = { "memcached" },
	.rows = rows,
};
