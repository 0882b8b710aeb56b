/* SPDX-License-Identifier: Apache-2.0 */
/* candidate.c - repeats a recipe until everything has its place in SRAM, or nothing can give way. */
#include "sim/compile/candidate.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/max.h"
#include "sim/base/progress.h"
#include "sim/compile/assemble.h"
#include "sim/compile/control_plan.h"
#include "sim/compile/control_stream.h"
#include "sim/compile/residency.h"
#include "sim/compile/sram_plan.h"

#define HASTE     64u
#define MUCH      4u  /* part of the SRAM */
#define MOST_LATE 8u  /* programs whose entries came too late, before all are read before the work */
#define CLOSE     32u /* part of the makespan */
/* Results of an attempt: the memory plan was changed, what both programs see of it or the cold one alone; what was
 * asked for is made. */
#define AGAIN      2
#define AGAIN_COLD 4
#define HALF       6

/* Makes room in a unit where addresses or bytes did not work out; false when nothing is left to give. */
static bool relieve(struct candidate *c, const struct layout *l, uint32_t unit, bool fragmented)
{
    uint32_t step = l->m->sram_bytes / 32;
    if (fragmented && c->mem.margin[unit] < 2 * step) {
        c->mem.margin[unit] += step;
        return true;
    }
    if (residency_give_up(&c->mem, l, unit, 2 * (uint64_t)step) > 0) {
        return true;
    }
    if (fragmented && c->mem.margin[unit] < 12 * step) {
        c->mem.margin[unit] += step;
        return true;
    }
    return false;
}

/* ---- one program ---- */

static int no_room(struct candidate *c, const struct layout *l, const struct stuck *stuck,
                   struct candidate_error *error)
{
    bool relieved = false;
    for (uint32_t u = 0; u < l->units; u++) {
        relieved |= c->mem.blocked[u] && relieve(c, l, u, false);
        c->mem.blocked[u] = false;
    }
    if (relieved) {
        return AGAIN;
    }
    *error = (struct candidate_error) {.unit = stuck->unit, .in_use = stuck->in_use};
    error->chunk = stuck->copy == LAYOUT_NONE ? LAYOUT_NONE : l->copies[stuck->copy].chunk;
    return SIM_ERR_BUILD;
}

static int plan_addresses(struct candidate *c, struct run *r, struct candidate_error *error)
{
    const struct layout *l = r->l;
    uint32_t *failed = mem_alloc_array(l->units, sizeof *failed);
    uint64_t *in_use = mem_alloc_array(l->units, sizeof *in_use);
    int result = sram_plan(r, assemble_makespan(r), failed, in_use) ? AGAIN : 0;
    for (uint32_t u = 0; u < l->units && result == AGAIN; u++) {
        if (failed[u] != LAYOUT_NONE && !relieve(c, l, u, true)) {
            uint32_t chunk = failed[u] == SRAM_TABLES ? LAYOUT_NONE : failed[u];
            *error = (struct candidate_error) {.unit = u, .chunk = chunk, .in_use = in_use[u]};
            result = SIM_ERR_BUILD;
        }
    }
    free(failed);
    free(in_use);
    return result;
}

static int again(const struct run *r)
{
    return r->cold ? AGAIN_COLD : AGAIN;
}

/* The entries that the program has turned out to have must fit where they were given room. Where one unit has too many,
 * all are given what they seem to need, as another time they will have others, and each time more; but no more than is
 * needed where they take much of the SRAM. */
static int check_entries(struct candidate *c, const struct run *r, const struct candidate_wish *w)
{
    uint32_t *reserved = r->cold ? c->mem.entries : c->mem.steady_entries;
    uint32_t *bytes = mem_alloc_array(r->l->units, sizeof *bytes);
    bool fits = true, same = !r->cold && !r->l->o.spill && !c->mem.stream && !r->room.counted;
    int result = 0;
    control_count(r, bytes);
    for (uint32_t u = 0; u < r->l->units; u++) {
        fits = fits && (bytes[u] <= reserved[u] || c->mem.ring[r->cold][u] > 0);
    }
    c->short_of_entries += !fits;
    for (uint32_t u = 0; u < r->l->units && !fits; u++) {
        uint32_t want = control_spare(bytes[u], 1 + c->short_of_entries);
        bool much = want > r->l->m->sram_bytes / MUCH;
        want = much ? control_spare(bytes[u], 1) : want;
        if ((much ? bytes[u] : want) > reserved[u] && c->mem.ring[r->cold][u] == 0) {
            same = same && want - reserved[u] <= r->room.spare[u];
            reserved[u] = want;
            if (c->mem.stream) {
                control_stream_cap(&c->mem, r->l, u, r->cold);
            }
            result = again(r);
        }
    }
    if (result != 0 && same && c->attempts + 1 < w->attempts) { /* another attempt would make the same program */
        c->attempts++;
        result = 0;
    }
    free(bytes);
    return result;
}

