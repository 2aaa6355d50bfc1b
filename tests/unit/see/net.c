// SPDX-License-Identifier: Apache-2.0
/* Real sockets in a network namespace of the test's own. */
#include "see/net.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return done;
}

static bool enter_as_user(void)
{
	char map[64];

	snprintf(map, sizeof(map), "0 %u 1", getuid());
	return unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 && write_file("/proc/self/uid_map", map);
}

bool net_enter_private(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	bool up;
	int fd;

	if (unshare(CLONE_NEWNET) < 0 && !enter_as_user())
		return false;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	up = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
	close(fd);
	return up;
}

uint64_t net_inode(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_ino;
}

uint64_t net_cookie(int fd)
{
	uint64_t cookie;
	socklen_t len = sizeof(cookie);

	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len), 0);
	return cookie;
}

static socklen_t put_address(struct sockaddr_storage *ret, int family, bool any, uint16_t port)
{
	*ret = (struct sockaddr_storage){ .ss_family = (sa_family_t)family };
	if (family == AF_INET) {
		struct sockaddr_in *v4 = (struct sockaddr_in *)ret;

		v4->sin_port = htons(port);
		v4->sin_addr.s_addr = htonl(any ? INADDR_ANY : INADDR_LOOPBACK);
		return sizeof(*v4);
	}
	((struct sockaddr_in6 *)ret)->sin6_port = htons(port);
	((struct sockaddr_in6 *)ret)->sin6_addr = any ? in6addr_any : in6addr_loopback;
	return sizeof(struct sockaddr_in6);
}

static uint16_t local_port(int fd)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);

	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	return ntohs(address.ss_family == AF_INET ? ((struct sockaddr_in *)&address)->sin_port
						  : ((struct sockaddr_in6 *)&address)->sin6_port);
}

int net_listen(int family, bool any, uint16_t *ret_port)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_storage address;
	socklen_t len = put_address(&address, family, any, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(fd, 7), 0);
	*ret_port = local_port(fd);
	return fd;
}

int net_connect_only(int family, uint16_t port, uint16_t *ret_client_port)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_storage address;
	socklen_t len = put_address(&address, family, false, port);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, len), 0);
	*ret_client_port = local_port(fd);
	return fd;
}

struct net_pair net_connect(int listener, int family, uint16_t port)
{
	struct net_pair pair = { .server_port = port };

	pair.client = net_connect_only(family, port, &pair.client_port);
	pair.server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(pair.server >= 0);
	return pair;
}

bool net_wait_state(int fd, int state)
{
	for (int i = 0; i < 5000; i++) {
		struct tcp_info info;
		socklen_t len = sizeof(info);

		assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
		if (info.tcpi_state == state)
			return true;
		usleep(1000);
	}
	return false;
}

void net_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}
