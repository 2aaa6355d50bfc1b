// SPDX-License-Identifier: Apache-2.0
/* Adding up a finding, and the words that every cause needs. */
#include "judge/account.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "judge/causes/cause.h"
#include "judge/doing.h"
#include "judge/facts.h"
#include "judge/fix/fix.h"
#include "judge/harm.h"
#include "judge/pattern.h"
#include "judge/release.h"
#include "model/kin.h"
#include "model/text.h"

static const struct span span_empty = { VALUE_UNKNOWN, 0 };

static void span_add(struct span *s, uint32_t value)
{
	if (value == VALUE_UNKNOWN)
		return;
	if (value < s->least)
		s->least = value;
	if (value > s->most)
		s->most = value;
}

static uint32_t member(const struct account *a, uint32_t i)
{
	return a->j->members.items[a->f->members + i];
}

/* In CLOSE_WAIT one of the receive queue's bytes is the FIN. */
static void add_unread(struct account *a, const struct conn *c)
{
	uint32_t fin = c->state == TCP_STATE_CLOSE_WAIT;

	span_add(&a->unread, c->rqueue);
	a->unread_fin += fin && c->rqueue == 1;
	a->unread_data += c->rqueue > fin;
}

static bool is_shared(const struct snapshot *s, const struct conn *c)
{
	for (uint32_t i = 1; i < c->n_holders; i++)
		if (s->holders.items[c->holders + i].process !=
		    s->holders.items[c->holders].process)
			return true;
	return false;
}

static void add_outlook(struct account *a, const struct conn *c)
{
	struct outlook outlook = outlook_of(a->s, c);
	struct outlook_tally *t = &a->outlook[outlook.kind];

	if (t->n++ == 0)
		t->at_least_ms = VALUE_UNKNOWN;
	if (outlook.at_least_ms < t->at_least_ms)
		t->at_least_ms = outlook.at_least_ms;
	/* VALUE_UNKNOWN is the greatest number there is. */
	if (outlook.about_ms > t->about_ms)
		t->about_ms = outlook.about_ms;
	if (outlook.at_most_ms > t->at_most_ms)
		t->at_most_ms = outlook.at_most_ms;
}

static void add_member(struct account *a, uint32_t row)
{
	const struct conn *c = snapshot_conn(a->s, row);

	add_unread(a, c);
	span_add(&a->unsent, c->wqueue);
	span_add(&a->tries, evidence_tries(c));
	if (c->timer == TCP_TIMER_KEEPALIVE)
		span_add(&a->probe_in_ms, outlook_next_probe_ms(a->s, c));
	if (c->has & CONN_HAS_INFO) {
		span_add(&a->received_ms, c->last_data_recv_ms);
		span_add(&a->heard_ms, c->last_ack_recv_ms);
	}
	add_outlook(a, c);
	if (c->has & CONN_HAS_MEMORY)
		a->memory_bytes += c->memory_bytes;
	a->keepalive += c->timer == TCP_TIMER_KEEPALIVE ||
			(c->has & CONN_HAS_OPTIONS && c->flags & CONN_KEEPALIVE);
	a->orphans += c->inode == 0 && c->n_holders == 0;
	a->shared += is_shared(a->s, c);
	a->queued += !!(c->flags & CONN_QUEUED);
}

/* The one to speak of when all cannot be: the surest to be old. */
static uint32_t find_sample(const struct account *a)
{
	uint32_t best = member(a, 0);

	for (uint32_t i = 1; i < a->f->count; i++) {
		const struct age *age = &a->j->verdicts[member(a, i)].age;
		const struct age *old = &a->j->verdicts[best].age;

		if (age->at_least_ms != VALUE_UNKNOWN &&
		    (old->at_least_ms == VALUE_UNKNOWN || age->at_least_ms > old->at_least_ms))
			best = member(a, i);
	}
	return best;
}

static void count_siblings(struct account *a, uint32_t process)
{
	const struct snapshot *s = a->s;

	a->siblings = a->siblings_lately = VALUE_UNKNOWN;
	if (a->f->role != ROLE_CONNECTED || process == ROW_NONE)
		return;
	for (size_t i = 0; i < s->peers.n; i++) {
		const struct peer_use *use = &s->peers.items[i];

		if (use->process != process || use->netns != a->f->netns ||
		    !endpoint_equal(&use->remote, &a->f->endpoint))
			continue;
		a->siblings = use->established;
		a->siblings_lately = use->lately;
		return;
	}
	if (s->can.bpf == FACT_YES)
		a->siblings = a->siblings_lately = 0;
}

void account_take(struct account *a, const struct index *x, const struct judgement *j,
		  struct finding *f, uint32_t others)
{
	uint32_t row, listener;

