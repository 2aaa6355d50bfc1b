// SPDX-License-Identifier: Apache-2.0
/* The screen of `linger`: what is stuck, worst first. */
#include <stdlib.h>

#include "base/mem.h"
#include "judge/causes/table.h"
#include "judge/judge.h"
#include "model/finding.h"
#include "model/text.h"
#include "show/text/rollup.h"
#include "show/text/screen.h"
#include "show/text/words.h"

/* Labels ("eof-unwatched", "breaks") stand left of this column, texts right of it. */
#define TEXT_COLUMN_LEAST 21

/* From this width on, one line has to do for what it breaks and what to change, and two for why;
 * below, one more each. `linger why` has them whole. */
#define WIDE_COLUMNS 100

/* Below this width owners and texts have lines of their own, and nothing stands beside them. */
#define NARROW_COLUMNS 64
#define NARROW_INDENT  4

/* The columns of the first line of each finding. */
struct layout {
	size_t text;	    /* where owners and texts begin */
	size_t owner;	    /* columns of the owner */
	size_t endpoint;    /* columns of the endpoint */
	bool short_age;	    /* only the lower bound fits */
	unsigned int lines; /* how many a text may take */
	bool narrow;	    /* each thing has a line of its own */
};

static size_t columns_of(const struct buf *b, bool utf8)
{
	_buf_ struct buf folded = { 0 };

	screen_fold(&folded, buf_text(b), utf8);
	return screen_columns(buf_text(&folded));
}

static void measure(size_t *most, struct buf *b, bool utf8)
{
	size_t n = columns_of(b, utf8);

	if (n > *most)
		*most = n;
	b->len = 0;
}

/* How old, and how sure the verdict is unless it is certain. */
static void put_age(struct buf *b, const struct finding *f, bool is_short)
{
	if (is_short)
		words_put_age_least(b, &f->oldest);
	else
		words_put_age(b, &f->oldest);
	if (f->severity == SEVERITY_STUCK && f->confidence != CONFIDENCE_CERTAIN)
		buf_printf(b, ", %s", confidence_name(f->confidence));
}

/* Of a block the first one's, and whether there are more. */
static void put_owners(struct buf *b, const struct judgement *j, const struct block *k)
{
	words_put_owners(b, j, &k->f);
	if (!k->is_one_process)
		buf_puts(b, " …");
}

/* The endpoint, or how many there are and which has most: "→ 500 peers, most to 10.2.0.9:443
 * (129)".
 */
static void put_ends(struct buf *b, const struct block *k)
{
	bool is_listener = k->f.role == ROLE_ACCEPTED;
	char text[ENDPOINT_TEXT_LEN];

	if (k->n == 1) {
		words_put_endpoint(b, &k->f);
		return;
	}
	buf_puts(b, is_listener ? "← " : k->f.role == ROLE_CONNECTED ? "→ " : "· ");
	text_put_count(b, k->n);
	endpoint_format(&k->f.endpoint, text);
	buf_printf(b, "%s %s (", is_listener ? " ports, most at" : " peers, most to", text);
	text_put_count(b, k->most);
	buf_putc(b, ')');
}

