// SPDX-License-Identifier: Apache-2.0
/* Every combination of evidence, in every state, has exactly one cause, and none is `certain` by
 * guessing.
 *
 * The space is walked as a tree: a fact is given all its values as soon as a rule reads it, and
 * only then, so that what no rule looks at does not multiply. */
#include "unit.h"

#include <string.h>

#include "base/mem.h"
#include "judge/causes/cause.h"
#include "judge/causes/table.h"

/* Far more than there are: the walk must end. */
#define LEAVES_MAX 2000000

static const uint8_t values[EV_MAX] = {
	[EV_FILE] = 3,
	[EV_PLACE] = PLACE_MAX,
	[EV_RECHECKED] = 3,
	[EV_HOLDERS] = HOLDERS_MAX,
	[EV_ALL_FILES] = 3,
	[EV_HALTED] = HALTED_MAX,
	[EV_UNREAD] = UNREAD_MAX,
	[EV_SENDING] = SENDING_MAX,
	[EV_TIMER] = TIMER_MAX,
	[EV_TRIES] = TRIES_MAX,
	[EV_SHUTDOWN] = SHUT_MAX,
	[EV_SENT_LATELY] = 3,
	[EV_RECEIVED_LATELY] = 3,
	[EV_LATE_HOLDER] = LATE_MAX,
	[EV_WATCHED] = WATCHED_MAX,
	[EV_ONCE] = ONCE_MAX,
	[EV_DIRECT] = DIRECT_MAX,
	[EV_WORKERS] = WORKERS_MAX,
	[EV_LEG] = LEG_MAX,
	[EV_CULPRIT] = CULPRIT_MAX,
	[EV_ROLE] = 3,
	[EV_WRITE_FULL] = 3,
	[EV_PEER_SET] = 3,
	[EV_MOVED] = 3,
	[EV_PRESSURE] = PRESSURE_MAX,
};

#define CAUSES_MAX 32
#define NO_CAUSE   (CAUSES_MAX - 1)

static struct walk {
	struct evidence e;
	uint32_t given;	       /* facts that have a value on this branch */
	uint32_t read;	       /* facts read since it was cleared */
	enum evidence_id open; /* the first fact read that has none, EV_MAX none */
	uint32_t leaves;
	uint32_t found[CAUSES_MAX][CONFIDENCE_CERTAIN + 1];
} walk;

void evidence_read(const struct evidence *e, enum evidence_id id)
{
	(void)e;
	walk.read |= 1u << id;
	if (walk.open == EV_MAX && !(walk.given & 1u << id))
		walk.open = id;
}

static bool must_have_cause(uint8_t tcp_state)
{
	return TCP_BIT(tcp_state) & (TCP_BITS_CLOSING | TCP_BIT(TCP_STATE_TIME_WAIT));
}

static bool is(uint8_t cause, const struct cause *wanted)
{
	return cause_at(cause) == wanted;
}

/* The facts that the winning rule itself read, on a branch where all it reads is given. */
static uint32_t read_by(uint8_t cause)
{
	walk.read = 0;
	cause_at(cause)->holds(&walk.e);
	return walk.read;
}

static void check_certain(uint8_t cause)
{
	uint32_t read = read_by(cause);

	for (unsigned int id = 0; id < EV_MAX; id++)
		if (read & 1u << id && walk.e.fact[id] == 0)
			fail_msg("%s is certain though fact %u is not known", cause_id(cause), id);
}

static bool hangs_on_watching(uint8_t cause)
{
	return is(cause, &cause_inherited) || is(cause, &cause_back_pressure) ||
	       is(cause, &cause_eof_masked) || is(cause, &cause_edge_missed) ||
	       is(cause, &cause_eof_unwatched) ||
	       (is(cause, &cause_reader_stuck) && walk.e.state == TCP_STATE_CLOSE_WAIT);
}

