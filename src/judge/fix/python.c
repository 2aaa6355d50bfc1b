// SPDX-License-Identifier: Apache-2.0
/* Python programs.
 * Checked against docs.python.org/3/library: socket, socketserver, subprocess, multiprocessing;
 * requests.readthedocs.io (Session), docs.sqlalchemy.org (create_engine); and against Python 3.11,
 * requests 2.28. */
#include "judge/fix/fix.h"

static const struct fix rows[] = {
	{
		.causes = { &cause_eof_unwatched },
		.role = ROLE_CONNECTED,
		.when = fix_is_database,
		.line = "pool: a pool_recycle below the server's idle limit, pool_pre_ping=True; "
			"close() the rest",
		.more = "The server has closed idle connections that a pool still keeps. "
			"SQLAlchemy: create_engine(pool_recycle=SECONDS, pool_pre_ping=True); a "
			"connection made by hand belongs into contextlib.closing().",
	},
	{
		.causes = { &cause_eof_unwatched, &cause_eof_ignored },
		.role = ROLE_CONNECTED,
		.line = "with requests.Session() as session: …, or session.close(); one session, "
			"not many",
		.more = "A session keeps its connections until it is closed, and does not look "
			"whether the server has closed them before it uses them again; of a "
			"response read with stream=True, close() or a with block gives the "
			"connection back. A plain socket belongs into a with block, too.",
	},
	{
		.causes = { &cause_eof_ignored },
		.role = ROLE_ACCEPTED,
		.line = "with conn: around what accept() returned; recv() returning b'' closes "
			"nothing",
		.more = "The descriptor stays open for as long as anything refers to the socket "
			"object: a list, a thread, a traceback. A with block closes it on every "
			"path.",
	},
	{
		.causes = { &cause_eof_unwatched, &cause_reader_stuck },
		.line = "a time limit on what its threads wait for: settimeout(30), "
			"lock.acquire(timeout=30)",
		.more = "The thread that should read is somewhere else; py-spy dump --pid PID "
			"shows where, without stopping the program for long. requests waits for "
			"ever unless it is given timeout=.",
	},
	{
		.causes = { &cause_never_accepted },
		.line = "ThreadingHTTPServer or ThreadingTCPServer, and timeout = 30 in the "
			"request handler",
		.more = "The plain servers of http.server and socketserver serve one connection "
			"at a time. StreamRequestHandler.timeout ends a client that says nothing.",
	},
	{
		.causes = { &cause_inherited },
		.line = "subprocess with close_fds=True (the default), multiprocessing with "
			"'spawn'",
		.more = "os.fork() and multiprocessing's 'fork' (the default on Linux before "
			"3.14) give every open socket to the child: "
			"multiprocessing.set_start_method('spawn'), or close in the child what is "
			"not its own.",
	},
	{
		.causes = { &cause_peer_vanished, &cause_peer_silent, &cause_send_blocked },
		.line = "sock.setsockopt(IPPROTO_TCP, TCP_USER_TIMEOUT, 30000), SO_KEEPALIVE, "
			"settimeout(30)",
		.more = "TCP_USER_TIMEOUT (milliseconds, in the socket module since 3.6) ends a "
			"connection whose peer acknowledges nothing for so long; SO_KEEPALIVE "
			"finds a peer that is gone while nothing is sent.",
	},
	{
		.causes = { &cause_peer_never_closes, &cause_shutdown_not_closed },
		.line = "after shutdown(): settimeout(10), recv() until b'' or timeout, then "
			"close()",
		.more = "shutdown() frees neither the descriptor nor the connection, and no timer "
			"of the kernel ends it while the descriptor is open.",
	},
	{
		.causes = { &cause_ghost_fd },
		.line = "close() in a finally: or a with block; ConnectionResetError closes "
			"nothing",
		.more = "The connection is gone, its descriptor is not: it stays for as long as "
			"something refers to the socket object.",
	},
	{ .line = NULL },
};

const struct fix_kind fix_python = {
	.name = "Python",
	.runtime = RUNTIME_PYTHON,
	.rows = rows,
};
