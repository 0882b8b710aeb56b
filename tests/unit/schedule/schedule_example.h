/* SPDX-License-Identifier: Apache-2.0 */
/* schedule_example.h - the schedule that the tests change: small, with one of each thing in it.
 *
 *     X, W --> t0 (chip0.unit0) --A--> t1 (chip0.unit1) --B, D--> t2 (chip1.unit0) --> O2
 *                    A is spilled to memory, and read      B --> t3 (chip1.unit1) --> O3
 *                    again by t4 (chip0.unit0) --> O4      V --> t2
 *
 * W goes to both units of chip 0 in two pieces (multicast on chip), B to both units of chip 1 (multicast
 * behind the link). D is a dependence without bytes. W and V are weights: a steady program finds them. */
#ifndef TESTS_UNIT_SCHEDULE_SCHEDULE_EXAMPLE_H
#define TESTS_UNIT_SCHEDULE_SCHEDULE_EXAMPLE_H

#include "tests/unit/schedule/schedule_builder.h"

enum { CHUNK_X, CHUNK_W, CHUNK_V, CHUNK_A, CHUNK_B, CHUNK_D, CHUNK_O2, CHUNK_O3, CHUNK_O4 };
enum { AT_W = 40960, AT_X = 43008, AT_A = 45056, AT_OUT = 47104, AT_IN = 49152 }; /* addresses */

static inline void example_work(struct builder *b)
{
    b_source(b, 0, 300, 0);
    b_source(b, 0, 1024, 1);
    b_source(b, 1, 512, 1);
    b_task(b, 0, 30);
    b_input(b, CHUNK_X);
    b_input(b, CHUNK_W);
    b_output(b, 500, 0);
    b_task(b, 0, 20);
    b_input(b, CHUNK_A);
    b_input(b, CHUNK_W);
    b_output(b, 256, 0);
    b_output(b, 0, 0);
    b_task(b, 1, 25);
    b_input(b, CHUNK_B);
    b_input(b, CHUNK_V);
    b_input(b, CHUNK_D);
    b_output(b, 192, 2);
    b_task(b, 1, 15);
    b_input(b, CHUNK_B);
    b_output(b, 64, 2);
    b_task(b, 0, 10);
    b_input(b, CHUNK_A);
    b_output(b, 128, 2);
}

/* Endpoints. */
enum { U0 = 0, U1 = 1, HBM0 = 2, U2 = 4, U3 = 5, HBM1 = 6 };

struct weights {
    uint64_t w, v; /* usable */
};

static inline struct weights example_weights(struct builder *b, bool cold)
{
    struct weights at = {0, 0};
    uint64_t from = cold ? b->booted[0] : 0;
    b_place(b, 0, AT_W, 1024, CHUNK_W, from, UINT64_MAX, !cold);
    b_place(b, 1, AT_W, 1024, CHUNK_W, from, UINT64_MAX, !cold);
    b_place(b, 2, AT_W, 512, CHUNK_V, from, UINT64_MAX, !cold);
    if (cold) {
        const uint32_t both[] = {U0, U1}, u2 = U2;
        b_send(b, CHUNK_W, 0, 512, HBM0, both, 2, 0, 1, from);
        at.w = b_send(b, CHUNK_W, 512, 512, HBM0, both, 2, 1, 2, from);
        at.v = b_send(b, CHUNK_V, 0, 512, HBM1, &u2, 1, 0, 1, from);
    }
    return at;
}

/* From the last cycle of `sent` on nobody reads the place any more. */
static inline void example_until(struct builder *b, size_t place, uint64_t end)
{
    b->p->sram[place].to = end;
}

static inline void example_store(struct builder *b, uint32_t chunk, uint32_t from, size_t place, uint32_t row,
                                 uint64_t finish)
{
    uint32_t to = from < B_PER_CHIP ? (uint32_t)HBM0 : (uint32_t)HBM1;
    uint64_t end = b_send(b, chunk, 0, b->s.chunks[chunk].bytes, from, &to, 1, 1, row, finish);
    const struct sched_transfer *t = &b->p->transfers[b->p->n_transfers - 1];
    example_until(b, place, b->p->hops[t->first_hop].start + t->flits);
    b->complete = b_max(b->complete, end);
}

