// SPDX-License-Identifier: Apache-2.0
/* Small hosts, row by row. */
#include "fixture.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/mem.h"
#include "judge/causes/table.h"

/* The connections of fixture_root(): the pool first, then the accept queue, then an orphan. */
#define POOL  8203
#define QUEUE 129

/* The rows that these tests need of the table of causes. */
static const char *const causes[] = { "unexplained",  "eof-unwatched", "never-accepted",
				      "owner-hidden", "peer-silent",   "fin-timeout-pending",
				      "time-wait" };
enum {
	UNEXPLAINED,
	EOF_UNWATCHED,
	NEVER_ACCEPTED,
	OWNER_HIDDEN,
	PEER_SILENT,
	FIN_TIMEOUT,
	TIME_WAITS
};

const char *cause_id(uint8_t cause)
{
	return cause < ARRAY_LEN(causes) ? causes[cause] : "";
}

const char *cause_says(uint8_t cause)
{
	return cause < ARRAY_LEN(causes) ? "what the table of causes says" : "";
}

/* Not assert(): what stands in it must also be done with NDEBUG. */
static void must(bool is_so)
{
	if (!is_so)
		abort();
}

static struct endpoint v4(const char *addr, uint16_t port)
{
	uint8_t bytes[4];

	must(inet_pton(AF_INET, addr, bytes) == 1);
	return endpoint_make(AF_INET, bytes, port);
}

static struct endpoint v6(const char *addr, uint16_t port)
{
	uint8_t bytes[16];

	must(inet_pton(AF_INET6, addr, bytes) == 1);
	return endpoint_make(AF_INET6, bytes, port);
}

static char *copy(const char *text)
{
	char *owned = strdup(text);

	must(owned);
	return owned;
}

static struct netns_row *add_netns(struct fixture *f, uint64_t inode, enum netns_seen seen)
{
	uint32_t row = snapshot_add_netns(&f->snapshot, inode);

	must(row != ROW_NONE);
	f->snapshot.netns.items[row].seen = (uint8_t)seen;
	return &f->snapshot.netns.items[row];
}

static void begin(struct fixture *f, const char *host)
{
	struct snapshot *s = &f->snapshot;
	struct netns_row *row;

	snapshot_init(s);
	f->judgement = (struct judgement){ .snapshot = s };
	snprintf(s->host, sizeof(s->host), "%s", host);
	snprintf(s->kernel, sizeof(s->kernel), "6.18.44");
	s->taken_real_ms = 1795171320123;
	s->took_ms = 123;
	row = add_netns(f, 4026531840, NETNS_DUMPED);
	row->own = 1;
	for (int state = 0; state < TCP_STATE_MAX; state++)
		row->counts[state] = 0;
	row->settings = (struct netns_settings){ .port_low = 32768,
						 .port_high = 60999,
						 .fin_timeout_s = 60,
						 .keepalive_time_s = 7200,
						 .keepalive_interval_s = 75,
						 .keepalive_probes = 9,
						 .orphan_retries = 0,
						 .retries2 = 15,
						 .max_tw_buckets = 262144 };
	s->can =
		(struct snapshot_can){ FACT_YES, FACT_YES, FACT_YES, FACT_YES, FACT_YES, FACT_YES };
}

/* Every connection has a verdict from here on. */
static void judge(struct fixture *f)
{
	size_t n = f->snapshot.conns.n;

	f->judgement.verdicts = calloc(n ? n : 1, sizeof(struct verdict));
	must(f->judgement.verdicts);
	for (size_t i = 0; i < n; i++)
		f->judgement.verdicts[i] =
			(struct verdict){ .age = { VALUE_UNKNOWN, VALUE_UNKNOWN },
					  .finding = ROW_NONE,
					  .related = ROW_NONE,
					  .other_end = ROW_NONE,
					  .owner = ROW_NONE };
}

static struct conn *add_conn(struct fixture *f, enum tcp_state state, struct endpoint local,
			     struct endpoint remote)
{
	uint32_t row = snapshot_add_conn(&f->snapshot);
	struct conn *c = snapshot_conn(&f->snapshot, row);

	c->state = (uint8_t)state;
	c->local = local;
	c->remote = remote;
	return c;
}

