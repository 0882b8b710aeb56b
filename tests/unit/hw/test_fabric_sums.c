/* SPDX-License-Identifier: Apache-2.0 */
/* test_fabric_sums.c - switches that add what chips have in a line, and store a line in several chips: times and bytes
 * by hand, what the sum says of its parts, one place for many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/base/hash.h"
#include "sim/kernel/identity.h"
#include "tests/unit/hw/fabric_bench.h"

static const uint16_t all[8] = {0, 1, 2, 3, 4, 5, 6, 7};

/* Rate 16 B per cycle: a header of 32 B takes 2 cycles, a line 10. Latency 10. Adders take 32 B a cycle, a sum is ready
 * 5 later. */
static struct bench_shape adding(uint32_t chips, uint32_t leaf, uint32_t spines)
{
    return (struct bench_shape) {.kind = BENCH_SWITCH,
                                 .chips = chips,
                                 .group = leaf,
                                 .spines = spines,
                                 .ports = 2,
                                 .in_places = 8,
                                 .out_places = 8,
                                 .size = {.header = 32, .queue = 16, .classes = 1},
                                 .rate = {16, 1},
                                 .latency = 10,
                                 .sum_places = 16,
                                 .adder_rate = {32, 1},
                                 .adder_latency = 5,
                                 .group_chips = chips,
                                 .group_chip = all};
}

/* ---- chips that ask and answer ---- */

#define HOME_CYCLES 3u /* of a chip's memory, from the request to its answer */

struct play {
    uint32_t asks; /* of each chip that asks */
    enum message_type type;
    bool only_first; /* chip 0 alone */
    bool silent;     /* nobody answers */
    uint32_t slow;   /* chips answer and take one message in so many cycles */
    uint32_t given[BENCH_CHIPS], answers, stores[BENCH_CHIPS];
    uint64_t answered_at;
    struct message answer; /* the last one... */
    struct identity sum;   /* ...and what it brings */
    uint64_t hash;
    uint32_t stale;        /* chip with data of another version; 0: none */
    uint64_t value, chunk; /* of each sum; 0: not compared */
    uint32_t n_due[BENCH_CHIPS];
    struct message due[BENCH_CHIPS][512];
    uint64_t due_at[BENCH_CHIPS][512];
};

/* What chip c has in a line: a part of 1 + c steps of a contraction. */
static struct identity part(const struct play *w, uint32_t c)
{
    return (struct identity) {.chunk = 100 + c,
                              .tensor = 7,
                              .version = w->stale > 0 && c == w->stale,
                              .c = 1000003,
                              .numeric = identity_bits(1.0f + (float)c * 16777216.0f),
                              .value = 1000003 * (1u + c)};
}

static uint32_t home(const struct bench *b)
{
    return b->nodes - 1;
}

static uint32_t part_number(struct bench *b, const struct play *w, uint32_t c)
{
    struct identity id = part(w, c);
    return identity_number(&b->run.identities, &id);
}

static void ask(struct bench *b, struct play *w, uint32_t c)
{
    uint32_t line = w->given[c] * b->s.chips + c, port = line % b->s.ports;
    if ((w->only_first && c > 0) || w->given[c] == w->asks || !bench_may_give(b, c, port, VN_REQUEST))
        return;
    struct message m = to_chip(w->type, (uint16_t)c, (uint16_t)home(b), line);
    m.from = 5;
    m.tag = c << 16 | w->given[c]++;
    m.data = part_number(b, w, c);
    bench_give(b, c, &m);
}

/* A request becomes its answer where it lies, some cycles later. */
static void serve(struct bench *b, struct play *w, uint32_t c, const struct message *m, uint64_t cycle)
{
    struct message a = *m;
    assert_int_equal(m->to, 77);
    a.type = m->type == MSG_READ ? MSG_DATA : MSG_WRITE_ACK;
    a.to_chip = m->from_chip;
    a.to_end = m->from;
    a.from_chip = a.home_chip = (uint16_t)c;
    w->stores[c] += m->type == MSG_WRITE;
    a.data = part_number(b, w, c);
    assert_true(w->n_due[c] < 512);
    w->due[c][w->n_due[c]] = a;
    w->due_at[c][w->n_due[c]++] = cycle + HOME_CYCLES;
}

