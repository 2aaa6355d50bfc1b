/* SPDX-License-Identifier: Apache-2.0 */
/* What are the pods called whose uids the cgroup paths tell? The kubelet names the folders of their
 * logs after them, for everybody to read, so no API server need be asked. */
#ifndef SEE_PROCS_PODS_H
#define SEE_PROCS_PODS_H

#include <stddef.h>

#include "model/snapshot.h"

/* Where the kubelet puts logs. */
#define PROCS_LOG_DIR "/var/log"

/* *shape*: "namespace/pod", and what tells it apart: the pod's uid or the container's id; each
 * NUL-terminated. */
struct procs_pod_name {
	char name[320];
	char key[128];
};

/* Reads the name of an entry of /var/log/pods, "NAMESPACE_POD_UID" (kubelet,
 * kuberuntime/helpers.go: BuildPodLogsDirectory()), or of /var/log/containers,
 * "POD_NAMESPACE_CONTAINER-ID.log" (kuberuntime/legacy.go:legacyLogSymlink()). None of the parts
 * can hold an underscore. False when it is none. Pure; fuzzed. */
bool procs_parse_pod_folder(const char *name, size_t len, struct procs_pod_name *ret);
bool procs_parse_container_log(const char *name, size_t len, struct procs_pod_name *ret);

/* Replaces the uid in `pod` of each row of s->processes by "namespace/pod", where the entries of
 * LOG_DIR/pods (by uid) or LOG_DIR/containers (by container) tell it. Where they do not, or cannot
 * be read, it stays. At most 16,384 entries of each are read, and nothing at all when no process is
 * in a pod. 0 or -ENOMEM. */
int procs_name_pods(struct snapshot *s, const char *log_dir);

#endif
