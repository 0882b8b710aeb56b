/* SPDX-License-Identifier: Apache-2.0 */
/* dynamic_switch.c - parts of a switch, and its launch register. */
#include "hw/server/dynamic_switch.h"

#include <stdlib.h>

#include "sim/kernel/launch.h"

struct dynamic_switch *dynamic_switch_new(const struct machine *m, const struct dynamic_machine *d,
                                          const struct server_program *p, uint32_t number, struct run_control *run)
{
    struct dynamic_switch *s = mem_alloc(sizeof *s);
    s->names = arena_new();
    s->links = fabric_links_of(m, m->chips + number, s->names);
    struct fabric_sums *sums = fabric_parts_sums(m, d, p, m->chips + number, &s->counter, s->names);
    s->fabric = fabric_parts_router(m, d, p, m->chips + number, &s->links, sums, s->names, run);
    if (run->probe)
        fabric_router_show(s->fabric, &s->counter);
    return s;
}

void dynamic_switch_free(struct dynamic_switch *s)
{
    fabric_router_free(s->fabric);
    slot_counter_free(&s->counter);
    arena_free(s->names);
    free(s);
}

uint64_t dynamic_switch_eval(struct dynamic_switch *s, uint64_t cycle)
{
    const struct launch_message *m;
    while ((m = mailbox_front(s->host_in, cycle)) != NULL) {
        s->counter.now = slot_state_of(m, s->counter.domain);
        if (m->measured)
            fabric_router_stat_clear(s->fabric, cycle);
        mailbox_pop(s->host_in);
    }
    return CYCLE_NEVER;
}
