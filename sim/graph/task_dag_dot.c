/* SPDX-License-Identifier: Apache-2.0 */
/* task_dag_dot.c - reads a task graph from a Graphviz digraph.
 *
 *     digraph g { a [Weight=5]; b [Weight=3]; a -> b [Weight=2]; }
 *
 * Weight of a node is its processing time, Weight of an edge the delay between two units. `weight` is read where
 * there is no `Weight`. Nodes and edges stand in any order; chains, defaults (node [...], edge [...]) and subgraphs,
 * also as ends of an edge, mean what they mean to Graphviz. What would be merged quietly there is refused: a weight
 * given twice, an edge given twice. */
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/hash.h"
#include "sim/base/mem.h"
#include "sim/graph/dot_lex.h"
#include "sim/graph/task_dag_read.h"

#define MAX_DEPTH    64u
#define MAX_MESSAGES 20u

struct weight {
    uint64_t value;
    bool given, upper; /* upper: as `Weight`, which wins over `weight` */
};

struct dot_node {
    const char *name;
    struct weight weight;
    bool own; /* the weight is the node's, not a default */
    uint32_t line, col;
};

struct dot_edge {
    uint32_t from, to;
    struct weight weight;
    uint32_t line, col;
};

struct dot {
    struct dot_lex lex;
    struct arena *arena;
    uint32_t depth;
    struct weight node_default, edge_default;
    VEC(struct dot_node, nodes);
    VEC(struct dot_edge, edges);
    VEC(uint32_t, mentioned); /* nodes in the order in which they are named: the ends of an edge are ranges of it */
    uint32_t *slot;           /* open addressing by name; node + 1 */
    size_t n_slots;
};

/* ---- nodes by name ---- */

static uint64_t hash_of(const char *name)
{
    uint64_t h = 0;
    for (; *name; name++) {
        h = mix64(h, (unsigned char)*name);
    }
    return h;
}

static void place(struct dot *x, uint32_t node)
{
    size_t i = hash_of(x->nodes[node].name) & (x->n_slots - 1);
    while (x->slot[i]) {
        i = (i + 1) & (x->n_slots - 1);
    }
    x->slot[i] = node + 1;
}

static void grow(struct dot *x)
{
    free(x->slot);
    x->n_slots = x->n_slots ? 2 * x->n_slots : 64;
    x->slot = mem_alloc_array(x->n_slots, sizeof *x->slot);
    for (uint32_t v = 0; v < x->n_nodes; v++) {
        place(x, v);
    }
}

/* The node that the token names; a new one takes the default as it stands. */
static uint32_t node_named(struct dot *x)
{
    const struct dot_lex *l = &x->lex;
    if (2 * (x->n_nodes + 1) > x->n_slots) {
        grow(x);
    }
    for (size_t i = hash_of(l->id.s) & (x->n_slots - 1); x->slot[i]; i = (i + 1) & (x->n_slots - 1)) {
        if (strcmp(x->nodes[x->slot[i] - 1].name, l->id.s) == 0) {
            return x->slot[i] - 1;
        }
    }
    *VEC_PUSH(x, nodes) = (struct dot_node) {
        .name = arena_strdup(x->arena, l->id.s), .weight = x->node_default, .line = l->line, .col = l->col};
    place(x, (uint32_t)x->n_nodes - 1);
    return (uint32_t)x->n_nodes - 1;
}

/* ---- attributes ---- */

/* A whole number, also as 4.0. */
static int weight_value(const struct dot_lex *l, uint64_t *value)
{
    const char *s = l->id.s;
    const char *wrong = *s == '-' ? "is negative" : *s < '0' || *s > '9' ? "is no whole number" : NULL;
    for (*value = 0; !wrong && *s >= '0' && *s <= '9'; s++) {
        *value = *value * 10 + (uint64_t)(*s - '0');
        wrong = *value > TASK_DAG_MAX_TIME ? "is larger than 2^53 - 1" : NULL;
    }
    if (!wrong && *s == '.') {
        for (s++; *s == '0'; s++) {
        }
    }
    wrong = wrong || *s == '\0' ? wrong : "is no whole number";
    if (wrong) {
        diag_add(l->d, l->path, l->line, l->col, "", "the weight '%s' %s", l->id.s, wrong);
    }
    return wrong ? SIM_ERR_INPUT : SIM_OK;
}

