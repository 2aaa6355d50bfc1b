// SPDX-License-Identifier: Apache-2.0
/* HAProxy.
 * Checked against its configuration manual (docs.haproxy.org, doc/configuration.txt), sections 4.2,
 * 5.1 and 5.2; and against HAProxy 2.6.12. */
#include "judge/fix/fix.h"

static const struct fix rows[] = {
	{
		.causes = { &cause_proxy_leg, &cause_peer_never_closes },
		.line = "haproxy.cfg, defaults: timeout client-fin 30s, timeout server-fin 30s",
		.more = "They bound how long a connection stays that one side has closed. Neither "
			"is set by default, so that timeout client, timeout server or, for a "
			"tunnel, timeout tunnel goes on for it, often an hour.",
	},
	{
		.causes = { &cause_eof_unwatched, &cause_eof_ignored, &cause_eof_masked },
		.role = ROLE_ACCEPTED,
		.line = "haproxy.cfg: option abortonclose (HTTP), timeout server 30s, timeout "
			"client 30s",
		.more = "An HTTP client that closes while the server has not answered may have "
			"finished sending only: HAProxy does not look at it again before the "
			"answer. option abortonclose takes it for gone. Of a TCP proxy it does "
			"not read one side while the other takes nothing: the timeout of the side "
			"that does not move ends both (timeout tunnel, where that is set).",
	},
	{
		.causes = { &cause_eof_unwatched, &cause_eof_ignored, &cause_eof_masked,
			    &cause_back_pressure },
		.line = "haproxy.cfg: timeout client 30s, timeout server 30s, timeout tunnel 10m",
		.more = "HAProxy does not read one side while the other takes nothing: the "
			"timeout of the side that does not move ends both. A tunnel (TCP, "
			"WebSocket, CONNECT) has timeout tunnel instead where that is set.",
	},
	{
		.causes = { &cause_peer_vanished, &cause_peer_silent, &cause_send_blocked,
			    &cause_peer_not_reading },
		.role = ROLE_ACCEPTED,
		.line = "haproxy.cfg: bind … tcp-ut 30s, option clitcpka, clitcpka-idle 60s",
		.more = "tcp-ut sets TCP_USER_TIMEOUT: a client that does not acknowledge for so "
			"long is dropped by the kernel, also after HAProxy has closed. clitcpka "
			"sends keepalives to idle ones, clitcpka-idle says after which time.",
	},
	{
		.causes = { &cause_peer_vanished, &cause_peer_silent, &cause_send_blocked,
			    &cause_peer_not_reading },
		.role = ROLE_CONNECTED,
		.line = "haproxy.cfg: server … tcp-ut 30s, option srvtcpka, srvtcpka-idle 60s",
		.more = "tcp-ut sets TCP_USER_TIMEOUT: a server that does not acknowledge for so "
			"long is dropped by the kernel, also after HAProxy has closed. srvtcpka "
			"sends keepalives to idle ones, srvtcpka-idle says after which time.",
	},
	{
		.causes = { &cause_never_accepted },
		.line = "haproxy.cfg: a higher maxconn, in global and in the frontend; timeout "
			"client 30s",
		.more = "At maxconn HAProxy stops accepting, and clients wait in the kernel's "
			"queue until others leave. timeout client makes idle ones leave; \"show "
			"info\" on the stats socket has CurrConns and Maxconn.",
	},
	{
		.causes = { &cause_port_pressure },
		.line = "haproxy.cfg, backend: http-reuse always, option http-keep-alive",
		.more = "Idle connections to servers are then used for other clients' requests "
			"too; a pool-max-conn on the server line bounds how many are kept.",
	},
	{ .line = NULL },
};

const struct fix_kind fix_haproxy = {
	.name = "HAProxy",
	.runtime = RUNTIME_HAPROXY,
	.rows = rows,
	.apply = "haproxy -c -f FILE checks it, a reload brings it in: the old process first "
		 "finishes what it serves, at most for hard-stop-after.",
};
