/* SPDX-License-Identifier: Apache-2.0 */
/* sm_bench.h - an SM with its L1 on a network and homes that answer every request after a fixed way.
 *
 *     dispatcher's CTAs --start--> SM + L1 --request--> way: (place, cycles), (place, cycles), ... --answer--> L1
 *
 * Data that come back are what the program says of the line, counters what the test says. The account is read as text:
 * "0 - 1 control.dispatch 11 control.issue ..." names each stretch with the cycle in which it begins; '-' is a stretch
 * without a CTA. */
#ifndef TESTS_UNIT_HW_SM_BENCH_H
#define TESTS_UNIT_HW_SM_BENCH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw/cache/message_ring.h"
#include "hw/sm/sm.h"
#include "sim/kernel/identity.h"
#include "tests/unit/hw/core_bench.h"
#include "tests/unit/hw/port_bench.h"

#define BENCH_WAY_MAX 8u
#define BENCH_SEEN    128u
#define BENCH_CTAS    16u

struct bench_stop {
    enum trail_place place;
    uint32_t cycles;
};

struct sm_bench {
    struct core_bench core;
    struct chip_program program;
    struct server_program server;
    uint64_t c[4]; /* of the tensors */
    uint64_t *c_of_version[1];
    struct sm_params p;
    struct l1_params l1;
    uint32_t cta_start;
    uint32_t out_places;   /* of the network for each virtual network */
    uint32_t credit_after; /* a message: from one cycle to the next place, 0: as soon as it is read */
    bool persistent;
    struct bench_stop way[BENCH_WAY_MAX];
    uint32_t stops;
    struct bench_stop store_way[BENCH_WAY_MAX]; /* as long as the others' */
    uint32_t store_stops;
    uint64_t counter_from;  /* cycle from which on polls see `counter` */
    uint32_t counter;       /* before: 0 */
    uint64_t computed;      /* what polls are then told of the result that is waited for... */
    struct trail told;      /* ...and of its signal, which stands where `way` ends before the last stop */
    uint32_t taken;         /* of the queue of CTAs */
    uint32_t wrong_version; /* what data carry as their version */
    /* made by sm_bench_make */
    struct l1 *cache;
    struct sm *sm;
    struct net_port port;
    struct message_store store;
    struct credit_line out_credit;
    struct mailbox *start, *done;
    uint32_t messages[MSG_COUNT];
    struct message signal; /* the last atomic */
    uint32_t evaluations;
    uint64_t credit_at;
    uint32_t issued[BENCH_SEEN], n_issued; /* warps in the order in which they issued */
    uint64_t ended_at;                     /* cycle in which the dispatcher reads of the last CTA's end */
    uint32_t ended;
    bool drained;
    uint32_t started[BENCH_CTAS], n_started; /* lines are those of these CTAs' chunks */
    char text[1024];
};

/* One warp, one subcore, round latencies; way of 20 cycles: 3 noc, 4 l2, 10 dram, 3 noc. */
static inline void sm_bench_init(struct sm_bench *b)
{
    *b = (struct sm_bench) {
        .p = {.subcores = 1,
              .warps_per_cta = 1,
              .cta_slots = 1,
              .register_bytes = 65536,
              .shared_bytes = 65536,
              .policy = WARP_GTY,
              .macs_per_cycle = 256,
              .lanes = 32,
              .engine_m = 8,
              .engine_n = 8,
              .engine_k = 4,
              .mma_latency = 10,
              .alu_latency = 4,
              .shared_latency = 5,
              .barrier_latency = 23,
              .branch_latency = 8,
              .shared_read = 128,
              .shared_write = 128,
              .lsu_interval = 2,
              .stages = 2,
              .poll_interval = 30,
              .max_writes = 64},
        .l1 = {.bytes = 8192, .ways = 4, .hit_latency = 7, .mshrs = 32, .mshr_targets = 4, .protocol = PROTOCOL_VI},
        .cta_start = 10,
        .out_places = 1024,
        .way = {{TRAIL_NOC, 3}, {TRAIL_L2, 4}, {TRAIL_DRAM, 10}, {TRAIL_NOC, 3}},
        .stops = 4,
        .store_way = {{TRAIL_NOC, 3}, {TRAIL_COHERENCE, 17}},
        .store_stops = 2,
        .c = {0x1111, 0x2222, 0x3333, 0x4444},
        .counter_from = CYCLE_NEVER};
    core_bench_init(&b->core);
    domain_add_box(b->core.domain);
    b->c_of_version[0] = b->c;
    b->server.tensor_c = b->c_of_version;
    b->server.n_tensors = 4;
}

/* ---- the program ---- */

