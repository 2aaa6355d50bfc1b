// SPDX-License-Identifier: Apache-2.0
/* Node.js.
 * Checked against nodejs.org/api: net, http, stream, worker_threads, cluster; node-postgres.com
 * (Pool); and against Node 20. */
#include "judge/fix/fix.h"

static const struct fix rows[] = {
	{
		.causes = { &cause_eof_ignored },
		.line = "call socket.end() on 'end', or leave allowHalfOpen at false",
		.more = "With allowHalfOpen: true Node does not close its side when the peer has: "
			"it is left to socket.end(). Without it, a paused or unread socket ends "
			"as soon as what has come is read (socket.resume()).",
	},
	{
		.causes = { &cause_reader_stuck, &cause_never_accepted },
		.line = "nothing that blocks the event loop: the async form of *Sync calls, "
			"worker_threads",
		.more = "execSync, readFileSync and long computations stop every connection of "
			"the process. monitorEventLoopDelay() of perf_hooks (since 11.10) "
			"measures it; --cpu-prof shows where the time goes.",
	},
	{
		.causes = { &cause_back_pressure },
		.line = "stream.pipeline() instead of pipe(), and setTimeout(30000, …) with "
			"destroy() on both",
		.more = "pipe() stops reading while its target takes nothing, and closes neither "
			"when the other fails. pipeline() (since 10) destroys both; "
			"socket.setTimeout() alone only tells.",
	},
	{
		.causes = { &cause_eof_unwatched, &cause_eof_masked },
		.role = ROLE_CONNECTED,
		.when = fix_is_database,
		.line = "pool: an idleTimeoutMillis below the server's idle limit; "
			"client.release() in finally",
		.more = "A client taken out of the pool and not given back is never looked at "
			"again (node-postgres: Pool, idleTimeoutMillis, 10 s by default).",
	},
	{
		.causes = { &cause_eof_unwatched, &cause_eof_masked },
		.role = ROLE_CONNECTED,
		.line = "read each response to its end (response.resume()), destroy() what is not "
			"wanted",
		.more = "Node stops reading a response that nobody consumes, and so does not see "
			"that the server has closed. new http.Agent({ keepAlive: true, timeout: "
			"30000 }) ends idle connections; fetch: await response.body.cancel().",
	},
	{
		.causes = { &cause_eof_unwatched, &cause_eof_masked },
		.line = "socket.resume() for what is paused, socket.setTimeout(30000, () => "
			"socket.destroy())",
		.more = "A paused socket (pause(), a pipe whose target is full, no 'data' "
			"listener) is not read, so that its end is not seen; setTimeout() looks "
			"at the clock instead.",
	},
	{
		.causes = { &cause_peer_vanished, &cause_peer_silent, &cause_send_blocked },
		.line = "socket.setKeepAlive(true, 30000), socket.setTimeout(60000, () => "
			"socket.destroy())",
		.more = "setKeepAlive() finds an idle peer that is gone. While data is not "
			"acknowledged only setTimeout() ends it in time: Node has no "
			"TCP_USER_TIMEOUT. server.keepAliveTimeout (5 s) is for idle HTTP clients "
			"only.",
	},
	{
		.causes = { &cause_peer_never_closes, &cause_shutdown_not_closed },
		.line = "socket.setTimeout(10000, () => socket.destroy()) after socket.end()",
		.more = "end() shuts only the sending side; the socket goes when the peer has "
			"closed, too, or by destroy(). No timer of the kernel ends it before.",
	},
	{ .line = NULL },
};

const struct fix_kind fix_node = {
	.name = "Node.js",
	.runtime = RUNTIME_NODE,
	.rows = rows,
};
