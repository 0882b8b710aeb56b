/* SPDX-License-Identifier: Apache-2.0 */
/* report_table.c - the table of a run, for people. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/report/report.h"
#include "sim/report/report_grid.h"
#include "sim/stats/run_figures.h"

static const char *const cause_meanings[CAUSE_COUNT] = {
    [CAUSE_COMPUTE_USEFUL] = "matrix or vector engine works on a task",
    [CAUSE_COMPUTE_PADDING] = "matrix engine works on the part of a tile that only fills its granule",
    [CAUSE_MEMORY_L1] = "task waits for its own SRAM ports or cache",
    [CAUSE_MEMORY_L2] = "data is in a shared cache",
    [CAUSE_MEMORY_DRAM] = "data is in HBM, or its read is under way",
    [CAUSE_NETWORK_NOC] = "data or a signal is on its way through the network of a chip",
    [CAUSE_NETWORK_LINK] = "data or a signal is on a link between chips",
    [CAUSE_COHERENCE] = "waits for invalidations or for acknowledgements of what is done",
    [CAUSE_CONTROL_ISSUE] = "instruction issue, pipe or barrier latency",
    [CAUSE_CONTROL_LAUNCH] = "launch message, loading of the schedule's head, gaps between kernels",
    [CAUSE_CONTROL_DISPATCH] = "all inputs are here, the task is not yet started; CTAs are being started",
    [CAUSE_CONTROL_TOGGLE] = "the unit is being switched on or to another operation",
    [CAUSE_CONTROL_GUARD] = "guard band for clocks that drift",
    [CAUSE_IMBALANCE] = "own part of the phase or kernel is done, others still work",
    [CAUSE_DEPENDENCY] = "an input is not yet computed",
    [CAUSE_NO_WORK] = "nothing left to do",
};

/* What the rows are made from: results and their figures, side by side. */
struct columns {
    const struct report *report;
    struct run_figures *figures;
    struct grid grid;
};

/* A row of "-". */
static struct grid_row *no_numbers(struct columns *t, const char *label)
{
    struct grid_row *row = grid_add(&t->grid, label);
    for (size_t i = 0; i < t->report->n_runs; i++) {
        snprintf(row->cells[i], REPORT_CELL, "-");
    }
    return row;
}

static void makespan_rows(struct columns *t)
{
    const struct report *r = t->report;
    struct grid_row *cycles = grid_add(&t->grid, "makespan, cycles");
    for (size_t i = 0; i < r->n_runs; i++) {
        report_count(cycles->cells[i], r->runs[i].makespan_cycles);
    }
    struct grid_row *time = grid_add(&t->grid, "time");
    for (size_t i = 0; i < r->n_runs; i++) {
        report_seconds(time->cells[i], t->figures[i].time_ns * 1e-9);
    }
    struct grid_row *useful = grid_add(&t->grid, "useful utilisation");
    useful->style = GRID_GOOD;
    for (size_t i = 0; i < r->n_runs; i++) {
        report_percent(useful->cells[i], t->figures[i].utilisation);
    }
}

static void cause_rows(struct columns *t, bool all)
{
    const struct report *r = t->report;
    grid_section(&t->grid, "unit-cycles by cause");
    for (int c = 0; c < CAUSE_COUNT; c++) {
        bool any = all;
        char label[48];
        for (size_t i = 0; i < r->n_runs; i++) {
            any |= t->figures[i].causes[c] > 0;
        }
        if (!any) {
            continue;
        }
        snprintf(label, sizeof label, "  %s", cause_names[c]);
        struct grid_row *row = grid_add(&t->grid, label);
        row->style = c == CAUSE_COMPUTE_USEFUL ? GRID_GOOD : GRID_PLAIN;
        for (size_t i = 0; i < r->n_runs; i++) {
            report_percent(row->cells[i], t->figures[i].cause_share[c]);
        }
    }
}

