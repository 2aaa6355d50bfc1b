// SPDX-License-Identifier: Apache-2.0
/* `linger doctor`: what this kernel, this build and this user allow, and what is lost without. */
#include <linux/capability.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/capability.h"
#include "base/mem.h"
#include "cli/command.h"
#include "cli/output.h"
#include "model/check.h"
#include "show/json/doctor.h"
#include "show/text/doctor.h"

/* In the order they are shown: what everything needs first. */
static const struct check *const checks[] = {
	&check_sock_diag, &check_namespaces, &check_owners, &check_btf,	   &check_bpf,
	&check_iterators, &check_ptrace,     &check_stacks, &check_cgroup, &check_tracer,
	&check_destroy,	  &check_sockops,    &check_mptcp,  &check_limits,
};

/* All that linger has a use for. */
#define USED                                                                                       \
	(CAPABILITY_BIT(CAP_DAC_READ_SEARCH) | CAPABILITY_BIT(CAP_NET_ADMIN) |                     \
	 CAPABILITY_BIT(CAP_SYS_PTRACE) | CAPABILITY_BIT(CAP_SYS_ADMIN) |                          \
	 CAPABILITY_BIT(CAP_PERFMON) | CAPABILITY_BIT(CAP_BPF))

static const struct command_option options[] = {
	{ .name = "json", .help = "print one JSON object (schema linger.doctor/1)" },
	{ .name = NULL },
};

static const struct command_example examples[] = {
	{ "linger doctor", "what this user may do here" },
	{ "sudo linger doctor", "what root may do here: less than all in a container" },
	{ "linger doctor --json | jq '.checks[] | select(.lost)'", "for programs" },
	{ .line = NULL },
};

static const char description[] =
	"Tries each thing that linger looks or acts with, for real and without touching anything "
	"of others: what is tried is done to a process, connection, namespace or cgroup of its own "
	"that ends with it. Says of what is not there what linger does not do, or not so well, "
	"without it, and how to get it.\n\n"
	"The exit status is 0 whatever is found.";

static const char *check_name(size_t i)
{
	return i < ARRAY_LEN(checks) ? checks[i]->id : NULL;
}

static const char *check_text(size_t i)
{
	return i < ARRAY_LEN(checks) ? checks[i]->what : NULL;
}

static int write_checkup(const struct invocation *in, const struct checkup *c)
{
	struct text_options text = output_text_options();

	if (command_value(in, "json"))
		return json_write_checkup(stdout, c);
	return text_write_checkup(stdout, c, &text);
}

static int run_doctor(const struct invocation *in)
{
	struct checkup_row rows[ARRAY_LEN(checks)] = { 0 };
	_buf_ struct buf setcap = { 0 };
	struct utsname name = { 0 };
	struct checkup c = { .rows = rows, .n = ARRAY_LEN(rows), .version = LINGER_VERSION };
	int written;

	if (in->n_args)
		return command_fail(EXIT_USAGE, "linger doctor takes no word like %s", in->args[0]);
	uname(&name);
	c.host = name.nodename;
	c.kernel = name.release;
	c.uid = geteuid();
	c.used = USED;
	c.capabilities = capability_effective() & USED;
	capability_put_setcap(&setcap, USED);
	c.setcap = buf_text(&setcap);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		rows[i].check = checks[i];
		checks[i]->run(&rows[i].answer);
	}
	written = write_checkup(in, &c);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		buf_finish(&rows[i].answer.found);
		buf_finish(&rows[i].answer.get);
	}
	return output_end(EXIT_DONE, written);
}

const struct command command_doctor = {
	.name = "doctor",
	.synopsis = "[--json]",
	.summary = "say what this kernel, this build and this user allow",
	.description = description,
	.options = options,
	.examples = examples,
	.rows_title = "checks",
	.row_name = check_name,
	.row_text = check_text,
	.run = run_doctor,
};
