/* SPDX-License-Identifier: Apache-2.0 */
/* explorer_walk.h - the search: breadth first, each state once, what may happen in each. */
#ifndef TESTS_UNIT_CACHE_EXPLORER_WALK_H
#define TESTS_UNIT_CACHE_EXPLORER_WALK_H

#include "tests/unit/cache/explorer.h"

#define XP_NONE UINT32_MAX

/* ---- states as keys ---- */

static inline uint32_t xp_pack_message(const struct xp_message *m)
{
    return m->type | (uint32_t)m->line << 5 | (uint32_t)m->cache << 6 | (uint32_t)m->age << 8 |
           (uint32_t)m->slot << 10 | (uint32_t)m->none << 12;
}

static inline struct xp_message xp_unpack_message(uint32_t v)
{
    return (struct xp_message) {v & 31, v >> 5 & 1, v >> 6 & 3, v >> 8 & 3, v >> 10 & 3, v >> 12 & 1};
}

static inline unsigned char *xp_put16(unsigned char *at, uint32_t v)
{
    at[0] = (unsigned char)v;
    at[1] = (unsigned char)(v >> 8);
    return at + 2;
}

static inline unsigned char *xp_pack_cache(unsigned char *at, const struct xp_cache *c)
{
    *at++ = (unsigned char)(c->state | c->age << 5 | c->copy << 7);
    *at++ = (unsigned char)(c->writing | c->k << 1 | c->put << 3);
    for (uint32_t i = 0; i < 2; i++) {
        const struct xp_slot *q = &c->slot[i];
        uint32_t v = q->mode | (uint32_t)q->n << 2;
        for (uint32_t t = 0; t < q->n; t++)
            v |= (q->store[t] | (uint32_t)q->k[t] << 1) << (4 + 3 * t);
        at = xp_put16(at, v);
    }
    return at;
}

static inline const unsigned char *xp_unpack_cache(const unsigned char *at, struct xp_cache *c)
{
    *c = (struct xp_cache) {.state = at[0] & 31,
                            .age = at[0] >> 5 & 3,
                            .copy = at[0] >> 7,
                            .writing = at[1] & 1,
                            .k = at[1] >> 1 & 3,
                            .put = at[1] >> 3 & 1};
    at += 2;
    for (uint32_t i = 0; i < 2; i++, at += 2) {
        uint32_t v = at[0] | (uint32_t)at[1] << 8;
        struct xp_slot *q = &c->slot[i];
        q->mode = v & 3;
        q->n = v >> 2 & 3;
        for (uint32_t t = 0; t < q->n; t++) {
            q->store[t] = v >> (4 + 3 * t) & 1;
            q->k[t] = v >> (5 + 3 * t) & 3;
        }
    }
    return at;
}

static inline void xp_pack(const struct explorer *e, const struct xp_state *x, unsigned char *at)
{
    memset(at, 0, e->key_bytes);
    for (uint32_t i = 0; i < e->lines; i++) {
        const struct xp_line *l = &x->line[i];
        *at++ = (unsigned char)(l->memory | l->home << 2 | l->age << 5 | l->valid << 7);
        *at++ = (unsigned char)(l->dirty | l->owner << 1 | l->mshr << 4 | l->replay << 5 | l->acks << 6);
        *at++ = l->sharers;
        at = xp_put16(at, l->mshr ? xp_pack_message(&l->waits) : 0);
        for (uint32_t c = 0; c < e->caches; c++)
            at = xp_pack_cache(at, &l->cache[c]);
    }
    *at++ = x->n;
    for (uint32_t i = 0; i < x->n; i++)
        at = xp_put16(at, xp_pack_message(&x->net[i]));
}

static inline void xp_unpack(const struct explorer *e, const unsigned char *at, struct xp_state *x)
{
    memset(x, 0, sizeof *x);
    for (uint32_t i = 0; i < e->lines; i++) {
        struct xp_line *l = &x->line[i];
        l->memory = at[0] & 3;
        l->home = at[0] >> 2 & 7;
        l->age = at[0] >> 5 & 3;
        l->valid = at[0] >> 7;
        l->dirty = at[1] & 1;
        l->owner = at[1] >> 1 & 7;
        l->mshr = at[1] >> 4 & 1;
        l->replay = at[1] >> 5 & 1;
        l->acks = at[1] >> 6 & 3;
        l->sharers = at[2];
        l->waits = xp_unpack_message(at[3] | (uint32_t)at[4] << 8);
        at += 5;
        for (uint32_t c = 0; c < e->caches; c++)
            at = xp_unpack_cache(at, &l->cache[c]);
    }
    x->n = *at++;
    for (uint32_t i = 0; i < x->n; i++, at += 2)
        x->net[i] = xp_unpack_message(at[0] | (uint32_t)at[1] << 8);
}

