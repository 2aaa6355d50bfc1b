// SPDX-License-Identifier: Apache-2.0
/* Python programs on gevent.
 * Checked against www.gevent.org: gevent.monkey, gevent.threadpool, gevent.Timeout. */
#include "judge/fix/fix.h"

static const struct fix rows[] = {
	{
		.causes = { &cause_reader_stuck, &cause_never_accepted },
		.line = "monkey.patch_all() before every other import; "
			"gevent.get_hub().threadpool.spawn() for the rest",
		.more = "A call that gevent does not know (a C driver, a long computation) stops "
			"every greenlet. GEVENT_MONITOR_THREAD_ENABLE=1 reports what blocks the "
			"loop.",
	},
	{
		.causes = { &cause_eof_unwatched, &cause_eof_ignored },
		.role = ROLE_ACCEPTED,
		.line = "with gevent.Timeout(30): around what the handler waits for, and "
			"sock.close() in a finally",
		.more = "The greenlet that should read waits for something else; recv() returning "
			"b'' closes nothing.",
	},
	{ .line = NULL },
};

const struct fix_kind fix_gevent = {
	.name = "gevent",
	.runtime = RUNTIME_PYTHON,
	.libraries = LIBRARY_GEVENT,
	.rows = rows,
};
