/* SPDX-License-Identifier: Apache-2.0 */
/* test_slot_network.c - the scheduled network alone: slots, trees, accounts, the flit-by-flit walk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hw/noc/slot_network.h"
#include "sim/base/rng.h"
#include "tests/unit/hw/core_bench.h"

/*   port 0 --> r0 ==link 0==> r1 ==link 1 (eject)==> port 1
 *                              \==link 2==> r2 ==link 3 (eject)==> port 2 */
static const struct noc_link links[] = {{.id = "r0-r1", .latency = 3, .out = NOC_NO_PORT},
                                        {.id = "r1-p1", .latency = 1, .out = 1},
                                        {.id = "r1-r2", .latency = 2, .out = NOC_NO_PORT},
                                        {.id = "r2-p2", .latency = 1, .out = 2, .staged = true}};

struct bench {
    struct core_bench core;
    struct noc_program program;
    struct slot_network *n;
    struct mailbox *in[3], *out[3];
};

static void add_burst(struct bench *b, uint64_t start, uint32_t flits)
{
    *VEC_PUSH(&b->program, bursts) = (struct noc_burst) {.transfer = (uint32_t)b->program.n_bursts,
                                                         .latency = 2,
                                                         .flits = flits,
                                                         .bytes = 64 * flits - 10,
                                                         .start = start};
}

static void add_hop(struct bench *b, uint32_t burst, uint32_t link, uint32_t parent, uint64_t start)
{
    *VEC_PUSH(&b->program, hops) =
        (struct noc_hop) {.start = start, .link = link, .burst = burst, .parent = parent, .hop = link + 1, .peer = 7};
}

static int hops_by_start(const void *a, const void *b)
{
    const struct noc_hop *x = a, *y = b;
    return x->start < y->start ? -1 : x->start > y->start;
}

static void build(struct bench *b)
{
    struct slot_network_params p = {.name = "noc", .n_links = 4, .n_ports = 3, .flit_bytes = 64, .links = links};
    b->n = slot_network_new(&p, &b->program, 1, &b->core.run);
    for (int i = 0; i < 3; i++) {
        b->in[i] = core_bench_mail(&b->core, sizeof(struct burst), 64);
        b->out[i] = core_bench_mail(&b->core, sizeof(struct burst), 64);
    }
    slot_network_connect(b->n, &b->core.counter, b->in, b->out);
}

static void feed(struct bench *b, uint32_t burst)
{
    const struct noc_burst *x = &b->n->programs[0].bursts[burst];
    struct burst token = {.transfer = x->transfer,
                          .peer = burst,
                          .bytes = x->bytes,
                          .flits = x->flits,
                          .class_of = CLASS_DATA,
                          .entered = x->start};
    mailbox_write(b->in[0], x->start + x->latency, &token, burst_size(&token));
    domain_commit(b->core.domain);
}

static void end(struct bench *b)
{
    slot_network_free(b->n);
    for (int i = 0; i < 3; i++) {
        mailbox_free(b->in[i]);
        mailbox_free(b->out[i]);
    }
    core_bench_free(&b->core);
}

static uint64_t eval(void *core, uint64_t cycle)
{
    return slot_network_eval(core, cycle);
}

/* One burst of 4 flits down the tree, injected in slot 10. */
static void tree(struct bench *b)
{
    core_bench_init(&b->core);
    add_burst(b, 10, 4);
    add_hop(b, 0, 0, NOC_FROM_PORT, 12);
    add_hop(b, 0, 1, 0, 15);
    add_hop(b, 0, 2, 0, 15);
    add_hop(b, 0, 3, 2, 17);
}

static void a_burst_takes_each_link_in_its_slots_and_is_copied_at_the_branch(void **state)
{
    (void)state;
    struct bench b = {.n = NULL};
    tree(&b);
    build(&b);
    feed(&b, 0);
    uint32_t evaluations = core_bench_run(&b.core, eval, b.n, 100, false);
    slot_network_end(b.n);
    assert_int_equal(b.core.run.n_faults, 0);
    const struct burst *x = mailbox_item(b.out[1], 0);
    assert_int_equal(mailbox_item_at(b.out[1], 0), 15 + 3 + 1); /* last flit across the eject link */
    assert_int_equal(x->usable, 19);
    assert_int_equal(x->peer, 7);
    x = mailbox_item(b.out[2], 0);
    assert_int_equal(mailbox_item_at(b.out[2], 0), 18); /* a staging buffer is told of the first flit */
    assert_int_equal(x->entered, 17);
    assert_int_equal(x->usable, 17 + 3 + 1);
    assert_int_equal(b.n->accounts[0][CLASS_DATA].payload, 246);
    assert_int_equal(b.n->accounts[0][CLASS_DATA].padding, 10);
    assert_int_equal(b.n->accounts[0][CLASS_DATA].busy_cycles, 4);
    assert_int_equal(b.n->stat.replicated, 246);
    assert_int_equal(b.n->stat.flit_hops, 8);
    assert_int_equal(b.n->stat.burst_hops, 4);
    assert_int_equal(slot_network_in_flight(b.n), 0);
    assert_true(evaluations < 14); /* with the walk; without it, one per slot in which something starts */
    end(&b);
}

