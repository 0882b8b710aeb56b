/* SPDX-License-Identifier: Apache-2.0 */
/* vc_router.h - what the stages of the routers' cycle share; private to hw/noc.
 *
 * Functions with `few` exist twice, for sets of one word and of more: a constant in both. */
#ifndef HW_NOC_VC_ROUTER_H
#define HW_NOC_VC_ROUTER_H

#include "hw/noc/vc_state.h"

#if defined(__GNUC__)
#define INLINE __attribute__((always_inline)) inline
#define APART  __attribute__((noinline)) /* rare: keeps its registers out of the loops */
#else
#define INLINE inline
#define APART
#endif

static INLINE struct vc_port *port_of(const struct vc_network *n, uint32_t vc)
{
    return &n->port[vc >> n->vc_shift];
}

/* An active VC that has a flit and credit takes part in switch allocation from now on. */
static INLINE void set_ready(struct vc_network *n, uint32_t vc, uint32_t out)
{
    port_of(n, vc)->asks++;
    port_of(n, out)->asked++;
    n->ready[n->n_ready++] = vc;
}

/* The head at the front of the FIFO finds its output port in this cycle; it asks for a VC from the next one on, with
 * look-ahead (the route came with it) in this one. */
static INLINE void begin_packet(struct vc_network *n, uint32_t router, uint32_t vc)
{
    struct vc_in *in = &n->in[vc];
    struct vc_packet *p = &n->packets[flit_packet(in->front)];
    uint32_t set = n->lane_of_vc[vc & n->vc_mask], port = vc_route(n, router, vc >> n->vc_shift, p, &set);
    uint32_t group = port << n->set_shift | set;
    p->to.hops++;
    in->out = VC_WAITING;
    n->heads[n->n_heads++] = (struct vc_head) {group, vc};
}

static INLINE uint32_t group_port(const struct vc_network *n, uint32_t group)
{
    return group >> n->set_shift;
}

static INLINE uint32_t free_vcs(const struct vc_network *n, uint32_t group)
{
    return n->port[group_port(n, group)].free & n->set_mask[group & ((1u << n->set_shift) - 1)];
}

static inline void vc_match_later(struct vc_matches *m, uint64_t due, uint32_t vc, uint32_t group, uint32_t got)
{
    m->items[(m->head + m->n++) % m->places] = (struct vc_matched) {due, vc, group, got};
}
/* The next one whose last cycle has come, or NULL; valid until the next call. */
static inline const struct vc_matched *vc_match_due(struct vc_matches *m, uint64_t now)
{
    const struct vc_matched *first = &m->items[m->head];
    if (m->n == 0 || first->due > now)
        return NULL;
    m->head = (m->head + 1) % m->places;
    m->n--;
    return first;
}

/* vc_switch.c: input VCs that may send a flit get the switch; firm requests only, or also bids and kept switches. */
void vc_switch_stage(struct vc_network *n);
void vc_switch_stage_with_options(struct vc_network *n);
void vc_switch_stage_delayed(struct vc_network *n);

#endif
