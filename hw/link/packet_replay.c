/* SPDX-License-Identifier: Apache-2.0 */
/* packet_replay.c - selective repeat of a chip link. As many packets are under way as have a place behind the line. */
#include "hw/link/packet_replay.h"

#include <inttypes.h>
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/base/mem.h"

static uint32_t ring_mask(const struct packet_link_size *size)
{
    uint32_t places = 1;
    while (places < packet_link_places(size))
        places *= 2;
    return places - 1;
}

/* ---- sender ---- */

struct packet_replay *packet_replay_new(const struct packet_sender *s, uint64_t seed)
{
    struct packet_replay *p = mem_alloc(sizeof *p);
    p->mask = ring_mask(&s->size);
    p->kept = mem_alloc_uncleared(p->mask + (size_t)1, sizeof *p->kept); /* most are never touched */
    p->again = mem_alloc_uncleared(p->mask + (size_t)1, sizeof *p->again);
    p->limit = s->size.replay;
    p->errors = s->p.errors;
    link_errors_init(&p->errors, seed, s->p.id);
    return p;
}

void packet_replay_free(struct packet_replay *p)
{
    if (!p)
        return;
    free(p->kept);
    free(p->again);
    free(p);
}

void packet_replay_keep(struct packet_replay *p, struct fabric_packet *k, uint64_t wire)
{
    k->number = p->next;
    SIM_CHECK(p->n_again == 0 && p->next - p->oldest <= p->mask, "a new packet before one that was lost");
    p->kept[p->next++ & p->mask] = *k;
    p->bytes += wire;
}

void packet_replay_taken(struct packet_sender *s, uint32_t number)
{
    struct packet_replay *p = s->replay;
    SIM_CHECK(number - p->oldest <= p->next - p->oldest, "%s: packet %u is taken, %u to %u are under way", s->p.id,
              number, p->oldest, p->next);
    for (; p->oldest != number; p->oldest++)
        p->bytes -= packet_wire(&s->size, &p->kept[p->oldest & p->mask].m);
}

void packet_replay_lost(struct packet_sender *s, uint32_t number)
{
    struct packet_replay *p = s->replay;
    SIM_CHECK(number - p->oldest < p->next - p->oldest && p->n_again <= p->mask,
              "%s: packet %u is lost, %u to %u are under way", s->p.id, number, p->oldest, p->next);
    p->again[(p->first_again + p->n_again++) & p->mask] = number;
}

bool packet_sender_kept_room(const struct packet_sender *s)
{
    const struct packet_replay *p = s->replay;
    return p->n_again == 0 && (p->bytes == 0 || p->bytes + s->size.header + LINE_BYTES <= p->limit);
}

void packet_sender_again(struct packet_sender *s, uint64_t cycle, uint8_t epoch)
{
    struct packet_replay *p = s->replay;
    while (p && p->n_again > 0 && s->line.free.cycle <= cycle) {
        struct fabric_packet *k = &p->kept[p->again[p->first_again++ & p->mask] & p->mask];
        p->n_again--;
        k->epoch = epoch;
        packet_sender_put(s, cycle, k, true);
    }
}

uint64_t packet_sender_kept_payload(const struct packet_sender *s, const struct packet_receiver *to)
{
    const struct packet_replay *p = s->replay;
    uint64_t bytes = 0;
    for (uint32_t i = p ? to->reorder->wanted : 0; p && i != p->next; i++)
        bytes += message_payload(&p->kept[i & p->mask].m);
    return bytes;
}

void packet_sender_dump(const struct packet_sender *s, const char *router, uint64_t cycle, struct diag *d)
{
    const struct packet_replay *p = s->replay;
    if (p && p->oldest != p->next)
        diag_add(d, "", 0, 0, router,
                 "cycle %" PRIu64 ": link %s: %u packets from number %u on are not acknowledged; %" PRIu64
                 " were sent again, %" PRIu64 " lost",
                 cycle, s->p.id, p->next - p->oldest, p->oldest, s->stat.again, s->stat.lost);
}

/* ---- receiver ---- */

struct packet_reorder *packet_reorder_new(const struct packet_link_size *size)
{
    struct packet_reorder *o = mem_alloc(sizeof *o);
    o->mask = ring_mask(size);
    o->held = mem_alloc_uncleared(o->mask + (size_t)1, sizeof *o->held);
    o->here = mem_alloc_array(o->mask + (size_t)1, sizeof *o->here);
    return o;
}

void packet_reorder_free(struct packet_reorder *o)
{
    if (!o)
        return;
    free(o->held);
    free(o->here);
    free(o);
}

/* A packet that is not the next one, or was lost, is off the line. */
static void set_aside(struct packet_receiver *r, const struct fabric_packet *k, uint64_t cycle)
{
    struct packet_reorder *o = r->reorder;
    SIM_CHECK(k->number - o->wanted <= o->mask && !o->here[k->number & o->mask],
              "%s: packet %u comes, which was taken already; the next one is %u", r->p->id, k->number, o->wanted);
    if (k->lost) {
        struct packet_credit c = {.kind = PACKET_LOST, .number = k->number};
        packet_receiver_return(r, cycle, &c);
    } else {
        o->here[k->number & o->mask] = true;
        o->held[k->number & o->mask] = *k;
    }
    packet_receiver_count(r, k);
    mailbox_pop(r->in);
}

const struct fabric_packet *packet_reorder_front(struct packet_receiver *r, uint64_t cycle)
{
    struct packet_reorder *o = r->reorder;
    if (o->here[o->wanted & o->mask])
        return &o->held[o->wanted & o->mask];
    const struct fabric_packet *k;
    while ((k = mailbox_front(r->in, cycle)) != NULL && (k->number != o->wanted || k->lost))
        set_aside(r, k, cycle);
    if (!k && o->told != o->wanted) {
        struct packet_credit c = {.kind = PACKET_TAKEN, .number = o->wanted};
        o->told = o->wanted;
        packet_receiver_return(r, cycle, &c);
    }
    return k;
}

bool packet_reorder_pop(struct packet_reorder *o)
{
    bool *here = &o->here[o->wanted++ & o->mask], held = *here;
    *here = false;
    return held;
}
