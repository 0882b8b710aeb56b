/* SPDX-License-Identifier: Apache-2.0 */
/* l2_memory.c - the slice's queue to its memory channel.
 *
 * The channel may reorder; so an operation on a line is held back here until older writes to the line are done. */
#include "hw/cache/l2_state.h"

#include <stdlib.h>

void l2_memory_make(struct l2_slice *s)
{
    s->ops_at = CYCLE_NEVER;
    s->channel_slices = s->map.home.slices / s->map.home.channels;
    s->channel_first = s->map.slice / s->map.home.channels;
    uint32_t ops = l2_ring_places(s->p.mshrs + s->p.queue);
    s->op_mask = ops - 1;
    for (uint32_t i = 0; i < L2_WRITE_GROUPS; i++)
        s->groups[i] = L2_NOBODY;
    s->writes = mem_alloc_array(s->p.queue, sizeof *s->writes);
    for (uint32_t i = 0; i < s->p.queue; i++)
        s->writes[i].next = i + 1;
    s->ops_memory = mem_alloc_lines(2 * (size_t)ops, sizeof *s->ops[0].items);
    for (uint32_t i = 0; i < 2; i++)
        s->ops[i].items = (struct l2_memory_op *)mem_lines(s->ops_memory) + (size_t)i * ops;
}

void l2_memory_free(struct l2_slice *s)
{
    free(s->ops_memory);
    free(s->writes);
}

/* ---- operations that wait ---- */

static struct l2_memory_op *op_at(const struct l2_slice *s, const struct l2_op_queue *q, uint32_t i)
{
    return &q->items[(q->head + i) & s->op_mask];
}

/* The new operation, to be filled but for its number. */
static struct l2_memory_op *push(struct l2_slice *s, uint64_t ready)
{
    SIM_CHECK(s->n_ops < s->p.mshrs + s->p.queue, "%s: too many memory operations", s->name);
    struct l2_op_queue *q = &s->ops[0];
    if (q->n > 0 && op_at(s, q, q->n - 1)->ready > ready)
        q = &s->ops[1];
    struct l2_memory_op *op = op_at(s, q, q->n++);
    op->ready = ready;
    op->number = s->op_number++;
    s->n_ops++;
    s->ops_at = ready < s->ops_at ? ready : s->ops_at;
    return op;
}

void l2_memory_read(struct l2_slice *s, uint64_t ready, uint32_t mshr, uint32_t line)
{
    struct l2_memory_op *op = push(s, ready);
    op->index = mshr;
    op->line = line;
    op->sectors = s->mshrs[mshr].fetch;
    op->write = false;
}

/* The channel's number of a line of this slice: home_channel_line(), whose slice is known here. */
static uint32_t channel_line(const struct l2_slice *s, uint32_t line)
{
    return l2_local(s, line) * s->channel_slices + s->channel_first;
}

/* The oldest write of the line's group. */
static uint32_t *group_of(struct l2_slice *s, uint32_t line)
{
    return &s->groups[l2_local(s, line) % L2_WRITE_GROUPS];
}

void l2_memory_write(struct l2_slice *s, uint64_t ready, uint32_t way, uint8_t sectors, uint32_t ack)
{
    SIM_CHECK(l2_write_room(s), "%s: too many writes", s->name);
    uint32_t i = s->free_write, line = s->tags[way].line;
    const struct message *m = ack != L2_NOBODY ? l2_message(s, ack) : NULL;
    struct l2_write *w = &s->writes[i];
    s->free_write = w->next;
    w->used = true;
    w->ack = ack;
    w->line = line;
    w->request = (struct dram_request) {.line = channel_line(s, line),
                                        .sectors = sectors,
                                        .write = true,
                                        .output = m && m->through,
                                        .bytes = m ? m->bytes : 0,
                                        .tag = s->p.mshrs + i,
                                        .data = s->data[way]};
    s->n_writes++;
    uint32_t *last = group_of(s, line);
    while (*last != L2_NOBODY)
        last = &s->writes[*last].after;
    *last = i;
    w->after = L2_NOBODY;
    struct l2_memory_op *op = push(s, ready);
    op->index = i;
    op->line = line;
    op->write = true;
}

/* No older write to this line may be on its way. Most often the group is empty, or the write itself is alone in it. */
static bool may_issue(struct l2_slice *s, const struct l2_memory_op *op)
{
    if (s->n_writes == 0)
        return true;
    for (uint32_t i = *group_of(s, op->line); i != L2_NOBODY; i = s->writes[i].after) {
        if (op->write && i == op->index)
            return true;
        if (s->writes[i].line == op->line)
            return false;
    }
    return true;
}

