/* SPDX-License-Identifier: Apache-2.0 */
/* vc_router.c - the routers' cycle, with lists: VC allocation, route, switch allocation.
 *
 * All stages of a cycle decide on what was pending when the cycle began. So the order is: VC allocation (its winners
 * may not ask for the switch yet: they are remembered; heads that arrived in this cycle have their routes then), switch
 * allocation (what its tails leave behind, free output VCs and heads to be routed, is for the next cycle), then the
 * remembered winners. Routers do not meet within a cycle.
 *
 * VC allocation is one matching over all ports x VCs of a router; as a head asks for VCs of one output port and one
 * virtual network only, the matching falls apart into groups that are solved one by one, with the same result.
 * Almost always a head is alone in its group and a request alone at its input and its output: such a one gets what it
 * asks for without sets or searches, and moves the pointers as the full matching would.
 */
#include "hw/noc/vc_router.h"

#include <string.h>

#include "sim/base/error.h"

static const struct vc_engine lists = {0};

/* ---- VC allocation ---- */

static INLINE void take_held(struct vc_network *n, uint32_t vc, uint32_t resource)
{
    struct vc_port *sink = port_of(n, resource);
    if (hold_vc(n, sink, vc - sink->first, resource - sink->first, lists))
        n->winners[n->n_winners++] = vc;
}

/* A head and an output VC are matched. */
static INLINE void take_vc(struct vc_network *n, const struct vc_head *group, uint32_t vc, uint32_t resource)
{
    uint32_t base = port_of(n, vc)->first;
    n->askers[group->group]--;
    if (!n->again) {
        n->vc[resource].served = (uint16_t)(vc - base);
        n->vc[vc].took = (uint16_t)(resource - base);
    }
    if (n->vc_matches.places == 0) {
        take_held(n, vc, resource);
        return;
    }
    struct vc_head head = {group->group, vc, group->port, group->set};
    vc_match_later(&n->vc_matches, n->now + n->p.shape.vc_alloc_delay - 1, head, resource);
    n->vc[vc].out = VC_MATCHED;
}

/* How late a number comes on its router's circle when `last` was served last. */
static INLINE uint16_t behind(uint32_t number, uint32_t last)
{
    return (uint16_t)(number - last -
                      1); /* those up to `last` wrap round and come after all others, in their order too */
}

/* The VC that a head takes of those that are free at its output: the first after the one it accepted last. */
static INLINE uint32_t first_choice(const struct vc_network *n, const struct vc_head *h, uint32_t free)
{
    uint32_t first = h->port << n->vc_shift, turn = port_of(n, h->vc)->first + n->vc[h->vc].took + 1 - first;
    turn = turn < n->vcs ? turn : 0; /* elsewhere on the circle: from VC 0 on */
    uint32_t later = free >> turn << turn;
    return first + (uint32_t)__builtin_ctz(later ? later : free);
}

/* A head that is not alone in its group asks: each free VC remembers the one it would grant. */
static APART void ask_among_rivals(struct vc_network *n, const struct vc_head *h, uint32_t free)
{
    uint32_t first = h->port << n->vc_shift, vc = h->vc, base = port_of(n, vc)->first;
    uint16_t *asked = &n->group_asked[h->group];
    if (*asked == 0)
        n->rival_groups[n->n_rival_groups++] = *h;
    *asked = 1;
    if (n->input_first)
        free = 1u << (first_choice(n, h, free) - first);
    for (; free; free &= free - 1) {
        uint32_t resource = first + (uint32_t)__builtin_ctz(free), last = base + n->vc[resource].served;
        uint32_t *to = &n->grants[resource];
        if (*to == VC_NONE || behind(vc, last) < behind(*to, last))
            *to = vc;
    }
}

