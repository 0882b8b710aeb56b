/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_micro.c - bpsim micro: micro-benchmarks of a dynamic machine, one process per point. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/error.h"
#include "sim/base/json.h"
#include "sim/base/progress.h"
#include "sim/cli/commands.h"
#include "sim/cli/dynamic_choice.h"
#include "sim/cli/grace.h"
#include "sim/cli/micro.h"
#include "sim/cli/options.h"
#include "sim/cli/process_pool.h"

enum { LIST, MACHINE, SET, JOBS, JSON, PROGRESS, CHILD, OPTIONS };

static const struct cli_option options[OPTIONS] = {
    [LIST] = {"list", 'l', NULL, "print the names and what they measure, and nothing else"},
    [MACHINE] = {"machine", 'm', "PRESET",
                 "which machine: dynamic.gpu-today; default: the configuration's first dynamic machine"},
    [SET] = {"set", 's', "KEY=VALUE", "give a key: machines.dynamic.cta_start=0; may be repeated, later ones win"},
    [JOBS] = {"jobs", 'j', "N", "processes at a time; default: one per core"},
    [JSON] = {"json", 0, NULL, "print the points as JSON"},
    [PROGRESS] = {"progress", 0, "HOW", "auto, plain or none"},
    [CHILD] = {"child", 0, "POINT", NULL},
};

static const struct cli_usage usage = {
    "micro",
    "CONFIG NAME",
    "Runs a micro-benchmark on chip 0 of a dynamic machine and prints its points; --list tells the names.",
    options,
    OPTIONS,
    "exit codes: 0 done; 2 bad input; 3 the machine cannot be built; 4 no progress; 5 wrong data;\n"
    "130 and 143 interrupted (the points that were done, marked)"};

struct micro_options {
    const char *config, *name, *machine;
    VEC(const char *, sets);
    uint64_t jobs;
    bool list, json, is_child;
    uint64_t child;
    enum progress_mode progress;
};

static bool read_option(struct micro_options *o, struct cli_parser *p, int i)
{
    switch (i) {
    case LIST:
        o->list = true;
        return true;
    case MACHINE:
        o->machine = p->value;
        return true;
    case SET:
        *VEC_PUSH(o, sets) = p->value;
        return true;
    case JOBS:
        return cli_number(p, "jobs", 1, 4096, &o->jobs);
    case JSON:
        o->json = true;
        return true;
    case PROGRESS:
        return cli_progress(p, &o->progress);
    default:
        o->is_child = true;
        return cli_number(p, "child", 0, UINT32_MAX, &o->child);
    }
}

/* false: stop with *exit_code. */
static bool read_options(struct micro_options *o, int argc, char **argv, int *exit_code)
{
    struct cli_parser p;
    cli_begin(&p, &usage, argc, argv);
    for (int i; (i = cli_next(&p)) >= 0;) {
        if (!read_option(o, &p, i)) {
            break;
        }
    }
    *exit_code = p.done ? p.exit_code : o->list ? 0 : cli_want_operands(&p, 2); /* a list needs none, and minds none */
    if (p.done || *exit_code) {
        return false;
    }
    o->config = o->list ? NULL : p.operands[0];
    o->name = o->list ? NULL : p.operands[1];
    return true;
}