static inline void xp_sort(struct xp_state *x)
{
    for (uint32_t i = 1; i < x->n; i++)
        for (uint32_t k = i; k > 0 && xp_pack_message(&x->net[k - 1]) > xp_pack_message(&x->net[k]); k--) {
            struct xp_message t = x->net[k];
            x->net[k] = x->net[k - 1];
            x->net[k - 1] = t;
        }
}

static inline void xp_rename(const struct explorer *e, const struct xp_state *x, const uint8_t *to, struct xp_state *y)
{
    *y = *x;
    for (uint32_t i = 0; i < e->lines; i++) {
        const struct xp_line *l = &x->line[i];
        struct xp_line *k = &y->line[i];
        k->owner = l->owner < e->caches ? to[l->owner] : l->owner;
        k->sharers = 0;
        for (uint32_t c = 0; c < e->caches; c++) {
            k->cache[to[c]] = l->cache[c];
            k->sharers |= (uint8_t)((l->sharers >> c & 1) << to[c]);
        }
        if (l->mshr && l->waits.type != XP_EVICTION)
            k->waits.cache = to[l->waits.cache];
    }
    for (uint32_t i = 0; i < x->n; i++)
        y->net[i].cache = to[x->net[i].cache];
}

/* The smallest key among the renamings of the caches. */
static inline void xp_key(const struct explorer *e, const struct xp_state *x, unsigned char *key)
{
    static const uint8_t orders[6][3] = {{0, 1, 2}, {1, 0, 2}, {0, 2, 1}, {2, 1, 0}, {1, 2, 0}, {2, 0, 1}};
    uint32_t alike = e->caches - (e->far ? 1 : 0), n = alike == 3 ? 6 : alike;
    unsigned char other[128];
    for (uint32_t i = 0; i < n; i++) {
        struct xp_state y;
        xp_rename(e, x, orders[i], &y);
        xp_sort(&y);
        xp_pack(e, &y, i == 0 ? key : other);
        if (i > 0 && memcmp(other, key, e->key_bytes) < 0)
            memcpy(key, other, e->key_bytes);
    }
}

static inline uint32_t xp_insert(struct explorer *e, const struct xp_state *x)
{
    unsigned char key[128];
    xp_key(e, x, key);
    uint64_t h = 0xcbf29ce484222325u;
    for (uint32_t i = 0; i < e->key_bytes; i++)
        h = (h ^ key[i]) * 0x100000001b3u;
    uint32_t at = (uint32_t)(h >> 20) & e->table_mask;
    for (; e->table[at] != XP_NONE; at = (at + 1) & e->table_mask)
        if (memcmp(&e->keys[(size_t)e->table[at] * e->key_bytes], key, e->key_bytes) == 0)
            return e->table[at];
    if (e->n_states == e->max_states)
        xp_fail(e, "room", "more than %u states", e->max_states);
    memcpy(&e->keys[(size_t)e->n_states * e->key_bytes], key, e->key_bytes);
    e->rest[e->n_states] = XP_NONE;
    return e->table[at] = e->n_states++;
}

/* ---- rules that hold in every state ---- */

