/* SPDX-License-Identifier: Apache-2.0 */
/* vc_interface.c - the nodes' ends of the network: source queues, injection, eject VCs.
 *
 * Injection: one flit per cycle; the virtual networks that can send take turns. A head picks its VC at once: after the
 * VC used last the first one with credit. The place in the source queue is free again when the tail is sent. Ejection:
 * a head needs a place at the endpoint, which is its packet's from then on; its flits are then taken as they come, one
 * per cycle, and their credits go back. What finds no place stays in its VC, without credit. */
#include "hw/noc/vc_router.h"

#include "sim/base/error.h"

/* ---- from the endpoint ---- */

bool vc_network_room(const struct vc_network *n, uint32_t endpoint, enum virtual_network vn)
{
    return n->ends[endpoint].queues[n->lane_of[vn]].count < n->queue_places;
}

static const struct vc_shape *shape_of(const struct vc_network *n, const struct message *m)
{
    return &n->shapes[m->type][m->sectors & ALL_SECTORS];
}

static uint32_t lane_of(const struct vc_network *n, const struct message *m, const struct vc_shape *shape)
{
    uint32_t lane = shape->lane;
    if (n->foreign > 0 && m->from_chip != n->p.chip_number)
        lane += n->foreign;
    SIM_CHECK(lane < n->lanes, "%s: %s: its virtual network is not in use", n->p.name, message_infos[m->type].name);
    return lane;
}

/* Coins for a packet's route: the number of packets that this endpoint has sent, mixed (the finaliser of MurmurHash3).
 * They depend on nothing that another endpoint does. */
static uint32_t toss(const struct vc_network *n, struct vc_interface *e)
{
    uint64_t x = ++e->packets_sent + ((uint64_t)e->number << 32) + n->p.seed * 0x9e3779b97f4a7c15ull;
    x = (x ^ x >> 33) * 0xff51afd7ed558ccdull;
    x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53ull;
    return (uint32_t)(x >> 33);
}

static void draw_way(const struct vc_network *n, struct vc_interface *e, struct vc_way *w)
{
    uint32_t coins = toss(n, e);
    w->coins = (uint16_t)(coins & (n->ways - 1));
    w->chosen = 0;
    w->via = (uint16_t)((uint64_t)(coins >> 2) * n->routers >> 29); /* toss: 31 bits */
}

/* The message is read: a packet. Counts it in the endpoint's source queues, at least for a moment. */
static INLINE void packet_new(struct vc_network *n, struct vc_interface *e, uint32_t packet, const struct message *m,
                              const struct vc_shape *shape)
{
    uint32_t to = m->to;
    SIM_CHECK(to < n->endpoints, "%s: %s goes to endpoint %u of %u", n->p.name, message_infos[m->type].name, to,
              n->endpoints);
    struct vc_packet *p = &n->packets[packet];
    n->to[packet] = n->aims[to];
    p->flits = shape->flits;
    p->meta = shape->meta;
    if (n->way_mask)
        draw_way(n, e, &n->way[packet]);
    n->inside++;
    e->injected += shape->bytes;
    uint32_t queued = e->queued[shape->class_of] + shape->bytes + MESSAGE_HEADER;
    if (queued > e->peak[shape->class_of])
        e->peak[shape->class_of] = queued;
}

void vc_interface_queue(struct vc_network *n, struct vc_interface *e, uint32_t lane, uint32_t packet)
{
    struct vc_queue *q = &e->queues[lane];
    SIM_CHECK(q->count < n->queue_places, "%s: endpoint %u sends without room", n->p.name, e->number);
    if (q->count++ == 0)
        q->first = packet;
    else
        n->packets[q->last].next = packet;
    q->last = packet;
    e->waiting |= (uint16_t)(1u << lane);
    if (e->pending++ == 0)
        n->sending[e->number >> 6] |= 1ull << (e->number & 63);
}

/* A message joins its source queue. */
static void enqueue(struct vc_network *n, struct vc_interface *e, uint32_t packet)
{
    const struct message *m = message_at(&n->store, packet);
    const struct vc_shape *shape = shape_of(n, m);
    uint32_t lane = lane_of(n, m, shape);
    packet_new(n, e, packet, m, shape);
    vc_interface_queue(n, e, lane, packet);
    e->queued[shape->class_of] += shape->bytes + MESSAGE_HEADER;
}

