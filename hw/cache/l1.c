/* SPDX-License-Identifier: Apache-2.0 */
/* l1.c - the L1's cycle: messages in, accesses, messages out. */
#include "hw/cache/l1_state.h"

#include <stddef.h>
#include <string.h>

/* `inline` here is for the link: what is short and called in each evaluation becomes part of its caller. */
#define APART __attribute__((noinline)) /* rare: keeps its registers out of what is called each time */

/* Stores, atomics and polls that may be under way besides what the MSHRs hold. */
#define L1_PASSING 256u

_Static_assert(MSG_COUNT <= 32, "a type has no bit");
_Static_assert(offsetof(struct l1, shown) == MEM_LINE && offsetof(struct l1, free) == 2 * MEM_LINE,
               "what evaluations look at lies in whole lines");
_Static_assert((int)L1_STATE_COUNT <= (int)L1_FOUND, "a state has no count");

struct l1 *l1_new(const char *name, const struct l1_params *p, const struct l1_map *map, struct run_control *run)
{
    return l1_new_with(name, p, map, run, l1_protocol_of(p->protocol));
}

/* Does a store wait in an MSHR, or an evicted line? */
static bool keeps_data(const struct l1 *c)
{
    uint8_t needs = 0;
    for (uint32_t s = 0; s < L1_STATE_COUNT; s++)
        needs |= c->needs[s][L1_ON_STORE] | c->needs[s][L1_ON_STORE_THROUGH] | c->needs[s][L1_ON_EVICT];
    return needs & (NEED_MSHR | NEED_TARGET);
}

static void make_mshrs(struct l1 *c)
{
    uint32_t n = c->p.mshrs, buckets = 16;
    while (buckets < n)
        buckets *= 2;
    SIM_CHECK(n < L1_CHAIN_END && c->p.mshr_targets <= UINT8_MAX, "%s: %u MSHRs with %u targets", c->name, n,
              c->p.mshr_targets);
    c->mshr_block = mem_alloc_lines(n, sizeof *c->mshrs);
    c->mshrs = mem_lines(c->mshr_block);
    c->targets = mem_alloc_array((size_t)n * c->p.mshr_targets, sizeof *c->targets);
    if (keeps_data(c)) {
        c->target_data = mem_alloc_array((size_t)n * c->p.mshr_targets, sizeof *c->target_data);
        c->mshr_data = mem_alloc_array(n, sizeof *c->mshr_data);
    }
    c->free = mem_alloc_array(n, sizeof *c->free);
    c->buckets = mem_alloc_array(buckets, sizeof *c->buckets);
    c->bucket_mask = buckets - 1;
    for (uint32_t i = 0; i < buckets; i++)
        c->buckets[i].mshrs = L1_CHAIN_END;
    for (uint32_t i = 0; i < n; i++)
        c->free[i] = (uint16_t)(n - 1 - i);
    c->n_free = n;
    c->n_mshrs = (uint16_t)n;
}

static void sum_needs(struct l1 *c)
{
    for (uint32_t s = 0; s < L1_STATE_COUNT; s++)
        for (uint32_t e = 0; e < L1_EVENT_COUNT; e++)
            for (uint32_t i = 0; i < ROW_ACTIONS; i++)
                c->needs[s][e] |= l1_action_needs[c->protocol->row[s][e].actions[i]];
}

/* l1_access_row relies on it. */
static void check_pass_rows(const struct l1 *c)
{
    for (uint32_t s = 0; s < L1_STATE_COUNT; s++) {
        for (uint32_t e = 0; e < L1_EVENT_COUNT; e++) {
            const struct protocol_row *row = &c->protocol->row[s][e];
            SIM_CHECK(row->actions[0] != L1_DO_READ_PASS || (row->next == s && row->actions[1] == L1_DO_NONE),
                      "%s: READ_PASS is not all of its row in state %s", c->protocol->name, l1_state_names[s]);
        }
    }
}

static bool table_answers(const struct l1_protocol *p)
{
    for (uint32_t s = 0; s < L1_STATE_COUNT; s++)
        for (uint32_t e = 0; e < L1_EVENT_COUNT; e++)
            for (uint32_t i = 0; i < ROW_ACTIONS; i++)
                if (p->row[s][e].actions[i] == L1_DO_INVALIDATE_ACK || p->row[s][e].actions[i] == L1_DO_OWNER_DATA)
                    return true;
    return false;
}

