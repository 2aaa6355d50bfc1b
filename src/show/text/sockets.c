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

static void put_fd(struct buf *b, const struct judgement *j, uint32_t row)
{
	int fd = -1;

	owner_of(j, row, &fd);
	if (fd >= 0)
		buf_printf(b, "%d", fd);
}

static void put_holders(struct buf *b, const struct judgement *j, uint32_t row)
{
	buf_printf(b, "%u", conn_of(j, row)->n_holders);
}

static void put_exe(struct buf *b, const struct judgement *j, uint32_t row)
{
	int fd;
	const struct process *p = owner_of(j, row, &fd);

	put_text(b, p ? p->exe : NULL);
}

static void put_cmdline(struct buf *b, const struct judgement *j, uint32_t row)
{
	int fd;
	const struct process *p = owner_of(j, row, &fd);

	put_text(b, p ? p->cmdline : NULL);
}

/* Without a file the kernel says 0 (facts F48). */
static bool has_uid(const struct conn *c)
{
	return c->has & CONN_HAS_DIAG && c->inode;
}

static void put_uid(struct buf *b, const struct judgement *j, uint32_t row)
{
	if (has_uid(conn_of(j, row)))
		buf_printf(b, "%u", conn_of(j, row)->uid);
}

static void put_keepalive(struct buf *b, const struct judgement *j, uint32_t row)
{
	const struct conn *c = conn_of(j, row);
	const struct netns_settings *set = &j->snapshot->netns.items[c->netns].settings;
	uint32_t idle = c->keepalive_idle_s ? c->keepalive_idle_s : set->keepalive_time_s;

	if (!(c->has & CONN_HAS_OPTIONS))
		return;
	if (!(c->flags & CONN_KEEPALIVE)) {
		buf_puts(b, "off");
		return;
	}
	buf_puts(b, "on");
	if (idle != VALUE_UNKNOWN) {
		buf_puts(b, " after ");
		text_put_duration(b, idle * 1000ull);
	}
}

static void put_user_timeout(struct buf *b, const struct judgement *j, uint32_t row)
{
	const struct conn *c = conn_of(j, row);

	if (!(c->has & CONN_HAS_OPTIONS))
		return;
	if (c->user_timeout_ms)
		text_put_duration(b, c->user_timeout_ms);
	else
		buf_puts(b, "none");
}

static void put_since(struct buf *b, const struct conn *c, uint32_t ms)
{
	if (c->has & CONN_HAS_INFO && ms != VALUE_UNKNOWN)
		text_put_duration(b, ms);
}

static void put_last_rx(struct buf *b, const struct judgement *j, uint32_t row)
{
	put_since(b, conn_of(j, row), conn_of(j, row)->last_data_recv_ms);
}

static void put_last_tx(struct buf *b, const struct judgement *j, uint32_t row)
{
	put_since(b, conn_of(j, row), conn_of(j, row)->last_data_sent_ms);
}

static void put_shutdown(struct buf *b, const struct judgement *j, uint32_t row)
{
	static const char *const names[] = { "none", "receive", "send", "both" };
	const struct conn *c = conn_of(j, row);

	if (c->has & CONN_HAS_SHUTDOWN)
		buf_puts(b, names[c->shutdown & (TCP_SHUT_RECEIVE | TCP_SHUT_SEND)]);
}

static bool number_key(bool known, uint64_t number, struct column_key *ret_key)
{
	*ret_key = (struct column_key){ .major = { number } };
	return known;
}

static bool key_recv_queue(const struct judgement *j, uint32_t row, struct column_key *ret_key)
{
	const struct conn *c = conn_of(j, row);

	return number_key(conn_has_queues(c), c->rqueue, ret_key);
}

static bool key_send_queue(const struct judgement *j, uint32_t row, struct column_key *ret_key)
{
	const struct conn *c = conn_of(j, row);

	return number_key(conn_has_queues(c), c->wqueue, ret_key);
}

