// SPDX-License-Identifier: Apache-2.0
/* Programs on libuv other than Node.
 * Checked against docs.libuv.org: stream (uv_read_cb), handle. */
#include "judge/fix/fix.h"

static const struct fix rows[] = {
	{
		.causes = { &cause_eof_ignored, &cause_ghost_fd },
		.line = "uv_close() when the read callback gets UV_EOF (nread < 0)",
		.more = "libuv stops reading at the end of file and closes nothing.",
	},
	{
		.causes = { &cause_eof_unwatched, &cause_eof_masked },
		.line = "uv_read_start() again after uv_read_stop(), or uv_close() after a "
			"uv_timer_t",
		.more = "A stream that is not being read is not in libuv's epoll set, so that its "
			"end is seen by nobody.",
	},
	{ .line = NULL },
};

const struct fix_kind fix_libuv = {
	.name = "libuv",
	.runtime = RUNTIME_NATIVE,
	.libraries = LIBRARY_UV,
	.rows = rows,
};
