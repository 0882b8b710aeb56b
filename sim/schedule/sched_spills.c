/* SPDX-License-Identifier: Apache-2.0 */
/* sched_spills.c - transfers that end or begin in memory and carry what a task made. */
#include "sim/schedule/sched_spills.h"

#include <stdlib.h>

struct sched_spills sched_spills_of(const struct schedule *s, const struct sched_program *p)
{
    struct sched_spills x = {0};
    uint32_t *counted = mem_alloc_array(p->n_transfers, sizeof *counted); /* bits: a piece may take several runs */
    for (size_t i = 0; i < p->n_dram; i++) {
        const struct sched_dram_op *o = &p->dram[i];
        uint32_t bit = 1u << o->command;
        if (o->transfer == SCHED_NONE || counted[o->transfer] & bit ||
            p->transfers[o->transfer].class_of != CLASS_DATA) {
            continue;
        }
        const struct sched_transfer *t = &p->transfers[o->transfer];
        const struct sched_chunk *c = &s->chunks[t->chunk];
        counted[o->transfer] |= bit;
        if (c->producer != SCHED_NONE && o->command == DRAM_RD) {
            x.reads++;
            x.read_bytes += t->bytes;
        } else if (c->producer != SCHED_NONE && o->command == DRAM_WR && !(c->flags & 2)) {
            x.writes++;
            x.written_bytes += t->bytes;
        }
    }
    free(counted);
    return x;
}
