/* SPDX-License-Identifier: Apache-2.0 */
/* l2_lines.c - tags, directory entries and MSHRs of a slice. */
#include "hw/cache/l2_state.h"

#include <string.h>

/* ---- making ---- */

static uint32_t whole(uint32_t n, uint32_t of)
{
    return (n + of - 1) / of * of;
}

static uint32_t log2_of(uint32_t n)
{
    return (n & (n - 1)) == 0 ? (uint32_t)__builtin_ctz(n) : L2_NOBODY;
}

/* All begin at a line of the host's cache. Zero is an empty set; a way says nothing before it is taken, so most of
 * their memory is never touched in a short run. */
void l2_lines_make(struct l2_slice *s)
{
    s->ways = s->p.ways;
    uint32_t lines = s->sets * s->ways;
    s->set_inverse = set_inverse(s->sets);
    s->slice_shift = log2_of(s->map.home.slices);
    s->set_links = whole(SET_TAGS + s->ways, 8);
    s->set_stride = whole(s->set_links + 2 * s->ways, L2_HOST_LINE);
    size_t sets = (size_t)s->sets * s->set_stride;
    s->sets_memory = mem_alloc(sets + L2_HOST_LINE);
    s->set_bytes = at_host_line(s->sets_memory);
    s->tags_memory = mem_alloc_uncleared(lines + L2_HOST_LINE / sizeof *s->tags, sizeof *s->tags);
    s->tags = at_host_line(s->tags_memory);
    s->data_memory = mem_alloc_uncleared(lines + L2_HOST_LINE / sizeof *s->data, sizeof *s->data);
    s->data = at_host_line(s->data_memory);
    s->sharer_words = s->protocol->directory ? (s->map.caches + 63u) / 64u : 0;
    s->sharing = mem_alloc_uncleared(s->sharer_words ? lines : 0, sizeof *s->sharing);
    s->sharers = mem_alloc_array((size_t)lines * s->sharer_words, sizeof *s->sharers);
    uint32_t counters = (s->map.counter_lines + s->map.home.slices - 1) / s->map.home.slices;
    s->counters = mem_alloc_array((size_t)counters * LINE_WORDS, sizeof *s->counters);
    s->signals = mem_alloc_array((size_t)counters * LINE_WORDS, sizeof *s->signals);
}

void l2_lines_free(struct l2_slice *s)
{
    free(s->counters);
    free(s->signals);
    free(s->sharing);
    free(s->sharers);
    free(s->sets_memory);
    free(s->tags_memory);
    free(s->data_memory);
}

/* ---- sets ---- */

static uint32_t free_way(const uint8_t *tags)
{
    uint32_t i = 0;
    while (!l2_bytes_that_are(tags + i, 0))
        i += 8;
    return i + (uint32_t)__builtin_ctzll(l2_bytes_that_are(tags + i, 0)) / 8;
}

/* A free way, else the least recently used one for which nothing waits. */
uint32_t l2_victim(const struct l2_slice *s, uint32_t set, bool *evicts)
{
    uint32_t first = set * s->ways;
    const uint8_t *bytes = l2_set_bytes(s, set);
    *evicts = bytes[SET_USED] == s->ways;
    if (!*evicts)
        return first + free_way(bytes + SET_TAGS);
    uint32_t i = bytes[SET_OLDEST];
    for (; s->tags[first + i].mshr != L2_NO_MSHR; i = bytes[s->set_links + 2 * i])
        if (i == bytes[SET_NEWEST])
            return L2_NOBODY;
    return first + i;
}

void l2_way_take(struct l2_slice *s, uint32_t line, uint32_t set, uint32_t way)
{
    uint8_t *bytes = l2_set_bytes(s, set), *links = bytes + s->set_links, newest = bytes[SET_NEWEST];
    uint8_t i = (uint8_t)(way - set * s->ways);
    s->tags[way] = (struct l2_tag) {.line = line, .mshr = L2_NO_MSHR, .state = HOME_N};
    bytes[SET_TAGS + i] = l2_tag_byte(l2_local(s, line));
    if (bytes[SET_USED]++ == 0) {
        bytes[SET_OLDEST] = i;
    } else {
        links[2 * i + 1] = newest;
        links[2 * newest] = i;
    }
    bytes[SET_NEWEST] = i;
    if (s->sharer_words) {
        s->sharing[way] = (struct l2_sharing) {.owner = L2_NOBODY};
        memset(&s->sharers[(size_t)way * s->sharer_words], 0, s->sharer_words * sizeof *s->sharers);
    }
}

