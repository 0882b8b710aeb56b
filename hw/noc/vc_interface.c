/* SPDX-License-Identifier: Apache-2.0 */
/* vc_interface.c - the nodes' ends of the network: source queues, injection, eject VCs.
 *
 * Injection: one flit per cycle; the virtual networks that can send take turns. A head picks its VC at once: after the
 * VC used last the first one with credit. The place in the source queue is free again when the tail is sent. Ejection:
 * a head needs a place at the endpoint, which is its packet's from then on; its flits are then taken as they come, one
 * per cycle, and their credits go back. What finds no place stays in its VC, without credit. */
#include "hw/noc/vc_state.h"

#include "sim/base/error.h"

/* ---- from the endpoint ---- */

static uint64_t *pair_of(const struct vc_network *n, uint32_t from, uint32_t to)
{
    return &n->pair_flits[(size_t)from * n->endpoints + to];
}

static uint32_t packet_new(struct vc_network *n)
{
    if (n->n_unused > 0)
        return n->unused[--n->n_unused];
    SIM_CHECK(n->fresh < n->n_packets, "%s: no packet is left of %u", n->p.name, n->n_packets);
    return n->fresh++;
}

bool vc_network_room(const struct vc_network *n, uint32_t endpoint, enum virtual_network vn)
{
    return n->ends[endpoint].queues[n->lane_of[vn]].count < n->queue_places;
}

static void queue_put(struct vc_network *n, struct vc_queue *q, uint32_t packet)
{
    if (q->count++ == 0)
        q->first = packet;
    else
        n->packets[q->last].next = packet;
    q->last = packet;
}

void vc_network_offer(struct vc_network *n, uint32_t endpoint, const struct message *m)
{
    const struct vc_shape *shape = &n->shapes[m->type][m->sectors & ALL_SECTORS];
    struct vc_interface *e = &n->ends[endpoint];
    uint32_t lane = n->lane_of[shape->vn] + (m->from_chip != n->p.chip_number ? n->foreign : 0), to = m->to;
    SIM_CHECK(lane < n->lanes, "%s: %s: virtual network %u is not in use", n->p.name, message_infos[m->type].name,
              shape->vn);
    SIM_CHECK(to < n->endpoints, "%s: %s goes to endpoint %u of %u", n->p.name, message_infos[m->type].name, to,
              n->endpoints);
    SIM_CHECK(e->queues[lane].count < n->queue_places, "%s: endpoint %u sends without room", n->p.name, endpoint);
    uint32_t packet = packet_new(n);
    n->packets[packet] = (struct vc_packet) {.router = (uint16_t)n->end_router[to],
                                             .port = (uint16_t)n->end_port[to],
                                             .flits = shape->flits,
                                             .vn = shape->vn,
                                             .kind = shape->kind};
    n->messages[packet] = *m;
    __builtin_prefetch(pair_of(n, endpoint, to), 1); /* its head is soon counted there, hardly ever in the cache */
    queue_put(n, &e->queues[lane], packet);
    e->waiting |= 1u << lane;
    e->pending++;
    e->stat.injected += shape->bytes;
    uint64_t queued = e->queued[shape->class_of] += shape->bytes + MESSAGE_HEADER;
    if (queued > e->peak[shape->class_of])
        e->peak[shape->class_of] = queued;
    n->sending[endpoint >> 6] |= 1ull << (endpoint & 63);
}

static void read_mail(struct vc_network *n, uint32_t endpoint, uint64_t cycle)
{
    struct mailbox *mail = n->peers[endpoint].from_endpoint;
    for (const struct message *m; (m = mailbox_front(mail, cycle)) != NULL; mailbox_pop(mail))
        vc_network_offer(n, endpoint, m);
    if (mailbox_count(mail) == 0)
        n->arrived[endpoint >> 6] &= ~(1ull << (endpoint & 63));
}

/* ---- injection ---- */

/* The first member of the set at or after `from`, cyclic; from <= 32, and the set is not empty. */
static uint32_t at_or_after(uint32_t set, uint32_t from)
{
    uint32_t later = (uint32_t)((uint64_t)set >> from << from);
    return (uint32_t)__builtin_ctz(later ? later : set);
}

/* The VC in which the lane's next flit can go, or VC_NONE. A head takes, after the VC used last, the first with credit.
 */
