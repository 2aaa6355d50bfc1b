// SPDX-License-Identifier: Apache-2.0
/* BTF read as it stands: Documentation/bpf/btf.rst and include/uapi/linux/btf.h. */
#include "see/bpf/trim.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/btf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/btf.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/mem.h"

#define KERNEL_BTF   "/sys/kernel/btf/vmlinux"
#define DEPTH_MAX    32
#define FILE_MAX     (64u << 20)
#define KIND_ENUM64  19 /* BTF_KIND_ENUM64, not in headers before 6.0 */
#define READ_AT_ONCE (1u << 20)

struct trim {
	const char *types, *strings;
	uint32_t types_len, strings_len;
	uint32_t *at;  /* by type id: where it stands in types */
	uint32_t *new; /* by type id: its id in the result, 0 none yet */
	uint32_t n;    /* ids are 1 … n - 1; 0 is void */
	struct btf *out;
	int pointer, byte; /* ids in the result */
};

static void trim_finish(struct trim *t)
{
	free(t->at);
	free(t->new);
	btf__free(t->out);
}

/* How many bytes follow a struct btf_type of this kind; -1 for a kind that is none. */
static long tail_bytes(uint32_t kind, uint32_t n)
{
	switch (kind) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return 4;
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_DATASEC:
	case KIND_ENUM64:
		return (long)n * 12;
	case BTF_KIND_ENUM:
	case BTF_KIND_FUNC_PROTO:
		return (long)n * 8;
	default:
		return kind <= KIND_ENUM64 ? 0 : -1;
	}
}

static struct btf_type type_at(const struct trim *t, uint32_t id)
{
	struct btf_type type;

	memcpy(&type, t->types + t->at[id], sizeof(type));
	return type;
}

/* A name, "" when it is out of bounds (the strings end with NUL: checked before). */
static const char *name_at(const struct trim *t, uint32_t offset)
{
	return offset < t->strings_len ? t->strings + offset : "";
}

/* Compared 300,000 times, and mostly different from the first byte on. */
static inline bool same_name(const char *a, const char *b)
{
	return a[0] == b[0] && strcmp(a, b) == 0;
}

static bool is_wanted(const struct trim *t, const struct btf_type *type, const char *const *names)
{
	const char *name = name_at(t, type->name_off);

	if (!*name)
		return false;
	for (; *names; names++)
		if (same_name(*names, name))
			return true;
	return false;
}

static void note_function(const struct trim *t, uint32_t id, const struct btf_type *type,
			  const struct trim_wanted *wanted)
{
	const char *name = name_at(t, type->name_off);

	for (size_t i = 0; i < wanted->n_functions; i++)
		if (same_name(wanted->functions[i], name))
			wanted->ids[i] = id;
}

/* Notes where every type stands. */
static int index_types(struct trim *t)
{
	uint32_t offset = 0, cap = t->types_len / sizeof(struct btf_type) + 2;

	t->at = malloc(cap * sizeof(*t->at));
	t->new = calloc(cap, sizeof(*t->new));
	if (!t->at || !t->new)
		return -ENOMEM;
	t->n = 1;
	while (t->types_len - offset >= sizeof(struct btf_type)) {
		struct btf_type type;
		long tail;

		memcpy(&type, t->types + offset, sizeof(type));
		tail = tail_bytes(btf_kind(&type), btf_vlen(&type));
		if (tail < 0 || tail > (long)(t->types_len - offset - sizeof(type)))
			return -ERR_MALFORMED;
		t->at[t->n++] = offset;
		offset += (uint32_t)sizeof(type) + (uint32_t)tail;
	}
	return offset == t->types_len ? 0 : -ERR_MALFORMED;
}

static int copy_type(struct trim *t, uint32_t id, int depth);

struct member_copy {
	struct btf_member from;
	int type;
};

