/* SPDX-License-Identifier: Apache-2.0 */
/* verify_units.c - operations: each task once, on its chip, for as long as it takes; bits and phases. */
#include <stdlib.h>
#include <string.h>

#include "sim/schedule/verify.h"

typedef unsigned long long ull;

/* ---- operations ---- */

static void check_times(struct verify *v, const struct sched_op *o)
{
    const struct sched_task *t = &v->s->tasks[o->task];
    uint64_t finish = o->start + v->m->toggle_cycles + t->cycles; /* at the earliest: slack may follow */
    if (o->start < v->m->launch_cycles) {
        verify_fail_unit(v, "before-launch", o->unit, "task %u starts at %llu, before the launch at %llu", o->task,
                         (ull)o->start, (ull)v->m->launch_cycles);
    }
    if (o->finish < finish) {
        verify_fail_unit(v, "op-times", o->unit, "task %u starts at %llu and finishes at %llu, before %llu", o->task,
                         (ull)o->start, (ull)o->finish, (ull)finish);
    }
    if (o->off < o->finish || (v->s->local_timers && o->off != o->finish)) {
        verify_fail_unit(v, "op-times", o->unit, "task %u finishes at %llu, its bit ends at %llu", o->task,
                         (ull)o->finish, (ull)o->off);
    }
}

static void check_once(struct verify *v)
{
    for (size_t t = 0; t < v->s->n_tasks; t++) {
        v->op_of_task[t] = SCHED_NONE;
    }
    for (uint32_t i = 0; i < v->p->n_ops; i++) {
        const struct sched_op *o = &v->p->ops[i];
        if (v->op_of_task[o->task] != SCHED_NONE) {
            verify_fail_unit(v, "task-once", o->unit, "task %u is there a second time, at %llu", o->task,
                             (ull)o->start);
            continue;
        }
        v->op_of_task[o->task] = i;
        uint32_t chip = v->s->tasks[o->task].chip;
        if (o->unit / v->m->units_per_chip != chip) {
            verify_fail_unit(v, "task-chip", o->unit, "task %u belongs to chip %u", o->task, chip);
        }
    }
    for (uint32_t t = 0; t < v->s->n_tasks; t++) {
        bool in_switch = v->s->tasks[t].kind == SCHED_IN_SWITCH;
        if (in_switch && v->op_of_task[t] != SCHED_NONE) {
            verify_fail_unit(v, "task-once", v->p->ops[v->op_of_task[t]].unit, "task %u is a sum for a switch", t);
        } else if (!in_switch && v->op_of_task[t] == SCHED_NONE) {
            verify_fail(v, "task-once", "server", "task %u is on no unit", t);
        }
    }
}

void verify_units(struct verify *v)
{
    check_once(v);
    uint64_t *free_at = mem_alloc_array(v->n_units, sizeof *free_at);
    for (size_t i = 0; i < v->p->n_ops; i++) { /* in order of start */
        const struct sched_op *o = &v->p->ops[i];
        check_times(v, o);
        if (verify_is_dead(v, o->unit)) {
            verify_fail_unit(v, "dead-unit", o->unit, "task %u at %llu, and the unit does not work", o->task,
                             (ull)o->start);
        }
        if (o->start < free_at[o->unit]) {
            verify_fail_unit(v, "unit-overlap", o->unit, "task %u starts at %llu, the one before ends at %llu", o->task,
                             (ull)o->start, (ull)free_at[o->unit]);
        }
        if (o->off > free_at[o->unit]) {
            free_at[o->unit] = o->off;
        }
    }
    free(free_at);
}

/* ---- phases: a new one in each cycle in which some unit's bit or operation changes ---- */

enum { CHANGE_OFF, CHANGE_START };

static struct verify_event *changes(const struct verify *v, size_t *n)
{
    struct verify_event *e = mem_alloc_array(2 * v->p->n_ops, sizeof *e);
    *n = 0;
    for (size_t i = 0; i < v->p->n_ops; i++) {
        e[(*n)++] = (struct verify_event) {.time = v->p->ops[i].start, .index = CHANGE_START};
        e[(*n)++] = (struct verify_event) {.time = v->p->ops[i].off, .index = CHANGE_OFF};
    }
    verify_sort(e, *n);
    return e;
}

/* Starts of root hops, in order of time. */
static struct verify_event *roots(const struct verify *v)
{
    struct verify_event *e = mem_alloc_array(v->p->n_transfers, sizeof *e);
    for (size_t i = 0; i < v->p->n_transfers; i++) {
        e[i].time = verify_hop(v, &v->p->transfers[i], 0)->start;
    }
    verify_sort(e, v->p->n_transfers);
    return e;
}

static void compare_phase(struct verify *v, size_t i, const struct sched_phase *want)
{
    if (i >= v->p->n_phases) {
        if (i == v->p->n_phases) {
            verify_fail(v, "phases", "server", "a phase begins at %llu and is not in the table", (ull)want->start);
        }
        return;
    }
    const struct sched_phase *have = &v->p->phases[i];
    if (have->start != want->start) {
        verify_fail(v, "phases", "server", "phase %zu begins at %llu instead of %llu", i, (ull)have->start,
                    (ull)want->start);
    } else if (have->units_on != want->units_on || have->tasks != want->tasks || have->transfers != want->transfers) {
        verify_fail(v, "phases", "server",
                    "phase %zu at %llu has %u units on, %u tasks, %u transfers instead of %u, %u, %u", i,
                    (ull)have->start, have->units_on, have->tasks, have->transfers, want->units_on, want->tasks,
                    want->transfers);
    }
}

/* Without local timers each change is broadcast, and the next cannot come sooner than that takes. */
static void check_length(struct verify *v, uint64_t last, uint64_t now)
{
    if (!v->s->local_timers && last != VERIFY_NEVER && now - last < v->m->broadcast_cycles) {
        verify_fail(v, "phase-length", "server", "the phase at %llu ends at %llu, a broadcast takes %u cycles",
                    (ull)last, (ull)now, v->m->broadcast_cycles);
    }
}

void verify_phases(struct verify *v)
{
    size_t n, at = 0, root = 0, phase = 0;
    struct verify_event *e = changes(v, &n), *r = roots(v);
    struct sched_phase now = {0};
    uint64_t last = VERIFY_NEVER;
    for (;;) {
        now.tasks = 0;
        bool change = at < n && e[at].time == now.start;
        if (change) {
            check_length(v, last, now.start);
            last = now.start;
        }
        for (; at < n && e[at].time == now.start; at++) {
            now.units_on += e[at].index == CHANGE_START ? 1u : UINT32_MAX; /* an end takes one away */
            now.tasks += e[at].index == CHANGE_START;
        }
        uint64_t next = at < n ? e[at].time : v->p->makespan;
        next = next < v->p->makespan ? next : v->p->makespan;
        size_t first = root;
        while (root < v->p->n_transfers && (r[root].time < next || next == v->p->makespan)) {
            root++;
        }
        now.transfers = (uint32_t)(root - first);
        compare_phase(v, phase++, &now);
        if (next == v->p->makespan) {
            break;
        }
        now.start = next;
    }
    if (phase < v->p->n_phases) {
        verify_fail(v, "phases", "server", "phase %zu of the table does not exist", phase);
    }
    free(e);
    free(r);
}
