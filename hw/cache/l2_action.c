/* SPDX-License-Identifier: Apache-2.0 */
/* l2_action.c - which event a message is at the home, and what the actions of the home's table do. */
#include "hw/cache/l2_state.h"

#include <stddef.h>
#include <string.h>

/* ---- events ---- */

static uint8_t missing(const struct l2_slice *s, const struct l2_step *step)
{
    uint8_t here = step->way != L2_NOBODY ? s->ways[step->way].valid : 0;
    return (uint8_t)(step->message->sectors & ~here);
}

static bool home_counts(const struct l2_step *step, enum home_state state)
{
    return step->way == L2_NOBODY || (home_state_flags[state] & STATE_READABLE);
}

enum guard { BARE, READS, EXCLUSIVE, UPGRADES, WRITES, PUTS };

static const struct {
    uint8_t guard, alone, others;
} requests[MSG_COUNT + 1] = {
    [MSG_READ] = {READS, HOME_ON_READ, HOME_ON_READ_OTHERS},
    [MSG_READ_EX] = {EXCLUSIVE, HOME_ON_READ_EX, HOME_ON_READ_EX_OTHERS},
    [MSG_UPGRADE] = {UPGRADES, HOME_ON_UPGRADE, HOME_ON_UPGRADE_OTHERS},
    [MSG_WRITE] = {WRITES, HOME_ON_WRITE, HOME_ON_WRITE_OTHERS},
    [L2_EVICTION] = {WRITES, HOME_ON_EVICT, HOME_ON_EVICT_OTHERS},
    [MSG_ATOMIC] = {BARE, HOME_ON_ATOMIC, 0},
    [MSG_POLL] = {BARE, HOME_ON_POLL, 0},
    [MSG_PUT] = {PUTS, HOME_ON_PUT, HOME_ON_PUT_STALE},
    [MSG_PUT_CLEAN] = {PUTS, HOME_ON_PUT_CLEAN, HOME_ON_PUT_STALE},
};

enum home_event l2_event_of(const struct l2_slice *s, const struct l2_step *step, enum home_state state)
{
    uint32_t type = step->message->type, way = step->way;
    enum guard guard = (enum guard)requests[type].guard;
    if (guard == UPGRADES && (way == L2_NOBODY || !l2_is_sharer(s, way, step->requester))) {
        type = MSG_READ_EX; /* its copy was lost on the way */
        guard = EXCLUSIVE;
    }
    if ((guard == READS || guard == EXCLUSIVE) && home_counts(step, state) && missing(s, step))
        return HOME_ON_MISS;
    bool others = false;
    if (guard == PUTS)
        others = way == L2_NOBODY || s->ways[way].owner != step->requester;
    else if (guard != BARE && s->protocol->directory && way != L2_NOBODY)
        others = l2_others(s, way, guard == WRITES ? L2_NOBODY : step->requester);
    /* What the host writes or another chip reads is never given exclusively. */
    if (guard == READS && s->protocol->directory && (step->requester == L2_NOBODY || l2_is_input(s, step->line)))
        others = true;
    return (enum home_event)(others ? requests[type].others : requests[type].alone);
}

const struct protocol_row *l2_row(const struct l2_slice *s, enum home_state state, enum home_event event, uint32_t line)
{
    const struct protocol_row *row = &s->protocol->row[state][event];
    SIM_CHECK(row->kind == ROW_GO || row->kind == ROW_WAIT, "%s, %s: %s in state %s, line %u", s->name,
              s->protocol->name, home_event_names[event], home_state_names[state], line);
    return row;
}

/* ---- messages out ---- */

static struct message *send(struct l2_slice *s, const struct l2_step *step, enum message_type type)
{
    enum virtual_network vn = message_infos[type].vn;
    struct message *m = step->replay ? message_ring_push(&s->soon[vn], step->cycle + 1)
                                     : message_ring_push(&s->late[vn], step->cycle + s->p.latency);
    memset(m, 0, offsetof(struct message, trail));
    m->trail.n = 0;
    m->type = (uint8_t)type;
    m->line = step->line;
    m->home_chip = m->from_chip = s->map.chip;
    m->from = s->map.endpoint;
    return m;
}

struct message *l2_reply(struct l2_slice *s, const struct l2_step *step, enum message_type type)
{
    const struct message *q = step->message;
    struct message *m = send(s, step, type);
    m->to_chip = q->from_chip;
    m->to_end = q->from;
    m->to = (uint16_t)(q->from_chip == s->map.chip ? q->from : s->map.first_port + q->line % s->map.ports);
    m->requester_chip = q->from_chip;
    m->requester = q->from;
    m->tag = q->tag;
    m->trail = q->trail;
    return m;
}

