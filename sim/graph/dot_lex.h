/* SPDX-License-Identifier: Apache-2.0 */
/* dot_lex.h - tokens of the DOT language (graphviz.org/doc/info/lang.html). For sim/graph only.
 *
 *     digraph g { "task 1" [Weight=5]  // comment     -->     digraph, g, {, task 1, [, Weight, =, 5, ], ... */
#ifndef SIM_GRAPH_DOT_LEX_H
#define SIM_GRAPH_DOT_LEX_H

#include <stdbool.h>

#include "sim/base/diag.h"
#include "sim/base/text.h"

enum dot_kind { DOT_END, DOT_ID, DOT_ARROW, DOT_LINE, DOT_PUNCTUATION };

struct dot_lex {
    const char *path;
    struct diag *d;
    const char *at, *end, *line_start;
    uint32_t line_number;
    /* The token in the reader's hands. */
    enum dot_kind kind;
    char punctuation; /* { } [ ] ; , = : */
    bool quoted;      /* then an id is no keyword */
    struct text id;   /* unescaped, the parts of a + b joined */
    uint32_t line, col;
};

/* Goes to the next token; SIM_ERR_INPUT with a message where there is none. */
int dot_next(struct dot_lex *l);

bool dot_is(const struct dot_lex *l, char punctuation);
/* Keywords are written in any case. */
bool dot_keyword(const struct dot_lex *l, const char *word);
/* "... is expected here" at the token; SIM_ERR_INPUT. */
int dot_expected(const struct dot_lex *l, const char *what);

#endif
