/* SPDX-License-Identifier: Apache-2.0 */
/* dram_expand.h - the runs of one channel as single commands, in order of time.
 *
 *     ACT set 3, row 7 at 100           ACT bank 6 at 100, ACT bank 10 at 100 + rrd_s, ...
 *     RD  set 3, 8 columns at 130  -->  RD bank 6 column 0 at 130, RD bank 10 column 0 at 132, ...
 *
 * Private to sim/schedule: the verifier checks them, `schedule show` prints them. */
#ifndef SIM_SCHEDULE_DRAM_EXPAND_H
#define SIM_SCHEDULE_DRAM_EXPAND_H

#include "sim/schedule/schedule.h"

struct dram_single {
    uint64_t cycle;
    uint32_t command; /* enum sched_command */
    uint32_t bank, row, column;
    uint32_t op; /* its run, in program.dram */
};

struct dram_singles {
    VEC(struct dram_single, commands);
};

/* Bank of member j of a set. */
uint32_t dram_bank(const struct dram_timing *d, uint32_t set, uint32_t member);
uint32_t dram_group(const struct dram_timing *d, uint32_t bank);

/* Replaces *out by the commands of dram[first..end) of one channel; of equal cycles the earlier run is
 * first. */
void dram_expand(const struct dram_timing *d, const struct sched_dram_op *dram, size_t first, size_t end,
                 struct dram_singles *out);

/* End of the runs of the channel that owns dram[first]. */
size_t dram_channel_end(const struct sched_program *p, size_t first);

#endif
