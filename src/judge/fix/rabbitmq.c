// SPDX-License-Identifier: Apache-2.0
/* RabbitMQ.
 * Checked against rabbitmq.com/docs: heartbeats, networking. */
#include "judge/fix/fix.h"

static const struct fix rows[] = {
	{
		.causes = { &cause_peer_vanished, &cause_peer_silent, &cause_send_blocked,
			    &cause_peer_not_reading },
		.line = "rabbitmq.conf: heartbeat = 60, tcp_listen_options.keepalive = true",
		.more = "After two heartbeats without an answer the connection is closed, where "
			"the client has not turned them off (60 s is what the broker suggests). "
			"tcp_listen_options.send_timeout (15000 ms) bounds each send.",
	},
	{ .line = NULL },
};

const struct fix_kind fix_rabbitmq = {
	.name = "RabbitMQ",
	.runtime = RUNTIME_ERLANG,
	.words = { "rabbit" },
	.rows = rows,
	.apply = "Heartbeats are agreed on when a client connects; the file is read when the node "
		 "starts.",
};
