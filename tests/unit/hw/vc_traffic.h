/* SPDX-License-Identifier: Apache-2.0 */
/* vc_traffic.h - a VC network driven as in network studies: Bernoulli sources with unlimited queues, sinks that take
 * everything, means over the packets that were created in a window.
 *
 * A packet of L flits is a DATA message of four sectors on wires of 128 / L bytes; of one flit, on wires of 128. */
#ifndef TESTS_UNIT_HW_VC_TRAFFIC_H
#define TESTS_UNIT_HW_VC_TRAFFIC_H

#include <math.h>
#include <stdlib.h>

#include "hw/noc/vc_network.h"
#include "sim/base/error.h"
#include "sim/base/mem.h"
#include "sim/base/rng.h"

struct vc_traffic {
    struct vc_network_params p;
    uint32_t flits;   /* of a packet */
    double load;      /* flits per node and cycle */
    uint32_t sources; /* endpoints that send and receive, the first ones; 0: all */
    uint32_t (*pattern)(struct rng *r, uint32_t from, uint32_t nodes, const struct vc_network_params *p);
    uint64_t warm_up, measured; /* cycles */
    uint64_t seed, shuffle;
    /* result */
    uint64_t packets, latency, hops, cycles, arrived; /* of packets created in the window; arrived: all, in it */
    uint64_t all_packets, flit_hops;
    /* state */
    struct run_control run;
    struct vc_network *network;
    uint64_t now, missing;
};

static inline struct vc_network_params vc_traffic_mesh(uint32_t rows, uint32_t cols, uint32_t flits)
{
    return (struct vc_network_params) {
        .name = "chip0.noc",
        .chip = "chip0",
        .shape = {.topology = DYN_NOC_MESH,
                  .vcs = 4,
                  .depth = 8,
                  .vns = 1,
                  .routing_delay = 1,
                  .vc_alloc_delay = 1,
                  .sw_alloc_delay = 1,
                  .link_latency = 1},
        .flit_bytes = (LINE_BYTES + flits - 1) / flits,
        .endpoints = rows * cols,
        .rows = rows,
        .cols = cols,
        .out_places = 512,
        .in_places = UINT32_MAX,
    };
}

/* ---- patterns ---- */

static inline uint32_t vc_uniform(struct rng *r, uint32_t from, uint32_t nodes, const struct vc_network_params *p)
{
    (void)from;
    (void)p;
    return (uint32_t)rng_below(r, nodes);
}
static inline uint32_t vc_transpose(struct rng *r, uint32_t from, uint32_t nodes, const struct vc_network_params *p)
{
    (void)r;
    (void)nodes;
    return from % p->cols * p->cols + from / p->cols;
}
static inline uint32_t vc_shift(uint32_t from, uint32_t by, const struct vc_network_params *p)
{
    return (from / p->cols + by) % p->rows * p->cols + (from % p->cols + by) % p->cols;
}
static inline uint32_t vc_neighbor(struct rng *r, uint32_t from, uint32_t nodes, const struct vc_network_params *p)
{
    (void)r;
    (void)nodes;
    return vc_shift(from, 1, p);
}
static inline uint32_t vc_tornado(struct rng *r, uint32_t from, uint32_t nodes, const struct vc_network_params *p)
{
    (void)r;
    (void)nodes;
    return vc_shift(from, (p->cols + 1) / 2 - 1, p);
}
static inline uint32_t vc_bitcomp(struct rng *r, uint32_t from, uint32_t nodes, const struct vc_network_params *p)
{
    (void)r;
    (void)p;
    return nodes - 1 - from;
}

/* ---- the run ---- */

static inline void vc_traffic_deliver(void *self, uint32_t endpoint, const struct message *m, uint64_t cycle)
{
    struct vc_traffic *t = self;
    SIM_CHECK(endpoint == m->to, "a packet for %u comes to %u", m->to, endpoint);
    t->all_packets++;
    t->arrived += cycle >= t->warm_up && cycle < t->warm_up + t->measured;
    if (m->tag < t->warm_up || m->tag >= t->warm_up + t->measured)
        return;
    t->packets++;
    t->missing--;
    t->latency += cycle - m->tag;
    t->hops += m->hops;
}

/* log_quiet: logarithm of the probability that none starts; 0: one starts in every cycle. */
static inline uint64_t vc_traffic_gap(struct rng *r, double log_quiet)
{
    if (log_quiet >= 0)
        return 1;
    double u = ((double)(rng_next(r) >> 11) + 0.5) * 0x1p-53;
    return 1 + (uint64_t)floor(log(u) / log_quiet);
}

/* Runs warm-up and window, and on until every packet of the window has arrived. false: they do not arrive. */
static inline bool vc_traffic_run(struct vc_traffic *t)
{
    struct rng random;
    uint32_t nodes = t->sources ? t->sources : t->p.endpoints;
    uint64_t *next = mem_alloc_array(nodes, sizeof *next);
    double probability = t->load / t->flits, log_quiet = probability < 1 ? log1p(-probability) : 0;
    rng_init(&random, t->seed, "traffic");
    t->run = (struct run_control) {.shuffle = t->shuffle};
    t->network = vc_network_new(&t->p, &t->run);
    vc_network_on_delivery(t->network, vc_traffic_deliver, t);
    for (uint32_t i = 0; i < nodes; i++)
        next[i] = vc_traffic_gap(&random, log_quiet) - 1;
    uint64_t end = t->warm_up + t->measured, due = 0, at = 0;
    bool room = true;
    for (t->now = 0; room && (t->now < end || t->missing > 0) && t->now < 4 * end; t->now++) {
        if (at <= t->now) {
            at = UINT64_MAX;
            for (uint32_t i = 0; i < nodes; i++) {
                if (next[i] <= t->now) {
                    struct message m = {.type = MSG_DATA, .sectors = ALL_SECTORS, .tag = (uint32_t)t->now};
                    m.to = (uint16_t)t->pattern(&random, i, nodes, &t->p);
                    next[i] += vc_traffic_gap(&random, log_quiet);
                    room = room && vc_network_room(t->network, i, VN_RESPONSE);
                    if (room)
                        vc_network_offer(t->network, i, &m);
                    t->missing += t->now >= t->warm_up && t->now < end;
                    due = t->now;
                }
                at = next[i] < at ? next[i] : at;
            }
        }
        if (due <= t->now)
            due = vc_network_eval(t->network, t->now);
    }
    t->cycles = t->now;
    t->flit_hops = vc_network_flit_hops(t->network);
    free(next);
    return room && t->missing == 0;
}

static inline void vc_traffic_free(struct vc_traffic *t)
{
    vc_network_free(t->network);
    run_control_free(&t->run);
}

#endif
