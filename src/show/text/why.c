// SPDX-License-Identifier: Apache-2.0
/* The screen of `linger why`: one finding whole. */
#include <string.h>

#include "base/mem.h"
#include "judge/causes/table.h"
#include "model/filter.h"
#include "model/finding.h"
#include "model/text.h"
#include "show/text/holders.h"
#include "show/text/legs.h"
#include "show/text/screen.h"
#include "show/text/stacks.h"
#include "show/text/words.h"

/* How many of a finding's connections and owners are shown. */
#define CONNECTIONS_SHOWN 10
#define OWNERS_SHOWN	  10
#define TIDS_SHOWN	  5 /* of each group of threads */

/* Left of this column stands the name of a fact, right of it what it means. */
#define FACT_COLUMN 30

/* unit, container and pod, all that are known. */
static void put_home(struct buf *b, const struct process *p)
{
	const char *open = " (";

	if (p->unit) {
		buf_printf(b, "%s%s", open, p->unit);
		open = ", ";
	}
	if (p->container) {
		buf_puts(b, open);
		words_put_container(b, p->container);
		open = ", ";
	}
	if (p->pod) {
		buf_printf(b, "%spod %s", open, p->pod);
		open = ", ";
	}
	if (open[0] == ',')
		buf_putc(b, ')');
}

static void put_title(struct screen *s, const struct judgement *j, const struct finding *f)
{
	const struct process *p = NULL;
	_buf_ struct buf b = { 0 };

	if (f->n_owners)
		p = snapshot_process(j->snapshot, j->owners.items[f->owners].process);
	screen_ink(s, f->severity == SEVERITY_STUCK ? INK_STUCK : INK_EXPECTED);
	words_put_count(&b, f);
	screen_put(s, buf_text(&b));
	screen_ink(s, INK_PLAIN);
	b.len = 0;
	if (p) {
		buf_puts(&b, "of ");
		words_put_program(&b, p);
		if (f->n_owners > 1)
			buf_printf(&b, " and %u more", f->n_owners - 1);
		put_home(&b, p);
	} else {
		buf_putc(&b, '(');
		words_put_owners(&b, j, f);
		buf_putc(&b, ')');
	}
	buf_puts(&b, "  ");
	words_put_endpoint(&b, f);
	buf_printf(&b, "  %s, %s", cause_id(f->cause),
		   f->severity == SEVERITY_STUCK ? confidence_name(f->confidence) : "expected");
	s->text.failed |= b.failed;
	screen_put(s, " ");
	screen_wrap(s, buf_text(&b), 4, 0);
	screen_newline(s);
}

/* Facts that belong to what happened rather than to why it is so, in the order they are told. */
static const char *const story[] = { "opened_by", "closed_first", "established_to_peer",
				     "other_end" };

/* Whether another section tells it whole. */
static bool is_elsewhere(const struct fact_text *fact)
{
	for (size_t i = 0; i < ARRAY_LEN(story); i++)
		if (strcmp(fact->fact, story[i]) == 0)
			return true;
	return strcmp(fact->fact, "holders") == 0 || strcmp(fact->fact, "established_in_use") == 0;
}

static void put_story(struct screen *s, const struct finding *f)
{
	for (size_t i = 0; i < ARRAY_LEN(story); i++)
		for (size_t k = 0; k < f->evidence.n; k++)
			if (strcmp(f->evidence.items[k].fact, story[i]) == 0)
				screen_sentence(s, f->evidence.items[k].text);
}

static void put_evidence(struct screen *s, const struct finding *f)
{
	bool any = false;

	screen_heading(s, "evidence");
	for (size_t i = 0; i < f->evidence.n; i++) {
		const struct fact_text *fact = &f->evidence.items[i];

		if (is_elsewhere(fact))
			continue;
		any = true;
		screen_printf(s, "  %s %s", fact->fact, fact->value ? fact->value : "");
		if (s->column >= FACT_COLUMN)
			screen_newline(s);
		screen_pad(s, FACT_COLUMN);
		screen_wrap(s, fact->text ? fact->text : "", FACT_COLUMN, 0);
		screen_newline(s);
	}
	if (!any)
		screen_sentence(s, "none could be read");
}

static void put_doing(struct screen *s, const struct finding *f)
{
	_buf_ struct buf b = { 0 };

	if (!f->doing)
		return;
	screen_heading(s, "what the program does now");
	screen_sentence(s, f->doing);
	/* Of a single thread that has said all. */
	if (f->thread_groups.n == 1 && f->thread_groups.items[0].count == 1)
		return;
	for (size_t i = 0; i < f->thread_groups.n; i++) {
		const struct thread_group *group = &f->thread_groups.items[i];

		b.len = 0;
		buf_puts(&b, group->text);
		for (uint32_t k = 0; k < group->n_tids && k < TIDS_SHOWN; k++)
			buf_printf(&b, "%s%u", k ? ", " : ": ", group->tids[k]);
		buf_puts(&b, group->count > TIDS_SHOWN ? " …" : "");
		screen_pad(s, 4);
		screen_wrap(s, buf_text(&b), 6, 0);
		screen_newline(s);
	}
	s->text.failed |= b.failed;
}

