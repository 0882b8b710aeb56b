/* SPDX-License-Identifier: Apache-2.0 */
/* search.c - random changes of a recipe, the better half of them where the makespan is decided. */
#include "sim/compile/search.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/base/error.h"
#include "sim/base/progress.h"
#include "sim/base/rng.h"

#define FRESH_STEPS   24u  /* the first steps try recipes of their own ... */
#define FRESH_EVERY   16u  /* ... and later every so many-th */
#define RETURN_STEPS  40u  /* after so many it goes on from the best again ... */
#define TOLERANCE     200u /* ... and in the first half of them takes what is longer by one part in this many */
#define MOST_CRITICAL 256u
#define MOST_ATTEMPTS 4u /* memory plans for a step: most that need more come to nothing */

/* A recipe with what its layout points to, and what it makes. */
struct state {
    struct candidate *made;
    const struct task_graph *t;
    struct recipe recipe;
    int32_t *shift; /* ops x stripes */
    uint32_t *pin;  /* tasks */
};

struct search {
    const struct search_work *w;
    struct rng rng;
    struct state now, best;  /* where it stands, at most a little worse than the best so far */
    uint64_t longest;        /* rank of the work */
    VEC(uint32_t, critical); /* tasks on the chain that ends last */
    VEC(uint32_t, blocking); /* and those that one of them waited for on its unit */
};

/* ---- states ---- */

static size_t groups_of(const struct state *s)
{
    return s->t->ops->n_ops * (s->recipe.layout.stripes ? s->recipe.layout.stripes : 1u);
}

/* No shifts, no pins, nothing made. */
static void state_init(struct state *s, const struct task_graph *t, const struct recipe *recipe)
{
    *s = (struct state) {.t = t, .recipe = *recipe};
    s->shift = mem_alloc_array(groups_of(s), sizeof *s->shift);
    s->pin = mem_alloc_array(t->n_tasks, sizeof *s->pin);
    for (size_t i = 0; i < t->n_tasks; i++) {
        s->pin[i] = LAYOUT_NONE;
    }
}

static void state_copy(struct state *to, const struct state *from)
{
    state_init(to, from->t, &from->recipe);
    memcpy(to->shift, from->shift, groups_of(from) * sizeof *to->shift);
    memcpy(to->pin, from->pin, from->t->n_tasks * sizeof *to->pin);
}

static void state_free(struct state *s)
{
    candidate_free(s->made);
    free(s->shift);
    free(s->pin);
    *s = (struct state) {0};
}

/* ---- where the makespan is decided ---- */

static const struct run *measured(const struct search *s)
{
    return s->w->steady ? &s->now.made->steady : &s->now.made->cold;
}

/* The task that the unit ran just before this one. */
static uint32_t before_on_unit(const struct run *r, uint32_t task)
{
    const struct layout *l = r->l;
    uint32_t unit = l->unit_of[task], last = TASK_NONE;
    for (uint32_t i = l->queue_first[unit]; i < l->queue_first[unit + 1]; i++) {
        uint32_t other = l->queue[i];
        if (r->finish[other] <= r->start[task] && other != task &&
            (last == TASK_NONE || r->finish[other] > r->finish[last])) {
            last = other;
        }
    }
    return last;
}

/* The producer whose output came last. */
static uint32_t last_producer(const struct run *r, uint32_t task)
{
    const struct layout *l = r->l;
    const struct task *k = &l->t->tasks[task];
    uint32_t last = TASK_NONE;
    uint64_t latest = 0;
    for (uint32_t i = k->first_input; i < k->first_input + k->n_inputs; i++) {
        uint32_t producer = l->t->chunks[l->t->inputs[i].chunk].producer, copy = l->input_copy[i];
        if (producer == TASK_NONE) {
            continue;
        }
        uint64_t usable = copy == LAYOUT_NONE ? r->finish[producer] : r->copies[copy].usable;
        if (last == TASK_NONE || usable > latest) {
            last = producer;
            latest = usable;
        }
    }
    return last;
}

/* From the task that ends last back to the beginning. */
static void find_critical(struct search *s)
{
    const struct run *r = measured(s);
    uint32_t task = 0;
    s->n_critical = s->n_blocking = 0;
    for (uint32_t i = 1; i < r->l->t->n_tasks; i++) {
        task = r->finish[i] > r->finish[task] ? i : task;
    }
    while (task != TASK_NONE && s->n_critical < MOST_CRITICAL) {
        *VEC_PUSH(s, critical) = task;
        uint32_t before = before_on_unit(r, task);
        bool blocked = before != TASK_NONE && r->ready[task] < r->finish[before];
        if (blocked) {
            *VEC_PUSH(s, blocking) = before;
        }
        task = blocked ? before : last_producer(r, task);
    }
}

