// SPDX-License-Identifier: Apache-2.0
/* What can stand in a table of connections. */
#include "show/text/sockets.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "judge/causes/table.h"
#include "model/finding.h"
#include "model/text.h"
#include "show/text/text.h"
#include "show/text/words.h"

static const struct conn *conn_of(const struct judgement *j, uint32_t row)
{
	return snapshot_conn(j->snapshot, row);
}

static void put_state(struct buf *b, const struct judgement *j, uint32_t row)
{
	buf_puts(b, tcp_state_name(conn_of(j, row)->state));
}

static void put_recv_queue(struct buf *b, const struct judgement *j, uint32_t row)
{
	if (conn_has_queues(conn_of(j, row)))
		buf_printf(b, "%u", conn_of(j, row)->rqueue);
}

static void put_send_queue(struct buf *b, const struct judgement *j, uint32_t row)
{
	if (conn_has_queues(conn_of(j, row)))
		buf_printf(b, "%u", conn_of(j, row)->wqueue);
}

static void put_endpoint(struct buf *b, const struct endpoint *e)
{
	char text[ENDPOINT_TEXT_LEN];

	if (!e->version)
		return;
	endpoint_format(e, text);
	buf_puts(b, text);
}

static void put_local(struct buf *b, const struct judgement *j, uint32_t row)
{
	put_endpoint(b, &conn_of(j, row)->local);
}

static void put_remote(struct buf *b, const struct judgement *j, uint32_t row)
{
	put_endpoint(b, &conn_of(j, row)->remote);
}

static void put_age(struct buf *b, const struct judgement *j, uint32_t row)
{
	const struct verdict *v = &j->verdicts[row];

	if (v->standing &&
	    (v->age.at_least_ms != VALUE_UNKNOWN || v->age.at_most_ms != VALUE_UNKNOWN))
		words_put_age(b, &v->age);
}

/* The process a connection is judged by: the holder, or that of its listener. NULL when none is
 * known. *ret_fd is -1 where the process does not hold it itself. */
static const struct process *owner_of(const struct judgement *j, uint32_t row, int *ret_fd)
{
	const struct snapshot *s = j->snapshot;
	const struct conn *c = snapshot_conn(s, row);
	uint32_t owner = j->verdicts[row].owner;

	*ret_fd = -1;
	if (owner >= s->holders.n || j->verdicts[row].standing == STANDING_NONE)
		owner = c->n_holders ? c->holders : ROW_NONE;
	if (owner == ROW_NONE)
		return NULL;
	if (s->holders.items[owner].conn == row)
		*ret_fd = s->holders.items[owner].fd;
	return snapshot_process(s, s->holders.items[owner].process);
}

static void put_owner(struct buf *b, const struct judgement *j, uint32_t row)
{
	const struct conn *c = conn_of(j, row);
	int fd;
	const struct process *p = owner_of(j, row, &fd);

	if (!p)
		return;
	words_put_process(b, p);
	if (fd >= 0)
		buf_printf(b, "/%d", fd);
	if (c->n_holders > 1)
		buf_printf(b, " +%u", c->n_holders - 1);
}

static void put_pid(struct buf *b, const struct judgement *j, uint32_t row)
{
	int fd;
	const struct process *p = owner_of(j, row, &fd);

	if (p && p->pid)
		buf_printf(b, "%u", p->pid);
}

static void put_text(struct buf *b, const char *text)
{
	if (text)
		buf_puts(b, text);
}

static void put_comm(struct buf *b, const struct judgement *j, uint32_t row)
{
	int fd;
	const struct process *p = owner_of(j, row, &fd);

	put_text(b, p ? p->comm : NULL);
}

static void put_unit(struct buf *b, const struct judgement *j, uint32_t row)
{
	int fd;
	const struct process *p = owner_of(j, row, &fd);

	put_text(b, p ? p->unit : NULL);
}

static void put_container(struct buf *b, const struct judgement *j, uint32_t row)
{
	int fd;
	const struct process *p = owner_of(j, row, &fd);

	put_text(b, p ? p->container : NULL);
}

static void put_pod(struct buf *b, const struct judgement *j, uint32_t row)
{
	int fd;
	const struct process *p = owner_of(j, row, &fd);

	put_text(b, p ? p->pod : NULL);
}

static void put_cause(struct buf *b, const struct judgement *j, uint32_t row)
{
	if (j->verdicts[row].severity != SEVERITY_NONE)
		buf_puts(b, cause_id(j->verdicts[row].cause));
}

static void put_severity(struct buf *b, const struct judgement *j, uint32_t row)
{
	if (j->verdicts[row].severity != SEVERITY_NONE)
		buf_puts(b, severity_name(j->verdicts[row].severity));
}

static void put_confidence(struct buf *b, const struct judgement *j, uint32_t row)
{
	if (j->verdicts[row].severity != SEVERITY_NONE)
		buf_puts(b, confidence_name(j->verdicts[row].confidence));
}

static void put_finding(struct buf *b, const struct judgement *j, uint32_t row)
{
	uint32_t finding = j->verdicts[row].finding;

	if (finding < j->findings.n)
		buf_printf(b, "%.*s", j->findings.items[finding].id_len,
			   j->findings.items[finding].id);
}