/* The members' types come before the struct itself: libbpf adds members to the last type only. */
static int copy_composite(struct trim *t, uint32_t id, const struct btf_type *type, int depth)
{
	const char *members = t->types + t->at[id] + sizeof(*type);
	const char *name = name_at(t, type->name_off);
	uint32_t n = btf_vlen(type);
	_free_ struct member_copy *copies = calloc(n + 1u, sizeof(*copies));
	bool bits = btf_kflag(type);
	int made;

	if (!copies)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		memcpy(&copies[i].from, members + i * sizeof(copies[i].from),
		       sizeof(copies[i].from));
		copies[i].type = copy_type(t, copies[i].from.type, depth + 1);
		if (copies[i].type < 0)
			return copies[i].type;
	}
	made = btf_kind(type) == BTF_KIND_UNION ? btf__add_union(t->out, name, type->size)
						: btf__add_struct(t->out, name, type->size);
	for (uint32_t i = 0; i < n && made > 0; i++) {
		uint32_t offset = copies[i].from.offset;
		int err =
			btf__add_field(t->out, name_at(t, copies[i].from.name_off), copies[i].type,
				       bits ? offset & 0xffffff : offset, bits ? offset >> 24 : 0);

		if (err)
			return err;
	}
	return made;
}

static int copy_array(struct trim *t, uint32_t id, int depth)
{
	struct btf_array array;
	int element;

	memcpy(&array, t->types + t->at[id] + sizeof(struct btf_type), sizeof(array));
	element = copy_type(t, array.type, depth + 1);
	if (element < 0)
		return element;
	return btf__add_array(t->out, t->byte, element, (int)array.nelems);
}

/* An integer as it is; an enum as one of its size, which CO-RE takes for the same. */
static int copy_scalar(struct trim *t, uint32_t id, const struct btf_type *type)
{
	uint32_t data = 0;

	if (btf_kind(type) != BTF_KIND_INT)
		return btf__add_int(t->out, "enum", type->size, 0);
	memcpy(&data, t->types + t->at[id] + sizeof(*type), sizeof(data));
	return btf__add_int(t->out, name_at(t, type->name_off), type->size,
			    BTF_INT_ENCODING(data) &
				    (BTF_INT_SIGNED | BTF_INT_CHAR | BTF_INT_BOOL));
}

static int copy_new(struct trim *t, uint32_t id, int depth)
{
	struct btf_type type = type_at(t, id);

	switch (btf_kind(&type)) {
	case BTF_KIND_INT:
	case BTF_KIND_ENUM:
		return copy_scalar(t, id, &type);
	case BTF_KIND_PTR:
		return t->pointer;
	case BTF_KIND_ARRAY:
		return copy_array(t, id, depth);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return copy_composite(t, id, &type, depth);
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		return copy_type(t, type.type, depth + 1);
	default:
		return t->byte; /* nothing that is read */
	}
}

/* The id in the result of a type with all it holds by value; -errno. */
static int copy_type(struct trim *t, uint32_t id, int depth)
{
	int made;

	if (id == 0 || id >= t->n)
		return id == 0 ? t->byte : -ERR_MALFORMED;
	if (t->new[id])
		return (int)t->new[id];
	if (depth > DEPTH_MAX)
		return -ERR_MALFORMED;
	made = copy_new(t, id, depth);
	if (made > 0)
		t->new[id] = (uint32_t)made;
	return made;
}

static int copy_wanted(struct trim *t, const struct trim_wanted *wanted)
{
	t->out = btf__new_empty();
	if (!t->out)
		return -ENOMEM;
	t->byte = btf__add_int(t->out, "unsigned char", 1, 0);
	t->pointer = btf__add_ptr(t->out, 0);
	if (t->byte < 0 || t->pointer < 0)
		return -ENOMEM;
	for (size_t i = 0; i < wanted->n_functions; i++)
		wanted->ids[i] = 0;
	for (uint32_t id = 1; id < t->n; id++) {
		struct btf_type type = type_at(t, id);
		int made = 0;

		if (btf_kind(&type) == BTF_KIND_FUNC)
			note_function(t, id, &type, wanted);
		else if (btf_kind(&type) == BTF_KIND_STRUCT &&
			 is_wanted(t, &type, wanted->structures))
			made = copy_type(t, id, 0);
		if (made < 0)
			return made;
	}
	return 0;
}

