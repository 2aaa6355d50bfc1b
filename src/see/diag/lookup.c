// SPDX-License-Identifier: Apache-2.0
/* One socket: is it still there, and could it be destroyed? */
#include "see/diag/diag.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "see/diag/diag_private.h"
#include "see/diag/uapi.h"

/* The kernel hands out cookies counting up from 1, per CPU in steps (net/core/sock_diag.c:
 * __sock_gen_cookie()); this one is beyond what can ever be reached, and not INET_DIAG_NOCOOKIE. */
#define COOKIE_OF_NOBODY 0xfffffffffffffffeull

/* Without a cookie the kernel may answer with the listener on that port (facts F70): well for
 * asking, never for destroying. */
static void put_id(struct inet_diag_sockid *id, const struct conn *key)
{
	id->idiag_sport = htons(key->local.port);
	id->idiag_dport = htons(key->remote.port);
	memcpy(id->idiag_src, key->local.addr, sizeof(id->idiag_src));
	memcpy(id->idiag_dst, key->remote.addr, sizeof(id->idiag_dst));
	id->idiag_if = key->ifindex;
	id->idiag_cookie[0] = key->cookie ? (uint32_t)key->cookie : INET_DIAG_NOCOOKIE;
	id->idiag_cookie[1] = key->cookie ? (uint32_t)(key->cookie >> 32) : INET_DIAG_NOCOOKIE;
}

void diag_put_exact_request(struct diag *d, uint16_t type, const struct conn *key)
{
	struct nlmsghdr *head = diag_start_request(d, type, NLM_F_ACK);
	struct inet_diag_req_v2 *request = mnl_nlmsg_put_extra_header(head, sizeof(*request));

	request->sdiag_family = key->local.version == 6 ? AF_INET6 : AF_INET;
	request->sdiag_protocol = IPPROTO_TCP;
	request->idiag_ext = 1u << (UAPI_DIAG_INFO - 1);
	request->idiag_states = UINT32_MAX;
	put_id(&request->id, key);
}

struct one_row {
	struct conn conn;
	bool found;
};

static int take_row(void *data, const void *payload, size_t len)
{
	struct one_row *one = data;

	one->found = true;
	return diag_decode(payload, len, &one->conn);
}

int diag_get(struct diag *d, const struct conn *key, struct conn *ret_now)
{
	struct one_row one = { .conn = { .netns = key->netns,
					 .role = key->role,
					 .listener = key->listener,
					 .holders = key->holders,
					 .n_holders = key->n_holders,
					 .last_data_sent_ms = VALUE_UNKNOWN,
					 .last_data_recv_ms = VALUE_UNKNOWN,
					 .last_ack_recv_ms = VALUE_UNKNOWN,
					 .idle_ms = VALUE_UNKNOWN } };
	struct diag_walk walk = { .row = take_row, .data = &one };
	int err;

	if (!key->cookie && !key->inode)
		return -EINVAL;
	diag_put_exact_request(d, UAPI_SOCK_DIAG_BY_FAMILY, key);
	err = diag_exchange(d, &walk);
	/* ESTALE: the addresses belong to a socket with another cookie by now. */
	if (err == -ESTALE || (!err && !one.found))
		return -ENOENT;
	if (err)
		return err;
	if (key->cookie ? one.conn.cookie != key->cookie : one.conn.inode != key->inode)
		return -ENOENT;
	*ret_now = one.conn;
	return 0;
}

int diag_drop_row(void *data, const void *payload, size_t len)
{
	(void)data;
	(void)payload;
	(void)len;
	return 0;
}

/* Whether the kernel counts us as network administrator of d's namespace, asked of itself: a filter
 * on the socket mark is refused to all others before anything is walked (net/ipv4/inet_diag.c:
 * inet_diag_bc_audit()), and a dump of no state lists nothing. */
static enum fact is_net_admin(struct diag *d)
{
	struct {
		struct inet_diag_bc_op op;
		struct {
			uint32_t mark, mask;
		} arg;
	} program = { .op = { .code = UAPI_DIAG_BC_MARK_COND,
			      .yes = sizeof(program),
			      .no = sizeof(program) + sizeof(struct inet_diag_bc_op) } };
	struct diag_walk walk = { .row = diag_drop_row };
	struct nlmsghdr *head = diag_start_request(d, UAPI_SOCK_DIAG_BY_FAMILY, NLM_F_DUMP);
	struct inet_diag_req_v2 *request = mnl_nlmsg_put_extra_header(head, sizeof(*request));
	int err;

	request->sdiag_family = AF_INET;
	request->sdiag_protocol = IPPROTO_TCP;
	err = diag_put_bytecode(head, &program, sizeof(program));
	if (!err)
		err = diag_exchange(d, &walk);
	if (err == -EPERM)
		return FACT_NO;
	return err ? FACT_UNKNOWN : FACT_YES;
}

/* A kernel with SOCK_DESTROY looks the socket up first and only then asks for the privilege, so
 * both are asked apart. The socket asked for cannot exist: nothing is ever bound to port 0, and
 * should a sk_lookup program hand the kernel some listener all the same, its cookie is not
 * COOKIE_OF_NOBODY and the kernel answers ESTALE (net/core/sock_diag.c:sock_diag_check_cookie()).
 */
enum fact diag_can_destroy(struct diag *d)
{
	const struct conn nobody = { .local = { .version = 4 },
				     .remote = { .version = 4 },
				     .cookie = COOKIE_OF_NOBODY };
	struct diag_walk walk = { .row = diag_drop_row };
	enum fact admin = is_net_admin(d);
	int err;

	if (admin != FACT_YES)
		return admin;
	diag_put_exact_request(d, UAPI_SOCK_DESTROY, &nobody);
	err = diag_exchange(d, &walk);
	if (err == -ENOENT || err == -ESTALE)
		return FACT_YES;
	return err == -EOPNOTSUPP || err == -EPERM || err == -EINVAL ? FACT_NO : FACT_UNKNOWN;
}