static int find_bench(const char *name, const struct micro_bench **bench, struct diag *d)
{
    const char **names = mem_alloc_array(n_micro_benches, sizeof *names);
    for (size_t i = 0; i < n_micro_benches; i++) {
        names[i] = micro_benches[i].name;
        if (strcmp(names[i], name) == 0) {
            *bench = &micro_benches[i];
        }
    }
    const char *near = *bench ? NULL : text_nearest(name, names, n_micro_benches);
    if (!*bench) {
        diag_add(d, "", 0, 0, "", "there is no micro-benchmark %s%s%s%s; bpsim micro --list tells their names", name,
                 near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    }
    free(names);
    return *bench ? SIM_OK : SIM_ERR_INPUT;
}

/* ---- a point in its own process ---- */

static int load(const struct micro_options *o, const char *const *more, struct job *j, struct diag *d)
{
    size_t n = o->n_sets;
    const char **sets = mem_alloc_array(n + MICRO_SETS, sizeof *sets);
    for (size_t i = 0; i < n; i++) {
        sets[i] = o->sets[i];
    }
    for (size_t i = 0; more && i < MICRO_SETS && more[i]; i++) {
        sets[n++] = more[i];
    }
    int rc = job_load_for(CONFIG_FOR_DYNAMIC, j, o->config, sets, n, d);
    j->config.phase.policy.n = 0; /* no phase machine is made */
    rc = rc ? rc : job_machine(j, d);
    rc = rc ? rc : dynamic_choose(j, o->machine, d);
    free(sets);
    return rc;
}

static int measure(const struct micro_options *o, const struct micro_bench *bench, struct job *j, struct diag *d)
{
    struct micro_plan plan = {0};
    struct micro_figure f = {0};
    bench->plan(j, &plan);
    SIM_CHECK(o->child < plan.n_points, "point %" PRIu64 " of %zu", o->child, plan.n_points);
    struct micro_point point = plan.points[o->child];
    free(plan.points);
    int rc = SIM_OK;
    if (point.sets[0]) {
        job_free(j);
        rc = load(o, point.sets, j, d);
    }
    rc = rc ? rc : bench->measure(j, &point, &f, d);
    if (rc == SIM_OK && dprintf(POOL_FD, "%" PRIu64 " %" PRIu64 "\n", f.top, f.bottom) < 0) {
        diag_add(d, "", 0, 0, "", "the figure cannot be handed to the parent process");
        rc = SIM_ERR_IO;
    }
    return rc;
}

/* ---- all points ---- */

struct parent {
    const struct micro_options *o;
    const struct micro_bench *bench;
    struct micro_plan plan;
    struct micro_figure *figures;
    bool *have;
    char **names; /* of the children */
    int argc;
    char **argv;
};

static void show_progress(void *self, size_t ended)
{
    (void)self;
    progress_update(ended);
}

static char **child_argv(const struct parent *p, size_t point)
{
    char **argv = mem_alloc_array((size_t)p->argc + 4, sizeof *argv);
    int n = 0;
    argv[n++] = (char *)(uintptr_t) "bpsim";
    argv[n++] = p->argv[0];
    argv[n++] = (char *)(uintptr_t) "--child";
    argv[n++] = mem_printf("%zu", point);
    memcpy(argv + n, p->argv + 1, (size_t)(p->argc - 1) * sizeof *argv);
    return argv;
}

static void pool_make(struct parent *p, struct pool *pool)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    uint32_t some = cores > 0 ? (uint32_t)cores : 1;
    *pool = (struct pool) {
        .n = p->plan.n_points, .jobs = p->o->jobs ? (uint32_t)p->o->jobs : some, .on_end = show_progress};
    pool->children = mem_alloc_array(pool->n, sizeof *pool->children);
    p->names = mem_alloc_array(pool->n, sizeof *p->names);
    for (size_t i = 0; i < pool->n; i++) {
        const struct micro_point *point = &p->plan.points[i];
        p->names[i] = mem_printf("%s, %s, %" PRIu64, p->bench->name, point->series, point->x);
        pool->children[i].name = p->names[i];
        pool->children[i].argv = child_argv(p, i);
        pool->children[i].pipes[0] = pool->children[i].pipes[1] = -1;
    }
}

/* Takes the figures; what failed is told once. Returns the exit code of the first that failed. */
static int collect(struct parent *p, const struct pool *pool, bool stopped)
{
    int first = 0;
    for (size_t i = 0; i < pool->n; i++) {
        const struct pool_child *c = &pool->children[i];
        struct micro_figure *f = &p->figures[i];
        p->have[i] = c->ended && c->exit_code == 0 && c->received[0].n &&
                     sscanf(c->received[0].s, "%" SCNu64 " %" SCNu64, &f->top, &f->bottom) == 2;
        if (c->ended && !p->have[i] && !stopped && !first) {
            first = c->exit_code ? c->exit_code : 1;
            fprintf(stderr, "%s%s: failed with exit code %d\n", c->received[1].n ? c->received[1].s : "", c->name,
                    c->exit_code);
        }
    }
    return first;
}

static void pool_end(struct parent *p, struct pool *pool)
{
    for (size_t i = 0; i < pool->n; i++) {
        free(pool->children[i].argv[3]);
        free(pool->children[i].argv);
        text_free(&pool->children[i].received[0]);
        text_free(&pool->children[i].received[1]);
        free(p->names[i]);
    }
    free(pool->children);
    free(p->names);
}

/* ---- output ---- */

/* The first point of point i's series. */
static size_t base_of(const struct parent *p, size_t i)
{
    while (i > 0 && strcmp(p->plan.points[i - 1].series, p->plan.points[i].series) == 0) {
        i--;
    }
    return i;
}

/* Has the point a value, and which? */
static bool value_of(const struct parent *p, size_t i, double *value)
{
    struct micro_figure f = p->figures[i], base = {0};
    if (p->plan.points[i].period) {
        size_t b = base_of(p, i);
        if (b == i || !p->have[b]) {
            return false;
        }
        base = p->figures[b];
    }
    if (!p->have[i] || f.bottom <= base.bottom) {
        return false;
    }
    *value = text_round9(((double)f.top - (double)base.top) / (double)(f.bottom - base.bottom));
    return true;
}

static void json_text(struct json *j, const char *key, const char *value)
{
    json_key_string(j, key, value);
}

