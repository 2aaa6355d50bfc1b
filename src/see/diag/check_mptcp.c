// SPDX-License-Identifier: Apache-2.0
/* Are there connections of several paths here? */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "model/check.h"

#ifndef IPPROTO_MPTCP /* Linux 5.6 */
#define IPPROTO_MPTCP 262
#endif

static void run(struct check_answer *a)
{
	_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP);
	long enabled = 0;
	int err = fd < 0 ? -errno : 0;

	a->result = CHECK_YES;
	if (!err)
		buf_puts(&a->found, "sockets of it can be made");
	else if (err == -EPROTONOSUPPORT || err == -EINVAL)
		buf_puts(&a->found, "not in this kernel: there are no such connections");
	else if (file_read_long("/proc/sys/net/mptcp/enabled", &enabled) == 0 && !enabled)
		buf_puts(&a->found, "switched off here (net.mptcp.enabled)");
	else
		buf_printf(&a->found, "making a socket of it: %s", error_text(err));
	if (err && err != -EPROTONOSUPPORT && err != -EINVAL && err != -ENOPROTOOPT)
		a->result = CHECK_UNKNOWN;
}

const struct check check_mptcp = {
	.id = "mptcp",
	.what = "connections of several paths",
	.lost = "nothing: where they cannot be made there are none",
	.run = run,
};
