// SPDX-License-Identifier: Apache-2.0
/* A filter's postfix program made into the kernel's. Negations are driven down to the conditions
 * first: there, what is not for the kernel to know can be taken to hold either way. */
#include "see/diag/bytecode.h"

#include <linux/inet_diag.h>
#include <string.h>
#include <sys/socket.h>

/* How many bits of an IPv6 address say that it is a mapped IPv4 one. */
#define MAPPED_BITS 96

/* An instruction fails by going on 4 bytes behind the end of its piece; where another piece
 * follows, that is patched (as ss has it: misc/ss.c:ssfilter_patch() of iproute2). */
#define STEP ((unsigned int)sizeof(struct inet_diag_bc_op))

enum kind {
	PIECE_CODE = 0,
	PIECE_ALL, /* no code: everything passes */
	PIECE_NONE,
};

/* *shape*: the pieces stand in `code` one behind the other, in the order of the stack. */
struct piece {
	enum kind kind;
	size_t len;
};

struct compiler {
	uint8_t *code;
	size_t len;
	struct piece stack[FILTER_NODES_MAX];
	size_t top;
};

static void push(struct compiler *c, enum kind kind, const void *code, size_t len)
{
	if (len)
		memcpy(c->code + c->len, code, len);
	c->len += len;
	c->stack[c->top++] = (struct piece){ kind, len };
}

/* The fields of both structs are so small that a program is never too long for them. */
static struct inet_diag_bc_op op(unsigned char code, size_t yes, size_t no)
{
	return (struct inet_diag_bc_op){ .code = code,
					 .yes = (unsigned char)yes,
					 .no = (unsigned short)no };
}

/* Lets what fails in the piece go on `more` bytes farther. */
static void patch(uint8_t *code, size_t len, size_t more)
{
	while (len > 0) {
		struct inet_diag_bc_op at;

		memcpy(&at, code, sizeof(at));
		if (at.no == len + STEP) {
			at.no = (unsigned short)(at.no + more);
			memcpy(code, &at, sizeof(at));
		}
		code += at.yes;
		len -= at.yes;
	}
}

/* Takes the upper one of two pieces away, or the lower one. */
static void keep(struct compiler *c, bool upper)
{
	struct piece *low = &c->stack[c->top - 2], *high = &c->stack[c->top - 1];

	if (upper) {
		memmove(c->code + c->len - high->len - low->len, c->code + c->len - high->len,
			high->len);
		c->len -= low->len;
		*low = *high;
	} else {
		c->len -= high->len;
	}
	c->top--;
}

/* An `and` passes what both do, so all of one leaves the other, and none of one none. */
static void join(struct compiler *c, bool is_and)
{
	struct piece *low = &c->stack[c->top - 2], *high = &c->stack[c->top - 1];
	enum kind neutral = is_and ? PIECE_ALL : PIECE_NONE;
	uint8_t *at = c->code + c->len - high->len;

	if (low->kind != PIECE_CODE || high->kind != PIECE_CODE) {
		keep(c,
		     low->kind == neutral || (high->kind != PIECE_CODE && high->kind != neutral));
		return;
	}
	if (is_and) {
		patch(at - low->len, low->len, high->len);
		low->len += high->len;
	} else {
		struct inet_diag_bc_op jump = op(INET_DIAG_BC_JMP, STEP, high->len + STEP);

		memmove(at + STEP, at, high->len);
		memcpy(at, &jump, sizeof(jump));
		c->len += STEP;
		low->len += high->len + STEP;
	}
	c->top--;
}

/* Turns the upper piece around. */
static void negate(struct compiler *c)
{
	struct inet_diag_bc_op jump = op(INET_DIAG_BC_JMP, STEP, 2 * STEP);

	memcpy(c->code + c->len, &jump, sizeof(jump));
	c->len += STEP;
	c->stack[c->top - 1].len += STEP;
}

/* The port stands where a second instruction would have its `no`. */
static void push_port(struct compiler *c, unsigned char code, uint16_t port)
{
	struct inet_diag_bc_op ops[] = { op(code, 2 * STEP, 3 * STEP), op(0, 0, port) };

	push(c, PIECE_CODE, ops, sizeof(ops));
}

static void push_least(struct compiler *c, unsigned char code, int port)
{
	if (port > UINT16_MAX)
		push(c, PIECE_NONE, NULL, 0);
	else
		push_port(c, code, (uint16_t)port);
}

static void push_most(struct compiler *c, unsigned char code, int port)
{
	if (port < 0)
		push(c, PIECE_NONE, NULL, 0);
	else
		push_port(c, code, (uint16_t)port);
}