static void check_leaf(uint8_t cause, enum confidence confidence)
{
	const uint8_t *fact = walk.e.fact;

	assert_true(cause_at(cause)->states & TCP_BIT(walk.e.state));
	if (confidence == CONFIDENCE_CERTAIN)
		check_certain(cause);
	if (hangs_on_watching(cause)) {
		assert_int_not_equal(fact[EV_WATCHED], WATCHED_UNKNOWN);
		if (fact[EV_DIRECT] == DIRECT_UNKNOWN)
			assert_true(confidence <= CONFIDENCE_LIKELY);
		assert_int_not_equal(fact[EV_DIRECT], DIRECT_READER);
		assert_int_not_equal(fact[EV_DIRECT], DIRECT_URING);
	}
	if (is(cause, &cause_owner_hidden) ||
	    (is(cause, &cause_never_accepted) && fact[EV_PLACE] != PLACE_QUEUED))
		assert_true(confidence <= (fact[EV_RECHECKED] == FACT_YES ? CONFIDENCE_LIKELY
									  : CONFIDENCE_POSSIBLE));
	if (is(cause, &cause_edge_missed) && fact[EV_ONCE] != ONCE_NO)
		assert_int_equal(confidence, CONFIDENCE_POSSIBLE);
	if (cause_at(cause)->severity == SEVERITY_EXPECTED && !is(cause, &cause_time_wait) &&
	    !is(cause, &cause_fin_timeout_pending))
		assert_true(confidence <= CONFIDENCE_LIKELY);
}

static void step(void)
{
	enum confidence confidence;
	enum evidence_id open;
	uint8_t cause;

	walk.open = EV_MAX;
	walk.read = 0;
	cause = cause_judge(&walk.e, &confidence);
	open = walk.open;
	if (open == EV_MAX) {
		assert_true(++walk.leaves < LEAVES_MAX);
		walk.found[cause == CAUSE_NONE ? NO_CAUSE : cause][confidence]++;
		if (cause == CAUSE_NONE)
			assert_false(must_have_cause(walk.e.state));
		else
			check_leaf(cause, confidence);
		return;
	}
	walk.given |= 1u << open;
	for (uint8_t value = 0; value < values[open]; value++) {
		walk.e.fact[open] = value;
		step();
	}
	walk.e.fact[open] = 0;
	walk.given &= ~(1u << open);
}

static void walk_state(uint8_t tcp_state)
{
	memset(&walk, 0, sizeof(walk));
	walk.e.state = tcp_state;
	step();
	print_message("# %s: %u branches\n", tcp_state_name((enum tcp_state)tcp_state),
		      walk.leaves);
	for (uint8_t i = 0; i < CAUSES_MAX; i++)
		for (unsigned int k = 0; k <= CONFIDENCE_CERTAIN; k++)
			if (walk.found[i][k])
				print_message(
					"#   %-20s %-8s %u\n", i == NO_CAUSE ? "none" : cause_id(i),
					confidence_name((enum confidence)k), walk.found[i][k]);
}

/* Which confidences a cause can have in a state: the review of the rules in one table. */
#define P (1u << CONFIDENCE_POSSIBLE)
#define L (1u << CONFIDENCE_LIKELY)
#define C (1u << CONFIDENCE_CERTAIN)
static const struct {
	uint8_t state;
	const struct cause *cause;
	unsigned int confidences;
} expected[] = {
	{ TCP_STATE_CLOSE_WAIT, &cause_never_accepted, P | L | C },
	{ TCP_STATE_CLOSE_WAIT, &cause_owner_hidden, P | L },
	{ TCP_STATE_CLOSE_WAIT, &cause_process_stopped, P | L | C },
	{ TCP_STATE_CLOSE_WAIT, &cause_send_blocked, P | L | C },
	{ TCP_STATE_CLOSE_WAIT, &cause_half_close_in_use, L },
	{ TCP_STATE_CLOSE_WAIT, &cause_inherited, P | L },
	{ TCP_STATE_CLOSE_WAIT, &cause_proxy_leg, L },
	{ TCP_STATE_CLOSE_WAIT, &cause_reader_stuck, P | L },
	{ TCP_STATE_CLOSE_WAIT, &cause_back_pressure, P | L },
	{ TCP_STATE_CLOSE_WAIT, &cause_eof_masked, P | L },
	{ TCP_STATE_CLOSE_WAIT, &cause_edge_missed, P | L },
	{ TCP_STATE_CLOSE_WAIT, &cause_eof_unwatched, P | L },
	{ TCP_STATE_CLOSE_WAIT, &cause_eof_ignored, P | L },
	{ TCP_STATE_CLOSE_WAIT, &cause_unexplained, P },
	{ TCP_STATE_FIN_WAIT_2, &cause_shutdown_not_closed, L | C },
	{ TCP_STATE_FIN_WAIT_2, &cause_half_close_in_use, L },
	{ TCP_STATE_FIN_WAIT_2, &cause_reader_stuck, P | L },
	{ TCP_STATE_FIN_WAIT_2, &cause_peer_never_closes, P | L },
	{ TCP_STATE_FIN_WAIT_2, &cause_fin_timeout_pending, C },
	{ TCP_STATE_FIN_WAIT_2, &cause_unexplained, P },
	{ TCP_STATE_FIN_WAIT_1, &cause_peer_silent, L | C },
	{ TCP_STATE_FIN_WAIT_1, &cause_peer_not_reading, P | L | C },
	{ TCP_STATE_FIN_WAIT_1, &cause_draining, L },
	{ TCP_STATE_FIN_WAIT_1, &cause_unexplained, P },
	{ TCP_STATE_LAST_ACK, &cause_peer_silent, L | C },
	{ TCP_STATE_LAST_ACK, &cause_peer_not_reading, P | L | C },
	{ TCP_STATE_LAST_ACK, &cause_draining, L },
	{ TCP_STATE_LAST_ACK, &cause_unexplained, P },
	{ TCP_STATE_CLOSING, &cause_peer_silent, L | C },
	{ TCP_STATE_CLOSING, &cause_peer_not_reading, P | L | C },
	{ TCP_STATE_CLOSING, &cause_draining, L },
	{ TCP_STATE_CLOSING, &cause_unexplained, P },
	{ TCP_STATE_TIME_WAIT, &cause_port_pressure, C },
	{ TCP_STATE_TIME_WAIT, &cause_time_wait, L | C },
	{ TCP_STATE_CLOSED, &cause_ghost_fd, P | L | C },
	{ TCP_STATE_ESTABLISHED, &cause_peer_vanished, L },
};

