// SPDX-License-Identifier: Apache-2.0
/* Letting go of a judgement. */
#include "model/finding.h"

#include <stdlib.h>

static void finding_finish(struct finding *f)
{
	free(f->ends_text);
	free(f->why);
	free(f->fix);
	free(f->fix_more);
	free(f->doing);
	for (size_t i = 0; i < f->thread_groups.n; i++)
		free(f->thread_groups.items[i].text);
	free(f->thread_groups.items);
	for (size_t i = 0; i < f->evidence.n; i++) {
		free(f->evidence.items[i].value);
		free(f->evidence.items[i].text);
	}
	free(f->evidence.items);
	for (size_t i = 0; i < f->harm.n; i++)
		free(f->harm.items[i]);
	free(f->harm.items);
	for (size_t i = 0; i < f->releases.n; i++) {
		free(f->releases.items[i].command);
		free(f->releases.items[i].frees);
		free(f->releases.items[i].keeps);
	}
	free(f->releases.items);
}

void judgement_finish(struct judgement *j)
{
	if (!j)
		return;
	for (size_t i = 0; i < j->findings.n; i++)
		finding_finish(&j->findings.items[i]);
	free(j->findings.items);
	free(j->members.items);
	free(j->owners.items);
	free(j->verdicts);
	*j = (struct judgement){ 0 };
}
