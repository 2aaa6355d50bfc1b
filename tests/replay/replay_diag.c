// SPDX-License-Identifier: Apache-2.0
/* Do captured answers of sock_diag still read as they did?
 *
 * usage: replay_diag DUMP [TEXT]. Prints what the captured messages say, one socket a line; with
 * TEXT compares it to that file instead and fails at the first line that differs. */
#include <fcntl.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "see/diag/decode.h"

#define FILE_MAX (64 * 1024)

static void put_unknown(struct buf *b, const char *name, uint32_t value)
{
	if (value == VALUE_UNKNOWN)
		buf_printf(b, " %s=?", name);
	else
		buf_printf(b, " %s=%u", name, value);
}

static void put_conn(struct buf *b, const struct conn *c)
{
	char local[ENDPOINT_TEXT_LEN], remote[ENDPOINT_TEXT_LEN];

	endpoint_format(&c->local, local);
	endpoint_format(&c->remote, remote);
	buf_printf(b, "%s %s %s cookie=%llx inode=%u if=%u uid=%u rq=%u wq=%u",
		   tcp_state_name(c->state), local, remote, (unsigned long long)c->cookie, c->inode,
		   c->ifindex, c->uid, c->rqueue, c->wqueue);
	buf_printf(b, " timer=%u/%u retrans=%u", c->timer, c->expires_ms, c->retrans);
	if (c->has & CONN_HAS_SHUTDOWN)
		buf_printf(b, " shutdown=%u", c->shutdown);
	if (c->has & CONN_HAS_CGROUP)
		buf_printf(b, " cgroup=%llu", (unsigned long long)c->cgroup_id);
	if (c->has & CONN_HAS_INFO) {
		buf_printf(b, " rto=%u backoff=%u acked=%llu received=%llu", c->rto_ms, c->backoff,
			   (unsigned long long)c->bytes_acked,
			   (unsigned long long)c->bytes_received);
		put_unknown(b, "sent", c->last_data_sent_ms);
		put_unknown(b, "recv", c->last_data_recv_ms);
		put_unknown(b, "ack", c->last_ack_recv_ms);
	}
	if (diag_is_mini(c))
		buf_puts(b, " mini");
	if (c->flags & CONN_MPTCP)
		buf_puts(b, " mptcp");
	buf_putc(b, '\n');
}

static int see_row(void *data, const void *payload, size_t len)
{
	struct conn c = { .last_data_sent_ms = VALUE_UNKNOWN,
			  .last_data_recv_ms = VALUE_UNKNOWN,
			  .last_ack_recv_ms = VALUE_UNKNOWN };
	int err = diag_decode(payload, len, &c);

	if (!err)
		put_conn(data, &c);
	return err;
}

static int compare(const char *text, const char *path)
{
	_free_ char *expected = malloc(FILE_MAX);
	ssize_t len = expected ? file_read_at(AT_FDCWD, path, expected, FILE_MAX) : -1;
	int line = 1;

	if (len < 0) {
		fprintf(stderr, "%s: cannot be read\n", path);
		return 1;
	}
	for (size_t i = 0; text[i] || expected[i]; i++) {
		if (text[i] != expected[i]) {
			fprintf(stderr, "%s:%d: differs; now it reads:\n%s", path, line, text);
			return 1;
		}
		line += text[i] == '\n';
	}
	return 0;
}

int main(int argc, char **argv)
{
	_free_ char *bytes = malloc(FILE_MAX);
	_buf_ struct buf text = { 0 };
	struct diag_walk walk = { .row = see_row, .data = &text };
	struct nlmsghdr first;
	ssize_t len = -1;
	int end;

	if (argc > 1 && bytes)
		len = file_read_at(AT_FDCWD, argv[1], bytes, FILE_MAX);
	if (len < (ssize_t)sizeof(first)) {
		fprintf(stderr, "usage: replay_diag DUMP [TEXT]\n");
		return 2;
	}
	memcpy(&first, bytes, sizeof(first));
	walk.sequence = first.nlmsg_seq;
	walk.port = first.nlmsg_pid;
	end = diag_walk_messages(&walk, bytes, (size_t)len);
	buf_printf(&text, "end %d%s\n", walk.err ? walk.err : end,
		   walk.interrupted ? " interrupted" : "");
	if (argc > 2)
		return compare(buf_text(&text), argv[2]);
	fputs(buf_text(&text), stdout);
	return 0;
}
