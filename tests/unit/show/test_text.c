// SPDX-License-Identifier: Apache-2.0
/* Do the screens look as they did when somebody looked at them, and does nothing harmful reach
 * them? `test_show_text --write` in the folder of this file writes the golden texts anew. */
#include "unit.h"

#include <errno.h>
#include <locale.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "fixture.h"
#include "show/text/order.h"
#include "show/text/text.h"

static bool arg_write;

static void many(struct fixture *f)
{
	fixture_many(f, 500);
}

static void peers(struct fixture *f)
{
	fixture_peers(f, 501);
}

/* One less than what is shown together. */
static void few_peers(struct fixture *f)
{
	fixture_peers(f, 4);
}

enum screen_kind { FINDINGS, WHY, TABLE, CSV };

/* name: the golden file. */
static const struct {
	const char *name;
	void (*fill)(struct fixture *f);
	enum screen_kind kind;
	struct text_options options;
	size_t rows;
} screens[] = {
	{ "root-120", fixture_root, FINDINGS, { .width = 120, .utf8 = true } },
	{ "root-80", fixture_root, FINDINGS, { .width = 80, .utf8 = true } },
	{ "root-ascii", fixture_root, FINDINGS, { .width = 80 } },
	{ "root-colour", fixture_root, FINDINGS, { .width = 100, .utf8 = true, .colour = true } },
	{ "root-50", fixture_root, FINDINGS, { .width = 50, .utf8 = true } },
	{ "user-120", fixture_user, FINDINGS, { .width = 120, .utf8 = true } },
	{ "user-80", fixture_user, FINDINGS, { .width = 80, .utf8 = true } },
	{ "many-120", many, FINDINGS, { .width = 120, .utf8 = true, .each = true } },
	{ "many-80", many, FINDINGS, { .width = 80, .utf8 = true, .top = 3, .each = true } },
	{ "many-together", many, FINDINGS, { .width = 120, .utf8 = true } },
	{ "peers-120", peers, FINDINGS, { .width = 120, .utf8 = true } },
	{ "peers-80", peers, FINDINGS, { .width = 80 } },
	{ "peers-few", few_peers, FINDINGS, { .width = 100, .utf8 = true } },
	{ "hostile", fixture_hostile, FINDINGS, { .width = 80, .utf8 = true } },
	{ "nothing", fixture_nothing, FINDINGS, { .width = 80, .utf8 = true } },
	{ "filter-80", fixture_filtered, FINDINGS, { .width = 80, .utf8 = true } },
	{ "why-root", fixture_root, WHY, { .width = 120, .utf8 = true } },
	{ "why-root-80", fixture_root, WHY, { .width = 80 } },
	{ "why-user", fixture_user, WHY, { .width = 80, .utf8 = true } },
	{ "why-many", many, WHY, { .width = 0, .utf8 = true } },
	{ "why-relay", fixture_relay, WHY, { .width = 100, .utf8 = true } },
	{ "why-stacks", fixture_stacks, WHY, { .width = 100, .utf8 = true } },
	{ "why-stacks-60", fixture_stacks, WHY, { .width = 60 } },
	{ "why-hostile", fixture_hostile, WHY, { .width = 80, .utf8 = true } },
	{ "list-root", fixture_root, TABLE, { .width = 0, .utf8 = true }, 3 },
	{ "list-states", fixture_states, TABLE, { .width = 80 }, 11 },
	{ "csv-hostile", fixture_hostile, CSV, { .width = 0 } },
};

static void write_screen(size_t i, FILE *out)
{
	struct text_columns columns;
	const char *wrong;
	struct fixture f;

	screens[i].fill(&f);
	assert_int_equal(text_columns_parse(
				 screens[i].kind == CSV ? "state,age,owner,unit,pid,cookie" : NULL,
				 &columns, &wrong),
			 0);
	switch (screens[i].kind) {
	case FINDINGS:
		assert_int_equal(text_write_findings(out, &f.judgement, &screens[i].options), 0);
		break;
	case WHY:
		assert_int_equal(text_write_why(out, &f.judgement, 0, &screens[i].options), 0);
		break;
	case TABLE:
		assert_int_equal(text_write_sockets(out, &f.judgement, NULL, screens[i].rows,
						    &columns, &screens[i].options),
				 0);
		break;
	case CSV:
		assert_int_equal(
			text_write_csv(out, &f.judgement, NULL, f.snapshot.conns.n, &columns), 0);
		break;
	}
	fixture_finish(&f);
}

