/* SPDX-License-Identifier: Apache-2.0 */
/* run_control.h - what all boxes of a run know: how it is to be run, and where faults are written down.
 *
 * A fault of the simulated machine (a late burst, a wrong chunk, a DRAM spacing) is an entry here, with place,
 * cycle and words; the run ends after the instant in which one was added. Entries are sorted by time and
 * place before they are shown, so they do not depend on the order of evaluation. */
#ifndef SIM_KERNEL_RUN_CONTROL_H
#define SIM_KERNEL_RUN_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/diag.h"
#include "sim/base/mem.h"
#include "sim/kernel/identity_table.h"
#include "sim/kernel/probe.h"

#define FAULTS_KEPT 64u

struct fault {
    uint64_t time_fs;
    uint64_t slot;
    char *place;
    char *text;
};

struct run_control {
    bool stall;       /* late bursts stretch the schedule instead of ending the run */
    bool cross_check; /* second, slower computations beside the first; they must agree */
    uint64_t shuffle; /* 0: natural order inside boxes */
    uint64_t seed;
    const struct probe *probe;
    bool done;          /* the work is done: domains stop ticking behind this instant */
    uint64_t stop_fs;   /* no edges from here on: just behind that instant or the first fault's; 0: neither yet */
    uint64_t border_fs; /* of a window of run_windows: no domain runs ahead over it */
    uint64_t progress;  /* entries of the schedule done by all boxes */
    struct identity_table identities; /* what the data of the dynamic machine are, by number */
    VEC(struct fault, faults);
};

void run_control_free(struct run_control *r);

#if defined(__GNUC__)
__attribute__((format(printf, 5, 6)))
#endif
void fault_add(struct run_control *r, const char *place, uint64_t time_fs, uint64_t slot, const char *fmt, ...);

/* Sorts the faults up to stop_fs and writes them into d: key = place, text = "cycle N: ...". What a domain that ran
 * ahead found behind it is not of the run. */
void faults_report(struct run_control *r, struct diag *d);

/* i-th of n things in the order of this run: natural, or rotated and turned round by the shuffle seed. */
static inline uint32_t run_order(const struct run_control *r, uint64_t cycle, uint32_t i, uint32_t n)
{
    if (r->shuffle == 0 || n < 2)
        return i;
    uint64_t key = r->shuffle * 0x9e3779b97f4a7c15u + cycle * 0xbf58476d1ce4e5b9u;
    key ^= key >> 29;
    uint32_t at = (uint32_t)((i + key % n) % n);
    return key >> 63 ? n - 1 - at : at;
}

#endif