static void take(struct bench *b, struct play *w, uint32_t c, uint32_t port, uint64_t cycle)
{
    struct bench_chip *x = &b->chip[c];
    const struct message *m;
    while ((cycle + c) % w->slow == 0 && (m = port_sent(&x->port[port], cycle)) != NULL) {
        enum virtual_network vn = message_vn(m);
        if (vn == VN_REQUEST) {
            serve(b, w, c, m, cycle);
        } else {
            assert_int_equal(m->tag >> 16, c);
            assert_int_equal(m->to, 5);
            assert_int_equal(m->from_chip, home(b));
            w->answers++;
            w->answered_at = cycle;
            w->answer = *m;
            w->sum = *identity_at(&b->run.identities, m->data);
            if (w->value > 0)
                assert_true(w->sum.value == w->value && w->sum.chunk == w->chunk);
            w->hash += mix64(cycle, m->tag); /* chips of one cycle in any order */
        }
        port_sent_pop(&x->port[port]);
        credit_line_give(&x->out_credit[port], vn, 1);
    }
}

static void send_due(struct bench *b, struct play *w, uint32_t c, uint64_t cycle)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < w->n_due[c]; i++) {
        if (!w->silent && w->due_at[c][i] <= cycle &&
            bench_may_give(b, c, w->due[c][i].line % b->s.ports, VN_RESPONSE)) {
            bench_give(b, c, &w->due[c][i]);
            continue;
        }
        w->due[c][n] = w->due[c][i];
        w->due_at[c][n++] = w->due_at[c][i];
    }
    w->n_due[c] = n;
}

/* backwards: routers, and chips, in the other order. */
static void run(struct bench *b, struct play *w, uint64_t cycles, bool every, bool backwards)
{
    uint64_t end = b->chip[0].cycle + cycles;
    w->slow = w->slow > 0 ? w->slow : 1;
    for (; b->chip[0].cycle < end; b->chip[0].cycle++) {
        for (uint32_t i = 0; i < b->nodes; i++) {
            uint32_t c = backwards ? b->nodes - 1 - i : i;
            bench_begin(b, c, b->chip[0].cycle);
            bench_eval(b, c, every);
        }
        for (uint32_t i = 0; i < b->s.chips; i++) {
            uint32_t c = backwards ? b->s.chips - 1 - i : i;
            ask(b, w, c);
            for (uint32_t port = 0; port < b->s.ports; port++)
                take(b, w, c, port, b->chip[0].cycle);
            send_due(b, w, c, b->chip[0].cycle);
        }
        bench_commit(b);
    }
}

/* ---- bytes ---- */

static uint64_t wire(const struct bench *b, uint32_t from, uint32_t to)
{
    uint32_t out = bench_link_to(b, from, to), in = bench_link_to(b, to, from);
    uint64_t bytes = 0;
    for (uint32_t c = 0; c < CLASS_COUNT; c++) {
        struct link_account a = fabric_router_account(b->chip[from].r, out, b->chip[to].r, in, (enum traffic_class)c);
        assert_int_equal(a.entered, a.left);
        bytes += a.entered - a.retry;
    }
    return bytes;
}

/* Every link carries what those who send say of the ways of their packets. */
static void check_walks(const struct bench *b)
{
    for (uint32_t node = 0; node < b->nodes; node++)
        for (uint32_t i = 0; i < b->chip[node].links; i++) {
            uint64_t walked = 0;
            for (uint32_t k = 0; k < b->nodes; k++)
                walked += b->chip[k].r->walked[node * BENCH_LINKS + i];
            assert_int_equal(walked, wire(b, node, bench_peer(b, node, i)));
        }
}

static const struct fabric_sums_stat *stat_of(const struct bench *b, uint32_t node)
{
    return fabric_sums_stat_of(b->chip[node].r->sums);
}

/* ---- one sum ---- */