static void put_how_long(struct screen *s, const struct finding *f)
{
	_buf_ struct buf b = { 0 };

	screen_heading(s, "how long");
	buf_puts(&b, f->count > 1 ? "The oldest has been so " : "It has been so ");
	if (f->oldest.at_least_ms == VALUE_UNKNOWN && f->oldest.at_most_ms == VALUE_UNKNOWN)
		buf_puts(&b, "for a time that cannot be told");
	else
		words_put_age(&b, &f->oldest);
	if (f->count > 1 && f->newest_at_most_ms != VALUE_UNKNOWN) {
		buf_puts(&b, ", the newest at most ");
		text_put_duration(&b, f->newest_at_most_ms);
	}
	buf_putc(&b, '.');
	if (f->unsure && f->count == 1) {
		buf_puts(&b, " That is not sure: something may have refreshed it since.");
	} else if (f->unsure) {
		buf_puts(&b, " Of ");
		text_put_count(&b, f->unsure);
		buf_puts(&b, " that is not sure: something may have refreshed them since.");
	}
	if (f->growth_per_min > 0.05 || f->growth_per_min < -0.05)
		buf_printf(&b, " They grow by %.1f a minute.", f->growth_per_min);
	s->text.failed |= b.failed;
	screen_sentence(s, buf_text(&b));
	if (f->ends_text && f->ends_text[0])
		screen_sentence(s, f->ends_text);
}

/* Where fds run out it matters whose they are. */
static void put_owners(struct screen *s, const struct judgement *j, const struct finding *f)
{
	_buf_ struct buf b = { 0 };

	if (f->n_owners < 2)
		return;
	screen_heading(s, "owners");
	for (uint32_t i = 0; i < f->n_owners && i < OWNERS_SHOWN; i++) {
		const struct finding_owner *o = &j->owners.items[f->owners + i];
		const struct process *p = snapshot_process(j->snapshot, o->process);

		b.len = 0;
		text_put_count(&b, o->sockets);
		buf_puts(&b, " by ");
		words_put_program(&b, p);
		put_home(&b, p);
		if (p->fds_open != VALUE_UNKNOWN && p->fds_limit != VALUE_UNKNOWN) {
			buf_puts(&b, ", ");
			text_put_count(&b, p->fds_open);
			buf_puts(&b, " of ");
			text_put_count(&b, p->fds_limit);
			buf_puts(&b, " file descriptors used");
		}
		s->text.failed |= b.failed;
		screen_sentence(s, buf_text(&b));
	}
	if (f->n_owners > OWNERS_SHOWN) {
		screen_printf(s, "  and %u more (--json lists all)", f->n_owners - OWNERS_SHOWN);
		screen_newline(s);
	}
}

static void put_release(struct screen *s, const struct release *r)
{
	_buf_ struct buf b = { 0 };

	screen_pad(s, 2);
	screen_ink(s, INK_TYPE);
	screen_put(s, r->command);
	screen_ink(s, INK_PLAIN);
	screen_newline(s);
	if (r->frees)
		buf_printf(&b, "frees: %s", r->frees);
	if (r->keeps)
		buf_printf(&b, "%skeeps: %s", b.len ? "; " : "", r->keeps);
	s->text.failed |= b.failed;
	if (!b.len)
		return;
	screen_pad(s, 6);
	screen_wrap(s, buf_text(&b), 6, 0);
	screen_newline(s);
}

/* Whether the finding beside this one is that of the other connections of the same program. */
static bool is_leg(const struct judgement *j, const struct finding *f)
{
	for (uint32_t i = 0; i < f->count; i++) {
		uint32_t related = j->verdicts[j->members.items[f->members + i]].related;

		if (related != ROW_NONE && j->verdicts[related].finding == f->paired_with)
			return true;
	}
	return false;
}

