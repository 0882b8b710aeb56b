/* SPDX-License-Identifier: Apache-2.0 */
/* fabric_router.c - a chip's door to the other chips: takes in, routes, rests, tells. */
#include "hw/link/fabric_router.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "hw/link/fabric_queue.h"
#include "hw/link/fabric_sums.h"
#include "hw/link/fabric_via.h"
#include "hw/link/packet_due.h"
#include "hw/link/packet_replay.h"
#include "sim/base/error.h"
#include "sim/base/mem.h"

/* Every third bit of a line's number, from bit 1 and from bit 2 on. */
#define SECOND_BITS 0x92492492u
#define THIRD_BITS  0x24924924u

static uint32_t parity(uint32_t bits)
{
    return (uint32_t)__builtin_popcount(bits) & 1u;
}

/* A number below 8 whose three bits are parities: of the whole line, of every third bit, of the ones behind these. Of
 * any three neighbouring bits of a line each class has one, so eight lines in a row, and strides of any power of two,
 * have all eight numbers. The source turns them round, so that a few hot lines (counters) do not all choose alike. */
uint32_t fabric_way(const struct message *m, uint32_t ways)
{
    SIM_CHECK(ways > 0, "no way to chip %u", m->to_chip);
    uint32_t number = parity(m->line) | parity(m->line & SECOND_BITS) << 1 | parity(m->line & THIRD_BITS) << 2;
    return (number ^ (m->from_chip & 7u)) % ways;
}

/* ---- making ---- */

static void *copy_of(const void *from, size_t n, size_t size)
{
    void *to = mem_alloc_array(n, size);
    if (n > 0)
        memcpy(to, from, n * size);
    return to;
}

struct fabric_router *fabric_router_new(const struct fabric_router_params *p, struct run_control *run)
{
    struct fabric_router *r = mem_alloc(sizeof *r);
    SIM_CHECK(p->size.queue > 0, "%s: a fabric router without buffers", p->name);
    SIM_CHECK(p->size.classes > 0 && p->size.classes <= PACKET_CLASSES, "%s: %u dateline classes", p->name,
              p->size.classes);
    r->p = *p;
    r->run = run;
    r->p.out = copy_of(p->out, p->links, sizeof *p->out);
    r->p.in = copy_of(p->in, p->links, sizeof *p->in);
    r->p.homes = p->homes > 0 ? p->homes : p->chips;
    r->p.route = copy_of(p->route, r->p.homes, sizeof *p->route);
    r->sums = p->sums;
    r->inner = p->sums ? 1 : p->ports;
    SIM_CHECK(!p->sums || p->ports == 0, "%s: ports at a switch", p->name);
    r->n_sources = r->inner * VN_COUNT + p->links * VN_COUNT * (p->size.classes + p->size.turn);
    r->words = (r->n_sources + 63) / 64;
    r->senders = mem_alloc_array(p->links, sizeof *r->senders);
    r->receivers = mem_alloc_array(p->links, sizeof *r->receivers);
    for (uint32_t i = 0; i < p->links; i++) {
        struct packet_sender *s = &r->senders[i];
        *s = (struct packet_sender) {
            .p = p->out[i], .size = p->size, .line = {.rate = p->out[i].rate}, .blocked_since = CYCLE_NEVER};
        s->replay = p->size.replay > 0 ? packet_replay_new(s, run->seed) : NULL;
        s->due = p->via.adaptive ? packet_due_new(2 * packet_link_places(&p->size)) : NULL;
        s->credit_latency = p->in[i].latency;
        r->receivers[i].reorder = p->size.replay > 0 ? packet_reorder_new(&p->size) : NULL;
    }
    r->via = p->via.cluster > 0 ? fabric_via_new(&r->p, run->seed) : NULL;
    r->sources = mem_alloc_array(r->n_sources, sizeof *r->sources);
    r->outputs = mem_alloc_array(p->links + r->inner, sizeof *r->outputs);
    r->walked = mem_alloc_array(p->machine_links, sizeof *r->walked);
    for (uint32_t i = 0; i < p->links + r->inner; i++) {
        r->outputs[i].asked = mem_alloc_array(r->words, sizeof *r->outputs[i].asked);
        r->outputs[i].lanes = mem_alloc_array((size_t)r->words * FABRIC_LANES, sizeof *r->outputs[i].lanes);
        r->outputs[i].pointer = mem_alloc_array(p->links + 1u, sizeof *r->outputs[i].pointer);
        r->outputs[i].list = mem_alloc_array(r->n_sources, sizeof *r->outputs[i].list);
    }
    return r;
}

