// SPDX-License-Identifier: Apache-2.0
/* PgBouncer.
 * Checked against pgbouncer.org/config.html. */
#include "judge/fix/fix.h"

static const struct fix rows[] = {
	{
		.causes = { &cause_peer_vanished, &cause_peer_silent, &cause_send_blocked,
			    &cause_peer_not_reading },
		.line = "pgbouncer.ini: tcp_keepidle = 60, tcp_keepintvl = 10, tcp_keepcnt = 3, "
			"tcp_user_timeout = 30000",
		.more = "tcp_keepalive is on by default, at the kernel's pace of two hours; "
			"tcp_user_timeout (milliseconds) drops a peer that does not acknowledge.",
	},
	{
		.causes = { &cause_eof_unwatched, &cause_eof_ignored, &cause_reader_stuck },
		.line = "pgbouncer.ini: query_timeout = 60, client_idle_timeout = 3600, "
			"idle_transaction_timeout = 60",
		.more = "All three are 0, never, by default. A client whose server answers "
			"nothing is not looked at; query_timeout should be a little above the "
			"server's statement_timeout.",
	},
	{
		.causes = { &cause_never_accepted },
		.line = "pgbouncer.ini: a higher max_client_conn, and file descriptors for it; "
			"query_wait_timeout = 30",
		.more = "query_wait_timeout bounds how long a client waits for a free server "
			"connection.",
	},
	{ .line = NULL },
};

const struct fix_kind fix_pgbouncer = {
	.name = "PgBouncer",
	.exes = { "pgbouncer" },
	.rows = rows,
	.apply = "RELOAD on the admin console brings it in and ends no connection.",
};
