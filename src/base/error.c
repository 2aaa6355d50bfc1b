// SPDX-License-Identifier: Apache-2.0
/* What an error number says. */
#include "base/error.h"

#include <string.h>

const char *error_text(int err)
{
	switch (-err) {
	case ERR_NOT_BUILT:
		return "not part of this build";
	case ERR_NO_BTF:
		return "the kernel has no BTF (/sys/kernel/btf/vmlinux)";
	case ERR_MALFORMED:
		return "malformed answer";
	default:
		return strerrordesc_np(-err) ? strerrordesc_np(-err) : "unknown error";
	}
}
