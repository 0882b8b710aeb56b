/* SPDX-License-Identifier: Apache-2.0 */
/* l2_slice.c - the slice's cycle: answers and memory first, one step of the tag slot, messages out. */
#include "hw/cache/l2_state.h"

struct l2_slice *l2_slice_new(const char *name, const struct l2_params *p, const struct l2_map *map,
                              struct run_control *run)
{
    return l2_slice_new_with(name, p, map, run, home_protocol_of(p->protocol));
}

static void make_lines(struct l2_slice *s)
{
    uint32_t lines = s->sets * s->p.ways;
    s->ways = mem_alloc_array(lines, sizeof *s->ways);
    s->lines = mem_alloc_array(lines, sizeof *s->lines);
    for (uint32_t i = 0; i < lines; i++) {
        s->ways[i].mshr = s->ways[i].owner = L2_NOBODY;
        s->lines[i] = L2_NOBODY;
    }
    s->used = mem_alloc_array(lines, sizeof *s->used);
    s->data = mem_alloc_array(lines, sizeof *s->data);
    s->sharer_words = s->protocol->directory ? (s->map.caches + 63u) / 64u : 0;
    s->sharers = mem_alloc_array((size_t)lines * s->sharer_words, sizeof *s->sharers);
    uint32_t counters = (s->map.counter_lines + s->map.home.slices - 1) / s->map.home.slices;
    s->counters = mem_alloc_array((size_t)counters * LINE_WORDS, sizeof *s->counters);
}

static void make_transactions(struct l2_slice *s)
{
    s->mshrs = mem_alloc_array(s->p.mshrs, sizeof *s->mshrs);
    s->targets = mem_alloc_array((size_t)s->p.mshrs * s->p.mshr_targets, sizeof *s->targets);
    for (uint32_t i = 0; i < s->p.mshrs; i++)
        s->mshrs[i].next = i + 1;
    s->n_free = s->p.mshrs;
    s->replay_first = s->recall = L2_NOBODY;
    s->ops_at = CYCLE_NEVER;
    s->writes = mem_alloc_array(s->p.queue, sizeof *s->writes);
    for (uint32_t i = 0; i < 2; i++)
        s->ops[i].items = mem_alloc_array(s->p.mshrs + s->p.queue, sizeof *s->ops[i].items);
    message_ring_init(&s->late[VN_FORWARD], s->p.latency + s->map.caches);
    message_ring_init(&s->soon[VN_FORWARD], s->map.caches);
    message_ring_init(&s->late[VN_RESPONSE], s->p.latency + s->p.queue);
    message_ring_init(&s->soon[VN_RESPONSE], L2_SOON_PLACES + s->p.queue);
}

struct l2_slice *l2_slice_new_with(const char *name, const struct l2_params *p, const struct l2_map *map,
                                   struct run_control *run, const struct home_protocol *protocol)
{
    struct l2_slice *s = mem_alloc(sizeof *s);
    s->name = mem_strdup(name);
    s->p = *p;
    s->map = *map;
    s->run = run;
    s->protocol = protocol;
    s->sets = p->bytes / LINE_BYTES / p->ways;
    SIM_CHECK(s->sets > 0 && p->mshrs > 0 && p->mshr_targets > 0, "%s: no sets or no MSHRs", name);
    SIM_CHECK(p->queue >= 2, "%s: a write-back and a result need two places in the write queue", name);
    make_lines(s);
    make_transactions(s);
    return s;
}

void l2_slice_free(struct l2_slice *s)
{
    if (!s)
        return;
    for (uint32_t vn = 0; vn < VN_COUNT; vn++) {
        message_ring_free(&s->late[vn]);
        message_ring_free(&s->soon[vn]);
    }
    message_ring_free(&s->requests);
    free(s->ops[0].items);
    free(s->ops[1].items);
    free(s->writes);
    free(s->targets);
    free(s->mshrs);
    free(s->counters);
    free(s->sharers);
    free(s->data);
    free(s->used);
    free(s->lines);
    free(s->ways);
    free(s->name);
    free(s->wave);
    free(s);
}

void l2_slice_connect(struct l2_slice *s, struct net_port *port, const struct slot_counter *launch,
                      struct mailbox *dram_out, struct mailbox *dram_in)
{
    s->port = port;
    s->launch = launch;
    s->dram_out = dram_out;
    s->dram_in = dram_in;
    message_ring_init(&s->requests, port->in_places ? port->in_places : 1);
}

