/* SPDX-License-Identifier: Apache-2.0 */
/* topology.h - how routers of a chip and chips of a server hang together; private to sim/machine.
 *
 *     a row of a table = wiring + next hop         (a further topology is a further row)
 *
 *     mesh              torus: mesh + wrap links   ring (row-major)       crossbar
 *     r0 -- r1 -- r2    r2 -- r0, r3 -- r0 ...     r0 -> r1 -> ... -> r0   one router, all endpoints
 *     |     |     |
 *     r3 -- r4 -- r5    flattened butterfly: a link from each router to all of its row and all of its column
 *
 *     fat tree (2-ary 3-tree)                      partitioned crossbar
 *     r8   r9   r10  r11     level 2               r0 ==== r1   parallel links each way
 *      |  X      |  X        each router: k down,
 *     r4 .. r7               k up                  Where units stand: noc_layout.h.
 *     r0 .. r3               leaves: k units
 *
 * All chips are wired alike, so the tables hold one chip with local numbers; chip c adds c times the
 * routers, endpoints or links of a chip. Routing is a function of coordinates, no n x n tables. */
#ifndef SIM_MACHINE_TOPOLOGY_H
#define SIM_MACHINE_TOPOLOGY_H

#include "sim/machine/detours.h"
#include "sim/machine/machine.h"
#include "sim/machine/machine_spec.h"
#include "sim/machine/noc_layout.h"

enum { DIR_EAST, DIR_WEST, DIR_SOUTH, DIR_NORTH, DIR_COUNT };

struct noc_kind;
struct fabric_kind;

struct topology {
    const struct noc_kind *noc;
    const struct fabric_kind *fabric; /* NULL: one chip alone */
    struct fabric_shape shape;
    uint32_t routing;         /* enum fabric_routing */
    struct noc_layout layout; /* of a chip */
    uint32_t chips;
    uint32_t links_per_chip; /* local and noc */
    uint32_t noc_links;      /* of a chip, numbered after its local links */
    uint32_t *out;           /* [router * layout.ports + port] -> link of the chip, or NODE_NONE */
    uint32_t *link_to;       /* [noc link] -> router it leads to */
    uint32_t *link_from;
    uint32_t *link_places;     /* its wire passes so many places of the grid */
    uint32_t nodes;            /* chips, then switches */
    uint32_t *chip_link;       /* [from * nodes + to] -> link, or NODE_NONE */
    uint32_t *first_neighbour; /* per node, + 1 */
    uint32_t *neighbours;      /* of each node ascending */
    uint32_t degree;           /* neighbours of a chip: the same for all */
    uint32_t ports_per_link;
    struct detours *detours; /* NULL: all chip links work */
    uint32_t *ports;         /* [(chip * degree + i) * ports_per_link + j] -> global endpoint */
};

/* The endpoint from which networks with several ways of equal length choose one: its router, and its number among the
 * endpoints there. */
struct guide {
    uint32_t router, place;
};

struct noc_kind {
    void (*wire)(struct topology *t);
    /* Port of router `at` that leads towards router `to`; at != to. */
    uint32_t (*next)(const struct noc_layout *l, uint32_t at, uint32_t to, const struct guide *g);
    uint32_t (*longest)(const struct noc_layout *l); /* router-to-router links of the longest path */
    uint64_t (*bisection)(const struct noc_layout *l, uint32_t endpoints); /* links of one direction over the middle */
};

/* All functions are of a resolved shape. Nodes are the chips and behind them the switches. */
struct fabric_kind {
    uint32_t (*nodes)(const struct fabric_shape *s);
    uint32_t (*degree)(const struct fabric_shape *s, uint32_t node);                /* of all chips the same */
    void (*neighbours)(const struct fabric_shape *s, uint32_t node, uint32_t *out); /* in any order */
    uint32_t (*next)(const struct fabric_shape *s, uint32_t from, uint32_t to, uint32_t alternate); /* to: a chip */
    uint32_t (*hops)(const struct fabric_shape *s, uint32_t from, uint32_t to); /* between chips; of the shortest way */
    struct chip_hop (*hop)(const struct fabric_shape *s, uint32_t from, uint32_t to); /* of the link to a neighbour */
    uint32_t (*classes)(const struct fabric_shape *s);                                /* of shortest ways */
    bool goes_on; /* behind a chip in between classes go on, for links raise them; else they begin anew */
};

/* machine_walk_place of a shape. */
uint32_t fabric_walk_place(const struct fabric_shape *s, uint32_t chip);

extern const struct noc_kind noc_kinds[];       /* row = enum noc_topology */
extern const struct fabric_kind fabric_kinds[]; /* row = enum fabric_topology */

/* The links between the routers of a chip, from t->layout. */
void topology_wire(struct topology *t, struct arena *a);

/* dram.c: fills m->dram from the spec; adds messages, returns how many. */
uint32_t dram_build(struct machine *m, const struct machine_spec *s, struct diag *d);

/* machine_check.c: every scalar in range and fitting the others; returns the number of messages added, and without any
 * the layout of the network. */
uint32_t machine_spec_check(const struct machine_spec *s, struct noc_layout *l, struct diag *d);

/* What a chip link carries in bytes per cycle: the raw bandwidth less what the code takes. */
struct fraction machine_link_rate(const struct machine_spec *s);

#endif
