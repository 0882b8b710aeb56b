/* SPDX-License-Identifier: Apache-2.0 */
/* vc_lines_build.c - lines of ports are laid out, and what others read of routers is taken from them. */
#include "hw/noc/vc_lines.h"

#include <stdlib.h>

bool vc_lines_fit(const struct vc_network *n)
{
    return n->plain && !n->wide && !n->classes && n->mesh && !n->valiant && !n->varied &&
           n->node_latency == n->latency && n->p.shape.credit_delay == 0 && !n->p.shape.wait_for_tail_credit &&
           n->depth <= LINE_DEPTH && n->ports == n->routers * n->most_ports &&
           n->most_ports << LINE_SHIFT <= LINE_CIRCLE && end_vc(n, n->endpoints) <= VC_OF && n->ports <= PORT_OF &&
           n->p.cols < COLUMNS_MOST && n->n_tiles < TILES_MOST && n->step_mask <= STEP_MASK;
}

/* `here` of a router. */
static uint32_t address(const struct vc_network *n, uint32_t router)
{
    return (uint32_t)n->column[router] << COLUMN_AT | n->router[router].port_base;
}

static void lay_out_line(const struct vc_network *n, uint32_t port, struct vc_line *l)
{
    const struct vc_port *p = &n->port[port];
    const uint8_t last = (uint8_t)((n->most_ports << LINE_SHIFT) - 1);
    for (uint32_t v = 0; v < LINE_VCS; v++) {
        l->out[v] = LINE_IDLE;
        l->owner[v] = LINE_NOBODY;
        l->credits[v] = (uint8_t)n->depth;
        l->took[v] = l->served[v] = last;
    }
    l->free = (uint8_t)p->free;
    l->sent = (uint8_t)((n->most_ports - 1) << SENT_TO | (n->vcs - 1));
    l->passed = last;
    l->here = address(n, p->router);
    if (p->down == VC_NONE)
        return;
    l->down = p->down | p->down_tile << TILE_AT;
    l->back = p->back | p->back_tile << TILE_AT;
}

void vc_lines_build(struct vc_network *n)
{
    struct vc_lines *lines = n->lines = mem_alloc(sizeof *lines);
    lines->memory = mem_alloc_lines(n->ports, sizeof *lines->line);
    lines->line = mem_lines(lines->memory);
    lines->flits = mem_alloc_array((size_t)n->router_vcs << FIFO_SHIFT, sizeof *lines->flits);
    lines->vc_lost = mem_alloc_array(n->ports, sizeof *lines->vc_lost);
    lines->grants = mem_alloc_array(STEP_MASK + 1, sizeof *lines->grants);
    lines->winners = mem_alloc_array(((STEP_MASK + 1) << LINE_SHIFT) + 1, sizeof *lines->winners);
    lines->aims = mem_alloc_array(n->endpoints, sizeof *lines->aims);
    for (uint32_t e = 0; e < n->endpoints; e++)
        lines->aims[e] = (struct vc_place) {.router = address(n, n->places[e].router), .port = n->places[e].port};
    n->aims = lines->aims;
    for (uint32_t i = 0; i < n->ports; i++)
        lay_out_line(n, i, &lines->line[i]);
}

void vc_lines_show_port(const struct vc_network *n, uint32_t port)
{
    struct vc_line *l = &n->lines->line[port];
    struct vc_port *p = &n->port[port];
    for (uint32_t v = 0; v < LINE_VCS; v++) {
        uint32_t out = l->out[v];
        n->vc[port << LINE_SHIFT | v] =
            (struct vc) {.front = l->front[v],
                         .out = out == LINE_IDLE      ? VC_IDLE
                                : out >= LINE_WAITING ? route_told(out & ~LINE_WAITING, n->lane_of_vc[v], false)
                                                      : (uint16_t)out,
                         .fifo = (uint16_t)((l->fifo[v] >> FIFO_AT) << FIFO_HEAD | (l->fifo[v] & FIFO_COUNT)),
                         .took = l->took[v],
                         .credits = l->credits[v],
                         .owner = l->owner[v] == LINE_NOBODY ? OWNER_NONE : l->owner[v],
                         .served = l->served[v]};
    }
    p->mask.ask = l->ask;
    p->mask.want = l->want;
    p->free = l->free;
    p->switch_losses += l->lost;
    p->vc_losses += n->lines->vc_lost[port];
    l->lost = 0;
    n->lines->vc_lost[port] = 0;
}

void vc_lines_show(const struct vc_network *n)
{
    for (uint32_t i = 0; n->lines && i < n->ports; i++)
        vc_lines_show_port(n, i);
}

/* Nothing has happened yet, or nothing will: else masks would have to go on from here. */
void vc_lines_free(struct vc_network *n)
{
    if (!n->lines)
        return;
    free(n->lines->memory);
    free(n->lines->flits);
    free(n->lines->vc_lost);
    free(n->lines->grants);
    free(n->lines->winners);
    free(n->lines->aims);
    free(n->lines);
    n->lines = NULL;
    n->aims = n->places;
}
