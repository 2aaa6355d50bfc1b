/* SPDX-License-Identifier: Apache-2.0 */
/* The processes of a stage: how they start, what they tell, how they end. */
#ifndef LAB_CREW_H
#define LAB_CREW_H

#include <sys/types.h>

struct stage;

/* What a process tells the stage over its pipe: one write of the whole struct, which is less than
 * PIPE_BUF and so never torn. */
enum crew_note_kind {
	CREW_READY = 1,
	CREW_FAILED,  /* value: errno; text: what was tried */
	CREW_PROCESS, /* value: pid of another process of the scene; text: its role */
};

struct crew_note {
	int kind; /* enum crew_note_kind */
	int value;
	char text[160];
};

/* Makes the calling process, newly forked, one that dies with the process `parent`: whatever kills
 * that one, SIGKILL included, and at once (prctl(2) PR_SET_PDEATHSIG; the parent's *thread* that
 * forked must live on). Sets the comm. Ends the process if the parent is gone already. */
void crew_bind(pid_t parent, const char *role);

/* Ends all processes of the stage and every other child of the calling process; waits until they
 * are gone, at most 10 s. */
void crew_end(struct stage *stage);

#endif
