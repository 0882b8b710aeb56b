/* SPDX-License-Identifier: Apache-2.0 */
/* l1_action.c - what the actions of an L1's protocol table do. */
#include "hw/cache/l1_state.h"

#include <stddef.h>
#include <string.h>

/* Of its caller, in which most of what it would ask is known. Where the table of actions calls it, it stands alone. */
#define BECOMES_PART inline __attribute__((always_inline))

/* ---- messages ---- */

/* home_slice; a division takes longer than all of the rest. */
static inline uint32_t slice_of(const struct l1 *c, uint32_t line)
{
    if (c->slice_bits == 0)
        return home_slice(&c->map.home, line);
    return (line + home_hash(line >> c->slice_bits)) & (c->map.home.slices - 1);
}

static inline void address(const struct l1 *c, struct message *m, enum message_type type, uint32_t line, uint16_t home)
{
    memcpy(m, &c->blank, offsetof(struct message, trail));
    m->type = (uint8_t)type;
    m->line = line;
    m->to = m->to_end = (uint16_t)(c->map.first_slice + slice_of(c, line));
    if (home == c->map.chip)
        return;
    m->home_chip = m->to_chip = home;
    m->to = (uint16_t)(c->map.first_port + line % c->map.ports);
}

/* A request, in the port's mailbox or in the queue; what it tells of has been `before` until now. */
static BECOMES_PART struct message *request(struct l1 *c, uint64_t cycle, enum message_type type, uint32_t line,
                                            uint16_t home, const struct trail *before)
{
    uint64_t leaves = c->waiting == 0 || c->out[VN_REQUEST].n == 0 ? l1_leaves(c, cycle) : CYCLE_NEVER;
    bool goes = leaves != CYCLE_NEVER;
    struct message *m = goes ? net_port_next(c->port, leaves, type) : l1_wait(c, VN_REQUEST);
    address(c, m, type, line, home);
    m->trail.n = 0;
    if (before)
        m->trail = *before;
    trail_stamp(&m->trail, cycle, TRAIL_L1);
    if (!goes)
        return m;
    trail_stamp(&m->trail, leaves, TRAIL_NOC);
    c->leaves = leaves + 1;
    return m;
}

static struct message *queue(struct l1 *c, const struct l1_step *s, enum message_type type, uint16_t home,
                             const struct trail *before)
{
    return request(c, s->cycle, type, s->line, home, before);
}

/* An answer to the home. */
static struct message *answer(struct l1 *c, const struct l1_step *s, enum message_type type)
{
    struct message *m = l1_wait(c, VN_RESPONSE);
    address(c, m, type, s->line, c->map.chip);
    m->trail.n = 0;
    trail_stamp(&m->trail, s->cycle, TRAIL_L1);
    return m;
}

/* ---- completions ---- */

/* The part of a transaction's history that an access has lived through. */
void l1_trail(const struct l1_completion *c, struct trail *t)
{
    uint64_t from = c->since;
    t->n = 0;
    if (!c->message)
        return;
    const struct trail *whole = &c->message->trail;
    if (c->lost) {
        trail_stamp(t, from, TRAIL_COHERENCE);
        return;
    }
    if (from == 0 || whole->n == 0 || trail_cycle(whole, 0, from) >= from) {
        *t = *whole;
        return;
    }
    for (uint32_t i = 0; i < whole->n; i++) {
        uint64_t at = trail_cycle(whole, i, from);
        if (i + 1 < whole->n && trail_cycle(whole, i + 1, from) <= from)
            continue;
        trail_stamp(t, at < from ? from : at, trail_place(whole, i));
    }
}

static void do_hit(struct l1 *c, struct l1_step *s)
{
    c->used[s->way] = ++c->uses;
    c->stat.hits++;
    struct hit_ring *r = &c->hits;
    SIM_CHECK(r->n + 1 < r->places, "%s: too many hits", c->name); /* what was shown last is still read */
    uint32_t at = r->head + r->n++;
    struct l1_hit *hit = &r->items[at < r->places ? at : at - r->places];
    *hit = (struct l1_hit) {s->request->tag, s->cycle + c->p.hit_latency, c->data[s->way]};
    c->hit_at = r->n == 1 ? hit->ready : c->hit_at;
}

