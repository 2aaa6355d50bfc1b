// SPDX-License-Identifier: Apache-2.0
/* .NET.
 * Checked against learn.microsoft.com/dotnet: HttpClient guidelines, SocketsHttpHandler,
 * KestrelServerLimits, ThreadPool; npgsql.org/doc/connection-string-parameters. */
#include "judge/fix/fix.h"

static const struct fix rows[] = {
	{
		.causes = { &cause_eof_unwatched, &cause_eof_ignored },
		.role = ROLE_CONNECTED,
		.when = fix_is_database,
		.line = "await using for each connection; Npgsql: Connection Idle Lifetime=60, "
			"Keepalive=30",
		.more = "A connection that is not disposed never goes back to its pool. Npgsql "
			"closes idle ones above Minimum Pool Size after Connection Idle Lifetime "
			"(300 s by default); Keepalive (0, off) asks the server in between.",
	},
	{
		.causes = { &cause_eof_unwatched, &cause_eof_ignored },
		.role = ROLE_CONNECTED,
		.line = "using var response = …, and one HttpClient (IHttpClientFactory) with "
			"PooledConnectionIdleTimeout",
		.more = "A response asked for with ResponseHeadersRead keeps its connection until "
			"it is read to its end or disposed. PooledConnectionIdleTimeout (1 min, "
			"before .NET 6 2 min) and PooledConnectionLifetime (endless) belong to "
			"SocketsHttpHandler.",
	},
	{
		.causes = { &cause_eof_ignored, &cause_ghost_fd },
		.line = "using or Dispose() for each Socket: ReceiveAsync returning 0 closes "
			"nothing",
		.more = "Neither the end of file nor a SocketException closes the socket; until "
			"then it waits for the garbage collector.",
	},
	{
		.causes = { &cause_reader_stuck, &cause_eof_unwatched, &cause_never_accepted },
		.line = "no .Result or .Wait() in requests, but await; ThreadPool.SetMinThreads "
			"while that is mended",
		.more = "Threads that wait for tasks starve the pool that should end these: it "
			"grows by one or two threads a second. dotnet-counters shows "
			"threadpool-queue-length, dotnet-stack report -p PID where they wait.",
	},
	{
		.causes = { &cause_send_blocked, &cause_peer_not_reading, &cause_back_pressure },
		.role = ROLE_ACCEPTED,
		.line = "Kestrel: Limits.MinResponseDataRate, KeepAliveTimeout; CancellationToken "
			"of the request",
		.more = "MinResponseDataRate (240 bytes a second after 5 s by default) ends a "
			"client that does not read; HttpContext.RequestAborted tells a handler "
			"that its client has gone.",
	},
	{ .line = NULL },
};

const struct fix_kind fix_dotnet = {
	.name = ".NET",
	.runtime = RUNTIME_DOTNET,
	.rows = rows,
};
