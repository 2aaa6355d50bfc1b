/* SPDX-License-Identifier: Apache-2.0 */
/* What most commands begin with: look at the host as the options say, and judge what was seen. */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "cli/command.h"
#include "judge/judge.h"
#include "see/look/look.h"

/* The options every looking command has, for its table. */
#define SESSION_OPTIONS                                                                            \
	{ .name = "here", .help = "look only into this network namespace" },                       \
		{ .name = "older-than",                                                            \
		  .arg = "TIME",                                                                   \
		  .help = "call stuck what is at least so old (default 3s; 500ms, 2m, 1h)" },      \
		{ .name = "no-bpf", .help = "look without BPF, as where it is not allowed" },      \
	{                                                                                          \
		.name = "verbose", .letter = 'v', .help = "print what the libraries say"           \
	}

/* Of those that can look twice. */
#define AGAIN_OPTION                                                                               \
	{                                                                                          \
		.name = "again", .arg = "TIME",                                                    \
		.help = "look twice, so long apart (10s, 1m), and tell what grows and what moves"  \
	}

struct session {
	struct snapshot snapshot;
	struct snapshot earlier; /* the first of two looks */
	struct judgement judgement;
	struct look_options look;
	struct judge_options judge;
	uint32_t again_ms; /* between two looks; 0: one look */
};

/* Fills the options of *ret from the command line. EXIT_DONE or EXIT_USAGE (the reason was
 * printed). */
int session_options(const struct invocation *in, struct session *ret);

/* Fills again_ms from --again. EXIT_DONE or EXIT_USAGE (the reason was printed). */
int session_again(const struct invocation *in, struct session *s);

/* Looks, twice if so asked (meanwhile it says on a terminal how long it still waits), and judges.
 * EXIT_DONE, or EXIT_NO_LOOK (the reason was printed). Finish *s in both cases.
 */
int session_look(struct session *s);

/* Reads what the threads of n owners (rows of snapshot.processes) do, as far as the look did not,
 * and judges again when that told anything. EXIT_DONE, or EXIT_NO_LOOK (the reason was printed). */
int session_look_at_threads(struct session *s, const uint32_t *processes, size_t n);

/* Adds the call stacks of n owners' threads to the snapshot, as look.stacks says; no verdict hangs
 * on them. EXIT_DONE, or EXIT_NO_LOOK (the reason was printed). */
int session_look_at_stacks(struct session *s, const uint32_t *processes, size_t n);

void session_finish(struct session *s);

#endif
