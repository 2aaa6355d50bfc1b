// SPDX-License-Identifier: Apache-2.0
/* One look: the socket tables and the open files at the same time, then joined. */
#include "see/look/look.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "see/bpf/collect.h"
#include "see/diag/bytecode.h"
#include "see/look/look_private.h"
#include "see/procs/ancestors.h"
#include "see/procs/describe.h"
#include "see/procs/pods.h"
#include "see/procs/walk.h"

static void name_host(struct snapshot *s)
{
	struct utsname name;

	if (uname(&name) < 0)
		return;
	snprintf(s->host, sizeof(s->host), "%.64s", name.nodename);
	snprintf(s->kernel, sizeof(s->kernel), "%.64s", name.release);
}

/* addresses: of every socket, for those in namespaces that no dump reached. */
static int collect_files(struct look *l, bool addresses)
{
	const struct bpf_collect_options options = {
		.states = TCP_BITS_CLOSING | TCP_BIT(TCP_STATE_LISTEN) | TCP_BIT(TCP_STATE_CLOSED) |
			  l->options->states,
		.detailed = addresses || l->options->detailed,
		.addresses = addresses,
		.clock_states = TCP_BITS_CLOSING,
		.local_port = l->asked_len ? filter_port(l->options->asked, FILTER_ABOUT_SPORT) : 0,
		.remote_port =
			l->asked_len ? filter_port(l->options->asked, FILTER_ABOUT_DPORT) : 0,
		.netns = l->options->here ? (uint32_t)l->netns.items.items[0].inode : 0,
		.verbose = l->options->verbose,
		.between = look_mark_threads,
		.between_data = l,
	};

	file_table_finish(&l->files);
	return bpf_collect_files(&options, &l->files);
}

static void *files_main(void *data)
{
	struct look *l = data;

	l->files_err = collect_files(l, false);
	return NULL;
}

/* What needs the dumps alone is done while the files are still visited. */
static void *dump_main(void *data)
{
	struct look *l = data;

	look_dump_namespaces(l);
	l->index_err = look_index_dumped(l);
	return NULL;
}

/* What the sources need of stack is little: two times the default 8 MiB would be refused where
 * memory is short. */
#define STACK_BYTES (512 * 1024)

static int start_thread(pthread_t *ret_thread, void *(*main)(void *), struct look *l)
{
	pthread_attr_t attr;
	int err = pthread_attr_init(&attr);

	if (err)
		return -err;
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	err = pthread_create(ret_thread, &attr, main, l);
	pthread_attr_destroy(&attr);
	return -err;
}

/* Nothing can be said for sure when the process itself has run out of something. */
static bool is_shortage(int err)
{
	return err == -ENOMEM || err == -EMFILE || err == -ENFILE || err == -EAGAIN;
}

/* Both sources at once, each in a thread: one of them changes namespaces, and the caller's must
 * stay where it is. */
static int run_sources(struct look *l)
{
	pthread_t dumper, filer;
	bool filing = !l->options->no_bpf;
	int err;

	l->files_err = -EOPNOTSUPP;
	l->no_clocks = !filing || !bpf_is_promising();
	err = filing ? start_thread(&filer, files_main, l) : 0;
	if (err)
		return err;
	err = start_thread(&dumper, dump_main, l);
	if (!err)
		pthread_join(dumper, NULL);
	if (filing)
		pthread_join(filer, NULL);
	if (err || l->dump_err)
		return err ? err : l->dump_err;
	if (l->index_err)
		return l->index_err;
	return is_shortage(l->files_err) ? l->files_err : 0;
}

/* Without BPF: the open files of all processes, for the inodes that the dumps listed. */
static int walk_files(struct look *l)
{
	const struct snapshot *s = l->snapshot;
	_map_ struct map inodes = { 0 };
	const struct procs_wanted wanted = { .inodes = &inodes };
	int err = map_reserve(&inodes, s->conns.n);

	for (uint32_t i = 0; !err && i < s->conns.n; i++)
		if (s->conns.items[i].inode)
			err = map_put(&inodes, s->conns.items[i].inode, i, NULL);
	if (err)
		return err;
	file_table_finish(&l->files);
	err = procs_walk_files(&wanted, &l->files);
	/* Without /proc the sockets still stand, only without owners; that is said. */
	return err == -ENOMEM || err == -EMFILE || err == -ENFILE ? err : 0;
}

