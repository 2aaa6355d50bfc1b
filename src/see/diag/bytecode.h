/* SPDX-License-Identifier: Apache-2.0 */
/* What of a filter the kernel can be asked for: its byte code for sock_diag. */
#ifndef SEE_DIAG_BYTECODE_H
#define SEE_DIAG_BYTECODE_H

#include <stddef.h>
#include <stdint.h>

#include "model/filter.h"

/* The longest program that a filter can become. */
#define DIAG_BYTECODE_MAX (FILTER_NODES_MAX * 32)

/* Writes the INET_DIAG_BC_* program for what f says of ports and addresses into ret_code and
 * returns its length, 0 where the kernel is to give all. It passes at least what the filter means:
 * what it says of other things, states among them, is taken to hold, so the filter itself has to be
 * asked of what comes. Source: net/ipv4/inet_diag.c:inet_diag_bc_run(), inet_diag_bc_audit(), 6.18.
 */
size_t diag_compile(const struct filter *f, uint8_t ret_code[static DIAG_BYTECODE_MAX]);

#endif
