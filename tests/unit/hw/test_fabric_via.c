/* SPDX-License-Identifier: Apache-2.0 */
/* test_fabric_via.c - ways by a third chip: how long they are, who is drawn, what makes a source take one, what they
 * are worth where all of a group send to one other, and what keeps them from getting stuck. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/hw/fabric_crowd.h"

enum { SHORTEST, ALWAYS, BY_QUEUE };

/* Classes: one more in a dragonfly, else those of shortest ways twice. */
static struct bench_shape by_third(struct bench_shape s, int how)
{
    bool dragonfly = s.kind == BENCH_DRAGONFLY;
    if (how == SHORTEST)
        return s;
    s.via = (struct fabric_via_params) {.cluster = dragonfly ? s.group : 1, .adaptive = how == BY_QUEUE};
    s.size.turn = dragonfly ? 0 : s.size.classes;
    s.size.classes = dragonfly ? 3 : 2 * s.size.classes;
    return s;
}

/* ---- one message ---- */

struct flight {
    uint32_t hops, between; /* links, and links between groups, of the way as the accounts have it */
    bool by[BENCH_CHIPS];   /* clusters that it passed, ends of links */
    uint64_t seen;          /* cycles until the far network has it */
};

static struct flight fly(struct bench *b, enum message_type type, uint16_t from, uint16_t to, uint32_t line)
{
    struct flight f = {0};
    struct message m = to_chip(type, from, to, line);
    uint64_t start = b->chip[0].cycle;
    for (uint32_t c = 0; c < b->nodes; c++)
        fabric_router_stat_clear(b->chip[c].r, start);
    for (bool given = false; f.seen == 0 && b->chip[0].cycle < start + 2000; b->chip[0].cycle++) {
        for (uint32_t c = 0; c < b->nodes; c++) {
            bench_begin(b, c, b->chip[0].cycle);
            bench_eval(b, c, false);
        }
        if (!given)
            bench_give(b, from, &m);
        given = true;
        struct net_port *port = &b->chip[to].port[line % b->s.ports];
        if (port_sent(port, b->chip[0].cycle)) {
            f.seen = b->chip[0].cycle - start;
            port_sent_pop(port);
            credit_line_give(&b->chip[to].out_credit[line % b->s.ports], message_vn(&m), 1);
        }
        bench_commit(b);
    }
    for (uint32_t c = 0; c < b->nodes; c++)
        for (uint32_t i = 0; i < b->chip[c].links; i++) {
            uint32_t peer = bench_peer(b, c, i), size = b->s.via.cluster;
            if (b->chip[from].r->walked[c * BENCH_LINKS + i] == 0)
                continue;
            assert_int_equal(b->chip[from].r->walked[c * BENCH_LINKS + i], packet_wire(&b->s.size, &m));
            assert_int_equal(b->chip[c].r->senders[i].stat.packets, 1); /* it went where the accounts say */
            f.hops++;
            f.between += c / size != peer / size;
            f.by[peer / size] = true;
        }
    return f;
}

static struct bench_shape quiet(struct bench_shape s)
{
    s.size.queue = 16;
    s.in_places = s.out_places = 8;
    s.rate = (struct fraction) {16, 1};
    s.latency = 10;
    return s;
}

/* n links of an empty way: 2 + n x (line + latency), as on the shortest one. Of a dragonfly with a link per chip to
 * other groups: at most inside, between, inside, between, inside, and a third group. The chip at which a link between
 * groups ends has no other one, so there is always one inside. */
static void an_empty_way_by_a_third_group_has_three_to_five_links(void **state)
{
    (void)state;
    struct bench *b = bench_new(by_third(quiet(dragonfly(4)), ALWAYS));
    uint32_t lengths[6] = {0}, shortest = 0, turns[5] = {0};
    for (uint32_t k = 0; k < 4000; k++) {
        uint16_t from = (uint16_t)(k % 20), to = (uint16_t)((from + 1 + k * 7 % 19) % 20);
        bool data = k % 2;
        struct flight f = fly(b, data ? MSG_DATA : MSG_READ, from, to, k);
        assert_int_equal(f.seen, 2 + f.hops * ((data ? 10u : 2u) + 10));
        if (from / 4 == to / 4) {
            assert_int_equal(f.hops, 1);
            shortest++;
            continue;
        }
        assert_in_range(f.hops, 3, 5);
        assert_int_equal(f.between, 2);
        assert_true(f.by[to / 4]);
        for (uint32_t g = 0; g < 5; g++)
            turns[g] += f.by[g] && g != from / 4 && g != to / 4;
        lengths[f.hops]++;
    }
    assert_true(shortest > 0 && lengths[3] > 0 && lengths[4] > 0 && lengths[5] > 0);
    uint32_t all = turns[0] + turns[1] + turns[2] + turns[3] + turns[4];
    assert_int_equal(all, 4000 - shortest); /* one third group each */
    for (uint32_t g = 0; g < 5; g++)
        assert_in_range(turns[g], all / 5 * 9 / 10, all / 5 * 11 / 10);
    bench_free(b);
}

