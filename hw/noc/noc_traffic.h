/* SPDX-License-Identifier: Apache-2.0 */
/* noc_traffic.h - a VC network under synthetic traffic, as in network studies: sources, sinks, figures.
 *
 *     node: a packet now and then --> [source queue, unlimited] --> network --> sink that takes everything
 *
 *     |-- warm-up --|-- window: packets created here are measured --|-- until all of them have arrived, and it is
 *                         sources go on all the time                      clear whether the network keeps up --|
 *
 * Bernoulli sources: a packet begins with probability rate / flits in each node and cycle. Each node has a random
 * stream of its own, from which it draws gaps and destinations in turn: the traffic does not depend on the network,
 * and nothing on the order of nodes. A source queue needs no memory: the node draws its next packet when the one
 * before has gone on into the network, and remembers when it was created. Cycles in which nothing can happen are
 * skipped. All numbers that decide are integers. */
#ifndef HW_NOC_NOC_TRAFFIC_H
#define HW_NOC_NOC_TRAFFIC_H

#include "hw/noc/noc_growth.h"
#include "hw/noc/noc_latency.h"
#include "hw/noc/noc_pattern.h"
#include "hw/noc/noc_source.h"
#include "hw/noc/vc_network.h"

#define NOC_CYCLES_MAX   1000000000u /* warm_up + measured at most */
#define NOC_FLITS_MAX    UINT16_MAX  /* what routers and sources count the flits of a packet in */
#define NOC_SOURCE_PLACE 8u /* packets that the network takes of a source queue; more would not change anything */

struct noc_traffic_params {
    /* Sources set flit_bytes, packet_flits, out_places and in_places themselves. */
    struct vc_network_params network;
    struct noc_space space;
    const struct noc_pattern *pattern;
    uint32_t flits; /* of a packet */
    uint32_t rate;
    uint64_t warm_up, measured; /* cycles */
    uint64_t seed;
    uint64_t shuffle; /* order inside the network; changes nothing */
    /* Called now and then; false ends the run. May be NULL. */
    bool (*go_on)(void *self, uint64_t cycle);
    void *self;
};

struct noc_traffic_result {
    struct noc_latency packet;       /* creation to the tail's arrival, of measured packets that have arrived */
    uint64_t network_sum;            /* head's injection to the tail's arrival */
    uint64_t flit_sum;               /* per flit, injection to arrival */
    uint64_t hops_sum;               /* routers */
    uint64_t created;                /* measured packets */
    uint64_t taken_flits;            /* by the sinks in the window, of any packet */
    uint64_t packets_in, flits_hops; /* of the whole run: arrived packets; flits x routers */
    uint64_t cycles, window;         /* window: measured, fewer than asked for in an interrupted run */
    bool saturated;                  /* the network does not keep up: see noc_traffic_run */
    bool interrupted;                /* go_on said no */
};

struct noc_traffic;
struct noc_traffic *noc_traffic_new(const struct noc_traffic_params *p);
/* Once. Saturated is a run in which the network does not keep up (noc_growth.h: sources go on beyond the window until
 * the verdict is there), or measured packets are still missing after as many cycles as warm-up and window took, 10,000
 * or 32 for each flit of a packet at least. Latencies of such a run are of the packets that did arrive. */
void noc_traffic_run(struct noc_traffic *t);
const struct noc_traffic_result *noc_traffic_result(const struct noc_traffic *t);
struct vc_network *noc_traffic_network(struct noc_traffic *t);
void noc_traffic_free(struct noc_traffic *t);

#endif
