/* SPDX-License-Identifier: Apache-2.0 */
/* One thing that this kernel, this build and this user allow or not: `linger doctor` tries each for
 * real, and nothing that it tries stays or touches anything that is not its own. */
#ifndef MODEL_CHECK_H
#define MODEL_CHECK_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum check_result {
	CHECK_UNKNOWN = 0, /* it could not be tried */
	CHECK_NO,
	CHECK_PARTLY,
	CHECK_YES,
	CHECK_RESULT_MAX,
};

/* *shape*: all zero at first. Owns its texts; sentences without a full stop. */
struct check_answer {
	enum check_result result;
	struct buf found; /* what was tried, and what came of it */
	struct buf get;	  /* how to get it; empty when nothing is to be got */
};

/* *shape*: constant; each file of see/ that is called check_… has one, and cli/doctor.c a row. */
struct check {
	const char *id;	  /* public: JSON, scripts */
	const char *what; /* what it is */
	const char *lost; /* what linger does not do, or not so well, without it */
	/* Tries it. Runs where there are no other threads, and at most some seconds. */
	void (*run)(struct check_answer *a);
};

extern const struct check check_sock_diag, check_destroy, check_mptcp; /* see/diag */
extern const struct check check_owners, check_ptrace, check_namespaces, check_cgroup,
	check_limits;			/* see/procs */
extern const struct check check_stacks; /* see/look */
extern const struct check check_btf, check_bpf, check_iterators, check_tracer,
	check_sockops; /* see/bpf */

/* One check and its answer; what a whole visit found. */
struct checkup_row {
	const struct check *check;
	struct check_answer answer;
};

struct checkup {
	const struct checkup_row *rows;
	size_t n;
	const char *version; /* of linger */
	const char *host;
	const char *kernel;
	const char *setcap;    /* the command that makes sudo needless, "" */
	uint64_t capabilities; /* of `used` those in effect, bit (1 << CAP_…) */
	uint64_t used;	       /* all that linger has a use for */
	uint32_t uid;
};

#endif
