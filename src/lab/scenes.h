/* SPDX-License-Identifier: Apache-2.0 */
/* One line a scene: the row that its file defines. */
#ifndef LAB_SCENES_H
#define LAB_SCENES_H

#include "lab/scene.h"

/* Every scene, in the order of the causes' vocabulary. */
#define LAB_SCENES(X)                                                                              \
	X(never_accepted)                                                                          \
	X(never_accepted_busy)                                                                     \
	X(never_accepted_full)                                                                     \
	X(never_accepted_stopped)                                                                  \
	X(never_accepted_worker)                                                                   \
	X(owner_hidden)                                                                            \
	X(process_stopped)                                                                         \
	X(send_blocked)                                                                            \
	X(send_blocked_silent)                                                                     \
	X(half_close_in_use)                                                                       \
	X(half_close_in_use_draining)                                                              \
	X(inherited)                                                                               \
	X(inherited_two)                                                                           \
	X(proxy_leg)                                                                               \
	X(reader_stuck)                                                                            \
	X(reader_stuck_threads)                                                                    \
	X(reader_stuck_oneshot)                                                                    \
	X(reader_stuck_forked)                                                                     \
	X(reader_stuck_reading)                                                                    \
	X(reader_stuck_sleeping)                                                                   \
	X(reader_stuck_computing)                                                                  \
	X(reader_stuck_writing)                                                                    \
	X(back_pressure)                                                                           \
	X(eof_masked)                                                                              \
	X(eof_masked_copied)                                                                       \
	X(edge_missed)                                                                             \
	X(eof_unwatched)                                                                           \
	X(eof_unwatched_data)                                                                      \
	X(eof_unwatched_pool)                                                                      \
	X(eof_unwatched_accepted)                                                                  \
	X(eof_unwatched_idle_pool)                                                                 \
	X(eof_unwatched_leak)                                                                      \
	X(eof_ignored)                                                                             \
	X(shutdown_not_closed)                                                                     \
	X(half_close_in_use_fin_wait_2)                                                            \
	X(reader_stuck_fin_wait_2)                                                                 \
	X(peer_never_closes)                                                                       \
	X(fin_timeout_pending)                                                                     \
	X(fin_timeout_pending_long)                                                                \
	X(peer_silent)                                                                             \
	X(peer_silent_last_ack)                                                                    \
	X(peer_silent_closing)                                                                     \
	X(peer_not_reading)                                                                        \
	X(peer_not_reading_last_ack)                                                               \
	X(draining)                                                                                \
	X(port_pressure)                                                                           \
	X(time_wait)                                                                               \
	X(ghost_fd)                                                                                \
	X(peer_vanished)                                                                           \
	X(peer_vanished_keepalive)                                                                 \
	X(peer_vanished_window)                                                                    \
	X(unexplained)                                                                             \
	X(healthy)                                                                                 \
	X(healthy_odd)                                                                             \
	X(forking_server)

#define LAB_DECLARE(name) extern const struct scene scene_##name;
LAB_SCENES(LAB_DECLARE)
#undef LAB_DECLARE

#endif
