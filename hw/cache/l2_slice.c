/* SPDX-License-Identifier: Apache-2.0 */
/* l2_slice.c - the slice's cycle: answers and memory first, one step of the tag slot, messages out. */
#include "hw/cache/l2_state.h"

struct l2_slice *l2_slice_new(const char *name, const struct l2_params *p, const struct l2_map *map,
                              struct run_control *run)
{
    return l2_slice_new_with(name, p, map, run, home_protocol_of(p->protocol));
}

static void make_transactions(struct l2_slice *s)
{
    s->mshrs_memory = mem_alloc_lines(s->p.mshrs, sizeof *s->mshrs);
    s->mshrs = mem_lines(s->mshrs_memory);
    s->free_mshrs = mem_alloc_array(s->p.mshrs, sizeof *s->free_mshrs);
    for (uint32_t i = 0; i < s->p.mshrs; i++)
        s->free_mshrs[i] = (uint16_t)(s->p.mshrs - 1 - i);
    s->n_free = s->p.mshrs;
    s->replay_first = L2_NOBODY;
    s->latency = s->p.latency;
    l2_queue_init(&s->out[VN_REQUEST].late, 0);
    l2_queue_init(&s->out[VN_REQUEST].soon, 0);
    l2_queue_init(&s->out[VN_FORWARD].late, s->p.latency + s->map.caches);
    l2_queue_init(&s->out[VN_FORWARD].soon, s->map.caches);
    l2_queue_init(&s->out[VN_RESPONSE].late, s->p.latency + s->p.queue);
    l2_queue_init(&s->out[VN_RESPONSE].soon, L2_SOON_PLACES + s->p.queue);
}

/* In MSHRs, waiting for recalls, as writes under way, in the out queues as above. */
uint32_t l2_slice_keeps(const struct l2_params *p, uint32_t caches)
{
    uint32_t recalls = p->protocol == PROTOCOL_MESI ? L2_RECALL_PLACES : 0;
    return p->mshrs * p->mshr_targets + recalls + p->queue + 2 * (p->latency + caches + p->queue) + L2_SOON_PLACES;
}

static bool is_row(const struct protocol_row *row, uint8_t next, const uint8_t actions[static ROW_ACTIONS])
{
    return row->kind == ROW_GO && row->next == next && memcmp(row->actions, actions, ROW_ACTIONS) == 0;
}

/* A read of a line for which others wait waits, too; where the line is at rest again, it would go on but for them. */
static bool joins(const struct home_protocol *p, uint32_t state)
{
    uint8_t read = p->row[state][HOME_ON_READ].kind, miss = p->row[state][HOME_ON_MISS].kind;
    if (home_state_flags[state] & STATE_PENDING)
        return !(home_state_flags[state] & STATE_READABLE) && read == ROW_WAIT;
    return read == ROW_GO && miss == ROW_GO;
}

/* Nobody waits where a line goes. */
static struct l2_short short_rows(const struct home_protocol *p)
{
    static const uint8_t data[ROW_ACTIONS] = {HOME_DO_DATA}, free_way[ROW_ACTIONS] = {HOME_DO_FREE},
                         fetch[ROW_ACTIONS] = {HOME_DO_ALLOCATE, HOME_DO_FETCH},
                         write[ROW_ACTIONS] = {HOME_DO_WRITE, HOME_DO_WRITE_ACK},
                         write_new[ROW_ACTIONS] = {HOME_DO_ALLOCATE, HOME_DO_WRITE, HOME_DO_WRITE_ACK},
                         fill[ROW_ACTIONS] = {HOME_DO_FILL, HOME_DO_REPLAY};
    struct l2_short x = {0};
    for (uint32_t s = 0; s < HOME_STATE_COUNT && !p->directory; s++) {
        const struct protocol_row *row = p->row[s];
        bool none = s == HOME_N;
        x.reads |= (uint32_t)(home_state_flags[s] == STATE_READABLE && is_row(&row[HOME_ON_READ], (uint8_t)s, data))
                   << s;
        x.joins |= (uint32_t)joins(p, s) << s;
        x.misses |= (uint32_t)(none && is_row(&row[HOME_ON_MISS], HOME_F, fetch)) << s;
        x.writes |= (uint32_t)is_row(&row[HOME_ON_WRITE], HOME_V, none ? write_new : write) << s;
        x.frees |= (uint32_t)is_row(&row[HOME_ON_EVICT], HOME_N, free_way) << s;
        x.fills |= (uint32_t)is_row(&row[HOME_ON_FILL], HOME_V, fill) << s;
    }
    return x;
}

