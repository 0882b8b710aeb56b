/* SPDX-License-Identifier: Apache-2.0 */
/* needs.c - what a task asks of a unit: docs/model/needs.md. */
#include "sim/machine/machine.h"

static uint64_t longer(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

void machine_needs(const struct machine *m, uint32_t rows, uint32_t cols, uint32_t k, uint64_t vector_ops,
                   uint64_t read_bytes, uint64_t write_bytes, struct task_needs *out)
{
    *out = (struct task_needs) {0};
    if (k > 0) {
        out->matrix_cycles = ceil_div(rows, m->engine_m) * ceil_div(cols, m->engine_n) * ceil_div(k, m->engine_k);
        out->macs = (uint64_t)rows * cols * k;
        out->macs_padded = out->matrix_cycles * m->macs_per_cycle;
    }
    out->vector_cycles = ceil_div(vector_ops, m->vector_lanes);
    out->read_cycles = ceil_div(read_bytes, m->sram_read);
    out->write_cycles = ceil_div(write_bytes, m->sram_write);
    /* The engines and the two ports work side by side: the longest of them is the task. */
    out->cycles = longer(longer(out->matrix_cycles, out->vector_cycles), longer(out->read_cycles, out->write_cycles));
    out->cycles = longer(out->cycles, 1);
}

void machine_needs_on(const struct machine *m, uint32_t chip, struct task_needs *needs)
{
    needs->matrix_cycles = machine_slowed(m, chip, needs->matrix_cycles);
    needs->vector_cycles = machine_slowed(m, chip, needs->vector_cycles);
    needs->cycles = longer(needs->cycles, longer(needs->matrix_cycles, needs->vector_cycles));
}
