// SPDX-License-Identifier: Apache-2.0
/* What talks to PostgreSQL through libpq, in any language.
 * Checked against postgresql.org/docs, chapter 34.1.2 (parameter key words). */
#include "judge/fix/fix.h"

static const struct fix rows[] = {
	{
		.causes = { &cause_peer_vanished, &cause_peer_silent, &cause_send_blocked },
		.role = ROLE_CONNECTED,
		.when = fix_is_postgres,
		.line = "connection string: tcp_user_timeout=30000 keepalives_idle=60 "
			"keepalives_interval=10",
		.more = "tcp_user_timeout (milliseconds, libpq 12) drops a server that does not "
			"acknowledge; keepalives are on, but first probe after two hours unless "
			"keepalives_idle (seconds) says so.",
	},
	{ .line = NULL },
};

const struct fix_kind fix_libpq = {
	.name = "libpq",
	.libraries = LIBRARY_PQ,
	.rows = rows,
};