/* The screen as text the caller frees. */
static char *render(size_t i)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	write_screen(i, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void golden_path(size_t i, char *ret_path, size_t size)
{
	snprintf(ret_path, size, "%s/golden/%s.txt", TEST_FOLDER, screens[i].name);
}

static void every_screen_is_the_golden_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(screens); i++) {
		_free_ char *text = render(i);
		_free_ char *golden = NULL;
		size_t size = 0;
		char path[512];
		FILE *file;

		golden_path(i, path, sizeof(path));
		file = fopen(path, arg_write ? "w" : "r");
		assert_non_null(file);
		if (arg_write) {
			fputs(text, file);
		} else if (getdelim(&golden, &size, '\0', file) < 0 || strcmp(text, golden) != 0) {
			print_message("%s\n", text);
			fail_msg("the screen %s is not that of %s", screens[i].name, path);
		}
		fclose(file);
	}
}

static size_t columns_of(const char *line, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)line[i] & 0xc0) != 0x80;
	return n;
}

static void no_control_character_reaches_any_screen(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(screens); i++) {
		_free_ char *text = render(i);
		const unsigned char *p = (const unsigned char *)text;

		while (*p) {
			uint32_t point;
			size_t used = utf8_decode(p, strlen((const char *)p), &point);

			assert_true(used);
			if (point != '\n' && !utf8_is_printable(point) &&
			    !(point == 0x1b && screens[i].options.colour) &&
			    !(point == '\r' && screens[i].kind == CSV))
				fail_msg("%s shows U+%04X", screens[i].name, point);
			if (point >= 0x80 && !screens[i].options.utf8 && screens[i].kind != CSV)
				fail_msg("%s shows U+%04X without UTF-8", screens[i].name, point);
			p += used;
		}
	}
}

static void no_line_is_wider_than_the_terminal(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(screens); i++) {
		_free_ char *text = render(i);

		if (screens[i].options.colour || screens[i].kind > WHY || !screens[i].options.width)
			continue;
		for (const char *line = text; *line;) {
			size_t len = strcspn(line, "\n");

			/* What can be typed is not broken; tables need what they need. */
			if (columns_of(line, len) > screens[i].options.width &&
			    !memmem(line, len, "--how", 5) && screens[i].kind == FINDINGS &&
			    strcmp(screens[i].name, "hostile") != 0)
				fail_msg("%s has the wide line '%.*s'", screens[i].name, (int)len,
					 line);
			line += len + (line[len] == '\n');
		}
	}
}

static void many_rows_are_streamed_and_have_the_same_columns(void **state)
{
	_free_ char *text = NULL;
	struct text_columns columns;
	const char *wrong;
	struct fixture f;
	size_t len = 0, lines = 0;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	fixture_load(&f, 20001, 2);
	assert_int_equal(text_columns_parse(NULL, &columns, &wrong), 0);
	assert_int_equal(text_write_sockets(out, &f.judgement, NULL, f.snapshot.conns.n, &columns,
					    &(struct text_options){ .width = 80 }),
			 0);
	assert_int_equal(fclose(out), 0);
	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	assert_int_equal(lines, 20002);
	assert_int_equal(strncmp(text, "STATE        RECV-Q  SEND-Q LOCAL", 33), 0);
	assert_non_null(strstr(text, "java[1009]/2002"));
	fixture_finish(&f);
}

static void columns_are_chosen_by_name(void **state)
{
	struct text_columns columns;
	const char *wrong = NULL, *list = "state,hugo,age";
	char many[4 * (TEXT_COLUMNS_MAX + 1)];

	(void)state;
	assert_int_equal(text_columns_parse("age,state", &columns, &wrong), 0);
	assert_int_equal(columns.n, 2);
	assert_string_equal(text_column_name(columns.ids[0]), "age");
	assert_string_equal(text_column_name(columns.ids[1]), "state");
	assert_int_equal(text_columns_parse(list, &columns, &wrong), -EINVAL);
	assert_ptr_equal(wrong, list + 6);
	assert_int_equal(text_columns_parse("", &columns, &wrong), -EINVAL);
	assert_int_equal(text_columns_parse("age,", &columns, &wrong), -EINVAL);
	for (size_t i = 0; i <= TEXT_COLUMNS_MAX; i++)
		memcpy(many + 4 * i, "age,", 4);
	many[4 * TEXT_COLUMNS_MAX + 3] = '\0';
	assert_int_equal(text_columns_parse(many, &columns, &wrong), -E2BIG);
	for (size_t i = 0; text_column_name(i); i++)
		assert_true(text_column_help(i)[0]);
	assert_null(text_column_help(TEXT_COLUMNS_MAX));
}

