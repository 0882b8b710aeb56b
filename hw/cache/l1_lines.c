/* SPDX-License-Identifier: Apache-2.0 */
/* l1_lines.c - tags and MSHRs of the L1, and what happens to all lines at once. */
#include "hw/cache/l1_state.h"

static uint32_t first_way(const struct l1 *c, uint32_t line)
{
    return set_index(line, c->sets, c->set_bits) * c->p.ways;
}

static uint32_t find_way(const struct l1 *c, uint32_t line)
{
    const struct l1_way *first = &c->ways[first_way(c, line)], *end = first + c->p.ways;
    for (const struct l1_way *w = first; w < end; w++)
        if (w->line == line && w->state != L1_I)
            return (uint32_t)(w - c->ways);
    return L1_NOBODY;
}

/* Records of lost lines stay as long as possible: the line's own place first (so a loss
 * of the line is seen there), then places without a record. */
uint32_t l1_victim(const struct l1 *c, uint32_t line)
{
    uint32_t first = first_way(c, line), unused = L1_NOBODY, best = L1_NOBODY;
    for (uint32_t i = first; i < first + c->p.ways; i++) {
        const struct l1_way *w = &c->ways[i];
        if (w->state != L1_I && (l1_state_flags[w->state] & STATE_PENDING))
            continue;
        if (w->state == L1_I && w->lost && w->line == line)
            return i;
        if (w->state == L1_I && !w->lost && unused == L1_NOBODY)
            unused = i;
        if (best == L1_NOBODY || (w->state == L1_I) > (c->ways[best].state == L1_I) ||
            ((w->state == L1_I) == (c->ways[best].state == L1_I) && c->used[i] < c->used[best]))
            best = i;
    }
    return unused != L1_NOBODY ? unused : best;
}

static uint32_t find_put(const struct l1 *c, const struct l1_bucket *b, uint32_t line)
{
    for (uint32_t i = b->mshrs; i != L1_CHAIN_END; i = c->mshrs[i].chain) {
        const struct l1_mshr *m = &c->mshrs[i];
        if (m->line == line && m->way == L1_NOBODY && m->state != L1_PASS)
            return i;
    }
    return L1_NOBODY;
}

enum l1_state l1_lookup(const struct l1 *c, uint32_t line, uint32_t *way, uint32_t *mshr)
{
    const struct l1_bucket *b = l1_bucket_of(c, line);
    *way = b->ways > 0 ? find_way(c, line) : L1_NOBODY;
    *mshr = L1_NOBODY;
    if (*way != L1_NOBODY) {
        *mshr = c->ways[*way].mshr;
        return (enum l1_state)c->ways[*way].state;
    }
    if (c->mshr_data)
        *mshr = find_put(c, b, line);
    return *mshr != L1_NOBODY ? (enum l1_state)c->mshrs[*mshr].state : L1_I;
}

uint32_t l1_mshr_open(struct l1 *c, uint16_t home, uint32_t line, uint64_t cycle)
{
    uint32_t i = l1_mshr_take(c, l1_bucket_of(c, line), home, line, cycle);
    c->mshrs[i].state = L1_I;
    c->mshrs[i].sectors = 0;
    return i;
}

/* ---- events from outside ---- */

static void tell(struct l1 *c, uint64_t cycle, uint32_t way, enum l1_event event)
{
    struct l1_way *w = &c->ways[way];
    if (w->state == L1_I)
        return;
    struct l1_step s = {.cycle = cycle, .line = w->line, .way = way, .mshr = w->mshr};
    l1_apply(c, &s, (enum l1_state)w->state, event);
}

void l1_acquire(struct l1 *c, uint64_t cycle)
{
    c->stat.acquires++;
    if (!c->acquires)
        return;
    for (uint32_t i = 0; i < c->sets * c->p.ways; i++)
        tell(c, cycle, i, L1_ON_ACQUIRE);
    /* A bypassing load that comes after the acquire asks anew. */
    for (uint32_t i = 0; i < c->p.mshrs && c->n_free < c->p.mshrs; i++)
        c->mshrs[i].open = false;
}

void l1_host_wrote(struct l1 *c, uint32_t first, uint32_t n)
{
    for (uint32_t i = 0; i < c->sets * c->p.ways; i++)
        if (c->ways[i].line - first < n)
            tell(c, 0, i, L1_ON_HOST);
}
