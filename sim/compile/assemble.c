/* SPDX-License-Identifier: Apache-2.0 */
/* assemble.c - sorted tables of one program. */
#include "sim/compile/assemble.h"

#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/compile/sorting.h"

uint64_t assemble_makespan(const struct run *r)
{
    uint64_t last = 0;
    for (size_t i = 0; i < r->l->t->n_tasks && r->complete == 0; i++) {
        last = r->finish[i] > last ? r->finish[i] : last;
    }
    return r->complete ? r->complete : last;
}

uint64_t assemble_end(const struct run *r)
{
    uint64_t end = r->control_end;
    for (size_t i = 0; i < r->l->t->n_tasks; i++) {
        end = r->off[i] > end ? r->off[i] : end;
    }
    for (size_t i = 0; i < r->l->n_copies; i++) {
        uint64_t usable = r->copies[i].usable;
        end = usable != TIME_NONE && usable > end ? usable : end;
    }
    return end;
}

static int ops_in_order(const void *a, const void *b)
{
    const struct sched_op *x = a, *y = b;
    if (x->start != y->start) {
        return x->start < y->start ? -1 : 1;
    }
    return x->unit < y->unit ? -1 : x->unit > y->unit;
}

static void add_ops(struct run *r, struct sched_program *p)
{
    VEC_RESERVE(p, ops, r->l->t->n_tasks);
    for (uint32_t i = 0; i < r->l->t->n_tasks; i++) {
        if (task_in_switch(&r->l->t->tasks[i])) {
            continue;
        }
        struct sched_op *o = VEC_PUSH(p, ops);
        *o = (struct sched_op) {.task = i, .unit = r->l->unit_of[i], .start = r->start[i], .finish = r->finish[i]};
        o->off = r->off[i] < p->makespan ? r->off[i] : p->makespan; /* all bits end with the program */
    }
    sort_items(p->ops, p->n_ops, sizeof *p->ops, ops_in_order);
}

static int dram_in_order(const void *a, const void *b)
{
    const struct sched_dram_op *x = a, *y = b;
    if (x->cycle != y->cycle) {
        return x->cycle < y->cycle ? -1 : 1;
    }
    return x->command < y->command ? -1 : x->command > y->command;
}

static void add_channel(struct run *r, struct sched_program *p, uint32_t channel)
{
    const struct dram_rules *rules = &r->book.rules;
    const struct dram_channel *c = &r->book.channels[channel];
    size_t first = p->n_dram;
    for (size_t i = 0; i < c->n_runs; i++) {
        const struct dram_run *run = &c->runs[i];
        struct sched_dram_op o = {.channel = channel, .set = run->set, .row = run->row, .transfer = SCHED_NONE};
        o.command = DRAM_ACT;
        o.cycle = run->command - rules->lead;
        *VEC_PUSH(p, dram) = o;
        o.command = run->write ? DRAM_WR : DRAM_RD;
        o.cycle = run->command;
        o.count = run->count;
        o.transfer = run->transfer;
        *VEC_PUSH(p, dram) = o;
    }
    for (uint64_t k = 1; k <= dram_refreshes_due(rules, p->makespan); k++) {
        *VEC_PUSH(p, dram) = (struct sched_dram_op) {
            .channel = channel, .command = DRAM_REF, .cycle = dram_refresh(rules, k), .transfer = SCHED_NONE};
    }
    if (p->n_dram > first) {
        sort_items(&p->dram[first], p->n_dram - first, sizeof *p->dram, dram_in_order);
    }
}

/* ---- phases ---- */

struct change {
    uint64_t time;
    bool start;
};

static int changes_in_order(const void *a, const void *b)
{
    const struct change *x = a, *y = b;
    return x->time < y->time ? -1 : x->time > y->time;
}

/* A phase begins at 0 and at every cycle, before the end, in which a bit or an operation changes. */
static void cut_phases(struct sched_program *p, const struct change *changes, size_t n, const uint64_t *roots)
{
    struct sched_phase now = {0};
    size_t at = 0, root = 0;
    for (bool last = false; !last;) {
        now.tasks = now.transfers = 0;
        for (; at < n && changes[at].time == now.start; at++) {
            now.units_on += changes[at].start ? 1u : UINT32_MAX; /* an end takes one away */
            now.tasks += changes[at].start;
        }
        last = at == n || changes[at].time >= p->makespan;
        for (; root < p->n_transfers && (last || roots[root] < changes[at].time); root++) {
            now.transfers++;
        }
        *VEC_PUSH(p, phases) = now;
        now.start = last ? now.start : changes[at].time;
    }
}

