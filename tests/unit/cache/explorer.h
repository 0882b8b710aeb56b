/* SPDX-License-Identifier: Apache-2.0 */
/* explorer.h - walks through every state that a small system can reach under a pair of protocol tables.
 *
 * The rows are the ones the hardware uses; here only what an action means is told anew, on a machine without
 * timing: a few caches, one or two lines, a bag of messages from which any may arrive next, a memory. Accesses,
 * evictions (of L1s and home) and acquires happen at any time.
 *
 * Values are ages: 0 is the last store that was performed, each further store makes everything one older; from 2
 * on (`old`) they are not told apart. A load remembers how many stores were performed since its floor (mesi: its
 * beginning; vi: the cache's last acquire) and must not return anything older. Caches are alike, so of states that
 * differ only by renaming them one is kept. The agent `far` is a cache of another chip. */
#ifndef TESTS_UNIT_CACHE_EXPLORER_H
#define TESTS_UNIT_CACHE_EXPLORER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw/cache/protocol.h"
#include "sim/base/mem.h"
#include "sim/kernel/message.h"

#define XP_LINES    2u
#define XP_CACHES   3u
#define XP_NET      14u
#define XP_NOBODY   7u
#define XP_OWN      3u /* vi: the cache's own store, not yet performed */
#define XP_EVICTION 31u

enum { SLOT_FREE, SLOT_ATTACHED, SLOT_PASS, SLOT_PASS_OPEN };

struct xp_slot {
    uint8_t mode, n;
    uint8_t store[2], k[2];
};

struct xp_cache {
    uint8_t state, age, copy, writing, k; /* k: stores performed since the last acquire */
    uint8_t put;                          /* an MSHR holds the line until its put_ack */
    struct xp_slot slot[2];
};

struct xp_message {
    uint8_t type, line, cache, age, slot, none; /* none: asks for no data */
};

struct xp_line {
    uint8_t memory, home, age, valid, dirty, owner, sharers, acks, mshr, replay;
    struct xp_message waits; /* in the MSHR */
    struct xp_cache cache[XP_CACHES];
};

struct xp_state {
    struct xp_line line[XP_LINES];
    struct xp_message net[XP_NET];
    uint8_t n;
};

struct explorer {
    const struct l1_protocol *l1;
    const struct home_protocol *home;
    uint32_t lines, caches, ways, home_ways; /* ways: lines that an L1 (the home) holds at a time */
    uint32_t targets, budget;                /* accesses that share a transaction; of a cache at a time */
    bool far;                                /* the last cache is of another chip */
    bool through;                            /* also results that are written through */
    bool plain;                              /* bypassing loads only of lines that the cache has or awaits */
    bool counters, inputs;                   /* the lines are counters; are written by the host */
    bool vi;
    uint32_t old; /* 1 or 2 */
    uint32_t max_states;
    /* results */
    bool l1_reached[L1_STATE_COUNT][L1_EVENT_COUNT], home_reached[HOME_STATE_COUNT][HOME_EVENT_COUNT];
    const char *wrong; /* the first rule that was broken, or NULL */
    char detail[200];
    /* states */
    unsigned char *keys;
    uint32_t key_bytes, n_states, *table, table_mask;
    uint32_t *rest; /* a state nearer to rest, by inner steps only */
    jmp_buf stop;
    uint32_t current;
};

/* What a row is carried out on. */
struct xp_step {
    struct explorer *e;
    struct xp_state *x;
    uint32_t line, cache, slot;
    bool store, whole;
    bool allocated, performed;
    uint32_t done; /* accesses that this step completed at once */
    const struct xp_message *m;
};

__attribute__((noreturn, format(printf, 3, 4))) static inline void xp_fail(struct explorer *e, const char *rule,
                                                                           const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(e->detail, sizeof e->detail, fmt, args);
    va_end(args);
    e->wrong = rule;
    longjmp(e->stop, 1);
}

static inline bool xp_is_far(const struct explorer *e, uint32_t cache)
{
    return e->far && cache == e->caches - 1;
}

static inline void xp_send(struct xp_step *s, uint32_t type, uint32_t cache, uint32_t age, uint32_t slot, bool none)
{
    if (s->x->n == XP_NET)
        xp_fail(s->e, "room", "more than %u messages", XP_NET);
    s->x->net[s->x->n++] =
        (struct xp_message) {(uint8_t)type, (uint8_t)s->line, (uint8_t)cache, (uint8_t)age, (uint8_t)slot, none};
}

