/* SPDX-License-Identifier: Apache-2.0 */
/* program_order.c - waits have exactly their signals, nothing is read before it is written, and nobody waits for ever.
 *
 * A chip starts its CTAs in order, each in the first free slot; one that waits keeps its slot. The edges "signals" and
 * "is started before, on the same chip" must have no circle: then the first CTA of a topological order that has not
 * finished has all its signals, and all CTAs before it on its chip are finished, so it has or gets a slot, be there
 * only one, and ends. A kernel that starts after the end of the one before it adds nothing: its CTAs come later in the
 * chip's order anyway. */
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/program/program_rules.h"

static const struct cta *cta_at(const struct rules *r, uint32_t number, uint32_t *chip)
{
    uint32_t low = 0, high = r->p->chips;
    while (high - low > 1) {
        uint32_t mid = (low + high) / 2;
        if (r->first_cta[mid] <= number)
            low = mid;
        else
            high = mid;
    }
    *chip = low;
    return &r->p->chip[low].ctas[number - r->first_cta[low]];
}

static uint32_t task_of(const struct rules *r, uint32_t number)
{
    uint32_t chip;
    return cta_at(r, number, &chip)->task;
}

/* ---- words ---- */

static void find_owners(struct rules *r)
{
    r->owner = mem_alloc_array(r->p->chips, sizeof *r->owner);
    for (uint32_t chip = 0; chip < r->p->chips; chip++) {
        const struct chip_program *c = &r->p->chip[chip];
        r->owner[chip] = mem_alloc_array((size_t)c->counter_lines * RULE_LINE_WORDS, sizeof **r->owner);
        for (size_t i = 0; i < (size_t)c->counter_lines * RULE_LINE_WORDS; i++)
            r->owner[chip][i] = PROGRAM_NONE;
        for (uint32_t i = 0; i < c->n_ctas; i++) {
            for (uint32_t k = c->ctas[i].first_wait; k < c->ctas[i].first_wait + c->ctas[i].n_waits; k++) {
                const struct cta_wait *w = &c->waits[k];
                SIM_CHECK(w->n > 0 && w->word < c->queue_word, "task %u waits for %u in word %u", c->ctas[i].task, w->n,
                          w->word);
                SIM_CHECK(r->owner[chip][w->word] == PROGRAM_NONE, "chip %u: two CTAs wait for word %u", chip, w->word);
                r->owner[chip][w->word] = r->first_cta[chip] + i;
            }
        }
    }
}

/* Calls what(r, producer, chip, word, data) for each signal of a CTA. */
static void for_signals(const struct rules *r, uint32_t producer,
                        void (*what)(const struct rules *, uint32_t, uint32_t, uint32_t, void *), void *data)
{
    uint32_t chip;
    const struct cta *x = cta_at(r, producer, &chip);
    for (uint32_t i = x->first_signal; i < x->first_signal + x->n_signals; i++) {
        const struct cta_signal *s = &r->p->chip[chip].signals[i];
        for (uint32_t bit = 0; bit < RULE_LINE_WORDS; bit++)
            if (s->words >> bit & 1)
                what(r, producer, s->chip, s->line * RULE_LINE_WORDS + bit, data);
    }
}

static void check_signal_rows(const struct rules *r)
{
    for (uint32_t chip = 0; chip < r->p->chips; chip++) {
        const struct chip_program *c = &r->p->chip[chip];
        for (size_t i = 0; i < c->n_ctas; i++) {
            for (uint32_t k = 0; k < c->ctas[i].n_signals; k++) {
                const struct cta_signal *s = &c->signals[c->ctas[i].first_signal + k];
                SIM_CHECK(s->chip < r->p->chips && s->line < r->p->chip[s->chip].queue_word / RULE_LINE_WORDS &&
                              s->words != 0,
                          "task %u signals line %u of chip %u", c->ctas[i].task, s->line, s->chip);
                SIM_CHECK(k == 0 || s[-1].chip < s->chip || (s[-1].chip == s->chip && s[-1].line < s->line),
                          "task %u: signals are not in order", c->ctas[i].task);
            }
        }
    }
}

struct counting {
    uint32_t **got; /* per chip and word */
    uint64_t *edges;
    size_t n;
};

static void count_signal(const struct rules *r, uint32_t producer, uint32_t chip, uint32_t word, void *data)
{
    struct counting *c = data;
    uint32_t consumer = r->owner[chip][word];
    SIM_CHECK(consumer != PROGRAM_NONE, "task %u signals word %u of chip %u: nobody waits", task_of(r, producer), word,
              chip);
    SIM_CHECK(task_of(r, producer) < task_of(r, consumer), "task %u waits for task %u", task_of(r, consumer),
              task_of(r, producer));
    c->got[chip][word]++;
    if (c->edges)
        c->edges[c->n] = (uint64_t)consumer << 32 | producer;
    c->n++;
}

