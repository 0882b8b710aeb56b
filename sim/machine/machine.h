/* SPDX-License-Identifier: Apache-2.0 */
/* machine.h - the server as silicon: what the compiler plans for and the hardware is built from.
 *
 *     chip: rows x cols units on routers; memory channels on the west and east columns,
 *           chip-link ports on the north and south rows
 *
 *        r0 --- r1 --- r2         node   = router or endpoint (unit, channel port, link port)
 *        |      |      |          link   = directed; local (endpoint <-> router), noc (router ->
 *        r3 --- r4 --- r5                  router), chip (chip -> chip)
 *
 * All numbers are integers; rates are exact fractions of bytes per cycle. Units, endpoints and links
 * have global indices that compiler, verifier and hardware share.
 *
 * Endpoints of one chip, in this order: units 0..P-1, channels P..P+C-1, link ports. The global
 * endpoint index is chip * endpoints_per_chip + local index. Routers likewise. */
#ifndef SIM_MACHINE_MACHINE_H
#define SIM_MACHINE_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/account.h"
#include "sim/base/diag.h"
#include "sim/base/dram_timing.h"
#include "sim/base/fraction.h"
#include "sim/base/link_code.h"
#include "sim/base/mem.h"
#include "sim/base/text.h"

#define NODE_NONE UINT32_MAX

enum endpoint_kind { ENDPOINT_UNIT, ENDPOINT_CHANNEL, ENDPOINT_LINK_PORT };

struct endpoint {
    enum endpoint_kind kind;
    uint32_t chip;
    uint32_t index;     /* unit, channel or port number in its chip */
    uint32_t router;    /* global router it hangs on */
    uint32_t place;     /* number among the endpoints of that router */
    uint32_t inject;    /* link endpoint -> router */
    uint32_t eject;     /* link router -> endpoint */
    uint32_t host_unit; /* global unit whose SRAM holds this port's staging buffer and entries; a unit: itself */
    uint32_t neighbour; /* link port: the outgoing chip link it feeds (index into links); else NODE_NONE */
};

#define MACHINE_SUM_BYTES 4u /* an element of a partial sum: fp32 */

/* A directed link. A burst whose first flit occupies slot t of a link may occupy slot t + latency of
 * the next; on an eject link the flit is in the endpoint's SRAM and usable at t + latency. */
struct link {
    char *id; /* chip0.noc.r0-r1 (a parallel one: chip0.noc.r0-r1_1), chip0.local.u3-r3, chip0-chip1 */
    char *from, *to;
    enum link_type type; /* adder: of a switch, which is both its ends; rate: of each of the partials that are added */
    uint32_t from_node, to_node; /* local/noc: global router, or endpoint when local; chip: chips, then switches */
    uint32_t host_unit;          /* noc: global unit in whose SRAM its schedule entries lie; else NODE_NONE */
    uint32_t latency; /* cycles, >= 1; chip links: serialisation not included; the code's is, and a switch at the end */
    struct fraction rate; /* bytes per cycle; noc/local: flit/1; chip links: without what the code takes */
    bool dead;            /* chip links: down, and on no way */
};

struct machine {
    uint32_t chips;
    uint32_t switches; /* of the fabric: nodes of chip links that are no chips, numbered after these */
    uint32_t adders;   /* of a switch behind each line by which partials come; 0: switches do not add */
    uint32_t rows, cols, units_per_chip, channels_per_chip, ports_per_chip;
    uint32_t endpoints_per_chip, routers_per_chip;
    uint64_t clock_hz, period_fs;
    /* unit */
    uint32_t engine_m, engine_n, engine_k, macs_per_cycle, vector_lanes;
    uint32_t sram_bytes;
    uint32_t sram_read, sram_write; /* bytes per cycle of the compute ports; the DMA engine's own: a flit each way */
    /* what does not work (docs/model/robustness.md) */
    bool *dead;              /* per global unit: no tasks and no tensors; its router, and what it hosts, are there */
    uint32_t *live_units;    /* per chip: those that work, at least one */
    uint32_t n_dead_units;   /* of the server */
    uint32_t *slow_permille; /* per chip: cycles that its engines take for 1000 of those of a chip that works */
    /* network */
    uint32_t flit_bytes;
    char *noc_topology, *fabric_topology;
    VEC(struct endpoint, endpoints);
    VEC(struct link, links);
    uint32_t routers;
    /* memory */
    struct dram_timing dram;
    uint64_t memory_bandwidth;         /* bytes per second of a chip, for the budget; the run uses dram.rate */
    uint64_t link_bandwidth;           /* raw, bytes per second of a chip link and direction, 0 without fabric */
    const struct link_code *link_code; /* chip links' rate and latency have it in them */
    uint64_t link_bit_errors;          /* wrong bits on a chip link in 10^18; 0: none, nothing is checked or kept */
    uint32_t staging_bytes; /* of each channel port and of each link port and direction, in the host unit's SRAM */
    /* phase control */
    uint64_t launch_cycles; /* from launch issued to the chips' controllers */
    uint32_t toggle_cycles, broadcast_cycles, guard_cycles;
    uint64_t align_interval;
    int64_t *drift_ppb;      /* per chip */
    uint64_t *skew;          /* per chip: cycles that its counter is behind after an alignment */
    uint32_t slack_permille; /* added to the planned time of a task */
    uint32_t max_burst;      /* bytes of one burst at most, a multiple of the flit */
    struct arena *arena;
    /* routing tables (private to topology.c) */
    struct topology *topology;
};

