/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_steps.c - bpsim steps: the study's step model. */
#include <stdio.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/progress.h"
#include "sim/cli/commands.h"
#include "sim/cli/option_messages.h"
#include "sim/cli/options.h"
#include "sim/graph/step_report.h"

enum option {
    NODES,
    EDGE_PROB,
    LAYERS,
    HEADS,
    BRANCHES,
    SEED,
    MAX_PARALLEL,
    MAX_UNITS,
    COMPUTE,
    IDLE,
    EQUAL,
    CSV,
    JSON,
    PROGRESS
};

static const struct cli_option options[] = {
    [NODES] = {"nodes", 0, "N", "random: number of nodes (default 120)"},
    [EDGE_PROB] = {"edge-prob", 0, "P", "random: probability of an edge between two nodes (default 0.04)"},
    [LAYERS] = {"layers", 0, "L", "transformer, cnn: number of layers (default 12, 10)"},
    [HEADS] = {"heads", 0, "H", "transformer: attention heads of a layer (default 8)"},
    [BRANCHES] = {"branches", 0, "B", "cnn: branches of a layer (default 4)"},
    [SEED] = {"seed", 0, "S", "any integer, as Python's random.seed takes it (default 1)"},
    [MAX_PARALLEL] = {"max-parallel", 0, "M", "nodes that a dynamic step runs at most (default 8)"},
    [MAX_UNITS] = {"max-units", 0, "U", "units that the energy counts as active or idle (default 32)"},
    [COMPUTE] = {"compute-energy", 0, "C", "energy of an active unit in a step (default 1.0)"},
    [IDLE] = {"idle-energy", 0, "I", "energy of an idle unit in a step (default 0.3)"},
    [EQUAL] = {"equal", 0, NULL, "cut each level, in order of release, into steps of at most max-parallel nodes"},
    [CSV] = {"csv", 0, "DIR", "write results_steps.csv, results_summary.csv, table_results_bw.csv and .tex into DIR"},
    [JSON] = {"json", 0, NULL, "print JSON instead of a table"},
    [PROGRESS] = {"progress", 0, "HOW", "auto, plain or none"},
};

static const struct cli_usage usage = {
    "steps",
    "random|transformer|cnn",
    "Runs the study's step model on a graph of unit-time nodes: by levels (binary phase), and dynamically with at "
    "most\n"
    "max-parallel nodes per step. Random numbers, statistics and files are those of the study's Python programs.",
    options,
    sizeof options / sizeof options[0],
    "The model knows no hardware; bpsim run does."};

struct request {
    const char *source;
    bool given[sizeof options / sizeof options[0]];
    uint64_t nodes, layers, heads, branches, max_parallel, max_units;
    double edge_prob, compute, idle;
    const char *seed, *csv;
    bool equal, json;
    enum progress_mode progress;
};

static bool real(struct cli_parser *p, enum option i, double *value)
{
    if (text_parse_real(p->value, value) == SIM_OK) {
        return true;
    }
    p->done = true;
    p->exit_code = cli_refuse(&usage, "--%s: %s is not a number", options[i].name, p->value);
    return false;
}

static void take(struct cli_parser *p, enum option i, struct request *r)
{
    r->given[i] = true;
    switch (i) {
    case NODES:
        cli_number(p, "nodes", 1, STEP_DAG_MAX_NODES, &r->nodes);
        break;
    case LAYERS:
        cli_number(p, "layers", 1, STEP_DAG_MAX_NODES, &r->layers);
        break;
    case HEADS:
        cli_number(p, "heads", 1, STEP_DAG_MAX_NODES, &r->heads);
        break;
    case BRANCHES:
        cli_number(p, "branches", 1, STEP_DAG_MAX_NODES, &r->branches);
        break;
    case MAX_PARALLEL:
        cli_number(p, "max-parallel", 1, STEP_DAG_MAX_NODES, &r->max_parallel);
        break;
    case MAX_UNITS:
        cli_number(p, "max-units", 0, 1000000000, &r->max_units);
        break;
    case EDGE_PROB:
        real(p, i, &r->edge_prob);
        break;
    case COMPUTE:
        real(p, i, &r->compute);
        break;
    case IDLE:
        real(p, i, &r->idle);
        break;
    case SEED:
        r->seed = p->value;
        break;
    case CSV:
        r->csv = p->value;
        break;
    case EQUAL:
        r->equal = true;
        break;
    case JSON:
        r->json = true;
        break;
    case PROGRESS:
        cli_progress(p, &r->progress);
        break;
    }
}

