// SPDX-License-Identifier: Apache-2.0
/* Programs on libevent.
 * Checked against libevent.org (event2/bufferevent.h). */
#include "judge/fix/fix.h"

static const struct fix rows[] = {
	{
		.causes = { &cause_eof_ignored, &cause_ghost_fd },
		.line = "bufferevent_free() on BEV_EVENT_EOF and BEV_EVENT_ERROR, with "
			"BEV_OPT_CLOSE_ON_FREE",
		.more = "After the event callback a bufferevent stays, and its descriptor with "
			"it, until it is freed.",
	},
	{
		.causes = { &cause_eof_unwatched, &cause_eof_masked },
		.line = "bufferevent_enable(bev, EV_READ) again, and bufferevent_set_timeouts()",
		.more = "A bufferevent that is disabled for reading, or whose high watermark is "
			"reached, is not told of the end.",
	},
	{
		.causes = { &cause_send_blocked, &cause_back_pressure, &cause_peer_vanished },
		.line = "bufferevent_set_timeouts(bev, &read, &write), and bufferevent_free() on "
			"BEV_EVENT_TIMEOUT",
		.more = "Without them a bufferevent waits for its peer for ever.",
	},
	{ .line = NULL },
};

const struct fix_kind fix_libevent = {
	.name = "libevent",
	.runtime = RUNTIME_NATIVE,
	.libraries = LIBRARY_EVENT,
	.rows = rows,
};
