/* SPDX-License-Identifier: Apache-2.0 */
/* slot_network.h - the scheduled network of one chip: reserved slots, no buffers, no arbitration.
 *
 *     inject --> r0 ==slot 17==> r1 ==slot 19==> r2 --> eject        a burst of n flits holds each link for n slots;
 *                                 \==slot 19==> r4 --> eject         the next link begins `latency` slots later
 *
 * The schedule says which burst takes which link in which slot; a router is a table of slots. One step per burst and
 * hop: when the slot comes, the link must be free, and the burst must come out of the link before in just this
 * slot. Flits follow each other, so what holds for the first holds for all; the flit-by-flit walk
 * (slot_walk.h) does it the long way and must agree. A burst is copied where its tree branches. */
#ifndef HW_NOC_SLOT_NETWORK_H
#define HW_NOC_SLOT_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/account.h"
#include "sim/kernel/burst.h"
#include "sim/kernel/link_probe.h"
#include "sim/kernel/mailbox.h"
#include "sim/kernel/run_control.h"
#include "sim/kernel/slot_counter.h"

#define NOC_FROM_PORT  UINT32_MAX /* parent: the inject link of the burst */
#define NOC_NOT_PASSED UINT64_MAX
#define NOC_NO_PORT    UINT32_MAX

/* A directed link between routers, or from a router to an endpoint (then `out` is its mailbox). */
struct noc_link {
    const char *id;
    uint32_t latency;
    uint32_t out; /* endpoint port of the chip, NOC_NO_PORT: router to router */
    bool staged;  /* the endpoint keeps a staging buffer and wants to know when the first flit comes */
};

struct noc_hop {
    uint64_t start;
    uint32_t link;   /* of the chip */
    uint32_t burst;  /* entry in bursts[] */
    uint32_t parent; /* earlier entry in hops[], or NOC_FROM_PORT */
    uint32_t hop;    /* inside its transfer */
    uint32_t peer;   /* out of the network: entry of the endpoint */
};

/* A burst that enters the chip's network at a port. */
struct noc_burst {
    uint32_t transfer, hop; /* the inject hop */
    uint32_t port;          /* endpoint port of the chip it comes from */
    uint32_t latency;       /* of the inject link */
    uint32_t flits, bytes, class_of;
    uint64_t start; /* slot of the inject hop */
};

struct noc_program {
    VEC(struct noc_hop, hops); /* sorted by start */
    VEC(struct noc_burst, bursts);
};

struct slot_network_params {
    const char *name; /* chip0.noc */
    uint32_t n_links, n_ports, flit_bytes;
    const struct noc_link *links;
};

struct noc_stat {
    uint64_t flit_hops, burst_hops, replicated, faults;
};

struct slot_walk;

struct slot_network {
    struct slot_network_params p;
    struct noc_link *links;
    struct noc_program *programs;
    uint32_t n_programs;
    const struct slot_counter *counter;
    struct mailbox **in, **out; /* per endpoint port */
    struct run_control *run;
    struct slot_walk *walk; /* cross_check only */
    /* state */
    uint32_t launch;
    const struct noc_program *program;
    uint32_t next_hop;
    uint64_t *free_at;    /* per link: first slot that is free */
    uint64_t *passed;     /* per hop: slot in which it began, NOC_NOT_PASSED before */
    uint32_t *forks;      /* per hop: copies made behind it */
    struct burst *bursts; /* per burst: what came in */
    uint64_t *entered;    /* per burst: slot of its inject hop, NOC_NOT_PASSED before it is here */
    uint32_t *burst_forks;
    uint32_t *burst_ends; /* ejections so far */
    struct link_account (*accounts)[CLASS_COUNT];
    struct link_probe *probes;
    struct noc_stat stat;
};

struct slot_network *slot_network_new(const struct slot_network_params *p, struct noc_program *programs,
                                      uint32_t n_programs, struct run_control *run);
void slot_network_free(struct slot_network *n);
/* in, out: per endpoint port, the caller's arrays. */
void slot_network_connect(struct slot_network *n, const struct slot_counter *counter, struct mailbox **in,
                          struct mailbox **out);
uint64_t slot_network_eval(struct slot_network *n, uint64_t cycle);
/* At the end of the run: the walk's counts against the accounts, waveforms closed. */
void slot_network_end(struct slot_network *n);
/* Payload inside the network. */
uint64_t slot_network_in_flight(const struct slot_network *n);
void slot_network_dump(const struct slot_network *n, uint64_t cycle, struct diag *d);

#endif
