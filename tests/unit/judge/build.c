// SPDX-License-Identifier: Apache-2.0
/* Rows for snapshots made by hand. */
#include "build.h"

#include <arpa/inet.h>
#include <string.h>

#include "unit.h"

#include "base/mem.h"

struct endpoint build_endpoint(const char *text)
{
	char host[64];
	const char *colon = strrchr(text, ':');
	size_t len = (size_t)(colon - text);
	unsigned char addr[16] = { 0 };
	int family = text[0] == '[' ? AF_INET6 : AF_INET;

	if (text[0] == '[') {
		text++;
		len -= 2;
	}
	assert_true(len < sizeof(host));
	memcpy(host, text, len);
	host[len] = 0;
	if (strcmp(host, "*") != 0)
		assert_int_equal(inet_pton(family, host, addr), 1);
	return endpoint_make(family, addr, (uint16_t)atoi(colon + 1));
}

void build_init(struct snapshot *s)
{
	struct netns_row *netns;

	snapshot_init(s);
	assert_int_equal(snapshot_add_netns(s, 4026531840), 0);
	netns = &s->netns.items[0];
	netns->own = 1;
	netns->pid = 1;
	netns->settings = (struct netns_settings){
		.port_low = BUILD_PORT_LOW,
		.port_high = BUILD_PORT_HIGH,
		.fin_timeout_s = 60,
		.keepalive_time_s = 7200,
		.keepalive_interval_s = 75,
		.keepalive_probes = 9,
		.orphan_retries = 0,
		.retries2 = 15,
		.max_tw_buckets = 131072,
	};
	s->can =
		(struct snapshot_can){ FACT_YES, FACT_YES, FACT_YES, FACT_YES, FACT_YES, FACT_YES };
}

uint32_t build_process(struct snapshot *s, const char *comm, uint32_t pid)
{
	uint32_t row = snapshot_add_process(s);
	char exe[64];
	struct process *p;

	assert_int_not_equal(row, ROW_NONE);
	snprintf(exe, sizeof(exe), "/usr/bin/%s", comm);
	p = snapshot_process(s, row);
	p->comm = snapshot_string(s, comm);
	p->exe = snapshot_string(s, exe);
	p->pid = pid;
	p->ppid = 1;
	p->age_ms = 86400000;
	p->start_ns = 1000000000ull * pid;
	p->fds_open = 100;
	p->fds_limit = 1024;
	p->threads = 1;
	p->key = pid;
	p->stopped = p->frozen = FACT_NO;
	p->runtime = RUNTIME_NATIVE;
	p->state = 'S';
	return row;
}

struct thread *build_thread(struct snapshot *s, uint32_t process, enum thread_call call,
			    enum thread_object object)
{
	struct process *p = snapshot_process(s, process);
	struct thread *t;

	assert_int_equal(array_grow(&s->threads, 1), 0);
	if (p->n_thread_rows == 0)
		p->thread_rows = (uint32_t)s->threads.n;
	assert_int_equal(p->thread_rows + p->n_thread_rows, s->threads.n);
	t = &s->threads.items[s->threads.n++];
	*t = (struct thread){ .process = process,
			      .tid = p->pid + p->n_thread_rows++,
			      .conn = ROW_NONE,
			      .quiet_ms = VALUE_UNKNOWN,
			      .timeout_ms = VALUE_UNKNOWN,
			      .address = 0x7f0000001000 + 64 * s->threads.n,
			      .fd = -1,
			      .call = (uint8_t)call,
			      .object = (uint8_t)object,
			      .steady = FACT_YES,
			      .state = 'S' };
	memcpy(t->comm, p->comm, strnlen(p->comm, sizeof(t->comm) - 1));
	p->threads = p->n_thread_rows;
	p->threads_seen = THREADS_ALL;
	return t;
}