static void an_empty_server_takes_what_the_hand_says_for_a_sum(void **state)
{
    (void)state;
    struct bench *b = bench_new(adding(4, 4, 0));
    struct play *w = mem_alloc(sizeof *w);
    w->asks = 1;
    w->type = MSG_READ;
    w->only_first = true;
    run(b, w, 200, false, false);
    assert_int_equal(w->answers, 1);
    /* Request 1 + 2 + 10, to each chip 2 + 10 + 1, home 3 + 1, data 10 + 10, adders 4 + 5, sum 10 + 10 + 1. */
    assert_int_equal(w->answered_at, 13 + 13 + 4 + 20 + 9 + 21);
    assert_int_equal(wire(b, 0, 4), 32 + 160);
    assert_int_equal(wire(b, 4, 0), 32 + 160);
    for (uint32_t c = 1; c < 4; c++) {
        assert_int_equal(wire(b, c, 4), 160);
        assert_int_equal(wire(b, 4, c), 32);
    }
    check_walks(b);
    const struct fabric_sums_stat *s = stat_of(b, 4);
    assert_true(s->sums == 1 && s->delivered == 4 * 128 && s->injected == 128 && s->replicated == 0);
    assert_true(s->account.payload == 128 && s->account.busy_cycles == 4);
    /* It was on links, in the chip that answered last, on links. */
    static const enum trail_place places[4] = {TRAIL_LINK, TRAIL_NOC, TRAIL_LINK, TRAIL_NOC};
    static const uint64_t cycles[4] = {1, 13 + 12, 13 + 13 + 4, 13 + 13 + 4 + 20 + 9 + 20};
    assert_int_equal(w->answer.trail.n, 4);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(trail_place(&w->answer.trail, i), places[i]);
        assert_int_equal(trail_cycle(&w->answer.trail, i, 50), cycles[i]);
    }
    /* 1 + (2^24 + 1) rounds to 2^24 + 2 and so on: in chip order, beginning with 0. */
    float sum = 0.0f;
    for (uint32_t c = 0; c < 4; c++)
        sum += identity_float(part(w, c).numeric);
    assert_int_equal(w->sum.numeric, identity_bits(sum));
    assert_int_equal(w->sum.value, 1000003 * (1 + 2 + 3 + 4));
    assert_int_equal(w->sum.chunk, 100 + 101 + 102 + 103);
    assert_true(w->sum.tensor == 7 && w->sum.c == 1000003 && w->answer.sectors == ALL_SECTORS);
    assert_int_equal(b->run.n_faults, 0);
    free(w);
    bench_free(b);
}

static void an_empty_server_takes_what_the_hand_says_for_a_store(void **state)
{
    (void)state;
    struct bench *b = bench_new(adding(4, 4, 0));
    struct play *w = mem_alloc(sizeof *w);
    w->asks = 1;
    w->type = MSG_WRITE;
    w->only_first = true;
    run(b, w, 200, false, false);
    assert_int_equal(w->answers, 1);
    assert_int_equal(w->answer.type, MSG_WRITE_ACK);
    /* Line 1 + 10 + 10, to each chip 10 + 10 + 1, home 3 + 1, its word 2 + 10, to who asked 2 + 10 + 1. */
    assert_int_equal(w->answered_at, 21 + 21 + 4 + 12 + 13);
    assert_int_equal(wire(b, 0, 4), 160 + 32);
    assert_int_equal(wire(b, 4, 0), 160 + 32);
    for (uint32_t c = 1; c < 4; c++) {
        assert_int_equal(wire(b, c, 4), 32);
        assert_int_equal(wire(b, 4, c), 160);
        assert_int_equal(w->stores[c], 1);
    }
    check_walks(b);
    assert_true(stat_of(b, 4)->replicated == 3 * 128 && stat_of(b, 4)->sums == 0);
    free(w);
    bench_free(b);
}

static void a_spine_asks_leaves_and_they_their_chips(void **state)
{
    (void)state;
    struct bench *b = bench_new(adding(8, 4, 1));
    struct play *w = mem_alloc(sizeof *w);
    w->asks = 1;
    w->type = MSG_READ;
    w->only_first = true;
    run(b, w, 300, false, false);
    assert_int_equal(w->answers, 1);
    /* Up two lines, down two, home, up one, adders, up one, adders, down two. */
    assert_int_equal(w->answered_at, 1 + 12 + 12 + 12 + 12 + 1 + 4 + 20 + 9 + 20 + 9 + 20 + 20 + 1);
    assert_int_equal(wire(b, 0, 8), 32 + 160);
    assert_int_equal(wire(b, 8, 10), 32 + 160);
    assert_int_equal(wire(b, 9, 10), 160);
    assert_int_equal(wire(b, 10, 8), 32 + 160);
    assert_int_equal(wire(b, 10, 9), 32);
    assert_int_equal(wire(b, 9, 7), 32);
    assert_int_equal(wire(b, 7, 9), 160);
    check_walks(b);
    float leaf[2] = {0.0f, 0.0f};
    for (uint32_t c = 0; c < 8; c++)
        leaf[c / 4] += identity_float(part(w, c).numeric);
    assert_int_equal(w->sum.numeric, identity_bits(0.0f + leaf[0] + leaf[1]));
    assert_int_equal(w->sum.value, 1000003 * 36);
    assert_int_equal(w->sum.chunk, 8 * 100 + 28);
    free(w);
    bench_free(b);
}

