/* SPDX-License-Identifier: Apache-2.0 */
/* compile.c - layout, candidates of the policy, the best one as a schedule with its bounds. */
#include "sim/compile/compile.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/progress.h"
#include "sim/compile/assemble.h"
#include "sim/compile/candidate.h"
#include "sim/compile/schedule_bound.h"
#include "sim/compile/search.h"

#define TIMES_AS_LONG 4u /* as it must be at least: what a program may take and still be counted */

/* Entries that do not even fit when they are read while the program runs. */
static void report_streamed(const char *box, const struct machine *m, const struct candidate_error *e, struct diag *d)
{
    typedef unsigned long long ull;
    char why[96];
    if (e->late > 0) {
        snprintf(why, sizeof why, "those for cycle %llu come %llu cycles too late", (ull)e->cycle, (ull)e->late);
    } else {
        snprintf(why, sizeof why, "there are too many from cycle %llu on", (ull)e->cycle);
    }
    diag_add(d, "", 0, 0, box,
             "the schedule's entries do not fit: of %llu bytes, read through %llu of %u while it runs, %s",
             (ull)e->bytes, (ull)e->in_use, m->sram_bytes, why);
}

/* Where it did not fit, as a message about the machine. */
static void report(const struct task_graph *t, const struct machine *m, const struct candidate_error *e, struct diag *d)
{
    char box[64];
    snprintf(box, sizeof box, "chip%u.unit%u: sram", e->unit / m->units_per_chip, e->unit % m->units_per_chip);
    if (e->streamed) {
        report_streamed(box, m, e, d);
        return;
    }
    if (e->chunk == LAYOUT_NONE) {
        diag_add(d, "", 0, 0, box, "the schedule's entries do not fit: they take %llu of %u bytes",
                 (unsigned long long)e->in_use, m->sram_bytes);
        return;
    }
    const struct chunk *c = &t->chunks[e->chunk];
    diag_add(d, "", 0, 0, box, "tensor %s (%u bytes of it) does not fit: %llu of %u bytes are in use when it is needed",
             t->ops->tensors[c->tensor].name, c->bytes, (unsigned long long)e->in_use, m->sram_bytes);
}

/* What is asked of all candidates of a policy. */
struct manner {
    bool local_timers, spill;
};

/* The shorter of two, the first among equals; the other one is freed. */
static struct candidate *shorter_of(struct candidate *a, struct candidate *b)
{
    bool first = !b || (a && a->makespan <= b->makespan);
    candidate_free(first ? b : a);
    return first ? a : b;
}

static int add_candidate(struct candidate **best, const struct search_work *w, const struct variant *v,
                         struct manner manner, struct candidate_error *why)
{
    const struct task_graph *t = w->tilings[v->tiling];
    struct recipe recipe = v->recipe;
    recipe.own_ends = manner.local_timers;
    recipe.layout.spill = manner.spill;
    recipe.engine.ahead = manner.spill;
    bool alike = manner.spill || (w->steady && v->tiling != TILING_LARGE); /* entries take about as much */
    bool like = alike && *best && (*best)->layout.t == t;
    struct candidate_wish wish = {.steady = w->steady,
                                  .stream = w->stream,
                                  .limit = *best ? (*best)->makespan : TIME_NONE,
                                  .foreseen = *best ? (*best)->foreseen : 0,
                                  .attempts = CANDIDATE_ATTEMPTS,
                                  .like = like ? &(*best)->mem : NULL};
    struct candidate *next;
    int result = candidate_make(&next, t, w->m, &recipe, &wish, why);
    *best = shorter_of(*best, next);
    return result == CANDIDATE_LATE ? 0 : result;
}

/* Makes the policy's own candidates; *best is the shortest one. A recipe that does not fit counts only when none does:
 * then *error says why the first one does not, and SIM_ERR_BUILD is returned. */
static int own_candidates(struct candidate **best, const struct search_work *w, const struct policy *policy,
                          struct manner manner, struct candidate_error *error)
{
    *best = NULL;
    for (const struct variant *v = policy->variants; v->recipe.make; v++) {
        const struct task_graph *t = w->tilings[v->tiling];
        struct candidate_error why = {0};
        if (!t || (t->n_tasks > v->most_tasks && (*best || t->n_tasks > MANY_TASKS))) {
            continue;
        }
        int result = add_candidate(best, w, v, manner, &why);
        if (result != 0 && result != SIM_ERR_BUILD) {
            candidate_free(*best);
            *best = NULL;
            return result;
        }
        *error = result != 0 && v == policy->variants ? why : *error;
        if (result != 0 && w->stream && why.endless) {
            break; /* the others have about as many entries, and it takes long to find out */
        }
    }
    if (!*best) {
        return SIM_ERR_BUILD;
    }
    if (w->tilings[TILING_LARGE]->n_tasks > MANY_TASKS) {
        return 0; /* one more program takes too long */
    }
    struct candidate_wish wish = {.steady = w->steady, .stream = w->stream, .attempts = CANDIDATE_ATTEMPTS};
    int result = candidate_refresh_first(best, w->m, &wish);
    if (result != 0) {
        candidate_free(*best);
        *best = NULL;
    }
    return result;
}

/* The policy's own ones and those of stricter policies. Spilling is for data that do not fit without it; *error says
 * why the policy's own ones do not. */
