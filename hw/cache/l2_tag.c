/* SPDX-License-Identifier: Apache-2.0 */
/* l2_tag.c - the tag slot: which event a request is at the home, whether it may enter, what waited in MSHRs. */
#include "hw/cache/l2_state.h"

#define APART __attribute__((noinline)) /* seldom: keeps its registers out of what is called each time */

/* ---- events ---- */

static uint8_t missing(const struct l2_slice *s, const struct l2_step *step)
{
    uint8_t here = step->way != L2_NOBODY ? l2_valid(&s->tags[step->way]) : 0;
    return (uint8_t)(step->sectors & ~here);
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
    [MSG_READ_ONCE] = {READS, HOME_ON_READ, HOME_ON_READ_OTHERS},
    [MSG_READ_EX] = {EXCLUSIVE, HOME_ON_READ_EX, HOME_ON_READ_EX_OTHERS},
    [MSG_UPGRADE] = {UPGRADES, HOME_ON_UPGRADE, HOME_ON_UPGRADE_OTHERS},
    [MSG_WRITE] = {WRITES, HOME_ON_WRITE, HOME_ON_WRITE_OTHERS},
    [L2_EVICTION] = {WRITES, HOME_ON_EVICT, HOME_ON_EVICT_OTHERS},
    [MSG_ATOMIC] = {BARE, HOME_ON_ATOMIC, 0},
    [MSG_POLL] = {BARE, HOME_ON_POLL, 0},
    [MSG_PUT] = {PUTS, HOME_ON_PUT, HOME_ON_PUT_STALE},
    [MSG_PUT_CLEAN] = {PUTS, HOME_ON_PUT_CLEAN, HOME_ON_PUT_STALE},
};

/* A line that is given exclusively to a reader costs a forward at the next reader and a put when it goes, both for
 * nothing where nobody stores. One at rest with data that memory has not is stored to. What the host writes, another
 * chip reads or nobody keeps is never given exclusively. */
static bool is_stored_to(const struct l2_slice *s, uint32_t way, enum home_state state)
{
    return way != L2_NOBODY && (home_state_flags[state] & STATE_READABLE) && l2_dirty(&s->tags[way]);
}

static enum home_event event_of(const struct l2_slice *s, const struct l2_step *step, enum home_state state)
{
    uint32_t type = step->type, way = step->way;
    enum guard guard = (enum guard)requests[type].guard;
    uint32_t requester = l2_requester(s, step);
    if (guard == UPGRADES && (way == L2_NOBODY || !l2_is_sharer(s, way, requester))) {
        type = MSG_READ_EX; /* its copy was lost on the way */
        guard = EXCLUSIVE;
    }
    if ((guard == READS || guard == EXCLUSIVE) && home_counts(step, state) && missing(s, step))
        return HOME_ON_MISS;
    bool others = false;
    if (guard == PUTS)
        others = way == L2_NOBODY || s->sharing[way].owner != requester;
    else if (guard != BARE && way != L2_NOBODY)
        others = l2_others(s, way, guard == WRITES ? L2_NOBODY : requester);
    if (guard == READS && !others)
        others = requester == L2_NOBODY || !is_stored_to(s, way, state) || l2_is_input(s, step->line);
    return (enum home_event)(others ? requests[type].others : requests[type].alone);
}

/* Where nobody knows who has copies, only what is here counts. */
static enum home_event plain_event_of(const struct l2_slice *s, const struct l2_step *step, enum home_state state)
{
    if (requests[step->type].guard == READS && home_counts(step, state) && missing(s, step))
        return HOME_ON_MISS;
    return (enum home_event)requests[step->type].alone;
}

static inline const struct protocol_row *row_of(const struct l2_slice *s, struct l2_step *step)
{
    enum home_state state = step->way != L2_NOBODY ? (enum home_state)s->tags[step->way].state : HOME_N;
    enum home_event event = s->protocol->directory ? event_of(s, step, state) : plain_event_of(s, step, state);
    const struct protocol_row *row = &s->protocol->row[state][event];
    step->state = (uint8_t)state;
    step->event = (uint8_t)event;
    SIM_CHECK(row->kind == ROW_GO || row->kind == ROW_WAIT, "%s, %s: %s in state %s, line %u", s->name,
              s->protocol->name, home_event_names[event], home_state_names[state], step->line);
    return row;
}

const struct protocol_row *l2_row(const struct l2_slice *s, struct l2_step *step)
{
    return row_of(s, step);
}

/* ---- replays ---- */

