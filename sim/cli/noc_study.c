/* SPDX-License-Identifier: Apache-2.0 */
/* noc_study.c - the network of a configuration under traffic, with several seeds. */
#include "sim/cli/noc_study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/error.h"
#include "sim/base/mem.h"
#include "sim/base/progress.h"
#include "sim/cli/noc_permutation.h"

/* ---- making ---- */

int noc_study_load(struct noc_study *s, const char *path, const char *const *sets, size_t n_sets, struct diag *d)
{
    s->has_config = true;
    int rc = config_load_for(CONFIG_FOR_NETWORK, path, sets, n_sets, &s->config, d);
    if (rc) {
        return rc;
    }
    size_t before = d->count;
    rc = network_resolve(&s->network, &s->config, d);
    config_locate(&s->config, d, before);
    const struct network *n = &s->network;
    s->traffic.network = (struct vc_network_params) {
        .name = "chip0.noc",
        .chip = "chip0",
        .shape = n->shape,
        .endpoints = n->node_rows * n->node_cols,
        .rows = n->rows,
        .cols = n->cols,
        .arity = n->arity,
        .levels = n->levels,
        .centre_links = n->centre_links,
        .concentration = n->arity, /* of others `router` says it */
        .endpoint_router = n->router,
    };
    s->traffic.space =
        (struct noc_space) {.nodes = n->node_rows * n->node_cols, .rows = n->node_rows, .cols = n->node_cols};
    return rc;
}

static const char *nearest_pattern(const char *name)
{
    const char **names = mem_alloc_array(noc_pattern_count, sizeof *names);
    for (uint32_t i = 0; i < noc_pattern_count; i++) {
        names[i] = noc_patterns[i].name;
    }
    const char *near = text_nearest(name, names, noc_pattern_count);
    free(names);
    return near;
}

int noc_study_traffic(struct noc_study *s, const char *traffic, bool no_self, struct diag *d)
{
    const struct noc_pattern *pattern = noc_pattern_find(traffic);
    struct noc_space *space = &s->traffic.space;
    space->no_self = no_self;
    s->traffic.pattern = pattern ? pattern : &noc_permutation;
    if (!pattern) {
        const char *near = nearest_pattern(traffic);
        if (near && access(traffic, F_OK) != 0) {
            diag_add(d, "", 0, 0, "--traffic", "%s is neither a pattern nor a file; did you mean %s?", traffic, near);
            return SIM_ERR_INPUT;
        }
        int rc = noc_permutation_read(traffic, space->nodes, &s->permutation, d);
        space->permutation = s->permutation;
        return rc;
    }
    const char *lacks = pattern->lacks(space);
    if (lacks) {
        diag_add(d, "", 0, 0, "--traffic", "%s needs %s; the network has %u x %u nodes (rows x cols)", pattern->name,
                 lacks, space->rows, space->cols);
        return SIM_ERR_INPUT;
    }
    return SIM_OK;
}

void noc_study_free(struct noc_study *s)
{
    network_free(&s->network);
    free(s->permutation);
    if (s->has_config) {
        config_free(&s->config);
    }
}

/* ---- running ---- */

struct sums {
    uint32_t runs; /* in which packets arrived */
    double latency, squares, network, flit, hops, offered, accepted;
    struct noc_latency packet;
};

/* Two-sided 95 % quantile of Student's t. */
static double student(uint32_t freedom)
{
    static const double t[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
                               2.201,  2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
                               2.080,  2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042};
    uint32_t rows = sizeof t / sizeof t[0];
    return freedom <= rows ? t[freedom - 1] : 1.96 + 2.5 / freedom; /* within 0.002 of it */
}

