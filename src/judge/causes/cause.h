/* SPDX-License-Identifier: Apache-2.0 */
/* A cause: one rule, and everything that is said when it holds. Each file beside this one has one.
 */
#ifndef JUDGE_CAUSES_CAUSE_H
#define JUDGE_CAUSES_CAUSE_H

#include <stdint.h>

#include "judge/account.h"
#include "judge/evidence.h"
#include "model/verdict.h"

/* Ways to let go that exist on any host; judge/release.c writes the commands. */
enum release_way {
	RELEASE_ABORT = 1 << 0,	   /* ss -K */
	RELEASE_RESTART = 1 << 1,  /* restart the owner's service */
	RELEASE_CONTINUE = 1 << 2, /* let a stopped owner run again */
	RELEASE_KILL = 1 << 3,	   /* end the process that holds a forgotten copy */
};

/* *shape*: constant. `holds` reads evidence through ev() only; `why` writes one sentence, `fix` one
 * line, both about the whole finding. `fix` and `fix_more` are what is said where judge/fix knows
 * the kind of program no better. */
struct cause {
	const char *id;	    /* public: JSON, metrics, man pages */
	const char *says;   /* one sentence, without numbers */
	uint32_t states;    /* TCP_BIT()s it can hold in */
	uint8_t severity;   /* enum severity */
	uint32_t releases;  /* enum release_way */
	const char *scene;  /* the scene of lab/ that makes it */
	const char *source; /* where the kernel or an RFC says so, or where it was measured */
	enum confidence (*holds)(const struct evidence *e);
	void (*why)(const struct account *a, struct buf *b);
	account_writer *const *facts; /* what the rule read, in words; ends with NULL */
	void (*ends)(const struct account *a, struct ending *ret_end);
	void (*fix)(const struct account *a, struct buf *b);
	bool (*fix_first)(const struct account *a); /* this time `fix` goes before what judge/fix
						       knows, and says it all; NULL: never */
	const char *fix_more; /* sentences: why that, and how; NULL when the line says it all */
};

extern const struct cause cause_never_accepted, cause_owner_hidden, cause_process_stopped,
	cause_send_blocked, cause_shutdown_not_closed, cause_half_close_in_use, cause_inherited,
	cause_proxy_leg, cause_reader_stuck, cause_back_pressure, cause_eof_masked,
	cause_edge_missed, cause_eof_unwatched, cause_eof_ignored, cause_peer_never_closes,
	cause_fin_timeout_pending, cause_peer_silent, cause_peer_not_reading, cause_draining,
	cause_port_pressure, cause_time_wait, cause_ghost_fd, cause_peer_vanished,
	cause_unexplained;

/* The cause in row `row` of the table, NULL when there is none. */
const struct cause *cause_at(uint8_t row);

/* The first cause that holds, and how sure it is. Returns its row, or CAUSE_NONE for a connection
 * that is not to be judged (ESTABLISHED or CLOSED, and healthy). */
#define CAUSE_NONE UINT8_MAX
uint8_t cause_judge(const struct evidence *e, enum confidence *ret_confidence);

#endif