/* One name or name = value; only the weight is looked at. */
static int attribute(struct dot *x, struct weight *w)
{
    struct dot_lex *l = &x->lex;
    if (l->kind != DOT_ID) {
        return dot_expected(l, "an attribute");
    }
    bool upper = strcmp(l->id.s, "Weight") == 0, lower = strcmp(l->id.s, "weight") == 0;
    uint32_t line = l->line, col = l->col;
    int error = dot_next(l);
    if (error != SIM_OK || !dot_is(l, '=')) {
        return error;
    }
    error = dot_next(l);
    if (error == SIM_OK && l->kind != DOT_ID) {
        error = dot_expected(l, "the value of an attribute");
    }
    if (error == SIM_OK && (upper || lower)) {
        uint64_t value;
        error = weight_value(l, &value);
        if (error == SIM_OK && w->given && w->upper == upper) {
            diag_add(l->d, l->path, line, col, "", "the weight is given twice");
            error = SIM_ERR_INPUT;
        } else if (!w->given || upper) {
            *w = (struct weight) {value, true, upper};
        }
    }
    return error ? error : dot_next(l);
}

/* Any number of [ ... ]. */
static int attributes(struct dot *x, struct weight *w)
{
    struct dot_lex *l = &x->lex;
    int error = SIM_OK;
    *w = (struct weight) {0};
    while (error == SIM_OK && dot_is(l, '[')) {
        error = dot_next(l);
        while (error == SIM_OK && !dot_is(l, ']')) {
            error = attribute(x, w);
            if (error == SIM_OK && (dot_is(l, ',') || dot_is(l, ';'))) {
                error = dot_next(l);
            }
        }
        error = error ? error : dot_next(l);
    }
    return error;
}

/* ---- statements ---- */

/* Nodes that one end of an edge names: mentioned[begin .. end). */
struct ends {
    size_t begin, end;
};

static int statements(struct dot *x);

static int subgraph(struct dot *x)
{
    struct dot_lex *l = &x->lex;
    struct weight node_default = x->node_default, edge_default = x->edge_default;
    int error = SIM_OK;
    if (dot_keyword(l, "subgraph")) {
        error = dot_next(l);
        if (error == SIM_OK && l->kind == DOT_ID) {
            error = dot_next(l);
        }
    }
    if (error == SIM_OK && !dot_is(l, '{')) {
        error = dot_expected(l, "{");
    }
    if (error == SIM_OK && ++x->depth > MAX_DEPTH) {
        diag_add(l->d, l->path, l->line, l->col, "", "subgraphs are nested more than %u deep", MAX_DEPTH);
        error = SIM_ERR_INPUT;
    }
    error = error ? error : dot_next(l);
    error = error ? error : statements(x);
    if (error == SIM_OK && !dot_is(l, '}')) {
        error = dot_expected(l, "}");
    }
    x->depth--;
    x->node_default = node_default;
    x->edge_default = edge_default;
    return error ? error : dot_next(l);
}

/* A port changes nothing. */
static int skip_port(struct dot_lex *l)
{
    int error = SIM_OK;
    while (error == SIM_OK && dot_is(l, ':')) {
        error = dot_next(l);
        if (error == SIM_OK && l->kind != DOT_ID) {
            error = dot_expected(l, "a port");
        }
        error = error ? error : dot_next(l);
    }
    return error;
}

static int operand(struct dot *x, struct ends *e)
{
    struct dot_lex *l = &x->lex;
    int error;
    e->begin = x->n_mentioned;
    if (dot_is(l, '{') || dot_keyword(l, "subgraph")) {
        error = subgraph(x);
    } else if (l->kind == DOT_ID) {
        uint32_t v = node_named(x);
        *VEC_PUSH(x, mentioned) = v;
        error = dot_next(l);
        error = error ? error : skip_port(l);
    } else {
        error = dot_expected(l, "a node");
    }
    e->end = x->n_mentioned;
    if (error == SIM_OK && x->n_nodes > TASK_DAG_MAX_TASKS) {
        diag_add(l->d, l->path, l->line, l->col, "", "the graph has more than %u nodes", TASK_DAG_MAX_TASKS);
        error = SIM_ERR_INPUT;
    }
    return error;
}

static int add_edges(struct dot *x, struct ends from, struct ends to, uint32_t line, uint32_t col)
{
    for (size_t i = from.begin; i < from.end; i++) {
        for (size_t k = to.begin; k < to.end; k++) {
            if (x->n_edges == TASK_DAG_MAX_EDGES) {
                diag_add(x->lex.d, x->lex.path, line, col, "", "the graph has more than %u edges", TASK_DAG_MAX_EDGES);
                return SIM_ERR_INPUT;
            }
            *VEC_PUSH(x, edges) = (struct dot_edge) {x->mentioned[i], x->mentioned[k], x->edge_default, line, col};
        }
    }
    return SIM_OK;
}