static void link_rows(struct columns *t)
{
    const struct report *r = t->report;
    grid_section(&t->grid, "bytes on links, by class");
    for (int c = 0; c < CLASS_COUNT; c++) {
        bool any = c == CLASS_DATA;
        char label[48];
        for (size_t i = 0; i < r->n_runs; i++) {
            any |= t->figures[i].link_bytes[c] > 0;
        }
        if (!any) {
            continue;
        }
        snprintf(label, sizeof label, "  %s", class_names[c]);
        struct grid_row *row = grid_add(&t->grid, label);
        for (size_t i = 0; i < r->n_runs; i++) {
            report_bytes(row->cells[i], t->figures[i].link_bytes[c]);
        }
    }
}

static uint64_t count_of_kind(const struct run_result *run, const char *kind)
{
    uint64_t count = 0;
    for (size_t i = 0; i < run->n_conflicts; i++) {
        count += strcmp(run->conflicts[i].kind, kind) == 0 ? run->conflicts[i].count : 0;
    }
    return count;
}

/* One row per kind; those of earlier kinds stand from row `first` on. */
static void conflict_row(struct columns *t, size_t first, const char *kind)
{
    const struct report *r = t->report;
    char label[48];
    snprintf(label, sizeof label, "  %s", kind);
    for (size_t i = first; i < t->grid.n_rows; i++) {
        if (strcmp(t->grid.rows[i].label, label) == 0) {
            return;
        }
    }
    struct grid_row *row = no_numbers(t, label);
    for (size_t i = 0; i < r->n_runs; i++) {
        uint64_t count = count_of_kind(&r->runs[i], kind);
        if (count) {
            report_count(row->cells[i], count);
        }
    }
}

/* Kinds in the order in which the runs bring them; places are in the files. */
static void conflict_rows(struct columns *t)
{
    const struct report *r = t->report;
    size_t first = 0;
    for (size_t i = 0; i < r->n_runs; i++) {
        for (size_t c = 0; c < r->runs[i].n_conflicts; c++) {
            if (r->runs[i].conflicts[c].count == 0) {
                continue;
            }
            if (!first) {
                grid_section(&t->grid, "conflicts, by kind");
                first = t->grid.n_rows;
            }
            conflict_row(t, first, r->runs[i].conflicts[c].kind);
        }
    }
}

static void bound_rows(struct columns *t)
{
    const struct report *r = t->report;
    grid_section(&t->grid, "bounds");
    struct grid_row *lower = grid_add(&t->grid, "  lower bound, cycles");
    for (size_t i = 0; i < r->n_runs; i++) {
        report_count(lower->cells[i], r->runs[i].lower_bound);
    }
    struct grid_row *by = grid_add(&t->grid, "    set by");
    for (size_t i = 0; i < r->n_runs; i++) {
        snprintf(by->cells[i], REPORT_CELL, "%s", r->runs[i].lower_bound_by ? r->runs[i].lower_bound_by : "-");
    }
    struct grid_row *gap = grid_add(&t->grid, "    makespan above it");
    for (size_t i = 0; i < r->n_runs; i++) {
        report_gap(gap->cells[i], t->figures[i].gap);
    }
    struct grid_row *bound = grid_add(&t->grid, "  schedule bound, cycles");
    for (size_t i = 0; i < r->n_runs; i++) {
        if (r->runs[i].schedule_bound) {
            report_count(bound->cells[i], r->runs[i].schedule_bound);
        } else {
            snprintf(bound->cells[i], REPORT_CELL, "-");
        }
    }
    gap = grid_add(&t->grid, "    makespan above it");
    for (size_t i = 0; i < r->n_runs; i++) {
        report_gap(gap->cells[i], t->figures[i].schedule_gap);
    }
}

/* Where one machine is dynamic: below 1 is faster than the fastest of them. */
static void against_row(struct columns *t)
{
    const struct report *r = t->report;
    struct grid_row *row = NULL;
    for (size_t i = 0; i < r->n_runs; i++) {
        double ratio = report_against_dynamic(r, &r->runs[i]);
        if (isfinite(ratio)) {
            row = row ? row : no_numbers(t, "time / fastest dynamic");
            snprintf(row->cells[i], REPORT_CELL, "%.3f", ratio);
        }
    }
}

