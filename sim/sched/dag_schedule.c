/* SPDX-License-Identifier: Apache-2.0 */
/* dag_schedule.c - figures of a schedule and its file. */
#include "sim/sched/dag_schedule.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/file.h"
#include "sim/base/mem.h"

void dag_schedule_init(struct dag_schedule *s, const struct task_dag *g)
{
    s->unit = mem_alloc_array(g->n_tasks, sizeof *s->unit);
    s->start = mem_alloc_array(g->n_tasks, sizeof *s->start);
    s->makespan = 0;
}

void dag_schedule_free(struct dag_schedule *s)
{
    free(s->unit);
    free(s->start);
    *s = (struct dag_schedule) {0};
}

void dag_schedule_copy(struct dag_schedule *to, const struct dag_schedule *from, const struct task_dag *g)
{
    memcpy(to->unit, from->unit, g->n_tasks * sizeof *to->unit);
    memcpy(to->start, from->start, g->n_tasks * sizeof *to->start);
    to->makespan = from->makespan;
}

uint64_t dag_schedule_end(const struct dag_schedule *s, const struct task_dag *g)
{
    uint64_t end = 0;
    for (uint32_t v = 0; v < g->n_tasks; v++) {
        uint64_t finish = s->start[v] + g->weight[v];
        end = finish > end ? finish : end;
    }
    return end;
}

/* ---- order ---- */

struct keyed {
    uint64_t first, second;
    uint32_t third, task;
};

static int by_keys(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    if (x->first != y->first) {
        return x->first < y->first ? -1 : 1;
    }
    if (x->second != y->second) {
        return x->second < y->second ? -1 : 1;
    }
    return (x->third > y->third) - (x->third < y->third);
}

void dag_schedule_sequence(const struct dag_schedule *s, const struct task_dag *g, uint32_t *sequence)
{
    struct keyed *k = mem_alloc_array(g->n_tasks, sizeof *k);
    for (uint32_t i = 0; i < g->n_tasks; i++) {
        uint32_t v = g->order[i];
        k[i] = (struct keyed) {s->start[v], s->start[v] + g->weight[v], i, v};
    }
    qsort(k, g->n_tasks, sizeof *k, by_keys);
    for (uint32_t i = 0; i < g->n_tasks; i++) {
        sequence[i] = k[i].task;
    }
    free(k);
}

/* ---- figures ---- */

uint64_t dag_schedule_transfers(const struct dag_schedule *s, const struct task_dag *g)
{
    uint64_t n = 0;
    for (uint32_t v = 0; v < g->n_tasks; v++) {
        for (uint64_t e = g->succ_first[v]; e < g->succ_first[v + 1]; e++) {
            n += g->succ[e].delay > 0 && s->unit[v] != s->unit[g->succ[e].task];
        }
    }
    return n;
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

uint64_t dag_schedule_phases(const struct dag_schedule *s, const struct task_dag *g)
{
    uint64_t *time = mem_alloc_array(2 * (size_t)g->n_tasks + 1, sizeof *time);
    uint64_t phases = 0;
    for (uint32_t v = 0; v < g->n_tasks; v++) {
        time[2 * v] = s->start[v];
        time[2 * v + 1] = s->start[v] + g->weight[v];
    }
    qsort(time, 2 * (size_t)g->n_tasks + 1, sizeof *time, by_value);
    for (size_t i = 1; i < 2 * (size_t)g->n_tasks + 1; i++) {
        phases += time[i] != time[i - 1];
    }
    free(time);
    return phases;
}

/* ---- the file ---- */

int dag_schedule_write(const struct dag_schedule *s, const struct task_dag *g, const char *path, struct diag *d)
{
    struct file_out f;
    int error = file_open(&f, path, d);
    if (error != SIM_OK) {
        return error;
    }
    struct keyed *k = mem_alloc_array(g->n_tasks, sizeof *k);
    uint32_t *sequence = mem_alloc_array(g->n_tasks, sizeof *sequence);
    dag_schedule_sequence(s, g, sequence);
    for (uint32_t i = 0; i < g->n_tasks; i++) {
        k[i] = (struct keyed) {s->unit[sequence[i]], i, 0, sequence[i]};
    }
    qsort(k, g->n_tasks, sizeof *k, by_keys);
    fputs("unit,task,start,finish\n", f.stream);
    for (uint32_t i = 0; i < g->n_tasks; i++) {
        uint32_t v = k[i].task;
        bool quote = strpbrk(g->name[v], ",\"\r\n") != NULL;
        fprintf(f.stream, "%" PRIu32 ",%s", s->unit[v], quote ? "\"" : "");
        for (const char *c = g->name[v]; *c; c++) {
            fprintf(f.stream, *c == '"' ? "\"\"" : "%c", *c);
        }
        fprintf(f.stream, "%s,%" PRIu64 ",%" PRIu64 "\n", quote ? "\"" : "", s->start[v], s->start[v] + g->weight[v]);
    }
    free(k);
    free(sequence);
    return file_commit(&f, d);
}
