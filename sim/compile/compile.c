/* SPDX-License-Identifier: Apache-2.0 */
/* compile.c - layout, candidates of the policy, the best one as a schedule with its bounds. */
#include "sim/compile/compile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/progress.h"
#include "sim/compile/assemble.h"
#include "sim/compile/candidate.h"
#include "sim/compile/schedule_bound.h"
#include "sim/compile/search.h"

#define TIMES_AS_LONG 4u /* as it must be at least: what a program may take and still be counted */
/* Parts of the makespan by which a program that is not over yet is longer than a freer policy's best one, when it is
 * given up. Of a cold one the next attempt, with larger tables of entries, may be a little shorter. */
#define HOPELESS_STEADY 32u
#define HOPELESS_COLD   8u

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
    bool halves;    /* cold programs of steady ones are made of those that are not beaten */
    uint64_t limit; /* of a freer policy's best one, which counts where both are as long; TIME_NONE: there is none */
};

/* What a policy has made so far: the shortest one, the first among equals, and, while that is half made, those that
 * are hardly longer. */
struct field {
    struct candidate *best;
    VEC(struct candidate *, close);
};

/* It is not the shortest one. */
static void drop(struct field *f, struct candidate *c)
{
    if (c && c->half && !candidate_beaten(c->makespan, f->best->makespan)) {
        *VEC_PUSH(f, close) = c;
    } else {
        candidate_free(c);
    }
}

static void field_free(struct field *f)
{
    candidate_free(f->best);
    while (f->n_close > 0) {
        candidate_free(f->close[--f->n_close]);
    }
    free(f->close);
    *f = (struct field) {0};
}

static void add_to_field(struct field *f, struct candidate *c)
{
    bool shorter = c && (!f->best || c->makespan < f->best->makespan);
    struct candidate *longer = shorter ? f->best : c;
    f->best = shorter ? c : f->best;
    drop(f, longer);
}

/* Makes the cold programs of what is not beaten. 0, CANDIDATE_CHANGED, SIM_ERR_INTERRUPTED. */
static int finish(struct field *f)
{
    int result = f->best && f->best->half ? candidate_finish(f->best) : 0;
    while (f->n_close > 0) {
        struct candidate *c = f->close[--f->n_close];
        bool beaten = candidate_beaten(c->makespan, f->best->makespan);
        result = result == 0 && !beaten ? candidate_finish(c) : result;
        candidate_free(c);
    }
    return result;
}

/* Is there another variant behind it that may be tried? */
static bool is_last(const struct variant *v, const struct search_work *w)
{
    for (v++; v->recipe.make; v++) {
        const struct task_graph *t = w->tilings[v->tiling];
        if (t && t->n_tasks <= v->most_tasks) {
            return false;
        }
    }
    return true;
}

/* From when on no program of the variant can be the shortest. Where others follow that are measured by it, and not
 * only by their makespans, it is needed all the same. */
static uint64_t hopeless(const struct variant *v, const struct search_work *w, uint64_t limit)
{
    bool alone = !w->stream && (v->recipe.make == policy_levels || is_last(v, w));
    return alone && limit < TIME_NONE / 2 ? limit + limit / (w->steady ? HOPELESS_STEADY : HOPELESS_COLD) : 0;
}

static int add_candidate(struct field *f, const struct search_work *w, const struct variant *v,
                         const struct manner *manner, struct candidate_error *why)
{
    const struct task_graph *t = w->tilings[v->tiling];
    struct recipe recipe = v->recipe;
    recipe.own_ends = manner->local_timers;
    recipe.layout.spill = manner->spill;
    recipe.engine.ahead = manner->spill;
    bool alike = manner->spill || (w->steady && v->tiling != TILING_LARGE); /* entries take about as much */
    bool like = alike && f->best && f->best->layout.t == t;
    int result = like ? finish(f) : 0;
    if (result != 0) {
        return result;
    }
    struct candidate_wish wish = {.steady = w->steady,
                                  .stream = w->stream,
                                  .half = manner->halves,
                                  .limit = f->best ? f->best->makespan : TIME_NONE,
                                  .foreseen = f->best ? f->best->foreseen : 0,
                                  .hopeless = manner->spill ? 0 : hopeless(v, w, manner->limit),
                                  .attempts = CANDIDATE_ATTEMPTS,
                                  .like = like ? &f->best->mem : NULL};
    struct candidate *next;
    result = candidate_make(&next, t, w->m, &recipe, &wish, why);
    add_to_field(f, next);
    return result;
}

