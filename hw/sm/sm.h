/* SPDX-License-Identifier: Apache-2.0 */
/* sm.h - streaming multiprocessor of the dynamic machine: CTA slots, warps, schedulers, pipes, shared memory; L1
 * inside.
 *
 *     start (mailbox) --> [CTA slots] --> warps --> [scheduler x subcores] --> MMA | ALU        one instruction per
 * subcore and cycle
 *                                                          \--> [LSU queue] --> L1 --> net_port
 *     done (mailbox)  <-- CTA exits <-- fence, signal  <-----------------------/
 *
 * A warp runs a generated loop program (sm_program.h): counters, copies of slices into shared memory, barriers,
 * fragments, MMA, lane operations, stores, fence, signals. What it waits for is a register value (latency of a pipe), a
 * slice (outstanding lines), a barrier, acknowledgements, a counter in memory. Runs of equal MMA or ALU instructions of
 * one warp issue as one event of the simulator and hold the pipe (ALU: the issue slot too) as long as they would one by
 * one.
 *
 * Cycle of the box: 1. launch, CTAs that arrive; 2. L1 takes messages in; completions; 3. each scheduler issues; 4. LSU
 * hands lines to the L1; 5. CTAs that end; 6. L1 sends. docs/model/sm.md. */
#ifndef HW_SM_SM_H
#define HW_SM_SM_H

#include "hw/cache/l1.h"
#include "hw/sm/sm_account.h"
#include "sim/base/dynamic_params.h"
#include "sim/base/fraction.h"
#include "sim/kernel/launch.h"
#include "sim/kernel/net_port.h"
#include "sim/kernel/run_control.h"
#include "sim/kernel/slot_counter.h"
#include "sim/kernel/wave.h"
#include "sim/program/program.h"

#define SM_SUBCORES_MAX 32u
#define SM_STAGES_MAX   16u
#define SM_NONE         UINT32_MAX

/* What a warp waits for; names in waveforms. */
#define WARP_STATES(X)                                                                                                 \
    X(NONE, "none")                                                                                                    \
    X(READY, "ready")                                                                                                  \
    X(LATENCY, "latency")                                                                                              \
    X(PIPE, "pipe")                                                                                                    \
    X(LSU, "lsu")                                                                                                      \
    X(SLICE, "slice") X(BARRIER, "barrier") X(FENCE, "fence") X(POLL, "poll") X(FETCH, "fetch") X(DONE, "done")
enum warp_state {
#define X(id, name) WARP_##id,
    WARP_STATES(X)
#undef X
        WARP_STATE_COUNT
};

extern const char *const sm_warp_state_names[WARP_STATE_COUNT];

/* Requests of a warp, oldest first; SM_NO_TXN: none. */
#define SM_NO_TXN UINT16_MAX
struct sm_txns {
    uint16_t first, last;
};

struct sm_slot;

/* Two lines of the host's cache: what requests need, and what only instructions need. */
struct sm_warp {
    uint8_t state; /* enum warp_state */
    uint8_t pc;
    uint8_t subcore;
    uint16_t index;                      /* in its CTA */
    uint16_t in_lsu;                     /* memory instructions that the LSU has not finished handing on */
    struct sm_txns loads, stores;        /* outstanding */
    struct sm_slot *cta;                 /* its place */
    uint32_t slice;                      /* of the main loop: slice or round */
    uint16_t pending[SM_STAGES_MAX + 1]; /* lines outstanding by stage; the last: late pieces */
    uint16_t number;                     /* of the SM */
    uint64_t fragment_at[2];             /* shared-memory reads of parts, alternating */
    uint64_t mma_done, alu_done;
    uint32_t left;     /* of a run of equal instructions */
    uint32_t writes;   /* stores not acknowledged */
    uint32_t variable; /* waveform */
    uint32_t place;    /* in ready_at[] */
    uint32_t part;     /* of a slice */
    uint8_t to_a_line[12];
};

