// SPDX-License-Identifier: Apache-2.0
/* Bytes of sock_diag to rows. Runs once for each of maybe 100,000 sockets, so attributes are walked
 * here in place instead of by a library call each. */
#include "see/diag/decode.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <string.h>

#include "see/diag/uapi.h"

/* One attribute: its number without flags, and its payload. */
struct attr {
	uint16_t type;
	const unsigned char *data;
	size_t len;
};

/* Takes the attribute at *offset and moves on. False at the end of buf; *ret_broken tells when what
 * is left cannot be an attribute. */
static bool next_attr(const unsigned char *buf, size_t len, size_t *offset, struct attr *ret,
		      bool *ret_broken)
{
	struct nlattr head;

	if (*offset >= len)
		return false;
	if (len - *offset < sizeof(head)) {
		*ret_broken = true;
		return false;
	}
	memcpy(&head, buf + *offset, sizeof(head));
	if (head.nla_len < sizeof(head) || head.nla_len > len - *offset) {
		*ret_broken = true;
		return false;
	}
	ret->type = head.nla_type & NLA_TYPE_MASK;
	ret->data = buf + *offset + sizeof(head);
	ret->len = head.nla_len - sizeof(head);
	*offset += NLA_ALIGN(head.nla_len);
	return true;
}

