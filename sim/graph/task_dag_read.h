/* SPDX-License-Identifier: Apache-2.0 */
/* task_dag_read.h - what the readers of task graphs share. For sim/graph only. */
#ifndef SIM_GRAPH_TASK_DAG_READ_H
#define SIM_GRAPH_TASK_DAG_READ_H

#include "sim/graph/task_dag.h"

/* A graph as it stood in a file. All arrays are owned; line and col are 1-based. */
struct task_dag_source {
    const char *path;
    struct diag *d;
    uint32_t n_tasks;
    uint64_t *weight;
    const char **name; /* in arena */
    uint32_t *line, *col;
    struct arena *arena;
    struct task_edge *edges;
    uint64_t n_edges;
};

/* Makes the graph, with messages where times may overflow or the edges make a cycle; then *g is empty. Frees s. */
int task_dag_finish(struct task_dag_source *s, struct task_dag *g);

#endif