static uint32_t add_process(struct fixture *f, const char *comm, uint32_t pid, const char *unit)
{
	uint32_t row = snapshot_add_process(&f->snapshot);
	struct process *p = snapshot_process(&f->snapshot, row);

	p->comm = snapshot_string(&f->snapshot, comm);
	p->unit = snapshot_string(&f->snapshot, unit);
	p->pid = pid;
	return row;
}

static void add_holder(struct fixture *f, uint32_t conn, uint32_t process, int fd, uint32_t watch)
{
	struct conn *c = snapshot_conn(&f->snapshot, conn);

	must(array_grow(&f->snapshot.holders, 1) == 0);
	if (c->n_holders++ == 0)
		c->holders = (uint32_t)f->snapshot.holders.n;
	f->snapshot.holders.items[f->snapshot.holders.n++] =
		(struct holder){ .conn = conn, .process = process, .fd = fd, .watch = watch };
}

static struct finding *add_finding(struct fixture *f, const char *id, uint8_t cause,
				   enum tcp_state state)
{
	struct judgement *j = &f->judgement;
	struct finding *finding;

	must(array_grow(&j->findings, 1) == 0);
	finding = &j->findings.items[j->findings.n++];
	*finding = (struct finding){ .id_len = 4,
				     .state = (uint8_t)state,
				     .cause = cause,
				     .severity = SEVERITY_STUCK,
				     .confidence = CONFIDENCE_CERTAIN,
				     .closed_first = (uint8_t)tcp_state_closer(state),
				     .paired_with = ROW_NONE,
				     .members = (uint32_t)j->members.n,
				     .owners = (uint32_t)j->owners.n,
				     .oldest = { VALUE_UNKNOWN, VALUE_UNKNOWN },
				     .newest_at_most_ms = VALUE_UNKNOWN,
				     .ends_in_ms = VALUE_UNKNOWN,
				     .growth_per_min = NAN };
	snprintf(finding->id, sizeof(finding->id), "%s", id);
	j->stuck++;
	return finding;
}

/* Members must be added right behind their finding. */
static void add_member(struct fixture *f, struct finding *finding, uint32_t row)
{
	struct judgement *j = &f->judgement;
	struct verdict *v = &j->verdicts[row];

	must(array_grow(&j->members, 1) == 0);
	j->members.items[j->members.n++] = row;
	finding->count++;
	v->finding = (uint32_t)(finding - j->findings.items);
	v->cause = finding->cause;
	v->severity = finding->severity;
	v->confidence = finding->confidence;
	v->standing = STANDING_OLD;
	v->role = finding->role;
	v->age = finding->oldest;
	v->owner = f->snapshot.conns.items[row].n_holders ? f->snapshot.conns.items[row].holders
							  : ROW_NONE;
}

static void add_owner(struct fixture *f, struct finding *finding, uint32_t process,
		      uint32_t sockets)
{
	struct judgement *j = &f->judgement;

	must(array_grow(&j->owners, 1) == 0);
	j->owners.items[j->owners.n++] = (struct finding_owner){ process, sockets };
	finding->n_owners++;
}

static void add_evidence(struct finding *finding, const char *fact, const char *value,
			 const char *text)
{
	must(array_grow(&finding->evidence, 1) == 0);
	finding->evidence.items[finding->evidence.n++] =
		(struct fact_text){ fact, copy(value), copy(text) };
}

static void add_harm(struct finding *finding, const char *text)
{
	must(array_grow(&finding->harm, 1) == 0);
	finding->harm.items[finding->harm.n++] = copy(text);
}

static void add_release(struct finding *finding, const char *command, const char *frees,
			const char *keeps)
{
	must(array_grow(&finding->releases, 1) == 0);
	finding->releases.items[finding->releases.n++] =
		(struct release){ copy(command), copy(frees), copy(keeps) };
}

