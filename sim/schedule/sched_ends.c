/* SPDX-License-Identifier: Apache-2.0 */
/* sched_ends.c - ends of hops. */
#include "sim/schedule/sched_ends.h"

#include <stdlib.h>

#include "sim/schedule/exact_time.h"
#include "sim/schedule/verify.h"

void sched_hop_ends(const struct schedule *s, const struct sched_program *p, uint64_t *ends)
{
    struct verify_event *order = mem_alloc_array(p->n_hops, sizeof *order);
    for (uint32_t h = 0; h < p->n_hops; h++) {
        order[h] = (struct verify_event) {.time = p->hops[h].start, .group = p->hops[h].link, .index = h};
    }
    verify_sort(order, p->n_hops);
    struct exact_time line = {0, 0};
    for (size_t i = 0; i < p->n_hops; i++) {
        const struct sched_link *l = &s->machine.links[order[i].group];
        const struct sched_transfer *t = &p->transfers[p->hops[order[i].index].transfer];
        uint64_t bytes = (uint64_t)schedule_hop_flits(s, t, order[i].group) * s->machine.flit_bytes;
        struct exact_time start = {order[i].time, 0}, next = {order[i].time + 1, 0};
        bool same_link = i && order[i].group == order[i - 1].group;
        if (same_link && exact_before(start, line) && exact_before(line, next)) {
            start = line;
        }
        line = exact_add(start, exact_duration(l->rate, bytes), l->rate.num);
        ends[order[i].index] = exact_ceil(line);
    }
    free(order);
}
