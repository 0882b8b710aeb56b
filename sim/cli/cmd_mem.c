/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_mem.c - bpsim mem: memory accesses on caches, coherence, network and DRAM of one chip alone. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw/server/memory_server.h"
#include "sim/base/error.h"
#include "sim/base/json.h"
#include "sim/base/progress.h"
#include "sim/cli/commands.h"
#include "sim/cli/dynamic_choice.h"
#include "sim/cli/grace.h"
#include "sim/cli/options.h"
#include "sim/trace/access_trace.h"

enum { TRACE, MACHINE, SET, JSON, PROGRESS, SHUFFLE, NO_SLEEP, OPTIONS };

static const struct cli_option options[OPTIONS] = {
    [TRACE] = {"trace", 't', "FILE", "the accesses, plain or gzip"},
    [MACHINE] = {"machine", 'm', "PRESET",
                 "whose memory system: dynamic.gpu-today; default: the configuration's first dynamic machine"},
    [SET] = {"set", 's', "KEY=VALUE", "give a key: machines.dynamic.protocol=mesi; may be repeated, later ones win"},
    [JSON] = {"json", 0, NULL, "print the figures as JSON"},
    [PROGRESS] = {"progress", 0, "HOW", "auto, plain or none"},
    [SHUFFLE] = {"debug-shuffle", 0, "SEED", "evaluate in another order; results must not change"},
    [NO_SLEEP] = {"debug-no-sleep", 0, NULL, "evaluate every box in every cycle; results must not change"},
};

static const struct cli_usage usage = {
    "mem",
    "CONFIG",
    "Replays memory accesses on the memory system of chip 0 of a dynamic machine: an L1 per SM, the chip's network,\n"
    "L2 slices with their directory, HBM channels; no SMs and no chip links. Every read's value is checked.\n"
    "Lines of a trace:  cycle|- requester r|w address-hex [size]\n"
    "  cycle      not before this cycle of the run; - as soon as the requester's previous access has completed\n"
    "  requester  an SM: 0 or u0 and so on; its accesses are issued in the order of the file\n"
    "  size       bytes, 4 when left out; an access that crosses lines counts for each line\n"
    "Empty lines and what follows a # are comments. Traces to begin with: folder traces.",
    options,
    OPTIONS,
    "exit codes: 0 done; 2 bad input; 3 the machine cannot be built; 4 no progress; 5 a read got a wrong value;\n"
    "130 and 143 interrupted (figures of what was done, marked)"};

struct mem_options {
    const char *config, *trace, *machine;
    VEC(const char *, sets);
    bool json;
    enum progress_mode progress;
    struct memory_run_options run;
};

static bool read_option(struct mem_options *o, struct cli_parser *p, int i)
{
    switch (i) {
    case TRACE:
        o->trace = p->value;
        return true;
    case MACHINE:
        o->machine = p->value;
        return true;
    case SET:
        *VEC_PUSH(o, sets) = p->value;
        return true;
    case JSON:
        o->json = true;
        return true;
    case PROGRESS:
        return cli_progress(p, &o->progress);
    case SHUFFLE:
        return cli_number(p, "debug-shuffle", 0, UINT64_MAX, &o->run.shuffle_seed);
    default:
        o->run.never_sleep = true;
        return true;
    }
}

/* 0: go on; else stop with *exit_code. */
static int read_options(struct mem_options *o, int argc, char **argv, int *exit_code)
{
    struct cli_parser p;
    cli_begin(&p, &usage, argc, argv);
    for (int i; (i = cli_next(&p)) >= 0;) {
        if (!read_option(o, &p, i)) {
            break;
        }
    }
    *exit_code = p.done ? p.exit_code : cli_want_operands(&p, 1);
    if (p.done || *exit_code) {
        return 1;
    }
    o->config = p.operands[0];
    if (!o->trace) {
        *exit_code = cli_refuse(&usage, "--trace FILE is needed");
        return 1;
    }
    return 0;
}

/* ---- output ---- */

static double mean_latency(const struct memory_result *r)
{
    return r->completed ? text_round9((double)r->latency_sum / (double)r->completed) : 0;
}

static void json_number(struct json *j, const char *key, uint64_t value)
{
    json_key_u64(j, key, value);
}

static void json_counts(struct json *j, const char *key, const struct memory_count *counts, uint32_t n)
{
    json_key(j, key);
    json_begin_object(j);
    for (uint32_t i = 0; i < n; i++) {
        json_number(j, counts[i].name, counts[i].n);
    }
    json_end_object(j);
}

