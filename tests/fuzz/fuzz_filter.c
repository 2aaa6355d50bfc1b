// SPDX-License-Identifier: Apache-2.0
/* The filter language: any text is refused where it is wrong, or means the same again and again. */
#include "fuzz.h"

#include <errno.h>
#include <string.h>

#include "model/filter.h"
#include "model/snapshot.h"

static int service_port(const char *name)
{
	return strcmp(name, "ssh") == 0 ? 22 : -ENOENT;
}

/* One connection of every state, IPv4 and IPv6. */
static void fill(struct conn conns[static TCP_STATE_MAX])
{
	for (uint8_t state = 0; state < TCP_STATE_MAX; state++) {
		conns[state] = (struct conn){ .state = state };
		conns[state].local.version = state % 2 ? 4 : 6;
		conns[state].local.addr[0] = 10;
		conns[state].local.port = 22;
		conns[state].remote = conns[state].local;
		conns[state].remote.port = (uint16_t)(state * 6000);
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
	struct snapshot s = { 0 };
	struct filter f;
	struct filter_error error = { 0 };
	uint32_t states;

	if (filter_parse((const char *)bytes, len, service_port, &f, &error) < 0) {
		check_error(&error, len);
		return 0;
	}
	fill(conns);
	s.conns.items = conns;
	s.conns.n = TCP_STATE_MAX;
	states = filter_states(&f);
	fuzz_check(f.n <= FILTER_NODES_MAX && !(states & ~TCP_BITS_ALL));
	for (uint32_t row = 1; row < TCP_STATE_MAX; row++)
		fuzz_check(!filter_match(&f, &s, row) || (states & TCP_BIT(row)));
	return 0;
}