/* A pool nobody looks at. */
static void add_pool(struct fixture *f, uint32_t java)
{
	struct finding *finding =
		add_finding(f, "7f3a91d20c55e801", EOF_UNWATCHED, TCP_STATE_CLOSE_WAIT);

	finding->role = ROLE_CONNECTED;
	finding->pattern = PATTERN_POOL;
	finding->endpoint = v4("10.2.0.9", 443);
	finding->oldest = (struct age){ 7440000, 9060000 };
	finding->newest_at_most_ms = 11000;
	finding->growth_per_min = 31.25;
	for (uint32_t i = 0; i < POOL; i++)
		add_member(f, finding, i);
	add_owner(f, finding, java, POOL);
	fixture_add_doing(f, finding, java);
	finding->why = copy("The peer closed; its FIN waits unread and nothing in the program "
			    "watches these sockets.");
	finding->fix =
		copy("evict idle connections, or check them before reuse (Apache HttpClient: "
		     "evictIdleConnections)");
	finding->fix_more = copy("A pool that looks at a connection only before using it keeps "
				 "what the peer has closed.");
	add_harm(finding, "8,511 of 10,000 file descriptors are used");
	add_harm(finding, "\"Too many open files\" in about 48 min");
	add_evidence(finding, "receive_queue", "1", "only the FIN waits unread on 8,190 of them");
	add_evidence(finding, "epoll_registrations", "0",
		     "in none of its 3 epoll sets, no thread asleep on one");
	add_evidence(finding, "runtime", "jvm", "libjvm.so is mapped");
	add_evidence(finding, "opened_by", "local",
		     "Opened by this host: connect() made the socket, which has no listener's "
		     "backlog.");
	add_evidence(finding, "closed_first", "remote",
		     "The peer closed first: CLOSE_WAIT is only reached by receiving a FIN.");
	finding->ends_when = ENDS_NEVER;
	finding->ends_text = copy("For ever: SO_KEEPALIVE is off, so the kernel has no timer on "
				  "them. Lowering tcp_keepalive_time would not help.");
	add_release(finding, "linger free 7f3a", "TCP state and port",
		    "the file descriptors, until the program closes them");
	add_release(finding, "systemctl restart orders.service", "all of it", "nothing");
}

static void add_queue(struct fixture *f, uint32_t gunicorn)
{
	struct finding *finding =
		add_finding(f, "c2d1000000000002", NEVER_ACCEPTED, TCP_STATE_CLOSE_WAIT);

	finding->role = ROLE_ACCEPTED;
	finding->confidence = CONFIDENCE_LIKELY;
	finding->endpoint = v4("0.0.0.0", 8000);
	finding->oldest = (struct age){ 41000, VALUE_UNKNOWN };
	finding->paired_with = 0;
	for (uint32_t i = 0; i < QUEUE; i++)
		add_member(f, finding, POOL + i);
	add_owner(f, finding, gunicorn, QUEUE);
	finding->why = copy("They wait in the accept queue (129 of 128): the only worker has been "
			    "reading from 10.2.0.30:5432 for 40 s.");
	finding->fix =
		copy("more workers or --worker-class gthread; a timeout on the database call");
	add_harm(finding, "new clients time out");
	finding->ends_when = ENDS_BOUNDED;
	finding->ends_in_ms = 5000;
	finding->ends_text = copy("In 5 s.");
}

