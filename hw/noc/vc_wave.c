/* SPDX-License-Identifier: Apache-2.0 */
/* vc_wave.c - the VC network in the waveform: links, flits in buffers, source queues.
 *
 * Nothing of this stands in the routers: what a cycle has moved is read from the wheel. The lists that routers and
 * interfaces write for a later cycle say which link a flit took and which buffer it left:
 *
 *     flits   cycle + latency + 2           from routers; nobody else writes yet
 *             cycle + latency + 1           also the injected ones of this cycle: their input link is an endpoint's
 *     credits cycle + latency + 1           to endpoints: from routers
 *             cycle + latency + 1 + delay   to routers: from routers and endpoints */
#include "hw/noc/vc_state.h"

#include <stdlib.h>

#include "sim/base/mem.h"
#include "sim/kernel/link_probe.h"
#include "sim/kernel/wave.h"

struct vc_wave {
    struct wave w;
    struct link_probe *links;  /* by raw number */
    struct wave_level *held;   /* flits: input port of a router, or endpoint's end, x lanes + lane */
    uint32_t *flits;           /* likewise, counted */
    uint32_t *dirty, n_dirty;  /* whose count has changed in this cycle */
    struct wave_level *queues; /* messages in the source queues of an endpoint */
};

/* ---- names ---- */

/* A lane is a virtual network; lanes behind those are for messages that go apart. */
static const char *lane_name(const struct vc_network *n, uint32_t lane)
{
    static const char *const names[VN_COUNT + 1][VN_COUNT] = {
        [1] = {"flits"}, [2] = {"request", "response"}, [3] = {"request", "forward", "response"}};
    return names[n->p.shape.vns][lane % n->p.shape.vns];
}

/* Who sends to this input port of a router; NULL: nobody, at the edge of a mesh. */
static const char *sender_of(const struct vc_network *n, uint32_t port)
{
    if (n->port[port].down == VC_NONE)
        return NULL;
    uint32_t raw = link_in(n, &n->port[port]);
    for (uint32_t i = 0; i < n->n_links; i++)
        if (n->links[i].raw == raw)
            return n->links[i].from;
    return NULL;
}

static const char *endpoint_of(const struct vc_network *n, uint32_t endpoint)
{
    for (uint32_t i = 0; i < n->n_links; i++)
        if (n->links[i].raw == n->ports + endpoint)
            return n->links[i].from;
    return NULL;
}

static void declare_buffer(struct vc_network *n, struct wave *w, struct vc_wave *v, uint32_t port)
{
    bool end = port >= n->ports;
    const char *who = end ? endpoint_of(n, port - n->ports) : sender_of(n, port);
    char *scope = end ? mem_printf("%s.local", n->p.chip) : mem_printf("%s.r%u", n->p.name, n->port[port].router);
    for (uint32_t lane = 0; lane < n->lanes; lane++) {
        struct wave_level *l = &v->held[port * n->lanes + lane];
        *l = (struct wave_level) {.variable = UINT32_MAX};
        if (!who)
            continue;
        char *name =
            mem_printf("%s%s_%s%s", who, end ? "_eject" : "", lane_name(n, lane), lane < n->p.shape.vns ? "" : "_far");
        *l = wave_level_new(w, scope, name, (uint64_t)n->depth * (uint32_t)__builtin_popcount(n->lane_mask[lane]));
        free(name);
    }
    free(scope);
}

static void declare_queue(struct vc_network *n, struct wave *w, struct vc_wave *v, uint32_t endpoint)
{
    char *scope = mem_printf("%s.local", n->p.chip);
    char *name = mem_printf("%s_queue", endpoint_of(n, endpoint));
    v->queues[endpoint] = wave_level_new(w, scope, name, (uint64_t)n->queue_places * n->lanes);
    free(name);
    free(scope);
}

static void declare_link(struct vc_network *n, struct wave *w, struct vc_wave *v, uint32_t i)
{
    struct link_probe *l = &v->links[n->links[i].raw];
    link_probe_declare(l, w->probe, n->links[i].id);
    w->wanted += l->busy != UINT32_MAX || l->class_of != UINT32_MAX;
}

static void release(struct vc_wave *v)
{
    void *const blocks[] = {v->links, v->held, v->flits, v->dirty, v->queues, v};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
        free(blocks[i]);
}

void vc_network_show(struct vc_network *n, const struct slot_counter *launch)
{
    struct wave w = wave_new(n->run->probe, launch);
    if (!w.probe)
        return;
    struct vc_wave *v = mem_alloc(sizeof *v);
    size_t ports = (size_t)n->ports + n->endpoints, buffers = ports * n->lanes;
    v->links = mem_alloc_array(ports, sizeof *v->links);
    v->held = mem_alloc_array(buffers, sizeof *v->held);
    v->flits = mem_alloc_array(buffers, sizeof *v->flits);
    v->dirty = mem_alloc_array(4 * ports, sizeof *v->dirty);
    v->queues = mem_alloc_array(n->endpoints, sizeof *v->queues);
    for (size_t i = 0; i < ports; i++)
        v->links[i] = (struct link_probe) {.busy = UINT32_MAX, .class_of = UINT32_MAX};
    for (uint32_t i = 0; i < n->n_links; i++)
        declare_link(n, &w, v, i);
    for (uint32_t i = 0; i < ports; i++)
        declare_buffer(n, &w, v, i);
    for (uint32_t i = 0; i < n->endpoints; i++)
        declare_queue(n, &w, v, i);
    v->w = w;
    if (w.wanted == 0) {
        release(v);
        return;
    }
    n->wave = v;
}