/* Each head takes the first of its grants. */
static void accept_grants(struct vc_network *n, const struct vc_head *h)
{
    uint32_t first = h->port << n->vc_shift, free = free_vcs(n, h);
    n->group_asked[h->group] = 0;
    for (uint32_t rest = n->input_first ? free : 0; rest; rest &= rest - 1)
        if (n->grants[first + (uint32_t)__builtin_ctz(rest)] == VC_NONE) /* nobody chose it */
            free &= ~(rest & -rest);
    for (uint32_t rest = free; rest; rest &= rest - 1) {
        uint32_t resource = first + (uint32_t)__builtin_ctz(rest), vc = n->grants[resource];
        uint32_t last = port_of(n, vc)->first + n->vc[vc].took;
        uint32_t *choice = &n->choice[vc];
        if (*choice == VC_NONE || behind(resource, last) < behind(*choice, last))
            *choice = resource;
    }
    for (uint32_t rest = free; rest; rest &= rest - 1) {
        uint32_t resource = first + (uint32_t)__builtin_ctz(rest), vc = n->grants[resource];
        n->grants[resource] = VC_NONE;
        if (n->choice[vc] != resource)
            continue;
        n->choice[vc] = VC_NONE;
        n->port[h->port].vc_losses--;
        take_vc(n, h, vc, resource);
    }
}

static APART void match_groups(struct vc_network *n)
{
    for (uint32_t i = 0; i < n->n_rival_groups; i++)
        accept_grants(n, &n->rival_groups[i]);
    n->n_rival_groups = 0;
}

/* Another iteration for those of the first `count` heads that got no VC. */
static APART void match_again(struct vc_network *n, uint32_t count)
{
    n->again = true;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t free = free_vcs(n, &n->heads[i]);
        if (free && n->vc[n->heads[i].vc].out == VC_WAITING)
            ask_among_rivals(n, &n->heads[i], free);
    }
    match_groups(n);
    n->again = false;
}

/* How many of the first `count` heads got no VC; they close up. */
static uint32_t still_waiting(struct vc_network *n, uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        n->heads[kept] = n->heads[i];
        kept += n->vc[n->heads[i].vc].out == VC_WAITING;
    }
    return kept;
}

/* Of `found` heads behind those that ask: how many have their routes now? The others began less than routing_delay
 * cycles ago; heads stand in the order in which they began. */
static APART uint32_t routed(struct vc_network *n, uint32_t found)
{
    uint32_t delay = n->p.shape.routing_delay;
    SIM_CHECK(delay > 1, "%s: routes of %u cycles need no waiting", n->p.name, delay);
    n->routing[n->now % delay] = found - n->n_routing;
    uint32_t *oldest = &n->routing[(n->now + 1) % delay], now = *oldest;
    *oldest = 0;
    n->n_routing = found - now;
    return now;
}

static APART void decide_head(struct vc_network *n, struct vc_head *h)
{
    uint32_t set, port = vc_decide(n, h->vc, &set) + local_port(n, port_of(n, h->vc)->first);
    *h = (struct vc_head) {port << n->set_shift | set, h->vc, port, n->set_mask[set]};
}

/* The heads behind the first `kept` and the gap up to `from` have their routes and ask from now on. */
static void more_ask(struct vc_network *n, uint32_t kept, uint32_t from)
{
    uint32_t end = n->routing ? from + routed(n, n->n_heads - from) : n->n_heads;
    for (uint32_t i = from; i < end; i++) {
        if (n->adaptive)
            decide_head(n, &n->heads[i]);
        n->askers[n->heads[i].group]++;
        if (kept != i)
            n->heads[kept] = n->heads[i];
        kept++;
    }
    n->n_asking = kept;
    for (uint32_t i = end; i < n->n_heads; i++)
        n->heads[kept++] = n->heads[i];
    n->n_heads = kept;
}

/* VC allocation of several cycles: whoever asked has left the list, with a VC or without, and hears of it when the last
 * cycle comes. A VC that somebody took meanwhile is lost; who has none asks again from the next cycle on. */
