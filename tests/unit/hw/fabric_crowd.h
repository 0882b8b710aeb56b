/* SPDX-License-Identifier: Apache-2.0 */
/* fabric_crowd.h - everybody sends to everybody over the fabric routers of a bench: a load without bound, laws, what is
 * left when nobody sends any more. */
#ifndef TESTS_UNIT_HW_FABRIC_CROWD_H
#define TESTS_UNIT_HW_FABRIC_CROWD_H

#include "tests/unit/hw/fabric_bench.h"

/* ---- all to all ---- */

struct crowd {
    uint64_t seed;
    bool injecting, every;
    uint32_t order;              /* of the routers within a cycle */
    uint32_t slow;               /* a port takes a message every so many cycles */
    uint32_t only;               /* this many chips further; 0: any */
    uint64_t given, taken, hash; /* hash of who got what when */
    uint64_t given_bytes, taken_bytes;
    uint64_t given_sum, taken_sum; /* of a hash of each message, in any order */
    uint64_t per_vn[VN_COUNT];
};

/* Cycle after the one in which what came last was given: by source, virtual network and line, to each chip. */
#define CROWD_LINES 2048u
static uint32_t newest[BENCH_CHIPS][BENCH_CHIPS][VN_COUNT][CROWD_LINES];

/* Messages of one source, line and virtual network come each once and, all ways being shortest ones, in order: the tag
 * tells when it was given. */
static inline void check_order(const struct message *m, uint32_t chip)
{
    uint32_t *last = &newest[chip][m->from_chip][message_vn(m)][m->line];
    assert_int_equal(m->tag >> 24, m->from_chip);
    assert_true((m->tag & 0xffffffu) + 1 > *last);
    *last = (m->tag & 0xffffffu) + 1;
}

static inline uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static inline uint64_t hash_of(const struct message *m)
{
    return mix(mix((uint64_t)m->tag << 32 | m->line) + m->to_chip * 16u + m->type);
}

static inline struct bench *crowd_bench(struct bench_shape shape)
{
    memset(newest, 0, sizeof newest);
    return bench_new(shape);
}

static inline void inject(struct bench *b, struct crowd *w, uint32_t chip, uint32_t port, uint64_t cycle)
{
    static const enum message_type types[VN_COUNT] = {MSG_WRITE, MSG_INVALIDATE, MSG_DATA};
    for (uint32_t vn = 0; vn < VN_COUNT; vn++) {
        if (!bench_may_give(b, chip, port, (enum virtual_network)vn))
            continue;
        uint64_t h = mix(w->seed + mix(cycle * 64 + chip * 8 + port) + vn);
        uint32_t far = w->only ? w->only : 1 + (uint32_t)((h & 0xffffffffu) * (b->s.chips - 1) >> 32);
        uint32_t line = (uint32_t)(h >> 54) * b->s.ports + port;
        assert_true(line < CROWD_LINES);
        struct message m = to_chip(types[vn], (uint16_t)chip, (uint16_t)((chip + far) % b->s.chips), line);
        m.tag = chip << 24 | (uint32_t)cycle % (1u << 24);
        bench_give(b, chip, &m);
        w->given++;
        w->given_bytes += message_payload(&m);
        w->given_sum += hash_of(&m);
    }
}

static inline void consume(struct bench *b, struct crowd *w, uint32_t chip, uint32_t port, uint64_t cycle)
{
    struct bench_chip *x = &b->chip[chip];
    if ((cycle + chip) % w->slow != 0)
        return;
    const struct message *m = port_sent(&x->port[port], cycle);
    if (!m)
        return;
    assert_int_equal(m->to_chip, chip);
    if (b->s.via.cluster == 0)
        check_order(m, chip);
    w->hash = mix(w->hash ^ mix(((uint64_t)m->tag << 32 | cycle) ^ (uint64_t)(chip * 8 + port)));
    w->per_vn[message_vn(m)]++;
    w->taken++;
    w->taken_bytes += message_payload(m);
    w->taken_sum += hash_of(m);
    credit_line_give(&x->out_credit[port], message_vn(m), 1);
    port_sent_pop(&x->port[port]);
}

/* Orders: upward, downward, upward from the middle. */
static inline uint32_t nth_chip(uint32_t order, uint32_t i, uint32_t n)
{
    return order == 0 ? i : order == 1 ? n - 1 - i : (i + n / 2) % n;
}