/* The message completes something: l1_done hands it back before the next message is taken in. */
static inline void fill(struct l1 *c, uint64_t cycle, const struct message *m, uint32_t data, bool lost)
{
    SIM_CHECK(c->fill.next == c->fill.n, "%s: a message completes twice", c->name);
    c->shown = (struct l1_completion) {.tag = m->tag, .lost = lost, .ready = cycle, .data = data, .message = m};
    c->fill = (struct l1_fill) {.mshr = L1_NOBODY, .n = 1};
}

void l1_tell(struct l1 *c, uint64_t cycle, const struct message *m)
{
    fill(c, cycle, m, m->data, false);
}

static void do_update(struct l1 *c, struct l1_step *s)
{
    c->data[s->way] = s->request->data;
    c->ways[s->way].valid |= s->request->sectors;
    c->used[s->way] = ++c->uses;
}

static void do_store_hit(struct l1 *c, struct l1_step *s)
{
    do_update(c, s);
    do_hit(c, s);
}

/* ---- ways ---- */

static void do_allocate(struct l1 *c, struct l1_step *s)
{
    uint32_t way = s->victim;
    SIM_CHECK(way != L1_NOBODY, "%s: no way for line %u", c->name, s->line);
    struct l1_way *w = &c->ways[way];
    bool lost = w->state == L1_I && w->lost && w->line == s->line;
    if (w->state != L1_I) {
        struct l1_step evict = {.cycle = s->cycle, .line = w->line, .way = way, .mshr = L1_NOBODY};
        c->stat.evictions++;
        l1_apply(c, &evict, (enum l1_state)w->state, L1_ON_EVICT);
    }
    *w = (struct l1_way) {.line = s->line, .lost = lost, .mshr = L1_NOBODY};
    c->used[way] = ++c->uses;
    s->way = way;
}

static void do_drop(struct l1 *c, struct l1_step *s)
{
    c->ways[s->way].valid = 0;
    c->ways[s->way].lost = false;
}

static void do_lose(struct l1 *c, struct l1_step *s)
{
    c->ways[s->way].valid = 0;
    c->ways[s->way].lost = true;
    if (s->mshr != L1_NOBODY)
        c->mshrs[s->mshr].lost = true;
    c->stat.invalidated++;
}

/* ---- transactions ---- */

static void add_target(struct l1 *c, const struct l1_step *s)
{
    struct l1_mshr *m = &c->mshrs[s->mshr];
    const struct l1_request *r = s->request;
    uint32_t i = m->n_targets++;
    bool store = r->kind == L1_STORE;
    if (i == 0) {
        m->cycle = s->cycle;
        m->tag = r->tag;
        m->stores = store ? L1_FIRST_STORES : 0;
    } else {
        *l1_target(c, s->mshr, i) = (struct l1_target) {s->cycle, r->tag, store};
    }
    if (!store)
        return;
    *l1_target_data(c, s->mshr, i) = r->data;
    m->stores |= L1_STORES;
}

static BECOMES_PART void open_mshr(struct l1 *c, struct l1_step *s, enum message_type type, uint8_t sectors)
{
    const struct l1_request *r = s->request;
    s->mshr = l1_mshr_open(c, r->home, s->line, s->cycle);
    struct l1_mshr *m = &c->mshrs[s->mshr];
    m->sectors = sectors;
    if (s->way != L1_NOBODY) {
        struct l1_way *w = &c->ways[s->way];
        m->way = s->way;
        m->lost = w->lost;
        w->lost = false;
        w->mshr = s->mshr;
        c->stat.coherence_misses += m->lost;
    }
    add_target(c, s);
    c->stat.misses++;
    struct message *out = request(c, s->cycle, type, s->line, r->home, NULL);
    out->sectors = sectors;
    out->tag = s->mshr;
    if (r->home != c->map.chip)
        out->words = r->words;
}

static void do_read(struct l1 *c, struct l1_step *s)
{
    open_mshr(c, s, MSG_READ, (uint8_t)(s->request->sectors & ~c->ways[s->way].valid));
}