static APART void settle(struct vc_network *n, uint32_t losers)
{
    for (uint32_t i = 0; i < losers; i++) {
        struct vc_head h = n->heads[i];
        n->askers[h.group]--;
        vc_match_later(&n->vc_matches, n->now + n->p.shape.vc_alloc_delay - 1, h, VC_NONE);
    }
    memmove(n->heads, n->heads + losers, (n->n_heads - losers) * sizeof *n->heads);
    n->n_asking -= losers;
    n->n_heads -= losers;
    for (const struct vc_matched *m; (m = vc_match_due(&n->vc_matches, n->now));) {
        if (m->got != VC_NONE && n->port[m->head.port].free >> (m->got & n->vc_mask) & 1) {
            take_held(n, m->head.vc, m->got);
            continue;
        }
        n->vc[m->head.vc].out = VC_WAITING;
        n->askers[m->head.group]++;
        memmove(n->heads + n->n_asking + 1, n->heads + n->n_asking, (n->n_heads - n->n_asking) * sizeof *n->heads);
        n->heads[n->n_asking++] = m->head;
        n->n_heads++;
    }
}

/* A head alone in its group takes the first free VC at or after its pointer. Whoever stays without a VC has lost. */
static void vc_stage(struct vc_network *n)
{
    if (n->p.shape.routing_delay == 0)
        more_ask(n, n->n_asking, n->n_asking);
    uint32_t kept = 0, asking = n->n_asking;
    for (uint32_t i = 0; i < asking; i++) {
        const struct vc_head *h = &n->heads[i];
        uint32_t free = free_vcs(n, h);
        if (free && n->askers[h->group] == 1) {
            take_vc(n, h, h->vc, first_choice(n, h, free));
            continue;
        }
        if (free)
            ask_among_rivals(n, h, free);
        n->port[h->port].vc_losses++;
        if (kept != i)
            n->heads[kept] = *h;
        kept++;
    }
    if (n->n_rival_groups > 0) {
        match_groups(n);
        for (uint32_t i = 1; i < n->iterations; i++)
            match_again(n, kept);
        kept = still_waiting(n, kept);
    }
    more_ask(n, kept, asking);
    if (n->vc_matches.places > 0)
        settle(n, kept);
}

/* A head bids for the switch in the cycle in which it asks for a VC, where one is free and has credit. */
static void bid(struct vc_network *n)
{
    if (n->p.shape.routing_delay == 0)
        more_ask(n, n->n_asking, n->n_asking);
    for (uint32_t k = 0; k < n->n_asking; k++) {
        uint32_t port = n->heads[k].port;
        for (uint32_t free = free_vcs(n, &n->heads[k]); free; free &= free - 1)
            if (n->vc[(port << n->vc_shift) + (uint32_t)__builtin_ctz(free)].credits > 0) {
                n->bid_port[n->heads[k].vc] = port;
                n->bids[n->n_bids++] = n->heads[k].vc;
                break;
            }
    }
}

/* ---- the cycle ---- */

static void winners_get_ready(struct vc_network *n)
{
    for (uint32_t i = 0; i < n->n_winners; i++) {
        uint32_t vc = n->winners[i];
        if (n->redeemed && n->redeemed[vc])
            n->redeemed[vc] = false;
        else
            set_ready(n, n->tiles, vc, port_of(n, vc), lists);
    }
    n->n_winners = 0;
}

/* Another order of the same lists must change nothing. */
static void shuffle(struct vc_network *n, uint64_t cycle)
{
    struct vc_head *heads = (struct vc_head *)n->order;
    for (uint32_t i = 0; i < n->n_asking; i++)
        heads[i] = n->heads[run_order(n->run, cycle, i, n->n_asking)];
    memcpy(n->heads, heads, n->n_asking * sizeof *heads);
    uint32_t *ready = (uint32_t *)n->order;
    for (uint32_t i = 0; i < n->n_ready; i++)
        ready[i] = n->ready[run_order(n->run, cycle, i, n->n_ready)];
    memcpy(n->ready, ready, n->n_ready * sizeof *ready);
}

void vc_routers_cycle(struct vc_network *n, uint64_t cycle)
{
    arrive_credits(n, n->tiles, slots_at(n, cycle), lists);
    arrive_flits(n, n->tiles, slots_at(n, cycle), lists);
    if (n->run->shuffle)
        shuffle(n, cycle);
    if (n->p.shape.speculative)
        bid(n);
    vc_stage(n);
    if (n->switch_matches.places > 0)
        vc_switch_stage_delayed(n);
    else if (n->options)
        vc_switch_stage_with_options(n);
    else
        vc_switch_stage(n);
    winners_get_ready(n);
}