static void put_role(struct buf *b, const struct judgement *j, uint32_t row)
{
	static const char *const names[] = { NULL, "accepted", "connected" };
	uint8_t role = j->verdicts[row].role;

	put_text(b, role < ARRAY_LEN(names) ? names[role] : NULL);
}

static void put_timer(struct buf *b, const struct judgement *j, uint32_t row)
{
	static const char *const names[] = { NULL, "retransmit", "keepalive", "minisocket",
					     "probe" };
	const struct conn *c = conn_of(j, row);

	if (c->timer == TCP_TIMER_NONE || c->timer >= ARRAY_LEN(names))
		return;
	buf_puts(b, names[c->timer]);
	if (c->has & CONN_HAS_DIAG) {
		buf_putc(b, ' ');
		text_put_duration(b, c->expires_ms);
	}
	if (c->retrans)
		buf_printf(b, " (%u sent)", c->retrans);
}

static void put_inode(struct buf *b, const struct judgement *j, uint32_t row)
{
	if (conn_of(j, row)->inode)
		buf_printf(b, "%u", conn_of(j, row)->inode);
}

static void put_cookie(struct buf *b, const struct judgement *j, uint32_t row)
{
	if (conn_of(j, row)->cookie)
		buf_printf(b, "%llu", (unsigned long long)conn_of(j, row)->cookie);
}

static void put_netns(struct buf *b, const struct judgement *j, uint32_t row)
{
	uint32_t netns = conn_of(j, row)->netns;

	if (netns < j->snapshot->netns.n)
		buf_printf(b, "%llu", (unsigned long long)j->snapshot->netns.items[netns].inode);
}

static const struct column columns[] = {
	/* The usual ones first, in their order. */
	{ "state", "STATE", "state of TCP", put_state, 11, false, false },
	{ "recv-q", "RECV-Q", "unread bytes, 1 more for an unread FIN; LISTEN: waiting for accept",
	  put_recv_queue, 7, true, true },
	{ "send-q", "SEND-Q", "bytes not acknowledged; LISTEN: how many may wait", put_send_queue,
	  7, true, true },
	{ "local", "LOCAL", "local address and port", put_local, 21, false, false },
	{ "remote", "REMOTE", "the peer's address and port", put_remote, 21, false, false },
	{ "age", "AGE", "time in this state, as a bracket", put_age, 24, false, false },
	{ "owner", "OWNER", "program[pid]/fd that it is judged by, +N others that hold it",
	  put_owner, 24, false, false },
	{ "cause", "CAUSE", "why it is still there", put_cause, 19, false, false },
	{ "severity", "SEVERITY", "stuck or expected", put_severity, 8, false, false },
	{ "finding", "FINDING", "id of its finding, for linger why", put_finding, 8, false, false },
	{ "confidence", "CONFIDENCE", "certain, likely or possible", put_confidence, 10, false,
	  false },
	{ "role", "ROLE", "accepted or connected", put_role, 9, false, false },
	{ "timer", "TIMER", "its timer, when that fires, how often it did", put_timer, 24, false,
	  false },
	{ "pid", "PID", "process that it is judged by", put_pid, 7, true, true },
	{ "comm", "COMM", "name of that process", put_comm, 15, false, false },
	{ "unit", "UNIT", "its systemd unit", put_unit, 24, false, false },
	{ "container", "CONTAINER", "its container", put_container, 24, false, false },
	{ "pod", "POD", "its pod", put_pod, 24, false, false },
	{ "inode", "INODE", "of the socket's file", put_inode, 10, true, true },
	{ "cookie", "COOKIE", "the socket's identity", put_cookie, 10, true, true },
	{ "netns", "NETNS", "inode of the network namespace", put_netns, 10, true, true },
};

#define USUAL_COLUMNS 10

_Static_assert(ARRAY_LEN(columns) <= TEXT_COLUMNS_MAX, "all columns can be asked for at once");

const struct column *sockets_column(size_t i)
{
	return i < ARRAY_LEN(columns) ? &columns[i] : NULL;
}

const char *text_column_name(size_t i)
{
	return i < ARRAY_LEN(columns) ? columns[i].name : NULL;
}

const char *text_column_help(size_t i)
{
	return i < ARRAY_LEN(columns) ? columns[i].help : NULL;
}

int text_columns_parse(const char *list, struct text_columns *ret_columns, const char **ret_wrong)
{
	struct text_columns chosen = { 0 };

	for (size_t i = 0; !list && i < USUAL_COLUMNS; i++)
		chosen.ids[chosen.n++] = (uint8_t)i;
	while (list) {
		size_t len = strcspn(list, ","), i = 0;

		while (i < ARRAY_LEN(columns) &&
		       (strlen(columns[i].name) != len || strncmp(columns[i].name, list, len) != 0))
			i++;
		if (i == ARRAY_LEN(columns)) {
			*ret_wrong = list;
			return -EINVAL;
		}
		if (chosen.n == TEXT_COLUMNS_MAX)
			return -E2BIG;
		chosen.ids[chosen.n++] = (uint8_t)i;
		list = list[len] ? list + len + 1 : NULL;
	}
	*ret_columns = chosen;
	return 0;
}
