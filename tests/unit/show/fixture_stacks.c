// SPDX-License-Identifier: Apache-2.0
/* Call stacks made by hand. */
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const struct stack_frame waiting[] = {
	{ .function = "read", .module = "/usr/lib/x86_64-linux-gnu/libc.so.6", .offset = 0xf82ec },
	{ .function = "Java_sun_nio_ch_SocketDispatcher_read0",
	  .module = "/usr/lib/jvm/lib/libnio.so",
	  .offset = 0xa9fa },
	{ .flags = FRAME_GENERATED },
};

static const struct stack_frame computing[] = {
	{ .function =
		  "std::map<std::string, order>::find(std::string const&) const [with a name that "
		  "is longer than any terminal is wide]",
	  .file = "/build/orders/src/index.hpp",
	  .module = "/opt/orders/libindex.so",
	  .offset = 0x12345,
	  .line = 77,
	  .flags = FRAME_INLINED },
	{ .function = "lookup",
	  .file = "a-file-with-a-name-that-is-longer-than-what-is-left-of-the-line-beside-it.cpp",
	  .module = "/opt/orders/libindex.so",
	  .offset = 0x12345,
	  .line = 1234 },
	{ .module = "/opt/orders/libindex.so", .offset = 0x12345 },
	{ .module = "/opt/orders/libindex.so", .offset = 0x2468, .flags = FRAME_SIGNAL },
	{ .function = "evil\x1b[31m\xe2\x80\xae",
	  .file = "a\nb.c",
	  .module = "/opt/\x9b",
	  .offset = 1,
	  .line = 1,
	  .flags = FRAME_GUESSED },
	{ .function = "JS:*handle server.js:3:4",
	  .offset = 0x7fde4f7c5b80,
	  .flags = FRAME_GENERATED | FRAME_GUESSED },
};

static void *grown(void *items, size_t *cap, size_t need, size_t size)
{
	void *now;

	if (array_reserve(items, cap, need, size))
		abort();
	memcpy(&now, items, sizeof(now));
	return now;
}

static void add_stack(struct snapshot *s, const struct stack_frame *frames, uint16_t n,
		      uint32_t threads, uint32_t first_tid, const char *comm)
{
	struct stack *stack;

	grown(&s->stacks.items, &s->stacks.cap, s->stacks.n + 1, sizeof(*stack));
	grown(&s->stack_frames.items, &s->stack_frames.cap, s->stack_frames.n + n, sizeof(*frames));
	grown(&s->stack_threads.items, &s->stack_threads.cap, s->stack_threads.n + threads,
	      sizeof(*s->stack_threads.items));
	stack = &s->stacks.items[s->stacks.n++];
	*stack = (struct stack){ .frames = (uint32_t)s->stack_frames.n,
				 .n_frames = n,
				 .threads = (uint32_t)s->stack_threads.n,
				 .n_threads = threads,
				 .end = STACK_END_LOST };
	memcpy(&s->stack_frames.items[s->stack_frames.n], frames, n * sizeof(*frames));
	s->stack_frames.n += n;
	for (uint32_t i = 0; i < threads; i++) {
		struct stack_thread *thread = &s->stack_threads.items[s->stack_threads.n++];

		thread->tid = first_tid + i;
		snprintf(thread->comm, sizeof(thread->comm), "%s-%u", comm, i % 2);
	}
}

static struct stack_set *add_set(struct snapshot *s, uint32_t process)
{
	struct stack_set *set;

	grown(&s->stack_sets.items, &s->stack_sets.cap, s->stack_sets.n + 1, sizeof(*set));
	set = &s->stack_sets.items[s->stack_sets.n++];
	*set = (struct stack_set){ .process = process,
				   .stacks = (uint32_t)s->stacks.n,
				   .how = STACKS_COPY };
	return set;
}

void fixture_stacks(struct fixture *f)
{
	struct snapshot *s = &f->snapshot;
	struct stack_frame deep[30];
	const struct finding *finding;
	struct stack_set *set;

	fixture_root(f);
	finding = &f->judgement.findings.items[0];
	set = add_set(s, f->judgement.owners.items[finding->owners].process);
	snapshot_process(s, set->process)->runtime = RUNTIME_JVM;
	set->more = 3;
	add_stack(s, computing, sizeof(computing) / sizeof(computing[0]), 1, 5000, "spin");
	s->stacks.items[s->stacks.n - 1].torn = 1;
	add_stack(s, waiting, sizeof(waiting) / sizeof(waiting[0]), 51, 4900, "worker");
	for (size_t i = 0; i < sizeof(deep) / sizeof(deep[0]); i++)
		deep[i] = (struct stack_frame){ .function = "descend",
						.file = "deep.c",
						.line = (uint32_t)i + 1,
						.module = "/opt/deep",
						.offset = 0x10 };
	add_stack(s, deep, sizeof(deep) / sizeof(deep[0]), 2, 6000, "deep");
	s->stacks.items[s->stacks.n - 1].end = STACK_END_LIMIT;
	for (uint32_t i = 0; i < 6; i++) {
		add_stack(s, waiting, 1, 1, 6100 + i, "other");
		s->stacks.items[s->stacks.n - 1].end =
			(uint8_t)(STACK_END_WHOLE + i % (STACK_END_MAX - STACK_END_WHOLE));
	}
	set->n_stacks = (uint32_t)s->stacks.n - set->stacks;
	set = add_set(s, f->judgement.owners.items[f->judgement.findings.items[1].owners].process);
	set->err = -EPERM;
}
