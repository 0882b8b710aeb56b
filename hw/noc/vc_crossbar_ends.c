/* SPDX-License-Identifier: Apache-2.0 */
/* vc_crossbar_ends.c - the ends of a crossbar for packets of one flit: what vc_interface.c does, without heads and
 * tails. */
#include "hw/noc/vc_crossbar.h"

#include "sim/base/error.h"

/* ---- injection ---- */

/* Input VCs of an end's port, and their buffers. */
static INLINE struct cross_vc *vcs_of(const struct vc_crossbar *x, const struct vc_interface *e)
{
    return &x->vc[e->port_vc];
}
static INLINE struct cross_place *places_of(const struct vc_crossbar *x, const struct vc_interface *e)
{
    return &x->in[e->port_vc << CROSS_PLACE_SHIFT];
}

/* The place that the next packet in this VC would take. */
static INLINE struct cross_place *next_place(struct cross_place *places, const struct cross_vc *vcs, uint32_t v)
{
    return &places[v * CROSS_PLACES + vcs[v].sends];
}

/* Of the VCs of a lane the first with credit from `first` on; or VC_NONE. */
static INLINE uint32_t vc_to_send(const struct vc_crossbar *x, const struct vc_interface *e, uint32_t first)
{
    const struct cross_vc *vcs = vcs_of(x, e);
    struct cross_place *places = places_of(x, e);
    uint32_t v = first;
    do {
        if (next_place(places, vcs, v)->free_at <= x->now)
            return v;
        v = x->next_vc[v];
    } while (v != first);
    return VC_NONE;
}
static APART uint32_t other_vc(const struct vc_crossbar *x, const struct vc_interface *e, uint32_t first)
{
    return vc_to_send(x, e, first);
}

/* A packet is written into its place, and is on the link. */
static INLINE void send(struct vc_crossbar *x, struct vc_interface *e, uint32_t v, uint32_t packet, struct message *m,
                        const struct cross_shape *shape)
{
    struct cross_vc *vcs = vcs_of(x, e);
    struct cross_place *place = next_place(places_of(x, e), vcs, v);
    struct vc_network *n = x->n;
    const uint32_t to = m->to, told = shape->told + (to << TOLD_CHAIN), lane = shape->lane;
    place->free_at = CROSS_TAKEN;
    place->packet = packet;
    place->told = told;
    put_on_link(x->to_router, (uint32_t)(place - x->in));
    vcs[v].sends = (uint16_t)place_behind(x, vcs[v].sends);
    vcs[lane].turn = x->next_vc[v];
    e->turn = (uint16_t)(lane + 1);
    e->flits_sent++;
    n->flits_for[to]++;
    x->entered[told & META_KIND][x->ports + e->number]++;
    m->hops = 1;
    if (n->flit_seen)
        n->flit_seen(n->flit_self, m, VC_FLIT_HEAD_SENT);
}

static INLINE const struct cross_shape *shape_of(const struct vc_crossbar *x, const struct message *m)
{
    return &x->shape[m->type][m->sectors & ALL_SECTORS];
}

/* A message is read: a packet. Counts it in the endpoint's source queues, at least for a moment. Returns the bytes of
 * its class there. */
static INLINE uint32_t count_read(struct vc_crossbar *x, struct vc_interface *e, const struct cross_shape *shape)
{
    const uint32_t class_of = shape->class_of, queued = e->queued[class_of] + shape->bytes + MESSAGE_HEADER;
    if (queued > e->peak[class_of])
        e->peak[class_of] = queued;
    e->injected += shape->bytes;
    x->n->inside++;
    return queued;
}

/* The record of a message that may be sent. */
static INLINE const struct cross_shape *check_message(const struct vc_crossbar *x, const struct message *m)
{
    const struct cross_shape *shape = shape_of(x, m);
    SIM_CHECK(shape->lane < x->n->lanes, "%s: %s: its virtual network is not in use", x->n->p.name,
              message_infos[m->type].name);
    SIM_CHECK(m->to < x->ports, "%s: %s goes to endpoint %u of %u", x->n->p.name, message_infos[m->type].name, m->to,
              x->ports);
    return shape;
}