/* t0, t1, t4 on chip 0. */
static inline uint64_t example_chip0(struct builder *b, struct weights at, size_t *place_b)
{
    const uint32_t u0 = U0, spread[] = {U1, HBM0};
    uint64_t start, base = b->booted[0];
    size_t x = b_place(b, 0, AT_X, 300, CHUNK_X, b_max(base, 1), 0, 0);
    uint64_t there = b_send(b, CHUNK_X, 0, 300, HBM0, &u0, 1, 0, 3, b_max(base, B_LAUNCH));
    uint64_t t0 = b_op(b, 0, 0, b_max(there, at.w), &start);
    example_until(b, x, t0);
    size_t a0 = b_place(b, 0, AT_A, 500, CHUNK_A, start, 0, 0);
    size_t a1 = b_place(b, 1, AT_A, 500, CHUNK_A, t0, 0, 0);
    uint64_t written = b_send(b, CHUNK_A, 0, 500, U0, spread, 2, 0, 5, t0);
    const struct sched_transfer *t = &b->p->transfers[b->p->n_transfers - 1];
    example_until(b, a0, b->p->hops[t->first_hop].start + t->flits);
    uint64_t t1 = b_op(b, 1, 1, b->p->hops[t->first_hop + 2].start + t->flits, &start);
    example_until(b, a1, t1);
    *place_b = b_place(b, 1, AT_OUT, 256, CHUNK_B, start, 0, 0);
    size_t again = b_place(b, 0, AT_IN, 500, CHUNK_A, written, 0, 0);
    there = b_send(b, CHUNK_A, 0, 500, HBM0, &u0, 1, 0, 5, written + 12);
    uint64_t t4 = b_op(b, 4, 0, there, &start);
    example_until(b, again, t4);
    size_t o = b_place(b, 0, AT_OUT, 128, CHUNK_O4, start, 0, 0);
    example_store(b, CHUNK_O4, U0, o, 7, t4);
    return t1;
}

static inline void example_chip1(struct builder *b, struct weights at, uint64_t t1, size_t place_b)
{
    const uint32_t both[] = {U2, U3};
    uint64_t start;
    size_t b2 = b_place(b, 2, AT_IN, 256, CHUNK_B, t1, 0, 0);
    size_t b3 = b_place(b, 3, AT_IN, 256, CHUNK_B, t1, 0, 0);
    uint64_t there = b_send(b, CHUNK_B, 0, 256, U1, both, 2, 0, 0, t1);
    const struct sched_transfer *t = &b->p->transfers[b->p->n_transfers - 1];
    example_until(b, place_b, b->p->hops[t->first_hop].start + t->flits);
    uint64_t t2 = b_op(b, 2, 2, b_max(there, at.v), &start);
    size_t o2 = b_place(b, 2, AT_OUT, 192, CHUNK_O2, start, 0, 0);
    uint64_t t3 = b_op(b, 3, 3, there, &start);
    size_t o3 = b_place(b, 3, AT_OUT, 64, CHUNK_O3, start, 0, 0);
    example_until(b, b2, t2);
    example_until(b, b3, t3);
    example_store(b, CHUNK_O3, U3, o3, 9, t3);
    example_store(b, CHUNK_O2, U2, o2, 8, t2);
}

static inline void example_program(struct builder *b, bool cold)
{
    size_t place_b;
    b_program(b);
    b_boot(b, cold);
    struct weights at = example_weights(b, cold);
    uint64_t t1 = example_chip0(b, at, &place_b);
    example_chip1(b, at, t1, place_b);
    b_finish(b);
}

/* The caller ends it with schedule_free(&b->s). */
static inline void example(struct builder *b)
{
    b_init(b, "list", "steady");
    example_work(b);
    example_program(b, true);
    example_program(b, false);
    for (uint32_t i = 0; i < 3; i++) {
        *VEC_PUSH(&b->s, repeats) = i > 0;
    }
}

#endif
