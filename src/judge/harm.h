/* SPDX-License-Identifier: Apache-2.0 */
/* What a finding breaks. */
#ifndef JUDGE_HARM_H
#define JUDGE_HARM_H

struct account;

/* Adds to the finding's harm what is near its end because of it: descriptors, the accept queue,
 * ports, memory; after two looks also when the end is reached. Nothing is added where nothing is
 * near its end and nothing is held up. */
void harm_tell(struct account *a);

#endif
