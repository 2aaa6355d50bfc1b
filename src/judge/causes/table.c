// SPDX-License-Identifier: Apache-2.0
/* The causes in order: the first that holds is the verdict. */
#include "judge/causes/table.h"

#include "base/mem.h"
#include "judge/causes/cause.h"

static const struct cause *const causes[] = {
	&cause_never_accepted,
	&cause_owner_hidden,
	&cause_process_stopped,
	&cause_send_blocked,
	&cause_shutdown_not_closed,
	&cause_half_close_in_use,
	&cause_inherited,
	&cause_proxy_leg,
	&cause_reader_stuck,
	&cause_back_pressure,
	&cause_eof_masked,
	&cause_edge_missed,
	&cause_eof_unwatched,
	&cause_eof_ignored,
	&cause_peer_never_closes,
	&cause_fin_timeout_pending,
	&cause_peer_silent,
	&cause_peer_not_reading,
	&cause_draining,
	&cause_port_pressure,
	&cause_time_wait,
	&cause_ghost_fd,
	&cause_peer_vanished,
	&cause_unexplained,
};

_Static_assert(ARRAY_LEN(causes) < CAUSE_NONE, "a verdict names its cause in one byte");

const struct cause *cause_at(uint8_t row)
{
	return row < ARRAY_LEN(causes) ? causes[row] : NULL;
}

uint8_t cause_judge(const struct evidence *e, enum confidence *ret_confidence)
{
	for (uint8_t i = 0; i < ARRAY_LEN(causes); i++) {
		enum confidence confidence;

		if (!(causes[i]->states & TCP_BIT(e->state)))
			continue;
		confidence = causes[i]->holds(e);
		if (confidence != CONFIDENCE_NONE) {
			*ret_confidence = confidence;
			return i;
		}
	}
	*ret_confidence = CONFIDENCE_NONE;
	return CAUSE_NONE;
}

const char *cause_id(uint8_t cause)
{
	return cause < ARRAY_LEN(causes) ? causes[cause]->id : "";
}

const char *cause_says(uint8_t cause)
{
	return cause < ARRAY_LEN(causes) ? causes[cause]->says : "";
}

uint32_t cause_states(uint8_t cause)
{
	return cause < ARRAY_LEN(causes) ? causes[cause]->states : 0;
}

uint8_t cause_severity(uint8_t cause)
{
	return cause < ARRAY_LEN(causes) ? causes[cause]->severity : SEVERITY_NONE;
}

const char *cause_scene(uint8_t cause)
{
	return cause < ARRAY_LEN(causes) ? causes[cause]->scene : "";
}

const char *cause_source(uint8_t cause)
{
	return cause < ARRAY_LEN(causes) ? causes[cause]->source : "";
}

size_t cause_count(void)
{
	return ARRAY_LEN(causes);
}
