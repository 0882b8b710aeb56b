/* SPDX-License-Identifier: Apache-2.0 */
/* noc_slots.h - the traffic of a study on the scheduled network: who sends when is known, each packet gets its slots.
 *
 *     created --waits for its slot--> start --links of an empty path--> arrival
 *
 * Greedy: packets in order of creation, each takes the earliest start at which every link of its path is free. Nothing
 * waits on the way. The routers, links and paths are those of the phase machine. */
#ifndef SIM_CLI_NOC_SLOTS_H
#define SIM_CLI_NOC_SLOTS_H

#include "sim/cli/noc_sweep.h"
#include "sim/machine/machine.h"

struct slot_packet {
    uint64_t created, start, arrival; /* start: slot of the inject link; arrival: its last flit is there */
    uint32_t from, to;                /* units */
};

struct slot_plan {
    VEC(struct slot_packet, packets); /* in the order in which they were given slots */
    uint64_t end;                     /* all that are created before */
};

/* One chip with the network of the configuration. 0 or an error with messages; machine_free in any case. */
int noc_slots_machine(struct machine *m, const struct noc_study *s, struct diag *d);

/* Links of a packet's path: that of machine_path; from a unit to itself in and out. */
uint32_t noc_slots_path(const struct machine *m, uint32_t from, uint32_t to, uint32_t links[MACHINE_PATH_MAX]);

/* Slots for all packets created before the end of the window, at seed s->seed. */
void noc_slots_plan(struct slot_plan *plan, const struct machine *m, const struct noc_study *s, uint32_t rate);
void noc_slots_free(struct slot_plan *plan);

/* Like struct noc_figures: latencies from creation, wait included, and from the slot. */
struct slot_figures {
    uint32_t rate;
    double latency_mean, wait_mean, from_slot_mean;
    uint64_t latency_p50, latency_p99, latency_max, from_slot_max;
    double offered, accepted;
    bool saturated;
    uint64_t packets;
};
void noc_slots_figures(struct slot_figures *f, const struct slot_plan *plan, const struct machine *m,
                       const struct noc_study *s, uint32_t rate);

struct slot_sweep {
    VEC(struct slot_figures, points); /* by rate */
    uint32_t saturation;              /* the greatest rate found at which slots keep up; 0: none */
};
/* 0, or what interrupt_pending says. */
int noc_slots_sweep(struct slot_sweep *w, const struct machine *m, const struct noc_study *s);
void noc_slots_sweep_free(struct slot_sweep *w);

/* Key "scheduled" and its list, inside an open object. */
void noc_slots_json(const struct slot_sweep *w, struct json *j);
/* load-scheduled.csv and load-scheduled.svg: both networks, in a folder that is there. */
int noc_slots_write(const struct noc_sweep *queued, const struct slot_sweep *scheduled, const struct noc_study *s,
                    const char *folder, struct diag *d);
/* The curves as a drawing. */
void noc_slots_figure(const struct noc_sweep *queued, const struct slot_sweep *scheduled, const char *title,
                      struct text *out);

#endif
