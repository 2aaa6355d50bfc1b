// SPDX-License-Identifier: Apache-2.0
/* How a program comes to stand at the other end of a network device. */
#include "lab/wire/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "lab/wire/veth.h"

static const char near_name[] = "wire0"; /* the kernel's end, which bears the address */
static const char far_name[] = "wire1";	 /* our end of a veth pair */

/* Thousands of connections answer at once; what does not fit into the device's queue would be lost
 * and sent again, which is not what a scene is about. */
enum { QUEUE_PKTS = 65536, RECEIVE_BYTES = 64 << 20 };

enum { ADDRESS_TRIES = 5000, ADDRESS_WAIT_NS = 1000 * 1000 };

/* struct in6_ifreq of linux/ipv6.h, which cannot be included beside netinet/in.h. */
struct address6 {
	struct in6_addr address;
	uint32_t prefix_len;
	int index;
};

static struct ifreq request_for(const char *name)
{
	struct ifreq request = { 0 };

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	return request;
}

static int set_flags(int fd, const char *name, short flags)
{
	struct ifreq request = request_for(name);

	if (ioctl(fd, SIOCGIFFLAGS, &request) < 0)
		return -errno;
	request.ifr_flags |= flags;
	return ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
}

/* Only root of the host may do so (net/core/dev_ioctl.c:dev_ioctl); others lose packets sooner. */
static void lengthen_queue(int fd, const char *name)
{
	struct ifreq request = request_for(name);

	request.ifr_qlen = QUEUE_PKTS;
	if (ioctl(fd, SIOCSIFTXQLEN, &request) < 0)
		errno = 0;
}

static int set_address4(int fd, const char *name)
{
	struct ifreq request = request_for(name);
	struct sockaddr_in address = { .sin_family = AF_INET };

	memcpy(&address.sin_addr, LINK_LOCAL4, 4);
	memcpy(&request.ifr_addr, &address, sizeof(address));
	if (ioctl(fd, SIOCSIFADDR, &request) < 0)
		return -errno;
	address.sin_addr.s_addr = htonl(0xffffff00);
	memcpy(&request.ifr_netmask, &address, sizeof(address));
	return ioctl(fd, SIOCSIFNETMASK, &request) < 0 ? -errno : 0;
}

/* Even without duplicate address detection a new address is tentative, and not to be used, until a
 * work item of the kernel has run (net/ipv6/addrconf.c:addrconf_dad_start). */
static int await_address6(int fd)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6 };

	memcpy(&address.sin6_addr, LINK_LOCAL6, 16);
	for (int i = 0; i < ADDRESS_TRIES; i++) {
		if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
			return 0;
		if (errno != EADDRNOTAVAIL)
			return -errno;
		clock_sleep_until(clock_mono_ns() + ADDRESS_WAIT_NS);
	}
	return -EADDRNOTAVAIL;
}

static int set_address6(const char *name)
{
	_close_ int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct address6 request = { .prefix_len = 64, .index = (int)if_nametoindex(name) };

	if (fd < 0)
		return -errno;
	memcpy(&request.address, LINK_LOCAL6, 16);
	return ioctl(fd, SIOCSIFADDR, &request) < 0 ? -errno : await_address6(fd);
}

/* Duplicate address detection would keep a veth's IPv6 address unusable for a second or two
 * (net/ipv6/addrconf.c:addrconf_dad_begin). A kernel without IPv6 has no such file: then the
 * address itself fails, with a better message. */
static void skip_address_detection(void)
{
	_close_ int fd = open("/proc/sys/net/ipv6/conf/default/accept_dad", O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, "0", 1) < 0)
		errno = 0;
}

static int open_tun(struct link *ret)
{
	_close_ int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	struct ifreq request = request_for(near_name);

	if (fd < 0)
		return -errno;
	request.ifr_flags = IFF_TUN | IFF_NO_PI;
	if (ioctl(fd, TUNSETIFF, &request) < 0)
		return -errno;
	*ret = (struct link){ .fd = take_fd(&fd), .is_tun = true };
	return 0;
}

/* Without ARP the pair needs no answers from us: packets simply come out at the other end. */
static int open_veth(int control, struct link *ret)
{
	struct ifreq near = request_for(near_name);
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int room = RECEIVE_BYTES;
	int err = veth_create(near_name, far_name);

	if (!err)
		err = set_flags(control, near_name, IFF_NOARP);
	if (!err)
		err = set_flags(control, far_name, IFF_NOARP | IFF_UP);
	if (err)
		return err;

	_close_ int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	address.sll_ifindex = (int)if_nametoindex(far_name);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    ioctl(control, SIOCGIFHWADDR, &near) < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) < 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room)) < 0)
		return -errno;
	*ret = (struct link){ .fd = take_fd(&fd), .far_index = address.sll_ifindex };
	memcpy(ret->near_mac, near.ifr_hwaddr.sa_data, sizeof(ret->near_mac));
	return 0;
}

static int configure(int control, int family, const char **ret_what)
{
	int err;

	lengthen_queue(control, near_name);
	*ret_what = "bring the lab's network device up";
	err = set_flags(control, near_name, IFF_UP);
	if (err)
		return err;
	*ret_what = family == AF_INET6 ? "give the lab's network device an IPv6 address"
				       : "give the lab's network device an IPv4 address";
	return family == AF_INET6 ? set_address6(near_name) : set_address4(control, near_name);
}

int link_open(struct link *ret_link, int family, const char **ret_what)
{
	_close_ int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct link link = { .fd = -1 };
	int err;

	*ret_what = "open a socket";
	if (control < 0)
		return -errno;
	if (family == AF_INET6)
		skip_address_detection();
	err = open_tun(&link);
	if (err) {
		*ret_what = "open /dev/net/tun, or else make a veth pair";
		err = open_veth(control, &link);
	}
	if (!err)
		err = configure(control, family, ret_what);
	if (err)
		fd_close(link.fd);
	else
		*ret_link = link;
	return err;
}

ssize_t link_read(const struct link *link, void *ret_packet, size_t size)
{
	struct sockaddr_ll from;
	socklen_t from_len = sizeof(from);
	ssize_t n;

	if (link->is_tun) {
		n = read(link->fd, ret_packet, size);
		return n < 0 ? -errno : n;
	}
	for (;;) {
		n = recvfrom(link->fd, ret_packet, size, 0, (struct sockaddr *)&from, &from_len);
		if (n < 0)
			return -errno;
		if (from.sll_pkttype != PACKET_OUTGOING) /* what we sent comes by again */
			return n;
	}
}

int link_write(const struct link *link, const void *packet, size_t len)
{
	bool is_v6 = *(const uint8_t *)packet >> 4 == 6;
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(is_v6 ? ETH_P_IPV6 : ETH_P_IP),
		.sll_ifindex = link->far_index,
		.sll_halen = sizeof(link->near_mac),
	};
	ssize_t n;

	memcpy(to.sll_addr, link->near_mac, sizeof(link->near_mac));
	if (link->is_tun)
		n = write(link->fd, packet, len);
	else
		n = sendto(link->fd, packet, len, 0, (struct sockaddr *)&to, sizeof(to));
	return n < 0 ? -errno : 0;
}
