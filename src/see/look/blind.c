// SPDX-License-Identifier: Apache-2.0
/* What this look could not see, in words, and what that costs. */
#include <errno.h>
#include <unistd.h>

#include "base/error.h"
#include "see/look/look_private.h"

static int tell_bpf(struct look *l)
{
	struct snapshot *s = l->snapshot;
	const char *cost =
		"owners come from /proc, and what sleeps on a socket, is ready in an epoll set, "
		"waits in an accept queue, is dead but still open or has lost its peer is not "
		"seen: verdicts are less sure";

	if (!l->files_err)
		return 0;
	if (l->options->no_bpf)
		return snapshot_blind_spot(s, "BPF evidence was not asked for: %s", cost);
	if (l->files_err == -EPERM || l->files_err == -EACCES)
		return snapshot_blind_spot(
			s, "BPF evidence (%s): %s",
			geteuid() == 0 ? "needs CAP_BPF and CAP_PERFMON; in a container: --cap-add "
					 "BPF --cap-add PERFMON"
				       : "needs root, or CAP_BPF and CAP_PERFMON",
			cost);
	return snapshot_blind_spot(s, "BPF evidence (%s): %s", error_text(l->files_err), cost);
}

static int tell_namespaces(struct look *l)
{
	struct snapshot *s = l->snapshot;
	unsigned int denied = 0, failed = 0, interrupted = 0, files_only = 0;
	int err = 0;

	for (size_t i = 0; i < s->netns.n; i++) {
		denied += s->netns.items[i].seen == NETNS_DENIED;
		failed += s->netns.items[i].seen == NETNS_FAILED;
		interrupted += s->netns.items[i].seen == NETNS_INTERRUPTED;
		files_only += s->netns.items[i].seen == NETNS_FILES_ONLY;
	}
	if (denied)
		err = snapshot_blind_spot(
			s,
			"sockets of %u network namespace%s (needs CAP_SYS_ADMIN and "
			"CAP_SYS_PTRACE)",
			denied, denied == 1 ? "" : "s");
	if (!err && l->netns.denied)
		err = snapshot_blind_spot(s, "the network namespaces of %u process%s (%s)",
					  l->netns.denied, l->netns.denied == 1 ? "" : "es",
					  geteuid() == 0 ? "refused, even to root"
							 : "of other users; needs CAP_SYS_PTRACE");
	if (!err && failed)
		err = snapshot_blind_spot(s, "sockets of %u network namespace%s: the dump failed",
					  failed, failed == 1 ? "" : "s");
	if (!err && interrupted)
		err = snapshot_blind_spot(
			s,
			"some sockets of %u network namespace%s: the table changed "
			"under every dump",
			interrupted, interrupted == 1 ? "" : "s");
	if (!err && files_only)
		err = snapshot_blind_spot(
			s,
			"what nobody holds open in %u network namespace%s without "
			"a process: orphans and connections not accepted yet",
			files_only, files_only == 1 ? "" : "s");
	return err;
}

static int tell_processes(struct look *l)
{
	struct snapshot *s = l->snapshot;

	if (s->denied_processes)
		return snapshot_blind_spot(s,
					   "the files of %u process%s of other users (needs "
					   "CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH): their sockets "
					   "seem to have no owner",
					   s->denied_processes,
					   s->denied_processes == 1 ? "" : "es");
	if (l->files.all_files == FACT_NO)
		return snapshot_blind_spot(s,
					   "processes outside this pid namespace%s: sockets they "
					   "hold seem to have no owner",
					   l->files_err ? ", or hidden by the mount of /proc" : "");
	return 0;
}

int look_tell_blind_spots(struct look *l)
{
	struct snapshot *s = l->snapshot;
	int err = tell_bpf(l);

	if (!err)
		err = tell_namespaces(l);
	if (!err && l->netns_err)
		err = snapshot_blind_spot(s, "other network namespaces: /proc cannot be read (%s)",
					  error_text(l->netns_err));
	if (!err)
		err = tell_processes(l);
	if (!err && s->can.accept_queues == FACT_NO)
		err = snapshot_blind_spot(s, "the ends of long accept queues: what waits there is "
					     "less surely told as never accepted");
	return err;
}
