// SPDX-License-Identifier: Apache-2.0
/* Ages, owners and endpoints in words. */
#include "show/text/words.h"

#include <string.h>

#include "base/buf.h"
#include "model/finding.h"
#include "model/process.h"
#include "model/text.h"

void words_put_age_least(struct buf *b, const struct age *age)
{
	if (age->at_least_ms == VALUE_UNKNOWN) {
		words_put_age(b, age);
		return;
	}
	buf_puts(b, "≥ ");
	text_put_duration(b, age->at_least_ms);
}

void words_put_age(struct buf *b, const struct age *age)
{
	_buf_ struct buf least = { 0 }, most = { 0 };

	if (age->at_least_ms == VALUE_UNKNOWN && age->at_most_ms == VALUE_UNKNOWN) {
		buf_puts(b, "age unknown");
		return;
	}
	text_put_duration(&least, age->at_least_ms);
	text_put_duration(&most, age->at_most_ms);
	b->failed |= least.failed | most.failed;
	if (age->at_most_ms == VALUE_UNKNOWN)
		buf_printf(b, "≥ %s", buf_text(&least));
	else if (age->at_least_ms == VALUE_UNKNOWN || age->at_least_ms == 0)
		buf_printf(b, "≤ %s", buf_text(&most));
	else if (strcmp(buf_text(&least), buf_text(&most)) == 0)
		buf_puts(b, buf_text(&least));
	else
		buf_printf(b, "%s – %s", buf_text(&least), buf_text(&most));
}

void words_put_process(struct buf *b, const struct process *p)
{
	buf_puts(b, p->comm ? p->comm : "?");
	if (p->pid)
		buf_printf(b, "[%u]", p->pid);
	else
		buf_puts(b, "[?]");
}

void words_put_program(struct buf *b, const struct process *p)
{
	const char *script;
	size_t len;

	words_put_process(b, p);
	script = process_script(p, &len);
	if (script)
		buf_printf(b, " %.*s", (int)len, script);
}

/* 12 digits of an id are what `docker ps` shows, and what every runtime's commands take. */
void words_put_container(struct buf *b, const char *container)
{
	size_t len = strlen(container);

	bool is_id = len >= 32 && strspn(container, "0123456789abcdef") == len;

	buf_printf(b, "container %.*s", is_id ? 12 : (int)len, container);
}

/* Where it runs, in one word: unit, pod, or the first digits of the container. */
static void put_home(struct buf *b, const struct process *p)
{
	if (p->unit) {
		buf_printf(b, " %s", p->unit);
	} else if (p->pod) {
		buf_printf(b, " pod %s", p->pod);
	} else if (p->container) {
		buf_putc(b, ' ');
		words_put_container(b, p->container);
	}
}

void words_put_owners(struct buf *b, const struct judgement *j, const struct finding *f)
{
	const struct snapshot *s = j->snapshot;
	const struct process *p;

	if (f->n_owners == 0) {
		bool has_file = f->count && snapshot_conn(s, j->members.items[f->members])->inode;

		/* What is in CLOSE_WAIT without a file waits for some listener's process. */
		has_file |= f->state == TCP_STATE_CLOSE_WAIT;
		buf_puts(b, has_file ? "owner not seen" : "no process");
		return;
	}
	p = snapshot_process(s, j->owners.items[f->owners].process);
	words_put_program(b, p);
	if (f->n_owners > 1)
		buf_printf(b, " +%u", f->n_owners - 1);
	put_home(b, p);
}

void words_put_endpoint(struct buf *b, const struct finding *f)
{
	char text[ENDPOINT_TEXT_LEN];

	if (!f->endpoint.version)
		return;
	if (f->role == ROLE_ACCEPTED)
		buf_puts(b, "← ");
	else if (f->role == ROLE_CONNECTED)
		buf_puts(b, "→ ");
	else
		buf_puts(b, "· ");
	if (endpoint_is_any(&f->endpoint)) {
		buf_printf(b, ":%u", f->endpoint.port);
		return;
	}
	endpoint_format(&f->endpoint, text);
	buf_puts(b, text);
}

void words_put_count(struct buf *b, const struct finding *f)
{
	buf_printf(b, "%s × ", tcp_state_name(f->state));
	text_put_count(b, f->count);
}
