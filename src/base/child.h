/* SPDX-License-Identifier: Apache-2.0 */
/* Trying something in a process of its own: whatever it changes ends with it. */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

struct buf;

/* Runs try(data, out) in a child and returns what that returned (an int, -errno for failures); what
 * it added to `out` is added to *b. The child is killed after timeout_ms, and with us. -ETIMEDOUT;
 * -ECHILD when it ended without an answer; or why it could not be started. The caller must have no
 * other threads. */
int child_try(int (*try)(void *data, struct buf *out), void *data, unsigned int timeout_ms,
	      struct buf *b);

#endif
