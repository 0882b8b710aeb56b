/* SPDX-License-Identifier: Apache-2.0 */
/* vc_crossbar_ends.c - the ends of a crossbar for packets of one flit: what vc_interface.c does, without heads and
 * tails. */
#include "hw/noc/vc_crossbar.h"

#include "sim/base/error.h"

/* ---- injection ---- */

/* The VCs of an end's port. */
static INLINE struct cross_vc *vcs_of(const struct vc_crossbar *x, const struct vc_interface *e)
{
    return &x->vc[e->port_vc];
}

/* Of the VCs of a lane the first with credit, from this one on; or NULL. */
static INLINE struct cross_vc *vc_to_send(const struct vc_crossbar *x, struct cross_vc *vcs, uint32_t first)
{
    uint32_t v = first;
    do {
        struct cross_vc *c = &vcs[v];
        if (c->in[c->sends] <= x->now)
            return c;
        v = x->next_vc[v];
    } while (v != first);
    return NULL;
}
static APART struct cross_vc *other_vc(const struct vc_crossbar *x, struct cross_vc *vcs, uint32_t first)
{
    return vc_to_send(x, vcs, first);
}

/* A packet is written into its place of this VC, and is on the link: to be seen when it comes, unless there are others
 * before it. Returns the end of the list of heads. */
static INLINE uint32_t *send(struct vc_crossbar *x, struct vc_interface *e, struct cross_vc *c, uint32_t packet,
                             struct message *m, const struct cross_shape *shape, uint32_t *heads)
{
    const uint32_t to = m->to, place = c->sends, count = c->count, lane = shape->lane;
    const uint64_t word = shape->place + ((uint64_t)packet << CROSS_PACKET | to << TOLD_CHAIN);
    c->in[place] = word;
    c->due[place] = (uint32_t)x->home;
    c->sends = x->behind[place];
    c->count = (uint16_t)(count + 1);
    *heads = head_of(word, c->number);
    heads += count == 0;
    e->turn = (uint16_t)(lane + 1);
    e->flits_sent++;
    x->flits_for[to]++;
    x->sent[word & META_KIND][e->number]++;
    e->used[lane] = (uint8_t)(c->number & CROSS_MASK);
    m->hops = 1;
    return heads;
}

static INLINE const struct cross_shape *shape_of(const struct vc_crossbar *x, const struct message *m)
{
    return &x->shape[(m->type | (uint32_t)m->sectors << 8) & (CROSS_SHAPES - 1)];
}

static APART void refuse(const struct vc_crossbar *x, const struct message *m, const struct cross_shape *shape)
{
    SIM_CHECK(shape->to_end > 0, "%s: %s: its virtual network is not in use", x->n->p.name,
              message_infos[m->type].name);
    SIM_CHECK(m->to < shape->to_end, "%s: %s goes to endpoint %u of %u", x->n->p.name, message_infos[m->type].name,
              m->to, x->ports);
}

/* The record of a message that may be sent. */
static INLINE const struct cross_shape *check_message(const struct vc_crossbar *x, const struct message *m)
{
    const struct cross_shape *shape = shape_of(x, m);
    if (RARELY(m->to >= shape->to_end))
        refuse(x, m, shape);
    return shape;
}

/* A message that finds nothing before it, and credit, goes as it comes. Its place in the source queue is taken and
 * given back within the cycle; how long the queue was by then follows from what was sent (vc_account.c). Returns the
 * end of the list of heads; NULL: there is no credit. */
static INLINE uint32_t *pass_through(struct vc_crossbar *x, struct vc_interface *e, uint32_t packet, uint32_t *heads)
{
    struct message *m = message_at(&x->n->store, packet);
    const struct cross_shape *shape = check_message(x, m);
    struct cross_vc *vcs = vcs_of(x, e);
    const uint32_t v = x->next_vc[e->used[shape->lane]];
    struct cross_vc *c = &vcs[v];
    if (RARELY(c->in[c->sends] > x->now)) {
        c = other_vc(x, vcs, v);
        if (!c)
            return NULL;
    }
    credit_line_give_at(e->out_credit, x->now + 1, shape->place >> META_VN & 3, 1);
    e->injected += shape->bytes;
    x->n->inside++;
    return send(x, e, c, packet, m, shape, heads);
}

/* Others join their source queues. */
static APART void enqueue_mail(struct vc_crossbar *x, struct vc_interface *e, struct mailbox *mail)
{
    struct vc_network *n = x->n;
    do {
        const uint32_t packet = mailbox_number(mail);
        const struct cross_shape *shape = check_message(x, message_at(&n->store, packet));
        const uint32_t queued = e->queued[shape->class_of] + shape->bytes + MESSAGE_HEADER;
        e->queued[shape->class_of] = queued;
        if (queued > e->peak[shape->class_of])
            e->peak[shape->class_of] = queued;
        e->injected += shape->bytes;
        n->inside++;
        n->packets[packet].meta = (uint16_t)shape->place;
        vc_interface_queue(n, e, shape->lane, packet);
        mailbox_pop_number(mail);
    } while (mailbox_front_at(mail) <= x->now);
}

