/* SPDX-License-Identifier: Apache-2.0 */
/* fabric_switch.c - which head goes where in a cycle. */
#include "hw/link/fabric_queue.h"

/* Outputs before `links` are chip links, the others ports. */
bool fabric_can_go(const struct fabric_router *r, uint32_t output, const struct fabric_item *i, uint64_t cycle)
{
    if (output < r->p.links)
        return packet_sender_free(&r->senders[output], cycle) && packet_sender_room(&r->senders[output], &i->k);
    return !r->outputs[output].given && net_port_room(&r->ports[output - r->p.links], message_vn(&i->k.m));
}

/* Round robin: the first queue at or after the pointer, else the first of all. Counts who could have gone too. */
static void choose(struct fabric_router *r, uint32_t output, uint64_t cycle)
{
    struct fabric_output *o = &r->outputs[output];
    uint32_t first = QUEUE_NONE, after = QUEUE_NONE, able = 0;
    for (uint32_t w = 0; w < r->words; w++) {
        for (uint64_t bits = o->asked[w]; bits != 0; bits &= bits - 1) {
            uint32_t q = w * 64 + (uint32_t)__builtin_ctzll(bits);
            if (!fabric_can_go(r, output, fabric_queue_head(&r->queues[q]), cycle))
                continue;
            able++;
            first = first == QUEUE_NONE ? q : first;
            after = after == QUEUE_NONE && q >= o->pointer ? q : after;
        }
    }
    o->winner = after != QUEUE_NONE ? after : first;
    if (able > 1)
        *(output < r->p.links ? &r->stat.lost_link : &r->stat.lost_port) += able - 1;
}

/* The place in the queue is free: tells who fills it. */
static void give_credit(struct fabric_router *r, const struct fabric_queue *q, uint64_t cycle)
{
    if (q->local)
        net_port_credit(&r->ports[q->source], q->vn);
    else
        packet_receiver_credit(&r->receivers[q->source], cycle, q->vn, q->crossed);
}

static void hand_to_chip(struct fabric_router *r, uint32_t port, struct message *m, uint64_t cycle)
{
    m->to = m->to_end;
    m->hops = 0;
    trail_stamp(&m->trail, cycle, TRAIL_NOC);
    r->stat.to_chip += message_payload(m);
    r->stat.messages_out++;
    net_port_send(&r->ports[port], cycle, m);
}

static void go(struct fabric_router *r, uint32_t output, uint64_t cycle)
{
    struct fabric_output *o = &r->outputs[output];
    struct fabric_queue *q = &r->queues[o->winner];
    struct fabric_packet *k = &fabric_queue_head(q)->k;
    if (output < r->p.links) {
        k->epoch = r->epoch;
        r->stat.transit += !q->local;
        packet_sender_send(&r->senders[output], cycle, k);
    } else {
        hand_to_chip(r, output - r->p.links, &k->m, cycle);
        o->given = true;
    }
    give_credit(r, q, cycle);
    o->pointer = o->winner + 1 < r->n_queues ? o->winner + 1 : 0;
    fabric_queue_pop(r, o->winner);
    r->run->progress++;
}

/* In a round every output chooses from the heads as they are, then all go; a head asks one output only, so outputs do
 * not see each other. What stands behind a head that went may go in the next round of the same cycle. */
void fabric_switch(struct fabric_router *r, uint64_t cycle)
{
    uint32_t n = r->p.links + r->p.ports;
    for (uint32_t i = r->p.links; i < n; i++)
        r->outputs[i].given = false;
    for (bool again = true; again;) {
        again = false;
        for (uint32_t i = 0; i < n; i++) {
            uint32_t output = run_order(r->run, cycle, i, n);
            r->outputs[output].winner = QUEUE_NONE;
            if (r->outputs[output].n_asked > 0)
                choose(r, output, cycle);
        }
        for (uint32_t i = 0; i < n; i++) {
            uint32_t output = run_order(r->run, cycle, i, n);
            if (r->outputs[output].winner == QUEUE_NONE)
                continue;
            go(r, output, cycle);
            again = true;
        }
    }
}