/* Lines of a group that a slice needs. */
struct sm_slice_lines {
    uint32_t slice; /* SM_NONE: not known yet */
    uint32_t first, n;
};

/* Pieces that are cut into slices together: one stream, or one operand of the rounds. */
struct sm_group {
    uint32_t first_piece, n_pieces, lines;
    uint8_t role;
    bool source;
    struct sm_slice_lines shares[2]; /* asked for last, by slice mod 2: all warps ask for the same ones */
};

/* What was read of an operand. */
struct sm_operand {
    uint32_t numeric_piece; /* the first piece in order gives the number of a partial; SM_NONE: nothing was read */
    uint32_t numeric;
    uint32_t piece; /* of the line read last, which was right, or SM_NONE... */
    uint32_t data;  /* ...and what it was: identity_number(); these of it: */
    uint64_t c, value;
};

enum cta_state { SLOT_FREE, SLOT_STARTING, SLOT_RUNNING, SLOT_FETCHING };

struct sm_slot {
    uint8_t state; /* enum cta_state */
    bool persistent, acquire, matrix;
    bool result_known; /* identity of the outputs */
    uint32_t cta;
    const struct cta *c;
    const struct cta_piece *pieces;
    uint64_t age; /* order of arrival */
    uint64_t start_at;
    uint32_t alive, at_barrier;
    uint32_t next_cta;  /* persistent: fetched ahead; SM_NONE: not yet */
    uint32_t fetch_txn; /* number of the outstanding fetch, SM_NO_TXN: none */
    uint32_t unseen;    /* operands of which nothing has been read yet */
    uint32_t n_groups;
    struct sm_group *groups;
    uint32_t *piece_first;   /* per piece of the CTA: its first line in its group */
    uint32_t *piece_operand; /* per piece that is read: its operand, in the SM's operands[] */
    struct sm_operand *operands;
    uint32_t first_output, output_lines; /* the first piece that is written; lines of all */
    uint32_t waits_left;
    struct identity result;
    uint32_t stored_piece, stored; /* piece of the line stored last, SM_NONE: none, and identity_number() of it */
    /* Of the results, for those who wait for them: when they had been computed; where the store was that was
     * acknowledged last. */
    uint64_t computed;
    struct trail way;
    /* shape of the main loop */
    uint32_t parts, rounds_of_stores;
    uint32_t fragment_bytes;     /* of one part of one warp */
    uint64_t mma_each, mma_rest; /* MMA granules: of each part of each warp, and what is left of the whole CTA's */
    uint64_t lane_runs;          /* ALU warp instructions of the whole CTA */
    uint64_t reduce_runs;        /* ALU warp instructions that join the parts of K that warps split */
};

enum txn_kind { TXN_LOAD, TXN_STORE, TXN_SIGNAL, TXN_POLL, TXN_FETCH };

#define SM_LSU_LINES 4u /* lines of a warp instruction: 32 lanes x 16 B */

/* Requests that an instruction made in one cycle for lines of one piece: one record, a bit for each line. */
struct sm_txn {
    uint8_t kind; /* enum txn_kind */
    uint8_t stage;
    uint8_t out;     /* lines that are not back */
    uint8_t charged; /* lines that the account knows */
    uint32_t piece;
    uint32_t operand;    /* loads: in the SM's operands[] */
    uint16_t next, prev; /* loads or stores of the warp */
};
/* The number of a line's request, and what the L1 hands back: number and warp. */
static inline uint32_t sm_request(uint32_t txn, uint32_t line)
{
    return txn * SM_LSU_LINES + line;
}
static inline uint32_t sm_tag(uint32_t request, uint32_t warp)
{
    return request | warp << 16;
}

/* A memory instruction in the LSU: lines of a warp's share, one per cycle. */
struct sm_memory_op {
    uint16_t warp;
    uint8_t kind; /* enum txn_kind */
    uint8_t mask; /* loads: which groups, enum copy_groups */
    uint32_t slice, slice_end;
    uint32_t group, line, end; /* cursor; line == end: next group */
    uint32_t piece;
    uint32_t piece_end; /* loads: behind the piece's last line of the group */
    uint32_t whole_end; /* loads: behind its last whole one */
    uint32_t operand;   /* loads: of the piece */
    uint8_t stage;
};