static uint32_t vc_to_send(const struct vc_network *n, const struct vc_interface *e, uint32_t lane)
{
    const struct vc_queue *q = &e->queues[lane];
    uint32_t can = e->credits & (q->left > 0 ? 1u << q->vc : n->lane_mask[lane]);
    return can ? at_or_after(can, q->vc + 1) : VC_NONE;
}

/* The tail of the lane's first packet is sent. */
static void leave_queue(struct vc_network *n, uint32_t endpoint, uint32_t lane)
{
    struct vc_interface *e = &n->ends[endpoint];
    struct vc_queue *q = &e->queues[lane];
    const struct vc_packet *p = &n->packets[q->first];
    e->queued[p->kind / PAYLOAD_KINDS] -= p->kind % PAYLOAD_KINDS * SECTOR_BYTES + MESSAGE_HEADER;
    q->first = p->next;
    if (--q->count == 0)
        e->waiting &= ~(1u << lane);
    if (--e->pending == 0)
        n->sending[endpoint >> 6] &= ~(1ull << (endpoint & 63));
    if (n->peers)
        credit_line_give(&n->out_credits[endpoint], p->vn, 1);
}

static void send(struct vc_network *n, uint32_t endpoint, uint32_t lane, uint32_t vc, struct vc_slot *slot)
{
    struct vc_interface *e = &n->ends[endpoint];
    struct vc_queue *q = &e->queues[lane];
    uint32_t packet = q->first, kind = n->packets[packet].kind, flit = packet << FLIT_FIRST | kind << 2;
    if (q->left == 0) {
        flit |= FLIT_HEAD;
        q->left = n->packets[packet].flits;
        q->vc = vc;
        *pair_of(n, endpoint, n->messages[packet].to) += q->left;
        passed(n, n->ports + endpoint, kind)->entered++;
    }
    if (--n->out[end_vc(n, endpoint) + vc].credits == 0)
        e->credits &= ~(1u << vc);
    e->turn = lane + 1 == n->lanes ? 0 : lane + 1;
    if (--q->left == 0) {
        flit |= FLIT_TAIL;
        leave_queue(n, endpoint, lane);
    }
    send_flit(slot, false, (e->port << n->vc_shift) + vc, flit);
}

/* One flit, of the first lane that can send. */
static void inject(struct vc_network *n, uint32_t endpoint, struct vc_slot *slot)
{
    const struct vc_interface *e = &n->ends[endpoint];
    for (uint32_t rest = e->waiting; rest;) {
        uint32_t lane = at_or_after(rest, e->turn), vc = vc_to_send(n, e, lane);
        if (vc != VC_NONE) {
            send(n, endpoint, lane, vc, slot);
            return;
        }
        rest &= ~(1u << lane);
    }
}

void vc_interface_inject(struct vc_network *n, uint64_t cycle)
{
    struct vc_slot *slot = slot_at(n, cycle + n->latency + 1);
    for (uint32_t w = 0; w < n->end_words; w++) {
        for (uint64_t rest = n->sending[w] | n->arrived[w]; rest; rest &= rest - 1) {
            uint32_t bit = bits_low(rest), endpoint = w * 64 + bit;
            if (n->arrived[w] >> bit & 1)
                read_mail(n, endpoint, cycle);
            inject(n, endpoint, slot);
        }
    }
}

void vc_interface_credit(struct vc_network *n, uint32_t target)
{
    SIM_CHECK(n->out[target].credits < n->depth, "%s: an endpoint has more credits than places", n->p.name);
    if (n->out[target].credits++ == 0)
        n->ends[(target >> n->vc_shift) - n->ports].credits |= 1u << (target & n->vc_mask);
}

/* ---- ejection ---- */

static uint32_t places(const struct vc_network *n, uint32_t endpoint, uint32_t vn)
{
    const struct vc_interface *e = &n->ends[endpoint];
    uint32_t back = n->peers ? n->peers[endpoint].in_credit->total[vn] : e->taken[vn];
    uint32_t used = e->delivered[vn] - back;
    SIM_CHECK(used <= n->p.in_places, "%s: endpoint %u gives back more than it got", n->p.name, endpoint);
    return n->p.in_places - used;
}

