/* SPDX-License-Identifier: Apache-2.0 */
/* test_bound_holds.c - the lower bound against lowered work: an ideal machine, whose units start whatever
 * is ready and whose network only costs hops, never beats it; nor do the bytes that the tasks really move. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/graph/graph_source.h"
#include "sim/lower/bound.h"
#include "sim/machine/machine_spec.h"

struct server {
    uint32_t chips, rows, cols, fabric, tensor_parallel;
    int collective;
    uint32_t pipeline; /* 0: none */
    uint32_t leaf;     /* chips of a leaf switch; 0: one switch for all */
};

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static void build_machine(struct machine *m, const struct server *s)
{
    struct machine_spec spec;
    machine_spec_default(&spec);
    spec.chips = s->chips;
    spec.rows = s->rows;
    spec.cols = s->cols;
    spec.fabric = s->chips > 1 ? s->fabric : MACHINE_NO_FABRIC;
    spec.adders = s->collective == COLLECTIVE_IN_SWITCH ? 48 : 0;
    spec.fabric_leaf = s->leaf;
    spec.fabric_spines = s->leaf ? 2 : 0;
    spec.sram_bytes = 1 << 22;
    struct diag d;
    diag_init(&d);
    assert_int_equal(machine_build_from(m, &spec, &d), SIM_OK);
    diag_free(&d);
}

/* Each task on the unit of its chip that is free first, tasks in their topological order. */
static uint64_t greedy_makespan(const struct task_graph *t, const struct machine *m)
{
    uint64_t *unit_free = mem_alloc_array((size_t)m->chips * m->units_per_chip, sizeof *unit_free);
    uint64_t *finish = mem_alloc_array(t->n_tasks, sizeof *finish);
    uint64_t latency = m->chips > 1 ? machine_line(m)->latency : 0, makespan = 0;
    for (size_t i = 0; i < t->n_tasks; i++) {
        const struct task *task = &t->tasks[i];
        uint64_t *units = &unit_free[task->chip * m->units_per_chip], ready = 0;
        uint32_t best = 0;
        for (uint32_t u = 1; u < m->units_per_chip; u++) {
            best = units[u] < units[best] ? u : best;
        }
        for (uint32_t k = task->first_input; k < task->first_input + task->n_inputs; k++) {
            const struct chunk *c = &t->chunks[t->inputs[k].chunk];
            if (c->producer != TASK_NONE) {
                uint64_t hops = c->bytes > 0 ? machine_chip_hops(m, c->chip, task->chip) : 0;
                uint64_t switches = m->switches && hops ? hops - 1 : 0; /* 100 ns each */
                ready = later(ready, finish[c->producer] + hops * latency + switches * 176);
            }
        }
        finish[i] = later(ready, units[best]) + task->needs.cycles;
        units[best] = finish[i];
        makespan = later(makespan, finish[i]);
    }
    free(unit_free);
    free(finish);
    return makespan;
}

/* Bytes over chip boundaries: every chunk once into each chip that reads it, once out of its own. */
static uint64_t moved_cycles(const struct task_graph *t, const struct machine *m, uint32_t working_chips)
{
    if (m->chips == 1) {
        return 0;
    }
    uint64_t *in = mem_alloc_array(m->chips, sizeof *in), *out = mem_alloc_array(m->chips, sizeof *out), total = 0;
    bool *reads = mem_alloc_array(t->n_chunks * m->chips, sizeof *reads);
    for (size_t i = 0; i < t->n_tasks; i++) {
        const struct task *task = &t->tasks[i];
        for (uint32_t k = task->first_input; k < task->first_input + task->n_inputs; k++) {
            reads[(size_t)t->inputs[k].chunk * m->chips + task->chip] = true;
        }
    }
    for (size_t c = 0; c < t->n_chunks; c++) {
        const struct chunk *x = &t->chunks[c];
        bool left = false;
        for (uint32_t chip = 0; chip < m->chips; chip++) {
            if (reads[c * m->chips + chip] && chip != x->chip && x->producer != TASK_NONE) {
                in[chip] += x->bytes;
                total += x->bytes;
                left = true;
            }
        }
        out[x->chip] += left ? x->bytes : 0;
    }
    const uint32_t *neighbours;
    uint64_t lines = machine_neighbours(m, 0, &neighbours), cycles;
    struct fraction rate = machine_line(m)->rate;
    cycles = bound_transfer_cycles(total, rate, lines * working_chips);
    for (uint32_t chip = 0; chip < m->chips; chip++) {
        cycles = later(cycles, bound_transfer_cycles(later(in[chip], out[chip]), rate, lines));
    }
    free(in);
    free(out);
    free(reads);
    return cycles;
}

