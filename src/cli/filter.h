/* SPDX-License-Identifier: Apache-2.0 */
/* A filter as typed: words of a command line. */
#ifndef CLI_FILTER_H
#define CLI_FILTER_H

#include "model/filter.h"

struct buf;

/* Parses n words (joined by blanks; none mean all). Names of services and users are those of this
 * host. The words go to *ret_text (all zero at first; NULL when nobody wants them). EXIT_DONE, or
 * EXIT_USAGE when the filter is wrong and EXIT_NO_LOOK without memory: then the reason was printed,
 * with marks under the offending word. */
int cli_parse_filter(char *const *words, int n, struct filter *ret_filter, struct buf *ret_text);

#endif
