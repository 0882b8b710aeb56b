/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_graph.c - bpsim graph: makes, imports and inspects op graphs. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/json.h"
#include "sim/base/progress.h"
#include "sim/cli/commands.h"
#include "sim/cli/graph_tasks.h"
#include "sim/cli/option_messages.h"
#include "sim/cli/options.h"
#include "sim/graph/graph_source.h"

/* Options of the sources come first, in the order of enum graph_option; then what is to be printed. */
enum { JSON = GRAPH_OPTION_COUNT, EDGES, DOT, TASKS, OPTIONS };

static const struct cli_option options[OPTIONS] = {
#define X(field, name, min, max, meaning) [GRAPH_OPTION_##field] = {name, 0, "N", meaning},
    GRAPH_NUMBERS(X)
#undef X
#define X(field, name, meaning) [GRAPH_OPTION_##field] = {name, 0, "TEXT", meaning},
        GRAPH_TEXTS(X)
#undef X
            [GRAPH_OPTION_edge_prob] = {"edge-prob", 0, "P", "probability of an edge of the random graph"},
    [JSON] = {"json", 0, NULL, "print the figures as JSON"},
    [EDGES] = {"edges", 0, NULL, "print one line `u v` per edge, and nothing else"},
    [DOT] = {"dot", 0, NULL, "print the graph for Graphviz, and nothing else"},
    [TASKS] = {"tasks", 0, NULL,
               "print the tasks and chunks that it becomes on the quickstart's server (--json: figures)"},
};

static const struct cli_usage usage = {
    "graph",
    "random|transformer|cnn|mlp|stg",
    "Makes an op graph and prints its figures. Each source reads its own options:\n"
    "  random       --nodes --edge-prob --seed --task-cycles --edge-bytes\n"
    "  transformer  --preset --layers --heads --sequence --d-model --d-ff --batch --dtype, or --shape plain --layers "
    "--heads\n"
    "  cnn          --preset --layers --branches --image --in-channels --channels --kernel --classes --batch --dtype,\n"
    "               or --shape plain --layers --branches\n"
    "  mlp          --preset --layers --inputs --hidden --outputs --batch --dtype --micro-batches\n"
    "  stg          FILE --task-cycles --edge-bytes",
    options,
    OPTIONS,
    NULL};

/* What to print of a graph; at most one is asked for. Another view is a row here and an option above. */
struct view {
    int option;
    int (*print)(const struct op_graph *g, struct text *out, struct diag *d);
};

static int print_edges(const struct op_graph *g, struct text *out, struct diag *d)
{
    (void)d;
    struct op_edge *edges;
    size_t n = op_graph_edges(g, &edges);
    for (size_t i = 0; i < n; i++) {
        text_printf(out, "%u %u\n", edges[i].from, edges[i].to);
    }
    free(edges);
    return SIM_OK;
}

static void json_number(struct json *j, const char *key, uint64_t value)
{
    json_key_u64(j, key, value);
}

static int print_json(const struct op_graph *g, struct text *out, struct diag *d)
{
    struct op_graph_figures f;
    struct json j;
    char hash[65];
    int error = op_graph_figures(g, &f, d);
    if (error != SIM_OK) {
        return error;
    }
    json_init(&j, out);
    json_begin_object(&j);
    json_key_string(&j, "source", g->source);
    json_number(&j, "nodes", f.nodes);
    json_number(&j, "edges", f.edges);
    json_number(&j, "levels", f.levels);
    json_number(&j, "critical_path", f.critical_path);
    json_number(&j, "total_work", f.total_work);
    json_number(&j, "macs", f.macs);
    json_number(&j, "vector_operations", f.vector_ops);
    json_number(&j, "weight_bytes", f.weight_bytes);
    json_number(&j, "input_bytes", f.input_bytes);
    json_number(&j, "tensor_bytes", f.tensor_bytes);
    json_key(&j, "operators");
    json_begin_object(&j);
    for (uint32_t i = 0; i < OP_KIND_COUNT; i++) {
        if (f.kinds[i] > 0) {
            json_number(&j, op_kind_names[i], f.kinds[i]);
        }
    }
    json_end_object(&j);
    op_graph_work_hash(g, NULL, hash);
    json_key_string(&j, "work_hash", hash);
    json_end_object(&j);
    return SIM_OK;
}

static void row(struct text *out, const char *name, uint64_t value, const char *unit)
{
    text_printf(out, "%-18s %16" PRIu64 "%s%s\n", name, value, unit[0] != '\0' ? " " : "", unit);
}