static void fully_connected_chips_send_over_two_links(void **state)
{
    (void)state;
    struct bench *b = bench_new(by_third(quiet(crowded(BENCH_FULL, 5)), ALWAYS));
    uint32_t thirds[5] = {0};
    for (uint32_t k = 0; k < 600; k++) {
        struct flight f = fly(b, MSG_DATA, 1, 3, k);
        assert_int_equal(f.hops, 2);
        assert_int_equal(f.seen, 2 + 2 * (10 + 10));
        for (uint32_t c = 0; c < 5; c++)
            thirds[c] += f.by[c];
    }
    assert_int_equal(thirds[3], 600);
    assert_int_equal(thirds[0] + thirds[2] + thirds[4], 600);
    assert_true(thirds[0] > 150 && thirds[2] > 150 && thirds[4] > 150);
    bench_free(b);
}

/* A way of a torus by a third chip is the shortest one there and the shortest one on. It may pass a link twice only
 * where it turns round, and never the same way: walked would be doubled. */
static void a_way_on_a_torus_is_two_shortest_ones(void **state)
{
    (void)state;
    struct bench *b = bench_new(by_third(quiet(torus(4, 4, 1)), ALWAYS));
    uint32_t most = 0;
    for (uint32_t k = 0; k < 2000; k++) {
        struct flight f = fly(b, MSG_READ, (uint16_t)(k % 16), (uint16_t)((k + 1 + k / 16 % 15) % 16), k);
        assert_int_equal(f.seen, 2 + f.hops * (2 + 10));
        most = f.hops > most ? f.hops : most;
    }
    assert_int_equal(most, 7); /* to the farthest chip, four links, from which all but the source are nearer */
    bench_free(b);
}

/* ---- UGAL ---- */

/* How many of a burst of messages, given in one cycle and looked at in turn, go by a third group. */
static uint64_t detours_of(struct bench_shape s, uint32_t given, uint32_t cycles)
{
    struct bench *b = bench_new(s);
    for (uint32_t n = 0; b->chip[0].cycle < cycles; b->chip[0].cycle++) {
        for (uint32_t c = 0; c < b->nodes; c++) {
            bench_begin(b, c, b->chip[0].cycle);
            bench_eval(b, c, false);
        }
        for (; n < given && bench_may_give(b, 0, 0, VN_RESPONSE); n++) {
            struct message m = to_chip(MSG_DATA, 0, 4, 0); /* chip 0 has the link to the group of chip 4 */
            bench_give(b, 0, &m);
        }
        if (port_sent(&b->chip[4].port[0], b->chip[0].cycle)) {
            port_sent_pop(&b->chip[4].port[0]);
            credit_line_give(&b->chip[4].out_credit[0], VN_RESPONSE, 1);
        }
        bench_commit(b);
    }
    uint64_t by = b->chip[0].r->stat.by_third;
    assert_int_equal(b->chip[0].r->stat.messages_in, given);
    bench_free(b);
    return by;
}

/* The way to chip 4 has two links, one by a third group four or five: inside, between, inside, between, and inside if
 * it does not end there. Seven lines of 160 B at most wait before the eighth. */
static void the_shortest_way_is_taken_until_its_queue_costs_more(void **state)
{
    (void)state;
    struct bench_shape s = by_third(quiet(dragonfly(4)), BY_QUEUE);
    assert_int_equal(detours_of(s, 8, 400), 0); /* all of one cycle: nothing waits yet */
    assert_true(detours_of(s, 40, 2000) > 0);   /* the next ones see what those left */
    s.via.link_bytes = 1120;                    /* (7 x 160 + 1120) x 2 = 1120 x 4 */
    assert_int_equal(detours_of(s, 400, 20000), 0);
    s.via.link_bytes = 1119;
    assert_true(detours_of(s, 400, 20000) > 0);
}