/* Instants of all chips in the order of time; chips whose edges coincide evaluate before any of them commits. */
static inline void run_crowd(struct bench *b, struct crowd *w, uint64_t cycles)
{
    uint64_t until = b->chip[0].cycle + cycles;
    while (b->chip[0].cycle < until) {
        uint64_t now = UINT64_MAX;
        for (uint32_t c = 0; c < b->nodes; c++) {
            uint64_t edge = sim_clock_edge(&b->chip[c].domain->clock, b->chip[c].cycle);
            now = edge < now ? edge : now;
        }
        for (uint32_t i = 0; i < b->nodes; i++) {
            uint32_t c = nth_chip(w->order, i, b->nodes);
            struct bench_chip *x = &b->chip[c];
            if (sim_clock_edge(&x->domain->clock, x->cycle) != now)
                continue;
            bench_begin(b, c, x->cycle++);
            if (w->order != 1)
                bench_eval(b, c, w->every);
        }
        for (uint32_t c = 0; c < b->s.chips; c++) {
            struct bench_chip *x = &b->chip[c];
            if (sim_clock_edge(&x->domain->clock, x->domain->cycle) != now)
                continue;
            for (uint32_t port = 0; port < b->s.ports; port++) {
                if (w->injecting)
                    inject(b, w, c, port, x->domain->cycle);
                consume(b, w, c, port, x->domain->cycle);
            }
        }
        for (uint32_t i = 0; w->order == 1 && i < b->nodes; i++) {
            uint32_t c = nth_chip(w->order, i, b->nodes);
            if (sim_clock_edge(&b->chip[c].domain->clock, b->chip[c].domain->cycle) == now)
                bench_eval(b, c, w->every);
        }
        bench_commit(b);
    }
}

static inline uint64_t again_of(const struct fabric_router *r)
{
    uint64_t again = 0;
    for (uint32_t i = 0; i < r->p.links; i++)
        again += r->senders[i].stat.again;
    return again;
}

/* Over all chips: payload entered = left + in flight, and what was given to the ports = what came out of them + in
 * flight + in their mail; per link: entered = left + on the link. */
static inline void check_laws(const struct bench *b, const struct crowd *w, bool drained)
{
    uint64_t in = 0, out = 0, flying = 0, mail = 0, again = 0;
    for (uint32_t c = 0; c < b->nodes; c++) {
        const struct fabric_router *r = b->chip[c].r;
        in += r->stat.from_chip;
        out += r->stat.to_chip;
        flying += fabric_router_in_flight(r);
        mail += fabric_router_mail(r);
        again += again_of(r);
        for (uint32_t i = 0; i < b->chip[c].links; i++) {
            uint32_t to = bench_peer(b, c, i), back = bench_link_to(b, to, c);
            uint64_t entered = 0, walked = 0;
            flying += fabric_router_kept(r, i, b->chip[to].r, back);
            for (int k = 0; k < CLASS_COUNT; k++) {
                enum traffic_class of = (enum traffic_class)k;
                struct link_account a = fabric_router_account(r, i, b->chip[to].r, back, of);
                assert_int_equal(a.entered, a.payload + a.header + a.padding + a.retry);
                assert_int_equal(a.entered, a.left + fabric_router_on_link(b->chip[to].r, back, of));
                entered += a.entered - a.retry;
            }
            for (uint32_t from = 0; from < b->s.chips; from++)
                walked += b->chip[from].r->walked[c * BENCH_LINKS + i];
            assert_true(drained ? walked == entered : walked >= entered);
            assert_true(entered > 0);
        }
    }
    assert_int_equal(in, out + flying);
    assert_int_equal(w->given_bytes, w->taken_bytes + flying + mail);
    assert_true(in > 0 && (drained ? flying == 0 : flying > 0));
    assert_true((again > 0) == (b->s.errors.loss > 0));
}

static inline struct bench_shape crowded(enum bench_kind kind, uint32_t chips)
{
    return (struct bench_shape) {.kind = kind,
                                 .chips = chips,
                                 .ports = 2,
                                 .in_places = 4,
                                 .out_places = 2,
                                 .size = {.header = 32, .queue = 2, .classes = kind == BENCH_FULL ? 1 : 2},
                                 .rate = {40, 1},
                                 .latency = 20};
}

static inline struct bench_shape torus(uint32_t x, uint32_t y, uint32_t z)
{
    struct bench_shape s = crowded(BENCH_TORUS, x * y * z);
    s.side[0] = x;
    s.side[1] = y;
    s.side[2] = z;
    return s;
}

