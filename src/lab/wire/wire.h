/* SPDX-License-Identifier: Apache-2.0 */
/* The process that plays the other host. */
#ifndef LAB_WIRE_WIRE_H
#define LAB_WIRE_WIRE_H

struct actor;

/* Opens the link in the process's namespace and plays the other host over it, for ever: takes
 * packets, and orders (wire/order.h) over actor->wire_fd. Prints segments to actor->log_fd unless
 * it is -1. */
void wire_play(struct actor *actor);

#endif
