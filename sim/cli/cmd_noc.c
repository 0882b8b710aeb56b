/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_noc.c - bpsim noc: a chip's network alone, under synthetic traffic. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/file.h"
#include "sim/base/json.h"
#include "sim/base/progress.h"
#include "sim/cli/commands.h"
#include "sim/cli/grace.h"
#include "sim/cli/noc_slots.h"
#include "sim/cli/options.h"

#define WARM_UP 5000u
#define CYCLES  15000u
#define REPEATS 1000u

enum {
    TRAFFIC,
    RATE,
    FLITS,
    SEED,
    WARMUP,
    MEASURED,
    REPEAT,
    NO_SELF,
    SWEEP,
    SCHEDULED,
    OUT,
    SET,
    JSON,
    PROGRESS,
    SHUFFLE,
    OPTIONS
};

static const struct cli_option options[OPTIONS] = {
    [TRAFFIC] = {"traffic", 't', "PATTERN",
                 "uniform (default), transpose, bitcomp, bitrev, shuffle, tornado, neighbor, hotspot, or a file: the "
                 "destination of node 0, 1, 2, ..., a permutation"},
    [RATE] = {"rate", 'r', "RATE", "flits that each node offers per cycle, 1e-9..1"},
    [FLITS] = {"packet-flits", 'l', "N", "flits of a packet, 1..65535, default 1"},
    [SEED] = {"seed", 0, "N", "of the random streams, one per node; default 1"},
    [WARMUP] = {"warmup", 0, "CYCLES", "cycles before the first packet is measured, default 5000"},
    [MEASURED] = {"cycles", 0, "CYCLES", "cycles whose packets are measured, default 15000"},
    [REPEAT] = {"repeat", 0, "N", "runs with seeds SEED, SEED + 1, ...; figures are means, with their 95 % interval"},
    [NO_SELF] = {"no-self", 0, NULL, "uniform and hotspot: a node never draws itself"},
    [SWEEP] = {"sweep", 0, NULL,
               "instead of --rate: latency over load up to saturation, which is looked for, and at 1"},
    [SCHEDULED] = {"scheduled", 0, NULL,
                   "with --sweep: the same traffic on the scheduled network too, where each packet gets its slots"},
    [OUT] = {"out", 'o', "DIR",
             "with --sweep: write load-latency.csv and .svg there; with --scheduled: load-scheduled.csv and .svg"},
    [SET] = {"set", 's', "KEY=VALUE", "give a key: chip.noc.router.vcs=8; may be repeated, later ones win"},
    [JSON] = {"json", 0, NULL, "print the figures as JSON"},
    [PROGRESS] = {"progress", 0, "HOW", "auto, plain or none"},
    [SHUFFLE] = {"debug-shuffle", 0, "SEED", "evaluate in another order; results must not change"},
};

static const struct cli_usage usage = {
    "noc",
    "CONFIG",
    "Puts synthetic traffic on the network of a chip that arbitrates: input-queued routers with virtual channels, one\n"
    "node per unit. Sources are Bernoulli, with queues without end; sinks take everything. After a warm-up the "
    "packets\n"
    "created in a window are measured, and waited for while the sources go on.\n"
    "Read of CONFIG are chip.units.rows and cols, chip.noc and chip.noc.router; nothing else needs to stand there.\n"
    "Networks to begin with: folder configs/noc.",
    options,
    OPTIONS,
    "exit codes: 0 done, also where the network is saturated (which is said); 2 bad input;\n"
    "130 and 143 interrupted (figures of what was done, marked)"};

struct noc_options {
    const char *config, *traffic, *out;
    uint32_t rate; /* 0: not given */
    uint64_t flits, seed, warm_up, measured, repeats, shuffle;
    bool no_self, sweep, scheduled, json;
    enum progress_mode progress;
    VEC(const char *, sets);
};