static struct l2_step request_step(const struct l2_slice *s, uint64_t cycle, uint32_t place)
{
    const struct message *q = l2_message(s, place);
    return (struct l2_step) {.cycle = cycle,
                             .message = q,
                             .place = place,
                             .line = q->line,
                             .mshr = L2_NOBODY,
                             .data = q->data,
                             .type = q->type,
                             .sectors = q->sectors,
                             .answer = L2_EVICTION};
}

/* By the row that it has now. Does the MSHR's request go on waiting, for another transaction of its line? False, when
 * it could not even enter. */
APART static bool replay_row(struct l2_slice *s, uint64_t cycle, uint32_t i, bool *again)
{
    struct l2_mshr *m = &s->mshrs[i];
    uint32_t first = m->first;
    l2_mshr_tell_all(s, m); /* there may be another transaction of them */
    struct l2_step step = request_step(s, cycle, first);
    step.set = m->set;
    step.way = m->way;
    step.mshr = i;
    step.replay = true;
    const struct protocol_row *row = row_of(s, &step);
    if (!l2_room_for(s, &step, l2_needs(s, &step)))
        return false;
    s->refused = NULL;
    l2_apply(s, &step, row);
    *again = home_state_flags[s->tags[m->way].state] & STATE_PENDING;
    if (!*again)
        l2_step_over(s, &step);
    return true;
}

/* Likewise, where l2_reads() says what happens. */
static bool replay_read(struct l2_slice *s, uint64_t cycle, struct l2_mshr *m)
{
    if (!l2_out_room(s, true, VN_RESPONSE, 1))
        return false;
    s->refused = NULL;
    l2_mshr_tell_first(s, m);
    l2_answer_read(s, cycle, m->first, m->way, m->set, true);
    return true;
}

/* The next request that waits in an MSHR whose line is at rest again. */
static void replay(struct l2_slice *s, uint64_t cycle)
{
    uint32_t i = s->replay_first;
    struct l2_mshr *m = &s->mshrs[i];
    if (m->recall) {
        s->replay_first = m->next;
        s->slot_work--;
        l2_recall_over(s, cycle, i);
        return;
    }
    uint32_t after = m->n > 1 ? l2_message(s, m->first)->link : L2_NOBODY;
    bool again = false,
         reads = l2_message(s, m->first)->type == MSG_READ && l2_reads(s, l2_message(s, m->first), &s->tags[m->way]);
    if (!(reads ? replay_read(s, cycle, m) : replay_row(s, cycle, i, &again)))
        return;
    if (!again) {
        m->first = after;
        m->n--;
    }
    if (again || m->n == 0) {
        s->replay_first = m->next;
        s->slot_work--;
    }
    if (m->n == 0)
        l2_mshr_close(s, i);
}

/* ---- requests ---- */

void l2_line_up(struct l2_slice *s, uint32_t place)
{
    struct l2_line_up *q = &s->requests;
    SIM_CHECK(q->n < q->most, "%s: a queue of %u requests is full", s->name, q->most);
    if (q->n++ == 0)
        q->first = place;
    else
        l2_message(s, q->last)->link = place;
    q->last = place;
    s->slot_work++;
}

/* A way for the request: free, or freed by evicting its line, which ALLOCATE does. */
static inline enum l2_way_answer way_for(struct l2_slice *s, uint64_t cycle, uint32_t place, uint32_t set,
                                         uint32_t *victim, bool *evicts)
{
    uint32_t way = *victim = l2_victim(s, set, evicts);
    if (way != L2_NOBODY && !*evicts)
        return L2_WAY_FOUND;
    if (s->sharer_words > 0)
        return l2_recall_way(s, cycle, place, set, victim);
    if (way == L2_NOBODY) {
        l2_refuse(s, &s->stat.set_conflicts);
        return L2_WAY_REFUSED;
    }
    if (!l2_dirty(&s->tags[way]) || l2_write_room(s))
        return L2_WAY_FOUND;
    l2_refuse(s, &s->uncounted);
    return L2_WAY_REFUSED;
}

static void count(struct l2_slice *s, const struct l2_step *step, bool miss, bool merged)
{
    struct l2_stat *stat = &s->stat;
    stat->misses += miss && !merged;
    switch (step->type) {
    case MSG_READ:
    case MSG_READ_ONCE:
    case MSG_READ_EX:
    case MSG_UPGRADE:
        stat->reads++;
        stat->merges += merged;
        stat->hits += !miss && !merged;
        break;
    case MSG_WRITE:
        stat->writes++;
        break;
    case MSG_ATOMIC:
        stat->atomics++;
        break;
    case MSG_POLL:
        stat->polls++;
        break;
    default:
        break;
    }
}