/* ---- what is wrong with a sum ---- */

static struct identity sum_of(const uint16_t *chips, uint32_t n, uint32_t stale, uint32_t *faults)
{
    struct bench_shape shape = adding(4, 4, 0);
    shape.group_chip = chips;
    shape.group_chips = n;
    struct bench *b = bench_new(shape);
    struct play *w = mem_alloc(sizeof *w);
    w->asks = 1;
    w->type = MSG_READ;
    w->only_first = true;
    w->stale = stale;
    run(b, w, 200, false, false);
    struct identity sum = w->sum;
    *faults = (uint32_t)b->run.n_faults;
    assert_int_equal(w->answers, 1);
    free(w);
    bench_free(b);
    return sum;
}

static void a_partial_too_few_or_too_many_shows_in_the_sum(void **state)
{
    (void)state;
    uint32_t faults;
    struct identity few = sum_of((const uint16_t[]) {0, 1, 3}, 3, 0, &faults);
    assert_true(few.value == 1000003 * (10 - 3) && few.chunk == 406 - 102 && faults == 0);
    struct identity twice = sum_of((const uint16_t[]) {0, 1, 2, 2, 3}, 5, 0, &faults);
    assert_true(twice.value == 1000003 * (10 + 3) && twice.chunk == 406 + 102 && faults == 0);
    struct identity other = sum_of((const uint16_t[]) {0, 1, 2, 2}, 4, 0, &faults);
    assert_true(other.chunk == 406 - 103 + 102);
}

static void a_partial_of_another_version_is_a_fault(void **state)
{
    (void)state;
    uint32_t faults;
    sum_of(all, 4, 2, &faults);
    assert_int_equal(faults, 1);
}

static bool says(const struct diag *d, const char *text)
{
    for (size_t i = 0; i < d->count; i++)
        if (strstr(d->messages[i].text, text))
            return true;
    diag_print(d, stderr);
    return false;
}

/* Two requests of each of four chips and two places: two are asked for, six wait. */
static void a_switch_without_answers_says_who_waits(void **state)
{
    (void)state;
    struct bench_shape s = adding(4, 4, 0);
    s.sum_places = 2;
    struct bench *b = bench_new(s);
    struct play *w = mem_alloc(sizeof *w);
    struct diag d;
    w->asks = 2;
    w->type = MSG_READ;
    w->silent = true;
    run(b, w, 300, false, false);
    diag_init(&d);
    fabric_router_dump(b->chip[4].r, b->chip[4].cycle, &d);
    assert_true(says(&d, "2 requests wait for 8 answers of chips, the first one a read of line"));
    assert_true(says(&d, "requests wait for one of 2 places"));
    assert_int_equal(w->answers, 0);
    diag_free(&d);
    free(w);
    bench_free(b);
}

/* ---- many ---- */

static uint64_t crowd(struct bench_shape shape, enum message_type type, uint32_t slow, bool every, bool backwards)
{
    struct bench *b = bench_new(shape);
    struct play *w = mem_alloc(sizeof *w);
    w->asks = 40;
    w->type = type;
    w->slow = slow;
    for (uint32_t c = 0; type == MSG_READ && c < shape.chips; c++) {
        w->value += part(w, c).value;
        w->chunk += part(w, c).chunk;
    }
    run(b, w, 60000, every, backwards);
    uint64_t hash = w->hash;
    assert_int_equal(w->answers, 40 * shape.chips);
    for (uint32_t c = 0; type == MSG_WRITE && c < shape.chips; c++)
        assert_int_equal(w->stores[c], 40 * shape.chips);
    for (uint32_t c = 0; c < b->nodes; c++)
        assert_true(fabric_router_idle(b->chip[c].r));
    check_walks(b);
    free(w);
    bench_free(b);
    return hash;
}

