// SPDX-License-Identifier: Apache-2.0
/* The table of scenes. */
#include "lab/scenes.h"

#include <stddef.h>
#include <string.h>

#define LAB_ROW(name) &scene_##name,
const struct scene *const scene_table[] = { LAB_SCENES(LAB_ROW) NULL };
#undef LAB_ROW

unsigned scene_min_count(const struct scene *scene)
{
	return scene->min_count ? scene->min_count : 1;
}

unsigned scene_max_count(const struct scene *scene)
{
	if (scene->max_count)
		return scene->max_count;
	return strcmp(scene->role, "accepted") == 0 ? SCENE_ACCEPTED_MAX : SCENE_CONNECTED_MAX;
}

const struct scene *scene_find(const char *name)
{
	for (size_t i = 0; scene_table[i]; i++)
		if (strcmp(scene_table[i]->name, name) == 0)
			return scene_table[i];
	return NULL;
}