/* What is in the mailbox can be read in a later cycle. */
static INLINE void wait_for_mail(const struct mailbox *mail, uint64_t end, uint64_t arrived[static 2])
{
    if (mailbox_count(mail) > 0)
        arrived[mailbox_front_at(mail) & 1] |= end;
}

/* Of 64 ends those whose mailboxes have got something; arrived: for even and for odd cycles. */
static APART void read_mails(struct vc_crossbar *x, struct vc_interface *ends, uint64_t arrived[static 2])
{
    struct cross_slot *s = x->to_router;
    uint32_t *heads = s->heads + s->n_heads;
    uint64_t come = arrived[x->now & 1];
    arrived[x->now & 1] = 0;
    for (uint64_t rest = come; rest; rest &= rest - 1) {
        struct vc_interface *e = &ends[bits_low(rest)];
        struct mailbox *mail = e->from_endpoint;
        const uint32_t packet = mailbox_number(mail);
        uint32_t *more = NULL;
        if (RARELY(mailbox_front_at(mail) > x->now)) { /* not yet */
            wait_for_mail(mail, rest & -rest, arrived);
            continue;
        }
        if (e->pending == 0 && mailbox_alone(mail, x->now))
            more = pass_through(x, e, packet, heads);
        if (more) {
            mailbox_pop_number(mail);
            heads = more;
        } else {
            enqueue_mail(x, e, mail);
        }
        if (RARELY(mailbox_count(mail) > 0))
            wait_for_mail(mail, rest & -rest, arrived);
    }
    s->n_heads = (uint32_t)(heads - s->heads);
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
        credit_line_give_at(e->out_credit, x->now + 1, shape->place >> META_VN & 3, 1);
}

static INLINE uint32_t *send_queued(struct vc_crossbar *x, struct vc_interface *e, struct cross_vc *c, uint32_t lane,
                                    uint32_t *heads)
{
    struct vc_network *n = x->n;
    const uint32_t packet = e->queues[lane].first;
    struct message *m = message_at(&n->store, packet);
    const struct cross_shape *shape = shape_of(x, m);
    leave_queue(x, e, shape);
    heads = send(x, e, c, packet, m, shape, heads);
    if (n->flit_seen)
        n->flit_seen(n->flit_self, m, VC_FLIT_HEAD_SENT);
    return heads;
}

/* One packet, of the first lane that can send. */
static INLINE uint32_t *inject(struct vc_crossbar *x, struct vc_interface *e, uint32_t *heads)
{
    const uint32_t turn = e->turn;
    for (uint32_t rest = e->waiting; rest;) {
        const uint32_t later = rest >> turn << turn, lane = bits_low(later ? later : rest);
        struct cross_vc *c = vc_to_send(x, vcs_of(x, e), x->next_vc[e->used[lane]]);
        if (c)
            return send_queued(x, e, c, lane, heads);
        rest &= ~(1u << lane);
    }
    return heads;
}

/* Of 64 ends those with something in their source queues. */
static APART void inject_all(struct vc_crossbar *x, struct vc_interface *ends, uint64_t *waiting)
{
    struct cross_slot *s = x->to_router;
    uint32_t *heads = s->heads + s->n_heads;
    uint64_t sending = *waiting;
    for (uint64_t rest = sending; rest; rest &= rest - 1) {
        struct vc_interface *e = &ends[bits_low(rest)];
        heads = inject(x, e, heads);
        if (e->pending == 0)
            sending ^= rest & -rest;
    }
    *waiting = sending;
    s->n_heads = (uint32_t)(heads - s->heads);
}

/* ---- ejection ---- */

/* The endpoint's known places are used up: credits only come, so they are looked at now. Returns how many there are. */
static APART uint32_t look_for_room(struct vc_crossbar *x, struct vc_interface *e, uint32_t vn)
{
    uint32_t *limit = &x->limit[(uint32_t)e->number << 2 | vn];
    const uint32_t delivered = *limit, places = x->n->p.in_places;
    const uint32_t back = e->in_credit ? credit_line_seen(e->in_credit, vn, x->now) : e->taken[vn];
    SIM_CHECK(delivered - back <= places, "%s: endpoint %u gives back more than it got", x->n->p.name, e->number);
    *limit = back + places;
    return e->room[vn] = *limit - delivered;
}

/* Has the endpoint a place for the packet? */
static INLINE bool has_place(struct vc_crossbar *x, struct vc_interface *e, uint64_t place)
{
    const uint32_t vn = place >> META_VN & 3;
    return e->room[vn] > 0 || look_for_room(x, e, vn) > 0;
}