static int open_sections(struct trim *t, const char *raw, size_t len)
{
	struct btf_header head;

	if (len < sizeof(head))
		return -ERR_MALFORMED;
	memcpy(&head, raw, sizeof(head));
	if (head.magic != BTF_MAGIC || head.hdr_len < sizeof(head) || head.hdr_len > len)
		return -ERR_MALFORMED;
	len -= head.hdr_len;
	if (head.type_off > len || head.type_len > len - head.type_off || head.str_off > len ||
	    head.str_len > len - head.str_off || head.str_len == 0)
		return -ERR_MALFORMED;
	t->types = raw + head.hdr_len + head.type_off;
	t->types_len = head.type_len;
	t->strings = raw + head.hdr_len + head.str_off;
	t->strings_len = head.str_len;
	return t->strings[t->strings_len - 1] ? -ERR_MALFORMED : 0;
}

int trim_btf(const void *raw, size_t len, const struct trim_wanted *wanted, struct btf **ret)
{
	struct trim t = { 0 };
	int err = open_sections(&t, raw, len);

	if (!err)
		err = index_types(&t);
	if (!err)
		err = copy_wanted(&t, wanted);
	if (!err) {
		*ret = t.out;
		t.out = NULL;
	}
	trim_finish(&t);
	return err;
}

/* The kernel's BTF: mapped (Linux 6.16), or read in large pieces. */
struct kernel_btf {
	void *raw; /* NULL none */
	size_t len;
	bool is_mapped;
};

static void kernel_btf_finish(struct kernel_btf *b)
{
	if (b->is_mapped)
		munmap(b->raw, b->len);
	else
		free(b->raw);
}

static int read_whole(int fd, struct kernel_btf *b)
{
	b->raw = malloc(b->len);
	if (!b->raw)
		return -ENOMEM;
	for (size_t len = 0; len < b->len;) {
		size_t left = b->len - len;
		ssize_t n =
			read(fd, (char *)b->raw + len, left < READ_AT_ONCE ? left : READ_AT_ONCE);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -ERR_MALFORMED;
		len += (size_t)n;
	}
	return 0;
}

/* *b: all zero. Finish it in any case. */
static int open_kernel_btf(struct kernel_btf *b)
{
	_close_ int fd = open(KERNEL_BTF, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *mapped;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size <= 0 || st.st_size > FILE_MAX)
		return -ERR_MALFORMED;
	b->len = (size_t)st.st_size;
	mapped = mmap(NULL, b->len, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (mapped == MAP_FAILED)
		return read_whole(fd, b);
	b->raw = mapped;
	b->is_mapped = true;
	return 0;
}

/* libbpf takes a path only. */
static int write_memory_file(const struct btf *btf)
{
	_close_ int fd = memfd_create("linger-btf", MFD_CLOEXEC);
	uint32_t len;
	const void *raw = btf__raw_data(btf, &len);

	if (fd < 0)
		return -errno;
	if (!raw)
		return -ENOMEM;
	for (uint32_t done = 0; done < len;) {
		ssize_t n = write(fd, (const char *)raw + done, len - done);

		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		done += (uint32_t)n;
	}
	return take_fd(&fd);
}

int trim_kernel_btf(const struct trim_wanted *wanted)
{
	struct kernel_btf kernel = { 0 };
	struct btf *btf = NULL;
	int err = open_kernel_btf(&kernel);

	if (!err)
		err = trim_btf(kernel.raw, kernel.len, wanted, &btf);
	kernel_btf_finish(&kernel);
	if (err)
		return err;
	err = write_memory_file(btf);
	btf__free(btf);
	return err;
}