/* The line is busy, or others wait for it: behind them. */
static inline bool join(struct l2_slice *s, uint64_t cycle, uint32_t place, uint32_t mshr, bool pending)
{
    struct l2_mshr *m = &s->mshrs[mshr];
    if (m->recall)
        return l2_recall_wait(s, cycle, place, mshr);
    if (m->n == s->p.mshr_targets)
        return l2_refuse(s, &s->stat.refused_mshrs);
    if (pending && m->acks > 0)
        trail_move(&l2_message(s, place)->trail, cycle, TRAIL_COHERENCE);
    l2_mshr_join(s, mshr, place);
    return true;
}

/* home_slice(), where a division can be saved. */
static uint32_t slice_of(const struct l2_slice *s, uint32_t line)
{
    uint32_t turned = line + home_hash(l2_local(s, line)), slices = s->map.home.slices;
    return s->slice_shift != L2_NOBODY ? turned & (slices - 1) : turned % slices;
}

/* Likewise, where l2_reads() says what happens. */
static bool enter_read(struct l2_slice *s, uint64_t cycle, uint32_t place, uint32_t set, uint32_t way)
{
    if (!l2_out_room(s, false, VN_RESPONSE, 1))
        return l2_refuse(s, s->n_free == 0 ? &s->stat.refused_mshrs : &s->uncounted);
    s->stat.reads++;
    s->stat.hits++;
    l2_answer_read(s, cycle, place, way, set, false);
    return true;
}

static void check_home(const struct l2_slice *s, uint32_t line)
{
    SIM_CHECK(slice_of(s, line) == s->map.slice, "%s: line %u lives in slice %u", s->name, line, slice_of(s, line));
}

/* Likewise of a line that is not here: it has missed. */
APART static bool enter_miss(struct l2_slice *s, uint64_t cycle, uint32_t place, uint32_t set)
{
    const struct message *m = l2_message(s, place);
    uint32_t line = m->line, way = L2_NOBODY;
    bool evicts = false;
    check_home(s, line);
    if (s->n_free == 0)
        return l2_refuse(s, &s->stat.refused_mshrs);
    if (way_for(s, cycle, place, set, &way, &evicts) != L2_WAY_FOUND)
        return false;
    s->stat.misses++;
    s->stat.reads++;
    l2_allocate(s, cycle, line, set, way, evicts);
    s->tags[way].state = HOME_F;
    l2_fetch(s, cycle + s->latency, l2_mshr_open(s, line, set, way, place), m->sectors);
    return true;
}

/* Likewise for a write that memory need not have at once. */
APART static bool enter_write(struct l2_slice *s, uint64_t cycle, uint32_t place, uint32_t set, uint32_t way)
{
    const struct message *m = l2_message(s, place);
    uint32_t line = m->line;
    bool is_new = way == L2_NOBODY, evicts = false;
    if (is_new)
        check_home(s, line);
    if (!l2_out_room(s, false, VN_RESPONSE, 1))
        return l2_refuse(s, s->n_free == 0 ? &s->stat.refused_mshrs : &s->uncounted);
    if (is_new && way_for(s, cycle, place, set, &way, &evicts) != L2_WAY_FOUND)
        return false;
    s->stat.writes++;
    if (is_new)
        l2_allocate(s, cycle, line, set, way, evicts);
    l2_write(s, m, set, way);
    s->tags[way].state = HOME_V;
    l2_answer_write(s, cycle, place);
    return true;
}

/* Likewise of a line for which others wait. */
static bool enter_join(struct l2_slice *s, uint64_t cycle, uint32_t place, const struct l2_tag *t)
{
    if (!join(s, cycle, place, t->mshr, home_state_flags[t->state] & STATE_PENDING))
        return false;
    s->stat.reads++;
    s->stat.merges++;
    return true;
}

