/* SPDX-License-Identifier: Apache-2.0 */
/* l2_action.c - what the actions of the home's table do. */
#include "hw/cache/l2_state.h"

#include <stddef.h>
#include <string.h>

/* ---- messages out ---- */

static inline void leave(struct l2_slice *s, uint64_t cycle, bool replay, uint32_t place, enum virtual_network vn)
{
    uint64_t ready = cycle + (replay ? 1 : s->latency);
    l2_queue_push(replay ? &s->out[vn].soon : &s->out[vn].late, place, ready);
    s->out_at = ready < s->out_at ? ready : s->out_at;
}

/* Chip and endpoint, as they stand in a message: moved as one word. */
struct end {
    uint16_t chip, endpoint;
};
enum { FROM = offsetof(struct message, from_chip), TO = offsetof(struct message, to_chip) };
_Static_assert(offsetof(struct message, from) == FROM + 2 && offsetof(struct message, to_end) == TO + 2,
               "chip and endpoint stand together");

/* The request becomes an answer, but for sectors and data. */
static inline void turn(struct l2_slice *s, uint64_t cycle, bool replay, uint32_t place, struct message *m,
                        enum message_type type)
{
    leave(s, cycle, replay, place, VN_RESPONSE);
    struct end asks, home = {s->map.chip, s->map.endpoint};
    memcpy(&asks, (const char *)m + FROM, sizeof asks);
    m->to = (uint16_t)(asks.chip == home.chip ? asks.endpoint : s->map.first_port + m->line % s->map.ports);
    m->type = (uint8_t)type;
    m->word = 0;
    m->bytes = 0;
    m->through = false;
    m->hops = 0;
    m->home_chip = home.chip;
    memcpy((char *)m + FROM, &home, sizeof home);
    memcpy((char *)m + TO, &asks, sizeof asks);
}

struct message *l2_reply(struct l2_slice *s, struct l2_step *step, enum message_type type)
{
    struct message *m = l2_message(s, step->place);
    turn(s, step->cycle, step->replay, step->place, m, type);
    step->place = L2_NOBODY;
    return m;
}

inline void l2_answer_read(struct l2_slice *s, uint64_t cycle, uint32_t place, uint32_t way, uint32_t set, bool replay)
{
    struct message *m = l2_message(s, place);
    l2_touch(s, way, set);
    m->data = s->data[way];
    turn(s, cycle, replay, place, m, MSG_DATA);
}

/* Its store is done. */
inline void l2_answer_write(struct l2_slice *s, uint64_t cycle, uint32_t place)
{
    struct message *m = l2_message(s, place);
    trail_move(&m->trail, cycle, TRAIL_COHERENCE);
    turn(s, cycle, false, place, m, MSG_WRITE_ACK);
    m->sectors = 0;
    m->data = 0;
}

#define SIGNAL_AGE_MAX (1u << 28) /* of the cycles that a trail can tell apart */

/* The signal that the poll has found stands here until the answer leaves. */
static void tell_of_signal(struct message *m, const struct l2_step *step)
{
    const struct l2_signal *x = step->told;
    m->computed = x->computed;
    if (x->way.n > 0 && step->cycle - x->computed < SIGNAL_AGE_MAX)
        m->trail = x->way;
}

/* After the row's actions: the way holds what is answered with. Where nothing is valid (a store of the whole line asks
 * for no sectors) nobody has told what is here. */
static void answer(struct l2_slice *s, struct l2_step *step)
{
    struct message *m = l2_reply(s, step, (enum message_type)step->answer);
    bool data = message_infos[step->answer].data;
    m->sectors = data ? m->sectors : 0;
    if (data && l2_valid(&s->tags[step->way])) {
        m->data = s->data[step->way];
        return;
    }
    m->data = 0;
    m->value = step->value;
    m->computed = 0;
    if (step->told)
        tell_of_signal(m, step);
}

