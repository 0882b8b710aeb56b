/* SPDX-License-Identifier: Apache-2.0 */
/* l2_memory.c - the slice's queue to its memory channel.
 *
 * The channel may reorder; so an operation on a line is held back here until older writes to the line are done. */
#include "hw/cache/l2_state.h"

bool l2_write_room(const struct l2_slice *s)
{
    return s->n_writes < s->p.queue;
}

static struct l2_memory_op *op_at(const struct l2_slice *s, const struct l2_op_queue *q, uint32_t i)
{
    uint32_t at = q->head + i, places = s->p.mshrs + s->p.queue;
    return &q->items[at < places ? at : at - places];
}

static void push(struct l2_slice *s, uint32_t index, bool write, uint64_t ready)
{
    SIM_CHECK(s->n_ops < s->p.mshrs + s->p.queue, "%s: too many memory operations", s->name);
    struct l2_op_queue *q = &s->ops[0];
    if (q->n > 0 && op_at(s, q, q->n - 1)->ready > ready)
        q = &s->ops[1];
    *op_at(s, q, q->n++) = (struct l2_memory_op) {index, write, ready, s->op_number++};
    s->n_ops++;
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

/* Place of the oldest operation of a queue that may go, or L2_NOBODY. */
static uint32_t first_op(const struct l2_slice *s, const struct l2_op_queue *q, uint64_t cycle)
{
    for (uint32_t i = 0; i < q->n && op_at(s, q, i)->ready <= cycle; i++)
        if (may_issue(s, op_at(s, q, i)))
            return i;
    return L2_NOBODY;
}

static struct l2_memory_op remove_op(struct l2_slice *s, struct l2_op_queue *q, uint32_t i)
{
    struct l2_memory_op op = *op_at(s, q, i);
    for (; i > 0; i--)
        *op_at(s, q, i) = *op_at(s, q, i - 1);
    q->head = --q->n > 0 && q->head + 1 < s->p.mshrs + s->p.queue ? q->head + 1 : 0;
    s->n_ops--;
    return op;
}

/* Takes the oldest operation that may go, if there is one, and notes when the others may. */
static bool take_op(struct l2_slice *s, uint64_t cycle, struct l2_memory_op *op)
{
    struct l2_op_queue *q = &s->ops[0];
    uint32_t i = first_op(s, q, cycle), other = first_op(s, &s->ops[1], cycle);
    if (other != L2_NOBODY && (i == L2_NOBODY || op_at(s, &s->ops[1], other)->number < op_at(s, q, i)->number)) {
        q = &s->ops[1];
        i = other;
    }
    if (i != L2_NOBODY)
        *op = remove_op(s, q, i);
    s->ops_at = CYCLE_NEVER;
    for (uint32_t k = 0; k < 2; k++) {
        uint64_t ready = s->ops[k].n > 0 ? op_at(s, &s->ops[k], 0)->ready : CYCLE_NEVER;
        ready = ready > cycle ? ready : cycle + 1;
        s->ops_at = ready < s->ops_at ? ready : s->ops_at;
    }
    return i != L2_NOBODY;
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