/* Chips 1 and 2 send to chip 4 over chip 0, whose link between the groups carries half of what they send. Nothing waits
 * at theirs to chip 0, so what they know is what credits do not tell: with latencies of 10 and lines of 10 cycles the
 * first ones are due after 30 cycles. Without a queue there none is overdue. */
static void a_source_hears_from_credits_what_waits_at_the_next_router(void **state)
{
    (void)state;
    for (uint32_t senders = 1; senders <= 2; senders++) {
        struct bench *b = bench_new(by_third(quiet(dragonfly(4)), BY_QUEUE));
        uint64_t first = 0;
        for (; b->chip[0].cycle < 400; b->chip[0].cycle++) {
            for (uint32_t c = 0; c < b->nodes; c++) {
                bench_begin(b, c, b->chip[0].cycle);
                bench_eval(b, c, false);
            }
            for (uint16_t c = 1; c <= senders && b->chip[0].cycle % 10 == 0; c++) {
                struct message m = to_chip(MSG_DATA, c, 4, 0);
                bench_give(b, c, &m);
            }
            uint64_t by = b->chip[1].r->stat.by_third + b->chip[2].r->stat.by_third;
            first = first == 0 && by > 0 ? b->chip[0].cycle : first;
            bench_commit(b);
        }
        assert_true(senders == 1 ? first == 0 : first > 30 && first < 100);
        bench_free(b);
    }
}

/* ---- crowds ---- */

static void crowds_by_third_chips_never_get_stuck(void **state)
{
    (void)state;
    for (int how = ALWAYS; how <= BY_QUEUE; how++) {
        check_crowd(by_third(dragonfly(2), how), 1, 20000);
        check_crowd(by_third(dragonfly(3), how), 1, 20000);
        check_crowd(by_third(dragonfly(4), how), 1, 10000);
        check_crowd(by_third(dragonfly(4), how), 37, 10000);
        check_crowd(by_third(crowded(BENCH_RING, 4), how), 1, 20000);
        check_crowd(by_third(crowded(BENCH_RING, 8), how), 1, 20000);
        check_crowd(by_third(torus(4, 4, 1), how), 1, 10000);
        check_crowd(by_third(torus(3, 3, 3), how), 7, 5000);
        check_crowd(by_third(crowded(BENCH_FULL, 8), how), 1, 20000);
        check_crowd(with_errors(by_third(dragonfly(3), how)), 1, 10000);
        check_crowd(with_errors(by_third(crowded(BENCH_RING, 5), how)), 1, 10000);
    }
}

/* A class less. Dragonfly: one for the way to the third group, one for that from there, so what has still to leave a
 * group waits for what has come into it. Others: both halves of a way in the same classes. */
static void without_classes_of_their_own_they_get_stuck(void **state)
{
    (void)state;
    const char *dump = "out of credits";
    struct bench_shape shapes[] = {dragonfly(4), crowded(BENCH_FULL, 8), crowded(BENCH_RING, 8), torus(4, 4, 1)};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        struct bench_shape s = by_third(shapes[i], ALWAYS);
        assert_int_equal(left_for_ever(s, 0, dump), 0);
        s.size.classes = 2;
        s.size.turn = s.kind == BENCH_DRAGONFLY;
        s.no_dateline = true;
        if (s.kind != BENCH_DRAGONFLY)
            s.size.classes = 1;
        assert_true(left_for_ever(s, 0, dump) > 0);
    }
}

static void neither_order_nor_sleep_changes_ways(void **state)
{
    (void)state;
    for (int how = ALWAYS; how <= BY_QUEUE; how++) {
        struct bench_shape shapes[] = {
            by_third(dragonfly(3), how),
            by_third(torus(4, 2, 2), how),
            by_third(crowded(BENCH_RING, 5), how),
            by_third(crowded(BENCH_FULL, 4), how),
            with_errors(by_third(dragonfly(2), how)),
        };
        shapes[2].drift_ppb = 40000000; /* 1040 fs beside 1000 fs */
        shapes[4].out_places = 1;
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
            struct outcome first = outcome_of(shapes[i], 0, 0, false);
            for (uint32_t k = 1; k < 12; k++) {
                struct outcome o = outcome_of(shapes[i], k % 3, k / 2, k % 2);
                assert_memory_equal(&o, &first, sizeof o);
            }
            shapes[i].seed = 1; /* other chips are drawn */
            assert_true(outcome_of(shapes[i], 0, 0, false).hash != first.hash);
        }
    }
}