static void to_cache(struct l2_slice *s, const struct l2_step *step, enum message_type type, uint32_t cache)
{
    uint32_t place = message_take(s->store);
    struct message *m = l2_message(s, place);
    *m = (struct message) {.type = (uint8_t)type,
                           .line = step->line,
                           .home_chip = s->map.chip,
                           .from_chip = s->map.chip,
                           .from = s->map.endpoint,
                           .to_chip = s->map.chip,
                           .to = (uint16_t)cache,
                           .to_end = (uint16_t)cache};
    trail_stamp(&m->trail, step->cycle, TRAIL_COHERENCE);
    leave(s, step->cycle, step->replay, place, VN_FORWARD);
}

/* ---- actions ---- */

static inline void free_way(struct l2_slice *s, uint64_t cycle, uint32_t set, uint32_t way)
{
    uint8_t dirty = l2_dirty(&s->tags[way]);
    if (dirty) {
        l2_memory_write(s, cycle + 1, way, dirty, L2_NOBODY);
        s->stat.writebacks++;
    }
    s->stat.evictions++;
    l2_way_free(s, set, way);
}

inline void l2_allocate(struct l2_slice *s, uint64_t cycle, uint32_t line, uint32_t set, uint32_t way, bool evicts)
{
    SIM_CHECK(way != L2_NOBODY, "%s: no way for line %u", s->name, line);
    if (evicts && l2_is_short(s->shorts.frees, s->tags[way].state)) {
        free_way(s, cycle, set, way);
    } else if (evicts) {
        struct l2_step evict = l2_eviction(cycle, s->tags[way].line, set, way);
        l2_apply(s, &evict, l2_row(s, &evict));
    }
    l2_way_take(s, line, set, way);
}

static void do_allocate(struct l2_slice *s, struct l2_step *step)
{
    step->way = step->victim;
    l2_allocate(s, step->cycle, step->line, step->set, step->way, step->evicts);
}

static void open_mshr(struct l2_slice *s, struct l2_step *step)
{
    if (step->mshr != L2_NOBODY)
        return;
    step->mshr = l2_mshr_open(s, step->line, step->set, step->way, step->place);
    step->place = L2_NOBODY;
}

/* Memory moves bursts of two sectors: both are asked for, so both are here afterwards. */
inline void l2_fetch(struct l2_slice *s, uint64_t ready, uint32_t mshr, uint8_t sectors)
{
    struct l2_mshr *m = &s->mshrs[mshr];
    uint8_t here = l2_valid(&s->tags[m->way]), want = (uint8_t)(sectors & ~here);
    for (uint8_t pair = 3; pair <= ALL_SECTORS; pair = (uint8_t)(pair << 2))
        if (want & pair)
            want |= pair;
    m->fetch = (uint8_t)(want & ~here);
    l2_memory_read(s, ready, mshr, m->line);
}

static void do_fetch(struct l2_slice *s, struct l2_step *step)
{
    open_mshr(s, step);
    l2_fetch(s, step->replay ? step->cycle + 1 : step->cycle + s->latency, step->mshr, step->sectors);
}

/* What is here is newer than what memory had. */
inline void l2_fill(struct l2_slice *s, uint32_t way, uint8_t sectors, uint32_t data)
{
    struct l2_tag *t = &s->tags[way];
    if (l2_valid(t) == 0)
        s->data[way] = data;
    t->sectors |= sectors;
}

static void do_fill(struct l2_slice *s, struct l2_step *step)
{
    l2_fill(s, step->way, step->sectors, step->data);
}

static void do_data(struct l2_slice *s, struct l2_step *step)
{
    l2_touch(s, step->way, step->set);
    step->answer = MSG_DATA;
}

static void do_data_ex(struct l2_slice *s, struct l2_step *step)
{
    l2_touch(s, step->way, step->set);
    step->answer = MSG_DATA_EX;
}

static void do_upgrade_ack(struct l2_slice *s, struct l2_step *step)
{
    l2_touch(s, step->way, step->set);
    step->answer = MSG_UPGRADE_ACK;
}