void fixture_root(struct fixture *f)
{
	struct watch *watch;
	struct conn *orphan;
	uint32_t java, gunicorn;

	begin(f, "web-1");
	f->snapshot.netns.items[0].counts[TCP_STATE_ESTABLISHED] = 204000;
	f->snapshot.netns.items[0].counts[TCP_STATE_CLOSE_WAIT] = 8332;
	f->snapshot.netns.items[0].counts[TCP_STATE_TIME_WAIT] = 1204;
	add_netns(f, 4026532567, NETNS_EMPTY);
	java = add_process(f, "java", 4711, "orders.service");
	snapshot_process(&f->snapshot, java)->fds_open = 8511;
	snapshot_process(&f->snapshot, java)->fds_limit = 10000;
	snapshot_process(&f->snapshot, java)->container = "3f9c0a1b2c3d4e5f60718293a4b5c6d7";
	snapshot_process(&f->snapshot, java)->pod = "shop/orders-7d4";
	gunicorn = add_process(f, "gunicorn", 902, "api.service");
	must(array_grow(&f->snapshot.watches, 1) == 0 && array_grow(&f->snapshot.regs, 2) == 0);
	f->snapshot.regs.items[0] = (struct watch_reg){ .events = EPOLLIN | EPOLLRDHUP | EPOLLET,
							.sleepers = 1,
							.ready = FACT_NO };
	f->snapshot.regs.items[1] =
		(struct watch_reg){ .events = EPOLLERR | EPOLLHUP, .sleepers = VALUE_UNKNOWN };
	f->snapshot.regs.n = 2;
	watch = &f->snapshot.watches.items[f->snapshot.watches.n++];
	*watch = (struct watch){ .n_regs = 2, .sleepers_known = 1 };
	for (uint16_t i = 0; i < POOL + QUEUE; i++) {
		bool is_pool = i < POOL;
		struct conn *c = add_conn(
			f, TCP_STATE_CLOSE_WAIT, v4("10.0.0.1", is_pool ? 40000 + i : 8000),
			is_pool ? v4("10.2.0.9", 443) : v4("10.9.0.7", 51000 - POOL + i));

		c->has = CONN_HAS_DIAG | CONN_HAS_INFO | CONN_HAS_SHUTDOWN | CONN_HAS_OPTIONS;
		c->rqueue = i == 1 ? 32 : 1;
		c->cookie = 0xffffffff00000001ull + i;
		c->shutdown = TCP_SHUT_RECEIVE;
		c->last_data_recv_ms = 9060000;
		c->last_ack_recv_ms = 7440000;
		c->role = is_pool ? ROLE_CONNECTED : ROLE_ACCEPTED;
		c->inode = is_pool ? 5000u + i : 0;
		if (is_pool)
			add_holder(f, i, java, 17 + i, i ? ROW_NONE : 0);
	}
	orphan = add_conn(f, TCP_STATE_FIN_WAIT_2, v4("10.0.0.1", 80), v4("10.3.3.3", 5555));
	orphan->has = CONN_HAS_DIAG;
	orphan->timer = TCP_TIMER_MINISOCKET;
	orphan->expires_ms = 31000;
	judge(f);
	f->judgement.verdicts[POOL + QUEUE] = (struct verdict){ .age = { 29000, 29000 },
								.finding = ROW_NONE,
								.related = ROW_NONE,
								.other_end = ROW_NONE,
								.owner = ROW_NONE,
								.cause = FIN_TIMEOUT,
								.severity = SEVERITY_EXPECTED,
								.confidence = CONFIDENCE_CERTAIN,
								.standing = STANDING_OLD };
	f->judgement.young = 7;
	add_pool(f, java);
	add_queue(f, gunicorn);
}

void fixture_filtered(struct fixture *f)
{
	fixture_root(f);
	f->judgement.filter = "comm = 'a\x1b[31m' or cause = eof-*";
	f->judgement.left_out = 1200;
	f->judgement.left_out_findings = 2;
}

void fixture_user(struct fixture *f)
{
	struct finding *finding;
	struct snapshot *s = &f->snapshot;

	begin(f, "web-1");
	s->can = (struct snapshot_can){ FACT_NO, FACT_NO, FACT_UNKNOWN, FACT_NO, FACT_NO, FACT_NO };
	add_netns(f, 4026532567, NETNS_DENIED);
	s->netns.items[0].counts[TCP_STATE_LISTEN] = 12;
	s->netns.items[0].counts[TCP_STATE_ESTABLISHED] = VALUE_UNKNOWN;
	add_conn(f, TCP_STATE_CLOSE_WAIT, v6("2001:db8:1:2:a00:27ff:fe4e:66a1", 8080),
		 v6("2001:db8:1:2:a00:27ff:fe4e:66a2", 51234))
		->inode = 77;
	judge(f);
	finding = add_finding(f, "0badcafe00000001", OWNER_HIDDEN, TCP_STATE_CLOSE_WAIT);
	finding->confidence = CONFIDENCE_POSSIBLE;
	finding->role = ROLE_CONNECTED;
	finding->endpoint = v6("2001:db8:1:2:a00:27ff:fe4e:66a2", 51234);
	finding->oldest = (struct age){ 3500, 3500 };
	finding->unsure = 1;
	add_member(f, finding, 0);
	f->judgement.age_unsure = 2;
	must(snapshot_blind_spot(s, "1 network namespace could not be entered: its sockets are "
				    "missing (run as root)") == 0);
	must(snapshot_blind_spot(s, "the open files of 214 processes of other users could not be "
				    "listed: sockets they hold have no owner here") == 0);
}

