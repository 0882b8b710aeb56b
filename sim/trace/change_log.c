/* SPDX-License-Identifier: Apache-2.0 */
/* change_log.c - external merge sort of changes. */
#include "sim/trace/change_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/mem.h"

#define DEFAULT_CAPACITY 262144u
#define DIGIT_BITS       11u
#define DIGITS           (1u << DIGIT_BITS)
#define RUN_BUFFER       2048u /* changes of a run held while merging */

/* A sorted run in the file; the last run lies in memory only. */
struct run {
    long place;  /* of the next unread change in the file */
    size_t left; /* in the file, not yet in the buffer */
    struct change *buffer;
    size_t at, n;
};

struct change_log {
    struct change *changes, *scratch;
    size_t n, capacity;
    FILE *file;
    bool failed;
    bool reading;
    VEC(struct run, runs);
    uint32_t *heap; /* runs, the one with the smallest change on top */
    size_t n_heap;
};

struct change_log *change_log_new(size_t capacity)
{
    struct change_log *l = mem_alloc(sizeof *l);
    l->capacity = capacity ? capacity : DEFAULT_CAPACITY;
    l->changes = mem_alloc_array(l->capacity, sizeof *l->changes);
    l->scratch = mem_alloc_array(l->capacity, sizeof *l->scratch);
    return l;
}

void change_log_free(struct change_log *l)
{
    if (!l) {
        return;
    }
    for (size_t i = 0; i < l->n_runs; i++) {
        free(l->runs[i].buffer);
    }
    if (l->file) {
        fclose(l->file);
    }
    free(l->runs);
    free(l->heap);
    free(l->changes);
    free(l->scratch);
    free(l);
}

bool change_log_failed(const struct change_log *l)
{
    return l->failed;
}

static uint64_t key_of(const struct change *c, bool by_time)
{
    return by_time ? c->time : c->variable;
}

/* One stable counting pass over one digit; false when all changes have the same one. */
static bool sort_digit(struct change_log *l, bool by_time, unsigned shift, uint64_t base)
{
    size_t start[DIGITS] = {0};
    for (size_t i = 0; i < l->n; i++) {
        start[(key_of(&l->changes[i], by_time) - base) >> shift & (DIGITS - 1)]++;
    }
    size_t sum = 0;
    for (unsigned d = 0; d < DIGITS; d++) {
        size_t count = start[d];
        if (count == l->n) {
            return false;
        }
        start[d] = sum;
        sum += count;
    }
    for (size_t i = 0; i < l->n; i++) {
        l->scratch[start[(key_of(&l->changes[i], by_time) - base) >> shift & (DIGITS - 1)]++] = l->changes[i];
    }
    struct change *swap = l->changes;
    l->changes = l->scratch;
    l->scratch = swap;
    return true;
}

/* Least significant digit first: variable, then time. Digits above the range of the keys are skipped. */
static void sort(struct change_log *l)
{
    for (int by_time = 0; by_time < 2; by_time++) {
        uint64_t least = UINT64_MAX;
        uint64_t most = 0;
        for (size_t i = 0; i < l->n; i++) {
            uint64_t key = key_of(&l->changes[i], by_time);
            least = key < least ? key : least;
            most = key > most ? key : most;
        }
        for (unsigned shift = 0; l->n && shift < 64 && (most - least) >> shift; shift += DIGIT_BITS) {
            sort_digit(l, by_time, shift, least);
        }
    }
}

static void spill(struct change_log *l)
{
    sort(l);
    if (!l->file) {
        l->file = tmpfile();
    }
    long place = l->file ? ftell(l->file) : -1;
    if (place < 0 || fwrite(l->changes, sizeof *l->changes, l->n, l->file) != l->n) {
        l->failed = true;
    } else {
        *VEC_PUSH(l, runs) = (struct run) {.place = place, .left = l->n};
    }
    l->n = 0;
}

void change_log_add(struct change_log *l, uint64_t time, uint32_t variable, uint64_t value)
{
    SIM_CHECK(!l->reading, "a change of variable %u comes after the end", variable);
    if (l->n == l->capacity) {
        spill(l);
    }
    l->changes[l->n++] = (struct change) {.time = time, .value = value, .variable = variable};
}

/* Makes the run's next change available; false when it has none. */
static bool refill(struct change_log *l, struct run *r)
{
    if (r->at < r->n) {
        return true;
    }
    if (r->left == 0) {
        return false;
    }
    size_t want = r->left < RUN_BUFFER ? r->left : RUN_BUFFER;
    if (fseek(l->file, r->place, SEEK_SET) || fread(r->buffer, sizeof *r->buffer, want, l->file) != want) {
        l->failed = true;
        r->left = 0;
        return false;
    }
    r->place = ftell(l->file);
    r->left -= want;
    r->at = 0;
    r->n = want;
    return true;
}

static bool before(const struct change_log *l, uint32_t a, uint32_t b)
{
    const struct change *x = &l->runs[a].buffer[l->runs[a].at];
    const struct change *y = &l->runs[b].buffer[l->runs[b].at];
    if (x->time != y->time) {
        return x->time < y->time;
    }
    return x->variable != y->variable ? x->variable < y->variable : a < b;
}

static void sift_down(struct change_log *l, size_t i)
{
    for (;;) {
        size_t least = i;
        for (size_t child = 2 * i + 1; child < 2 * i + 3 && child < l->n_heap; child++) {
            least = before(l, l->heap[child], l->heap[least]) ? child : least;
        }
        if (least == i) {
            return;
        }
        uint32_t swap = l->heap[i];
        l->heap[i] = l->heap[least];
        l->heap[least] = swap;
        i = least;
    }
}

/* The rest in memory becomes the last run; the runs become a heap. */
static void begin_reading(struct change_log *l)
{
    l->reading = true;
    sort(l);
    for (size_t i = 0; i < l->n_runs; i++) {
        l->runs[i].buffer = mem_alloc_array(RUN_BUFFER, sizeof *l->runs[i].buffer);
    }
    *VEC_PUSH(l, runs) = (struct run) {.buffer = l->changes, .n = l->n};
    l->changes = NULL;
    l->heap = mem_alloc_array(l->n_runs, sizeof *l->heap);
    for (uint32_t i = 0; i < l->n_runs; i++) {
        if (refill(l, &l->runs[i])) {
            l->heap[l->n_heap++] = i;
        }
    }
    for (size_t i = l->n_heap; i > 0; i--) {
        sift_down(l, i - 1);
    }
}

bool change_log_next(struct change_log *l, struct change *out)
{
    if (!l->reading) {
        begin_reading(l);
    }
    if (l->n_heap == 0) {
        return false;
    }
    struct run *r = &l->runs[l->heap[0]];
    *out = r->buffer[r->at++];
    if (!refill(l, r)) {
        l->heap[0] = l->heap[--l->n_heap];
    }
    sift_down(l, 0);
    return true;
}
