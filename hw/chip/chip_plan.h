/* SPDX-License-Identifier: Apache-2.0 */
/* chip_plan.h - a schedule cut into the slices that the boxes of each chip get.
 *
 *     ops ------> units                        hops on inject links --> unit, channel or link receiver
 *     dram -----> HBM channels                 hops on noc, eject ----> slot network
 *     phases ---> phase controller, units      hops on chip links ----> link sender, switch, link receiver
 *
 * All hops are taken in order of (start, number), so each slice comes out sorted, and a box that hands a burst to
 * another knows which entry there expects it. Numbers inside a chip: endpoint port = endpoint - first endpoint of
 * the chip; network link = noc and eject links of the chip in the machine's order. */
#ifndef HW_CHIP_CHIP_PLAN_H
#define HW_CHIP_CHIP_PLAN_H

#include "hw/hbm/hbm_channel.h"
#include "hw/link/link_receiver.h"
#include "hw/link/link_sender.h"
#include "hw/link/slot_switch.h"
#include "hw/noc/slot_network.h"
#include "hw/phase/phase_controller.h"
#include "hw/unit/unit.h"
#include "sim/machine/machine.h"
#include "sim/schedule/schedule.h"

enum link_role { ROLE_INJECT, ROLE_EJECT, ROLE_NOC, ROLE_CHIP, ROLE_ADDER };

/* Per box an array of programs: x[program]. */
struct chip_plan {
    struct unit_program **units;   /* units of the chip */
    struct hbm_program **channels; /* channels of the chip */
    struct noc_program *network;
    struct sender_program **senders;     /* per outgoing chip link, in the machine's order */
    struct receiver_program **receivers; /* per incoming chip link */
    struct controller_program *controller;
    uint32_t *out_links, *in_links; /* machine links */
    uint32_t n_out, n_in;
    VEC(uint32_t, noc_links); /* machine link of each network link */
};

/* One program for all: entries are numbered over the programs of the schedule. */
struct switch_plan {
    struct switch_program program;
    uint32_t *out_links; /* machine links, by neighbour; line i in leads back where line i out leads to */
    uint32_t lines;
};

struct server_plan {
    const struct machine *m;
    const struct schedule *s;
    uint32_t n_programs;
    struct chip_plan *chips;
    struct switch_plan *switches;
    struct unit_phase **phases; /* per program; all units share them */
    enum link_role *role;       /* per machine link */
    uint32_t *endpoint;         /* per machine link: endpoint of a local one */
    uint32_t *local;            /* per machine link: number in its chip's network, or among its node's out links */
    uint32_t *incoming;         /* per machine link: number among the far node's in links */
    uint32_t *sum_of;           /* per chunk: task that adds it in a switch, SCHED_NONE */
    uint64_t **tensor_c;        /* per version of the inputs: c of each tensor */
    uint32_t *first_operand;    /* per op, + 1: into operands */
    uint32_t *operands;         /* tensor of each operand, SCHED_NONE: of no bytes */
};

/* 0, or SIM_ERR_INPUT: the schedule is for another machine, or its parts do not fit together. */
int server_plan_init(struct server_plan *p, const struct machine *m, const struct schedule *s, struct diag *d);
void server_plan_free(struct server_plan *p);

/* ---- inside ---- */

/* Tasks that add partials, in a unit or (SCHED_IN_SWITCH) in a switch; others compute. enum task_kind of task_graph.h,
 * by its numbers in the file format. */
#define PLAN_KIND_REDUCE 1u
static inline bool plan_adds(const struct sched_task *t)
{
    return t->kind >= PLAN_KIND_REDUCE;
}

/* One program being cut. */
struct plan_cut {
    struct server_plan *plan;
    const struct sched_program *p;
    uint32_t program;
    uint32_t *entry;      /* per hop: its number in the slice that it went to; SCHED_NONE: not yet */
    uint32_t *sum;        /* per task of a switch: its number there, SCHED_NONE: not yet ... */
    uint32_t *sum_at;     /* ... and the node of that switch */
    uint32_t *arrival;    /* per eject hop: entry of the endpoint */
    uint32_t *read;       /* per transfer: entry in its channel's reads, SCHED_NONE */
    uint32_t *sram;       /* records by (unit, chunk, from) */
    uint32_t *sram_first; /* per unit, + 1 */
    uint64_t *finish;     /* per task */
    bool boots;           /* tables of entries were not left there (plan_cut_ops) */
    struct diag *d;
    bool failed;
};

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void plan_fail(struct plan_cut *c, const char *fmt, ...);

/* plan_hops.c */
void plan_cut_hops(struct plan_cut *c);
/* plan_sums.c: the partial that a hop brings to a switch, SWITCH_NOBODY; what a hop on adders makes. */
void plan_find_sums(struct server_plan *p);
uint32_t plan_cut_partial(struct plan_cut *c, uint32_t chunk, const struct link *l, uint64_t start);
uint32_t plan_cut_result(struct plan_cut *c, const struct sched_hop *h);
/* plan_units.c: address of a chunk in a unit's SRAM at a slot, UNIT_NO_ADDRESS when it has none. */
void plan_index_sram(struct plan_cut *c);
uint32_t plan_address(const struct plan_cut *c, uint32_t unit, uint32_t chunk, uint64_t slot);
void plan_cut_ops(struct plan_cut *c);
void plan_cut_phases(struct plan_cut *c);
/* plan_entries.c: after the hops and ops. */
void plan_cut_entries(struct plan_cut *c);
/* plan_segments.c: the parts of tables that are there for a while only, by unit and end. */
struct table_segment {
    uint32_t unit, record, offset, bytes; /* record: of the program's SRAM; offset: in the table */
    uint64_t to;
};
struct table_segments {
    VEC(struct table_segment, all);
    uint32_t *first; /* per unit, + 1 */
    uint32_t *whole; /* per unit: bytes of the table before its segments */
    uint32_t *kept;  /* of these: not for the program's own entries */
};
bool plan_is_segment(const struct plan_cut *c, const struct sched_sram *r);
void plan_find_segments(const struct plan_cut *c, struct table_segments *s);
void plan_free_segments(struct table_segments *s);
/* Entries that lie in the whole part. */
size_t plan_in_table(const struct table_segments *s, uint32_t unit, size_t entries);
/* Milestones of the segments of a unit with n entries at `slots`; what its arrivals take away. */
void plan_cut_segments(const struct plan_cut *c, const struct table_segments *s, uint32_t unit, struct unit_program *u,
                       const uint64_t *slots, size_t n);
/* plan_identity.c */
void plan_identities(struct server_plan *p);
/* plan_hbm.c */
void plan_cut_dram(struct plan_cut *c);

/* Of each chip link, in seed and name its own; without bit errors nothing. */
static inline struct link_errors plan_link_errors(const struct machine *m)
{
    struct link_errors e = {0, 0, 0, 0};
    if (m->link_bit_errors > 0) {
        e.loss = link_code_loss(m->link_code, m->link_bit_errors);
        e.frame_bytes = m->link_code->data_bytes;
    }
    return e;
}

static inline uint32_t plan_chip_of(const struct machine *m, uint32_t endpoint)
{
    return endpoint / m->endpoints_per_chip;
}

#endif
