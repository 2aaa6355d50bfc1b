// SPDX-License-Identifier: Apache-2.0
/* nginx, and what is built from it under its name.
 * Checked against nginx.org/en/docs: ngx_core_module, http/ngx_http_core_module,
 * http/ngx_http_proxy_module, http/ngx_http_upstream_module, stream/ngx_stream_proxy_module; and
 * against nginx 1.22.1. */
#include "judge/fix/fix.h"

static const struct fix rows[] = {
	{
		.causes = { &cause_eof_unwatched },
		.role = ROLE_ACCEPTED,
		.line = "nginx.conf: proxy_ignore_client_abort off, and a proxy_read_timeout "
			"(60s)",
		.more = "With proxy_ignore_client_abort on, nginx does not look at a client while "
			"it waits for the upstream; off, the default, closes both sides as soon "
			"as the client has gone. fastcgi_, uwsgi_ and scgi_ignore_client_abort do "
			"the same. proxy_read_timeout bounds the wait for an upstream that says "
			"nothing.",
	},
	{
		.causes = { &cause_proxy_leg, &cause_eof_ignored },
		.line = "nginx.conf, stream {}: proxy_half_close off, and a proxy_timeout (say "
			"1m)",
		.more = "proxy_half_close (since 1.21.4, off by default) keeps the other "
			"direction open until both sides have closed. proxy_timeout, 10m by "
			"default, ends a connection on which nothing moves either way; for a "
			"WebSocket through http {} proxy_read_timeout does.",
	},
	{
		.causes = { &cause_peer_never_closes },
		.role = ROLE_CONNECTED,
		.line = "nginx.conf, stream {}: proxy_half_close off, and a proxy_timeout (say "
			"1m)",
		.more = "It has passed the client's end on and waits for the upstream's, which "
			"does not come. proxy_half_close (since 1.21.4) is off by default; "
			"proxy_timeout is 10m.",
	},
	{
		.causes = { &cause_peer_never_closes },
		.role = ROLE_ACCEPTED,
		.line = "nginx.conf: lingering_timeout 5s, lingering_time 30s (the defaults)",
		.more = "After its answer nginx keeps a client that may still be sending, and "
			"reads and drops what comes: lingering_timeout bounds each wait, "
			"lingering_time all of them.",
	},
	{
		.causes = { &cause_peer_not_reading, &cause_send_blocked, &cause_back_pressure },
		.line = "nginx.conf: send_timeout 30s, reset_timedout_connection on, listen … "
			"sndbuf=64k",
		.more = "send_timeout (60s by default) ends a client that takes nothing between "
			"two writes; reset_timedout_connection sends it RST, so that the kernel "
			"does not keep what was not sent in FIN_WAIT_1. What fits into the send "
			"buffer is written at once and no timeout of nginx covers it: sndbuf= on "
			"listen keeps that small.",
	},
	{
		.causes = { &cause_peer_vanished, &cause_peer_silent },
		.role = ROLE_ACCEPTED,
		.line = "nginx.conf: send_timeout 30s, reset_timedout_connection on, "
			"so_keepalive=60s:10s:3",
		.more = "so_keepalive, a parameter of listen, finds idle clients that are gone. "
			"While data is on its way only send_timeout does, and only once the send "
			"buffer is full; below that the kernel gives up by net.ipv4.tcp_retries2.",
	},
	{
		.causes = { &cause_peer_vanished },
		.role = ROLE_CONNECTED,
		.line = "nginx.conf: proxy_socket_keepalive on, and a proxy_read_timeout (60s)",
		.more = "proxy_socket_keepalive (since 1.15.6) sets SO_KEEPALIVE toward "
			"upstreams; when it probes is up to net.ipv4.tcp_keepalive_time.",
	},
	{
		.causes = { &cause_never_accepted },
		.line = "nginx.conf: higher worker_rlimit_nofile and worker_connections, aio "
			"threads",
		.more = "A worker that has no descriptor or connection left does not accept; nor "
			"does one that waits for the disk, unless aio threads (since 1.7.11) does "
			"that for it. The error log says which.",
	},
	{
		.causes = { &cause_reader_stuck },
		.line = "nginx.conf: aio threads for slow disks, worker_processes auto",
		.more = "Each worker is one thread: what blocks it (a slow disk, a module, a "
			"large compression) stops all its connections. aio threads (since 1.7.11) "
			"reads files in other threads.",
	},
	{
		.causes = { &cause_port_pressure },
		.line = "nginx.conf: upstream { keepalive 32; }, proxy_http_version 1.1, empty "
			"Connection header",
		.more = "With proxy_set_header Connection \"\" nginx uses its connections to the "
			"upstream again; since 1.29.7 that is the default.",
	},
	{ .line = NULL },
};

const struct fix_kind fix_nginx = {
	.name = "nginx",
	.runtime = RUNTIME_NGINX,
	.rows = rows,
	.apply = "nginx -t checks it, nginx -s reload brings it in: the old workers first finish "
		 "what they serve, and what hangs there hangs on, at most for "
		 "worker_shutdown_timeout.",
};
