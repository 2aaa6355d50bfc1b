// SPDX-License-Identifier: Apache-2.0
/* Does the kernel list its TCP sockets? */
#include <errno.h>
#include <linux/inet_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/error.h"
#include "model/check.h"
#include "see/diag/diag.h"
#include "see/diag/diag_private.h"
#include "see/diag/uapi.h"

static int count_row(void *data, const void *payload, size_t len)
{
	unsigned int *count = data;

	(void)payload;
	(void)len;
	++*count;
	return 0;
}

/* How many listeners of one family there are, or -errno. */
static int list_listeners(int family, unsigned int *ret_count)
{
	struct diag_walk walk = { .row = count_row, .data = ret_count };
	struct inet_diag_req_v2 *request;
	struct diag *d;
	int err = diag_open(&d);

	if (err)
		return err;
	request = mnl_nlmsg_put_extra_header(
		diag_start_request(d, UAPI_SOCK_DIAG_BY_FAMILY, NLM_F_DUMP), sizeof(*request));
	request->sdiag_family = (uint8_t)family;
	request->sdiag_protocol = IPPROTO_TCP;
	request->idiag_states = TCP_BIT(TCP_STATE_LISTEN);
	err = diag_exchange(d, &walk);
	diag_close(d);
	return err;
}

static void run(struct check_answer *a)
{
	unsigned int v4 = 0, v6 = 0;
	int err4 = list_listeners(AF_INET, &v4), err6 = list_listeners(AF_INET6, &v6);

	if (err4) {
		a->result = CHECK_NO;
		buf_printf(&a->found, "asking for the listeners of IPv4: %s", error_text(err4));
		buf_puts(&a->get, "modprobe tcp_diag, or a kernel with CONFIG_INET_TCP_DIAG; in a "
				  "sandbox, allow netlink sockets");
		return;
	}
	buf_printf(&a->found, "IPv4 lists %u listener%s", v4, v4 == 1 ? "" : "s");
	/* A kernel without IPv6 has no such sockets. */
	if (err6 == -ENOENT || !err6) {
		a->result = CHECK_YES;
		buf_printf(&a->found, err6 ? ", IPv6 is not in this kernel" : ", IPv6 %u", v6);
		return;
	}
	a->result = CHECK_PARTLY;
	buf_printf(&a->found, ", IPv6: %s", error_text(err6));
}

const struct check check_sock_diag = {
	.id = "sock_diag",
	.what = "the kernel's table of TCP sockets",
	.lost = "nothing can be told at all",
	.run = run,
};
