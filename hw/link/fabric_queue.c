/* SPDX-License-Identifier: Apache-2.0 */
/* fabric_queue.c - places of the sources, lists to the outputs. */
#include "hw/link/fabric_queue.h"

#include "hw/link/fabric_sums.h"

#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/base/mem.h"

uint32_t fabric_source_port(const struct fabric_router *r, uint32_t port, uint32_t vn)
{
    (void)r;
    return port * VN_COUNT + vn;
}

uint32_t fabric_source_link(const struct fabric_router *r, uint32_t in, uint32_t vn, uint32_t crossed)
{
    return r->inner * VN_COUNT + (in * VN_COUNT + vn) * r->p.size.classes + crossed;
}

uint32_t fabric_source_turn(const struct fabric_router *r, uint32_t in, uint32_t vn, uint32_t crossed)
{
    return fabric_source_link(r, r->p.links, 0, 0) + (in * VN_COUNT + vn) * r->p.size.turn + crossed;
}

static void init_source(struct fabric_router *r, uint32_t number, struct fabric_source as)
{
    struct fabric_source *s = &r->sources[number];
    *s = as;
    s->pool = number;
    s->items = mem_alloc_uncleared(as.places, sizeof *s->items); /* most are never touched */
    s->free = FABRIC_NONE;
}

static void init_turn(struct fabric_router *r, uint32_t in, uint32_t vn, uint32_t crossed)
{
    struct fabric_source *s = &r->sources[fabric_source_turn(r, in, vn, crossed)];
    *s = r->sources[fabric_source_link(r, in, vn, crossed)];
    s->crossed = (uint8_t)r->p.size.turn;
}

uint32_t fabric_lane(const struct fabric_router *r, uint32_t output, uint32_t source)
{
    const struct fabric_source *s = &r->sources[source];
    if (output >= r->p.links)
        return s->vn * PACKET_CLASSES;
    uint32_t crossed = packet_class_behind(&r->senders[output], s->dimension, s->crossed);
    return crossed < r->p.size.classes ? s->vn * PACKET_CLASSES + crossed : FABRIC_LANES;
}

bool fabric_lane_room(const struct fabric_router *r, uint32_t output, uint32_t lane)
{
    uint32_t vn = lane / PACKET_CLASSES;
    if (output < r->p.links)
        return packet_sender_room(&r->senders[output], vn, lane % PACKET_CLASSES);
    return net_port_room(&r->ports[output - r->p.links], (enum virtual_network)vn);
}

static void init_lanes(struct fabric_router *r)
{
    for (uint32_t output = 0; output < r->p.links + r->inner; output++) {
        for (uint32_t s = 0; s < r->n_sources; s++) {
            uint32_t lane = fabric_lane(r, output, s);
            if (lane < FABRIC_LANES)
                r->outputs[output].lanes[lane * r->words + s / 64] |= UINT64_C(1) << s % 64;
        }
    }
}

/* Places are known once the ports are connected. */
void fabric_queues_init(struct fabric_router *r)
{
    const struct fabric_router_params *p = &r->p;
    for (uint32_t vn = 0; vn < VN_COUNT; vn++) {
        for (uint32_t i = 0; i < r->inner; i++)
            init_source(
                r, fabric_source_port(r, i, vn),
                (struct fabric_source) {.from = i,
                                        .vn = (uint8_t)vn,
                                        .local = true,
                                        .places = r->sums ? fabric_sums_places(r->sums, vn) : r->ports[i].in_places});
        for (uint32_t i = 0; i < p->links; i++)
            for (uint32_t c = 0; c < p->size.classes; c++)
                init_source(r, fabric_source_link(r, i, vn, c),
                            (struct fabric_source) {.from = i,
                                                    .input = 1 + i,
                                                    .vn = (uint8_t)vn,
                                                    .crossed = (uint8_t)c,
                                                    .dimension = p->in[i].dimension,
                                                    .places = p->size.queue});
        for (uint32_t i = 0; i < p->links; i++)
            for (uint32_t c = 0; c < p->size.turn; c++)
                init_turn(r, i, vn, c);
    }
    init_lanes(r);
}

void fabric_queues_free(struct fabric_router *r)
{
    for (uint32_t i = 0; i < r->n_sources; i++)
        free(r->sources[i].pool == i ? r->sources[i].items : NULL);
}

struct fabric_packet *fabric_queue_push(struct fabric_router *r, uint32_t output, uint32_t source)
{
    struct fabric_source *s = &r->sources[r->sources[source].pool];
    struct fabric_output *o = &r->outputs[output];
    struct fabric_list *l = &o->list[source];
    uint32_t at = s->free;
    if (at != FABRIC_NONE) {
        s->free = s->items[at].next;
    } else {
        SIM_CHECK(s->fresh < s->places, "%s: more packets than credits at source %u (%u places)", r->p.name, source,
                  s->places);
        at = s->fresh++;
    }
    s->items[at].next = FABRIC_NONE;
    if (l->count++ == 0) {
        l->head = at;
        o->asked[source / 64] |= UINT64_C(1) << source % 64;
        o->n_asked++;
    } else {
        s->items[l->tail].next = at;
    }
    l->tail = at;
    return &s->items[at].k;
}

void fabric_queue_pop(struct fabric_router *r, uint32_t output, uint32_t source)
{
    struct fabric_source *s = &r->sources[r->sources[source].pool];
    struct fabric_output *o = &r->outputs[output];
    struct fabric_list *l = &o->list[source];
    uint32_t at = l->head;
    l->head = s->items[at].next;
    s->items[at].next = s->free;
    s->free = at;
    if (--l->count > 0)
        return;
    o->asked[source / 64] &= ~(UINT64_C(1) << source % 64);
    o->n_asked--;
}
