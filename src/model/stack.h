/* SPDX-License-Identifier: Apache-2.0 */
/* Where the threads of an owner were in its program: call stacks, threads with equal ones together.
 */
#ifndef MODEL_STACK_H
#define MODEL_STACK_H

#include <stdint.h>

struct buf;
struct snapshot;

/* How stacks are come by. */
enum stacks_how {
	STACKS_NONE = 0, /* not asked for */
	STACKS_COPY,	 /* nothing is attached or stopped: registers by BPF, stacks copied */
	STACKS_STOP,	 /* each thread is stopped for a moment, which interrupts its system call */
	STACKS_HOW_MAX,
};

enum frame_flag {
	FRAME_INLINED = 1 << 0,	  /* the compiler put it into the frame that follows */
	FRAME_SIGNAL = 1 << 1,	  /* here a signal interrupted the frame that follows */
	FRAME_GUESSED = 1 << 2,	  /* it or one before it was found by the frame pointer */
	FRAME_GENERATED = 1 << 3, /* in no file: interpreted, or compiled at run time */
};

/* Texts are in the snapshot's pool and come from outside. */
struct stack_frame {
	const char *function; /* readable C++ where that can be had; NULL not known */
	const char *file;     /* of the source, as the compiler was told it; NULL not known */
	const char *module;   /* path as its process sees it, "[vdso]"; NULL: generated code */
	uint64_t offset;      /* address within the module, as its symbols count; without one, the
				 address itself */
	uint32_t line;	      /* 0 not known */
	uint8_t flags;	      /* enum frame_flag */
};

/* Why there is no further frame. */
enum stack_end {
	STACK_END_UNKNOWN = 0,
	STACK_END_WHOLE, /* it is the thread's first */
	STACK_END_LIMIT, /* so many are told */
	STACK_END_LOST,	 /* code that does not tell who called it */
	STACK_END_CUT,	 /* deeper than was copied */
	STACK_END_NONE,	 /* a thread without a stack of its own: the kernel's work (io_uring) */
	STACK_END_MAX,
};

/* *shape*: the same frames in all its threads, innermost first. */
struct stack {
	uint32_t frames;  /* first of n_frames rows of stack_frames[] */
	uint32_t threads; /* first of n_threads rows of stack_threads[] */
	uint32_t n_threads;
	uint16_t n_frames;
	uint8_t end;  /* enum stack_end */
	uint8_t torn; /* they ran while being copied: frames may be of different moments */
};

struct stack_thread {
	uint32_t tid; /* in our pid namespace */
	char comm[16];
};

/* The stacks of one process. *shape*: with an error there may be some all the same. */
struct stack_set {
	uint32_t process; /* row of processes[] */
	uint32_t stacks;  /* first of n_stacks rows of stacks[]; see stack_sort_set() */
	uint32_t n_stacks;
	uint32_t more; /* threads that were not read, being too many */
	int err;       /* why there are none, or not all: -EPERM, -EACCES, -ESRCH, -ETIME, -E2BIG
			  (more owners than are looked at), -ENOEXEC (another kind of program, as
			  32-bit), -ERR_MALFORMED (its files made the unwinder fail),
			  -ERR_NOT_BUILT … */
	int registers_err; /* why BPF could not tell registers: then nothing else was tried */
	uint8_t how;	   /* enum stacks_how */
};

/* Adds what is to be said about a set of stacks, in sentences: why some are missing, and what this
 * kind of program does not show by them. Adds nothing where there is nothing to say. */
void stack_put_note(struct buf *b, const struct snapshot *s, const struct stack_set *set);

/* Orders the stacks of a set by what their threads do, as far as snapshot.threads tells: who
 * computes, who waits for something of its own, who waits for work; then most threads first. */
void stack_sort_set(struct snapshot *s, const struct stack_set *set);

/* The set of a process, NULL when its stacks were not asked for. */
const struct stack_set *stack_find_set(const struct snapshot *s, uint32_t process);

#endif
