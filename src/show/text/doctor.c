// SPDX-License-Identifier: Apache-2.0
/* What works here, what does not, and what that costs. */
#include "show/text/doctor.h"

#include "base/capability.h"
#include "base/mem.h"
#include "model/check.h"
#include "show/text/screen.h"

/* "yes", the check's name, what was found; below it "lost" and "get". */
#define NAME_COLUMN 8
#define TEXT_COLUMN 20
#define MORE_COLUMN 26

static const char *const results[] = {
	[CHECK_UNKNOWN] = "unknown",
	[CHECK_NO] = "no",
	[CHECK_PARTLY] = "partly",
	[CHECK_YES] = "yes",
};

_Static_assert(ARRAY_LEN(results) == CHECK_RESULT_MAX, "every result has a word");

static void put_more(struct screen *s, const char *label, const char *text)
{
	screen_pad(s, TEXT_COLUMN);
	screen_put(s, label);
	screen_pad(s, MORE_COLUMN);
	screen_wrap(s, text, MORE_COLUMN, 0);
	screen_newline(s);
}

static void put_row(struct screen *s, const struct checkup_row *row)
{
	const struct check_answer *a = &row->answer;

	screen_ink(s, a->result == CHECK_YES ? INK_EXPECTED : INK_STUCK);
	screen_put(s, results[a->result]);
	screen_ink(s, INK_PLAIN);
	screen_pad(s, NAME_COLUMN);
	screen_put(s, row->check->id);
	screen_pad(s, TEXT_COLUMN);
	screen_wrap(s, row->check->what, TEXT_COLUMN, 0);
	screen_newline(s);
	screen_pad(s, TEXT_COLUMN);
	screen_wrap(s, buf_text(&a->found), TEXT_COLUMN, 0);
	screen_newline(s);
	if (a->result == CHECK_YES)
		return;
	put_more(s, "lost", row->check->lost);
	if (a->get.len)
		put_more(s, "get", buf_text(&a->get));
}

static void put_capabilities(struct buf *b, const struct checkup *c)
{
	const char *between = "";

	if (!c->capabilities || c->capabilities == c->used) {
		buf_printf(b, "%s capability it has a use for", c->capabilities ? "every" : "no");
		return;
	}
	for (int i = 0; capability_name(i); i++) {
		if (!(c->capabilities >> i & 1))
			continue;
		buf_printf(b, "%s%s", between, capability_name(i));
		between = ", ";
	}
}

static void put_head(struct screen *s, const struct checkup *c)
{
	_buf_ struct buf b = { 0 };
	size_t good = 0;

	for (size_t i = 0; i < c->n; i++)
		good += c->rows[i].answer.result == CHECK_YES;
	screen_ink(s, good == c->n ? INK_EXPECTED : INK_STUCK);
	screen_printf(s, "%zu of %zu work", good, c->n);
	screen_ink(s, INK_PLAIN);
	buf_printf(&b, "· %s · Linux %s · linger %s · ", c->host[0] ? c->host : "this host",
		   c->kernel, c->version);
	if (c->uid)
		buf_printf(&b, "user %u, ", c->uid);
	else
		buf_puts(&b, "root, ");
	put_capabilities(&b, c);
	s->text.failed |= b.failed;
	screen_put(s, " ");
	screen_wrap(s, buf_text(&b), 2, 0);
	screen_newline(s);
	screen_newline(s);
}

int text_write_checkup(FILE *out, const struct checkup *c, const struct text_options *options)
{
	struct screen s = { .options = options };

	put_head(&s, c);
	for (size_t i = 0; i < c->n; i++)
		put_row(&s, &c->rows[i]);
	if (c->setcap[0]) {
		screen_newline(&s);
		screen_put(&s, "all of it without sudo:");
		screen_newline(&s);
		screen_pad(&s, 2);
		screen_ink(&s, INK_TYPE);
		screen_put(&s, c->setcap);
		screen_ink(&s, INK_PLAIN);
		screen_newline(&s);
	}
	return screen_write(&s, out);
}
