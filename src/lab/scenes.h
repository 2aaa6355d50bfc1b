/* SPDX-License-Identifier: Apache-2.0 */
/* One line a scene: the row that its file defines. */
#ifndef LAB_SCENES_H
#define LAB_SCENES_H

#include "lab/scene.h"

/* Every scene, in the order of the causes' vocabulary. */
#define LAB_SCENES(X)                                                                              \
	X(never_accepted)                                                                          \
	X(eof_unwatched)                                                                           \
	X(eof_unwatched_data)                                                                      \
	X(eof_unwatched_pool)                                                                      \
	X(eof_ignored)                                                                             \
	X(shutdown_not_closed)                                                                     \
	X(peer_never_closes)                                                                       \
	X(fin_timeout_pending)                                                                     \
	X(fin_timeout_pending_long)                                                                \
	X(peer_silent)                                                                             \
	X(peer_silent_last_ack)                                                                    \
	X(peer_silent_closing)

#define LAB_DECLARE(name) extern const struct scene scene_##name;
LAB_SCENES(LAB_DECLARE)
#undef LAB_DECLARE

#endif
