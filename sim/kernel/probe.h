/* SPDX-License-Identifier: Apache-2.0 */
/* probe.h - what a waveform or trace sees of the hardware: variables that change.
 *
 * Blocks declare variables before the run and report changes; nobody polls. A NULL probe costs one
 * test. Changes of one variable come in time order; different variables may come in any order within
 * one window, the writer sorts them. `time_fs` is absolute simulated time. */
#ifndef SIM_KERNEL_PROBE_H
#define SIM_KERNEL_PROBE_H

#include <stdint.h>

/* PROBE_TEXT: the value indexes `names`, and `bits` is how many names there are. A variable is 0 until
 * its first change. Variables are declared before the first change; the order of declaring is free. */
enum probe_kind { PROBE_BIT, PROBE_VECTOR, PROBE_TEXT };

struct probe {
    void *self;
    /* scope "chip0.unit3", name "state"; returns the variable's number, or UINT32_MAX when it is not wanted. */
    uint32_t (*declare)(void *self, const char *scope, const char *name, enum probe_kind kind, uint32_t bits,
                        const char *const *names);
    void (*change)(void *self, uint32_t variable, uint64_t time_fs, uint64_t value);
    /* What `bpsim trace record` lists, in cycles of the chip: task and hop starts and ends. May be NULL. */
    void (*task)(void *self, uint32_t task, uint32_t unit, uint64_t start, uint64_t finish, uint64_t off);
    void (*hop)(void *self, uint32_t transfer, uint32_t hop, uint64_t start);
    void (*dram)(void *self, uint32_t entry, uint64_t cycle);
};

static inline void probe_change(const struct probe *p, uint32_t variable, uint64_t time_fs, uint64_t value)
{
    if (p && variable != UINT32_MAX)
        p->change(p->self, variable, time_fs, value);
}

#endif