uint32_t build_conn(struct snapshot *s, enum tcp_state state, const char *local, const char *remote,
		    uint32_t age_ms)
{
	uint32_t row = snapshot_add_conn(s);
	struct conn *c;

	assert_int_not_equal(row, ROW_NONE);
	c = snapshot_conn(s, row);
	c->state = (uint8_t)state;
	c->local = build_endpoint(local);
	c->remote = build_endpoint(remote);
	c->cookie = row + 1;
	c->has = CONN_HAS_DIAG;
	c->flags = CONN_RECHECKED;
	if (state == TCP_STATE_TIME_WAIT) {
		c->timer = TCP_TIMER_MINISOCKET;
		c->expires_ms = 60000 - age_ms;
		return row;
	}
	c->inode = 1000 + row;
	c->has |= CONN_HAS_INFO | CONN_HAS_SHUTDOWN | CONN_HAS_OPTIONS | CONN_HAS_IDLE;
	c->idle_ms = c->last_ack_recv_ms = age_ms;
	c->last_data_recv_ms = c->last_data_sent_ms = age_ms + 500;
	c->bytes_acked = 101;
	c->bytes_received = 201;
	c->rto_ms = 200;
	c->shutdown = state == TCP_STATE_CLOSE_WAIT    ? TCP_SHUT_RECEIVE
		      : state == TCP_STATE_FIN_WAIT_2  ? TCP_SHUT_SEND
		      : state == TCP_STATE_ESTABLISHED ? 0
						       : TCP_SHUT_RECEIVE | TCP_SHUT_SEND;
	c->rqueue = state == TCP_STATE_CLOSE_WAIT;
	return row;
}

uint32_t build_listener(struct snapshot *s, const char *local, uint32_t waiting, uint32_t backlog)
{
	uint32_t row = snapshot_add_conn(s);
	struct conn *c;

	assert_int_not_equal(row, ROW_NONE);
	c = snapshot_conn(s, row);
	c->state = TCP_STATE_LISTEN;
	c->local = build_endpoint(local);
	c->has = CONN_HAS_DIAG;
	c->inode = 1000 + row;
	c->rqueue = waiting;
	c->wqueue = backlog;
	return row;
}

struct watch *build_hold(struct snapshot *s, uint32_t conn, uint32_t process)
{
	struct conn *c = snapshot_conn(s, conn);
	struct watch *w;

	assert_int_equal(array_grow(&s->holders, 1), 0);
	assert_int_equal(array_grow(&s->watches, 1), 0);
	if (c->n_holders++ == 0)
		c->holders = (uint32_t)s->holders.n;
	assert_int_equal(c->holders + c->n_holders, s->holders.n + 1);
	w = &s->watches.items[s->watches.n];
	*w = (struct watch){ .regs = (uint32_t)s->regs.n, .sleepers_known = 1 };
	s->holders.items[s->holders.n++] =
		(struct holder){ conn, process, 10 + (int)conn, (uint32_t)s->watches.n++ };
	return w;
}

struct watch_reg *build_reg(struct snapshot *s, uint32_t events, enum fact ready, uint32_t sleepers)
{
	struct watch_reg *reg;

	assert_int_equal(array_grow(&s->regs, 1), 0);
	reg = &s->regs.items[s->regs.n++];
	*reg = (struct watch_reg){ .epoll = 1,
				   .events = events | EPOLLERR | EPOLLHUP,
				   .sleepers = sleepers,
				   .ready = (uint8_t)ready };
	s->watches.items[s->watches.n - 1].n_regs++;
	return reg;
}

uint32_t build_unread(struct snapshot *s, uint32_t process, uint16_t port, uint32_t age_ms)
{
	char local[32];
	uint32_t row;

	snprintf(local, sizeof(local), "10.0.0.1:%u", port);
	row = build_conn(s, TCP_STATE_CLOSE_WAIT, local, "10.2.0.9:443", age_ms);
	build_hold(s, row, process);
	return row;
}

void build_judge(const struct snapshot *s, struct judgement *ret_j)
{
	struct judge_options options = { .older_than_ms = JUDGE_OLDER_THAN_MS };

	assert_int_equal(judge_run(s, &options, ret_j), 0);
}
