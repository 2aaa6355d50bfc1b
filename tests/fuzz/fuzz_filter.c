// SPDX-License-Identifier: Apache-2.0
/* The filter language: any text is refused where it is wrong, or means the same again and again. */
#include "fuzz.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "model/filter.h"
#include "model/snapshot.h"
#include "model/verdict.h"

static int find_name(const char *name, uint64_t *ret)
{
	if (strcmp(name, "ssh") != 0)
		return -ENOENT;
	*ret = 22;
	return 0;
}

static const char *cause_id(uint8_t row)
{
	return row == 0 ? "eof-ignored" : row == 1 ? "ghost-fd" : "";
}

static const struct filter_names names = { .service = find_name,
					   .user = find_name,
					   .netns = find_name,
					   .device = find_name,
					   .cgroup = find_name,
					   .cause = cause_id };

static struct process processes[] = {
	{ .comm = "java",
	  .exe = "/usr/bin/java",
	  .unit = "orders.service",
	  .pid = 22,
	  .container = "3f9c00000000",
	  .pod = "shop/orders",
	  .start_ns = 1 },
	{ .pid = 0 },
};

static struct holder holders[] = { { .process = 0, .fd = 7 }, { .process = 1, .fd = 8 } };

static struct netns_row netns[] = {
	{ .inode = 22, .own = 1, .settings = { .port_low = 1, .port_high = 30000 } }
};

/* One connection of every state, IPv4 and IPv6, held by nobody, one or two, judged in all ways. */
static void fill(struct conn conns[static TCP_STATE_MAX],
		 struct verdict verdicts[static TCP_STATE_MAX])
{
	for (uint8_t state = 0; state < TCP_STATE_MAX; state++) {
		conns[state] = (struct conn){ .state = state, .inode = state, .uid = 22 };
		conns[state].has = CONN_HAS_DIAG | CONN_HAS_CGROUP;
		conns[state].n_holders = state % 3;
		conns[state].local.version = state % 2 ? 4 : 6;
		conns[state].local.addr[0] = 10;
		conns[state].local.port = 22;
		conns[state].remote = conns[state].local;
		conns[state].remote.port = (uint16_t)(state * 6000);
		verdicts[state] = (struct verdict){ .age = { state * 1000u, VALUE_UNKNOWN },
						    .owner = state % 2 ? 0 : ROW_NONE,
						    .cause = state % 3,
						    .severity = state % 3,
						    .confidence = state % 4,
						    .standing = state % 4 };
	}
}

static void check_error(const struct filter_error *error, size_t size)
{
	fuzz_check(error->offset <= size && error->length > 0);
	fuzz_check(error->message[0] && memchr(error->message, '\0', sizeof(error->message)));
	fuzz_check(memchr(error->hint, '\0', sizeof(error->hint)));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct conn conns[TCP_STATE_MAX];
	struct verdict verdicts[TCP_STATE_MAX];
	struct snapshot s = { 0 };
	struct filter f;
	struct filter_error error = { 0 };
	uint32_t states;

	if (filter_parse((const char *)bytes, len, &names, &f, &error) < 0) {
		check_error(&error, len);
		return 0;
	}
	fill(conns, verdicts);
	s.conns.items = conns;
	s.conns.n = TCP_STATE_MAX;
	s.holders.items = holders;
	s.holders.n = ARRAY_LEN(holders);
	s.processes.items = processes;
	s.processes.n = ARRAY_LEN(processes);
	s.netns.items = netns;
	s.netns.n = ARRAY_LEN(netns);
	states = filter_states(&f);
	fuzz_check(f.n <= FILTER_NODES_MAX && !(states & ~TCP_BITS_ALL));
	fuzz_check(f.texts_len <= FILTER_TEXT_MAX);
	for (uint32_t row = 1; row < TCP_STATE_MAX; row++) {
		struct filter_subject subject = { .snapshot = &s,
						  .row = row,
						  .verdict = row % 5 ? &verdicts[row] : NULL,
						  .finding = row % 2 ? "7f3a00000000abcd" : NULL,
						  .role = row % 3 };

		fuzz_check(!filter_match(&f, &subject) || (states & TCP_BIT(row)));
	}
	return 0;
}
