/* SPDX-License-Identifier: Apache-2.0 */
/* hold_port.c - requests of a port. */
#include "sim/kernel/hold_port.h"

#include <stdlib.h>
#include <string.h>

void hold_port_init(struct hold_port *h, uint32_t entries)
{
    *h = (struct hold_port) {0};
    h->open = mem_alloc_array(entries, sizeof *h->open);
    h->settled = mem_alloc_array(entries, sizeof *h->settled);
}

void hold_port_free(struct hold_port *h)
{
    free(h->open);
    free(h->settled);
}

void hold_port_clear(struct hold_port *h, uint32_t entries)
{
    h->next = 0;
    h->n = entries;
    memset(h->open, 0, entries);
    memset(h->settled, 0, entries);
}

static void post(struct hold_port *h, uint32_t entry, uint64_t slot, uint64_t until, uint64_t cycle)
{
    struct hold_request r = {slot, until, entry};
    mailbox_write(h->out, cycle + 1, &r, sizeof r);
}

bool hold_port_look(struct hold_port *h, uint32_t entry, uint64_t slot, uint64_t planned, uint64_t whole,
                    uint64_t cycle)
{
    if (h->settled[entry])
        return false;
    bool in_time = whole != CYCLE_NEVER && planned != CYCLE_NEVER && whole <= planned;
    bool late = !in_time && !h->open[entry] && (whole == CYCLE_NEVER || planned != CYCLE_NEVER);
    if (!in_time && !(whole == CYCLE_NEVER && h->open[entry]))
        post(h, entry, slot, whole, cycle);
    else if (in_time && h->open[entry])
        post(h, entry, slot, whole, cycle); /* the gate stands without an end: give it one */
    h->open[entry] = whole == CYCLE_NEVER;
    h->settled[entry] = whole != CYCLE_NEVER;
    while (h->next < h->n && h->settled[h->next])
        h->next++;
    return late;
}
