/* SPDX-License-Identifier: Apache-2.0 */
/* What this process may do beyond an ordinary one, and what to type when it may not. */
#ifndef BASE_CAPABILITY_H
#define BASE_CAPABILITY_H

#include <stdbool.h>
#include <stdint.h>

struct buf;

/* The effective set of the calling thread, bit (1 << CAP_…); 0 also when it cannot be read. */
uint64_t capability_effective(void);

/* Whether the calling thread has CAP_… (linux/capability.h) in effect. */
bool capability_has(int capability);

/* The name ("cap_net_admin") of a capability of linux/capability.h up to Linux 6.18, NULL for one
 * that is newer. */
const char *capability_name(int capability);

/* Whether the capabilities are over the host, not only over a user namespace of it. */
bool capability_is_of_host(void);

/* Adds what gives this program those that it lacks of the `set`: sudo for a user, what to start the
 * container with for a root that lacks them, the host's root for that of a user namespace. Nothing
 * when it has all. */
void capability_put_advice(struct buf *b, uint64_t set);

/* Adds the command that gives this program all of the `set` without sudo, for a user that lacks any
 * of them; else nothing. setcap(8) takes away what it does not name, so there is one for all. */
void capability_put_setcap(struct buf *b, uint64_t set);

#define CAPABILITY_BIT(capability) (1ull << (capability))

#endif
