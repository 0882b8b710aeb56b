/* SPDX-License-Identifier: Apache-2.0 */
/* packet_link.c - packets onto the line and off it, credits back. */
#include "hw/link/packet_due.h"
#include "hw/link/packet_replay.h"

#include "sim/base/error.h"

uint32_t packet_class_behind(const struct packet_sender *s, uint8_t dimension, uint8_t crossed)
{
    uint32_t first = crossed < s->size.turn ? 0 : s->size.turn;
    uint32_t behind = (dimension == s->p.dimension ? crossed : first) + s->p.dateline;
    return crossed < s->size.turn && behind == s->size.turn ? s->size.classes : behind;
}

/* ---- sender ---- */

void packet_sender_credits(struct packet_sender *s, uint64_t cycle)
{
    const struct packet_credit *c;
    for (; (c = mailbox_front(s->credit_in, cycle)) != NULL; mailbox_pop(s->credit_in)) {
        if (c->kind == PACKET_TAKEN) {
            packet_replay_taken(s, c->number);
        } else if (c->kind == PACKET_LOST) {
            packet_replay_lost(s, c->number);
        } else {
            SIM_CHECK(s->used[c->vn][c->crossed] > 0, "%s: a credit comes back that was not spent", s->p.id);
            s->used[c->vn][c->crossed]--;
            if (s->due)
                packet_due_back(s->due, c->wire);
        }
    }
}

static void account(struct packet_sender *s, const struct message *m, struct line_time from, uint64_t end, bool again)
{
    struct link_account *a = &s->stat.account[message_infos[m->type].class_of];
    uint64_t first = from.cycle > s->busy_until ? from.cycle : s->busy_until;
    if (again) {
        a->retry += packet_wire(&s->size, m);
    } else {
        a->payload += message_payload(m);
        a->header += s->size.header;
        a->padding += packet_padding(message_payload(m));
    }
    a->entered += packet_wire(&s->size, m);
    a->busy_cycles += end > first ? end - first : 0;
    s->busy_until = end;
    s->stat.packets += !again;
    s->stat.again += again;
}

void packet_sender_put(struct packet_sender *s, uint64_t cycle, struct fabric_packet *k, bool again)
{
    uint64_t wire = packet_wire(&s->size, &k->m);
    struct line_time from = serial_line_occupy(&s->line, cycle, wire);
    uint64_t end = line_time_ceil(s->line.free);
    account(s, &k->m, from, end, again);
    if (s->replay) {
        k->lost = link_errors_send(&s->replay->errors, wire) > 0;
        s->stat.lost += k->lost;
    }
    if (s->wave)
        packet_wave_line(s, from.cycle, end, message_infos[k->m.type].class_of, again);
    const struct sim_clock *clock = &s->domain->clock;
    mailbox_write_fs(s->out, sim_clock_edge(clock, end) + s->p.latency * clock->period_fs, k, sizeof *k);
}

void packet_sender_send(struct packet_sender *s, uint64_t cycle, struct fabric_packet *k, uint8_t epoch)
{
    uint64_t wire = packet_wire(&s->size, &k->m);
    k->crossed = (uint8_t)packet_class_behind(s, k->dimension, k->crossed);
    k->dimension = s->p.dimension;
    k->epoch = epoch;
    s->used[message_vn(&k->m)][k->crossed]++;
    s->waiting[message_infos[k->m.type].class_of] -= wire;
    if (s->replay)
        packet_replay_keep(s->replay, k, wire);
    packet_sender_put(s, cycle, k, false);
    if (s->due)
        packet_due_sent(s->due, line_time_ceil(s->line.free) + s->p.latency + s->credit_latency, (uint32_t)wire);
}

void packet_sender_wait(struct packet_sender *s, const struct message *m, uint8_t dimension, uint8_t crossed)
{
    enum traffic_class c = message_infos[m->type].class_of;
    SIM_CHECK(packet_class_behind(s, dimension, crossed) < s->size.classes,
              "%s: a packet to chip %u crosses the dateline of its ring twice", s->p.id, m->to_chip);
    s->waiting[c] += packet_wire(&s->size, m);
    if (s->waiting[c] > s->stat.account[c].peak_queue)
        s->stat.account[c].peak_queue = s->waiting[c];
}

static void fold_blocked(struct packet_sender *s, uint64_t cycle)
{
    if (s->blocked_since < cycle)
        s->stat.no_credit += cycle - s->blocked_since;
}

void packet_sender_rest(struct packet_sender *s, uint64_t cycle, bool offered)
{
    fold_blocked(s, cycle);
    s->blocked_since = offered && packet_sender_free(s, cycle) ? cycle : CYCLE_NEVER;
}

uint64_t packet_sender_next(const struct packet_sender *s, uint64_t cycle, bool offered)
{
    bool again = s->replay && s->replay->n_again > 0;
    return (offered || again) && s->line.free.cycle > cycle ? s->line.free.cycle : CYCLE_NEVER;
}

void packet_sender_clear(struct packet_sender *s, uint64_t cycle)
{
    s->stat = (struct packet_sender_stat) {0};
    for (int c = 0; c < CLASS_COUNT; c++)
        s->stat.account[c].peak_queue = s->waiting[c];
    if (s->blocked_since < cycle)
        s->blocked_since = cycle;
}

void packet_sender_end(struct packet_sender *s, uint64_t cycle)
{
    fold_blocked(s, cycle);
    if (s->blocked_since < cycle)
        s->blocked_since = cycle;
}

/* ---- receiver ---- */

const struct fabric_packet *packet_receiver_front(struct packet_receiver *r, uint64_t cycle)
{
    return r->reorder ? packet_reorder_front(r, cycle) : mailbox_front(r->in, cycle);
}

void packet_receiver_count(struct packet_receiver *r, const struct fabric_packet *k)
{
    r->received[k->epoch % PACKET_EPOCHS][message_infos[k->m.type].class_of] += packet_wire(&r->size, &k->m);
}

void packet_receiver_pop(struct packet_receiver *r, const struct fabric_packet *k)
{
    if (r->reorder && packet_reorder_pop(r->reorder))
        return; /* it had left the line before */
    packet_receiver_count(r, k);
    mailbox_pop(r->in);
}

void packet_receiver_return(struct packet_receiver *r, uint64_t cycle, const struct packet_credit *c)
{
    const struct sim_clock *clock = &r->domain->clock;
    mailbox_write_fs(r->credit_out, sim_clock_edge(clock, cycle) + r->p->latency * clock->period_fs, c, sizeof *c);
}

void packet_receiver_credit(struct packet_receiver *r, uint64_t cycle, const struct message *m, uint8_t crossed)
{
    struct packet_credit c = {
        .vn = (uint8_t)message_vn(m), .crossed = crossed, .wire = (uint16_t)packet_wire(&r->size, m)};
    packet_receiver_return(r, cycle, &c);
}