static void copies_in_the_network_are_counted(void **state)
{
    (void)state;
    struct bench b = {.n = NULL};
    tree(&b);
    build(&b);
    feed(&b, 0);
    core_bench_run(&b.core, eval, b.n, 11, false);
    assert_int_equal(slot_network_in_flight(b.n), 246); /* at the port */
    core_bench_run(&b.core, eval, b.n, 16, false);
    assert_int_equal(slot_network_in_flight(b.n), 246); /* one copy is out, one on its way to r2 */
    end(&b);
}

static void a_burst_that_was_not_sent_is_missed(void **state)
{
    (void)state;
    struct bench b = {.n = NULL};
    tree(&b);
    build(&b);
    core_bench_run(&b.core, eval, b.n, 100, false);
    assert_int_equal(b.core.run.n_faults, 1);
    assert_string_equal(b.core.run.faults[0].place, "r0-r1");
    assert_int_equal(b.core.run.faults[0].slot, 12);
    end(&b);
}

static void another_burst_than_the_expected_one_is_noticed(void **state)
{
    (void)state;
    struct bench b = {.n = NULL};
    tree(&b);
    build(&b);
    struct burst token = {.transfer = 99, .peer = 0, .bytes = 246, .flits = 4, .entered = 10};
    mailbox_write(b.in[0], 12, &token, burst_size(&token));
    domain_commit(b.core.domain);
    core_bench_run(&b.core, eval, b.n, 100, false);
    assert_int_equal(b.core.run.n_faults, 1);
    end(&b);
}

static void a_link_that_is_still_busy_is_noticed(void **state)
{
    (void)state;
    struct bench b = {.n = NULL};
    core_bench_init(&b.core);
    add_burst(&b, 10, 4);
    add_burst(&b, 13, 2); /* the inject link of the port is not looked at here; link 0 is taken until 16 */
    add_hop(&b, 0, 0, NOC_FROM_PORT, 12);
    add_hop(&b, 1, 0, NOC_FROM_PORT, 15);
    build(&b);
    feed(&b, 0);
    feed(&b, 1);
    core_bench_run(&b.core, eval, b.n, 100, false);
    assert_int_equal(b.core.run.n_faults, 1);
    assert_non_null(strstr(b.core.run.faults[0].text, "taken"));
    end(&b);
}

/* Random trains of bursts: the walk agrees, and evaluating in every cycle changes nothing. */
static void flits_one_by_one_give_the_same(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed < 40; seed++) {
        uint64_t delivered[2] = {0, 0}, at = 5;
        for (int every = 0; every < 2; every++) {
            struct bench b = {.n = NULL};
            struct rng r;
            rng_init(&r, seed, "bursts");
            core_bench_init(&b.core);
            b.core.run.shuffle = every ? seed : 0;
            at = 5;
            for (uint32_t i = 0; i < 20; i++) {
                uint32_t flits = 1 + (uint32_t)rng_below(&r, 6), ways = 1 + (uint32_t)rng_below(&r, 3);
                add_burst(&b, at, flits);
                uint32_t first = (uint32_t)b.program.n_hops;
                add_hop(&b, i, 0, NOC_FROM_PORT, at + 2);
                if (ways & 1)
                    add_hop(&b, i, 1, first, at + 5);
                if (ways & 2) {
                    add_hop(&b, i, 2, first, at + 5);
                    add_hop(&b, i, 3, (uint32_t)b.program.n_hops - 1, at + 7);
                }
                at += flits + rng_below(&r, 4);
            }
            /* Parents are entry numbers: sort, then find them again by their link and burst. */
            qsort(b.program.hops, b.program.n_hops, sizeof *b.program.hops, hops_by_start);
            for (uint32_t h = 0; h < b.program.n_hops; h++) {
                struct noc_hop *x = &b.program.hops[h];
                uint32_t want = x->link == 3 ? 2 : 0;
                for (uint32_t k = 0; x->link != 0 && k < b.program.n_hops; k++)
                    if (b.program.hops[k].burst == x->burst && b.program.hops[k].link == want)
                        x->parent = k;
            }
            build(&b);
            for (uint32_t i = 0; i < 20; i++)
                feed(&b, i);
            core_bench_run(&b.core, eval, b.n, at + 50, every);
            slot_network_end(b.n);
            assert_int_equal(b.core.run.n_faults, 0);
            for (uint32_t i = 0; i < 3; i++)
                for (uint32_t k = 0; k < mailbox_count(b.out[i]); k++)
                    delivered[every] += ((const struct burst *)mailbox_item(b.out[i], k))->usable;
            end(&b);
        }
        assert_int_equal(delivered[0], delivered[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_takes_each_link_in_its_slots_and_is_copied_at_the_branch),
        cmocka_unit_test(copies_in_the_network_are_counted),
        cmocka_unit_test(a_burst_that_was_not_sent_is_missed),
        cmocka_unit_test(another_burst_than_the_expected_one_is_noticed),
        cmocka_unit_test(a_link_that_is_still_busy_is_noticed),
        cmocka_unit_test(flits_one_by_one_give_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
