// SPDX-License-Identifier: Apache-2.0
/* Letting go of a file table. */
#include "model/files.h"

#include <stdlib.h>

void file_table_finish(struct file_table *t)
{
	if (!t)
		return;
	free(t->rows.items);
	free(t->sockets.items);
	free(t->clocks.items);
	free(t->children.items);
	free(t->processes.items);
	free(t->watches.items);
	free(t->regs.items);
	free(t->peers.items);
	*t = (struct file_table){ 0 };
}