static bool read_rate(struct noc_options *o, struct cli_parser *p)
{
    double rate;
    if (text_parse_real(p->value, &rate) == 0 && rate >= 1.0 / NOC_RATE_ONE && rate <= 1) {
        o->rate = (uint32_t)lround(rate * NOC_RATE_ONE);
        return true;
    }
    p->done = true;
    p->exit_code = cli_refuse(&usage, "--rate: %s is no number in 1e-9..1 (flits per node and cycle)", p->value);
    return false;
}

static bool read_option(struct noc_options *o, struct cli_parser *p, int i)
{
    switch (i) {
    case TRAFFIC:
        o->traffic = p->value;
        return true;
    case RATE:
        return read_rate(o, p);
    case FLITS:
        return cli_number(p, "packet-flits", 1, NOC_FLITS_MAX, &o->flits);
    case SEED:
        return cli_number(p, "seed", 0, UINT64_MAX, &o->seed);
    case WARMUP:
        return cli_number(p, "warmup", 0, NOC_CYCLES_MAX / 2, &o->warm_up);
    case MEASURED:
        return cli_number(p, "cycles", 1, NOC_CYCLES_MAX / 2, &o->measured);
    case REPEAT:
        return cli_number(p, "repeat", 1, REPEATS, &o->repeats);
    case NO_SELF:
        o->no_self = true;
        return true;
    case SWEEP:
        o->sweep = true;
        return true;
    case SCHEDULED:
        o->scheduled = true;
        return true;
    case OUT:
        o->out = p->value;
        return true;
    case SET:
        *VEC_PUSH(o, sets) = p->value;
        return true;
    case JSON:
        o->json = true;
        return true;
    case PROGRESS:
        return cli_progress(p, &o->progress);
    default:
        return cli_number(p, "debug-shuffle", 0, UINT64_MAX, &o->shuffle);
    }
}

/* 0: go on; else stop with *exit_code. */
static int read_options(struct noc_options *o, int argc, char **argv, int *exit_code)
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
    if (o->sweep ? o->rate > 0 : o->rate == 0) {
        *exit_code = cli_refuse(&usage, o->sweep ? "--sweep chooses the rates: --rate does not go with it"
                                                 : "--rate RATE or --sweep is needed");
    } else if (!o->sweep && (o->out || o->scheduled)) {
        *exit_code = cli_refuse(&usage, "%s goes with --sweep", o->out ? "--out" : "--scheduled");
    } else if (o->scheduled && o->repeats > 1) {
        *exit_code = cli_refuse(&usage, "--scheduled is one run for each rate: --repeat does not go with it");
    }
    return *exit_code;
}

/* ---- output ---- */

static void end_json(struct json *j, bool interrupted, struct text *out)
{
    if (interrupted) {
        json_key_bool(j, "interrupted", true);
    }
    json_end_object(j);
    if (out->s[out->n - 1] != '\n') {
        text_add(out, "\n");
    }
}

static void print_json(const struct noc_figures *f, bool interrupted, struct text *out)
{
    struct json j;
    json_init(&j, out);
    json_begin_object(&j);
    noc_figures_json(f, &j);
    end_json(&j, interrupted, out);
}

static double part_of_one(uint32_t rate)
{
    return (double)rate / NOC_RATE_ONE;
}

static void print_sweep_json(const struct noc_sweep *w, const struct slot_sweep *scheduled, bool interrupted,
                             struct text *out)
{
    struct json j;
    json_init(&j, out);
    json_begin_object(&j);
    json_key_real(&j, "saturation", part_of_one(w->saturation));
    json_key(&j, "points");
    json_begin_array(&j);
    for (size_t i = 0; i < w->n_points; i++) {
        json_begin_object(&j);
        json_key_real(&j, "rate", part_of_one(w->points[i].rate));
        noc_figures_json(&w->points[i], &j);
        json_end_object(&j);
    }
    json_end_array(&j);
    if (scheduled) {
        noc_slots_json(scheduled, &j);
    }
    end_json(&j, interrupted, out);
}

static void real_row(struct text *out, const char *name, double value, const char *meaning)
{
    if (isnan(value)) {
        text_printf(out, "%-21s %12s  %s\n", name, "-", meaning);
    } else {
        text_printf(out, "%-21s %12.4f  %s\n", name, value, meaning);
    }
}

