// SPDX-License-Identifier: Apache-2.0
/* Is it told from whom a process has its copy of a descriptor? */
#include "unit.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "model/kin.h"
#include "model/snapshot.h"

static uint32_t add_process(struct snapshot *s, const char *comm, uint32_t pid, uint32_t ppid)
{
	uint32_t row = snapshot_add_process(s);

	assert_int_not_equal(row, ROW_NONE);
	s->processes.items[row].comm = comm;
	s->processes.items[row].pid = pid;
	s->processes.items[row].ppid = ppid;
	s->processes.items[row].start_ns = 1000;
	return row;
}

static void add_ancestor(struct snapshot *s, const char *comm, uint32_t pid, uint32_t ppid)
{
	assert_int_equal(array_grow(&s->ancestors, 1), 0);
	s->ancestors.items[s->ancestors.n++] =
		(struct ancestor){ .comm = comm, .pid = pid, .ppid = ppid };
}

static void add_holder(struct snapshot *s, uint32_t process)
{
	struct conn *c = snapshot_conn(s, 0);

	assert_int_equal(array_grow(&s->holders, 1), 0);
	s->holders.items[s->holders.n++] =
		(struct holder){ .process = process, .fd = 5, .watch = ROW_NONE };
	c->n_holders++;
}

/* systemd[1] > server[10] > sh[12] > sleep[13], and other[20] beside; server and sleep hold it. */
static void fill(struct snapshot *s)
{
	snapshot_init(s);
	assert_int_equal(snapshot_add_conn(s), 0);
	add_holder(s, add_process(s, "server", 10, 1));
	add_holder(s, add_process(s, "sleep", 13, 12));
	add_process(s, "other", 20, 12);
	add_ancestor(s, "sh", 12, 10);
	add_ancestor(s, "systemd", 1, 0);
}

static void check_descent(const struct snapshot *s, uint32_t row, const char *expected)
{
	_buf_ struct buf b = { 0 };

	kin_put_descent(&b, s, snapshot_process(s, row), 0);
	assert_string_equal(buf_text(&b), expected);
}

static void the_line_goes_up_to_who_holds_it_too(void **state)
{
	struct kin chain[KIN_MAX];
	struct snapshot s;

	(void)state;
	fill(&s);
	assert_int_equal(kin_chain(&s, snapshot_process(&s, 1), chain, KIN_MAX), 3);
	assert_int_equal(chain[0].pid, 12);
	assert_int_equal(chain[0].process, ROW_NONE);
	assert_int_equal(chain[1].process, 0);
	assert_string_equal(chain[2].comm, "systemd");
	assert_true(kin_has_heirloom(&s, snapshot_process(&s, 1), 0));
	assert_true(kin_has_heirloom(&s, snapshot_process(&s, 2), 0));
	assert_false(kin_has_heirloom(&s, snapshot_process(&s, 0), 0));
	check_descent(&s, 1, "child of sh[12], which is one of server[10]");
	check_descent(&s, 0, "child of systemd[1]");
	snapshot_finish(&s);
}

/* Parents that nobody read, pids that lead in a circle (one was used again), names that attack. */
static void what_is_not_known_is_not_told(void **state)
{
	struct kin chain[KIN_MAX];
	struct snapshot s;
	uint32_t row;

	(void)state;
	fill(&s);
	row = add_process(&s, "orphan", 30, 31);
	assert_int_equal(kin_chain(&s, snapshot_process(&s, row), chain, KIN_MAX), 0);
	check_descent(&s, row, "");
	row = add_process(&s, "outside", 0, 0);
	check_descent(&s, row, "");
	add_ancestor(&s, "a\033b", 40, 41);
	add_ancestor(&s, "b", 41, 40);
	row = add_process(&s, "circle", 42, 40);
	assert_int_equal(kin_chain(&s, snapshot_process(&s, row), chain, 1000), KIN_MAX);
	check_descent(&s, row, "child of a\\x1bb[40]");
	snapshot_finish(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_line_goes_up_to_who_holds_it_too),
		cmocka_unit_test(what_is_not_known_is_not_told),
	};

	return unit_run("model kin", tests);
}
