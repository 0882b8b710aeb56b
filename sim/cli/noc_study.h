/* SPDX-License-Identifier: Apache-2.0 */
/* noc_study.h - the network of a configuration under traffic, with several seeds: the figures of `bpsim noc`. */
#ifndef SIM_CLI_NOC_STUDY_H
#define SIM_CLI_NOC_STUDY_H

#include "hw/noc/noc_traffic.h"
#include "sim/base/json.h"
#include "sim/config/config.h"
#include "sim/machine/network.h"

struct noc_study {
    struct config config;
    struct network network;
    struct noc_traffic_params traffic; /* all but rate and seed stay as they are */
    uint32_t *permutation;
    uint64_t seed;
    uint32_t repeats; /* seeds seed, seed + 1, ... */
    bool has_config;
};

/* Means over the repeats, NaN where no packet arrived; counts are sums. Names: contract of `bpsim noc --json`. */
struct noc_figures {
    uint32_t rate; /* as asked for: NOC_RATE_ONE is 1 */
    double packet_latency_mean;
    double packet_latency_ci95; /* half-width of the 95 % interval of the mean; NaN with one repeat */
    uint64_t packet_latency_p50, packet_latency_p99, packet_latency_max; /* of all repeats' packets together */
    double network_latency_mean, flit_latency_mean, hops_mean;
    double offered, accepted; /* flits per node and cycle, in the window */
    bool saturated;           /* one of the repeats at least */
    uint64_t packets, flit_hops, cycles;
};

/* Configuration and network; 0 or an error with messages. noc_study_free in any case. */
int noc_study_load(struct noc_study *s, const char *path, const char *const *sets, size_t n_sets, struct diag *d);
/* `traffic`: a pattern's name, or a file with a permutation. */
int noc_study_traffic(struct noc_study *s, const char *traffic, bool no_self, struct diag *d);
/* 0, or what interrupt_pending says: figures of what was done. */
int noc_study_run(const struct noc_study *s, uint32_t rate, struct noc_figures *f);
void noc_study_free(struct noc_study *s);

/* The figures as keys of an open object. */
void noc_figures_json(const struct noc_figures *f, struct json *j);

#endif