inline void l2_write(struct l2_slice *s, const struct message *m, uint32_t set, uint32_t way)
{
    struct l2_tag *t = &s->tags[way];
    uint32_t sectors = m->sectors, all = t->sectors | sectors, dirty = sectors << L2_DIRTY_SHIFT;
    t->sectors = (uint8_t)(m->through ? all & ~dirty : all | dirty);
    s->data[way] = m->data;
    l2_touch(s, way, set);
}

static void do_write(struct l2_slice *s, struct l2_step *step)
{
    l2_write(s, step->message, step->set, step->way);
}

static void do_write_ack(struct l2_slice *s, struct l2_step *step)
{
    if (!step->message->through) {
        trail_move(&l2_message(s, step->place)->trail, step->cycle, TRAIL_COHERENCE); /* the store is done */
        step->answer = MSG_WRITE_ACK;
        return;
    }
    l2_memory_write(s, step->replay ? step->cycle + 1 : step->cycle + s->latency, step->way, step->sectors,
                    step->place);
    step->place = L2_NOBODY;
}

/* Of the line's first counter. */
static size_t counter_of(const struct l2_slice *s, uint32_t line)
{
    SIM_CHECK(l2_counts_here(s, line), "%s: line %u holds no counters", s->name, line);
    return (size_t)l2_local(s, line) * LINE_WORDS;
}

uint32_t l2_slice_counter(const struct l2_slice *s, uint32_t word)
{
    return s->counters[counter_of(s, word / LINE_WORDS) + word % LINE_WORDS];
}

static void take_signal(struct l2_signal *x, const struct message *m)
{
    x->computed = m->computed > x->computed ? m->computed : x->computed;
    x->way = m->trail;
}

/* One word per cycle; the answer leaves after the last one. */
static void do_atomic(struct l2_slice *s, struct l2_step *step)
{
    size_t first = counter_of(s, step->line);
    uint32_t mask = step->message->words, *words = &s->counters[first];
    SIM_CHECK(mask, "%s: an atomic on no word of line %u", s->name, step->line);
    uint32_t n = (uint32_t)__builtin_popcount(mask);
    step->answer = MSG_ATOMIC_ACK;
    step->value = words[__builtin_ctz(mask)];
    for (; mask; mask &= mask - 1) {
        words[__builtin_ctz(mask)]++;
        take_signal(&s->signals[first + (uint32_t)__builtin_ctz(mask)], step->message);
    }
    s->atomic_free = step->cycle + n;
    s->stat.serialised_atomics += n - 1;
}

static void do_poll(struct l2_slice *s, struct l2_step *step)
{
    SIM_CHECK(step->message->word < LINE_WORDS, "%s: a poll of word %u", s->name, step->message->word);
    step->answer = MSG_POLL_VALUE;
    size_t word = counter_of(s, step->line) + step->message->word;
    step->value = s->counters[word];
    step->told = &s->signals[word];
}

static void do_add_sharer(struct l2_slice *s, struct l2_step *step)
{
    uint32_t requester = l2_requester(s, step);
    if (requester != L2_NOBODY)
        l2_add_sharer(s, step->way, requester);
}

static void do_drop_sharer(struct l2_slice *s, struct l2_step *step)
{
    if (step->way != L2_NOBODY)
        l2_drop_sharer(s, step->way, l2_requester(s, step));
}

static void do_set_owner(struct l2_slice *s, struct l2_step *step)
{
    uint32_t requester = l2_requester(s, step);
    SIM_CHECK(requester != L2_NOBODY, "%s: line %u asked for exclusively from outside", s->name, step->line);
    l2_drop_sharer(s, step->way, requester);
    SIM_CHECK(s->sharing[step->way].n == 0, "%s: line %u has sharers besides its owner", s->name, step->line);
    s->sharing[step->way].owner = requester;
}

static void do_no_owner(struct l2_slice *s, struct l2_step *step)
{
    s->sharing[step->way].owner = L2_NOBODY;
}

