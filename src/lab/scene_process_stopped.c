// SPDX-License-Identifier: Apache-2.0
/* A good server that was stopped (SIGSTOP) while its peers closed. SIGCONT lets it tidy up. */
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lab/actor.h"
#include "lab/scene.h"
#include "lab/scenes.h"
#include "lab/stage.h"

enum { REQUEST_BYTES = 10 };

static _Noreturn void serve(int epoll_fd)
{
	struct epoll_event event;
	char chunk[512];

	for (;;)
		if (epoll_wait(epoll_fd, &event, 1, -1) == 1 &&
		    recv(event.data.fd, chunk, sizeof(chunk), 0) <= 0)
			close(event.data.fd);
}

static void play(struct actor *a)
{
	struct actor_conns conns;
	int epoll_fd = actor_epoll(a);

	actor_serve(a, &conns);
	actor_watch(a, epoll_fd, EPOLL_CTL_ADD, &conns, EPOLLIN);
	actor_tell(a, WIRE_FIN, a->serve_port, REQUEST_BYTES);
	actor_await_state(a, &conns, TCP_CLOSE_WAIT);
	actor_ready(a);
	raise(SIGSTOP);
	serve(epoll_fd);
}

static int run(struct stage *stage)
{
	int err = stage_cast_all(stage, "lab-server", play, SCENE_SHARE_MAX);

	return err ? err : stage_await_stop(stage);
}

const struct scene scene_process_stopped = {
	.name = "process-stopped",
	.cause = "process-stopped",
	.state = "CLOSE_WAIT",
	.severity = "stuck",
	.role = "accepted",
	.summary = "a good server under SIGSTOP; SIGCONT frees it",
	.run = run,
};
