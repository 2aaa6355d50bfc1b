// SPDX-License-Identifier: Apache-2.0
/* Names of sockets: by row, by protocol, or by getsockname(). */
#include "see/procs/socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "model/addr.h"
#include "see/procs/borrow.h"

#define MPTCP 262 /* IPPROTO_MPTCP, which older headers lack */

static void put_pair(const struct endpoint *local, const struct endpoint *remote,
		     const char *before, struct procs_socket *ret)
{
	char from[ENDPOINT_TEXT_LEN], to[ENDPOINT_TEXT_LEN];

	endpoint_format(local, from);
	endpoint_format(remote, to);
	if (remote->version && remote->port)
		snprintf(ret->text, sizeof(ret->text), "%s%s -> %s", before, from, to);
	else
		snprintf(ret->text, sizeof(ret->text), "%s%s", before, from);
}

void procs_socket_of_conn(const struct conn *c, struct procs_socket *ret)
{
	ret->object = c->state == TCP_STATE_LISTEN ? OBJECT_LISTENER : OBJECT_TCP;
	ret->quiet_ms = VALUE_UNKNOWN;
	if (ret->object == OBJECT_TCP && c->has & CONN_HAS_INFO)
		ret->quiet_ms = c->last_data_recv_ms;
	ret->text[0] = '\0';
	if (c->local.version)
		put_pair(&c->local, &c->remote, "", ret);
}

void procs_socket_by_name(const char *protocol, struct procs_socket *ret)
{
	if (strncmp(protocol, "TCP", 3) == 0 || strncmp(protocol, "MPTCP", 5) == 0) {
		ret->object = OBJECT_TCP;
		return;
	}
	ret->object = OBJECT_SOCKET;
	if (strncmp(protocol, "UNIX", 4) == 0)
		strcpy(ret->text, "unix");
	else if (strncmp(protocol, "UDP", 3) == 0)
		strcpy(ret->text, "UDP");
	else if (strcmp(protocol, "NETLINK") == 0)
		strcpy(ret->text, "netlink");
}

static struct endpoint endpoint_of(const struct sockaddr_storage *any)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)any;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)any;

	if (any->ss_family == AF_INET)
		return endpoint_make(AF_INET, &v4->sin_addr, ntohs(v4->sin_port));
	if (any->ss_family == AF_INET6)
		return endpoint_make(AF_INET6, &v6->sin6_addr, ntohs(v6->sin6_port));
	return (struct endpoint){ 0 };
}

/* Where it is bound: a path, or an abstract name as /proc/net/unix has it. */
static bool put_path(const struct sockaddr_storage *any, socklen_t len, struct procs_socket *ret)
{
	const struct sockaddr_un *name = (const struct sockaddr_un *)any;
	size_t head = offsetof(struct sockaddr_un, sun_path);
	int path_len = len > head && len <= sizeof(*name) ? (int)(len - head) : 0;

	if (path_len == 0)
		return false;
	if (name->sun_path[0] == '\0')
		snprintf(ret->text, sizeof(ret->text), "unix @%.*s", path_len - 1,
			 name->sun_path + 1);
	else
		snprintf(ret->text, sizeof(ret->text), "unix %.*s", path_len, name->sun_path);
	return true;
}

struct question {
	uint32_t inode;
	struct procs_socket *ret;
};

static int option(int fd, int name)
{
	int value = 0;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, name, &value, &len) < 0 ? -1 : value;
}

static uint32_t ask_quiet_ms(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0 ? VALUE_UNKNOWN
								      : info.tcpi_last_data_recv;
}

static int ask(void *data, int fd)
{
	const struct question *q = data;
	struct sockaddr_storage local = { 0 }, remote = { 0 };
	socklen_t local_len = sizeof(local), remote_len = sizeof(remote);
	struct endpoint from, to;
	int family, protocol;
	struct stat st;

	if (fstat(fd, &st) < 0 || st.st_ino != q->inode || !S_ISSOCK(st.st_mode))
		return -ESTALE;
	family = option(fd, SO_DOMAIN);
	protocol = option(fd, SO_PROTOCOL);
	if (getsockname(fd, (struct sockaddr *)&local, &local_len) < 0)
		local_len = 0;
	if (getpeername(fd, (struct sockaddr *)&remote, &remote_len) < 0)
		remote_len = 0;
	*q->ret = (struct procs_socket){ .object = OBJECT_SOCKET, .quiet_ms = VALUE_UNKNOWN };
	if (family == AF_UNIX) {
		if (!put_path(&remote, remote_len, q->ret) && !put_path(&local, local_len, q->ret))
			strcpy(q->ret->text, "unix");
		return 0;
	}
	if (family != AF_INET && family != AF_INET6) {
		if (family == AF_NETLINK)
			strcpy(q->ret->text, "netlink");
		return 0;
	}
	from = local_len ? endpoint_of(&local) : (struct endpoint){ 0 };
	to = remote_len ? endpoint_of(&remote) : (struct endpoint){ 0 };
	if (protocol == IPPROTO_TCP || protocol == MPTCP)
		q->ret->object = option(fd, SO_ACCEPTCONN) == 1 ? OBJECT_LISTENER : OBJECT_TCP;
	if (q->ret->object == OBJECT_TCP)
		q->ret->quiet_ms = ask_quiet_ms(fd);
	put_pair(&from, &to, protocol == IPPROTO_UDP ? "UDP " : "", q->ret);
	return 0;
}

int procs_read_socket(int pidfd, int32_t fd, uint32_t inode, struct procs_socket *ret)
{
	struct question q = { .inode = inode, .ret = ret };

	return procs_borrow_fd(pidfd, fd, ask, &q);
}
