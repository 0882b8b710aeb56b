/* SPDX-License-Identifier: Apache-2.0 */
/* sm_issue.c - warp schedulers: which ready warp of a subcore issues.
 *
 *     lrr  the next ready one after the one that issued last             (loose round robin)
 *     gto  the one that issued last while it can, else the oldest        (Rogers et al., MICRO 2012)
 *     gty  the one that issued last while it can, else the youngest      (Huerta et al., MICRO 2025: CGGTY)
 *
 * Age is the CTA's order of arrival, then the warp's number. */
#include "hw/sm/sm.h"

static uint64_t rank_of_age(const struct sm *s, uint32_t warp)
{
    return sm_slot_of(&s->warps[warp])->age * s->k.p.warps_per_cta + s->warps[warp].index;
}

/* The lowest rank goes first. Ages stay far below 2^62. */
static inline uint64_t rank_of(const struct sm *s, const struct sm_subcore *c, uint32_t warp)
{
    if (s->k.p.policy == WARP_LRR)
        return c->last == SM_NONE ? warp : (warp + s->n_warps - c->last - 1) % s->n_warps;
    if (warp == c->last)
        return 0;
    return s->k.p.policy == WARP_GTO ? 1 + rank_of_age(s, warp) : UINT64_MAX - rank_of_age(s, warp);
}

void sm_warp_shown(struct sm *s, const struct sm_warp *w, uint64_t cycle)
{
    if (s->measuring && cycle >= s->base)
        wave_change(&s->wave, w->variable, cycle, w->state);
}

/* The ready warp of lowest rank among those in `ready`. */
static uint32_t pick(const struct sm *s, const struct sm_subcore *c, const uint32_t *ready, uint32_t n)
{
    uint32_t best = 0;
    uint64_t best_rank = UINT64_MAX;
    if (n == 1)
        return 0;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t rank = rank_of(s, c, ready[i]);
        if (rank <= best_rank) {
            best_rank = rank;
            best = i;
        }
    }
    return best;
}

#define READY_MAX 64u

/* Warps of a subcore that could issue now. *others becomes the first cycle in which one of the others could. */
static uint32_t ready_warps(const struct sm *s, const struct sm_subcore *c, uint64_t cycle, uint32_t ready[READY_MAX],
                            uint64_t *others)
{
    uint32_t n = 0, word = c->first_word;
    uint64_t next = CYCLE_NEVER;
    do {
        const uint64_t *ready_at = &s->ready_at[(size_t)word * 64];
        const uint16_t *warp_at = &s->warp_at[(size_t)word * 64];
        for (uint64_t bits = s->timed[word]; bits; bits &= bits - 1) {
            uint32_t place = (uint32_t)__builtin_ctzll(bits);
            uint64_t at = ready_at[place];
            if (at <= cycle && n < READY_MAX)
                ready[n++] = warp_at[place];
            else
                next = at < next ? at : next;
        }
    } while (++word < c->end_word);
    *others = next;
    return n;
}

static inline bool ask(struct sm *s, struct sm_subcore *c, uint32_t warp, uint64_t cycle)
{
    if (!sm_execute(s, &s->warps[warp], cycle))
        return false;
    c->last = warp;
    c->issue_free = c->issue_free > cycle ? c->issue_free : cycle + 1;
    return true;
}

/* Warps are asked by rank until one issues; who is blocked says until when. *at: when one could issue then. */
__attribute__((noinline)) static bool ask_by_rank(struct sm *s, struct sm_subcore *c, uint64_t cycle, uint64_t *at)
{
    uint32_t ready[READY_MAX];
    bool done = false;
    uint32_t n = ready_warps(s, c, cycle, ready, at);
    while (n > 0 && !done) {
        uint32_t i = pick(s, c, ready, n);
        done = ask(s, c, ready[i], cycle);
        ready[i] = ready[--n];
    }
    if (n > 0)
        *at = cycle; /* as soon as the slot is free */
    return done;
}

/* Of the warps of one word of the set the one of lowest rank, as a bit. */
static inline uint64_t first_in_word(const struct sm *s, const struct sm_subcore *c, const uint16_t *warp_at,
                                     uint64_t can)
{
    uint64_t best = can, best_rank = UINT64_MAX;
    if ((can & (can - 1)) == 0)
        return can;
    for (; can; can &= can - 1) {
        uint64_t rank = rank_of(s, c, warp_at[__builtin_ctzll(can)]);
        best = rank <= best_rank ? can & -can : best;
        best_rank = rank <= best_rank ? rank : best_rank;
    }
    return best;
}

/* The same where all warps of the subcore are in one word of the set. */
static inline bool ask_in_word(struct sm *s, struct sm_subcore *c, uint64_t cycle, uint64_t *at)
{
    const uint64_t *ready_at = &s->ready_at[(size_t)c->first_word * 64];
    const uint16_t *warp_at = &s->warp_at[(size_t)c->first_word * 64];
    uint64_t can = 0, next = CYCLE_NEVER;
    for (uint64_t bits = s->timed[c->first_word]; bits; bits &= bits - 1) {
        uint64_t ready = ready_at[__builtin_ctzll(bits)], later = ready > cycle ? ready : CYCLE_NEVER;
        can |= ready > cycle ? 0 : bits & -bits;
        next = later < next ? later : next;
    }
    *at = next;
    bool done = false;
    while (can && !done) {
        uint64_t first = first_in_word(s, c, warp_at, can);
        done = ask(s, c, warp_at[__builtin_ctzll(first)], cycle);
        can ^= first;
    }
    if (can)
        *at = cycle; /* as soon as the slot is free */
    return done;
}

/* One scheduler. */
static inline bool issue_one(struct sm *s, uint32_t subcore, uint64_t cycle)
{
    struct sm_subcore *c = &s->subcore[subcore];
    uint64_t *at = &s->subcore_at[subcore];
    bool word = c->first_word + 1 == c->end_word;
    bool done = word ? ask_in_word(s, c, cycle, at) : ask_by_rank(s, c, cycle, at);
    *at = *at > c->issue_free ? *at : c->issue_free;
    return done;
}

void sm_issue(struct sm *s, uint64_t cycle)
{
    uint32_t issued = 0;
    uint64_t next = CYCLE_NEVER;
    s->issue_at = CYCLE_NEVER; /* a warp that is made ready makes it earlier, in whichever subcore it is */
    for (uint32_t i = 0, n = s->k.p.subcores; i < n; i++) {
        if (s->subcore_at[i] <= cycle)
            issued |= (uint32_t)issue_one(s, i, cycle) << i;
        next = s->subcore_at[i] < next ? s->subcore_at[i] : next;
    }
    s->issue_at = next < s->issue_at ? next : s->issue_at;
    sm_wave_issue(s, cycle, issued);
}