/* ---- a new launch: the host has written the inputs ---- */

static void new_launch(struct l2_slice *s, uint64_t cycle)
{
    if (!s->launch || s->launch->now.launch == s->launched)
        return;
    s->launched = s->launch->now.launch;
    for (uint32_t way = 0; way < s->sets * s->p.ways; way++) {
        if (s->lines[way] == L2_NOBODY || !l2_is_input(s, s->lines[way]))
            continue;
        struct l2_step step = {
            .cycle = cycle, .line = s->lines[way], .way = way, .mshr = s->ways[way].mshr, .requester = L2_NOBODY};
        l2_apply(s, &step, (enum home_state)s->ways[way].state, HOME_ON_HOST);
    }
}

/* ---- messages in ---- */

static uint32_t requester_of(const struct l2_slice *s, const struct message *m)
{
    return m->from_chip == s->map.chip && m->from < s->map.caches ? m->from : L2_NOBODY;
}

static void take_answer(struct l2_slice *s, uint64_t cycle, const struct message *m)
{
    uint32_t way = l2_find(s, m->line);
    SIM_CHECK(way != L2_NOBODY && s->ways[way].mshr != L2_NOBODY && s->mshrs[s->ways[way].mshr].acks > 0,
              "%s: %s for line %u, which nobody awaits", s->name, message_infos[m->type].name, m->line);
    struct l2_step step = {.cycle = cycle,
                           .message = m,
                           .line = m->line,
                           .way = way,
                           .mshr = s->ways[way].mshr,
                           .requester = requester_of(s, m)};
    enum home_event event = HOME_ON_OWNER_DATA;
    if (m->type == MSG_INVALIDATE_ACK)
        event = --s->mshrs[step.mshr].acks == 0 ? HOME_ON_LAST_ACK : HOME_ON_INVALIDATE_ACK;
    else
        SIM_CHECK(m->type == MSG_OWNER_DATA, "%s: a message of type %u", s->name, m->type);
    l2_apply(s, &step, (enum home_state)s->ways[way].state, event);
}

static void take_messages(struct l2_slice *s, uint64_t cycle)
{
    const struct message *m;
    while (mailbox_count(s->port->in) > 0 && (m = net_port_front(s->port, cycle))) {
        enum virtual_network vn = message_vn(m);
        SIM_CHECK(vn != VN_FORWARD, "%s: a message of type %u", s->name, m->type);
        if (vn == VN_RESPONSE) {
            take_answer(s, cycle, m);
            net_port_credit(s->port, vn);
        } else {
            SIM_CHECK(home_slice(&s->map.home, m->line) == s->map.slice, "%s: line %u lives in slice %u", s->name,
                      m->line, home_slice(&s->map.home, m->line));
            struct message *q = message_ring_push(&s->requests, cycle);
            *q = *m;
            trail_move(&q->trail, cycle, TRAIL_L2);
        }
        net_port_pop(s->port);
    }
}

/* ---- the tag slot ---- */

/* The next request that waits in an MSHR whose line is at rest again. */
static void replay(struct l2_slice *s, uint64_t cycle)
{
    uint32_t i = s->replay_first;
    struct l2_mshr *m = &s->mshrs[i];
    struct message *q = l2_target(s, i, 0);
    struct l2_step step = {.cycle = cycle,
                           .message = q,
                           .line = s->ways[m->way].line,
                           .way = m->way,
                           .mshr = i,
                           .requester = q->type == L2_EVICTION ? L2_NOBODY : requester_of(s, q),
                           .replay = true};
    enum home_state state = (enum home_state)s->ways[m->way].state;
    enum home_event event = l2_event_of(s, &step, state);
    if (!l2_room_for(s, &step, l2_row(s, state, event, step.line)))
        return;
    l2_apply(s, &step, state, event);
    bool again = home_state_flags[s->ways[m->way].state] & STATE_PENDING;
    if (!again) {
        m->head = (m->head + 1) % s->p.mshr_targets;
        m->n--;
    }
    if (again || m->n == 0) {
        s->replay_first = m->next;
        m->listed = false;
    }
    if (m->n == 0)
        l2_mshr_close(s, i);
}

