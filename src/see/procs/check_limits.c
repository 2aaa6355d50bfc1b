// SPDX-License-Identifier: Apache-2.0
/* Are there descriptors enough to look with? */
#include <errno.h>
#include <sys/resource.h>

#include "base/error.h"
#include "model/check.h"
#include "see/procs/netns.h"

/* What a look holds open besides one for each namespace that has sockets. */
#define FILES_BESIDE 32

static void run(struct check_answer *a)
{
	struct procs_netns_list list = { 0 };
	struct rlimit files;
	int err;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0) {
		buf_printf(&a->found, "reading the limit of open files: %s", error_text(-errno));
		return;
	}
	err = procs_list_netns(&list);
	if (err) {
		buf_printf(&a->found, "listing the network namespaces: %s", error_text(err));
		procs_netns_list_finish(&list);
		return;
	}
	a->result = files.rlim_max >= list.items.n + FILES_BESIDE ? CHECK_YES : CHECK_NO;
	if (files.rlim_max == RLIM_INFINITY)
		buf_puts(&a->found, "no limit on open files");
	else
		buf_printf(&a->found, "%llu open files are allowed",
			   (unsigned long long)files.rlim_max);
	buf_printf(&a->found, ", at most %zu are needed for the %zu network namespace%s here",
		   list.items.n + FILES_BESIDE, list.items.n, list.items.n == 1 ? "" : "s");
	if (a->result == CHECK_NO)
		buf_printf(&a->get, "ulimit -Hn %zu, as root", list.items.n + FILES_BESIDE);
	procs_netns_list_finish(&list);
}

const struct check check_limits = {
	.id = "limits",
	.what = "descriptors to look with",
	.lost = "with many network namespaces a look ends with: too many open files",
	.run = run,
};
