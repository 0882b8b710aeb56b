/* SPDX-License-Identifier: Apache-2.0 */
/* signal_report.c - goes through all who add to a counter word, on all chips, and asks their SMs whether they have. */
#include "hw/server/signal_report.h"

#include <stdio.h>

#define NAMES_MAX 12u /* tasks named in a list */

/* "tasks 4, 7 and 3 more" */
struct task_names {
    uint32_t n;
    size_t at;
    char text[160];
};

static void add_name(struct task_names *l, uint32_t task)
{
    if (l->n++ < NAMES_MAX)
        l->at += (size_t)snprintf(l->text + l->at, sizeof l->text - l->at, "%s%u", l->n > 1 ? ", " : "", task);
}

static size_t say_names(const struct task_names *l, const char *before, const char *what, char *text, size_t size)
{
    char more[32] = "";
    if (l->n == 0)
        return 0;
    if (l->n > NAMES_MAX)
        snprintf(more, sizeof more, " and %u more", l->n - NAMES_MAX);
    return (size_t)snprintf(text, size, "%s of task%s %s%s (%s)", before, l->n > 1 ? "s" : "", l->text, more, what);
}

struct outstanding {
    struct task_names running; /* have not ended */
    struct task_names silent;  /* have ended and did not send it */
};

static bool has_ended(const struct dynamic_chip *c, uint32_t launch, uint32_t cta)
{
    for (uint32_t i = 0; i < c->m->units_per_chip; i++)
        if (sm_has_ended(c->sms[i], launch, cta))
            return true;
    return false;
}

static bool adds(const struct chip_program *p, const struct cta *c, uint32_t chip, uint32_t word)
{
    for (uint32_t i = 0; i < c->n_signals; i++) {
        const struct cta_signal *x = &p->signals[c->first_signal + i];
        if (x->chip == chip && x->line == word / LINE_WORDS && (x->words >> word % LINE_WORDS & 1))
            return true;
    }
    return false;
}

static void ask(const struct dynamic_chip *from, uint32_t chip, const struct sm_poll *poll, struct outstanding *o)
{
    const struct lost_signal *lost = &from->server->lost;
    bool lost_here = lost->any && lost->from_chip == from->chip && lost->chip == chip && lost->word == poll->word;
    for (uint32_t k = 0; k < from->program->n_ctas; k++) {
        const struct cta *c = &from->program->ctas[k];
        bool silent = lost_here && lost->from_cta == k;
        if (!silent && !adds(from->program, c, chip, poll->word))
            continue;
        if (!has_ended(from, poll->launch, k))
            add_name(&o->running, c->task);
        else if (silent)
            add_name(&o->silent, c->task);
    }
}

static void say(const struct outstanding *o, const struct sm_poll *poll, uint32_t come, const char *place,
                struct diag *d)
{
    char text[512] = "";
    uint32_t known = come + o->running.n + o->silent.n;
    size_t at = say_names(&o->silent, "", "ended, not sent", text, sizeof text);
    at += say_names(&o->running, at > 0 ? "," : "", "not ended", text + at, sizeof text - at);
    if (known < poll->n)
        snprintf(text + at, sizeof text - at, "%s %u on their way", at > 0 ? "," : "", poll->n - known);
    diag_add(d, "", 0, 0, place, "counter word %u: %u of %u signals have come; outstanding:%s", poll->word, come,
             poll->n, text[0] ? text : " none");
}

void signal_report(struct dynamic_chip *const *chips, uint32_t n_chips, uint32_t chip, uint32_t unit, struct diag *d)
{
    const struct dynamic_chip *c = chips[chip];
    const struct sm *s = c->sms[unit];
    const struct home_map h = {c->d->l2.slices, c->m->channels_per_chip};
    struct sm_poll poll;
    for (uint32_t w = 0; w < s->n_warps; w++) {
        struct outstanding o = {0};
        if (!sm_polls(s, w, &poll))
            continue;
        for (uint32_t i = 0; i < n_chips; i++)
            ask(chips[i], chip, &poll, &o);
        uint32_t value = l2_slice_counter(c->slices[home_slice(&h, poll.word / LINE_WORDS)], poll.word);
        say(&o, &poll, value - poll.n * (poll.launch - 1), s->k.name, d);
    }
}