/* A way for the request at the head: free, or freed by evicting its line, which may take a recall. */
static bool way_for(struct l2_slice *s, uint64_t cycle, uint32_t line)
{
    if (s->recall != L2_NOBODY)
        return false;
    uint32_t way = l2_victim(s, line);
    if (way == L2_NOBODY) {
        s->stat.set_conflicts++;
        return false;
    }
    if (s->lines[way] == L2_NOBODY)
        return true;
    struct message eviction = {.type = L2_EVICTION, .line = s->lines[way]};
    struct l2_step step = {.cycle = cycle,
                           .message = &eviction,
                           .line = s->lines[way],
                           .way = way,
                           .mshr = L2_NOBODY,
                           .requester = L2_NOBODY};
    enum home_state state = (enum home_state)s->ways[way].state;
    enum home_event event = l2_event_of(s, &step, state);
    const struct protocol_row *row = l2_row(s, state, event, step.line);
    if (!l2_room_for(s, &step, row))
        return false;
    if (!(home_state_flags[row->next] & STATE_PENDING))
        return true; /* ALLOCATE does it */
    l2_apply(s, &step, state, event);
    s->recall = step.mshr;
    return false;
}

static bool allocates(const struct protocol_row *row)
{
    for (uint32_t i = 0; i < ROW_ACTIONS; i++)
        if (row->actions[i] == HOME_DO_ALLOCATE)
            return true;
    return false;
}

static void count(struct l2_slice *s, const struct message *m, enum home_event event, bool merged)
{
    bool read = m->type == MSG_READ || m->type == MSG_READ_EX || m->type == MSG_UPGRADE;
    s->stat.merges += read && merged;
    s->stat.reads += read;
    s->stat.writes += m->type == MSG_WRITE;
    s->stat.atomics += m->type == MSG_ATOMIC;
    s->stat.polls += m->type == MSG_POLL;
    s->stat.misses += !merged && event == HOME_ON_MISS;
    s->stat.hits += read && !merged && event != HOME_ON_MISS;
}

/* The line is busy, or others wait for it: behind them. */
static bool join(struct l2_slice *s, uint64_t cycle, const struct message *q, uint32_t way)
{
    uint32_t mshr = s->ways[way].mshr;
    struct l2_mshr *m = &s->mshrs[mshr];
    if (m->recall || m->n == s->p.mshr_targets) {
        s->stat.refused_mshrs++;
        return false;
    }
    *l2_target(s, mshr, m->n++) = *q;
    enum home_state state = (enum home_state)s->ways[way].state;
    if ((home_state_flags[state] & STATE_PENDING) && m->acks > 0)
        trail_move(&l2_target(s, mshr, m->n - 1)->trail, cycle, TRAIL_COHERENCE);
    return true;
}

/* Does the request enter in this cycle? */
static bool enter(struct l2_slice *s, uint64_t cycle, const struct message *q)
{
    if (q->type == MSG_ATOMIC && s->atomic_free > cycle)
        return false;
    struct l2_step step = {.cycle = cycle,
                           .message = q,
                           .line = q->line,
                           .way = l2_find(s, q->line),
                           .mshr = L2_NOBODY,
                           .requester = requester_of(s, q)};
    enum home_state state = step.way != L2_NOBODY ? (enum home_state)s->ways[step.way].state : HOME_N;
    enum home_event event = l2_event_of(s, &step, state);
    const struct protocol_row *row = l2_row(s, state, event, q->line);
    if (step.way != L2_NOBODY && s->ways[step.way].mshr != L2_NOBODY) {
        SIM_CHECK(row->kind == ROW_WAIT || !(home_state_flags[state] & STATE_PENDING),
                  "%s, %s: %s goes on in state %s, line %u", s->name, s->protocol->name, home_event_names[event],
                  home_state_names[state], q->line);
        if (!join(s, cycle, q, step.way))
            return false;
        count(s, q, event, true);
        return true;
    }
    if (!l2_room_for(s, &step, row)) {
        s->stat.refused_mshrs += s->n_free == 0;
        return false;
    }
    if (allocates(row) && !way_for(s, cycle, q->line))
        return false;
    /* The victim's write-back and the request's own may both want the last place of the write queue. */
    if (allocates(row) && q->through && s->n_writes + 2 > s->p.queue && s->n_writes > 0)
        return false;
    count(s, q, event, false);
    l2_apply(s, &step, state, event);
    return true;
}

