/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that frees itself, and arrays that grow. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>
#include <stdlib.h>

static inline void free_p(void *p)
{
	free(*(void **)p);
}

/* Declares a malloc()ed pointer that is freed when it goes out of scope. */
#define _free_ __attribute__((cleanup(free_p)))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Makes room for `need` elements of `size` bytes in the array at *items (capacity *cap), growing by
 * half, by an eighth when it is large, so that growing costs little and wastes little. New elements
 * are zeroed.
 * Returns 0, or -ENOMEM with the array as it was. *items: struct pointer passed as void *. */
int array_reserve(void *items, size_t *cap, size_t need, size_t size);

/* array_reserve() for the `struct { T *items; size_t n, cap; }` shape that all our arrays have. */
#define array_grow(a, more)                                                                        \
	array_reserve(&(a)->items, &(a)->cap, (a)->n + (more), sizeof(*(a)->items))

#endif
