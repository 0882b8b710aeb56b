/* SPDX-License-Identifier: Apache-2.0 */
/* compile_graph.h - bpsim compile GRAPH --units P: a task graph on identical units (docs/model/graph-mode.md). */
#ifndef SIM_CLI_COMPILE_GRAPH_H
#define SIM_CLI_COMPILE_GRAPH_H

#include <stdbool.h>
#include <stdint.h>

struct compile_graph {
    const char *graph, *out, *policy; /* out, policy: NULL where not given */
    uint32_t units;
    uint64_t iterations, budget_ns; /* 0: not given */
    bool json;
};

/* The policy must be one of this mode's, limits belong to search; a message and 2 where not, else 0. */
int compile_graph_check(const struct compile_graph *c);

/* Returns the exit code. */
int compile_graph(const struct compile_graph *c);

#endif
