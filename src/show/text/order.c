// SPDX-License-Identifier: Apache-2.0
/* Rows put in order by a key that is taken once for each: numbers as they are, all else by what the
 * column shows. */
#include "show/text/order.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "model/finding.h"
#include "show/text/sockets.h"
#include "show/text/text.h"

/* *shape*: what is less comes first. at: of a text, where it begins in the pool. */
struct item {
	struct column_key key;
	size_t at;
	uint32_t row;
	uint32_t place;
	bool is_known;
};

struct sorting {
	const struct judgement *j;
	const struct text_order *order;
	struct item *items;
	size_t n;
	struct buf pool;
};

int text_order_parse(const char *text, struct text_order *ret_order)
{
	struct text_order order = { .by = ORDER_COLUMN };

	if (!text) {
		*ret_order = (struct text_order){ .by = ORDER_USUAL };
		return 0;
	}
	if (strcmp(text, "none") == 0) {
		*ret_order = (struct text_order){ .by = ORDER_NONE };
		return 0;
	}
	order.is_reversed = text[0] == '-';
	text += order.is_reversed;
	while (text_column_name(order.column) && strcmp(text_column_name(order.column), text) != 0)
		order.column++;
	if (!text_column_name(order.column))
		return -EINVAL;
	*ret_order = order;
	return 0;
}

static int compare_keys(const struct column_key *a, const struct column_key *b)
{
	for (size_t i = 0; i < ARRAY_LEN(a->major); i++)
		if (a->major[i] != b->major[i])
			return a->major[i] < b->major[i] ? -1 : 1;
	return a->minor < b->minor ? -1 : a->minor > b->minor;
}

static int compare(const void *va, const void *vb, void *data)
{
	const struct item *a = va, *b = vb;
	const struct sorting *s = data;
	int by;

	if (a->is_known != b->is_known)
		return a->is_known ? -1 : 1;
	by = s->pool.len ? strcmp(s->pool.data + a->at, s->pool.data + b->at)
			 : compare_keys(&a->key, &b->key);
	if (s->order->is_reversed)
		by = -by;
	return by ? by : (a->place < b->place ? -1 : 1);
}

/* Stuck ones first, of each the oldest by what is sure. */
static bool usual_key(const struct judgement *j, uint32_t row, struct column_key *ret_key)
{
	const struct verdict *v = &j->verdicts[row];
	uint32_t age = v->standing && v->age.at_least_ms != VALUE_UNKNOWN ? v->age.at_least_ms : 0;

	*ret_key = (struct column_key){ .major = { SEVERITY_STUCK - v->severity,
						   VALUE_UNKNOWN - age } };
	return true;
}

static void take_text(struct sorting *s, const struct column *c, struct item *item)
{
	item->at = s->pool.len;
	c->put(&s->pool, s->j, item->row);
	item->is_known = s->pool.len > item->at;
	buf_putc(&s->pool, '\0');
}

static int take_keys(struct sorting *s, const uint32_t *rows)
{
	const struct column *c =
		s->order->by == ORDER_COLUMN ? sockets_column(s->order->column) : NULL;

	for (size_t i = 0; i < s->n; i++) {
		struct item *item = &s->items[i];

		*item = (struct item){ .row = rows[i], .place = (uint32_t)i };
		if (!c)
			item->is_known = usual_key(s->j, item->row, &item->key);
		else if (c->key)
			item->is_known = c->key(s->j, item->row, &item->key);
		else
			take_text(s, c, item);
	}
	return buf_error(&s->pool);
}

int text_order_rows(const struct judgement *j, uint32_t *rows, size_t n,
		    const struct text_order *order)
{
	struct sorting s = { .j = j, .order = order, .n = n };
	int err;

	if (order->by == ORDER_NONE || n < 2)
		return 0;
	s.items = malloc(n * sizeof(*s.items));
	if (!s.items)
		return -ENOMEM;
	err = take_keys(&s, rows);
	if (!err) {
		qsort_r(s.items, n, sizeof(*s.items), compare, &s);
		for (size_t i = 0; i < n; i++)
			rows[i] = s.items[i].row;
	}
	buf_finish(&s.pool);
	free(s.items);
	return err;
}