/* Which groups a load takes; late pieces come with slice 0. */
enum copy_groups { COPY_SOURCES = 1, COPY_OTHERS = 2, COPY_LATE = 4 };

struct sm_subcore {
    uint64_t issue_free, mma_free, alu_free;
    uint32_t last;                 /* warp issued last, SM_NONE */
    uint16_t first_word, end_word; /* of timed[] */
};

struct sm_stat {
    uint64_t instructions, macs, macs_padded, vector_cycles, tasks;
    uint64_t mma, alu, loads, stores, polls, atomics, barriers;
    uint64_t shared_read_bytes, shared_write_bytes;
    uint64_t lsu_refused;         /* times that the L1 refused a line: MSHRs, set, queue */
    uint64_t injected, delivered; /* payload bytes sent and received */
    uint64_t numeric_checksum;
    uint64_t input_faults;
};

struct sm_config {
    const char *name; /* chip0.unit3 */
    struct sm_params p;
    uint64_t slots_in_all; /* persistent: CTAs of the persistent kernel that take from the same queue */
    uint32_t cta_start;    /* cycles from arrival to the first instruction */
    uint32_t chip, unit;   /* unit: of the chip */
    const struct chip_program *program;
    const struct server_program *server;
};

/* What every evaluation looks at comes first, then what most do: a line of the host's cache each. */
struct sm {
    struct l1 *l1;
    uint64_t due;      /* until then only messages, completions and a new launch make work */
    uint64_t issue_at; /* no scheduler can issue before */
    uint64_t slots_at; /* no slot that starts or fetches can go on before */
    uint64_t lsu_at;   /* the LSU has nothing to do before */
    const struct slot_counter *launch_counter;
    /* By place: warps of subcore 0, then of subcore 1, ...; each subcore begins at a multiple of 64. */
    uint64_t *timed;
    uint64_t *ready_at; /* earliest next issue; only where the place's bit is set in timed[], else never */

    const struct sm_slot *oldest; /* resident CTA, NULL: none */
    uint64_t starts;              /* bit 0: there may be something in start_in */
    struct sm_txn *txns;
    struct sm_warp *warps; /* slot x warps_per_cta + index */
    uint32_t launch;
    uint32_t l1_taken;    /* messages that the L1 had taken in by the last evaluation */
    uint32_t outstanding; /* lines */
    uint16_t n_given;     /* records given back, in given_txns[] */
    bool measuring;
    bool changed;     /* something that the cause depends on */
    bool report;      /* tell the dispatcher that all is drained */
    bool lsu_ready;   /* the oldest instruction is known to have a line left */
    bool lsu_asked;   /* its request is in lsu_request: not of loads, whose request goes on from line to line */
    bool lsu_waiters; /* a warp waits for room in the LSU's queue */
    bool acquire;     /* a result has been seen: as soon as all that has come is taken in */
    /* Refused by the L1: until a completion or a message to it (a line that it puts back may be what is in the way);
     * `crowded`, its queue of requests was full: also until one has left. */
    bool lsu_blocked, lsu_crowded;
    bool shows_issue;            /* in a waveform */
    struct sm_operand *operands; /* of all CTAs */

