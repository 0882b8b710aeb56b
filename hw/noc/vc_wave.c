/* SPDX-License-Identifier: Apache-2.0 */
/* vc_wave.c - the VC network in the waveform: links, flits in the buffers of VCs, source queues.
 *
 * Routers and interfaces note what a cycle moves in a list apart: flits and credits with the VC to which they go. It
 * says which link a flit took, and a credit which buffer a flit left. Crossbars of whole packets: vc_wave_crossbar.c.
 */
#include "hw/noc/vc_wave.h"

#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/base/mem.h"

/* ---- names ---- */

/* A lane is a virtual network; lanes behind those are for messages that go apart. */
static const char *lane_name(const struct vc_network *n, uint32_t lane)
{
    static const char *const names[VN_COUNT + 1][VN_COUNT] = {
        [1] = {"flits"}, [2] = {"request", "response"}, [3] = {"request", "forward", "response"}};
    return names[n->p.shape.vns][lane % n->p.shape.vns];
}

/* Who sends to this input port of a router; NULL: nobody, at the edge of a mesh. */
static char *sender_of(const struct vc_network *n, uint32_t port)
{
    if (n->port[port].down == VC_NONE)
        return NULL;
    uint32_t raw = link_in(n, port);
    for (uint32_t i = 0; i < n->n_links; i++)
        if (n->links[i].raw == raw)
            return n->links[i].twin ? mem_printf("%s_%u", n->links[i].from, n->links[i].twin)
                                    : mem_printf("%s", n->links[i].from);
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
    char *sender = end ? NULL : sender_of(n, port);
    const char *who = end ? endpoint_of(n, port - n->ports) : sender;
    char *scope = end ? mem_printf("%s.local", n->p.chip) : mem_printf("%s.r%u", n->p.name, n->port[port].router);
    for (uint32_t vc = 0; vc < n->vcs; vc++) {
        struct wave_level *l = &v->held[port * n->vcs + vc];
        uint32_t lane = n->lane_of_vc[vc];
        *l = (struct wave_level) {.variable = UINT32_MAX};
        if (!who)
            continue;
        char *name = mem_printf("%s%s_%s%s_vc%u", who, end ? "_eject" : "", lane_name(n, lane),
                                lane < n->p.shape.vns ? "" : "_far", vc);
        *l = wave_level_new(w, scope, name, n->depth);
        free(name);
    }
    free(sender);
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
    void *const blocks[] = {v->moved.flit, v->moved.credit, v->links, v->held,    v->flits, v->dirty, v->queues,
                            v->wheel,      v->wheel_vcs,    v->busy,  v->holding, v->sent,  v};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
        free(blocks[i]);
}

void vc_network_show(struct vc_network *n, const struct slot_counter *launch)
{
    struct wave w = wave_new(n->run->probe, launch);
    if (!w.probe)
        return;
    struct vc_wave *v = mem_alloc(sizeof *v);
    size_t ports = (size_t)n->ports + n->endpoints, buffers = ports * n->vcs;
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
    SIM_CHECK(n->evals == 0, "a waveform of a network that has run: the state of its lines would be lost");
    if (n->crossbar) {
        vc_wave_crossbar_build(n, v);
        return;
    }
    vc_lines_free(n);
    v->moved.flit = mem_alloc_array(ports, sizeof *v->moved.flit);
    v->moved.credit = mem_alloc_array(ports, sizeof *v->moved.credit);
    n->moved = &v->moved;
}

/* ---- a cycle ---- */

static void count(const struct vc_network *n, uint32_t port, uint32_t vc, bool comes)
{
    vc_wave_count(n->wave, port * n->vcs + vc, comes);
}

void vc_wave_arrive(const struct vc_network *n, uint64_t cycle)
{
    const struct vc_slot *s = slots_at(n, cycle);
    for (uint32_t k = 0; k <= n->n_tiles; k++, s++)
        for (uint32_t i = 0; i < s->flits; i++)
            count(n, s->flit[i].target >> n->vc_shift, s->flit[i].target & n->vc_mask, true);
}

/* The input port, or endpoint's end, behind a link. */
static uint32_t behind(const struct vc_network *n, uint32_t link)
{
    return link < n->ports ? n->port[link].down >> n->vc_shift : n->ends[link - n->ports].port;
}

/* A credit goes back over the link by which the flit came. */
static void leave_buffers(const struct vc_network *n)
{
    for (uint32_t i = 0; i < n->moved->credits; i++) {
        uint32_t vc = n->moved->credit[i];
        count(n, behind(n, vc >> n->vc_shift), vc & n->vc_mask, false);
    }
}

/* The link by which a flit comes to this input VC or eject VC. */
static uint32_t link_of(const struct vc_network *n, uint32_t target)
{
    uint32_t port = target >> n->vc_shift;
    return port < n->ports ? link_in(n, port) : n->ends[port - n->ports].port;
}

static void links_taken(const struct vc_network *n, uint64_t cycle)
{
    for (uint32_t i = 0; i < n->moved->flits; i++) {
        uint32_t link = link_of(n, n->moved->flit[i].target);
        vc_wave_pass(n->wave, link, flit_kind(n->moved->flit[i].flit), cycle);
        if (link >= n->ports)
            vc_wave_queue(n, link - n->ports, cycle);
    }
}

void vc_wave_cycle(const struct vc_network *n, uint64_t cycle)
{
    struct vc_wave *v = n->wave;
    links_taken(n, cycle);
    leave_buffers(n);
    n->moved->flits = n->moved->credits = 0;
    vc_wave_tell(v, cycle);
    for (uint32_t word = 0; word < n->end_words; word++)
        for (uint64_t rest = n->sending[word]; rest; rest &= rest - 1)
            vc_wave_queue(n, word * 64 + bits_low(rest), cycle);
}

/* ---- the end ---- */

void vc_network_show_end(struct vc_network *n)
{
    struct vc_wave *v = n->wave;
    if (!v)
        return;
    for (uint32_t i = 0; i < n->ports + n->endpoints; i++)
        link_probe_flush(&v->links[i], v->w.probe, v->w.launch);
    for (uint32_t i = 0; i < (n->ports + n->endpoints) * n->vcs; i++)
        wave_level_end(&v->w, &v->held[i]);
    for (uint32_t i = 0; i < n->endpoints; i++)
        wave_level_end(&v->w, &v->queues[i]);
}

void vc_wave_free(struct vc_network *n)
{
    if (n->wave)
        release(n->wave);
}
