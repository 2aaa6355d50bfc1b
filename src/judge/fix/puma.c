// SPDX-License-Identifier: Apache-2.0
/* Puma, Ruby's web server.
 * Checked against github.com/puma/puma (lib/puma/dsl.rb, docs/restart.md, docs/signals.md) and
 * github.com/zombocom/rack-timeout (doc/settings.md). */
#include "judge/fix/fix.h"

static const struct fix rows[] = {
	{
		.causes = { &cause_never_accepted, &cause_reader_stuck },
		.line = "config/puma.rb: workers 4, threads 5, 5; Rack::Timeout for what takes "
			"too long",
		.more = "When every thread waits, nobody serves what comes. worker_timeout is no "
			"limit on a request: it only ends a worker that does not answer its "
			"master. pumactl stats shows the backlog.",
	},
	{
		.causes = { &cause_eof_unwatched, &cause_eof_ignored },
		.role = ROLE_ACCEPTED,
		.line = "Rack::Timeout (service_timeout 30), and time limits on what requests "
			"wait for",
		.more = "A thread in a request does not look at its client. Net::HTTP has "
			"read_timeout (60 s by default), a database its statement timeout. "
			"Rack::Timeout (15 s by default) raises an exception wherever the thread "
			"is: for finding what is slow rather than for ever.",
	},
	{ .line = NULL },
};

const struct fix_kind fix_puma = {
	.name = "Puma",
	.runtime = RUNTIME_RUBY,
	.words = { "puma" },
	.rows = rows,
	.apply = "pumactl restart (SIGUSR2) reads the file again and first answers the requests it "
		 "has; a phased restart (SIGUSR1) does not read it.",
};