void fabric_router_free(struct fabric_router *r)
{
    if (!r)
        return;
    fabric_queues_free(r);
    fabric_sums_free(r->sums);
    fabric_via_free(r->via);
    for (uint32_t i = 0; i < r->p.links + r->inner; i++) {
        free(r->outputs[i].asked);
        free(r->outputs[i].lanes);
        free(r->outputs[i].pointer);
        free(r->outputs[i].list);
    }
    for (uint32_t i = 0; i < r->p.links; i++) {
        free(r->senders[i].wave);
        packet_replay_free(r->senders[i].replay);
        packet_due_free(r->senders[i].due);
        packet_reorder_free(r->receivers[i].reorder);
    }
    free(r->senders);
    free(r->receivers);
    free(r->sources);
    free(r->outputs);
    free(r->walked);
    free((void *)r->p.out);
    free((void *)r->p.in);
    free((void *)r->p.route);
    free(r);
}

void fabric_router_connect(struct fabric_router *r, struct domain *domain, struct net_port *ports,
                           const struct fabric_mail *links)
{
    r->domain = domain;
    r->ports = ports;
    for (uint32_t i = 0; i < r->p.links; i++) {
        struct packet_sender *s = &r->senders[i];
        s->domain = domain;
        s->out = links[i].out;
        s->credit_in = links[i].credit_in;
        r->receivers[i] = (struct packet_receiver) {.p = &r->p.in[i],
                                                    .size = r->p.size,
                                                    .domain = domain,
                                                    .in = links[i].in,
                                                    .credit_out = links[i].credit_out,
                                                    .reorder = r->receivers[i].reorder};
    }
    fabric_queues_init(r);
}

/* ---- taking in ---- */

/* The output of a packet that goes to chip `goal` next; one that waits for a link counts there. */
static uint32_t output_of(struct fabric_router *r, const struct message *m, uint32_t goal, uint8_t dimension,
                          uint8_t crossed)
{
    if (goal == r->p.chip) {
        SIM_CHECK(r->inner > 0, "%s: no port", r->p.name);
        return r->p.links + m->line % r->inner;
    }
    SIM_CHECK(goal < r->p.homes, "%s: there is no chip %u", r->p.name, goal);
    const struct fabric_route *to = &r->p.route[goal];
    uint32_t link = to->link[fabric_way(m, to->ways)];
    packet_sender_wait(&r->senders[link], m, dimension, crossed);
    return link;
}

/* From the routing alone, whatever the switches will do: every link of the way passes the packet once. */
static void walk(struct fabric_router *r, const struct message *m, uint16_t via)
{
    struct fabric_legs legs = fabric_via_legs(r, m, via);
    for (uint32_t leg = 0; leg < 2; leg++)
        for (uint32_t i = 0; i < legs.hops[leg]; i++)
            r->walked[legs.path[leg][i]] += packet_wire(&r->p.size, m);
}

static uint32_t goal_of(const struct message *m, uint16_t via)
{
    return via == PACKET_DIRECT ? m->to_chip : via;
}

static struct fabric_packet *enter(struct fabric_router *r, const struct message *m, uint32_t port, uint16_t via)
{
    uint32_t output = output_of(r, m, goal_of(m, via), 0, 0);
    struct fabric_packet *k = fabric_queue_push(r, output, fabric_source_port(r, port, message_vn(m)));
    k->m = *m;
    k->dimension = k->crossed = k->epoch = 0;
    k->via = via;
    walk(r, m, via);
    return k;
}

static void take_from_chip(struct fabric_router *r, uint32_t port, uint64_t cycle)
{
    const struct message *m;
    while ((m = net_port_front(&r->ports[port], cycle)) != NULL) {
        SIM_CHECK(m->to_chip != r->p.chip, "%s: a message of this chip to itself", r->p.name);
        uint16_t via = r->via ? fabric_via_choose(r, port, m) : PACKET_DIRECT;
        message_enters(&enter(r, m, port, via)->m, cycle, TRAIL_LINK);
        r->stat.by_third += via != PACKET_DIRECT;
        r->stat.from_chip += message_payload(m);
        r->stat.messages_in++;
        net_port_pop(&r->ports[port]);
    }
}

void fabric_router_inject(struct fabric_router *r, const struct message *m)
{
    enter(r, m, 0, PACKET_DIRECT);
}

