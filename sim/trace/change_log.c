/* SPDX-License-Identifier: Apache-2.0 */
/* change_log.c - lists of changes by time; packed runs; their merge. */
#include "sim/trace/change_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/digit_sort.h"
#include "sim/base/error.h"
#include "sim/base/mem.h"
#include "sim/trace/change_run.h"

#define DEFAULT_CAPACITY 65536u
#define LEAST_BITS       10u /* of the table of times */
#define NONE             UINT32_MAX

#if defined(__GNUC__)
#define NOINLINE __attribute__((noinline)) /* rare: keeps its registers out of change_log_add */
#else
#define NOINLINE
#endif

struct entry {
    uint64_t value;
    uint32_t variable;
    uint32_t before; /* the one of the same time that came before it, or NONE */
};

/* A time at which something changes: a list of entries, from the last one on. */
struct moment {
    uint64_t time;
    uint32_t last; /* NONE: a free place of the table */
};

/* The last value of each variable that changes at one time. A bit per variable puts them in order. */
struct change_set {
    uint64_t *values;
    uint64_t *words;  /* a bit per variable */
    uint64_t *groups; /* a bit per word */
    uint32_t n_groups;
};

struct change_log {
    struct entry *entries;
    size_t n, capacity;
    struct moment *table; /* open addressing */
    uint32_t table_bits;  /* it has 2^this places */
    uint32_t n_moments;
    struct moment *sorted_moments, *scratch; /* as many as may be in the table: half of it */
    struct change_set set;
    struct change *sorted; /* a place per variable */
    struct change_packer packer;
    FILE *file;
    bool failed;
    bool reading;
    VEC(struct change_run, runs);
    uint32_t *heap; /* runs, the one with the earliest time on top, of several the oldest */
    size_t n_heap;
};

static void clear_table(struct change_log *l)
{
    for (size_t i = 0; i < (size_t)1 << l->table_bits; i++) {
        l->table[i].last = NONE;
    }
    l->n_moments = 0;
}

static void make_table(struct change_log *l, uint32_t bits)
{
    size_t half = (size_t)1 << (bits - 1);
    l->table_bits = bits;
    l->table = mem_alloc_array(2 * half, sizeof *l->table);
    l->sorted_moments = mem_resize(l->sorted_moments, half, sizeof *l->sorted_moments);
    l->scratch = mem_resize(l->scratch, half, sizeof *l->scratch);
    clear_table(l);
}

struct change_log *change_log_new(uint32_t variables, size_t capacity)
{
    struct change_log *l = mem_alloc(sizeof *l);
    size_t words = variables / 64 + 1;
    l->capacity = capacity ? capacity : DEFAULT_CAPACITY;
    l->entries = mem_alloc_uncleared(l->capacity, sizeof *l->entries);
    make_table(l, LEAST_BITS);
    l->set.n_groups = (uint32_t)(words / 64 + 1);
    l->set.values = mem_alloc_uncleared(variables, sizeof *l->set.values);
    l->set.words = mem_alloc_array(words, sizeof *l->set.words);
    l->set.groups = mem_alloc_array(l->set.n_groups, sizeof *l->set.groups);
    l->sorted = mem_alloc_uncleared(variables, sizeof *l->sorted);
    return l;
}

void change_log_free(struct change_log *l)
{
    if (!l) {
        return;
    }
    for (size_t i = 0; i < l->n_runs; i++) {
        free(l->runs[i].bytes);
    }
    if (l->file) {
        fclose(l->file);
    }
    void *const blocks[] = {l->entries,    l->table,  l->sorted_moments, l->scratch, l->set.values, l->set.words,
                            l->set.groups, l->sorted, l->packer.bytes,   l->runs,    l->heap,       l};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        free(blocks[i]);
    }
}

bool change_log_failed(const struct change_log *l)
{
    return l->failed;
}

/* ---- changes of one time ---- */

static inline void set_put(struct change_set *s, uint32_t variable, uint64_t value)
{
    s->words[variable / 64] |= UINT64_C(1) << variable % 64;
    s->groups[variable / 4096] |= UINT64_C(1) << variable / 64 % 64;
    s->values[variable] = value;
}

/* The same, unless one has been put for the variable. */
static inline void set_put_older(struct change_set *s, uint32_t variable, uint64_t value)
{
    const uint64_t bit = UINT64_C(1) << variable % 64;
    const bool there = (s->words[variable / 64] & bit) != 0;
    set_put(s, variable, there ? s->values[variable] : value);
}

/* In order; the set is empty then. */
static uint32_t set_take(struct change_set *s, struct change *out)
{
    uint32_t n = 0;
    for (uint32_t g = 0; g < s->n_groups; g++) {
        for (uint64_t group = s->groups[g]; group; group &= group - 1) {
            uint32_t w = g * 64 + (uint32_t)__builtin_ctzll(group);
            for (uint64_t word = s->words[w]; word; word &= word - 1) {
                uint32_t variable = w * 64 + (uint32_t)__builtin_ctzll(word);
                out[n++] = (struct change) {.value = s->values[variable], .variable = variable};
            }
            s->words[w] = 0;
        }
        s->groups[g] = 0;
    }
    return n;
}

/* ---- times ---- */

