// SPDX-License-Identifier: Apache-2.0
/* Who opened it, who closed first, who is at the other end: each with what tells so. */
#include "judge/facts.h"

static void put_accepted(struct buf *b, const struct account *a, const char *how)
{
	buf_puts(b, "Opened by the peer: ");
	buf_puts(b, how);
	if (a->listener) {
		buf_puts(b, " (");
		put_endpoint(b, &a->listener->local);
		buf_putc(b, ')');
	}
	buf_putc(b, '.');
}

/* "local port 40000 is ephemeral", or of several: the range. */
static void put_ephemeral(struct buf *b, const struct account *a)
{
	const struct netns_settings *set = &a->s->netns.items[a->f->netns].settings;

	if (account_is_many(a))
		buf_puts(b, "their local ports are ephemeral");
	else
		buf_printf(b, "local port %u is ephemeral", a->sample->local.port);
	buf_printf(b, " (%u to %u)", set->port_low, set->port_high);
}

static void fact_opened_by(struct account *a)
{
	static const char *const values[] = {
		[ROLE_UNKNOWN] = "unknown",
		[ROLE_ACCEPTED] = "remote",
		[ROLE_CONNECTED] = "local",
	};
	struct buf b = { 0 };

	switch (index_origin(a->x, a->sample)) {
	case ORIGIN_QUEUED:
		put_accepted(&b, a, "seen in the accept queue of a listener");
		break;
	case ORIGIN_BACKLOG:
		put_accepted(&b, a, "accept() made the socket, which has a listener's backlog");
		break;
	case ORIGIN_LISTENER:
		put_accepted(&b, a, "this host listens on the local port");
		break;
	case ORIGIN_NO_BACKLOG:
		buf_puts(&b, "Opened by this host: connect() made the socket, which has no "
			     "listener's backlog.");
		break;
	case ORIGIN_EPHEMERAL:
		buf_puts(&b, "Opened by this host: ");
		put_ephemeral(&b, a);
		buf_puts(&b, ", and nothing listens there.");
		break;
	default:
		buf_puts(&b, "Who opened it cannot be told: nothing listens on the local port, and "
			     "it is not ephemeral.");
		break;
	}
	account_fact_word(a, "opened_by", values[a->f->role], &b);
}

static const char *closed_first_text(uint8_t state)
{
	switch (state) {
	case TCP_STATE_CLOSE_WAIT:
		return "The peer closed first: CLOSE_WAIT is only reached by receiving a FIN.";
	case TCP_STATE_LAST_ACK:
		return "The peer closed first: LAST_ACK only follows CLOSE_WAIT.";
	case TCP_STATE_FIN_WAIT_1:
	case TCP_STATE_FIN_WAIT_2:
		return "This side closed first: no FIN of the peer's has come.";
	case TCP_STATE_CLOSING:
		return "Both sides closed at once: the peer's FIN came before the acknowledgement "
		       "of our own.";
	case TCP_STATE_TIME_WAIT:
		return "This side closed first, or both at once: who answers has no TIME_WAIT.";
	case TCP_STATE_CLOSED:
		return "Who closed first is no longer known: the TCP state is gone.";
	default:
		return NULL;
	}
}

static void fact_closed_first(struct account *a)
{
	static const char *const values[] = {
		[TCP_CLOSER_UNKNOWN] = "unknown",
		[TCP_CLOSER_REMOTE] = "remote",
		[TCP_CLOSER_LOCAL] = "local",
		[TCP_CLOSER_BOTH] = "both",
	};
	const char *text = closed_first_text(a->f->state);
	struct buf b = { 0 };

	if (!text)
		return;
	buf_puts(&b, text);
	account_fact_word(a, "closed_first", values[a->f->closed_first], &b);
}

/* The sample's, else that of any member. */
static uint32_t find_other_end(const struct account *a)
{
	uint32_t other = a->x->other_end[a->sample - a->s->conns.items];

	for (uint32_t i = 0; other == ROW_NONE && i < a->f->count; i++)
		other = a->x->other_end[a->j->members.items[a->f->members + i]];
	return other;
}

static void fact_other_end(struct account *a)
{
	uint32_t row = find_other_end(a), process;
	const struct conn *other;
	struct buf b = { 0 };

	if (row == ROW_NONE)
		return;
	other = snapshot_conn(a->s, row);
	process = index_process(a->x, row);
	buf_puts(&b, by_count(a, "Its other end is on this host: ",
			      "Other ends are on this host, one of them: "));
	if (process != ROW_NONE) {
		put_process(&b, snapshot_process(a->s, process));
		buf_printf(&b, " holds it as fd %d, ", a->s->holders.items[a->x->owner[row]].fd);
	} else if (other->inode) {
		buf_puts(&b, "its process was not seen, ");
	} else {
		buf_puts(&b, "no program holds it any more, ");
	}
	buf_puts(&b, tcp_state_name((enum tcp_state)other->state));
	if (conn_has_queues(other) && other->rqueue > (other->state == TCP_STATE_CLOSE_WAIT)) {
		buf_puts(&b, " with ");
		put_bytes(&b, other->rqueue - (other->state == TCP_STATE_CLOSE_WAIT));
		buf_puts(&b, " unread");
	}
	buf_putc(&b, '.');
	account_fact_word(a, "other_end", tcp_state_name((enum tcp_state)other->state), &b);
}

void facts_tell_story(struct account *a)
{
	fact_opened_by(a);
	fact_closed_first(a);
	fact_other_end(a);
}