/* What all messages to the own chip's memory have in common. */
static struct message blank_message(const struct l1_map *map)
{
    return (struct message) {
        .home_chip = map->chip, .from_chip = map->chip, .from = map->endpoint, .to_chip = map->chip};
}

static bool is_row(const struct protocol_row *row, uint8_t first, uint8_t second)
{
    return row->kind == ROW_GO && row->actions[0] == first && row->actions[1] == second &&
           row->actions[2] == L1_DO_NONE;
}

/* In all states in which an access can find a line. */
static bool table_passes(const struct l1_protocol *p)
{
    bool all = true;
    for (uint32_t s = 0; s < L1_STATE_COUNT; s++)
        all &= !(p->states >> s & 1) || is_row(&p->row[s][L1_ON_LOAD_BYPASS], L1_DO_READ_PASS, L1_DO_NONE);
    return all;
}

/* Answers to what the tags know about name its MSHR; those to writes, atomics and polls the SM's own number. */
static const struct {
    uint8_t event;
    bool response, names_mshr;
} incoming[MSG_COUNT] = {
    [MSG_DATA] = {L1_ON_DATA, true, true},
    [MSG_DATA_EX] = {L1_ON_DATA_EX, true, true},
    [MSG_UPGRADE_ACK] = {L1_ON_UPGRADE_ACK, true, true},
    [MSG_PUT_ACK] = {L1_ON_PUT_ACK, true, true},
    [MSG_INVALIDATE] = {L1_ON_INVALIDATE, false, false},
    [MSG_FORWARD_READ] = {L1_ON_FORWARD_READ, false, false},
    [MSG_FORWARD_READ_EX] = {L1_ON_FORWARD_READ_EX, false, false},
    [MSG_WRITE_ACK] = {L1_ON_WRITE_ACK, true, false},
    [MSG_ATOMIC_ACK] = {L1_ON_ATOMIC_ACK, true, false},
    [MSG_POLL_VALUE] = {L1_ON_POLL_VALUE, true, false},
};

/* Types of messages that say no more than that an access is done. */
static uint32_t told_by(const struct l1_protocol *p)
{
    uint32_t types = 0;
    for (uint32_t i = 0; i < MSG_COUNT; i++)
        if (incoming[i].response && !incoming[i].names_mshr)
            types |= (uint32_t)is_row(&p->row[L1_PASS][incoming[i].event], L1_DO_ANSWER, L1_DO_NONE) << i;
    return types;
}

static bool table_acts_at(const struct l1_protocol *p, enum l1_event event)
{
    for (uint32_t s = 0; s < L1_STATE_COUNT; s++)
        if (p->row[s][event].kind == ROW_GO && (p->row[s][event].actions[0] || p->row[s][event].next != s))
            return true;
    return false;
}

struct l1 *l1_new_with(const char *name, const struct l1_params *p, const struct l1_map *map, struct run_control *run,
                       const struct l1_protocol *protocol)
{
    void *block = mem_alloc_lines(1, sizeof(struct l1));
    struct l1 *c = mem_lines(block);
    c->block = block;
    c->name = mem_strdup(name);
    c->p = *p;
    c->map = *map;
    c->run = run;
    c->protocol = protocol;
    c->sets = p->bytes / LINE_BYTES / p->ways;
    c->set_bits = set_digit_bits(c->sets);
    SIM_CHECK(c->sets > 0 && p->mshrs > 0 && p->mshr_targets > 0, "%s: no sets or no MSHRs", name);
    uint32_t lines = c->sets * p->ways;
    c->ways = mem_alloc_array(lines, sizeof *c->ways);
    for (uint32_t i = 0; i < lines; i++)
        c->ways[i].mshr = L1_NOBODY;
    c->used = mem_alloc_array(lines, sizeof *c->used);
    c->data = mem_alloc_array(lines, sizeof *c->data);
    c->acquires = table_acts_at(protocol, L1_ON_ACQUIRE);
    c->passes = table_passes(protocol);
    c->told = told_by(protocol);
    c->completes = is_row(&protocol->row[L1_PASS][L1_ON_DATA], L1_DO_COMPLETE, L1_DO_RELEASE);
    sum_needs(c);
    check_pass_rows(c);
    make_mshrs(c);
    c->max_outstanding = p->mshrs * p->mshr_targets + L1_PASSING;
    c->hit_at = CYCLE_NEVER;
    c->hits.places = 4 * (p->hit_latency + 2);
    c->hits.items = mem_alloc_array(c->hits.places, sizeof *c->hits.items);
    c->answers = table_answers(protocol);
    c->blank = blank_message(map);
    for (uint32_t bits = 1; bits < 31; bits++)
        c->slice_bits = map->home.slices == 1u << bits ? bits : c->slice_bits;
    message_ring_init(&c->out[VN_REQUEST], L1_OUT_PLACES);
    message_ring_init(&c->out[VN_FORWARD], 1);
    message_ring_init(&c->out[VN_RESPONSE], c->answers ? L1_OUT_PLACES + p->mshrs : 1);
    return c;
}

