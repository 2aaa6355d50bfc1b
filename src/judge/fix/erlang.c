// SPDX-License-Identifier: Apache-2.0
/* Erlang and Elixir.
 * Checked against erlang.org/doc: kernel/gen_tcp, kernel/inet. */
#include "judge/fix/fix.h"

static const struct fix rows[] = {
	{
		.causes = { &cause_eof_unwatched, &cause_eof_masked },
		.line = "inet:setopts(S, [{active, once}]) again after each message, or "
			"gen_tcp:close(S)",
		.more = "A socket that is passive, or whose {active, once} is spent, is not "
			"polled: its end is seen by the next gen_tcp:recv() only. The socket goes "
			"with the process that owns it.",
	},
	{
		.causes = { &cause_eof_ignored },
		.line = "gen_tcp:close(S) on {error, closed}, or {exit_on_close, true} (the "
			"default)",
		.more = "With {exit_on_close, false} the socket stays open after the peer's end, "
			"so that it can still be written to, until gen_tcp:close().",
	},
	{
		.causes = { &cause_send_blocked, &cause_back_pressure, &cause_peer_not_reading },
		.line = "{send_timeout, 30000}, {send_timeout_close, true} among the socket's "
			"options",
		.more = "gen_tcp:send() waits for ever by default; with both it gives up and "
			"closes the socket.",
	},
	{
		.causes = { &cause_peer_vanished, &cause_peer_silent },
		.line = "{keepalive, true}, {raw, 6, 18, <<30000:32/native>>} (TCP_USER_TIMEOUT) "
			"among the options",
		.more = "keepalive probes at the kernel's pace, after two hours by default; "
			"TCP_USER_TIMEOUT (option 18 of protocol 6) ends a connection whose peer "
			"acknowledges nothing for so many milliseconds.",
	},
	{ .line = NULL },
};

const struct fix_kind fix_erlang = {
	.name = "Erlang",
	.runtime = RUNTIME_ERLANG,
	.rows = rows,
};
