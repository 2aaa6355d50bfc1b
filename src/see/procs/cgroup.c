// SPDX-License-Identifier: Apache-2.0
/* cgroup paths of systemd, nspawn, Docker, containerd, CRI-O, Podman, Kubernetes, ECS, LXC, Garden,
 * Mesos, Nomad, BuildKit. */
#include "see/procs/cgroup.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

#define ID_LEN	       64 /* OCI runtimes: SHA-256 in hex */
#define TASK_LEN       32 /* ECS on Fargate: 32 hex digits, a dash, digits */
#define UUID_LEN       36
#define HANDLE_LEN     28 /* Garden: a UUID the last group of which is cut to 4 */
#define BUILD_LEN      25 /* BuildKit: letters and digits */
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

static bool is_text(struct text t, const char *word)
{
	return t.len == strlen(word) && memcmp(t.at, word, t.len) == 0;
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

/* Groups of hex digits like a UUID's, parted by dashes or (in systemd's slices) underscores. */
static bool is_uuid(const char *at, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? at[i] != '-' && at[i] != '_' : !is_hex(at[i]))
			return false;
	}
	return true;
}

/* ---- what names a container ---- */

static bool is_fargate_id(struct text t)
{
	size_t at = TASK_LEN + 1;

	if (hex_run(t, 0) != TASK_LEN || t.len <= at || t.at[TASK_LEN] != '-')
		return false;
	while (at < t.len && is_digit(t.at[at]))
		at++;
	return at == t.len;
}

static bool is_name(struct text t)
{
	return t.len > 0;
}

/* A handle of Garden's, or a whole UUID. */
static bool is_handle(struct text t)
{
	return (t.len == HANDLE_LEN || t.len == UUID_LEN) && is_uuid(t.at, t.len);
}

/* An allocation of Nomad's and its task: "UUID.web". */
static bool is_allocation(struct text t)
{
	return t.len > UUID_LEN + 1 && is_uuid(t.at, UUID_LEN) && t.at[UUID_LEN] == '.';
}

static bool is_build(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if (!is_digit(t.at[i]) && (t.at[i] < 'a' || t.at[i] > 'z'))
			return false;
	return t.len == BUILD_LEN;
}

/* The forms that are not told by 64 hex digits alone: what stands between prefix and suffix in a
 * part below `parent` (NULL: wherever) and passes `is`. */
static const struct form {
	const char *parent;
	const char *prefix;
	const char *suffix;
	bool (*is)(struct text t);
} forms[] = {
	/* LXC 4 and Incus; LXC 3.1; before, and Proxmox. lxc.monitor is none: it runs outside. */
	{ NULL, "lxc.payload.", "", is_name },
	{ "lxc.payload", "", "", is_name },
	{ "lxc", "", "", is_name },
	/* systemd-machined: nspawn, libvirt's LXC, rkt. */
	{ NULL, "machine-", ".scope", is_name },
	{ NULL, "", "", is_fargate_id },
	{ "garden", "", "", is_handle },
	{ "good", "", "", is_handle },
	{ "bad", "", "", is_handle },
	{ "mesos", "", "", is_handle },
	{ "nomad", "", "", is_allocation },
	{ "share", "", "", is_allocation },
	{ "nomad.slice", "", ".scope", is_allocation },
	{ "share.slice", "", ".scope", is_allocation },
	{ "reserve.slice", "", ".scope", is_allocation },
	{ "buildkit", "", "", is_build },
};

static bool fits_form(const struct form *form, struct text part, struct text before,
		      struct text *ret)
{
	size_t around = strlen(form->prefix) + strlen(form->suffix);
	struct text inner;

	if (form->parent && !is_text(before, form->parent))
		return false;
	if (part.len < around || !starts_with(part, form->prefix) || !ends_with(part, form->suffix))
		return false;
	inner = (struct text){ part.at + strlen(form->prefix), part.len - around };
	if (!form->is(inner))
		return false;
	*ret = inner;
	return true;
}

/* The last run of exactly 64 hex digits that stands alone in a part. */
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
	return found;
}

/* systemd-nspawn@web.service/payload, container@web.service/payload (NixOS): beside the payload
 * stands the supervisor, which is not in the container. */
static bool find_payload(struct text part, struct text before, struct text *ret)
{
	const char *at;

	if (!is_text(part, "payload") || !ends_with(before, ".service"))
		return false;
	at = memchr(before.at, '@', before.len);
	if (!at)
		return false;
	*ret = (struct text){ at + 1,
			      before.len - (size_t)(at + 1 - before.at) - strlen(".service") };
	return ret->len > 0;
}

