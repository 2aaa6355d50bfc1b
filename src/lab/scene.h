/* SPDX-License-Identifier: Apache-2.0 */
/* The scenes of the lab: one row makes one closing state for real. */
#ifndef LAB_SCENE_H
#define LAB_SCENE_H

#include <stdbool.h>

struct stage;

/* How many connections one process of a scene holds at most, for want of descriptors. */
#define SCENE_SHARE_MAX 15000

/* *shape*: `cause` is an id of the causes' vocabulary, "" when nothing in the scene is stuck or
 * closing. `state` is where the connections under study are, as the RFC names it. */
struct scene {
	const char *name;
	const char *cause;
	const char *state;
	const char *severity; /* "stuck", "expected", or "none" when cause is "" */
	const char *role;     /* "accepted" (by this host), "connected" (to the peer), "both" */
	const char *summary;  /* what is made, one line, without a full stop */
	unsigned min_count;   /* 0 stands for 1 */
	unsigned max_count;   /* 0 stands for what scene_max_count() says */

	/* Puts the scene on an open stage and returns when the state is reached: 0, or -errno with
	 * the stage's error set; -EINTR when a signal to end came first. */
	int (*run)(struct stage *stage);
};

/* Each process that accepts has a port of its own, and so needs no more of the other host's ports
 * than its share; those that connect share this host's ports toward one port of the other. */
#define SCENE_ACCEPTED_MAX  200000
#define SCENE_CONNECTED_MAX 40000

/* All scenes in the order of the causes' vocabulary; ends with NULL. */
extern const struct scene *const scene_table[];

/* How many connections may be asked for. */
unsigned scene_min_count(const struct scene *scene);
unsigned scene_max_count(const struct scene *scene);

/* The scene of that name, or NULL. */
const struct scene *scene_find(const char *name);

#endif