static inline void xp_older(const struct explorer *e, uint8_t *age)
{
    if (*age < e->old)
        ++*age;
}

static inline bool xp_carries(uint32_t type)
{
    return type == MSG_DATA || type == MSG_DATA_EX || type == MSG_PUT || type == MSG_OWNER_DATA;
}

/* A store is performed: all that is around of the line is older now. */
static inline void xp_perform(struct xp_step *s)
{
    struct xp_line *l = &s->x->line[s->line];
    s->performed = true;
    xp_older(s->e, &l->memory);
    xp_older(s->e, &l->age);
    for (uint32_t c = 0; c < s->e->caches; c++) {
        struct xp_cache *q = &l->cache[c];
        xp_older(s->e, &q->age); /* leaves XP_OWN as it is */
        if (s->e->vi)
            xp_older(s->e, &q->k);
        for (uint32_t i = 0; i < 2; i++)
            for (uint32_t t = 0; t < q->slot[i].n; t++)
                xp_older(s->e, &q->slot[i].k[t]);
    }
    for (uint32_t i = 0; i < s->x->n; i++)
        if (s->x->net[i].line == s->line && xp_carries(s->x->net[i].type))
            xp_older(s->e, &s->x->net[i].age);
}

static inline void xp_read(struct xp_step *s, uint32_t age, uint32_t k)
{
    if (age != XP_OWN && age > k)
        xp_fail(s->e, "value", "cache %u reads a value %u stores old, %u allowed", s->cache, age, k);
}

/* ---- the L1's actions ---- */

static inline uint32_t xp_free_slot(const struct xp_cache *c)
{
    return c->slot[0].mode == SLOT_FREE ? 0 : c->slot[1].mode == SLOT_FREE ? 1 : 2;
}

static inline uint32_t xp_slot_of(const struct xp_cache *c, uint32_t mode)
{
    return c->slot[0].mode == mode ? 0 : c->slot[1].mode == mode ? 1 : 2;
}

static inline struct xp_cache *xp_cache_of(struct xp_step *s)
{
    return &s->x->line[s->line].cache[s->cache];
}

static inline struct xp_slot *xp_slot(struct xp_step *s, uint32_t slot)
{
    if (slot > 1)
        xp_fail(s->e, "impossible", "cache %u has no transaction for this", s->cache);
    return &xp_cache_of(s)->slot[slot];
}

static inline void xp_target(struct xp_step *s, uint32_t slot)
{
    struct xp_cache *c = xp_cache_of(s);
    struct xp_slot *q = xp_slot(s, slot);
    if (q->n == 2)
        xp_fail(s->e, "room", "cache %u: a third access in a transaction", s->cache);
    q->store[q->n] = s->store;
    q->k[q->n++] = s->e->vi ? c->k : 0;
}

static inline bool xp_has_way(uint32_t state)
{
    return state != L1_I && state != L1_PASS && state != L1_MI && state != L1_EI && state != L1_II;
}

static inline void xp_open(struct xp_step *s, uint32_t mode, uint32_t type, bool none)
{
    struct xp_cache *c = xp_cache_of(s);
    if (mode == SLOT_ATTACHED && !xp_has_way(c->state) && !s->allocated)
        xp_fail(s->e, "way", "cache %u reads into no way", s->cache);
    s->slot = xp_free_slot(c);
    *xp_slot(s, s->slot) = (struct xp_slot) {.mode = (uint8_t)mode};
    xp_target(s, s->slot);
    xp_send(s, type, s->cache, 0, s->slot, none);
}

static inline void xp_close_open(struct xp_cache *c)
{
    for (uint32_t i = 0; i < 2; i++)
        if (c->slot[i].mode == SLOT_PASS_OPEN)
            c->slot[i].mode = SLOT_PASS;
}

static inline void xp_read_pass(struct xp_step *s)
{
    struct xp_cache *c = xp_cache_of(s);
    for (uint32_t i = 0; i < 2; i++)
        if (c->slot[i].mode == SLOT_PASS_OPEN && c->slot[i].n < s->e->targets) {
            xp_target(s, i);
            return;
        }
    xp_close_open(c);
    bool vi_or_far = !s->e->home->directory || xp_is_far(s->e, s->cache); /* else only in an edited table */
    xp_open(s, SLOT_PASS_OPEN, vi_or_far ? MSG_READ : MSG_READ_ONCE, false);
}

