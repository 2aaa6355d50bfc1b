/* SPDX-License-Identifier: Apache-2.0 */
/* What the threads of an owner do, in words. */
#ifndef JUDGE_DOING_H
#define JUDGE_DOING_H

#include "judge/account.h"

/* Writes what the owner's threads do (of what nobody accepts, those of the one who should) into
 * a->f: thread_groups, most of interest first, and `doing`, one sentence about all. Nothing where
 * they were not looked at. */
void doing_tell(struct account *a);

/* "its only thread sleeps", "3 of its 40 threads read from 10.2.0.30:5432 (nothing has come for 40
 * s)": what the threads of a process row do that are elsewhere, those that surely are before those
 * that only may be. False (and nothing written) when there are none. */
bool put_elsewhere(struct buf *b, const struct index *x, uint32_t process);

/* "its only thread waits on another set": where the connection is in an epoll set on which nobody
 * waits, what its owner's threads do that surely are not elsewhere. False (and nothing
 * written) in other cases, and where it is not known. */
bool put_aside(struct buf *b, const struct account *a);

/* Evidence: what the owner's threads do, as far as a rule looked at that. */
account_writer fact_threads;

#endif
