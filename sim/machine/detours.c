/* SPDX-License-Identifier: Apache-2.0 */
/* detours.c - shortest ways over the links that work (Dijkstra 1959, from each destination), and whether packets on
 * them can wait for each other in a circle (Dally and Seitz 1987). */
#include "sim/machine/detours.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/hash.h"
#include "sim/machine/topology.h"

/* Weight of a link: 1 | 1 into a switch | what is drawn for it. Sums of DETOUR_LONGEST keep the three apart. */
#define LINK_UNIT   (UINT64_C(1) << 54)
#define SWITCH_UNIT (UINT64_C(1) << 46)
#define DRAWN_BITS  38

struct search {
    const struct machine *m;
    uint64_t salt;
    uint64_t *far; /* per node: weight of its way to the destination */
    bool *done;
    uint32_t *next;
    bool tie;
};

static uint64_t weight_of(const struct search *s, uint32_t link)
{
    uint64_t drawn = mix64(s->salt, link) >> (64 - DRAWN_BITS);
    return LINK_UNIT + (s->m->links[link].to_node >= s->m->chips ? SWITCH_UNIT : 0) + drawn;
}

static uint32_t nearest(const struct search *s, uint32_t nodes)
{
    uint32_t best = NODE_NONE;
    for (uint32_t i = 0; i < nodes; i++) {
        if (!s->done[i] && s->far[i] < UINT64_MAX && (best == NODE_NONE || s->far[i] < s->far[best])) {
            best = i;
        }
    }
    return best;
}

/* Ways of all neighbours by way of `at`. */
static void relax(struct search *s, uint32_t at)
{
    const uint32_t *neighbours;
    uint32_t n = machine_neighbours(s->m, at, &neighbours);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t from = neighbours[i], link = machine_chip_link(s->m, from, at);
        if (s->m->links[link].dead || s->done[from]) {
            continue;
        }
        uint64_t far = s->far[at] + weight_of(s, link);
        s->tie = s->tie || far == s->far[from];
        if (far < s->far[from]) {
            s->far[from] = far;
            s->next[from] = at;
        }
    }
}

static void ways_to(struct search *s, struct detours *d, uint32_t way, uint32_t to)
{
    for (uint32_t i = 0; i < d->nodes; i++) {
        s->far[i] = UINT64_MAX;
        s->done[i] = false;
        s->next[i] = NODE_NONE;
    }
    s->far[to] = 0;
    for (uint32_t at; (at = nearest(s, d->nodes)) != NODE_NONE;) {
        s->done[at] = true;
        relax(s, at);
    }
    for (uint32_t i = 0; i < d->nodes; i++) {
        uint32_t hops = s->far[i] == UINT64_MAX ? 0 : (uint32_t)(s->far[i] / LINK_UNIT); /* a switch that hangs alone */
        d->next[((uint64_t)way * d->nodes + i) * d->chips + to] = s->next[i];
        d->hops[i * d->chips + to] = hops;
        d->longest = i < d->chips && hops > d->longest ? hops : d->longest;
    }
}

/* Numbers are drawn anew in the unlikely case that two sums are equal. */
static void find_ways(struct search *s, struct detours *d)
{
    for (uint32_t way = 0; way < MACHINE_WAYS; way++) {
        s->salt = way;
        do {
            s->tie = false;
            for (uint32_t to = 0; to < d->chips; to++) {
                ways_to(s, d, way, to);
            }
            s->salt += MACHINE_WAYS;
        } while (s->tie);
    }
}

/* ---- circles ---- */

struct wait {
    uint32_t held, wanted; /* links */
};

static int by_held(const void *a, const void *b)
{
    const struct wait *x = a, *y = b;
    return x->held < y->held ? -1 : x->held > y->held;
}

struct waits {
    VEC(struct wait, all);
};

/* Who stands behind one link of a way and waits for the next one. */
static void list_waits(const struct machine *m, const struct detours *d, struct waits *w)
{
    for (uint32_t way = 0; way < MACHINE_WAYS; way++) {
        for (uint32_t from = 0; from < d->nodes; from++) {
            for (uint32_t to = 0; to < d->chips; to++) {
                uint32_t next = detours_next(d, way, from, to);
                if (next == NODE_NONE || next == to) {
                    continue;
                }
                uint32_t then = detours_next(d, way, next, to);
                *VEC_PUSH(w, all) = (struct wait) {machine_chip_link(m, from, next), machine_chip_link(m, next, then)};
            }
        }
    }
    qsort(w->all, w->n_all, sizeof *w->all, by_held);
}

/* Links that nothing waits for are taken away until none is left, or only circles (Kahn 1962). */
static bool has_circle(const struct machine *m, const struct waits *w)
{
    uint32_t links = (uint32_t)m->n_links;
    uint32_t *wanted = mem_alloc_array(links, sizeof *wanted), *ready = mem_alloc_array(links, sizeof *ready);
    size_t *first = mem_alloc_array((size_t)links + 1, sizeof *first);
    uint32_t n = 0;
    for (size_t i = 0; i < w->n_all; i++) {
        wanted[w->all[i].wanted]++;
        first[w->all[i].held + 1]++;
    }
    for (uint32_t i = 0; i < links; i++) {
        first[i + 1] += first[i];
        if (wanted[i] == 0) {
            ready[n++] = i;
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        for (size_t k = first[ready[i]]; k < first[ready[i] + 1]; k++) {
            if (--wanted[w->all[k].wanted] == 0) {
                ready[n++] = w->all[k].wanted;
            }
        }
    }
    free(wanted);
    free(ready);
    free(first);
    return n < links;
}

struct detours *detours_new(const struct machine *m)
{
    bool some = false;
    for (size_t i = 0; i < m->n_links; i++) {
        some = some || m->links[i].dead;
    }
    if (!some) {
        return NULL;
    }
    uint32_t nodes = machine_nodes(m);
    struct detours *d = arena_alloc(m->arena, sizeof *d);
    *d = (struct detours) {.nodes = nodes, .chips = m->chips};
    d->next = arena_alloc(m->arena, (size_t)MACHINE_WAYS * nodes * m->chips * sizeof *d->next);
    d->hops = arena_alloc(m->arena, (size_t)nodes * m->chips * sizeof *d->hops);
    struct search s = {.m = m,
                       .far = mem_alloc_array(nodes, sizeof *s.far),
                       .done = mem_alloc_array(nodes, sizeof *s.done),
                       .next = mem_alloc_array(nodes, sizeof *s.next)};
    find_ways(&s, d);
    struct waits w = {0};
    list_waits(m, d, &w);
    d->circles = has_circle(m, &w);
    free(w.all);
    free(s.far);
    free(s.done);
    free(s.next);
    return d;
}