static inline struct bench_shape dragonfly(uint32_t group)
{
    struct bench_shape s = crowded(BENCH_DRAGONFLY, group * (group + 1));
    s.group = group;
    return s;
}

static inline struct bench_shape switches(uint32_t chips, uint32_t leaf, uint32_t spines)
{
    struct bench_shape s = crowded(BENCH_SWITCH, chips);
    s.group = leaf;
    s.spines = spines;
    s.size.classes = 1;
    return s;
}

/* One flit in 50, so one packet in 5, cannot be corrected. */
static inline struct bench_shape with_errors(struct bench_shape shape)
{
    shape.errors = (struct link_errors) {.loss = UINT64_MAX / 50, .frame_bytes = PACKET_FLIT};
    shape.size.replay = 1000;
    return shape;
}

/* Every place that the routers give is filled at once, so the load is without bound. Every virtual network and every
 * chip moves in every window; after the end everything arrives. */
static inline void check_crowd(struct bench_shape shape, uint32_t slow, uint64_t cycles)
{
    struct bench *b = crowd_bench(shape);
    struct crowd w = {.seed = shape.chips, .injecting = true, .slow = slow};
    for (uint64_t done = 0; done < cycles; done += 5000) {
        uint64_t before[VN_COUNT], out[BENCH_CHIPS];
        memcpy(before, w.per_vn, sizeof before);
        for (uint32_t c = 0; c < shape.chips; c++)
            out[c] = b->chip[c].r->stat.messages_out;
        run_crowd(b, &w, 5000);
        for (uint32_t vn = 0; vn < VN_COUNT; vn++)
            assert_true(w.per_vn[vn] > before[vn]);
        for (uint32_t c = 0; c < shape.chips; c++)
            assert_true(b->chip[c].r->stat.messages_out > out[c]);
    }
    check_laws(b, &w, false);
    w.injecting = false;
    run_crowd(b, &w, 20000);
    assert_int_equal(w.taken, w.given);
    assert_int_equal(w.taken_sum, w.given_sum);
    for (uint32_t c = 0; c < shape.chips; c++)
        assert_true(fabric_router_idle(b->chip[c].r));
    check_laws(b, &w, true);
    bench_free(b);
}

/* How many messages are left for ever when all have been sent `only` chips further and nobody sends any more. */
static inline uint64_t left_for_ever(struct bench_shape shape, uint32_t only, const char *dump)
{
    struct bench *b = crowd_bench(shape);
    struct crowd w = {.seed = 8, .injecting = true, .slow = 1, .only = only};
    run_crowd(b, &w, 50000);
    w.injecting = false;
    run_crowd(b, &w, 20000);
    uint64_t taken = w.taken;
    run_crowd(b, &w, 20000);
    assert_int_equal(w.taken, taken);
    bool found = false;
    for (uint32_t c = 0; c < shape.chips; c++) {
        struct diag d;
        diag_init(&d);
        fabric_router_dump(b->chip[c].r, 90000, &d);
        for (size_t i = 0; i < d.count; i++)
            found |= strstr(d.messages[i].text, dump) != NULL;
        diag_free(&d);
    }
    assert_true(found == (w.given > w.taken));
    bench_free(b);
    return w.given - w.taken;
}

/* ---- order, sleep ---- */

struct outcome {
    uint64_t hash, lost, no_credit, no_room;
};

static inline struct outcome outcome_of(struct bench_shape shape, uint32_t order, uint64_t shuffle, bool every)
{
    struct bench *b = crowd_bench(shape);
    b->run.shuffle = shuffle;
    struct crowd w = {.seed = 5, .injecting = true, .slow = 8, .order = order, .every = every};
    run_crowd(b, &w, 3000);
    w.injecting = false;
    run_crowd(b, &w, 6000);
    assert_int_equal(w.taken, w.given);
    struct outcome o = {.hash = w.hash};
    for (uint32_t c = 0; c < b->nodes; c++) {
        struct fabric_router *r = b->chip[c].r;
        fabric_router_end(r, b->chip[c].cycle);
        o.lost += r->stat.lost_link + r->stat.lost_port;
        o.no_room += r->stat.no_room;
        for (uint32_t i = 0; i < b->chip[c].links; i++)
            o.no_credit += r->senders[i].stat.no_credit;
    }
    assert_true(o.lost > 0 && o.no_credit > 0 && o.no_room > 0);
    bench_free(b);
    return o;
}

#endif