static inline void xp_check_line(struct explorer *e, const struct xp_line *l)
{
    uint32_t copies = 0, alone = 0;
    for (uint32_t c = 0; c < e->caches; c++) {
        uint32_t s = l->cache[c].state;
        bool copy = s == L1_SM || s == L1_SM_FR || s == L1_SM_FX || (l1_state_flags[s] & STATE_READABLE);
        if (l->cache[c].copy != copy)
            xp_fail(e, "copy", "cache %u in %s has %s copy", c, l1_state_names[s], copy ? "no" : "a");
        if (e->vi)
            continue;
        if (s != L1_S && s != L1_E && s != L1_M && s != L1_SM && s != L1_SM_FR && s != L1_SM_FX)
            continue;
        copies++;
        alone += s == L1_E || s == L1_M;
        if (l->cache[c].age != 0)
            xp_fail(e, "value", "cache %u in %s has an old value", c, l1_state_names[s]);
    }
    if (alone > 0 && copies > 1)
        xp_fail(e, "single writer", "%u copies, %u of them exclusive", copies, alone);
    if (l->home == HOME_N && l->memory != 0)
        xp_fail(e, "value", "memory is old and nobody has the line");
    if ((home_state_flags[l->home] & STATE_READABLE) && l->valid && l->age != 0)
        xp_fail(e, "value", "the home is old");
}

static inline bool xp_quiet(const struct explorer *e, const struct xp_state *x)
{
    bool quiet = x->n == 0;
    for (uint32_t i = 0; i < e->lines; i++) {
        quiet = quiet && !x->line[i].mshr;
        for (uint32_t c = 0; c < e->caches; c++) {
            const struct xp_cache *q = &x->line[i].cache[c];
            quiet = quiet && !q->writing && !q->put && q->slot[0].mode == SLOT_FREE && q->slot[1].mode == SLOT_FREE &&
                    !(l1_state_flags[q->state] & STATE_PENDING);
        }
    }
    return quiet;
}

/* `inner`: happens without anybody asking for it. */
static inline void xp_reached(struct explorer *e, const struct xp_state *x, bool inner)
{
    for (uint32_t i = 0; i < e->lines; i++)
        xp_check_line(e, &x->line[i]);
    uint32_t to = xp_insert(e, x);
    if (inner && e->rest[e->current] == XP_NONE && to != e->current)
        e->rest[e->current] = to;
}

/* ---- what may happen ---- */

static inline bool xp_l1_room(struct xp_step *s, uint32_t state, uint32_t event)
{
    const struct protocol_row *row = &s->e->l1->row[state][event];
    if (row->kind != ROW_GO)
        return true;
    struct xp_cache *c = xp_cache_of(s);
    uint32_t needs = 0, used = 0, open = xp_slot_of(c, SLOT_PASS_OPEN);
    for (uint32_t i = 0; i < ROW_ACTIONS; i++)
        needs |= l1_action_needs[row->actions[i]];
    for (uint32_t i = 0; i < s->e->lines; i++)
        used += xp_has_way(s->x->line[i].cache[s->cache].state);
    if (needs & NEED_WAY && used >= s->e->ways)
        return false;
    if (needs & NEED_MSHR && xp_free_slot(c) == 2)
        return false;
    if (needs & NEED_TARGET && (s->slot == 2 || c->slot[s->slot].n >= s->e->targets))
        return false;
    return !(needs & NEED_PASS) || xp_free_slot(c) < 2 || (open < 2 && c->slot[open].n < s->e->targets);
}

static inline uint32_t xp_pending(const struct xp_cache *c)
{
    return c->writing + (uint32_t)c->slot[0].n + c->slot[1].n;
}

static inline void xp_access(struct explorer *e, const struct xp_state *from, uint32_t line, uint32_t cache,
                             uint32_t event, bool whole)
{
    struct xp_state x = *from;
    struct xp_step s = {.e = e, .x = &x, .line = line, .cache = cache, .store = event == L1_ON_STORE, .whole = whole};
    struct xp_cache *c = xp_cache_of(&s);
    s.slot = xp_slot_of(c, SLOT_ATTACHED);
    uint32_t state = xp_is_far(e, cache) ? (uint32_t)L1_PASS : c->state;
    uint32_t before = xp_pending(c);
    if (e->l1->row[state][event].kind == ROW_WAIT)
        e->l1_reached[state][event] = true;
    else if (xp_l1_room(&s, state, event) && xp_l1(&s, state, event)) {
        if (xp_pending(c) + s.done != before + 1)
            xp_fail(e, "lost", "cache %u takes an access and forgets it", cache);
        if (e->vi && c->copy && (event == L1_ON_STORE || event == L1_ON_STORE_THROUGH) && c->age != XP_OWN)
            xp_fail(e, "value", "cache %u keeps a copy without its own store", cache);
        xp_reached(e, &x, false);
    }
}

