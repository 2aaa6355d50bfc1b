// SPDX-License-Identifier: Apache-2.0
/* What ss can ask about a connection: ports, addresses, states. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/near.h"
#include "model/filter_private.h"
#include "model/snapshot.h"

int filter_take_compare(struct parser *p, const char *unordered, uint8_t *ret_compare)
{
	*ret_compare = FILTER_EQ;
	if (p->token.kind != KIND_COMPARE)
		return 0;
	if (unordered && p->token.compare != FILTER_EQ && p->token.compare != FILTER_NE)
		return filter_fail(p, p->token.offset, p->token.len,
				   "%s have no order: only = and != can stand here", unordered);
	*ret_compare = (uint8_t)p->token.compare;
	filter_next(p);
	return 0;
}

bool filter_compare(uint8_t compare, uint64_t a, uint64_t b)
{
	switch ((enum filter_compare)compare) {
	case FILTER_NE:
		return a != b;
	case FILTER_GE:
		return a >= b;
	case FILTER_LE:
		return a <= b;
	case FILTER_GT:
		return a > b;
	case FILTER_LT:
		return a < b;
	default:
		return a == b;
	}
}

enum fact filter_not(enum fact fact)
{
	return fact == FACT_UNKNOWN ? fact : fact == FACT_YES ? FACT_NO : FACT_YES;
}

static enum fact as_fact(bool is_so)
{
	return is_so ? FACT_YES : FACT_NO;
}

/* The port written by len bytes at `offset` of the text, without its colon. */
int filter_read_port(struct parser *p, size_t offset, size_t len, uint16_t *ret_port)
{
	const char *text = p->text + offset;
	int64_t port = filter_read_number(text, len, 65535);
	uint64_t found = 0;
	char name[64];

	if (port >= 0) {
		*ret_port = (uint16_t)port;
		return 0;
	}
	if (len == 0)
		return filter_fail(p, offset, 0, "a port is missing here");
	if (filter_word_only(text, len, "0123456789"))
		return filter_fail(p, offset, len, "a port is a number from 0 to 65535");
	if (len >= sizeof(name) || memchr(text, '\0', len))
		return filter_fail(p, offset, len, "this is no port and no name of a service");
	memcpy(name, text, len);
	name[len] = '\0';
	if (!p->names || !p->names->service || p->names->service(name, &found) < 0 ||
	    found > UINT16_MAX) {
		filter_fail(p, offset, len, "no TCP service has this name");
		return filter_hint(p,
				   "services are listed in /etc/services; write the port's number");
	}
	*ret_port = (uint16_t)found;
	return 0;
}

static int parse_port(struct parser *p, struct filter_node *node)
{
	size_t offset, len, colon;
	int r = filter_take_compare(p, NULL, &node->compare);

	if (r < 0)
		return r;
	r = filter_need_word(p, "a port");
	if (r < 0)
		return r;
	offset = p->token.offset;
	len = p->token.len;
	colon = filter_word(p)[0] == ':';
	if (memchr(filter_word(p) + colon, ':', len - colon)) {
		filter_fail(p, offset, len, "sport and dport take a port alone");
		return filter_hint(p, "src and dst take an address with a port: dst 10.0.0.1:443");
	}
	r = filter_read_port(p, offset + colon, len - colon, &node->value.port);
	if (r < 0)
		return r;
	filter_next(p);
	return 0;
}

/* Fills up what ss allows to be left out: "10/8" is 10.0.0.0/8. */
static bool read_ipv4(const char *text, bool has_prefix, uint8_t ret_addr[static 4])
{
	uint8_t addr[4] = { 0 };
	size_t n = 0;

	if (inet_pton(AF_INET, text, ret_addr) == 1)
		return true;
	for (const char *part = text; has_prefix && n < 4;) {
		size_t len = strcspn(part, ".");
		int64_t value = filter_read_number(part, len, 255);

		if (value < 0)
			return false;
		addr[n++] = (uint8_t)value;
		if (part[len] == '\0') {
			memcpy(ret_addr, addr, sizeof(addr));
			return true;
		}
		part += len + 1;
	}
	return false;
}

