// SPDX-License-Identifier: Apache-2.0
/* Is BTF cut down to what was asked for, and refused when it is broken? */
#include "unit.h"

#include <errno.h>
#include <linux/btf.h>
#include <string.h>
#include <unistd.h>

#include <bpf/btf.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/mem.h"
#include "see/bpf/collect.h"
#include "see/bpf/trim.h"

/* struct inner { int a; }; struct outer { struct inner in; struct other *ptr; unsigned bits : 3; };
 * struct other { long x; }; */
static struct btf *make_btf(void)
{
	struct btf *btf = btf__new_empty();
	int integer = btf__add_int(btf, "int", 4, BTF_INT_SIGNED), inner, pointer;

	inner = btf__add_struct(btf, "inner", 4);
	btf__add_field(btf, "a", integer, 0, 0);
	pointer = btf__add_ptr(btf, integer + 4);
	btf__add_struct(btf, "outer", 24);
	btf__add_field(btf, "in", inner, 0, 0);
	btf__add_field(btf, "ptr", pointer, 64, 0);
	btf__add_field(btf, "bits", integer, 128, 3);
	btf__add_struct(btf, "other", 8);
	btf__add_field(btf, "x", integer, 0, 0);
	return btf;
}

static void what_a_structure_holds_comes_along_and_what_it_points_to_does_not(void **state)
{
	static const char *const names[] = { "outer", "absent", NULL };
	struct btf *full = make_btf(), *trimmed = NULL;
	const struct btf_type *outer;
	const void *raw;
	uint32_t len;

	(void)state;
	raw = btf__raw_data(full, &len);
	assert_int_equal(trim_btf(raw, len, &(struct trim_wanted){ .structures = names }, &trimmed),
			 0);
	assert_true(btf__find_by_name_kind(trimmed, "outer", BTF_KIND_STRUCT) > 0);
	assert_true(btf__find_by_name_kind(trimmed, "inner", BTF_KIND_STRUCT) > 0);
	assert_true(btf__find_by_name_kind(trimmed, "other", BTF_KIND_STRUCT) < 0);
	outer = btf__type_by_id(
		trimmed, (uint32_t)btf__find_by_name_kind(trimmed, "outer", BTF_KIND_STRUCT));
	assert_int_equal(btf_vlen(outer), 3);
	assert_int_equal(outer->size, 24);
	assert_int_equal(btf_member_bit_offset(outer, 1), 64);
	assert_int_equal(btf_member_bitfield_size(outer, 2), 3);
	btf__free(trimmed);
	btf__free(full);
}

static void btf_cut_anywhere_or_spoiled_anywhere_is_refused_or_read(void **state)
{
	static const char *const names[] = { "outer", NULL };
	struct btf *full = make_btf();
	const void *raw;
	_free_ char *copy = NULL;
	uint32_t len;

	(void)state;
	raw = btf__raw_data(full, &len);
	copy = malloc(len);
	for (uint32_t cut = 0; cut < len; cut++) {
		struct btf *trimmed = NULL;

		/* Copied, so that a sanitizer sees a read beyond the end. */
		_free_ char *part = malloc(cut + 1);

		memcpy(part, raw, cut);
		assert_true(trim_btf(part, cut, &(struct trim_wanted){ .structures = names },
				     &trimmed) < 0);
	}
	for (uint32_t at = 0; at < len * 8; at++) {
		struct btf *trimmed = NULL;

		memcpy(copy, raw, len);
		copy[at / 8] ^= (char)(1 << at % 8);
		if (trim_btf(copy, len, &(struct trim_wanted){ .structures = names }, &trimmed) ==
		    0)
			btf__free(trimmed);
	}
	btf__free(full);
}

/* libbpf says which structures it looked for in vain; then the load was tried again with the whole
 * BTF. */
static void the_trimmed_btf_has_every_structure_that_is_read(void **state)
{
	const struct bpf_collect_options options = { .states = TCP_BITS_CLOSING, .verbose = true };
	FILE *said = tmpfile();
	int saved = dup(STDERR_FILENO), err;
	struct file_table t = { 0 };
	char line[1024];

	(void)state;
	assert_non_null(said);
	fflush(stderr);
	dup2(fileno(said), STDERR_FILENO);
	err = bpf_collect_files(&options, &t);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	fd_close(saved);
	if (err == -EPERM || err == -ERR_NO_BTF)
		print_message("# this kernel does not let us load BPF programs\n");
	else
		assert_int_equal(err, 0);
	rewind(said);
	while (fgets(line, sizeof(line), said))
		assert_null(strstr(line, "no matching targets"));
	fclose(said);
	file_table_finish(&t);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_structure_holds_comes_along_and_what_it_points_to_does_not),
		cmocka_unit_test(the_trimmed_btf_has_every_structure_that_is_read),
		cmocka_unit_test(btf_cut_anywhere_or_spoiled_anywhere_is_refused_or_read),
	};

	return unit_run("see/bpf trim", tests);
}