/* The request, whose line is in this way, enters by its row. */
APART static bool enter_row(struct l2_slice *s, uint64_t cycle, uint32_t place, uint32_t set, uint32_t way)
{
    struct l2_step step = request_step(s, cycle, place);
    if (step.type == MSG_ATOMIC && s->atomic_free > cycle)
        return false;
    step.set = set;
    step.way = way;
    if (step.way == L2_NOBODY) /* else it was asked when the line got its way */
        check_home(s, step.line);
    const struct l2_tag *w = step.way != L2_NOBODY ? &s->tags[step.way] : NULL;
    const struct protocol_row *row = row_of(s, &step);
    bool miss = step.event == HOME_ON_MISS;
    if (w && w->mshr != L2_NO_MSHR) {
        bool pending = home_state_flags[w->state] & STATE_PENDING;
        SIM_CHECK(row->kind == ROW_WAIT || !pending, "%s, %s: a %s goes on in state %s, line %u", s->name,
                  s->protocol->name, message_infos[step.type].name, home_state_names[w->state], step.line);
        bool recall = s->mshrs[w->mshr].recall; /* it comes again, and is counted then */
        if (!join(s, cycle, place, w->mshr, pending))
            return false;
        if (!recall)
            count(s, &step, miss, true);
        return true;
    }
    uint32_t needs = l2_needs(s, &step);
    if (!l2_room_for(s, &step, needs))
        return l2_refuse(s, s->n_free == 0 ? &s->stat.refused_mshrs : &s->uncounted);
    enum l2_way_answer answer =
        needs & HOME_ALLOCATES ? way_for(s, cycle, place, set, &step.victim, &step.evicts) : L2_WAY_FOUND;
    if (answer != L2_WAY_FOUND)
        return answer == L2_WAY_WAITS;
    /* The victim's write-back and the request's own may both want the last place of the write queue. */
    if (needs & HOME_ALLOCATES && step.message->through && s->n_writes + 2 > s->p.queue && s->n_writes > 0)
        return l2_refuse(s, &s->uncounted);
    count(s, &step, miss, false);
    l2_apply(s, &step, row);
    l2_step_over(s, &step);
    if (needs & HOME_ALLOCATES && s->sharer_words > 0)
        l2_recall_ahead(s, cycle, set);
    return true;
}

/* The request enters, if it can. Returns whether it did. */
static inline bool enter(struct l2_slice *s, uint64_t cycle, uint32_t place)
{
    const struct message *m = l2_message(s, place);
    uint32_t local = l2_local(s, m->line), set = l2_set_of(s, local), way = l2_way_of(s, set, local, m->line);
    static const struct l2_tag none = {.mshr = L2_NO_MSHR, .state = HOME_N};
    const struct l2_tag *t = way != L2_NOBODY ? &s->tags[way] : &none;
    if (m->type == MSG_READ) {
        if (t->mshr != L2_NO_MSHR && l2_is_short(s->shorts.joins, t->state))
            return enter_join(s, cycle, place, t);
        if (t->mshr == L2_NO_MSHR && l2_reads(s, m, t))
            return enter_read(s, cycle, place, set, way);
        if (way == L2_NOBODY && m->sectors && l2_is_short(s->shorts.misses, HOME_N))
            return enter_miss(s, cycle, place, set);
    } else if (m->type == MSG_WRITE && t->mshr == L2_NO_MSHR && !m->through &&
               l2_is_short(s->shorts.writes, t->state)) {
        return enter_write(s, cycle, place, set, way);
    }
    return enter_row(s, cycle, place, set, way);
}

/* The first request for which a recall was made. Its place is its own until it has entered. */
APART static void enter_again(struct l2_slice *s, uint64_t cycle)
{
    struct l2_line_up *q = &s->again;
    uint32_t behind = l2_message(s, q->first)->link, line = l2_message(s, q->first)->line;
    uint32_t local = l2_local(s, line), set = l2_set_of(s, local);
    s->waiting--;
    if (!enter_row(s, cycle, q->first, set, l2_way_of(s, set, local, line))) {
        s->waiting++;
        return;
    }
    s->slot_work--;
    q->first = behind; /* if there is one */
    q->n--;
}

/* Called when there is something for it. */
void l2_tag_slot(struct l2_slice *s, uint64_t cycle, uint32_t request)
{
    if (request == L2_NOBODY && s->replay_first != L2_NOBODY) {
        s->stat.bank_conflicts += s->requests.n + s->again.n > 0;
        replay(s, cycle);
        return;
    }
    if (request == L2_NOBODY && s->refused) {
        ++*s->refused;
        return;
    }
    if (s->again.n > 0) {
        enter_again(s, cycle);
        return;
    }
    struct l2_line_up *q = &s->requests;
    uint32_t place = request != L2_NOBODY ? request : q->first, behind = l2_message(s, place)->link;
    if (!enter(s, cycle, place)) {
        if (request != L2_NOBODY)
            l2_line_up(s, place);
        return;
    }
    if (request == L2_NOBODY) {
        s->slot_work--;
        q->first = behind; /* if there is one */
        q->n--;
    }
    net_port_credit(s->port, VN_REQUEST);
}
