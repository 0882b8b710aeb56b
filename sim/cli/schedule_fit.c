/* SPDX-License-Identifier: Apache-2.0 */
/* schedule_fit.c - tasks and chunks of a schedule against the work and the units. */
#include "sim/cli/schedule_fit.h"

#include <stdlib.h>

#include "sim/base/error.h"

#define CHUNK_OUTPUT 2u /* flag of a chunk */

typedef unsigned long long ull;

/* What the schedule does, summed up. */
struct done {
    uint64_t *macs, *vector_cycles; /* per op */
    uint64_t *result_bytes;         /* per tensor */
};

static uint64_t bytes_of(const struct schedule *s, const struct sched_input *inputs, uint32_t n)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < n; i++) {
        bytes += s->chunks[inputs[i].chunk].bytes;
    }
    return bytes;
}

static uint64_t most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Engines and ports side by side, the longest of them (docs/model/needs.md); a generic op says itself what it takes. */
static uint64_t least_cycles(const struct schedule *s, const struct sched_task *t, const struct op *op,
                             const struct machine *m)
{
    uint64_t engines = most(t->matrix_cycles, t->vector_cycles);
    if (op->kind == OP_GENERIC) {
        return most(engines, machine_slowed(m, t->chip, op->cycles));
    }
    uint64_t written = 0;
    for (uint32_t i = t->first_output; i < t->first_output + t->n_outputs; i++) {
        written += s->chunks[i].bytes;
    }
    uint64_t read = bytes_of(s, s->inputs + t->first_input, t->n_inputs);
    return most(engines, most(ceil_div(read, m->sram_read), ceil_div(written, m->sram_write)));
}

static int check_task(const struct schedule *s, size_t number, const struct op_graph *g, const struct machine *m,
                      const char *path, struct diag *d)
{
    const struct sched_task *t = &s->tasks[number];
    uint64_t least = least_cycles(s, t, &g->ops[t->op], m);
    bool whole = t->macs_padded % m->macs_per_cycle == 0;
    if (!whole || t->matrix_cycles != machine_slowed(m, t->chip, t->macs_padded / m->macs_per_cycle) ||
        t->macs > t->macs_padded) {
        diag_add(d, path, 0, 0, "",
                 "made for other units: task %zu does %llu MACs, %llu with padding, in %llu cycles of a matrix engine; "
                 "one that does %u in each and takes %u.%03u times as long on chip%u (server.slow_chips) needs %llu",
                 number, (ull)t->macs, (ull)t->macs_padded, (ull)t->matrix_cycles, m->macs_per_cycle,
                 m->slow_permille[t->chip] / 1000, m->slow_permille[t->chip] % 1000, t->chip,
                 (ull)machine_slowed(m, t->chip, ceil_div(t->macs_padded, m->macs_per_cycle)));
        return SIM_ERR_INPUT;
    }
    if (t->kind != SCHED_IN_SWITCH && t->cycles < least) {
        diag_add(d, path, 0, 0, "",
                 "made for other units: task %zu has %llu cycles, engines and SRAM ports of a unit "
                 "need %llu",
                 number, (ull)t->cycles, (ull)least);
        return SIM_ERR_INPUT;
    }
    return SIM_OK;
}

static int check_indices(const struct schedule *s, const struct op_graph *g, const char *path, struct diag *d)
{
    for (size_t i = 0; i < s->n_tasks; i++) {
        if (s->tasks[i].op >= g->n_ops) {
            diag_add(d, path, 0, 0, "", "task %zu is of op %u, the work has %zu", i, s->tasks[i].op, g->n_ops);
            return SIM_ERR_INPUT;
        }
    }
    for (size_t i = 0; i < s->n_chunks; i++) {
        if (s->chunks[i].tensor >= g->n_tensors) {
            diag_add(d, path, 0, 0, "", "chunk %zu is of tensor %u, the work has %zu", i, s->chunks[i].tensor,
                     g->n_tensors);
            return SIM_ERR_INPUT;
        }
    }
    return SIM_OK;
}

static int check_ops(const struct done *done, const struct op_graph *g, const struct machine *m, const char *path,
                     struct diag *d)
{
    for (size_t i = 0; i < g->n_ops; i++) {
        const struct op *op = &g->ops[i];
        if (done->macs[i] != op->macs) {
            diag_add(d, path, 0, 0, "", "does %llu of the %llu MACs of %s", (ull)done->macs[i], (ull)op->macs,
                     op->name);
            return SIM_ERR_INPUT;
        }
        if (op->kind != OP_COLLECTIVE && done->vector_cycles[i] * m->vector_lanes < op->vector_ops) {
            diag_add(d, path, 0, 0, "",
                     "made for other units: the %llu lane operations of %s do not fit into %llu cycles "
                     "of %u lanes",
                     (ull)op->vector_ops, op->name, (ull)done->vector_cycles[i], m->vector_lanes);
            return SIM_ERR_INPUT;
        }
    }
    return SIM_OK;
}

static int check_results(const struct done *done, const struct op_graph *g, const char *path, struct diag *d)
{
    for (size_t i = 0; i < g->n_tensors; i++) {
        const struct tensor *t = &g->tensors[i];
        uint64_t bytes = t->is_output ? op_tensor_bytes(t) : 0;
        if (done->result_bytes[i] != bytes) {
            diag_add(d, path, 0, 0, "", "its results hold %llu bytes of %s, those of the work %llu",
                     (ull)done->result_bytes[i], t->name, (ull)bytes);
            return SIM_ERR_INPUT;
        }
    }
    return SIM_OK;
}

static void sum_up(const struct schedule *s, const struct machine *m, struct done *done)
{
    for (size_t i = 0; i < s->n_tasks; i++) {
        done->macs[s->tasks[i].op] += s->tasks[i].macs;
        done->vector_cycles[s->tasks[i].op] += machine_unslowed(m, s->tasks[i].chip, s->tasks[i].vector_cycles);
    }
    for (size_t i = 0; i < s->n_chunks; i++) {
        done->result_bytes[s->chunks[i].tensor] += s->chunks[i].flags & CHUNK_OUTPUT ? s->chunks[i].bytes : 0;
    }
}

int schedule_fit(const struct schedule *s, const struct op_graph *g, const struct machine *m, const char *path,
                 struct diag *d)
{
    int rc = check_indices(s, g, path, d);
    for (size_t i = 0; rc == SIM_OK && i < s->n_tasks; i++) {
        rc = check_task(s, i, g, m, path, d);
    }
    if (rc) {
        return rc;
    }
    struct done done = {
        .macs = mem_alloc_array(g->n_ops, sizeof *done.macs),
        .vector_cycles = mem_alloc_array(g->n_ops, sizeof *done.vector_cycles),
        .result_bytes = mem_alloc_array(g->n_tensors, sizeof *done.result_bytes),
    };
    sum_up(s, m, &done);
    rc = check_ops(&done, g, m, path, d);
    rc = rc ? rc : check_results(&done, g, path, d);
    free(done.macs);
    free(done.vector_cycles);
    free(done.result_bytes);
    return rc;
}
