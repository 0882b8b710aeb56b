/* SPDX-License-Identifier: Apache-2.0 */
/* slot_switch.h - a switch of the phase machine's fabric: passes bursts on as they come, by a table.
 *
 *     line in 0 ~~~> [entry of the burst: out 1, out 2] --+==> line out 1 ~~latency~~>
 *     line in 1 ~~~> [entry of the burst: out 0]          +==> line out 2 ~~latency~~>
 *
 * The schedule has reserved the slots of every line out, so nothing is chosen and nothing waits: the first flit takes
 * the lines out in the cycle in which it comes (the latency of a line into a switch contains the switch), the rest
 * follows at the rate of the lines, which is the same for all. A burst that finds a line out taken by more than the
 * fraction of a cycle is a violation; under `stall` it follows when the line is free, and receivers ask for a hold.
 *
 * A switch may add: partials of chips, or of leaf switches, each a burst, come and wait; then the adders take them side
 * by side, and the sum leaves, whole, over the lines out (slot_sums.c).
 *
 *     partial of chip 0 ~~~> [waits]--+
 *     partial of chip 1 ~~~> [waits]--+==> adders ==whole==> lines out
 *
 * A sum begins in its slot, as many cycles later as all its partials came late, and not before all are whole. Whoever
 * finds a partial of another chunk, version or c, or values that do not sum to what the sum holds, reports a violation.
 *
 * With bit errors a burst can be lost on each line (slot_retry.c). Under `halt` it goes on with its lost frames
 * counted, to the receiver or the adders that must stop the run. Under `stall` retry is hop by hop:
 *
 *     line in   ~~~A'~~~~~~~~~~~A~~~>   A' is bad, which shows at its end: it is on its way out by then, nullified, and
 *     line out     ~~~A'~~~~~~~~~~~A~~> whoever gets it drops it; A comes when the sender has heard of the loss
 *     line out       ~~~A'~~~~~~~~~~~A~~~~~~~~~~~A~~~> lost on this line: kept here, sent again over it alone
 *
 * Entries are numbered over all programs, so a burst's `peer` tells its entry and the switch needs no counter: what it
 * knows of launches serves accounts and the waveform. */
#ifndef HW_LINK_SLOT_SWITCH_H
#define HW_LINK_SLOT_SWITCH_H

#include "hw/link/link_errors.h"
#include "sim/base/account.h"
#include "sim/kernel/burst.h"
#include "sim/kernel/link_probe.h"
#include "sim/kernel/mailbox.h"
#include "sim/kernel/run_control.h"
#include "sim/kernel/serial_line.h"
#include "sim/kernel/slot_counter.h"

#define SWITCH_NOBODY UINT32_MAX

/* A burst that comes. */
struct switch_entry {
    uint32_t transfer;
    uint32_t first_out, last_out; /* into outs, linked; SWITCH_NOBODY */
    uint32_t partial;             /* of a sum; SWITCH_NOBODY: it goes on */
};

/* One of the partials of a sum, in the order in which they are added. */
struct switch_partial {
    uint32_t sum, chunk, bytes;
    uint64_t planned; /* slot in which its first flit comes */
};

/* A piece of a sum: the adders take it in one go. In the order of (program, start). */
struct switch_result {
    uint64_t start;     /* planned */
    uint32_t sum, next; /* next: piece of the same sum */
    uint32_t transfer, chunk, tensor, offset, bytes, flits, class_of;
    uint32_t adder_bytes, adder_flits; /* of each partial */
    uint32_t first_out, last_out;
};

struct switch_sum {
    uint32_t op, k_part, k_whole; /* k_part < k_whole: the sum of a leaf is a partial itself, of a spine's sum */
    uint32_t first_partial, n_partials;
    uint32_t first_result, last_result, n_results;
};

/* One line out that it takes. In the order of (program, start, hop), which is that of the lines. */
struct switch_out {
    uint64_t start; /* planned */
    uint32_t line, next;
    uint32_t hop, peer; /* peer: entry of the next box */
    uint32_t bytes, flits, class_of;
};

struct switch_program {
    VEC(struct switch_entry, entries);
    VEC(struct switch_out, outs);
    VEC(struct switch_sum, sums);
    VEC(struct switch_partial, partials);
    VEC(struct switch_result, results);
};

struct switch_line {
    const char *id; /* switch0-chip1 */
    struct fraction rate;
    uint32_t latency;
    bool to_switch; /* the far end is another switch */
};

struct slot_switch_params {
    const char *name;           /* switch0 */
    uint32_t lines, flit_bytes; /* lines in, and as many out */
    const struct switch_line *out;
    const struct switch_line *adder; /* NULL: it does not add */
    struct link_errors errors;       /* of the lines out: loss and frame_bytes; frame_bytes 0: no errors */
};

