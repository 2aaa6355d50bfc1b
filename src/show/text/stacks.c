// SPDX-License-Identifier: Apache-2.0
/* Call stacks on the screen. */
#include "show/text/stacks.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "judge/judge.h"
#include "model/finding.h"
#include "model/stack.h"
#include "model/text.h"
#include "show/text/screen.h"
#include "show/text/words.h"

/* --json has all of them. */
#define OWNERS_SHOWN 3
#define STACKS_SHOWN 8
#define FRAMES_SHOWN 24
#define TIDS_SHOWN   5

#define STACK_INDENT 4
#define FRAME_INDENT 8

/* Right of the function, where it was written: as far left as the functions allow, and no farther
 * right than this share of the width. */
#define FUNCTION_SHARE 0.6

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static void put_function(struct buf *b, const struct stack_frame *frame)
{
	if (frame->flags & FRAME_SIGNAL)
		buf_puts(b, "(a signal arrived)");
	else if (frame->function)
		buf_puts(b, frame->function);
	else if (frame->module)
		buf_printf(b, "%s+0x%llx", base_name(frame->module),
			   (unsigned long long)frame->offset);
	else
		buf_puts(b, "(code made at run time)");
}

/* "main.c:31", "libc.so.6". */
static void put_location(struct buf *b, const struct stack_frame *frame)
{
	if (frame->flags & FRAME_SIGNAL)
		return;
	if (frame->file && frame->line)
		buf_printf(b, "%s:%u", base_name(frame->file), frame->line);
	else if (frame->module && frame->function)
		buf_puts(b, base_name(frame->module));
	else if (frame->function)
		buf_puts(b, "made at run time");
}

static size_t function_columns(const struct stack_frame *frame)
{
	_buf_ struct buf b = { 0 };

	put_function(&b, frame);
	return screen_columns(buf_text(&b));
}

static void put_frame(struct screen *s, const struct stack_frame *frame, size_t column)
{
	_buf_ struct buf function = { 0 }, location = { 0 };

	put_function(&function, frame);
	put_location(&location, frame);
	s->text.failed |= function.failed | location.failed;
	screen_pad(s, FRAME_INDENT);
	screen_clip(s, buf_text(&function), column - FRAME_INDENT);
	if (location.len) {
		screen_pad(s, column + 2);
		screen_clip(s, buf_text(&location), screen_width(s) - s->column);
	}
	screen_newline(s);
}

static void put_aside(struct screen *s, const char *text)
{
	screen_pad(s, FRAME_INDENT);
	screen_put(s, text);
	screen_newline(s);
}

static void put_end(struct screen *s, const struct stack *stack, const struct stack_frame *last)
{
	switch ((enum stack_end)stack->end) {
	case STACK_END_LIMIT:
		put_aside(s, "(and more)");
		break;
	case STACK_END_LOST:
		/* Generated code says that by itself. */
		if (last && !(last->flags & FRAME_GENERATED))
			put_aside(s, "(what called it cannot be told)");
		break;
	case STACK_END_CUT:
		put_aside(s, "(deeper than could be read)");
		break;
	case STACK_END_NONE:
		put_aside(s, "(works for the kernel: it has no stack of its own)");
		break;
	default:
		break;
	}
}

static void put_frames(struct screen *s, const struct snapshot *snapshot, const struct stack *stack)
{
	const struct stack_frame *frames = &snapshot->stack_frames.items[stack->frames];
	uint16_t n = stack->n_frames < FRAMES_SHOWN ? stack->n_frames : FRAMES_SHOWN;
	size_t most = (size_t)((double)screen_width(s) * FUNCTION_SHARE), column = FRAME_INDENT;
	bool guessed = false;

	for (uint16_t i = 0; i < n; i++) {
		size_t columns = FRAME_INDENT + function_columns(&frames[i]);

		if (columns > column)
			column = columns < most ? columns : most;
	}
	for (uint16_t i = 0; i < n; i++) {
		if (frames[i].flags & FRAME_GUESSED && !guessed) {
			guessed = true;
			put_aside(s, "(by frame pointers, which can leave callers out)");
		}
		put_frame(s, &frames[i], column);
	}
	if (n < stack->n_frames) {
		screen_pad(s, FRAME_INDENT);
		screen_printf(s, "(and %u more; --json has all)", stack->n_frames - n);
		screen_newline(s);
		return;
	}
	put_end(s, stack, n ? &frames[n - 1] : NULL);
}

