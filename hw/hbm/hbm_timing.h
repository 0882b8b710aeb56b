/* SPDX-License-Identifier: Apache-2.0 */
/* hbm_timing.h - the banks of one HBM channel: what a command finds, and when it may come.
 *
 *     ACT --rcd--> RD/WR ... --rtp | cwl + burst + wr--> (precharge, not before ACT + ras) --rp--> ACT
 *     ACT --rrd_s | rrd_l--> ACT        four ACTs in any faw        WR data --wtr_s | wtr_l--> RD
 *     RD/WR --ccd_s | ccd_l--> RD/WR    REF: all banks precharged, then rfc
 *
 * Commands come one by one in the order of their first cycle; a run of columns is one command that says when
 * each of its columns is. Returns NULL, or the name of the first spacing that was broken, and by how many cycles it
 * was too early (0: it would never be right). Source of the rules: JESD235; of the numbers: the machine. */
#ifndef HW_HBM_HBM_TIMING_H
#define HW_HBM_HBM_TIMING_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/dram_timing.h"

struct hbm_bank {
    uint64_t column; /* rcd behind its ACT */
    uint64_t ready;  /* precharged, if no more columns come: next ACT or REF */
    uint32_t row;
    bool open;
    uint8_t group;
};

/* No sooner than that behind the last command of the group, of the channel. */
struct hbm_next {
    uint64_t act, column, read; /* read: behind the last write */
};

struct hbm_timing {
    const struct dram_timing *p; /* of the caller */
    struct hbm_bank *banks;
    struct hbm_next *groups;
    uint32_t burst_cycles; /* rounded up */
    uint32_t n_acts;
    uint64_t refresh_end;
    struct hbm_next any;
    uint64_t acts[4]; /* faw behind the last four, a ring */
};

void hbm_timing_init(struct hbm_timing *t, const struct dram_timing *p);
void hbm_timing_free(struct hbm_timing *t);
void hbm_timing_clear(struct hbm_timing *t);

/* Bank of member j of a set: group (set x interleave + j) mod groups, index (set x interleave / groups). */
uint32_t hbm_bank_of(const struct dram_timing *p, uint32_t set, uint32_t member);
/* Cycle of the q-th column of a run whose first one is at `cycle` and whose data begin `ticks` (of 1/rate.num cycle)
 * behind the edge of theirs, where those before end. */
uint64_t hbm_column_cycle(const struct dram_timing *p, uint64_t cycle, uint64_t ticks, uint32_t q);

const char *hbm_activate(struct hbm_timing *t, uint64_t cycle, uint32_t bank, uint32_t row, uint64_t *early);
/* Columns whose data begin on an edge; a run's data begin `ticks` behind it. */
const char *hbm_columns(struct hbm_timing *t, uint64_t cycle, bool write, uint32_t set, uint32_t row, uint32_t column,
                        uint32_t count, uint64_t *early);
/* One column of a bank, as hbm_columns. */
const char *hbm_column(struct hbm_timing *t, uint64_t cycle, bool write, uint32_t bank, uint32_t row, uint64_t *early);
const char *hbm_run(struct hbm_timing *t, uint64_t cycle, uint64_t ticks, bool write, uint32_t set, uint32_t row,
                    uint32_t column, uint32_t count, uint64_t *early);
/* An open row is closed by command, later than it would close by itself. */
const char *hbm_precharge(struct hbm_timing *t, uint64_t cycle, uint32_t bank, uint64_t *early);
const char *hbm_refresh(struct hbm_timing *t, uint64_t cycle, uint64_t *early);

#endif
