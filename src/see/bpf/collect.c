// SPDX-License-Identifier: Apache-2.0
/* Runs the task-file iterator and takes home what it tells. */
#include "see/bpf/collect.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/capability.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/pid_ns.h"
#include "evidence.skel.h"
#include "see/bpf/load.h"
#include "see/bpf/records.h"

#define NS_PER_MS 1000000ull

/* The kernel hands out at most 32 KiB a read (kernel/bpf/bpf_iter.c: 8 pages). */
#define READ_BYTES 65536

/* A reader may be told "again" only after a million files without a record. */
#define EAGAIN_MAX 1000

/* What lasts an instant is looked at this often, this far apart. */
#define LOOKS	     3
#define LOOK_STEP_MS 15

static void skeleton_free(struct evidence_bpf **skel)
{
	evidence_bpf__destroy(*skel);
}

static void link_free(struct bpf_link **link)
{
	bpf_link__destroy(*link);
}

/* Every structure that evidence.bpf.c reads a field of by relocation. One that is missing here
 * costs the time of a second try with the kernel's whole BTF, nothing else; a test says so. */
static const char *const structures[] = {
	"epitem",
	"eppoll_entry",
	"eventpoll",
	"fdtable",
	"files_struct",
	"file",
	"hlist_head",
	"hlist_node",
	"inode",
	"list_head",
	"mptcp_sock",
	"mptcp_subflow_context",
	"net",
	"pid",
	"pid_namespace",
	"request_sock",
	"sock",
	"socket",
	"task_struct",
	"tcp_sock",
	"upid",
	"wait_queue_entry",
	NULL,
};

struct loading {
	const struct bpf_collect_options *options;
	struct evidence_bpf *skel; /* the caller's, once it is loaded */
};

static void loading_finish(struct loading *loading)
{
	evidence_bpf__destroy(loading->skel);
}

/* Opens the object with what this run needs to know written into it, and loads it. btf: the path of
 * the BTF to relocate by, NULL for the kernel's own. */
static int load_with(const char *btf, void *data)
{
	struct loading *loading = data;
	LIBBPF_OPTS(bpf_object_open_opts, open_options, .btf_custom_path = btf);
	__attribute__((cleanup(skeleton_free))) struct evidence_bpf *skel = NULL;
	uint64_t scramble = 0;
	uint32_t pid_ns;
	int err = pid_ns_find_own(&pid_ns);

	if (err)
		return err;
	skel = evidence_bpf__open_opts(&open_options);
	if (!skel)
		return -errno;
	/* Kernel addresses tell epoll sets apart; scrambled they tell nothing else. */
	if (getrandom(&scramble, sizeof(scramble), GRND_NONBLOCK) < 0)
		scramble = clock_mono_ns() * 0x9e3779b97f4a7c15ull;
	skel->rodata->our_pid_ns = pid_ns;
	/* Asked of the simplest program type: the kernel offers it to all or to none. */
	skel->rodata->can_loop =
		libbpf_probe_bpf_helper(BPF_PROG_TYPE_SOCKET_FILTER, BPF_FUNC_loop, NULL) == 1;
	skel->rodata->want_states = loading->options->states;
	skel->rodata->scramble = scramble;
	err = evidence_bpf__load(skel);
	if (err)
		return err;
	skel->bss->detailed = loading->options->detailed;
	skel->bss->only_netns = loading->options->netns;
	skel->bss->only_local_port = loading->options->local_port;
	skel->bss->only_remote_port_be16 = htons(loading->options->remote_port);
	skel->bss->clock_states = loading->options->clock_states;
	loading->skel = skel;
	skel = NULL;
	return 0;
}

/* What the two clocks of the kernel were when the pass began. */
static void note_clocks(const struct evidence_bpf *skel, struct records *r)
{
	r->jiffies_per_s = records_jiffies_per_s(skel->bss->clock_jiffies, skel->bss->clock_ns);
	r->jiffies = (uint32_t)skel->bss->clock_jiffies;
	r->start_ns = skel->bss->clock_ns + (clock_boot_ns() - clock_mono_ns());
}

/* Reads one pass to its end. What is cut at the end of a read is kept for the next one. */
static int read_pass(int fd, const struct evidence_bpf *skel, struct records *r)
{
	_free_ char *buf = malloc(READ_BYTES);
	size_t kept = 0;
	int again = 0;

	if (!buf)
		return -ENOMEM;
	for (;;) {
		ssize_t n = read(fd, buf + kept, READ_BYTES - kept);
		long used;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN && again++ < EAGAIN_MAX)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return kept ? -ERR_MALFORMED : 0;
		note_clocks(skel, r);
		used = records_take(r, buf, kept + (size_t)n);
		if (used < 0)
			return (int)used;
		kept += (size_t)n - (size_t)used;
		memmove(buf, buf + used, kept);
	}
}

static int run_pass(struct bpf_link *link, const struct evidence_bpf *skel, struct records *r)
{
	_close_ int fd = bpf_iter_create(bpf_link__fd(link));

	r->process = ROW_NONE;
	return fd < 0 ? -errno : read_pass(fd, skel, r);
}

/* The further looks, at the sockets that the pass remembered in the map. */
static int look_again(const struct evidence_bpf *skel, struct records *r, uint64_t start_ns)
{
	__attribute__((cleanup(link_free))) struct bpf_link *link = NULL;
	union bpf_iter_link_info info = { .map.map_fd = (__u32)bpf_map__fd(skel->maps.readers) };
	LIBBPF_OPTS(bpf_iter_attach_opts, options, .link_info = &info,
		    .link_info_len = sizeof(info));
	int err = 0;

	link = bpf_program__attach_iter(skel->progs.tell_again, &options);
	if (!link)
		return -errno;
	r->again = true;
	for (unsigned int look = 1; !err && look < LOOKS; look++) {
		clock_sleep_until(start_ns + look * LOOK_STEP_MS * NS_PER_MS);
		err = run_pass(link, skel, r);
	}
	return err ? err : records_settle(r);
}

static int run_passes(const struct evidence_bpf *skel, const struct bpf_collect_options *options,
		      struct records *r)
{
	__attribute__((cleanup(link_free))) struct bpf_link *link = NULL;
	uint64_t start_ns;
	int err;

	link = bpf_program__attach_iter(skel->progs.tell_files, NULL);
	if (!link)
		return -errno;
	start_ns = clock_mono_ns();
	err = run_pass(link, skel, r);
	if (!err && options->between)
		options->between(options->between_data, r->table);
	return err || !r->readers ? err : look_again(skel, r, start_ns);
}

bool bpf_is_promising(void)
{
	return capability_has(CAP_SYS_ADMIN) ||
	       (capability_has(CAP_BPF) && capability_has(CAP_PERFMON));
}

int bpf_collect_files(const struct bpf_collect_options *options, struct file_table *t)
{
	__attribute__((cleanup(loading_finish))) struct loading loading = { .options = options };
	struct records r = { .table = t, .addresses = options->addresses, .process = ROW_NONE };
	int err = load_begin(options->verbose);

	if (!err)
		err = load_by_trimmed_btf(structures, load_with, &loading);
	if (!err)
		err = run_passes(loading.skel, options, &r);
	records_finish(&r);
	/* In any but the first pid namespace the iterator visits only the processes in it
	 * (kernel/bpf/task_iter.c:task_seq_get_next()). */
	if (!err)
		t->all_files =
			loading.skel->rodata->our_pid_ns == PID_NS_FIRST ? FACT_YES : FACT_NO;
	return err;
}