/* operand -> operand -> ... [attributes] */
static int chain(struct dot *x, struct ends from, size_t first_edge)
{
    struct dot_lex *l = &x->lex;
    int error = SIM_OK;
    while (error == SIM_OK && l->kind == DOT_ARROW) {
        struct ends to;
        error = dot_next(l);
        uint32_t line = l->line, col = l->col;
        error = error ? error : operand(x, &to);
        error = error ? error : add_edges(x, from, to, line, col);
        from = to;
    }
    struct weight w;
    error = error ? error : attributes(x, &w);
    for (size_t e = first_edge; error == SIM_OK && w.given && e < x->n_edges; e++) {
        x->edges[e].weight = w;
    }
    return error;
}

static int node_attributes(struct dot *x, uint32_t v)
{
    struct dot_lex *l = &x->lex;
    struct weight w;
    uint32_t line = l->line, col = l->col;
    int error = attributes(x, &w);
    if (error == SIM_OK && w.given && x->nodes[v].own) {
        diag_add(l->d, l->path, line, col, "", "the weight of node '%s' is given twice", x->nodes[v].name);
        return SIM_ERR_INPUT;
    }
    if (error == SIM_OK && w.given) {
        x->nodes[v].weight = w;
        x->nodes[v].own = true;
    }
    return error;
}

static int defaults(struct dot *x, struct weight *value)
{
    struct weight w;
    int error = dot_next(&x->lex);
    if (error == SIM_OK && !dot_is(&x->lex, '[')) {
        error = dot_expected(&x->lex, "[");
    }
    error = error ? error : attributes(x, &w);
    if (error == SIM_OK && value && w.given) {
        *value = w;
    }
    return error;
}

/* name = value of the graph itself: read over. Called with the = in hand. */
static int graph_attribute(struct dot *x)
{
    int error = dot_next(&x->lex);
    if (error == SIM_OK && x->lex.kind != DOT_ID) {
        error = dot_expected(&x->lex, "a value");
    }
    return error ? error : dot_next(&x->lex);
}

/* A look ahead tells `name = value` from a node. */
static bool is_graph_attribute(const struct dot_lex *l)
{
    struct dot_lex ahead = *l;
    struct diag quiet;
    diag_init(&quiet);
    ahead.id = (struct text) {0};
    ahead.d = &quiet;
    bool is = l->kind == DOT_ID && dot_next(&ahead) == SIM_OK && dot_is(&ahead, '=');
    text_free(&ahead.id);
    diag_free(&quiet);
    return is;
}

static int statement(struct dot *x)
{
    struct dot_lex *l = &x->lex;
    if (dot_keyword(l, "node")) {
        return defaults(x, &x->node_default);
    }
    if (dot_keyword(l, "edge")) {
        return defaults(x, &x->edge_default);
    }
    if (is_graph_attribute(l)) {
        int error = dot_next(l);
        return error ? error : graph_attribute(x);
    }
    if (dot_keyword(l, "graph")) {
        return defaults(x, NULL);
    }
    bool is_node = l->kind == DOT_ID && !dot_keyword(l, "subgraph");
    struct ends from;
    int error = operand(x, &from);
    if (error != SIM_OK) {
        return error;
    }
    if (l->kind == DOT_LINE) {
        diag_add(l->d, l->path, l->line, l->col, "", "-- has no direction; edges of a digraph are ->");
        return SIM_ERR_INPUT;
    }
    if (l->kind == DOT_ARROW) {
        return chain(x, from, x->n_edges);
    }
    return is_node ? node_attributes(x, x->mentioned[from.begin]) : SIM_OK;
}

/* Up to the closing brace. */
static int statements(struct dot *x)
{
    int error = SIM_OK;
    while (error == SIM_OK && x->lex.kind != DOT_END && !dot_is(&x->lex, '}')) {
        error = dot_is(&x->lex, ';') ? dot_next(&x->lex) : statement(x);
        if (x->depth == 0) {
            x->n_mentioned = 0;
        }
    }
    return error;
}

