/* SPDX-License-Identifier: Apache-2.0 */
/* Error numbers: the kernel's, negative, and a few of our own beyond them. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

/* Our own, returned negative like errno values; they start where no errno is. */
enum error_own {
	ERR_NOT_BUILT = 1000, /* this build lacks the part */
	ERR_NO_BTF,	      /* the kernel does not describe its structures */
	ERR_MALFORMED,	      /* what was read has not the shape it must have */
};

/* One sentence part for a negative error of either kind: "Permission denied". Never NULL. */
const char *error_text(int err);

#endif
