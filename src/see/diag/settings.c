// SPDX-License-Identifier: Apache-2.0
/* Sysctls and socket counts of one network namespace. */
#include "see/diag/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"

#define IPV4 "/proc/sys/net/ipv4/"
#define CORE "/proc/sys/net/core/"

static uint32_t read_setting(const char *path)
{
	long value;

	if (file_read_long(path, &value))
		return VALUE_UNKNOWN;
	if (value < 0)
		return 0;
	return value < VALUE_UNKNOWN ? (uint32_t)value : VALUE_UNKNOWN - 1;
}

/* "8080,9000-9100": how many of them are from low to high. A list too long to be read whole (more
 * than a thousand ranges) counts as far as it was. */
static uint32_t count_reserved(unsigned int low, unsigned int high)
{
	char text[8192];
	uint32_t n = 0;

	if (file_read_at(AT_FDCWD, IPV4 "ip_local_reserved_ports", text, sizeof(text)) < 0)
		return VALUE_UNKNOWN;
	for (const char *p = text; *p;) {
		unsigned int from, to;
		int got = sscanf(p, "%u-%u", &from, &to);

		if (got < 1)
			break;
		if (got == 1)
			to = from;
		from = from < low ? low : from;
		to = to > high ? high : to;
		n += from <= to ? to - from + 1 : 0;
		p += strcspn(p, ",");
		p += *p == ',';
	}
	return n;
}

static void read_port_range(struct netns_settings *ret)
{
	char text[64];
	unsigned int low, high;

	ret->port_low = ret->port_high = ret->ports_reserved = VALUE_UNKNOWN;
	if (file_read_at(AT_FDCWD, IPV4 "ip_local_port_range", text, sizeof(text)) < 0)
		return;
	if (sscanf(text, "%u %u", &low, &high) != 2 || low > high || high > UINT16_MAX)
		return;
	ret->port_low = low;
	ret->port_high = high;
	ret->ports_reserved = count_reserved(low, high);
}

void diag_read_settings(struct netns_settings *ret)
{
	read_port_range(ret);
	ret->fin_timeout_s = read_setting(IPV4 "tcp_fin_timeout");
	ret->keepalive_time_s = read_setting(IPV4 "tcp_keepalive_time");
	ret->keepalive_interval_s = read_setting(IPV4 "tcp_keepalive_intvl");
	ret->keepalive_probes = read_setting(IPV4 "tcp_keepalive_probes");
	ret->orphan_retries = read_setting(IPV4 "tcp_orphan_retries");
	ret->retries2 = read_setting(IPV4 "tcp_retries2");
	ret->somaxconn = read_setting(CORE "somaxconn");
	ret->rto_max_ms = read_setting(IPV4 "tcp_rto_max_ms");
	ret->max_tw_buckets = read_setting(IPV4 "tcp_max_tw_buckets");
}

void diag_read_sockstat(struct sockstat *ret)
{
	char text[1024];
	ssize_t len;

	*ret = SOCKSTAT_UNKNOWN;
	len = file_read_at(AT_FDCWD, "/proc/thread-self/net/sockstat", text, sizeof(text));
	if (len < 0)
		return;
	sockstat_parse(text, (size_t)len, ret);
	len = file_read_at(AT_FDCWD, "/proc/thread-self/net/sockstat6", text, sizeof(text));
	if (len >= 0)
		sockstat_parse(text, (size_t)len, ret);
	else if (len == -ENOENT)
		ret->inuse6 = 0; /* a kernel without IPv6 */
}

void diag_read_counters(struct netns_row *row)
{
	char text[8192]; /* some 130 names and as many values */
	ssize_t len = file_read_at(AT_FDCWD, "/proc/thread-self/net/netstat", text, sizeof(text));

	if (len < 0)
		return;
	row->tw_overflows = netstat_parse(text, (size_t)len, "TCPTimeWaitOverflow");
	row->listen_overflows = netstat_parse(text, (size_t)len, "ListenOverflows");
}

static uint32_t subtract(uint64_t whole, uint64_t part)
{
	uint64_t rest = whole - part;

	if (part > whole)
		return VALUE_UNKNOWN;
	return rest < VALUE_UNKNOWN ? (uint32_t)rest : VALUE_UNKNOWN - 1;
}

void diag_settle_counts(const struct sockstat *stat, const struct diag_counts *counts,
			uint32_t states, struct netns_row *row)
{
	/* All states of full sockets that /proc/net/sockstat counts as in use, but ESTABLISHED. */
	const uint32_t others = TCP_BITS_CLOSING | TCP_BIT(TCP_STATE_LISTEN) |
				TCP_BIT(TCP_STATE_SYN_SENT) | TCP_BIT(TCP_STATE_SYN_RECV);
	uint64_t full = 0;

	for (unsigned int state = 1; state < TCP_STATE_MAX; state++)
		if (others & TCP_BIT(state))
			full += counts->by_state[state];
	full -= counts->fin_wait_2_mini + counts->syn_recv_requests;

	row->counts[TCP_STATE_ESTABLISHED] = VALUE_UNKNOWN;
	if ((states & others) == others && stat->inuse4 != VALUE_UNKNOWN &&
	    stat->inuse6 != VALUE_UNKNOWN)
		row->counts[TCP_STATE_ESTABLISHED] =
			subtract((uint64_t)stat->inuse4 + stat->inuse6, full);
	if (!(states & TCP_BIT(TCP_STATE_TIME_WAIT))) {
		row->counts[TCP_STATE_TIME_WAIT] = VALUE_UNKNOWN;
		if (states & TCP_BIT(TCP_STATE_FIN_WAIT_2) && stat->time_wait != VALUE_UNKNOWN)
			row->counts[TCP_STATE_TIME_WAIT] =
				subtract(stat->time_wait, counts->fin_wait_2_mini);
	}
	row->counted = 1;
}
