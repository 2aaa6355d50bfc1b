/* SPDX-License-Identifier: Apache-2.0 */
/* What a cgroup path says about a process: its unit, container and pod. Pure; fuzzed. */
#ifndef SEE_PROCS_CGROUP_H
#define SEE_PROCS_CGROUP_H

#include <stdbool.h>
#include <stddef.h>

#define PROCS_UNIT_LEN	    256
#define PROCS_CONTAINER_LEN 128
#define PROCS_POD_LEN	    64
#define PROCS_PATH_LEN	    1024

/* *shape*: each text NUL-terminated, empty when there is none. v2_path and freezer_path are as the
 * kernel writes them, relative to our cgroup namespace: they may begin with "/..". What is too long
 * is left empty, never cut: half a name names something else. */
struct procs_cgroup {
	char unit[PROCS_UNIT_LEN];
	char container[PROCS_CONTAINER_LEN];
	char pod[PROCS_POD_LEN]; /* its uid, with dashes */
	char v2_path[PROCS_PATH_LEN];
	char freezer_path[PROCS_PATH_LEN]; /* of the v1 freezer hierarchy */
	bool is_user_unit; /* the unit is that of a user's systemd, not of the system's */
};

/* Reads /proc/PID/cgroup. Each path is judged by its parts, never by their position: hierarchies of
 * v1 and v2 stand side by side, containers run in containers (kind, minikube), and from a private
 * cgroup namespace the others begin with "/../..".
 *
 * The container is the last part that names one: by an id of 64 hex digits, however it is dressed
 * (docker-ID.scope, cri-containerd-ID.scope, crio-ID, libpod-ID.scope, .../podUID/ID,
 * SLICE:cri-containerd:ID); by Fargate's 32 and a number; or by a name where its runtime is known
 * by the part or the one above (cgroup.c:forms[]). systemd's \xNN in it is undone. Supervisors
 * (conmon, lxc.monitor, nspawn's own) are in no container.
 *
 * The unit is the last .service or .scope below the container, or of the whole path where there is
 * none, spelled as systemctl takes it (escapes left in). What only wraps a container is no unit,
 * but a service that is there for that container alone is (Quadlet, systemd-nspawn@). */
void procs_parse_cgroup(const char *text, size_t len, struct procs_cgroup *ret);

#endif
