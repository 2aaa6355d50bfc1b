// SPDX-License-Identifier: Apache-2.0
/* PostgreSQL.
 * Checked against postgresql.org/docs, chapters 20.3.2 (tcp_*, client_connection_check_interval),
 * 20.11.1 (timeouts), F.38 postgres_fdw; and against pg_settings of PostgreSQL 15. */
#include "judge/fix/fix.h"

static const struct fix rows[] = {
	{
		.causes = { &cause_reader_stuck, &cause_eof_unwatched, &cause_eof_ignored },
		.role = ROLE_ACCEPTED,
		.line = "postgresql.conf: client_connection_check_interval = 10s, and a "
			"statement_timeout",
		.more = "A backend in the middle of a query does not look whether its client is "
			"still there. client_connection_check_interval (since 14, 0 by default) "
			"makes it look that often, and ends the query of a client that has gone; "
			"statement_timeout ends any that takes too long.",
	},
	{
		.causes = { &cause_peer_vanished, &cause_peer_silent, &cause_send_blocked,
			    &cause_peer_not_reading },
		.role = ROLE_ACCEPTED,
		.line = "postgresql.conf: tcp_user_timeout = 30s, tcp_keepalives_idle = 60",
		.more = "tcp_user_timeout (since 12, 0 by default: the kernel's tcp_retries2, "
			"about 15 minutes) drops a client that does not acknowledge for so long. "
			"tcp_keepalives_idle, _interval and _count find idle clients that are "
			"gone; by default the kernel first probes after two hours.",
	},
	{
		.causes = { &cause_eof_unwatched, &cause_peer_vanished },
		.role = ROLE_CONNECTED,
		.line = "ALTER SERVER … OPTIONS (ADD keep_connections 'off'); for dblink: "
			"dblink_disconnect()",
		.more = "postgres_fdw keeps a connection to each foreign server for the rest of "
			"the session unless keep_connections (since 14) is off; "
			"postgres_fdw_disconnect_all() closes them now.",
	},
	{ .line = NULL },
};

const struct fix_kind fix_postgres = {
	.name = "PostgreSQL",
	.runtime = RUNTIME_POSTGRES,
	.rows = rows,
	.apply = "SELECT pg_reload_conf() brings it in and ends no session; a running query does "
		 "not see it before it is done: pg_terminate_backend(PID) ends that one.",
};
