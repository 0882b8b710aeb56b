/* SPDX-License-Identifier: Apache-2.0 */
/* sm_wave.c - the SM in the waveform. What its cycles were is known when all requests are back: it is told at the end,
 * from the journal that the accounts are made from. */
#include "hw/sm/sm.h"

#include <stdio.h>

const char *const sm_warp_state_names[WARP_STATE_COUNT] = {
#define X(id, name) name,
    WARP_STATES(X)
#undef X
};

void sm_wave_declare(struct sm *s)
{
    s->wave = wave_new(s->run->probe, s->launch_counter);
    uint32_t subcores = s->k.p.subcores;
    s->var_state = wave_declare(&s->wave, s->k.name, "state", PROBE_TEXT, CAUSE_COUNT, cause_names);
    s->issue.variable = wave_declare(&s->wave, s->k.name, "issue", PROBE_VECTOR, subcores, NULL);
    s->shows_issue = s->issue.variable != UINT32_MAX;
    for (uint32_t i = 0; i < s->n_warps; i++) {
        char name[32];
        snprintf(name, sizeof name, "warp%u", i);
        s->warps[i].variable =
            wave_declare(&s->wave, s->k.name, name, PROBE_TEXT, WARP_STATE_COUNT, sm_warp_state_names);
    }
}

void sm_wave_begin(struct sm *s)
{
    for (uint32_t i = 0; s->wave.wanted > 0 && i < s->n_warps; i++)
        if (s->warps[i].variable != UINT32_MAX)
            wave_change(&s->wave, s->warps[i].variable, s->base, s->warps[i].state);
}

/* Causes of [from, to) without a CTA. */
static void show_empty(const struct sm *s, uint64_t from, uint64_t to,
                       enum cause (*empty)(const void *self, uint64_t cycle, uint64_t *until), const void *self)
{
    while (from < to) {
        uint64_t until = to;
        wave_change(&s->wave, s->var_state, from, empty(self, from, &until));
        from = until;
    }
}

void sm_show_states(const struct sm *s, uint64_t end,
                    enum cause (*empty)(const void *self, uint64_t cycle, uint64_t *until), const void *self)
{
    const struct sm_account *a = &s->account;
    if (s->var_state == UINT32_MAX || !s->measuring)
        return;
    for (size_t i = 0; i < a->n_intervals; i++) {
        uint64_t from = a->intervals[i].from, to = i + 1 < a->n_intervals ? a->intervals[i + 1].from : a->until;
        to = to < end ? to : end;
        from = from > s->base ? from : s->base;
        if (from >= to)
            continue;
        if (a->intervals[i].cause == SM_EMPTY)
            show_empty(s, from, to, empty, self);
        else
            wave_change(&s->wave, s->var_state, from, a->intervals[i].cause);
    }
    wave_change(&s->wave, s->var_state, end, CAUSE_NO_WORK);
}
