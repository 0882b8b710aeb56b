/* SPDX-License-Identifier: Apache-2.0 */
/* schedule_summary.c - figures and a drawing. Doubles are for the reader only. */
#include "sim/schedule/schedule_summary.h"

#include <stdlib.h>
#include <string.h>

#include "sim/schedule/sched_ends.h"
#include "sim/schedule/sched_names.h"
#include "sim/schedule/sched_spills.h"

#define GANTT_COLUMNS 64u
#define GANTT_UNITS   16u
#define FIRST_TASKS   12u

typedef unsigned long long ull;

struct summary {
    const struct schedule *s;
    const struct sched_machine *m;
    const struct sched_program *p;
    uint32_t program;
    struct text *out;
};

static double percent(uint64_t part, uint64_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0.0;
}

static double microseconds(const struct summary *w, uint64_t cycles)
{
    return (double)cycles * (double)w->m->period_fs / 1e9;
}

static void print_head(const struct summary *w)
{
    const struct schedule *s = w->s;
    const struct sched_machine *m = w->m;
    text_printf(w->out, "%s: policy %s, start %s, program %u of %zu, repeats", s->work_name ? s->work_name : "work",
                s->policy, s->start, w->program, s->n_programs);
    for (size_t i = 0; i < s->n_repeats && i < 8; i++) {
        text_printf(w->out, "%s%u", i ? ", " : " ", s->repeats[i]);
    }
    text_printf(w->out, "%s\n", s->n_repeats > 8 ? ", ..." : "");
    text_printf(w->out, "server       %u chips of %u units, %u HBM channels, %u link ports; %.3f GHz\n", m->chips,
                m->units_per_chip, m->channels_per_chip, m->ports_per_chip, (double)m->clock_hz / 1e9);
    text_printf(w->out, "makespan     %llu cycles, %.3f us, launch at %llu\n", (ull)w->p->makespan,
                microseconds(w, w->p->makespan), (ull)m->launch_cycles);
    text_printf(w->out, "bounds       %llu (%s), schedule %llu; %.1f %% above\n", (ull)s->lower_bound,
                s->lower_bound_by && s->lower_bound_by[0] ? s->lower_bound_by : "none", (ull)s->schedule_bound,
                s->lower_bound ? percent(w->p->makespan, s->lower_bound) - 100.0 : 0.0);
}

static void print_counts(const struct summary *w)
{
    const struct sched_program *p = w->p;
    uint64_t transfers[CLASS_COUNT] = {0}, bytes[CLASS_COUNT] = {0}, commands[DRAM_COMMANDS] = {0};
    for (size_t i = 0; i < p->n_transfers; i++) {
        transfers[p->transfers[i].class_of]++;
        bytes[p->transfers[i].class_of] += p->transfers[i].bytes;
    }
    for (size_t i = 0; i < p->n_dram; i++) {
        commands[p->dram[i].command]++;
    }
    text_printf(w->out, "tasks        %zu in %zu phases\n", p->n_ops, p->n_phases);
    text_printf(w->out, "transfers    %zu over %zu hops", p->n_transfers, p->n_hops);
    for (uint32_t c = 0; c < CLASS_COUNT; c++) {
        if (transfers[c]) {
            text_printf(w->out, "; %s: %llu, %llu B", class_names[c], (ull)transfers[c], (ull)bytes[c]);
        }
    }
    text_printf(w->out, "\nmemory       %llu ACT, %llu read runs, %llu write runs, %llu REF\n", (ull)commands[DRAM_ACT],
                (ull)commands[DRAM_RD], (ull)commands[DRAM_WR], (ull)commands[DRAM_REF]);
    struct sched_spills x = sched_spills_of(w->s, p);
    if (x.writes + x.reads) {
        text_printf(w->out, "spilled      %llu B in %u transfers to memory, %llu B in %u back\n", (ull)x.written_bytes,
                    x.writes, (ull)x.read_bytes, x.reads);
    }
}

/* ---- how full ---- */