/* The source of a packet from a link, which turns here if it came to find a chip in between. */
static uint32_t arrive(const struct fabric_router *r, uint32_t in, const struct fabric_packet *k, uint16_t *via,
                       uint8_t *crossed)
{
    enum virtual_network vn = message_vn(&k->m);
    *via = k->via;
    *crossed = k->crossed;
    if (k->via == PACKET_DIRECT || !fabric_via_turns(r, k->via))
        return fabric_source_link(r, in, vn, k->crossed);
    *via = PACKET_DIRECT;
    if (r->p.size.turn == 0)
        return fabric_source_link(r, in, vn, k->crossed);
    *crossed = (uint8_t)r->p.size.turn;
    return fabric_source_turn(r, in, vn, k->crossed);
}

static void take_from_link(struct fabric_router *r, uint32_t in, uint64_t cycle)
{
    struct packet_receiver *from = &r->receivers[in];
    const struct fabric_packet *k;
    while ((k = packet_receiver_front(from, cycle)) != NULL) {
        uint16_t via;
        uint8_t crossed;
        uint32_t source = arrive(r, in, k, &via, &crossed);
        uint32_t output = output_of(r, &k->m, goal_of(&k->m, via), k->dimension, crossed);
        struct fabric_packet *place = fabric_queue_push(r, output, source);
        *place = *k;
        place->via = via;
        place->crossed = crossed;
        packet_receiver_pop(from, k);
    }
}

/* ---- one cycle ---- */

static uint64_t rest(struct fabric_router *r, uint64_t cycle)
{
    uint64_t next = CYCLE_NEVER;
    for (uint32_t i = 0; i < r->p.links; i++) {
        struct packet_sender *s = &r->senders[i];
        bool offered = r->outputs[i].n_asked > 0;
        packet_sender_rest(s, cycle, offered);
        if (s->wave)
            packet_wave_cycle(s, cycle);
        uint64_t at = packet_sender_next(s, cycle, offered);
        next = at < next ? at : next;
    }
    for (uint32_t i = r->p.links; i < r->p.links + r->p.ports; i++) {
        if (r->outputs[i].n_asked == 0)
            continue;
        r->stat.no_room += !r->outputs[i].given;
        next = cycle + 1;
    }
    return next;
}

uint64_t fabric_router_eval(struct fabric_router *r, uint64_t cycle)
{
    if (r->via)
        fabric_via_look(r, cycle);
    for (uint32_t i = 0; i < r->p.ports; i++)
        take_from_chip(r, run_order(r->run, cycle, i, r->p.ports), cycle);
    for (uint32_t i = 0; i < r->p.links; i++) {
        uint32_t link = run_order(r->run, cycle, i, r->p.links);
        packet_sender_credits(&r->senders[link], cycle);
        packet_sender_again(&r->senders[link], cycle, r->epoch);
        take_from_link(r, link, cycle);
    }
    if (r->sums)
        fabric_sums_eval(r, cycle);
    fabric_switch(r, cycle);
    uint64_t next = rest(r, cycle), sums = r->sums ? fabric_sums_next(r, cycle) : CYCLE_NEVER;
    return sums < next ? sums : next;
}

/* ---- accounts ---- */

/* Epoch e counts in row e; packets of the epoch to come may be here already, stragglers of the last one go to its
 * row. The row after next is cleared, long before it is in use. */
void fabric_router_stat_clear(struct fabric_router *r, uint64_t cycle)
{
    r->epoch++;
    r->stat = (struct fabric_stat) {0};
    memset(r->walked, 0, r->p.machine_links * sizeof *r->walked);
    if (r->sums)
        fabric_sums_stat_clear(r->sums, cycle);
    for (uint32_t i = 0; i < r->p.links; i++) {
        packet_sender_clear(&r->senders[i], cycle);
        memset(r->receivers[i].received[(r->epoch + 1u) % PACKET_EPOCHS], 0, sizeof r->receivers[i].received[0]);
    }
}

void fabric_router_end(struct fabric_router *r, uint64_t cycle)
{
    for (uint32_t i = 0; i < r->p.links; i++)
        packet_sender_end(&r->senders[i], cycle);
}

bool fabric_router_idle(const struct fabric_router *r)
{
    if (r->sums && !fabric_sums_idle(r->sums))
        return false;
    for (uint32_t i = 0; i < r->p.links + r->inner; i++)
        if (r->outputs[i].n_asked > 0)
            return false;
    for (uint32_t i = 0; i < r->p.links; i++)
        if (mailbox_count(r->receivers[i].in) > 0 || (r->senders[i].replay && r->senders[i].replay->bytes > 0))
            return false;
    for (uint32_t i = 0; i < r->p.ports; i++)
        if (mailbox_count(r->ports[i].in) > 0)
            return false;
    return true;
}

static uint64_t list_payload(const struct fabric_router *r, uint32_t output, uint32_t source)
{
    const struct fabric_list *l = &r->outputs[output].list[source];
    const struct fabric_item *items = r->sources[source].items;
    uint64_t bytes = 0;
    for (uint32_t i = 0, at = l->head; i < l->count; i++, at = items[at].next)
        bytes += message_payload(&items[at].k.m);
    return bytes;
}

