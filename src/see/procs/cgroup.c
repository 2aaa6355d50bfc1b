// SPDX-License-Identifier: Apache-2.0
/* cgroup paths of systemd, Docker, containerd, CRI-O, Podman, Kubernetes, ECS, LXC, nspawn. */
#include "see/procs/cgroup.h"

#include <stdbool.h>
#include <string.h>

#define ID_LEN	       64 /* OCI runtimes: SHA-256 in hex */
#define TASK_LEN       32 /* ECS on Fargate: 32 hex digits, a dash, digits */
#define POD_UID_LEN    36
#define STATIC_POD_LEN 32 /* pods from a file on the node have a hash instead of a uid */

struct text {
	const char *at;
	size_t len;
};

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t hex_run(struct text t, size_t from)
{
	size_t n = 0;

	while (from + n < t.len && is_hex(t.at[from + n]))
		n++;
	return n;
}

static bool starts_with(struct text t, const char *prefix)
{
	size_t len = strlen(prefix);

	return t.len >= len && memcmp(t.at, prefix, len) == 0;
}

static bool ends_with(struct text t, const char *suffix)
{
	size_t len = strlen(suffix);

	return t.len >= len && memcmp(t.at + t.len - len, suffix, len) == 0;
}

static bool contains(struct text t, const char *word)
{
	return memmem(t.at, t.len, word, strlen(word)) != NULL;
}

static void copy_text(char *ret, size_t size, struct text t)
{
	if (t.len >= size)
		t.len = 0;
	memcpy(ret, t.at, t.len);
	ret[t.len] = '\0';
}

static bool is_fargate_id(struct text part)
{
	size_t at = TASK_LEN + 1;

	if (hex_run(part, 0) != TASK_LEN || part.len <= at || part.at[TASK_LEN] != '-')
		return false;
	while (at < part.len && is_digit(part.at[at]))
		at++;
	return at == part.len;
}

/* The last run of exactly 64 hex digits that stands alone in a part, or Fargate's form. */
static bool find_id(struct text part, struct text *ret)
{
	bool found = false;

	for (size_t i = 0; i < part.len;) {
		size_t run = hex_run(part, i);

		if (run == ID_LEN) {
			*ret = (struct text){ part.at + i, run };
			found = true;
		}
		i += run + 1;
	}
	if (!found && is_fargate_id(part)) {
		*ret = part;
		found = true;
	}
	return found;
}

/* Whether a part names a container. `before` is the part above it. */
static bool find_container(struct text part, struct text before, struct text *ret)
{
	static const char lxc_payload[] = "lxc.payload.", machine[] = "machine-";

	/* conmon watches over a container and is not in it. */
	if (contains(part, "conmon"))
		return false;
	/* machine-libpod_pod_ID.slice is a pod of Podman: the container is below it. */
	if (ends_with(part, ".slice"))
		return false;
	if (find_id(part, ret))
		return true;
	if (starts_with(part, lxc_payload))
		*ret = (struct text){ part.at + strlen(lxc_payload),
				      part.len - strlen(lxc_payload) };
	else if (before.len == 3 && memcmp(before.at, "lxc", 3) == 0)
		*ret = part;
	else if (starts_with(part, machine) && ends_with(part, ".scope") &&
		 !starts_with(part, "machine-qemu")) /* a virtual machine */
		*ret = (struct text){ part.at + strlen(machine),
				      part.len - strlen(machine) - strlen(".scope") };
	else
		return false;
	return ret->len > 0;
}

static bool is_pod_uid(const char *at)
{
	for (size_t i = 0; i < POD_UID_LEN; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? at[i] != '-' && at[i] != '_' : !is_hex(at[i]))
			return false;
	}
	return true;
}