	*a = (struct account){
		.x = x, .s = x->s, .j = j, .f = f, .others = others, .process = ROW_NONE
	};
	a->unread = a->unsent = a->tries = a->probe_in_ms = span_empty;
	a->received_ms = a->heard_ms = span_empty;
	for (uint32_t i = 0; i < f->count; i++)
		add_member(a, member(a, i));
	row = find_sample(a);
	a->sample = snapshot_conn(a->s, row);
	evidence_gather(x, row, &a->evidence);
	if (f->n_owners) {
		a->process = j->owners.items[f->owners].process;
		a->owner = snapshot_process(a->s, a->process);
	}
	listener = f->role == ROLE_ACCEPTED ? index_listener(x, a->sample) : ROW_NONE;
	if (listener != ROW_NONE)
		a->listener = snapshot_conn(a->s, listener);
	count_siblings(a, a->process);
	if (j->verdicts[row].related != ROW_NONE)
		a->related = snapshot_conn(a->s, j->verdicts[row].related);
}

void put_process(struct buf *b, const struct process *p)
{
	buf_put_safe(b, p->comm ? p->comm : "a process");
	if (p->pid)
		buf_printf(b, "[%u]", p->pid);
}

void put_owner(struct buf *b, const struct account *a)
{
	if (a->owner)
		put_process(b, a->owner);
	else
		buf_puts(b, "the program");
}

void put_descent(struct buf *b, const struct account *a, uint32_t process)
{
	_buf_ struct buf descent = { 0 };

	if (process == ROW_NONE)
		return;
	kin_put_descent(&descent, a->s, snapshot_process(a->s, process),
			(uint32_t)(a->sample - a->s->conns.items));
	if (descent.len)
		buf_printf(b, " (%s)", buf_text(&descent));
	b->failed |= descent.failed;
}

void put_endpoint(struct buf *b, const struct endpoint *e)
{
	char text[ENDPOINT_TEXT_LEN];

	endpoint_format(e, text);
	buf_puts(b, text);
}

void put_counted(struct buf *b, uint64_t n, const char *one, const char *many)
{
	text_put_count(b, n);
	buf_printf(b, " %s", n == 1 ? one : many);
}

void put_bytes(struct buf *b, uint64_t n)
{
	put_counted(b, n, "byte", "bytes");
}

char *account_take_text(struct account *a, struct buf *b)
{
	char *text = b->data;

	if (!text && !buf_error(b))
		text = strdup("");
	if (!text || buf_error(b)) {
		a->err = -ENOMEM;
		free(text);
		text = NULL;
	}
	*b = (struct buf){ 0 };
	return text;
}

void account_fact_word(struct account *a, const char *fact, const char *word, struct buf *text)
{
	struct fact_text *row;
	char *sentence = account_take_text(a, text);
	char *value = strdup(word);

	if (!sentence || !value || array_grow(&a->f->evidence, 1)) {
		free(sentence);
		free(value);
		a->err = -ENOMEM;
		return;
	}
	row = &a->f->evidence.items[a->f->evidence.n++];
	*row = (struct fact_text){ .fact = fact, .value = value, .text = sentence };
}

void account_fact_number(struct account *a, const char *fact, uint64_t value, struct buf *text)
{
	char number[24];

	snprintf(number, sizeof(number), "%llu", (unsigned long long)value);
	account_fact_word(a, fact, number, text);
}

void account_harm(struct account *a, struct buf *text)
{
	char *sentence = account_take_text(a, text);

	if (!sentence || array_grow(&a->f->harm, 1)) {
		free(sentence);
		a->err = -ENOMEM;
		return;
	}
	a->f->harm.items[a->f->harm.n++] = sentence;
}

int account_tell(struct account *a)
{
	const struct cause *cause = cause_at(a->f->cause);
	struct ending end = { .when = ENDS_UNKNOWN,
			      .in_ms = VALUE_UNKNOWN,
			      .at_least_ms = VALUE_UNKNOWN,
			      .at_most_ms = VALUE_UNKNOWN };
	struct buf text = { 0 };

	cause->why(a, &text);
	a->f->why = account_take_text(a, &text);
	for (account_writer *const *write = cause->facts; *write; write++)
		(*write)(a);
	facts_tell_story(a);
	doing_tell(a);
	pattern_tell(a);
	cause->ends(a, &end);
	a->f->ends_when = (uint8_t)end.when;
	a->f->ends_in_ms = end.in_ms;
	a->f->ends_at_least_ms = end.at_least_ms;
	a->f->ends_at_most_ms = end.at_most_ms;
	a->f->ends_text = account_take_text(a, &end.text);
	fix_tell(a);
	if (cause->severity == SEVERITY_STUCK) {
		harm_tell(a);
		release_tell(a, cause->releases);
	}
	return a->err;
}
