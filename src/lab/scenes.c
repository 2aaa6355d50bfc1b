// SPDX-License-Identifier: Apache-2.0
/* The table of scenes. */
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
