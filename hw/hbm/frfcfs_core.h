/* SPDX-License-Identifier: Apache-2.0 */
/* frfcfs_core.h - inside the FR-FCFS channel: window, banks, directions.
 *
 *     window slot = request                          bank: list of requests per direction, by age
 *       bursts of the line still to be moved     -->   [oldest] - [..] - [..]     hit: oldest one to the open row
 *       waiter: next request to the same line, not yet in any list
 *
 * All bursts of a line lie in one row of one bank, so they stand in the lists as one, and go one by one. Age = number
 * of arrival. What the choosers look at (sets of banks, an age per bank) changes only when a request enters or leaves,
 * a row is opened or closed; column_at and row_at say when there is something to choose. */
#ifndef HW_HBM_FRFCFS_CORE_H
#define HW_HBM_FRFCFS_CORE_H

#include "hw/hbm/frfcfs.h"
#include "hw/hbm/hbm_timing.h"
#include "sim/base/mem.h"
#include "sim/kernel/serial_line.h"

#define NO_ENTRY UINT16_MAX /* slot */

enum direction { READING, WRITING, DIRECTIONS };

/* A record each begins a line of the host's cache; of a read, only the first line is looked at. */
struct frfcfs_window_request {
    _Alignas(MEM_LINE) uint64_t arrival;
    uint32_t age; /* ages of the window are near each other: is_older() */
    uint32_t row, set;
    uint16_t next, prev; /* of the bank's list; next: of the free slots */
    uint16_t waiter;     /* slot of the one that waits for this one */
    uint16_t older;      /* slot of the request to the same line that it waits for */
    uint16_t line_next;  /* chain of its hash bucket, youngest first */
    uint16_t slice;
    uint8_t bank, bursts; /* bursts: mask of those not yet moved */
    bool used;
    struct dram_request r;
};

static inline bool is_older(uint32_t age, uint32_t than)
{
    return (int32_t)(age - than) < 0;
}

/* list_changed() tells the choosers. */
struct frfcfs_list {
    uint16_t head, tail, hit; /* hit: the oldest one to the open row */
    uint32_t passed;          /* columns of the bank since its oldest burst was passed over */
};

struct frfcfs_lists { /* of a bank */
    struct frfcfs_list of[DIRECTIONS];
};

struct frfcfs_group {
    uint64_t banks;
    uint64_t column_at; /* no column of the present direction before */
};

struct frfcfs_slice {
    uint64_t front_at; /* ready cycle of its first request */
    struct mailbox *in, *out;
};

#define FRFCFS_BANKS 64u /* at most: sets of banks are words */

/* In the order in which a cycle looks at it: a channel is evaluated seldom enough that each line of the host's cache
 * that it touches is fetched anew. */
