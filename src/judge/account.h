/* SPDX-License-Identifier: Apache-2.0 */
/* One finding added up, for those who put it in words: the numbers of all its members and the rows
 * worth naming. */
#ifndef JUDGE_ACCOUNT_H
#define JUDGE_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "judge/evidence.h"
#include "judge/index.h"
#include "judge/outlook.h"
#include "model/finding.h"

/* The least and the most of a number over the members; empty while least > most. */
struct span {
	uint32_t least, most;
};

/* The outlook of all members of one kind: the earliest, and by when all of them. */
struct outlook_tally {
	uint32_t n;
	uint32_t at_least_ms, about_ms, at_most_ms; /* VALUE_UNKNOWN sticks to the last two */
};

struct account {
	const struct index *x;
	const struct snapshot *s;
	const struct judgement *j;
	struct finding *f;	     /* what is told of goes in here */
	const struct conn *sample;   /* the member that is surely oldest */
	struct evidence evidence;    /* of that one */
	uint32_t process;	     /* row of `owner`, ROW_NONE */
	const struct process *owner; /* who holds most of them, NULL when nobody was seen */
	const struct conn *listener; /* where they came in, NULL */
	const struct conn *related;  /* the sample's other leg or culprit, NULL */
	uint32_t unread_fin;	     /* members whose receive queue holds the FIN alone */
	uint32_t unread_data;	     /* members with unread bytes */
	uint32_t keepalive;	     /* members with the keepalive timer running */
	uint32_t orphans;	     /* members without a file */
	uint32_t shared;	     /* members held by more than one process */
	uint32_t queued;	     /* members seen in an accept queue */
	uint32_t others;	     /* connections beside them that the same ss filter would hit */
	uint32_t siblings; /* ESTABLISHED ones of the owner to the same peer; VALUE_UNKNOWN */
	uint32_t
		siblings_lately; /* of them in use: data in the last PEER_LATELY_S; VALUE_UNKNOWN */
	struct span unread, unsent, tries, probe_in_ms, received_ms, heard_ms;
	struct outlook_tally outlook[OUTLOOK_MAX];
	uint64_t memory_bytes; /* of the members of which it was read */
	int err;	       /* -ENOMEM: something could not be told */
};

/* Writes some of a finding's evidence. */
typedef void account_writer(struct account *a);

/* When and how a finding ends, before it is copied into the finding. */
struct ending {
	enum ends_when when;
	uint32_t in_ms, at_least_ms, at_most_ms; /* as in struct finding */
	struct buf text;
};

/* Adds up finding `f` of j. `others` as above. */
void account_take(struct account *a, const struct index *x, const struct judgement *j,
		  struct finding *f, uint32_t others);

/* Writes why, evidence, ends, harm, both texts of fix, and releases into a->f. 0 or -ENOMEM. */
int account_tell(struct account *a);

static inline bool account_is_many(const struct account *a)
{
	return a->f->count > 1;
}

/* One of two spellings: for one connection, for several. */
static inline const char *by_count(const struct account *a, const char *one, const char *many)
{
	return account_is_many(a) ? many : one;
}

static inline bool span_is_known(const struct span *s)
{
	return s->least <= s->most;
}

/* "java[4711]", "java" where its pid is outside our namespace, "the program" when nobody was seen.
 */
void put_process(struct buf *b, const struct process *p);
void put_owner(struct buf *b, const struct account *a);
void put_endpoint(struct buf *b, const struct endpoint *e);

/* " (child of sh[12])": from whom a process has what the sample is; nothing where that is not
 * known. */
void put_descent(struct buf *b, const struct account *a, uint32_t process);

/* "1 byte", "1,234 bytes". */
void put_bytes(struct buf *b, uint64_t n);

/* "7 sockets", "1 socket": n and the word that fits. */
void put_counted(struct buf *b, uint64_t n, const char *one, const char *many);

/* Adds one piece of evidence; the value is a number or a word, the text (taken over; it is empty
 * again afterwards) a sentence. */
void account_fact_number(struct account *a, const char *fact, uint64_t value, struct buf *text);
void account_fact_word(struct account *a, const char *fact, const char *word, struct buf *text);

/* Moves the text out of b, which is empty again. NULL (and a->err) when it could not be made. */
char *account_take_text(struct account *a, struct buf *b);

/* Adds one sentence about what it breaks, and takes it over. */
void account_harm(struct account *a, struct buf *text);

#endif
