/* SPDX-License-Identifier: Apache-2.0 */
/* run_figures.c - sums and ratios of one run. */
#include "sim/stats/run_figures.h"

#include <math.h>
#include <string.h>

static double ratio(double a, double b)
{
    return b > 0 ? a / b : NAN;
}

static void add_units(const struct run_result *r, struct run_figures *f)
{
    for (size_t i = 0; i < r->n_units; i++) {
        for (int c = 0; c < CAUSE_COUNT; c++) {
            f->causes[c] += r->units[i].account.cycles[c];
        }
        f->on_cycles += r->units[i].account.on_cycles;
    }
}

static void add_links(const struct run_result *r, struct run_figures *f)
{
    for (size_t i = 0; i < r->n_links; i++) {
        for (int c = 0; link_moves(r->links[i].type) && c < CLASS_COUNT; c++) {
            f->link_bytes[c] += r->links[i].classes[c].entered;
        }
    }
}

void run_figures_of(const struct run_result *r, struct run_figures *f)
{
    memset(f, 0, sizeof *f);
    f->unit_cycles = r->n_units * r->makespan_cycles;
    add_units(r, f);
    add_links(r, f);
    double makespan = (double)r->makespan_cycles;
    f->time_ns = makespan * (double)r->period_fs / 1e6;
    f->utilisation = ratio((double)r->macs_executed, (double)f->unit_cycles * (double)r->macs_per_cycle);
    f->gap = r->interrupted ? NAN : ratio(makespan, (double)r->lower_bound) - 1;
    f->schedule_gap = r->interrupted ? NAN : ratio(makespan, (double)r->schedule_bound) - 1;
    for (int c = 0; c < CAUSE_COUNT; c++) {
        f->cause_share[c] = ratio((double)f->causes[c], (double)f->unit_cycles);
    }
}
