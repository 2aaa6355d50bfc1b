// SPDX-License-Identifier: Apache-2.0
/* Whatever stands in /proc, in a cgroup's files or in a program: the first byte picks the reader.
 */
#include <string.h>

#include "fuzz.h"
#include "model/sockstat.h"
#include "see/procs/call.h"
#include "see/procs/cgroup.h"
#include "see/procs/go.h"
#include "see/procs/parse.h"
#include "see/procs/pods.h"
#include "see/procs/rust.h"

/* Bytes that end where they end: not followed by a NUL. */
struct input {
	const char *text;
	size_t len;
};

static void read_stat(const struct input *in)
{
	struct procs_stat stat;

	if (procs_parse_stat(in->text, in->len, &stat) == 0)
		fuzz_check(strlen(stat.comm) < sizeof(stat.comm) && stat.state != '\0');
}

static void read_limits(const struct input *in)
{
	procs_parse_fds_limit(in->text, in->len);
}

static void read_frozen(const struct input *in)
{
	fuzz_check(procs_parse_cgroup_events(in->text, in->len) <= FACT_YES);
	fuzz_check(procs_parse_freezer_state(in->text, in->len) <= FACT_YES);
	procs_parse_has_pid(in->text, in->len, 1);
}

static void read_epoll(const struct input *in)
{
	struct procs_epoll_target target;

	if (procs_parse_epoll_line(in->text, in->len, &target))
		fuzz_check(target.fd >= 0);
}

static void read_link(const struct input *in)
{
	uint64_t number;

	procs_parse_link(in->text, in->len, "socket:[", &number);
}

static void read_cgroup(const struct input *in)
{
	struct procs_cgroup c;

	procs_parse_cgroup(in->text, in->len, &c);
	fuzz_check(memchr(c.unit, '\0', sizeof(c.unit)));
	fuzz_check(memchr(c.container, '\0', sizeof(c.container)));
	fuzz_check(memchr(c.pod, '\0', sizeof(c.pod)));
	fuzz_check(memchr(c.v2_path, '\0', sizeof(c.v2_path)));
	fuzz_check(memchr(c.freezer_path, '\0', sizeof(c.freezer_path)));
}

static void read_pods(const struct input *in)
{
	struct procs_pod_name name;

	if (procs_parse_pod_folder(in->text, in->len, &name))
		fuzz_check(strchr(name.name, '/') && strlen(name.key) < sizeof(name.key));
	if (procs_parse_container_log(in->text, in->len, &name))
		fuzz_check(strchr(name.name, '/') && strlen(name.key) < sizeof(name.key));
}

static ssize_t read_at(void *data, uint64_t offset, void *buf, size_t len)
{
	const struct input *in = data;

	if (offset >= in->len)
		return 0;
	if (len > in->len - offset)
		len = in->len - offset;
	memcpy(buf, in->text + offset, len);
	return (ssize_t)len;
}

static void read_program(const struct input *in)
{
	struct input copy = *in;

	procs_elf_is_go(read_at, &copy);
	procs_elf_has_rust(read_at, &copy);
}

static void read_exe(const struct input *in)
{
	char path[256];
	size_t len = in->len < sizeof(path) ? in->len : sizeof(path) - 1;

	memcpy(path, in->text, len);
	path[len] = '\0';
	fuzz_check(procs_runtime_of_exe(path) < RUNTIME_MAX);
}

static void read_library(const struct input *in)
{
	fuzz_check(procs_runtime_of_library(in->text, in->len) < RUNTIME_MAX);
	fuzz_check(procs_library_of(in->text, in->len) < LIBRARY_RUST);
}

static void read_sockstat(const struct input *in)
{
	struct sockstat s = SOCKSTAT_UNKNOWN;

	sockstat_parse(in->text, in->len, &s);
	fuzz_check(!sockstat_is_empty(&s) || s.inuse4 == 0);
}

static void read_call(const struct input *in)
{
	static const char *const sleeps[] = { NULL, "do_epoll_wait", "poll_schedule_timeout" };
	struct procs_call call;

	if (procs_parse_call(in->text, in->len, &call))
		return;
	for (size_t i = 0; i < sizeof(sleeps) / sizeof(sleeps[0]); i++) {
		struct procs_wait wait = procs_decode_call(&call, sleeps[i]);

		fuzz_check(wait.call < CALL_MAX && wait.limit <= LIMIT_MONOTONIC);
		fuzz_check((wait.call == CALL_NONE) == (call.nr < 0));
		fuzz_check(!wait.limit || wait.limit == LIMIT_MS || wait.limit_at);
	}
}

static void read_run(const struct input *in)
{
	struct procs_run run;
	uint64_t switches;

	fuzz_check(!procs_parse_schedstat(in->text, in->len, &run) || run.runs > 0);
	procs_parse_switches(in->text, in->len, &switches);
}

static void read_object(const struct input *in)
{
	enum thread_object object;
	uint32_t inode;

	object = procs_parse_object(in->text, in->len, &inode);
	fuzz_check(object > OBJECT_NONE && object < OBJECT_MAX);
	fuzz_check(!inode || object == OBJECT_SOCKET);
}

static void read_elf(const struct input *in)
{
	procs_elf_has_our_calls(in->text, in->len);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static void (*const readers[])(const struct input *) = {
		read_stat,   read_limits,  read_frozen, read_epoll,   read_link,
		read_cgroup, read_program, read_exe,	read_library, read_sockstat,
		read_call,   read_run,	   read_object, read_elf,     read_pods,
	};
	const size_t n = sizeof(readers) / sizeof(readers[0]);
	struct input in;

	if (len == 0)
		return 0;
	/* A letter, so that the corpus can be read: 'a' is the first. */
	in = (struct input){ (const char *)bytes + 1, len - 1 };
	readers[(bytes[0] - 'a') % n](&in);
	return 0;
}