/* ---- a cycle ---- */

static void count(const struct vc_network *n, uint32_t port, uint32_t vc, bool comes)
{
    struct vc_wave *v = n->wave;
    uint32_t i = port * n->lanes + n->lane_of_vc[vc];
    v->flits[i] += comes ? 1u : UINT32_MAX;
    v->dirty[v->n_dirty++] = i;
}

void vc_wave_arrive(const struct vc_network *n, const struct vc_slot *s)
{
    for (uint32_t i = 0; i < s->flits; i++)
        count(n, s->flit[i].target >> n->vc_shift, s->flit[i].target & n->vc_mask, true);
}

/* The input port, or endpoint's end, behind a link. */
static uint32_t behind(const struct vc_network *n, uint32_t link)
{
    return link < n->ports ? n->port[link].down >> n->vc_shift : n->ends[link - n->ports].port;
}

/* Credits to endpoints, or to routers. */
static void leave_buffers(const struct vc_network *n, const struct vc_slot *s, bool to_endpoints)
{
    for (uint32_t i = 0; i < s->credits; i++) {
        uint32_t vc = s->credit[i];
        if (to_endpoints == (vc >= n->router_vcs))
            count(n, behind(n, vc >> n->vc_shift), vc & n->vc_mask, false);
    }
}

static void pass(const struct vc_network *n, const struct vc_flit *f, uint32_t link, uint64_t cycle)
{
    struct vc_wave *v = n->wave;
    if (!wave_shows(&v->w, cycle))
        return;
    uint64_t now = cycle - v->w.launch->now.base;
    link_probe_burst(&v->links[link], v->w.probe, v->w.launch, now, now + 1, flit_kind(f->flit) / PAYLOAD_KINDS);
}

static void show_queue(const struct vc_network *n, uint32_t endpoint, uint64_t cycle)
{
    wave_level_set(&n->wave->w, &n->wave->queues[endpoint], cycle, n->ends[endpoint].pending);
}

/* The link by which a flit comes to this input VC or eject VC. */
static uint32_t link_of(const struct vc_network *n, uint32_t target)
{
    uint32_t port = target >> n->vc_shift;
    return port < n->ports ? link_in(n, &n->port[port]) : n->ends[port - n->ports].port;
}

static void links_taken(const struct vc_network *n, uint64_t cycle)
{
    const struct vc_slot *out = &n->wheel[(cycle + n->latency + 2) & n->wheel_mask];
    const struct vc_slot *in = &n->wheel[(cycle + n->latency + 1) & n->wheel_mask];
    for (uint32_t i = 0; i < out->flits; i++)
        pass(n, &out->flit[i], link_of(n, out->flit[i].target), cycle);
    for (uint32_t i = 0; i < in->flits; i++) {
        uint32_t link = link_of(n, in->flit[i].target);
        if (link < n->ports)
            continue;
        pass(n, &in->flit[i], link, cycle);
        show_queue(n, link - n->ports, cycle);
    }
}

void vc_wave_cycle(const struct vc_network *n, uint64_t cycle)
{
    struct vc_wave *v = n->wave;
    links_taken(n, cycle);
    leave_buffers(n, &n->wheel[(cycle + n->latency + 1) & n->wheel_mask], true);
    leave_buffers(n, &n->wheel[(cycle + n->latency + 1 + n->p.shape.credit_delay) & n->wheel_mask], false);
    for (uint32_t i = 0; i < v->n_dirty; i++)
        wave_level_set(&v->w, &v->held[v->dirty[i]], cycle, v->flits[v->dirty[i]]);
    v->n_dirty = 0;
    for (uint32_t word = 0; word < n->end_words; word++)
        for (uint64_t rest = n->sending[word]; rest; rest &= rest - 1)
            show_queue(n, word * 64 + bits_low(rest), cycle);
}

/* ---- the end ---- */

void vc_network_show_end(struct vc_network *n)
{
    struct vc_wave *v = n->wave;
    if (!v)
        return;
    for (uint32_t i = 0; i < n->ports + n->endpoints; i++)
        link_probe_flush(&v->links[i], v->w.probe, v->w.launch);
    for (uint32_t i = 0; i < (n->ports + n->endpoints) * n->lanes; i++)
        wave_level_end(&v->w, &v->held[i]);
    for (uint32_t i = 0; i < n->endpoints; i++)
        wave_level_end(&v->w, &v->queues[i]);
}

void vc_wave_free(struct vc_network *n)
{
    if (n->wave)
        release(n->wave);
}