/* ---- changes ---- */

static uint32_t draw(struct search *s, uint64_t bound)
{
    return (uint32_t)rng_below(&s->rng, bound);
}

/* Cycles of many sizes. */
static int32_t draw_shift(struct search *s)
{
    uint64_t most = s->longest >> (3 + draw(s, 6));
    return (int32_t)(1 + draw(s, (most < INT32_MAX / 64 ? most : INT32_MAX / 64) + 1));
}

static void add_shift(int32_t *shift, int32_t more)
{
    int64_t sum = (int64_t)*shift + more;
    *shift = sum > INT32_MAX / 2 ? INT32_MAX / 2 : sum < INT32_MIN / 2 ? INT32_MIN / 2 : (int32_t)sum;
}

/* A fresh recipe from what was seen to work on some work. */
static struct recipe draw_recipe(struct search *s)
{
    static const uint32_t stripes[] = {1, 2, 3, 4, 8}, patience[] = {0, 1, 2, 4}, quick[] = {0, 2, 4, 8},
                          room[] = {4, 5, 6}, affinity[] = {0, 8, 12, 16, 24, 32};
    struct recipe r = {.make = engine_run};
    r.layout.stripes = stripes[draw(s, 5)];
    r.layout.skew = 4 + draw(s, 25);
    r.layout.turns = draw(s, 2);
    r.layout.insertion = draw(s, 2);
    r.layout.affinity = affinity[draw(s, 6)];
    r.engine.patience = patience[draw(s, 4)];
    r.engine.quick = quick[draw(s, 4)];
    r.room = room[draw(s, 3)];
    r.queued = draw(s, 2);
    r.slotted = draw(s, 2);
    r.layout.spill = s->best.recipe.layout.spill;
    r.engine.ahead = s->best.recipe.engine.ahead;
    return r;
}

static void change_number(struct search *s, struct state *next)
{
    struct recipe other = draw_recipe(s), *r = &next->recipe;
    switch (draw(s, 9)) {
    case 0:
        r->engine.patience = other.engine.patience;
        break;
    case 1:
        r->engine.quick = other.engine.quick;
        break;
    case 2:
        r->room = other.room;
        break;
    case 3:
        r->layout.affinity = other.layout.affinity;
        break;
    case 4:
        r->layout.insertion = other.layout.insertion;
        break;
    case 5:
        r->layout.turns = other.layout.turns;
        break;
    case 6:
        r->queued = other.queued;
        break;
    case 7:
        r->slotted = other.slotted;
        break;
    default:
        r->layout.skew = other.layout.skew;
        break;
    }
}

static void change_urgency(struct search *s, struct state *next)
{
    const struct layout *l = measured(s)->l;
    uint32_t how = draw(s, 4);
    int32_t more = draw_shift(s);
    if (how == 0) { /* a group on the chain sooner, or what is in its way later */
        add_shift(&next->shift[layout_group(l, s->critical[draw(s, s->n_critical)])], more);
    } else if (how == 1 && s->n_blocking > 0) {
        add_shift(&next->shift[layout_group(l, s->blocking[draw(s, s->n_blocking)])], -more);
    } else if (how == 2) { /* a whole op */
        size_t stripes = layout_stripes(l), op = draw(s, next->t->ops->n_ops);
        more = draw(s, 2) ? more : -more;
        for (size_t i = op * stripes; i < (op + 1) * stripes; i++) {
            add_shift(&next->shift[i], more);
        }
    } else {
        uint32_t group = draw(s, groups_of(next)); /* one draw after the other: arguments have no order */
        add_shift(&next->shift[group], draw(s, 2) ? more : -more);
    }
}

static void change_unit(struct search *s, struct state *next)
{
    const struct layout *l = measured(s)->l;
    uint32_t how = draw(s, 3), units = l->m->units_per_chip;
    uint32_t task = how == 0        ? draw(s, next->t->n_tasks)
                    : how == 1      ? s->critical[draw(s, s->n_critical)]
                    : s->n_blocking ? s->blocking[draw(s, s->n_blocking)]
                                    : s->critical[0];
    uint32_t unit = l->unit_of[task] / units * units + draw(s, units);
    next->pin[task] = l->m->dead[unit] ? next->pin[task] : unit;
}

