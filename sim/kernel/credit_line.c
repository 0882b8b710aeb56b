/* SPDX-License-Identifier: Apache-2.0 */
/* credit_line.c - registered counts of free places. */
#include "sim/kernel/credit_line.h"

void credit_line_init(struct credit_line *c, struct domain *writer)
{
    *c = (struct credit_line) {.writer = writer};
}

void credit_line_give(struct credit_line *c, uint32_t lane, uint32_t n)
{
    c->next[lane] += n;
    if (c->written)
        return;
    c->written = true;
    domain_credited(c->writer, c);
}

void credit_line_commit(struct credit_line *c)
{
    for (uint32_t i = 0; i < CREDIT_LANES; i++)
        c->total[i] = c->next[i];
    c->written = false;
    if (c->awaited)
        domain_set_timer(c->writer, c->box, c->writer->cycle + 1);
    c->awaited = false;
}