static void phase_rows(struct columns *t)
{
    const struct report *r = t->report;
    uint64_t stalls = 0;
    struct grid_row *phases = NULL;
    for (size_t i = 0; i < r->n_runs; i++) {
        bool dynamic = strcmp(r->runs[i].kind, "dynamic") == 0;
        if (!phases && !dynamic) {
            phases = no_numbers(t, "phases");
        }
        if (!dynamic) {
            report_count(phases->cells[i], r->runs[i].n_phases);
        }
        stalls += r->runs[i].stalls;
    }
    if (stalls == 0) {
        return;
    }
    struct grid_row *row = grid_add(&t->grid, "stalls");
    for (size_t i = 0; i < r->n_runs; i++) {
        report_count(row->cells[i], r->runs[i].stalls);
    }
}

static void host_rows(struct columns *t)
{
    const struct report *r = t->report;
    if (r->n_hosts != r->n_runs) {
        return;
    }
    grid_section(&t->grid, "the simulation itself");
    struct grid_row *cpu = grid_add(&t->grid, "  CPU time");
    for (size_t i = 0; i < r->n_runs; i++) {
        report_seconds(cpu->cells[i], r->hosts[i].cpu_seconds);
    }
    struct grid_row *speed = grid_add(&t->grid, "  simulated cycles/s");
    for (size_t i = 0; i < r->n_runs; i++) {
        double seconds = r->hosts[i].cpu_seconds;
        report_rate(speed->cells[i], seconds > 0 ? (double)r->runs[i].makespan_cycles / seconds : NAN, "");
    }
    struct grid_row *memory = grid_add(&t->grid, "  peak memory");
    for (size_t i = 0; i < r->n_runs; i++) {
        report_bytes(memory->cells[i], r->hosts[i].peak_bytes);
    }
}

/* Equal checksums say that all machines computed the same. */
static void checksum_lines(const struct report *r, struct text *out)
{
    bool equal = true;
    uint32_t whole = 0;
    uint64_t first = 0;
    for (size_t i = 0; i < r->n_runs; i++) {
        if (r->runs[i].interrupted) {
            continue;
        }
        first = whole ? first : r->runs[i].output_checksum;
        equal &= r->runs[i].output_checksum == first;
        whole++;
    }
    if (whole == 0) {
        return;
    }
    text_printf(out, "\noutput checksum %016" PRIx64 "%s\n", first,
                !equal      ? "  DIFFERS between the runs"
                : whole > 1 ? ", the same in all runs"
                            : "");
}

static void legend(struct text *out)
{
    text_add(out, "\nA unit's cycles are split by cause; the first that holds in a cycle counts:\n");
    for (int c = 0; c < CAUSE_COUNT; c++) {
        text_printf(out, "  %-18s %s\n", cause_names[c], cause_meanings[c]);
    }
}

/* "phase.list" stands as it is; an interrupted run says so in its second line. */
static void heads(struct columns *t)
{
    const struct report *r = t->report;
    for (size_t i = 0; i < r->n_runs; i++) {
        snprintf(t->grid.heads[i], REPORT_CELL, "%.30s", r->runs[i].machine);
        snprintf(t->grid.subs[i], REPORT_CELL, "%.16s%s", r->runs[i].start, r->runs[i].interrupted ? " (part)" : "");
    }
}

void report_table(const struct report *r, const struct report_style *style, struct text *out)
{
    if (r->n_runs == 0) {
        return;
    }
    struct columns t = {.report = r, .figures = mem_alloc_array(r->n_runs, sizeof *t.figures)};
    for (size_t i = 0; i < r->n_runs; i++) {
        run_figures_of(&r->runs[i], &t.figures[i]);
    }
    grid_init(&t.grid, (uint32_t)r->n_runs);
    heads(&t);
    makespan_rows(&t);
    against_row(&t);
    phase_rows(&t);
    cause_rows(&t, style->explain);
    link_rows(&t);
    conflict_rows(&t);
    bound_rows(&t);
    host_rows(&t);
    grid_print(&t.grid, style->width, style->color, out);
    checksum_lines(r, out);
    if (style->explain) {
        legend(out);
    }
    grid_free(&t.grid);
    free(t.figures);
}