static uint64_t memory_cycles(const struct task_graph *t, const struct machine *m)
{
    uint64_t bytes = 0;
    for (size_t c = 0; c < t->n_chunks; c++) {
        bool used = t->chunks[c].producer == TASK_NONE || t->chunks[c].is_output;
        bytes += used ? t->chunks[c].bytes : 0;
    }
    return bound_transfer_cycles(bytes, m->dram.rate, (uint64_t)m->chips * m->channels_per_chip);
}

static uint32_t working_chips(const struct partition *p)
{
    uint32_t chips = 1;
    for (size_t i = 0; i < p->n_parts; i++) {
        chips = p->parts[i].chip >= chips ? p->parts[i].chip + 1 : chips;
    }
    return chips;
}

static void check(const char *source, const struct graph_options *o, const struct server *s)
{
    struct machine m;
    build_machine(&m, s);
    struct diag d;
    diag_init(&d);
    struct op_graph *g;
    struct partition p;
    struct task_graph t;
    struct lower_options lo = {
        .tensor_parallel = s->tensor_parallel, .collective = s->collective, .pipeline = s->pipeline};
    assert_int_equal(graph_source_make(source, o, &g, &d), SIM_OK);
    assert_int_equal(lower_partition(&p, g, &m, &lo, &d), SIM_OK);
    assert_int_equal(lower_tasks(&t, &p, &m, &lo, &d), SIM_OK);
    struct lower_bound b;
    lower_bound_of(&p, &m, true, &b);
    uint64_t greedy = greedy_makespan(&t, &m);
    if (b.compute > greedy || b.path > greedy) {
        fail_msg("%s, %u chips of %u x %u: compute %llu, path %llu, yet done in %llu", source, s->chips, s->rows,
                 s->cols, (unsigned long long)b.compute, (unsigned long long)b.path, (unsigned long long)greedy);
    }
    assert_true(b.compute > 0 && b.path > 0 && b.memory > 0);
    uint64_t moved = moved_cycles(&t, &m, working_chips(&p));
    if (b.links > moved) {
        fail_msg("%s, %u chips of %u x %u, collective %d: links %llu, moved in %llu", source, s->chips, s->rows,
                 s->cols, s->collective, (unsigned long long)b.links, (unsigned long long)moved);
    }
    assert_true(b.memory <= memory_cycles(&t, &m));
    task_graph_free(&t);
    partition_free(&p);
    diag_free(&d);
    machine_free(&m);
}