static inline void xp_accesses(struct explorer *e, const struct xp_state *x, uint32_t cache)
{
    uint32_t pending = 0;
    for (uint32_t i = 0; i < e->lines; i++)
        pending += xp_pending(&x->line[i].cache[cache]);
    for (uint32_t i = 0; i < e->lines && pending < e->budget; i++) {
        const struct xp_cache *c = &x->line[i].cache[cache];
        bool far = xp_is_far(e, cache), writes = e->vi || far;
        if (e->counters && !c->writing) {
            xp_access(e, x, i, cache, L1_ON_ATOMIC, false);
            xp_access(e, x, i, cache, L1_ON_POLL, false);
        }
        if (e->counters)
            continue;
        xp_access(e, x, i, cache, L1_ON_LOAD, false);
        if (!e->plain || c->state != L1_I)
            xp_access(e, x, i, cache, L1_ON_LOAD_BYPASS, false);
        if (e->vi && !far && (l1_state_flags[c->state] & STATE_READABLE))
            xp_access(e, x, i, cache, L1_ON_LOAD_SECTOR, false);
        if (e->inputs)
            continue;
        if (!writes || !c->writing)
            xp_access(e, x, i, cache, L1_ON_STORE, false);
        if (!writes)
            xp_access(e, x, i, cache, L1_ON_STORE, true);
        if (e->through && !c->writing)
            xp_access(e, x, i, cache, L1_ON_STORE_THROUGH, false);
    }
}

static inline void xp_l1_evict(struct explorer *e, const struct xp_state *from, uint32_t line, uint32_t cache,
                               bool inner)
{
    uint32_t state = from->line[line].cache[cache].state;
    if (xp_is_far(e, cache) || !xp_has_way(state) || (l1_state_flags[state] & STATE_PENDING))
        return;
    struct xp_state x = *from;
    struct xp_step s = {.e = e, .x = &x, .line = line, .cache = cache, .slot = 2};
    xp_l1(&s, state, L1_ON_EVICT);
    xp_reached(e, &x, inner);
}

static inline void xp_acquire(struct explorer *e, const struct xp_state *from, uint32_t cache)
{
    struct xp_state x = *from;
    for (uint32_t i = 0; i < e->lines; i++) {
        struct xp_step s = {.e = e, .x = &x, .line = i, .cache = cache};
        struct xp_cache *c = xp_cache_of(&s);
        s.slot = xp_slot_of(c, SLOT_ATTACHED);
        xp_l1(&s, xp_is_far(e, cache) ? (uint32_t)L1_PASS : c->state, L1_ON_ACQUIRE);
        xp_close_open(c);
        c->k = 0;
    }
    xp_reached(e, &x, false);
}

/* The host writes the lines when no access is under way. */
static inline void xp_host(struct explorer *e, const struct xp_state *from)
{
    struct xp_state x = *from;
    for (uint32_t i = 0; i < e->lines; i++)
        for (uint32_t c = 0; c < e->caches; c++)
            if (x.line[i].cache[c].writing || x.line[i].cache[c].slot[0].mode || x.line[i].cache[c].slot[1].mode)
                return;
    for (uint32_t i = 0; i < e->lines; i++) {
        struct xp_step s = {.e = e, .x = &x, .line = i, .slot = 2};
        for (s.cache = 0; s.cache < e->caches; s.cache++)
            xp_l1(&s, xp_is_far(e, s.cache) ? (uint32_t)L1_PASS : xp_cache_of(&s)->state, L1_ON_HOST);
        xp_home(&s, HOME_ON_HOST);
        s.cache = 0;
        xp_perform(&s);
        x.line[i].memory = 0;
    }
    xp_reached(e, &x, false);
}

/* After a row of the home: a request that waits keeps the MSHR. */
static inline void xp_home_settle(struct xp_line *l)
{
    if (!(home_state_flags[l->home] & STATE_PENDING))
        l->mshr = l->replay = 0;
}

