// SPDX-License-Identifier: Apache-2.0
/* Rust programs, most of them on tokio.
 * Checked against docs.rs/tokio: time::timeout, task::spawn_blocking, io::copy_bidirectional;
 * docs.rs/socket2. */
#include "judge/fix/fix.h"

static const struct fix rows[] = {
	{
		.causes = { &cause_eof_ignored, &cause_edge_missed },
		.line = "drop the TcpStream when read() returns Ok(0): it closes when its last "
			"owner goes",
		.more = "A stream that stays in a map, an Arc or a task that waits for something "
			"else stays open; into_split() closes only when both halves are dropped.",
	},
	{
		.causes = { &cause_reader_stuck, &cause_never_accepted },
		.line = "no blocking call in an async fn: tokio::task::spawn_blocking(…); a std "
			"Mutex not held over .await",
		.more = "A blocked worker thread of the runtime serves none of its tasks; with "
			"one worker (current_thread) nobody at all. tokio-console shows tasks "
			"that are busy for long.",
	},
	{
		.causes = { &cause_eof_unwatched },
		.line = "tokio::time::timeout(…) around reads, select! with a shutdown; drop idle "
			"connections of pools",
		.more = "The task that should read waits for something else, or the stream lies "
			"in a pool: reqwest and hyper: pool_idle_timeout (90 s by default).",
	},
	{
		.causes = { &cause_send_blocked, &cause_peer_vanished, &cause_peer_silent,
			    &cause_back_pressure },
		.line = "tokio::time::timeout(…) around write_all(); socket2: "
			"set_tcp_user_timeout, set_tcp_keepalive",
		.more = "tokio has no time limits of its own; socket2::SockRef::from(&stream) "
			"sets the socket options.",
	},
	{
		.causes = { &cause_proxy_leg, &cause_peer_never_closes },
		.line = "tokio::time::timeout(…) around copy_bidirectional() or after shutdown()",
		.more = "copy_bidirectional() ends when both directions have; one peer that does "
			"not close holds both connections.",
	},
	{ .line = NULL },
};

const struct fix_kind fix_rust = {
	.name = "Rust",
	.runtime = RUNTIME_NATIVE,
	.libraries = LIBRARY_RUST,
	.rows = rows,
};
