/* SPDX-License-Identifier: Apache-2.0 */
/* noc_traffic.c - a VC network under synthetic traffic.
 *
 * A node's next packet lies in a wheel of lists, one per cycle, with a bit per list that holds something; what is due
 * further away than the wheel is round stays in its list for another turn. Nodes whose packet is due and finds no room
 * in the network are kept in a list apart.
 *
 * Of a message, `from` is its source, `tag` the cycle of creation, `line` that of its head's injection, both modulo
 * 2^32, `data.value` the sum of its flits' times in the network. */
#include "hw/noc/noc_traffic.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/max.h"
#include "sim/base/mem.h"

#define WHEEL       4096u /* cycles; a power of two */
#define WHEEL_WORDS (WHEEL / 64)
#define NODE_NONE   UINT32_MAX
#define LOOK_EVERY  16384u /* steps between two calls of go_on */
#define WAIT_LEAST  10000u /* cycles behind the window until packets count as missing */
#define WAIT_FLITS  32u    /* the same, for each flit of a packet */

struct source {
    struct rng random;
    uint64_t created; /* of its next packet, in the source queue or yet to come */
    uint32_t next;    /* in a list of the wheel */
    uint32_t inside;  /* its packets that the network has and has not delivered */
};

struct noc_traffic {
    struct noc_traffic_params p;
    struct run_control run;
    struct vc_network *network;
    struct source *sources;
    struct noc_gaps gaps;
    uint32_t slot[WHEEL]; /* first node of the list */
    uint64_t filled[WHEEL_WORDS];
    uint32_t *waiting, n_waiting; /* nodes whose packet is due */
    uint64_t now, end;            /* end: of the window */
    uint64_t limit;               /* no measured packet is waited for any longer */
    uint64_t missing;             /* measured packets in the network */
    uint32_t open;                /* nodes whose next packet is of the window, or of before */
    struct noc_growth growth;
    uint64_t *backlog; /* per node, at a mark */
    struct noc_traffic_result result;
};

/* ---- the wheel ---- */

static void put(struct noc_traffic *t, uint32_t node)
{
    uint32_t at = (uint32_t)(t->sources[node].created & (WHEEL - 1));
    t->sources[node].next = t->slot[at];
    t->slot[at] = node;
    t->filled[at / 64] |= 1ull << at % 64;
}

/* The next cycle behind `cycle` with a list that holds something. */
static uint64_t next_filled(const struct noc_traffic *t, uint64_t cycle)
{
    uint64_t from = cycle + 1, word = from / 64;
    uint64_t bits = t->filled[word % WHEEL_WORDS] >> from % 64 << from % 64;
    for (uint32_t i = 0; bits == 0; i++) {
        if (i == WHEEL_WORDS)
            return CYCLE_NEVER;
        bits = t->filled[++word % WHEEL_WORDS];
    }
    return word * 64 + (uint32_t)__builtin_ctzll(bits);
}

/* ---- sources ---- */

/* The packet that is due goes into the network, and the next one is drawn. */
static void offer(struct noc_traffic *t, uint32_t node)
{
    struct source *s = &t->sources[node];
    uint32_t number;
    struct message *m = vc_network_begin(t->network, &number);
    m->type = MSG_DATA;
    m->sectors = ALL_SECTORS;
    m->tag = (uint32_t)s->created;
    m->computed = 0;
    m->from = (uint16_t)node;
    m->to = (uint16_t)t->p.pattern->to(&t->p.space, &s->random, node);
    vc_network_send(t->network, node, number);
    bool before_end = s->created < t->end;
    if (before_end && s->created >= t->p.warm_up) {
        t->result.created++;
        t->missing++;
    }
    s->inside++;
    s->created += noc_gap(&t->gaps, &s->random);
    t->open -= before_end && s->created >= t->end;
}