static void rows_are_put_in_order(void **state)
{
	static const struct {
		const char *by;
		uint32_t rows[5];
	} cases[] = {
		{ NULL, { 3, 1, 0, 4, 2 } }, /* stuck, oldest first */
		{ "none", { 0, 1, 2, 3, 4 } },
		{ "age", { 4, 0, 1, 3, 2 } }, /* that of 2 is not known */
		{ "-age", { 3, 1, 0, 4, 2 } },
		{ "remote", { 1, 4, 0, 3, 2 } }, /* by number, not by text; IPv6 last */
		{ "-remote", { 2, 3, 0, 4, 1 } },
		{ "severity", { 4, 0, 1, 3, 2 } },
		{ "pid", { 0, 1, 2, 3, 4 } }, /* nobody has one */
	};
	static const struct {
		uint8_t severity, cause;
		uint32_t age, addr;
	} conns[] = {
		{ SEVERITY_STUCK, 1, 5000, 0x0a00000a }, /* 10.0.0.10 */
		{ SEVERITY_STUCK, 0, 9000, 0x02000000 }, /* 2.0.0.0 */
		{ SEVERITY_NONE, 0, 0, 0 },
		{ SEVERITY_STUCK, 0, 9001, 0x0a00000b },
		{ SEVERITY_EXPECTED, 0, 1000, 0x0a000002 },
	};
	struct fixture f;

	(void)state;
	fixture_load(&f, 5, AF_INET);
	for (uint32_t i = 0; i < 5; i++) {
		struct conn *c = snapshot_conn(&f.snapshot, i);
		uint8_t addr[16] = { 1 };

		for (int k = 0; k < 4 && conns[i].addr; k++)
			addr[k] = (uint8_t)(conns[i].addr >> (24 - 8 * k));
		c->remote = endpoint_make(conns[i].addr ? AF_INET : AF_INET6, addr, 443);
		c->n_holders = 0;
		f.judgement.verdicts[i] = (struct verdict){
			.severity = conns[i].severity,
			.cause = conns[i].cause,
			.age = { conns[i].age, VALUE_UNKNOWN },
			.standing = conns[i].severity ? STANDING_OLD : STANDING_NONE,
			.owner = ROW_NONE,
			.finding = ROW_NONE,
		};
	}
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint32_t rows[] = { 0, 1, 2, 3, 4 };
		struct text_order order;

		assert_int_equal(text_order_parse(cases[i].by, &order), 0);
		assert_int_equal(text_order_rows(&f.judgement, rows, 5, &order), 0);
		for (size_t k = 0; k < 5; k++)
			if (rows[k] != cases[i].rows[k])
				fail_msg("by %s: place %zu has %u", cases[i].by, k, rows[k]);
	}
	fixture_finish(&f);
	assert_int_equal(text_order_parse("hugo", &(struct text_order){ 0 }), -EINVAL);
	assert_int_equal(text_order_parse("", &(struct text_order){ 0 }), -EINVAL);
}

/* `--measure ROWS`: the processor time that putting many in order takes. */
static int measure(unsigned int n)
{
	static const char *const by[] = { NULL, "remote", "owner" };
	_free_ uint32_t *rows = malloc(n * sizeof(*rows));
	struct fixture f;

	fixture_load(&f, n, AF_INET);
	for (size_t i = 0; i < ARRAY_LEN(by); i++) {
		struct text_order order;
		clock_t start;

		for (uint32_t k = 0; k < n; k++)
			rows[k] = k;
		text_order_parse(by[i], &order);
		start = clock();
		if (text_order_rows(&f.judgement, rows, n, &order) < 0)
			return 1;
		printf("%u by %s in %.1f ms\n", n, by[i] ? by[i] : "age",
		       (double)(clock() - start) * 1e3 / CLOCKS_PER_SEC);
	}
	fixture_finish(&f);
	return 0;
}

static void a_reader_that_leaves_is_told_by_EPIPE_or_its_like(void **state)
{
	struct fixture f;
	FILE *full = fopen("/dev/full", "w");
	struct text_columns columns;
	const char *wrong;

	(void)state;
	assert_non_null(full);
	setvbuf(full, NULL, _IONBF, 0);
	fixture_root(&f);
	assert_int_equal(text_columns_parse(NULL, &columns, &wrong), 0);
	assert_int_equal(text_write_findings(full, &f.judgement, &screens[0].options), -ENOSPC);
	assert_int_equal(text_write_why(full, &f.judgement, 0, &screens[0].options), -ENOSPC);
	assert_int_equal(text_write_csv(full, &f.judgement, NULL, 1, &columns), -ENOSPC);
	fclose(full);
	fixture_finish(&f);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_screen_is_the_golden_one),
		cmocka_unit_test(no_control_character_reaches_any_screen),
		cmocka_unit_test(no_line_is_wider_than_the_terminal),
		cmocka_unit_test(many_rows_are_streamed_and_have_the_same_columns),
		cmocka_unit_test(columns_are_chosen_by_name),
		cmocka_unit_test(rows_are_put_in_order),
		cmocka_unit_test(a_reader_that_leaves_is_told_by_EPIPE_or_its_like),
	};

	if (argc == 3 && strcmp(argv[1], "--measure") == 0)
		return measure((unsigned int)atoi(argv[2]));
	arg_write = argc > 1 && strcmp(argv[1], "--write") == 0;
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		unit_skip_all("there is no locale C.UTF-8");
	return unit_run("text", tests);
}