struct message *vc_network_begin(struct vc_network *n, uint32_t *number)
{
    *number = message_take(&n->store);
    return message_at(&n->store, *number);
}

void vc_network_send(struct vc_network *n, uint32_t endpoint, uint32_t number)
{
    enqueue(n, &n->ends[endpoint], number);
}

void vc_network_offer(struct vc_network *n, uint32_t endpoint, const struct message *m)
{
    uint32_t number;
    *vc_network_begin(n, &number) = *m;
    vc_network_send(n, endpoint, number);
}

/* ---- injection ---- */

/* The first member of the set at or after `from`, cyclic; from <= 32, and the set is not empty. */
static uint32_t at_or_after(uint32_t set, uint32_t from)
{
    uint32_t later = (uint32_t)((uint64_t)set >> from << from);
    return (uint32_t)__builtin_ctz(later ? later : set);
}

/* VCs that a head may take. */
static INLINE uint32_t vcs_for_head(const struct vc_network *n, const struct vc_interface *e, uint32_t lane)
{
    uint32_t can = e->credits & n->lane_mask[lane];
    for (uint32_t rest = n->p.shape.wait_for_tail_credit ? can : 0; rest; rest &= rest - 1)
        if (n->vc[e->end_vc + (uint32_t)__builtin_ctz(rest)].credits < n->depth)
            can &= ~(rest & -rest);
    return can;
}

/* A flit leaves in this VC, the next one may be of the next lane. */
static INLINE void put_on_link(struct vc_network *n, struct vc_interface *e, uint32_t lane, uint32_t vc, uint32_t flit)
{
    if (--n->vc[e->end_vc + vc].credits == 0)
        e->credits &= ~(1u << vc);
    e->turn = (uint16_t)(lane + 1 == n->lanes ? 0 : lane + 1);
    if (n->flit_seen)
        n->flit_seen(n->flit_self, message_at(&n->store, flit_packet(flit)),
                     flit & FLIT_HEAD ? VC_FLIT_HEAD_SENT : VC_FLIT_SENT);
    send_flit(n->end_flits + e->tile, e->port_vc + vc, flit);
    if (n->moved)
        send_flit(n->moved, e->port_vc + vc, flit);
}

/* The head of a packet takes this VC. Returns the flit. */
static INLINE uint32_t begin_to_send(struct vc_network *n, struct vc_interface *e, uint32_t lane, uint32_t vc,
                                     uint32_t packet)
{
    uint32_t kind = packet_kind(&n->packets[packet]), flits = n->packets[packet].flits,
             to = message_at(&n->store, packet)->to;
    e->used[lane] = (uint8_t)vc;
    e->flits_sent += flits;
    n->flits_for[to] += flits;
    if (n->routers > 1)
        vc_count_route(n, e->number, to, n->way[packet & n->way_mask], flits);
    ++*entered(n, n->ports + e->number, kind);
    return packet << FLIT_FIRST | kind << 2 | FLIT_HEAD;
}

/* A message of one flit that finds nothing before it, and credit, goes as it comes. Its place in the source queue is
 * taken and given back within the cycle. */
static INLINE bool pass_through(struct vc_network *n, struct vc_interface *e, uint32_t packet)
{
    const struct message *m = message_at(&n->store, packet);
    const struct vc_shape *shape = shape_of(n, m);
    uint32_t lane = lane_of(n, m, shape), can = vcs_for_head(n, e, lane);
    if (shape->flits > 1 || can == 0)
        return false;
    uint32_t vc = at_or_after(can, e->used[lane] + 1u);
    packet_new(n, e, packet, m, shape);
    put_on_link(n, e, lane, vc, begin_to_send(n, e, lane, vc, packet) | FLIT_TAIL);
    credit_line_give(e->out_credit, shape->meta >> META_VN & 3, 1);
    return true;
}

/* The tail of the lane's first packet is sent. */
static void leave_queue(struct vc_network *n, struct vc_interface *e, struct vc_queue *q, uint32_t lane)
{
    const struct vc_packet *p = &n->packets[q->first];
    uint32_t kind = packet_kind(p);
    e->queued[kind / PAYLOAD_KINDS] -= n->kind_bytes[kind] + MESSAGE_HEADER;
    q->first = p->next;
    if (--q->count == 0)
        e->waiting &= (uint16_t) ~(1u << lane);
    e->pending--;
    if (n->connected)
        credit_line_give(e->out_credit, p->meta >> META_VN & 3, 1);
}

