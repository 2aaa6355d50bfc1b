/* SPDX-License-Identifier: Apache-2.0 */
/* A group of connections with one state, cause, owner program and endpoint: what a person is told
 * of. */
#ifndef MODEL_FINDING_H
#define MODEL_FINDING_H

#include <stddef.h>
#include <stdint.h>

#include "model/addr.h"
#include "model/snapshot.h"
#include "model/verdict.h"

enum pattern { PATTERN_UNKNOWN = 0, PATTERN_POOL, PATTERN_LEAK };

/* When it ends. */
enum ends_when { ENDS_UNKNOWN = 0, ENDS_NEVER, ENDS_BOUNDED, ENDS_EVENT };

/* One fact the verdict rests on. Owns both texts. */
struct fact_text {
	const char *fact; /* short name, stable: "receive_queue"; a literal, not owned */
	char *value;	  /* the value in JSON spelling: a number, or a word */
	char *text;	  /* in words a person on call understands */
};

struct release {
	char *command; /* what to type, owned */
	char *frees;
	char *keeps;
};

#define FINDING_TIDS 10

/* Threads of the owner that do the same. Owns the text. */
struct thread_group {
	const char *kind; /* "read", "lock" …, stable; a literal, not owned */
	char *text;	  /* "2 threads read from 10.2.0.30:5432" */
	uint32_t count;
	uint32_t cpu_permille; /* of one CPU, the busiest of them; VALUE_UNKNOWN */
	uint8_t call;	       /* enum thread_call, of the first */
	uint8_t object;	       /* enum thread_object, of the first */
	uint32_t n_tids;       /* how many of them are named */
	uint32_t tids[FINDING_TIDS];
};

struct finding_owner {
	uint32_t process; /* row of snapshot.processes */
	uint32_t sockets; /* how many of the finding's connections are judged by this process */
};

#define FINDING_ID_LEN 16

struct finding {
	char id[FINDING_ID_LEN +
		1]; /* hex digits of a stable hash of (state, cause, exe or unit, role, endpoint) */
	uint8_t id_len; /* how many digits tell it apart in this report: 4 or more */
	uint8_t state;
	uint8_t cause;
	uint8_t severity;
	uint8_t confidence;
	uint8_t pattern;
	uint8_t role;
	uint8_t closed_first; /* enum tcp_closer */
	uint8_t alarm;	      /* the greater, the sooner something runs out; orders findings */
	struct endpoint
		endpoint; /* the listener for accepted, the peer for connected; version 0 unknown */
	uint64_t program; /* equal for one program within a report; 0: nobody was seen */
	uint32_t netns;
	uint32_t count;
	uint32_t unsure;	    /* how many of count are STANDING_UNSURE */
	struct age oldest;	    /* the bracket of the member with the greatest lower bound */
	uint32_t newest_at_most_ms; /* of the youngest member, VALUE_UNKNOWN */
	uint32_t paired_with;	    /* row of findings: the other leg or the other end, ROW_NONE */
	uint32_t members;	    /* first of count rows in judgement.members */
	uint32_t owners; /* first of n_owners rows in judgement.owners, most sockets first */
	uint32_t n_owners;
	uint8_t ends_when;   /* enum ends_when */
	uint32_t ends_in_ms; /* about; VALUE_UNKNOWN unless bounded */
	/* Before the first no timer of the kernel ends any of them; by the second one has ended all
	 * (where an event is waited for: if the peer falls silent). VALUE_UNKNOWN: no bound. */
	uint32_t ends_at_least_ms, ends_at_most_ms;
	char *ends_text;
	char *why;	/* one sentence: what happened, with this finding's own numbers */
	char *fix;	/* one line: what to change */
	char *fix_more; /* sentences: why, how, since which version; NULL when there is no more */
	char *doing; /* one sentence: what the threads of the first owner do; NULL not looked at */
	uint32_t doing_of; /* row of processes: whose; valid with `doing` */
	SNAPSHOT_ARRAY(struct thread_group) thread_groups; /* most of interest first */
	SNAPSHOT_ARRAY(struct fact_text) evidence;
	SNAPSHOT_ARRAY(char *) harm;
	SNAPSHOT_ARRAY(struct release) releases;
	/* Between two looks; all three unknown (0, 0, 0 and NAN) after one, and where the first did
	 * not see the namespace whole. */
	double growth_per_min;
	uint32_t came, went, between_ms;
};

/* Everything concluded from one snapshot. Owns its arrays; borrows the snapshot for as long as it
 * lives. */
struct judgement {
	const struct snapshot *snapshot;
	struct verdict *verdicts;		 /* snapshot->conns.n of them */
	SNAPSHOT_ARRAY(struct finding) findings; /* stuck first, then worst first */
	SNAPSHOT_ARRAY(uint32_t) members;	 /* conn rows, the members of a finding together */
	SNAPSHOT_ARRAY(struct finding_owner) owners;
	const char *filter; /* only what this means is in findings; NULL: everything; borrowed */
	uint32_t left_out_findings; /* whose connections are all not meant by it */
	uint32_t left_out;	    /* connections that would be in a finding without it */
	uint32_t stuck;		    /* findings with SEVERITY_STUCK */
	uint32_t young;		    /* connections too young to be called stuck */
	uint32_t age_unsure;	    /* connections in no finding because their age cannot be told */
};

void judgement_finish(struct judgement *j);

#endif
