// SPDX-License-Identifier: Apache-2.0
/* Puma, Ruby's web server.
 * Checked against puma.io (lib/puma/dsl.rb) and github.com/zombocom/rack-timeout. */
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
			"read_timeout (60 s by default), a database its statement timeout.",
	},
	{ .line = NULL },
};

const struct fix_kind fix_puma = {
	.name = "Puma",
	.runtime = RUNTIME_RUBY,
	.words = { "puma" },
	.rows = rows,
	.apply = "pumactl phased-restart (SIGUSR1, with workers) brings it in worker by worker, "
		 "without ending requests.",
};