/* Place of the oldest operation of a queue that may go, or L2_NOBODY. */
static uint32_t first_op(struct l2_slice *s, const struct l2_op_queue *q, uint64_t cycle)
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
    q->head = --q->n > 0 ? (q->head + 1) & s->op_mask : 0;
    s->n_ops--;
    return op;
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Takes the oldest operation that may go, if there is one, and notes when the others may. */
static bool take_op(struct l2_slice *s, uint64_t cycle, struct l2_memory_op *op)
{
    struct l2_op_queue *q = &s->ops[0];
    if (s->ops[1].n == 0 && may_issue(s, op_at(s, q, 0))) {
        *op = remove_op(s, q, 0);
        s->ops_at = q->n > 0 ? later(op_at(s, q, 0)->ready, cycle + 1) : CYCLE_NEVER;
        return true;
    }
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
        ready = later(ready, cycle + 1);
        s->ops_at = ready < s->ops_at ? ready : s->ops_at;
    }
    return i != L2_NOBODY;
}

/* One operation per cycle; there is one that is ready. */
void l2_memory_issue(struct l2_slice *s, uint64_t cycle)
{
    struct l2_memory_op op = {0};
    if (!take_op(s, cycle, &op))
        return;
    if (op.write) {
        struct l2_write *w = &s->writes[op.index];
        if (w->ack != L2_NOBODY)
            trail_move(&l2_message(s, w->ack)->trail, cycle, TRAIL_DRAM);
        *(struct dram_request *)mailbox_next(s->dram_out, cycle + 1) = w->request;
        return;
    }
    struct l2_mshr *m = &s->mshrs[op.index];
    struct dram_request *r = mailbox_next(s->dram_out, cycle + 1);
    *r = (struct dram_request) {.line = channel_line(s, op.line), .sectors = op.sectors, .tag = op.index};
    m->sent = m->n;
    m->sent_at = cycle;
}

/* ---- answers ---- */

static void take_write(struct l2_slice *s, uint64_t cycle, const struct dram_reply *r)
{
    uint32_t i = r->tag - s->p.mshrs;
    struct l2_write *w = &s->writes[i];
    SIM_CHECK(w->used, "%s: memory answers a write that nobody awaits", s->name);
    w->used = false;
    w->next = s->free_write;
    s->free_write = i;
    s->n_writes--;
    uint32_t *link = group_of(s, w->line);
    while (*link != i)
        link = &s->writes[*link].after;
    *link = w->after;
    if (w->ack == L2_NOBODY)
        return;
    struct message *m = l2_message(s, w->ack);
    trail_move(&m->trail, r->done < cycle ? r->done : cycle, TRAIL_COHERENCE); /* the store is done */
    struct l2_step step = {.cycle = cycle, .message = m, .place = w->ack, .line = w->line, .replay = true};
    m = l2_reply(s, &step, MSG_WRITE_ACK);
    m->sectors = 0;
    m->data = 0;
}

static void take_read(struct l2_slice *s, uint64_t cycle, const struct dram_reply *r)
{
    struct l2_mshr *m = &s->mshrs[r->tag];
    SIM_CHECK(m->used, "%s: memory answers a read that nobody awaits", s->name);
    l2_mshr_back(s, r->tag, r->done < cycle ? r->done : cycle);
    struct l2_tag *t = &s->tags[m->way];
    if (l2_is_short(s->shorts.fills, t->state)) {
        l2_fill(s, m->way, m->fetch, r->data);
        l2_replay(s, cycle, r->tag);
        t->state = HOME_V;
        return;
    }
    struct l2_step step = {.cycle = cycle,
                           .place = L2_NOBODY,
                           .line = m->line,
                           .set = m->set,
                           .way = m->way,
                           .mshr = r->tag,
                           .data = r->data,
                           .sectors = m->fetch,
                           .answer = L2_EVICTION};
    l2_tell(s, &step, HOME_ON_FILL);
}

/* The newest reply can be read in a later cycle; who waits for it has stood here for long. */
void l2_memory_expect(const struct l2_slice *s)
{
    uint32_t n = mailbox_count(s->dram_in);
    const struct dram_reply *r = n > 0 ? mailbox_item(s->dram_in, n - 1) : NULL;
    if (!r || r->tag >= s->p.mshrs)
        return;
    const struct l2_mshr *m = &s->mshrs[r->tag];
    l2_fetch_ahead(s, m->first);
    __builtin_prefetch(&s->data[m->way]);
}

/* A result's ack takes a place of those that its write had when it went to memory; where the acks before it could not
 * leave, the answer waits. */
static bool must_wait(const struct l2_slice *s, const struct dram_reply *r)
{
    const struct l2_queue *soon = &s->out[VN_RESPONSE].soon;
    return r->tag >= s->p.mshrs && soon->n == soon->most && s->writes[r->tag - s->p.mshrs].ack != L2_NOBODY;
}

void l2_memory_take(struct l2_slice *s, uint64_t cycle)
{
    const struct dram_reply *r;
    while ((r = mailbox_front(s->dram_in, cycle)) && !must_wait(s, r)) {
        if (r->tag >= s->p.mshrs)
            take_write(s, cycle, r);
        else
            take_read(s, cycle, r);
        mailbox_pop(s->dram_in);
    }
}
