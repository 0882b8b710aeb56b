/* SPDX-License-Identifier: Apache-2.0 */
/* l1_wave.c - the L1 in the waveform, in the scope of its SM. */
#include "hw/cache/l1_state.h"

#include "sim/kernel/wave.h"

struct l1_wave {
    struct wave w;
    struct wave_level misses;
    struct wave_pulse acquire, invalidate;
    uint64_t acquires, invalidated; /* shown so far */
};

void l1_show(struct l1 *c, const char *scope, const struct slot_counter *launch)
{
    struct wave w = wave_new(c->run->probe, launch);
    if (!w.probe)
        return;
    struct l1_wave *v = c->wave = mem_alloc(sizeof *v);
    v->misses = wave_level_new(&w, scope, "l1_misses", c->p.mshrs);
    v->acquire = wave_pulse_new(&w, scope, "l1_acquire", 1, NULL);
    v->invalidate = wave_pulse_new(&w, scope, "l1_invalidate", 1, NULL);
    v->w = w;
    if (w.wanted == 0) {
        free(v);
        c->wave = NULL;
    }
}

void l1_wave_cycle(struct l1 *c, uint64_t cycle)
{
    struct l1_wave *v = c->wave;
    wave_level_set(&v->w, &v->misses, cycle, c->p.mshrs - c->n_free);
    if (v->acquires != c->stat.acquires)
        wave_pulse_at(&v->w, &v->acquire, cycle, 1);
    if (v->invalidated != c->stat.invalidated)
        wave_pulse_at(&v->w, &v->invalidate, cycle, 1);
    v->acquires = c->stat.acquires;
    v->invalidated = c->stat.invalidated;
}

void l1_wave_clear(struct l1 *c)
{
    c->wave->acquires = c->wave->invalidated = 0;
}

void l1_show_end(struct l1 *c)
{
    if (c->wave)
        wave_level_end(&c->wave->w, &c->wave->misses);
}
