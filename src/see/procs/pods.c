// SPDX-License-Identifier: Apache-2.0
/* Folders of logs, by name only. */
#include "see/procs/pods.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* 1,000 pods with a few containers each are more than a kubelet takes. */
#define ENTRIES_MAX 16384

struct part {
	const char *at;
	size_t len;
};

/* Takes the part up to the next underscore, or what is left. */
static struct part next_part(const char **at, const char *end)
{
	const char *stop = memchr(*at, '_', (size_t)(end - *at));
	struct part part = { *at, (size_t)((stop ? stop : end) - *at) };

	*at = stop ? stop + 1 : end;
	return part;
}

/* Three parts, none of them empty, and no NUL that would end one early. */
static bool split(const char *name, size_t len, struct part ret[static 3])
{
	const char *at = name, *end = name + len;

	for (int i = 0; i < 3; i++) {
		ret[i] = next_part(&at, end);
		if (ret[i].len == 0)
			return false;
	}
	return at == end && !memchr(name, '\0', len);
}

static bool take(struct procs_pod_name *ret, struct part space, struct part pod, struct part key)
{
	if (space.len + 1 + pod.len >= sizeof(ret->name) || key.len >= sizeof(ret->key))
		return false;
	memcpy(ret->name, space.at, space.len);
	ret->name[space.len] = '/';
	memcpy(ret->name + space.len + 1, pod.at, pod.len);
	ret->name[space.len + 1 + pod.len] = '\0';
	memcpy(ret->key, key.at, key.len);
	ret->key[key.len] = '\0';
	return true;
}

bool procs_parse_pod_folder(const char *name, size_t len, struct procs_pod_name *ret)
{
	struct part parts[3];

	return split(name, len, parts) && take(ret, parts[0], parts[1], parts[2]);
}

bool procs_parse_container_log(const char *name, size_t len, struct procs_pod_name *ret)
{
	static const char suffix[] = ".log";
	struct part parts[3], key;
	const char *dash;

	if (!split(name, len, parts) || parts[2].len < sizeof(suffix) ||
	    memcmp(name + len - 4, suffix, 4) != 0)
		return false;
	key = (struct part){ parts[2].at, parts[2].len - 4 };
	dash = memrchr(key.at, '-', key.len);
	if (!dash || dash == key.at || dash + 1 == key.at + key.len)
		return false;
	key = (struct part){ dash + 1, (size_t)(key.at + key.len - dash - 1) };
	return take(ret, parts[1], parts[0], key);
}

/* A uid, not yet a name. */
static bool is_nameless(const struct process *p)
{
	return p->pod && !strchr(p->pod, '/');
}

static bool any_nameless(const struct snapshot *s)
{
	for (uint32_t i = 0; i < s->processes.n; i++)
		if (is_nameless(snapshot_process(s, i)))
			return true;
	return false;
}

/* Gives the name to every process of that pod, or of that container. */
static int give_name(struct snapshot *s, const struct procs_pod_name *name, bool by_uid)
{
	const char *copy = NULL;

	for (uint32_t i = 0; i < s->processes.n; i++) {
		struct process *p = snapshot_process(s, i);
		const char *key = by_uid ? p->pod : p->container;

		if (!is_nameless(p) || !key || strcmp(key, name->key) != 0)
			continue;
		if (!copy)
			copy = snapshot_string(s, name->name);
		if (!copy)
			return -ENOMEM;
		p->pod = copy;
	}
	return 0;
}

static int read_folder(struct snapshot *s, const char *log_dir, const char *folder, bool by_uid)
{
	const struct dirent *entry;
	char path[256];
	int err = 0;
	DIR *dir;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", log_dir, folder) >= sizeof(path))
		return 0;
	dir = opendir(path);
	if (!dir)
		return 0;
	for (int n = 0; !err && n < ENTRIES_MAX && (entry = readdir(dir)) != NULL; n++) {
		size_t len = strlen(entry->d_name);
		struct procs_pod_name name;
		bool is_name = by_uid ? procs_parse_pod_folder(entry->d_name, len, &name)
				      : procs_parse_container_log(entry->d_name, len, &name);

		if (is_name)
			err = give_name(s, &name, by_uid);
	}
	closedir(dir);
	return err;
}

int procs_name_pods(struct snapshot *s, const char *log_dir)
{
	int err = 0;

	if (any_nameless(s))
		err = read_folder(s, log_dir, "pods", true);
	if (!err && any_nameless(s))
		err = read_folder(s, log_dir, "containers", false);
	return err;
}
