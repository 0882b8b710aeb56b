/* SPDX-License-Identifier: Apache-2.0 */
/* dag_check.c - is a schedule one? Works from the graph and the schedule alone and shares no code with the makers. */
#include <inttypes.h>
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/base/mem.h"
#include "sim/sched/dag_schedule.h"

static int fault(struct diag *d, const char *what, const struct task_dag *g, uint32_t v, uint32_t u)
{
    diag_add(d, "", 0, 0, "", "schedule: task '%s' %s '%s'", g->name[v], what, g->name[u]);
    return SIM_ERR_VIOLATION;
}

static int check_tasks(const struct dag_schedule *s, const struct task_dag *g, uint32_t units, struct diag *d)
{
    uint64_t end = 0;
    for (uint32_t v = 0; v < g->n_tasks; v++) {
        if (s->unit[v] >= units || s->start[v] > TASK_DAG_MAX_TIME) {
            diag_add(d, "", 0, 0, "", "schedule: task '%s' on unit %u at %" PRIu64, g->name[v], s->unit[v],
                     s->start[v]);
            return SIM_ERR_VIOLATION;
        }
        end = s->start[v] + g->weight[v] > end ? s->start[v] + g->weight[v] : end;
    }
    if (end != s->makespan) {
        diag_add(d, "", 0, 0, "", "schedule: ends at %" PRIu64 ", not at its makespan %" PRIu64, end, s->makespan);
        return SIM_ERR_VIOLATION;
    }
    return SIM_OK;
}

static int check_edges(const struct dag_schedule *s, const struct task_dag *g, struct diag *d)
{
    for (uint32_t u = 0; u < g->n_tasks; u++) {
        for (uint64_t e = g->succ_first[u]; e < g->succ_first[u + 1]; e++) {
            uint32_t v = g->succ[e].task;
            uint64_t ready = s->start[u] + g->weight[u] + (s->unit[u] == s->unit[v] ? 0 : g->succ[e].delay);
            if (s->start[v] < ready) {
                return fault(d, "starts before the result is there of", g, v, u);
            }
        }
    }
    return SIM_OK;
}

struct stay {
    uint32_t unit, task;
    uint64_t start, finish;
};

static int by_unit(const void *a, const void *b)
{
    const struct stay *x = a, *y = b;
    if (x->unit != y->unit) {
        return x->unit < y->unit ? -1 : 1;
    }
    if (x->start != y->start) {
        return x->start < y->start ? -1 : 1;
    }
    return (x->finish > y->finish) - (x->finish < y->finish);
}

static int check_units(const struct dag_schedule *s, const struct task_dag *g, struct diag *d)
{
    struct stay *stay = mem_alloc_array(g->n_tasks, sizeof *stay);
    int error = SIM_OK;
    for (uint32_t v = 0; v < g->n_tasks; v++) {
        stay[v] = (struct stay) {s->unit[v], v, s->start[v], s->start[v] + g->weight[v]};
    }
    qsort(stay, g->n_tasks, sizeof *stay, by_unit);
    for (uint32_t i = 1; i < g->n_tasks && error == SIM_OK; i++) {
        if (stay[i].unit == stay[i - 1].unit && stay[i].start < stay[i - 1].finish) {
            error = fault(d, "starts on its unit before the end of", g, stay[i].task, stay[i - 1].task);
        }
    }
    free(stay);
    return error;
}

int dag_schedule_check(const struct dag_schedule *s, const struct task_dag *g, uint32_t units, struct diag *d)
{
    int error = check_tasks(s, g, units, d);
    error = error ? error : check_edges(s, g, d);
    return error ? error : check_units(s, g, d);
}