void fixture_many(struct fixture *f, unsigned int n)
{
	begin(f, "edge-17.example.net");
	for (unsigned int i = 0; i < n; i++) {
		struct endpoint peer = v4("198.51.100.1", (uint16_t)(1000 + i));

		peer.addr[3] = (uint8_t)i;
		peer.addr[2] = (uint8_t)(i >> 8);
		add_process(f, i % 3 ? "envoy" : "python3.11", 1000 + i * 7,
			    i % 2 ? "edge-proxy@blue.service" : NULL);
		add_conn(f, TCP_STATE_LAST_ACK, v4("10.0.0.1", 9000), peer);
	}
	judge(f);
	for (unsigned int i = 0; i < n; i++) {
		char id[FINDING_ID_LEN + 1];
		struct finding *finding;

		snprintf(id, sizeof(id), "%08x%08x", i * 2654435761u, i);
		finding = add_finding(f, id, PEER_SILENT, TCP_STATE_LAST_ACK);
		finding->endpoint = f->snapshot.conns.items[i].remote;
		finding->program = 1 + !(i % 3);
		finding->role = i % 5 ? ROLE_CONNECTED : ROLE_UNKNOWN;
		finding->oldest = (struct age){ 1000u * (n - i), 1000u * (n - i) + 60000 };
		add_member(f, finding, i);
		finding->count = n - i;
		add_owner(f, finding, i, n - i);
		if (i % 4 == 0)
			add_owner(f, finding, (i + 1) % n, 1);
		finding->why = copy("Our packets are not acknowledged any more.");
		add_release(finding,
			    "linger free --how abort DST-AND-A-LONGER-WORD-TO-SEE-IT-BREAK", "all",
			    "nothing");
	}
}

void fixture_hostile(struct fixture *f)
{
	static const char attack[] = "\x1b]0;pwned\x07\x1b[2J\n\r\t\x9b"
				     "31m\xe2\x80\xae"
				     "evil\xff\"\\'";
	char long_line[4096];
	struct finding *finding;
	uint32_t process;

	begin(f, "h\x1b[31mst");
	memset(long_line, 'A', sizeof(long_line));
	long_line[sizeof(long_line) - 1] = '\0';
	process = add_process(f, "\x1b[31mX\x7f\xff\n\"\\", 1, attack);
	snapshot_process(&f->snapshot, process)->exe = snapshot_string(&f->snapshot, attack);
	snapshot_process(&f->snapshot, process)->cmdline = snapshot_string(&f->snapshot, long_line);
	snapshot_process(&f->snapshot, process)->container = snapshot_string(&f->snapshot, attack);
	snapshot_process(&f->snapshot, process)->pod = snapshot_string(&f->snapshot, long_line);
	add_conn(f, TCP_STATE_CLOSE_WAIT, v4("127.0.0.1", 1), v4("127.0.0.1", 2));
	add_holder(f, 0, process, 3, ROW_NONE);
	judge(f);
	finding = add_finding(f, "eeee000000000000", UNEXPLAINED, TCP_STATE_CLOSE_WAIT);
	add_member(f, finding, 0);
	add_owner(f, finding, process, 1);
	finding->why = copy(attack);
	finding->fix = copy(long_line);
	finding->fix_more = copy(attack);
	finding->ends_text = copy(attack);
	add_harm(finding, attack);
	add_evidence(finding, "command_line", long_line, attack);
	add_release(finding, attack, long_line, attack);
	must(snapshot_blind_spot(&f->snapshot, "%s", attack) == 0);
}

/* The client's end, which is on this host too, the leg it asked by, and the leg upstream. */
void fixture_relay(struct fixture *f)
{
	uint32_t client, relay, child;
	struct finding *finding;

	begin(f, "edge-1");
	client = add_process(f, "curl", 77, NULL);
	relay = add_process(f, "relay", 100, "relay.service");
	child = add_process(f, "sh", 101, "relay.service");
	snapshot_process(&f->snapshot, relay)->start_ns = 1000;
	snapshot_process(&f->snapshot, child)->ppid = 100;
	snapshot_process(&f->snapshot, child)->session = 101;
	snapshot_process(&f->snapshot, child)->age_ms = 61000;
	for (int i = 0; i < 3; i++) {
		static const enum tcp_state states[] = { TCP_STATE_FIN_WAIT_2, TCP_STATE_CLOSE_WAIT,
							 TCP_STATE_FIN_WAIT_2 };
		struct endpoint at = v4("127.0.0.1", 8080), from = v4("127.0.0.1", 41000);

		add_conn(f, states[i],
			 i == 0	  ? from
			 : i == 1 ? at
				  : v4("10.0.0.1", 42000),
			 i == 0	  ? at
			 : i == 1 ? from
				  : v4("10.2.0.9", 443))
			->has = CONN_HAS_DIAG;
	}
	add_holder(f, 0, client, 3, ROW_NONE);
	add_holder(f, 1, relay, 7, ROW_NONE);
	add_holder(f, 1, child, 7, ROW_NONE);
	add_holder(f, 2, relay, 8, ROW_NONE);
	judge(f);
	finding = add_finding(f, "aaaa000000000001", UNEXPLAINED, TCP_STATE_CLOSE_WAIT);
	finding->role = ROLE_ACCEPTED;
	finding->endpoint = v4("127.0.0.1", 8080);
	finding->oldest = (struct age){ 41000, 41500 };
	finding->why = copy("relay[100] read the end of file and passed it on.");
	finding->paired_with = 1;
	add_member(f, finding, 1);
	add_owner(f, finding, relay, 1);
	add_evidence(finding, "holders", "2", "told in a section of its own.");
	finding = add_finding(f, "bbbb000000000002", UNEXPLAINED, TCP_STATE_FIN_WAIT_2);
	finding->role = ROLE_CONNECTED;
	finding->oldest = (struct age){ 41000, 41000 };
	add_member(f, finding, 2);
	f->judgement.verdicts[0].owner = f->snapshot.conns.items[0].holders;
	f->judgement.verdicts[1].other_end = 0;
	f->judgement.verdicts[1].related = 2;
	f->judgement.verdicts[2].related = 1;
}