static inline void xp_complete(struct xp_step *s)
{
    struct xp_cache *c = xp_cache_of(s);
    struct xp_slot *q = xp_slot(s, s->slot);
    for (uint32_t t = 0; t < q->n; t++) {
        bool copy = q->mode == SLOT_ATTACHED && c->copy;
        if (q->store[t]) {
            if (!copy)
                xp_fail(s->e, "store", "cache %u stores without a copy", s->cache);
            xp_perform(s);
            c->age = 0;
        } else {
            xp_read(s, copy ? c->age : s->m->age, q->k[t]);
        }
    }
    q->n = 0;
}

/* Actions that send a message; false: the action is none of these. */
static inline bool xp_l1_sends(struct xp_step *s, uint32_t action)
{
    struct xp_cache *c = xp_cache_of(s);
    switch (action) {
    case L1_DO_READ:
    case L1_DO_READ_LINE:
        xp_open(s, SLOT_ATTACHED, MSG_READ, false);
        break;
    case L1_DO_READ_ONCE:
        xp_open(s, SLOT_PASS, MSG_READ_ONCE, false);
        break;
    case L1_DO_READ_EX:
        xp_open(s, SLOT_ATTACHED, MSG_READ_EX, s->whole);
        break;
    case L1_DO_UPGRADE:
        xp_open(s, SLOT_ATTACHED, MSG_UPGRADE, false);
        break;
    case L1_DO_WRITE:
        xp_close_open(c);
        c->writing = 1;
        xp_send(s, MSG_WRITE, s->cache, 0, 0, false);
        break;
    case L1_DO_ATOMIC:
        c->writing = 1;
        xp_send(s, MSG_ATOMIC, s->cache, 0, 0, false);
        break;
    case L1_DO_POLL:
        c->writing = 1;
        xp_send(s, MSG_POLL, s->cache, 0, 0, false);
        break;
    case L1_DO_PUT:
        xp_send(s, MSG_PUT, s->cache, c->age, 0, false);
        c->put = 1;
        c->copy = 0;
        break;
    case L1_DO_PUT_CLEAN:
        xp_send(s, MSG_PUT_CLEAN, s->cache, 0, 0, false);
        c->put = 1;
        c->copy = 0;
        break;
    case L1_DO_INVALIDATE_ACK:
        xp_send(s, MSG_INVALIDATE_ACK, s->cache, 0, 0, false);
        break;
    case L1_DO_OWNER_DATA:
        xp_send(s, MSG_OWNER_DATA, s->cache, c->age, 0, false);
        break;
    default:
        return false;
    }
    return true;
}

static inline void xp_l1_action(struct xp_step *s, uint32_t action)
{
    struct xp_cache *c = xp_cache_of(s);
    if (xp_l1_sends(s, action))
        return;
    switch (action) {
    case L1_DO_HIT:
        s->done++;
        xp_read(s, c->age, s->e->vi ? c->k : 0);
        break;
    case L1_DO_STORE_HIT:
        s->done++;
        xp_perform(s);
        c->age = 0;
        break;
    case L1_DO_UPDATE:
        c->age = XP_OWN;
        break;
    case L1_DO_READ_PASS:
        xp_read_pass(s);
        break;
    case L1_DO_MERGE:
        xp_target(s, s->slot);
        break;
    case L1_DO_DETACH:
        xp_slot(s, s->slot)->mode = SLOT_PASS;
        break;
    case L1_DO_LOSE:
    case L1_DO_DROP:
        c->copy = 0;
        c->age = 0;
        break;
    case L1_DO_FILL:
        c->copy = 1;
        c->age = s->m->age;
        break;
    case L1_DO_COMPLETE:
        xp_complete(s);
        break;
    case L1_DO_RELEASE:
        if (s->slot < 2 && c->slot[s->slot].n > 0)
            xp_fail(s->e, "lost", "cache %u forgets an access", s->cache);
        if (s->slot < 2)
            c->slot[s->slot] = (struct xp_slot) {0};
        else
            c->put = 0;
        break;
    case L1_DO_ANSWER:
        c->writing = 0;
        break;
    case L1_DO_ALLOCATE: /* the way was free: evictions are steps of their own */
        s->allocated = true;
        break;
    default:
        break;
    }
}

/* Carries out a row; false: it has to wait. */
static inline bool xp_l1(struct xp_step *s, uint32_t state, uint32_t event)
{
    const struct protocol_row *row = &s->e->l1->row[state][event];
    s->e->l1_reached[state][event] = true;
    if (row->kind == ROW_WAIT)
        return false;
    if (row->kind != ROW_GO)
        xp_fail(s->e, "impossible", "L1 %s in state %s", l1_event_names[event], l1_state_names[state]);
    bool pass = state == L1_PASS;
    for (uint32_t i = 0; i < ROW_ACTIONS && row->actions[i]; i++)
        xp_l1_action(s, row->actions[i]);
    if (!pass)
        xp_cache_of(s)->state = row->next;
    return true;
}