static struct layout lay_out(const struct screen *s, const struct judgement *j,
			     const struct block *blocks, size_t shown)
{
	size_t count = TEXT_COLUMN_LEAST - 2, owner = 0, endpoint = 0, age = 0, least = 0, rest;
	_buf_ struct buf b = { 0 };
	struct layout l;

	for (size_t i = 0; i < shown; i++) {
		const struct finding *f = &blocks[i].f;

		words_put_count(&b, f);
		measure(&count, &b, s->options->utf8);
		put_owners(&b, j, &blocks[i]);
		measure(&owner, &b, s->options->utf8);
		put_ends(&b, &blocks[i]);
		measure(&endpoint, &b, s->options->utf8);
		put_age(&b, f, false);
		measure(&age, &b, s->options->utf8);
		put_age(&b, f, true);
		measure(&least, &b, s->options->utf8);
	}
	l = (struct layout){ .text = count + 2,
			     .owner = owner,
			     .endpoint = endpoint,
			     .lines = screen_width(s) < WIDE_COLUMNS ? 2 : 1 };
	if (screen_width(s) < NARROW_COLUMNS)
		return (struct layout){ .text = NARROW_INDENT, .lines = 3, .narrow = true };
	rest = screen_width(s) > l.text ? screen_width(s) - l.text : 0;
	if (owner + 2 + endpoint + 2 + age <= rest)
		return l;
	l.short_age = true;
	if (owner + 2 + endpoint + 2 + least <= rest)
		return l;
	/* The address and the age stay whole; of the owner there stays what has room, yet its name.
	 */
	l.owner = rest > endpoint + least + 4 ? rest - endpoint - least - 4 : 0;
	if (l.owner < 16)
		l.owner = owner < 16 ? owner : 16;
	return l;
}

static void put_label(struct screen *s, const struct layout *l, const char *label)
{
	screen_put(s, "  ");
	screen_put(s, label);
	if (l->narrow) {
		screen_newline(s);
		screen_pad(s, l->text);
		return;
	}
	/* The longest causes reach the text's column. */
	screen_put(s, " ");
	screen_pad(s, l->text);
}

/* State and age; below, whole, whose it is and with whom. */
static void put_narrow_head(struct screen *s, const struct layout *l, const struct judgement *j,
			    const struct block *k)
{
	const struct finding *f = &k->f;
	_buf_ struct buf b = { 0 };

	screen_ink(s, f->severity == SEVERITY_STUCK ? INK_STUCK : INK_EXPECTED);
	words_put_count(&b, f);
	screen_put(s, buf_text(&b));
	screen_ink(s, INK_PLAIN);
	b.len = 0;
	put_age(&b, f, true);
	screen_put(s, "  ");
	screen_wrap(s, buf_text(&b), l->text, 0);
	screen_newline(s);
	screen_pad(s, l->text);
	b.len = 0;
	put_owners(&b, j, k);
	screen_wrap(s, buf_text(&b), l->text, 0);
	screen_newline(s);
	b.len = 0;
	put_ends(&b, k);
	if (b.len) {
		screen_pad(s, l->text);
		screen_wrap(s, buf_text(&b), l->text, 0);
		screen_newline(s);
	}
	s->text.failed |= b.failed;
}

/* State, owner, endpoint, age. An address too long for the line gets the next one to itself. */
static void put_head(struct screen *s, const struct layout *l, const struct judgement *j,
		     const struct block *k)
{
	const struct finding *f = &k->f;
	_buf_ struct buf b = { 0 }, age = { 0 };
	size_t columns, end, age_columns;

	screen_ink(s, f->severity == SEVERITY_STUCK ? INK_STUCK : INK_EXPECTED);
	words_put_count(&b, f);
	screen_put(s, buf_text(&b));
	screen_ink(s, INK_PLAIN);
	screen_pad(s, l->text);
	b.len = 0;
	put_owners(&b, j, k);
	screen_clip(s, buf_text(&b), l->owner);
	screen_pad(s, l->text + l->owner + 2);
	b.len = 0;
	put_ends(&b, k);
	put_age(&age, f, l->short_age);
	columns = columns_of(&b, s->options->utf8);
	age_columns = columns_of(&age, s->options->utf8);
	end = s->column + l->endpoint + 2;
	if (end + age_columns <= screen_width(s)) {
		screen_put(s, buf_text(&b));
		screen_pad(s, end);
		screen_put(s, buf_text(&age));
	} else if (s->column + columns + 2 + age_columns <= screen_width(s)) {
		screen_put(s, buf_text(&b));
		screen_put(s, "  ");
		screen_put(s, buf_text(&age));
	} else {
		screen_put(s, buf_text(&age));
		screen_newline(s);
		screen_pad(s, l->text);
		screen_put(s, buf_text(&b));
	}
	s->text.failed |= b.failed | age.failed;
	screen_newline(s);
}

