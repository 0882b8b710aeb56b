/* SPDX-License-Identifier: Apache-2.0 */
/* access_check.c - order of writes per line, and the window of each read. */
#include "hw/cache/access_check.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/digit_sort.h"
#include "sim/base/mem.h"

#define NOWHERE UINT32_MAX

struct seen {
    const struct player_access *a;
    uint32_t requester, index;
    uint64_t effect; /* of a write */
};

struct check {
    struct seen *writes, *reads;
    size_t n_writes, n_reads;
    uint32_t *place; /* per version: in `writes` */
    uint32_t versions;
    struct seen *own; /* writes by line, requester, index */
    struct seen *scratch;
    size_t at; /* in `own`: behind the last one before the present read */
};

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* Writes of one line. Fills of a cycle come before its hits. */
static int by_effect(const void *x, const void *y)
{
    const struct seen *a = x, *b = y;
    int order = compare(a->effect, b->effect);
    order = order ? order : compare(a->requester, b->requester);
    order = order ? order : compare(a->a->hit, b->a->hit);
    return order ? order : compare(a->index, b->index);
}

static int by_requester(const void *x, const void *y)
{
    const struct seen *a = x, *b = y;
    int order = compare(a->a->line, b->a->line);
    order = order ? order : compare(a->requester, b->requester);
    return order ? order : compare(a->index, b->index);
}

#define LINE_OF(s) ((s)->a->line)
DIGIT_SORT(by_line, struct seen, LINE_OF)

/* What was gathered by requester and index comes in the order of by_requester. */
static void sort_by_line(struct check *k, struct seen **list, size_t n)
{
    struct seen *sorted = by_line(*list, k->scratch, n);
    if (sorted != *list) {
        k->scratch = *list;
        *list = sorted;
    }
}

/* A write that hits is done in the cycle in which it is issued, one that misses when the line has come. Without
 * coherence a write counts from its issue on. */
static void gather(struct check *k, const struct trace_player *players, uint32_t n, bool coherent)
{
    for (uint32_t p = 0; p < n; p++)
        for (uint32_t i = 0; i < players[p].n; i++) {
            const struct player_access *a = &players[p].accesses[i];
            if (a->write && a->issued && (a->done || !coherent)) {
                uint64_t effect = a->hit || !coherent ? a->issued_at : a->done_at;
                k->own[k->n_writes++] = (struct seen) {a, p, i, effect};
            } else if (!a->write && a->done) {
                k->reads[k->n_reads++] = (struct seen) {a, p, i, 0};
            }
        }
    sort_by_line(k, &k->reads, k->n_reads);
    sort_by_line(k, &k->own, k->n_writes);
    memcpy(k->writes, k->own, k->n_writes * sizeof *k->own);
    for (size_t first = 0, end; first < k->n_writes; first = end) {
        for (end = first + 1; end < k->n_writes && k->own[end].a->line == k->own[first].a->line;)
            end++;
        qsort(k->writes + first, end - first, sizeof *k->writes, by_effect);
    }
    for (size_t i = 0; i < k->n_writes; i++)
        k->place[k->writes[i].a->version] = (uint32_t)i;
}

/* Place of the requester's last write to the line before the read, NOWHERE: none. Reads come in the order of
 * by_requester, so does `own`. */
static uint32_t own_before(struct check *k, const struct seen *read)
{
    while (k->at < k->n_writes && by_requester(&k->own[k->at], read) < 0)
        k->at++;
    const struct seen *last = k->at > 0 ? &k->own[k->at - 1] : NULL;
    bool same = last && last->a->line == read->a->line && last->requester == read->requester;
    return same ? k->place[last->a->version] : NOWHERE;
}

static bool fits(struct check *k, size_t first, size_t end, const struct seen *read, bool coherent)
{
    uint32_t version = read->a->version, place = version && version <= k->versions ? k->place[version] : NOWHERE;
    if (version && (place == NOWHERE || place < first || place >= end))
        return false;
    if (version && k->writes[place].effect > read->a->done_at)
        return false;
    if (!coherent)
        return true;
    size_t next = version ? place + 1u : first;
    if (next < end && k->writes[next].effect < read->a->issued_at)
        return false;
    uint32_t own = own_before(k, read);
    return own == NOWHERE || (version && place >= own);
}

static uint32_t newest(const struct check *k, size_t first, size_t end, const struct seen *read)
{
    uint32_t version = 0;
    for (size_t i = first; i < end && k->writes[i].effect <= read->a->done_at; i++)
        version = k->writes[i].a->version;
    return version;
}

void access_check(const struct trace_player *players, uint32_t n, uint32_t writes, bool coherent,
                  void (*wrong)(void *self, const struct wrong_read *w), void *self)
{
    size_t total = 0;
    for (uint32_t p = 0; p < n; p++)
        total += players[p].n;
    struct check k = {.versions = writes,
                      .writes = mem_alloc_array(total, sizeof *k.writes),
                      .reads = mem_alloc_array(total, sizeof *k.reads),
                      .own = mem_alloc_array(total, sizeof *k.own),
                      .scratch = mem_alloc_array(total, sizeof *k.scratch),
                      .place = mem_alloc_array((size_t)writes + 1, sizeof *k.place)};
    for (uint32_t i = 0; i <= writes; i++)
        k.place[i] = NOWHERE;
    gather(&k, players, n, coherent);
    size_t first = 0, end = 0;
    uint32_t bad = 0;
    for (size_t i = 0; i < k.n_reads && bad < WRONG_READS; i++) {
        uint32_t line = k.reads[i].a->line;
        while (first < k.n_writes && k.writes[first].a->line < line)
            first++;
        for (end = end < first ? first : end; end < k.n_writes && k.writes[end].a->line == line;)
            end++;
        if (!fits(&k, first, end, &k.reads[i], coherent)) {
            struct wrong_read w = {k.reads[i].requester, k.reads[i].index, newest(&k, first, end, &k.reads[i])};
            wrong(self, &w);
            bad++;
        }
    }
    free(k.writes);
    free(k.reads);
    free(k.own);
    free(k.scratch);
    free(k.place);
}
