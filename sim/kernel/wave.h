/* SPDX-License-Identifier: Apache-2.0 */
/* wave.h - what a box of the dynamic machine shows in the waveform: levels and pulses, from the launch of the measured
 * repeat on.
 *
 *     level  0___/2~~~\3~~~~~~~\0___      a count that holds until it changes
 *     pulse  ____/~\______/~~~\_____      what happened in a cycle; gone in the next one
 *
 * A box reports after it evaluated, a level only when it has changed, so how often it evaluates does not show. What a
 * level was at the launch is shown at time 0. Without a probe a box has no wave: one test per evaluation. */
#ifndef SIM_KERNEL_WAVE_H
#define SIM_KERNEL_WAVE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/kernel/probe.h"
#include "sim/kernel/slot_counter.h"

struct wave {
    const struct probe *probe;         /* NULL: nothing is shown */
    const struct slot_counter *launch; /* of the chip */
    uint32_t wanted;                   /* variables that somebody wants to see */
};

struct wave_level {
    uint32_t variable;
    bool begun; /* its value at the launch was told */
    uint64_t value;
};

struct wave_pulse {
    uint32_t variable;
};

struct wave wave_new(const struct probe *p, const struct slot_counter *launch);
/* A variable of `bits` bits, or of `bits` names; UINT32_MAX: nobody wants it. */
uint32_t wave_declare(struct wave *w, const char *scope, const char *name, enum probe_kind kind, uint32_t bits,
                      const char *const *names);
/* `most`: greatest value. */
struct wave_level wave_level_new(struct wave *w, const char *scope, const char *name, uint64_t most);
/* Without names a bit, else a text of which code 0 means nothing. */
struct wave_pulse wave_pulse_new(struct wave *w, const char *scope, const char *name, uint32_t codes,
                                 const char *const *names);
/* How many things happened in a cycle; `most`: greatest value. */
struct wave_pulse wave_pulse_number_new(struct wave *w, const char *scope, const char *name, uint64_t most);

/* Does this cycle belong to the measured repeat? */
static inline bool wave_shows(const struct wave *w, uint64_t cycle)
{
    return w->launch->now.measured && cycle >= w->launch->now.base;
}
/* The variable has this value from `cycle` on, a cycle of the measured repeat. */
static inline void wave_change(const struct wave *w, uint32_t variable, uint64_t cycle, uint64_t value)
{
    probe_change(w->probe, variable, slot_time_fs(w->launch, cycle - w->launch->now.base), value);
}

void wave_level_changed(const struct wave *w, struct wave_level *l, uint64_t cycle, uint64_t value);
static inline void wave_level_set(const struct wave *w, struct wave_level *l, uint64_t cycle, uint64_t value)
{
    if (l->value != value && l->variable != UINT32_MAX)
        wave_level_changed(w, l, cycle, value);
}
/* In `cycle` this happened. Once per cycle: a box in which several things happen says which it shows. */
void wave_pulse_at(const struct wave *w, const struct wave_pulse *p, uint64_t cycle, uint64_t value);
/* At the end of the run: a level that never changed was the same all the time. */
void wave_level_end(const struct wave *w, struct wave_level *l);

#endif