static const struct server servers[] = {
    {1, 1, 1, FABRIC_RING, 1, COLLECTIVE_AUTO, 0, 0},
    {1, 4, 4, FABRIC_RING, 1, COLLECTIVE_AUTO, 0, 0},
    {2, 1, 2, FABRIC_RING, 2, COLLECTIVE_RING, 0, 0},
    {3, 2, 2, FABRIC_RING, 3, COLLECTIVE_RING, 0, 0},
    {4, 4, 4, FABRIC_RING, 4, COLLECTIVE_ONE_SHOT, 0, 0},
    {4, 2, 4, FABRIC_FULLY_CONNECTED, 4, COLLECTIVE_TWO_STEP, 0, 0},
    {4, 4, 4, FABRIC_RING, 2, COLLECTIVE_AUTO, 0, 0},
    {5, 1, 3, FABRIC_FULLY_CONNECTED, 5, COLLECTIVE_RING, 0, 0},
    {8, 2, 2, FABRIC_RING, 8, COLLECTIVE_AUTO, 0, 0},
    {4, 2, 2, FABRIC_TORUS2D, 4, COLLECTIVE_AUTO, 0, 0},
    {8, 2, 2, FABRIC_TORUS3D, 8, COLLECTIVE_RING, 0, 0},
    {6, 1, 2, FABRIC_DRAGONFLY, 6, COLLECTIVE_AUTO, 0, 0},
    {8, 2, 2, FABRIC_TORUS3D, 7, COLLECTIVE_TREE, 0, 0},
    {4, 2, 2, FABRIC_SWITCH, 4, COLLECTIVE_AUTO, 0, 0},
    {5, 2, 2, FABRIC_SWITCH, 5, COLLECTIVE_ONE_SHOT, 0, 0},
    {4, 2, 2, FABRIC_SWITCH, 4, COLLECTIVE_IN_SWITCH, 0, 0},
    {6, 1, 2, FABRIC_SWITCH, 5, COLLECTIVE_IN_SWITCH, 0, 0},
    {4, 4, 4, FABRIC_RING, 4, COLLECTIVE_DOUBLING, 0, 0},
    {6, 2, 2, FABRIC_TORUS2D, 6, COLLECTIVE_DOUBLING, 0, 0},
    {4, 2, 2, FABRIC_RING, 2, COLLECTIVE_RING, 2, 0},
    {6, 1, 2, FABRIC_FULLY_CONNECTED, 3, COLLECTIVE_TWO_STEP, 2, 0},
    {8, 2, 2, FABRIC_TORUS3D, 4, COLLECTIVE_ONE_SHOT, 2, 0},
    {2, 2, 2, FABRIC_RING, 1, COLLECTIVE_AUTO, 2, 0},
    {4, 1, 2, FABRIC_SWITCH, 2, COLLECTIVE_IN_SWITCH, 2, 0},
    {4, 2, 2, FABRIC_SWITCH, 4, COLLECTIVE_IN_SWITCH, 0, 2},
    {8, 1, 2, FABRIC_SWITCH, 5, COLLECTIVE_IN_SWITCH, 0, 4},
    {8, 2, 2, FABRIC_SWITCH, 4, COLLECTIVE_IN_SWITCH, 2, 4},
    {6, 1, 2, FABRIC_SWITCH, 3, COLLECTIVE_IN_SWITCH, 2, 2},
};
#define SERVERS (sizeof servers / sizeof servers[0])

static void transformers_never_beat_the_bound(void **state)
{
    (void)state;
    for (size_t i = 0; i < SERVERS; i++) {
        struct graph_options o = {.given = GRAPH_BIT(layers) | GRAPH_BIT(heads) | GRAPH_BIT(sequence) |
                                           GRAPH_BIT(d_model) | GRAPH_BIT(d_ff),
                                  .layers = 2,
                                  .heads = 12,
                                  .sequence = 24 + 8 * i,
                                  .d_model = 96,
                                  .d_ff = 360};
        check("transformer", &o, &servers[i]);
    }
}

static void layers_of_a_perceptron_never_beat_the_bound(void **state)
{
    (void)state;
    for (size_t i = 0; i < SERVERS; i++) {
        struct graph_options o = {.given = GRAPH_BIT(layers) | GRAPH_BIT(inputs) | GRAPH_BIT(hidden) |
                                           GRAPH_BIT(outputs) | GRAPH_BIT(batch),
                                  .layers = 3,
                                  .inputs = 100 + 7 * i,
                                  .hidden = 200 + 13 * i,
                                  .outputs = 30,
                                  .batch = 1 + 9 * i};
        check("mlp", &o, &servers[i]);
    }
}

static void convolutions_never_beat_the_bound(void **state)
{
    (void)state;
    for (size_t i = 0; i < SERVERS; i++) {
        struct graph_options o = {.given = GRAPH_BIT(image), .image = 16};
        check("cnn", &o, &servers[i]);
    }
}

static void random_graphs_never_beat_the_bound(void **state)
{
    (void)state;
    for (size_t i = 0; i < SERVERS; i++) {
        struct graph_options o = {.given = GRAPH_BIT(nodes) | GRAPH_BIT(task_cycles) | GRAPH_BIT(edge_bytes) |
                                           (UINT32_C(1) << GRAPH_OPTION_edge_prob) | GRAPH_BIT(seed),
                                  .nodes = 60,
                                  .task_cycles = 500,
                                  .edge_bytes = 8192,
                                  .edge_prob = 0.06,
                                  .seed = "7"};
        check("random", &o, &servers[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transformers_never_beat_the_bound),
        cmocka_unit_test(layers_of_a_perceptron_never_beat_the_bound),
        cmocka_unit_test(convolutions_never_beat_the_bound),
        cmocka_unit_test(random_graphs_never_beat_the_bound),
    };
    return cmocka_run_group_tests_name("bound_holds", tests, NULL, NULL);
}
