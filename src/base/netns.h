/* SPDX-License-Identifier: Apache-2.0 */
/* Doing something inside another network namespace. */
#ifndef BASE_NETNS_H
#define BASE_NETNS_H

/* Moves the calling thread into the network namespace open at netns_fd. Needs CAP_SYS_ADMIN in both
 * user namespaces. Other threads stay where they are. 0 or -errno. */
int netns_enter(int netns_fd);

/* Opens the calling thread's network namespace (not that of the process's first thread).
 * Returns an fd the caller owns, or -errno. */
int netns_open_own(void);

#endif