struct l2_slice *l2_slice_new_with(const char *name, const struct l2_params *p, const struct l2_map *map,
                                   struct run_control *run, const struct home_protocol *protocol)
{
    void *memory = mem_alloc_lines(1, sizeof(struct l2_slice));
    struct l2_slice *s = mem_lines(memory);
    s->memory = memory;
    s->name = mem_strdup(name);
    s->p = *p;
    s->map = *map;
    s->run = run;
    s->protocol = protocol;
    s->shorts = short_rows(protocol);
    l2_sum_needs(s);
    s->sets = p->bytes / LINE_BYTES / p->ways;
    s->set_bits = set_digit_bits(s->sets);
    SIM_CHECK(s->sets > 0 && p->mshrs > 0 && p->mshr_targets > 0, "%s: no sets or no MSHRs", name);
    SIM_CHECK(p->mshrs < L2_NO_MSHR, "%s: %u MSHRs", name, p->mshrs);
    SIM_CHECK(p->queue >= 2, "%s: a write-back and a result need two places in the write queue", name);
    l2_lines_make(s);
    l2_memory_make(s);
    make_transactions(s);
    return s;
}

void l2_slice_free(struct l2_slice *s)
{
    if (!s)
        return;
    for (uint32_t vn = 0; vn < VN_COUNT; vn++) {
        free(s->out[vn].late.entries);
        free(s->out[vn].soon.entries);
    }
    free(s->free_mshrs);
    free(s->mshrs_memory);
    l2_memory_free(s);
    l2_lines_free(s);
    free(s->name);
    free(s->wave);
    free(s->memory);
}

void l2_slice_connect(struct l2_slice *s, struct net_port *port, const struct slot_counter *launch,
                      struct mailbox *dram_out, struct mailbox *dram_in)
{
    s->port = port;
    s->net_in = port->in;
    s->store = port->store;
    s->launch = launch ? &launch->now.launch : &s->no_launch;
    s->dram_out = dram_out;
    s->dram_in = dram_in;
    s->mail = 1;
    s->dram_at = s->out_at = CYCLE_NEVER;
    mailbox_flag(dram_in, &s->mail, 1);
    s->requests.most = port->in_places ? port->in_places : 1;
}

/* ---- a new launch: the host has written the inputs ---- */

__attribute__((noinline)) static void new_launch(struct l2_slice *s, uint64_t cycle)
{
    const struct l2_map *map = &s->map;
    s->launched = *s->launch;
    s->refused = NULL;
    if (map->input_lines == 0)
        return;
    uint32_t last = l2_local(s, map->input_first + map->input_lines - 1);
    for (uint32_t local = l2_local(s, map->input_first); local <= last; local++) {
        uint32_t line = home_line(&map->home, map->slice, local);
        if (!l2_is_input(s, line))
            continue;
        struct l2_step step = l2_eviction(cycle, line, l2_set_of(s, local), L2_NOBODY);
        l2_find(s, &step);
        if (step.way == L2_NOBODY)
            continue;
        step.mshr = l2_mshr_of(&s->tags[step.way]);
        l2_tell(s, &step, HOME_ON_HOST);
    }
}

/* ---- messages in ---- */

static void take_answer(struct l2_slice *s, uint64_t cycle, const struct message *m)
{
    struct l2_step step = {.cycle = cycle,
                           .message = m,
                           .place = L2_NOBODY,
                           .line = m->line,
                           .data = m->data,
                           .type = m->type,
                           .sectors = m->sectors,
                           .answer = L2_EVICTION};
    step.set = l2_set_of(s, l2_local(s, m->line));
    l2_find(s, &step);
    step.mshr = step.way != L2_NOBODY ? l2_mshr_of(&s->tags[step.way]) : L2_NOBODY;
    SIM_CHECK(step.mshr != L2_NOBODY && s->mshrs[step.mshr].acks > 0, "%s: %s for line %u, which nobody awaits",
              s->name, message_infos[m->type].name, m->line);
    enum home_event event = HOME_ON_OWNER_DATA;
    if (m->type == MSG_INVALIDATE_ACK)
        event = --s->mshrs[step.mshr].acks == 0 ? HOME_ON_LAST_ACK : HOME_ON_INVALIDATE_ACK;
    else
        SIM_CHECK(m->type == MSG_OWNER_DATA, "%s: a message of type %u", s->name, m->type);
    s->refused = NULL;
    l2_tell(s, &step, event);
}

/* There is one. Returns a request that finds nothing before it and need not line up, or L2_NOBODY. */
static inline uint32_t take_messages(struct l2_slice *s, uint64_t cycle)
{
    struct mailbox *in = s->net_in;
    while (mailbox_front_at(in) <= cycle) {
        uint32_t place = mailbox_number(in);
        struct message *m = l2_message(s, place);
        enum virtual_network vn = message_vn(m);
        mailbox_pop_number(in);
        if (vn == VN_REQUEST) { /* it stays where it lies */
            trail_move(&m->trail, cycle, TRAIL_L2);
            if (s->slot_work == 0 && mailbox_front_at(in) > cycle)
                return place;
            l2_line_up(s, place);
            continue;
        }
        SIM_CHECK(vn != VN_FORWARD, "%s: a message of type %u", s->name, m->type);
        take_answer(s, cycle, m);
        net_port_credit(s->port, vn);
        message_give(s->store, place);
    }
    return L2_NOBODY;
}

