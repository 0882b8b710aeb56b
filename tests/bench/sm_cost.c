/* SPDX-License-Identifier: Apache-2.0 */
/* sm_cost.c - host time of a warp instruction without transactions: sm_cost [INSTRUCTIONS] prints one number, ns.
 *
 * One CTA of eight warps multiplies for a very long time what it has read once: copies without lines, barriers,
 * fragments, MMA, loops. The tile is so small that each MMA is one instruction: runs of them would be one event. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

#include "tests/unit/hw/sm_bench.h"

#define SLICES 10000000u

/* 32 x 32 x 32 a slice on an engine of 16 x 8 x 8 that takes a granule per cycle: two granules for each warp and part.
 * Four lines of each operand. */
static void build(struct sm_bench *b)
{
    b->p.subcores = 4;
    b->p.warps_per_cta = 8;
    b->p.lanes = 128;
    b->p.macs_per_cycle = 1024;
    b->p.engine_m = 16;
    b->p.engine_k = 8;
    b->p.shared_read = 256;
    struct cta *c = sm_bench_cta(b, CTA_MATRIX);
    c->rows = c->cols = 32;
    c->k = 32 * SLICES;
    c->steps = SLICES;
    c->matrix_cycles = (uint64_t)32 * SLICES;
    sm_bench_piece(b, PIECE_STREAM_A, 0, 4);
    sm_bench_piece(b, PIECE_STREAM_B, 1, 4);
    sm_bench_piece(b, PIECE_OUTPUT, 2, 1);
}

int main(int argc, char **argv)
{
    static struct sm_bench b;
    uint64_t want = argc > 1 ? strtoull(argv[1], NULL, 10) : 20000000, cycle = 300;
    struct timespec from, to;
    sm_bench_init(&b);
    build(&b);
    sm_bench_make(&b);
    sm_bench_start(&b, 0);
    sm_bench_run(&b, cycle, false); /* the lines are here */
    uint64_t before = b.sm->stat.instructions, loads = b.sm->stat.loads;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    while (b.sm->stat.instructions - before < want)
        cycle = sm_eval(b.sm, cycle);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    SIM_CHECK(loads == 8 && b.sm->stat.loads == loads, "%llu loads", (unsigned long long)b.sm->stat.loads);
    double ns = (double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec);
    printf("%.1f\n", ns / (double)(b.sm->stat.instructions - before));
    sm_bench_free(&b);
    return 0;
}
