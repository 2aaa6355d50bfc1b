// SPDX-License-Identifier: Apache-2.0
/* Which script: every Python program has the same exe. */
#include "model/process.h"

#include <stdbool.h>
#include <string.h>

#include "model/snapshot.h"

static bool is_interpreter(const struct process *p)
{
	return p->runtime == RUNTIME_PYTHON || p->runtime == RUNTIME_NODE ||
	       p->runtime == RUNTIME_RUBY || p->runtime == RUNTIME_PHP;
}

/* Options after which comes the program itself, not a file. */
static bool is_inline(const char *word, size_t len)
{
	return len == 2 && (word[1] == 'c' || word[1] == 'e' || word[1] == 'r');
}

/* Python's options that take their value as the next word. */
static bool takes_value(const char *word, size_t len)
{
	return len == 2 && (word[1] == 'W' || word[1] == 'X');
}

/* Linux cuts a comm to 15 bytes (TASK_COMM_LEN). */
static bool is_named_so(const struct process *p, const char *name, size_t len)
{
	size_t comm = p->comm ? strlen(p->comm) : 0;

	return comm > 0 && strncmp(p->comm, name, comm) == 0 && (comm == len || comm == 15);
}

const char *process_script(const struct process *p, size_t *ret_len)
{
	const char *word = p->cmdline;
	bool skip = false;
	size_t len;

	if (!is_interpreter(p) || !word)
		return NULL;
	for (word += strcspn(word, " "); *word; word += len) {
		word += strspn(word, " ");
		len = strcspn(word, " ");
		if (len == 0)
			return NULL;
		if (word[0] == '-' && is_inline(word, len))
			return NULL;
		if (word[0] == '-') {
			skip = takes_value(word, len);
			continue;
		}
		if (skip) {
			skip = false;
			continue;
		}
		for (const char *slash; (slash = memchr(word, '/', len)) != NULL;) {
			len -= (size_t)(slash + 1 - word);
			word = slash + 1;
		}
		if (len == 0 || is_named_so(p, word, len))
			return NULL;
		*ret_len = len;
		return word;
	}
	return NULL;
}