static void check_counts(const struct rules *r, uint32_t *const *got)
{
    for (uint32_t chip = 0; chip < r->p->chips; chip++) {
        const struct chip_program *c = &r->p->chip[chip];
        for (size_t i = 0; i < c->n_waits; i++)
            SIM_CHECK(got[chip][c->waits[i].word] == c->waits[i].n, "chip %u: word %u gets %u signals, %u are awaited",
                      chip, c->waits[i].word, got[chip][c->waits[i].word], c->waits[i].n);
    }
}

static int by_edge(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void find_edges(struct rules *r)
{
    uint32_t n = r->first_cta[r->p->chips];
    struct counting c = {.got = mem_alloc_array(r->p->chips, sizeof *c.got)};
    for (uint32_t chip = 0; chip < r->p->chips; chip++)
        c.got[chip] = mem_alloc_array((size_t)r->p->chip[chip].counter_lines * RULE_LINE_WORDS, sizeof **c.got);
    for (uint32_t i = 0; i < n; i++)
        for_signals(r, i, count_signal, &c);
    check_counts(r, c.got);
    r->edges = c.edges = mem_alloc_array(c.n, sizeof *c.edges);
    r->n_edges = c.n;
    c.n = 0;
    for (uint32_t i = 0; i < n; i++)
        for_signals(r, i, count_signal, &c);
    qsort(r->edges, r->n_edges, sizeof *r->edges, by_edge);
    for (size_t i = 1; i < r->n_edges; i++)
        SIM_CHECK(r->edges[i - 1] != r->edges[i], "task %u signals a CTA twice", task_of(r, (uint32_t)r->edges[i]));
    for (uint32_t chip = 0; chip < r->p->chips; chip++)
        free(c.got[chip]);
    free(c.got);
}

bool rules_signals(const struct rules *r, uint32_t producer, uint32_t consumer)
{
    uint64_t key = (uint64_t)consumer << 32 | producer;
    return r->n_edges > 0 && bsearch(&key, r->edges, r->n_edges, sizeof key, by_edge) != NULL;
}

/* ---- order ---- */

/* What is read is finished: a kernel of the chip's stream before this one wrote it, or its CTA has signalled. */
static void check_reads(const struct rules *r)
{
    for (uint32_t chip = 0; chip < r->p->chips; chip++) {
        const struct chip_program *c = &r->p->chip[chip];
        for (uint32_t i = 0; i < c->n_ctas; i++) {
            const struct cta *x = &c->ctas[i];
            for (uint32_t k = x->first_piece; k < x->first_piece + x->n_pieces; k++) {
                const struct cta_piece *y = &c->pieces[k];
                if (!rules_reads(r, y) || y->source)
                    continue;
                const struct written *w = rules_find(r, y->chunk, y->home);
                bool earlier = r->p->stream && w->from == chip && w->birth < x->kernel;
                SIM_CHECK(earlier || rules_signals(r, w->cta, r->first_cta[chip] + i),
                          "task %u may read chunk %u before it is written", x->task, y->chunk);
            }
        }
    }
}

struct sorting {
    uint32_t *missing; /* per CTA: edges that have not gone */
    VEC(uint32_t, ready);
};

static void drop_edge(const struct rules *r, uint32_t producer, uint32_t chip, uint32_t word, void *data)
{
    struct sorting *s = data;
    uint32_t consumer = r->owner[chip][word];
    (void)producer;
    if (--s->missing[consumer] == 0)
        *VEC_PUSH(s, ready) = consumer;
}

static void check_circles(const struct rules *r)
{
    uint32_t n = r->first_cta[r->p->chips], done = 0, chip;
    struct sorting s = {.missing = mem_alloc_array(n, sizeof *s.missing)};
    for (size_t i = 0; i < r->n_edges; i++)
        s.missing[r->edges[i] >> 32]++;
    for (uint32_t i = 0; i < n; i++) {
        cta_at(r, i, &chip);
        s.missing[i] += i > r->first_cta[chip];
        if (s.missing[i] == 0)
            *VEC_PUSH(&s, ready) = i;
    }
    for (; s.n_ready > 0; done++) {
        uint32_t at = s.ready[--s.n_ready];
        for_signals(r, at, drop_edge, &s);
        cta_at(r, at, &chip);
        if (at + 1 < r->first_cta[chip + 1] && --s.missing[at + 1] == 0)
            *VEC_PUSH(&s, ready) = at + 1;
    }
    SIM_CHECK(done == n, "%u CTAs wait for each other in a circle", n - done);
    free(s.missing);
    free(s.ready);
}

void rules_order(struct rules *r)
{
    find_owners(r);
    check_signal_rows(r);
    find_edges(r);
    check_reads(r);
    check_circles(r);
}
