/* SPDX-License-Identifier: Apache-2.0 */
/* task_dag_read.c - which format a file has; an STG file as a task graph; the checks of both formats. */
#include "sim/graph/task_dag_read.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/file.h"
#include "sim/base/mem.h"
#include "sim/base/text.h"
#include "sim/graph/stg_file.h"

#define MAX_FILE_BYTES ((size_t)512 << 20)
#define MAX_NAMED      8u /* tasks of a cycle in a message */

static int check_sum(const struct task_dag_source *s)
{
    uint64_t sum = 0;
    for (uint32_t v = 0; v < s->n_tasks && sum <= TASK_DAG_MAX_TIME; v++) {
        sum += s->weight[v];
    }
    for (uint64_t e = 0; e < s->n_edges && sum <= TASK_DAG_MAX_TIME; e++) {
        sum += s->edges[e].delay;
    }
    if (sum > TASK_DAG_MAX_TIME) {
        diag_add(s->d, s->path, 1, 1, "", "all weights together are larger than 2^53 - 1");
    }
    return sum > TASK_DAG_MAX_TIME ? SIM_ERR_INPUT : SIM_OK;
}

static void say_cycle(const struct task_dag_source *s, const struct task_dag *g, const uint32_t *cycle, uint32_t n)
{
    struct text t = {0};
    for (uint32_t i = 0; i < n && i < MAX_NAMED; i++) {
        text_printf(&t, "'%s' -> ", g->name[cycle[i]]);
    }
    text_printf(&t, "%s'%s'", n > MAX_NAMED ? "... -> " : "", g->name[cycle[0]]);
    diag_add(s->d, s->path, s->line[cycle[0]], s->col[cycle[0]], "", "the edges make a cycle: %s", t.s);
    text_free(&t);
}

int task_dag_finish(struct task_dag_source *s, struct task_dag *g)
{
    uint32_t *cycle = mem_alloc_array(s->n_tasks, sizeof *cycle);
    uint32_t n_cycle = 0;
    int error = check_sum(s);
    if (error == SIM_OK) {
        error = task_dag_make(g, s->n_tasks, s->weight, s->name, s->arena, s->edges, s->n_edges, cycle, &n_cycle);
        if (error != SIM_OK) {
            say_cycle(s, g, cycle, n_cycle);
            task_dag_free(g);
        }
    } else {
        free(s->weight);
        free(s->name);
        arena_free(s->arena);
    }
    free(cycle);
    free(s->edges);
    free(s->line);
    free(s->col);
    return error;
}

int task_dag_parse_stg(struct task_dag *g, const char *path, const char *data, size_t bytes, struct diag *d)
{
    struct stg_file f;
    *g = (struct task_dag) {0};
    int error = stg_file_parse(&f, path, data, bytes, d);
    if (error != SIM_OK) {
        return error;
    }
    const struct generic_nodes *x = &f.nodes;
    struct task_dag_source s = {.path = path, .d = d, .n_tasks = x->nodes, .n_edges = x->first[x->nodes]};
    s.arena = arena_new();
    s.weight = mem_alloc_array(x->nodes, sizeof *s.weight);
    s.name = mem_alloc_array(x->nodes, sizeof *s.name);
    s.line = mem_alloc_array(x->nodes, sizeof *s.line);
    s.col = mem_alloc_array(x->nodes, sizeof *s.col);
    s.edges = mem_alloc_array(s.n_edges, sizeof *s.edges);
    for (uint32_t v = 0; v < x->nodes; v++) {
        s.weight[v] = x->cycles[v];
        s.name[v] = arena_printf(s.arena, "%u", v + f.first_id);
        s.line[v] = f.line[v];
        s.col[v] = 1;
        for (uint64_t e = x->first[v]; e < x->first[v + 1]; e++) {
            s.edges[e] = (struct task_edge) {x->pred[e], v, 0};
        }
    }
    stg_file_free(&f);
    return task_dag_finish(&s, g);
}

/* ---- files ---- */

static bool ends_with(const char *path, const char *ending)
{
    size_t n = strlen(path), m = strlen(ending);
    return n > m && strcmp(path + n - m, ending) == 0;
}

static bool named_dot(const char *path)
{
    return ends_with(path, ".dot") || ends_with(path, ".gv");
}

bool task_dag_named(const char *path)
{
    return ends_with(path, ".stg") || named_dot(path);
}

/* The first thing that is neither blank nor a line of comment: a digit in an STG file, a word in a digraph. */
static bool looks_like_stg(const char *data, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if (data[i] == '#') {
            while (i < bytes && data[i] != '\n') {
                i++;
            }
        } else if (!strchr(" \t\r\n\f\v", data[i]) || data[i] == '\0') {
            return data[i] >= '0' && data[i] <= '9';
        }
    }
    return false;
}

int task_dag_read(struct task_dag *g, const char *path, struct diag *d)
{
    char *data = NULL;
    size_t bytes = 0;
    *g = (struct task_dag) {0};
    int error = file_read(path, MAX_FILE_BYTES, &data, &bytes, d);
    if (error != SIM_OK) {
        return error;
    }
    bool dot = named_dot(path);
    bool stg = ends_with(path, ".stg") || (!dot && looks_like_stg(data, bytes));
    error = (stg ? task_dag_parse_stg : task_dag_parse_dot)(g, path, data, bytes, d);
    free(data);
    return error;
}