/* Which source reads which of the options that make a graph. */
static const struct {
    const char *source;
    enum option reads[2];
} sources[] = {{"random", {NODES, EDGE_PROB}}, {"transformer", {LAYERS, HEADS}}, {"cnn", {LAYERS, BRANCHES}}};
#define SOURCES (sizeof sources / sizeof sources[0])

static int check_source(const struct request *r)
{
    const char *names[SOURCES];
    for (size_t i = 0; i < SOURCES; i++) {
        names[i] = sources[i].source;
        if (strcmp(names[i], r->source) != 0) {
            continue;
        }
        for (enum option o = NODES; o <= BRANCHES; o++) {
            if (r->given[o] && o != sources[i].reads[0] && o != sources[i].reads[1]) {
                return cli_refuse(&usage, "--%s does not go with the source %s", options[o].name, r->source);
            }
        }
        return 0;
    }
    const char *near = text_nearest(r->source, names, SOURCES);
    return near != NULL ? cli_refuse(&usage, "no source is named %s; did you mean %s?", r->source, near)
                        : cli_refuse(&usage, "no source is named %s; there are random, transformer, cnn", r->source);
}

static int make_graph(const struct request *r, struct step_dag *g, struct cpython_random *random, struct diag *d)
{
    if (strcmp(r->source, "transformer") == 0) {
        return step_dag_transformer(g, r->given[LAYERS] ? r->layers : 12, r->heads, d);
    }
    if (strcmp(r->source, "cnn") == 0) {
        return step_dag_cnn(g, r->given[LAYERS] ? r->layers : 10, r->branches, d);
    }
    return step_dag_random(g, r->nodes, r->edge_prob, random, d);
}

static int report(const struct request *r, const struct step_result *result, struct diag *d)
{
    int error = r->csv != NULL ? step_report_write_files(result, r->csv, d) : SIM_OK;
    if (error != SIM_OK) {
        return error;
    }
    struct text out = {0};
    if (r->json) {
        step_report_json(result, &out);
    } else {
        step_report_plain(result, &out);
    }
    fputs(out.s, stdout);
    text_free(&out);
    return SIM_OK;
}

static int execute(const struct request *r, struct step_dag *g, struct cpython_random *random, struct diag *d)
{
    struct step_run levels, dynamic;
    int error = step_run_dynamic(&dynamic, g, (uint32_t)r->max_parallel, random);
    if (error != SIM_OK) {
        return error;
    }
    step_run_levels(&levels, g);
    if (r->equal) {
        step_run_cut(&levels, (uint32_t)r->max_parallel);
    }
    struct step_result result = {.source = r->source,
                                 .graph = g,
                                 .levels = &levels,
                                 .dynamic = &dynamic,
                                 .energy = {r->compute, r->idle, (uint32_t)r->max_units},
                                 .max_parallel = (uint32_t)r->max_parallel,
                                 .equal = r->equal,
                                 .next_random = cpython_random_real(random)};
    error = report(r, &result, d);
    step_run_free(&levels);
    step_run_free(&dynamic);
    return error;
}

static int run(const struct request *r)
{
    struct cpython_random random;
    struct step_dag g;
    struct diag d;
    if (cpython_random_seed(&random, r->seed) != SIM_OK) {
        return cli_refuse(&usage, "--seed: %s is not an integer of at most %d digits", r->seed,
                          CPYTHON_RANDOM_MAX_DIGITS);
    }
    diag_init(&d);
    interrupt_install();
    int error = make_graph(r, &g, &random, &d);
    if (error == SIM_OK) {
        error = execute(r, &g, &random, &d);
        step_dag_free(&g);
    }
    option_messages_print("steps", &d);
    diag_free(&d);
    return sim_exit_code(error);
}

int cmd_steps(int argc, char **argv)
{
    struct request r = {.nodes = 120,
                        .edge_prob = 0.04,
                        .heads = 8,
                        .branches = 4,
                        .seed = "1",
                        .max_parallel = 8,
                        .max_units = 32,
                        .compute = 1.0,
                        .idle = 0.3};
    struct cli_parser p;
    cli_begin(&p, &usage, argc, argv);
    for (int i; (i = cli_next(&p)) >= 0;) {
        take(&p, (enum option)i, &r);
    }
    if (p.done) {
        return p.exit_code;
    }
    if (cli_want_operands(&p, 1) != 0) {
        return 2;
    }
    progress_init(r.progress);
    r.source = p.operands[0];
    int refused = check_source(&r);
    return refused != 0 ? refused : run(&r);
}