static void change(struct search *s, struct state *next)
{
    state_copy(next, &s->now);
    for (uint32_t n = 1 + draw(s, 3); n > 0; n--) {
        uint32_t what = draw(s, 16);
        if (what < 8) {
            change_urgency(s, next);
        } else if (what < 15) {
            change_unit(s, next);
        } else {
            change_number(s, next);
        }
    }
}

/* ---- steps ---- */

/* The state with its candidate becomes the one at hand. */
static void move_to(struct search *s, struct state *next)
{
    if (s->now.made == s->best.made) {
        s->now.made = NULL; /* it lives on with the best */
    }
    state_free(&s->now);
    s->now = *next;
    const struct candidate *best = s->best.made;
    if (best == NULL || (s->now.made != best && s->now.made->makespan <= best->makespan)) {
        state_free(&s->best);
        state_copy(&s->best, &s->now);
        s->best.made = s->now.made;
    }
    find_critical(s);
}

static void back_to_best(struct search *s)
{
    struct state next;
    if (s->now.made != s->best.made) {
        state_copy(&next, &s->best);
        next.made = s->best.made;
        move_to(s, &next);
    }
}

static bool is_fresh(uint32_t number)
{
    return number < FRESH_STEPS || number % FRESH_EVERY == 0;
}

static void propose(struct search *s, uint32_t number, struct state *next)
{
    if (is_fresh(number)) {
        struct recipe fresh = draw_recipe(s);
        static const enum compile_tiling tilings[] = {TILING_LARGE, TILING_FINE, TILING_FINE, TILING_COLUMNS};
        const struct task_graph *t = s->w->tilings[tilings[draw(s, 4)]];
        state_init(next, t ? t : s->now.t, &fresh);
    } else {
        change(s, next);
    }
}

/* The longest program that is still taken: a little longer than the best one, but for the first steps and every so
 * often. */
static uint64_t limit_of(const struct search *s, uint32_t number)
{
    uint64_t best = s->best.made->makespan, more = best / TOLERANCE;
    return best + 1 + (is_fresh(number) || number % RETURN_STEPS > RETURN_STEPS / 2 ? 0 : more);
}

static int step(struct search *s, uint32_t number)
{
    struct state next;
    if (number % RETURN_STEPS == 0) {
        back_to_best(s);
    }
    propose(s, number, &next);
    struct recipe recipe = next.recipe;
    recipe.layout.shift = next.shift;
    recipe.layout.pin = next.pin;
    struct candidate_error why;
    struct candidate_wish wish = {.steady = s->w->steady,
                                  .stream = s->w->stream,
                                  .limit = limit_of(s, number),
                                  .foreseen = s->best.made->foreseen,
                                  .attempts = MOST_ATTEMPTS,
                                  .like = next.t == s->now.t ? &s->now.made->mem : NULL};
    int result = candidate_make(&next.made, next.t, s->w->m, &recipe, &wish, &why);
    if (result == 0 && next.made->makespan < wish.limit) {
        move_to(s, &next);
        return 0;
    }
    state_free(&next);
    return result == SIM_ERR_BUILD || result == CANDIDATE_LATE ? 0 : result;
}

static double processor_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void search_improve(struct candidate **best, const struct search_work *w, const struct search_options *o,
                    uint32_t *steps)
{
    struct search s = {.w = w};
    struct state first;
    double end = processor_seconds() + o->seconds;
    rng_init(&s.rng, 1, "compile.search");
    state_init(&first, (*best)->layout.t, &(*best)->recipe);
    first.made = *best;
    for (size_t i = 0; i < first.t->n_tasks; i++) {
        s.longest = (*best)->layout.rank[i] > s.longest ? (*best)->layout.rank[i] : s.longest;
    }
    move_to(&s, &first);
    progress_begin("search", o->iterations == UINT32_MAX ? 0 : o->iterations);
    for (*steps = 0; *steps < o->iterations && interrupt_pending() == 0;) {
        if (step(&s, *steps) != 0) {
            break;
        }
        progress_update(++*steps);
        if (o->seconds > 0 && processor_seconds() >= end) {
            break;
        }
    }
    progress_end();
    *best = s.best.made;
    if (s.now.made == s.best.made) {
        s.now.made = NULL;
    }
    s.best.made = NULL;
    state_free(&s.now);
    state_free(&s.best);
    free(s.critical);
    free(s.blocking);
}