static int whole(struct dot *x)
{
    struct dot_lex *l = &x->lex;
    int error = dot_next(l);
    if (error == SIM_OK && dot_keyword(l, "strict")) {
        error = dot_next(l);
    }
    if (error == SIM_OK && !dot_keyword(l, "digraph")) {
        error = dot_expected(l, "digraph");
    }
    error = error ? error : dot_next(l);
    if (error == SIM_OK && l->kind == DOT_ID) {
        error = dot_next(l);
    }
    if (error == SIM_OK && !dot_is(l, '{')) {
        error = dot_expected(l, "{");
    }
    error = error ? error : dot_next(l);
    error = error ? error : statements(x);
    if (error == SIM_OK && !dot_is(l, '}')) {
        error = dot_expected(l, "}");
    }
    error = error ? error : dot_next(l);
    if (error == SIM_OK && l->kind != DOT_END) {
        error = dot_expected(l, "the end of the file");
    }
    return error;
}

/* ---- the graph ---- */

static int by_ends(const void *a, const void *b)
{
    const struct dot_edge *x = a, *y = b;
    if (x->from != y->from) {
        return x->from < y->from ? -1 : 1;
    }
    if (x->to != y->to) {
        return x->to < y->to ? -1 : 1;
    }
    return x->line != y->line ? (x->line < y->line ? -1 : 1) : (x->col > y->col) - (x->col < y->col);
}

static int check_nodes(const struct dot *x)
{
    size_t wrong = 0;
    for (size_t v = 0; v < x->n_nodes && wrong < MAX_MESSAGES; v++) {
        const struct dot_node *node = &x->nodes[v];
        if (!node->weight.given) {
            diag_add(x->lex.d, x->lex.path, node->line, node->col, "", "node '%s' has no attribute Weight", node->name);
            wrong++;
        }
    }
    return wrong ? SIM_ERR_INPUT : SIM_OK;
}

/* Edges are sorted. */
static int check_edges(const struct dot *x)
{
    size_t wrong = 0;
    for (size_t e = 0; e < x->n_edges && wrong < MAX_MESSAGES; e++) {
        const struct dot_edge *edge = &x->edges[e];
        const char *what = edge->from == edge->to ? "leads from a node to itself"
                           : e > 0 && edge->from == edge[-1].from && edge->to == edge[-1].to ? "is given twice"
                           : !edge->weight.given                                             ? "has no attribute Weight"
                                                                                             : NULL;
        if (what) {
            diag_add(x->lex.d, x->lex.path, edge->line, edge->col, "", "edge '%s' -> '%s' %s",
                     x->nodes[edge->from].name, x->nodes[edge->to].name, what);
            wrong++;
        }
    }
    return wrong ? SIM_ERR_INPUT : SIM_OK;
}

static int make(struct dot *x, struct task_dag *g)
{
    struct task_dag_source s = {.path = x->lex.path, .d = x->lex.d, .n_tasks = (uint32_t)x->n_nodes};
    s.weight = mem_alloc_array(x->n_nodes, sizeof *s.weight);
    s.name = mem_alloc_array(x->n_nodes, sizeof *s.name);
    s.line = mem_alloc_array(x->n_nodes, sizeof *s.line);
    s.col = mem_alloc_array(x->n_nodes, sizeof *s.col);
    s.edges = mem_alloc_array(x->n_edges, sizeof *s.edges);
    s.n_edges = x->n_edges;
    for (size_t v = 0; v < x->n_nodes; v++) {
        s.weight[v] = x->nodes[v].weight.value;
        s.name[v] = x->nodes[v].name;
        s.line[v] = x->nodes[v].line;
        s.col[v] = x->nodes[v].col;
    }
    for (size_t e = 0; e < x->n_edges; e++) {
        s.edges[e] = (struct task_edge) {x->edges[e].from, x->edges[e].to, x->edges[e].weight.value};
    }
    s.arena = x->arena;
    x->arena = NULL;
    return task_dag_finish(&s, g);
}

int task_dag_parse_dot(struct task_dag *g, const char *path, const char *data, size_t bytes, struct diag *d)
{
    struct dot x = {.lex = {path, d, data, data + bytes, data, 1, DOT_END, 0, false, {0}, 1, 1}};
    *g = (struct task_dag) {0};
    x.arena = arena_new();
    int error = whole(&x);
    if (error == SIM_OK && x.n_edges > 0) {
        qsort(x.edges, x.n_edges, sizeof *x.edges, by_ends);
    }
    if (error == SIM_OK) {
        int nodes = check_nodes(&x), edges = check_edges(&x);
        error = nodes ? nodes : edges;
    }
    error = error ? error : make(&x, g);
    if (x.arena) {
        arena_free(x.arena);
    }
    text_free(&x.lex.id);
    free(x.nodes);
    free(x.edges);
    free(x.mentioned);
    free(x.slot);
    return error;
}