/* IPv4 before IPv6, each by its bytes and then the port. */
static bool endpoint_key(const struct endpoint *e, struct column_key *ret_key)
{
	*ret_key = (struct column_key){ .minor = e->port };
	for (size_t i = 0; i < 16; i++)
		ret_key->major[i / 8] = ret_key->major[i / 8] << 8 | e->addr[i];
	if (e->version == 4) {
		ret_key->major[1] = ret_key->major[0] >> 32;
		ret_key->major[0] = 0;
	}
	return e->version != 0;
}

static bool key_local(const struct judgement *j, uint32_t row, struct column_key *ret_key)
{
	return endpoint_key(&conn_of(j, row)->local, ret_key);
}

static bool key_remote(const struct judgement *j, uint32_t row, struct column_key *ret_key)
{
	return endpoint_key(&conn_of(j, row)->remote, ret_key);
}

static bool key_age(const struct judgement *j, uint32_t row, struct column_key *ret_key)
{
	const struct verdict *v = &j->verdicts[row];
	uint32_t least = v->age.at_least_ms == VALUE_UNKNOWN ? 0 : v->age.at_least_ms;
	bool known = v->age.at_least_ms != VALUE_UNKNOWN || v->age.at_most_ms != VALUE_UNKNOWN;

	*ret_key = (struct column_key){ .major = { least, v->age.at_most_ms } };
	return v->standing && known;
}

static bool key_severity(const struct judgement *j, uint32_t row, struct column_key *ret_key)
{
	uint8_t severity = j->verdicts[row].severity;

	return number_key(severity != SEVERITY_NONE, severity, ret_key);
}

static bool key_confidence(const struct judgement *j, uint32_t row, struct column_key *ret_key)
{
	return number_key(j->verdicts[row].severity != SEVERITY_NONE, j->verdicts[row].confidence,
			  ret_key);
}

static bool key_timer(const struct judgement *j, uint32_t row, struct column_key *ret_key)
{
	const struct conn *c = conn_of(j, row);

	return number_key(c->timer != TCP_TIMER_NONE && c->has & CONN_HAS_DIAG, c->expires_ms,
			  ret_key);
}

static bool key_pid(const struct judgement *j, uint32_t row, struct column_key *ret_key)
{
	int fd;
	const struct process *p = owner_of(j, row, &fd);

	return number_key(p && p->pid, p ? p->pid : 0, ret_key);
}

static bool key_fd(const struct judgement *j, uint32_t row, struct column_key *ret_key)
{
	int fd = -1;

	owner_of(j, row, &fd);
	return number_key(fd >= 0, (uint64_t)fd, ret_key);
}

static bool key_holders(const struct judgement *j, uint32_t row, struct column_key *ret_key)
{
	return number_key(true, conn_of(j, row)->n_holders, ret_key);
}

static bool key_uid(const struct judgement *j, uint32_t row, struct column_key *ret_key)
{
	return number_key(has_uid(conn_of(j, row)), conn_of(j, row)->uid, ret_key);
}

static bool key_user_timeout(const struct judgement *j, uint32_t row, struct column_key *ret_key)
{
	const struct conn *c = conn_of(j, row);

	return number_key(c->has & CONN_HAS_OPTIONS && c->user_timeout_ms, c->user_timeout_ms,
			  ret_key);
}

static bool key_last_rx(const struct judgement *j, uint32_t row, struct column_key *ret_key)
{
	const struct conn *c = conn_of(j, row);

	return number_key(c->has & CONN_HAS_INFO, c->last_data_recv_ms, ret_key);
}

static bool key_last_tx(const struct judgement *j, uint32_t row, struct column_key *ret_key)
{
	const struct conn *c = conn_of(j, row);

	return number_key(c->has & CONN_HAS_INFO, c->last_data_sent_ms, ret_key);
}

static bool key_inode(const struct judgement *j, uint32_t row, struct column_key *ret_key)
{
	return number_key(conn_of(j, row)->inode, conn_of(j, row)->inode, ret_key);
}

static bool key_cookie(const struct judgement *j, uint32_t row, struct column_key *ret_key)
{
	return number_key(conn_of(j, row)->cookie, conn_of(j, row)->cookie, ret_key);
}

