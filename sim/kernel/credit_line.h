/* SPDX-License-Identifier: Apache-2.0 */
/* credit_line.h - places that became free behind a mailbox, one count per virtual network.
 *
 *     reader of the mailbox --give--> [total, seen from cycle t on] --> writer of the mailbox:  room = places - sent +
 *                                     [before: total until t]           what is seen
 *
 * A registered count: what is given in cycle t is seen in t + 1. That is all that registers it: the count says from
 * which cycle on it is seen, and keeps what it was until then, so that there is nothing to commit. The two sides may be
 * parts of a domain (domain.h), of which the one that gives is never beyond the cycle in which the other one looks.
 * Who waits for a credit stays awake, or asks to be woken by the next one (credit_line_await). Counts only grow, modulo
 * 2^32; differences are what matters. */
#ifndef SIM_KERNEL_CREDIT_LINE_H
#define SIM_KERNEL_CREDIT_LINE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "sim/kernel/domain.h"

#define CREDIT_LANES 4u

struct credit_line {
    struct domain *writer;
    uint64_t seen_at; /* cycle from which on `total` is seen; until then `before` */
    uint32_t total[CREDIT_LANES];
    uint32_t before[CREDIT_LANES];
    struct domain *waits; /* `box` of this domain awaits the next credit; NULL: nobody does */
    uint32_t box;
};

void credit_line_init(struct credit_line *c, struct domain *writer);

void credit_line_wake(struct credit_line *c); /* credit_line_give only */

/* Where the writer knows its cycle: seen_at is the next one. */
static inline void credit_line_give_at(struct credit_line *c, uint64_t seen_at, uint32_t lane, uint32_t n)
{
    if (c->seen_at != seen_at) {
        memcpy(c->before, c->total, sizeof c->before);
        c->seen_at = seen_at;
        if (c->waits)
            credit_line_wake(c);
    }
    c->total[lane] += n;
}
static inline void credit_line_give(struct credit_line *c, uint32_t lane, uint32_t n)
{
    credit_line_give_at(c, c->writer->cycle + 1, lane, n);
}

/* What is seen in this cycle. */
static inline uint32_t credit_line_seen(const struct credit_line *c, uint32_t lane, uint64_t cycle)
{
    return c->seen_at <= cycle ? c->total[lane] : c->before[lane];
}

/* The writer of the mailbox, in its domain's present cycle: wake this box of it in the cycle in which the next credits
 * are seen. False: there are some in the next cycle, it need not wait. */
static inline bool credit_line_await(struct credit_line *c, struct domain *d, uint32_t box)
{
    if (c->seen_at == d->cycle + 1)
        return false;
    c->waits = d;
    c->box = box;
    return true;
}

#endif
