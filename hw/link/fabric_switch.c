/* SPDX-License-Identifier: Apache-2.0 */
/* fabric_switch.c - who goes in a cycle; outputs before `links` are chip links, the others ports. */
#include "hw/link/fabric_queue.h"
#include "hw/link/fabric_sums.h"

static bool is_free(const struct fabric_router *r, uint32_t output, uint64_t cycle)
{
    return output < r->p.links ? packet_sender_free(&r->senders[output], cycle) : !r->outputs[output].given;
}

/* Sources of word w that ask and have room behind the output. */
static uint64_t able_in(const struct fabric_router *r, uint32_t output, uint32_t w)
{
    const struct fabric_output *o = &r->outputs[output];
    const uint64_t asked = o->asked[w];
    uint64_t able = 0;
    for (uint32_t first = 0; asked != 0 && first < VN_COUNT * PACKET_CLASSES; first += PACKET_CLASSES)
        for (uint32_t lane = first; lane < first + r->p.size.classes; lane++) {
            uint64_t bits = asked & o->lanes[lane * r->words + w];
            if (bits != 0 && fabric_lane_room(r, output, lane))
                able |= bits;
        }
    return able;
}

/* How far behind the one whose turn it is: inputs first, within an input its sources. */
static uint32_t turns_until(const struct fabric_router *r, const struct fabric_output *o, uint32_t source)
{
    uint32_t input = r->sources[source].input, inputs = r->p.links + 1, first = o->pointer[input];
    uint32_t rank = input >= o->turn ? input - o->turn : input + inputs - o->turn;
    return rank * r->n_sources + (source >= first ? source - first : source + r->n_sources - first);
}

/* Round robin over the inputs that have something able to go, and over the sources of each. Counts who could have gone
 * too. */
static uint32_t choose(struct fabric_router *r, uint32_t output)
{
    const struct fabric_output *o = &r->outputs[output];
    uint32_t best = FABRIC_NONE, source = FABRIC_NONE, n = 0;
    for (uint32_t w = 0; w < r->words; w++) {
        for (uint64_t bits = able_in(r, output, w); bits != 0; bits &= bits - 1, n++) {
            uint32_t s = w * 64 + (uint32_t)__builtin_ctzll(bits), turns = turns_until(r, o, s);
            source = turns < best ? s : source;
            best = turns < best ? turns : best;
        }
    }
    if (n > 1)
        *(output < r->p.links ? &r->stat.lost_link : &r->stat.lost_port) += n - 1;
    return source;
}

/* A place of the source is free: tells who fills it. */
static void give_credit(struct fabric_router *r, const struct fabric_source *s, const struct message *m, uint64_t cycle)
{
    if (s->local && r->sums)
        fabric_sums_left(r->sums, m);
    else if (s->local)
        net_port_credit(&r->ports[s->from], s->vn);
    else
        packet_receiver_credit(&r->receivers[s->from], cycle, m, r->sources[s->pool].crossed);
}

static void hand_to_chip(struct fabric_router *r, uint32_t port, struct message *m, uint64_t cycle)
{
    m->to = m->to_end;
    m->hops = 0;
    message_enters(m, cycle, TRAIL_NOC);
    r->stat.to_chip += message_payload(m);
    r->stat.messages_out++;
    net_port_send(&r->ports[port], cycle, m);
}

static void go(struct fabric_router *r, uint32_t output, uint32_t source, uint64_t cycle)
{
    struct fabric_output *o = &r->outputs[output];
    const struct fabric_source *s = &r->sources[source];
    struct fabric_packet *k = fabric_queue_head(r, output, source);
    if (output < r->p.links) {
        packet_sender_send(&r->senders[output], cycle, k, r->epoch);
        r->stat.transit += !s->local;
    } else {
        hand_to_chip(r, output - r->p.links, &k->m, cycle);
        o->given = true;
    }
    give_credit(r, s, &k->m, cycle);
    o->pointer[s->input] = source + 1 < r->n_sources ? source + 1 : 0;
    o->turn = s->input < r->p.links ? s->input + 1 : 0;
    fabric_queue_pop(r, output, source);
    r->run->progress++;
}

/* An output sees its own lists and credits only, so the order of outputs does not matter. */
void fabric_switch(struct fabric_router *r, uint64_t cycle)
{
    uint32_t n = r->p.links + r->p.ports;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t output = run_order(r->run, cycle, i, n);
        struct fabric_output *o = &r->outputs[output];
        o->given = false;
        while (o->n_asked > 0 && is_free(r, output, cycle)) {
            uint32_t source = choose(r, output);
            if (source == FABRIC_NONE)
                break;
            go(r, output, source, cycle);
        }
    }
}