static void print_json(const struct memory_result *r, struct text *out)
{
    struct json j;
    json_init(&j, out);
    json_begin_object(&j);
    json_number(&j, "requests", r->requests);
    json_number(&j, "hits", r->hits);
    json_number(&j, "misses", r->misses);
    json_counts(&j, "by_state", r->by_state, r->n_states);
    json_counts(&j, "messages", r->messages, r->n_messages);
    json_number(&j, "invalidations", r->invalidations);
    json_number(&j, "writebacks", r->writebacks);
    json_key(&j, "dram");
    json_begin_object(&j);
    json_number(&j, "reads", r->dram.reads);
    json_number(&j, "writes", r->dram.writes);
    json_number(&j, "read_columns", r->dram.read_columns);
    json_number(&j, "write_columns", r->dram.write_columns);
    json_number(&j, "row_hits", r->dram.row_hits);
    json_number(&j, "row_misses", r->dram.row_misses);
    json_number(&j, "refreshes", r->dram.refreshes);
    json_end_object(&j);
    json_number(&j, "cycles", r->cycles);
    json_key_real(&j, "latency_mean", mean_latency(r));
    if (r->interrupted) {
        json_key_bool(&j, "interrupted", true);
    }
    json_end_object(&j);
    if (out->s[out->n - 1] != '\n') {
        text_add(out, "\n");
    }
}

static void row(struct text *out, const char *name, uint64_t value, const char *meaning)
{
    text_printf(out, "%-16s %14" PRIu64 "  %s\n", name, value, meaning);
}

static void rows(struct text *out, const char *title, const struct memory_count *counts, uint32_t n, bool zeros)
{
    text_printf(out, "%s\n", title);
    for (uint32_t i = 0; i < n; i++) {
        if (counts[i].n || zeros) {
            text_printf(out, "  %-14s %14" PRIu64 "\n", counts[i].name, counts[i].n);
        }
    }
}

static void print_table(const struct job *j, const struct memory_result *r, struct text *out)
{
    text_printf(out,
                "memory of chip 0 of dynamic.%s, protocol %s: %" PRIu32 " L1s, %" PRIu32 " slices, %" PRIu32
                " channels%s\n\n",
                j->dynamic.preset, j->dynamic.protocol == PROTOCOL_MESI ? "mesi" : "vi", j->machine.units_per_chip,
                j->dynamic.l2.slices, j->machine.channels_per_chip, r->interrupted ? " (interrupted)" : "");
    row(out, "requests", r->requests, "accesses, one per line touched");
    row(out, "hits", r->hits, "completed by the L1 alone");
    row(out, "misses", r->misses, "the others");
    row(out, "cycles", r->cycles, "to the end of the last access");
    text_printf(out, "%-16s %14.1f  cycles from the first attempt to the end\n", "latency_mean", mean_latency(r));
    row(out, "invalidations", r->invalidations, "messages to L1s");
    row(out, "writebacks", r->writebacks, "modified lines given up by L1s and slices");
    rows(out, "accesses by the state of the line in the L1", r->by_state, r->n_states, true);
    rows(out, "messages", r->messages, r->n_messages, false);
    text_add(out, "DRAM\n");
    row(out, "  reads", r->dram.reads, "of lines or parts of them");
    row(out, "  writes", r->dram.writes, "");
    row(out, "  read_columns", r->dram.read_columns, "column commands, one per burst moved");
    row(out, "  write_columns", r->dram.write_columns, "");
    row(out, "  row_hits", r->dram.row_hits, "of these columns: to an open row");
    row(out, "  row_misses", r->dram.row_misses, "to a closed one, or where another was open");
    row(out, "  refreshes", r->dram.refreshes, "of all channels");
}

/* ---- the command ---- */

static int replay(const struct mem_options *o, struct job *j, struct access_trace *t, struct diag *d)
{
    struct memory_result r;
    struct text out = {0};
    int rc = job_load_for(CONFIG_FOR_MEMORY, j, o->config, o->sets, o->n_sets, d);
    j->config.phase.policy.n = 0; /* no phase machine is made */
    rc = rc ? rc : job_machine(j, d);
    rc = rc ? rc : dynamic_choose(j, o->machine, d);
    j->dynamic.noc.apart = false; /* no other chip sends anything */
    rc = rc ? rc : access_trace_read(t, o->trace, j->machine.units_per_chip, d);
    if (rc) {
        return rc;
    }
    struct memory_run_options run = o->run;
    run.seed = j->config.run.seed;
    memset(&r, 0, sizeof r);
    rc = memory_server_run(&j->machine, &j->dynamic, t->accesses, t->n_accesses, &run, &r, d);
    if (rc == SIM_OK || r.interrupted) {
        if (o->json) {
            print_json(&r, &out);
        } else {
            print_table(j, &r, &out);
        }
        fwrite(out.s, 1, out.n, stdout);
    }
    if (r.interrupted) {
        fprintf(stderr, "bpsim mem: interrupted; the figures are of what was done\n");
    }
    text_free(&out);
    return rc;
}

int cmd_mem(int argc, char **argv)
{
    struct mem_options o = {.progress = PROGRESS_AUTO};
    struct job j = {0};
    struct access_trace t = {0};
    struct diag d;
    int exit_code = 0;
    diag_init(&d);
    if (!read_options(&o, argc, argv, &exit_code)) {
        interrupt_install();
        grace_begin(GRACE_SECONDS);
        progress_init(o.progress);
        exit_code = sim_exit_code(replay(&o, &j, &t, &d));
    }
    diag_print(&d, stderr);
    access_trace_free(&t);
    job_free(&j);
    diag_free(&d);
    free(o.sets);
    return exit_code;
}
