/* SPDX-License-Identifier: Apache-2.0 */
/* A network namespace's TCP settings and counts, read for the calling thread's current one. */
#ifndef SEE_DIAG_SETTINGS_H
#define SEE_DIAG_SETTINGS_H

#include "model/snapshot.h"
#include "model/sockstat.h"
#include "see/diag/diag.h"

/* Reads the sysctls of the calling thread's network namespace; VALUE_UNKNOWN where one cannot be
 * read or is not a number the field can hold (a negative tcp_fin_timeout is read as 0: it means the
 * same, facts F46). Needs no privilege, only /proc. */
void diag_read_settings(struct netns_settings *ret);

/* Reads /proc/thread-self/net/sockstat and sockstat6; VALUE_UNKNOWN where unreadable. */
void diag_read_sockstat(struct sockstat *ret);

/* Reads the counters of /proc/thread-self/net/netstat into row->tw_overflows and listen_overflows;
 * COUNTER_UNKNOWN where unreadable. */
void diag_read_counters(struct netns_row *row);

/* What can be said without dumping healthy sockets: sets row->counts of ESTABLISHED (those the
 * namespace has in use less those counted in other states), of TIME_WAIT (all minisockets less
 * orphan FIN_WAIT_2) when it was not dumped, and row->counted. `states` are those that counts was
 * taken over. A count whose parts are unknown, or do not add up because the table moved between the
 * two readings, becomes VALUE_UNKNOWN. Pure. */
void diag_settle_counts(const struct sockstat *stat, const struct diag_counts *counts,
			uint32_t states, struct netns_row *row);

#endif
