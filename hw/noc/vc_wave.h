/* SPDX-License-Identifier: Apache-2.0 */
/* vc_wave.h - what the waveform of a VC network keeps; private to hw/noc.
 *
 * Routers with masks or lists note what they move in a list apart (vc_wave.c). A crossbar notes nothing: what a cycle
 * has done is read off its lists (vc_wave_crossbar.c). */
#ifndef HW_NOC_VC_WAVE_H
#define HW_NOC_VC_WAVE_H

#include "hw/noc/vc_state.h"
#include "sim/kernel/link_probe.h"
#include "sim/kernel/wave.h"

/* Packets on the way to the router that come in one cycle. */
struct vc_wave_slot {
    uint32_t n;
    uint32_t *vc; /* input VCs */
};

struct vc_wave {
    struct wave w;
    struct vc_slot moved;
    struct link_probe *links;  /* by raw number */
    struct wave_level *held;   /* flits of a VC: input port of a router, or endpoint's end, x VCs + VC */
    uint32_t *flits;           /* likewise, counted */
    uint32_t *dirty, n_dirty;  /* whose count has changed in this cycle */
    struct wave_level *queues; /* messages in the source queues of an endpoint */
    /* crossbar */
    struct vc_wave_slot *wheel; /* by cycle, as the crossbar's own */
    uint32_t *wheel_vcs;        /* its memory */
    uint64_t *busy, *holding;   /* endpoints: that may send in this cycle, that held something when it began */
    uint64_t *sent;             /* flits of an endpoint before this cycle; of others nothing */
};

/* The flit count of buffer `i` changes by 1 in this cycle. */
static inline void vc_wave_count(struct vc_wave *v, uint32_t i, bool comes)
{
    v->flits[i] += comes ? 1u : UINT32_MAX;
    v->dirty[v->n_dirty++] = i;
}

/* A flit of this kind takes the link. */
static inline void vc_wave_pass(struct vc_wave *v, uint32_t link, uint32_t kind, uint64_t cycle)
{
    uint64_t now = cycle - v->w.launch->now.base;
    if (wave_shows(&v->w, cycle))
        link_probe_burst(&v->links[link], v->w.probe, v->w.launch, now, now + 1, kind / PAYLOAD_KINDS);
}

static inline void vc_wave_queue(const struct vc_network *n, uint32_t endpoint, uint64_t cycle)
{
    wave_level_set(&n->wave->w, &n->wave->queues[endpoint], cycle, n->ends[endpoint].pending);
}

/* Tells the counts that have changed. */
static inline void vc_wave_tell(struct vc_wave *v, uint64_t cycle)
{
    for (uint32_t i = 0; i < v->n_dirty; i++)
        wave_level_set(&v->w, &v->held[v->dirty[i]], cycle, v->flits[v->dirty[i]]);
    v->n_dirty = 0;
}

/* vc_wave_crossbar.c: vc_crossbar_eval, and what it has done is told. */
void vc_wave_crossbar_build(const struct vc_network *n, struct vc_wave *v);
uint64_t vc_wave_crossbar(const struct vc_network *n, uint64_t cycle);

#endif