    uint64_t subcore_at[SM_SUBCORES_MAX]; /* no warp of this subcore can issue before; where there is room, timed[] */
    struct sm_subcore subcore[SM_SUBCORES_MAX];
    struct sm_slot *slots;
    uint16_t *warp_at;
    struct mailbox *start_in, *done_out;
    uint16_t *given_txns; /* the one given back last is taken first */
    uint16_t fresh_txn;   /* records from here on were never used */
    uint32_t n_txns;      /* records, and lines that may be outstanding */
    uint32_t writes;      /* lines outstanding that are stores */
    uint32_t lsu_first, lsu_count;
    uint32_t n_warps;
    uint64_t lsu_next; /* earliest cycle of the next line */
    /* What the cycles from account.until on are: until compute_until a pipe computes, then it is the cause. Both are
     * written down when they change. */
    uint64_t compute_until;
    uint32_t cause, cause_tag; /* SM_UNKNOWN: to be asked for at the end of this evaluation */
    /* The cause depends on the warps [heard, heard + n_heard): those of the oldest CTA up to the one that was asked. */
    uint32_t heard, n_heard;
    uint64_t shared_free; /* read port of shared memory */
    struct l1_request lsu_request;
    struct sm_config k;
    struct run_control *run;
    uint64_t base, ages;
    struct cta_done ended; /* not told yet */
    uint64_t *ended_ctas;  /* of the present launch, here; a bit per CTA of the chip */
    struct sm_stat stat;
    struct sm_account account;
    struct sm_memory_op lsu[SM_LSU_QUEUE];
    struct wave wave;
    struct wave_pulse issue;
    uint32_t var_state;
    void *warp_block, *ready_block, *timed_block, *operand_block, *block; /* block: of this itself */
};

struct sm *sm_new(const struct sm_config *k, struct l1 *l1, struct run_control *run);
void sm_free(struct sm *s);
void sm_connect(struct sm *s, const struct slot_counter *launch, struct mailbox *start_in, struct mailbox *done_out);
uint64_t sm_eval(struct sm *s, uint64_t cycle);
/* Completes the account; `end` is the first cycle behind the measured repeat. */
void sm_end(struct sm *s, uint64_t end);
/* After sm_end. The cause of every cycle before `end` goes to the waveform, no work behind it; cycles without a CTA are
 * what `empty` says.
 */
void sm_show_states(const struct sm *s, uint64_t end,
                    enum cause (*empty)(const void *self, uint64_t cycle, uint64_t *until), const void *self);

/* For reports of a machine that does not get on. A task polls counter `word` of its chip, which is raised n times in
 * every launch (the present one: from 1 on). */
struct sm_poll {
    uint32_t task, launch, word, n;
};
/* false: the warp polls nothing. */
bool sm_polls(const struct sm *s, uint32_t warp, struct sm_poll *p);
/* The CTA ran here in this launch and is over: its signals have been handed to the L1. */
bool sm_has_ended(const struct sm *s, uint32_t launch, uint32_t cta);
void sm_dump(const struct sm *s, uint64_t cycle, struct diag *d);

/* ---- inside the SM ---- */

/* sm.c: the account of all cycles before this one. While a pipe computes nothing else counts, and nothing need be
 * written down before it is over. */
void sm_account_to(struct sm *s, uint64_t cycle);
static inline void sm_settle(struct sm *s, uint64_t cycle)
{
    if (s->compute_until < cycle)
        sm_account_to(s, cycle);
}

/* sm_issue.c: schedulers and pipes. Afterwards issue_at says when one of them could issue. */
void sm_issue(struct sm *s, uint64_t cycle);
/* The warp may issue from cycle `at` on. */
static inline void sm_ready(struct sm *s, struct sm_warp *w, uint64_t at)
{
    uint64_t *subcore_at = &s->subcore_at[w->subcore];
    uint64_t bit = 1ull << w->place % 64;
    if (at == CYCLE_NEVER) {
        s->timed[w->place / 64] &= ~bit;
        return;
    }
    s->timed[w->place / 64] |= bit;
    s->ready_at[w->place] = at;
    uint64_t free_at = s->subcore[w->subcore].issue_free;
    at = at > free_at ? at : free_at;
    *subcore_at = at < *subcore_at ? at : *subcore_at;
    s->issue_at = at < s->issue_at ? at : s->issue_at;
}
/* Does the cause of the cycles depend on this warp? */
static inline bool sm_heard(const struct sm *s, const struct sm_warp *w)
{
    return w->number - s->heard < s->n_heard;
}
/* The waveform's part of a change of state. */
void sm_warp_shown(struct sm *s, const struct sm_warp *w, uint64_t cycle);
static inline void sm_warp_state(struct sm *s, struct sm_warp *w, enum warp_state state, uint64_t cycle)
{
    if (w->state == state)
        return;
    w->state = (uint8_t)state;
    s->changed |= sm_heard(s, w);
    if (w->variable != UINT32_MAX)
        sm_warp_shown(s, w, cycle);
}

