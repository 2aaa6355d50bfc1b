/* SPDX-License-Identifier: Apache-2.0 */
/* The evidence in words: each writes one fact of a finding, or nothing when it is not known. */
#ifndef JUDGE_FACTS_H
#define JUDGE_FACTS_H

#include "judge/account.h"

account_writer fact_receive_queue; /* what is unread, and whether the FIN is */
account_writer fact_send_queue;	   /* what is not acknowledged */
account_writer fact_retransmits;
account_writer fact_window;  /* the peer's, when it is shut */
account_writer fact_epoll;   /* how it is registered, and whether a thread sleeps on that set */
account_writer fact_waiters; /* who waits on the socket itself */
account_writer fact_holders; /* copies in other processes */
account_writer fact_born;    /* the only holder is younger than the last data */
account_writer fact_halted;  /* that its holders do not run */
account_writer fact_timer;   /* keepalive, or that there is no timer at all */
account_writer fact_shutdown;
account_writer fact_last_data;	/* when data last moved */
account_writer fact_last_heard; /* when the peer was last heard */
account_writer fact_accept_queue;
account_writer fact_file;     /* whether a descriptor refers to it at all */
account_writer fact_visible;  /* which processes could not be looked into */
account_writer fact_siblings; /* ESTABLISHED ones to the same peer */
account_writer fact_leg;
account_writer fact_culprit;
account_writer fact_ports;
account_writer fact_idle;

/* What every finding has: who opened it, who closed first, and who is at the other end when that is
 * on this host. */
account_writer facts_tell_story;

#endif
