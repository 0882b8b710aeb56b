/* SPDX-License-Identifier: Apache-2.0 */
/* graph_tasks.c - op graph -> task graph on the default server, as figures or as text. */
#include "sim/cli/graph_tasks.h"

#include "sim/base/error.h"
#include "sim/base/json.h"
#include "sim/lower/task_graph.h"
#include "sim/machine/machine_spec.h"

static void print_figures(const struct task_graph *t, struct text *out)
{
    struct task_graph_figures f;
    task_graph_figures(t, &f);
    const struct {
        const char *key;
        uint64_t value;
    } rows[] = {{"chips", t->chips},
                {"units_per_chip", t->units_per_chip},
                {"tasks", f.tasks},
                {"reduce_tasks", f.reduce_tasks},
                {"chunks", f.chunks},
                {"inputs", f.inputs},
                {"macs", f.macs},
                {"macs_padded", f.macs_padded},
                {"vector_cycles", f.vector_cycles},
                {"weight_bytes", f.weight_bytes},
                {"input_bytes", f.input_bytes},
                {"output_bytes", f.output_bytes},
                {"partial_bytes", f.partial_bytes},
                {"cross_bytes", f.cross_bytes},
                {"largest_task_bytes", f.largest_task_bytes}};
    struct json j;
    json_init(&j, out);
    json_begin_object(&j);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_key_u64(&j, rows[i].key, rows[i].value);
    }
    json_key_string(&j, "work_hash", t->work_hash);
    json_key_string(&j, "tasks_hash", t->tasks_hash);
    json_end_object(&j);
}

static int print_lowered(struct op_graph *g, const struct machine *m, bool json, struct text *out, struct diag *d)
{
    struct lower_options options = {.tensor_parallel = m->chips, .collective = COLLECTIVE_AUTO};
    struct partition p;
    struct task_graph t;
    int error = lower_partition(&p, g, m, &options, d);
    if (error != SIM_OK) {
        return error;
    }
    error = lower_tasks(&t, &p, m, &options, d);
    if (error == SIM_OK) {
        if (json) {
            print_figures(&t, out);
        } else {
            task_graph_print(&t, out);
        }
        task_graph_free(&t);
    }
    partition_free(&p);
    return error;
}

int graph_tasks_print(struct op_graph *g, bool json, struct text *out, struct diag *d)
{
    struct machine_spec spec;
    struct machine m;
    machine_spec_default(&spec);
    int error = machine_build_from(&m, &spec, d);
    if (error != SIM_OK) {
        op_graph_free(g);
        return error;
    }
    error = print_lowered(g, &m, json, out, d);
    machine_free(&m);
    return error;
}