static void send(struct vc_network *n, struct vc_interface *e, uint32_t lane, uint32_t vc)
{
    struct vc_queue *q = &e->queues[lane];
    uint32_t packet = q->first, flit = packet << FLIT_FIRST | packet_kind(&n->packets[packet]) << 2;
    if (q->left == 0) {
        flit = begin_to_send(n, e, lane, vc, packet);
        q->left = n->packets[packet].flits;
    }
    if (--q->left == 0) {
        flit |= FLIT_TAIL;
        leave_queue(n, e, q, lane);
    }
    put_on_link(n, e, lane, vc, flit);
}

/* The VC in which the lane's next flit can go, or VC_NONE. A head takes, after the VC used last, the first with credit.
 */
static uint32_t vc_to_send(const struct vc_network *n, const struct vc_interface *e, uint32_t lane)
{
    const struct vc_queue *q = &e->queues[lane];
    uint32_t can = q->left > 0 ? e->credits & 1u << e->used[lane] : vcs_for_head(n, e, lane);
    return can ? at_or_after(can, e->used[lane] + 1u) : VC_NONE;
}

/* One flit, of the first lane that can send. */
static void inject(struct vc_network *n, struct vc_interface *e)
{
    for (uint32_t rest = e->waiting; rest;) {
        uint32_t lane = at_or_after(rest, e->turn), vc = vc_to_send(n, e, lane);
        if (vc != VC_NONE) {
            send(n, e, lane, vc);
            return;
        }
        rest &= ~(1u << lane);
    }
}

/* Reads what has come from the endpoint. */
static void read_mail(struct vc_network *n, struct vc_interface *e, uint64_t cycle)
{
    struct mailbox *mail = e->from_endpoint;
    const uint32_t *packet = mailbox_front(mail, cycle);
    if (packet && e->pending == 0 && mailbox_alone(mail, cycle) && pass_through(n, e, *packet)) {
        mailbox_pop(mail);
        return;
    }
    for (; packet != NULL; packet = mailbox_front(mail, cycle)) {
        enqueue(n, e, *packet);
        mailbox_pop(mail);
    }
}

void vc_interface_inject(struct vc_network *n, uint64_t cycle)
{
    for (uint32_t w = 0; w < n->end_words; w++) {
        uint64_t *arrived = &n->arrived[2 * w], left = arrived[0] | arrived[1];
        for (uint64_t rest = left; rest; rest &= rest - 1) {
            struct vc_interface *e = &n->ends[w * 64 + bits_low(rest)];
            read_mail(n, e, cycle);
            if (mailbox_count(e->from_endpoint) == 0)
                left ^= rest & -rest;
        }
        arrived[0] = left;
        arrived[1] = 0;
        for (uint64_t rest = n->sending[w]; rest; rest &= rest - 1) {
            struct vc_interface *e = &n->ends[w * 64 + bits_low(rest)];
            inject(n, e);
            if (e->pending == 0)
                n->sending[w] ^= rest & -rest;
        }
    }
}

static INLINE void arrive_credit_at_end(struct vc_network *n, uint32_t target)
{
    SIM_CHECK(n->vc[target].credits < n->depth, "%s: an endpoint has more credits than places", n->p.name);
    if (n->vc[target].credits++ == 0)
        n->ends[(target >> n->vc_shift) - n->ports].credits |= 1u << (target & n->vc_mask);
}

/* ---- ejection ---- */

static INLINE uint32_t places(const struct vc_network *n, const struct vc_interface *e, uint32_t vn)
{
    uint32_t back = e->in_credit ? credit_line_seen(e->in_credit, vn, n->now) : e->taken[vn];
    uint32_t used = e->delivered[vn] - back;
    SIM_CHECK(used <= n->p.in_places, "%s: endpoint %u gives back more than it got", n->p.name, e->number);
    return n->p.in_places - used;
}

