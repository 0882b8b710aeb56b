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

bool program_lose_signal(struct server_program *p, struct lost_signal *lost)
{
    for (uint32_t chip = 0; chip < p->chips; chip++) {
        struct chip_program *c = &p->chip[chip];
        for (size_t i = c->n_ctas; i > 0; i--) {
            struct cta *from = &c->ctas[i - 1];
            if (from->n_signals == 0)
                continue;
            lost->from_chip = chip;
            lost->from_task = from->task;
            lost->chip = c->signals[from->first_signal].chip;
            lost->word = lose_first(c, from);
            return true;
        }
    }
    return false;
}