static void do_read_line(struct l1 *c, struct l1_step *s)
{
    open_mshr(c, s, MSG_READ, ALL_SECTORS);
}

static void do_read_ex(struct l1 *c, struct l1_step *s)
{
    open_mshr(c, s, MSG_READ_EX, s->request->sectors == ALL_SECTORS ? 0 : ALL_SECTORS);
    c->mshrs[s->mshr].sectors = ALL_SECTORS;
}

static void do_upgrade(struct l1 *c, struct l1_step *s)
{
    open_mshr(c, s, MSG_UPGRADE, ALL_SECTORS);
}

static void do_merge(struct l1 *c, struct l1_step *s)
{
    add_target(c, s);
    c->stat.merges++;
}

static BECOMES_PART void do_read_pass(struct l1 *c, struct l1_step *s)
{
    uint32_t way = s->way, mshr = s->mshr;
    s->way = L1_NOBODY;
    s->mshr = s->pass;
    if (s->pass != L1_NOBODY && c->mshrs[s->pass].n_targets < c->p.mshr_targets) {
        do_merge(c, s);
    } else {
        if (s->pass != L1_NOBODY)
            c->mshrs[s->pass].open = false;
        open_mshr(c, s, MSG_READ, s->request->sectors);
        c->mshrs[s->mshr].state = L1_PASS;
        c->mshrs[s->mshr].open = true;
    }
    s->way = way; /* the line's own state stays what it is */
    s->mshr = mshr;
}

/* What the home sends was the line when it sent it; a load that comes later may have to see a newer one. */
static void do_read_once(struct l1 *c, struct l1_step *s)
{
    uint32_t way = s->way, mshr = s->mshr;
    s->way = L1_NOBODY;
    open_mshr(c, s, MSG_READ_ONCE, s->request->sectors);
    c->mshrs[s->mshr].state = L1_PASS;
    s->way = way; /* the line's own state stays what it is */
    s->mshr = mshr;
}

/* What is the same for all lines of l1_pass. */
struct pass {
    uint64_t cycle;
    uint32_t state; /* of a line of which nothing is known */
    uint16_t home;
    uint8_t sectors;
    bool own;  /* lines of the own chip */
    bool goes; /* no request waits for room in the port, and none has to */
    uint32_t queued, merges;
};

/* A read in the port's mailbox, or in the queue. */
static BECOMES_PART struct message *pass_out(struct l1 *c, struct pass *p, uint32_t line)
{
    uint64_t leaves = p->goes ? l1_leaves(c, p->cycle) : CYCLE_NEVER;
    struct message *m;
    p->goes = leaves != CYCLE_NEVER;
    if (p->goes) {
        m = net_port_next(c->port, leaves, MSG_READ);
        m->trail.n = 2;
        m->trail.stamp[1] = trail_stamp_of(leaves, TRAIL_NOC);
        c->leaves = leaves + 1;
    } else {
        m = l1_wait(c, VN_REQUEST);
        m->trail.n = 1;
    }
    m->trail.stamp[0] = trail_stamp_of(p->cycle, TRAIL_L1);
    address(c, m, MSG_READ, line, p->home);
    m->sectors = p->sectors;
    return m;
}

static BECOMES_PART enum l1_answer pass_line(struct l1 *c, struct pass *p, uint32_t line, uint32_t tag)
{
    struct l1_bucket *b = l1_bucket_of(c, line);
    uint32_t open = l1_find_pass(c, b, p->home, line, p->sectors);
    bool merges = open != L1_NOBODY && c->mshrs[open].n_targets < c->p.mshr_targets;
    if (!merges && c->n_free == 0)
        return l1_refuse(&c->stat.refused_mshrs, L1_MSHRS_FULL);
    if (p->queued + !merges > L1_OUT_PLACES)
        return l1_refuse(&c->stat.refused_queue, L1_QUEUE_FULL);
    uint32_t state = p->state, way, mshr;
    if (p->own && (b->ways > 0 || c->mshr_data))
        state = l1_lookup(c, line, &way, &mshr);
    c->stat.found[state]++;
    if (merges) {
        *l1_target(c, open, c->mshrs[open].n_targets++) = (struct l1_target) {p->cycle, tag, false};
        p->merges++;
        return L1_ACCEPTED;
    }
    if (open != L1_NOBODY)
        c->mshrs[open].open = false;
    p->queued++;
    struct message *out = pass_out(c, p, line);
    out->tag = l1_mshr_take(c, b, p->home, line, p->cycle);
    struct l1_mshr *m = &c->mshrs[out->tag];
    m->tag = tag;
    m->state = L1_PASS;
    m->sectors = p->sectors;
    m->n_targets = 1;
    m->open = true;
    m->passed = c->completes;
    return L1_ACCEPTED;
}