static void reply_data(struct l2_slice *s, const struct l2_step *step, enum message_type type)
{
    struct message *m = l2_reply(s, step, type);
    m->sectors = step->message->sectors;
    m->data = s->data[step->way];
}

static void to_cache(struct l2_slice *s, const struct l2_step *step, enum message_type type, uint32_t cache)
{
    struct message *m = send(s, step, type);
    m->to_chip = s->map.chip;
    m->to = m->to_end = (uint16_t)cache;
    m->requester_chip = step->message->from_chip;
    m->requester = step->message->from;
    trail_stamp(&m->trail, step->cycle, TRAIL_COHERENCE);
}

/* ---- actions ---- */

static void do_allocate(struct l2_slice *s, struct l2_step *step)
{
    uint32_t way = l2_victim(s, step->line);
    SIM_CHECK(way != L2_NOBODY, "%s: no way for line %u", s->name, step->line);
    if (s->lines[way] != L2_NOBODY) {
        struct message eviction = {.type = L2_EVICTION, .line = s->lines[way]};
        struct l2_step evict = {.cycle = step->cycle,
                                .message = &eviction,
                                .line = s->lines[way],
                                .way = way,
                                .mshr = L2_NOBODY,
                                .requester = L2_NOBODY};
        enum home_state state = (enum home_state)s->ways[way].state;
        l2_apply(s, &evict, state, l2_event_of(s, &evict, state));
    }
    l2_way_take(s, way, step->line);
    step->way = way;
}

static void open_mshr(struct l2_slice *s, struct l2_step *step)
{
    if (step->mshr == L2_NOBODY)
        step->mshr = l2_mshr_open(s, step->way, step->message);
}

/* Memory moves bursts of two sectors: both are asked for, so both are here afterwards. */
static void do_fetch(struct l2_slice *s, struct l2_step *step)
{
    uint8_t want = missing(s, step);
    open_mshr(s, step);
    for (uint8_t pair = 3; pair <= ALL_SECTORS; pair = (uint8_t)(pair << 2))
        if (want & pair)
            want |= pair;
    s->mshrs[step->mshr].fetch = (uint8_t)(want & ~s->ways[step->way].valid);
    l2_memory_read(s, step->replay ? step->cycle + 1 : step->cycle + s->p.latency, step->mshr);
}

/* What is here is newer than what memory had. */
static void do_fill(struct l2_slice *s, struct l2_step *step)
{
    struct l2_way *w = &s->ways[step->way];
    if (w->valid == 0)
        s->data[step->way] = step->message->data;
    w->valid |= step->message->sectors;
}

static void do_data(struct l2_slice *s, struct l2_step *step)
{
    s->used[step->way] = ++s->uses;
    reply_data(s, step, MSG_DATA);
}

static void do_data_ex(struct l2_slice *s, struct l2_step *step)
{
    s->used[step->way] = ++s->uses;
    reply_data(s, step, MSG_DATA_EX);
}

static void do_upgrade_ack(struct l2_slice *s, struct l2_step *step)
{
    s->used[step->way] = ++s->uses;
    l2_reply(s, step, MSG_UPGRADE_ACK);
}

static void do_write(struct l2_slice *s, struct l2_step *step)
{
    struct l2_way *w = &s->ways[step->way];
    uint8_t sectors = step->message->sectors;
    w->valid |= sectors;
    w->dirty = (uint8_t)(step->message->through ? w->dirty & ~sectors : w->dirty | sectors);
    s->data[step->way] = step->message->data;
    s->used[step->way] = ++s->uses;
}

static void do_write_ack(struct l2_slice *s, struct l2_step *step)
{
    const struct message *m = step->message;
    if (m->through)
        l2_memory_write(s, step->replay ? step->cycle + 1 : step->cycle + s->p.latency, step->way, m->sectors, m);
    else
        l2_reply(s, step, MSG_WRITE_ACK);
}

static uint32_t *words_of(struct l2_slice *s, uint32_t line)
{
    SIM_CHECK(l2_counts_here(s, line), "%s: line %u holds no counters", s->name, line);
    return &s->counters[(size_t)(line / s->map.home.slices) * LINE_WORDS];
}

/* One word per cycle; the answer leaves after the last one. */
static void do_atomic(struct l2_slice *s, struct l2_step *step)
{
    uint32_t mask = step->message->words, *words = words_of(s, step->line);
    SIM_CHECK(mask, "%s: an atomic on no word of line %u", s->name, step->line);
    uint32_t n = (uint32_t)__builtin_popcount(mask);
    struct message *m = l2_reply(s, step, MSG_ATOMIC_ACK);
    m->data.value = words[__builtin_ctz(mask)];
    for (; mask; mask &= mask - 1)
        words[__builtin_ctz(mask)]++;
    s->atomic_free = step->cycle + n;
    s->stat.serialised_atomics += n - 1;
}

