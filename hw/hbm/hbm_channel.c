/* SPDX-License-Identifier: Apache-2.0 */
/* hbm_channel.c - commands of a channel in their cycles. */
#include "hw/hbm/hbm_channel.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char *const command_names[] = {"ACT", "RD", "WR", "REF", NULL};

static void allocate(struct hbm_channel *c)
{
    size_t reads = 1, writes = 1;
    for (uint32_t i = 0; i < c->n_programs; i++) {
        reads = c->programs[i].n_reads > reads ? c->programs[i].n_reads : reads;
        writes = c->programs[i].n_writes > writes ? c->programs[i].n_writes : writes;
    }
    c->reads = mem_alloc_array(reads, sizeof *c->reads);
    c->writes = mem_alloc_array(writes, sizeof *c->writes);
    staging_init(&c->staging, c->p.staging_bytes, (uint32_t)(reads + writes));
    hold_port_init(&c->hold, (uint32_t)reads);
    hbm_timing_init(&c->timing, &c->p.dram);
    c->bus.rate = c->p.dram.rate;
}

struct hbm_channel *hbm_channel_new(const struct hbm_channel_params *p, struct hbm_program *programs,
                                    uint32_t n_programs, struct run_control *run)
{
    struct hbm_channel *c = mem_alloc(sizeof *c);
    const struct probe *probe = run->probe;
    c->p = *p;
    c->run = run;
    c->n_programs = n_programs;
    c->programs = mem_alloc_array(n_programs, sizeof *programs);
    for (uint32_t i = 0; i < n_programs; i++) {
        c->programs[i] = programs[i];
        programs[i] = (struct hbm_program) {0};
    }
    allocate(c);
    link_probe_declare(&c->inject_probe, probe, p->inject_id);
    c->var_command = c->var_row = UINT32_MAX;
    if (probe) {
        c->var_command = probe->declare(probe->self, p->name, "command", PROBE_TEXT, 4, command_names);
        c->var_row = probe->declare(probe->self, p->name, "row", PROBE_VECTOR, 32, NULL);
    }
    return c;
}

void hbm_channel_free(struct hbm_channel *c)
{
    if (!c)
        return;
    for (uint32_t i = 0; i < c->n_programs; i++) {
        free(c->programs[i].entries);
        free(c->programs[i].reads);
        free(c->programs[i].writes);
    }
    free(c->programs);
    free(c->reads);
    free(c->writes);
    staging_free(&c->staging);
    hold_port_free(&c->hold);
    hbm_timing_free(&c->timing);
    free(c);
}

void hbm_channel_connect(struct hbm_channel *c, const struct slot_counter *counter, struct mailbox *in,
                         struct mailbox *out, struct mailbox *hold_out)
{
    c->counter = counter;
    c->in = in;
    c->out = out;
    c->hold.out = hold_out;
}

void hbm_fault(struct hbm_channel *c, uint64_t cycle, const char *fmt, ...)
{
    char text[256];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    fault_add(c->run, c->p.name, sim_clock_edge(&c->counter->domain->clock, cycle), slot_of(&c->counter->now, cycle),
              "%s", text);
}

static void begin_program(struct hbm_channel *c)
{
    const struct slot_state *s = &c->counter->now;
    c->launch = s->launch;
    c->program = &c->programs[s->program];
    c->next_entry = c->next_read = 0;
    c->refreshes = c->inject_free = 0;
    hbm_timing_clear(&c->timing);
    c->bus.free = (struct line_time) {0, 0};
    for (size_t i = 0; i < c->program->n_reads; i++)
        c->reads[i] = (struct hbm_read_state) {0, CYCLE_NEVER};
    for (size_t i = 0; i < c->program->n_writes; i++)
        c->writes[i].here = c->writes[i].stored = false, c->writes[i].bytes = 0;
    staging_clear(&c->staging);
    hold_port_clear(&c->hold, (uint32_t)c->program->n_reads);
    c->stat = (struct hbm_stat) {0};
    link_probe_reset(&c->inject_probe);
}

/* ---- commands ---- */

static const char *activate(struct hbm_channel *c, const struct hbm_entry *e, uint64_t cycle, uint64_t *early)
{
    const char *broken = NULL;
    for (uint32_t j = 0; j < e->count; j++) {
        uint64_t by = 0;
        uint32_t bank = hbm_bank_of(&c->p.dram, e->set, e->column + j);
        const char *rule = hbm_activate(&c->timing, cycle + (uint64_t)j * c->p.dram.rrd_s, bank, e->row, &by);
        if (rule && !broken) {
            broken = rule;
            *early = by;
        }
    }
    c->stat.commands[HBM_ACT] += e->count;
    return broken;
}

static const char *refresh(struct hbm_channel *c, uint64_t cycle, uint64_t slot, uint64_t *early)
{
    c->refreshes++;
    c->stat.commands[HBM_REF]++;
    if (c->p.dram.refi > 0 && slot > c->refreshes * c->p.dram.refi)
        hbm_fault(c, cycle, "refresh number %" PRIu64 " comes late, it is due by %" PRIu64, c->refreshes,
                  c->refreshes * c->p.dram.refi);
    return hbm_refresh(&c->timing, cycle, early);
}