static int best_candidate(struct candidate **best, const struct search_work *w, const struct policy *policy,
                          bool local_timers, struct candidate_error *error)
{
    struct candidate_error last = {0};
    int result = own_candidates(best, w, policy, (struct manner) {local_timers, false}, error);
    if (result == SIM_ERR_BUILD && error->chunk != LAYOUT_NONE && !w->no_spill && !w->stream) {
        result = own_candidates(best, w, policy, (struct manner) {local_timers, true}, &last);
        *error = result == SIM_ERR_BUILD && last.chunk == LAYOUT_NONE ? last : *error; /* spills take entries too */
    }
    bool many = w->tilings[TILING_LARGE]->n_tasks > MANY_TASKS;
    bool hopeless = !*best && (error->endless || (many && error->chunk == LAYOUT_NONE)); /* as many entries there */
    if ((result != 0 && result != SIM_ERR_BUILD) || !policy->stricter || hopeless || (*best && many)) {
        return result;
    }
    struct candidate *other;
    result = best_candidate(&other, w, policy->stricter, local_timers, &last);
    if (result != 0 && result != SIM_ERR_BUILD) {
        candidate_free(*best);
        return result;
    }
    *best = shorter_of(*best, other);
    return *best ? 0 : SIM_ERR_BUILD;
}

/* Entries are read while the program runs where nothing fits otherwise: tables take the place of data, so both may be
 * at fault whatever the error names. */
static int find_candidate(struct candidate **best, struct search_work *w, const struct policy *policy, struct diag *d)
{
    struct candidate_error error = {0}, last = {0};
    int result = best_candidate(best, w, policy, policy->local_timers, &error);
    if (result == SIM_ERR_BUILD && !error.endless) {
        w->stream = true;
        result = best_candidate(best, w, policy, policy->local_timers, &last);
        error = result == SIM_ERR_BUILD && error.chunk == LAYOUT_NONE
                    ? last
                    : error; /* better the name of a tensor than that of a table */
    }
    if (result == SIM_ERR_BUILD) {
        report(w->tilings[TILING_LARGE], w->m, &error, d);
    }
    return result;
}

static void set_names(struct schedule *out, const struct task_graph *t, const struct compile_options *o)
{
    out->policy = mem_strdup(o->policy);
    out->start = mem_strdup(o->steady ? "steady" : "cold");
    out->work_name = mem_strdup(o->work_name ? o->work_name : "");
    memcpy(out->work_hash, t->work_hash, sizeof out->work_hash);
    memcpy(out->tasks_hash, t->tasks_hash, sizeof out->tasks_hash);
}

static void set_programs(struct schedule *out, struct candidate *c, const struct compile_options *o)
{
    uint32_t repeats = o->steady ? (o->repeats > 2 ? o->repeats : 2) : 1;
    out->schedule_bound = schedule_bound_of(o->steady ? &c->steady : &c->cold);
    assemble_program(&c->cold, VEC_PUSH(out, programs));
    if (o->steady) {
        assemble_program(&c->steady, VEC_PUSH(out, programs));
    }
    for (uint32_t i = 0; i < repeats; i++) {
        *VEC_PUSH(out, repeats) = i > 0;
    }
}

uint32_t *compile_placement(const struct task_graph *t, const struct machine *m)
{
    struct layout l;
    layout_init(&l, t, m, &(struct layout_options) {0});
    uint32_t *unit_of = mem_alloc_array(t->n_tasks, sizeof *unit_of);
    for (size_t i = 0; i < t->n_tasks; i++) {
        unit_of[i] = l.unit_of[i] % m->units_per_chip;
    }
    layout_free(&l);
    return unit_of;
}

/* Lines are booked in ticks of their rate. Where 64 bits would not hold the ticks of a program some times as long as it
 * must be at least, the work is refused (ADR 0014). */
static bool ticks_fit(const struct lower_bound *bound, const struct machine *m, struct diag *d)
{
    const struct link *line = m->chips > 1 ? machine_line(m) : NULL; /* all have one rate */
    if (!line || bound->cycles == 0 || line->rate.num <= UINT64_MAX / TIMES_AS_LONG / bound->cycles) {
        return true;
    }
    diag_add(d, "", 0, 0, line->id,
             "the work takes at least %llu cycles, too many to be counted in ticks of a rate of %llu/%llu bytes per "
             "cycle; give bandwidth or clock with fewer digits",
             (unsigned long long)bound->cycles, (unsigned long long)line->rate.num, (unsigned long long)line->rate.den);
    return false;
}

int compile_schedule(struct schedule *out, const struct task_graph *t, const struct partition *p,
                     const struct machine *m, const struct compile_options *o, struct diag *d)
{
    const struct policy *policy = policy_find(o->policy);
    SIM_CHECK(policy, "no policy %s", o->policy);
    if (t->n_tasks == 0) {
        diag_add(d, "", 0, 0, "workload", "there is nothing to do: no tasks");
        return SIM_ERR_INPUT;
    }
    struct lower_bound bound = {.by = ""};
    if (p) {
        lower_bound_of(p, m, !o->steady, &bound);
    }
    if (!ticks_fit(&bound, m, d)) {
        return SIM_ERR_INPUT;
    }
    struct candidate *best;
    progress_begin("compile", t->n_tasks);
    struct search_work work = {.tilings = {t, o->others[TILING_FINE], o->others[TILING_COLUMNS]},
                               .m = m,
                               .steady = o->steady,
                               .no_spill = o->no_spill};
    struct search_options search = {.iterations = o->search_iterations, .seconds = o->search_seconds};
    uint32_t steps = 1;
    int result = find_candidate(&best, &work, policy, d);
    if (result == 0 && policy->searches) {
        search_improve(&best, &work, &search, &steps);
    }
    if (result == 0) {
        t = best->layout.t;
        schedule_init(out);
        set_names(out, t, o);
        out->local_timers = policy->local_timers;
        assemble_machine(out, m);
        assemble_work(out, t);
        set_programs(out, best, o);
        out->iterations = steps;
        out->lower_bound = bound.cycles;
        out->lower_bound_by = mem_strdup(bound.by);
        candidate_free(best);
    }
    progress_end();
    return result;
}