/* ---- the home's actions ---- */

static inline bool xp_l1s_others(const struct xp_line *l, uint32_t requester)
{
    uint32_t own = requester == XP_NOBODY ? 0u : 1u << requester;
    return (l->owner != XP_NOBODY && l->owner != requester) || (l->sharers & ~own);
}

static inline uint32_t xp_home_event(const struct explorer *e, const struct xp_line *l, const struct xp_message *m)
{
    bool keeps = m->type != XP_EVICTION && m->type != MSG_READ_ONCE && !xp_is_far(e, m->cache);
    uint32_t requester = keeps ? m->cache : XP_NOBODY;
    bool dir = e->home->directory, others = dir && xp_l1s_others(l, requester);
    bool counts = l->home == HOME_N || (home_state_flags[l->home] & STATE_READABLE);
    bool missing = counts && !m->none && !(l->home != HOME_N && l->valid);
    uint32_t type = m->type;
    if (type == MSG_UPGRADE && !(l->sharers >> m->cache & 1))
        type = MSG_READ_EX;
    switch (type) {
    case MSG_READ:
    case MSG_READ_ONCE:
        if (dir && (requester == XP_NOBODY || !counts || !l->dirty || e->inputs))
            others = true;
        return missing ? HOME_ON_MISS : others ? HOME_ON_READ_OTHERS : HOME_ON_READ;
    case MSG_READ_EX:
        return missing ? HOME_ON_MISS : others ? HOME_ON_READ_EX_OTHERS : HOME_ON_READ_EX;
    case MSG_UPGRADE:
        return others ? HOME_ON_UPGRADE_OTHERS : HOME_ON_UPGRADE;
    case MSG_WRITE:
        return dir && xp_l1s_others(l, XP_NOBODY) ? HOME_ON_WRITE_OTHERS : HOME_ON_WRITE;
    case MSG_ATOMIC:
        return HOME_ON_ATOMIC;
    case MSG_POLL:
        return HOME_ON_POLL;
    case MSG_PUT:
        return l->owner == m->cache ? HOME_ON_PUT : HOME_ON_PUT_STALE;
    case MSG_PUT_CLEAN:
        return l->owner == m->cache ? HOME_ON_PUT_CLEAN : HOME_ON_PUT_STALE;
    default:
        return others ? HOME_ON_EVICT_OTHERS : HOME_ON_EVICT;
    }
}

static inline void xp_wait_in_mshr(struct xp_step *s)
{
    struct xp_line *l = &s->x->line[s->line];
    if (!l->mshr)
        l->waits = *s->m;
    l->mshr = 1;
    l->replay = 0;
}

static inline void xp_invalidate(struct xp_step *s, uint32_t keep)
{
    struct xp_line *l = &s->x->line[s->line];
    xp_wait_in_mshr(s);
    for (uint32_t c = 0; c < s->e->caches; c++)
        if (c != keep && (l->sharers >> c & 1)) {
            xp_send(s, MSG_INVALIDATE, c, 0, 0, false);
            l->sharers &= (uint8_t) ~(1u << c);
            l->acks++;
        }
}

/* The real answer of the home to a write is sent after the store; its own copy there stops being "own". */
static inline void xp_home_write(struct xp_step *s)
{
    struct xp_line *l = &s->x->line[s->line];
    xp_perform(s);
    l->age = 0;
    l->valid = l->dirty = 1;
    if (l->cache[s->cache].age == XP_OWN)
        l->cache[s->cache].age = 0;
}

