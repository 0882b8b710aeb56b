/* SPDX-License-Identifier: Apache-2.0 */
/* mem.c - allocation, arena, growable arrays. */
#include "sim/base/mem.h"

#if defined(__linux__)
#include <malloc.h>
#include <sys/mman.h>
#endif
#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* glibc clears what calloc takes of memory that the heap holds in store, and it stores 128 KiB at a time. */
void mem_prepare(void)
{
#if defined(M_TOP_PAD)
    mallopt(M_TOP_PAD, 0);
#endif
}

/* What is large and written all over comes in large pages where the system has them: one fault and one line of the
 * host's address translation for 512 small ones. All pages of the block are named, as the system moves no block of
 * which a part is different when it is to grow. */
#define LARGE      (4u << 20)
#define SMALL_PAGE 4096u

static void ask_for_large_pages(void *p, size_t bytes)
{
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    size_t before = (uintptr_t)p % SMALL_PAGE;
    if (bytes >= LARGE) {
        (void)madvise((char *)p - before, before + malloc_usable_size(p), MADV_HUGEPAGE);
    }
#else
    (void)p;
    (void)bytes;
#endif
}

static void out_of_memory(size_t count, size_t size)
{
    fprintf(stderr, "bpsim: out of memory (%zu x %zu bytes wanted)\n", count, size);
    exit(1);
}

void *mem_alloc_array(size_t count, size_t size)
{
    if (count == 0 || size == 0) {
        count = size = 1;
    }
    void *p = calloc(count, size); /* calloc checks the product */
    if (!p) {
        out_of_memory(count, size);
    }
    return p;
}

void *mem_alloc_dense(size_t count, size_t size)
{
    void *p = mem_alloc_array(count, size);
    ask_for_large_pages(p, count * size);
    return p;
}

void *mem_alloc(size_t bytes)
{
    return mem_alloc_array(bytes, 1);
}

void *mem_resize(void *p, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        out_of_memory(count, size);
    }
    size_t bytes = count * size;
    void *q = realloc(p, bytes ? bytes : 1);
    if (!q) {
        out_of_memory(count, size);
    }
    ask_for_large_pages(q, bytes);
    return q;
}

void *mem_alloc_uncleared(size_t count, size_t size)
{
    return mem_resize(NULL, count, size);
}

char *mem_strdup(const char *s)
{
    size_t n = strlen(s) + 1;
    return memcpy(mem_alloc(n), s, n);
}

/* Formatted length without the NUL; a broken format is the caller's bug and gives "". */
static size_t format_length(const char *fmt, va_list args)
{
    int n = vsnprintf(NULL, 0, fmt, args);
    return n < 0 ? 0 : (size_t)n;
}

char *mem_printf(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    size_t n = format_length(fmt, args);
    va_end(args);
    char *s = mem_alloc(n + 1);
    va_start(args, fmt);
    vsnprintf(s, n + 1, fmt, args);
    va_end(args);
    return s;
}

void *vec_grow(void *p, size_t *capacity, size_t want, size_t size)
{
    if (want <= *capacity) {
        return p;
    }
    size_t next = *capacity < 8 ? 8 : *capacity + *capacity / 2;
    if (next < want) {
        next = want;
    }
    *capacity = next;
    return mem_resize(p, next, size);
}

/* ---- arena: a list of blocks, the newest is filled from its start ---- */

#define ARENA_BLOCK 65536u
#define ARENA_ALIGN 16u

struct arena_block {
    struct arena_block *next;
    size_t used;
    size_t size;
    alignas(ARENA_ALIGN) unsigned char data[];
};

struct arena {
    struct arena_block *blocks;
};

struct arena *arena_new(void)
{
    return mem_alloc(sizeof(struct arena));
}

void arena_free(struct arena *a)
{
    if (!a) {
        return;
    }
    struct arena_block *b = a->blocks;
    while (b) {
        struct arena_block *next = b->next;
        free(b);
        b = next;
    }
    free(a);
}

void *arena_alloc(struct arena *a, size_t bytes)
{
    if (bytes > SIZE_MAX - ARENA_ALIGN - sizeof(struct arena_block)) {
        out_of_memory(bytes, 1);
    }
    size_t want = bytes ? (bytes + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1) : ARENA_ALIGN;
    struct arena_block *b = a->blocks;
    if (!b || b->size - b->used < want) {
        size_t size = want > ARENA_BLOCK / 4 ? want : ARENA_BLOCK;
        struct arena_block *fresh = mem_alloc(sizeof *fresh + size);
        fresh->size = size;
        if (b && size == want) { /* a large one of its own must not hide the block being filled */
            fresh->next = b->next;
            b->next = fresh;
        } else {
            fresh->next = b;
            a->blocks = fresh;
        }
        b = fresh;
    }
    void *p = b->data + b->used;
    b->used += want;
    return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
    size_t n = strlen(s) + 1;
    return memcpy(arena_alloc(a, n), s, n);
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    size_t n = format_length(fmt, args);
    va_end(args);
    char *s = arena_alloc(a, n + 1);
    va_start(args, fmt);
    vsnprintf(s, n + 1, fmt, args);
    va_end(args);
    return s;
}