static bool key_netns(const struct judgement *j, uint32_t row, struct column_key *ret_key)
{
	uint32_t netns = conn_of(j, row)->netns;
	bool known = netns < j->snapshot->netns.n;

	return number_key(known, known ? j->snapshot->netns.items[netns].inode : 0, ret_key);
}

#define NUMBER .is_right = true, .is_number = true

static const struct column columns[] = {
	/* The usual ones first, in their order. */
	{ "state", "STATE", "state of TCP", put_state, NULL, 11 },
	{ "recv-q", "RECV-Q", "unread bytes, 1 more for an unread FIN; LISTEN: waiting for accept",
	  put_recv_queue, key_recv_queue, 7, NUMBER },
	{ "send-q", "SEND-Q", "bytes not acknowledged; LISTEN: how many may wait", put_send_queue,
	  key_send_queue, 7, NUMBER },
	{ "local", "LOCAL", "local address and port", put_local, key_local, 21 },
	{ "remote", "REMOTE", "the peer's address and port", put_remote, key_remote, 21 },
	{ "age", "AGE", "time in this state, as a bracket", put_age, key_age, 24 },
	{ "owner", "OWNER", "program[pid]/fd that it is judged by, +N others that hold it",
	  put_owner, NULL, 24 },
	{ "cause", "CAUSE", "why it is still there", put_cause, NULL, 19 },
	{ "severity", "SEVERITY", "stuck or expected", put_severity, key_severity, 8 },
	{ "finding", "FINDING", "id of its finding, for linger why", put_finding, NULL, 8 },
	{ "confidence", "CONFIDENCE", "certain, likely or possible", put_confidence, key_confidence,
	  10 },
	{ "role", "ROLE", "accepted or connected", put_role, NULL, 9 },
	{ "timer", "TIMER", "its timer, when that fires, how often it did", put_timer, key_timer,
	  24 },
	{ "keepalive", "KEEPALIVE", "whether it asks an idle peer, and after how long",
	  put_keepalive, NULL, 20, .is_detailed = true },
	{ "user-timeout", "USER-TIMEOUT", "how long unacknowledged data may stay", put_user_timeout,
	  key_user_timeout, 12, .is_detailed = true },
	{ "last-rx", "LAST-RX", "how long ago data came", put_last_rx, key_last_rx, 12 },
	{ "last-tx", "LAST-TX", "how long ago data was sent", put_last_tx, key_last_tx, 12 },
	{ "shutdown", "SHUTDOWN", "which directions are shut: none, receive, send, both",
	  put_shutdown, NULL, 8 },
	{ "pid", "PID", "process that it is judged by", put_pid, key_pid, 7, NUMBER },
	{ "fd", "FD", "its descriptor in that process", put_fd, key_fd, 5, NUMBER },
	{ "holders", "HOLDERS", "how many descriptors refer to it", put_holders, key_holders, 7,
	  NUMBER },
	{ "comm", "COMM", "name of that process", put_comm, NULL, 15 },
	{ "exe", "EXE", "its program", put_exe, NULL, 24 },
	{ "cmdline", "CMDLINE", "its command line", put_cmdline, NULL, 40 },
	{ "unit", "UNIT", "its systemd unit", put_unit, NULL, 24 },
	{ "container", "CONTAINER", "its container", put_container, NULL, 24 },
	{ "pod", "POD", "its pod", put_pod, NULL, 24 },
	{ "uid", "UID", "user that made the socket", put_uid, key_uid, 6, NUMBER },
	{ "inode", "INODE", "of the socket's file", put_inode, key_inode, 10, NUMBER },
	{ "cookie", "COOKIE", "the socket's identity", put_cookie, key_cookie, 10, NUMBER },
	{ "netns", "NETNS", "inode of the network namespace", put_netns, key_netns, 10, NUMBER },
};

#undef NUMBER

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

bool text_columns_detailed(const struct text_columns *chosen)
{
	for (size_t i = 0; i < chosen->n; i++)
		if (columns[chosen->ids[i]].is_detailed)
			return true;
	return false;
}