/* The same as access_tags() and READ_PASS, where that is known to be the row. */
__attribute__((noinline)) enum l1_answer l1_pass(struct l1 *c, uint64_t cycle, const struct l1_request *r, uint32_t n,
                                                 uint32_t *accepted)
{
    bool own = r->home == c->map.chip;
    struct pass p = {.cycle = cycle,
                     .state = own ? L1_I : L1_PASS,
                     .home = r->home,
                     .sectors = r->sectors,
                     .own = own,
                     .goes = c->waiting == 0 || c->out[VN_REQUEST].n == 0,
                     .queued = l1_queued(c, cycle)};
    enum l1_answer answer = L1_ACCEPTED;
    uint32_t i = 0, room = c->hits.n + 1 < c->hits.places ? c->max_outstanding - c->outstanding : 0;
    while (i < n && i < room && (answer = pass_line(c, &p, r->line + i, r->tag + i)) == L1_ACCEPTED)
        i++;
    if (i < n && i == room)
        answer = l1_refuse(&c->stat.refused_queue, L1_QUEUE_FULL);
    c->outstanding += i;
    c->stat.loads += i;
    c->stat.merges += p.merges;
    c->stat.misses += i - p.merges;
    *accepted = i;
    return answer;
}

static void do_detach(struct l1 *c, struct l1_step *s)
{
    c->mshrs[s->mshr].way = L1_NOBODY;
    c->mshrs[s->mshr].state = L1_PASS;
    c->ways[s->way].mshr = L1_NOBODY;
    s->mshr = L1_NOBODY;
}

/* Of one version of one tensor, with the same value. */
static bool same_data(const struct l1 *c, uint32_t one, uint32_t other)
{
    if (one == other)
        return true;
    const struct identity *a = identity_at(&c->run->identities, one), *b = identity_at(&c->run->identities, other);
    return a->c == b->c && a->value == b->value && a->version == b->version;
}

static void do_fill(struct l1 *c, struct l1_step *s)
{
    const struct l1_mshr *m = &c->mshrs[s->mshr];
    struct l1_way *w = &c->ways[s->way];
    /* Sectors of an earlier chunk do not become the new chunk's. */
    if (w->valid && !same_data(c, c->data[s->way], s->message->data))
        w->valid = 0;
    w->valid |= m->sectors;
    c->data[s->way] = s->message->data;
}

/* The line takes the stores that waited; who asked before them sees what it was. */
static uint32_t carry_out_stores(struct l1 *c, const struct l1_step *s, uint32_t now)
{
    const struct l1_mshr *m = &c->mshrs[s->mshr];
    c->mshr_data[s->mshr] = now;
    for (uint32_t i = 0; i < m->n_targets; i++)
        if (l1_target_stores(c, s->mshr, i))
            c->data[s->way] = *l1_target_data(c, s->mshr, i);
    return now;
}

static BECOMES_PART void do_complete(struct l1 *c, struct l1_step *s)
{
    struct l1_mshr *m = &c->mshrs[s->mshr];
    if (m->n_targets == 0)
        return;
    SIM_CHECK(s->message, "%s: an access is completed by nothing", c->name);
    uint32_t now = s->way != L1_NOBODY && c->ways[s->way].valid ? c->data[s->way] : s->message->data;
    if (m->stores & L1_STORES)
        now = carry_out_stores(c, s, now);
    fill(c, s->cycle, s->message, now, m->lost);
    c->shown.tag = m->tag;
    c->shown.since = m->cycle;
    c->fill = (struct l1_fill) {.mshr = s->mshr, .n = m->n_targets, .stores = m->stores & L1_STORES};
    m->n_targets = 0;
    m->stores &= L1_FIRST_STORES;
}