/* A cell of the table of a sweep. */
static void real_cell(struct text *out, double value, int width, int digits)
{
    if (isnan(value)) {
        text_printf(out, " %*s", width, "-");
    } else {
        text_printf(out, " %*.*f", width, digits, value);
    }
}

static void count_row(struct text *out, const char *name, uint64_t value, const char *meaning)
{
    text_printf(out, "%-21s %12" PRIu64 "  %s\n", name, value, meaning);
}

static void print_head(const struct noc_study *s, struct text *out)
{
    const struct network *n = &s->network;
    text_printf(out, "%s: %s of %u x %u nodes, %u VCs x %u flits; %s traffic, packets of %u flit%s\n\n",
                s->config.top.name, noc_topology_choices.names[s->config.noc.topology], n->node_rows, n->node_cols,
                n->shape.vcs, n->shape.depth, s->traffic.pattern->name, s->traffic.flits,
                s->traffic.flits > 1 ? "s" : "");
}

static void print_table(const struct noc_study *s, const struct noc_figures *f, bool interrupted, struct text *out)
{
    print_head(s, out);
    real_row(out, "offered", f->offered, "flits per node and cycle");
    real_row(out, "accepted", f->accepted,
             f->saturated ? "flits per node and cycle: SATURATED, the queues grow" : "flits per node and cycle");
    real_row(out, "packet_latency_mean", f->packet_latency_mean, "cycles, creation to the tail's arrival");
    if (s->repeats > 1) {
        real_row(out, "packet_latency_ci95", f->packet_latency_ci95, "95 % interval of the mean: +- so much");
    }
    count_row(out, "packet_latency_p50", f->packet_latency_p50, "half of the packets take no longer");
    count_row(out, "packet_latency_p99", f->packet_latency_p99, "99 % of the packets take no longer");
    count_row(out, "packet_latency_max", f->packet_latency_max, "");
    real_row(out, "network_latency_mean", f->network_latency_mean, "from the head's injection");
    real_row(out, "flit_latency_mean", f->flit_latency_mean, "of a flit, injection to arrival");
    real_row(out, "hops_mean", f->hops_mean, "routers on the way");
    count_row(out, "packets", f->packets, f->saturated ? "measured, those that arrived" : "measured");
    count_row(out, "flit_hops", f->flit_hops, "flits x routers, of the whole run");
    count_row(out, "cycles", f->cycles, interrupted ? "of the whole run (interrupted)" : "of the whole run");
}

static void print_sweep_table(const struct noc_study *s, const struct noc_sweep *w, bool interrupted, struct text *out)
{
    print_head(s, out);
    text_printf(out, "%8s %8s %10s %8s %8s %8s\n", "rate", "accepted", "latency", "p50", "p99", "hops");
    for (size_t i = 0; i < w->n_points; i++) {
        const struct noc_figures *f = &w->points[i];
        text_printf(out, "%8.4f", part_of_one(f->rate));
        real_cell(out, f->accepted, 8, 4);
        real_cell(out, f->packet_latency_mean, 10, 2);
        text_printf(out, " %8" PRIu64 " %8" PRIu64, f->packet_latency_p50, f->packet_latency_p99);
        real_cell(out, f->hops_mean, 8, 3);
        text_add(out, f->saturated ? "  saturated\n" : "\n");
    }
    text_printf(out, "\nkeeps up to %.4f flits per node and cycle%s\n", part_of_one(w->saturation),
                interrupted ? ", as far as was looked (interrupted)" : "");
}

/* ---- the scheduled network ---- */

static void print_slots_table(const struct slot_sweep *w, struct text *out)
{
    text_printf(out, "\nscheduled network, same traffic, slots in order of creation\n%8s %8s %10s %8s %8s %10s %10s\n",
                "rate", "accepted", "latency", "p50", "p99", "wait", "from slot");
    for (size_t i = 0; i < w->n_points; i++) {
        const struct slot_figures *f = &w->points[i];
        text_printf(out, "%8.4f", part_of_one(f->rate));
        real_cell(out, f->accepted, 8, 4);
        real_cell(out, f->latency_mean, 10, 2);
        text_printf(out, " %8" PRIu64 " %8" PRIu64, f->latency_p50, f->latency_p99);
        real_cell(out, f->wait_mean, 10, 2);
        real_cell(out, f->from_slot_mean, 10, 2);
        text_add(out, f->saturated ? "  saturated\n" : "\n");
    }
}

