/* SPDX-License-Identifier: Apache-2.0 */
/* waits.c - who waits for whom, on which counter word, and which words a CTA adds to when it has finished. */
#include <stdlib.h>

#include "sim/codegen/generator.h"

/* Calls what(g, consumer, data) for each task that must hear of `producer`, once. */
static void for_waiting(struct generator *g, uint32_t producer, void (*what)(struct generator *, uint32_t, void *),
                        void *data)
{
    const struct task *x = &g->t->tasks[producer];
    for (uint32_t chunk = x->first_output; chunk < x->first_output + x->n_outputs; chunk++) {
        for (uint32_t i = g->first_reader[chunk]; i < g->first_reader[chunk + 1]; i++) {
            uint32_t consumer = g->readers[i];
            if (g->stamp[consumer] == producer + 1 || !needs_signal(g, producer, consumer))
                continue;
            g->stamp[consumer] = producer + 1;
            what(g, consumer, data);
        }
    }
}

static void count_signal(struct generator *g, uint32_t consumer, void *data)
{
    (void)data;
    g->signals[consumer]++;
}

/* Words of one kernel side by side; a kernel whose words fit one line does not begin at the end of another. */
static void number_words(struct generator *g, uint32_t chip)
{
    struct chip_program *p = &g->out->chip[chip];
    uint32_t word = 0;
    for (size_t k = 0; k < p->n_kernels; k++) {
        const uint32_t *task = &g->order[g->chip_first[chip] + p->kernels[k].first_cta];
        uint32_t waiting = 0, used = word % CODE_LINE_WORDS;
        for (uint32_t i = 0; i < p->kernels[k].n_ctas; i++)
            waiting += g->signals[task[i]] > 0;
        if (waiting <= CODE_LINE_WORDS && used + waiting > CODE_LINE_WORDS)
            word += CODE_LINE_WORDS - used;
        for (uint32_t i = 0; i < p->kernels[k].n_ctas; i++)
            g->word[task[i]] = g->signals[task[i]] > 0 ? word++ : CODE_NONE;
    }
    uint32_t queues = g->d->placed ? g->m->units_per_chip : 1; /* one of the chip, or one per SM */
    p->queue_word = (word + CODE_LINE_WORDS - 1) / CODE_LINE_WORDS * CODE_LINE_WORDS;
    p->counter_lines = (p->queue_word + queues + CODE_LINE_WORDS - 1) / CODE_LINE_WORDS;
}

void plan_waits(struct generator *g)
{
    g->word = mem_alloc_array(g->t->n_tasks, sizeof *g->word);
    g->signals = mem_alloc_array(g->t->n_tasks, sizeof *g->signals);
    g->stamp = mem_alloc_array(g->t->n_tasks, sizeof *g->stamp);
    for (uint32_t i = 0; i < g->t->n_tasks; i++)
        for_waiting(g, i, count_signal, NULL);
    for (size_t i = 0; i < g->t->n_tasks; i++)
        g->stamp[i] = 0;
    for (uint32_t chip = 0; chip < g->t->chips; chip++)
        number_words(g, chip);
}

/* ---- the signals of one CTA ---- */

struct heard {
    uint32_t chip, word;
};

struct heard_list {
    VEC(struct heard, heard);
};

static void note(struct generator *g, uint32_t consumer, void *data)
{
    struct heard_list *list = data;
    *VEC_PUSH(list, heard) = (struct heard) {g->t->tasks[consumer].chip, g->word[consumer]};
}

static int by_word(const void *a, const void *b)
{
    const struct heard *x = a, *y = b;
    if (x->chip != y->chip)
        return x->chip < y->chip ? -1 : 1;
    return (x->word > y->word) - (x->word < y->word);
}

void emit_waits(struct generator *g, struct cta *c)
{
    struct chip_program *p = &g->out->chip[g->t->tasks[c->task].chip];
    struct heard_list list = {0};
    c->first_wait = (uint32_t)p->n_waits;
    c->first_signal = (uint32_t)p->n_signals;
    if (g->signals[c->task] > 0)
        *VEC_PUSH(p, waits) = (struct cta_wait) {.word = g->word[c->task], .n = g->signals[c->task]};
    for_waiting(g, c->task, note, &list);
    if (list.n_heard > 0)
        qsort(list.heard, list.n_heard, sizeof *list.heard, by_word);
    for (size_t i = 0; i < list.n_heard; i++) {
        uint32_t chip = list.heard[i].chip, line = list.heard[i].word / CODE_LINE_WORDS;
        struct cta_signal *last = p->n_signals > c->first_signal ? &p->signals[p->n_signals - 1] : NULL;
        if (!last || last->chip != chip || last->line != line) {
            last = VEC_PUSH(p, signals);
            *last = (struct cta_signal) {.chip = (uint16_t)chip, .line = line};
        }
        last->words |= 1u << list.heard[i].word % CODE_LINE_WORDS;
    }
    free(list.heard);
    c->n_waits = (uint32_t)p->n_waits - c->first_wait;
    c->n_signals = (uint32_t)p->n_signals - c->first_signal;
}
