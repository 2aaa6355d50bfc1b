/* SPDX-License-Identifier: Apache-2.0 */
/* Names of C++ and Rust functions as people write them. */
#ifndef SEE_STACKS_DEMANGLE_H
#define SEE_STACKS_DEMANGLE_H

/* The readable form of a symbol, malloc()ed: by the demangler of the C++ library, if this host has
 * it. NULL when the symbol is no mangled one, or there is no demangler: then it is shown as it is.
 * Loads the library into the calling process. */
char *demangle(const char *symbol);

#endif
