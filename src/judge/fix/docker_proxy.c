// SPDX-License-Identifier: Apache-2.0
/* Docker's userland proxy for published ports.
 * Checked against github.com/moby/moby (cmd/docker-proxy/tcp_proxy_linux.go) and the option
 * userland-proxy of dockerd, as the CIS Docker Benchmark (2.16) describes it. */
#include "judge/fix/fix.h"

static const struct fix rows[] = {
	{
		.causes = { &cause_proxy_leg, &cause_peer_never_closes, &cause_eof_ignored,
			    &cause_eof_unwatched },
		.line = "daemon.json: \"userland-proxy\": false, and repair the end that does not "
			"close",
		.more = "docker-proxy passes a half-close on and waits for the other end without "
			"a time limit. Without it published ports go through the kernel's NAT "
			"(hairpin NAT from this host).",
	},
	{ .line = NULL },
};

const struct fix_kind fix_docker_proxy = {
	.name = "docker-proxy",
	.exes = { "docker-proxy" },
	.rows = rows,
	.apply = "dockerd must be restarted for it; with \"live-restore\": true containers go on.",
};