static void do_poll(struct l2_slice *s, struct l2_step *step)
{
    SIM_CHECK(step->message->word < LINE_WORDS, "%s: a poll of word %u", s->name, step->message->word);
    l2_reply(s, step, MSG_POLL_VALUE)->data.value = words_of(s, step->line)[step->message->word];
}

static void do_add_sharer(struct l2_slice *s, struct l2_step *step)
{
    if (step->requester != L2_NOBODY)
        l2_add_sharer(s, step->way, step->requester);
}

static void do_drop_sharer(struct l2_slice *s, struct l2_step *step)
{
    if (step->way != L2_NOBODY)
        l2_drop_sharer(s, step->way, step->requester);
}

static void do_set_owner(struct l2_slice *s, struct l2_step *step)
{
    SIM_CHECK(step->requester != L2_NOBODY, "%s: line %u asked for exclusively from outside", s->name, step->line);
    l2_drop_sharer(s, step->way, step->requester);
    SIM_CHECK(s->ways[step->way].n_sharers == 0, "%s: line %u has sharers besides its owner", s->name, step->line);
    s->ways[step->way].owner = step->requester;
}

static void do_no_owner(struct l2_slice *s, struct l2_step *step)
{
    s->ways[step->way].owner = L2_NOBODY;
}

static void do_owner_shares(struct l2_slice *s, struct l2_step *step)
{
    l2_add_sharer(s, step->way, s->ways[step->way].owner);
    s->ways[step->way].owner = L2_NOBODY;
}

/* All sharers but `keep` are told and struck off. */
static void invalidate(struct l2_slice *s, struct l2_step *step, uint32_t keep)
{
    open_mshr(s, step);
    struct l2_mshr *m = &s->mshrs[step->mshr];
    for (uint32_t i = 0; i < s->sharer_words; i++)
        for (uint64_t bits = s->sharers[(size_t)step->way * s->sharer_words + i]; bits; bits &= bits - 1) {
            uint32_t cache = i * 64 + (uint32_t)__builtin_ctzll(bits);
            if (cache == keep)
                continue;
            to_cache(s, step, MSG_INVALIDATE, cache);
            l2_drop_sharer(s, step->way, cache);
            m->acks++;
            s->stat.invalidations++;
        }
    l2_mshr_trail(s, step->mshr, step->cycle, TRAIL_COHERENCE);
}

static void do_invalidate(struct l2_slice *s, struct l2_step *step)
{
    invalidate(s, step, step->requester);
}

static void do_invalidate_all(struct l2_slice *s, struct l2_step *step)
{
    invalidate(s, step, L2_NOBODY);
}

static void forward(struct l2_slice *s, struct l2_step *step, enum message_type type)
{
    open_mshr(s, step);
    to_cache(s, step, type, s->ways[step->way].owner);
    s->mshrs[step->mshr].acks = 1;
    s->stat.forwards++;
    l2_mshr_trail(s, step->mshr, step->cycle, TRAIL_COHERENCE);
}

static void do_forward_read(struct l2_slice *s, struct l2_step *step)
{
    forward(s, step, MSG_FORWARD_READ);
}

static void do_forward_read_ex(struct l2_slice *s, struct l2_step *step)
{
    forward(s, step, MSG_FORWARD_READ_EX);
}

static void do_take(struct l2_slice *s, struct l2_step *step)
{
    s->data[step->way] = step->message->data;
    s->ways[step->way].valid = s->ways[step->way].dirty = ALL_SECTORS;
    if (step->mshr != L2_NOBODY)
        s->mshrs[step->mshr].acks = 0;
}

static void do_put_ack(struct l2_slice *s, struct l2_step *step)
{
    l2_reply(s, step, MSG_PUT_ACK);
}

static void do_replay(struct l2_slice *s, struct l2_step *step)
{
    struct l2_mshr *m = &s->mshrs[step->mshr];
    m->acks = 0;
    m->next = L2_NOBODY;
    m->listed = true;
    l2_mshr_trail(s, step->mshr, step->cycle, TRAIL_L2);
    if (s->replay_first == L2_NOBODY)
        s->replay_first = step->mshr;
    else
        s->mshrs[s->replay_last].next = step->mshr;
    s->replay_last = step->mshr;
}

static void do_free(struct l2_slice *s, struct l2_step *step)
{
    struct l2_way *w = &s->ways[step->way];
    if (w->dirty) {
        l2_memory_write(s, step->cycle + 1, step->way, w->dirty, NULL);
        s->stat.writebacks++;
    }
    s->stat.evictions++;
    l2_way_free(s, step->way);
}

