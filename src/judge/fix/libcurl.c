// SPDX-License-Identifier: Apache-2.0
/* Programs that use libcurl.
 * Checked against curl.se/libcurl/c: curl_easy_cleanup, CURLOPT_FORBID_REUSE, CURLOPT_MAXAGE_CONN,
 * CURLOPT_MAXLIFETIME_CONN, CURLOPT_LOW_SPEED_TIME, CURLOPT_TCP_KEEPALIVE. */
#include "judge/fix/fix.h"

static const struct fix rows[] = {
	{
		.causes = { &cause_eof_unwatched, &cause_eof_ignored },
		.role = ROLE_CONNECTED,
		.line = "curl_easy_cleanup() of handles not needed for long, or "
			"CURLOPT_FORBID_REUSE 1",
		.more = "A handle keeps its connections for the next transfer and looks at them "
			"only then: CURLOPT_MAXAGE_CONN (7.65, 118 s) and "
			"CURLOPT_MAXLIFETIME_CONN (7.80) decide about their use, too, when the "
			"next one begins.",
	},
	{
		.causes = { &cause_peer_vanished, &cause_peer_silent, &cause_send_blocked,
			    &cause_reader_stuck },
		.role = ROLE_CONNECTED,
		.line = "CURLOPT_LOW_SPEED_LIMIT 1 with CURLOPT_LOW_SPEED_TIME 60, "
			"CURLOPT_TCP_KEEPALIVE 1",
		.more = "Without them, or CURLOPT_TIMEOUT, a transfer on which nothing moves "
			"waits for as long as the kernel does.",
	},
	{ .line = NULL },
};

const struct fix_kind fix_libcurl = {
	.name = "libcurl",
	.libraries = LIBRARY_CURL,
	.rows = rows,
};
