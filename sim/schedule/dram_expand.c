/* SPDX-License-Identifier: Apache-2.0 */
/* dram_expand.c - runs as single commands. */
#include "sim/schedule/dram_expand.h"

#include <stdlib.h>
#include <string.h>

#include "sim/schedule/verify.h"

uint32_t dram_bank(const struct dram_timing *d, uint32_t set, uint32_t member)
{
    uint32_t per_group = d->banks / d->groups, first = set * d->interleave;
    return (first + member) % d->groups * per_group + first / d->groups % per_group;
}

uint32_t dram_group(const struct dram_timing *d, uint32_t bank)
{
    return bank / (d->banks / d->groups);
}

/* Data begin where those of the run before end, if that is in their first cycle. */
static void expand_columns(const struct dram_timing *d, const struct sched_dram_op *o, uint32_t op,
                           struct exact_time *bus, struct dram_singles *out)
{
    struct exact_time step = exact_duration(d->rate, d->burst_bytes), at = {o->cycle, 0};
    uint64_t latency = o->command == DRAM_RD ? d->cl : d->cwl;
    if (bus->cycle == o->cycle + latency) {
        at.rest = bus->rest;
    }
    for (uint32_t q = 0; q < o->count; q++) {
        uint32_t position = o->column + q;
        *VEC_PUSH(out, commands) = (struct dram_single) {
            .cycle = at.cycle,
            .command = o->command,
            .bank = dram_bank(d, o->set, position % d->interleave),
            .row = o->row,
            .column = position / d->interleave,
            .op = op,
        };
        at = exact_add(at, step, d->rate.num);
    }
    at.cycle += latency;
    *bus = exact_before(*bus, at) ? at : *bus;
}

static void expand_one(const struct dram_timing *d, const struct sched_dram_op *o, uint32_t op, struct exact_time *bus,
                       struct dram_singles *out)
{
    if (o->command == DRAM_REF) {
        *VEC_PUSH(out, commands) = (struct dram_single) {.cycle = o->cycle, .command = DRAM_REF, .op = op};
    } else if (o->command == DRAM_ACT) {
        for (uint32_t j = 0; j < d->interleave; j++) {
            *VEC_PUSH(out, commands) = (struct dram_single) {
                .cycle = o->cycle + (uint64_t)j * d->rrd_s,
                .command = DRAM_ACT,
                .bank = dram_bank(d, o->set, j),
                .row = o->row,
                .op = op,
            };
        }
    } else {
        expand_columns(d, o, op, bus, out);
    }
}

/* Runs may overlap in time: a later ACT goes between the columns of an earlier RD. */
static void put_in_order(struct dram_singles *out)
{
    size_t n = out->n_commands;
    struct verify_event *e = mem_alloc_array(n, sizeof *e);
    struct dram_single *copy = mem_alloc_array(n, sizeof *copy);
    for (uint32_t i = 0; i < n; i++) {
        e[i] = (struct verify_event) {.time = out->commands[i].cycle, .index = i};
    }
    verify_sort(e, n);
    for (size_t i = 0; i < n; i++) {
        copy[i] = out->commands[e[i].index];
    }
    memcpy(out->commands, copy, n * sizeof *copy);
    free(e);
    free(copy);
}

void dram_expand(const struct dram_timing *d, const struct sched_dram_op *dram, size_t first, size_t end,
                 struct dram_singles *out)
{
    struct exact_time bus = {0, 0};
    out->n_commands = 0;
    for (size_t i = first; i < end; i++) {
        expand_one(d, &dram[i], (uint32_t)i, &bus, out);
    }
    if (out->n_commands > 1) {
        put_in_order(out);
    }
}

size_t dram_channel_end(const struct sched_program *p, size_t first)
{
    size_t end = first;
    while (end < p->n_dram && p->dram[end].channel == p->dram[first].channel) {
        end++;
    }
    return end;
}
