/* SPDX-License-Identifier: Apache-2.0 */
/* booking.h - what is reserved so far: link slots, staging buffers, DRAM runs; and the way of a piece.
 *
 *     source --inject--> r --noc--> r --eject--> unit                       segment 0 (rigid tree)
 *                         \--noc--> r --eject--> send port
 *                                                   \==chip link==> receive port        crossing
 *                                                                       \--inject--> r ...  segment 1
 *
 *     send port ==chip link==> switch --+==> receive port of one chip         lines of one crossing: a switch
 *                                       +==> receive port of another          passes on in the slot of arrival
 *
 * A shipment is one piece of a chunk on its way from one endpoint to any number of others. Inside a
 * chip it is a rigid tree: all hops follow from the slot of the first. Segments meet in the staging
 * buffers of chip link ports; a piece from or to HBM stands in the staging buffer of its channel.
 * Nothing is taken before the whole way fits: search first, then commit. */
#ifndef SIM_COMPILE_BOOKING_H
#define SIM_COMPILE_BOOKING_H

#include "sim/compile/dram_plan.h"
#include "sim/compile/filling.h"
#include "sim/compile/timeline.h"
#include "sim/machine/machine.h"
#include "sim/schedule/schedule.h"

struct hop_plan {
    uint32_t link, parent;       /* parent: number in the route; SCHED_NONE: the first */
    uint64_t offset;             /* on-chip hops: slots after the first of the segment */
    uint64_t free_from, free_to; /* slots of its link that were found free when the way was looked for */
};

struct segment {
    uint32_t root, chip; /* endpoint that injects */
    uint32_t guide;      /* endpoint that chooses among ways of equal length */
    uint32_t first_hop, n_hops;
    uint32_t first_exit, n_exits; /* crossings that leave it */
    uint64_t start;               /* slot of its first hop */
    uint64_t asked;               /* ...the first one from this cycle on, where it is `placed` */
    bool placed;
};

/* A chip link on the way from a send port: to a chip, or to a switch and on from there. */
struct line_plan {
    uint32_t link, hop;
    uint32_t parent;       /* number among the crossing's lines; SCHED_NONE: the first */
    uint32_t to;           /* segment behind it; SCHED_NONE: a switch */
    uint32_t receive_port; /* of a chip */
    uint64_t tick;         /* first on the line */
};

/* From the eject hop at a send port over chip links into the segments behind them. */
struct crossing {
    uint32_t eject, first_line, n_lines; /* eject: SCHED_NONE where the first line is that of adders */
    uint32_t send_port;                  /* endpoint */
    uint64_t end;                        /* cycle by which the first line is left */
    uint64_t asked;                      /* its lines are the first ones from this cycle on, where it is `placed` */
    bool placed;
};

/* Scratch of one shipment's route; reused. */
struct route {
    VEC(struct hop_plan, hops);
    VEC(struct segment, segments);
    VEC(struct crossing, crossings);
    VEC(struct line_plan, lines);
    VEC(uint32_t, target_hop); /* eject hop of each target */
    VEC(uint32_t, wanted);     /* endpoints of the segment being built */
    VEC(uint32_t, nodes);      /* chips and switches in the order in which the tree reaches them */
    VEC(uint32_t, trees);      /* of route_ways: nodes and parents of those that differ, one behind the other */
    uint32_t tries;            /* starts of segments that were looked at */
    uint32_t *node_parent, *node_stamp, *chip_segment;
    uint32_t *link_stamp, *link_hop;
    uint32_t stamp;
};