/* sm_program.c: executes the instruction at w->pc; false: it cannot issue now (w->state says why). */
bool sm_execute(struct sm *s, struct sm_warp *w, uint64_t cycle);
void sm_shape(struct sm *s, struct sm_slot *slot);
uint8_t sm_first_pc(const struct cta *c);

/* sm_wave.c: the waveform. Variables; the measured repeat begins; subcores that issued in a cycle, a bit each. */
void sm_wave_declare(struct sm *s);
void sm_wave_begin(struct sm *s);
static inline void sm_wave_issue(const struct sm *s, uint64_t cycle, uint32_t issued)
{
    if (issued && s->shows_issue)
        wave_pulse_at(&s->wave, &s->issue, cycle, issued);
}

/* sm_lsu.c: memory. */
bool sm_lsu_push(struct sm *s, const struct sm_memory_op *op);
void sm_lsu_run(struct sm *s, uint64_t cycle);
/* What the L1 refused may be accepted now. */
static inline void sm_lsu_again(struct sm *s)
{
    if (!s->lsu_blocked && !s->lsu_crowded)
        return;
    s->changed = true;
    s->lsu_blocked = s->lsu_crowded = false;
    s->lsu_at = s->lsu_next;
}
void sm_complete(struct sm *s, const struct l1_completion *c, uint64_t cycle);
/* Slices of a CTA in flight. */
static inline uint32_t sm_stages(const struct sm *s, const struct sm_slot *slot)
{
    return slot->c->stages ? slot->c->stages : s->k.p.stages;
}
/* Lines [first, end) of n lines that warp `index` of `warps` takes. */
static inline uint32_t sm_share(uint32_t n, uint32_t warps, uint32_t index)
{
    return (uint32_t)((uint64_t)n * index / warps);
}
/* In the account: the result that a CTA waits for. Smaller numbers are requests. */
static inline uint32_t sm_requests(const struct sm *s)
{
    return sm_request(s->n_txns, 0);
}
static inline uint32_t sm_result_tag(const struct sm *s, const struct sm_slot *slot)
{
    return sm_requests(s) + (uint32_t)(slot - s->slots);
}

/* sm_slot.c: CTAs come and go. */
void sm_slot_arrivals(struct sm *s, uint64_t cycle);
void sm_slot_starts(struct sm *s, uint64_t cycle);
static inline void sm_slot_at(struct sm *s, uint64_t cycle)
{
    s->slots_at = cycle < s->slots_at ? cycle : s->slots_at;
}
void sm_slot_end(struct sm *s, struct sm_slot *slot, uint64_t cycle);
bool sm_slot_fetch(struct sm *s, struct sm_slot *slot, uint64_t cycle);

/* sm_identity.c: what was read is what the work demands; what is written follows from it. */
void sm_identity_begin(struct sm *s, struct sm_slot *slot);
void sm_identity_read(struct sm *s, struct sm_slot *slot, const struct sm_txn *x, uint32_t data, uint64_t cycle);
void sm_identity_result(struct sm *s, struct sm_slot *slot, uint64_t cycle);
/* What the numeric checksum adds for a contraction that is complete. */
uint64_t sm_identity_number(const struct sm_slot *slot);
uint32_t sm_identity_of(struct sm *s, struct sm_slot *slot, uint32_t piece);

static inline const struct cta_piece *sm_piece(const struct sm *s, const struct sm_slot *slot, uint32_t i)
{
    (void)s;
    return &slot->pieces[i];
}
static inline struct sm_slot *sm_slot_of(const struct sm_warp *w)
{
    return w->cta;
}

#endif
