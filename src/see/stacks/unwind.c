// SPDX-License-Identifier: Apache-2.0
/* libdwfl over registers and memory that were copied before. */
#include "see/stacks/unwind.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "see/stacks/modules.h"
#include "see/stacks/places.h"
#include "see/stacks/wire.h"

/* Frames unwound of one thread. */
#define FRAMES_MAX 64

/* Memory outside of the copy (an alternate signal stack, what is deeper) is read in pages, so many
 * of them a thread. */
#define PAGE_BYTES     4096u
#define PAGE_READS_MAX 256

struct unwinder {
	const struct copied *copied;
	const struct copied_thread *thread; /* the one being unwound */
	struct modules modules;
	struct places places;
	struct buf record;   /* of this thread: its frames */
	uint64_t page;	     /* the address of what is in `bytes`; 1 none */
	uint32_t n_frames;   /* in `record` */
	uint32_t n_sure;     /* of them, 0: all */
	uint32_t unwound;    /* frames seen of this thread */
	uint32_t page_reads; /* of this thread */
	bool late;	     /* memory was read that was not copied */
	bool unreadable;     /* memory was wanted that cannot be read */
	bool lost;	     /* the next frame can only be guessed */
	bool guessed;	     /* one was, so all that follow are */
	bool after_unnamed;  /* the last frame is generated code of which nothing is known */
	uint8_t end;	     /* enum stack_end, if we ended it */
	uint8_t bytes[PAGE_BYTES];
};

static bool read_page(struct unwinder *u, uint64_t address)
{
	uint64_t page = address & ~(uint64_t)(PAGE_BYTES - 1);

	if (u->page == page)
		return true;
	if (u->page_reads++ >= PAGE_READS_MAX)
		return false;
	u->page = 1;
	if (copied_read_memory(u->thread->at.tid, page, u->bytes, PAGE_BYTES) != PAGE_BYTES)
		return false;
	u->page = page;
	return true;
}

static bool read_memory(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *ret, void *data)
{
	struct unwinder *u = data;
	const struct copied_thread *t = u->thread;

	(void)dwfl;
	if (address >= t->low && address - t->low < t->len &&
	    t->len - (address - t->low) >= sizeof(*ret)) {
		memcpy(ret, t->bytes + (address - t->low), sizeof(*ret));
		return true;
	}
	if (address % sizeof(*ret) == 0 && read_page(u, address)) {
		u->late = true;
		memcpy(ret, u->bytes + address % PAGE_BYTES, sizeof(*ret));
		return true;
	}
	u->unreadable = true;
	return false;
}

static pid_t next_thread(Dwfl *dwfl, void *data, void **thread)
{
	struct unwinder *u = data;

	(void)dwfl;
	if (*thread)
		return 0;
	*thread = u;
	return (pid_t)u->thread->at.tid;
}

static bool get_thread(Dwfl *dwfl, pid_t tid, void *data, void **thread)
{
	(void)dwfl;
	(void)tid;
	*thread = data;
	return true;
}

static bool set_registers(Dwfl_Thread *thread, void *data)
{
	const struct unwinder *u = data;
	const struct registers *r = &u->thread->at.user;

#ifdef __aarch64__
	if (!dwfl_thread_state_registers(thread, 0, REGISTERS_GENERAL, r->general))
		return false;
	dwfl_thread_state_register_pc(thread, r->pc);
	return true;
#else
	/* The return address column, number 16, is where it stands now. */
	return dwfl_thread_state_registers(thread, 0, 16, r->general) &&
	       dwfl_thread_state_registers(thread, 16, 1, &r->pc);
#endif
}

/* Adds the frames of one place, marked as guessed where they are. */
static void put_place(struct unwinder *u, const struct place *place, bool guessed)
{
	size_t at = u->record.len;

	buf_add(&u->record, u->places.frames.data + place->at, place->len);
	u->n_frames += place->n_frames;
	while (guessed && !u->record.failed && at < u->record.len) {
		struct wire_frame *frame = (void *)(u->record.data + at);
		size_t text = (size_t)frame->function_len + frame->file_len + frame->module_len;

		frame->flags |= FRAME_GUESSED;
		at += sizeof(*frame) + (text + 7) / 8 * 8;
	}
}

