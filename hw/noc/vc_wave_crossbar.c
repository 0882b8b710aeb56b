/* SPDX-License-Identifier: Apache-2.0 */
/* vc_wave_crossbar.c - a crossbar for packets of one flit in the waveform.
 *
 * An end sends at most one packet in a cycle: its count of flits says whether, the VC it used last where to. Packets
 * that have passed the switch are the list of those that come to the ends later; each output VC still knows whose
 * packet it took. What an end holds is in `held`. */
#include "hw/noc/vc_crossbar.h"
#include "hw/noc/vc_wave.h"

#include "sim/base/mem.h"

void vc_wave_crossbar_build(const struct vc_network *n, struct vc_wave *v)
{
    const uint32_t slots = n->crossbar->wheel_mask + 1;
    v->wheel = mem_alloc_array(slots, sizeof *v->wheel);
    v->wheel_vcs = mem_alloc_array((size_t)slots * n->endpoints, sizeof *v->wheel_vcs);
    for (uint32_t i = 0; i < slots; i++)
        v->wheel[i].vc = v->wheel_vcs + (size_t)i * n->endpoints;
    v->busy = mem_alloc_array(n->end_words, sizeof *v->busy);
    v->holding = mem_alloc_array(n->end_words, sizeof *v->holding);
    v->sent = mem_alloc_array(n->endpoints, sizeof *v->sent);
}

static uint32_t buffer_of(const struct vc_network *n, uint32_t vc)
{
    return (vc >> CROSS_SHIFT) * n->vcs + (vc & CROSS_MASK);
}

/* What may change, as it stands before the cycle. */
static void look(const struct vc_network *n, uint64_t cycle)
{
    struct vc_wave *v = n->wave;
    for (uint32_t w = 0; w < n->end_words; w++) {
        v->holding[w] = n->holding[w];
        v->busy[w] = n->arrived[2 * w + (cycle & 1)] | n->sending[w];
        for (uint64_t rest = v->busy[w]; rest; rest &= rest - 1)
            v->sent[w * 64 + bits_low(rest)] = n->ends[w * 64 + bits_low(rest)].flits_sent;
    }
}

static void sent(const struct vc_network *n, const struct vc_interface *e, struct vc_wave_slot *there, uint64_t cycle)
{
    const struct vc_crossbar *x = n->crossbar;
    const struct cross_vc *c = &x->vc[e->port_vc + e->used[e->turn - 1]];
    const uint32_t place = c->sends > 0 ? c->sends - 1u : n->depth - 1;
    vc_wave_pass(n->wave, n->ports + e->number, c->in[place] & META_KIND, cycle);
    there->vc[there->n++] = c->number;
}

static void show_senders(const struct vc_network *n, uint64_t cycle)
{
    struct vc_wave *v = n->wave;
    struct vc_wave_slot *there = &v->wheel[n->crossbar->home & n->crossbar->wheel_mask];
    for (uint32_t w = 0; w < n->end_words; w++)
        for (uint64_t rest = v->busy[w]; rest; rest &= rest - 1) {
            const struct vc_interface *e = &n->ends[w * 64 + bits_low(rest)];
            if (e->flits_sent != v->sent[e->number])
                sent(n, e, there, cycle);
            vc_wave_queue(n, e->number, cycle);
        }
}

static void show_router(const struct vc_network *n, uint64_t cycle)
{
    const struct vc_crossbar *x = n->crossbar;
    struct vc_wave *v = n->wave;
    struct vc_wave_slot *here = &v->wheel[cycle & x->wheel_mask];
    for (uint32_t i = 0; i < here->n; i++)
        vc_wave_count(v, buffer_of(n, here->vc[i]), true);
    here->n = 0;
    for (uint32_t i = 0; i < x->to_ends->n_come; i++) {
        const uint32_t come = x->to_ends->come[i];
        const struct cross_vc *r = &x->vc[come >> CROSS_PLACE_SHIFT];
        vc_wave_pass(v, r->number >> CROSS_SHIFT, r->out[come & CROSS_PLACE_MASK] & META_KIND, cycle);
        vc_wave_count(v, buffer_of(n, r->owner->number), false);
    }
    vc_wave_tell(v, cycle);
}

static void show_ends(const struct vc_network *n, uint64_t cycle)
{
    struct vc_wave *v = n->wave;
    for (uint32_t w = 0; w < n->end_words; w++)
        for (uint64_t rest = v->holding[w] | n->holding[w]; rest; rest &= rest - 1) {
            const uint32_t e = w * 64 + bits_low(rest);
            for (uint32_t vc = 0; vc < n->vcs; vc++)
                wave_level_set(&v->w, &v->held[(n->ports + e) * n->vcs + vc], cycle,
                               n->crossbar->held[e << CROSS_SHIFT | vc] & HELD_COUNT);
        }
}

/* The crossbar sleeps until somebody is at a front; what comes behind others is shown too. */
static uint64_t next_arrival(const struct vc_network *n, uint64_t cycle, uint64_t next)
{
    for (uint64_t at = cycle + 1; at < next && at <= cycle + n->crossbar->wheel_mask; at++)
        if (n->wave->wheel[at & n->crossbar->wheel_mask].n > 0)
            return at;
    return next;
}

uint64_t vc_wave_crossbar(const struct vc_network *n, uint64_t cycle)
{
    look(n, cycle);
    uint64_t next = vc_crossbar_eval(n->crossbar, cycle);
    show_senders(n, cycle);
    show_router(n, cycle);
    show_ends(n, cycle);
    return next_arrival(n, cycle, next);
}