static void put_why(struct screen *s, const struct layout *l, const struct finding *f)
{
	put_label(s, l, cause_id(f->cause));
	screen_wrap(s, f->why ? f->why : cause_says(f->cause), l->text, l->lines + 1);
	screen_newline(s);
}

static void put_harm(struct screen *s, const struct layout *l, const struct finding *f)
{
	_buf_ struct buf b = { 0 };

	if (f->harm.n == 0)
		return;
	for (size_t i = 0; i < f->harm.n; i++)
		buf_printf(&b, "%s%s", i ? "; " : "", f->harm.items[i]);
	s->text.failed |= b.failed;
	put_label(s, l, "breaks");
	screen_wrap(s, buf_text(&b), l->text, l->lines);
	screen_newline(s);
}

/* How to see the findings of a block one by one. */
static void put_each(struct buf *b, const struct judgement *j, const struct block *k)
{
	const struct finding *f = &k->f;
	const struct process *p = NULL;

	if (f->n_owners && k->is_one_process)
		p = snapshot_process(j->snapshot, j->owners.items[f->owners].process);
	buf_printf(b, "linger --each 'cause = %s", cause_id(f->cause));
	if (p && p->pid)
		buf_printf(b, " and pid = %u", p->pid);
	buf_putc(b, '\'');
}

/* What can be typed is never broken within: it must survive being copied. */
static void put_type(struct screen *s, const struct layout *l, const struct judgement *j,
		     const struct block *k)
{
	const struct finding *f = &k->f;
	_buf_ struct buf second = { 0 };

	if (k->n > 1)
		put_each(&second, j, k);
	else if (f->releases.n)
		screen_fold(&second, f->releases.items[0].command, s->options->utf8);
	s->text.failed |= second.failed;
	put_label(s, l, "type");
	screen_ink(s, INK_TYPE);
	screen_printf(s, "linger why %.*s", f->id_len, f->id);
	screen_ink(s, INK_PLAIN);
	if (second.len) {
		if (s->column + 5 + screen_columns(buf_text(&second)) <= screen_width(s)) {
			screen_put(s, "  ·  ");
		} else {
			screen_newline(s);
			screen_pad(s, l->text);
		}
		screen_ink(s, INK_TYPE);
		screen_put(s, buf_text(&second));
		screen_ink(s, INK_PLAIN);
	}
	screen_newline(s);
}

static void put_block(struct screen *s, const struct layout *l, const struct judgement *j,
		      const struct block *k)
{
	screen_newline(s);
	if (l->narrow)
		put_narrow_head(s, l, j, k);
	else
		put_head(s, l, j, k);
	put_why(s, l, &k->f);
	put_harm(s, l, &k->f);
	if (k->f.fix && k->f.fix[0]) {
		put_label(s, l, "change");
		screen_wrap(s, k->f.fix, l->text, l->lines);
		screen_newline(s);
	}
	put_type(s, l, j, k);
}

/* ---- the lines around the findings ---- */

/* The sum of all that could be counted; *ret_is_whole tells whether all could. CLOSED sockets are
 * in no table of the kernel and count for nobody. */
static uint64_t count_sockets(const struct snapshot *snapshot, bool *ret_is_whole)
{
	uint64_t sum = 0;

	*ret_is_whole = true;
	for (size_t i = 0; i < snapshot->netns.n; i++) {
		const uint32_t *counts = snapshot->netns.items[i].counts;

		if (snapshot->netns.items[i].seen == NETNS_EMPTY)
			continue;
		for (enum tcp_state state = TCP_STATE_UNKNOWN + 1; state < TCP_STATE_MAX; state++) {
			if (counts[state] != VALUE_UNKNOWN)
				sum += counts[state];
			else if (state != TCP_STATE_CLOSED)
				*ret_is_whole = false;
		}
	}
	return sum;
}

