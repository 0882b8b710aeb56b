/* SPDX-License-Identifier: Apache-2.0 */
/* run_trace_record.c - life of a trace; a probe that hears when things begin. */
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/trace/run_trace.h"

#define NOT_HEARD UINT64_MAX

struct op_times {
    uint64_t start, finish, off;
};

struct trace_recorder {
    struct probe probe;
    const struct sched_program *program; /* the measured one */
    uint32_t *op_of_task;
    struct op_times *ops;
    uint64_t *hops, *dram;
};

void run_trace_init(struct run_trace *t)
{
    memset(t, 0, sizeof *t);
    schedule_init(&t->schedule);
}

void run_trace_free(struct run_trace *t)
{
    for (size_t i = 0; i < t->n_files; i++) {
        free(t->files[i].name);
        free(t->files[i].data);
    }
    free(t->files);
    schedule_free(&t->schedule);
    memset(t, 0, sizeof *t);
}

void run_trace_add_file(struct run_trace *t, const char *name, const char *data, size_t bytes)
{
    struct trace_file *f = VEC_PUSH(t, files);
    *f = (struct trace_file) {.name = mem_strdup(name), .data = mem_alloc(bytes + 1), .bytes = bytes};
    memcpy(f->data, data, bytes);
}

/* Nothing is shown: no variable is wanted. */
static uint32_t declare(void *self, const char *scope, const char *name, enum probe_kind kind, uint32_t bits,
                        const char *const *names)
{
    (void)self;
    (void)scope;
    (void)name;
    (void)kind;
    (void)bits;
    (void)names;
    return UINT32_MAX;
}

static void change(void *self, uint32_t variable, uint64_t time_fs, uint64_t value)
{
    (void)self;
    (void)variable;
    (void)time_fs;
    (void)value;
}

static void on_task(void *self, uint32_t task, uint32_t unit, uint64_t start, uint64_t finish, uint64_t off)
{
    struct trace_recorder *r = self;
    uint32_t op = r->op_of_task[task];
    SIM_CHECK(op != SCHED_NONE && r->program->ops[op].unit == unit, "task %u runs on unit %u", task, unit);
    SIM_CHECK(r->ops[op].start == NOT_HEARD, "task %u runs twice", task);
    r->ops[op] = (struct op_times) {start, finish, off};
}

static void on_hop(void *self, uint32_t transfer, uint32_t hop, uint64_t start)
{
    struct trace_recorder *r = self;
    const struct sched_transfer *x = &r->program->transfers[transfer];
    SIM_CHECK(transfer < r->program->n_transfers && hop < x->n_hops, "transfer %u has no hop %u", transfer, hop);
    SIM_CHECK(r->hops[x->first_hop + hop] == NOT_HEARD, "hop %u of transfer %u begins twice", hop, transfer);
    r->hops[x->first_hop + hop] = start;
}

static void on_dram(void *self, uint32_t entry, uint64_t cycle)
{
    struct trace_recorder *r = self;
    SIM_CHECK(entry < r->program->n_dram && r->dram[entry] == NOT_HEARD, "DRAM entry %u is issued twice", entry);
    r->dram[entry] = cycle;
}

static uint64_t *times(size_t n)
{
    uint64_t *t = mem_alloc_array(n, sizeof *t);
    for (size_t i = 0; i < n; i++) {
        t[i] = NOT_HEARD;
    }
    return t;
}

struct trace_recorder *trace_recorder_new(const struct schedule *s)
{
    struct trace_recorder *r = mem_alloc(sizeof *r);
    const struct sched_program *p = &s->programs[s->repeats[s->n_repeats - 1]];
    r->probe = (struct probe) {
        .self = r, .declare = declare, .change = change, .task = on_task, .hop = on_hop, .dram = on_dram};
    r->program = p;
    r->op_of_task = mem_alloc_array(s->n_tasks, sizeof *r->op_of_task);
    r->ops = mem_alloc_array(p->n_ops, sizeof *r->ops);
    for (size_t i = 0; i < s->n_tasks; i++) {
        r->op_of_task[i] = SCHED_NONE;
    }
    for (uint32_t i = 0; i < p->n_ops; i++) {
        r->op_of_task[p->ops[i].task] = i;
        r->ops[i].start = NOT_HEARD;
    }
    r->hops = times(p->n_hops);
    r->dram = times(p->n_dram);
    return r;
}

const struct probe *trace_recorder_probe(struct trace_recorder *r)
{
    return &r->probe;
}

/* What begins only after the last output is complete may not have been heard; it stays as planned. */
void trace_recorder_apply(const struct trace_recorder *r, struct schedule *s)
{
    struct sched_program *p = &s->programs[s->repeats[s->n_repeats - 1]];
    for (size_t i = 0; i < p->n_ops; i++) {
        SIM_CHECK(r->ops[i].start != NOT_HEARD, "task %u was not heard of", p->ops[i].task);
        p->ops[i].start = r->ops[i].start;
        p->ops[i].finish = r->ops[i].finish;
        p->ops[i].off = r->ops[i].off;
    }
    for (size_t i = 0; i < p->n_hops; i++) {
        SIM_CHECK(r->hops[i] != NOT_HEARD || p->hops[i].start >= p->makespan, "hop %zu was not heard of", i);
        p->hops[i].start = r->hops[i] != NOT_HEARD ? r->hops[i] : p->hops[i].start;
    }
    for (size_t i = 0; i < p->n_dram; i++) {
        SIM_CHECK(r->dram[i] != NOT_HEARD || p->dram[i].cycle >= p->makespan, "DRAM entry %zu was not heard of", i);
        p->dram[i].cycle = r->dram[i] != NOT_HEARD ? r->dram[i] : p->dram[i].cycle;
    }
}

void trace_recorder_free(struct trace_recorder *r)
{
    free(r->op_of_task);
    free(r->ops);
    free(r->hops);
    free(r->dram);
    free(r);
}
