/* SPDX-License-Identifier: Apache-2.0 */
/* Judgements made by hand, for what shows them. */
#ifndef UNIT_SHOW_FIXTURE_H
#define UNIT_SHOW_FIXTURE_H

#include "model/finding.h"

/* Owns both; `judgement.snapshot` points into it, so it is not to be copied. */
struct fixture {
	struct snapshot snapshot;
	struct judgement judgement;
};

void fixture_finish(struct fixture *f);

/* A host as root sees it: two findings, the other end known, something expected beside. */
void fixture_root(struct fixture *f);

/* The same, only what a filter means. */
void fixture_filtered(struct fixture *f);

/* The same host as a user without privileges sees it: an owner hidden, blind spots. */
void fixture_user(struct fixture *f);

/* n findings. */
void fixture_many(struct fixture *f, unsigned int n);

/* n findings of one process that differ by their peer; the last one by its role too. */
void fixture_peers(struct fixture *f, unsigned int n);

/* One finding whose every text tries to take over the terminal, and a command line of 4 KB. */
void fixture_hostile(struct fixture *f);

/* A relay between a local client and its upstream; a child has a copy of the first leg. */
void fixture_relay(struct fixture *f);

/* The host as root sees it, with call stacks of the first owner and none of the second. */
void fixture_stacks(struct fixture *f);

/* A host on which nothing is stuck. */
void fixture_nothing(struct fixture *f);

/* One connection of every state, most facts unknown. */
void fixture_states(struct fixture *f);

/* Gives the finding what its owner's 412 threads do, as screens.md shows it. */
void fixture_add_doing(struct fixture *f, struct finding *finding, uint32_t process);

/* n CLOSE_WAIT connections in 10 processes, with watches: for measuring. */
void fixture_load(struct fixture *f, unsigned int n, int family);

#endif