struct config;
/* Builds the machine from a checked configuration (params.h). 0, or SIM_ERR_BUILD with messages that
 * name the box. machine_spec.h builds it from plain numbers. */
int machine_build(struct machine *m, const struct config *c, struct diag *d);
void machine_free(struct machine *m);

/* Global endpoint index. */
static inline uint32_t machine_endpoint(const struct machine *m, uint32_t chip, uint32_t local)
{
    return chip * m->endpoints_per_chip + local;
}
static inline uint32_t machine_unit_endpoint(const struct machine *m, uint32_t unit)
{
    return machine_endpoint(m, unit / m->units_per_chip, unit % m->units_per_chip);
}

/* The first unit of a chip that works. */
static inline uint32_t machine_first_unit(const struct machine *m, uint32_t chip)
{
    uint32_t unit = chip * m->units_per_chip;
    while (m->dead[unit]) {
        unit++;
    }
    return unit;
}

/* Minimal on-chip path from one endpoint to another of the same chip: inject link, noc links, eject
 * link. Dimension order (x then y) on mesh, torus and flattened butterfly, shorter way on a ring (ties: clockwise),
 * up and down in a fat tree, through the middle of a partitioned crossbar. Where there are several ways of equal
 * length, an endpoint of the chip is the guide to one of them: the destination itself, or one for all paths of a tree.
 * Two paths from one source with one guide never part and meet again, so their union is a tree.
 * Returns the number of links written (at most MACHINE_PATH_MAX). */
#define MACHINE_PATH_MAX 512
uint32_t machine_path(const struct machine *m, uint32_t from, uint32_t to, uint32_t links[MACHINE_PATH_MAX]);
uint32_t machine_guided_path(const struct machine *m, uint32_t from, uint32_t to, uint32_t guide,
                             uint32_t links[MACHINE_PATH_MAX]);

/* Chips and switches on the way from one chip or switch to a chip, first hop first, destination last; `alternate`
 * chooses between ways of equal length (modulo MACHINE_WAYS). Returns the number of links, the fewest there are;
 * between groups of a dragonfly the fewest with one link between groups. Where links are down, over those that work. */
#define MACHINE_WAYS 8u
uint32_t machine_chip_path(const struct machine *m, uint32_t from, uint32_t to, uint32_t alternate, uint32_t *nodes);
/* The way between two chips for alternate 0: how often a chip takes it in (switches pass it on), cycles of its links.
 */
struct chip_way {
    uint32_t arrivals;
    uint64_t latency;
};
struct chip_way machine_chip_way(const struct machine *m, uint32_t from, uint32_t to);
/* A link into a chip: its latency is that of a line alone. There is a fabric. */
const struct link *machine_line(const struct machine *m);
/* Fewest links from one chip to another, whatever way packets take. */
uint32_t machine_chip_hops(const struct machine *m, uint32_t from, uint32_t to);
/* Latency of the shortest way. */
uint64_t machine_chip_cycles(const struct machine *m, uint32_t from, uint32_t to);

/* Place of a chip on a walk over all chips and back: on a torus there and back, row by row and layer by layer, so that
 * the next chip is a neighbour (also behind the last one where the number of rows is even); else its number. */
uint32_t machine_walk_place(const struct machine *m, uint32_t chip);

/* What a chip link is to packets that must not wait for each other in a circle: its dimension, and whether it raises
 * the class of those that cross it. Classes are counted anew in each dimension; machine_fabric_classes says how many
 * there are. */
struct chip_hop {
    uint32_t dimension;
    bool dateline;
};
struct chip_hop machine_chip_hop(const struct machine *m, uint32_t link);
uint32_t machine_fabric_classes(const struct machine *m);
/* Ways by a third chip: chips of which any will do as the one in between (0: ways are the shortest), and the first
 * class of packets that were there (0: classes go on); adaptive: taken by what waits at the source, else always. */
struct chip_between {
    uint32_t cluster, turn;
    bool adaptive;
};
struct chip_between machine_fabric_between(const struct machine *m);

/* Chip link from one chip or switch to a direct neighbour, and the link ports (global endpoints) that feed it
 * at the sending chip and empty it at the receiving chip; both sides have the same number. NULL at a switch. */