static inline void xp_home_evict(struct explorer *e, const struct xp_state *from, uint32_t line, bool inner)
{
    const struct xp_line *l = &from->line[line];
    if (l->home == HOME_N || l->mshr || (home_state_flags[l->home] & STATE_PENDING))
        return;
    struct xp_state x = *from;
    struct xp_message m = {.type = XP_EVICTION, .line = (uint8_t)line};
    struct xp_step s = {.e = e, .x = &x, .line = line, .m = &m};
    xp_home(&s, xp_home_event(e, l, &m));
    xp_home_settle(&x.line[line]);
    if (!x.line[line].mshr && x.line[line].home != HOME_N)
        xp_fail(e, "way", "an eviction frees nothing");
    xp_reached(e, &x, inner);
}

static inline bool xp_home_room(struct explorer *e, const struct xp_state *x, uint32_t line, uint32_t event)
{
    const struct protocol_row *row = &e->home->row[x->line[line].home][event];
    uint32_t used = 0;
    for (uint32_t i = 0; i < e->lines; i++)
        used += x->line[i].home != HOME_N;
    for (uint32_t i = 0; i < ROW_ACTIONS; i++)
        if (row->kind == ROW_GO && row->actions[i] == HOME_DO_ALLOCATE && used >= e->home_ways)
            return false;
    return true;
}

static inline bool xp_to_home(struct xp_step *s)
{
    struct xp_line *l = &s->x->line[s->line];
    const struct xp_message *m = s->m;
    if (m->type == MSG_INVALIDATE_ACK || m->type == MSG_OWNER_DATA) {
        if (!l->mshr || l->acks == 0)
            xp_fail(s->e, "impossible", "home %s that nobody awaits", message_infos[m->type].name);
        if (m->type == MSG_OWNER_DATA)
            return xp_home(s, HOME_ON_OWNER_DATA);
        l->acks--;
        return xp_home(s, l->acks == 0 ? HOME_ON_LAST_ACK : HOME_ON_INVALIDATE_ACK);
    }
    uint32_t event = xp_home_event(s->e, l, m);
    bool pending = home_state_flags[l->home] & STATE_PENDING;
    if ((l->mshr && !pending) || !xp_home_room(s->e, s->x, s->line, event))
        return false;
    if (!xp_home(s, event))
        return false;
    if (pending)
        xp_fail(s->e, "blocking", "home %s goes on", home_event_names[event]);
    xp_home_settle(l);
    return true;
}

static inline bool xp_to_cache(struct xp_step *s)
{
    static const uint8_t events[MSG_COUNT] = {
        [MSG_DATA] = L1_ON_DATA,
        [MSG_DATA_EX] = L1_ON_DATA_EX,
        [MSG_UPGRADE_ACK] = L1_ON_UPGRADE_ACK,
        [MSG_PUT_ACK] = L1_ON_PUT_ACK,
        [MSG_INVALIDATE] = L1_ON_INVALIDATE,
        [MSG_FORWARD_READ] = L1_ON_FORWARD_READ,
        [MSG_FORWARD_READ_EX] = L1_ON_FORWARD_READ_EX,
        [MSG_WRITE_ACK] = L1_ON_WRITE_ACK,
        [MSG_ATOMIC_ACK] = L1_ON_ATOMIC_ACK,
        [MSG_POLL_VALUE] = L1_ON_POLL_VALUE,
    };
    const struct xp_message *m = s->m;
    struct xp_cache *c = xp_cache_of(s);
    uint32_t state = c->state;
    s->slot = 2;
    if (m->type == MSG_DATA || m->type == MSG_DATA_EX || m->type == MSG_UPGRADE_ACK) {
        s->slot = m->slot;
        if (c->slot[s->slot].mode == SLOT_FREE)
            xp_fail(s->e, "impossible", "%s that nobody awaits", message_infos[m->type].name);
        if (c->slot[s->slot].mode != SLOT_ATTACHED)
            state = L1_PASS;
    } else if (m->type == MSG_WRITE_ACK || m->type == MSG_ATOMIC_ACK || m->type == MSG_POLL_VALUE) {
        state = L1_PASS;
    }
    return xp_l1(s, state, events[m->type]);
}

static inline void xp_deliver(struct explorer *e, const struct xp_state *from, uint32_t i)
{
    struct xp_state x = *from;
    struct xp_message m = x.net[i];
    x.net[i] = x.net[--x.n];
    memset(&x.net[x.n], 0, sizeof x.net[0]);
    struct xp_step s = {.e = e, .x = &x, .line = m.line, .cache = m.cache, .m = &m};
    bool home = message_infos[m.type].vn == VN_REQUEST || m.type == MSG_INVALIDATE_ACK || m.type == MSG_OWNER_DATA;
    if (home ? xp_to_home(&s) : xp_to_cache(&s))
        xp_reached(e, &x, true);
}

