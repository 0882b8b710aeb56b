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

static struct vc_queue *queue_of(const struct vc_network *n, uint32_t endpoint, uint32_t lane)
{
    return &n->queues[(size_t)endpoint * n->lanes + lane];
}

static uint32_t *queue_place(const struct vc_network *n, uint32_t endpoint, uint32_t lane, uint32_t i)
{
    uint32_t at = queue_of(n, endpoint, lane)->head + i;
    at = at < n->queue_places ? at : at - n->queue_places;
    return &n->queue_items[((size_t)endpoint * n->lanes + lane) * n->queue_places + at];
}

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

static uint32_t kind_of(const struct message *m)
{
    static const uint8_t counts[ALL_SECTORS + 1] = {0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4};
    const struct message_info *info = &message_infos[m->type];
    return info->class_of * PAYLOAD_KINDS + (info->data ? counts[m->sectors & ALL_SECTORS] : 0u);
}

static uint32_t kind_bytes(uint32_t kind)
{
    return kind % PAYLOAD_KINDS * SECTOR_BYTES;
}

bool vc_network_room(const struct vc_network *n, uint32_t endpoint, enum virtual_network vn)
{
    return queue_of(n, endpoint, n->lane_of[vn])->count < n->queue_places;
}

void vc_network_offer(struct vc_network *n, uint32_t endpoint, const struct message *m)
{
    enum virtual_network vn = message_vn(m);
    uint32_t lane = n->lane_of[vn], kind = kind_of(m), bytes = kind_bytes(kind), class_of = kind / PAYLOAD_KINDS;
    lane += m->from_chip != n->p.chip_number ? n->foreign : 0;
    SIM_CHECK(lane < n->lanes, "%s: %s: virtual network %d is not in use", n->p.name, message_infos[m->type].name,
              (int)vn);
    SIM_CHECK(m->to < n->endpoints, "%s: %s goes to endpoint %u of %u", n->p.name, message_infos[m->type].name, m->to,
              n->endpoints);
    SIM_CHECK(queue_of(n, endpoint, lane)->count < n->queue_places, "%s: endpoint %u sends without room", n->p.name,
              endpoint);
    uint32_t packet = packet_new(n);
    n->packets[packet] = (struct vc_packet) {.router = (uint16_t)n->end_router[m->to],
                                             .port = (uint16_t)n->end_port[m->to],
                                             .flits = (uint16_t)n->kind_flits[kind],
                                             .vn = (uint16_t)vn,
                                             .kind = (uint16_t)kind};
    n->messages[packet] = *m;
    __builtin_prefetch(pair_of(n, endpoint, m->to), 1); /* its head is soon counted there, hardly ever in the cache */
    struct vc_queue *q = queue_of(n, endpoint, lane);
    *queue_place(n, endpoint, lane, q->count++) = packet;
    struct vc_interface *e = &n->ends[endpoint];
    e->pending++;
    e->stat.injected += bytes;
    e->queued[class_of] += bytes + MESSAGE_HEADER;
    if (e->queued[class_of] > e->peak[class_of])
        e->peak[class_of] = e->queued[class_of];
    n->sending[endpoint >> 6] |= 1ull << (endpoint & 63);
}

void vc_interface_read(struct vc_network *n, uint64_t cycle)
{
    for (uint32_t word = 0; word < (n->endpoints + 63) / 64; word++) {
        for (uint64_t bits = n->arrived[word]; bits; bits &= bits - 1) {
            uint32_t i = word * 64 + (uint32_t)__builtin_ctzll(bits);
            struct mailbox *mail = n->peers[i].from_endpoint;
            for (const struct message *m; (m = mailbox_front(mail, cycle)) != NULL; mailbox_pop(mail))
                vc_network_offer(n, i, m);
            if (mailbox_count(mail) == 0)
                n->arrived[word] &= ~(1ull << i % 64);
        }
    }
}

/* ---- injection ---- */