/* One place in each switch, and buffers of one packet behind each line: everybody waits, nobody for ever. */
static void one_place_is_enough_for_all(void **state)
{
    (void)state;
    static const struct {
        uint32_t chips, leaf, spines;
    } shapes[] = {{4, 4, 0}, {8, 4, 1}, {8, 2, 1}};
    for (size_t i = 0; i < 3; i++) {
        for (uint32_t type = 0; type < 2; type++) {
            struct bench_shape s = adding(shapes[i].chips, shapes[i].leaf, shapes[i].spines);
            s.sum_places = s.size.queue = s.in_places = s.out_places = 1;
            crowd(s, type == 0 ? MSG_READ : MSG_WRITE, 3, false, false);
        }
    }
}

static void neither_order_nor_sleep_changes_when_what_is_answered(void **state)
{
    (void)state;
    struct bench_shape s = adding(8, 4, 1);
    s.sum_places = 3;
    for (uint32_t type = 0; type < 2; type++) {
        enum message_type t = type == 0 ? MSG_READ : MSG_WRITE;
        uint64_t hash = crowd(s, t, 2, false, false);
        assert_int_equal(crowd(s, t, 2, true, false), hash);
        assert_int_equal(crowd(s, t, 2, false, true), hash);
    }
}

/* One flit in 50, so one line in 5, cannot be corrected: each sum has each partial once, each store comes to all, once.
 */
static void lines_that_lose_packets_change_no_sum(void **state)
{
    (void)state;
    static const struct {
        uint32_t chips, leaf, spines, places, queue;
    } shapes[] = {{4, 4, 0, 16, 16}, {8, 4, 1, 16, 16}, {8, 2, 1, 1, 1}};
    for (size_t i = 0; i < 3; i++) {
        for (uint32_t type = 0; type < 2; type++) {
            struct bench_shape s = adding(shapes[i].chips, shapes[i].leaf, shapes[i].spines);
            enum message_type t = type == 0 ? MSG_READ : MSG_WRITE;
            s.sum_places = shapes[i].places;
            s.size.queue = shapes[i].queue;
            s.size.replay = 2000;
            s.errors = (struct link_errors) {.loss = UINT64_MAX / 50, .frame_bytes = PACKET_FLIT};
            s.seed = i + 1;
            uint64_t hash = crowd(s, t, 2, false, false);
            assert_int_equal(crowd(s, t, 2, true, true), hash);
            s.seed += 100;
            assert_int_not_equal(crowd(s, t, 2, false, false), hash); /* something was lost, other packets each time */
        }
    }
}

/* With room for all the lines are what limits: each chip's line up takes a partial of each of 4 x 40 sums. */
static void lines_carry_a_partial_of_each_sum_without_a_gap(void **state)
{
    (void)state;
    struct bench_shape s = adding(4, 4, 0);
    s.sum_places = 64;
    s.size.queue = 64;
    struct bench *b = bench_new(s);
    struct play *w = mem_alloc(sizeof *w);
    w->asks = 40;
    w->type = MSG_READ;
    run(b, w, 4000, false, false);
    assert_int_equal(w->answers, 160);
    for (uint32_t c = 0; c < 4; c++) {
        assert_int_equal(wire(b, c, 4), 160 * 160 + 40 * 32);
        assert_int_equal(wire(b, 4, c), 160 * 32 + 40 * 160);
    }
    assert_in_range(w->answered_at, 160 * 10 + 40 * 2, 160 * 10 + 40 * 2 + 200);
    free(w);
    bench_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_server_takes_what_the_hand_says_for_a_sum),
        cmocka_unit_test(an_empty_server_takes_what_the_hand_says_for_a_store),
        cmocka_unit_test(a_spine_asks_leaves_and_they_their_chips),
        cmocka_unit_test(a_partial_too_few_or_too_many_shows_in_the_sum),
        cmocka_unit_test(a_partial_of_another_version_is_a_fault),
        cmocka_unit_test(a_switch_without_answers_says_who_waits),
        cmocka_unit_test(one_place_is_enough_for_all),
        cmocka_unit_test(neither_order_nor_sleep_changes_when_what_is_answered),
        cmocka_unit_test(lines_that_lose_packets_change_no_sum),
        cmocka_unit_test(lines_carry_a_partial_of_each_sum_without_a_gap),
    };
    return cmocka_run_group_tests_name("fabric_sums", tests, NULL, NULL);
}