/* What of a node is due; false: it has to wait for room. */
static bool offer_due(struct noc_traffic *t, uint32_t node)
{
    while (t->sources[node].created <= t->now) {
        if (!vc_network_room(t->network, node, VN_RESPONSE))
            return false;
        offer(t, node);
    }
    put(t, node);
    return true;
}

/* Returns whether the network has got something. */
static bool feed(struct noc_traffic *t)
{
    uint32_t waiting = t->n_waiting, at = (uint32_t)(t->now & (WHEEL - 1));
    bool any = waiting > 0;
    t->n_waiting = 0;
    for (uint32_t i = 0; i < waiting; i++)
        if (!offer_due(t, t->waiting[i]))
            t->waiting[t->n_waiting++] = t->waiting[i];
    if (!(t->filled[at / 64] >> at % 64 & 1))
        return any;
    uint32_t node = t->slot[at];
    t->slot[at] = NODE_NONE;
    t->filled[at / 64] &= ~(1ull << at % 64);
    for (uint32_t next; node != NODE_NONE; node = next) {
        next = t->sources[node].next;
        any |= t->sources[node].created <= t->now;
        if (!offer_due(t, node))
            t->waiting[t->n_waiting++] = node;
    }
    return any;
}

/* ---- what the network tells ---- */

static void flit_seen(void *self, struct message *m, enum vc_flit_place place)
{
    struct noc_traffic *t = self;
    uint32_t now = (uint32_t)t->now;
    if (place == VC_FLIT_TAKEN) {
        m->computed += now;
        t->result.taken_flits += t->now >= t->p.warm_up && t->now < t->end;
        return;
    }
    m->computed -= now;
    if (place == VC_FLIT_HEAD_SENT)
        m->line = now;
}

static void deliver(void *self, uint32_t endpoint, const struct message *m, uint64_t cycle)
{
    struct noc_traffic *t = self;
    struct noc_traffic_result *r = &t->result;
    SIM_CHECK(endpoint == m->to, "a packet for %u comes to %u", m->to, endpoint);
    r->packets_in++;
    t->sources[m->from].inside--;
    if (m->tag < t->p.warm_up || m->tag >= t->end)
        return;
    t->missing--;
    noc_latency_add(&r->packet, cycle - m->tag);
    r->network_sum += (uint32_t)cycle - m->line;
    r->flit_sum += m->computed;
    r->hops_sum += m->hops;
}

/* ---- the run ---- */

struct noc_traffic *noc_traffic_new(const struct noc_traffic_params *p)
{
    struct noc_traffic *t = mem_alloc(sizeof *t);
    SIM_CHECK(p->rate > 0 && p->rate <= NOC_RATE_ONE && p->flits >= 1 && p->flits <= NOC_FLITS_MAX && p->measured > 0 &&
                  p->warm_up + p->measured <= NOC_CYCLES_MAX && p->space.nodes >= 1 &&
                  p->space.nodes <= p->network.endpoints,
              "%s: no such traffic", p->network.name);
    t->p = *p;
    t->p.network.flit_bytes = LINE_BYTES;
    t->p.network.packet_flits = p->flits;
    t->p.network.out_places = NOC_SOURCE_PLACE;
    t->p.network.in_places = UINT32_MAX;
    t->run = (struct run_control) {.shuffle = p->shuffle};
    t->p.network.lags = true;
    t->network = vc_network_new(&t->p.network, &t->run);
    vc_network_on_delivery(t->network, deliver, t);
    vc_network_on_flit(t->network, flit_seen, t);
    t->sources = mem_alloc_array(p->space.nodes, sizeof *t->sources);
    t->waiting = mem_alloc_array(p->space.nodes, sizeof *t->waiting);
    t->backlog = mem_alloc_array(p->space.nodes, sizeof *t->backlog);
    t->end = p->warm_up + p->measured;
    t->limit = t->end + max64(t->end, max64(WAIT_LEAST, (uint64_t)WAIT_FLITS * p->flits));
    noc_growth_init(&t->growth, p->space.nodes, p->rate, p->flits, p->warm_up, p->measured);
    memset(t->slot, 0xff, sizeof t->slot);
    noc_gaps_init(&t->gaps, p->rate, p->flits);
    for (uint32_t i = 0; i < p->space.nodes; i++) {
        struct source *s = &t->sources[i];
        noc_stream(&s->random, p->seed, i);
        s->created = noc_gap(&t->gaps, &s->random) - 1;
        t->open += s->created < t->end;
        put(t, i);
    }
    return t;
}

