/* SPDX-License-Identifier: Apache-2.0 */
/* link_slots.h - the slot table of each link: what is reserved when, and what nobody uses.
 *
 *     link   |..####.##......###|      reserved 9, unused 9, longest gap 6 slots, from slot 9 on
 *            0                  makespan
 *
 * A slot is a cycle: on a chip it carries a flit, and no two bursts share one. Between chips a burst may end within a
 * cycle in which the next one begins; a cycle that is taken in part is reserved. */
#ifndef SIM_SCHEDULE_LINK_SLOTS_H
#define SIM_SCHEDULE_LINK_SLOTS_H

#include "sim/base/text.h"
#include "sim/schedule/schedule.h"

struct slot_entry {
    uint64_t from, to; /* reserved over [from, to) */
    uint32_t hop;      /* of the program */
};

struct link_slots {
    size_t first, n;              /* its entries, in order of time */
    uint64_t reserved, unused;    /* cycles of the makespan */
    uint64_t gap_from, gap_slots; /* the longest run of unused ones, the first of equals */
};

struct slot_tables {
    struct slot_entry *entries; /* link by link */
    struct link_slots *links;   /* per link of the machine */
};

void slot_tables_make(struct slot_tables *t, const struct schedule *s, const struct sched_program *p);
void slot_tables_free(struct slot_tables *t);

enum slot_format { SLOT_TEXT, SLOT_CSV };

/* A row per link whose id the glob matches: reserved, unused, longest gap. */
void schedule_show_links(const struct schedule *s, uint32_t program, const char *glob, enum slot_format format,
                         struct text *out);
/* Their slot tables: a row per reservation, with its transfer and bytes. */
void schedule_show_slots(const struct schedule *s, uint32_t program, const char *glob, enum slot_format format,
                         struct text *out);

#endif
