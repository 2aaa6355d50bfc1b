/* SPDX-License-Identifier: Apache-2.0 */
/* Why does nobody accept the connections that wait at a listener? */
#ifndef JUDGE_ACCEPTING_H
#define JUDGE_ACCEPTING_H

#include "judge/account.h"

enum accepting {
	ACCEPTING_UNKNOWN = 0,
	ACCEPTING_HALTED,    /* nobody who listens runs */
	ACCEPTING_FULL,	     /* one who listens has no file descriptor left */
	ACCEPTING_ELSEWHERE, /* no thread waits for new connections, and some are elsewhere */
	ACCEPTING_NOT_ASKED, /* no thread waits for new connections, and none is busy */
	ACCEPTING_AWAITED,   /* one does */
	ACCEPTING_MAX,
};

/* Judges by every process that holds the listener (a row of conns). *ret_process: the one the
 * answer is about, ROW_NONE for several or none. Pure. */
enum accepting accepting_judge(const struct index *x, uint32_t listener, uint32_t *ret_process);

/* The same for a finding. ACCEPTING_UNKNOWN where its listener is not known. */
enum accepting accepting_of(const struct account *a, uint32_t *ret_process);

/* ", for it does not run", ": its only thread sleeps" … after "… has not called accept()". */
void put_not_accepting(struct buf *b, const struct account *a);

/* Evidence: the same. */
account_writer fact_accepting;

#endif
