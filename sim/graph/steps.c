/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/graph/steps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/hash.h"
#include "sim/base/mem.h"
#include "sim/base/progress.h"
#include "sim/base/text.h"

/* A run while it is made: a run of n nodes has at most n steps. */
static uint32_t *begin(struct step_run *run, const struct step_dag *g)
{
    run->steps = 0;
    run->first = mem_alloc_array((size_t)g->nodes + 1, sizeof *run->first);
    run->order = mem_alloc_array(g->nodes, sizeof *run->order);
    uint32_t *open = mem_alloc_array(g->nodes, sizeof *open); /* predecessors not yet done */
    for (uint64_t e = 0; e < g->edges; e++) {
        open[g->to[e]]++;
    }
    return open;
}

/* Node u is done: appends the successors that it releases to ready[count..] and returns the new count. */
static uint32_t release(const struct step_dag *g, uint32_t u, uint32_t *open, uint32_t *ready, uint32_t count)
{
    for (uint64_t e = g->first[u]; e < g->first[u + 1]; e++) {
        if (--open[g->to[e]] == 0) {
            ready[count++] = g->to[e];
        }
    }
    return count;
}

static uint32_t sources(const struct step_dag *g, const uint32_t *open, uint32_t *ready)
{
    uint32_t count = 0;
    for (uint32_t u = 0; u < g->nodes; u++) {
        if (open[u] == 0) {
            ready[count++] = u;
        }
    }
    return count;
}

void step_run_levels(struct step_run *run, const struct step_dag *g)
{
    uint32_t *open = begin(run, g);
    /* Order of release is order of execution, so the run's own order serves as the queue. */
    uint32_t end = sources(g, open, run->order);
    uint32_t done = 0;
    while (done < end) {
        uint32_t level_end = end;
        while (done < level_end) {
            end = release(g, run->order[done++], open, run->order, end);
        }
        run->first[++run->steps] = done;
    }
    free(open);
    SIM_CHECK(done == g->nodes, "%u of %u nodes in levels", done, g->nodes);
}

int step_run_dynamic(struct step_run *run, const struct step_dag *g, uint32_t max_parallel, struct cpython_random *r)
{
    SIM_CHECK(max_parallel > 0, "no unit to run a step on");
    uint32_t *open = begin(run, g);
    uint32_t *ready = mem_alloc_array(g->nodes, sizeof *ready);
    uint32_t n_ready = sources(g, open, ready);
    uint32_t done = 0;
    int error = SIM_OK;
    progress_begin("dynamic steps", g->nodes);
    while (n_ready > 0 && error == SIM_OK) {
        cpython_random_shuffle(r, ready, n_ready);
        uint32_t taken = n_ready < max_parallel ? n_ready : max_parallel;
        uint32_t *step = run->order + done;
        memcpy(step, ready, taken * sizeof *step);
        n_ready -= taken;
        memmove(ready, ready + taken, n_ready * sizeof *ready);
        for (uint32_t i = 0; i < taken; i++) {
            n_ready = release(g, step[i], open, ready, n_ready);
        }
        done += taken;
        run->first[++run->steps] = done;
        progress_update(done);
        error = interrupt_pending();
    }
    progress_end();
    free(open);
    free(ready);
    if (error != SIM_OK) {
        step_run_free(run);
        return error;
    }
    SIM_CHECK(done == g->nodes, "%u of %u nodes executed", done, g->nodes);
    return SIM_OK;
}

void step_run_cut(struct step_run *run, uint32_t max_parallel)
{
    SIM_CHECK(max_parallel > 0, "no unit to run a step on");
    uint32_t nodes = run->first[run->steps];
    uint32_t *first = mem_alloc_array((size_t)nodes + 1, sizeof *first);
    uint32_t steps = 0;
    for (uint32_t s = 0; s < run->steps; s++) {
        uint32_t end = run->first[s + 1];
        for (uint32_t at = run->first[s]; at < end;) {
            at = end - at > max_parallel ? at + max_parallel : end;
            first[++steps] = at;
        }
    }
    free(run->first);
    run->first = first;
    run->steps = steps;
}

void step_run_free(struct step_run *run)
{
    free(run->first);
    free(run->order);
    *run = (struct step_run) {0};
}

void step_run_sha256(const struct step_run *run, char hex[65])
{
    struct sha256 *hash = sha256_new();
    for (uint32_t s = 0; s < run->steps; s++) {
        for (uint32_t i = run->first[s]; i < run->first[s + 1]; i++) {
            char word[16];
            int n = snprintf(word, sizeof word, "%u%c", run->order[i], i + 1 < run->first[s + 1] ? ' ' : '\n');
            sha256_add(hash, word, (size_t)n);
        }
    }
    sha256_hex(hash, hex);
}

double step_round2(double x)
{
    /* Python rounds through the decimal text: correctly rounded, ties of the exact value to even, as the C library
     * prints it; a plain x * 100 would round twice. */
    char text[400];
    snprintf(text, sizeof text, "%.2f", x);
    return strtod(text, NULL);
}