/* What is read while the program runs comes behind everything else. */
static int stream_entries(struct candidate *c, struct run *r, struct candidate_error *error)
{
    struct stream_fault fault;
    if (control_stream(r, &c->mem, &fault)) {
        return 0;
    }
    if (interrupt_pending() != 0) {
        return interrupt_pending();
    }
    if (!fault.endless && control_stream_relieve(&c->mem, r->l, r->cold)) {
        return AGAIN;
    }
    *error = (struct candidate_error) {.unit = fault.unit,
                                       .chunk = LAYOUT_NONE,
                                       .endless = fault.endless,
                                       .streamed = true,
                                       .bytes = fault.bytes,
                                       .cycle = fault.cycle,
                                       .late = fault.late};
    error->in_use = r->cold ? c->mem.entries[fault.unit] : c->mem.steady_entries[fault.unit];
    return SIM_ERR_BUILD;
}

/* All entries are read before the work. */
static void read_all_ahead(struct candidate *c)
{
    for (uint32_t u = 0; u < c->layout.units; u++) {
        c->mem.ahead[u] = UINT32_MAX;
    }
}

/* The program is over with its last output. What ends later, entries or a value that nobody asks for, holds
 * that output back: its way into memory, or the task that has no more to give than its end. */
static int check_end(struct candidate *c, const struct run *r)
{
    uint64_t end = assemble_end(r), makespan = assemble_makespan(r);
    if (end <= makespan) {
        return 0;
    }
    if (r->last_output != LAYOUT_NONE) {
        c->mem.held[r->cold].chunk = r->last_output;
        c->mem.held[r->cold].until = end;
        return again(r);
    }
    if (r->control_end > makespan && !c->mem.wait_for_control) {
        read_all_ahead(c);
        c->mem.wait_for_control = true;
        return again(r);
    }
    for (size_t i = 0; i < r->l->t->n_tasks; i++) {
        if (r->finish[i] > makespan) {
            c->mem.held[r->cold].task = r->last_task;
            c->mem.held[r->cold].until = end;
            return again(r);
        }
    }
    return 0; /* bits that end with the program */
}

/* Entries that bring entries that bring entries: bursts are too short for the number of units. */
static int entries_error(const struct candidate *c, const struct layout *l, struct candidate_error *error)
{
    uint32_t most = 0;
    for (uint32_t u = 1; u < l->units; u++) {
        most = c->mem.entries[u] > c->mem.entries[most] ? u : most;
    }
    *error = (struct candidate_error) {.unit = most, .chunk = LAYOUT_NONE};
    error->in_use = c->mem.entries[most] + c->mem.steady_entries[most];
    error->endless = c->mem.endless;
    return SIM_ERR_BUILD;
}

/* Entries that come too late are read before the work another time; when those are late too, all are, and then the work
 * waits for them. */
static int check_times(struct candidate *c, const struct run *r, struct candidate_error *error)
{
    size_t bytes = r->l->units * sizeof *c->mem.ahead;
    uint32_t *ahead = memcpy(mem_alloc_array(r->l->units, sizeof *ahead), c->mem.ahead, bytes);
    int result = 0;
    if (!control_in_time(r, ahead)) {
        bool all = c->mem.ahead[0] == UINT32_MAX;
        bool more = !all && ++c->late_entries < MOST_LATE && memcmp(ahead, c->mem.ahead, bytes) != 0;
        result = c->mem.wait_for_control ? entries_error(c, r->l, error) : AGAIN_COLD;
        c->mem.wait_for_control = all;
        if (more) {
            memcpy(c->mem.ahead, ahead, bytes);
        } else {
            read_all_ahead(c);
        }
    }
    free(ahead);
    return result;
}

/* Ranks are estimates, often too long by the same part for all candidates, and another attempt may be shorter: one
 * part in HASTE is allowed for. */
static uint64_t deadline_of(const struct candidate_wish *w)
{
    return w->limit < TIME_NONE / 2 ? max64(w->limit, w->foreseen) + w->limit / HASTE : TIME_NONE;
}

static uint64_t foreseen(const struct run *r)
{
    uint64_t end = 0;
    for (size_t i = 0; i < r->l->t->n_tasks; i++) {
        end = max64(end, r->start[i] + r->l->rank[i]);
    }
    return end;
}