/* ---- the command ---- */

static int one_rate(const struct noc_options *o, const struct noc_study *s, struct text *out)
{
    struct noc_figures f;
    int rc = noc_study_run(s, o->rate, &f);
    if (o->json) {
        print_json(&f, rc != SIM_OK, out);
    } else {
        print_table(s, &f, rc != SIM_OK, out);
    }
    return rc;
}

static int write_sweep(const struct noc_options *o, const struct noc_study *s, const struct noc_sweep *w,
                       const struct slot_sweep *scheduled, struct diag *d)
{
    return o->scheduled ? noc_slots_write(w, scheduled, s, o->out, d) : noc_sweep_write(w, s, o->out, d);
}

static int sweep(const struct noc_options *o, const struct noc_study *s, struct text *out, struct diag *d)
{
    struct machine m = {0};
    struct noc_sweep w = {0};
    struct slot_sweep scheduled = {0};
    int rc = o->scheduled ? noc_slots_machine(&m, s, d) : SIM_OK;
    rc = rc == SIM_OK && o->out ? file_make_dir(o->out, d) : rc;
    if (rc == SIM_OK) {
        rc = noc_sweep_run(&w, s);
        rc = rc == SIM_OK && o->scheduled ? noc_slots_sweep(&scheduled, &m, s) : rc;
        if (o->json) {
            print_sweep_json(&w, o->scheduled ? &scheduled : NULL, rc != SIM_OK, out);
        } else {
            print_sweep_table(s, &w, rc != SIM_OK, out);
        }
        if (o->scheduled && !o->json) {
            print_slots_table(&scheduled, out);
        }
    }
    if (o->out && rc == SIM_OK) {
        rc = write_sweep(o, s, &w, &scheduled, d);
    }
    noc_slots_sweep_free(&scheduled);
    noc_sweep_free(&w);
    machine_free(&m);
    return rc;
}

static int study(const struct noc_options *o, struct noc_study *s, struct diag *d)
{
    struct text out = {0};
    int rc = noc_study_load(s, o->config, o->sets, o->n_sets, d);
    rc = rc ? rc : noc_study_traffic(s, o->traffic, o->no_self, d);
    if (rc) {
        return rc;
    }
    s->seed = o->seed;
    s->repeats = (uint32_t)o->repeats;
    s->traffic.flits = (uint32_t)o->flits;
    s->traffic.warm_up = o->warm_up;
    s->traffic.measured = o->measured;
    s->traffic.shuffle = o->shuffle;
    rc = o->sweep ? sweep(o, s, &out, d) : one_rate(o, s, &out);
    if (out.n > 0) {
        fwrite(out.s, 1, out.n, stdout);
    }
    if (interrupt_pending()) {
        fprintf(stderr, "bpsim noc: interrupted; the figures are of what was done\n");
    }
    text_free(&out);
    return rc;
}

int cmd_noc(int argc, char **argv)
{
    struct noc_options o = {.traffic = "uniform",
                            .flits = 1,
                            .seed = 1,
                            .warm_up = WARM_UP,
                            .measured = CYCLES,
                            .repeats = 1,
                            .progress = PROGRESS_AUTO};
    struct noc_study s = {0};
    struct diag d;
    int exit_code = 0;
    diag_init(&d);
    if (!read_options(&o, argc, argv, &exit_code)) {
        interrupt_install();
        grace_begin(GRACE_SECONDS);
        progress_init(o.progress);
        exit_code = sim_exit_code(study(&o, &s, &d));
    }
    diag_print(&d, stderr);
    noc_study_free(&s);
    diag_free(&d);
    free(o.sets);
    return exit_code;
}
