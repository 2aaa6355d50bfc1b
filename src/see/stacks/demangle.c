// SPDX-License-Identifier: Apache-2.0
/* abi::__cxa_demangle(), looked up at run time: linger needs no C++ to be built or to run. A static
 * binary has it linked in. */
#include "see/stacks/demangle.h"

#include <ctype.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* The demangler's work may grow faster than the name. */
#define SYMBOL_MAX 1024

#define HASH_DIGITS 16 /* of "::h0123456789abcdef", which rustc appends to every name */

typedef char *demangle_fn(const char *symbol, char *buf, size_t *len, int *status);

#if defined(DEMANGLE_LINKED)
extern demangle_fn __cxa_demangle;

static demangle_fn *find_demangler(void)
{
	return __cxa_demangle;
}
#elif defined(DEMANGLE_NONE)
static demangle_fn *find_demangler(void)
{
	return NULL;
}
#else
static demangle_fn *find_demangler(void)
{
	void *library = dlopen("libstdc++.so.6", RTLD_LAZY | RTLD_LOCAL);
	demangle_fn *found;
	void *address = library ? dlsym(library, "__cxa_demangle") : NULL;

	memcpy(&found, &address, sizeof(found));
	return found;
}
#endif

static void drop_rust_hash(char *name)
{
	size_t len = strlen(name);
	char *hash;

	if (len < HASH_DIGITS + 3)
		return;
	hash = name + len - HASH_DIGITS - 3;
	if (memcmp(hash, "::h", 3) != 0)
		return;
	for (size_t i = 0; i < HASH_DIGITS; i++)
		if (!isxdigit((unsigned char)hash[3 + i]))
			return;
	*hash = '\0';
}

/* What gcc makes of a function's copies is still that function. */
static void drop_clone(char *name)
{
	static const char *const marks[] = { " [clone ",   ".isra.", ".constprop.", ".part.",
					     ".lto_priv.", ".llvm.", ".cold" };

	for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
		char *mark = strstr(name, marks[i]);

		if (mark && mark != name)
			*mark = '\0';
	}
}

static char *demangle_cpp(const char *symbol)
{
	demangle_fn *demangler;
	int status = -1;
	char *name;

	if (strncmp(symbol, "_Z", 2) != 0 || strnlen(symbol, SYMBOL_MAX) == SYMBOL_MAX)
		return NULL;
	demangler = find_demangler();
	name = demangler ? demangler(symbol, NULL, NULL, &status) : NULL;
	if (status == 0)
		return name;
	free(name);
	return NULL;
}

char *demangle(const char *symbol)
{
	char *name = demangle_cpp(symbol);

	if (name)
		drop_rust_hash(name);
	else
		name = strndup(symbol, strcspn(symbol, "@"));
	if (name)
		drop_clone(name);
	if (name && !name[0]) {
		free(name);
		name = NULL;
	}
	return name;
}
