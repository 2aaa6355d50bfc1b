// SPDX-License-Identifier: Apache-2.0
/* One rtnetlink request; there is no ioctl that makes a veth pair. */
#include "lab/wire/veth.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"

/* RTM_NEWLINK with its attributes; 512 bytes hold two names and four nests. */
struct request {
	struct nlmsghdr header;
	struct ifinfomsg link;
	uint8_t attributes[512];
};

static struct rtattr *add_attribute(struct request *r, uint16_t type, const void *data, size_t len)
{
	struct rtattr *a = (void *)((uint8_t *)r + NLMSG_ALIGN(r->header.nlmsg_len));

	a->rta_type = type;
	a->rta_len = (uint16_t)RTA_LENGTH(len);
	if (len)
		memcpy(RTA_DATA(a), data, len);
	r->header.nlmsg_len = NLMSG_ALIGN(r->header.nlmsg_len) + RTA_ALIGN(a->rta_len);
	return a;
}

static void end_nest(struct request *r, struct rtattr *nest)
{
	nest->rta_len = (uint16_t)((uint8_t *)r + r->header.nlmsg_len - (uint8_t *)nest);
}

static int exchange(const struct request *r)
{
	_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct timeval patience = { .tv_sec = 10 };
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		uint8_t rest[1024];
	} answer;
	ssize_t n;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0 ||
	    sendto(fd, r, r->header.nlmsg_len, 0, (struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		return -errno;
	n = recv(fd, &answer, sizeof(answer), 0);
	if (n < 0)
		return -errno;
	if ((size_t)n < NLMSG_LENGTH(sizeof(struct nlmsgerr)) ||
	    answer.header.nlmsg_type != NLMSG_ERROR ||
	    answer.header.nlmsg_seq != r->header.nlmsg_seq)
		return -EBADMSG;
	return answer.error.error;
}

int veth_create(const char *name, const char *peer_name)
{
	static const struct ifinfomsg no_link;
	struct request r = {
		.header = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
			    .nlmsg_type = RTM_NEWLINK,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
			    .nlmsg_seq = 1 },
	};
	struct rtattr *info, *data, *peer;

	add_attribute(&r, IFLA_IFNAME, name, strlen(name) + 1);
	info = add_attribute(&r, IFLA_LINKINFO, NULL, 0);
	add_attribute(&r, IFLA_INFO_KIND, "veth", strlen("veth"));
	data = add_attribute(&r, IFLA_INFO_DATA, NULL, 0);
	peer = add_attribute(&r, VETH_INFO_PEER, &no_link, sizeof(no_link));
	add_attribute(&r, IFLA_IFNAME, peer_name, strlen(peer_name) + 1);
	end_nest(&r, peer);
	end_nest(&r, data);
	end_nest(&r, info);
	return exchange(&r);
}