static void do_owner_shares(struct l2_slice *s, struct l2_step *step)
{
    l2_add_sharer(s, step->way, s->sharing[step->way].owner);
    s->sharing[step->way].owner = L2_NOBODY;
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
    invalidate(s, step, l2_requester(s, step));
}

static void do_invalidate_all(struct l2_slice *s, struct l2_step *step)
{
    invalidate(s, step, L2_NOBODY);
}

static void forward(struct l2_slice *s, struct l2_step *step, enum message_type type)
{
    open_mshr(s, step);
    to_cache(s, step, type, s->sharing[step->way].owner);
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
    s->data[step->way] = step->data;
    s->tags[step->way].sectors = ALL_SECTORS | ALL_SECTORS << L2_DIRTY_SHIFT;
    if (step->mshr != L2_NOBODY)
        s->mshrs[step->mshr].acks = 0;
}

static void do_put_ack(struct l2_slice *s, struct l2_step *step)
{
    (void)s;
    step->answer = MSG_PUT_ACK;
}

inline void l2_replay(struct l2_slice *s, uint64_t cycle, uint32_t mshr)
{
    struct l2_mshr *m = &s->mshrs[mshr];
    m->acks = 0;
    m->next = L2_NOBODY;
    s->slot_work++;
    if (!m->fetch) /* else l2_memory.c has done it */
        l2_mshr_trail(s, mshr, cycle, TRAIL_L2);
    m->fetch = 0;
    if (s->replay_first == L2_NOBODY)
        s->replay_first = mshr;
    else
        s->mshrs[s->replay_last].next = mshr;
    s->replay_last = mshr;
}

static void do_replay(struct l2_slice *s, struct l2_step *step)
{
    l2_replay(s, step->cycle, step->mshr);
}

static void do_free(struct l2_slice *s, struct l2_step *step)
{
    free_way(s, step->cycle, step->set, step->way);
}

static void do_stale(struct l2_slice *s, struct l2_step *step)
{
    s->tags[step->way].sectors = 0;
}

static const struct {
    void (*run)(struct l2_slice *, struct l2_step *);
    uint8_t needs;
} actions[HOME_ACTION_COUNT] = {
    [HOME_DO_ALLOCATE] = {do_allocate, HOME_ALLOCATES},
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

_Static_assert(sizeof(struct protocol_row) == sizeof(uint64_t), "a row is read as one word");

/* The row's actions, a byte each, the first one lowest. */
static uint64_t actions_of(const struct protocol_row *row)
{
    uint64_t all;
    memcpy(&all, row, sizeof all);
    return all >> 8 * offsetof(struct protocol_row, actions);
}

void l2_sum_needs(struct l2_slice *s)
{
    for (uint32_t state = 0; state < HOME_STATE_COUNT; state++)
        for (uint32_t event = 0; event < HOME_EVENT_COUNT; event++)
            for (uint64_t rest = actions_of(&s->protocol->row[state][event]); rest; rest >>= 8)
                s->needs[state][event] |= actions[rest & UINT8_MAX].needs;
}

void l2_apply(struct l2_slice *s, struct l2_step *step, const struct protocol_row *row)
{
    SIM_CHECK(row->kind == ROW_GO, "%s, %s: %s in state %s, line %u, cannot happen or cannot wait", s->name,
              s->protocol->name, home_event_names[step->event], home_state_names[step->state], step->line);
    if (s->wave)
        l2_wave_event(s, row, (enum home_event)step->event);
    for (uint64_t rest = actions_of(row); rest; rest >>= 8)
        actions[rest & UINT8_MAX].run(s, step);
    if (step->answer != L2_EVICTION)
        answer(s, step);
    if (step->way != L2_NOBODY)
        s->tags[step->way].state = row->next;
}

void l2_tell(struct l2_slice *s, struct l2_step *step, enum home_event event)
{
    step->state = s->tags[step->way].state;
    step->event = (uint8_t)event;
    l2_apply(s, step, &s->protocol->row[step->state][event]);
}
