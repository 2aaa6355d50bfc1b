// SPDX-License-Identifier: Apache-2.0
/* Exact commands. What comes from outside (names) goes into a command only if it is plain. */
#include "judge/release.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "judge/causes/cause.h"
#include "judge/program.h"
#include "model/text.h"

struct texts {
	struct buf command, frees, keeps;
};

static void texts_finish(struct texts *t)
{
	buf_finish(&t->command);
	buf_finish(&t->frees);
	buf_finish(&t->keeps);
}

static void add(struct account *a, struct texts *t)
{
	struct release r = { 0 };

	if (buf_error(&t->command) || buf_error(&t->frees) || buf_error(&t->keeps) ||
	    array_grow(&a->f->releases, 1)) {
		a->err = -ENOMEM;
	} else {
		r.command = strdup(buf_text(&t->command));
		r.frees = strdup(buf_text(&t->frees));
		r.keeps = strdup(buf_text(&t->keeps));
		a->f->releases.items[a->f->releases.n++] = r;
		if (!r.command || !r.frees || !r.keeps)
			a->err = -ENOMEM;
	}
	texts_finish(t);
}

/* A name that needs no quoting in a shell. */
static bool is_plain(const char *name)
{
	for (const char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("@._-:", *p))
			return false;
	return *name && *name != '-';
}

static const char *ss_state(uint8_t state)
{
	switch (state) {
	case TCP_STATE_ESTABLISHED:
		return "established";
	case TCP_STATE_FIN_WAIT_1:
		return "fin-wait-1";
	case TCP_STATE_FIN_WAIT_2:
		return "fin-wait-2";
	case TCP_STATE_CLOSE_WAIT:
		return "close-wait";
	case TCP_STATE_LAST_ACK:
		return "last-ack";
	case TCP_STATE_CLOSING:
		return "closing";
	default:
		return NULL;
	}
}

/* One connection by both its ends; several by the end they have in common. */
static void put_filter(struct buf *b, const struct account *a)
{
	const struct endpoint *e = &a->f->endpoint;

	if (!account_is_many(a)) {
		buf_puts(b, "src ");
		put_endpoint(b, &a->sample->local);
		buf_puts(b, " dst ");
		put_endpoint(b, &a->sample->remote);
	} else if (endpoint_same_addr(e, &a->sample->remote) && e->port == a->sample->remote.port) {
		buf_puts(b, "dst ");
		put_endpoint(b, e);
	} else if (endpoint_is_any(e)) {
		buf_printf(b, "sport = :%u", e->port);
	} else {
		buf_puts(b, "src ");
		put_endpoint(b, e);
	}
}

/* It stands for another namespace, so it is not in the finding's: a socket can be handed on. */
static bool stands_elsewhere(const struct account *a, uint32_t pid)
{
	for (size_t i = 0; i < a->s->netns.n; i++)
		if (i != a->f->netns && a->s->netns.items[i].pid == pid)
			return true;
	return false;
}

/* A process to enter the finding's namespace through. The owner lasts as long as what it holds;
 * any other may have ended, and its pid be another's, when the command is run. */
static uint32_t namespace_pid(const struct account *a)
{
	if (a->owner && a->owner->pid && !stands_elsewhere(a, a->owner->pid))
		return a->owner->pid;
	return a->s->netns.items[a->f->netns].pid;
}

/* A reset goes out only where the peer still has a use for it (net/ipv4/tcp.c:tcp_need_reset; facts
 * G). */
static bool sends_reset(uint8_t state)
{
	return state != TCP_STATE_LAST_ACK && state != TCP_STATE_CLOSING;
}

