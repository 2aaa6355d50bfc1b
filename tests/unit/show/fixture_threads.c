// SPDX-License-Identifier: Apache-2.0
/* What a program with many threads does. */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void add_threads(struct finding *finding, struct thread_group group, const char *text)
{
	group.text = strdup(text);
	if (!group.text || array_grow(&finding->thread_groups, 1))
		abort();
	group.n_tids = group.count < FINDING_TIDS ? group.count : FINDING_TIDS;
	for (uint32_t i = 0; i < group.n_tids; i++)
		group.tids[i] = 5000 + (uint32_t)finding->thread_groups.n * 100 + i;
	finding->thread_groups.items[finding->thread_groups.n++] = group;
}

void fixture_add_doing(struct fixture *f, struct finding *finding, uint32_t process)
{
	snapshot_process(&f->snapshot, process)->threads = 412;
	snapshot_process(&f->snapshot, process)->threads_seen = THREADS_ALL;
	finding->doing_of = process;
	finding->doing = strdup("412 threads: 380 idle, 30 waiting for events, 2 running. Nothing "
				"is blocked.");
	add_threads(finding,
		    (struct thread_group){ .kind = "compute",
					   .count = 2,
					   .cpu_permille = 1000,
					   .object = OBJECT_NONE },
		    "2 threads run at up to 100 %");
	add_threads(finding,
		    (struct thread_group){ .kind = "poll",
					   .count = 30,
					   .cpu_permille = VALUE_UNKNOWN,
					   .call = CALL_EPOLL,
					   .object = OBJECT_EPOLL },
		    "30 threads wait for events in epoll_wait");
	add_threads(
		finding,
		(struct thread_group){
			.kind = "idle", .count = 380, .call = CALL_FUTEX, .object = OBJECT_NONE },
		"380 threads are idle");
}
