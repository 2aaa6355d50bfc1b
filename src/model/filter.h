/* SPDX-License-Identifier: Apache-2.0 */
/* Which connections are meant: the filter language of ss(8), with more to ask about.
 *
 *	filter  = [ or ]                                an empty filter means all
 *	or      = and { ("or" | "|" | "||") and }
 *	and     = not { [ "and" | "&" | "&&" ] not }    side by side means and
 *	not     = { "not" | "!" } primary
 *	primary = "(" or ")" | ":" PORT | NOUN …
 *	order   = "=" "==" eq | "!=" ne neq | ">=" ge geq | "<=" le leq | ">" gt | "<" lt
 *
 * The nouns, what stands behind each and what it asks: filter_noun_name() and the two beside it.
 * As in ss, "state" words side by side add up ("state close-wait state last-ack" is both) and
 * "exclude" takes away. STATE is a state in the spelling of the RFC, ss or netstat, or one of all,
 * connected, synchronized, bucket, big. An IPv6 address with a port stands in brackets; the prefix
 * stands inside or behind them. A PORT alone (":8080") is the local one. Host names are refused:
 * they would have to be looked up, and one name can be many addresses. A text is a pattern of
 * base/glob.h; with blanks or signs in it it stands in quotes, single or double.
 *
 * What is not known matches neither a condition nor its opposite: of a socket whose owner cannot be
 * seen, "comm = java" is not true, and "not comm = java" is not either. */
#ifndef MODEL_FILTER_H
#define MODEL_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/addr.h"

struct judgement;
struct snapshot;
struct verdict;

#define FILTER_TEXT_MAX	 4096
#define FILTER_NODES_MAX 128
#define FILTER_DEPTH_MAX 32 /* brackets within brackets */

enum filter_op { FILTER_TEST = 0, FILTER_NOT, FILTER_AND, FILTER_OR };

enum filter_compare {
	FILTER_EQ = 0,
	FILTER_NE,
	FILTER_GE,
	FILTER_LE,
	FILTER_GT,
	FILTER_LT,
};

/* What a kernel can be asked for, too; FILTER_ABOUT_ELSE is all that it cannot. */
enum filter_about {
	FILTER_ABOUT_ELSE = 0,
	FILTER_ABOUT_STATES, /* states */
	FILTER_ABOUT_SPORT,  /* value.port, compare */
	FILTER_ABOUT_DPORT,
	FILTER_ABOUT_SRC, /* value, prefix_bits, has_port; compare: EQ or NE */
	FILTER_ABOUT_DST,
};

/* One step of the filter in postfix order. */
struct filter_node {
	struct endpoint value; /* version 0: any address */
	uint32_t states;       /* TCP_BIT set of a `state` */
	uint64_t number;       /* a pid, milliseconds, a set of causes …: as its noun has it */
	uint16_t text;	       /* of filter.texts: where the noun's text begins */
	uint16_t text_len;
	uint8_t op;	 /* enum filter_op */
	uint8_t about;	 /* enum filter_about of a FILTER_TEST */
	uint8_t noun;	 /* row of the table of nouns; private */
	uint8_t compare; /* enum filter_compare */
	uint8_t prefix_bits;
	bool has_port;
};

/* All zero is the empty filter, which matches everything. Owns nothing. */
struct filter {
	struct filter_node nodes[FILTER_NODES_MAX];
	char texts[FILTER_TEXT_MAX];
	uint16_t n;
	uint16_t texts_len;
};

/* Where and why a filter is wrong. offset and length are bytes of the text; offset may be its end,
 * when something is missing there. */
struct filter_error {
	size_t offset;
	size_t length;
	char message[160];
	char hint[160]; /* what to write instead, "" when there is no advice */
};

/* Names that only somebody outside can resolve. Each may be NULL: then such names are refused.
 * 0, or -ENOENT when there is no such name. */
struct filter_names {
	int (*service)(const char *name, uint64_t *ret_port); /* of TCP */
	int (*user)(const char *name, uint64_t *ret_uid);
	int (*netns)(const char *name, uint64_t *ret_inode); /* a name or a path */
	int (*device)(const char *name, uint64_t *ret_ifindex);
	int (*cgroup)(const char *path, uint64_t *ret_id);
	/* The id of cause row `row`, "" behind the last one. */
	const char *(*cause)(uint8_t row);
};

/* Parses `len` bytes (command line words joined by blanks). names may be NULL: then only numbers,
 * and no causes. 0 or -EINVAL with *ret_error filled; *ret_filter is untouched on failure. */
int filter_parse(const char *text, size_t len, const struct filter_names *names,
		 struct filter *ret_filter, struct filter_error *ret_error);

/* Whether a filter can begin so: with a noun, a bracket, not or :PORT. */
bool filter_may_begin(const char *text, size_t len);

/* What a filter is asked about: one connection, with what is concluded of it as far as that has
 * come. Borrows. */
struct filter_subject {
	const struct snapshot *snapshot;
	uint32_t row;
	const struct verdict *verdict; /* NULL: not judged, and nothing about it is known */
	const char *finding;	       /* id of its finding, NULL when it is in none */
	uint8_t role;		       /* enum conn_role */
};

/* Row `row` of what was judged. */
struct filter_subject filter_subject_of(const struct judgement *j, uint32_t row);

/* Whether this connection is meant. */
bool filter_match(const struct filter *f, const struct filter_subject *subject);

/* The states a connection can have that matches (TCP_BIT set, within TCP_BITS_ALL): what the kernel
 * may be asked for. Never too few. */
uint32_t filter_states(const struct filter *f);

/* The one local port (FILTER_ABOUT_SPORT) or peer's port (FILTER_ABOUT_DPORT) that a connection
 * must have to match; 0 when there is none or more than one. */
uint16_t filter_port(const struct filter *f, enum filter_about about);

/* Whether it says anything about states: "state all" does, the empty filter does not. */
bool filter_names_states(const struct filter *f);

/* The i-th noun, what stands behind it and what it asks; NULL behind the last. */
const char *filter_noun_name(size_t i);
const char *filter_noun_takes(size_t i);
const char *filter_noun_says(size_t i);

#endif
