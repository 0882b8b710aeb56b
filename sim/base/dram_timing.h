/* SPDX-License-Identifier: Apache-2.0 */
/* dram_timing.h - the one timing table of a memory channel: planner, file, verifier and hardware read the same numbers.
 *
 * Cycles of the chip's clock: command spacings rounded up, the refresh interval down; the data bus is exact.
 * Source of the nanoseconds: DRAMsim3, HBM2_8Gb_x128 (docs/model/hbm-timing.md). */
#ifndef SIM_BASE_DRAM_TIMING_H
#define SIM_BASE_DRAM_TIMING_H

#include <stdint.h>

#include "sim/base/fraction.h"

struct dram_timing {
    uint32_t banks, groups; /* 16 banks in 4 groups; bank = group * (banks/groups) + index */
    uint32_t row_bytes, burst_bytes;
    uint32_t rcd, rp, ras, rrd_s, rrd_l, ccd_s, ccd_l, faw, wr, wtr_s, wtr_l, rtp, cl, cwl, rfc;
    uint32_t refi;        /* 0: memory that needs no refresh */
    uint32_t interleave;  /* banks of different groups that one run alternates over: hides ccd_l */
    struct fraction rate; /* data bus, bytes per cycle */
};

#endif
