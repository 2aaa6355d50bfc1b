// SPDX-License-Identifier: Apache-2.0
/* Go.
 * Checked against pkg.go.dev: net, net/http, database/sql; and against Go 1.19. */
#include "judge/fix/fix.h"

static const struct fix rows[] = {
	{
		.causes = { &cause_eof_unwatched },
		.role = ROLE_CONNECTED,
		.when = fix_is_database,
		.line = "defer rows.Close(); db.SetConnMaxIdleTime below the server's idle limit",
		.more = "database/sql looks at an idle connection only when it takes it out "
			"again. SetConnMaxIdleTime (since 1.15) and SetConnMaxLifetime close it "
			"before the server does; rows that are not closed keep theirs.",
	},
	{
		.causes = { &cause_eof_unwatched },
		.role = ROLE_CONNECTED,
		.line = "defer resp.Body.Close() after each request, also where the body is not "
			"read",
		.more = "Until its body is closed or read to the end, a response keeps its "
			"connection and two goroutines. A plain net.Conn nobody reads from needs "
			"a deadline (SetReadDeadline) or Close(). The linter bodyclose finds "
			"them.",
	},
	{
		.causes = { &cause_eof_ignored },
		.role = ROLE_ACCEPTED,
		.line = "handlers return when r.Context() is done; plain connections: defer "
			"conn.Close()",
		.more = "net/http reads the end of file while a handler runs and cancels the "
			"request's context, nothing else: hand r.Context() to what the handler "
			"waits for, or wrap it in http.TimeoutHandler. Of a plain net.Conn, Read "
			"returning io.EOF closes nothing.",
	},
	{
		.causes = { &cause_eof_ignored },
		.line = "defer conn.Close() where the connection is made; Read returning io.EOF "
			"closes nothing",
		.more = "Of two goroutines that copy both ways, the one that sees the end must "
			"close, or set a deadline for, both connections.",
	},
	{
		.causes = { &cause_eof_unwatched, &cause_reader_stuck, &cause_edge_missed },
		.line = "conn.SetReadDeadline, or close on ctx.Done(): the goroutine that should "
			"read waits elsewhere",
		.more = "What it waits for stands in the goroutine dump: kill -ABRT ends the "
			"program with one, net/http/pprof shows it at "
			"/debug/pprof/goroutine?debug=2 without.",
	},
	{
		.causes = { &cause_send_blocked, &cause_peer_not_reading },
		.role = ROLE_ACCEPTED,
		.line = "http.Server{ReadHeaderTimeout: 10s, WriteTimeout: 30s, IdleTimeout: 60s} "
			"(time.Second)",
		.more = "A server made by http.ListenAndServe has none of these: a client that "
			"reads nothing holds its goroutine for as long as the kernel tries. For "
			"long answers ResponseController.SetWriteDeadline (since 1.20); of a "
			"plain net.Conn SetWriteDeadline.",
	},
	{
		.causes = { &cause_peer_vanished, &cause_peer_silent, &cause_send_blocked },
		.line = "conn.SetDeadline before each exchange; http.Client{Timeout: 30 * "
			"time.Second}",
		.more = "Keepalive is on by default (15 s; 30 s in http.DefaultTransport) and "
			"finds an idle peer that is gone; with data on its way only a deadline "
			"does, or TCP_USER_TIMEOUT set in net.Dialer.Control.",
	},
	{
		.causes = { &cause_proxy_leg, &cause_peer_never_closes },
		.line = "after CloseWrite(): SetReadDeadline(time.Now().Add(30 * time.Second)), "
			"then Close()",
		.more = "When one io.Copy of a proxy has ended, the other goes on until its peer "
			"closes; a deadline bounds that. No timer of the kernel ends a "
			"half-closed connection whose descriptor is open.",
	},
	{
		.causes = { &cause_port_pressure },
		.line = "one http.Client for all requests, MaxIdleConnsPerHost (2 by default) as "
			"high as needed",
		.more = "http.Transport closes what is above MaxIdleConnsPerHost after each "
			"request; and a body that is not read to its end is not used again.",
	},
	{ .line = NULL },
};

const struct fix_kind fix_go = {
	.name = "Go",
	.runtime = RUNTIME_GO,
	.rows = rows,
};