/* Actions that send messages; false: the action is none of these. */
static inline bool xp_home_sends(struct xp_step *s, uint32_t action)
{
    struct xp_line *l = &s->x->line[s->line];
    const struct xp_message *m = s->m;
    switch (action) {
    case HOME_DO_DATA:
        xp_send(s, MSG_DATA, m->cache, l->age, m->slot, false);
        break;
    case HOME_DO_DATA_EX:
        xp_send(s, MSG_DATA_EX, m->cache, l->age, m->slot, false);
        break;
    case HOME_DO_UPGRADE_ACK:
        xp_send(s, MSG_UPGRADE_ACK, m->cache, 0, m->slot, false);
        break;
    case HOME_DO_WRITE_ACK:
        if (!s->performed)
            xp_fail(s->e, "lost", "a store is acknowledged that was not performed");
        xp_send(s, MSG_WRITE_ACK, m->cache, 0, 0, false);
        break;
    case HOME_DO_ATOMIC:
        xp_send(s, MSG_ATOMIC_ACK, m->cache, 0, 0, false);
        break;
    case HOME_DO_POLL:
        xp_send(s, MSG_POLL_VALUE, m->cache, 0, 0, false);
        break;
    case HOME_DO_INVALIDATE:
        xp_invalidate(s, xp_is_far(s->e, m->cache) ? XP_NOBODY : m->cache);
        break;
    case HOME_DO_INVALIDATE_ALL:
        xp_invalidate(s, XP_NOBODY);
        break;
    case HOME_DO_FORWARD_READ:
    case HOME_DO_FORWARD_READ_EX:
        xp_wait_in_mshr(s);
        if (l->owner == XP_NOBODY)
            xp_fail(s->e, "owner", "nobody owns the line");
        l->acks = 1;
        xp_send(s, action == HOME_DO_FORWARD_READ ? MSG_FORWARD_READ : MSG_FORWARD_READ_EX, l->owner, 0, 0, false);
        break;
    case HOME_DO_PUT_ACK:
        xp_send(s, MSG_PUT_ACK, m->cache, 0, 2, false);
        break;
    default:
        return false;
    }
    return true;
}

static inline void xp_home_action(struct xp_step *s, uint32_t action)
{
    struct xp_line *l = &s->x->line[s->line];
    const struct xp_message *m = s->m;
    if (xp_home_sends(s, action))
        return;
    switch (action) {
    case HOME_DO_ALLOCATE:
        s->allocated = true;
        l->valid = l->dirty = 0;
        l->owner = XP_NOBODY;
        l->sharers = 0;
        break;
    case HOME_DO_FETCH:
        xp_wait_in_mshr(s);
        break;
    case HOME_DO_FILL:
        if (!l->valid)
            l->age = l->memory;
        l->valid = 1;
        break;
    case HOME_DO_WRITE:
        xp_home_write(s);
        break;
    case HOME_DO_ADD_SHARER:
        if (m->type != MSG_READ_ONCE && !xp_is_far(s->e, m->cache))
            l->sharers |= (uint8_t)(1u << m->cache);
        break;
    case HOME_DO_DROP_SHARER:
        l->sharers &= (uint8_t) ~(1u << m->cache);
        break;
    case HOME_DO_SET_OWNER:
        l->sharers &= (uint8_t) ~(1u << m->cache);
        if (l->sharers || xp_is_far(s->e, m->cache))
            xp_fail(s->e, "owner", "sharers besides an owner");
        l->owner = m->cache;
        break;
    case HOME_DO_OWNER_SHARES:
        if (l->owner == XP_NOBODY)
            xp_fail(s->e, "owner", "nobody owns the line");
        l->sharers |= (uint8_t)(1u << l->owner);
        l->owner = XP_NOBODY;
        break;
    case HOME_DO_NO_OWNER:
        l->owner = XP_NOBODY;
        break;
    case HOME_DO_TAKE:
        l->age = m->age;
        l->valid = l->dirty = 1;
        l->acks = 0;
        break;
    case HOME_DO_REPLAY:
        l->acks = 0;
        l->replay = 1;
        break;
    case HOME_DO_FREE:
        if (l->dirty)
            l->memory = l->age;
        l->valid = l->dirty = 0;
        l->age = 0;
        break;
    case HOME_DO_STALE:
        l->valid = l->dirty = 0;
        l->age = 0;
        break;
    default:
        break;
    }
}

static inline bool xp_home(struct xp_step *s, uint32_t event)
{
    struct xp_line *l = &s->x->line[s->line];
    const struct protocol_row *row = &s->e->home->row[l->home][event];
    s->e->home_reached[l->home][event] = true;
    if (row->kind == ROW_WAIT)
        return false;
    if (row->kind != ROW_GO)
        xp_fail(s->e, "impossible", "home %s in state %s", home_event_names[event], home_state_names[l->home]);
    for (uint32_t i = 0; i < ROW_ACTIONS && row->actions[i]; i++)
        xp_home_action(s, row->actions[i]);
    if (l->home == HOME_N && row->next != HOME_N && !s->allocated)
        xp_fail(s->e, "way", "the home puts a line into no way");
    l->home = row->next;
    return true;
}

#endif
