/* SPDX-License-Identifier: Apache-2.0 */
/* What is meant by the words behind `why`: findings, processes, ports, pairs of addresses, filters;
 * one or several. */
#ifndef CLI_TARGET_H
#define CLI_TARGET_H

#include "base/buf.h"
#include "model/filter.h"
#include "model/snapshot.h"

struct judgement;

enum target_kind {
	TARGET_ID = 1,	  /* digits of a finding's id */
	TARGET_PID,	  /* a process */
	TARGET_ID_OR_PID, /* digits that could be either: the look tells */
	TARGET_OTHER,	  /* :PORT, a pair of addresses, a filter */
};

struct target {
	char *text; /* as a filter, owned */
	const char *word;
	enum target_kind kind;
	struct filter filter;
};

/* All zero at first. Owns its items and text; borrows the words. */
struct targets {
	SNAPSHOT_ARRAY(struct target) items;
	struct filter filter; /* any of them; after targets_settle() */
	struct buf text;      /* the same as typed */
};

void targets_finish(struct targets *t);

/* Takes n words apart. EXIT_DONE, EXIT_USAGE or EXIT_NO_LOOK (the reason was printed). Finish *t in
 * all cases. */
int targets_parse(char *const *words, int n, struct targets *t);

/* Holds them against what is there (judged without a filter): digits get one meaning, and what is
 * not there is added to *missing in sentences. EXIT_DONE; EXIT_USAGE when a word can mean two
 * things that are both there; EXIT_NO_LOOK (the reason was printed). */
int targets_settle(struct targets *t, const struct judgement *j, struct buf *missing);

#endif