static void put_answer(struct screen *s, const struct judgement *j, const struct block *blocks,
		       size_t n)
{
	const struct snapshot *snapshot = j->snapshot;
	_buf_ struct buf b = { 0 };
	size_t namespaces = 0, stuck = 0;
	bool is_whole;
	uint64_t sockets = count_sockets(snapshot, &is_whole);

	for (size_t i = 0; i < n; i++)
		stuck += blocks[i].f.severity == SEVERITY_STUCK;
	for (size_t i = 0; i < snapshot->netns.n; i++)
		namespaces += snapshot->netns.items[i].seen != NETNS_DENIED &&
			      snapshot->netns.items[i].seen != NETNS_FAILED;
	screen_ink(s, stuck ? INK_STUCK : INK_EXPECTED);
	if (stuck)
		text_put_count(&b, stuck);
	buf_puts(&b, stuck ? " stuck" : "nothing stuck");
	if (j->filter)
		buf_puts(&b, stuck == 1 ? " that matches"
			     : stuck	? " that match"
					: " that matches");
	/* Who sees little must not read it as all clear. */
	if (!stuck && snapshot->can.all_files != FACT_YES)
		buf_puts(&b, " that can be seen from here");
	screen_put(s, buf_text(&b));
	screen_ink(s, INK_PLAIN);
	b.len = 0;
	buf_printf(&b, "· %s · ", snapshot->host[0] ? snapshot->host : "this host");
	if (sockets || is_whole) {
		buf_puts(&b, is_whole ? "" : "≥ ");
		text_put_count(&b, sockets);
		buf_printf(&b, " TCP socket%s, ", sockets == 1 ? "" : "s");
	}
	text_put_count(&b, namespaces);
	buf_printf(&b, " namespace%s · %u.%02u s", namespaces == 1 ? "" : "s",
		   snapshot->took_ms / 1000, snapshot->took_ms % 1000 / 10);
	s->text.failed |= b.failed;
	screen_put(s, " ");
	screen_wrap(s, buf_text(&b), 2, 0);
	screen_newline(s);
}

static void put_item(struct buf *b, uint64_t n, const char *what)
{
	if (n == 0)
		return;
	if (b->len)
		buf_puts(b, ", ");
	text_put_count(b, n);
	buf_printf(b, " %s", what);
}

static uint64_t count_expected(const struct judgement *j, enum tcp_state state)
{
	uint64_t n = 0;

	for (size_t i = 0; i < j->snapshot->conns.n; i++)
		n += j->snapshot->conns.items[i].state == state &&
		     j->verdicts[i].severity == SEVERITY_EXPECTED;
	return n;
}

/* TIME_WAIT is counted and not listed unless it matters. */
static uint64_t count_time_wait(const struct judgement *j)
{
	uint32_t total = snapshot_total(j->snapshot, TCP_STATE_TIME_WAIT);
	uint64_t stuck = 0;

	for (size_t i = 0; i < j->findings.n; i++)
		if (j->findings.items[i].state == TCP_STATE_TIME_WAIT &&
		    j->findings.items[i].severity == SEVERITY_STUCK)
			stuck += j->findings.items[i].count;
	return total == VALUE_UNKNOWN || total < stuck ? 0 : total - stuck;
}

static void put_line(struct screen *s, const char *label, const char *text)
{
	screen_put(s, label);
	screen_pad(s, 11);
	screen_wrap(s, text, 11, 0);
	screen_newline(s);
}

