/* SPDX-License-Identifier: Apache-2.0 */
/* verify_staging.c - bytes that stand in the staging buffer of a port never exceed its size.
 *
 *     channel port       read [first data, inject + n)   write [eject, end of write data)   one buffer
 *     link port, send    [eject, line free)
 *     link port, receive [chip link start + latency, last inject + n)
 *     switch that adds   [chip link start + latency, the adders have taken the partial)          one per line into it
 */
#include <stdlib.h>

#include "sim/schedule/verify.h"

typedef unsigned long long ull;

enum { BUFFER_SEND, BUFFER_RECEIVE };

/* A stay in a buffer = two events; index = 2 x stay + enters. */
struct staging {
    struct verify *v;
    VEC(struct verify_event, events);
    VEC(uint32_t, stays); /* transfer */
};

/* Leaving comes before entering in one cycle: times are doubled, entering is odd. */
static void stay(struct staging *s, uint32_t endpoint, unsigned buffer, uint32_t transfer, uint64_t from, uint64_t to)
{
    if (to <= from) {
        return;
    }
    uint32_t index = (uint32_t)s->n_stays * 2, group = endpoint * 2 + buffer;
    *VEC_PUSH(s, stays) = transfer;
    *VEC_PUSH(s, events) = (struct verify_event) {.time = 2 * from + 1, .group = group, .index = index + 1};
    *VEC_PUSH(s, events) = (struct verify_event) {.time = 2 * to, .group = group, .index = index};
}

/* A piece behind a chip link waits for the last of its children. */
static void stay_at_far_port(struct staging *s, const struct sched_transfer *t, uint32_t chip_hop)
{
    const struct verify *v = s->v;
    const struct sched_hop *h = verify_hop(v, t, chip_hop);
    uint64_t last = 0;
    uint32_t port = SCHED_NONE;
    for (uint32_t k = chip_hop + 1; k < t->n_hops; k++) {
        const struct sched_hop *child = verify_hop(v, t, k);
        if (child->parent == chip_hop && v->link_role[child->link] == ROLE_INJECT) {
            port = v->link_endpoint[child->link];
            last = child->start + t->flits > last ? child->start + t->flits : last;
        }
    }
    if (port != SCHED_NONE) {
        stay(s, port, BUFFER_RECEIVE, h->transfer, h->start + v->m->links[h->link].latency, last);
    }
}

static void stays_of(struct staging *s, uint32_t transfer)
{
    const struct verify *v = s->v;
    const struct sched_transfer *t = &v->p->transfers[transfer];
    const struct sched_hop *root = verify_hop(v, t, 0);
    uint32_t origin = v->link_endpoint[root->link];
    if (v->link_role[root->link] != ROLE_ADDER && v->m->endpoints[origin].kind == ENDPOINT_IS_CHANNEL &&
        v->reads[transfer].bursts) {
        stay(s, origin, BUFFER_SEND, transfer, v->reads[transfer].first, root->start + t->flits);
    }
    for (uint32_t k = 0; k < t->n_hops; k++) {
        const struct sched_hop *h = verify_hop(v, t, k);
        uint32_t channel = verify_leaf(v, h, ENDPOINT_IS_CHANNEL);
        if (channel != SCHED_NONE) {
            stay(s, channel, BUFFER_SEND, transfer, h->start, v->writes[t->first_hop + k].end);
        }
        if (verify_partial_at(v, t, h) != SCHED_NONE) {
            uint64_t end = v->sum_end[v->sum_of[t->chunk]];
            stay(s, (uint32_t)v->m->n_endpoints + h->link, BUFFER_RECEIVE, transfer,
                 h->start + v->m->links[h->link].latency, end ? end : v->p->makespan);
        }
        if (v->link_role[h->link] == ROLE_CHIP && verify_is_switch(v, v->m->links[h->link].from_node)) {
            stay_at_far_port(s, t, k);
        } else if (v->link_role[h->link] == ROLE_CHIP) {
            const struct sched_hop *eject = verify_hop(v, t, h->parent);
            stay(s, v->link_endpoint[eject->link], BUFFER_SEND, transfer, eject->start, v->hop_end[t->first_hop + k]);
            stay_at_far_port(s, t, k);
        }
    }
}

static void sweep(struct staging *s)
{
    struct verify *v = s->v;
    verify_sort(s->events, s->n_events);
    uint64_t bytes = 0;
    for (size_t i = 0; i < s->n_events; i++) {
        const struct verify_event *e = &s->events[i];
        uint32_t transfer = s->stays[e->index / 2], size = v->p->transfers[transfer].bytes;
        if (i == 0 || e->group != s->events[i - 1].group) {
            bytes = 0;
        }
        bytes = e->index & 1 ? bytes + size : bytes - size;
        if (e->index & 1 && bytes > v->m->staging_bytes) {
            char name[SCHED_NAME_MAX];
            uint32_t place = e->group / 2, ports = (uint32_t)v->m->n_endpoints;
            const char *where = place < ports ? sched_endpoint_name(name, v->m, place) : v->m->links[place - ports].id;
            verify_fail(v, "staging", where, "%llu B stand there at %llu, with transfer %u; its buffer has %u B",
                        (ull)bytes, (ull)(e->time / 2), transfer, v->m->staging_bytes);
        }
    }
}

void verify_staging(struct verify *v)
{
    struct staging s = {.v = v};
    for (uint32_t i = 0; i < v->p->n_transfers; i++) {
        if (!v->broken[i]) {
            stays_of(&s, i);
        }
    }
    sweep(&s);
    free(s.events);
    free(s.stays);
}
