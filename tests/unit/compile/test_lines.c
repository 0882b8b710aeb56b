/* SPDX-License-Identifier: Apache-2.0 */
/* test_lines.c - in which order pieces go over a chip link, and when they begin on it. */
#include "compile_fixture.h"

#include "sim/compile/engine.h"
#include "sim/compile/residency.h"

/* Works made by hand, one program of them. */
struct one {
    struct machine m;
    struct hand_graph g;
    struct layout l;
    struct memory_plan mem;
    struct run r;
};

static void run_one(struct one *x, const uint32_t *pin, bool queued, bool slotted)
{
    struct stuck stuck;
    layout_init(&x->l, &x->g.t, &x->m, &(struct layout_options) {.pin = pin});
    memory_plan_init(&x->mem, &x->l, true, false, 5, NULL);
    run_init(&x->r, &x->l, &x->mem, false);
    run_boot(&x->r);
    x->r.book.slotted = slotted;
    assert_int_equal(engine_run(&x->r, &(struct engine_options) {.queued = queued}, &stuck), 0);
}

static void end_one(struct one *x)
{
    run_free(&x->r);
    memory_plan_free(&x->mem);
    layout_free(&x->l);
    hand_end(&x->g);
    machine_free(&x->m);
}

/* When the chunk begins on the link from chip 0 to chip 1. */
static uint64_t begins_on_line(const struct one *x, uint32_t chunk)
{
    const struct sched_program *p = &x->r.out;
    for (size_t i = 0; i < p->n_hops; i++) {
        if (p->transfers[p->hops[i].transfer].chunk == chunk && p->hops[i].link == machine_chip_link(&x->m, 0, 1)) {
            return p->hops[i].start;
        }
    }
    return UINT64_MAX;
}

/* Two tasks of chip 0 are over together. The first one's chunk goes to the next chip, the second one's to the chip
 * behind that. */
static void of_what_is_made_together_the_farthest_goes_first_when_lines_have_queues(void **state)
{
    (void)state;
    static const uint32_t pins[] = {0, 1, 2, 4};
    for (int queued = 0; queued < 2; queued++) {
        struct machine_spec spec = fixture_spec(5, 1, 2);
        struct one x;
        spec.link_bandwidth /= 10;
        fixture_machine(&x.m, &spec);
        hand_begin(&x.g, &x.m);
        uint32_t near = hand_task(&x.g, 0, 10, NULL, 0, 4000, false);
        uint32_t far = hand_task(&x.g, 0, 10, NULL, 0, 4000, false);
        hand_task(&x.g, 1, 10, &near, 1, 0, true);
        hand_task(&x.g, 2, 10, &far, 1, 0, true);
        run_one(&x, pins, queued, false);
        assert_int_equal(x.r.start[0], x.r.start[1]);
        assert_int_equal(begins_on_line(&x, far) < begins_on_line(&x, near), queued);
        end_one(&x);
    }
}

/* What is made in different cycles by one chip, a piece each, for the next chip. */
static void gaps_on_a_slotted_line_are_as_long_as_pieces(void **state)
{
    (void)state;
    for (int slotted = 0; slotted < 2; slotted++) {
        struct machine_spec spec = fixture_spec(2, 1, 3);
        struct one x;
        uint32_t in[12];
        fixture_machine(&x.m, &spec);
        hand_begin(&x.g, &x.m);
        for (uint32_t i = 0; i < 12; i++) {
            in[i] = hand_task(&x.g, 0, 20 + 7 * i, NULL, 0, 8 * x.m.flit_bytes, false);
        }
        hand_task(&x.g, 1, 10, in, 12, 0, true);
        run_one(&x, NULL, false, slotted);
        const struct link *line = &x.m.links[machine_chip_link(&x.m, 0, 1)];
        const struct timeline *busy = &x.r.book.links[machine_chip_link(&x.m, 0, 1)];
        uint64_t ticks = fraction_ticks(line->rate, 8 * (uint64_t)x.m.flit_bytes), odd = 0, taken = 0;
        for (size_t i = 0; i < busy->n_spans; i++) {
            odd += busy->spans[i].from % ticks != 0;
            taken += busy->spans[i].to - busy->spans[i].from;
        }
        assert_int_equal(taken, 12 * ticks);
        assert_true(busy->n_spans > 1);
        assert_int_equal(odd == 0, slotted);
        end_one(&x);
    }
}

/* Pieces go in the order of their cycles, in one cycle in that in which they were booked, and each in its cycle, be
 * they shorter than one. */
static void pieces_of_a_slotted_line_go_in_their_cycles(void **state)
{
    (void)state;
    struct machine_spec spec = fixture_spec(2, 2, 2);
    struct one x;
    uint32_t in[90], n = sizeof in / sizeof *in;
    fixture_machine(&x.m, &spec);
    hand_begin(&x.g, &x.m);
    for (uint32_t i = 0; i < n; i++) {
        in[i] = hand_task(&x.g, 0, 1 + i * i % 17, NULL, 0, x.m.flit_bytes * (i % 3 == 0 ? 1 : 1 + i * i % 11), false);
    }
    hand_task(&x.g, 1, 10, in, n, 0, true);
    run_one(&x, NULL, false, true);
    uint32_t link = machine_chip_link(&x.m, 0, 1);
    const struct fraction rate = x.m.links[link].rate;
    const struct sched_program *p = &x.r.out;
    uint64_t free = 0, passed = 0;
    for (uint64_t cycle = 0; cycle < 10000; cycle++) {
        for (size_t i = 0; i < p->n_hops; i++) { /* by number of the transfer */
            if (p->hops[i].link == link && p->hops[i].start == cycle) {
                free = free > cycle * rate.num ? free : cycle * rate.num;
                assert_true(free < (cycle + 1) * rate.num);
                free += fraction_ticks(rate, (uint64_t)p->transfers[p->hops[i].transfer].flits * x.m.flit_bytes);
                passed++;
            }
        }
    }
    assert_int_equal(passed, n);
    end_one(&x);
}

/* A port's buffer has room for as many as its bytes hold, not for a few of the longest. */
static void short_pieces_wait_for_a_slow_line_beside_it(void **state)
{
    (void)state;
    struct machine_spec spec = fixture_spec(2, 1, 1);
    struct one x;
    uint32_t in[20], n = sizeof in / sizeof *in;
    spec.link_bandwidth /= 100;
    fixture_machine(&x.m, &spec);
    hand_begin(&x.g, &x.m);
    for (uint32_t i = 0; i < n; i++) {
        in[i] = hand_task(&x.g, 0, 10, NULL, 0, x.m.flit_bytes, false);
    }
    hand_task(&x.g, 1, 10, in, n, 0, true);
    run_one(&x, NULL, false, false);
    assert_in_range(n, 2 * x.m.staging_bytes / x.m.max_burst + 1, x.m.staging_bytes / x.m.flit_bytes);
    assert_int_equal(x.r.out.n_transfers, n);
    for (uint32_t i = 0; i < n; i++) {
        const struct sched_transfer *t = &x.r.out.transfers[i];
        assert_int_equal(x.r.out.hops[t->first_hop].start, x.r.finish[x.g.t.chunks[t->chunk].producer]);
    }
    end_one(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_what_is_made_together_the_farthest_goes_first_when_lines_have_queues),
        cmocka_unit_test(gaps_on_a_slotted_line_are_as_long_as_pieces),
        cmocka_unit_test(pieces_of_a_slotted_line_go_in_their_cycles),
        cmocka_unit_test(short_pieces_wait_for_a_slow_line_beside_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