static inline struct cta *sm_bench_cta(struct sm_bench *b, enum cta_kind kind)
{
    struct cta *c = VEC_PUSH(&b->program, ctas);
    *c = (struct cta) {.task = (uint32_t)b->program.n_ctas + 40,
                       .kind = (uint8_t)kind,
                       .steps = 1,
                       .elem_bytes = 2,
                       .first_piece = (uint32_t)b->program.n_pieces,
                       .first_wait = (uint32_t)b->program.n_waits,
                       .first_signal = (uint32_t)b->program.n_signals};
    return c;
}

/* A chunk of the last CTA; its tensor and chunk are its operand's number, its lines follow those of the one before. */
static inline struct cta_piece *sm_bench_piece(struct sm_bench *b, enum piece_role role, uint32_t operand,
                                               uint32_t lines)
{
    struct cta *c = &b->program.ctas[b->program.n_ctas - 1];
    uint32_t line = 32;
    for (size_t i = 0; i < b->program.n_pieces; i++)
        line += b->program.pieces[i].lines;
    struct cta_piece *p = VEC_PUSH(&b->program, pieces);
    *p = (struct cta_piece) {.line = line,
                             .lines = lines,
                             .bytes = lines * LINE_BYTES,
                             .role = (uint8_t)role,
                             .chunk = operand,
                             .tensor = operand,
                             .operand = operand};
    c->n_pieces++;
    c->n_operands += role != PIECE_OUTPUT && operand >= c->n_operands;
    return p;
}

/* ---- the other side of the network ---- */

/* Whole chunks, or partial sums where the CTA adds them. */
static inline uint32_t sm_bench_data(struct sm_bench *b, uint32_t line)
{
    for (uint32_t k = 0; k < b->n_started; k++) {
        const struct cta *c = &b->program.ctas[b->started[k]];
        for (uint32_t i = c->first_piece; i < c->first_piece + c->n_pieces; i++) {
            const struct cta_piece *p = &b->program.pieces[i];
            if (p->role == PIECE_OUTPUT || line - p->line >= p->lines)
                continue;
            uint64_t c_of = b->server.tensor_c[0][p->tensor];
            struct identity id = {.chunk = p->chunk,
                                  .tensor = p->tensor,
                                  .version = b->wrong_version,
                                  .c = c_of,
                                  .value = identity_value(c_of, c->reduce ? p->k_part : p->k_whole, p->k_whole)};
            return identity_number(&b->core.run.identities, &id);
        }
    }
    return 0;
}

static inline void sm_bench_answer(struct sm_bench *b, struct message *m, uint64_t at)
{
    static const uint8_t answers[MSG_COUNT] = {
        [MSG_READ] = MSG_DATA, [MSG_WRITE] = MSG_WRITE_ACK, [MSG_ATOMIC] = MSG_ATOMIC_ACK, [MSG_POLL] = MSG_POLL_VALUE};
    if (m->type == MSG_READ)
        m->data = sm_bench_data(b, m->line);
    if (m->type == MSG_POLL && at >= b->counter_from) {
        m->value = b->counter;
        m->computed = b->computed;
        m->trail = b->told;
        trail_stamp(&m->trail, at - b->way[b->stops - 1].cycles, b->way[b->stops - 1].place);
    }
    if (m->type == MSG_ATOMIC)
        m->value = b->taken++;
    m->type = answers[m->type];
}

/* A message that the L1 sent in cycle t is answered on the whole way from t on. */
static inline void sm_bench_network(struct sm_bench *b, uint64_t cycle)
{
    const struct message *m;
    if (b->credit_after > 0 && b->credit_at == cycle)
        credit_line_give(&b->out_credit, VN_REQUEST, 1);
    while ((m = port_sent(&b->port, cycle)) != NULL) {
        struct message back = *m;
        uint64_t at = cycle - 1;
        b->messages[m->type]++;
        if (m->type == MSG_ATOMIC)
            b->signal = *m;
        if (b->credit_after == 0)
            credit_line_give(&b->out_credit, message_vn(m), 1);
        else
            b->credit_at = cycle + b->credit_after - 2;
        port_sent_pop(&b->port);
        const struct bench_stop *way = back.type == MSG_WRITE ? b->store_way : b->way;
        for (uint32_t i = 0; i < (back.type == MSG_WRITE ? b->store_stops : b->stops); i++) {
            trail_move(&back.trail, at, way[i].place);
            at += way[i].cycles;
        }
        sm_bench_answer(b, &back, at);
        port_deliver(&b->port, at, &back);
    }
}

/* ---- making and running ---- */

static inline struct mailbox *sm_bench_mail(struct sm_bench *b, uint32_t bytes, uint32_t places, uint32_t reader)
{
    struct mailbox *m = mailbox_new("mail", bytes, places, false);
    mailbox_connect_writer(m, b->core.domain);
    mailbox_connect_reader(m, b->core.domain, reader);
    return m;
}

