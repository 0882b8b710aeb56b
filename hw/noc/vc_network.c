/* SPDX-License-Identifier: Apache-2.0 */
/* vc_network.c - the cycle of a VC network: what arrives, the endpoints' ends, the routers. */
#include "hw/noc/vc_network.h"

#include <inttypes.h>
#include <stdlib.h>

#include "hw/noc/vc_router.h"
#include "hw/noc/vc_wave.h"
#include "sim/base/error.h"
#include "sim/base/mem.h"

struct vc_network *vc_network_new(const struct vc_network_params *p, struct run_control *run)
{
    struct vc_network *n = mem_alloc(sizeof *n);
    n->p = *p;
    n->run = run;
    vc_build(n);
    return n;
}

static void free_links(struct vc_network *n)
{
    for (uint32_t i = 0; i < n->n_links; i++) {
        free(n->links[i].id);
        free(n->links[i].from);
        free(n->links[i].to);
    }
    free(n->links);
    void *const counts[] = {n->walked,   n->legs_x,  n->legs_y,          n->flits_for,
                            n->on_links, n->entered, n->on_links_before, n->pair_flits};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        free(counts[i]);
}

void vc_network_free(struct vc_network *n)
{
    if (!n)
        return;
    free_links(n);
    message_store_free(&n->store);
    vc_wave_free(n);
    vc_lines_free(n);
    vc_crossbar_free(n);
    void *const blocks[] = {n->credits_memory,
                            n->places,
                            n->column,
                            n->port_latency,
                            n->back_latency,
                            n->row,
                            n->router,
                            n->port_memory,
                            n->vc_memory,
                            n->tiles,
                            n->tile_lists,
                            n->step_winners,
                            n->step_granted,
                            n->wheel_flits,
                            n->wheel_credits,
                            n->input_grants,
                            n->choosers,
                            n->taken,
                            n->next_head,
                            n->chains,
                            n->inputs,
                            n->flits,
                            n->ends_memory,
                            n->ready,
                            n->heads,
                            n->askers,
                            n->sending,
                            n->holding,
                            n->arrived,
                            n->wheel,
                            n->order,
                            n->winners,
                            n->rival_groups,
                            n->grants,
                            n->rival_routers,
                            n->rivals,
                            n->outs,
                            n->requests,
                            n->speaker,
                            n->choice,
                            n->group_asked,
                            n->chosen,
                            n->bids,
                            n->bid_port,
                            n->redeemed,
                            n->kept,
                            n->keeps,
                            n->busy,
                            n->busy_ports,
                            n->routing,
                            n->vc_matches.items,
                            n->switch_matches.items,
                            n->won,
                            n->packets,
                            n->to,
                            n->way};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
        free(blocks[i]);
    free(n);
}

void vc_network_connect(struct vc_network *n, struct domain *domain, const struct net_peer *peers)
{
    SIM_CHECK(!n->connected && !n->deliver && !n->flit_seen, "%s is connected already", n->p.name);
    n->connected = true;
    for (uint32_t i = 0; i < n->endpoints; i++) {
        n->ends[i].from_endpoint = peers[i].from_endpoint;
        n->ends[i].to_endpoint = peers[i].to_endpoint;
        n->ends[i].in_credit = peers[i].in_credit;
        credit_line_init(&n->out_credits[i], domain);
        mailbox_flag_by_turns(peers[i].from_endpoint, &n->arrived[i / 64 * 2], 1ull << i % 64);
    }
}

struct credit_line *vc_network_out_credit(struct vc_network *n, uint32_t endpoint)
{
    return &n->out_credits[endpoint];
}

struct message_store *vc_network_store(struct vc_network *n)
{
    return &n->store;
}

uint32_t vc_network_endpoints(const struct vc_network *n)
{
    return n->endpoints;
}

uint32_t vc_network_mail_items(const struct vc_network *n)
{
    return n->p.out_places * VN_COUNT;
}

void vc_network_on_delivery(struct vc_network *n,
                            void (*deliver)(void *self, uint32_t endpoint, const struct message *m, uint64_t cycle),
                            void *self)
{
    n->deliver = deliver;
    n->deliver_self = self;
}

void vc_network_on_flit(struct vc_network *n, void (*seen)(void *self, struct message *m, enum vc_flit_place place),
                        void *self)
{
    SIM_CHECK(!n->connected, "%s has mailboxes", n->p.name);
    n->flit_seen = seen;
    n->flit_self = self;
}

/* ---- the cycle ---- */

static uint32_t slot_items(const struct vc_slot *s)
{
    return s->flits + s->credits;
}

uint32_t vc_under_way(const struct vc_network *n)
{
    if (n->crossbar)
        return vc_crossbar_under_way(n);
    uint32_t items = 0;
    for (uint32_t i = 0; i < (n->wheel_mask + 1) * (n->n_tiles + 1); i++)
        items += slot_items(&n->wheel[i]);
    return items;
}

static uint64_t next_cycle(struct vc_network *n, uint64_t cycle)
{
    uint64_t any = n->n_heads | n->n_ready | n->n_kept | n->vc_matches.n | n->switch_matches.n;
    for (uint32_t i = 0; i < n->n_tiles; i++)
        any |= n->tiles[i].n_fresh | n->tiles[i].n_wanted | n->tiles[i].n_asked;
    for (uint32_t w = 0; w < n->end_words; w++)
        any |= n->sending[w] | n->holding[w];
    if (any)
        return cycle + 1;
    for (uint64_t next = cycle + 1; next <= cycle + n->wheel_mask; next++)
        for (uint32_t i = 0; i <= n->n_tiles; i++)
            if (slot_items(slots_at(n, next) + i) > 0)
                return next;
    return CYCLE_NEVER;
}

