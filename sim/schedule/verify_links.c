/* SPDX-License-Identifier: Apache-2.0 */
/* verify_links.c - no slot of a link is used twice; when each hop ends and where its data are then.
 *
 *     on chip:   [start, start + n) in whole slots
 *     adders:    the same, for the flits of a partial
 *     chip link: in start order, ties by hop number: t0 = max(start, line free), n flits at the exact rate */
#include <stdlib.h>

#include "sim/schedule/verify.h"

typedef unsigned long long ull;

static uint32_t flits_of(const struct verify *v, uint32_t hop)
{
    const struct sched_hop *h = &v->p->hops[hop];
    return schedule_hop_flits(v->s, &v->p->transfers[h->transfer], h->link);
}

static void slot_taken(struct verify *v, uint32_t hop, uint32_t other, uint64_t until)
{
    const struct sched_hop *h = &v->p->hops[hop];
    verify_fail(v, "link-slot", v->m->links[h->link].id,
                "transfer %u starts at %llu, transfer %u occupies the link until %llu", h->transfer, (ull)h->start,
                v->p->hops[other].transfer, (ull)until);
}

/* Whole slots. */
static void walk_chip_network(struct verify *v, const struct verify_event *e, size_t n)
{
    const struct sched_link *l = &v->m->links[e->group];
    bool eject = v->link_role[e->group] == ROLE_EJECT;
    uint64_t free_at = 0;
    uint32_t holder = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t h = e[i].index, flits = flits_of(v, h);
        if (e[i].time < free_at) {
            slot_taken(v, h, holder, free_at);
        }
        v->hop_end[h] = e[i].time + flits;
        v->hop_there[h] = e[i].time + l->latency + (eject ? flits - 1 : 0);
        if (v->hop_end[h] > free_at) {
            free_at = v->hop_end[h];
            holder = h;
        }
    }
}

/* Exact ticks; a hop may wait less than a cycle for the line. */
static void walk_chip_link(struct verify *v, const struct verify_event *e, size_t n)
{
    const struct sched_link *l = &v->m->links[e->group];
    struct exact_time line = {0, 0};
    for (size_t i = 0; i < n; i++) {
        uint32_t h = e[i].index;
        struct exact_time start = {e[i].time, 0}, bound = {e[i].time + 1, 0};
        if (!exact_before(line, bound)) {
            slot_taken(v, h, e[i - 1].index, exact_ceil(line));
        } else if (exact_before(start, line)) {
            start = line;
        }
        uint64_t bytes = (uint64_t)flits_of(v, h) * v->m->flit_bytes;
        line = exact_add(start, exact_duration(l->rate, bytes), l->rate.num);
        v->hop_end[h] = exact_ceil(line);
        v->hop_there[h] = v->hop_end[h] + l->latency;
    }
}

void verify_links(struct verify *v)
{
    size_t n = v->p->n_hops;
    struct verify_event *e = mem_alloc_array(n, sizeof *e);
    for (uint32_t h = 0; h < n; h++) {
        e[h] = (struct verify_event) {.time = v->p->hops[h].start, .group = v->p->hops[h].link, .index = h};
    }
    verify_sort(e, n);
    for (size_t first = 0, end; first < n; first = end) {
        for (end = first + 1; end < n && e[end].group == e[first].group; end++) {
        }
        const struct sched_link *l = &v->m->links[e[first].group];
        if (l->type == SCHED_DEAD_LINK) {
            verify_fail(v, "dead-link", l->id, "transfer %u takes it at %llu, and the link is down",
                        v->p->hops[e[first].index].transfer, (ull)e[first].time);
        }
        if (v->link_role[e[first].group] >= ROLE_CHIP) {
            walk_chip_link(v, e + first, end - first);
        } else {
            walk_chip_network(v, e + first, end - first);
        }
    }
    free(e);
}