static void tag_slot(struct l2_slice *s, uint64_t cycle)
{
    if (s->replay_first != L2_NOBODY) {
        s->stat.bank_conflicts += s->requests.n > 0;
        replay(s, cycle);
        return;
    }
    if (s->requests.n == 0 || !enter(s, cycle, message_ring_front(&s->requests)))
        return;
    message_ring_pop(&s->requests);
    net_port_credit(s->port, VN_REQUEST);
}

/* ---- messages out ---- */

static void send_out(struct l2_slice *s, uint64_t cycle)
{
    for (uint32_t vn = VN_FORWARD; vn < VN_COUNT; vn++) {
        struct message_ring *r = &s->soon[vn];
        if (r->n == 0 || r->ready[r->head] > cycle)
            r = &s->late[vn];
        if (r->n == 0 || r->ready[r->head] > cycle || !net_port_room(s->port, (enum virtual_network)vn))
            continue;
        struct message *m = message_ring_front(r);
        /* A write is done here: who still waits for its ack waits for coherence's sake. */
        trail_move(&m->trail, cycle, m->type == MSG_WRITE_ACK ? TRAIL_COHERENCE : TRAIL_NOC);
        net_port_send(s->port, cycle, m);
        message_ring_pop(r);
    }
}

static uint64_t sooner(uint64_t next, uint64_t ready, uint64_t cycle)
{
    if (ready <= cycle)
        ready = cycle + 1;
    return ready < next ? ready : next;
}

static uint64_t next_cycle(const struct l2_slice *s, uint64_t cycle)
{
    if (s->requests.n > 0 || s->replay_first != L2_NOBODY)
        return cycle + 1;
    uint64_t next = CYCLE_NEVER;
    for (uint32_t vn = VN_FORWARD; vn < VN_COUNT; vn++) {
        if (s->soon[vn].n > 0)
            next = sooner(next, s->soon[vn].ready[s->soon[vn].head], cycle);
        if (s->late[vn].n > 0)
            next = sooner(next, s->late[vn].ready[s->late[vn].head], cycle);
    }
    return sooner(next, s->ops_at, cycle);
}

uint64_t l2_slice_eval(struct l2_slice *s, uint64_t cycle)
{
    new_launch(s, cycle);
    if (mailbox_count(s->dram_in) > 0)
        l2_memory_take(s, cycle);
    take_messages(s, cycle);
    tag_slot(s, cycle);
    if (s->n_ops > 0)
        l2_memory_issue(s, cycle);
    send_out(s, cycle);
    if (s->wave)
        l2_wave_cycle(s, cycle);
    return next_cycle(s, cycle);
}

/* ---- accounts ---- */

const struct l2_stat *l2_slice_stat(const struct l2_slice *s)
{
    return &s->stat;
}

void l2_slice_stat_clear(struct l2_slice *s)
{
    s->stat = (struct l2_stat) {0};
}

void l2_slice_dump(const struct l2_slice *s, uint64_t cycle, struct diag *d)
{
    for (uint32_t i = 0; i < s->p.mshrs; i++)
        if (s->mshrs[i].used)
            diag_add(d, "", 0, 0, s->name, "line %u in state %s: %u requests wait, %u acks to come%s",
                     s->ways[s->mshrs[i].way].line, home_state_names[s->ways[s->mshrs[i].way].state], s->mshrs[i].n,
                     s->mshrs[i].acks, s->mshrs[i].recall ? ", being recalled" : "");
    if (s->requests.n > 0)
        diag_add(d, "", 0, 0, s->name, "%u requests, the first one %s of line %u, in cycle %llu", s->requests.n,
                 message_infos[message_ring_front(&s->requests)->type].name, message_ring_front(&s->requests)->line,
                 (unsigned long long)cycle);
    for (uint32_t vn = VN_FORWARD; vn < VN_COUNT; vn++)
        if (s->late[vn].n + s->soon[vn].n > 0)
            diag_add(d, "", 0, 0, s->name, "%u messages wait to enter virtual network %u",
                     s->late[vn].n + s->soon[vn].n, vn);
    if (s->n_writes > 0)
        diag_add(d, "", 0, 0, s->name, "%u writes wait for memory", s->n_writes);
}

bool l2_slice_idle(const struct l2_slice *s)
{
    bool out = false;
    for (uint32_t vn = VN_FORWARD; vn < VN_COUNT; vn++)
        out |= s->late[vn].n > 0 || s->soon[vn].n > 0;
    return !out && s->n_free == s->p.mshrs && s->requests.n == 0 && s->n_writes == 0 && s->n_ops == 0;
}