static inline void xp_home_inner(struct explorer *e, const struct xp_state *from, uint32_t line)
{
    const struct xp_line *l = &from->line[line];
    if (!l->mshr || (!l->replay && l->home != HOME_F))
        return;
    struct xp_state x = *from;
    struct xp_message m = l->waits;
    struct xp_step s = {.e = e, .x = &x, .line = line, .cache = m.cache, .m = &m};
    if (l->replay && m.type == XP_EVICTION) { /* a recall leaves the line here, to be evicted or read anew */
        xp_home_settle(&x.line[line]);
    } else if (l->replay) {
        if (!xp_home(&s, xp_home_event(e, l, &m)))
            return;
        xp_home_settle(&x.line[line]);
    } else {
        xp_home(&s, HOME_ON_FILL);
    }
    xp_reached(e, &x, true);
}

static inline void xp_expand(struct explorer *e, const struct xp_state *x)
{
    for (uint32_t i = 0; i < x->n; i++)
        if (i == 0 || xp_pack_message(&x->net[i]) != xp_pack_message(&x->net[i - 1]))
            xp_deliver(e, x, i);
    for (uint32_t i = 0; i < e->lines; i++)
        xp_home_inner(e, x, i);
    bool stuck = e->rest[e->current] == XP_NONE && !xp_quiet(e, x);
    for (uint32_t i = 0; i < e->lines && !e->counters; i++) {
        xp_home_evict(e, x, i, stuck);
        for (uint32_t c = 0; c < e->caches; c++)
            xp_l1_evict(e, x, i, c, false);
    }
    if (stuck && e->rest[e->current] == XP_NONE)
        xp_fail(e, "stuck", "nothing can happen and something waits");
    for (uint32_t c = 0; c < e->caches; c++) {
        xp_accesses(e, x, c);
        xp_acquire(e, x, c);
    }
    if (e->inputs)
        xp_host(e, x);
}

/* From each state the steps towards rest must end in a quiet state. */
static inline void xp_check_rest(struct explorer *e)
{
    unsigned char *fine = mem_alloc(e->n_states);
    for (uint32_t i = 0; i < e->n_states; i++) {
        uint32_t at = i, steps = 0;
        while (e->rest[at] != XP_NONE && !fine[at] && steps++ <= e->n_states)
            at = e->rest[at];
        if (steps > e->n_states) {
            free(fine);
            xp_fail(e, "rest", "state %u goes round without end", i);
        }
        for (at = i; e->rest[at] != XP_NONE && !fine[at]; at = e->rest[at])
            fine[at] = 1;
    }
    free(fine);
}

static inline void xp_free(struct explorer *e)
{
    free(e->keys);
    free(e->table);
    free(e->rest);
    e->keys = NULL;
    e->table = e->rest = NULL;
}

/* True: every rule holds in every state. Else e->wrong and e->detail say what broke. */
static inline bool xp_explore(struct explorer *e)
{
    e->key_bytes = e->lines * (5 + 6 * e->caches) + 1 + 2 * XP_NET;
    uint32_t size = 1024;
    while (size < 2 * e->max_states)
        size *= 2;
    e->table_mask = size - 1;
    e->table = mem_alloc_array(size, sizeof *e->table);
    memset(e->table, 0xff, (size_t)size * sizeof *e->table);
    e->keys = mem_alloc_array(e->max_states, e->key_bytes);
    e->rest = mem_alloc_array(e->max_states, sizeof *e->rest);
    e->n_states = 0;
    e->wrong = NULL;
    if (setjmp(e->stop) == 0) {
        struct xp_state x = {0};
        for (uint32_t i = 0; i < e->lines; i++)
            x.line[i].owner = XP_NOBODY;
        xp_insert(e, &x);
        for (e->current = 0; e->current < e->n_states; e->current++) {
            xp_unpack(e, &e->keys[(size_t)e->current * e->key_bytes], &x);
            xp_expand(e, &x);
        }
        xp_check_rest(e);
    }
    xp_free(e);
    return e->wrong == NULL;
}

#endif
