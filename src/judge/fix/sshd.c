// SPDX-License-Identifier: Apache-2.0
/* OpenSSH's server.
 * Checked against sshd_config(5) of OpenSSH 9.9 (man.openbsd.org/sshd_config). */
#include "judge/fix/fix.h"

static const struct fix rows[] = {
	{
		.causes = { &cause_eof_unwatched, &cause_eof_ignored, &cause_peer_never_closes,
			    &cause_proxy_leg, &cause_back_pressure },
		.line = "sshd_config: ChannelTimeout direct-tcpip=10m forwarded-tcpip=10m",
		.more = "A forwarded connection stays until both its ends have closed. "
			"ChannelTimeout (since 9.2, none by default) closes forwardings on which "
			"nothing moves.",
	},
	{
		.causes = { &cause_peer_vanished, &cause_peer_silent, &cause_send_blocked,
			    &cause_peer_not_reading },
		.line = "sshd_config: ClientAliveInterval 30, ClientAliveCountMax 3",
		.more = "sshd then asks a silent client every 30 s and ends the session after "
			"three questions without an answer; the interval is 0, never, by default. "
			"TCPKeepAlive, on by default, only works at the kernel's pace: after two "
			"hours.",
	},
	{
		.causes = { &cause_never_accepted, &cause_reader_stuck },
		.line = "sshd_config: LoginGraceTime 30, MaxStartups 10:30:100",
		.more = "They bound how many connections are not logged in yet, and for how long; "
			"UseDNS no and a PAM module that does not wait keep logins short.",
	},
	{ .line = NULL },
};

const struct fix_kind fix_sshd = {
	.name = "OpenSSH",
	.exes = { "sshd", "sshd-session" },
	.rows = rows,
	.apply = "sshd -t checks it, systemctl reload ssh brings it in; sessions that are open "
		 "keep what they began with.",
};
