// SPDX-License-Identifier: Apache-2.0
/* Runs a fuzz target over known inputs where there is no libFuzzer.
 *
 * usage: fuzz_NAME FILE|FOLDER... */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "fuzz.h"

#define INPUT_MAX (1024 * 1024)

/* The input in memory that ends where it ends, so that a sanitizer sees a step past it. */
static int run_file(const char *path)
{
	_free_ char *text = malloc(INPUT_MAX);
	_free_ uint8_t *exact = NULL;
	ssize_t len = text ? file_read_at(AT_FDCWD, path, text, INPUT_MAX) : -1;

	if (len < 0)
		return -1;
	exact = malloc((size_t)len + !len);
	if (!exact)
		return -1;
	memcpy(exact, text, (size_t)len);
	LLVMFuzzerTestOneInput(exact, (size_t)len);
	return 1;
}

static int run_folder(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	int n = 0;

	if (!dir)
		return run_file(path);
	while ((entry = readdir(dir)) != NULL && n >= 0) {
		char file[4096];

		if (entry->d_name[0] == '.')
			continue;
		if (snprintf(file, sizeof(file), "%s/%s", path, entry->d_name) >=
			    (int)sizeof(file) ||
		    run_file(file) < 0)
			n = -1;
		else
			n++;
	}
	closedir(dir);
	return n;
}

int main(int argc, char **argv)
{
	int total = 0;

	for (int i = 1; i < argc; i++) {
		int n = run_folder(argv[i]);

		if (n < 0) {
			fprintf(stderr, "%s: cannot be read\n", argv[i]);
			return 1;
		}
		total += n;
	}
	printf("%d inputs\n", total);
	/* A test over nothing would be no test. */
	return total == 0;
}