/* Packets of the window that still stand in source queues are drawn for the account, as they would be sent. */
static void count_unsent(struct noc_traffic *t)
{
    uint64_t end = t->now < t->end ? t->now : t->end; /* earlier where the run was interrupted */
    t->result.window = end > t->p.warm_up ? end - t->p.warm_up : 0;
    for (uint32_t i = 0; i < t->p.space.nodes; i++) {
        struct source *s = &t->sources[i];
        for (; s->created < end; s->created += noc_gap(&t->gaps, &s->random)) {
            t->p.pattern->to(&t->p.space, &s->random, i);
            t->result.created += s->created >= t->p.warm_up;
        }
    }
}

static void judge(struct noc_traffic *t)
{
    struct noc_traffic_result *r = &t->result;
    bool late = r->packet.n < r->created;
    r->saturated = !r->interrupted && (late || t->growth.grows);
    vc_network_catch_up(t->network);
    r->flits_hops = vc_network_flit_hops(t->network);
    r->cycles = t->now;
}

static bool wants_end(struct noc_traffic *t, uint64_t step)
{
    if (step % LOOK_EVERY == 0 && t->p.go_on && !t->p.go_on(t->p.self, t->now))
        t->result.interrupted = true;
    return t->result.interrupted;
}

/* Of a source whose packet is due and waits, those behind it are not drawn yet: as many as it creates on average. */
static void mark(struct noc_traffic *t)
{
    uint64_t at = t->growth.next;
    for (uint32_t i = 0; i < t->p.space.nodes; i++) {
        const struct source *s = &t->sources[i];
        uint64_t behind = s->created < at ? at - s->created : 0;
        t->backlog[i] = s->inside + noc_growth_created(&t->growth, behind);
    }
    noc_growth_mark(&t->growth, t->backlog);
}

/* Measured packets are waited for, and the verdict, which needs longer where the network hardly keeps up. */
static bool goes_on(const struct noc_traffic *t)
{
    bool measured = t->now < t->end || t->open > 0 || t->missing > 0;
    return measured ? t->now < t->limit : !t->growth.decided;
}

void noc_traffic_run(struct noc_traffic *t)
{
    uint64_t due = 0;
    for (uint64_t step = 0; goes_on(t); step++) {
        while (t->growth.next <= t->now)
            mark(t);
        if (wants_end(t, step))
            break;
        if (feed(t) || due <= t->now)
            due = vc_network_eval(t->network, t->now);
        uint64_t next = next_filled(t, t->now);
        next = due < next ? due : next;
        t->now = t->n_waiting > 0 ? t->now + 1 : next;
    }
    if (t->missing > 0 || t->open > 0)
        t->now = t->now < t->limit ? t->now : t->limit;
    count_unsent(t);
    judge(t);
}

const struct noc_traffic_result *noc_traffic_result(const struct noc_traffic *t)
{
    return &t->result;
}

struct vc_network *noc_traffic_network(struct noc_traffic *t)
{
    return t->network;
}

void noc_traffic_free(struct noc_traffic *t)
{
    vc_network_free(t->network);
    run_control_free(&t->run);
    noc_latency_free(&t->result.packet);
    free(t->sources);
    free(t->waiting);
    free(t->backlog);
    noc_growth_free(&t->growth);
    free(t);
}
