// SPDX-License-Identifier: Apache-2.0
/* The call stacks of some processes as JSON, for tests that make these processes.
 * usage: tell_stacks [--stop] PID… */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge/judge.h"
#include "model/finding.h"
#include "see/look/look.h"
#include "show/json/stacks.h"
#include "show/json/writer.h"

#define OWNERS_MAX 64

int main(int argc, char **argv)
{
	struct look_options options = { .stacks = STACKS_COPY };
	struct finding_owner owners[OWNERS_MAX] = { 0 };
	uint32_t rows[OWNERS_MAX];
	struct finding finding = { 0 };
	struct judgement judgement = { 0 };
	struct snapshot s;
	struct json j;
	int err;

	snapshot_init(&s);
	for (int i = 1; i < argc && finding.n_owners < OWNERS_MAX; i++) {
		uint32_t row;

		if (strcmp(argv[i], "--stop") == 0) {
			options.stacks = STACKS_STOP;
			continue;
		}
		row = snapshot_add_process(&s);
		snapshot_process(&s, row)->pid = (uint32_t)strtoul(argv[i], NULL, 10);
		rows[finding.n_owners] = row;
		owners[finding.n_owners++].process = row;
	}
	err = look_stacks(&options, &s, rows, finding.n_owners);
	judgement.snapshot = &s;
	judgement.owners.items = owners;
	judgement.owners.n = finding.n_owners;
	json_begin(&j, stdout);
	json_open_object(&j, NULL);
	stacks_put_json(&j, &judgement, &finding);
	json_close_object(&j);
	json_end_line(&j);
	err |= json_end(&j);
	snapshot_finish(&s);
	return err ? 1 : 0;
}