/* Likewise. */
__attribute__((noinline)) static void take_memory(struct l2_slice *s, uint64_t cycle)
{
    s->refused = NULL;
    l2_memory_take(s, cycle);
    s->dram_at = mailbox_front_at(s->dram_in);
}

/* Memory has written: when can it be read? */
static inline void look(struct l2_slice *s)
{
    s->mail = 0;
    s->dram_at = mailbox_front_at(s->dram_in);
    l2_memory_expect(s);
}

/* ---- messages out ---- */

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static inline void send_first(struct l2_slice *s, uint64_t cycle, struct l2_queue *q)
{
    uint32_t place = l2_queue_first(q);
    struct message *m = l2_message(s, place);
    if (m->type == MSG_DATA) { /* most are; what follows from the type is known here */
        net_port_pass(s->port, cycle, MSG_DATA, place);
        trail_move(&m->trail, cycle, TRAIL_NOC);
    } else {
        net_port_pass(s->port, cycle, (enum message_type)m->type, place);
        if (m->type != MSG_WRITE_ACK) /* its store is done and under way no more */
            trail_move(&m->trail, cycle, TRAIL_NOC);
    }
    l2_queue_pop(q);
    s->refused = NULL;
    if (q->n > 0)
        l2_fetch_ahead(s, l2_queue_first(q));
}

/* Of a virtual network. When is the next one due? */
static inline uint64_t send_one(struct l2_slice *s, uint64_t cycle, enum virtual_network vn)
{
    struct l2_out *o = &s->out[vn];
    struct l2_queue *q = o->soon.at <= cycle ? &o->soon : &o->late;
    if (q->at <= cycle && net_port_room(s->port, vn))
        send_first(s, cycle, q);
    return sooner(o->soon.at, o->late.at);
}

__attribute__((noinline)) static void send_both(struct l2_slice *s, uint64_t cycle)
{
    uint64_t forward = send_one(s, cycle, VN_FORWARD);
    s->out_at = sooner(forward, send_one(s, cycle, VN_RESPONSE));
}

static void send_out(struct l2_slice *s, uint64_t cycle)
{
    if (s->sharer_words > 0) { /* there is a directory, so there are forwards */
        send_both(s, cycle);
        return;
    }
    s->out_at = send_one(s, cycle, VN_RESPONSE);
}

static uint64_t next_cycle(const struct l2_slice *s, uint64_t cycle)
{
    if (s->slot_work > 0)
        return cycle + 1;
    uint64_t next = sooner(s->ops_at, s->out_at);
    return next > cycle ? next : cycle + 1;
}

uint64_t l2_slice_eval(struct l2_slice *s, uint64_t cycle)
{
    if (*s->launch != s->launched)
        new_launch(s, cycle);
    if (s->mail)
        look(s);
    if (s->dram_at <= cycle)
        take_memory(s, cycle);
    uint32_t request = L2_NOBODY;
    if (mailbox_front_at(s->net_in) <= cycle)
        request = take_messages(s, cycle);
    if (s->slot_work > 0 || request != L2_NOBODY)
        l2_tag_slot(s, cycle, request);
    if (s->ops_at <= cycle)
        l2_memory_issue(s, cycle);
    if (s->out_at <= cycle)
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
            diag_add(d, "", 0, 0, s->name, "line %u in state %s: %u requests wait, %u acks to come%s", s->mshrs[i].line,
                     home_state_names[s->tags[s->mshrs[i].way].state], s->mshrs[i].n, s->mshrs[i].acks,
                     s->mshrs[i].recall ? ", being recalled" : "");
    if (s->requests.n > 0)
        diag_add(d, "", 0, 0, s->name, "%u requests, the first one %s of line %u, in cycle %llu", s->requests.n,
                 message_infos[l2_message(s, s->requests.first)->type].name, l2_message(s, s->requests.first)->line,
                 (unsigned long long)cycle);
    if (s->again.n > 0)
        diag_add(d, "", 0, 0, s->name, "%u requests for which copies were recalled, the first one %s of line %u",
                 s->again.n, message_infos[l2_message(s, s->again.first)->type].name,
                 l2_message(s, s->again.first)->line);
    for (uint32_t vn = VN_FORWARD; vn < VN_COUNT; vn++)
        if (s->out[vn].late.n + s->out[vn].soon.n > 0)
            diag_add(d, "", 0, 0, s->name, "%u messages wait to enter virtual network %u",
                     s->out[vn].late.n + s->out[vn].soon.n, vn);
    if (s->n_writes > 0)
        diag_add(d, "", 0, 0, s->name, "%u writes wait for memory", s->n_writes);
}

bool l2_slice_idle(const struct l2_slice *s)
{
    bool out = false;
    for (uint32_t vn = VN_FORWARD; vn < VN_COUNT; vn++)
        out |= s->out[vn].late.n > 0 || s->out[vn].soon.n > 0;
    return !out && s->n_free == s->p.mshrs && s->requests.n == 0 && s->waiting == 0 && s->n_writes == 0 &&
           s->n_ops == 0;
}
