/* SPDX-License-Identifier: Apache-2.0 */
/* credit_line.c - registered counts of free places. */
#include "sim/kernel/credit_line.h"

#include <string.h>

void credit_line_init(struct credit_line *c, struct domain *writer)
{
    *c = (struct credit_line) {.writer = writer};
}

void credit_line_commit(struct credit_line *c)
{
    memcpy(c->total, c->next, sizeof c->total);
    c->written = false;
    if (c->awaited)
        domain_set_timer(c->writer, c->box, c->writer->cycle + 1);
    c->awaited = false;
}
