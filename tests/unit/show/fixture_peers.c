// SPDX-License-Identifier: Apache-2.0
/* One program, many peers. */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

void fixture_peers(struct fixture *f, unsigned int n)
{
	fixture_many(f, n);
	for (unsigned int i = 0; i < n; i++) {
		struct finding *finding = &f->judgement.findings.items[i];

		finding->program = 17;
		finding->role = i + 1 < n ? ROLE_CONNECTED : ROLE_ACCEPTED;
		finding->count = i == 3 ? 129 : 1;
		finding->n_owners = 1;
		f->judgement.owners.items[finding->owners].process = 0;
		free(finding->why);
		finding->why = strdup(i == 3 ? "They are not acknowledged any more."
					     : "It is not acknowledged any more.");
	}
}