static APART void deliver(struct vc_network *n, const struct vc_interface *e, uint32_t packet)
{
    if (n->flit_seen)
        n->flit_seen(n->flit_self, message_at(&n->store, packet), VC_FLIT_TAKEN);
    n->deliver(n->deliver_self, e->number, message_at(&n->store, packet), n->now);
    message_give(&n->store, packet);
}

/* The packet in place `at` of an eject VC is handed over; its credit goes back. Who calls counts it. */
static INLINE void take(struct vc_crossbar *x, struct vc_interface *e, struct cross_vc *r, uint32_t at, uint64_t place)
{
    const uint32_t packet = packet_of(place);
    __builtin_prefetch(message_at(&x->n->store, packet)); /* the endpoint looks at it in the next cycle */
    r->out[at] = x->home_out;
    e->room[place >> META_VN & 3]--;
    e->eject_turn = r->number;
    e->handed_over += x->kind_bytes[place & META_KIND];
    if (e->to_endpoint)
        mailbox_put(e->to_endpoint, x->now + 1, packet);
    else
        deliver(x->n, e, packet);
}

static INLINE void count_taken(struct vc_network *n, uint32_t packets, uint32_t polls)
{
    n->inside -= packets;
    n->run->progress += packets - polls;
}

/* It stays in its eject VC. */
static APART void hold(struct vc_crossbar *x, struct vc_interface *e, struct cross_vc *r, uint32_t at)
{
    uint16_t *held = &x->held[r->number];
    if (*held == 0)
        *held = (uint16_t)(at << HELD_HEAD);
    ++*held;
    e->held |= r->bit;
    x->n->holding[e->number >> 6] |= 1ull << (e->number & 63);
}

/* Where nothing else stands, a packet goes in the cycle in which it comes. */
static APART void arrive_at_ends(struct vc_crossbar *x, struct cross_slot *s)
{
    uint32_t packets = s->n_come, polls = 0;
    for (const uint32_t *come = s->come, *end = come + packets; come < end; come++) {
        const uint32_t at = *come & CROSS_PLACE_MASK;
        struct cross_vc *r = &x->vc[*come >> CROSS_PLACE_SHIFT];
        struct vc_interface *e = &x->ends[*come >> (CROSS_PLACE_SHIFT + CROSS_SHIFT)];
        const uint64_t place = r->out[at];
        if (e->held == 0 && has_place(x, e, place)) {
            polls += (uint32_t)place & 1u << META_POLL;
            take(x, e, r, at, place);
        } else {
            hold(x, e, r, at);
            packets--;
        }
    }
    s->n_come = 0;
    count_taken(x->n, packets, polls >> META_POLL);
}

/* One packet, of the first VC that may. */
static APART void eject(struct vc_crossbar *x, struct vc_interface *e)
{
    const uint32_t turn = (e->eject_turn & CROSS_MASK) + 1;
    for (uint32_t rest = e->held; rest;) {
        uint32_t later = rest >> turn << turn, v = bits_low(later ? later : rest);
        struct cross_vc *r = &vcs_of(x, e)[v];
        uint32_t held = x->held[r->number], head = held >> HELD_HEAD;
        const uint64_t place = r->out[head];
        if (has_place(x, e, place)) {
            bool last = (held & HELD_COUNT) == 1;
            x->held[r->number] =
                (uint16_t)(last ? 0 : (uint32_t)x->behind[head] << HELD_HEAD | ((held & HELD_COUNT) - 1));
            e->held &= ~((uint32_t)last << v);
            if (e->held == 0)
                x->n->holding[e->number >> 6] &= ~(1ull << (e->number & 63));
            take(x, e, r, head, place);
            count_taken(x->n, 1, place >> META_POLL & 1);
            return;
        }
        rest &= ~(1u << v);
    }
    e->waits++;
}

/* What has come, then what is sent, then what waits for places. */
uint64_t vc_crossbar_ends(struct vc_crossbar *x, struct cross_slot *s)
{
    const struct vc_network *n = x->n;
    uint64_t more = 0;
    if (s->n_come > 0)
        arrive_at_ends(x, s);
    for (uint32_t word = 0; word < n->end_words; word++) {
        if (n->arrived[2 * word + (x->now & 1)])
            read_mails(x, &x->ends[word * 64], &n->arrived[2 * word]);
        if (n->sending[word])
            inject_all(x, &x->ends[word * 64], &n->sending[word]);
        for (uint64_t rest = n->holding[word]; rest; rest &= rest - 1)
            eject(x, &x->ends[word * 64 + bits_low(rest)]);
        more |= n->sending[word] | n->holding[word];
    }
    return more;
}
