/* SPDX-License-Identifier: Apache-2.0 */
/* dynamic_params.h - parameters of the dynamic machine's blocks: configuration, budget and hardware read the same
 * numbers.
 *
 * Cycles are of the chip's clock; all parts are of one chip. docs/model/dynamic.md has sources and defaults. */
#ifndef SIM_BASE_DYNAMIC_PARAMS_H
#define SIM_BASE_DYNAMIC_PARAMS_H

#include <stdbool.h>
#include <stdint.h>

enum dynamic_dispatch { DISPATCH_GRAPH, DISPATCH_PERSISTENT };
enum dynamic_protocol { PROTOCOL_VI, PROTOCOL_MESI };
enum warp_policy { WARP_LRR, WARP_GTO, WARP_GTY };
enum dynamic_topology {
    DYN_NOC_CROSSBAR,
    DYN_NOC_MESH,
    DYN_NOC_TORUS,
    DYN_NOC_RING,
    DYN_NOC_FLATFLY,
    DYN_NOC_FAT_TREE,
    DYN_NOC_PARTITIONED,
    DYN_NOC_COUNT
};
enum vc_allocator { ALLOC_ISLIP, ALLOC_SEPARABLE_INPUT, ALLOC_SEPARABLE_OUTPUT };

/* Places of queues that no key sets; all assumed. The silicon budget counts them: docs/model/dynamic.md. */
#define NET_SOURCE_PLACES   8u  /* messages of a virtual network that wait to enter the network, per endpoint */
#define NET_ENDPOINT_PLACES 16u /* messages of a virtual network that an endpoint holds */
#define NET_LINK_CLASSES    8u  /* most classes of a chip link: 2 on a ring, one per link of ways round dead links */
#define SM_LSU_QUEUE        16u /* memory instructions in the load/store unit */
#define L1_OUT_PLACES       8u  /* messages of a virtual network; of answers, one per MSHR besides */
#define L2_RECALL_PLACES    16u /* mesi: requests that wait for recalls */
#define L2_SOON_PLACES      8u  /* answers to what waited in MSHRs; acks of writes have places of their own */

struct sm_params {
    uint32_t subcores; /* schedulers, each issues one warp instruction per cycle */
    uint32_t warps_per_cta, cta_slots;
    uint32_t register_bytes, shared_bytes;
    uint32_t policy;                /* enum warp_policy */
    uint32_t macs_per_cycle, lanes; /* of the SM; a subcore has its share */
    uint32_t engine_m, engine_n, engine_k;
    uint32_t mma_latency, alu_latency, shared_latency, barrier_latency, branch_latency;
    uint32_t shared_read, shared_write; /* bytes per cycle */
    uint32_t lsu_interval;              /* cycles between two memory instructions of the LSU */
    uint32_t stages;                    /* slices in flight of a software pipeline */
    uint32_t poll_interval;             /* cycles between two polls of a counter */
    uint32_t max_writes;                /* unacknowledged stores of an SM */
};

struct l1_params {
    uint32_t bytes, ways, hit_latency, mshrs, mshr_targets;
    uint32_t protocol; /* enum dynamic_protocol */
};

struct l2_params {
    uint32_t slices; /* of a chip */
    uint32_t bytes;  /* data of a slice */
    uint32_t ways, latency, mshrs, mshr_targets, queue;
    uint32_t protocol;
};

struct vc_network_shape {
    uint32_t topology; /* enum dynamic_topology */
    uint32_t vcs, depth;
    bool apart;   /* messages of other chips have VCs of their own: a mesh on a server of several chips */
    uint32_t vns; /* virtual networks in use: vi 2 (no forwards), mesi 3 */
    uint32_t routing_delay, vc_alloc_delay, sw_alloc_delay, credit_delay;
    uint32_t link_latency; /* between neighbouring routers; node_latency: to and from endpoints, 0: the same */
    uint32_t node_latency;
    uint32_t allocator;  /* enum vc_allocator, of VCs and of the switch */
    uint32_t iterations; /* iSLIP; 0: one */
    bool valiant;        /* routes go by a random router in between */
    bool adaptive;       /* routes by credits: mesh, torus, ring, flattened butterfly, fat tree */
    bool speculative;    /* a head bids for the switch in the cycle of its VC allocation */
    bool wait_for_tail_credit, hold_switch;
};

#endif
