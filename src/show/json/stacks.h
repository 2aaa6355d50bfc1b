/* SPDX-License-Identifier: Apache-2.0 */
/* Call stacks as JSON. */
#ifndef SHOW_JSON_STACKS_H
#define SHOW_JSON_STACKS_H

struct finding;
struct json;
struct judgement;

/* The key "stacks" of a finding: one object for each owner whose stacks were asked for, null when
 * none were. */
void stacks_put_json(struct json *j, const struct judgement *judgement, const struct finding *f);

#endif
