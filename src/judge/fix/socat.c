// SPDX-License-Identifier: Apache-2.0
/* socat.
 * Checked against socat(1) of socat 1.7.4 (dest-unreach.org/socat/doc/socat.html), and tried. */
#include "judge/fix/fix.h"

static const struct fix rows[] = {
	{
		.causes = { &cause_proxy_leg, &cause_peer_never_closes },
		.line = "socat -t 30 (0.5 by default): how long to wait for the other end after "
			"one has finished",
		.more = "With a large -t a relay waits that long for a side that does not close. "
			"-T 600 ends it, too, when nothing has moved for so long.",
	},
	{
		.causes = { &cause_eof_unwatched, &cause_eof_ignored, &cause_back_pressure,
			    &cause_reader_stuck },
		.line = "socat -T 600: ends a relay on which nothing has moved for so long",
		.more = "One side is not read while the other takes nothing; there is no time "
			"limit on that by default.",
	},
	{
		.causes = { &cause_peer_vanished, &cause_peer_silent, &cause_send_blocked },
		.line = "socat …,keepalive,keepidle=60,keepintvl=10,keepcnt=3 on each TCP "
			"address; -T 600",
		.more = "keepalive finds a peer that is gone while nothing is sent; -T ends the "
			"relay when nothing has moved for so long.",
	},
	{ .line = NULL },
};

const struct fix_kind fix_socat = {
	.name = "socat",
	.exes = { "socat", "socat1" },
	.rows = rows,
};
