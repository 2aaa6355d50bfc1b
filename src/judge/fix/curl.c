// SPDX-License-Identifier: Apache-2.0
/* The curl command.
 * Checked against curl(1) (curl.se/docs/manpage.html) and curl 7.88. */
#include "judge/fix/fix.h"

static const struct fix rows[] = {
	{
		.causes = { &cause_eof_unwatched, &cause_reader_stuck, &cause_eof_ignored,
			    &cause_peer_vanished },
		.line = "curl --max-time 600, or --speed-limit 1 --speed-time 60; look what does "
			"not read its output",
		.more = "curl does not look at the connection while it waits to write: to a full "
			"pipe, a slow disk, a stopped reader. By default there is no limit on the "
			"whole transfer.",
	},
	{ .line = NULL },
};

const struct fix_kind fix_curl = {
	.name = "curl",
	.exes = { "curl" },
	.rows = rows,
};
