// SPDX-License-Identifier: Apache-2.0
/* Can call stacks be taken without stopping anybody? Tried on a child of our own. */
#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/capability.h"
#include "base/child.h"
#include "base/error.h"
#include "model/check.h"
#include "model/stack.h"
#include "see/look/look.h"

#define TRY_MS	  15000
#define SLEEPER_S 20

static pid_t start_sleeper(void)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid < 0 ? -errno : pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(SLEEPER_S);
	for (;;)
		pause();
}

/* 0 or why there are no stacks. */
static int tell_stacks(const struct snapshot *s, struct buf *out)
{
	const struct stack_set *set = stack_find_set(s, 0);
	unsigned int frames = 0;

	if (!set)
		return -ENODATA;
	for (uint32_t i = 0; i < set->n_stacks; i++)
		if (s->stacks.items[set->stacks + i].n_frames > frames)
			frames = s->stacks.items[set->stacks + i].n_frames;
	if (frames) {
		buf_printf(out, "%u frames of a sleeping process", frames);
		return 0;
	}
	buf_puts(out, "of a sleeping process");
	return set->registers_err ? set->registers_err : set->err ? set->err : -ENODATA;
}

static int try_stacks(void *data, struct buf *out)
{
	const struct look_options options = { .stacks = STACKS_COPY };
	const uint32_t row = 0;
	struct snapshot s;
	pid_t pid = start_sleeper();
	int err;

	(void)data;
	if (pid < 0)
		return (int)pid;
	snapshot_init(&s);
	err = snapshot_add_process(&s) == ROW_NONE ? -ENOMEM : 0;
	if (!err) {
		snapshot_process(&s, 0)->pid = (uint32_t)pid;
		err = look_stacks(&options, &s, &row, 1);
	}
	if (!err)
		err = tell_stacks(&s, out);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	snapshot_finish(&s);
	return err;
}

static void run(struct check_answer *a)
{
	int err = child_try(try_stacks, NULL, TRY_MS, &a->found);

	if (!err) {
		a->result = CHECK_YES;
		return;
	}
	a->result = CHECK_NO;
	buf_printf(&a->found, "%s%s", a->found.len ? ": " : "", error_text(err));
	if (err == -ERR_NOT_BUILT)
		buf_puts(&a->get, "a build with elfutils' libdw, and with BPF");
	else if (err == -ERR_NO_BTF)
		buf_puts(&a->get, "as for btf");
	else
		capability_put_advice(&a->get, CAPABILITY_BIT(CAP_BPF) |
						       CAPABILITY_BIT(CAP_PERFMON) |
						       CAPABILITY_BIT(CAP_SYS_PTRACE));
}

const struct check check_stacks = {
	.id = "stacks",
	.what = "call stacks, with nobody stopped (Linux 5.15)",
	.lost = "linger why --stacks tells nothing; --stacks=stop stops each thread for a moment",
	.run = run,
};