/* Makes candidates of all variants. A recipe that does not fit counts only when none does: then *error says why the
 * first one does not. 0; SIM_ERR_BUILD: none fits; CANDIDATE_LATE: none is short enough; CANDIDATE_CHANGED;
 * SIM_ERR_INTERRUPTED. */
static int try_variants(struct field *f, const struct search_work *w, const struct policy *policy,
                        const struct manner *manner, struct candidate_error *error)
{
    bool late = false;
    for (const struct variant *v = policy->variants; v->recipe.make; v++) {
        const struct task_graph *t = w->tilings[v->tiling];
        struct candidate_error why = {0};
        if (!t || (t->n_tasks > v->most_tasks && (f->best || t->n_tasks > MANY_TASKS))) {
            continue;
        }
        int result = add_candidate(f, w, v, manner, &why);
        if (result != 0 && result != SIM_ERR_BUILD && result != CANDIDATE_LATE) {
            return result;
        }
        late |= result == CANDIDATE_LATE;
        *error = result == SIM_ERR_BUILD && v == policy->variants ? why : *error;
        if (result == SIM_ERR_BUILD && w->stream && why.endless) {
            break; /* the others have about as many entries, and it takes long to find out */
        }
    }
    if (f->best && f->best->half && candidate_beaten(f->best->makespan, manner->limit)) {
        field_free(f);
        late = true;
    }
    return f->best ? finish(f) : late ? CANDIDATE_LATE : SIM_ERR_BUILD;
}

/* Makes the policy's own candidates; *best is the shortest one. Where it is beaten by `limit` there may be none. */
static int own_candidates(struct candidate **best, const struct search_work *w, const struct policy *policy,
                          struct manner manner, struct candidate_error *error)
{
    struct field field = {0};
    manner.halves = w->steady && !w->stream && !manner.spill;
    int result = try_variants(&field, w, policy, &manner, error);
    if (result == CANDIDATE_CHANGED) { /* what is measured by it would be others */
        field_free(&field);
        manner.halves = false;
        result = try_variants(&field, w, policy, &manner, error);
    }
    if (result == 0 && w->tilings[TILING_LARGE]->n_tasks <= MANY_TASKS) { /* else one more program takes too long */
        struct candidate_wish wish = {.steady = w->steady, .stream = w->stream, .attempts = CANDIDATE_ATTEMPTS};
        result = candidate_refresh_first(&field.best, w->m, &wish);
    }
    if (result != 0) {
        field_free(&field);
    }
    *best = field.best;
    free(field.close);
    return result == CANDIDATE_LATE ? 0 : result;
}

/* The shorter of two, the first among equals; the other one is freed. */
static struct candidate *shorter_of(struct candidate *a, struct candidate *b)
{
    bool first = !b || (a && a->makespan <= b->makespan);
    candidate_free(first ? b : a);
    return first ? a : b;
}

/* The policy's own ones and those of stricter policies. Spilling is for data that do not fit without it; *error says
 * why the policy's own ones do not. */
static int best_candidate(struct candidate **best, const struct search_work *w, const struct policy *policy,
                          struct manner manner, struct candidate_error *error)
{
    struct candidate_error last = {0};
    int result = own_candidates(best, w, policy, manner, error);
    if (result == SIM_ERR_BUILD && error->chunk != LAYOUT_NONE && !w->no_spill && !w->stream) {
        struct manner spills = manner;
        spills.spill = true;
        result = own_candidates(best, w, policy, spills, &last);
        *error = result == SIM_ERR_BUILD && last.chunk == LAYOUT_NONE ? last : *error; /* spills take entries too */
    }
    bool many = w->tilings[TILING_LARGE]->n_tasks > MANY_TASKS;
    bool hopeless = !*best && (error->endless || (many && error->chunk == LAYOUT_NONE)); /* as many entries there */
    if ((result != 0 && result != SIM_ERR_BUILD) || !policy->stricter || hopeless || (*best && many)) {
        return result;
    }
    struct candidate *other;
    manner.limit = *best && (*best)->makespan < manner.limit ? (*best)->makespan : manner.limit;
    result = best_candidate(&other, w, policy->stricter, manner, &last);
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
    struct manner manner = {.local_timers = policy->local_timers, .limit = TIME_NONE};
    int result = best_candidate(best, w, policy, manner, &error);
    if (result == SIM_ERR_BUILD && !error.endless) {
        w->stream = true;
        result = best_candidate(best, w, policy, manner, &last);
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
