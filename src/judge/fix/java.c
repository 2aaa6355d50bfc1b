// SPDX-License-Identifier: Apache-2.0
/* Java and what else runs on its machine.
 * Checked against docs.oracle.com/javase (java.net, java.nio.channels,
 * jdk.net.ExtendedSocketOptions), hc.apache.org HttpClient 5 (HttpClientBuilder, ConnectionConfig),
 * HikariCP's README, jdbc.postgresql.org (connection parameters), tomcat.apache.org (HTTP
 * connector); and against OpenJDK 17. */
#include "judge/fix/fix.h"

static const struct fix rows[] = {
	{
		.causes = { &cause_eof_unwatched },
		.role = ROLE_CONNECTED,
		.when = fix_is_database,
		.line = "pool: a maxLifetime below the server's idle limit (HikariCP), close() "
			"each Connection",
		.more = "HikariCP looks at an idle connection only when it is asked for one or "
			"after maxLifetime (30 min) or idleTimeout (10 min); keepaliveTime tries "
			"them before. leakDetectionThreshold logs who did not close; try "
			"(Connection c = …) does.",
	},
	{
		.causes = { &cause_eof_unwatched },
		.role = ROLE_CONNECTED,
		.line = "try (InputStream in = …) around each response; HttpClient: "
			"evictIdleConnections",
		.more = "A response that is neither read to its end nor closed keeps its "
			"connection for ever. Apache HttpClient looks at idle connections only "
			"before using them: HttpClientBuilder.evictIdleConnections() closes them "
			"in time, or ConnectionConfig.setTimeToLive() (5.2) bounds their life.",
	},
	{
		.causes = { &cause_eof_ignored, &cause_ghost_fd },
		.line = "try (Socket s = …) around its use: read() returning -1 closes nothing",
		.more = "Neither the end of file nor an IOException closes the socket; try with "
			"resources does, on every path. A forgotten one is closed only when the "
			"garbage collector finds it, in its own time.",
	},
	{
		.causes = { &cause_eof_unwatched, &cause_reader_stuck },
		.line = "a time limit on what its threads wait for (setSoTimeout, a query "
			"timeout); jcmd PID Thread.print",
		.more = "The threads that should read wait for something else. jcmd PID "
			"Thread.print says for what; Socket.setSoTimeout(30000) ends a read(), "
			"Statement.setQueryTimeout() a query, Future.get(30, SECONDS) a task.",
	},
	{
		.causes = { &cause_never_accepted },
		.line = "accept() in a thread of its own, a larger pool (Tomcat: maxThreads), "
			"time limits in it",
		.more = "When every thread of a fixed pool waits, nobody serves what comes. jcmd "
			"PID Thread.print says for what they wait. Tomcat: maxThreads (200), "
			"acceptCount (100), connectionTimeout.",
	},
	{
		.causes = { &cause_eof_masked, &cause_edge_missed },
		.line = "keep OP_READ in interestOps, also while only writing; close() on read() "
			"== -1",
		.more = "A SelectionKey without OP_READ is not told that the peer has closed.",
	},
	{
		.causes = { &cause_peer_vanished, &cause_peer_silent, &cause_send_blocked },
		.when = fix_is_database,
		.line = "JDBC URL: tcpKeepAlive=true and socketTimeout (PostgreSQL: 60, in "
			"seconds)",
		.more = "Without socketTimeout a driver waits for a server that is gone for as "
			"long as the kernel tries: 15 minutes with data on its way, for ever "
			"without. MySQL counts socketTimeout in milliseconds.",
	},
	{
		.causes = { &cause_peer_vanished, &cause_peer_silent, &cause_send_blocked },
		.line = "setKeepAlive(true) with TCP_KEEPIDLE 60 (ExtendedSocketOptions), "
			"setSoTimeout(30000)",
		.more = "TCP_KEEPIDLE, TCP_KEEPINTERVAL and TCP_KEEPCOUNT are there since 11. "
			"Writing has no time limit in java.net; Netty's epoll transport has "
			"TCP_USER_TIMEOUT and WriteTimeoutHandler.",
	},
	{
		.causes = { &cause_peer_never_closes, &cause_shutdown_not_closed },
		.line = "after shutdownOutput(): setSoTimeout(10000), read() to the end, then "
			"close()",
		.more = "shutdownOutput() frees neither the descriptor nor the connection, and no "
			"timer of the kernel ends it while the socket is open.",
	},
	{ .line = NULL },
};

const struct fix_kind fix_java = {
	.name = "Java",
	.runtime = RUNTIME_JVM,
	.rows = rows,
};