static void put_abort_effects(struct texts *t, const struct account *a)
{
	buf_puts(&t->frees, "the TCP state, its memory and the port at once; ");
	buf_puts(&t->frees, sends_reset(a->f->state) ? "the peer gets a reset (RST)"
						     : "the peer is told nothing");
	if (a->orphans == a->f->count) {
		buf_puts(&t->keeps, "nothing: no program holds ");
		buf_puts(&t->keeps, by_count(a, "it", "them"));
		return;
	}
	buf_puts(&t->keeps,
		 by_count(a, "the file descriptor: it stays", "the file descriptors: they stay"));
	buf_puts(&t->keeps, " open until the program closes ");
	buf_puts(&t->keeps, by_count(a, "it", "them"));
	if (a->f->state == TCP_STATE_CLOSE_WAIT && a->unread_data)
		buf_puts(&t->keeps, "; unread data can still be read");
}

static void tell_abort(struct account *a)
{
	const struct netns_row *netns = &a->s->netns.items[a->f->netns];
	const char *state = ss_state(a->f->state);
	struct texts t = { 0 };

	if (!state || a->s->can.destroy == FACT_NO || a->sample->local.version == 0)
		return;
	/* An ss filter knows states and ends, not causes: no command that would end bystanders too.
	 * Of ESTABLISHED ones only those in trouble were looked at, so there may always be others.
	 */
	if (account_is_many(a) && (a->others > 0 || a->f->state == TCP_STATE_ESTABLISHED))
		return;
	if (!netns->own) {
		if (namespace_pid(a) == 0)
			return;
		buf_printf(&t.command, "nsenter -t %u -n ", namespace_pid(a));
	}
	buf_printf(&t.command, "ss -K -t state %s '", state);
	put_filter(&t.command, a);
	buf_putc(&t.command, '\'');
	put_abort_effects(&t, a);
	add(a, &t);
}

/* Whether its unit is one of this host's own systemd, not a container's or a user's. */
static bool is_of_host(const struct process *p)
{
	return !p->container && !p->is_user_unit;
}

static void tell_restart(struct account *a)
{
	struct texts t = { 0 };
	const char *service = a->owner ? program_service(a->owner) : NULL;

	if (!service || !is_of_host(a->owner) || !is_plain(service))
		return;
	buf_printf(&t.command, "systemctl restart %s", service);
	buf_puts(&t.frees, "everything, the file descriptors too");
	buf_puts(&t.keeps, "nothing: all its other connections end as well");
	add(a, &t);
}

static void tell_continue(struct account *a)
{
	struct texts t = { 0 };
	const struct process *p = a->owner;
	const char *service = p ? program_service(p) : NULL;

	if (!p)
		return;
	if (p->frozen == FACT_YES) {
		if (!service || !is_of_host(p) || !is_plain(service))
			return;
		buf_printf(&t.command, "systemctl thaw %s", service);
	} else if (p->state == 'T' && p->pid) {
		buf_printf(&t.command, "kill -CONT %u", p->pid);
	} else {
		return;
	}
	buf_puts(&t.frees, "what the program closes once it runs again");
	buf_puts(&t.keeps, "the rest");
	add(a, &t);
}

static void tell_kill(struct account *a)
{
	struct texts t = { 0 };

	if (!a->owner || !a->owner->pid || a->f->n_owners != 1 || a->shared)
		return;
	buf_printf(&t.command, "kill %u", a->owner->pid);
	buf_puts(&t.frees, "the descriptors too, by ending ");
	put_process(&t.frees, a->owner);
	buf_puts(&t.keeps, "nothing of that process");
	add(a, &t);
}

/* Descriptors run out: what frees the connections but not their descriptors helps nobody then. */
static bool needs_descriptors(const struct process *p)
{
	return p && p->fds_open != VALUE_UNKNOWN && p->fds_limit != VALUE_UNKNOWN &&
	       (uint64_t)p->fds_open * 10 >= (uint64_t)p->fds_limit * 8;
}

void release_tell(struct account *a, uint32_t ways)
{
	bool restart_first = needs_descriptors(a->owner);

	if (ways & RELEASE_CONTINUE)
		tell_continue(a);
	if (ways & RELEASE_RESTART && restart_first)
		tell_restart(a);
	if (ways & RELEASE_ABORT)
		tell_abort(a);
	if (ways & RELEASE_KILL)
		tell_kill(a);
	if (ways & RELEASE_RESTART && !restart_first)
		tell_restart(a);
}
