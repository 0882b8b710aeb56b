/* SPDX-License-Identifier: Apache-2.0 */
/* time_list.c - blocks of ascending cycles. */
#include "sim/compile/time_list.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK 512u /* cycles of a full block; half as many at first, so that there is room */

static uint64_t last_of(const struct time_block *b)
{
    return b->times[b->n - 1];
}

/* A block at place `at` with these cycles, at most BLOCK; `before` stand in those before it. */
static void insert_block(struct time_list *l, size_t at, const uint64_t *times, uint32_t n, uint32_t before)
{
    (void)VEC_PUSH(l, blocks);
    (void)VEC_PUSH(l, first);
    memmove(&l->blocks[at + 1], &l->blocks[at], (l->n_blocks - 1 - at) * sizeof *l->blocks);
    memmove(&l->first[at + 1], &l->first[at], (l->n_first - 1 - at) * sizeof *l->first);
    l->blocks[at] = (struct time_block) {.times = mem_alloc_uncleared(BLOCK, sizeof(uint64_t)), .n = n};
    memcpy(l->blocks[at].times, times, n * sizeof *times);
    l->first[at] = before;
}

void times_set(struct time_list *l, const uint64_t *times, size_t n)
{
    for (size_t i = 0; i < n; i += BLOCK / 2) {
        insert_block(l, l->n_blocks, &times[i], n - i < BLOCK / 2 ? (uint32_t)(n - i) : BLOCK / 2, (uint32_t)i);
    }
    l->n = n;
}

void times_free(struct time_list *l)
{
    for (size_t i = 0; i < l->n_blocks; i++) {
        free(l->blocks[i].times);
    }
    free(l->blocks);
    free(l->first);
    *l = (struct time_list) {0};
}

/* The first block whose last cycle is this one or later; n_blocks: there is none. */
static size_t block_of(const struct time_list *l, uint64_t cycle)
{
    size_t low = 0, high = l->n_blocks;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (last_of(&l->blocks[middle]) < cycle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static uint32_t before_in(const struct time_block *b, uint64_t cycle)
{
    uint32_t low = 0, high = b->n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (b->times[middle] < cycle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

size_t times_before(const struct time_list *l, uint64_t cycle)
{
    size_t at = block_of(l, cycle);
    return at < l->n_blocks ? l->first[at] + before_in(&l->blocks[at], cycle) : l->n;
}

uint64_t times_at(const struct time_list *l, size_t i)
{
    size_t low = 0, high = l->n_blocks; /* first[low] <= i, first[high] > i */
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (l->first[middle] <= i) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return l->blocks[low].times[i - l->first[low]];
}

void times_add(struct time_list *l, uint64_t cycle)
{
    if (l->n_blocks == 0) {
        times_set(l, &cycle, 1);
        return;
    }
    size_t at = block_of(l, cycle);
    at = at < l->n_blocks ? at : l->n_blocks - 1;
    if (l->blocks[at].n == BLOCK) {
        struct time_block *full = &l->blocks[at];
        full->n = BLOCK / 2;
        insert_block(l, at + 1, &full->times[BLOCK / 2], BLOCK / 2, l->first[at] + BLOCK / 2);
        at += last_of(&l->blocks[at]) < cycle;
    }
    struct time_block *b = &l->blocks[at];
    uint32_t place = before_in(b, cycle);
    memmove(&b->times[place + 1], &b->times[place], (b->n - place) * sizeof *b->times);
    b->times[place] = cycle;
    b->n++;
    l->n++;
    for (size_t i = at + 1; i < l->n_first; i++) {
        l->first[i]++;
    }
}
