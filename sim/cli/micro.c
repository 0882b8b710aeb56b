/* SPDX-License-Identifier: Apache-2.0 */
/* micro.c - the table of micro-benchmarks. */
#include "sim/cli/micro.h"

void micro_add(struct micro_plan *p, struct micro_point point)
{
    *VEC_PUSH(p, points) = point;
}

/* ---- sharing-ping-pong: one word goes round, by a flag or by its line ---- */

enum { BY_FLAG, BY_LINE, BY_CROWDED_LINE };

static void plan_sharing(const struct job *j, struct micro_plan *p)
{
    for (uint64_t hops = 1; hops <= 32; hops *= 2) {
        micro_add(p, (struct micro_point) {.series = "flag", .x = hops, .kind = BY_FLAG, .period = true});
    }
    for (uint32_t kind = BY_LINE; kind <= BY_CROWDED_LINE; kind++) {
        for (uint64_t writers = 2; writers <= j->machine.units_per_chip; writers *= 2) {
            micro_add(p, (struct micro_point) {.series = kind == BY_LINE ? "line" : "line, all at once",
                                               .x = writers,
                                               .kind = kind,
                                               .sets = {"machines.dynamic.protocol=mesi"}});
        }
    }
}

static int measure_sharing(const struct job *j, const struct micro_point *p, struct micro_figure *f, struct diag *d)
{
    static int (*const kinds[])(const struct job *, const struct micro_point *, struct micro_figure *,
                                struct diag *) = {
        [BY_FLAG] = micro_measure_flag,
        [BY_LINE] = micro_measure_line,
        [BY_CROWDED_LINE] = micro_measure_crowd,
    };
    return kinds[p->kind](j, p, f, d);
}

const struct micro_bench micro_benches[] = {
    {"pointer-chase", "each load's address comes from the one before: latency of L1, L2, DRAM", "footprint bytes",
     "cycles per load", micro_plan_chase, micro_measure_chase},
    {"stream-bandwidth", "SMs read their own blocks from L2 or DRAM, as fast as their L1s take it", "SMs in use",
     "bytes per cycle", micro_plan_stream, micro_measure_stream},
    {"mma-throughput", "all SMs multiply tiles of one product, two CTAs each", "K", "MACs per cycle and SM",
     micro_plan_mma, micro_measure_mma},
    {"kernel-chain", "small kernels one after the other", "kernels", "cycles per kernel", micro_plan_chain,
     micro_measure_chain},
    {"sharing-ping-pong", "a word goes from SM to SM: by a flag (x: hops), by the line it is in (x: writers, mesi)",
     "hops or writers", "cycles per hand-over", plan_sharing, measure_sharing},
};
const size_t n_micro_benches = sizeof micro_benches / sizeof micro_benches[0];