static INLINE void hand_over(struct vc_network *n, struct vc_interface *e, uint32_t packet, uint64_t cycle)
{
    struct message *m = message_at(&n->store, packet);
    struct vc_packet *p = &n->packets[packet];
    uint32_t hops = n->to[packet].hops;
    m->hops = n->routers == 1 ? 1 : (uint8_t)(hops < UINT8_MAX ? hops : UINT8_MAX);
    p->flits = 0;
    n->inside--;
    e->handed_over += n->kind_bytes[packet_kind(p)];
    n->run->progress += !(p->meta >> META_POLL);
    if (e->to_endpoint) {
        mailbox_put(e->to_endpoint, cycle + 1, packet);
        return;
    }
    n->deliver(n->deliver_self, e->number, m, cycle);
    message_give(&n->store, packet);
}

/* May this flit of an eject VC go? A head is promised its packet's place. */
static INLINE bool may_go(const struct vc_network *n, struct vc_interface *e, uint32_t vc, uint32_t flit)
{
    if (e->promised >> vc & 1)
        return true;
    uint32_t vn = n->packets[flit_packet(flit)].meta >> META_VN & 3;
    SIM_CHECK(flit & FLIT_HEAD, "%s: endpoint %u: a packet without a head", n->p.name, e->number);
    if (places(n, e, vn) == 0)
        return false;
    e->delivered[vn]++;
    if (!(flit & FLIT_TAIL))
        e->promised |= 1u << vc;
    return true;
}

/* A flit that may go goes; its credit goes back. */
static INLINE void take_flit(struct vc_network *n, struct vc_interface *e, uint32_t vc, uint32_t flit, uint64_t cycle)
{
    uint32_t back = (e->port << n->vc_shift) + vc;
    e->eject_turn = (uint16_t)(vc + 1 == n->vcs ? 0 : vc + 1);
    send_credit(n->end_credits + e->credits_to, back);
    if (n->moved)
        send_credit(n->moved, back);
    if (n->flit_seen)
        n->flit_seen(n->flit_self, message_at(&n->store, flit_packet(flit)), VC_FLIT_TAKEN);
    if (!(flit & FLIT_TAIL))
        return;
    if (!(flit & FLIT_HEAD))
        e->promised &= ~(1u << vc);
    hand_over(n, e, flit_packet(flit), cycle);
}

/* Where nothing else stands, a flit goes in the cycle in which it comes, without a stop in the FIFO. */
static INLINE void arrive_flit_at_end(struct vc_network *n, const struct vc_flit *f, uint64_t cycle)
{
    uint32_t target = f->target, flit = f->flit, vc = target & n->vc_mask;
    struct vc_interface *e = &n->ends[(target >> n->vc_shift) - n->ports];
    if (e->held == 0 && may_go(n, e, vc, flit)) {
        take_flit(n, e, vc, flit, cycle);
        return;
    }
    SIM_CHECK(fifo_count(&n->vc[target]) < n->depth, "%s: a flit comes to a full eject VC of endpoint %u", n->p.name,
              e->number);
    fifo_put(n, target, flit);
    e->held |= 1u << vc;
    n->holding[e->number >> 6] |= 1ull << (e->number & 63);
}

void vc_interface_arrive(struct vc_network *n, struct vc_slot *s, uint64_t cycle)
{
    for (uint32_t i = 0; i < s->credits; i++)
        arrive_credit_at_end(n, s->credit[i]);
    for (uint32_t i = 0; i < s->flits; i++)
        arrive_flit_at_end(n, &s->flit[i], cycle);
    s->credits = s->flits = 0;
}

/* One flit, of the first VC that may. */
static void eject(struct vc_network *n, struct vc_interface *e, uint64_t cycle)
{
    for (uint32_t rest = e->held; rest;) {
        uint32_t vc = at_or_after(rest, e->eject_turn), number = e->end_vc + vc;
        if (may_go(n, e, vc, n->vc[number].front)) {
            take_flit(n, e, vc, fifo_get(n, number), cycle);
            if (fifo_count(&n->vc[number]) == 0)
                e->held &= ~(1u << vc);
            if (e->held == 0)
                n->holding[e->number >> 6] &= ~(1ull << (e->number & 63));
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
            eject(n, &n->ends[w * 64 + bits_low(rest)], cycle);
}

void vc_network_taken(struct vc_network *n, uint32_t endpoint, enum virtual_network vn, uint32_t messages)
{
    n->ends[endpoint].taken[vn] += messages;
}
