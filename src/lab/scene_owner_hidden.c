// SPDX-License-Identifier: Apache-2.0
/* A descriptor sent over a unix socket and closed by its sender lives in the socket's queue: the
 * connection has an inode, and no process has it (unix(7), SCM_RIGHTS). */
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "lab/actor.h"
#include "lab/scene.h"
#include "lab/scenes.h"
#include "lab/stage.h"

enum { FDS_A_MESSAGE = 200 }; /* net/core/scm.h allows SCM_MAX_FD, 253 */

static void send_fds(struct actor *a, int unix_fd, const int *fds, unsigned n)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(FDS_A_MESSAGE * sizeof(int))];
	} control = { 0 };
	struct iovec byte = { .iov_base = (char[]){ 'c' }, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &byte,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = CMSG_SPACE(n * sizeof(int)),
	};
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);

	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(rights), fds, n * sizeof(int));
	actor_check(a, (int)sendmsg(unix_fd, &message, MSG_DONTWAIT), "send descriptors");
}

static void play(struct actor *a)
{
	struct actor_conns conns;
	int ends[2];

	actor_check(a, socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends),
		    "make a socket pair");
	actor_serve(a, &conns);
	actor_tell(a, WIRE_FIN, a->serve_port, 0);
	actor_await_state(a, &conns, TCP_CLOSE_WAIT);
	for (unsigned i = 0; i < conns.n; i += FDS_A_MESSAGE) {
		unsigned left = conns.n - i;

		send_fds(a, ends[0], conns.fd + i, left < FDS_A_MESSAGE ? left : FDS_A_MESSAGE);
	}
	actor_close(a, &conns);
	actor_ready(a);
	actor_rest();
}

static int run(struct stage *stage)
{
	return stage_cast_all(stage, "lab-passer", play, SCENE_SHARE_MAX);
}

const struct scene scene_owner_hidden = {
	.name = "owner-hidden",
	.cause = "owner-hidden",
	.state = "CLOSE_WAIT",
	.severity = "stuck",
	.role = "accepted",
	.summary = "descriptors on their way through a unix socket: no process holds them",
	.run = run,
};
