/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/sched/dag_anneal.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/mem.h"

/* Tasks and edges that a step looks at: about a millisecond. */
#define STEP_WORK   200000u
#define FIRST_STEPS 8u
#define MAX_STEPS   4096u
/* Runs begin at a temperature of makespan / 8, 16, 32, 64 in turn. Without delays most moves change little, and nearly
 * only level moves lead on: 256, 512, 1024, 2048. */
#define HOT_SHARES  4u
#define HOT_DELAYS  3u
#define HOT_WITHOUT 8u
#define COST_SCALE  8u
#define LN2_1024    710u

void dag_anneal_init(struct dag_anneal *a, const struct task_dag *g, uint32_t units, uint64_t seed)
{
    *a = (struct dag_anneal) {.g = g};
    dag_decoder_init(&a->decoder, g, units);
    rng_init(&a->rng, seed, "sched.anneal");
    a->moves = (uint32_t)(STEP_WORK / (g->n_tasks + g->n_edges + 1)) + 1;
    a->sequence = mem_alloc_array(g->n_tasks, sizeof *a->sequence);
    a->place = mem_alloc_array(g->n_tasks, sizeof *a->place);
    a->group = mem_alloc_array(g->n_tasks, sizeof *a->group);
    dag_schedule_init(&a->now, g);
    dag_schedule_init(&a->trial, g);
}

void dag_anneal_free(struct dag_anneal *a)
{
    dag_decoder_free(&a->decoder);
    free(a->sequence);
    free(a->place);
    free(a->group);
    dag_schedule_free(&a->now);
    dag_schedule_free(&a->trial);
}

static void evaluate(struct dag_anneal *a, struct dag_schedule *s)
{
    if (a->g->delays) {
        dag_on_units(&a->decoder, a->sequence, s);
    } else {
        dag_by_rank(&a->decoder, a->place, DAG_TIE_PREDECESSOR, s);
    }
}

/* What is made small: the makespan, then how many tasks end with it. */
static uint64_t cost_of(const struct dag_anneal *a, const struct dag_schedule *s)
{
    uint64_t last = 0;
    for (uint32_t v = 0; v < a->g->n_tasks; v++) {
        last += s->start[v] + a->g->weight[v] == s->makespan;
    }
    return s->makespan * COST_SCALE + (last < COST_SCALE ? last : COST_SCALE - 1);
}

/* ---- runs ---- */

/* A random topological order: the ready task of the lowest random number. */
static void random_sequence(struct dag_anneal *a)
{
    uint32_t *rank = mem_alloc_array(a->g->n_tasks, sizeof *rank);
    for (uint32_t i = 0; i < a->g->n_tasks; i++) {
        uint32_t k = (uint32_t)rng_below(&a->rng, i + 1);
        rank[i] = rank[k];
        rank[k] = i;
    }
    dag_by_rank(&a->decoder, rank, DAG_TIE_PREDECESSOR, &a->now);
    free(rank);
}

static void begin_run(struct dag_anneal *a, const struct dag_schedule *best)
{
    a->steps = a->run == 0 ? FIRST_STEPS : a->run % 2 == 0 && a->steps < MAX_STEPS ? 2 * a->steps : a->steps;
    a->step = 0;
    if (a->run++ % 2 == 0) {
        dag_schedule_copy(&a->now, best, a->g);
    } else {
        random_sequence(a);
    }
    uint32_t share = (a->g->delays ? HOT_DELAYS : HOT_WITHOUT) + a->run / 2 % HOT_SHARES;
    a->hot = COST_SCALE * best->makespan >> share;
    dag_schedule_sequence(&a->now, a->g, a->sequence);
    for (uint32_t i = 0; i < a->g->n_tasks; i++) {
        a->place[a->sequence[i]] = i;
    }
    evaluate(a, &a->now);
    a->cost = cost_of(a, &a->now);
    dag_schedule_copy(&a->trial, &a->now, a->g);
}

/* ---- moves ---- */

/* Takes task v to another place; the tasks between move up or down by one. */
static void shift(struct dag_anneal *a, uint32_t v, uint32_t to)
{
    uint32_t from = a->place[v];
    for (; from < to; from++) {
        a->sequence[from] = a->sequence[from + 1];
        a->place[a->sequence[from]] = from;
    }
    for (; from > to; from--) {
        a->sequence[from] = a->sequence[from - 1];
        a->place[a->sequence[from]] = from;
    }
    a->sequence[to] = v;
    a->place[v] = to;
}

/* A place between the last predecessor and the first successor. */
static uint32_t other_place(struct dag_anneal *a, uint32_t v)
{
    const struct task_dag *g = a->g;
    uint32_t low = 0, high = g->n_tasks - 1;
    for (uint64_t e = g->pred_first[v]; e < g->pred_first[v + 1]; e++) {
        uint32_t after = a->place[g->pred[e].task] + 1;
        low = after > low ? after : low;
    }
    for (uint64_t e = g->succ_first[v]; e < g->succ_first[v + 1]; e++) {
        uint32_t before = a->place[g->succ[e].task] - 1;
        high = before < high ? before : high;
    }
    return low + (uint32_t)rng_below(&a->rng, high - low + 1);
}

