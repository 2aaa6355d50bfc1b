// SPDX-License-Identifier: Apache-2.0
/* Which findings belong together on a screen. */
#include "show/text/rollup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

/* So few stand by themselves: each endpoint says more than their number. */
#define TOGETHER_LEAST 4

/* A finding while its likes are sought. */
struct like {
	uint64_t key;
	uint32_t row;
};

static uint64_t key_of(const struct finding *f)
{
	return hash_mix(hash_mix(f->program + 1) ^
			((uint64_t)f->netns << 32 | (uint32_t)f->state << 24 |
			 (uint32_t)f->cause << 16 | (uint32_t)f->severity << 8 | f->role));
}

/* Those alike together, the largest of them first. */
static int compare_likes(const void *va, const void *vb)
{
	const struct like *a = va, *b = vb;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return a->row < b->row ? -1 : a->row > b->row;
}

static uint64_t least_age(const struct finding *f)
{
	return f->oldest.at_least_ms == VALUE_UNKNOWN ? 0 : f->oldest.at_least_ms;
}

static bool is_same_process(const struct judgement *j, const struct finding *a,
			    const struct finding *b)
{
	return a->n_owners == 1 && b->n_owners == 1 &&
	       j->owners.items[a->owners].process == j->owners.items[b->owners].process;
}

static void add(const struct judgement *j, struct block *to, const struct finding *f)
{
	struct finding *sum = &to->f;

	if (f->count > to->most) {
		to->most = f->count;
		sum->endpoint = f->endpoint;
		memcpy(sum->id, f->id, sizeof(sum->id));
		sum->id_len = f->id_len;
	}
	to->is_one_process &= is_same_process(j, sum, f);
	to->n++;
	sum->count += f->count;
	sum->unsure += f->unsure;
	sum->growth_per_min += f->growth_per_min;
	sum->came += f->came;
	sum->went += f->went;
	if (f->alarm > sum->alarm)
		sum->alarm = f->alarm;
	if (f->confidence < sum->confidence)
		sum->confidence = f->confidence;
	if (least_age(f) > least_age(sum))
		sum->oldest = f->oldest;
	if (f->newest_at_most_ms < sum->newest_at_most_ms)
		sum->newest_at_most_ms = f->newest_at_most_ms;
	if (sum->why && (!f->why || strcmp(sum->why, f->why) != 0))
		sum->why = NULL;
	sum->releases.n = 0;
}

static int compare_blocks(const void *va, const void *vb)
{
	const struct finding *a = &((const struct block *)va)->f;
	const struct finding *b = &((const struct block *)vb)->f;

	if (a->severity != b->severity)
		return a->severity > b->severity ? -1 : 1;
	if (a->alarm != b->alarm)
		return a->alarm > b->alarm ? -1 : 1;
	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	if (least_age(a) != least_age(b))
		return least_age(a) > least_age(b) ? -1 : 1;
	return strcmp(a->id, b->id);
}

static size_t gather(const struct judgement *j, const struct like *likes, bool each,
		     struct block *blocks)
{
	size_t made = 0, next;

	for (size_t i = 0; i < j->findings.n; i = next) {
		for (next = i + 1; next < j->findings.n && likes[next].key == likes[i].key;)
			next++;
		if (each || next - i < TOGETHER_LEAST)
			next = i + 1;
		blocks[made] = (struct block){ .f = j->findings.items[likes[i].row],
					       .n = 1,
					       .is_one_process = true,
					       .most = j->findings.items[likes[i].row].count };
		for (size_t k = i + 1; k < next; k++)
			add(j, &blocks[made], &j->findings.items[likes[k].row]);
		made++;
	}
	return made;
}

int rollup_make(const struct judgement *j, bool each, struct block **ret, size_t *ret_n)
{
	size_t n = j->findings.n;
	_free_ struct like *likes = calloc(n + 1, sizeof(*likes));
	struct block *blocks = calloc(n + 1, sizeof(*blocks));

	if (!likes || !blocks) {
		free(blocks);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < n; i++)
		likes[i] = (struct like){ key_of(&j->findings.items[i]), i };
	qsort(likes, n, sizeof(*likes), compare_likes);
	*ret_n = gather(j, likes, each, blocks);
	qsort(blocks, *ret_n, sizeof(*blocks), compare_blocks);
	*ret = blocks;
	return 0;
}