/* Those that wait for room in the port: requests, and answers of one virtual network. */
uint32_t l1_keeps(const struct l1_params *p)
{
    return 2 * L1_OUT_PLACES + p->mshrs;
}

void l1_free(struct l1 *c)
{
    if (!c)
        return;
    for (uint32_t vn = 0; vn < VN_COUNT; vn++)
        message_ring_free(&c->out[vn]);
    message_ring_free(&c->forwards);
    free(c->hits.items);
    free(c->free);
    free(c->buckets);
    free(c->targets);
    free(c->target_data);
    free(c->mshr_data);
    free(c->mshr_block);
    free(c->data);
    free(c->used);
    free(c->ways);
    free(c->name);
    free(c->wave);
    free(c->block);
}

void l1_connect(struct l1 *c, struct net_port *port)
{
    c->port = port;
    c->in = port->in;
    c->store = port->store;
    message_ring_init(&c->forwards, port->in_places ? port->in_places : 1);
}

/* ---- messages in ---- */

/* Most are data of loads that passed by. */
static inline bool completes(const struct l1 *c, const struct message *m)
{
    const struct l1_mshr *own = &c->mshrs[m->tag];
    return m->type == MSG_DATA && m->tag < c->n_mshrs && own->passed && own->line == m->line;
}

APART static void take_response(struct l1 *c, uint64_t cycle, const struct message *m)
{
    struct l1_step s = {.cycle = cycle, .message = m, .line = m->line, .way = L1_NOBODY, .mshr = L1_NOBODY};
    enum l1_state state = L1_PASS;
    if (incoming[m->type].names_mshr) {
        const struct l1_mshr *own = &c->mshrs[m->tag];
        SIM_CHECK(m->tag < c->p.mshrs && own->used && own->line == m->line, "%s: %s for line %u, which nobody awaits",
                  c->name, message_infos[m->type].name, m->line);
        s.mshr = m->tag;
        s.way = own->way;
        state = (enum l1_state)(s.way != L1_NOBODY ? c->ways[s.way].state : own->state);
    }
    l1_apply(c, &s, state, (enum l1_event)incoming[m->type].event);
}

static void take_forward(struct l1 *c, uint64_t cycle, const struct message *m)
{
    struct l1_step s = {.cycle = cycle, .message = m, .line = m->line};
    enum l1_state state = l1_lookup(c, m->line, &s.way, &s.mshr);
    c->taken++;
    l1_apply(c, &s, state, (enum l1_event)incoming[m->type].event);
}

static void take_forwards(struct l1 *c, uint64_t cycle)
{
    while (c->forwards.n > 0 && c->out[VN_RESPONSE].n < L1_OUT_PLACES) {
        uint32_t number = message_ring_pop(&c->forwards);
        take_forward(c, cycle, message_at(c->port->store, number));
        message_give(c->port->store, number);
        c->waiting--;
        net_port_credit(c->port, VN_FORWARD);
    }
}

inline bool l1_due(struct l1 *c, uint64_t cycle)
{
    return mailbox_front_at(c->in) <= cycle || c->hit_at <= cycle || (c->waiting > 0 && c->forwards.n > 0);
}