static int print_plain(const struct op_graph *g, struct text *out, struct diag *d)
{
    struct op_graph_figures f;
    char hash[65];
    int error = op_graph_figures(g, &f, d);
    if (error != SIM_OK) {
        return error;
    }
    bool generic = f.kinds[OP_GENERIC] == f.nodes;
    text_printf(out, "%s\n", g->source);
    row(out, "nodes", f.nodes, "");
    row(out, "edges", f.edges, "");
    row(out, "levels", f.levels, "");
    row(out, "critical path", f.critical_path, generic ? "cycles" : "nodes");
    if (generic) {
        row(out, "total work", f.total_work, "cycles");
    }
    row(out, "MACs", f.macs, "");
    row(out, "vector operations", f.vector_ops, "");
    row(out, "weights", f.weight_bytes, "B");
    row(out, "inputs", f.input_bytes, "B");
    row(out, "other tensors", f.tensor_bytes, "B");
    text_add(out, "operators\n");
    for (uint32_t i = 0; i < OP_KIND_COUNT; i++) {
        if (f.kinds[i] > 0) {
            text_printf(out, "  %-16s %16" PRIu64 "\n", op_kind_names[i], f.kinds[i]);
        }
    }
    op_graph_work_hash(g, NULL, hash);
    text_printf(out, "work_hash %s\n", hash);
    return SIM_OK;
}

static const struct view views[] = {{EDGES, print_edges}, {DOT, op_graph_dot}, {JSON, print_json}};
static const struct view plain_view = {-1, print_plain};

struct request {
    struct graph_options graph;
    bool asked[OPTIONS];
};

static void take(struct cli_parser *p, int i, struct request *r)
{
    r->asked[i] = true;
    if (i < GRAPH_OPTION_COUNT) {
        r->graph.given |= UINT32_C(1) << i;
    }
    switch (i) {
#define X(field, name, min, max, meaning)                                                                              \
    case GRAPH_OPTION_##field:                                                                                         \
        cli_number(p, name, min, max, &r->graph.field);                                                                \
        break;
        GRAPH_NUMBERS(X)
#undef X
#define X(field, name, meaning)                                                                                        \
    case GRAPH_OPTION_##field:                                                                                         \
        r->graph.field = p->value;                                                                                     \
        break;
        GRAPH_TEXTS(X)
#undef X
    case GRAPH_OPTION_edge_prob:
        if (text_parse_real(p->value, &r->graph.edge_prob) != SIM_OK) {
            p->done = true;
            p->exit_code = cli_refuse(&usage, "--edge-prob: %s is not a number", p->value);
        }
        break;
    default:
        break;
    }
}

static const struct view *view_of(const struct request *r)
{
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
        if (r->asked[views[i].option]) {
            return &views[i];
        }
    }
    return &plain_view;
}

/* --edges, --dot and --json are one output each; --tasks has a text and a JSON of its own. */
static int check_views(const struct request *r)
{
    if (r->asked[EDGES] + r->asked[DOT] + r->asked[JSON] > 1) {
        return cli_refuse(&usage, "--edges, --dot and --json are different outputs: give one of them");
    }
    if (r->asked[TASKS] && (r->asked[EDGES] || r->asked[DOT])) {
        return cli_refuse(&usage, "--edges and --dot are of the op graph: no --tasks beside them");
    }
    return 0;
}

int cmd_graph(int argc, char **argv)
{
    struct request r = {0};
    struct cli_parser p;
    cli_begin(&p, &usage, argc, argv);
    for (int i; (i = cli_next(&p)) >= 0;) {
        take(&p, i, &r);
    }
    if (p.done) {
        return p.exit_code;
    }
    /* `graph stg FILE` is what one types; `--file FILE` says the same. */
    bool names_file = p.n_operands == 2 && strcmp(p.operands[0], "stg") == 0 && !r.asked[GRAPH_OPTION_file];
    if (names_file) {
        r.graph.file = p.operands[1];
        r.graph.given |= GRAPH_BIT(file);
    } else if (cli_want_operands(&p, 1) != 0) {
        return 2;
    }
    if (check_views(&r) != 0) {
        return 2;
    }
    struct op_graph *g;
    struct text out = {0};
    struct diag d;
    diag_init(&d);
    interrupt_install();
    int error = graph_source_make(p.operands[0], &r.graph, &g, &d);
    if (error == SIM_OK && r.asked[TASKS]) {
        error = graph_tasks_print(g, r.asked[JSON], &out, &d);
        g = NULL;
    } else if (error == SIM_OK) {
        error = view_of(&r)->print(g, &out, &d);
    }
    if (error == SIM_OK && out.n) {
        fwrite(out.s, 1, out.n, stdout);
    }
    option_messages_print("graph", &d);
    diag_free(&d);
    text_free(&out);
    op_graph_free(g);
    return sim_exit_code(error);
}
