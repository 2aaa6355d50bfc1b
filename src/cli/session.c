// SPDX-License-Identifier: Apache-2.0
/* Looking and judging, as every command does it. */
#include "cli/session.h"

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/duration.h"
#include "base/error.h"

int session_options(const struct invocation *in, struct session *ret)
{
	const char *older = command_value(in, "older-than");

	*ret = (struct session){ .judge = { .older_than_ms = JUDGE_OLDER_THAN_MS } };
	ret->look.here = command_value(in, "here") != NULL;
	ret->look.no_bpf = command_value(in, "no-bpf") != NULL;
	ret->look.verbose = command_value(in, "verbose") != NULL;
	if (older && duration_parse(older, &ret->judge.older_than_ms))
		return command_fail(EXIT_USAGE,
				    "--older-than %s: not a time; write 500ms, 3s, 2m or 1h",
				    older);
	return EXIT_DONE;
}

/* Closer together than this two looks see no more than one. */
#define AGAIN_LEAST_MS 100

int session_again(const struct invocation *in, struct session *s)
{
	const char *again = command_value(in, "again");

	if (!again)
		return EXIT_DONE;
	if (duration_parse(again, &s->again_ms) || s->again_ms < AGAIN_LEAST_MS)
		return command_fail(EXIT_USAGE,
				    "--again %s: not a time between two looks; write 10s or 1m",
				    again);
	if (s->again_ms <= s->judge.older_than_ms)
		return command_fail(EXIT_USAGE,
				    "--again %s: what comes between two looks must grow older "
				    "than --older-than (3s if not said); write a longer time",
				    again);
	return EXIT_DONE;
}

static int fail_to_look(int err)
{
	switch (err) {
	case -ENOMEM:
		return command_fail(EXIT_NO_LOOK, "looking at the sockets: out of memory");
	case -EAGAIN:
		return command_fail(EXIT_NO_LOOK,
				    "looking at the sockets: no memory or no further thread; raise "
				    "the limits of this shell (ulimit -v, ulimit -u)");
	case -EMFILE:
	case -ENFILE:
		return command_fail(EXIT_NO_LOOK,
				    "looking at the sockets: %s; raise the limit of this shell "
				    "(ulimit -n 64)",
				    error_text(err));
	case -EPROTONOSUPPORT:
	case -ENOENT:
		return command_fail(
			EXIT_NO_LOOK,
			"asking the kernel for its TCP sockets: it has no sock_diag; "
			"load it (modprobe tcp_diag) or use a kernel with CONFIG_INET_DIAG");
	case -ENXIO:
		return command_fail(EXIT_NO_LOOK,
				    "looking at the sockets: /proc is not there; mount it (mount "
				    "-t proc proc /proc)");
	default:
		return command_fail(EXIT_NO_LOOK, "asking the kernel for its TCP sockets: %s",
				    error_text(err));
	}
}

/* One descriptor is held for each namespace that has sockets: with many of them the usual soft
 * limit of 1,024 is soon met, and the hard one is ours to use. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* Who watches is told how long; an interrupt ends the program as ever. */
static void wait_for_second_look(uint32_t ms)
{
	uint64_t end_ns = clock_mono_ns() + (uint64_t)ms * 1000000;
	bool is_watched = isatty(STDERR_FILENO);

	for (uint64_t now; (now = clock_mono_ns()) < end_ns;) {
		uint64_t left_ms = (end_ns - now) / 1000000, step_ms = left_ms % 1000;

		if (is_watched)
			fprintf(stderr, "\rlooking again in %llu s \x1b[K",
				(unsigned long long)((left_ms + 999) / 1000));
		clock_sleep_until(now + (step_ms ? step_ms : 1000) * 1000000);
	}
	if (is_watched)
		fputs("\r\x1b[K", stderr);
}

int session_look(struct session *s)
{
	int err = 0;

	raise_descriptor_limit();
	s->look.older_than_ms = s->judge.older_than_ms;
	s->look.counters = s->again_ms > 0;
	if (s->again_ms) {
		s->judge.earlier = &s->earlier;
		err = look_take(&s->look, &s->earlier);
		if (!err)
			wait_for_second_look(s->again_ms);
	}
	if (!err)
		err = look_take(&s->look, &s->snapshot);
	if (!err)
		err = judge_run(&s->snapshot, &s->judge, &s->judgement);
	return err ? fail_to_look(err) : EXIT_DONE;
}

int session_look_at_threads(struct session *s, const uint32_t *processes, size_t n)
{
	size_t before = s->snapshot.threads.n;
	int err = look_at_threads(&s->snapshot, processes, n, s->look.threads_ms);

	if (!err && s->snapshot.threads.n > before) {
		judgement_finish(&s->judgement);
		err = judge_run(&s->snapshot, &s->judge, &s->judgement);
	}
	return err ? fail_to_look(err) : EXIT_DONE;
}

int session_look_at_stacks(struct session *s, const uint32_t *processes, size_t n)
{
	int err = look_stacks(&s->look, &s->snapshot, processes, n);

	return err ? fail_to_look(err) : EXIT_DONE;
}

void session_finish(struct session *s)
{
	judgement_finish(&s->judgement);
	snapshot_finish(&s->snapshot);
	snapshot_finish(&s->earlier);
}