/* The parts of ADDR[/BITS][:PORT], as offsets into the text; what is not there has length 0. */
struct host {
	size_t addr, addr_len;
	size_t bits, bits_len;
	size_t port, port_len;
	bool has_bits, has_port;
	bool is_bracketed;
};

static int split_host(struct parser *p, struct host *h)
{
	size_t at = p->token.offset, end = at + p->token.len;
	const char *text = p->text, *slash, *colon;

	*h = (struct host){ .addr = at, .addr_len = p->token.len };
	if (text[at] == '[') {
		const char *close = memchr(text + at, ']', end - at);

		if (!close)
			return filter_fail(p, at, end - at, "the closing ] is missing");
		h->is_bracketed = true;
		h->addr = at + 1;
		h->addr_len = (size_t)(close - text) - h->addr;
		at = (size_t)(close - text) + 1;
		if (at < end && text[at] != '/' && text[at] != ':')
			return filter_fail(p, at, end - at, "only /BITS or :PORT can follow the ]");
	}
	colon = memchr(text + at, ':', end - at);
	/* Two colons without brackets are an IPv6 address alone. */
	if (colon &&
	    (h->is_bracketed || !memchr(colon + 1, ':', (size_t)(text + end - colon - 1)))) {
		h->has_port = true;
		h->port = (size_t)(colon - text) + 1;
		h->port_len = end - h->port;
		end = (size_t)(colon - text);
		if (!h->is_bracketed)
			h->addr_len = end - h->addr;
	}
	if (h->is_bracketed && at < end) {
		slash = text + at;
	} else {
		slash = memchr(text + h->addr, '/', h->addr_len);
		end = h->addr + h->addr_len;
		if (slash)
			h->addr_len = (size_t)(slash - text) - h->addr;
	}
	if (slash) {
		h->has_bits = true;
		h->bits = (size_t)(slash - text) + 1;
		h->bits_len = end - h->bits;
	}
	return 0;
}

/* Turns "::ffff:10.0.0.0/104" into 10.0.0.0/8: connections are stored as IPv4 (model/addr.h). */
static void unmap(struct filter_node *node, const uint8_t addr[16])
{
	struct endpoint e = endpoint_make(AF_INET6, addr, node->value.port);

	if (e.version == 4 && node->prefix_bits < 96) {
		memcpy(e.addr, addr, 16);
		e.version = 6;
	} else if (e.version == 4) {
		node->prefix_bits -= 96;
	}
	node->value = e;
}

static int bad_address(struct parser *p, const struct host *h)
{
	const char *text = p->text + h->addr;

	if (!filter_word_only(text, h->addr_len, "0123456789abcdefABCDEF.:/%")) {
		filter_fail(p, h->addr, h->addr_len,
			    "host names are not looked up: a name can be many addresses");
		return filter_hint(p, "getent ahosts NAME tells the addresses; write one of them");
	}
	filter_fail(p, h->addr, h->addr_len, "this is no address");
	return filter_hint(p, "like 10.0.0.1, 10.0.0.0/8, 2001:db8::1 or [2001:db8::]/32");
}