/* A burst that was lost on a line out, to be sent again when the loss is known here. */
struct switch_again {
    struct burst b;
    uint32_t out;
    uint64_t due;
};

struct switch_port {
    struct switch_line p;
    struct serial_line line;
    uint64_t busy_until; /* cycle after the last one in which the line was busy */
    uint32_t last_class; /* and what it carried then */
    uint32_t last_wire;
    struct link_account account[CLASS_COUNT];
    struct link_probe probe, again_probe; /* again_probe: what is no payload, with errors only */
    struct link_errors errors;
    uint64_t lost;                   /* bursts that came whole and were lost on this line */
    VEC(struct switch_again, again); /* in order of `due` */
};

struct switch_coming {
    uint32_t out;
    struct burst b;
};

/* A sum in the making. */
struct switch_adding {
    uint32_t come, left;       /* partials that are here; pieces that have not left */
    uint32_t lost_frames, bad; /* of all partials; transfer of the first that has some */
    uint64_t late, whole;      /* least cycles by which they came late; cycle in which the last one is whole */
    struct burst last;         /* that one, for its history; value: the sum so far */
};

/* A piece begins, or leaves. */
struct switch_due {
    uint64_t cycle;
    uint32_t result;
    bool leaves;
};

struct slot_switch {
    struct slot_switch_params p;
    struct switch_program program;
    struct slot_counter counter;
    struct run_control *run;
    struct mailbox *host_in, **in, **out; /* per line */
    struct switch_port *ports;
    VEC(struct switch_coming, coming); /* of one cycle */
    uint64_t replicated, late_line;
    /* sums */
    struct switch_port adder;
    struct switch_adding *adding; /* per sum */
    uint32_t *numeric;            /* per partial: bits of its fp32 number */
    bool *here;                   /* per partial */
    VEC(struct switch_due, due);
    uint64_t delivered, injected, sums, sum_faults, numeric_checksum;
};

/* Takes over the program; copies the rest. */
struct slot_switch *slot_switch_new(const struct slot_switch_params *p, struct switch_program *program,
                                    struct run_control *run);
void slot_switch_free(struct slot_switch *s);
/* The counter's domain is set before. */
void slot_switch_connect(struct slot_switch *s, struct mailbox *host_in, struct mailbox **in, struct mailbox **out);
uint64_t slot_switch_eval(struct slot_switch *s, uint64_t cycle);
void slot_switch_end(struct slot_switch *s, uint64_t cycle);
/* Payload on the lines in, of sums that are made and have not left, and of bursts to be sent again. */
uint64_t slot_switch_in_flight(const struct slot_switch *s);
/* Bursts to be sent again, sums that wait for partials. */
void slot_switch_dump(const struct slot_switch *s, uint64_t cycle, struct diag *d);

/* ---- inside ---- */

void switch_tell(struct slot_switch *s, const char *who, uint64_t cycle, uint32_t transfer, const char *what);
/* `bytes` of the `wire` ones are payload, or nothing is (`retry`: nullified, or sent again). */
void switch_account(struct switch_port *port, uint32_t class_of, uint64_t bytes, uint64_t wire, bool retry,
                    uint64_t from, uint64_t end);
void switch_show(struct slot_switch *s, struct switch_port *port, uint32_t transfer, uint32_t hop, uint64_t start,
                 uint32_t class_of, uint64_t from, uint64_t end);

/* Is it one that its sender will send again? */
static inline bool switch_nullified(const struct slot_switch *s, const struct burst *b)
{
    return b->lost_frames > 0 && s->run->stall;
}

/* slot_retry.c, of a line out: before the run; at a launch. */
void switch_retry_init(struct slot_switch *s, struct switch_port *port);
void switch_retry_clear(struct switch_port *port);
/* A burst takes its line out: one that comes, or one that this line has lost before; losses known by now
 * go again; when the next one does. */
void switch_put(struct slot_switch *s, uint32_t out, struct burst *b, uint64_t cycle, bool again);
void switch_retry_eval(struct slot_switch *s, uint64_t cycle);
uint64_t switch_retry_next(const struct slot_switch *s);

/* slot_sums.c: a partial has come; what begins or leaves in this cycle (into s->coming); when the next one does. */
void switch_sums_init(struct slot_switch *s);
void switch_sums_free(struct slot_switch *s);
void switch_sums_take(struct slot_switch *s, uint64_t cycle, const struct burst *b, uint32_t partial);
void switch_sums_eval(struct slot_switch *s, uint64_t cycle);
uint64_t switch_sums_next(const struct slot_switch *s);

#endif