static void put_remedies(struct screen *s, const struct judgement *j, const struct finding *f)
{
	if (f->harm.n)
		screen_heading(s, "what it breaks");
	for (size_t i = 0; i < f->harm.n; i++)
		screen_sentence(s, f->harm.items[i]);
	put_owners(s, j, f);
	if (f->fix && f->fix[0]) {
		screen_heading(s, "what to change");
		screen_sentence(s, f->fix);
		if (f->fix_more)
			screen_sentence(s, f->fix_more);
	}
	if (f->releases.n)
		screen_heading(s, "how to let go now");
	for (size_t i = 0; i < f->releases.n; i++)
		put_release(s, &f->releases.items[i]);
	if (f->paired_with < j->findings.n) {
		const struct finding *pair = &j->findings.items[f->paired_with];

		screen_heading(s, is_leg(j, f) ? "the other leg" : "the other end");
		screen_pad(s, 2);
		screen_ink(s, INK_TYPE);
		screen_printf(s, "linger why %.*s", pair->id_len, pair->id);
		screen_ink(s, INK_PLAIN);
		screen_printf(s, ": %s, %s", tcp_state_name(pair->state), cause_id(pair->cause));
		screen_newline(s);
	}
}

/* A table is written by itself, so what stands on the page goes out before it. */
static int put_table(FILE *out, struct screen *s, const struct judgement *j, const uint32_t *rows,
		     size_t n, const char *names)
{
	const struct text_options *options = s->options;
	struct text_columns columns;
	const char *wrong;
	int r = screen_write(s, out);

	*s = (struct screen){ .options = options };
	if (!r)
		r = text_columns_parse(names, &columns, &wrong);
	return r < 0 ? r : text_write_sockets(out, j, rows, n, &columns, options);
}

static int put_legs(FILE *out, struct screen *s, const struct judgement *j, const struct finding *f)
{
	uint32_t rows[LEGS_MAX], n = legs_find(j, f, rows);

	if (n == 0)
		return 0;
	legs_put(s, j, rows, n);
	return put_table(out, s, j, rows, n, "state,recv-q,send-q,local,remote,timer,age");
}

static bool is_asked_for(const struct judgement *j, uint32_t row, const struct filter *filter)
{
	struct filter_subject subject;

	if (!filter)
		return true;
	subject = filter_subject_of(j, row);
	return filter_match(filter, &subject);
}

/* The first connections, those first that were asked for. How many; *ret_asked is how many of the
 * finding were. */
static uint32_t choose_connections(const struct judgement *j, const struct finding *f,
				   const struct filter *filter,
				   uint32_t ret_rows[static CONNECTIONS_SHOWN], uint32_t *ret_asked)
{
	const uint32_t *members = &j->members.items[f->members];
	uint32_t n = 0, asked = 0;

	for (uint32_t i = 0; i < f->count; i++) {
		if (!is_asked_for(j, members[i], filter))
			continue;
		if (n < CONNECTIONS_SHOWN)
			ret_rows[n++] = members[i];
		asked++;
	}
	for (uint32_t i = 0; i < f->count && n < CONNECTIONS_SHOWN; i++)
		if (!is_asked_for(j, members[i], filter))
			ret_rows[n++] = members[i];
	*ret_asked = asked;
	return n;
}

static void put_shown(struct screen *s, const struct finding *f, uint32_t shown, uint32_t asked)
{
	_buf_ struct buf b = { 0 };

	if (asked < f->count) {
		text_put_count(&b, asked);
		buf_puts(&b, " of ");
		text_put_count(&b, f->count);
		buf_printf(&b, " asked for by %s%s", s->options->filter_text,
			   shown > asked ? ", first here" : "");
	} else if (shown < f->count) {
		buf_printf(&b, "the first %u of ", shown);
		text_put_count(&b, f->count);
	}
	if (shown < f->count)
		buf_printf(&b, " (linger list finding = %.*s shows all)", f->id_len, f->id);
	s->text.failed |= b.failed;
	if (b.len)
		screen_sentence(s, buf_text(&b));
}

static int put_connections(FILE *out, struct screen *s, const struct judgement *j,
			   const struct finding *f)
{
	uint32_t rows[CONNECTIONS_SHOWN], asked;
	uint32_t shown = choose_connections(j, f, s->options->filter, rows, &asked);

	screen_heading(s, "connections");
	put_shown(s, f, shown, asked);
	return put_table(out, s, j, rows, shown, "state,recv-q,send-q,local,remote,age,owner");
}

int text_write_why(FILE *out, const struct judgement *j, size_t row,
		   const struct text_options *options)
{
	const struct finding *f = &j->findings.items[row];
	struct screen s = { .options = options };
	int r;

	put_title(&s, j, f);
	screen_heading(&s, "what happened");
	screen_sentence(&s, f->why ? f->why : cause_says(f->cause));
	put_story(&s, f);
	put_doing(&s, f);
	stacks_put(&s, j, f);
	put_evidence(&s, f);
	holders_put(&s, j, f);
	put_how_long(&s, f);
	put_remedies(&s, j, f);
	r = put_legs(out, &s, j, f);
	return r < 0 ? r : put_connections(out, &s, j, f);
}