static void print_units(const struct summary *w)
{
    uint64_t busy = 0, on = 0;
    for (size_t i = 0; i < w->p->n_ops; i++) {
        busy += w->s->tasks[w->p->ops[i].task].cycles;
        on += w->p->ops[i].off - w->p->ops[i].start;
    }
    uint64_t all = (uint64_t)w->m->chips * w->m->units_per_chip * w->p->makespan;
    text_printf(w->out, "units        %.1f %% of their cycles in tasks, bit on %.1f %%\n", percent(busy, all),
                percent(on, all));
}

static void print_links(const struct summary *w)
{
    uint64_t *ends = mem_alloc_array(w->p->n_hops, sizeof *ends);
    uint64_t *busy = mem_alloc_array(w->m->n_links, sizeof *busy);
    sched_hop_ends(w->s, w->p, ends);
    for (size_t h = 0; h < w->p->n_hops; h++) {
        busy[w->p->hops[h].link] += ends[h] - w->p->hops[h].start;
    }
    for (uint32_t type = 0; type < LINK_TYPES; type++) {
        uint64_t sum = 0, links = 0;
        size_t most = SIZE_MAX;
        for (size_t l = 0; l < w->m->n_links; l++) {
            if (w->m->links[l].type == type) {
                sum += busy[l];
                links++;
                most = most == SIZE_MAX || busy[l] > busy[most] ? l : most;
            }
        }
        if (links) {
            text_printf(w->out, "links %-6s %llu, busy %.1f %% on average, %.1f %% at most (%s)\n",
                        link_type_names[type], (ull)links, percent(sum, links * w->p->makespan),
                        percent(busy[most], w->p->makespan), w->m->links[most].id);
        }
    }
    free(ends);
    free(busy);
}

/* ---- drawing ---- */

static void print_gantt(const struct summary *w)
{
    uint32_t units = w->m->chips * w->m->units_per_chip, shown = units < GANTT_UNITS ? units : GANTT_UNITS;
    uint64_t step = w->p->makespan / GANTT_COLUMNS + 1;
    char(*rows)[GANTT_COLUMNS + 1] = mem_alloc_array(shown, sizeof *rows);
    for (uint32_t u = 0; u < shown; u++) {
        memset(rows[u], '.', GANTT_COLUMNS);
    }
    for (size_t i = 0; i < w->p->n_ops; i++) {
        const struct sched_op *o = &w->p->ops[i];
        for (uint64_t c = o->start / step; o->unit < shown && c <= o->off / step && c < GANTT_COLUMNS; c++) {
            rows[o->unit][c] = '#';
        }
    }
    text_printf(w->out, "\none column = %llu cycles, # = bit on in some of them\n", (ull)step);
    for (uint32_t u = 0; u < shown; u++) {
        char name[SCHED_NAME_MAX];
        text_printf(w->out, "%-15s %s\n", sched_unit_name(name, w->m, u), rows[u]);
    }
    if (shown < units) {
        text_printf(w->out, "... and %u units more\n", units - shown);
    }
    free(rows);
}

static void print_tasks(const struct summary *w)
{
    size_t n = w->p->n_ops < FIRST_TASKS ? w->p->n_ops : FIRST_TASKS;
    text_printf(w->out, "\n%8s  %-15s %10s %10s %10s %6s\n", "task", "unit", "start", "finish", "off", "op");
    for (size_t i = 0; i < n; i++) {
        const struct sched_op *o = &w->p->ops[i];
        char name[SCHED_NAME_MAX];
        text_printf(w->out, "%8u  %-15s %10llu %10llu %10llu %6u\n", o->task, sched_unit_name(name, w->m, o->unit),
                    (ull)o->start, (ull)o->finish, (ull)o->off, w->s->tasks[o->task].op);
    }
    if (n < w->p->n_ops) {
        text_printf(w->out, "... and %zu tasks more; --json has all\n", w->p->n_ops - n);
    }
}

void schedule_summary(const struct schedule *s, uint32_t program, struct text *out)
{
    struct summary w = {.s = s, .m = &s->machine, .p = &s->programs[program], .program = program, .out = out};
    print_head(&w);
    print_counts(&w);
    print_units(&w);
    print_links(&w);
    print_gantt(&w);
    print_tasks(&w);
}