/* Of a forking server's child, which is to be told from an heir, also the parent that listens. */
static int describe_listening_parents(struct snapshot *s, uint8_t *described)
{
	_map_ struct map listening = { 0 };
	int err = 0;

	for (size_t i = 0; !err && i < s->holders.n; i++) {
		const struct holder *h = &s->holders.items[i];

		if (snapshot_conn(s, h->conn)->state == TCP_STATE_LISTEN)
			err = map_put(&listening, snapshot_process(s, h->process)->pid, h->process,
				      NULL);
	}
	for (uint32_t i = 0; !err && i < s->processes.n; i++) {
		uint32_t ppid = described[i] ? snapshot_process(s, i)->ppid : 0;
		uint32_t parent = ppid ? map_get(&listening, ppid) : MAP_NONE;

		if (parent == MAP_NONE || described[parent])
			continue;
		described[parent] = 1;
		if (procs_describe(s, parent) == -ENOMEM)
			err = -ENOMEM;
	}
	return err;
}

/* What its program has let go of has no holder; the program still listens where it came in. */
static int ask_for_listeners(const struct snapshot *s, uint8_t *asked)
{
	_map_ struct map ports = { 0 };
	int err = 0;

	for (uint32_t i = 0; !err && i < s->conns.n; i++) {
		const struct conn *c = &s->conns.items[i];

		if (c->n_holders == 0 && TCP_BIT(c->state) & TCP_BITS_CLOSING &&
		    map_get(&ports, look_port_key(c)) == MAP_NONE)
			err = map_put(&ports, look_port_key(c), i, NULL);
	}
	for (size_t i = 0; !err && ports.n && i < s->conns.n; i++) {
		const struct conn *c = &s->conns.items[i];

		asked[i] |= c->state == TCP_STATE_LISTEN &&
			    map_get(&ports, look_port_key(c)) != MAP_NONE;
	}
	return err;
}

/* Only those who own something that will be judged are worth reading /proc for. */
static int describe_owners(struct look *l)
{
	struct snapshot *s = l->snapshot;
	_free_ uint8_t *wanted = calloc(s->processes.n + 1, 1);
	_free_ uint8_t *asked = calloc(s->conns.n + 1, 1);
	bool listeners = l->options->states & TCP_BIT(TCP_STATE_LISTEN);
	int err;

	if (!wanted || !asked || ask_for_listeners(s, asked))
		return -ENOMEM;
	for (size_t i = 0; i < s->conns.n; i++) {
		const struct conn *c = &s->conns.items[i];

		asked[i] |= c->state != TCP_STATE_LISTEN || listeners;
		if (c->listener != ROW_NONE)
			asked[c->listener] = 1;
	}
	for (size_t i = 0; i < s->holders.n; i++)
		if (asked[s->holders.items[i].conn])
			wanted[s->holders.items[i].process] = 1;
	for (uint32_t i = 0; i < s->processes.n; i++)
		if (wanted[i] && procs_describe(s, i) == -ENOMEM)
			return -ENOMEM;
	err = describe_listening_parents(s, wanted);
	if (!err)
		err = procs_find_ancestors(s);
	/* Without /proc nobody is described either; that is said elsewhere. */
	return err == -ENOMEM ? err : procs_name_pods(s, PROCS_LOG_DIR);
}