/* A message that finds nothing before it, and credit, goes as it comes. Its place in the source queue is taken and
 * given back within the cycle. */
static INLINE bool pass_through(struct vc_crossbar *x, struct vc_interface *e, uint32_t packet)
{
    struct message *m = message_at(&x->n->store, packet);
    const struct cross_shape *shape = check_message(x, m);
    const struct cross_vc *vcs = vcs_of(x, e);
    uint32_t v = vcs[shape->lane].turn;
    if (RARELY(next_place(places_of(x, e), vcs, v)->free_at > x->now)) {
        v = other_vc(x, e, v);
        if (v == VC_NONE)
            return false;
    }
    send(x, e, v, packet, m, shape);
    count_read(x, e, shape);
    credit_line_give(e->out_credit, shape->told >> META_VN & 3, 1);
    return true;
}

/* Others join their source queues. */
static APART void enqueue_mail(struct vc_crossbar *x, struct vc_interface *e)
{
    struct vc_network *n = x->n;
    struct mailbox *mail = e->from_endpoint;
    for (const uint32_t *number; (number = mailbox_front(mail, x->now)) != NULL; mailbox_pop(mail)) {
        const uint32_t packet = *number;
        const struct cross_shape *shape = check_message(x, message_at(&n->store, packet));
        e->queued[shape->class_of] = count_read(x, e, shape);
        n->packets[packet].meta = (uint16_t)shape->told;
        vc_interface_queue(n, e, shape->lane, packet);
    }
}

/* The lane's first packet is sent. */
static INLINE void leave_queue(struct vc_crossbar *x, struct vc_interface *e, const struct cross_shape *shape)
{
    struct vc_queue *q = &e->queues[shape->lane];
    e->queued[shape->class_of] -= shape->bytes + MESSAGE_HEADER;
    q->first = x->n->packets[q->first].next;
    if (--q->count == 0)
        e->waiting &= (uint16_t) ~(1u << shape->lane);
    e->pending--;
    if (x->n->connected)
        credit_line_give(e->out_credit, shape->told >> META_VN & 3, 1);
}

static APART void read_mails(struct vc_crossbar *x, uint32_t word)
{
    uint64_t empty = 0;
    for (uint64_t rest = x->n->arrived[word]; rest; rest &= rest - 1) {
        struct vc_interface *e = &x->ends[word * 64 + bits_low(rest)];
        struct mailbox *mail = e->from_endpoint;
        const uint32_t *packet = mailbox_front(mail, x->now);
        if (packet && e->pending == 0 && mailbox_alone(mail, x->now) && pass_through(x, e, *packet))
            mailbox_pop(mail);
        else
            enqueue_mail(x, e);
        empty |= mailbox_count(mail) == 0 ? rest & -rest : 0;
    }
    x->n->arrived[word] &= ~empty;
}

/* One packet, of the first lane that can send. */
static APART void inject(struct vc_crossbar *x, struct vc_interface *e)
{
    const uint32_t turn = e->turn;
    for (uint32_t rest = e->waiting; rest;) {
        const uint32_t later = rest >> turn << turn, lane = bits_low(later ? later : rest);
        const uint32_t v = vc_to_send(x, e, vcs_of(x, e)[lane].turn);
        if (v != VC_NONE) {
            const uint32_t packet = e->queues[lane].first;
            struct message *m = message_at(&x->n->store, packet);
            const struct cross_shape *shape = shape_of(x, m);
            leave_queue(x, e, shape);
            send(x, e, v, packet, m, shape);
            return;
        }
        rest &= ~(1u << lane);
    }
}

static INLINE void inject_all(struct vc_crossbar *x)
{
    struct vc_network *n = x->n;
    for (uint32_t word = 0; word < n->end_words; word++) {
        if (n->arrived[word])
            read_mails(x, word);
        for (uint64_t rest = n->sending[word]; rest; rest &= rest - 1) {
            const uint32_t end = word * 64 + bits_low(rest);

            inject(x, &x->ends[end]);
            if (x->ends[end].pending == 0)
                n->sending[word] ^= rest & -rest;
        }
    }
}

/* ---- ejection ---- */