static void find_pod(struct text part, struct procs_cgroup *ret)
{
	for (size_t i = 0; i + 3 < part.len; i++) {
		size_t left = part.len - i - 3;
		const char *uid = part.at + i + 3;

		/* "pod" begins the part or follows a dash: "tripod..." is something else. */
		if (memcmp(part.at + i, "pod", 3) != 0 || (i > 0 && part.at[i - 1] != '-'))
			continue;
		if (left >= POD_UID_LEN && is_pod_uid(uid)) {
			copy_text(ret->pod, sizeof(ret->pod), (struct text){ uid, POD_UID_LEN });
			/* systemd's slices spell the dashes as underscores. */
			for (char *p = ret->pod; *p; p++)
				*p = *p == '_' ? '-' : *p;
		} else if (hex_run(part, i + 3) == STATIC_POD_LEN) {
			copy_text(ret->pod, sizeof(ret->pod), (struct text){ uid, STATIC_POD_LEN });
		}
	}
}

static bool is_unit(struct text part)
{
	return (ends_with(part, ".service") && part.len > strlen(".service")) ||
	       (ends_with(part, ".scope") && part.len > strlen(".scope"));
}

/* Reads one path. A path that says more than those before it (v1 controllers often say less)
 * replaces what they said; one that says nothing changes nothing. */
static void read_path(struct text path, struct procs_cgroup *ret)
{
	struct text before = { "", 0 }, unit = { "", 0 }, container = { "", 0 };

	while (path.len > 0) {
		const char *slash = memchr(path.at, '/', path.len);
		struct text part = { path.at, slash ? (size_t)(slash - path.at) : path.len };
		size_t step = slash ? part.len + 1 : part.len;

		path.at += step;
		path.len -= step;
		if (part.len == 0)
			continue;
		find_pod(part, ret);
		if (find_container(part, before, &container))
			unit = (struct text){ "", 0 };
		else if (is_unit(part))
			unit = part;
		before = part;
	}
	if (container.len > 0) {
		copy_text(ret->container, sizeof(ret->container), container);
		copy_text(ret->unit, sizeof(ret->unit), unit);
	} else if (unit.len > 0 && ret->container[0] == '\0') {
		copy_text(ret->unit, sizeof(ret->unit), unit);
	}
}

/* Whether the comma-separated controllers name this one. */
static bool has_controller(struct text list, const char *name)
{
	size_t len = strlen(name);

	while (list.len > 0) {
		const char *comma = memchr(list.at, ',', list.len);
		size_t part = comma ? (size_t)(comma - list.at) : list.len;

		if (part == len && memcmp(list.at, name, len) == 0)
			return true;
		part += comma ? 1 : 0;
		list.at += part;
		list.len -= part;
	}
	return false;
}

/* "4:memory,cpu:/path": the path may hold colons, the controllers do not (but "name=systemd"). */
static void read_line(struct text line, struct procs_cgroup *ret)
{
	const char *first = memchr(line.at, ':', line.len), *second;
	struct text controllers, path;

	if (!first)
		return;
	controllers.at = first + 1;
	second = memchr(controllers.at, ':', line.len - (size_t)(controllers.at - line.at));
	if (!second)
		return;
	controllers.len = (size_t)(second - controllers.at);
	path.at = second + 1;
	path.len = line.len - (size_t)(path.at - line.at);
	/* The kernel's mark on the cgroup of a process that outlived it. */
	if (ends_with(path, " (deleted)"))
		path.len -= strlen(" (deleted)");
	if (controllers.len == 0)
		copy_text(ret->v2_path, sizeof(ret->v2_path), path);
	if (has_controller(controllers, "freezer"))
		copy_text(ret->freezer_path, sizeof(ret->freezer_path), path);
	read_path(path, ret);
}

void procs_parse_cgroup(const char *text, size_t len, struct procs_cgroup *ret)
{
	*ret = (struct procs_cgroup){ 0 };
	while (len > 0) {
		const char *newline = memchr(text, '\n', len);
		size_t line = newline ? (size_t)(newline - text) : len;
		size_t step = newline ? line + 1 : line;

		read_line((struct text){ text, line }, ret);
		text += step;
		len -= step;
	}
}