uint64_t fabric_router_in_flight(const struct fabric_router *r)
{
    uint64_t bytes = 0;
    for (uint32_t output = 0; output < r->p.links + r->inner; output++)
        for (uint32_t source = 0; source < r->n_sources; source++)
            bytes += list_payload(r, output, source);
    for (uint32_t i = 0; i < r->p.links && r->p.size.replay == 0; i++) {
        const struct mailbox *in = r->receivers[i].in;
        for (uint32_t k = 0; k < mailbox_count(in); k++)
            bytes += message_payload(&((const struct fabric_packet *)mailbox_item(in, k))->m);
    }
    return bytes;
}

static uint64_t mail_payload(const struct net_port *p, const struct mailbox *mail)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < mailbox_count(mail); i++)
        bytes += message_payload(message_at(p->store, *(const uint32_t *)mailbox_item(mail, i)));
    return bytes;
}

uint64_t fabric_router_mail(const struct fabric_router *r)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < r->p.ports; i++)
        bytes += mail_payload(&r->ports[i], r->ports[i].in) + mail_payload(&r->ports[i], r->ports[i].out);
    return bytes;
}

uint64_t fabric_router_kept(const struct fabric_router *r, uint32_t link, const struct fabric_router *to, uint32_t in)
{
    return packet_sender_kept_payload(&r->senders[link], &to->receivers[in]);
}

uint64_t fabric_router_on_link(const struct fabric_router *r, uint32_t in, enum traffic_class c)
{
    uint64_t bytes = 0;
    const struct mailbox *line = r->receivers[in].in;
    for (uint32_t i = 0; i < mailbox_count(line); i++) {
        const struct fabric_packet *k = mailbox_item(line, i);
        if (k->epoch == r->epoch && message_infos[k->m.type].class_of == c)
            bytes += packet_wire(&r->p.size, &k->m);
    }
    return bytes;
}

struct link_account fabric_router_account(const struct fabric_router *r, uint32_t link, const struct fabric_router *to,
                                          uint32_t in, enum traffic_class c)
{
    struct link_account a = r->senders[link].stat.account[c];
    a.left = to->receivers[in].received[r->epoch % PACKET_EPOCHS][c];
    return a;
}

/* ---- who waits for whom ---- */

static const char *const vn_names[VN_COUNT] = {"request", "forward", "response"};

static void dump_list(const struct fabric_router *r, uint32_t output, uint32_t source, uint64_t cycle, struct diag *d)
{
    const struct fabric_source *from = &r->sources[source];
    const struct fabric_packet *head = fabric_queue_head(r, output, source);
    const char *type = message_infos[head->m.type].name;
    uint32_t count = r->outputs[output].list[source].count;
    char *what = from->local ? mem_printf("%u %s from port %u", count, vn_names[from->vn], from->from)
                             : mem_printf("%u %s class %u from %s", count, vn_names[from->vn], from->crossed,
                                          r->p.in[from->from].id);
    uint32_t lane = fabric_lane(r, output, source);
    if (output < r->p.links) {
        const struct packet_link_params *p = &r->senders[output].p;
        const char *why = !fabric_lane_room(r, output, lane)           ? "out of credits"
                          : r->senders[output].line.free.cycle > cycle ? "line taken"
                                                                       : "nothing more can be kept";
        diag_add(d, "", 0, 0, r->p.name, "cycle %" PRIu64 ": %s: %s waits for link %s towards %s %u, class %u: %s",
                 cycle, what, type, p->id, p->peer < r->p.chips ? "chip" : "switch",
                 p->peer < r->p.chips ? p->peer : p->peer - r->p.chips, lane % PACKET_CLASSES, why);
    } else {
        diag_add(d, "", 0, 0, r->p.name, "cycle %" PRIu64 ": %s: %s waits for room at port %u of its chip", cycle, what,
                 type, output - r->p.links);
    }
    free(what);
}

void fabric_router_dump(const struct fabric_router *r, uint64_t cycle, struct diag *d)
{
    for (uint32_t output = 0; output < r->p.links + r->p.ports; output++)
        for (uint32_t source = 0; source < r->n_sources; source++)
            if (r->outputs[output].list[source].count > 0)
                dump_list(r, output, source, cycle, d);
    if (r->sums)
        fabric_sums_dump(r, cycle, d);
    for (uint32_t i = 0; i < r->p.links; i++)
        packet_sender_dump(&r->senders[i], r->p.name, cycle, d);
}
