// SPDX-License-Identifier: Apache-2.0
/* Can it be told whether a process is frozen with its cgroup, and where it belongs? */
#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "model/check.h"
#include "see/procs/cgroup.h"
#include "see/procs/stopped.h"

static void run(struct check_answer *a)
{
	struct procs_cgroup cgroup;
	char text[16 * 1024];
	ssize_t len = file_read_at(AT_FDCWD, "/proc/self/cgroup", text, sizeof(text));

	if (len < 0) {
		a->result = CHECK_NO;
		buf_printf(&a->found, "reading /proc/self/cgroup: %s", error_text((int)len));
		buf_puts(&a->get, "mount -t proc proc /proc, and a kernel with CONFIG_CGROUPS");
		return;
	}
	procs_parse_cgroup(text, (size_t)len, &cgroup);
	if (procs_is_frozen(&cgroup, (uint32_t)getpid()) != FACT_UNKNOWN) {
		a->result = CHECK_YES;
		buf_puts(&a->found,
			 "the file that tells whether its own cgroup is frozen was read");
		return;
	}
	a->result = CHECK_PARTLY;
	buf_puts(&a->found, "units and containers are known, /sys/fs/cgroup does not tell what is "
			    "frozen");
	buf_puts(&a->get, "mount /sys/fs/cgroup there (docker run -v "
			  "/sys/fs/cgroup:/sys/fs/cgroup:ro); the root cgroup has no such file");
}

const struct check check_cgroup = {
	.id = "cgroup",
	.what = "cgroups: units, containers, what is frozen",
	.lost = "a process in a frozen cgroup looks like one that merely waits",
	.run = run,
};