/* -ln of a random number in (0, 1], times 1024; the logarithm is linear between powers of two. */
static uint64_t exponential(struct rng *r)
{
    uint64_t x = rng_next(r) | 1, powers = 0;
    for (; !(x >> 63); x <<= 1) {
        powers++;
    }
    uint64_t fraction = (x << 1) >> 54;
    return LN2_1024 * powers + LN2_1024 * (1024 - fraction) / 1024;
}

static bool accepts(struct dag_anneal *a, uint64_t temperature)
{
    uint64_t cost = cost_of(a, &a->trial);
    bool yes = cost <= a->cost || cost - a->cost <= temperature * exponential(&a->rng) / 1024;
    if (yes) {
        a->cost = cost;
    }
    return yes;
}

/* The unit of a neighbour, or any. */
static uint32_t other_unit(struct dag_anneal *a, uint32_t v)
{
    const struct task_dag *g = a->g;
    uint64_t preds = g->pred_first[v + 1] - g->pred_first[v], succs = g->succ_first[v + 1] - g->succ_first[v];
    uint64_t i = rng_below(&a->rng, 2 * (preds + succs) + 1);
    if (i < preds) {
        return a->now.unit[g->pred[g->pred_first[v] + i].task];
    }
    if (i < preds + succs) {
        return a->now.unit[g->succ[g->succ_first[v] + i - preds].task];
    }
    return (uint32_t)rng_below(&a->rng, a->decoder.units);
}

/* `now` has become `trial`; for the next move both are the same again but for times. */
static void accept(struct dag_anneal *a)
{
    struct dag_schedule s = a->now;
    a->now = a->trial;
    a->trial = s;
}

/* A task that goes the other way when one goes from unit `was` to `unit`: now and then, where one is drawn at once. */
static uint32_t exchanged(struct dag_anneal *a, uint32_t was, uint32_t unit)
{
    uint32_t none = a->g->n_tasks;
    if (unit == was || rng_below(&a->rng, 4) != 0) {
        return none;
    }
    uint32_t w = (uint32_t)rng_below(&a->rng, a->g->n_tasks);
    return a->now.unit[w] == unit ? w : none;
}

static void set_units(struct dag_anneal *a, uint32_t v, uint32_t unit, uint32_t w, uint32_t other)
{
    a->trial.unit[v] = unit;
    if (w < a->g->n_tasks) {
        a->trial.unit[w] = other;
    }
}

static void move_task(struct dag_anneal *a, uint64_t temperature)
{
    uint32_t v = (uint32_t)rng_below(&a->rng, a->g->n_tasks);
    uint32_t from = a->place[v], to = other_place(a, v), was = a->now.unit[v];
    uint32_t unit = a->g->delays && rng_below(&a->rng, 4) != 0 ? other_unit(a, v) : was;
    if (from == to && unit == was) {
        return;
    }
    uint32_t w = exchanged(a, was, unit);
    shift(a, v, to);
    set_units(a, v, unit, w, was);
    evaluate(a, &a->trial);
    if (accepts(a, temperature)) {
        accept(a);
        set_units(a, v, unit, w, was);
    } else {
        shift(a, v, from);
        set_units(a, v, was, w, unit);
    }
}

/* A task and what hangs on it on its unit, downwards or upwards, all or a part, to another unit: where delays are long,
 * one task alone leads through much worse schedules. */
static void move_group(struct dag_anneal *a, uint64_t temperature)
{
    const struct task_dag *g = a->g;
    uint32_t v = (uint32_t)rng_below(&a->rng, g->n_tasks), n = 0;
    uint32_t was = a->now.unit[v], unit = other_unit(a, v);
    bool down = rng_below(&a->rng, 2) == 0, all = rng_below(&a->rng, 2) == 0;
    if (unit == was) {
        return;
    }
    a->trial.unit[v] = unit;
    a->group[n++] = v;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t e = (down ? g->succ_first : g->pred_first)[a->group[i]];
        uint64_t end = (down ? g->succ_first : g->pred_first)[a->group[i] + 1];
        for (; e < end; e++) {
            uint32_t w = (down ? g->succ : g->pred)[e].task;
            if (a->trial.unit[w] == was && (all || rng_below(&a->rng, 2) == 0)) {
                a->trial.unit[w] = unit;
                a->group[n++] = w;
            }
        }
    }
    evaluate(a, &a->trial);
    bool yes = accepts(a, temperature);
    if (yes) {
        accept(a);
    }
    for (uint32_t i = 0; i < n; i++) {
        a->trial.unit[a->group[i]] = yes ? unit : was;
    }
}

void dag_anneal_step(struct dag_anneal *a, struct dag_schedule *best, uint64_t enough)
{
    if (a->step == a->steps) {
        begin_run(a, best);
    }
    uint64_t left = a->steps - a->step++;
    uint64_t temperature = a->hot * left * left / ((uint64_t)a->steps * a->steps);
    for (uint32_t i = 0; i < a->moves && best->makespan > enough; i++) {
        if (a->g->delays && rng_below(&a->rng, 4) == 0) {
            move_group(a, temperature);
        } else {
            move_task(a, temperature);
        }
        if (a->now.makespan < best->makespan) {
            dag_schedule_copy(best, &a->now, a->g);
        }
    }
}