static int make_program(struct candidate *c, const struct recipe *recipe, bool cold, const struct candidate_wish *w,
                        struct candidate_error *error)
{
    const struct layout *l = &c->layout;
    struct run *r = cold ? &c->cold : &c->steady;
    struct stuck stuck;
    run_init(r, l, &c->mem, cold);
    bool measured = !cold || !w->steady;
    r->deadline = measured ? deadline_of(w) : TIME_NONE;
    r->hopeless = measured && w->hopeless > 0 ? w->hopeless : TIME_NONE;
    run_boot(r);
    control_stream_reserve(r, &c->mem);
    if (!control_refresh_clear(r) && c->mem.refresh_shift + 2 * l->m->dram.rfc < l->m->dram.refi) {
        c->mem.refresh_shift += l->m->dram.rfc / 2;
        run_free(r);
        return AGAIN;
    }
    int result = policy_run(r, recipe, &stuck);
    if (result == ENGINE_LATE) {
        result = CANDIDATE_LATE;
    } else if (result == ENGINE_STUCK) {
        result = no_room(c, l, &stuck, error);
    }
    if (result == 0) {
        result = stream_entries(c, r, error);
        if (result == AGAIN) { /* what other units are short of is known, too */
            check_entries(c, r, w);
        }
    }
    if (result == 0 && cold) {
        control_load_rest(r);
    }
    if (result == 0) {
        result = check_entries(c, r, w);
    }
    if (result == 0) {
        result = check_end(c, r);
    }
    if (result == 0 && cold) {
        result = check_times(c, r, error);
    }
    if (result == 0) {
        result = plan_addresses(c, r, error);
    }
    if (result != 0) {
        run_free(r);
    }
    return result;
}

/* Is the last output complete so soon after a refresh that it must have waited for it? */
static bool ended_by_refresh(const struct run *r)
{
    const struct dram_rules *rules = &r->book.rules;
    uint64_t k = dram_refreshes_due(rules, r->complete + 1 + rules->shift);
    return k > 0 && r->complete - dram_refresh(rules, k) < rules->t->rfc + rules->reach;
}

static void plan_memory(struct candidate *c, const struct candidate_wish *w)
{
    memory_plan_init(&c->mem, &c->layout, w->steady, w->stream, c->recipe.room, w->like);
    c->mem.refresh_shift = c->refresh_shift;
}

/* Both programs of a steady schedule share the memory plan: when one changes what both see of it, both are made again.
 * *first is the recipe of the cold one. */
static int attempt(struct candidate *c, const struct recipe *recipe, struct recipe *first,
                   const struct candidate_wish *w, struct candidate_error *error)
{
    int result = w->steady && !c->steady.l ? make_program(c, recipe, false, w, error) : 0;
    if (result != 0) {
        return result;
    }
    if (w->steady && assemble_makespan(&c->steady) >= w->limit && !ended_by_refresh(&c->steady)) {
        result = CANDIDATE_LATE;
    } else if (w->half) {
        return HALF;
    } else {
        result = make_program(c, first, true, w, error);
    }
    if (result == SIM_ERR_BUILD && w->steady && policy_substitute(first)) {
        memory_plan_free(&c->mem);
        plan_memory(c, w);
        result = AGAIN;
    }
    if (result != 0 && result != AGAIN_COLD && w->steady) {
        run_free(&c->steady);
    }
    return result == AGAIN_COLD ? AGAIN : result;
}

/* Do the tables leave room for anything? What the estimate says is the least that the first program is given. */
static bool tables_fit(const struct candidate *c, bool steady, struct candidate_error *error)
{
    for (uint32_t u = 0; u < c->layout.units; u++) {
        const struct memory_plan *mem = &c->mem;
        uint64_t tables = (uint64_t)mem->steady_entries[u] + (steady ? 0 : mem->entries[u]);
        if (tables + mem->staging[u] > c->layout.m->sram_bytes) {
            *error = (struct candidate_error) {.unit = u, .chunk = LAYOUT_NONE, .in_use = tables};
            return false;
        }
    }
    return true;
}

static int make_shifted(struct candidate **made, const struct task_graph *t, const struct machine *m,
                        const struct recipe *recipe, const struct candidate_wish *w, uint64_t shift,
                        struct candidate_error *error)
{
    struct candidate *c = mem_alloc(sizeof *c);
    c->refresh_shift = shift;
    struct recipe first = *recipe; /* of the cold program */
    c->recipe = *recipe;
    c->recipe.layout.shift = NULL;
    c->recipe.layout.pin = NULL;
    layout_init(&c->layout, t, m, &recipe->layout);
    plan_memory(c, w);
    int result = tables_fit(c, w->steady, error) ? AGAIN : SIM_ERR_BUILD;
    while (c->attempts < w->attempts && result == AGAIN && !c->mem.endless) {
        result = attempt(c, recipe, &first, w, error);
        c->attempts += result != HALF;
    }
    if (result == AGAIN) {
        result = entries_error(c, &c->layout, error);
    }
    c->half = result == HALF;
    result = c->half ? 0 : result;
    if (result != 0) {
        candidate_free(c);
        c = NULL;
    } else {
        c->makespan = assemble_makespan(w->steady ? &c->steady : &c->cold);
        c->foreseen = foreseen(w->steady ? &c->steady : &c->cold);
    }
    *made = c;
    return result;
}