static int read_host(struct parser *p, const struct host *h, struct filter_node *node)
{
	char text[INET6_ADDRSTRLEN];
	uint8_t addr[16] = { 0 };
	int64_t bits = -1, max;

	if (h->addr_len >= sizeof(text) || memchr(p->text + h->addr, '\0', h->addr_len))
		return bad_address(p, h);
	memcpy(text, p->text + h->addr, h->addr_len);
	text[h->addr_len] = '\0';
	if (inet_pton(AF_INET6, text, addr) == 1)
		max = 128;
	else if (!h->is_bracketed && read_ipv4(text, h->has_bits, addr))
		max = 32;
	else
		return bad_address(p, h);
	if (h->has_bits) {
		bits = filter_read_number(p->text + h->bits, h->bits_len, max);
		if (bits < 0)
			return filter_fail(p, h->bits, h->bits_len,
					   "behind the / stands a number of bits from 0 to %d",
					   (int)max);
	}
	node->prefix_bits = (uint8_t)(bits < 0 ? max : bits);
	if (max == 128)
		unmap(node, addr);
	else
		node->value = endpoint_make(AF_INET, addr, node->value.port);
	return 0;
}

static int parse_host(struct parser *p, struct filter_node *node)
{
	struct host h;
	bool any;
	int r = filter_take_compare(p, "addresses", &node->compare);

	if (r < 0)
		return r;
	r = filter_need_word(p, "an address");
	if (r < 0)
		return r;
	r = split_host(p, &h);
	if (r < 0)
		return r;
	any = h.addr_len == 1 && p->text[h.addr] == '*';
	if (h.has_port && !(h.port_len == 1 && p->text[h.port] == '*')) {
		node->has_port = true;
		r = filter_read_port(p, h.port, h.port_len, &node->value.port);
		if (r < 0)
			return r;
	}
	if (!any && (h.addr_len || h.has_bits || h.is_bracketed || !h.has_port)) {
		r = read_host(p, &h, node);
		if (r < 0)
			return r;
	}
	filter_next(p);
	return 0;
}

static const struct {
	const char *name;
	uint32_t states;
} groups[] = {
	/* As ss has them (misc/ss.c:scan_state of iproute2). */
	{ "all", TCP_BITS_ALL },
	{ "connected", TCP_BITS_ALL & ~(TCP_BIT(TCP_STATE_CLOSED) | TCP_BIT(TCP_STATE_LISTEN)) },
	{ "synchronized", TCP_BITS_ALL & ~(TCP_BIT(TCP_STATE_CLOSED) | TCP_BIT(TCP_STATE_LISTEN) |
					   TCP_BIT(TCP_STATE_SYN_SENT)) },
	{ "bucket", TCP_BIT(TCP_STATE_SYN_RECV) | TCP_BIT(TCP_STATE_TIME_WAIT) },
	{ "big", TCP_BITS_ALL & ~(TCP_BIT(TCP_STATE_SYN_RECV) | TCP_BIT(TCP_STATE_TIME_WAIT)) },
};

uint32_t filter_find_states(const char *name, size_t len)
{
	enum tcp_state state;

	for (size_t i = 0; i < ARRAY_LEN(groups); i++)
		if (strlen(groups[i].name) == len && strncasecmp(groups[i].name, name, len) == 0)
			return groups[i].states;
	state = tcp_state_parse(name, len);
	return state == TCP_STATE_UNKNOWN ? 0 : TCP_BIT(state);
}

const char *filter_near_state(const char *name, size_t len)
{
	struct near near = near_begin(name, len);

	for (enum tcp_state s = TCP_STATE_UNKNOWN + 1; s < TCP_STATE_MAX; s++)
		near_try(&near, tcp_state_name(s));
	for (size_t i = 0; i < ARRAY_LEN(groups); i++)
		near_try(&near, groups[i].name);
	return near.best;
}

static int bad_state(struct parser *p)
{
	const char *meant = filter_near_state(filter_word(p), p->token.len);

	filter_fail(p, p->token.offset, p->token.len, "no state has this name");
	if (meant)
		return filter_hint(p, "did you mean %s?", meant);
	return filter_hint(
		p, "states: established, syn-sent, syn-recv, fin-wait-1, fin-wait-2, time-wait, "
		   "closed, close-wait, last-ack, listen, closing");
}

