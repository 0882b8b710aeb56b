/* SPDX-License-Identifier: Apache-2.0 */
/* credit_line.h - places that became free behind a mailbox, one count per virtual network.
 *
 *     reader of the mailbox --give--> [next] --commit--> [total] --> writer of the mailbox:  room = places - sent +
 * total
 *
 * A registered count: what is given in cycle t is seen in t + 1. Who waits for a credit stays awake, or asks to be
 * woken by the next one (credit_line_await). Counts only grow, modulo 2^32; differences are what matters. */
#ifndef SIM_KERNEL_CREDIT_LINE_H
#define SIM_KERNEL_CREDIT_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/kernel/domain.h"

#define CREDIT_LANES 4u

struct credit_line {
    struct domain *writer;
    uint32_t total[CREDIT_LANES]; /* readable side */
    uint32_t next[CREDIT_LANES];
    bool written;
    bool awaited; /* by `box` of the same domain */
    uint32_t box;
    struct credit_line *link; /* of the domain's list of those given in this cycle */
};

void credit_line_init(struct credit_line *c, struct domain *writer);
void credit_line_commit(struct credit_line *c); /* domain_commit only */

static inline void credit_line_give(struct credit_line *c, uint32_t lane, uint32_t n)
{
    c->next[lane] += n;
    if (c->written)
        return;
    c->written = true;
    c->link = c->writer->credited;
    c->writer->credited = c;
}

/* The writer of the mailbox: wake this box of the line's domain in the cycle in which the next credits are seen. */
static inline void credit_line_await(struct credit_line *c, uint32_t box)
{
    c->awaited = true;
    c->box = box;
}

#endif
