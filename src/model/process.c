// SPDX-License-Identifier: Apache-2.0
/* Which script: every Python program has the same exe, every Java program too. */
#include "model/process.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "model/snapshot.h"

static bool is_interpreter(const struct process *p)
{
	return p->runtime == RUNTIME_PYTHON || p->runtime == RUNTIME_NODE ||
	       p->runtime == RUNTIME_RUBY || p->runtime == RUNTIME_PHP;
}

static bool is_word(const char *word, size_t len, const char *text)
{
	return strlen(text) == len && memcmp(word, text, len) == 0;
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

/* Java's, as `java --help` and `java --help-extra` of 17 list them. */
static bool java_takes_value(const char *word, size_t len)
{
	static const char *const options[] = {
		"-cp",
		"-classpath",
		"--class-path",
		"-p",
		"--module-path",
		"--upgrade-module-path",
		"--add-modules",
		"--add-exports",
		"--add-opens",
		"--add-reads",
		"--limit-modules",
		"--patch-module",
		"--enable-native-access",
		"--source",
	};

	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (is_word(word, len, options[i]))
			return true;
	return false;
}

/* Linux cuts a comm to 15 bytes (TASK_COMM_LEN). */
static bool is_named_so(const struct process *p, const char *name, size_t len)
{
	size_t comm = p->comm ? strlen(p->comm) : 0;

	return comm > 0 && strncmp(p->comm, name, comm) == 0 && (comm == len || comm == 15);
}

/* The word from *word on, without what stands in front of its last `mark`. */
static void cut_front(const char **word, size_t *len, char mark)
{
	const char *at = memrchr(*word, mark, *len);

	if (!at)
		return;
	*len -= (size_t)(at + 1 - *word);
	*word = at + 1;
}

/* The next word of a command line, *ret_len bytes; NULL after the last. */
static const char *next_word(const char *at, size_t *ret_len)
{
	at += strspn(at, " ");
	*ret_len = strcspn(at, " ");
	return *ret_len ? at : NULL;
}

static bool ends_with(const char *word, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len > n && memcmp(word + len - n, end, n) == 0;
}

/* "-jar /srv/orders.jar", "-m orders/com.example.Main", "com.example.Main", "Main.java": the file,
 * or the class without its package, as jps(1) has it. */
static const char *java_program(const char *word, size_t len, size_t *ret_len)
{
	cut_front(&word, &len, '/');
	if (!ends_with(word, len, ".jar") && !ends_with(word, len, ".java"))
		cut_front(&word, &len, '.');
	*ret_len = len;
	return len ? word : NULL;
}

static const char *find_java_program(const struct process *p, size_t *ret_len)
{
	const char *word = p->cmdline + strcspn(p->cmdline, " ");
	size_t len = 0;

	while ((word = next_word(word + len, &len)) != NULL) {
		if (word[0] == '@') /* a file with options */
			continue;
		if (word[0] != '-')
			return java_program(word, len, ret_len);
		if (!java_takes_value(word, len))
			continue; /* -jar and -m, too: the program is the next word */
		word = next_word(word + len, &len);
		if (!word)
			return NULL;
	}
	return NULL;
}

const char *process_script(const struct process *p, size_t *ret_len)
{
	const char *word = p->cmdline;
	bool skip = false;
	size_t len = 0;

	if (word && p->runtime == RUNTIME_JVM)
		return find_java_program(p, ret_len);
	if (!is_interpreter(p) || !word)
		return NULL;
	word += strcspn(word, " ");
	while ((word = next_word(word + len, &len)) != NULL) {
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
		cut_front(&word, &len, '/');
		if (len == 0 || is_named_so(p, word, len))
			return NULL;
		*ret_len = len;
		return word;
	}
	return NULL;
}