struct shipment {
    uint32_t chunk, offset, bytes;
    enum traffic_class class_of;
    uint32_t source;         /* endpoint: unit or channel */
    const uint32_t *targets; /* endpoints: units, or one channel */
    uint32_t n_targets;
    /* Sums in a switch: a partial goes up to it and has no targets, a sum comes down from it and has no source. The sum
     * of a leaf on its way to a spine has neither. */
    uint32_t to_switch, from_switch; /* nodes; 0: none, as node 0 is a chip */
    uint32_t partial_flits;          /* of a sum: each of its partials keeps the adders so long */
    uint64_t earliest;
    uint32_t way;      /* between chips, of several of equal length: chosen by shipment_book */
    uint32_t set, row; /* in HBM, when source or target is a channel */
    /* results */
    uint32_t transfer;
    uint64_t departed; /* the source needs the piece no more; the adders are free again */
    uint64_t stands;   /* a partial is whole in the switch */
    uint64_t stored;   /* target channel: cycle by which it is written */
    uint64_t command;  /* first column command, when HBM is at either end */
};

struct booking {
    const struct machine *m;
    struct dram_rules rules;
    struct timeline *links;         /* per link: cycles; chip links: ticks */
    uint64_t *gates;                /* per link: not before this cycle */
    struct filling *send, *receive; /* per endpoint: channels and link ports; a channel has one buffer: send */
    struct dram_channel *channels;  /* chip * channels_per_chip + channel */
    bool slotted;                   /* pieces begin on lines at multiples of their own length */
    uint32_t *turns;                /* per link: which of its ports is next */
    uint32_t piece_bytes;           /* longest piece from or to HBM */
    uint32_t sure_tries;            /* starts looked at for a piece until those known are used again (transfers.c) */
    uint64_t starts;                /* of segments that were looked at so far, for all pieces */
    uint32_t sum_places;            /* partials that wait behind a line into a switch, at most */
    uint32_t first_chip_link;
    uint64_t *sum_free; /* [(link - first_chip_link) * sum_places + place]: the cycle in which it is free */
    struct route route;
    struct sched_program *out; /* transfers and hops are added here */
};

/* Starts of segments that are looked at for one piece until what is known of those behind a line is used again. Far
 * chips over lines that are taken for long need hundreds of them: each that moves by a little has all behind it looked
 * for anew. Below that nothing is taken over, as a later start that was found need not be the first from there. */
#define BOOKING_TRIES 256u

void booking_init(struct booking *b, const struct machine *m, struct sched_program *out);
void booking_free(struct booking *b);

/* Longest piece that one DRAM run and one burst can carry. */
uint32_t booking_piece_bytes(const struct machine *m);

uint32_t booking_channel(const struct machine *m, uint32_t endpoint);

/* route.c: the tree from s->source to s->targets into b->route. */
void route_build(struct booking *b, const struct shipment *s);

bool route_stays_on_chip(const struct booking *b, const struct shipment *s);

/* The tree was only looked at: its ports have their turns again. */
void route_forget(struct booking *b);

/* The trees between chips that differ: ways[0..n), the one that is next in turn first. */
uint32_t route_ways(struct booking *b, const struct shipment *s, uint32_t ways[MACHINE_WAYS]);

/* transfers.c: reserves the earliest way that fits; fills the results of s. */
void shipment_book(struct booking *b, struct shipment *s);

/* The same from a unit to units of its chip, but nothing is taken: the cycle in which it would leave. */
uint64_t shipment_find_start(struct booking *b, struct shipment *s);
/* Takes what was found last, for the same shipment. */
void shipment_take(struct booking *b, struct shipment *s);

/* The same for a partial (to_switch), but nothing is taken: the cycle in which it would be whole there. */
uint64_t shipment_find_partial(struct booking *b, struct shipment *s);

/* The partials that were booked last on the way to this switch wait until `cycle`. */
void booking_keep_partials(struct booking *b, uint32_t node, uint64_t cycle);

/* Of the last booked shipment: first slot at target i, and the cycle from which the piece is usable there. */
uint64_t shipment_first_slot(const struct booking *b, uint32_t target);
uint64_t shipment_usable(const struct booking *b, uint32_t target, uint32_t flits);

#endif
