/* SPDX-License-Identifier: Apache-2.0 */
/* l2_recall.c - room in a set whose lines have copies: the copies are recalled, and who wants a way waits apart.
 *
 *     request --no old way without copies--> recall (an MSHR) --last answer--> again --> tag slot
 *
 * What a recall leaves is a line without copies, which is evicted like any other. Several recalls are under way at a
 * time. Requests that wait for one hold nothing but one of the slice's places for them; they enter anew before all
 * others, in order. A recall needs nothing but answers. */
#include "hw/cache/l2_state.h"

/* Among the older half of a full set's ways: the one used longest ago in which nobody waits and no cache has a copy. A
 * line with copies that is older stays: the caches hold it, and its data here is what a recall would lose. Younger ones
 * are used still; only where somebody waits in all of the older half is the next one asked. */
static uint32_t without_copies(const struct l2_slice *s, uint32_t set)
{
    const uint8_t *bytes = l2_set_bytes(s, set), *links = bytes + s->set_links;
    uint32_t half = (s->ways + 1) / 2, i = bytes[SET_OLDEST];
    bool idle = false;
    for (uint32_t n = 0; n < s->ways && (n < half || !idle); n++, i = links[2 * i]) {
        uint32_t way = set * s->ways + i;
        idle |= s->tags[way].mshr == L2_NO_MSHR;
        if (s->tags[way].mshr == L2_NO_MSHR && !l2_others(s, way, L2_NOBODY))
            return way;
    }
    return L2_NOBODY;
}

/* A recall of the set for which nobody waits yet, or the one for which a request of this line waits first; `any`:
 * another one will do. */
static uint32_t recall_of(const struct l2_slice *s, uint32_t set, uint32_t line, bool any)
{
    uint32_t found = L2_NOBODY;
    for (uint32_t i = 0; i < s->ways; i++) {
        uint32_t mshr = l2_mshr_of(&s->tags[set * s->ways + i]);
        if (mshr == L2_NOBODY || !s->mshrs[mshr].recall)
            continue;
        bool same = s->mshrs[mshr].n > 0 && l2_message(s, s->mshrs[mshr].first)->line == line;
        if (same)
            return mshr;
        if ((any || s->mshrs[mshr].n == 0) && found == L2_NOBODY)
            found = mshr;
    }
    return found;
}

/* Of the line used longest ago. Returns the recall, or L2_NOBODY. */
static uint32_t begin(struct l2_slice *s, uint64_t cycle, uint32_t set)
{
    bool evicts = false;
    uint32_t way = l2_victim(s, set, &evicts);
    if (way == L2_NOBODY || !evicts)
        return L2_NOBODY;
    struct l2_step evict = l2_eviction(cycle, s->tags[way].line, set, way);
    const struct protocol_row *row = l2_row(s, &evict);
    if (!(home_state_flags[row->next] & STATE_PENDING) || !l2_room_for(s, &evict, l2_needs(s, &evict)))
        return L2_NOBODY;
    l2_apply(s, &evict, row);
    s->stat.recalls++;
    return evict.mshr;
}

bool l2_recall_wait(struct l2_slice *s, uint64_t cycle, uint32_t place, uint32_t mshr)
{
    struct l2_mshr *m = &s->mshrs[mshr];
    if (s->waiting == L2_RECALL_PLACES)
        return l2_refuse(s, &s->stat.refused_mshrs);
    trail_move(&l2_message(s, place)->trail, cycle, TRAIL_COHERENCE);
    if (m->n++ == 0)
        m->first = place;
    else
        l2_message(s, m->last)->link = place;
    m->last = place;
    s->waiting++;
    return true;
}

enum l2_way_answer l2_recall_way(struct l2_slice *s, uint64_t cycle, uint32_t place, uint32_t set, uint32_t *victim)
{
    uint32_t way = *victim = without_copies(s, set);
    if (way != L2_NOBODY) {
        struct l2_step evict = l2_eviction(cycle, s->tags[way].line, set, way);
        l2_row(s, &evict);
        if (l2_room_for(s, &evict, l2_needs(s, &evict)))
            return L2_WAY_FOUND;
        l2_refuse(s, &s->uncounted);
        return L2_WAY_REFUSED;
    }
    uint32_t line = l2_message(s, place)->line, mshr = recall_of(s, set, line, false);
    if (mshr == L2_NOBODY)
        mshr = begin(s, cycle, set);
    if (mshr == L2_NOBODY)
        mshr = recall_of(s, set, line, true);
    if (mshr != L2_NOBODY)
        return l2_recall_wait(s, cycle, place, mshr) ? L2_WAY_WAITS : L2_WAY_REFUSED;
    l2_refuse(s, &s->stat.set_conflicts);
    return L2_WAY_REFUSED;
}

void l2_recall_ahead(struct l2_slice *s, uint64_t cycle, uint32_t set)
{
    bool full = l2_set_bytes(s, set)[SET_USED] == s->ways;
    if (full && s->n_free > s->p.mshrs / 2 && without_copies(s, set) == L2_NOBODY &&
        recall_of(s, set, L2_NOBODY, true) == L2_NOBODY)
        begin(s, cycle, set);
}

void l2_recall_over(struct l2_slice *s, uint64_t cycle, uint32_t mshr)
{
    const struct l2_mshr *m = &s->mshrs[mshr];
    struct l2_line_up *q = &s->again;
    for (uint32_t i = 0, at = m->first; i < m->n; i++, at = l2_message(s, at)->link)
        trail_move(&l2_message(s, at)->trail, cycle, TRAIL_L2);
    if (m->n > 0) {
        if (q->n == 0)
            q->first = m->first;
        else
            l2_message(s, q->last)->link = m->first;
        q->last = m->last;
    }
    q->n += m->n;
    s->slot_work += m->n;
    s->refused = NULL;
    l2_mshr_close(s, mshr);
}
