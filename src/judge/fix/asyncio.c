// SPDX-License-Identifier: Apache-2.0
/* Python programs on asyncio.
 * Checked against docs.python.org/3/library: asyncio-stream, asyncio-task, asyncio-dev; and against
 * Python 3.11. */
#include "judge/fix/fix.h"

static const struct fix rows[] = {
	{
		.causes = { &cause_eof_ignored },
		.line = "writer.close() in a finally: of the handler; read() returning b'' closes "
			"nothing",
		.more = "asyncio keeps the transport of a stream open after the end of file, so "
			"that the answer can still be sent; that the handler has returned does "
			"not close it either. await writer.wait_closed() waits until it is done; "
			"in a Protocol, eof_received() returning None closes it.",
	},
	{
		.causes = { &cause_reader_stuck, &cause_never_accepted },
		.line = "await asyncio.to_thread(…) for what blocks the event loop (sleep, "
			"requests, a query)",
		.more = "One call that is not awaited stops every connection of the loop. "
			"asyncio.to_thread() is there since 3.9, loop.run_in_executor() before; "
			"PYTHONASYNCIODEBUG=1 logs each callback that took over 100 ms.",
	},
	{
		.causes = { &cause_send_blocked, &cause_back_pressure },
		.when = fix_is_in_epoll,
		.line = "await asyncio.wait_for(writer.drain(), 30), then "
			"writer.transport.abort()",
		.more = "drain() waits for as long as the peer does not read. transport.abort() "
			"drops what was not sent; close() would go on waiting for it.",
	},
	{ .line = NULL },
};

const struct fix_kind fix_asyncio = {
	.name = "Python asyncio",
	.runtime = RUNTIME_PYTHON,
	.libraries = LIBRARY_ASYNCIO,
	.rows = rows,
};