static void print_json(const struct parent *p, bool interrupted, struct text *out)
{
    struct json j;
    double value;
    json_init(&j, out);
    json_begin_object(&j);
    json_text(&j, "name", p->bench->name);
    json_key(&j, "points");
    json_begin_array(&j);
    for (size_t i = 0; i < p->plan.n_points; i++) {
        if (!value_of(p, i, &value)) {
            continue;
        }
        json_compact(&j, true);
        json_begin_object(&j);
        json_text(&j, "series", p->plan.points[i].series);
        json_key_u64(&j, "x", p->plan.points[i].x);
        json_key_real(&j, "value", value);
        json_end_object(&j);
        json_compact(&j, false);
    }
    json_end_array(&j);
    json_text(&j, "x_unit", p->bench->x_unit);
    json_text(&j, "value_unit", p->bench->value_unit);
    if (interrupted) {
        json_key_bool(&j, "interrupted", true);
    }
    json_end_object(&j);
    if (out->s[out->n - 1] != '\n') {
        text_add(out, "\n");
    }
}

static void print_table(const struct parent *p, const char *preset, bool interrupted, struct text *out)
{
    double value;
    text_printf(out, "%s on chip 0 of dynamic.%s: %s%s\n\n", p->bench->name, preset, p->bench->about,
                interrupted ? " (interrupted)" : "");
    text_printf(out, "%-24s %18s %22s\n", "series", p->bench->x_unit, p->bench->value_unit);
    for (size_t i = 0; i < p->plan.n_points; i++) {
        if (value_of(p, i, &value)) {
            text_printf(out, "%-24s %18" PRIu64 " %22.2f\n", p->plan.points[i].series, p->plan.points[i].x, value);
        }
    }
}

/* ---- the command ---- */

static int measure_all(struct parent *p, const struct job *j, struct diag *d)
{
    struct pool pool;
    struct text out = {0};
    p->figures = mem_alloc_array(p->plan.n_points, sizeof *p->figures);
    p->have = mem_alloc_array(p->plan.n_points, sizeof *p->have);
    pool_make(p, &pool);
    progress_begin(p->bench->name, pool.n);
    int stopped = pool_run(&pool, d);
    progress_end();
    bool interrupted = stopped == SIM_ERR_INTERRUPTED || stopped == SIM_ERR_TERMINATED;
    int failed = collect(p, &pool, stopped != SIM_OK);
    if (p->o->json) {
        print_json(p, interrupted, &out);
    } else {
        print_table(p, j->dynamic.preset, interrupted, &out);
    }
    if (!failed) {
        fwrite(out.s, 1, out.n, stdout);
    }
    if (interrupted) {
        fprintf(stderr, "bpsim micro: interrupted; the points are those that were done\n");
    }
    text_free(&out);
    pool_end(p, &pool);
    free(p->figures);
    free(p->have);
    return stopped ? sim_exit_code(stopped) : failed;
}

static int run(const struct micro_options *o, int argc, char **argv, struct diag *d)
{
    struct job j = {0};
    struct parent p = {.o = o, .argc = argc, .argv = argv};
    int rc = find_bench(o->name, &p.bench, d);
    rc = rc ? rc : load(o, NULL, &j, d);
    int exit_code = sim_exit_code(rc);
    if (rc == SIM_OK && o->is_child) {
        exit_code = sim_exit_code(measure(o, p.bench, &j, d));
    } else if (rc == SIM_OK) {
        p.bench->plan(&j, &p.plan);
        exit_code = measure_all(&p, &j, d);
        free(p.plan.points);
    }
    job_free(&j);
    return exit_code;
}

static void print_list(void)
{
    for (size_t i = 0; i < n_micro_benches; i++) {
        printf("%-18s %s\n%-18s x: %s; value: %s\n", micro_benches[i].name, micro_benches[i].about, "",
               micro_benches[i].x_unit, micro_benches[i].value_unit);
    }
}

int cmd_micro(int argc, char **argv)
{
    struct micro_options o = {.progress = PROGRESS_AUTO};
    struct diag d;
    int exit_code = 0;
    char **given = mem_alloc_array((size_t)argc + 1, sizeof *given); /* reading moves operands to the front */
    memcpy(given, argv, (size_t)argc * sizeof *given);
    diag_init(&d);
    if (read_options(&o, argc, argv, &exit_code) && o.list) {
        print_list();
    } else if (o.name) {
        if (o.is_child) {
            pool_child_begin();
        }
        interrupt_install();
        if (o.is_child) {
            grace_begin(GRACE_SECONDS);
        }
        progress_init(o.is_child ? PROGRESS_NONE : o.progress);
        exit_code = run(&o, argc, given, &d);
    }
    diag_print(&d, stderr);
    diag_free(&d);
    free(o.sets);
    free(given);
    return exit_code;
}
