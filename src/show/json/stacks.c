// SPDX-License-Identifier: Apache-2.0
/* Call stacks for programs. */
#include "show/json/stacks.h"

#include <stdio.h>

#include "base/buf.h"
#include "model/finding.h"
#include "model/stack.h"
#include "show/json/writer.h"

static const char *end_name(uint8_t end)
{
	static const char *const names[STACK_END_MAX] = {
		[STACK_END_UNKNOWN] = "unknown", [STACK_END_WHOLE] = "whole",
		[STACK_END_LIMIT] = "limit",	 [STACK_END_LOST] = "lost",
		[STACK_END_CUT] = "cut",	 [STACK_END_NONE] = "none",
	};

	return end < STACK_END_MAX ? names[end] : names[STACK_END_UNKNOWN];
}

static void put_frame(struct json *j, const struct stack_frame *frame)
{
	char offset[32];

	json_open_object(j, NULL);
	json_put_text(j, "function", frame->function);
	json_put_text(j, "file", frame->file);
	if (frame->line)
		json_put_uint(j, "line", frame->line);
	else
		json_put_null(j, "line");
	json_put_text(j, "module", frame->module);
	snprintf(offset, sizeof(offset), "0x%llx", (unsigned long long)frame->offset);
	json_put_text(j, "offset", frame->offset ? offset : NULL);
	json_put_bool(j, "inlined", frame->flags & FRAME_INLINED);
	json_put_bool(j, "signal", frame->flags & FRAME_SIGNAL);
	json_put_bool(j, "guessed", frame->flags & FRAME_GUESSED);
	json_close_object(j);
}

static void put_stack(struct json *j, const struct snapshot *s, const struct stack *stack)
{
	json_open_object(j, NULL);
	json_open_array(j, "tids");
	for (uint32_t i = 0; i < stack->n_threads; i++)
		json_put_uint(j, NULL, s->stack_threads.items[stack->threads + i].tid);
	json_close_array(j);
	json_open_array(j, "names");
	for (uint32_t i = 0; i < stack->n_threads; i++)
		json_put_text(j, NULL, s->stack_threads.items[stack->threads + i].comm);
	json_close_array(j);
	json_put_bool(j, "torn", stack->torn);
	json_put_text(j, "end", end_name(stack->end));
	json_open_array(j, "frames");
	for (uint32_t i = 0; i < stack->n_frames; i++)
		put_frame(j, &s->stack_frames.items[stack->frames + i]);
	json_close_array(j);
	json_close_object(j);
}

static void put_set(struct json *j, const struct snapshot *s, const struct stack_set *set)
{
	_buf_ struct buf note = { 0 };

	stack_put_note(&note, s, set);
	if (note.failed)
		j->error = buf_error(&note);
	json_open_object(j, NULL);
	json_put_uint(j, "pid", snapshot_process(s, set->process)->pid);
	json_put_text(j, "how", set->how == STACKS_STOP ? "stop" : "copy");
	json_put_text(j, "note", note.len ? buf_text(&note) : NULL);
	json_put_uint(j, "threads_not_read", set->more);
	json_open_array(j, "groups");
	for (uint32_t i = 0; i < set->n_stacks; i++)
		put_stack(j, s, &s->stacks.items[set->stacks + i]);
	json_close_array(j);
	json_close_object(j);
}

void stacks_put_json(struct json *j, const struct judgement *judgement, const struct finding *f)
{
	const struct snapshot *s = judgement->snapshot;
	bool any = false;

	for (uint32_t i = 0; i < f->n_owners; i++) {
		const struct stack_set *set =
			stack_find_set(s, judgement->owners.items[f->owners + i].process);

		if (!set)
			continue;
		if (!any)
			json_open_array(j, "stacks");
		any = true;
		put_set(j, s, set);
	}
	if (any)
		json_close_array(j);
	else
		json_put_null(j, "stacks");
}
