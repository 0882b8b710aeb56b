/* SPDX-License-Identifier: Apache-2.0 */
/* wave.c - levels and pulses of a box. */
#include "sim/kernel/wave.h"

struct wave wave_new(const struct probe *p, const struct slot_counter *launch)
{
    return (struct wave) {.probe = p, .launch = launch};
}

uint32_t wave_declare(struct wave *w, const char *scope, const char *name, enum probe_kind kind, uint32_t bits,
                      const char *const *names)
{
    if (!w->probe)
        return UINT32_MAX;
    uint32_t variable = w->probe->declare(w->probe->self, scope, name, kind, bits, names);
    w->wanted += variable != UINT32_MAX;
    return variable;
}

static uint32_t declare_number(struct wave *w, const char *scope, const char *name, uint64_t most)
{
    uint32_t bits = most > 1 ? 64u - (uint32_t)__builtin_clzll(most) : 1;
    return wave_declare(w, scope, name, PROBE_VECTOR, bits, NULL);
}

struct wave_level wave_level_new(struct wave *w, const char *scope, const char *name, uint64_t most)
{
    return (struct wave_level) {.variable = declare_number(w, scope, name, most)};
}

struct wave_pulse wave_pulse_new(struct wave *w, const char *scope, const char *name, uint32_t codes,
                                 const char *const *names)
{
    enum probe_kind kind = names ? PROBE_TEXT : PROBE_BIT;
    return (struct wave_pulse) {wave_declare(w, scope, name, kind, names ? codes : 1, names)};
}

struct wave_pulse wave_pulse_number_new(struct wave *w, const char *scope, const char *name, uint64_t most)
{
    return (struct wave_pulse) {declare_number(w, scope, name, most)};
}

static void begin(const struct wave *w, struct wave_level *l)
{
    if (!l->begun)
        wave_change(w, l->variable, w->launch->now.base, l->value);
    l->begun = true;
}

void wave_level_changed(const struct wave *w, struct wave_level *l, uint64_t cycle, uint64_t value)
{
    if (wave_shows(w, cycle)) {
        begin(w, l);
        wave_change(w, l->variable, cycle, value);
    }
    l->value = value;
}

void wave_pulse_at(const struct wave *w, const struct wave_pulse *p, uint64_t cycle, uint64_t value)
{
    if (p->variable == UINT32_MAX || !wave_shows(w, cycle))
        return;
    wave_change(w, p->variable, cycle, value);
    wave_change(w, p->variable, cycle + 1, 0);
}

void wave_level_end(const struct wave *w, struct wave_level *l)
{
    if (l->variable != UINT32_MAX && w->launch->now.measured)
        begin(w, l);
}