static int take_frame(Dwfl_Frame *frame, void *data)
{
	struct unwinder *u = data;
	bool exact;
	const struct place *place;
	Dwarf_Addr pc;

	if (!dwfl_frame_pc(frame, &pc, &exact))
		return DWARF_CB_ABORT;
	if (u->unwound++ >= FRAMES_MAX || u->n_frames + 8 >= WIRE_FRAMES_MAX) {
		u->end = STACK_END_LIMIT;
		return DWARF_CB_ABORT;
	}
	place = places_find(&u->places, pc, exact);
	if (!place || u->record.failed)
		return DWARF_CB_ABORT;
	if (!place->is_code || (u->lost && !place->after_call)) {
		/* Where the thread stands is a fact, whatever it is. */
		if (u->unwound == 1)
			put_place(u, place, false);
		u->end = STACK_END_LOST;
		return DWARF_CB_ABORT;
	}
	/* What a guess led to is a guess, too. */
	u->guessed |= u->lost;
	/* Of code that has no names one frame stands for all that follow each other. */
	if (!place->is_unnamed || !u->after_unnamed)
		put_place(u, place, u->guessed);
	u->after_unnamed = place->is_unnamed;
	if (place->is_unnamed && !u->n_sure)
		u->n_sure = u->n_frames;
	u->lost = !place->tells;
	return DWARF_CB_OK;
}

static uint8_t unwind(struct unwinder *u)
{
	int result;

	u->record.len = 0;
	u->n_frames = u->n_sure = u->unwound = u->page_reads = 0;
	u->page = 1;
	u->late = u->unreadable = u->lost = u->guessed = u->after_unnamed = false;
	u->end = STACK_END_UNKNOWN;
	if (u->thread->at.without_memory)
		return STACK_END_NONE;
	result = dwfl_getthread_frames(u->modules.dwfl, (pid_t)u->thread->at.tid, take_frame, u);
	if (u->end != STACK_END_UNKNOWN)
		return u->end;
	if (result == 0)
		return STACK_END_WHOLE;
	return u->unreadable && !u->lost ? STACK_END_CUT : STACK_END_LOST;
}

static int unwind_thread(struct unwinder *u, uint32_t row,
			 int (*put)(void *data, const void *record, size_t len), void *data)
{
	struct wire_thread head = { .row = row };
	_buf_ struct buf whole = { 0 };
	int err;

	u->thread = &u->copied->threads.items[row];
	head.end = unwind(u);
	head.late = u->late;
	head.n_frames = (uint16_t)u->n_frames;
	head.n_sure = (uint16_t)(u->n_sure ? u->n_sure : u->n_frames);
	head.bytes = (uint32_t)(sizeof(head) + u->record.len);
	buf_add(&whole, &head, sizeof(head));
	if (u->record.len)
		buf_add(&whole, u->record.data, u->record.len);
	err = buf_error(&u->record) ? buf_error(&u->record) : buf_error(&whole);
	return err ? err : put(data, whole.data, whole.len);
}

static int unwind_all(struct unwinder *u, uint32_t process,
		      int (*put)(void *data, const void *record, size_t len), void *data)
{
	static const Dwfl_Thread_Callbacks callbacks = {
		.next_thread = next_thread,
		.get_thread = get_thread,
		.memory_read = read_memory,
		.set_initial_registers = set_registers,
	};
	const struct copied *c = u->copied;
	bool attached = false;
	int err = 0;

	for (uint32_t i = 0; !err && i < c->threads.n; i++) {
		const struct copied_thread *t = &c->threads.items[i];

		if (t->process != process || t->gone || (!t->len && !t->at.without_memory))
			continue;
		u->thread = t;
		if (!attached &&
		    !dwfl_attach_state(u->modules.dwfl, NULL, (pid_t)t->at.tid, &callbacks, u))
			return -ERR_MALFORMED;
		attached = true;
		err = unwind_thread(u, i, put, data);
	}
	return err;
}

int unwind_process(const struct copied *c, uint32_t process,
		   int (*put)(void *data, const void *record, size_t len), void *data)
{
	_free_ struct unwinder *u = calloc(1, sizeof(*u));
	int err;

	if (!u)
		return -ENOMEM;
	u->copied = c;
	u->places =
		(struct places){ .process = &c->processes.items[process], .modules = &u->modules };
	err = modules_begin(&u->modules, &c->processes.items[process]);
	if (!err)
		err = unwind_all(u, process, put, data);
	places_finish(&u->places);
	modules_finish(&u->modules);
	buf_finish(&u->record);
	return err;
}
