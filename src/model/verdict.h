/* SPDX-License-Identifier: Apache-2.0 */
/* What was concluded about one connection. */
#ifndef MODEL_VERDICT_H
#define MODEL_VERDICT_H

#include <stdint.h>

enum severity { SEVERITY_NONE = 0, SEVERITY_EXPECTED, SEVERITY_STUCK };

/* How sure. Ordered: the confidence of a group is the least of its members'. */
enum confidence {
	CONFIDENCE_NONE = 0,
	CONFIDENCE_POSSIBLE, /* a guess, or some evidence could not be read */
	CONFIDENCE_LIKELY,   /* the usual reading, another is possible */
	CONFIDENCE_CERTAIN,  /* the evidence admits no other reading */
};

/* Whether it is old enough to be called stuck. */
enum standing {
	STANDING_NONE = 0, /* not a connection that gets a verdict */
	STANDING_OLD,	   /* the lower bound of its age reached the limit */
	STANDING_YOUNG,	   /* it did not, and nothing can have refreshed it */
	STANDING_UNSURE,   /* it did not, but something may have refreshed it since */
};

/* The age in the present state as a bracket (facts F79); VALUE_UNKNOWN where there is no bound. */
struct age {
	uint32_t at_least_ms;
	uint32_t at_most_ms;
};

/* *shape*: one per row of snapshot.conns, same index. */
struct verdict {
	struct age age;
	uint32_t finding;   /* row of judgement.findings, ROW_NONE when in none */
	uint32_t related;   /* the other conn it hangs on (proxy leg, culprit of back-pressure),
			       ROW_NONE */
	uint32_t other_end; /* the same connection's row at its other end, where that is on this
			       host too, ROW_NONE */
	uint32_t owner; /* the holder judged by: row of snapshot.holders, ROW_NONE when nobody */
	uint8_t cause;	/* row of the cause table (judge/causes/table.h) */
	uint8_t severity;
	uint8_t confidence;
	uint8_t standing;
	uint8_t role; /* enum conn_role, as far as it could be told; unknown for LISTEN */
};

const char *severity_name(enum severity severity); /* "stuck", "expected", "none" */
const char *confidence_name(
	enum confidence confidence); /* "certain", "likely", "possible", "none" */

#endif
