// SPDX-License-Identifier: Apache-2.0
/* Redis and Valkey.
 * Checked against the redis.conf and the command reference of Redis 7 (redis.io/docs), and against
 * CONFIG GET of Redis 7.0.15. */
#include "judge/fix/fix.h"

static const struct fix rows[] = {
	{
		.causes = { &cause_reader_stuck, &cause_never_accepted },
		.line = "find the long command (SLOWLOG GET 10), and split it: SCAN for KEYS, "
			"UNLINK for DEL",
		.more = "One thread serves everybody, and nobody while a command runs. With "
			"latency-monitor-threshold set, LATENCY DOCTOR tells when it was not a "
			"command but the disk or a fork; SCRIPT KILL ends a script that has not "
			"written yet.",
	},
	{
		.causes = { &cause_peer_vanished, &cause_peer_silent },
		.role = ROLE_ACCEPTED,
		.line = "redis.conf: tcp-keepalive 60, timeout 600",
		.more = "tcp-keepalive (300 s by default) finds a client that is gone; timeout "
			"(0, never, by default) closes clients that say nothing for so long.",
	},
	{
		.causes = { &cause_send_blocked, &cause_peer_not_reading },
		.line = "redis.conf: client-output-buffer-limit normal 256mb 64mb 60",
		.more = "It ends a client that does not read once so much waits for it (at once, "
			"or for so many seconds); for normal clients there is no limit by "
			"default.",
	},
	{ .line = NULL },
};

const struct fix_kind fix_redis = {
	.name = "Redis",
	.runtime = RUNTIME_REDIS,
	.rows = rows,
	.apply = "CONFIG SET does the same at once and ends no connection, CONFIG REWRITE keeps "
		 "it.",
};