static void put_not_stuck(struct screen *s, const struct judgement *j)
{
	uint32_t limit =
		s->options->older_than_ms ? s->options->older_than_ms : JUDGE_OLDER_THAN_MS;
	_buf_ struct buf b = { 0 }, younger = { 0 };

	if (!j->filter)
		put_item(&b, count_time_wait(j), "TIME_WAIT");
	for (enum tcp_state state = TCP_STATE_UNKNOWN + 1; !j->filter && state < TCP_STATE_MAX;
	     state++)
		if (state != TCP_STATE_TIME_WAIT)
			put_item(&b, count_expected(j, state), tcp_state_name(state));
	if (b.len && !s->options->all)
		buf_puts(&b, " (--all shows them)");
	buf_puts(&younger, "younger than ");
	text_put_duration(&younger, limit);
	put_item(&b, j->young, buf_text(&younger));
	put_item(&b, j->age_unsure, "of unknown age");
	if (j->young || j->age_unsure)
		buf_puts(&b, " (linger list shows them)");
	s->text.failed |= b.failed | younger.failed;
	if (b.len)
		put_line(s, "not stuck:", buf_text(&b));
}

/* When nothing is stuck: what makes us say so. */
static void put_looked_at(struct screen *s, const struct judgement *j)
{
	_buf_ struct buf b = { 0 };

	for (enum tcp_state state = TCP_STATE_UNKNOWN + 1; state < TCP_STATE_MAX; state++) {
		uint32_t total = snapshot_total(j->snapshot, state);

		put_item(&b, total == VALUE_UNKNOWN ? 0 : total, tcp_state_name(state));
	}
	s->text.failed |= b.failed;
	put_line(s, "looked at:", b.len ? buf_text(&b) : "no TCP socket that could be counted");
}

/* What the filter does not mean: the numbers of the findings do not have it. */
static void put_left_out(struct screen *s, const struct judgement *j)
{
	_buf_ struct buf b = { 0 };

	text_put_count(&b, j->left_out);
	buf_printf(&b, " connection%s", j->left_out == 1 ? "" : "s");
	if (j->left_out_findings) {
		buf_puts(&b, " (");
		text_put_count(&b, j->left_out_findings);
		buf_printf(&b, " finding%s whole)", j->left_out_findings == 1 ? "" : "s");
	}
	buf_printf(&b, " not meant by: %s", j->filter);
	s->text.failed |= b.failed;
	if (j->left_out)
		put_line(s, "left out:", buf_text(&b));
}

static void put_footer(struct screen *s, const struct judgement *j)
{
	const struct snapshot *snapshot = j->snapshot;

	screen_newline(s);
	if (j->filter)
		put_left_out(s, j);
	else if (!j->stuck)
		put_looked_at(s, j);
	put_not_stuck(s, j);
	for (size_t i = 0; i < snapshot->blind_spots.n; i++)
		put_line(s, i ? "" : "not seen:", snapshot->blind_spots.items[i]);
	if (snapshot->blind_spots.n)
		put_line(s, "", "linger doctor says what would help");
	/* No empty line at the end when there was nothing to say. */
	if (s->text.len > 1 && s->text.data[s->text.len - 2] == '\n' &&
	    s->text.data[s->text.len - 1] == '\n')
		s->text.len--;
}

static void put_blocks(struct screen *s, const struct judgement *j, const struct block *blocks,
		       size_t n)
{
	size_t top = s->options->top ? s->options->top : TEXT_TOP_DEFAULT;
	size_t shown = n < top ? n : top;
	struct layout layout = lay_out(s, j, blocks, shown);
	_buf_ struct buf b = { 0 };

	put_answer(s, j, blocks, n);
	for (size_t i = 0; i < shown; i++)
		put_block(s, &layout, j, &blocks[i]);
	if (shown == n)
		return;
	text_put_count(&b, n - shown);
	s->text.failed |= b.failed;
	screen_newline(s);
	screen_printf(s, "%s more (--top 0 shows all)", buf_text(&b));
	screen_newline(s);
}

int text_write_findings(FILE *out, const struct judgement *j, const struct text_options *options)
{
	struct screen s = { .options = options };
	struct block *blocks;
	size_t n;
	int err = rollup_make(j, options->each, &blocks, &n);

	if (err)
		return err;
	put_blocks(&s, j, blocks, n);
	free(blocks);
	put_footer(&s, j);
	return screen_write(&s, out);
}
