// SPDX-License-Identifier: Apache-2.0
/* Envoy, as such and as a sidecar.
 * Checked against envoyproxy.io/docs: faq/configuration/timeouts; api-v3 tcp_proxy.proto,
 * http_connection_manager.proto, cluster.proto (upstream_connection_options). */
#include "judge/fix/fix.h"

static const struct fix rows[] = {
	{
		.causes = { &cause_proxy_leg, &cause_peer_never_closes, &cause_eof_ignored },
		.line = "tcp_proxy: idle_timeout: 300s (1 h by default)",
		.more = "tcp_proxy passes a half-close on and waits for the other side; "
			"idle_timeout ends a connection on which no byte moves either way. 0s "
			"means never.",
	},
	{
		.causes = { &cause_eof_unwatched, &cause_eof_masked, &cause_back_pressure,
			    &cause_send_blocked, &cause_peer_not_reading },
		.line = "http_connection_manager: stream_idle_timeout: 60s; route: timeout: 15s",
		.more = "Envoy stops reading one side while its buffer for the other is full. "
			"stream_idle_timeout (5 min by default) ends a stream on which nothing "
			"moves, the route's timeout (15 s) one whose answer takes too long; for "
			"TCP it is idle_timeout of tcp_proxy.",
	},
	{
		.causes = { &cause_peer_vanished, &cause_peer_silent },
		.line = "cluster: upstream_connection_options: tcp_keepalive: { keepalive_time: "
			"60 }",
		.more = "keepalive_time and keepalive_interval are seconds, keepalive_probes a "
			"number; without them the kernel first probes after two hours, and only "
			"where keepalive is on. common_http_protocol_options.idle_timeout (1 h by "
			"default) ends idle HTTP connections.",
	},
	{ .line = NULL },
};

const struct fix_kind fix_envoy = {
	.name = "Envoy",
	.exes = { "envoy" },
	.rows = rows,
	.apply = "Listeners and clusters that come by xDS are replaced at once; old listeners are "
		 "drained for --drain-time-s.",
};