static void add_phases(struct sched_program *p)
{
    size_t n = 0;
    struct change *changes = mem_alloc_array(2 * p->n_ops, sizeof *changes);
    uint64_t *roots = mem_alloc_array(p->n_transfers, sizeof *roots);
    for (size_t i = 0; i < p->n_ops; i++) {
        changes[n++] = (struct change) {.time = p->ops[i].start, .start = true};
        changes[n++] = (struct change) {.time = p->ops[i].off};
    }
    for (size_t i = 0; i < p->n_transfers; i++) {
        roots[i] = p->hops[p->transfers[i].first_hop].start;
    }
    sort_items(changes, n, sizeof *changes, changes_in_order);
    sort_items(roots, p->n_transfers, sizeof *roots, times_in_order);
    cut_phases(p, changes, n, roots);
    free(changes);
    free(roots);
}

void assemble_program(struct run *r, struct sched_program *out)
{
    struct sched_program *p = &r->out;
    p->makespan = assemble_makespan(r);
    add_ops(r, p);
    for (uint32_t c = 0; c < r->l->m->chips * r->l->m->channels_per_chip; c++) {
        add_channel(r, p, c);
    }
    add_phases(p);
    *out = *p;
    *p = (struct sched_program) {0};
}

/* ---- machine and work ---- */

static uint32_t kind_of(const struct machine *m, const struct endpoint *e)
{
    return e->kind == ENDPOINT_UNIT && m->dead[e->host_unit] ? SCHED_DEAD_UNIT : e->kind;
}

void assemble_machine(struct schedule *s, const struct machine *m)
{
    struct sched_machine *f = &s->machine;
    *f = (struct sched_machine) {.chips = m->chips,
                                 .units_per_chip = m->units_per_chip,
                                 .channels_per_chip = m->channels_per_chip,
                                 .ports_per_chip = m->ports_per_chip,
                                 .routers_per_chip = m->routers_per_chip,
                                 .clock_hz = m->clock_hz,
                                 .period_fs = m->period_fs,
                                 .sram_bytes = m->sram_bytes,
                                 .flit_bytes = m->flit_bytes,
                                 .staging_bytes = m->staging_bytes,
                                 .max_burst = m->max_burst,
                                 .launch_cycles = m->launch_cycles,
                                 .toggle_cycles = m->toggle_cycles,
                                 .broadcast_cycles = m->broadcast_cycles,
                                 .guard_cycles = m->guard_cycles,
                                 .align_interval = m->align_interval,
                                 .dram = m->dram};
    for (size_t i = 0; i < m->n_endpoints; i++) {
        const struct endpoint *e = &m->endpoints[i];
        *VEC_PUSH(f, endpoints) = (struct sched_endpoint) {.kind = kind_of(m, e),
                                                           .chip = e->chip,
                                                           .router = e->router,
                                                           .inject = e->inject,
                                                           .eject = e->eject,
                                                           .host_unit = e->host_unit,
                                                           .neighbour = e->neighbour};
    }
    for (size_t i = 0; i < m->n_links; i++) {
        const struct link *k = &m->links[i];
        *VEC_PUSH(f, links) = (struct sched_link) {.id = mem_strdup(k->id),
                                                   .type = k->dead ? SCHED_DEAD_LINK : k->type,
                                                   .from_node = k->from_node,
                                                   .to_node = k->to_node,
                                                   .latency = k->latency,
                                                   .rate = k->rate};
    }
}

static struct sched_task task_facts(const struct task_graph *t, const struct task *k)
{
    return (struct sched_task) {.op = k->op,
                                .chip = k->chip,
                                .kind = k->kind,
                                .cycles = k->needs.cycles,
                                .matrix_cycles = k->needs.matrix_cycles,
                                .vector_cycles = k->needs.vector_cycles,
                                .macs = k->needs.macs,
                                .macs_padded = k->needs.macs_padded,
                                .tensor = t->ops->ops[k->op].output,
                                .first_input = k->first_input,
                                .n_inputs = k->n_inputs,
                                .first_output = k->first_output,
                                .n_outputs = k->n_outputs,
                                .k_first = k->k_first,
                                .k_part = k->k_part,
                                .k_whole = k->k_whole};
}

void assemble_work(struct schedule *s, const struct task_graph *t)
{
    for (size_t i = 0; i < t->n_tasks; i++) {
        *VEC_PUSH(s, tasks) = task_facts(t, &t->tasks[i]);
    }
    for (size_t i = 0; i < t->n_chunks; i++) {
        const struct chunk *c = &t->chunks[i];
        *VEC_PUSH(s, chunks) = (struct sched_chunk) {.tensor = c->tensor,
                                                     .producer = c->producer,
                                                     .chip = c->chip,
                                                     .bytes = c->bytes,
                                                     .k_part = c->k_part,
                                                     .k_whole = c->k_whole,
                                                     .flags = (c->is_weight ? 1u : 0u) | (c->is_output ? 2u : 0u)};
    }
    for (size_t i = 0; i < t->n_inputs; i++) {
        *VEC_PUSH(s, inputs) = (struct sched_input) {.chunk = t->inputs[i].chunk, .operand = t->inputs[i].operand};
    }
}
