// SPDX-License-Identifier: Apache-2.0
/* Which of the network namespaces here can be entered? */
#include <errno.h>
#include <linux/capability.h>

#include "base/capability.h"
#include "base/child.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/netns.h"
#include "model/check.h"
#include "see/procs/netns.h"

#define TRY_MS 10000

/* An enum check_result, or -errno. */
static int try_enter(void *data, struct buf *out)
{
	struct procs_netns_list list = { 0 };
	unsigned int others = 0, entered = 0;
	int err = procs_list_netns(&list);

	(void)data;
	if (list.items.n == 0)
		return err ? err : -ENOENT;
	for (size_t i = 0; i < list.items.n; i++) {
		_close_ int fd = -1;

		if (list.items.items[i].own)
			continue;
		fd = procs_open_netns(&list.items.items[i]);
		/* Gone meanwhile. */
		if (fd == -ESRCH)
			continue;
		others++;
		entered += fd >= 0 && netns_enter(fd) == 0;
	}
	buf_printf(out, "%u of %u others can be entered", entered, others);
	if (list.denied)
		buf_printf(out, "; of %u process%s it cannot be told", list.denied,
			   list.denied == 1 ? "" : "es");
	err = entered == others && !list.denied ? CHECK_YES
	      : entered || !others		? CHECK_PARTLY
						: CHECK_NO;
	procs_netns_list_finish(&list);
	return err;
}

static void run(struct check_answer *a)
{
	uint64_t needed = CAPABILITY_BIT(CAP_SYS_ADMIN) | CAPABILITY_BIT(CAP_SYS_PTRACE);
	int result = child_try(try_enter, NULL, TRY_MS, &a->found);

	if (result < 0) {
		buf_printf(&a->found, "listing the network namespaces: %s", error_text(result));
		return;
	}
	a->result = (enum check_result)result;
	capability_put_advice(&a->get, needed);
	/* That none other is seen is no proof that there is none. */
	if (a->result == CHECK_YES && a->get.len)
		a->result = CHECK_PARTLY;
	else if (a->result != CHECK_YES && !a->get.len)
		buf_puts(&a->get, "nothing: they are refused even to root (another user namespace, "
				  "or a security module)");
}

const struct check check_namespaces = {
	.id = "namespaces",
	.what = "the network namespaces of others: containers, ip netns",
	.lost = "sockets of containers and other namespaces are not seen, but those that BPF finds "
		"open",
	.run = run,
};