static unsigned int expected_of(uint8_t tcp_state, const struct cause *cause)
{
	for (size_t i = 0; i < ARRAY_LEN(expected); i++)
		if (expected[i].state == tcp_state && expected[i].cause == cause)
			return expected[i].confidences;
	return 0;
}

static void every_combination_has_one_cause(void **state)
{
	(void)state;
	for (uint8_t tcp_state = 0; tcp_state < TCP_STATE_MAX; tcp_state++) {
		walk_state(tcp_state);
		for (uint8_t i = 0; i < cause_count(); i++) {
			unsigned int seen = 0;

			for (unsigned int k = 1; k <= CONFIDENCE_CERTAIN; k++)
				seen |= walk.found[i][k] ? 1u << k : 0;
			if (seen != expected_of(tcp_state, cause_at(i)))
				fail_msg("%s in %s: confidences %#x, not as in the table",
					 cause_id(i), tcp_state_name((enum tcp_state)tcp_state),
					 seen);
		}
	}
}

/* The same by brute force, over what a rule could have read without telling: random evidence gets
 * the verdict that its branch of the tree got. Here: judged twice, with all unread facts changed.
 */
static void what_no_rule_read_changes_nothing(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (unsigned int i = 0; i < 200000; i++) {
		enum confidence first, second;
		struct evidence e = { 0 };
		uint8_t cause;

		seed = hash_mix(seed + 0x9e3779b97f4a7c15ull);
		e.state = (uint8_t)(seed % TCP_STATE_MAX);
		for (unsigned int id = 0; id < EV_MAX; id++)
			e.fact[id] = (uint8_t)(hash_mix(seed + id) % values[id]);
		walk.read = 0;
		cause = cause_judge(&e, &first);
		for (unsigned int id = 0; id < EV_MAX; id++)
			if (!(walk.read & 1u << id))
				e.fact[id] = (uint8_t)((e.fact[id] + 1) % values[id]);
		assert_int_equal(cause_judge(&e, &second), cause);
		assert_int_equal(first, second);
	}
}

static void the_table_is_public_and_complete(void **state)
{
	(void)state;
	assert_int_equal(cause_count(), 24);
	for (uint8_t i = 0; i < cause_count(); i++) {
		const struct cause *cause = cause_at(i);

		assert_string_equal(cause_id(i), cause->id);
		assert_string_equal(cause_says(i), cause->says);
		assert_true(strlen(cause->says) > 20);
		assert_non_null(cause->scene);
		assert_non_null(cause->source);
		assert_non_null(cause->facts);
		assert_true(cause->severity == SEVERITY_STUCK || cause->releases == 0);
	}
	assert_string_equal(cause_id(CAUSE_NONE), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_combination_has_one_cause),
		cmocka_unit_test(what_no_rule_read_changes_nothing),
		cmocka_unit_test(the_table_is_public_and_complete),
	};

	return unit_run("judge space", tests);
}
