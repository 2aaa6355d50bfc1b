// SPDX-License-Identifier: Apache-2.0
/* Ruby programs.
 * Checked against docs.ruby-lang.org (Socket, Net::HTTP, IO#timeout=) and api.rubyonrails.org
 * (ActiveRecord::DatabaseConfigurations::HashConfig: idle_timeout, reaping_frequency). */
#include "judge/fix/fix.h"

static const struct fix rows[] = {
	{
		.causes = { &cause_eof_unwatched },
		.role = ROLE_CONNECTED,
		.when = fix_is_database,
		.line = "database.yml: idle_timeout below the server's (300 by default); "
			"with_connection { … } in threads",
		.more = "Active Record's reaper closes idle connections after idle_timeout; a "
			"thread that took one and never gave it back keeps it.",
	},
	{
		.causes = { &cause_eof_unwatched, &cause_eof_ignored },
		.role = ROLE_CONNECTED,
		.line = "Net::HTTP.start(…) { |http| … } in its block form, or http.finish in an "
			"ensure",
		.more = "The block closes the connection on every path; a session left open looks "
			"at its socket only before the next request. TCPSocket.open has a block "
			"form, too.",
	},
	{
		.causes = { &cause_eof_ignored, &cause_ghost_fd },
		.line = "socket.close in an ensure: read returning nil, or an exception, closes "
			"nothing",
		.more = "The descriptor stays for as long as something refers to the object.",
	},
	{
		.causes = { &cause_eof_unwatched, &cause_reader_stuck },
		.line = "time limits on what its threads wait for: read_timeout, write_timeout, "
			"IO#timeout= (3.2)",
		.more = "The thread that should read is somewhere else; rbspy snapshot --pid PID "
			"shows where.",
	},
	{ .line = NULL },
};

const struct fix_kind fix_ruby = {
	.name = "Ruby",
	.runtime = RUNTIME_RUBY,
	.rows = rows,
};