static void do_stale(struct l2_slice *s, struct l2_step *step)
{
    s->ways[step->way].valid = s->ways[step->way].dirty = 0;
}

/* What an action must find before it begins. */
#define HOME_RESPONSE 1u
#define HOME_FORWARDS 2u  /* to all L1s */
#define HOME_MSHR     4u  /* when the request does not wait in one already */
#define HOME_RESULT   8u  /* a place in the write queue, for a write-through */
#define HOME_VICTIM   16u /* likewise for the way's dirty sectors */

static const struct {
    void (*run)(struct l2_slice *, struct l2_step *);
    uint32_t needs;
} actions[HOME_ACTION_COUNT] = {
    [HOME_DO_ALLOCATE] = {do_allocate, 0}, /* l2_slice.c has made sure of a way */
    [HOME_DO_FETCH] = {do_fetch, HOME_MSHR},
    [HOME_DO_FILL] = {do_fill, 0},
    [HOME_DO_DATA] = {do_data, HOME_RESPONSE},
    [HOME_DO_DATA_EX] = {do_data_ex, HOME_RESPONSE},
    [HOME_DO_UPGRADE_ACK] = {do_upgrade_ack, HOME_RESPONSE},
    [HOME_DO_WRITE] = {do_write, 0},
    [HOME_DO_WRITE_ACK] = {do_write_ack, HOME_RESPONSE | HOME_RESULT},
    [HOME_DO_ATOMIC] = {do_atomic, HOME_RESPONSE},
    [HOME_DO_POLL] = {do_poll, HOME_RESPONSE},
    [HOME_DO_ADD_SHARER] = {do_add_sharer, 0},
    [HOME_DO_DROP_SHARER] = {do_drop_sharer, 0},
    [HOME_DO_SET_OWNER] = {do_set_owner, 0},
    [HOME_DO_NO_OWNER] = {do_no_owner, 0},
    [HOME_DO_OWNER_SHARES] = {do_owner_shares, 0},
    [HOME_DO_INVALIDATE] = {do_invalidate, HOME_FORWARDS | HOME_MSHR},
    [HOME_DO_INVALIDATE_ALL] = {do_invalidate_all, HOME_FORWARDS | HOME_MSHR},
    [HOME_DO_FORWARD_READ] = {do_forward_read, HOME_FORWARDS | HOME_MSHR},
    [HOME_DO_FORWARD_READ_EX] = {do_forward_read_ex, HOME_FORWARDS | HOME_MSHR},
    [HOME_DO_TAKE] = {do_take, 0},
    [HOME_DO_PUT_ACK] = {do_put_ack, HOME_RESPONSE},
    [HOME_DO_REPLAY] = {do_replay, 0},
    [HOME_DO_FREE] = {do_free, HOME_VICTIM},
    [HOME_DO_STALE] = {do_stale, 0},
};

static bool out_room(const struct l2_slice *s, bool replay, enum virtual_network vn, uint32_t n)
{
    if (!replay)
        return s->late[vn].n + n <= s->late[vn].places;
    /* Acks of results always have their places. */
    uint32_t kept = vn == VN_RESPONSE ? s->p.queue : 0;
    return s->soon[vn].n + n + kept <= s->soon[vn].places;
}

bool l2_room_for(const struct l2_slice *s, const struct l2_step *step, const struct protocol_row *row)
{
    uint32_t needs = 0;
    for (uint32_t i = 0; i < ROW_ACTIONS; i++)
        needs |= actions[row->actions[i]].needs;
    if (needs & HOME_RESPONSE && !out_room(s, step->replay, VN_RESPONSE, 1))
        return false;
    if (needs & HOME_FORWARDS && !out_room(s, step->replay, VN_FORWARD, s->map.caches))
        return false;
    if (needs & HOME_MSHR && step->mshr == L2_NOBODY && s->n_free == 0)
        return false;
    bool writes = (needs & HOME_RESULT && step->message->through) || (needs & HOME_VICTIM && s->ways[step->way].dirty);
    return !writes || l2_write_room(s);
}

void l2_apply(struct l2_slice *s, struct l2_step *step, enum home_state state, enum home_event event)
{
    const struct protocol_row *row = l2_row(s, state, event, step->line);
    SIM_CHECK(row->kind == ROW_GO, "%s, %s: %s in state %s, line %u, cannot wait", s->name, s->protocol->name,
              home_event_names[event], home_state_names[state], step->line);
    if (s->wave)
        l2_wave_event(s, row, event);
    for (uint32_t i = 0; i < ROW_ACTIONS && row->actions[i] != HOME_DO_NONE; i++)
        actions[row->actions[i]].run(s, step);
    if (step->way != L2_NOBODY)
        s->ways[step->way].state = row->next;
}