static void hand_over(struct vc_network *n, uint32_t endpoint, uint32_t packet, uint64_t cycle)
{
    struct message *m = &n->messages[packet];
    struct vc_packet *p = &n->packets[packet];
    m->hops = (uint8_t)(p->hops < UINT8_MAX ? p->hops : UINT8_MAX);
    p->flits = 0;
    n->unused[n->n_unused++] = packet;
    n->ends[endpoint].stat.delivered += p->kind % PAYLOAD_KINDS * SECTOR_BYTES;
    /* Who polls a counter that nobody will raise goes round for ever and gets nowhere. */
    n->run->progress += m->type != MSG_POLL && m->type != MSG_POLL_VALUE;
    if (n->peers)
        mailbox_write(n->peers[endpoint].to_endpoint, cycle + 1, m, sizeof *m);
    else
        n->deliver(n->deliver_self, endpoint, m, cycle);
}

/* May this flit of an eject VC go? A head is promised its packet's place. */
static bool may_go(struct vc_network *n, uint32_t endpoint, uint32_t vc, uint32_t flit)
{
    struct vc_interface *e = &n->ends[endpoint];
    if (e->promised >> vc & 1)
        return true;
    uint32_t vn = n->packets[flit_packet(flit)].vn;
    SIM_CHECK(flit & FLIT_HEAD, "%s: endpoint %u: a packet without a head", n->p.name, endpoint);
    if (places(n, endpoint, vn) == 0)
        return false;
    e->delivered[vn]++;
    e->promised |= 1u << vc;
    return true;
}

/* A flit that may go goes; its credit goes back. */
static void take_flit(struct vc_network *n, uint32_t endpoint, uint32_t vc, uint32_t flit, uint64_t cycle)
{
    struct vc_interface *e = &n->ends[endpoint];
    e->eject_turn = vc + 1 == n->vcs ? 0 : vc + 1;
    send_credit(slot_at(n, cycle + n->latency + 1 + n->p.shape.credit_delay), false, (e->port << n->vc_shift) + vc);
    if (flit & FLIT_TAIL) {
        e->promised &= ~(1u << vc);
        hand_over(n, endpoint, flit_packet(flit), cycle);
    }
}

/* Where nothing else stands, the flit goes in the cycle in which it comes, without a stop in the FIFO. */
void vc_interface_flit(struct vc_network *n, const struct vc_flit *f, uint64_t cycle)
{
    uint32_t endpoint = (f->target >> n->vc_shift) - n->ports, vc = f->target & n->vc_mask;
    struct vc_interface *e = &n->ends[endpoint];
    if (f->flit & FLIT_TAIL)
        passed(n, e->port, flit_kind(f->flit))->left++;
    if (e->held == 0 && may_go(n, endpoint, vc, f->flit)) {
        take_flit(n, endpoint, vc, f->flit, cycle);
        return;
    }
    SIM_CHECK(n->in[f->target].count < n->depth, "%s: a flit comes to a full eject VC of endpoint %u", n->p.name,
              endpoint);
    fifo_put(n, f->target, f->flit);
    e->held |= 1u << vc;
    n->holding[endpoint >> 6] |= 1ull << (endpoint & 63);
}

/* One flit, of the first VC that may. */
static void eject(struct vc_network *n, uint32_t endpoint, uint64_t cycle)
{
    struct vc_interface *e = &n->ends[endpoint];
    for (uint32_t rest = e->held; rest;) {
        uint32_t vc = at_or_after(rest, e->eject_turn), number = end_vc(n, endpoint) + vc;
        if (may_go(n, endpoint, vc, n->in[number].front)) {
            take_flit(n, endpoint, vc, fifo_get(n, number), cycle);
            if (n->in[number].count == 0)
                e->held &= ~(1u << vc);
            if (e->held == 0)
                n->holding[endpoint >> 6] &= ~(1ull << (endpoint & 63));
            return;
        }
        rest &= ~(1u << vc);
    }
    e->waits++;
}

/* Runs after the arrivals: an endpoint at which a flit has just gone holds nothing. */
void vc_interface_eject(struct vc_network *n, uint64_t cycle)
{
    for (uint32_t w = 0; w < n->end_words; w++)
        for (uint64_t rest = n->holding[w]; rest; rest &= rest - 1)
            eject(n, w * 64 + bits_low(rest), cycle);
}

void vc_network_taken(struct vc_network *n, uint32_t endpoint, enum virtual_network vn, uint32_t messages)
{
    n->ends[endpoint].taken[vn] += messages;
}
