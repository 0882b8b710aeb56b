/* SPDX-License-Identifier: Apache-2.0 */
/* mem.h - allocation that cannot fail quietly, an arena, and growable arrays.
 *
 * Out of memory ends the process with a message and exit 1: no caller can do better. */
#ifndef SIM_BASE_MEM_H
#define SIM_BASE_MEM_H

#include <stddef.h>
#include <stdint.h>

/* Once, before anything is allocated: zeroed arrays then come from the system without being walked, as most of a
 * machine's places are never used. */
void mem_prepare(void);
void *mem_alloc(size_t bytes);                    /* zeroed; bytes 0 gives a unique pointer */
void *mem_alloc_array(size_t count, size_t size); /* zeroed; overflow checked */
void *mem_alloc_dense(size_t count, size_t size); /* the same, for what is then written all over */
/* A block from which mem_lines takes its records: each begins a line of the host's cache, or its half, quarter, ... */
#define MEM_LINE                     64u
#define mem_alloc_lines(count, size) mem_alloc_array((size_t)(count) * (size) + MEM_LINE, 1)
static inline void *mem_lines(void *block)
{
    return (char *)block + (MEM_LINE - (uintptr_t)block % MEM_LINE);
}
void *mem_alloc_uncleared(size_t count, size_t size); /* overflow checked; for what is written before it is read */
void *mem_resize(void *p, size_t count, size_t size); /* like realloc, overflow checked */
char *mem_strdup(const char *s);
#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
char *
mem_printf(const char *fmt, ...); /* result is freed by the caller */

struct arena;
struct arena *arena_new(void);
void arena_free(struct arena *a);
void *arena_alloc(struct arena *a, size_t bytes); /* zeroed, 16-byte aligned */
char *arena_strdup(struct arena *a, const char *s);
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
char *
arena_printf(struct arena *a, const char *fmt, ...);

/* A growable array is three plain fields in its owner: T *x; size_t n_x, cap_x.
 * VEC_PUSH(s, x) makes room for one more element and yields a pointer to it (not initialised). */
#define VEC(T, x)                                                                                                      \
    T *x;                                                                                                              \
    size_t n_##x;                                                                                                      \
    size_t cap_##x
#define VEC_RESERVE(s, x, want) ((s)->x = vec_grow((s)->x, &(s)->cap_##x, (want), sizeof *(s)->x))
#define VEC_PUSH(s, x)                                                                                                 \
    ((s)->n_##x < (s)->cap_##x ? (void)0 : (void)VEC_RESERVE(s, x, (s)->n_##x + 1), &(s)->x[(s)->n_##x++])

void *vec_grow(void *p, size_t *capacity, size_t want, size_t size);

#endif
