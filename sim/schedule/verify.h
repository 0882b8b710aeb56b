/* SPDX-License-Identifier: Apache-2.0 */
/* verify.h - the verifier's parts and what they hand to each other. Private to sim/schedule.
 *
 *     per program:  units -> shape -> links -> dram -> hops -> sums -> sram -> contents -> staging -> outputs ->
 * entries at the end:   dram_data (who lies where in memory, all programs) -> repeats (what is left for the next)
 *
 * Each part reads the schedule as docs/formats/bps.md describes it and what earlier parts worked out; it
 * reports every breach of its rules and never stops at one. A transfer whose tree has the wrong shape is
 * `broken`: later parts leave it out, so that one mistake is not reported ten times. Work is sorting and
 * sweeping, near linear in the size of the schedule. */
#ifndef SIM_SCHEDULE_VERIFY_H
#define SIM_SCHEDULE_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/schedule/exact_time.h"
#include "sim/schedule/sched_names.h"
#include "sim/schedule/schedule.h"

#define VERIFY_NEVER UINT64_MAX

enum link_role { ROLE_INJECT, ROLE_EJECT, ROLE_NOC, ROLE_CHIP, ROLE_ADDER };
enum { ENDPOINT_IS_UNIT, ENDPOINT_IS_CHANNEL, ENDPOINT_IS_PORT };

/* The data of one transfer on the bus of one channel. */
struct verify_stream {
    uint64_t first;  /* RD: cycle of its first data; WR: of its first column command */
    uint64_t end;    /* its data are complete */
    uint32_t bursts; /* 0: there is none */
};

/* One stay of a chunk in a unit's SRAM. Sorted by (unit, chunk, from). */
struct verify_place {
    uint32_t record;   /* of program.sram */
    uint32_t first, n; /* pieces that arrive during the stay, by time */
    uint64_t produced; /* computed there: from here on; VERIFY_NEVER */
    uint64_t complete; /* all bytes are there from here on; VERIFY_NEVER */
};

struct verify_arrival {
    uint64_t usable;
    uint32_t place, offset, bytes;
};

struct verify {
    const struct schedule *s;
    const struct sched_machine *m;
    const struct sched_program *p;
    uint32_t program;
    struct sched_verdict *out;
    uint32_t max_violations;
    uint64_t found;

    /* of the machine */
    uint32_t n_units, n_channels;
    uint8_t *link_role;      /* enum link_role */
    uint32_t *link_endpoint; /* of inject and eject links */

    /* of the program */
    uint32_t *op_of_task; /* SCHED_NONE: none */
    uint32_t *sum_of;     /* chunk: the task that adds it in a switch; SCHED_NONE. Of the work, once for all programs */
    uint64_t *sum_end;    /* task of a switch: the adders have taken its partials; 0: there is no such sum */
    bool *broken;         /* transfer */
    uint64_t *hop_end;    /* link free again */
    uint64_t
        *hop_there; /* at the far end: usable (eject), standing (port), arrived (chip link), rigid start of a child */
    struct verify_stream *reads;  /* of each transfer */
    struct verify_stream *writes; /* of each hop into a channel */
    VEC(struct verify_place, places);
    size_t *unit_places; /* unit -> first place; n_units + 1 */
    VEC(struct verify_arrival, arrivals);
};

/* ---- reporting ---- */
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
void verify_fail(struct verify *v, const char *rule, const char *where, const char *fmt, ...);
void verify_fail_unit(struct verify *v, const char *rule, uint32_t unit, const char *fmt, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 4, 5)))
#endif
    ;

/* ---- sorting: by (group, time), stable ---- */
struct verify_event {
    uint64_t time;
    uint32_t group, index;
};
void verify_sort(struct verify_event *events, size_t n);
/* By time alone, stable; `spare` has room for as many. */
void verify_sort_times(struct verify_event *events, struct verify_event *spare, size_t n);

/* ---- parts ---- */
void verify_units(struct verify *v);
void verify_phases(struct verify *v);
void verify_shape(struct verify *v);
void verify_links(struct verify *v);
void verify_dram(struct verify *v);
void verify_hops(struct verify *v);
void verify_sums(struct verify *v);
void verify_sram(struct verify *v);
void verify_contents(struct verify *v);
void verify_staging(struct verify *v);
void verify_outputs(struct verify *v);
void verify_entries(struct verify *v);

void verify_dram_data(struct verify *v); /* all programs; v->p is changed */

/* What each program leaves in SRAM, whole and to its end. */
struct verify_left {
    VEC(struct verify_event, records); /* (unit, chunk) -> record of program.sram */
};
void verify_leave(struct verify *v, struct verify_left *left); /* after verify_contents */
void verify_repeats(struct verify *v, const struct verify_left *left);

/* ---- helpers ---- */

/* Place of a chunk at a unit that holds `time`; NULL when there is none. */
struct verify_place *verify_place_at(const struct verify *v, uint32_t unit, uint32_t chunk, uint64_t time);

static inline const struct sched_hop *verify_hop(const struct verify *v, const struct sched_transfer *t, uint32_t local)
{
    return &v->p->hops[t->first_hop + local];
}

/* Nodes of chip links behind the chips are switches. */
static inline bool verify_is_switch(const struct verify *v, uint32_t node)
{
    return node >= v->m->chips;
}

/* A chunk's data or entries of schedule, not an alignment message. */
static inline bool verify_carries_data(const struct sched_transfer *t)
{
    return t->class_of == CLASS_DATA || t->class_of == CLASS_CONTROL;
}

/* The switch in which a hop ends, when it is a partial's last one; else SCHED_NONE. */
static inline uint32_t verify_partial_at(const struct verify *v, const struct sched_transfer *t,
                                         const struct sched_hop *h)
{
    uint32_t to = v->m->links[h->link].to_node;
    bool sum = t->class_of == CLASS_DATA && v->sum_of[t->chunk] != SCHED_NONE;
    return sum && v->link_role[h->link] == ROLE_CHIP && verify_is_switch(v, to) ? to : SCHED_NONE;
}

/* A unit that does not work is a unit to transfers of entries: its SRAM serves ports. */
static inline uint32_t verify_kind(const struct sched_endpoint *e)
{
    return e->kind == SCHED_DEAD_UNIT ? (uint32_t)ENDPOINT_IS_UNIT : e->kind;
}

static inline bool verify_is_dead(const struct verify *v, uint32_t unit)
{
    uint32_t units = v->m->units_per_chip, per_chip = (uint32_t)(v->m->n_endpoints / v->m->chips);
    return v->m->endpoints[unit / units * per_chip + unit % units].kind == SCHED_DEAD_UNIT;
}

/* The endpoint that a hop leaves to, when it goes into one of this kind; else SCHED_NONE. */
static inline uint32_t verify_leaf(const struct verify *v, const struct sched_hop *h, uint32_t kind)
{
    uint32_t e = v->link_role[h->link] == ROLE_EJECT ? v->link_endpoint[h->link] : SCHED_NONE;
    return e != SCHED_NONE && verify_kind(&v->m->endpoints[e]) == kind ? e : SCHED_NONE;
}

#endif