static uint32_t get_u32(const unsigned char *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static uint64_t get_u64(const unsigned char *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/* struct tcp_info grows at its end with every few kernels; what must be there lies before
 * tcpi_segs_out (Linux 4.2). */
static void decode_info(const struct attr *a, struct conn *c)
{
	const unsigned char *info = a->data;

	if (a->len < offsetof(struct tcp_info, tcpi_segs_out))
		return;
	c->has |= CONN_HAS_INFO;
	c->backoff = info[offsetof(struct tcp_info, tcpi_backoff)];
	c->rto_ms = get_u32(info + offsetof(struct tcp_info, tcpi_rto)) / 1000;
	c->last_data_sent_ms = get_u32(info + offsetof(struct tcp_info, tcpi_last_data_sent));
	c->last_data_recv_ms = get_u32(info + offsetof(struct tcp_info, tcpi_last_data_recv));
	c->last_ack_recv_ms = get_u32(info + offsetof(struct tcp_info, tcpi_last_ack_recv));
	c->bytes_acked = get_u64(info + offsetof(struct tcp_info, tcpi_bytes_acked));
	c->bytes_received = get_u64(info + offsetof(struct tcp_info, tcpi_bytes_received));
	if (a->len >= UAPI_TCP_INFO_SND_WND + sizeof(uint32_t) &&
	    get_u32(info + UAPI_TCP_INFO_SND_WND) == 0)
		c->flags |= CONN_WINDOW_SHUT;
}

/* Filled for reading and for sending, and set aside for more; tcp_mem counts all three
 * (net/core/sock.c:sk_get_meminfo()). */
static void decode_memory(const struct attr *a, struct conn *c)
{
	uint64_t sum;

	if (a->len < (SK_MEMINFO_WMEM_QUEUED + 1) * sizeof(uint32_t))
		return;
	sum = (uint64_t)get_u32(a->data + SK_MEMINFO_RMEM_ALLOC * sizeof(uint32_t)) +
	      get_u32(a->data + SK_MEMINFO_FWD_ALLOC * sizeof(uint32_t)) +
	      get_u32(a->data + SK_MEMINFO_WMEM_QUEUED * sizeof(uint32_t));
	c->has |= CONN_HAS_MEMORY;
	c->memory_bytes = sum < VALUE_UNKNOWN ? (uint32_t)sum : VALUE_UNKNOWN - 1;
}

static void decode_ulp(const struct attr *a, struct conn *c)
{
	static const char mptcp[] = "mptcp";
	struct attr inner;
	size_t offset = 0;
	bool broken = false;

	/* A listener has only the name (net/mptcp/diag.c:subflow_get_info()). */
	while (next_attr(a->data, a->len, &offset, &inner, &broken))
		if (inner.type == UAPI_ULP_INFO_MPTCP ||
		    (inner.type == UAPI_ULP_INFO_NAME && inner.len >= strlen(mptcp) &&
		     memcmp(inner.data, mptcp, strlen(mptcp)) == 0))
			c->flags |= CONN_MPTCP;
}

static int decode_attrs(const unsigned char *buf, size_t len, struct conn *c)
{
	struct attr a;
	size_t offset = 0;
	bool broken = false;

	while (next_attr(buf, len, &offset, &a, &broken)) {
		switch (a.type) {
		case UAPI_DIAG_INFO:
			/* A listener has the attribute, but nothing in it is about a connection. */
			if (c->state != TCP_STATE_LISTEN)
				decode_info(&a, c);
			break;
		case UAPI_DIAG_SKMEMINFO:
			decode_memory(&a, c);
			break;
		case UAPI_DIAG_SHUTDOWN:
			if (a.len < 1)
				break;
			c->shutdown = a.data[0];
			c->has |= CONN_HAS_SHUTDOWN;
			break;
		case UAPI_DIAG_CGROUP_ID:
			if (a.len < sizeof(c->cgroup_id))
				break;
			c->cgroup_id = get_u64(a.data);
			c->has |= CONN_HAS_CGROUP;
			break;
		case UAPI_DIAG_ULP_INFO:
			decode_ulp(&a, c);
			break;
		}
	}
	return broken ? -EBADMSG : 0;
}

static uint8_t decode_state(uint8_t state)
{
	if (state == UAPI_TCP_NEW_SYN_RECV)
		return TCP_STATE_SYN_RECV;
	return state < TCP_STATE_MAX ? state : TCP_STATE_UNKNOWN;
}

int diag_decode(const void *buf, size_t len, struct conn *ret)
{
	struct inet_diag_msg m;

	if (len < sizeof(m))
		return -EBADMSG;
	memcpy(&m, buf, sizeof(m));
	if (m.idiag_family != AF_INET && m.idiag_family != AF_INET6)
		return -EBADMSG;
	ret->local = endpoint_make(m.idiag_family, m.id.idiag_src, ntohs(m.id.idiag_sport));
	ret->remote = endpoint_make(m.idiag_family, m.id.idiag_dst, ntohs(m.id.idiag_dport));
	ret->cookie = (uint64_t)m.id.idiag_cookie[1] << 32 | m.id.idiag_cookie[0];
	ret->ifindex = m.id.idiag_if;
	ret->state = decode_state(m.idiag_state);
	ret->timer = m.idiag_timer;
	ret->retrans = m.idiag_retrans;
	ret->expires_ms = m.idiag_expires;
	ret->rqueue = m.idiag_rqueue;
	ret->wqueue = m.idiag_wqueue;
	ret->uid = m.idiag_uid;
	ret->inode = m.idiag_inode;
	ret->has |= CONN_HAS_DIAG;
	return decode_attrs((const unsigned char *)buf + sizeof(m), len - sizeof(m), ret);
}

/* DONE carries the dump's own error (net/netlink/af_netlink.c:netlink_dump_done()), ERROR that of
 * the request; 0 in an ERROR is an acknowledgement. */
static int decode_end(const struct nlmsghdr *head, const unsigned char *payload, size_t len)
{
	int err;

	if (len < sizeof(err))
		return head->nlmsg_type == NLMSG_DONE ? DIAG_DONE : -EBADMSG;
	memcpy(&err, payload, sizeof(err));
	if (err > 0 || err < -4095)
		return -EBADMSG;
	return err ? err : DIAG_DONE;
}

int diag_walk_messages(struct diag_walk *walk, const void *buf, size_t len)
{
	const unsigned char *p = buf;

	while (len >= sizeof(struct nlmsghdr)) {
		struct nlmsghdr head;
		size_t step;

		memcpy(&head, p, sizeof(head));
		if (head.nlmsg_len < sizeof(head) || head.nlmsg_len > len)
			return -EBADMSG;
		if (head.nlmsg_seq == walk->sequence && head.nlmsg_pid == walk->port) {
			const unsigned char *payload = p + sizeof(head);
			size_t payload_len = head.nlmsg_len - sizeof(head);

			if (head.nlmsg_flags & NLM_F_DUMP_INTR)
				walk->interrupted = true;
			if (head.nlmsg_type == NLMSG_DONE || head.nlmsg_type == NLMSG_ERROR)
				return decode_end(&head, payload, payload_len);
			if (head.nlmsg_type >= NLMSG_MIN_TYPE && !walk->err)
				walk->err = walk->row(walk->data, payload, payload_len);
		}
		step = NLMSG_ALIGN(head.nlmsg_len);
		if (step > len)
			break;
		p += step;
		len -= step;
	}
	return DIAG_MORE;
}