static inline void sm_bench_make(struct sm_bench *b)
{
    struct l1_map map = {.home = {1, 1}, .first_slice = 1, .first_port = 2, .ports = 1};
    struct sm_config k = {.name = "chip0.unit0",
                          .p = b->p,
                          .slots_in_all = b->p.cta_slots,
                          .cta_start = b->cta_start,
                          .program = &b->program,
                          .server = &b->server};
    b->cache = l1_new("chip0.unit0.l1", &b->l1, &map, &b->core.run);
    b->sm = sm_new(&k, b->cache, &b->core.run);
    message_store_init(&b->store, PORT_BENCH_PLACES);
    b->port.store = &b->store;
    b->port.out = sm_bench_mail(b, sizeof(uint32_t), 1024, 1);
    b->port.in = sm_bench_mail(b, sizeof(uint32_t), 1024, 0);
    b->credit_at = CYCLE_NEVER;
    b->port.out_places = b->out_places;
    b->port.in_places = 1024;
    b->start = sm_bench_mail(b, sizeof(struct cta_start), 64, 0);
    b->done = sm_bench_mail(b, sizeof(struct cta_done), 64, 1);
    credit_line_init(&b->out_credit, b->core.domain);
    credit_line_init(&b->port.in_credit, b->core.domain);
    b->port.out_credit = &b->out_credit;
    l1_connect(b->cache, &b->port);
    sm_connect(b->sm, &b->core.counter, b->start, b->done);
}

/* The SM reads it in cycle 1. */
static inline void sm_bench_start(struct sm_bench *b, uint32_t cta)
{
    b->started[b->n_started++] = cta == CTA_FROM_QUEUE ? 0 : cta;
    struct cta_start m = {.cta = cta, .launch = 1, .acquire = true};
    mailbox_write(b->start, 1, &m, sizeof m);
}

static inline void sm_bench_woken(void *self, uint32_t box)
{
    (void)self;
    (void)box;
}

static inline void sm_bench_eval(struct sm_bench *b, uint64_t cycle)
{
    uint64_t before = b->sm->stat.instructions;
    b->evaluations++;
    domain_rest(b->core.domain, 0, sm_eval(b->sm, cycle));
    if (b->sm->stat.instructions > before && b->n_issued < BENCH_SEEN)
        b->issued[b->n_issued++] = b->sm->subcore[0].last;
}

static inline void sm_bench_told(struct sm_bench *b, uint64_t cycle)
{
    const struct cta_done *m;
    while ((m = mailbox_front(b->done, cycle)) != NULL) {
        b->ended += m->ended;
        b->ended_at = m->ended > 0 ? cycle : b->ended_at;
        b->drained = m->drained;
        mailbox_pop(b->done);
    }
}

/* Until `end`; `every`: the SM evaluates in each cycle and not only when it has to. */
static inline void sm_bench_run(struct sm_bench *b, uint64_t end, bool every)
{
    b->core.domain->never_sleep = every;
    for (uint64_t cycle = 0; cycle < end && b->core.run.n_faults == 0; cycle++) {
        domain_begin(b->core.domain, cycle, sm_bench_woken, NULL);
        if (domain_awake(b->core.domain, 0))
            sm_bench_eval(b, cycle);
        sm_bench_network(b, cycle);
        sm_bench_told(b, cycle);
        domain_commit(b->core.domain);
    }
    sm_end(b->sm, end);
}

/* Stretches up to the end of the last CTA. */
static inline const char *sm_bench_account(struct sm_bench *b)
{
    const struct sm_account *a = &b->sm->account;
    uint32_t last = UINT32_MAX;
    size_t at = 0;
    for (size_t i = 0; i < a->n_intervals && at < sizeof b->text - 64; i++) {
        uint32_t cause = a->intervals[i].cause;
        if (cause == last)
            continue;
        const char *word = cause == SM_EMPTY ? "-" : cause < CAUSE_COUNT ? cause_names[cause] : "?";
        at += (size_t)snprintf(b->text + at, sizeof b->text - at, "%s%llu %s", at > 0 ? " " : "",
                               (unsigned long long)a->intervals[i].from, word);
        last = cause;
    }
    return b->text;
}

static inline void sm_bench_free(struct sm_bench *b)
{
    sm_free(b->sm);
    l1_free(b->cache);
    message_store_free(&b->store);
    mailbox_free(b->port.out);
    mailbox_free(b->port.in);
    mailbox_free(b->start);
    mailbox_free(b->done);
    free(b->program.ctas);
    free(b->program.pieces);
    free(b->program.waits);
    free(b->program.signals);
    core_bench_free(&b->core);
}

#endif