static void tell_abilities(struct look *l)
{
	struct snapshot *s = l->snapshot;
	bool denied = false, entered = false;

	for (size_t i = 0; i < s->netns.n; i++) {
		denied |= s->netns.items[i].seen == NETNS_DENIED;
		entered |= !s->netns.items[i].own && s->netns.items[i].seen != NETNS_DENIED;
	}
	s->denied_processes = l->files.denied_processes;
	s->can.bpf = l->files_err ? FACT_NO : FACT_YES;
	s->can.all_files = l->files.all_files;
	if (l->netns.denied || s->denied_processes)
		s->can.ptrace = FACT_NO;
	else if (!l->options->here || l->files_err) /* else it was not tried */
		s->can.ptrace = FACT_YES;
	if (denied || l->netns.denied)
		s->can.other_netns = FACT_NO;
	else if (entered)
		s->can.other_netns = FACT_YES;
	if (l->diags && l->netns.items.n && l->diags[0])
		s->can.destroy = (uint8_t)diag_can_destroy(l->diags[0]);
}

static bool is_reached(const struct snapshot *s, uint32_t netns_inode)
{
	uint32_t row = snapshot_find_netns(s, netns_inode);

	return row != ROW_NONE && s->netns.items[row].seen != NETNS_DENIED &&
	       s->netns.items[row].seen != NETNS_FAILED;
}

/* Is there a listed socket in a namespace that no dump reached? Only its file tells where it is.
 * The files of one process are nearly always in one namespace, so it is looked up once for many. */
static bool any_undumped(const struct look *l)
{
	uint32_t reached = 0;

	for (size_t i = 0; i < l->files.rows.n; i++) {
		const struct file_row *f = &l->files.rows.items[i];

		if (f->socket != ROW_NONE || f->state == TCP_STATE_LISTEN || f->netns == reached)
			continue;
		if (!is_reached(l->snapshot, f->netns))
			return true;
		reached = f->netns;
	}
	return false;
}

/* Joins; before that the files are read once more with addresses when some sockets are where no
 * dump reached: seldom, so the first pass goes without. */
static int join_sources(struct look *l)
{
	int err = 0;

	if (!l->files_err && !l->options->here && any_undumped(l))
		l->files_err = collect_files(l, true);
	if (l->files_err)
		err = walk_files(l);
	return err ? err : look_join(l);
}

/* What of the filter the kernel can be asked for. */
static int compile_asked(struct look *l)
{
	const struct look_options *o = l->options;

	if (!o->asked || !(o->states & TCP_BIT(TCP_STATE_ESTABLISHED)))
		return 0;
	l->asked = malloc(DIAG_BYTECODE_MAX);
	if (!l->asked)
		return -ENOMEM;
	l->asked_len = diag_compile(o->asked, l->asked);
	return 0;
}

static int take(struct look *l)
{
	int err = compile_asked(l);

	if (err)
		return err;

	l->netns_err =
		l->options->here ? procs_list_own_netns(&l->netns) : procs_list_netns(&l->netns);
	if (l->netns.items.n == 0)
		return is_shortage(l->netns_err) ? l->netns_err : -ENXIO;
	l->diags = calloc(l->netns.items.n, sizeof(*l->diags));
	if (!l->diags)
		return -ENOMEM;
	err = run_sources(l);
	if (!err)
		err = join_sources(l);
	if (!err)
		err = look_complete(l);
	if (err)
		return err;
	look_recheck(l);
	err = describe_owners(l);
	if (!err)
		err = look_at_deciding_threads(l);
	if (err)
		return err;
	tell_abilities(l);
	return look_tell_blind_spots(l);
}

int look_take(const struct look_options *options, struct snapshot *ret_s)
{
	struct look l = { .options = options, .snapshot = ret_s };
	uint64_t start_ns = clock_mono_ns();
	int err;

	snapshot_init(ret_s);
	ret_s->taken_real_ms = clock_real_ms();
	ret_s->began_ns = clock_boot_ns();
	name_host(ret_s);
	err = take(&l);
	for (size_t i = 0; l.diags && i < l.netns.items.n; i++)
		diag_close(l.diags[i]);
	free(l.diags);
	inodes_finish(&l.dumped);
	free(l.next);
	free(l.asked);
	file_table_finish(&l.files);
	procs_marks_finish(&l.marks);
	procs_netns_list_finish(&l.netns);
	ret_s->took_ms = (uint32_t)((clock_mono_ns() - start_ns) / 1000000);
	return err;
}