/* ---- what it is worth ---- */

/* Wire bytes that arrive in the second half of 40,000 cycles, per cluster in permille of what a link carries, when all
 * chips send to chip `only` further on, or to all, as fast as they can. */
static uint64_t carried(struct bench_shape shape, int how, uint32_t only, uint64_t link_bytes)
{
    struct bench_shape s = by_third(shape, how);
    uint32_t clusters = s.chips / (s.kind == BENCH_DRAGONFLY ? s.group : 1);
    s.rate = (struct fraction) {16, 1};
    s.size.queue = 32;
    s.in_places = s.out_places = 16;
    s.via.link_bytes = link_bytes;
    struct bench *b = crowd_bench(s);
    struct crowd w = {.seed = 3, .injecting = true, .slow = 1, .only = only}, half;
    run_crowd(b, &w, 20000);
    half = w;
    run_crowd(b, &w, 20000);
    uint64_t bytes = (w.taken - half.taken) * 32 + w.taken_bytes - half.taken_bytes;
    bench_free(b);
    return bytes * 1000 / (clusters * 20000ull * 16);
}

/* All chips of a group send to the next one of five. On shortest ways that is one link's worth. By the three other
 * groups each of the links to and from these carries a third, twice: once on the way there, once on the way on. Where
 * two fifths go by the shortest way, all five links of a group are full: 2.5 times as much as one carries. */
static void ways_by_third_groups_carry_more_to_one_group(void **state)
{
    (void)state;
    assert_in_range(carried(dragonfly(4), SHORTEST, 4, 0), 980, 1000);
    assert_in_range(carried(dragonfly(4), ALWAYS, 4, 0), 1470, 1500);
    for (uint64_t link_bytes = 80; link_bytes <= 1280; link_bytes *= 4)
        assert_in_range(carried(dragonfly(4), BY_QUEUE, 4, link_bytes), 2450, 2520);
}

/* Eight chips, each sends to the next one. By the six others three times as much goes as over the one link, and over
 * all seven links four times. */
static void ways_by_third_chips_carry_more_to_one_chip(void **state)
{
    (void)state;
    assert_in_range(carried(crowded(BENCH_FULL, 8), SHORTEST, 1, 0), 980, 1000);
    assert_in_range(carried(crowded(BENCH_FULL, 8), ALWAYS, 1, 0), 2900, 3000);
    assert_in_range(carried(crowded(BENCH_FULL, 8), BY_QUEUE, 1, 320), 3900, 4030);
}

/* And less where the load is even: half as much always; the choice gives up a tenth at most. */
static void ways_by_third_chips_carry_less_to_all(void **state)
{
    (void)state;
    const struct bench_shape shapes[] = {dragonfly(4), crowded(BENCH_FULL, 8), torus(4, 4, 1)};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        uint64_t most = carried(shapes[i], SHORTEST, 0, 0);
        assert_in_range(carried(shapes[i], ALWAYS, 0, 0), most * 45 / 100, most * 55 / 100);
        assert_in_range(carried(shapes[i], BY_QUEUE, 0, 320), most * 90 / 100, most * 102 / 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_way_by_a_third_group_has_three_to_five_links),
        cmocka_unit_test(fully_connected_chips_send_over_two_links),
        cmocka_unit_test(a_way_on_a_torus_is_two_shortest_ones),
        cmocka_unit_test(the_shortest_way_is_taken_until_its_queue_costs_more),
        cmocka_unit_test(a_source_hears_from_credits_what_waits_at_the_next_router),
        cmocka_unit_test(crowds_by_third_chips_never_get_stuck),
        cmocka_unit_test(without_classes_of_their_own_they_get_stuck),
        cmocka_unit_test(neither_order_nor_sleep_changes_ways),
        cmocka_unit_test(ways_by_third_groups_carry_more_to_one_group),
        cmocka_unit_test(ways_by_third_chips_carry_more_to_one_chip),
        cmocka_unit_test(ways_by_third_chips_carry_less_to_all),
    };
    return cmocka_run_group_tests_name("fabric_via", tests, NULL, NULL);
}