/* Has the endpoint a place for it? Credits only come, so they are looked at when those seen last are used up. */
static INLINE bool has_place(const struct vc_crossbar *x, const struct vc_interface *e, uint32_t end, uint32_t vn)
{
    uint32_t *limit = &x->limit[end << 2 | vn];
    const uint32_t delivered = e->delivered[vn], places = x->n->p.in_places;
    if (delivered != *limit)
        return true;
    uint32_t back = e->in_credit ? credit_line_seen(e->in_credit, vn, x->now) : e->taken[vn];
    SIM_CHECK(delivered - back <= places, "%s: endpoint %u gives back more than it got", x->n->p.name, end);
    *limit = back + places;
    return delivered != *limit;
}

/* A packet is handed over; its credit goes back. */
static INLINE void take(struct vc_crossbar *x, struct vc_interface *e, uint32_t v, struct cross_place *place)
{
    struct vc_network *n = x->n;
    const uint32_t packet = place->packet, told = place->told;
    place->free_at = x->home_out;
    e->delivered[told >> META_VN & 3]++;
    e->eject_turn = (uint16_t)(v + 1);
    e->handed_over += n->kind_bytes[told & META_KIND];
    n->inside--;
    n->run->progress += ~told >> META_POLL & 1;
    if (n->flit_seen)
        n->flit_seen(n->flit_self, message_at(&n->store, packet), VC_FLIT_TAKEN);
    if (e->to_endpoint) {
        *(uint32_t *)mailbox_next(e->to_endpoint, x->now + 1) = packet;
        return;
    }
    n->deliver(n->deliver_self, e->number, message_at(&n->store, packet), x->now);
    message_give(&n->store, packet);
}

/* Where nothing else stands, a packet goes in the cycle in which it comes. */
static APART void arrive_at_ends(struct vc_crossbar *x, struct vc_slot *s)
{
    for (uint32_t i = 0, count = s->credits; i < count; i++) {
        const uint32_t at = s->credit[i], vc = at >> CROSS_PLACE_SHIFT, end = vc >> CROSS_SHIFT, v = vc & CROSS_MASK;
        struct vc_interface *e = &x->ends[end];
        struct cross_place *place = &x->out[at];
        if (e->held == 0 && has_place(x, e, end, place->told >> META_VN & 3)) {
            take(x, e, v, place);
            continue;
        }
        struct cross_vc *c = &x->vc[vc];
        if (c->held == 0)
            c->held = (uint16_t)((at & CROSS_PLACE_MASK) << HELD_HEAD);
        c->held++;
        e->held |= 1u << v;
        x->n->holding[end >> 6] |= 1ull << (end & 63);
    }
    s->credits = 0;
}

/* One packet, of the first VC that may. */
static APART void eject(struct vc_crossbar *x, struct vc_interface *e, uint32_t end)
{
    for (uint32_t rest = e->held; rest;) {
        uint32_t later = rest >> e->eject_turn << e->eject_turn, v = bits_low(later ? later : rest);
        uint32_t vc = (end << CROSS_SHIFT) + v, held = x->vc[vc].held, head = held >> HELD_HEAD;
        struct cross_place *place = &x->out[(vc << CROSS_PLACE_SHIFT) + head];
        if (has_place(x, e, end, place->told >> META_VN & 3)) {
            bool last = (held & HELD_COUNT) == 1;
            x->vc[vc].held = (uint16_t)(last ? 0 : place_behind(x, head) << HELD_HEAD | ((held & HELD_COUNT) - 1));
            e->held &= ~((uint32_t)last << v);
            if (e->held == 0)
                x->n->holding[end >> 6] &= ~(1ull << (end & 63));
            take(x, e, v, place);
            return;
        }
        rest &= ~(1u << v);
    }
    e->waits++;
}

/* What has come, then what is sent, then what waits for places. */
void vc_crossbar_ends(struct vc_crossbar *x, struct vc_slot *s)
{
    const struct vc_network *n = x->n;
    if (s->credits > 0)
        arrive_at_ends(x, s);
    inject_all(x);
    for (uint32_t word = 0; word < n->end_words; word++)
        for (uint64_t rest = n->holding[word]; rest; rest &= rest - 1) {
            const uint32_t end = word * 64 + bits_low(rest);
            eject(x, &x->ends[end], end);
        }
}