/* A message that is not data of a load that passed by; false: it is kept. */
APART static bool take_other(struct l1 *c, uint64_t cycle, const struct message *m, uint32_t number)
{
    if (c->told >> m->type & 1) {
        l1_tell(c, cycle, m);
    } else if (incoming[m->type].response) {
        take_response(c, cycle, m);
    } else {
        SIM_CHECK(incoming[m->type].event, "%s: a message of type %u", c->name, m->type);
        c->waiting++;
        message_ring_push(&c->forwards, number);
        return false;
    }
    return true;
}

void l1_begin(struct l1 *c, uint64_t cycle)
{
    struct mailbox *in = c->in;
    if (c->fill.next < c->fill.n)
        return;
    while (mailbox_front_at(in) <= cycle) {
        uint32_t number = mailbox_number(in);
        const struct message *m = message_at(c->store, number);
        mailbox_pop_number(in);
        if (completes(c, m))
            l1_complete(c, cycle, m->tag, m);
        else if (!take_other(c, cycle, m, number))
            continue;
        c->taken++;
        message_give(c->store, number);
        net_port_credit(c->port, VN_RESPONSE);
        if (c->fill.next < c->fill.n)
            break;
    }
    if (c->waiting > 0 && c->fill.next == c->fill.n)
        take_forwards(c, cycle);
}

/* ---- accesses ---- */

static enum l1_event event_of(const struct l1 *c, const struct l1_request *r, enum l1_state state, uint32_t way)
{
    static const uint8_t events[] = {[L1_LOAD] = L1_ON_LOAD,
                                     [L1_LOAD_BYPASS] = L1_ON_LOAD_BYPASS,
                                     [L1_STORE] = L1_ON_STORE,
                                     [L1_ATOMIC] = L1_ON_ATOMIC,
                                     [L1_POLL] = L1_ON_POLL};
    if (r->kind == L1_LOAD && (l1_state_flags[state] & STATE_READABLE) && (r->sectors & ~c->ways[way].valid))
        return L1_ON_LOAD_SECTOR;
    return r->kind == L1_STORE && r->through ? L1_ON_STORE_THROUGH : (enum l1_event)events[r->kind];
}

/* May an access with these needs go on? The needs of a victim's eviction come on top. */
static enum l1_answer check(struct l1 *c, struct l1_step *s, uint32_t needs)
{
    uint32_t mshrs = needs & NEED_MSHR ? 1 : 0, outs = needs & NEED_OUT ? 1 : 0;
    if (needs & NEED_PASS) {
        uint32_t open = s->pass =
            l1_find_pass(c, l1_bucket_of(c, s->line), s->request->home, s->line, s->request->sectors);
        if (open == L1_NOBODY || c->mshrs[open].n_targets == c->p.mshr_targets)
            mshrs = outs = 1;
    }
    if (needs & NEED_TARGET) {
        const struct l1_mshr *m = &c->mshrs[s->mshr];
        if (m->n_targets == c->p.mshr_targets || (s->request->sectors & ~m->sectors))
            return l1_refuse(&c->stat.refused_targets, L1_TARGETS_FULL);
    }
    if (needs & NEED_WAY) {
        uint32_t way = s->victim = l1_victim(c, s->line);
        if (way == L1_NOBODY)
            return l1_refuse(&c->stat.refused_set, L1_SET_BUSY);
        enum l1_state state = (enum l1_state)c->ways[way].state;
        uint32_t more = state != L1_I ? c->needs[state][L1_ON_EVICT] : 0;
        mshrs += more & NEED_MSHR ? 1 : 0;
        outs += more & NEED_OUT ? 1 : 0;
    }
    if (c->n_free < mshrs)
        return l1_refuse(&c->stat.refused_mshrs, L1_MSHRS_FULL);
    if (l1_queued(c, s->cycle) + outs > L1_OUT_PLACES)
        return l1_refuse(&c->stat.refused_queue, L1_QUEUE_FULL);
    return L1_ACCEPTED;
}

