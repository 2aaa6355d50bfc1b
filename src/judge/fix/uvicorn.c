// SPDX-License-Identifier: Apache-2.0
/* uvicorn.
 * Checked against www.uvicorn.org/settings and fastapi.tiangolo.com/async. */
#include "judge/fix/fix.h"

static const struct fix rows[] = {
	{
		.causes = { &cause_never_accepted, &cause_reader_stuck },
		.line = "no blocking call in async def: a plain def handler, or await "
			"asyncio.to_thread(…); --workers 4",
		.more = "One call that is not awaited stops every connection of the worker. "
			"Starlette and FastAPI run plain def handlers in threads. "
			"--limit-concurrency answers 503 instead of queueing.",
	},
	{
		.causes = { &cause_eof_ignored, &cause_eof_unwatched, &cause_send_blocked,
			    &cause_back_pressure },
		.role = ROLE_ACCEPTED,
		.line = "asyncio.timeout(30) around what the handler awaits; await "
			"request.is_disconnected()",
		.more = "The server sees the client go, a handler that waits does not: "
			"asyncio.timeout() (3.11; asyncio.wait_for() before) bounds it. "
			"--timeout-keep-alive (5 s) is for idle clients only.",
	},
	{ .line = NULL },
};

const struct fix_kind fix_uvicorn = {
	.name = "uvicorn",
	.runtime = RUNTIME_PYTHON,
	.words = { "uvicorn" },
	.rows = rows,
	.apply = "New workers are needed for it: SIGTERM lets the old ones finish within "
		 "--timeout-graceful-shutdown.",
};
