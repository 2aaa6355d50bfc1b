// SPDX-License-Identifier: Apache-2.0
/* Can a socket be ended in the kernel? Tried on a connection of our own, in a network namespace of
 * our own that ends with the try. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/capability.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/capability.h"
#include "base/child.h"
#include "base/error.h"
#include "base/fd.h"
#include "model/check.h"
#include "see/diag/destroy.h"

#define TRY_MS	5000
#define WAIT_MS 2000

#ifndef SO_COOKIE /* asm-generic/socket.h, Linux 4.12 */
#define SO_COOKIE 57
#endif

/* In a user namespace one may do in it what root may, with no right outside. */
static int enter_own_namespace(void)
{
	_close_ int fd = -1;
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };

	if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return -errno;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
}

/* A connection over loopback: *ret_near is its connecting end. */
static int connect_pair(int *ret_near, int *ret_far)
{
	_close_ int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	_close_ int near = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int far;

	if (listener < 0 || near < 0 || bind(listener, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    listen(listener, 1) < 0 || getsockname(listener, (struct sockaddr *)&at, &len) < 0 ||
	    connect(near, (struct sockaddr *)&at, sizeof(at)) < 0)
		return -errno;
	far = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (far < 0)
		return -errno;
	*ret_far = far;
	*ret_near = take_fd(&near);
	return 0;
}

static int key_of(int fd, struct conn *ret_key)
{
	struct sockaddr_in local, remote;
	socklen_t local_len = sizeof(local), remote_len = sizeof(remote);
	uint64_t cookie;
	socklen_t cookie_len = sizeof(cookie);

	if (getsockname(fd, (struct sockaddr *)&local, &local_len) < 0 ||
	    getpeername(fd, (struct sockaddr *)&remote, &remote_len) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &cookie_len) < 0)
		return -errno;
	*ret_key = (struct conn){
		.local = endpoint_make(AF_INET, &local.sin_addr, ntohs(local.sin_port)),
		.remote = endpoint_make(AF_INET, &remote.sin_addr, ntohs(remote.sin_port)),
		.cookie = cookie,
	};
	return 0;
}

/* 0 when the socket was ended, and only then. */
static int destroy_own(int fd)
{
	struct pollfd p = { .fd = fd };
	struct diag *d;
	struct conn key;
	int err = key_of(fd, &key);

	if (!err)
		err = diag_open(&d);
	if (err)
		return err;
	err = diag_destroy(d, &key);
	diag_close(d);
	if (err)
		return err;
	return poll(&p, 1, WAIT_MS) > 0 && p.revents & (POLLERR | POLLHUP) ? 0 : -ETIMEDOUT;
}

static int try_destroy(void *data, struct buf *out)
{
	_close_ int near = -1, far = -1;
	int err = enter_own_namespace();

	(void)data;
	if (err) {
		buf_puts(out, "making a network namespace to try it in");
		return err;
	}
	err = connect_pair(&near, &far);
	if (err) {
		buf_puts(out, "making a connection to try it on");
		return err;
	}
	buf_puts(out, "ending a connection of its own");
	return destroy_own(near);
}

static enum fact is_permitted(void)
{
	struct diag *d;
	enum fact can = FACT_UNKNOWN;

	if (diag_open(&d) == 0) {
		can = diag_can_destroy(d);
		diag_close(d);
	}
	return can;
}

static void run(struct check_answer *a)
{
	int err = child_try(try_destroy, NULL, TRY_MS, &a->found);
	enum fact permitted = is_permitted();

	buf_printf(&a->found, ": %s", err ? error_text(err) : "done");
	if (permitted == FACT_YES) {
		a->result = err == -EOPNOTSUPP ? CHECK_NO : CHECK_YES;
		buf_puts(&a->found, "; permitted on this host's");
	} else if (permitted == FACT_NO) {
		a->result = CHECK_NO;
		buf_puts(&a->found, "; not permitted on this host's");
		capability_put_advice(&a->get, CAPABILITY_BIT(CAP_NET_ADMIN));
	}
	if (err == -EOPNOTSUPP) {
		a->get.len = 0;
		buf_puts(&a->get, "a kernel with CONFIG_INET_DIAG_DESTROY");
	}
}

const struct check check_destroy = {
	.id = "destroy",
	.what = "ending a socket in the kernel (SOCK_DESTROY)",
	.lost = "ss -K and what else ends a single connection from outside does not work; "
		"restarting its program does",
	.run = run,
};
