// SPDX-License-Identifier: Apache-2.0
/* Whatever comes out of the iterator: does every row name rows that are there? */
#include "fuzz.h"
#include "see/bpf/records.h"

static void check_table(const struct file_table *t)
{
	for (size_t i = 0; i < t->rows.n; i++) {
		const struct file_row *row = &t->rows.items[i];

		fuzz_check(row->process < t->processes.n);
		fuzz_check(row->watch < t->watches.n);
		fuzz_check(row->socket == ROW_NONE || row->socket < t->sockets.n);
		fuzz_check(row->clocks == ROW_NONE || row->clocks < t->clocks.n);
		fuzz_check(row->state < TCP_STATE_MAX);
	}
	for (size_t i = 0; i < t->watches.n; i++)
		fuzz_check((size_t)t->watches.items[i].regs + t->watches.items[i].n_regs <=
			   t->regs.n);
	for (size_t i = 0; i < t->peers.n; i++)
		fuzz_check(t->peers.items[i].process < t->processes.n);
}

/* Two looks at the same bytes, in two pieces each: the first byte says where they are cut. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct file_table t = { 0 };
	struct records r = { .table = &t, .jiffies_per_s = 250, .process = ROW_NONE };
	size_t cut = len ? bytes[0] % len : 0;

	for (int look = 0; look < 2; look++) {
		long used = records_take(&r, bytes, cut);

		if (used >= 0)
			used = records_take(&r, bytes + used, len - (size_t)used);
		fuzz_check(used <= (long)len);
		check_table(&t);
		r.again = true;
		r.process = ROW_NONE;
	}
	records_finish(&r);
	file_table_finish(&t);
	return 0;
}
