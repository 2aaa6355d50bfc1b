// SPDX-License-Identifier: Apache-2.0
/* Java programs on Netty, where they use its native transport.
 * Checked against netty.io/4.1/api: ChannelPipeline, ChannelOption, handler.timeout,
 * EpollChannelOption. */
#include "judge/fix/fix.h"

static const struct fix rows[] = {
	{
		.causes = { &cause_reader_stuck, &cause_never_accepted },
		.line = "no blocking call in a ChannelHandler: addLast(new "
			"DefaultEventExecutorGroup(16), handler)",
		.more = "An event loop serves many channels: what blocks in one handler stops "
			"them all. jcmd PID Thread.print shows it in the thread of the loop.",
	},
	{
		.causes = { &cause_eof_unwatched, &cause_eof_masked },
		.line = "ReadTimeoutHandler(30) or IdleStateHandler in the pipeline; read() where "
			"AUTO_READ is off",
		.more = "A channel with ChannelOption.AUTO_READ off is read only when read() is "
			"called, and does not see its end before.",
	},
	{
		.causes = { &cause_eof_ignored },
		.line = "close() on ChannelInputShutdownEvent, or ALLOW_HALF_CLOSURE off (the "
			"default)",
		.more = "With ChannelOption.ALLOW_HALF_CLOSURE Netty keeps a channel open after "
			"the peer's end and only fires that event.",
	},
	{
		.causes = { &cause_send_blocked, &cause_peer_vanished, &cause_peer_silent,
			    &cause_back_pressure },
		.line = "WriteTimeoutHandler(30), EpollChannelOption.TCP_USER_TIMEOUT 30000, "
			"SO_KEEPALIVE",
		.more = "WriteTimeoutHandler closes a channel whose write has not finished in "
			"time; TCP_USER_TIMEOUT (milliseconds) lets the kernel do it.",
	},
	{ .line = NULL },
};

const struct fix_kind fix_netty = {
	.name = "Netty",
	.runtime = RUNTIME_JVM,
	.libraries = LIBRARY_NETTY,
	.rows = rows,
};
