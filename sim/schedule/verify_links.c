/* SPDX-License-Identifier: Apache-2.0 */
/* verify_links.c - no slot of a link is used twice; when each hop ends and where its data are then.
 *
 *     on chip:   [start, start + n) in whole slots
 *     adders:    the same, for the flits of a partial
 *     chip link: in start order, ties by hop number: t0 = max(start, line free), n flits at the exact rate */
#include <stdlib.h>
#include <string.h>

#include "sim/schedule/verify.h"

typedef unsigned long long ull;

static void slot_taken(struct verify *v, uint32_t link, uint32_t hop, uint32_t other, uint64_t until)
{
    const struct sched_hop *h = &v->p->hops[hop];
    verify_fail(v, "link-slot", v->m->links[link].id,
                "transfer %u starts at %llu, transfer %u occupies the link until %llu", h->transfer, (ull)h->start,
                v->p->hops[other].transfer, (ull)until);
}

/* Whole slots: e[].group is the number of flits. */
static void walk_chip_network(struct verify *v, uint32_t link, const struct verify_event *e, size_t n)
{
    uint64_t free_at = 0;
    uint32_t holder = 0;
    for (size_t i = 0; i < n; i++) {
        if (e[i].time < free_at) {
            slot_taken(v, link, e[i].index, holder, free_at);
        }
        if (e[i].time + e[i].group > free_at) {
            free_at = e[i].time + e[i].group;
            holder = e[i].index;
        }
    }
}

/* Exact ticks; a hop may wait less than a cycle for the line. */
static void walk_chip_link(struct verify *v, uint32_t link, const struct verify_event *e, size_t n)
{
    const struct sched_link *l = &v->m->links[link];
    struct exact_time line = {0, 0};
    for (size_t i = 0; i < n; i++) {
        uint32_t h = e[i].index;
        struct exact_time start = {e[i].time, 0}, bound = {e[i].time + 1, 0};
        if (!exact_before(line, bound)) {
            slot_taken(v, link, h, e[i - 1].index, exact_ceil(line));
        } else if (exact_before(start, line)) {
            start = line;
        }
        uint64_t bytes = (uint64_t)e[i].group * v->m->flit_bytes;
        line = exact_add(start, exact_duration(l->rate, bytes), l->rate.num);
        v->hop_end[h] = exact_ceil(line);
        v->hop_there[h] = v->hop_end[h] + l->latency;
    }
}

/* Where the hops of each link begin in the order of links, links + 1. */
static size_t *begin_hops(struct verify *v)
{
    size_t *first = mem_alloc_array(v->m->n_links + 1, sizeof *first);
    for (size_t h = 0; h < v->p->n_hops; h++) {
        first[v->p->hops[h].link + 1]++;
    }
    for (size_t l = 0; l < v->m->n_links; l++) {
        first[l + 1] += first[l];
    }
    return first;
}

/* All hops by link, and where each is when it takes whole slots. Flits stand in the place of the group. */
static struct verify_event *sort_by_link(struct verify *v, const size_t *first)
{
    struct verify_event *e = mem_alloc_uncleared(v->p->n_hops, sizeof *e);
    size_t *at = mem_alloc_array(v->m->n_links, sizeof *at);
    memcpy(at, first, v->m->n_links * sizeof *at);
    for (uint32_t h = 0; h < v->p->n_hops; h++) {
        const struct sched_hop *hop = &v->p->hops[h];
        uint32_t flits = schedule_hop_flits(v->s, &v->p->transfers[hop->transfer], hop->link);
        bool eject = v->link_role[hop->link] == ROLE_EJECT;
        v->hop_end[h] = hop->start + flits;
        v->hop_there[h] = hop->start + v->m->links[hop->link].latency + (eject ? flits - 1 : 0);
        e[at[hop->link]++] = (struct verify_event) {.time = hop->start, .group = flits, .index = h};
    }
    free(at);
    return e;
}

void verify_links(struct verify *v)
{
    size_t *first = begin_hops(v), most = 0;
    struct verify_event *e = sort_by_link(v, first);
    for (size_t i = 0; i < v->m->n_links; i++) {
        most = first[i + 1] - first[i] > most ? first[i + 1] - first[i] : most;
    }
    struct verify_event *spare = mem_alloc_uncleared(most, sizeof *spare);
    for (uint32_t i = 0; i < v->m->n_links; i++) {
        const struct sched_link *l = &v->m->links[i];
        size_t n = first[i + 1] - first[i];
        verify_sort_times(e + first[i], spare, n);
        if (n > 0 && l->type == SCHED_DEAD_LINK) {
            verify_fail(v, "dead-link", l->id, "transfer %u takes it at %llu, and the link is down",
                        v->p->hops[e[first[i]].index].transfer, (ull)e[first[i]].time);
        }
        if (v->link_role[i] >= ROLE_CHIP) {
            walk_chip_link(v, i, e + first[i], n);
        } else {
            walk_chip_network(v, i, e + first[i], n);
        }
    }
    free(first);
    free(e);
    free(spare);
}
