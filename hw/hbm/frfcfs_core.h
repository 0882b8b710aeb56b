/* SPDX-License-Identifier: Apache-2.0 */
/* frfcfs_core.h - inside the FR-FCFS channel: window, banks, directions.
 *
 *     window slot = request                         bank: list of bursts per direction, by age
 *       bursts 0..n-1 of the line, those wanted -->   [oldest] - [..] - [..]     hit: oldest one to the open row
 *       waiter: next request to the same line, not yet in any list
 *
 * A burst has number slot x bursts + its place in the line. Age = number of arrival. */
#ifndef HW_HBM_FRFCFS_CORE_H
#define HW_HBM_FRFCFS_CORE_H

#include "hw/hbm/frfcfs.h"
#include "hw/hbm/hbm_timing.h"
#include "sim/kernel/serial_line.h"

#define NO_ENTRY UINT32_MAX

enum direction { READING, WRITING, DIRECTIONS };

struct frfcfs_window_request {
    struct dram_request r;
    uint64_t arrival, age;
    struct frfcfs_place place;
    uint32_t slice;
    uint32_t left;      /* bursts not yet moved */
    uint32_t waiter;    /* slot; NO_ENTRY: none */
    uint32_t older;     /* slot of the request to the same line that it waits for */
    uint32_t line_next; /* chain of its hash bucket, youngest first */
    bool used;
};

/* What the choosers look at is kept beside the lists: list_changed(). */
struct frfcfs_list {
    uint32_t head, tail, hit; /* bursts; hit: the oldest one to the open row */
    uint32_t passed;          /* columns of the bank since its oldest burst was passed over */
    uint64_t head_age, hit_age;
};

struct frfcfs_bank {
    struct frfcfs_list lists[DIRECTIONS];
    bool conflict; /* closed by command: its next row counts as a conflict */
};

struct frfcfs {
    struct frfcfs_params p;
    struct run_control *run;
    const struct slot_counter *launch;
    struct mailbox **in, **out;
    struct frfcfs_listener listener;
    uint32_t bursts, burst_shift; /* of a line; its logarithm */
    /* timing */
    struct hbm_timing timing;
    struct serial_line bus;
    uint64_t bus_rest;          /* of bus_busy, ticks */
    uint64_t refresh;           /* cycle of the next REF; CYCLE_NEVER: there is none */
    uint64_t column_at, row_at; /* no command of this kind is possible before */
    /* window */
    struct frfcfs_window_request *window;
    uint32_t *free, n_free;
    uint32_t *next, *prev; /* lists of bursts */
    uint32_t *buckets, bucket_mask;
    uint64_t ages;
    uint32_t turn; /* slice after the one that was taken last */
    bool waiting;  /* a request stands before the full window since... */
    uint64_t waiting_since;
    struct frfcfs_bank *banks;
    uint64_t hit_banks[DIRECTIONS]; /* have a burst that hits and may go */
    uint64_t row_banks[DIRECTIONS]; /* have bursts, but need a row command first */
    uint64_t open_banks;
    uint64_t fresh_banks;  /* activated, no column since */
    uint64_t *group_banks; /* per group */
    uint32_t *bank_of;     /* set x interleave + member */
    /* directions */
    enum direction direction;
    uint32_t pending[DIRECTIONS]; /* requests in lists */
    uint32_t urgent;              /* writes for which somebody waits */
    uint32_t issued;              /* columns since the direction changed */
    uint32_t yielded;             /* of these, with the other direction waiting */
    /* contents */
    struct identity *content;
    uint8_t *kind;
    struct frfcfs_stats stat;
    struct frfcfs_wave *wave; /* NULL: nothing of it is shown */
};

static inline struct frfcfs_window_request *burst_request(const struct frfcfs *c, uint32_t burst)
{
    return &c->window[burst >> c->burst_shift];
}
/* Order of bursts: by age of their request, then by place in the line. */
static inline uint64_t burst_age(const struct frfcfs *c, uint32_t burst)
{
    return burst_request(c, burst)->age * LINE_SECTORS + (burst & (c->bursts - 1));
}
/* All bursts of a line lie in one bank. */
static inline uint32_t request_bank(const struct frfcfs *c, const struct frfcfs_window_request *r)
{
    return c->bank_of[r->place.set * c->p.dram.interleave + r->place.column % c->p.dram.interleave];
}

/* frfcfs_window.c */
void window_init(struct frfcfs *c);
void window_free(struct frfcfs *c);
/* Takes what has arrived, while there is room. */
void window_take(struct frfcfs *c, uint64_t cycle);
/* The burst is moved: out of its list. True when its request is complete. */
bool window_remove(struct frfcfs *c, uint32_t burst, uint32_t bank);
/* The request leaves; who waited for it may go. */
void window_release(struct frfcfs *c, uint32_t slot);
/* A row was opened or closed: which bursts hit now. */
void window_row(struct frfcfs *c, uint32_t bank);

/* frfcfs_pick.c */
void pick_direction(struct frfcfs *c);
/* Issues what may be issued in this cycle; returns when to come again. */
uint64_t pick_commands(struct frfcfs *c, uint64_t cycle);
void told(struct frfcfs *c, uint64_t cycle, enum frfcfs_command command, uint32_t bank, uint32_t row);

/* frfcfs_wave.c */
void frfcfs_wave_cycle(struct frfcfs *c, uint64_t cycle); /* only where a wave is there */
void frfcfs_wave_free(struct frfcfs *c);

/* frfcfs_data.c */
void data_init(struct frfcfs *c);
void data_free(struct frfcfs *c);
void data_bus(struct frfcfs *c, uint64_t cycle, bool write);
/* The last byte of a request is on its way over the bus. */
void data_done(struct frfcfs *c, uint64_t cycle, struct frfcfs_window_request *r);

#endif