/* Where a time's moment stands in the table, or would. Fibonacci hashing (Knuth 3, 6.4): edges of a clock spread. */
static inline struct moment *place_of(const struct change_log *l, uint64_t time)
{
    const uint32_t mask = (1u << l->table_bits) - 1;
    uint32_t i = (uint32_t)(time * UINT64_C(0x9e3779b97f4a7c15) >> (64 - l->table_bits));
    while (l->table[i].time != time && l->table[i].last != NONE) {
        i = (i + 1) & mask;
    }
    return &l->table[i];
}

static void grow_table(struct change_log *l)
{
    struct moment *old = l->table;
    uint32_t n = l->n_moments;
    size_t places = (size_t)1 << l->table_bits;
    make_table(l, l->table_bits + 1);
    for (size_t i = 0; i < places; i++) {
        if (old[i].last != NONE) {
            *place_of(l, old[i].time) = old[i];
        }
    }
    l->n_moments = n;
    free(old);
}

static NOINLINE struct moment *new_moment(struct change_log *l, uint64_t time)
{
    if (l->n_moments == 1u << (l->table_bits - 1)) {
        grow_table(l);
    }
    l->n_moments++;
    struct moment *m = place_of(l, time);
    m->time = time;
    return m;
}

#define TIME_OF(m) ((m)->time)
DIGIT_SORT(by_time, struct moment, TIME_OF)

static void sort_moments(struct change_log *l)
{
    size_t n = 0;
    for (size_t i = 0; i < (size_t)1 << l->table_bits; i++) {
        if (l->table[i].last != NONE) {
            l->sorted_moments[n++] = l->table[i];
        }
    }
    struct moment *sorted = by_time(l->sorted_moments, l->scratch, n);
    if (sorted != l->sorted_moments) {
        l->scratch = l->sorted_moments;
        l->sorted_moments = sorted;
    }
}

/* ---- runs ---- */

/* All that is in memory becomes bytes, in order. */
static void pack(struct change_log *l)
{
    sort_moments(l);
    l->packer.n_bytes = 0;
    l->packer.time = 0;
    for (size_t i = 0; i < l->n_moments; i++) {
        for (uint32_t e = l->sorted_moments[i].last; e != NONE; e = l->entries[e].before) {
            set_put_older(&l->set, l->entries[e].variable, l->entries[e].value);
        }
        uint32_t n = set_take(&l->set, l->sorted);
        change_pack(&l->packer, &(struct changes) {l->sorted_moments[i].time, l->sorted, n});
    }
    l->n = 0;
    clear_table(l);
}

static NOINLINE void spill(struct change_log *l)
{
    pack(l);
    if (!l->file) {
        l->file = tmpfile();
    }
    long place = l->file ? ftell(l->file) : -1;
    if (place < 0 || fwrite(l->packer.bytes, 1, l->packer.n_bytes, l->file) != l->packer.n_bytes) {
        l->failed = true;
    } else {
        *VEC_PUSH(l, runs) = (struct change_run) {.place = place, .left = l->packer.n_bytes};
    }
}

void change_log_add(struct change_log *l, uint64_t time, uint32_t variable, uint64_t value)
{
    SIM_CHECK(!l->reading, "a change of variable %u comes after the end", variable);
    if (l->n == l->capacity) {
        spill(l);
    }
    struct moment *m = place_of(l, time);
    if (m->last == NONE) {
        m = new_moment(l, time);
    }
    l->entries[l->n] = (struct entry) {.value = value, .variable = variable, .before = m->last};
    m->last = (uint32_t)l->n++;
}

/* ---- merge ---- */

static bool before(const struct change_log *l, uint32_t a, uint32_t b)
{
    const struct change_run *x = &l->runs[a];
    const struct change_run *y = &l->runs[b];
    return x->time != y->time ? x->time < y->time : a < b;
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
    pack(l);
    free(l->entries);
    l->entries = NULL;
    *VEC_PUSH(l, runs) = (struct change_run) {.bytes = l->packer.bytes, .n = l->packer.n_bytes};
    l->packer.bytes = NULL;
    l->heap = mem_alloc_array(l->n_runs, sizeof *l->heap);
    for (uint32_t i = 0; i < l->n_runs; i++) {
        if (change_run_next(&l->runs[i], l->file, &l->failed)) {
            l->heap[l->n_heap++] = i;
        }
    }
    for (size_t i = l->n_heap; i > 0; i--) {
        sift_down(l, i - 1);
    }
}

/* The earliest run's block; the run goes behind it. */
static uint32_t read_block(struct change_log *l)
{
    struct change_run *r = &l->runs[l->heap[0]];
    uint32_t n = change_run_read(r, l->file, l->sorted, &l->failed);
    if (!change_run_next(r, l->file, &l->failed)) {
        l->heap[0] = l->heap[--l->n_heap];
    }
    sift_down(l, 0);
    return n;
}

static bool another_at(const struct change_log *l, uint64_t time)
{
    return l->n_heap > 0 && l->runs[l->heap[0]].time == time;
}

static void put_sorted(struct change_log *l, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        set_put(&l->set, l->sorted[i].variable, l->sorted[i].value);
    }
}

bool change_log_next(struct change_log *l, struct changes *out)
{
    if (!l->reading) {
        begin_reading(l);
    }
    if (l->n_heap == 0) {
        return false;
    }
    uint64_t time = l->runs[l->heap[0]].time;
    uint32_t n = read_block(l);
    if (another_at(l, time)) {
        put_sorted(l, n);
        while (another_at(l, time)) {
            put_sorted(l, read_block(l));
        }
        n = set_take(&l->set, l->sorted);
    }
    *out = (struct changes) {.time = time, .change = l->sorted, .n = n};
    return !l->failed;
}