void fixture_nothing(struct fixture *f)
{
	begin(f, "idle");
	f->snapshot.netns.items[0].counts[TCP_STATE_LISTEN] = 3;
	f->snapshot.netns.items[0].counts[TCP_STATE_ESTABLISHED] = 1;
	f->snapshot.took_ms = 8;
	judge(f);
}

void fixture_states(struct fixture *f)
{
	begin(f, "states");
	for (enum tcp_state state = TCP_STATE_UNKNOWN + 1; state < TCP_STATE_MAX; state++) {
		struct conn *c = add_conn(f, state, v6("::1", 80), (struct endpoint){ 0 });

		/* Every other one was read by sock_diag, with one byte or FIN unread. */
		if (state % 2 == 0) {
			c->has = CONN_HAS_DIAG | CONN_HAS_OPTIONS;
			c->flags = CONN_KEEPALIVE;
			c->keepalive_idle_s = 30;
			c->rqueue = 1;
			c->timer = TCP_TIMER_PROBE;
		}
	}
	judge(f);
}

void fixture_load(struct fixture *f, unsigned int n, int family)
{
	struct finding *finding;

	begin(f, "load");
	must(array_grow(&f->snapshot.watches, 1) == 0 && array_grow(&f->snapshot.regs, 1) == 0);
	f->snapshot.regs.items[f->snapshot.regs.n++] =
		(struct watch_reg){ .events = EPOLLIN | EPOLLERR | EPOLLHUP | EPOLLRDHUP,
				    .ready = FACT_YES,
				    .sleepers = 1 };
	f->snapshot.watches.items[f->snapshot.watches.n++] =
		(struct watch){ .n_regs = 1, .sleepers_known = 1 };
	for (uint32_t i = 0; i < 10; i++)
		add_process(f, "java", 1000 + i, "load.service");
	for (uint32_t i = 0; i < n; i++) {
		struct endpoint local = family == AF_INET
						? v4("10.20.130.140", (uint16_t)(i % 60000))
						: v6("2001:db8:1:2:a00:27ff:fe4e:66a1", 1);
		struct conn *c;

		c = add_conn(f, TCP_STATE_CLOSE_WAIT, local, local);
		c->has = CONN_HAS_DIAG | CONN_HAS_INFO | CONN_HAS_SHUTDOWN | CONN_HAS_OPTIONS;
		c->rqueue = 1;
		c->inode = 1000000 + i;
		c->cookie = 0x100000000ull + i;
		c->role = ROLE_CONNECTED;
		c->shutdown = TCP_SHUT_RECEIVE;
		c->last_data_recv_ms = c->last_data_sent_ms = 1234567;
		c->last_ack_recv_ms = 1234500;
		add_holder(f, i, i % 10, (int)(i / 10) + 3, 0);
	}
	judge(f);
	finding = add_finding(f, "0123456789abcdef", EOF_UNWATCHED, TCP_STATE_CLOSE_WAIT);
	finding->oldest = (struct age){ 1234500, 1234567 };
	for (uint32_t i = 0; i < n; i++)
		add_member(f, finding, i);
}

void fixture_finish(struct fixture *f)
{
	judgement_finish(&f->judgement);
	snapshot_finish(&f->snapshot);
}
