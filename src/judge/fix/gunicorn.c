// SPDX-License-Identifier: Apache-2.0
/* gunicorn.
 * Checked against docs.gunicorn.org: settings, design; and against gunicorn 20.1. */
#include "judge/fix/fix.h"

static const struct fix rows[] = {
	{
		.causes = { &cause_never_accepted },
		.line = "gunicorn --workers 4 --threads 8, and a time limit on what requests wait "
			"for",
		.more = "A sync worker serves one request at a time, and nobody accepts while all "
			"wait. --threads makes them gthread workers; 2 × cores + 1 workers is the "
			"usual number. --timeout (30 s) ends a sync worker that hangs.",
	},
	{
		.causes = { &cause_reader_stuck, &cause_eof_unwatched, &cause_eof_ignored },
		.role = ROLE_ACCEPTED,
		.line = "gunicorn --timeout 30 (sync workers), and a time limit on what requests "
			"wait for",
		.more = "A worker that waits for a database or another service does not look at "
			"its client. --timeout kills a sync worker that is silent for so long; "
			"for threaded and async workers it does not bound a request: give "
			"requests timeout=(5, 30), a query a statement_timeout.",
	},
	{ .line = NULL },
};

const struct fix_kind fix_gunicorn = {
	.name = "gunicorn",
	.runtime = RUNTIME_PYTHON,
	.words = { "gunicorn" },
	.rows = rows,
	.apply = "In gunicorn.conf.py; SIGHUP to the master brings it in: new workers start, old "
		 "ones finish within --graceful-timeout (30 s).",
};
