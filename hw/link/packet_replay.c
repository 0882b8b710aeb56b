/* SPDX-License-Identifier: Apache-2.0 */
/* packet_replay.c - go-back-N of a chip link. Numbers wrap; no more than `places` are ever kept. */
#include "hw/link/packet_replay.h"

#include <inttypes.h>
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/base/mem.h"

/* ---- sender ---- */

struct packet_replay *packet_replay_new(const struct packet_sender *s, uint64_t seed)
{
    struct packet_replay *p = mem_alloc(sizeof *p);
    uint32_t places = 1;
    while (places < packet_link_places(&s->size)) /* a packet that is kept has a place behind the line */
        places *= 2;
    p->kept = mem_resize(NULL, places, sizeof *p->kept);
    p->mask = places - 1;
    p->limit = s->size.replay;
    p->errors = s->p.errors;
    link_errors_init(&p->errors, seed, s->p.id);
    return p;
}

void packet_replay_free(struct packet_replay *p)
{
    if (p)
        free(p->kept);
    free(p);
}

void packet_replay_keep(struct packet_replay *p, struct fabric_packet *k, uint64_t wire)
{
    k->number = p->next;
    SIM_CHECK(p->again == p->next && p->next - p->oldest <= p->mask, "a new packet before one that was lost");
    p->kept[p->next & p->mask] = *k;
    p->again = ++p->next;
    p->bytes += wire;
}

void packet_replay_heard(struct packet_sender *s, uint32_t next, bool lost)
{
    struct packet_replay *p = s->replay;
    SIM_CHECK(next - p->oldest <= p->next - p->oldest, "%s: packet %u is acknowledged, %u to %u are under way", s->p.id,
              next, p->oldest, p->next);
    for (; p->oldest != next; p->oldest++) {
        SIM_CHECK(p->oldest != p->again, "%s: packet %u is acknowledged before it is sent again", s->p.id, p->oldest);
        p->bytes -= packet_wire(&s->size, &p->kept[p->oldest & p->mask].m);
    }
    if (lost)
        p->again = next;
}

bool packet_sender_kept_room(const struct packet_sender *s)
{
    const struct packet_replay *p = s->replay;
    if (p->again != p->next)
        return false;
    return p->bytes == 0 || p->bytes + s->size.header + LINE_BYTES <= p->limit;
}

void packet_sender_again(struct packet_sender *s, uint64_t cycle, uint8_t epoch)
{
    struct packet_replay *p = s->replay;
    while (p && p->again != p->next && s->line.free.cycle <= cycle) {
        struct fabric_packet *k = &p->kept[p->again++ & p->mask];
        k->epoch = epoch;
        packet_sender_put(s, cycle, k, true);
    }
}

uint64_t packet_sender_kept_payload(const struct packet_sender *s, uint32_t from)
{
    const struct packet_replay *p = s->replay;
    uint64_t bytes = 0;
    for (uint32_t i = from; i != p->next; i++)
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

static void tell(struct packet_receiver *r, uint64_t cycle, bool lost)
{
    struct packet_credit c = {.kind = lost ? PACKET_LOST : PACKET_TAKEN, .number = r->wanted};
    r->told = r->wanted;
    packet_receiver_return(r, cycle, &c);
}

void packet_receiver_drop(struct packet_receiver *r, uint64_t cycle)
{
    const struct fabric_packet *k;
    while ((k = mailbox_front(r->in, cycle)) != NULL && (k->number != r->wanted || k->lost)) {
        if (k->number == r->wanted)
            tell(r, cycle, true);
        r->stat_dropped++;
        packet_receiver_count(r, k);
        mailbox_pop(r->in);
    }
    if (!k && r->told != r->wanted)
        tell(r, cycle, false);
}
