// SPDX-License-Identifier: Apache-2.0
/* Does a filter choose what is shown, and never what is concluded? */
#include "unit.h"

#include <string.h>

#include "base/mem.h"
#include "build.h"
#include "judge/causes/table.h"

#define OLD 10000

static const struct filter_names names = { .cause = cause_id };

/* Three findings: 3 and 1 connections of one program to two peers, 2 of another; one young. */
static void fill(struct snapshot *s)
{
	build_init(s);
	build_process(s, "app", 100);
	build_process(s, "other", 102);
	for (uint32_t i = 0; i < 3; i++)
		build_unread(s, 0, (uint16_t)(40000 + i), OLD + i * 1000);
	snapshot_conn(s, build_unread(s, 0, 40030, OLD))->remote.port = 444;
	build_unread(s, 1, 40020, OLD);
	build_unread(s, 1, 40021, OLD);
	build_unread(s, 1, 40022, 100);
}

static void judge(const struct snapshot *s, const char *text, struct judgement *ret_j)
{
	struct filter filter;
	struct filter_error error;
	struct judge_options options = { .older_than_ms = JUDGE_OLDER_THAN_MS,
					 .filter = &filter,
					 .filter_text = text };

	if (filter_parse(text, strlen(text), &names, &filter, &error) < 0)
		fail_msg("%s: %s", text, error.message);
	assert_int_equal(judge_run(s, &options, ret_j), 0);
}

/* The finding with this id and its members in `all`, or NULL. */
static const struct finding *find(const struct judgement *all, const char *id)
{
	for (size_t i = 0; i < all->findings.n; i++)
		if (strcmp(all->findings.items[i].id, id) == 0)
			return &all->findings.items[i];
	return NULL;
}

static const struct {
	const char *text;
	size_t findings;
	uint32_t first; /* connections of the first finding */
	uint32_t left_out, left_out_findings, young;
} cases[] = {
	{ "comm = *", 3, 3, 0, 0, 1 },
	{ "comm = app", 2, 3, 2, 1, 0 },
	{ "comm = other", 1, 2, 4, 2, 1 },
	{ "sport = :40001", 1, 1, 5, 2, 0 },
	{ "age >= 11s", 1, 2, 4, 2, 0 },
	{ "dport = :444", 1, 1, 5, 2, 0 },
	{ "cause = eof-unwatched", 3, 3, 0, 0, 1 },
	{ "cause = eof-ignored", 0, 0, 6, 3, 0 },
	{ "state listen", 0, 0, 6, 3, 0 },
	{ "pid = 102 or dport = :444", 2, 2, 3, 1, 1 },
};

static void it_chooses_connections_and_changes_nothing_else(void **state)
{
	struct snapshot s;
	struct judgement all, some;

	(void)state;
	fill(&s);
	build_judge(&s, &all);
	assert_int_equal(all.findings.n, 3);
	assert_null(all.filter);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		judge(&s, cases[i].text, &some);
		if (some.findings.n != cases[i].findings || some.stuck != cases[i].findings ||
		    some.left_out != cases[i].left_out ||
		    some.left_out_findings != cases[i].left_out_findings ||
		    some.young != cases[i].young)
			fail_msg("'%s': %zu findings, %u and %u left out, %u young", cases[i].text,
				 some.findings.n, some.left_out, some.left_out_findings,
				 some.young);
		assert_string_equal(some.filter, cases[i].text);
		if (some.findings.n)
			assert_int_equal(some.findings.items[0].count, cases[i].first);
		for (size_t k = 0; k < some.findings.n; k++) {
			const struct finding *f = &some.findings.items[k],
					     *whole = find(&all, f->id);

			assert_non_null(whole);
			assert_int_equal(f->id_len, whole->id_len);
			assert_int_equal(f->cause, whole->cause);
			assert_true(f->count <= whole->count);
		}
		for (uint32_t row = 0; row < s.conns.n; row++) {
			assert_int_equal(some.verdicts[row].cause, all.verdicts[row].cause);
			assert_int_equal(some.verdicts[row].confidence,
					 all.verdicts[row].confidence);
			assert_int_equal(some.verdicts[row].age.at_least_ms,
					 all.verdicts[row].age.at_least_ms);
		}
		judgement_finish(&some);
	}
	judgement_finish(&all);
	snapshot_finish(&s);
}

static void a_finding_is_found_by_its_id(void **state)
{
	struct snapshot s;
	struct judgement all, one;

	(void)state;
	fill(&s);
	build_judge(&s, &all);
	for (size_t i = 0; i < all.findings.n; i++) {
		const struct finding *f = &all.findings.items[i];
		char text[64];

		snprintf(text, sizeof(text), "finding = %.*s", f->id_len, f->id);
		judge(&s, text, &one);
		assert_int_equal(one.findings.n, 1);
		assert_string_equal(one.findings.items[0].id, f->id);
		assert_int_equal(one.findings.items[0].count, f->count);
		judgement_finish(&one);
	}
	judgement_finish(&all);
	snapshot_finish(&s);
}

/* A command that ends by state and endpoint would end those, too, that are not shown. */
static void what_is_left_out_is_a_bystander(void **state)
{
	struct snapshot s;
	struct judgement all, some;

	(void)state;
	fill(&s);
	build_judge(&s, &all);
	judge(&s, "age >= 11s", &some);
	for (size_t i = 0; i < some.findings.items[0].releases.n; i++) {
		const char *command = some.findings.items[0].releases.items[i].command;

		if (strncmp(command, "ss -K", 5) == 0 && strstr(command, "dst 10.2.0.9:443") &&
		    !strstr(command, "sport"))
			fail_msg("%s ends 3 where 2 are shown", command);
	}
	judgement_finish(&some);
	judgement_finish(&all);
	snapshot_finish(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_chooses_connections_and_changes_nothing_else),
		cmocka_unit_test(a_finding_is_found_by_its_id),
		cmocka_unit_test(what_is_left_out_is_a_bystander),
	};

	return unit_run("filter", tests);
}
