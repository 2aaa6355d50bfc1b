// SPDX-License-Identifier: Apache-2.0
/* Naming programs. */
#include "judge/program.h"

#include <string.h>

#include "base/hash.h"
#include "model/process.h"
#include "model/snapshot.h"

const char *program_service(const struct process *p)
{
	static const char suffix[] = ".service";
	size_t len = p->unit ? strlen(p->unit) : 0;

	if (len < sizeof(suffix) || strcmp(p->unit + len - (sizeof(suffix) - 1), suffix) != 0)
		return NULL;
	return p->unit;
}

const char *program_place(const struct process *p)
{
	return p->pod ? p->pod : p->container;
}

uint64_t program_hash(const struct process *p)
{
	const char *service = program_service(p);
	uint64_t h = hash_text(HASH_START, service ? service : "");
	const char *script;
	size_t len;

	h = hash_text(h, p->exe ? p->exe : p->comm ? p->comm : "");
	script = process_script(p, &len);
	return script ? hash_bytes(h, script, len) : h;
}