APART static enum l1_answer access_tags(struct l1 *c, uint64_t cycle, const struct l1_request *r)
{
    struct l1_step s = {
        .cycle = cycle, .request = r, .line = r->line, .way = L1_NOBODY, .mshr = L1_NOBODY, .victim = L1_NOBODY};
    enum l1_state state = L1_PASS;
    if (r->home == c->map.chip)
        state = l1_lookup(c, r->line, &s.way, &s.mshr);
    enum l1_event event = event_of(c, r, state, s.way);
    const struct protocol_row *row = &c->protocol->row[state][event];
    if (row->kind != ROW_GO) {
        l1_must_wait(c, state, event, r->line);
        return l1_refuse(&c->stat.refused_set, L1_SET_BUSY);
    }
    if (c->outstanding == c->max_outstanding || c->hits.n + 1 == c->hits.places)
        return l1_refuse(&c->stat.refused_queue, L1_QUEUE_FULL);
    uint32_t needs = c->needs[state][event];
    enum l1_answer answer = needs ? check(c, &s, needs) : L1_ACCEPTED;
    if (answer != L1_ACCEPTED)
        return answer;
    c->outstanding++;
    c->stat.found[state]++;
    if (r->kind <= L1_LOAD_BYPASS)
        c->stat.loads++;
    else if (r->kind == L1_STORE)
        c->stat.stores++;
    l1_access_row(c, &s, row);
    return L1_ACCEPTED;
}

inline enum l1_answer l1_access(struct l1 *c, uint64_t cycle, const struct l1_request *r)
{
    uint32_t accepted;
    return r->kind == L1_LOAD_BYPASS && c->passes ? l1_pass(c, cycle, r, 1, &accepted) : access_tags(c, cycle, r);
}

inline enum l1_answer l1_access_lines(struct l1 *c, uint64_t cycle, const struct l1_request *r, uint32_t n,
                                      uint32_t *accepted)
{
    if (r->kind == L1_LOAD_BYPASS && c->passes)
        return l1_pass(c, cycle, r, n, accepted);
    struct l1_request one = *r;
    for (*accepted = 0; *accepted < n; ++*accepted, one.line++, one.tag++) {
        enum l1_answer answer = access_tags(c, cycle, &one);
        if (answer != L1_ACCEPTED)
            return answer;
    }
    return L1_ACCEPTED;
}

/* Of an MSHR with several targets, or with stores. */
APART static void show_target(struct l1 *c, uint32_t i)
{
    const struct l1_fill *f = &c->fill;
    struct l1_completion *done = &c->shown;
    if (i > 0) {
        done->tag = l1_target(c, f->mshr, i)->tag;
        done->since = l1_target(c, f->mshr, i)->cycle;
    }
    if (f->stores && l1_target_stores(c, f->mshr, i))
        done->data = *l1_target_data(c, f->mshr, i);
}

/* The next one of a message; the first one is in `shown` but for a store's data. */
static inline const struct l1_completion *show_fill(struct l1 *c)
{
    uint32_t i = c->fill.next++;
    if (i > 0 || c->fill.stores)
        show_target(c, i);
    c->outstanding--;
    return &c->shown;
}

APART static const struct l1_completion *show_hit(struct l1 *c)
{
    struct hit_ring *r = &c->hits;
    const struct l1_hit *hit = &r->items[r->head];
    c->shown = (struct l1_completion) {.tag = hit->tag, .ready = hit->ready, .data = hit->data};
    r->head = --r->n > 0 && r->head + 1 < r->places ? r->head + 1 : 0;
    c->hit_at = r->n > 0 ? r->items[r->head].ready : CYCLE_NEVER;
    c->outstanding--;
    return &c->shown;
}

inline const struct l1_completion *l1_done(struct l1 *c, uint64_t cycle)
{
    if (c->fill.next < c->fill.n)
        return show_fill(c);
    if (mailbox_front_at(c->in) <= cycle || (c->waiting > 0 && c->forwards.n > 0)) {
        l1_begin(c, cycle);
        if (c->fill.next < c->fill.n)
            return show_fill(c);
    }
    return c->hit_at <= cycle ? show_hit(c) : NULL;
}

/* ---- messages out ---- */

static void send(struct l1 *c, uint64_t leaves, enum virtual_network vn)
{
    uint32_t number = message_ring_pop(&c->out[vn]);
    struct message *m = message_at(c->port->store, number);
    trail_move(&m->trail, leaves, TRAIL_NOC);
    if (m->type == MSG_READ) /* most are; what follows from the type is known here */
        net_port_pass(c->port, leaves, MSG_READ, number);
    else
        net_port_pass(c->port, leaves, (enum message_type)m->type, number);
    c->waiting--;
}