static void add_run(struct sums *sums, struct noc_figures *f, const struct noc_traffic_params *p,
                    const struct noc_traffic_result *r)
{
    double n = (double)r->packet.n;
    double room = (double)r->window * p->space.nodes;
    f->packets += r->packet.n;
    f->flit_hops += r->flits_hops;
    f->cycles += r->cycles;
    f->saturated |= r->saturated;
    if (r->window > 0) {
        sums->offered += (double)r->created * p->flits / room;
        sums->accepted += (double)r->taken_flits / room;
    }
    if (r->packet.n == 0) {
        return;
    }
    double mean = (double)r->packet.sum / n;
    sums->runs++;
    sums->latency += mean;
    sums->squares += mean * mean;
    sums->network += (double)r->network_sum / n;
    sums->flit += (double)r->flit_sum / (n * p->flits);
    sums->hops += (double)r->hops_sum / n;
    noc_latency_merge(&sums->packet, &r->packet);
}

static void conclude(const struct sums *sums, uint32_t repeats, struct noc_figures *f)
{
    double n = sums->runs;
    f->packet_latency_mean = sums->latency / n; /* NaN without packets */
    f->packet_latency_ci95 = NAN;
    if (sums->runs > 1) {
        double variance = (sums->squares - sums->latency * sums->latency / n) / (n - 1);
        f->packet_latency_ci95 = student(sums->runs - 1) * sqrt((variance > 0 ? variance : 0) / n);
    }
    f->network_latency_mean = sums->network / n;
    f->flit_latency_mean = sums->flit / n;
    f->hops_mean = sums->hops / n;
    f->offered = sums->offered / repeats;
    f->accepted = sums->accepted / repeats;
    f->packet_latency_p50 = noc_latency_at(&sums->packet, 500);
    f->packet_latency_p99 = noc_latency_at(&sums->packet, 990);
    f->packet_latency_max = sums->packet.max;
}

static bool go_on(void *self, uint64_t cycle)
{
    const uint64_t *before = self;
    progress_update(*before + cycle);
    return interrupt_pending() == SIM_OK;
}

int noc_study_run(const struct noc_study *s, uint32_t rate, struct noc_figures *f)
{
    struct noc_traffic_params p = s->traffic;
    struct sums sums = {0};
    uint64_t before = 0;
    uint32_t done = 0;
    char what[48];
    *f = (struct noc_figures) {.rate = rate};
    p.rate = rate;
    p.go_on = go_on;
    p.self = &before;
    snprintf(what, sizeof what, "network at rate %.4f", (double)rate / NOC_RATE_ONE);
    progress_begin(what, (p.warm_up + p.measured) * s->repeats);
    while (done < s->repeats && interrupt_pending() == SIM_OK) {
        p.network.seed = p.seed = s->seed + done++;
        struct noc_traffic *t = noc_traffic_new(&p);
        noc_traffic_run(t);
        add_run(&sums, f, &p, noc_traffic_result(t));
        noc_traffic_free(t);
        before = (p.warm_up + p.measured) * done;
    }
    progress_end();
    conclude(&sums, done ? done : 1, f);
    noc_latency_free(&sums.packet);
    return interrupt_pending();
}

/* ---- output ---- */

static void real(struct json *j, const char *key, double value)
{
    json_key(j, key);
    if (isnan(value)) {
        json_null(j);
    } else {
        json_real(j, text_round9(value));
    }
}

static void count(struct json *j, const char *key, uint64_t value)
{
    json_key_u64(j, key, value);
}

void noc_figures_json(const struct noc_figures *f, struct json *j)
{
    real(j, "packet_latency_mean", f->packet_latency_mean);
    real(j, "packet_latency_ci95", f->packet_latency_ci95);
    count(j, "packet_latency_p50", f->packet_latency_p50);
    count(j, "packet_latency_p99", f->packet_latency_p99);
    count(j, "packet_latency_max", f->packet_latency_max);
    real(j, "network_latency_mean", f->network_latency_mean);
    real(j, "flit_latency_mean", f->flit_latency_mean);
    real(j, "hops_mean", f->hops_mean);
    real(j, "offered", f->offered);
    real(j, "accepted", f->accepted);
    json_key_bool(j, "saturated", f->saturated);
    count(j, "packets", f->packets);
    count(j, "flit_hops", f->flit_hops);
    count(j, "cycles", f->cycles);
}
