/* SPDX-License-Identifier: Apache-2.0 */
/* A pair of network devices, each the other's far end. */
#ifndef LAB_WIRE_VETH_H
#define LAB_WIRE_VETH_H

/* Makes the pair in the calling process's network namespace, both ends down. Needs CAP_NET_ADMIN
 * over it. 0 or -errno: -EOPNOTSUPP where the kernel has no veth. */
int veth_create(const char *name, const char *peer_name);

#endif