void l2_way_free(struct l2_slice *s, uint32_t set, uint32_t way)
{
    uint8_t *bytes = l2_set_bytes(s, set), *links = bytes + s->set_links;
    uint8_t i = (uint8_t)(way - set * s->ways);
    uint8_t newer = links[2 * i], older = links[2 * i + 1];
    bool is_newest = bytes[SET_NEWEST] == i, is_oldest = bytes[SET_OLDEST] == i;
    if (is_newest)
        bytes[SET_NEWEST] = older;
    else
        links[2 * newer + 1] = older;
    if (is_oldest)
        bytes[SET_OLDEST] = newer;
    else
        links[2 * older] = newer;
    bytes[SET_USED]--;
    bytes[SET_TAGS + i] = 0;
    s->tags[way].state = HOME_N;
}

/* ---- directory ---- */

static uint64_t *sharer_word(const struct l2_slice *s, uint32_t way, uint32_t cache)
{
    return &s->sharers[(size_t)way * s->sharer_words + cache / 64];
}

bool l2_is_sharer(const struct l2_slice *s, uint32_t way, uint32_t cache)
{
    return cache != L2_NOBODY && s->sharer_words > 0 && s->sharing[way].n > 0 &&
           (*sharer_word(s, way, cache) >> cache % 64 & 1);
}

void l2_add_sharer(struct l2_slice *s, uint32_t way, uint32_t cache)
{
    if (l2_is_sharer(s, way, cache))
        return;
    *sharer_word(s, way, cache) |= UINT64_C(1) << cache % 64;
    s->sharing[way].n++;
}

void l2_drop_sharer(struct l2_slice *s, uint32_t way, uint32_t cache)
{
    if (!l2_is_sharer(s, way, cache))
        return;
    *sharer_word(s, way, cache) &= ~(UINT64_C(1) << cache % 64);
    s->sharing[way].n--;
}

/* Does a cache besides this one hold the line, as far as the directory knows? */
bool l2_others(const struct l2_slice *s, uint32_t way, uint32_t cache)
{
    const struct l2_sharing *x = &s->sharing[way];
    uint32_t own = l2_is_sharer(s, way, cache) ? 1 : 0;
    return (x->owner != L2_NOBODY && x->owner != cache) || x->n > own;
}

/* ---- MSHRs ---- */

uint32_t l2_mshr_open(struct l2_slice *s, uint32_t line, uint32_t set, uint32_t way, uint32_t place)
{
    SIM_CHECK(s->n_free > 0, "%s: no free MSHR for line %u", s->name, line);
    uint32_t i = s->free_mshrs[--s->n_free];
    struct l2_mshr *m = &s->mshrs[i];
    *m = (struct l2_mshr) {.line = line,
                           .way = way,
                           .set = set,
                           .n = place != L2_NOBODY ? 1 : 0,
                           .used = true,
                           .next = L2_NOBODY,
                           .first = place,
                           .last = place,
                           .recall = place == L2_NOBODY};
    s->tags[way].mshr = (uint16_t)i;
    return i;
}

void l2_mshr_join(struct l2_slice *s, uint32_t mshr, uint32_t place)
{
    struct l2_mshr *m = &s->mshrs[mshr];
    l2_message(s, m->last)->link = place;
    m->last = place;
    m->n++;
}

void l2_mshr_close(struct l2_slice *s, uint32_t mshr)
{
    s->tags[s->mshrs[mshr].way].mshr = L2_NO_MSHR;
    s->mshrs[mshr].used = false;
    s->free_mshrs[s->n_free++] = (uint16_t)mshr;
}

void l2_mshr_trail(struct l2_slice *s, uint32_t mshr, uint64_t cycle, enum trail_place place)
{
    struct l2_mshr *m = &s->mshrs[mshr];
    if (m->recall)
        return;
    l2_mshr_tell_all(s, m);
    for (uint32_t i = 0, at = m->first; i < m->n; i++, at = l2_message(s, at)->link)
        trail_move(&l2_message(s, at)->trail, cycle, place);
}

static inline void tell(struct l2_slice *s, const struct l2_mshr *m, uint32_t place)
{
    struct trail *t = &l2_message(s, place)->trail;
    trail_move(t, m->sent_at, TRAIL_DRAM);
    trail_move(t, m->back_at, TRAIL_L2);
}

/* Who came later was at the slice all the time. */
inline void l2_mshr_tell_first(struct l2_slice *s, struct l2_mshr *m)
{
    if (m->owed == 0)
        return;
    m->owed--;
    tell(s, m, m->first);
}

void l2_mshr_tell_all(struct l2_slice *s, struct l2_mshr *m)
{
    for (uint32_t at = m->first; m->owed > 0; m->owed--, at = l2_message(s, at)->link)
        tell(s, m, at);
}
