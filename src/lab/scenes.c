// SPDX-License-Identifier: Apache-2.0
/* The table of scenes, and how one is found. */
#include "lab/scenes.h"

#include <stddef.h>
#include <string.h>

#define LAB_ROW(name) &scene_##name,
const struct scene *const scene_table[] = { LAB_SCENES(LAB_ROW) NULL };
#undef LAB_ROW

const struct scene *scene_find(const char *name)
{
	for (size_t i = 0; scene_table[i]; i++)
		if (strcmp(scene_table[i]->name, name) == 0)
			return scene_table[i];
	return NULL;
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Insertions, deletions and changes between two names; what is beyond 63 characters is not looked
 * at. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[64], n = 0;

	while (n < 63 && b[n])
		n++;
	for (unsigned j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned i = 0; a[i]; i++) {
		unsigned diagonal = row[0];

		row[0] = i + 1;
		for (unsigned j = 1; j <= n; j++) {
			unsigned above = row[j];

			row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (a[i] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[n];
}

/* How far a name is from what was typed, 0 nearest; a part of a name counts as near. */
static unsigned score(const char *typed, const char *name)
{
	if (strstr(name, typed))
		return 1;
	return 1 + distance(typed, name);
}

const struct scene *scene_near(const char *name, unsigned nth)
{
	unsigned far_off = 2 + (unsigned)strnlen(name, 64) / 2;

	for (unsigned wanted = 1; wanted <= far_off; wanted++)
		for (size_t i = 0; *name && scene_table[i]; i++)
			if (score(name, scene_table[i]->name) == wanted && nth-- == 0)
				return scene_table[i];
	return NULL;
}