/* The word `state` or `exclude` has been taken; *is_exclude says which. */
static bool take_state_word(struct parser *p, bool *is_exclude)
{
	*is_exclude = filter_word_is(p, "exclude") || filter_word_is(p, "excl");
	if (!*is_exclude && !filter_word_is(p, "state"))
		return false;
	filter_next(p);
	return true;
}

static int parse_states(struct parser *p, struct filter_node *node, bool is_exclude)
{
	node->states = is_exclude ? TCP_BITS_ALL : 0;
	do {
		uint32_t states;
		int r = filter_need_word(p, "a state");

		if (r < 0)
			return r;
		states = filter_find_states(filter_word(p), p->token.len);
		if (!states)
			return bad_state(p);
		filter_next(p);
		if (is_exclude)
			node->states &= ~states;
		else
			node->states |= states;
	} while (take_state_word(p, &is_exclude));
	return 0;
}

static int parse_state(struct parser *p, struct filter_node *node)
{
	return parse_states(p, node, false);
}

static int parse_exclude(struct parser *p, struct filter_node *node)
{
	return parse_states(p, node, true);
}

static enum fact compare_ports(const struct filter_node *node, const struct endpoint *e)
{
	if (!e->version)
		return FACT_UNKNOWN;
	return as_fact(filter_compare(node->compare, e->port, node->value.port));
}

static enum fact compare_hosts(const struct filter_node *node, const struct endpoint *e)
{
	bool is_in = !node->value.version || endpoint_in_net(e, &node->value, node->prefix_bits);

	if (!e->version)
		return FACT_UNKNOWN;
	if (node->has_port)
		is_in = is_in && e->port == node->value.port;
	return as_fact(is_in == (node->compare == FILTER_EQ));
}

static enum fact match_state(const struct test *t)
{
	return as_fact(t->node->states & TCP_BIT(t->c->state));
}

static enum fact match_sport(const struct test *t)
{
	return compare_ports(t->node, &t->c->local);
}

static enum fact match_dport(const struct test *t)
{
	return compare_ports(t->node, &t->c->remote);
}

static enum fact match_src(const struct test *t)
{
	return compare_hosts(t->node, &t->c->local);
}

static enum fact match_dst(const struct test *t)
{
	return compare_hosts(t->node, &t->c->remote);
}

const struct noun filter_noun_state = { .name = "state",
					.takes = "STATE",
					.says = "it is in this state, or in one of the group all, "
						"connected, synchronized, bucket or big",
					.about = FILTER_ABOUT_STATES,
					.parse = parse_state,
					.match = match_state };
const struct noun filter_noun_exclude = { .name = "exclude",
					  .takes = "STATE",
					  .says = "it is in none of these",
					  .about = FILTER_ABOUT_STATES,
					  .parse = parse_exclude,
					  .match = match_state };
const struct noun filter_noun_excl = {
	.name = "excl", .about = FILTER_ABOUT_STATES, .parse = parse_exclude, .match = match_state
};
const struct noun filter_noun_sport = { .name = "sport",
					.takes = "= PORT",
					.says = "the local port; also != < <= > >=, and :PORT "
						"alone",
					.about = FILTER_ABOUT_SPORT,
					.parse = parse_port,
					.match = match_sport };
const struct noun filter_noun_dport = { .name = "dport",
					.takes = "= PORT",
					.says = "the peer's port",
					.about = FILTER_ABOUT_DPORT,
					.parse = parse_port,
					.match = match_dport };
const struct noun filter_noun_src = { .name = "src",
				      .takes = "ADDRESS[/BITS][:PORT]",
				      .says = "the local address, a prefix of it, and its port",
				      .about = FILTER_ABOUT_SRC,
				      .parse = parse_host,
				      .match = match_src };
const struct noun filter_noun_dst = { .name = "dst",
				      .takes = "ADDRESS[/BITS][:PORT]",
				      .says = "the peer's address",
				      .about = FILTER_ABOUT_DST,
				      .parse = parse_host,
				      .match = match_dst };