/* "51 threads: worker-3, worker-7 and others (7744, 7748, 7752, 7756, 7760 …)" */
static void put_threads(struct screen *s, const struct snapshot *snapshot,
			const struct stack *stack)
{
	const struct stack_thread *threads = &snapshot->stack_threads.items[stack->threads];
	_buf_ struct buf b = { 0 };
	uint32_t others = 0;

	text_put_count(&b, stack->n_threads);
	buf_printf(&b, " thread%s: %s", stack->n_threads == 1 ? "" : "s", threads[0].comm);
	for (uint32_t i = 1; i < stack->n_threads; i++)
		others += strcmp(threads[i].comm, threads[0].comm) != 0;
	if (others)
		buf_puts(&b, " and others");
	buf_printf(&b, " (%u", threads[0].tid);
	for (uint32_t i = 1; i < stack->n_threads && i < TIDS_SHOWN; i++)
		buf_printf(&b, ", %u", threads[i].tid);
	buf_puts(&b, stack->n_threads > TIDS_SHOWN ? " …)" : ")");
	if (stack->torn)
		buf_puts(&b, ", ran meanwhile: the frames may be of different moments");
	s->text.failed |= b.failed;
	screen_pad(s, STACK_INDENT);
	screen_wrap(s, buf_text(&b), STACK_INDENT + 2, 0);
	screen_newline(s);
}

static bool has_thread(const struct snapshot *snapshot, const struct stack *stack, uint32_t tid)
{
	for (uint32_t i = 0; i < stack->n_threads; i++)
		if (snapshot->stack_threads.items[stack->threads + i].tid == tid)
			return true;
	return false;
}

/* The first group of the finding's threads that this stack is of: they are told with those first
 * that matter most. */
static size_t group_of(const struct snapshot *snapshot, const struct finding *f,
		       const struct stack *stack)
{
	for (size_t i = 0; i < f->thread_groups.n; i++)
		for (uint32_t k = 0; k < f->thread_groups.items[i].n_tids; k++)
			if (has_thread(snapshot, stack, f->thread_groups.items[i].tids[k]))
				return i;
	return f->thread_groups.n;
}

/* The next one to be shown, and says so in `shown`; in the order of the set where the groups do not
 * tell. */
static uint32_t take_next(const struct snapshot *snapshot, const struct finding *f,
			  const struct stack_set *set, bool *shown)
{
	uint32_t best = ROW_NONE;
	size_t best_group = SIZE_MAX;

	for (uint32_t i = 0; i < set->n_stacks; i++) {
		size_t group;

		if (shown[i])
			continue;
		group = group_of(snapshot, f, &snapshot->stacks.items[set->stacks + i]);
		if (group < best_group) {
			best_group = group;
			best = i;
		}
	}
	shown[best] = true;
	return best;
}

static void put_stacks(struct screen *s, const struct snapshot *snapshot, const struct finding *f,
		       const struct stack_set *set)
{
	uint32_t n = set->n_stacks < STACKS_SHOWN ? set->n_stacks : STACKS_SHOWN;
	_free_ bool *shown = calloc(set->n_stacks + 1, sizeof(*shown));

	if (!shown) {
		s->text.failed = 1;
		return;
	}
	for (uint32_t i = 0; i < n; i++) {
		uint32_t row = take_next(snapshot, f, set, shown);
		const struct stack *stack = &snapshot->stacks.items[set->stacks + row];

		put_threads(s, snapshot, stack);
		put_frames(s, snapshot, stack);
	}
	if (n < set->n_stacks) {
		screen_pad(s, STACK_INDENT);
		screen_printf(s, "and %u more stack%s (--json has all)", set->n_stacks - n,
			      set->n_stacks - n == 1 ? "" : "s");
		screen_newline(s);
	}
}

static void put_set(struct screen *s, const struct snapshot *snapshot, const struct finding *f,
		    const struct stack_set *set)
{
	_buf_ struct buf b = { 0 };

	words_put_process(&b, snapshot_process(snapshot, set->process));
	buf_puts(&b, ": ");
	stack_put_note(&b, snapshot, set);
	/* Without a note the name alone. */
	if (b.len && b.data[b.len - 1] == ' ')
		b.data[b.len -= 2] = '\0';
	s->text.failed |= b.failed;
	screen_pad(s, 2);
	screen_wrap(s, buf_text(&b), 4, 0);
	screen_newline(s);
	put_stacks(s, snapshot, f, set);
}

void stacks_put(struct screen *s, const struct judgement *j, const struct finding *f)
{
	const struct snapshot *snapshot = j->snapshot;
	uint32_t shown = 0;

	for (uint32_t i = 0; i < f->n_owners && shown < OWNERS_SHOWN; i++) {
		const struct stack_set *set =
			stack_find_set(snapshot, j->owners.items[f->owners + i].process);

		if (!set)
			continue;
		if (shown++ == 0) {
			screen_newline(s);
			screen_ink(s, INK_HEADING);
			screen_put(s, "stacks of its threads");
			screen_ink(s, INK_PLAIN);
			screen_newline(s);
		}
		put_set(s, snapshot, f, set);
	}
	if (shown == OWNERS_SHOWN && f->n_owners > shown) {
		screen_printf(s, "  and those of %u more (--json has them)", f->n_owners - shown);
		screen_newline(s);
	}
}
