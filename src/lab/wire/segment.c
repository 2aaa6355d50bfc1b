// SPDX-License-Identifier: Apache-2.0
/* IP and TCP headers, taken apart and put together by hand. */
#include "lab/wire/segment.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <string.h>

#include "lab/wire/link.h"

enum { TCP_HEADER = 20, MSS_OPTION = 4, IP4_HEADER = 20, IP6_HEADER = 40 };

static int parse_tcp(const uint8_t *p, size_t len, struct segment *ret)
{
	struct tcphdr tcp;
	size_t header;

	if (len < TCP_HEADER)
		return -EBADMSG;
	memcpy(&tcp, p, sizeof(tcp));
	header = (size_t)tcp.doff * 4;
	if (header < TCP_HEADER || header > len)
		return -EBADMSG;
	ret->src_port = ntohs(tcp.source);
	ret->dst_port = ntohs(tcp.dest);
	ret->seq = ntohl(tcp.seq);
	ret->ack = ntohl(tcp.ack_seq);
	ret->window = ntohs(tcp.window);
	ret->flags = p[13];
	ret->payload_bytes = (uint32_t)(len - header);
	return 0;
}

int segment_parse(const void *packet, size_t len, struct segment *ret_segment)
{
	const uint8_t *p = packet;
	struct segment s = { 0 };
	size_t header;
	int err;

	if (len >= IP4_HEADER && p[0] >> 4 == 4) {
		header = (size_t)(p[0] & 15) * 4;
		if (p[9] != IPPROTO_TCP || memcmp(p + 16, LINK_PEER4, 4) != 0)
			return -EBADMSG;
		s.family = AF_INET;
	} else if (len >= IP6_HEADER && p[0] >> 4 == 6) {
		header = IP6_HEADER;
		if (p[6] != IPPROTO_TCP || memcmp(p + 24, LINK_PEER6, 16) != 0)
			return -EBADMSG;
		s.family = AF_INET6;
	} else {
		return -EBADMSG;
	}
	if (header < IP4_HEADER || header > len)
		return -EBADMSG;
	err = parse_tcp(p + header, len - header, &s);
	if (!err)
		*ret_segment = s;
	return err;
}

/* The Internet checksum over more bytes (RFC 1071), to be folded at the end. */
static uint32_t sum_more(uint32_t sum, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	if (len % 2)
		sum += (uint32_t)p[len - 1] << 8;
	return sum;
}

static uint16_t sum_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

static void build_ip4(uint8_t *p, size_t tcp_len)
{
	struct iphdr ip = {
		.version = 4,
		.ihl = IP4_HEADER / 4,
		.tot_len = htons((uint16_t)(IP4_HEADER + tcp_len)),
		.frag_off = htons(IP_DF),
		.ttl = 64,
		.protocol = IPPROTO_TCP,
	};

	memcpy(&ip.saddr, LINK_PEER4, 4);
	memcpy(&ip.daddr, LINK_LOCAL4, 4);
	ip.check = sum_fold(sum_more(0, (const uint8_t *)&ip, sizeof(ip)));
	memcpy(p, &ip, sizeof(ip));
}

static void build_ip6(uint8_t *p, size_t tcp_len)
{
	struct ip6_hdr ip = { .ip6_plen = htons((uint16_t)tcp_len), .ip6_hlim = 64 };

	ip.ip6_flow = htonl(6u << 28);
	ip.ip6_nxt = IPPROTO_TCP;
	memcpy(&ip.ip6_src, LINK_PEER6, 16);
	memcpy(&ip.ip6_dst, LINK_LOCAL6, 16);
	memcpy(p, &ip, sizeof(ip));
}

/* The part of the checksum that covers the addresses (RFC 9293 3.1, RFC 8200 8.1). */
static uint32_t sum_addresses(const uint8_t *ip, bool is_v6, size_t tcp_len)
{
	uint32_t sum = IPPROTO_TCP + (uint32_t)tcp_len;

	return is_v6 ? sum_more(sum, ip + 8, 32) : sum_more(sum, ip + 12, 8);
}

int segment_build(const struct segment *segment, void *ret_packet, size_t size)
{
	bool is_v6 = segment->family == AF_INET6;
	size_t ip_len = is_v6 ? IP6_HEADER : IP4_HEADER;
	size_t header = TCP_HEADER + (segment->mss ? MSS_OPTION : 0);
	size_t tcp_len = header + segment->payload_bytes;
	uint8_t *ip = ret_packet, *p = ip + ip_len;
	struct tcphdr tcp = {
		.source = htons(segment->src_port),
		.dest = htons(segment->dst_port),
		.seq = htonl(segment->seq),
		.ack_seq = htonl(segment->ack),
		.window = htons(segment->window),
		.doff = (uint16_t)(header / 4) & 15,
	};

	if (ip_len + tcp_len > size || tcp_len > UINT16_MAX - IP4_HEADER)
		return -EMSGSIZE;
	memcpy(p, &tcp, sizeof(tcp));
	p[13] = segment->flags;
	if (segment->mss) {
		const uint8_t option[MSS_OPTION] = { 2, 4, (uint8_t)(segment->mss >> 8),
						     (uint8_t)segment->mss };

		memcpy(p + TCP_HEADER, option, sizeof(option));
	}
	memset(p + header, 'x', segment->payload_bytes);
	if (is_v6)
		build_ip6(ip, tcp_len);
	else
		build_ip4(ip, tcp_len);
	tcp.check = sum_fold(sum_more(sum_addresses(ip, is_v6, tcp_len), p, tcp_len));
	memcpy(p + 16, &tcp.check, sizeof(tcp.check));
	return (int)(ip_len + tcp_len);
}
