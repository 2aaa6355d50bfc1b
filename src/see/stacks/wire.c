// SPDX-License-Identifier: Apache-2.0
/* From the child's records to rows. */
#include "see/stacks/wire.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"

/* All texts of a frame together. */
#define FRAME_TEXT_MAX (3 * WIRE_TEXT_MAX)
#define RECORD_MAX                                                                                 \
	(sizeof(struct wire_thread) +                                                              \
	 WIRE_FRAMES_MAX * (sizeof(struct wire_frame) + FRAME_TEXT_MAX + 8))

static uint16_t text_len(const char *text)
{
	return text ? (uint16_t)strnlen(text, WIRE_TEXT_MAX) : 0;
}

static size_t padding(size_t len)
{
	return (8 - len % 8) % 8;
}

static void put_bytes(struct buf *b, const char *text, size_t len)
{
	if (len)
		buf_add(b, text, len);
}

void wire_put_frame(struct buf *b, const struct stack_frame *frame)
{
	struct wire_frame wire = {
		.offset = frame->offset,
		.line = frame->line,
		.function_len = text_len(frame->function),
		.file_len = text_len(frame->file),
		.module_len = text_len(frame->module),
		.flags = frame->flags,
	};
	size_t len = (size_t)wire.function_len + wire.file_len + wire.module_len;

	buf_add(b, &wire, sizeof(wire));
	put_bytes(b, frame->function, wire.function_len);
	put_bytes(b, frame->file, wire.file_len);
	put_bytes(b, frame->module, wire.module_len);
	put_bytes(b, "\0\0\0\0\0\0\0", padding(len));
}

void wire_finish(struct wire *w)
{
	map_finish(&w->known);
}

/* The pool's copy of `len` bytes; *ret NULL when there are none. 0 or -ENOMEM. */
static int take_text(struct snapshot *s, const char **at, uint16_t len, const char **ret)
{
	char text[WIRE_TEXT_MAX + 1];

	*ret = NULL;
	if (len) {
		memcpy(text, *at, len);
		text[len] = '\0';
		*ret = snapshot_string(s, text);
	}
	*at += len;
	return len && !*ret ? -ENOMEM : 0;
}

/* How many bytes the frame at `at` takes; -ERR_MALFORMED. */
static long frame_bytes(const char *at, size_t len)
{
	struct wire_frame wire;
	size_t text;

	if (len < sizeof(wire))
		return -ERR_MALFORMED;
	memcpy(&wire, at, sizeof(wire));
	if (wire.function_len > WIRE_TEXT_MAX || wire.file_len > WIRE_TEXT_MAX ||
	    wire.module_len > WIRE_TEXT_MAX)
		return -ERR_MALFORMED;
	text = (size_t)wire.function_len + wire.file_len + wire.module_len;
	text += padding(text);
	return text <= len - sizeof(wire) ? (long)(sizeof(wire) + text) : -ERR_MALFORMED;
}

static int take_frame(struct snapshot *s, const char *at)
{
	struct stack_frame *frame;
	struct wire_frame wire;
	const char *text = at + sizeof(wire);
	int err;

	memcpy(&wire, at, sizeof(wire));
	if (array_grow(&s->stack_frames, 1))
		return -ENOMEM;
	frame = &s->stack_frames.items[s->stack_frames.n++];
	*frame = (struct stack_frame){ .offset = wire.offset,
				       .line = wire.line,
				       .flags = wire.flags };
	err = take_text(s, &text, wire.function_len, &frame->function);
	if (!err)
		err = take_text(s, &text, wire.file_len, &frame->file);
	return err ? err : take_text(s, &text, wire.module_len, &frame->module);
}

/* The bytes of the first n frames; -ERR_MALFORMED when there are not so many. */
static long frames_bytes(const char *at, size_t len, uint32_t n)
{
	size_t used = 0;

	for (uint32_t i = 0; i < n; i++) {
		long bytes = frame_bytes(at + used, len - used);

		if (bytes < 0)
			return bytes;
		used += (size_t)bytes;
	}
	return (long)used;
}

static int take_frames(struct wire *w, const struct wire_thread *head, const char *at, size_t len)
{
	long all = frames_bytes(at, len, head->n_frames);
	long sure = frames_bytes(at, len, head->n_sure);
	struct wire_told *told = &w->told[head->row];
	uint32_t same;

	if (all != (long)len || sure < 0)
		return -ERR_MALFORMED;
	told->hash = hash_mix(hash_bytes(HASH_START, at, len) + head->end);
	told->sure_hash = sure == all ? told->hash : hash_bytes(HASH_START, at, (size_t)sure);
	told->n_frames = head->n_frames;
	told->n_sure = head->n_sure;
	same = map_get(&w->known, told->hash);
	/* Whoever chose the bytes may have chosen their hash. */
	if (same != MAP_NONE && w->told[same].n_frames == head->n_frames) {
		told->frames = w->told[same].frames;
		return 0;
	}
	told->frames = (uint32_t)w->snapshot->stack_frames.n;
	for (const char *p = at; p < at + len; p += frame_bytes(p, (size_t)(at + len - p)))
		if (take_frame(w->snapshot, p))
			return -ENOMEM;
	return map_put(&w->known, told->hash, head->row, NULL);
}

long wire_take(struct wire *w, const void *buf, size_t len)
{
	const char *at = buf;
	size_t used = 0;

	while (len - used >= sizeof(struct wire_thread)) {
		struct wire_thread head;
		int err;

		memcpy(&head, at + used, sizeof(head));
		if (head.bytes < sizeof(head) || head.bytes > RECORD_MAX ||
		    head.row >= w->n_threads || head.n_frames > WIRE_FRAMES_MAX ||
		    head.n_sure > head.n_frames || head.end == STACK_END_UNKNOWN ||
		    head.end >= STACK_END_MAX || w->told[head.row].end != STACK_END_UNKNOWN)
			return -ERR_MALFORMED;
		if (len - used < head.bytes)
			break;
		err = take_frames(w, &head, at + used + sizeof(head), head.bytes - sizeof(head));
		if (err)
			return err;
		w->told[head.row].end = head.end;
		w->told[head.row].late = head.late;
		used += head.bytes;
	}
	return (long)used;
}