static void routers_cycles(struct vc_network *n, uint64_t cycle, uint32_t cycles)
{
    n->behind = 0;
    if (n->lines) {
        vc_lines_cycles(n, cycle, cycles);
        return;
    }
    if (n->masks) {
        vc_masks_cycles(n, cycle, cycles);
        return;
    }
    vc_send_from(n, cycle);
    vc_routers_cycle(n, cycle);
}

void vc_network_catch_up(struct vc_network *n)
{
    if (n->behind > 0)
        routers_cycles(n, n->now, 1);
}

uint64_t vc_network_eval(struct vc_network *n, uint64_t cycle)
{
    n->evals++;
    if (n->crossbar) {
        n->now = cycle;
        return n->wave ? vc_wave_crossbar(n, cycle) : vc_crossbar_eval(n->crossbar, cycle);
    }
    if (cycle > n->now + 1)
        vc_network_catch_up(n);
    n->now = cycle;
    n->end_flits = slots_at(n, cycle + n->node_latency + 1);
    n->end_credits = slots_at(n, cycle + n->node_latency + 1 + n->p.shape.credit_delay);
    if (n->wave)
        vc_wave_arrive(n, cycle);
    vc_interface_arrive(n, slots_at(n, cycle) + n->n_tiles, cycle);
    vc_interface_inject(n, cycle);
    vc_interface_eject(n, cycle);
    if (n->lags && n->behind == 0 && !n->wave) {
        n->behind = 1;
        return cycle + 1;
    }
    routers_cycles(n, cycle - n->behind, 1 + n->behind);
    if (n->wave)
        vc_wave_cycle(n, cycle);
    return next_cycle(n, cycle);
}

bool vc_network_idle(const struct vc_network *n)
{
    return n->inside == 0;
}

/* ---- who waits for whom ---- */

/* Does a head wait for an adaptive route? */
static bool undecided(const struct vc_network *n, uint32_t vc)
{
    for (uint32_t i = 0; n->adaptive && i < n->n_tiles; i++)
        for (uint32_t k = 0; k < n->tiles[i].n_fresh; k++)
            if (n->tiles[i].fresh[k] == vc)
                return true;
    return false;
}

/* The output port of whose VCs a waiting head wants one. */
static uint32_t port_wanted(const struct vc_network *n, uint32_t vc)
{
    if (n->masks)
        return undecided(n, vc) ? VC_NONE : route_port(n->vc[vc].out, n->wide);
    for (uint32_t i = 0; i < n->n_heads; i++)
        if (n->heads[i].vc == vc && n->heads[i].port != VC_NONE)
            return n->heads[i].port - n->router[n->port[n->heads[i].port].router].port_base;
    return VC_NONE; /* VC allocation of several cycles is under way, or the route */
}

static void dump_vc(const struct vc_network *n, uint32_t router, uint32_t local, struct diag *d)
{
    const struct vc_router *r = &n->router[router];
    const struct vc *in = &n->vc[r->vc_base + local];
    if (in->out == VC_IDLE)
        return;
    const struct message *m = message_at(&n->store, flit_packet(in->front));
    uint32_t port = local >> n->vc_shift, vc = local & n->vc_mask, out = in->out;
    uint32_t wanted = out < VC_WAITING ? VC_NONE : port_wanted(n, r->vc_base + local);
    if (out < VC_WAITING)
        diag_add(d, "", 0, 0, n->p.name, "r%u port %u VC %u: %u flits, holds port %u VC %u with %u credits", router,
                 port, vc, fifo_count(in), out >> n->vc_shift, out & n->vc_mask, n->vc[r->vc_base + out].credits);
    if (wanted != VC_NONE)
        diag_add(d, "", 0, 0, n->p.name,
                 "r%u port %u VC %u: %u flits to endpoint %u, waits for an output VC of port %u", router, port, vc,
                 fifo_count(in), m->to, wanted);
}

static void dump_end(const struct vc_network *n, uint32_t endpoint, struct diag *d)
{
    const struct vc_interface *e = &n->ends[endpoint];
    if (e->pending > 0)
        diag_add(d, "", 0, 0, n->p.name, "endpoint %u: %u messages in its source queues", endpoint, e->pending);
    for (uint32_t rest = e->held; rest; rest &= rest - 1) {
        uint32_t vc = (uint32_t)__builtin_ctz(rest);
        diag_add(d, "", 0, 0, n->p.name, "endpoint %u eject VC %u: %u flits wait for a place at the endpoint", endpoint,
                 vc, fifo_count(&n->vc[end_vc(n, endpoint) + vc]));
    }
}

void vc_network_dump(const struct vc_network *n, uint64_t cycle, struct diag *d)
{
    if (vc_network_idle(n))
        return;
    vc_lines_show(n);
    vc_crossbar_show(n);
    diag_add(d, "", 0, 0, n->p.name, "cycle %" PRIu64 ": %u packets, %u flits and credits on links", cycle, n->inside,
             vc_under_way(n));
    for (uint32_t i = 0; i < n->routers; i++)
        for (uint32_t k = 0; k < n->router[i].circle; k++)
            dump_vc(n, i, k, d);
    for (uint32_t e = 0; e < n->endpoints; e++)
        dump_end(n, e, d);
}