uint32_t machine_chip_link(const struct machine *m, uint32_t from, uint32_t to);
uint32_t machine_chip_link_ports(const struct machine *m, uint32_t link, const uint32_t **send_ports,
                                 const uint32_t **receive_ports);

/* The adders of a switch (a link). Only with m->adders > 0. */
uint32_t machine_adder(const struct machine *m, uint32_t node);

/* Where sum number `n` is added when a switch has all chips. */
static inline uint32_t machine_adding_switch(const struct machine *m, uint32_t n)
{
    return m->chips + n % m->switches;
}

/* Where leaves and spines add: sum number `n` in the leaf switches of one plane, and what comes from several of them in
 * one spine switch of that plane. */
uint32_t machine_adding_leaf(const struct machine *m, uint32_t n, uint32_t leaf);
uint32_t machine_adding_spine(const struct machine *m, uint32_t n);

/* Of a fabric of switches: chips of a leaf switch, all where one switch has them; how many leaves there are. */
uint32_t machine_leaf_chips(const struct machine *m);
static inline uint32_t machine_leaves(const struct machine *m)
{
    return m->chips / machine_leaf_chips(m);
}

/* Another chip as near to this one as any: of the same leaf, where that has another one. */
uint32_t machine_near_chip(const struct machine *m, uint32_t chip);

/* A way to a chip of another leaf and back takes so many cycles more than one to a chip of the same leaf. */
uint64_t machine_spine_cycles(const struct machine *m);

/* A link by which partials may come to a switch: from a chip, or from a leaf to a spine. */
bool machine_leads_up(const struct machine *m, const struct link *l);

/* Chips and switches that a chip or switch has links to, ascending; returns how many. Links that are down too. */
uint32_t machine_neighbours(const struct machine *m, uint32_t node, const uint32_t **neighbours);
/* Links between chips and switches in all. */
uint32_t machine_chip_links(const struct machine *m);
static inline uint32_t machine_nodes(const struct machine *m)
{
    return m->chips + m->switches;
}

/* Bytes of a unit's SRAM taken by the staging buffers of the ports that it hosts. */
uint64_t machine_staging_of_unit(const struct machine *m, uint32_t unit);

/* Fewest cycles of an empty path for n flits between two endpoints of a chip. */
uint64_t machine_path_latency(const struct machine *m, uint32_t from, uint32_t to, uint32_t flits);

/* The silicon budget of the phase machine, printed by check and run: totals of the server, in the
 * order of docs/model/machine.md. Returns the number of rows written (at most max). */
#define MACHINE_SILICON_MAX 64
struct silicon_item {
    const char *item;
    const char *unit;
    uint64_t value;
    uint64_t value_list; /* value for policy `list`, which needs local timers; else the same */
};
/* Chip links out of a node that work. */
uint32_t machine_live_links(const struct machine *m, uint32_t node);
/* Directed chip links that are down. */
uint32_t machine_dead_links(const struct machine *m);
/* Chips whose engines take longer. */
uint32_t machine_slow_chips(const struct machine *m);
/* Adders of all switches, behind all their lines. */
uint64_t machine_adders(const struct machine *m);
uint32_t machine_silicon(const struct machine *m, struct silicon_item *items, uint32_t max);
/* Of these, what does not work as built: rows of both machines, none where all works. */
uint32_t machine_silicon_faults(const struct machine *m, struct silicon_item *items, uint32_t max);

/* Resource needs of a task: the one documented function (docs/model/needs.md), shared by all machines. */
struct task_needs {
    uint64_t matrix_cycles;             /* ceil(M/m) x ceil(N/n) x ceil(K/k) */
    uint64_t vector_cycles;             /* ceil(operations / lanes) */
    uint64_t read_cycles, write_cycles; /* SRAM bytes over port widths */
    uint64_t cycles;                    /* the longest of them, at least 1 */
    uint64_t macs, macs_padded;
};
void machine_needs(const struct machine *m, uint32_t rows, uint32_t cols, uint32_t k, uint64_t vector_ops,
                   uint64_t read_bytes, uint64_t write_bytes, struct task_needs *out);
/* The same on a chip: engines take longer on a slow one, rounded up; ports do not. */
void machine_needs_on(const struct machine *m, uint32_t chip, struct task_needs *needs);
static inline uint64_t machine_slowed(const struct machine *m, uint32_t chip, uint64_t cycles)
{
    return ceil_div(cycles * m->slow_permille[chip], 1000);
}
/* What a schedule plans for a task of so many cycles. */
static inline uint64_t machine_planned(const struct machine *m, uint64_t cycles)
{
    return m->toggle_cycles + cycles + ceil_div(cycles * m->slack_permille, 1000);
}
/* What was slowed to that. */
static inline uint64_t machine_unslowed(const struct machine *m, uint32_t chip, uint64_t cycles)
{
    return cycles * 1000 / m->slow_permille[chip];
}

#endif