/* Whether a part names a container. `before` is the part above it. */
static bool find_container(struct text part, struct text before, struct text *ret)
{
	/* conmon watches over a container and is not in it. */
	if (contains(part, "conmon-"))
		return false;
	/* machine-libpod_pod_ID.slice is a pod of Podman: the container is below it. */
	if (ends_with(part, ".slice"))
		return false;
	if (find_id(part, ret) || find_payload(part, before, ret))
		return true;
	/* Virtual machines are no containers: nothing in them is seen from here. */
	if (starts_with(part, "machine-qemu"))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(forms); i++)
		if (fits_form(&forms[i], part, before, ret))
			return true;
	return false;
}

/* systemd spells what may not stand in a unit's name as \xNN, a dash too (unit-name.c:
 * do_escape()). */
static void unescape(char *text)
{
	static const char digits[] = "0123456789abcdef";
	char *to = text;

	for (const char *at = text; *at; at++) {
		const char *high, *low;

		if (at[0] == '\\' && at[1] == 'x' && is_hex(at[2]) && is_hex(at[3])) {
			high = strchr(digits, at[2]);
			low = strchr(digits, at[3]);
			*to = (char)((high - digits) << 4 | (low - digits));
			/* Half a name names something else. */
			if (*to++ == '\0') {
				text[0] = '\0';
				return;
			}
			at += 3;
		} else {
			*to++ = *at;
		}
	}
	*to = '\0';
}

/* ---- pod and unit ---- */

static void find_pod(struct text part, struct procs_cgroup *ret)
{
	for (size_t i = 0; i + 3 < part.len; i++) {
		size_t left = part.len - i - 3;
		const char *uid = part.at + i + 3;

		/* "pod" begins the part or follows a dash: "tripod..." is something else. */
		if (memcmp(part.at + i, "pod", 3) != 0 || (i > 0 && part.at[i - 1] != '-'))
			continue;
		if (left >= UUID_LEN && is_uuid(uid, UUID_LEN)) {
			copy_text(ret->pod, sizeof(ret->pod), (struct text){ uid, UUID_LEN });
			/* systemd's slices spell the dashes as underscores. */
			for (char *p = ret->pod; *p; p++)
				*p = *p == '_' ? '-' : *p;
		} else if (hex_run(part, i + 3) == STATIC_POD_LEN) {
			copy_text(ret->pod, sizeof(ret->pod), (struct text){ uid, STATIC_POD_LEN });
		}
	}
}

/* A name that the kernel would take for one of its own files gets an underscore before it, and so
 * does one that begins with one (systemd, cgroup-util.c:cg_escape()). */
static struct text unit_of(struct text part)
{
	if (part.len > 1 && part.at[0] == '_')
		part = (struct text){ part.at + 1, part.len - 1 };
	if ((ends_with(part, ".service") && part.len > strlen(".service")) ||
	    (ends_with(part, ".scope") && part.len > strlen(".scope")))
		return part;
	return (struct text){ "", 0 };
}

/* What only wraps a container is no unit, and what runs many of them (containerd.service) is not
 * its own; but where the service is there for this container alone, restarting it is what restarts
 * the container: podman --cgroups=split (Quadlet) and nspawn. */
static bool keeps_unit(struct text part)
{
	return starts_with(part, "libpod-payload-") || is_text(part, "payload");
}

/* Reads one path. A path that says more than those before it (v1 controllers often say less)
 * replaces what they said; one that says nothing changes nothing. */
static void read_path(struct text path, struct procs_cgroup *ret)
{
	struct text before = { "", 0 }, unit = { "", 0 }, container = { "", 0 };
	bool below_user = false, is_user_unit = false;

	while (path.len > 0) {
		const char *slash = memchr(path.at, '/', path.len);
		struct text part = { path.at, slash ? (size_t)(slash - path.at) : path.len };
		size_t step = slash ? part.len + 1 : part.len;

		path.at += step;
		path.len -= step;
		if (part.len == 0)
			continue;
		find_pod(part, ret);
		if (!find_container(part, before, &container)) {
			if (unit_of(part).len) {
				unit = unit_of(part);
				is_user_unit = below_user;
			}
		} else if (!keeps_unit(part)) {
			unit = (struct text){ "", 0 };
		}
		below_user |= starts_with(part, "user@") && ends_with(part, ".service");
		before = part;
	}
	if (container.len > 0) {
		copy_text(ret->container, sizeof(ret->container), container);
		unescape(ret->container);
	} else if (unit.len == 0 || ret->container[0]) {
		return;
	}
	copy_text(ret->unit, sizeof(ret->unit), unit);
	ret->is_user_unit = unit.len && is_user_unit;
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
