/* SPDX-License-Identifier: Apache-2.0 */
/* l2_memory.c - the slice's queue to its memory channel.
 *
 * The channel may reorder; so an operation on a line is held back here until older writes to the line are done. */
#include "hw/cache/l2_state.h"

bool l2_write_room(const struct l2_slice *s)
{
    return s->n_writes < s->p.queue;
}

static void push(struct l2_slice *s, uint32_t index, bool write, uint64_t ready)
{
    SIM_CHECK(s->n_ops < s->p.mshrs + s->p.queue, "%s: too many memory operations", s->name);
    s->ops[s->n_ops++] = (struct l2_memory_op) {index, write, ready};
    s->ops_at = ready < s->ops_at ? ready : s->ops_at;
}

void l2_memory_read(struct l2_slice *s, uint64_t ready, uint32_t mshr)
{
    push(s, mshr, false, ready);
}

void l2_memory_write(struct l2_slice *s, uint64_t ready, uint32_t way, uint8_t sectors, const struct message *ack)
{
    SIM_CHECK(l2_write_room(s), "%s: too many writes", s->name);
    uint32_t i = 0;
    while (s->writes[i].used)
        i++;
    struct l2_write *w = &s->writes[i];
    uint32_t line = s->ways[way].line;
    w->used = true;
    w->acked = ack != NULL;
    w->line = line;
    w->number = s->write_number++;
    w->request = (struct dram_request) {.line = home_channel_line(&s->map.home, line),
                                        .sectors = sectors,
                                        .write = true,
                                        .output = ack && ack->through,
                                        .bytes = ack ? ack->bytes : 0,
                                        .tag = s->p.mshrs + i,
                                        .data = s->data[way]};
    if (ack)
        w->ack = *ack;
    s->n_writes++;
    push(s, i, true, ready);
}

/* Is an older write to this line not done yet? */
static bool held(const struct l2_slice *s, uint32_t line, uint64_t number)
{
    uint32_t seen = 0;
    for (uint32_t i = 0; seen < s->n_writes; i++) {
        const struct l2_write *w = &s->writes[i];
        if (!w->used)
            continue;
        seen++;
        if (w->line == line && w->number < number)
            return true;
    }
    return false;
}

static bool may_issue(const struct l2_slice *s, const struct l2_memory_op *op)
{
    if (op->write)
        return s->n_writes == 1 || !held(s, s->writes[op->index].line, s->writes[op->index].number);
    return s->n_writes == 0 || !held(s, s->ways[s->mshrs[op->index].way].line, UINT64_MAX);
}

/* Takes the oldest operation that may go, if there is one, and notes when the others may. */
static bool take_op(struct l2_slice *s, uint64_t cycle, struct l2_memory_op *op)
{
    uint32_t n = 0;
    bool found = false;
    uint64_t next = CYCLE_NEVER;
    for (uint32_t i = 0; i < s->n_ops; i++) {
        if (!found && s->ops[i].ready <= cycle && may_issue(s, &s->ops[i])) {
            *op = s->ops[i];
            found = true;
            continue;
        }
        uint64_t ready = s->ops[i].ready > cycle ? s->ops[i].ready : cycle + 1;
        next = ready < next ? ready : next;
        if (found)
            s->ops[n] = s->ops[i];
        n++;
    }
    s->n_ops = n;
    s->ops_at = next;
    return found;
}

/* One operation per cycle. */
void l2_memory_issue(struct l2_slice *s, uint64_t cycle)
{
    struct l2_memory_op op = {0};
    if (s->ops_at > cycle || !take_op(s, cycle, &op))
        return;
    struct dram_request r;
    if (op.write) {
        r = s->writes[op.index].request;
        if (s->writes[op.index].acked)
            trail_move(&s->writes[op.index].ack.trail, cycle, TRAIL_DRAM);
    } else {
        const struct l2_mshr *m = &s->mshrs[op.index];
        r = (struct dram_request) {
            .line = home_channel_line(&s->map.home, s->ways[m->way].line), .sectors = m->fetch, .tag = op.index};
        l2_mshr_trail(s, op.index, cycle, TRAIL_DRAM);
    }
    r.enqueued = cycle;
    mailbox_write(s->dram_out, cycle + 1, &r, sizeof r);
}

static void take_write(struct l2_slice *s, uint64_t cycle, const struct dram_reply *r)
{
    struct l2_write *w = &s->writes[r->tag - s->p.mshrs];
    SIM_CHECK(w->used, "%s: memory answers a write that nobody awaits", s->name);
    w->used = false;
    s->n_writes--;
    if (!w->acked)
        return;
    trail_move(&w->ack.trail, r->done < cycle ? r->done : cycle, TRAIL_L2);
    struct l2_step step = {.cycle = cycle, .message = &w->ack, .line = w->line, .replay = true};
    l2_reply(s, &step, MSG_WRITE_ACK);
}

void l2_memory_take(struct l2_slice *s, uint64_t cycle)
{
    const struct dram_reply *r;
    while ((r = mailbox_front(s->dram_in, cycle))) {
        if (r->tag >= s->p.mshrs) {
            take_write(s, cycle, r);
        } else {
            struct l2_mshr *m = &s->mshrs[r->tag];
            SIM_CHECK(m->used, "%s: memory answers a read that nobody awaits", s->name);
            struct message fill = {.line = s->ways[m->way].line, .sectors = m->fetch, .data = r->data};
            struct l2_step step = {.cycle = cycle,
                                   .message = &fill,
                                   .line = fill.line,
                                   .way = m->way,
                                   .mshr = r->tag,
                                   .requester = L2_NOBODY};
            l2_mshr_trail(s, r->tag, r->done < cycle ? r->done : cycle, TRAIL_L2);
            l2_apply(s, &step, (enum home_state)s->ways[m->way].state, HOME_ON_FILL);
        }
        mailbox_pop(s->dram_in);
    }
}