void l1_complete(struct l1 *c, uint64_t cycle, uint32_t mshr, const struct message *message)
{
    const struct l1_mshr *m = &c->mshrs[mshr];
    c->shown = (struct l1_completion) {
        .tag = m->tag, .lost = m->lost, .ready = cycle, .since = m->cycle, .data = message->data, .message = message};
    c->fill = (struct l1_fill) {.mshr = mshr, .n = m->n_targets};
    l1_mshr_close(c, mshr);
}

static BECOMES_PART void do_release(struct l1 *c, struct l1_step *s)
{
    if (c->mshrs[s->mshr].way != L1_NOBODY)
        c->ways[c->mshrs[s->mshr].way].mshr = L1_NOBODY;
    l1_mshr_close(c, s->mshr);
    s->mshr = L1_NOBODY;
}

static void do_answer(struct l1 *c, struct l1_step *s)
{
    fill(c, s->cycle, s->message, s->message->data, false);
}

/* ---- what passes by ---- */

static struct message *tagged(struct l1 *c, struct l1_step *s, enum message_type type)
{
    struct message *m = queue(c, s, type, s->request->home, s->request->way);
    m->tag = s->request->tag;
    return m;
}

static void do_write(struct l1 *c, struct l1_step *s)
{
    const struct l1_bucket *b = l1_bucket_of(c, s->line);
    /* A bypassing load that comes later must not share a read that may be older than this store. */
    for (uint32_t i; (i = l1_find_pass(c, b, s->request->home, s->line, 0)) != L1_NOBODY;)
        c->mshrs[i].open = false;
    c->stat.throughs++;
    struct message *m = request(c, s->cycle, MSG_WRITE, s->line, s->request->home, s->request->way);
    m->tag = s->request->tag;
    m->sectors = s->request->sectors;
    m->bytes = s->request->bytes;
    m->through = s->request->through;
    m->data = s->request->data;
    if (s->request->home != c->map.chip)
        m->words = s->request->words;
}

static void do_atomic(struct l1 *c, struct l1_step *s)
{
    struct message *m = tagged(c, s, MSG_ATOMIC);
    m->words = s->request->words;
    m->computed = s->request->computed;
}

static void do_poll(struct l1 *c, struct l1_step *s)
{
    tagged(c, s, MSG_POLL)->word = s->request->word;
}

/* ---- answers to the home, lines put back ---- */

static uint32_t data_of(const struct l1 *c, const struct l1_step *s)
{
    return s->way != L1_NOBODY ? c->data[s->way] : c->mshr_data[s->mshr];
}

static void do_invalidate_ack(struct l1 *c, struct l1_step *s)
{
    answer(c, s, MSG_INVALIDATE_ACK);
}

static void do_owner_data(struct l1 *c, struct l1_step *s)
{
    struct message *m = answer(c, s, MSG_OWNER_DATA);
    m->sectors = ALL_SECTORS;
    m->data = data_of(c, s);
}

/* The way is free at once; the line waits for its put_ack in an MSHR. */
static void put(struct l1 *c, struct l1_step *s, enum message_type type, uint8_t sectors)
{
    uint32_t mshr = l1_mshr_open(c, c->map.chip, s->line, s->cycle);
    c->mshr_data[mshr] = c->data[s->way];
    struct message *m = queue(c, s, type, c->map.chip, NULL);
    m->sectors = sectors;
    m->data = c->data[s->way];
    m->tag = mshr;
    l1_set_state(c, &c->ways[s->way], L1_I);
    c->ways[s->way].valid = 0;
    c->ways[s->way].lost = false;
    s->way = L1_NOBODY;
    s->mshr = mshr;
    c->stat.writebacks += sectors != 0;
}