struct frfcfs {
    /* every evaluation */
    _Alignas(MEM_LINE) uint64_t refresh; /* cycle of the next REF; CYCLE_NEVER: there is none */
    uint64_t refresh_over;               /* rfc behind it */
    uint64_t mail;                       /* slices whose mailbox got something since it was looked at */
    uint64_t arrival_at;                 /* of the earliest request of a mailbox */
    uint64_t column_at, row_at;          /* no command of this kind is possible before */
    uint16_t n_free, free;               /* slots of the window; the first of them */
    uint16_t pending[DIRECTIONS];        /* requests in lists */
    bool waiting;                        /* a request stands before the full window since waiting_since */
    bool shown, listened;                /* there is a wave; a listener */
    uint8_t direction;                   /* enum direction */
    /* what the choosers look at */
    _Alignas(MEM_LINE) uint64_t hit_banks[DIRECTIONS]; /* have a burst that hits and may go */
    uint64_t row_banks[DIRECTIONS];                    /* have bursts, but need a row command first */
    uint64_t open_banks;
    uint64_t fresh_banks;    /* activated, no column since */
    uint64_t conflict_banks; /* closed by command: their next row counts as a conflict */
    uint64_t channel_at;     /* no column at all of the present direction before */
    /* a column */
    struct line_time bus;        /* free from then on */
    struct line_time burst;      /* that a burst takes */
    uint64_t groups_at;          /* the latest column_at of a group */
    uint32_t issued;             /* columns since the direction changed */
    uint32_t yielded;            /* of these, with the other direction waiting */
    uint32_t closed[DIRECTIONS]; /* from a column of the direction until its bank can be precharged again (end of rp) */
    uint32_t urgent;             /* writes for which somebody waits */
    uint32_t ages_given;
    /* where the rest is */
    struct frfcfs_window_request *window;
    struct frfcfs_lists *lists;    /* per bank */
    uint32_t *ages_of[DIRECTIONS]; /* hit_banks: of the hit; row_banks: of the oldest */
    struct frfcfs_group *groups;
    const struct dram_timing *dram;
    struct frfcfs_slice *slices;
    uint16_t *buckets;
    struct hbm_timing timing;
    struct frfcfs_stats stat;
    struct frfcfs_listener listener;
    /* a request's arrival and end */
    uint8_t wanted[ALL_SECTORS + 1u];     /* bursts that hold these sectors */
    uint8_t bank_of[FRFCFS_BANKS];        /* set x interleave + member */
    uint32_t line_shift, set_shift, sets; /* shifts: where place_of need not divide; lines of a row of a set, sets */
    uint32_t bucket_mask;
    uint32_t turn; /* slice after the one that was taken last */
    uint64_t waiting_since;
    /* contents */
    uint32_t *content; /* per line: identity_number() of what it holds, of a source without version and c */
    uint8_t *kind;
    const struct slot_counter *launch;
    struct run_control *run;
    struct frfcfs_params p;
    struct frfcfs_wave *wave; /* NULL: nothing of it is shown */
    void *memory;             /* of the channel, its window and what it has of banks and groups */
};

/* frfcfs_window.c */
void window_init(struct frfcfs *c);
/* Looks at the mailboxes that got something. */
void window_mail(struct frfcfs *c);
/* Takes what has arrived, while there is room; something has. */
void window_take(struct frfcfs *c, uint64_t cycle);
/* A burst of the request, the bank's hit, is moved. True when the request is complete. */
bool window_remove(struct frfcfs *c, uint16_t slot);
/* The request leaves; who waited for it may go. */
void window_release(struct frfcfs *c, uint16_t slot);
/* A row was opened or closed: which bursts hit now. */
void window_opened(struct frfcfs *c, uint32_t bank);
void window_closed(struct frfcfs *c, uint32_t bank);

/* frfcfs_pick.c */
void pick_init(struct frfcfs *c);
/* Requests came or a column went: whose turn is it? */
void pick_direction(struct frfcfs *c);
/* The direction or the refresh has changed what holds up columns: look anew. */
void pick_anew(struct frfcfs *c);
/* A bank has a burst that hits, or one that needs a row command, and had none of this kind: not later than then. */
void pick_column_of(struct frfcfs *c, uint32_t bank);
void pick_row_of(struct frfcfs *c, uint32_t bank);
/* Issues what may be issued in this cycle; column_at and row_at say when to come again. */
void pick_commands(struct frfcfs *c, uint64_t cycle);

static inline void told(struct frfcfs *c, uint64_t cycle, enum frfcfs_command command, uint32_t bank, uint32_t row)
{
    c->stat.commands[command]++;
    if (c->listened)
        c->listener.command(c->listener.self, cycle, command, bank, row);
}

/* frfcfs_wave.c */
void frfcfs_wave_cycle(struct frfcfs *c, uint64_t cycle); /* only where a wave is there */
void frfcfs_wave_free(struct frfcfs *c);

/* frfcfs_data.c */
void data_init(struct frfcfs *c);
void data_free(struct frfcfs *c);
/* A burst takes the bus. */
void data_bus(struct frfcfs *c, uint64_t cycle, bool write);
/* Fills in what is counted from other numbers. */
void data_stat(struct frfcfs *c);
/* The last byte of a request is on its way over the bus. */
void data_done(struct frfcfs *c, uint64_t cycle, struct frfcfs_window_request *r);

#endif
