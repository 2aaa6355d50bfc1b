// SPDX-License-Identifier: Apache-2.0
/* Which nouns there are, in the order of help. */
#include "model/filter_private.h"

const struct noun *const filter_nouns[] = {
	[FILTER_NOUN_SPORT] = &filter_noun_sport,
	&filter_noun_dport,
	&filter_noun_src,
	&filter_noun_dst,
	&filter_noun_state,
	&filter_noun_exclude,
	&filter_noun_excl,
	&filter_noun_cause,
	&filter_noun_severity,
	&filter_noun_confidence,
	&filter_noun_age,
	&filter_noun_role,
	&filter_noun_finding,
	&filter_noun_id,
	&filter_noun_pid,
	&filter_noun_fd,
	&filter_noun_comm,
	&filter_noun_exe,
	&filter_noun_program,
	&filter_noun_cmdline,
	&filter_noun_unit,
	&filter_noun_container,
	&filter_noun_pod,
	&filter_noun_uid,
	&filter_noun_user,
	&filter_noun_cgroup,
	&filter_noun_netns,
	&filter_noun_dev,
	&filter_noun_autobound,
	NULL,
};

/* The i-th that is no alias; NULL behind the last. */
static const struct noun *listed(size_t i)
{
	for (size_t row = 0; filter_nouns[row]; row++)
		if (filter_nouns[row]->takes && i-- == 0)
			return filter_nouns[row];
	return NULL;
}

const char *filter_noun_name(size_t i)
{
	return listed(i) ? listed(i)->name : NULL;
}

const char *filter_noun_takes(size_t i)
{
	return listed(i) ? listed(i)->takes : NULL;
}

const char *filter_noun_says(size_t i)
{
	return listed(i) ? listed(i)->says : NULL;
}
