/* SPDX-License-Identifier: Apache-2.0 */
/* The cable between this host's kernel and the lab's other host, which is a program: whole IP
 * packets in and out. A TUN device where /dev/net/tun may be opened; else a veth pair whose far end
 * is read and written through a packet socket, which an ordinary user may do in a namespace of its
 * own. */
#ifndef LAB_WIRE_LINK_H
#define LAB_WIRE_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* This host's kernel, and the other host. Network order. */
#define LINK_LOCAL4	 "\x0a\x63\x00\x01" /* 10.99.0.1 */
#define LINK_PEER4	 "\x0a\x63\x00\x02"
#define LINK_LOCAL6	 "\xfd\x99\0\0\0\0\0\0\0\0\0\0\0\0\0\x01" /* fd99::1 */
#define LINK_PEER6	 "\xfd\x99\0\0\0\0\0\0\0\0\0\0\0\0\0\x02"
#define LINK_LOCAL4_TEXT "10.99.0.1"
#define LINK_PEER4_TEXT	 "10.99.0.2"
#define LINK_LOCAL6_TEXT "fd99::1"
#define LINK_PEER6_TEXT	 "fd99::2"

/* *shape*: owns fd (-1 when closed), which never blocks. near_mac is where packets go on a veth
 * pair: the kernel's own end. */
struct link {
	int fd;
	int far_index;
	bool is_tun;
	uint8_t near_mac[6];
};

/* Makes the device of the calling process's network namespace with this host's address of `family`
 * (AF_INET or AF_INET6) on it, and opens its far end. Needs CAP_NET_ADMIN, and CAP_NET_RAW where
 * there is no TUN, over that namespace. 0 or -errno; ret_what names the step that failed, a text
 * that lives for ever. */
int link_open(struct link *ret_link, int family, const char **ret_what);

/* Reads one packet. Its length, -EAGAIN when there is none, or -errno. */
ssize_t link_read(const struct link *link, void *ret_packet, size_t size);

/* Sends one packet to this host's kernel. 0 or -errno. */
int link_write(const struct link *link, const void *packet, size_t len);

#endif
