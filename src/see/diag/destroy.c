// SPDX-License-Identifier: Apache-2.0
/* SOCK_DESTROY (net/ipv4/inet_diag.c:inet_diag_cmd_exact(), net/ipv4/tcp_diag.c:
 * tcp_diag_destroy()). */
#include "see/diag/destroy.h"

#include <errno.h>

#include "see/diag/diag_private.h"
#include "see/diag/uapi.h"

int diag_destroy(struct diag *d, const struct conn *key)
{
	struct diag_walk walk = { .row = diag_drop_row };
	int err;

	if (!key->cookie)
		return -EINVAL;
	diag_put_exact_request(d, UAPI_SOCK_DESTROY, key);
	err = diag_exchange(d, &walk);
	return err == -ESTALE ? -ENOENT : err;
}
