// SPDX-License-Identifier: Apache-2.0
/* stderr into a file without a name. */
#include "capture.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static int saved = -1, file = -1;
static char text[16384];

/* Not assert(): what stands in it must also be done with NDEBUG. */
static void must(bool is_so)
{
	if (!is_so)
		abort();
}

void capture_begin(void)
{
	fflush(stderr);
	saved = dup(STDERR_FILENO);
	file = memfd_create("stderr", MFD_CLOEXEC);
	must(saved >= 0 && file >= 0);
	must(dup2(file, STDERR_FILENO) >= 0);
}

const char *capture_end(void)
{
	ssize_t len;

	fflush(stderr);
	must(dup2(saved, STDERR_FILENO) >= 0);
	close(saved);
	len = pread(file, text, sizeof(text) - 1, 0);
	must(len >= 0);
	text[len] = '\0';
	close(file);
	return text;
}
