/* SPDX-License-Identifier: Apache-2.0 */
/* codegen_fixture.h - programs of works on small servers, for the tests of sim/codegen and sim/program. */
#ifndef TESTS_UNIT_CODEGEN_CODEGEN_FIXTURE_H
#define TESTS_UNIT_CODEGEN_CODEGEN_FIXTURE_H

#include "sim/codegen/codegen.h"
#include "sim/program/program_text.h"
#include "tests/unit/lower/lower_fixture.h"

/* An SM of the quickstart unit's 512 KiB: registers a quarter, shared memory three sixteenths. */
static inline struct dynamic_machine sms(const struct machine *m, enum dynamic_dispatch dispatch)
{
    return (struct dynamic_machine) {.preset = "test",
                                     .dispatch = dispatch,
                                     .sm = {.subcores = 4,
                                            .warps_per_cta = 8,
                                            .cta_slots = 4,
                                            .register_bytes = 131072,
                                            .shared_bytes = 98304,
                                            .engine_m = m->engine_m,
                                            .engine_n = m->engine_n,
                                            .engine_k = m->engine_k,
                                            .stages = 3}};
}

struct made_program {
    struct machine machine;
    struct dynamic_machine dynamic;
    struct partition partition;
    struct task_graph tasks;
    struct server_program program;
};

/* placed: with a queue per SM; the caller still has to say which CTA runs where. */
static inline struct made_program program_for(struct op_graph *g, const struct machine_spec *s,
                                              const struct lower_options *o, enum dynamic_dispatch dispatch,
                                              uint32_t repeats, bool placed)
{
    struct made_program f;
    struct diag d;
    diag_init(&d);
    expect_ok(machine_build_from(&f.machine, s, &d), &d);
    f.dynamic = sms(&f.machine, dispatch);
    f.dynamic.placed = placed;
    expect_ok(lower_partition(&f.partition, g, &f.machine, o, &d), &d);
    expect_ok(codegen_lower(&f.tasks, &f.partition, &f.machine, &f.dynamic, o, &d), &d);
    expect_ok(codegen(&f.program, &f.tasks, &f.machine, &f.dynamic, repeats, &d), &d);
    if (!placed)
        server_program_check(&f.program);
    return f;
}

static inline struct made_program program_on(struct op_graph *g, const struct machine_spec *s,
                                             const struct lower_options *o, enum dynamic_dispatch dispatch,
                                             uint32_t repeats)
{
    return program_for(g, s, o, dispatch, repeats, false);
}

static inline struct made_program program_of(struct op_graph *g, uint32_t chips, uint32_t tensor_parallel,
                                             enum dynamic_dispatch dispatch)
{
    struct machine_spec s = server(chips, 4, 4);
    struct lower_options o = {.tensor_parallel = tensor_parallel, .tiling_common = true};
    return program_on(g, &s, &o, dispatch, 2);
}

/* Switches that add; leaf = chips: one level. */
static inline struct machine_spec switches(uint32_t chips, uint32_t leaf, uint32_t planes, uint32_t spines)
{
    struct machine_spec s = server(chips, 2, 2);
    s.fabric = FABRIC_SWITCH;
    s.fabric_leaf = leaf;
    s.fabric_planes = planes;
    s.fabric_spines = leaf < chips ? spines : 0;
    s.adders = 48;
    return s;
}

/* x W, with W cut along K, is added by switches and read whole by all chips. */
static inline struct made_program all_reduce(const struct machine_spec *s, uint32_t tensor, bool is_result,
                                             enum dynamic_dispatch dispatch)
{
    struct lower_options o = {.tensor_parallel = tensor, .collective = COLLECTIVE_IN_SWITCH, .tiling_common = true};
    struct op_graph *g = op_graph_new("test");
    uint32_t x = op_graph_add_tensor(g, TENSOR_INPUT, 32, 64, 2, "x");
    uint32_t up = add_matmul(g, x, 32, 256, 64, SPLIT_COLUMNS);
    uint32_t down = add_matmul(g, output_of(g, up), 32, 64, 256, SPLIT_K);
    uint32_t last = add_matmul(g, output_of(g, down), 32, 256, 64, SPLIT_COLUMNS);
    g->tensors[output_of(g, last)].is_output = true;
    g->tensors[output_of(g, down)].is_output = is_result;
    return program_on(g, s, &o, dispatch, 2);
}

static inline void made_program_free(struct made_program *f)
{
    server_program_free(&f->program);
    task_graph_free(&f->tasks);
    partition_free(&f->partition);
    machine_free(&f->machine);
}

/* The text of a program; freed by the caller. */
static inline char *text_of(const struct server_program *p)
{
    struct text text = {0};
    server_program_print(p, &text);
    return text.s;
}

#endif
