/* SPDX-License-Identifier: Apache-2.0 */
/* Names of C++ and Rust functions as people write them. */
#ifndef SEE_STACKS_DEMANGLE_H
#define SEE_STACKS_DEMANGLE_H

/* The readable form of a symbol, malloc()ed: C++ and Rust by the demangler of the C++ library, if
 * this host has it, and without what compilers and linkers append ("@@GLIBC_2.34", ".isra.0"). NULL
 * when out of memory or nothing is left. Loads the library into the calling process. */
char *demangle(const char *symbol);

#endif
