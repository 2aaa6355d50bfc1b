/* SPDX-License-Identifier: Apache-2.0 */
/* Which connections are meant: the filter language of ss(8).
 *
 *	filter  = [ or ]                                an empty filter means all
 *	or      = and { ("or" | "|" | "||") and }
 *	and     = not { [ "and" | "&" | "&&" ] not }    side by side means and
 *	not     = { "not" | "!" } primary
 *	primary = "(" or ")" | states | port | address | ":" PORT
 *	states  = ("state" | "exclude") STATE { ("state" | "exclude") STATE }
 *	port    = ("sport" | "dport") [ = == eq != ne neq >= ge geq <= le leq > gt < lt ] [":"] PORT
 *	address = ("src" | "dst") [ = == eq != ne neq ] (ADDR["/"BITS] | "*") [":" PORT] | ":" PORT
 *
 * As in ss, "state" words side by side add up ("state close-wait state last-ack" is both) and
 * "exclude" takes away. STATE is a state in the spelling of the RFC, ss or netstat, or one of all,
 * connected, synchronized, bucket, big. An IPv6 address with a port stands in brackets; the prefix
 * stands inside or behind them. A PORT alone (":8080") is the local one. Host names are refused:
 * they would have to be looked up, and one name can be many addresses. */
#ifndef MODEL_FILTER_H
#define MODEL_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/addr.h"

struct snapshot;

#define FILTER_TEXT_MAX	 4096
#define FILTER_NODES_MAX 128
#define FILTER_DEPTH_MAX 32 /* brackets within brackets */

/* One step of the filter in postfix order. */
struct filter_node {
	struct endpoint value; /* version 0: any address */
	uint32_t states;       /* TCP_BIT set of a `state` */
	uint8_t op;	       /* private to filter.c */
	uint8_t noun;	       /* private to filter.c */
	uint8_t compare;       /* private to filter.c */
	uint8_t prefix_bits;
	bool has_port;
};

/* All zero is the empty filter, which matches everything. Owns nothing. */
struct filter {
	struct filter_node nodes[FILTER_NODES_MAX];
	uint16_t n;
};

/* Where and why a filter is wrong. offset and length are bytes of the text; offset may be its end,
 * when something is missing there. */
struct filter_error {
	size_t offset;
	size_t length;
	char message[160];
	char hint[160]; /* what to write instead, "" when there is no advice */
};

/* Gives the port of a TCP service name, or -ENOENT. */
typedef int filter_service_port(const char *name);

/* Parses `len` bytes (command line words joined by blanks). service_port may be NULL: then only
 * numbers are ports. 0 or -EINVAL with *ret_error filled; *ret_filter is untouched on failure. */
int filter_parse(const char *text, size_t len, filter_service_port *service_port,
		 struct filter *ret_filter, struct filter_error *ret_error);

/* Whether connection `row` of the snapshot is meant. */
bool filter_match(const struct filter *f, const struct snapshot *s, uint32_t row);

/* The states a connection can have that matches (TCP_BIT set, within TCP_BITS_ALL): what the kernel
 * may be asked for. Never too few. */
uint32_t filter_states(const struct filter *f);

/* Whether it says anything about states: "state all" does, the empty filter does not. */
bool filter_names_states(const struct filter *f);

#endif
