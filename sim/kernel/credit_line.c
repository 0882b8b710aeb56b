/* SPDX-License-Identifier: Apache-2.0 */
/* credit_line.c - registered counts of free places. */
#include "sim/kernel/credit_line.h"

_Static_assert(sizeof(struct credit_line) == MEM_LINE, "it is one line of the host's cache");

void credit_line_init(struct credit_line *c, struct domain *writer)
{
    *c = (struct credit_line) {.writer = writer};
}

/* Seldom: it does not become part of those who give, which would lose their registers to it. */
__attribute__((noinline)) void credit_line_wake(struct credit_line *c)
{
    domain_set_timer(c->waits, c->box, c->seen_at);
    c->waits = NULL;
}