static void push_ports(struct compiler *c, const struct filter_node *node, bool negated)
{
	bool is_local = node->about == FILTER_ABOUT_SPORT;
	unsigned char least = is_local ? INET_DIAG_BC_S_GE : INET_DIAG_BC_D_GE;
	unsigned char most = is_local ? INET_DIAG_BC_S_LE : INET_DIAG_BC_D_LE;
	static const uint8_t opposite[] = {
		[FILTER_EQ] = FILTER_NE, [FILTER_NE] = FILTER_EQ, [FILTER_GE] = FILTER_LT,
		[FILTER_LE] = FILTER_GT, [FILTER_GT] = FILTER_LE, [FILTER_LT] = FILTER_GE
	};
	uint8_t compare = negated ? opposite[node->compare] : node->compare;
	int port = node->value.port;

	switch ((enum filter_compare)compare) {
	case FILTER_GE:
	case FILTER_GT:
		push_least(c, least, port + (compare == FILTER_GT));
		break;
	case FILTER_LE:
	case FILTER_LT:
		push_most(c, most, port - (compare == FILTER_LT));
		break;
	case FILTER_NE:
		push_most(c, most, port - 1);
		push_least(c, least, port + 1);
		join(c, false);
		break;
	case FILTER_EQ:
		push_least(c, least, port);
		push_most(c, most, port);
		join(c, true);
		break;
	}
}

/* The kernel takes a mapped IPv4 address for an IPv6 one as well, which the filter does not: as the
 * opposite of a wide IPv6 prefix it would pass too few. */
static void push_hosts(struct compiler *c, const struct filter_node *node, bool negated)
{
	bool is_local = node->about == FILTER_ABOUT_SRC;
	size_t addr_len = node->value.version == 4 ? 4 : node->value.version == 6 ? 16 : 0;
	struct inet_diag_hostcond host = {
		.family = addr_len == 4	   ? AF_INET
			  : addr_len == 16 ? AF_INET6
					   : AF_UNSPEC,
		.prefix_len = addr_len ? node->prefix_bits : 0,
		.port = node->has_port ? node->value.port : -1,
	};
	struct inet_diag_bc_op head;
	uint8_t code[sizeof(head) + sizeof(host) + 16];
	size_t len = sizeof(head) + sizeof(host) + addr_len;

	negated = negated != (node->compare == FILTER_NE);
	if (negated && addr_len == 16 && node->prefix_bits <= MAPPED_BITS) {
		push(c, PIECE_ALL, NULL, 0);
		return;
	}
	head = op(is_local ? INET_DIAG_BC_S_COND : INET_DIAG_BC_D_COND, len, len + STEP);
	memcpy(code, &head, sizeof(head));
	memcpy(code + sizeof(head), &host, sizeof(host));
	memcpy(code + sizeof(head) + sizeof(host), node->value.addr, addr_len);
	push(c, PIECE_CODE, code, len);
	if (negated)
		negate(c);
}

static void push_test(struct compiler *c, const struct filter_node *node, bool negated)
{
	switch ((enum filter_about)node->about) {
	case FILTER_ABOUT_SPORT:
	case FILTER_ABOUT_DPORT:
		push_ports(c, node, negated);
		break;
	case FILTER_ABOUT_SRC:
	case FILTER_ABOUT_DST:
		push_hosts(c, node, negated);
		break;
	default:
		push(c, PIECE_ALL, NULL, 0);
		break;
	}
}

/* Which nodes stand below an odd number of `not`. In postfix order what belongs to a node ends
 * right before it. */
static void find_negated(const struct filter *f, bool ret_negated[static FILTER_NODES_MAX])
{
	bool wanted[FILTER_NODES_MAX + 1]; /* of the operands still to come, from the end */
	size_t n = 0;

	wanted[n++] = false;
	for (size_t i = f->n; i-- > 0;) {
		bool negated = wanted[--n];

		ret_negated[i] = negated;
		switch ((enum filter_op)f->nodes[i].op) {
		case FILTER_NOT:
			wanted[n++] = !negated;
			break;
		case FILTER_AND:
		case FILTER_OR:
			wanted[n++] = negated;
			wanted[n++] = negated;
			break;
		default:
			break;
		}
	}
}

size_t diag_compile(const struct filter *f, uint8_t ret_code[static DIAG_BYTECODE_MAX])
{
	struct compiler c = { .code = ret_code };
	bool negated[FILTER_NODES_MAX];

	if (f->n == 0)
		return 0;
	find_negated(f, negated);
	for (size_t i = 0; i < f->n; i++) {
		switch ((enum filter_op)f->nodes[i].op) {
		case FILTER_TEST:
			push_test(&c, &f->nodes[i], negated[i]);
			break;
		case FILTER_AND:
			join(&c, !negated[i]);
			break;
		case FILTER_OR:
			join(&c, negated[i]);
			break;
		case FILTER_NOT:
			break;
		}
	}
	if (c.stack[0].kind == PIECE_NONE) {
		struct inet_diag_bc_op none = op(INET_DIAG_BC_JMP, STEP, 2 * STEP);

		memcpy(ret_code, &none, sizeof(none));
		return sizeof(none);
	}
	return c.stack[0].kind == PIECE_ALL ? 0 : c.len;
}