/* No room in the port. True: there is some in the next cycle; else the next credit wakes the box. */
static bool room_comes(const struct l1 *c)
{
    return !credit_line_await(c->port->out_credit, c->port->in->reader, c->port->in->box);
}

/* Requests that found no room when they were made. True: one is left that can go in the next cycle. */
static bool send_requests(struct l1 *c, uint64_t cycle)
{
    while (c->out[VN_REQUEST].n > 0) {
        if (!net_port_room(c->port, VN_REQUEST))
            return room_comes(c);
        uint64_t at = c->leaves > cycle ? c->leaves : cycle;
        if (c->answers && at != cycle)
            return true;
        send(c, at, VN_REQUEST);
        c->leaves = at + 1;
    }
    return false;
}

/* The same of answers, one in a cycle. */
static bool send_answer(struct l1 *c, uint64_t cycle)
{
    if (net_port_room(c->port, VN_RESPONSE))
        send(c, cycle, VN_RESPONSE);
    return c->out[VN_RESPONSE].n > 0 && (net_port_room(c->port, VN_RESPONSE) || room_comes(c));
}

/* Something waits. True: there is something to do in the next cycle. */
APART static bool send_all(struct l1 *c, uint64_t cycle)
{
    bool busy = send_requests(c, cycle);
    if (c->out[VN_RESPONSE].n > 0)
        busy |= send_answer(c, cycle);
    return busy || c->forwards.n > 0;
}

/* Requests wait, and no credit has come since the last look. */
static inline bool waits_for_credit(const struct l1 *c)
{
    return !c->answers && c->port->out_credit->waits;
}

inline uint64_t l1_end(struct l1 *c, uint64_t cycle)
{
    bool busy = c->waiting > 0 && !waits_for_credit(c) && send_all(c, cycle);
    if (c->wave)
        l1_wave_cycle(c, cycle);
    if (busy)
        return cycle + 1;
    return c->hit_at > cycle ? c->hit_at : cycle + 1;
}

/* ---- accounts ---- */

uint32_t l1_taken(const struct l1 *c)
{
    return c->taken;
}

uint32_t l1_most(const struct l1 *c)
{
    return c->max_outstanding;
}

bool l1_sends(const struct l1 *c, uint64_t cycle)
{
    return c->leaves > cycle;
}

const struct l1_stat *l1_stat_of(const struct l1 *c)
{
    return &c->stat;
}

void l1_stat_clear(struct l1 *c)
{
    c->stat = (struct l1_stat) {0};
    if (c->wave)
        l1_wave_clear(c);
}

void l1_dump(const struct l1 *c, uint64_t cycle, struct diag *d)
{
    for (uint32_t i = 0; i < c->p.mshrs; i++) {
        const struct l1_mshr *m = &c->mshrs[i];
        if (!m->used)
            continue;
        uint32_t state = m->way != L1_NOBODY ? c->ways[m->way].state : m->state;
        diag_add(d, "", 0, 0, c->name, "line %u of chip %u in state %s for %llu cycles, %u accesses wait", m->line,
                 m->home, l1_state_names[state], (unsigned long long)(cycle - m->cycle), m->n_targets);
    }
    for (uint32_t vn = 0; vn < VN_COUNT; vn++)
        if (c->out[vn].n > 0) {
            const struct message *m = message_at(c->port->store, message_ring_front(&c->out[vn]));
            diag_add(d, "", 0, 0, c->name, "%u messages wait to enter virtual network %u, the first one %s line %u",
                     c->out[vn].n, vn, message_infos[m->type].name, m->line);
        }
    if (c->forwards.n > 0)
        diag_add(d, "", 0, 0, c->name, "%u forwards wait for room to answer", c->forwards.n);
    if (c->outstanding > 0)
        diag_add(d, "", 0, 0, c->name, "%u accesses are not done", c->outstanding);
}

bool l1_idle(const struct l1 *c)
{
    return c->outstanding == 0 && c->n_free == c->p.mshrs && c->forwards.n == 0 && c->out[VN_REQUEST].n == 0 &&
           c->out[VN_RESPONSE].n == 0;
}
