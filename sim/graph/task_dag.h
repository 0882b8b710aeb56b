/* SPDX-License-Identifier: Apache-2.0 */
/* task_dag.h - a task graph of classic scheduling: tasks with processing times, precedences with delays.
 *
 *     (u) --delay--> (v)     v starts at finish(u) or later; at finish(u) + delay or later on another unit
 *
 * It comes from an STG file (no delays: P|prec|Cmax) or from a Graphviz digraph whose nodes and edges have the
 * attribute Weight (identical units, communication delays, no contention, no duplication). */
#ifndef SIM_GRAPH_TASK_DAG_H
#define SIM_GRAPH_TASK_DAG_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/diag.h"

#define TASK_DAG_MAX_TASKS 1000000u
#define TASK_DAG_MAX_EDGES 10000000u
/* All weights and delays together, so that no time of any schedule overflows and every one is exact in JSON. */
#define TASK_DAG_MAX_TIME ((UINT64_C(1) << 53) - 1)

struct task_arc {
    uint32_t task; /* the other end */
    uint64_t delay;
};

struct task_edge {
    uint32_t from, to;
    uint64_t delay;
};

struct arena;

/* Arcs of task v are first[v] .. first[v+1] - 1, ascending by task. */
struct task_dag {
    uint32_t n_tasks;
    uint64_t n_edges;
    uint64_t *weight;     /* n_tasks */
    const char **name;    /* n_tasks, in `arena` */
    uint64_t *succ_first; /* n_tasks + 1 */
    struct task_arc *succ;
    uint64_t *pred_first; /* n_tasks + 1 */
    struct task_arc *pred;
    uint32_t *order; /* all tasks, predecessors first */
    uint64_t work;   /* sum of weights */
    bool delays;     /* some edge has one */
    struct arena *arena;
};

/* Takes over weight, name and arena; edges are read, in any order. The sum of weights and delays must be at most
 * TASK_DAG_MAX_TIME, no edge twice, no edge from a task to itself. SIM_ERR_INPUT where the edges make a cycle: then
 * cycle[0 .. *n_cycle) (room for n_tasks) are its tasks in order, and the graph is still to be freed. */
int task_dag_make(struct task_dag *g, uint32_t n_tasks, uint64_t *weight, const char **name, struct arena *arena,
                  const struct task_edge *edges, uint64_t n_edges, uint32_t *cycle, uint32_t *n_cycle);
void task_dag_free(struct task_dag *g);

/* Does the name end like that of a task graph? */
bool task_dag_named(const char *path);

/* Reads a file: by its ending (.stg; .dot, .gv), else by content: one that begins with a digit is an STG file.
 * Comments do not count. 0, SIM_ERR_INPUT or SIM_ERR_IO with messages, or what interrupt_pending() says. */
int task_dag_read(struct task_dag *g, const char *path, struct diag *d);

/* The two formats; `path` is for messages. */
int task_dag_parse_stg(struct task_dag *g, const char *path, const char *data, size_t bytes, struct diag *d);
int task_dag_parse_dot(struct task_dag *g, const char *path, const char *data, size_t bytes, struct diag *d);

/* SHA-256 of the text that docs/formats/task-graph.md specifies. */
void task_dag_hash(const struct task_dag *g, char hex[65]);

#endif
