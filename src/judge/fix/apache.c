// SPDX-License-Identifier: Apache-2.0
/* Apache httpd.
 * Checked against httpd.apache.org/docs/2.4: core, mod_proxy (parameters of ProxyPass),
 * mod_reqtimeout, mod_proxy_wstunnel, mpm_common. */
#include "judge/fix/fix.h"

static const struct fix rows[] = {
	{
		.causes = { &cause_eof_unwatched, &cause_eof_ignored },
		.role = ROLE_CONNECTED,
		.line = "ProxyPass … ttl=30, shorter than the backend keeps idle connections; or "
			"disablereuse=on",
		.more = "mod_proxy keeps connections to backends and looks at one only before it "
			"uses it again: those that the backend has closed stay. ttl= (seconds) "
			"says how long an idle one may be used; it is closed when its turn comes. "
			"disablereuse=on closes each after use.",
	},
	{
		.causes = { &cause_eof_unwatched, &cause_eof_ignored, &cause_reader_stuck },
		.line = "ProxyTimeout 60, TimeOut 60: how long a request may wait for its backend "
			"or its client",
		.more = "While a worker waits for a backend it does not look at its client. "
			"ProxyTimeout is TimeOut (60 s by default) unless it is set; per backend "
			"it is timeout= of ProxyPass.",
	},
	{
		.causes = { &cause_never_accepted },
		.line = "a higher MaxRequestWorkers; KeepAliveTimeout 5, RequestReadTimeout "
			"header=10-30,MinRate=500",
		.more = "When every worker is taken nobody accepts. The others give workers back "
			"sooner: KeepAliveTimeout (5 s by default) from idle clients, "
			"RequestReadTimeout (mod_reqtimeout) from slow ones; mod_status shows "
			"what they do.",
	},
	{
		.causes = { &cause_proxy_leg, &cause_peer_never_closes },
		.line = "ProxyTimeout 60; for WebSockets ProxyWebsocketIdleTimeout 60",
		.more = "A tunnel lasts until both sides have closed; ProxyWebsocketIdleTimeout "
			"(mod_proxy_wstunnel, 0, never, by default) ends one on which nothing "
			"moves.",
	},
	{
		.causes = { &cause_send_blocked, &cause_peer_vanished, &cause_peer_silent,
			    &cause_peer_not_reading, &cause_back_pressure },
		.line = "TimeOut 30, RequestReadTimeout body=20,MinRate=500",
		.more = "TimeOut (60 s by default) is how long httpd waits for an acknowledgement "
			"when the send buffer is full, and for a packet when it reads.",
	},
	{ .line = NULL },
};

const struct fix_kind fix_apache = {
	.name = "Apache httpd",
	.exes = { "apache2", "httpd" },
	.rows = rows,
	.apply = "apachectl configtest checks it, apachectl graceful brings it in: old workers "
		 "first finish what they serve.",
};
