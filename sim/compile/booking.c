/* SPDX-License-Identifier: Apache-2.0 */
/* booking.c - empty calendars for every link, buffer and channel of the server. */
#include "sim/compile/booking.h"

#include <stdlib.h>

uint32_t booking_piece_bytes(const struct machine *m)
{
    uint32_t set = m->dram.interleave * m->dram.row_bytes;
    return set < m->max_burst ? set : m->max_burst;
}

uint32_t booking_channel(const struct machine *m, uint32_t endpoint)
{
    const struct endpoint *e = &m->endpoints[endpoint];
    return e->chip * m->channels_per_chip + e->index;
}

void booking_init(struct booking *b, const struct machine *m, struct sched_program *out)
{
    *b = (struct booking) {.m = m, .out = out, .piece_bytes = booking_piece_bytes(m), .sure_tries = BOOKING_TRIES};
    dram_rules_init(&b->rules, &m->dram);
    b->links = mem_alloc_array(m->n_links, sizeof *b->links);
    b->gates = mem_alloc_array(m->n_links, sizeof *b->gates);
    b->turns = mem_alloc_array(m->n_links, sizeof *b->turns);
    b->send = mem_alloc_array(m->n_endpoints, sizeof *b->send);
    b->receive = mem_alloc_array(m->n_endpoints, sizeof *b->receive);
    b->channels = mem_alloc_array((size_t)m->chips * m->channels_per_chip, sizeof *b->channels);
    for (size_t i = 0; i < m->n_endpoints; i++) {
        b->send[i].capacity = b->receive[i].capacity = m->staging_bytes;
    }
    if (m->adders > 0) {
        b->sum_places = m->staging_bytes / m->max_burst;
        b->first_chip_link = (uint32_t)m->n_links - m->switches - machine_chip_links(m); /* behind them the adders */
        b->sum_free = mem_alloc_array((size_t)machine_chip_links(m) * b->sum_places, sizeof *b->sum_free);
    }
    struct route *r = &b->route;
    r->node_parent = mem_alloc_array(machine_nodes(m), sizeof *r->node_parent);
    r->node_stamp = mem_alloc_array(machine_nodes(m), sizeof *r->node_stamp);
    r->chip_segment = mem_alloc_array(m->chips, sizeof *r->chip_segment);
    r->link_stamp = mem_alloc_array(m->n_links, sizeof *r->link_stamp);
    r->link_hop = mem_alloc_array(m->n_links, sizeof *r->link_hop);
}

static void route_free(struct route *r)
{
    free(r->hops);
    free(r->segments);
    free(r->crossings);
    free(r->lines);
    free(r->target_hop);
    free(r->wanted);
    free(r->nodes);
    free(r->trees);
    free(r->node_parent);
    free(r->node_stamp);
    free(r->chip_segment);
    free(r->link_stamp);
    free(r->link_hop);
}

void booking_free(struct booking *b)
{
    for (size_t i = 0; i < b->m->n_links; i++) {
        timeline_free(&b->links[i]);
    }
    for (size_t i = 0; i < b->m->n_endpoints; i++) {
        filling_free(&b->send[i]);
        filling_free(&b->receive[i]);
    }
    for (uint32_t i = 0; i < b->m->chips * b->m->channels_per_chip; i++) {
        free(b->channels[i].runs);
    }
    free(b->sum_free);
    free(b->links);
    free(b->gates);
    free(b->turns);
    free(b->send);
    free(b->receive);
    free(b->channels);
    route_free(&b->route);
    *b = (struct booking) {0};
}
