/* SPDX-License-Identifier: Apache-2.0 */
/* fabric_queue.c - queues of a fabric router and the bits that their heads set at the outputs. */
#include "hw/link/fabric_queue.h"

#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/base/mem.h"

uint32_t fabric_queue_of_port(const struct fabric_router *r, uint32_t port, uint32_t vn)
{
    (void)r;
    return port * VN_COUNT + vn;
}

uint32_t fabric_queue_of_link(const struct fabric_router *r, uint32_t in, uint32_t vn, uint32_t crossed)
{
    return r->p.ports * VN_COUNT + (in * VN_COUNT + vn) * r->p.size.classes + crossed;
}

static void init_queue(struct fabric_queue *q, struct fabric_queue as)
{
    *q = as;
    q->items = mem_alloc_array(as.capacity, sizeof *q->items);
}

/* Places are known once the ports are connected. */
void fabric_queues_init(struct fabric_router *r)
{
    const struct fabric_params *p = &r->p;
    for (uint32_t vn = 0; vn < VN_COUNT; vn++) {
        for (uint32_t i = 0; i < p->ports; i++)
            init_queue(&r->queues[fabric_queue_of_port(r, i, vn)],
                       (struct fabric_queue) {
                           .source = i, .vn = (uint8_t)vn, .local = true, .capacity = r->ports[i].in_places});
        for (uint32_t i = 0; i < p->links; i++)
            for (uint32_t c = 0; c < p->size.classes; c++)
                init_queue(&r->queues[fabric_queue_of_link(r, i, vn, c)],
                           (struct fabric_queue) {
                               .source = i, .vn = (uint8_t)vn, .crossed = (uint8_t)c, .capacity = p->size.queue});
    }
}

void fabric_queues_free(struct fabric_router *r)
{
    for (uint32_t i = 0; i < r->n_queues; i++)
        free(r->queues[i].items);
}

static void ask(struct fabric_router *r, uint32_t queue)
{
    struct fabric_output *o = &r->outputs[fabric_queue_head(&r->queues[queue])->output];
    o->asked[queue / 64] |= UINT64_C(1) << queue % 64;
    o->n_asked++;
}

struct fabric_item *fabric_queue_push(struct fabric_router *r, uint32_t queue, uint32_t output)
{
    struct fabric_queue *q = &r->queues[queue];
    SIM_CHECK(q->count < q->capacity, "%s: more packets than credits in queue %u (%u places)", r->p.name, queue,
              q->capacity);
    uint32_t at = q->head + q->count;
    struct fabric_item *i = &q->items[at < q->capacity ? at : at - q->capacity];
    i->output = output;
    if (q->count++ == 0)
        ask(r, queue);
    return i;
}

void fabric_queue_pop(struct fabric_router *r, uint32_t queue)
{
    struct fabric_queue *q = &r->queues[queue];
    struct fabric_output *o = &r->outputs[fabric_queue_head(q)->output];
    o->asked[queue / 64] &= ~(UINT64_C(1) << queue % 64);
    o->n_asked--;
    q->head = q->head + 1 < q->capacity ? q->head + 1 : 0;
    if (--q->count > 0)
        ask(r, queue);
}