static const char *columns(struct hbm_channel *c, const struct hbm_entry *e, uint64_t cycle, uint64_t slot,
                           uint64_t *early)
{
    bool write = e->command == HBM_WR;
    c->stat.commands[e->command] += e->count;
    uint64_t wanted = cycle + (write ? c->p.dram.cwl : c->p.dram.cl);
    uint64_t ticks = c->bus.free.cycle == wanted ? c->bus.free.ticks : 0; /* from the edge to the data */
    const char *broken = hbm_run(&c->timing, cycle, ticks, write, e->set, e->row, e->column, e->count, early);
    if (write)
        hbm_data_write(c, e, cycle, slot);
    else
        hbm_data_read(c, e, cycle, slot);
    return broken;
}

static void show(struct hbm_channel *c, const struct hbm_entry *e, uint64_t cycle)
{
    const struct probe *p = c->run->probe;
    if (!p || !c->counter->now.measured || !e->first)
        return;
    uint64_t now = slot_time_fs(c->counter, slot_time(&c->counter->now, cycle));
    probe_change(p, c->var_command, now, e->command);
    if (e->command != HBM_REF)
        probe_change(p, c->var_row, now, e->row);
    if (p->dram)
        p->dram(p->self, e->number, e->cycle);
}

static void issue(struct hbm_channel *c, const struct hbm_entry *e, uint64_t cycle, uint64_t slot)
{
    const char *broken = NULL;
    uint64_t early = 0;
    if (e->command == HBM_ACT)
        broken = activate(c, e, cycle, &early);
    else if (e->command == HBM_REF)
        broken = refresh(c, cycle, slot, &early);
    else
        broken = columns(c, e, cycle, slot, &early);
    c->run->progress++;
    if (broken) {
        c->stat.timing_faults++;
        hbm_fault(c, cycle, "%s of set %u row %u breaks %s: %" PRIu64 " cycles too early", command_names[e->command],
                  e->set, e->row, broken, early);
    }
    show(c, e, cycle);
}

/* ---- the cycle ---- */

static void look_ahead(struct hbm_channel *c, uint64_t cycle, uint64_t slot)
{
    for (uint32_t i = c->hold.next; i < c->program->n_reads; i++) {
        uint64_t start = c->program->reads[i].start;
        if (start > slot + HOLD_AHEAD)
            break;
        uint64_t planned = slot_cycle(&c->counter->now, start);
        c->stat.late += hold_port_look(&c->hold, i, start, planned, c->reads[i].whole, cycle);
    }
}

static void watch_staging(struct hbm_channel *c, uint64_t cycle, uint64_t slot)
{
    if (!staging_advance(&c->staging, slot > 2 ? slot - 2 : 0))
        return;
    c->stat.staging_overflows++;
    if (!c->run->stall)
        fault_add(c->run, c->p.name, sim_clock_edge(&c->counter->domain->clock, cycle), c->staging.overflow_slot,
                  "staging holds %" PRIu64 " of %u bytes", c->staging.peak, c->p.staging_bytes);
}

static uint64_t next_cycle(const struct hbm_channel *c, uint64_t cycle)
{
    const struct hbm_program *p = c->program;
    uint64_t slot = c->next_entry < p->n_entries ? p->entries[c->next_entry].cycle : CYCLE_NEVER;
    if (c->next_read < p->n_reads && p->reads[c->next_read].start < slot)
        slot = p->reads[c->next_read].start;
    if (c->run->stall && c->hold.next < p->n_reads && !c->hold.open[c->hold.next]) {
        uint64_t look = p->reads[c->hold.next].start;
        look = look > HOLD_AHEAD ? look - HOLD_AHEAD : 0;
        slot = look < slot ? look : slot;
    }
    if (slot == CYCLE_NEVER)
        return CYCLE_NEVER;
    uint64_t next = slot_cycle(&c->counter->now, slot);
    return next > cycle ? next : cycle + 1;
}

uint64_t hbm_channel_eval(struct hbm_channel *c, uint64_t cycle)
{
    const struct slot_state *s = &c->counter->now;
    if (s->launch != c->launch)
        begin_program(c);
    uint64_t slot = slot_of(s, cycle);
    if (slot == SLOT_BEFORE)
        return s->launch == 0 ? CYCLE_NEVER : s->base;
    hbm_data_take(c, cycle);
    while (c->next_entry < c->program->n_entries && c->program->entries[c->next_entry].cycle <= slot)
        issue(c, &c->program->entries[c->next_entry++], cycle, slot);
    if (c->run->stall)
        look_ahead(c, cycle, slot);
    while (c->next_read < c->program->n_reads && c->program->reads[c->next_read].start <= slot)
        hbm_data_send(c, c->next_read++, cycle, slot);
    watch_staging(c, cycle, slot);
    return next_cycle(c, cycle);
}

void hbm_channel_end(struct hbm_channel *c)
{
    staging_advance(&c->staging, UINT64_MAX);
    if (c->run->stall) /* all of them; how many are seen at a time depends on who sleeps */
        c->stat.staging_overflows = c->staging.overflows;
    link_probe_flush(&c->inject_probe, c->run->probe, c->counter);
}

uint64_t hbm_channel_in_flight(const struct hbm_channel *c)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < mailbox_count(c->in); i++)
        bytes += ((const struct burst *)mailbox_item(c->in, i))->bytes;
    return bytes;
}

void hbm_channel_dump(const struct hbm_channel *c, uint64_t cycle, struct diag *d)
{
    if (!c->program || (c->next_entry >= c->program->n_entries && c->next_read >= c->program->n_reads))
        return;
    diag_add(d, "", 0, 0, c->p.name, "slot %" PRIu64 ": command %u of %zu, piece %u of %zu",
             slot_of(&c->counter->now, cycle), c->next_entry, c->program->n_entries, c->next_read, c->program->n_reads);
}
