/* SPDX-License-Identifier: Apache-2.0 */
/* program_damage.c - takes something away from a program whose rules hold. */
#include "sim/program/program_damage.h"

/* The first word of its first signal: the others still come. */
static uint32_t lose_first(struct chip_program *p, struct cta *c)
{
    struct cta_signal *s = &p->signals[c->first_signal];
    uint32_t bit = (uint32_t)__builtin_ctz(s->words);
    s->words &= s->words - 1;
    if (s->words == 0) {
        c->first_signal++;
        c->n_signals--;
    }
    return 32 * s->line + bit;
}

bool program_lose_signal_of(struct server_program *p, uint32_t chip, uint32_t cta)
{
    struct chip_program *c = &p->chip[chip];
    struct cta *from = &c->ctas[cta];
    if (from->n_signals == 0)
        return false;
    p->lost = (struct lost_signal) {.any = true, .from_chip = chip, .from_cta = cta, .from_task = from->task};
    p->lost.chip = c->signals[from->first_signal].chip;
    p->lost.word = lose_first(c, from);
    return true;
}

bool program_lose_signal(struct server_program *p)
{
    for (uint32_t chip = 0; chip < p->chips; chip++)
        for (size_t i = p->chip[chip].n_ctas; i > 0; i--)
            if (program_lose_signal_of(p, chip, (uint32_t)(i - 1)))
                return true;
    return false;
}
