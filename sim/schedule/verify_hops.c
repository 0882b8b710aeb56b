/* SPDX-License-Identifier: Apache-2.0 */
/* verify_hops.c - a transfer's hops in time: rigid on a chip, elastic at ports and channels. */
#include "sim/schedule/verify.h"

typedef unsigned long long ull;

static void late(struct verify *v, const char *rule, const struct sched_hop *h, uint64_t at, uint64_t allowed,
                 const char *what)
{
    verify_fail(v, rule, v->m->links[h->link].id, "transfer %u: %llu is not %s %llu", h->transfer, (ull)at, what,
                (ull)allowed);
}

static void check_root(struct verify *v, const struct sched_transfer *t, const struct sched_hop *h)
{
    uint32_t transfer = h->transfer;
    if (v->link_role[h->link] == ROLE_ADDER || v->m->endpoints[v->link_endpoint[h->link]].kind != ENDPOINT_IS_CHANNEL) {
        return;
    }
    const struct verify_stream *r = &v->reads[transfer];
    uint64_t bursts = ceil_div(t->bytes, v->m->dram.burst_bytes);
    if (r->bursts != bursts) {
        verify_fail(v, "read-missing", v->m->links[h->link].id, "transfer %u: %u bursts are read instead of %llu",
                    transfer, r->bursts, (ull)bursts);
    }
    if (r->bursts && h->start < r->end) {
        late(v, "read-late", h, h->start, r->end, "after the end of its data on the bus,");
    }
}

static void check_child(struct verify *v, const struct sched_hop *parent, const struct sched_hop *h)
{
    uint64_t there = v->hop_there[parent - v->p->hops];
    switch (v->link_role[parent->link]) {
    case ROLE_INJECT:
    case ROLE_NOC:
        if (h->start != there) {
            late(v, "hop-offset", h, h->start, there, "the start that follows from its parent,");
        }
        break;
    case ROLE_ADDER:
        if (h->start != there) {
            late(v, "hop-offset", h, h->start, there, "the slot in which the sum leaves the adders,");
        }
        break;
    case ROLE_EJECT:
        if (h->start < there) {
            late(v, "hop-early", h, h->start, there, "after the piece stands at the port,");
        }
        break;
    default:
        if (v->link_role[h->link] == ROLE_CHIP) { /* a switch passes it on as it comes */
            there = parent->start + v->m->links[parent->link].latency;
            if (h->start != there) {
                late(v, "hop-offset", h, h->start, there, "the slot in which its parent comes to the switch,");
            }
        } else if (h->start < there + v->m->guard_cycles) {
            late(v, "guard-band", h, h->start, there + v->m->guard_cycles, "after its arrival and the guard band,");
        }
        break;
    }
}

static void check_leaf(struct verify *v, const struct sched_transfer *t, const struct sched_hop *h)
{
    if (verify_leaf(v, h, ENDPOINT_IS_CHANNEL) == SCHED_NONE) {
        return;
    }
    const struct verify_stream *w = &v->writes[h - v->p->hops];
    uint64_t bursts = ceil_div(t->bytes, v->m->dram.burst_bytes), there = v->hop_there[h - v->p->hops];
    if (w->bursts != bursts) {
        verify_fail(v, "write-missing", v->m->links[h->link].id, "transfer %u: %u bursts are written instead of %llu",
                    h->transfer, w->bursts, (ull)bursts);
    }
    if (w->bursts && w->first < there) {
        late(v, "write-early", h, w->first, there, "after the piece stands at the channel,");
    }
}

void verify_hops(struct verify *v)
{
    for (uint32_t i = 0; i < v->p->n_transfers; i++) {
        const struct sched_transfer *t = &v->p->transfers[i];
        const struct sched_hop *root = verify_hop(v, t, 0);
        if (root->start < v->m->launch_cycles) {
            late(v, "before-launch", root, root->start, v->m->launch_cycles, "after the launch,");
        }
        if (v->broken[i]) {
            continue;
        }
        check_root(v, t, root);
        for (uint32_t k = 0; k < t->n_hops; k++) {
            const struct sched_hop *h = verify_hop(v, t, k);
            if (k) {
                check_child(v, verify_hop(v, t, h->parent), h);
            }
            check_leaf(v, t, h);
        }
    }
}