static void do_put(struct l1 *c, struct l1_step *s)
{
    put(c, s, MSG_PUT, ALL_SECTORS);
}

static void do_put_clean(struct l1 *c, struct l1_step *s)
{
    put(c, s, MSG_PUT_CLEAN, 0);
}

static void (*const actions[L1_ACTION_COUNT])(struct l1 *, struct l1_step *) = {
    [L1_DO_HIT] = do_hit,
    [L1_DO_STORE_HIT] = do_store_hit,
    [L1_DO_UPDATE] = do_update,
    [L1_DO_ALLOCATE] = do_allocate,
    [L1_DO_READ] = do_read,
    [L1_DO_READ_LINE] = do_read_line,
    [L1_DO_READ_EX] = do_read_ex,
    [L1_DO_UPGRADE] = do_upgrade,
    [L1_DO_READ_PASS] = do_read_pass,
    [L1_DO_READ_ONCE] = do_read_once,
    [L1_DO_MERGE] = do_merge,
    [L1_DO_WRITE] = do_write,
    [L1_DO_ATOMIC] = do_atomic,
    [L1_DO_POLL] = do_poll,
    [L1_DO_PUT] = do_put,
    [L1_DO_PUT_CLEAN] = do_put_clean,
    [L1_DO_DETACH] = do_detach,
    [L1_DO_LOSE] = do_lose,
    [L1_DO_DROP] = do_drop,
    [L1_DO_FILL] = do_fill,
    [L1_DO_COMPLETE] = do_complete,
    [L1_DO_RELEASE] = do_release,
    [L1_DO_ANSWER] = do_answer,
    [L1_DO_INVALIDATE_ACK] = do_invalidate_ack,
    [L1_DO_OWNER_DATA] = do_owner_data,
};

void l1_must_wait(const struct l1 *c, enum l1_state state, enum l1_event event, uint32_t line)
{
    SIM_CHECK(c->protocol->row[state][event].kind == ROW_WAIT, "%s, %s: %s in state %s, line %u", c->name,
              c->protocol->name, l1_event_names[event], l1_state_names[state], line);
}

static void cannot_wait(const struct l1 *c, enum l1_state state, enum l1_event event, uint32_t line)
{
    l1_must_wait(c, state, event, line);
    SIM_CHECK(false, "%s, %s: %s in state %s, line %u, cannot wait", c->name, c->protocol->name, l1_event_names[event],
              l1_state_names[state], line);
}

/* What most messages do is told apart by branches, which the host foresees better than calls through a table. */
static inline void act(struct l1 *c, struct l1_step *s, uint32_t action)
{
    if (action == L1_DO_COMPLETE)
        do_complete(c, s);
    else if (action == L1_DO_RELEASE)
        do_release(c, s);
    else
        actions[action](c, s);
}

inline void l1_access_row(struct l1 *c, struct l1_step *s, const struct protocol_row *row)
{
    if (row->actions[0] == L1_DO_READ_PASS) /* nothing else, and the line's state stays what it is */
        do_read_pass(c, s);
    else if (row->actions[0] == L1_DO_WRITE && row->actions[1] == L1_DO_NONE && s->way == L1_NOBODY &&
             s->mshr == L1_NOBODY) /* nothing else, and nothing is here that has a state */
        do_write(c, s);
    else
        l1_carry_out(c, s, row);
}

void l1_carry_out(struct l1 *c, struct l1_step *s, const struct protocol_row *row)
{
    for (uint32_t i = 0; i < ROW_ACTIONS && row->actions[i] != L1_DO_NONE; i++)
        act(c, s, row->actions[i]);
    if (s->way != L1_NOBODY)
        l1_set_state(c, &c->ways[s->way], row->next);
    else if (s->mshr != L1_NOBODY)
        c->mshrs[s->mshr].state = row->next;
}

void l1_apply(struct l1 *c, struct l1_step *s, enum l1_state state, enum l1_event event)
{
    const struct protocol_row *row = &c->protocol->row[state][event];
    if (row->kind != ROW_GO)
        cannot_wait(c, state, event, s->line);
    l1_carry_out(c, s, row);
}
