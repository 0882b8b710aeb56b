/* SPDX-License-Identifier: Apache-2.0 */
/* l2_lines.c - tags, directory entries and MSHRs of a slice. */
#include "hw/cache/l2_state.h"

#include <string.h>

static uint32_t first_way(const struct l2_slice *s, uint32_t line)
{
    return set_index(line / s->map.home.slices, s->sets, s->set_bits) * s->p.ways;
}

uint32_t l2_find(const struct l2_slice *s, uint32_t line)
{
    uint32_t first = first_way(s, line);
    for (uint32_t i = first; i < first + s->p.ways; i++)
        if (s->lines[i] == line)
            return i;
    return L2_NOBODY;
}

/* A free way, else the least recently used one for which nothing waits; L2_NOBODY: none. */
uint32_t l2_victim(const struct l2_slice *s, uint32_t line)
{
    uint32_t first = first_way(s, line), best = first;
    for (uint32_t i = first; i < first + s->p.ways; i++) {
        if (s->lines[i] == L2_NOBODY)
            return i;
        best = s->used[i] < s->used[best] ? i : best;
    }
    if (s->ways[best].mshr == L2_NOBODY)
        return best;
    best = L2_NOBODY;
    for (uint32_t i = first; i < first + s->p.ways; i++) {
        if (s->ways[i].mshr == L2_NOBODY && (best == L2_NOBODY || s->used[i] < s->used[best]))
            best = i;
    }
    return best;
}

void l2_way_take(struct l2_slice *s, uint32_t way, uint32_t line)
{
    s->ways[way] = (struct l2_way) {.line = line, .mshr = L2_NOBODY, .owner = L2_NOBODY};
    s->lines[way] = line;
    s->used[way] = ++s->uses;
    if (s->sharer_words)
        memset(&s->sharers[(size_t)way * s->sharer_words], 0, s->sharer_words * sizeof *s->sharers);
}

void l2_way_free(struct l2_slice *s, uint32_t way)
{
    s->lines[way] = L2_NOBODY;
    s->ways[way].state = HOME_N;
}

/* ---- directory ---- */

static uint64_t *sharer_word(const struct l2_slice *s, uint32_t way, uint32_t cache)
{
    return &s->sharers[(size_t)way * s->sharer_words + cache / 64];
}

bool l2_is_sharer(const struct l2_slice *s, uint32_t way, uint32_t cache)
{
    return cache != L2_NOBODY && s->ways[way].n_sharers > 0 && (*sharer_word(s, way, cache) >> cache % 64 & 1);
}

void l2_add_sharer(struct l2_slice *s, uint32_t way, uint32_t cache)
{
    if (l2_is_sharer(s, way, cache))
        return;
    *sharer_word(s, way, cache) |= UINT64_C(1) << cache % 64;
    s->ways[way].n_sharers++;
}

void l2_drop_sharer(struct l2_slice *s, uint32_t way, uint32_t cache)
{
    if (!l2_is_sharer(s, way, cache))
        return;
    *sharer_word(s, way, cache) &= ~(UINT64_C(1) << cache % 64);
    s->ways[way].n_sharers--;
}

/* Does a cache besides this one hold the line, as far as the directory knows? */
bool l2_others(const struct l2_slice *s, uint32_t way, uint32_t cache)
{
    const struct l2_way *w = &s->ways[way];
    uint32_t own = l2_is_sharer(s, way, cache) ? 1 : 0;
    return (w->owner != L2_NOBODY && w->owner != cache) || w->n_sharers > own;
}

/* ---- MSHRs ---- */

struct message *l2_target(const struct l2_slice *s, uint32_t mshr, uint32_t i)
{
    uint32_t at = (s->mshrs[mshr].head + i) % s->p.mshr_targets;
    return &s->targets[(size_t)mshr * s->p.mshr_targets + at];
}

uint32_t l2_mshr_open(struct l2_slice *s, uint32_t way, const struct message *first)
{
    SIM_CHECK(s->n_free > 0, "%s: no free MSHR for line %u", s->name, s->ways[way].line);
    uint32_t i = s->free_mshr;
    s->free_mshr = s->mshrs[i].next;
    s->n_free--;
    s->mshrs[i] = (struct l2_mshr) {.way = way, .n = 1, .used = true, .next = L2_NOBODY};
    s->mshrs[i].recall = first->type == L2_EVICTION;
    *l2_target(s, i, 0) = *first;
    s->ways[way].mshr = i;
    return i;
}

void l2_mshr_close(struct l2_slice *s, uint32_t mshr)
{
    s->ways[s->mshrs[mshr].way].mshr = L2_NOBODY;
    if (s->recall == mshr)
        s->recall = L2_NOBODY;
    s->mshrs[mshr].used = false;
    s->mshrs[mshr].next = s->free_mshr;
    s->free_mshr = mshr;
    s->n_free++;
}

void l2_mshr_trail(struct l2_slice *s, uint32_t mshr, uint64_t cycle, enum trail_place place)
{
    for (uint32_t i = 0; i < s->mshrs[mshr].n; i++)
        trail_move(&l2_target(s, mshr, i)->trail, cycle, place);
}
