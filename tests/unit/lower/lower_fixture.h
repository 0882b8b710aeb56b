/* SPDX-License-Identifier: Apache-2.0 */
/* lower_fixture.h - machines, works and lowered graphs for the tests of sim/lower. */
#ifndef TESTS_UNIT_LOWER_LOWER_FIXTURE_H
#define TESTS_UNIT_LOWER_LOWER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/graph/graph_source.h"
#include "sim/lower/lowering.h"
#include "sim/machine/machine_spec.h"

struct fixture {
    struct machine machine;
    struct partition partition;
    struct task_graph tasks;
};

/* The quickstart's server with `chips` chips of rows x cols units. */
static inline struct machine_spec server(uint32_t chips, uint32_t rows, uint32_t cols)
{
    struct machine_spec s;
    machine_spec_default(&s);
    s.chips = chips;
    s.rows = rows;
    s.cols = cols;
    if (chips == 1)
        s.fabric = MACHINE_NO_FABRIC;
    return s;
}

static inline void expect_ok(int error, struct diag *d)
{
    if (error != SIM_OK)
        diag_print(d, stderr);
    assert_int_equal(error, SIM_OK);
    diag_free(d);
}

static inline struct fixture lowered_on(struct op_graph *g, const struct machine_spec *s, const struct lower_options *o)
{
    struct fixture f;
    struct diag d;
    diag_init(&d);
    int error = machine_build_from(&f.machine, s, &d);
    if (error == SIM_OK)
        error = lower_partition(&f.partition, g, &f.machine, o, &d);
    if (error == SIM_OK)
        error = lower_tasks(&f.tasks, &f.partition, &f.machine, o, &d);
    expect_ok(error, &d);
    task_graph_check(&f.tasks);
    return f;
}

static inline struct fixture lowered(struct op_graph *g, uint32_t chips, uint32_t tensor_parallel)
{
    struct machine_spec s = server(chips, 4, 4);
    struct lower_options o = {.tensor_parallel = tensor_parallel};
    return lowered_on(g, &s, &o);
}

static inline void fixture_free(struct fixture *f)
{
    task_graph_free(&f->tasks);
    partition_free(&f->partition);
    machine_free(&f->machine);
}

static inline struct op_graph *made(const char *source, const struct graph_options *o)
{
    struct op_graph *g;
    struct diag d;
    diag_init(&d);
    expect_ok(graph_source_make(source, o, &g, &d), &d);
    return g;
}

/* One block of GPT-2 small: 931,135,488 MACs. */
static inline struct op_graph *gpt2_block(void)
{
    struct graph_options o = {.given = GRAPH_BIT(preset) | GRAPH_BIT(layers), .preset = "gpt2-small", .layers = 1};
    return made("transformer", &o);
}

/* m x n x k with weights, reading `x` (or a new input). */
static inline uint32_t add_matmul(struct op_graph *g, uint32_t x, uint32_t m, uint32_t n, uint32_t k,
                                  enum op_split split)
{
    if (x == OP_NONE)
        x = op_graph_add_tensor(g, TENSOR_INPUT, m, k, 2, "input%zu", g->n_tensors);
    uint32_t w = op_graph_add_tensor(g, TENSOR_WEIGHT, k, n, 2, "weight%zu", g->n_tensors);
    uint32_t out = op_graph_add_tensor(g, TENSOR_ACTIVATION, m, n, 2, "y%zu", g->n_tensors);
    uint32_t op = op_graph_add_op(g, OP_MATMUL, out, "matmul%zu", g->n_ops);
    g->ops[op].k = k;
    g->ops[op].macs = (uint64_t)m * n * k;
    g->ops[op].split = split;
    op_graph_add_operand(g, op, x, 0, k, ROLE_A);
    op_graph_add_operand(g, op, w, 0, n, ROLE_B);
    return op;
}

static inline uint32_t add_rowwise(struct op_graph *g, enum op_kind kind, uint32_t x, enum operand_role role)
{
    uint32_t rows = g->tensors[x].rows, cols = g->tensors[x].cols;
    uint32_t out = op_graph_add_tensor(g, TENSOR_ACTIVATION, rows, cols, 2, "y%zu", g->n_tensors);
    uint32_t op = op_graph_add_op(g, kind, out, "%s%zu", op_kind_names[kind], g->n_ops);
    op_graph_add_operand(g, op, x, 0, cols, role);
    return op;
}

/* A convolution (channels_out > 0) or a pooling of the image in tensor x. */
static inline uint32_t add_window(struct op_graph *g, uint32_t x, struct op_window w, uint32_t channels_out)
{
    uint32_t channels = g->tensors[x].cols, n = channels_out > 0 ? channels_out : channels;
    w.out_height = (w.in_height + 2 * w.pad - w.kernel) / w.stride + 1;
    w.out_width = (w.in_width + 2 * w.pad - w.kernel) / w.stride + 1;
    uint32_t m = w.out_height * w.out_width, k = channels * w.kernel * w.kernel;
    uint32_t out = op_graph_add_tensor(g, TENSOR_ACTIVATION, m, n, 2, "y%zu", g->n_tensors);
    uint32_t weights = channels_out > 0 ? op_graph_add_tensor(g, TENSOR_WEIGHT, k, n, 2, "weight%zu", g->n_tensors) : 0;
    uint32_t op = op_graph_add_op(g, channels_out > 0 ? OP_CONV : OP_POOL, out, "window%zu", g->n_ops);
    g->ops[op].window = w;
    op_graph_add_operand(g, op, x, 0, channels, ROLE_WINDOW);
    if (channels_out > 0) {
        g->ops[op].k = k;
        g->ops[op].macs = (uint64_t)m * n * k;
        op_graph_add_operand(g, op, weights, 0, n, ROLE_B);
    }
    return op;
}

static inline uint32_t output_of(const struct op_graph *g, uint32_t op)
{
    return g->ops[op].output;
}

static inline uint32_t count_tasks(const struct task_graph *t, uint32_t op, uint32_t chip, enum task_kind kind)
{
    uint32_t n = 0;
    for (size_t i = 0; i < t->n_tasks; i++)
        n += t->tasks[i].op == op && t->tasks[i].chip == chip && t->tasks[i].kind == kind;
    return n;
}

/* The op whose name ends so. */
static inline uint32_t op_named(const struct op_graph *g, const char *end)
{
    for (uint32_t i = 0; i < g->n_ops; i++) {
        size_t n = strlen(g->ops[i].name), e = strlen(end);
        if (n >= e && strcmp(g->ops[i].name + n - e, end) == 0)
            return i;
    }
    fail_msg("no op %s", end);
    return OP_NONE;
}

#endif