/* The VC for a head, or VC_NONE. */
static uint32_t pick_vc(const struct vc_network *n, uint32_t endpoint, uint32_t lane, uint32_t last)
{
    const struct vc_out *credit = &n->out[end_vc(n, endpoint)];
    for (uint32_t vc = last + 1; vc < n->vcs && n->lane_mask[lane] >> vc & 1; vc++)
        if (credit[vc].credits > 0)
            return vc;
    for (uint32_t vc = (uint32_t)__builtin_ctz(n->lane_mask[lane]); vc <= last; vc++)
        if (credit[vc].credits > 0)
            return vc;
    return VC_NONE;
}

/* Is there a flit that can go? A head gets its VC here. */
static bool can_send(struct vc_network *n, uint32_t endpoint, uint32_t lane)
{
    struct vc_queue *q = queue_of(n, endpoint, lane);
    if (q->left > 0)
        return n->out[end_vc(n, endpoint) + q->vc].credits > 0;
    if (q->count == 0)
        return false;
    uint32_t vc = pick_vc(n, endpoint, lane, q->vc);
    if (vc == VC_NONE)
        return false;
    q->packet = *queue_place(n, endpoint, lane, 0);
    q->left = n->packets[q->packet].flits;
    q->vc = vc;
    *pair_of(n, endpoint, n->messages[q->packet].to) += q->left;
    return true;
}

static void leave_queue(struct vc_network *n, uint32_t endpoint, struct vc_queue *q)
{
    uint32_t kind = n->packets[q->packet].kind;
    struct vc_interface *e = &n->ends[endpoint];
    q->head = q->head + 1 == n->queue_places ? 0 : q->head + 1;
    q->count--;
    e->queued[kind / PAYLOAD_KINDS] -= kind_bytes(kind) + MESSAGE_HEADER;
    if (--e->pending == 0)
        n->sending[endpoint >> 6] &= ~(1ull << (endpoint & 63));
    if (n->peers)
        credit_line_give(&n->out_credits[endpoint], n->packets[q->packet].vn, 1);
}

void vc_interface_send(struct vc_network *n, uint32_t endpoint, uint64_t cycle)
{
    struct vc_interface *e = &n->ends[endpoint];
    uint32_t lane = e->turn, tried = 0;
    for (; tried < n->lanes && !can_send(n, endpoint, lane); tried++)
        lane = lane + 1 == n->lanes ? 0 : lane + 1;
    if (tried == n->lanes)
        return;
    struct vc_queue *q = queue_of(n, endpoint, lane);
    uint32_t kind = n->packets[q->packet].kind, flit = q->packet << FLIT_FIRST | kind << 2;
    if (q->left == n->packets[q->packet].flits) {
        flit |= FLIT_HEAD;
        passed(n, n->ports + endpoint, kind)->entered++;
    }
    n->out[end_vc(n, endpoint) + q->vc].credits--;
    e->turn = lane + 1 == n->lanes ? 0 : lane + 1;
    if (--q->left == 0) {
        flit |= FLIT_TAIL;
        leave_queue(n, endpoint, q);
    }
    send_flit(slot_at(n, cycle + n->latency + 1), false, (e->port << n->vc_shift) + q->vc, flit);
}

void vc_interface_credit(struct vc_network *n, uint32_t target)
{
    SIM_CHECK(n->out[target].credits < n->depth, "%s: an endpoint has more credits than places", n->p.name);
    n->out[target].credits++;
}

/* ---- ejection ---- */

void vc_interface_flit(struct vc_network *n, const struct vc_flit *f)
{
    const struct vc_in *in = &n->in[f->target];
    uint32_t endpoint = (f->target >> n->vc_shift) - n->ports, vc = f->target & n->vc_mask;
    struct vc_interface *e = &n->ends[endpoint];
    SIM_CHECK(in->count < n->depth, "%s: a flit comes to a full eject VC of endpoint %u", n->p.name, endpoint);
    fifo_put(n, f->target, f->flit);
    e->held |= 1u << vc;
    n->holding[endpoint >> 6] |= 1ull << (endpoint & 63);
    if (f->flit & FLIT_TAIL)
        passed(n, e->port, flit_kind(f->flit))->left++;
}

