/* SPDX-License-Identifier: Apache-2.0 */
/* compile_fixture.h - small machines, small task graphs made by hand, and what the tests ask of a schedule. */
#ifndef TESTS_UNIT_COMPILE_COMPILE_FIXTURE_H
#define TESTS_UNIT_COMPILE_COMPILE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/compile/compile.h"
#include "sim/machine/machine_spec.h"

static inline void fixture_machine(struct machine *m, const struct machine_spec *spec)
{
    struct diag d;
    diag_init(&d);
    int result = machine_build_from(m, spec, &d);
    diag_print(&d, stderr);
    diag_free(&d);
    assert_int_equal(result, SIM_OK);
}

/* One chip of rows x cols units, a short launch, nothing else special. */
static inline struct machine_spec fixture_spec(uint32_t chips, uint32_t rows, uint32_t cols)
{
    struct machine_spec s;
    machine_spec_default(&s);
    s.chips = chips;
    s.fabric = chips > 1 ? FABRIC_RING : MACHINE_NO_FABRIC;
    s.rows = rows;
    s.cols = cols;
    s.launch_fs = 100000000; /* 100 ns */
    return s;
}

/* A task graph made by hand: each task writes one chunk; ops and tensors are numbered like tasks. */
struct hand_graph {
    struct op_graph *ops;
    struct task_graph t;
};

static inline void hand_begin(struct hand_graph *g, const struct machine *m)
{
    *g = (struct hand_graph) {.ops = op_graph_new("hand")};
    g->t.ops = g->ops;
    g->t.chips = m->chips;
    g->t.units_per_chip = m->units_per_chip;
}

/* Chunk of `bytes` in the memory of a chip; returns its number. */
static inline uint32_t hand_source(struct hand_graph *g, uint32_t chip, uint32_t bytes, bool weight)
{
    uint32_t tensor =
        op_graph_add_tensor(g->ops, weight ? TENSOR_WEIGHT : TENSOR_INPUT, 1, bytes, 1, "s%zu", g->t.n_chunks);
    *VEC_PUSH(&g->t, chunks) =
        (struct chunk) {.tensor = tensor, .producer = TASK_NONE, .chip = chip, .bytes = bytes, .is_weight = weight};
    return (uint32_t)g->t.n_chunks - 1;
}

/* Task of `cycles` that reads chunks inputs[0..n) and writes one chunk of `bytes`; returns that chunk. */
static inline uint32_t hand_task(struct hand_graph *g, uint32_t chip, uint64_t cycles, const uint32_t *inputs,
                                 uint32_t n, uint32_t bytes, bool output)
{
    uint32_t chunk = (uint32_t)g->t.n_chunks, task = (uint32_t)g->t.n_tasks;
    uint32_t tensor = op_graph_add_tensor(g->ops, TENSOR_ACTIVATION, 1, bytes ? bytes : 1, 1, "t%u", task);
    uint32_t op = op_graph_add_op(g->ops, OP_GENERIC, tensor, "op%u", task);
    *VEC_PUSH(&g->t, chunks) =
        (struct chunk) {.tensor = tensor, .producer = task, .chip = chip, .bytes = bytes, .is_output = output};
    *VEC_PUSH(&g->t, tasks) = (struct task) {.op = op,
                                             .chip = chip,
                                             .needs = {.cycles = cycles, .vector_cycles = cycles},
                                             .first_input = (uint32_t)g->t.n_inputs,
                                             .n_inputs = n,
                                             .first_output = chunk,
                                             .n_outputs = 1};
    for (uint32_t i = 0; i < n; i++) {
        *VEC_PUSH(&g->t, inputs) = (struct task_input) {.chunk = inputs[i], .operand = i};
    }
    return chunk;
}

static inline void hand_end(struct hand_graph *g)
{
    free(g->t.tasks);
    free(g->t.chunks);
    free(g->t.inputs);
    op_graph_free(g->ops);
}

/* Accepted by the verifier, else its first violation fails the test. */
static inline void assert_verified(const struct schedule *s)
{
    struct sched_verdict v;
    int result = schedule_verify(s, 5, &v);
    for (size_t i = 0; i < v.n_violations; i++) {
        print_error("%s %s: %s: %s: %s\n", s->policy, s->start, v.violations[i].rule, v.violations[i].where,
                    v.violations[i].message);
    }
    sched_verdict_free(&v);
    assert_int_equal(result, SIM_OK);
}

static inline int compile_with(struct schedule *s, const struct task_graph *t, const struct partition *p,
                               const struct machine *m, const struct compile_options *options)
{
    struct diag d;
    diag_init(&d);
    struct compile_options o = *options;
    o.repeats = 3;
    o.work_name = "test";
    int result = compile_schedule(s, t, p, m, &o, &d);
    if (result != 0) {
        diag_print(&d, stderr);
    }
    diag_free(&d);
    return result;
}

static inline int compile_graph(struct schedule *s, const struct task_graph *t, const struct partition *p,
                                const struct machine *m, const char *policy, bool steady)
{
    return compile_with(s, t, p, m,
                        &(struct compile_options) {.policy = policy, .steady = steady, .search_iterations = 4});
}

/* Compiles and verifies. */
static inline void compile_hand(struct schedule *s, const struct hand_graph *g, const struct machine *m,
                                const char *policy, bool steady)
{
    assert_int_equal(compile_graph(s, &g->t, NULL, m, policy, steady), SIM_OK);
    assert_verified(s);
}

static inline const struct sched_op *op_of(const struct sched_program *p, uint32_t task)
{
    for (size_t i = 0; i < p->n_ops; i++) {
        if (p->ops[i].task == task) {
            return &p->ops[i];
        }
    }
    fail_msg("task %u is not there", task);
    return NULL;
}

#endif
