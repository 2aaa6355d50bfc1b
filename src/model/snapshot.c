// SPDX-License-Identifier: Apache-2.0
/* The snapshot's memory. */
#include "model/snapshot.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Strings are short and many hold the same few: one block serves many of them. */
#define STRING_BLOCK 16384

void snapshot_init(struct snapshot *s)
{
	*s = (struct snapshot){ 0 };
}

void snapshot_finish(struct snapshot *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->blind_spots.n; i++)
		free(s->blind_spots.items[i]);
	for (size_t i = 0; i < s->strings.n; i++)
		free(s->strings.items[i]);
	free(s->blind_spots.items);
	free(s->strings.items);
	free(s->conns.items);
	free(s->holders.items);
	free(s->watches.items);
	free(s->regs.items);
	free(s->processes.items);
	free(s->threads.items);
	free(s->stack_sets.items);
	free(s->stacks.items);
	free(s->stack_threads.items);
	free(s->stack_frames.items);
	free(s->ancestors.items);
	free(s->peers.items);
	free(s->netns.items);
	snapshot_init(s);
}

const char *snapshot_string(struct snapshot *s, const char *text)
{
	size_t len;
	char *copy;

	if (!text)
		return NULL;
	len = strlen(text) + 1;
	if (s->strings.n == 0 || STRING_BLOCK - s->string_used < len) {
		if (array_grow(&s->strings, 1))
			return NULL;
		copy = malloc(len > STRING_BLOCK ? len : STRING_BLOCK);
		if (!copy)
			return NULL;
		s->strings.items[s->strings.n++] = copy;
		s->string_used = 0;
	}
	copy = s->strings.items[s->strings.n - 1] + s->string_used;
	memcpy(copy, text, len);
	/* A block made for one long string is full at once. */
	s->string_used = len > STRING_BLOCK ? STRING_BLOCK : s->string_used + len;
	return copy;
}

uint32_t snapshot_add_conn(struct snapshot *s)
{
	struct conn *c;

	if (s->conns.n >= ROW_NONE || array_grow(&s->conns, 1))
		return ROW_NONE;
	c = &s->conns.items[s->conns.n];
	*c = (struct conn){ .listener = ROW_NONE,
			    .last_data_sent_ms = VALUE_UNKNOWN,
			    .last_data_recv_ms = VALUE_UNKNOWN,
			    .last_ack_recv_ms = VALUE_UNKNOWN,
			    .idle_ms = VALUE_UNKNOWN };
	return (uint32_t)s->conns.n++;
}

uint32_t snapshot_add_process(struct snapshot *s)
{
	if (s->processes.n >= ROW_NONE || array_grow(&s->processes, 1))
		return ROW_NONE;
	s->processes.items[s->processes.n] = (struct process){ .age_ms = VALUE_UNKNOWN,
							       .fds_open = VALUE_UNKNOWN,
							       .fds_limit = VALUE_UNKNOWN,
							       .threads = VALUE_UNKNOWN };
	return (uint32_t)s->processes.n++;
}

uint32_t snapshot_add_netns(struct snapshot *s, uint64_t inode)
{
	struct netns_row *row;

	if (s->netns.n >= ROW_NONE || array_grow(&s->netns, 1))
		return ROW_NONE;
	row = &s->netns.items[s->netns.n];
	*row = (struct netns_row){ .inode = inode };
	for (size_t i = 0; i < TCP_STATE_MAX; i++)
		row->counts[i] = VALUE_UNKNOWN;
	memset(&row->settings, 0xff, sizeof(row->settings));
	row->tw_overflows = row->listen_overflows = COUNTER_UNKNOWN;
	return (uint32_t)s->netns.n++;
}

uint32_t snapshot_find_netns(const struct snapshot *s, uint64_t inode)
{
	for (uint32_t i = 0; i < s->netns.n; i++)
		if (s->netns.items[i].inode == inode)
			return i;
	return ROW_NONE;
}

int snapshot_blind_spot(struct snapshot *s, const char *format, ...)
{
	_free_ char *text = NULL;
	va_list args;
	int len;

	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	if (len < 0) {
		text = NULL;
		return -ENOMEM;
	}
	for (size_t i = 0; i < s->blind_spots.n; i++)
		if (strcmp(s->blind_spots.items[i], text) == 0)
			return 0;
	if (array_grow(&s->blind_spots, 1))
		return -ENOMEM;
	s->blind_spots.items[s->blind_spots.n++] = text;
	text = NULL;
	return 0;
}

uint32_t snapshot_total(const struct snapshot *s, enum tcp_state state)
{
	uint64_t total = 0;

	for (size_t i = 0; i < s->netns.n; i++) {
		const struct netns_row *row = &s->netns.items[i];

		if (row->seen == NETNS_EMPTY)
			continue;
		if (row->counts[state] == VALUE_UNKNOWN)
			return VALUE_UNKNOWN;
		total += row->counts[state];
	}
	return total < VALUE_UNKNOWN ? (uint32_t)total : VALUE_UNKNOWN - 1;
}