/* Makes the candidate once more, with refreshes so much earlier; *c becomes the shorter one. *c is NULL on an error. */
static int try_shift(struct candidate **c, const struct machine *m, const struct recipe *recipe,
                     const struct candidate_wish *w, uint64_t shift)
{
    struct candidate *other;
    struct candidate_error none;
    int result = make_shifted(&other, (*c)->layout.t, m, recipe, w, shift, &none);
    if (result == SIM_ERR_BUILD || result == CANDIDATE_LATE) {
        return 0;
    }
    if (result != 0 || other->makespan >= (*c)->makespan) {
        candidate_free(result != 0 ? *c : other);
        *c = result != 0 ? NULL : *c;
        return result;
    }
    if (other->half && !candidate_beaten((*c)->makespan, other->makespan)) {
        other->longer = *c;
    } else {
        candidate_free(*c);
    }
    *c = other;
    return 0;
}

/* So that the last output does not wait for a refresh, if it has. */
static int try_end(struct candidate **c, const struct machine *m, const struct recipe *recipe,
                   const struct candidate_wish *w)
{
    bool ended = ended_by_refresh(w->steady ? &(*c)->steady : &(*c)->cold);
    return ended ? try_shift(c, m, recipe, w, m->dram.rfc + m->dram.rfc / 2) : 0;
}

int candidate_make(struct candidate **made, const struct task_graph *t, const struct machine *m,
                   const struct recipe *recipe, const struct candidate_wish *w, struct candidate_error *error)
{
    int result = make_shifted(made, t, m, recipe, w, 0, error);
    if (result != 0) {
        return result;
    }
    struct candidate_wish shorter = *w;
    shorter.limit = w->limit < TIME_NONE ? (*made)->makespan : TIME_NONE;
    return try_end(made, m, recipe, &shorter);
}

bool candidate_beaten(uint64_t makespan, uint64_t by)
{
    return by < TIME_NONE / 2 && makespan >= by + by / CLOSE;
}

int candidate_finish(struct candidate *c)
{
    struct candidate_wish w = {.steady = true, .limit = TIME_NONE, .attempts = CANDIDATE_ATTEMPTS};
    struct candidate_error none;
    int result = c->longer ? candidate_finish(c->longer) : 0;
    result = result == 0 && c->half ? AGAIN_COLD : result;
    for (; c->attempts < w.attempts && result == AGAIN_COLD; c->attempts++) {
        result = make_program(c, &c->recipe, true, &w, &none);
    }
    candidate_free(c->longer);
    c->longer = NULL;
    c->half = c->half && result != 0;
    return result == 0 || result == SIM_ERR_INTERRUPTED ? result : CANDIDATE_CHANGED;
}

static struct candidate_wish shorter_than(const struct candidate *c, const struct candidate_wish *w)
{
    struct candidate_wish shorter = *w;
    shorter.limit = c->makespan;
    shorter.foreseen = c->foreseen;
    shorter.like = &c->mem;
    return shorter;
}

/* A refresh that is over when the launch has come: the next one is as far from the first reads as can be. 0: there is
 * no such time. */
static uint64_t shift_before_launch(const struct candidate *c, const struct machine *m)
{
    uint64_t refi = m->dram.refi, needs = m->dram.rfc + c->cold.book.rules.reach + 1;
    return refi == 0 || m->launch_cycles < needs ? 0 : refi - 1 - (m->launch_cycles - needs) % refi;
}

int candidate_refresh_first(struct candidate **c, const struct machine *m, const struct candidate_wish *w)
{
    struct recipe recipe = (*c)->recipe;
    bool reads_ahead = recipe.make != policy_levels; /* there units wait for what is read in any case */
    uint64_t shift = w->steady || w->stream || !reads_ahead ? 0 : shift_before_launch(*c, m);
    if (shift == 0) {
        return 0;
    }
    struct candidate_wish shorter = shorter_than(*c, w);
    return try_shift(c, m, &recipe, &shorter, shift);
}

void candidate_free(struct candidate *c)
{
    if (!c) {
        return;
    }
    candidate_free(c->longer);
    if (c->cold.l) {
        run_free(&c->cold);
    }
    if (c->steady.l) {
        run_free(&c->steady);
    }
    memory_plan_free(&c->mem);
    layout_free(&c->layout);
    free(c);
}
