/* SPDX-License-Identifier: Apache-2.0 */
/* Ending one socket in the kernel, whoever holds it. */
#ifndef SEE_DIAG_DESTROY_H
#define SEE_DIAG_DESTROY_H

#include "see/diag/diag.h"

/* Ends the socket with these addresses and this cookie in d's namespace. Without a cookie the
 * kernel could take a listener for it (facts F70), so key->cookie must be known. 0; -EINVAL without
 * one; -ENOENT when it is gone or another socket has its place; -EPERM without CAP_NET_ADMIN over
 * the namespace; -EOPNOTSUPP without CONFIG_INET_DIAG_DESTROY; another -errno. */
int diag_destroy(struct diag *d, const struct conn *key);

#endif