static uint32_t places(const struct vc_network *n, uint32_t endpoint, uint32_t vn)
{
    const struct vc_interface *e = &n->ends[endpoint];
    uint32_t back = n->peers ? n->peers[endpoint].in_credit->total[vn] : e->taken[vn];
    uint32_t used = e->delivered[vn] - back;
    SIM_CHECK(used <= n->p.in_places, "%s: endpoint %u gives back more than it got", n->p.name, endpoint);
    return n->p.in_places - used;
}

static void hand_over_packet(struct vc_network *n, uint32_t endpoint, uint32_t packet, uint64_t cycle)
{
    struct message *m = &n->messages[packet];
    m->hops = (uint8_t)(n->packets[packet].hops < UINT8_MAX ? n->packets[packet].hops : UINT8_MAX);
    n->packets[packet].flits = 0;
    n->unused[n->n_unused++] = packet;
    n->ends[endpoint].stat.delivered += kind_bytes(n->packets[packet].kind);
    /* Who polls a counter that nobody will raise goes round for ever and gets nowhere. */
    n->run->progress += m->type != MSG_POLL && m->type != MSG_POLL_VALUE;
    if (n->peers)
        mailbox_write(n->peers[endpoint].to_endpoint, cycle + 1, m, sizeof *m);
    else
        n->deliver(n->deliver_self, endpoint, m, cycle);
}

static void take_flit(struct vc_network *n, uint32_t endpoint, uint32_t vc, uint64_t cycle)
{
    struct vc_interface *e = &n->ends[endpoint];
    uint32_t number = end_vc(n, endpoint) + vc;
    uint32_t flit = fifo_get(n, number);
    if (n->in[number].count == 0)
        e->held &= ~(1u << vc);
    e->eject_turn = vc + 1 == n->vcs ? 0 : vc + 1;
    send_credit(slot_at(n, cycle + n->latency + 1 + n->p.shape.credit_delay), false, (e->port << n->vc_shift) + vc);
    if (flit & FLIT_TAIL) {
        e->promised &= ~(1u << vc);
        hand_over_packet(n, endpoint, flit_packet(flit), cycle);
    }
}

/* May the flit at the front of this eject VC go? A head is promised its packet's place. */
static bool may_go(struct vc_network *n, uint32_t endpoint, uint32_t vc)
{
    struct vc_interface *e = &n->ends[endpoint];
    if (e->promised >> vc & 1)
        return true;
    uint32_t number = end_vc(n, endpoint) + vc;
    uint32_t flit = n->in[number].front;
    uint32_t vn = n->packets[flit_packet(flit)].vn;
    SIM_CHECK(flit & FLIT_HEAD, "%s: endpoint %u: a packet without a head", n->p.name, endpoint);
    if (places(n, endpoint, vn) == 0)
        return false;
    e->delivered[vn]++;
    e->promised |= 1u << vc;
    return true;
}

void vc_interface_hand_over(struct vc_network *n, uint32_t endpoint, uint64_t cycle)
{
    struct vc_interface *e = &n->ends[endpoint];
    uint32_t later = e->held >> e->eject_turn << e->eject_turn, earlier = e->held ^ later;
    bool gone = false;
    for (uint32_t set = later ? later : earlier, next = later ? earlier : 0; set && !gone;) {
        uint32_t vc = (uint32_t)__builtin_ctz(set);
        if (may_go(n, endpoint, vc)) {
            take_flit(n, endpoint, vc, cycle);
            gone = true;
        }
        set &= set - 1;
        if (!set) {
            set = next;
            next = 0;
        }
    }
    e->waits += !gone;
    if (e->held == 0)
        n->holding[endpoint >> 6] &= ~(1ull << (endpoint & 63));
}

void vc_network_taken(struct vc_network *n, uint32_t endpoint, enum virtual_network vn, uint32_t messages)
{
    n->ends[endpoint].taken[vn] += messages;
}
