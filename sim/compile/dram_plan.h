/* SPDX-License-Identifier: Apache-2.0 */
/* dram_plan.h - when an HBM channel opens which row and moves which bytes.
 *
 *     ACT set ----lead----> RD RD RD RD ...              one run: `count` columns of one row of one set
 *                           |--cl--> data data data ...  on the exact data bus
 *     REF at k x refi - 1 - shift, all banks precharged, nothing for rfc cycles
 *
 * A run is one ACT and its column commands; the banks precharge by themselves after it. ACT always
 * stands `lead` cycles before the first column command, the smallest distance that tRCD allows, so
 * that a run has one free variable, the cycle of its first column command. Runs may be inserted
 * between others. Data begin where those of the run before end when that is inside their first cycle (phase),
 * else on the cycle's edge: a run that follows another one without a gap loses nothing of the bus.
 *
 * The rules are those of sim/schedule/schedule.h (DRAM RUN); timing table: sim/machine. */
#ifndef SIM_COMPILE_DRAM_PLAN_H
#define SIM_COMPILE_DRAM_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/mem.h"
#include "sim/machine/machine.h"

struct dram_run {
    uint64_t command; /* cycle of the first column command */
    uint64_t phase;   /* ticks from the edge of the data's first cycle to the data */
    uint32_t set, row, count, transfer;
    bool write;
};

/* Constants of all channels. */
struct dram_rules {
    const struct dram_timing *t;
    uint64_t burst;       /* ticks of one column's data */
    uint32_t burst_whole; /* the same in whole cycles, rounded up */
    uint32_t sets;        /* sets of banks of a channel that share none */
    uint32_t columns;     /* of a row of a set */
    uint32_t lead;        /* ACT to first column command */
    uint32_t act_gap;     /* between the ACTs of two runs */
    uint64_t shift;       /* refreshes come so much before they are due */
    uint64_t reach;       /* no run binds another one further away than this */
    uint64_t near;        /* nor than this one of another set */
};

struct dram_channel {
    VEC(struct dram_run, runs); /* by command */
    uint64_t gate;              /* nothing before this cycle */
    /* the last search that began at hint_from ended at hint_to: shorter ways were taken */
    uint64_t hint_from, hint_to;
    uint32_t hint_count;
    bool hint_write;
};

void dram_rules_init(struct dram_rules *r, const struct dram_timing *t);

/* Gives the run the earliest command >= earliest that is legal, and the phase that it has there. */
void dram_find(const struct dram_rules *r, struct dram_channel *c, uint64_t earliest, struct dram_run *run);
void dram_take(const struct dram_rules *r, struct dram_channel *c, const struct dram_run *run);

/* Cycle of the q-th column command, first cycle of data, cycle by which the data is over. */
uint64_t dram_column(const struct dram_rules *r, const struct dram_run *run, uint32_t q);
uint64_t dram_data_start(const struct dram_rules *r, const struct dram_run *run);
uint64_t dram_data_end(const struct dram_rules *r, const struct dram_run *run);

/* Cycle of the k-th refresh, k >= 1; UINT64_MAX where there is none. */
uint64_t dram_refresh(const struct dram_rules *r, uint64_t k);
/* Refreshes that are due by this cycle. */
uint64_t dram_refreshes_due(const struct dram_rules *r, uint64_t cycle);

#endif
