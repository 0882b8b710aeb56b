/* SPDX-License-Identifier: Apache-2.0 */
/* test_collective.c - every way to add partials over the chips gives whole values, each where it is needed. */
#include "tests/unit/lower/lower_fixture.h"

static const int ways[] = {COLLECTIVE_RING, COLLECTIVE_ONE_SHOT, COLLECTIVE_TWO_STEP,
                           COLLECTIVE_TREE, COLLECTIVE_DOUBLING, COLLECTIVE_IN_SWITCH};
#define WAYS (sizeof ways / sizeof ways[0])

static struct fixture lowered_by(struct op_graph *g, uint32_t chips, uint32_t tensor_parallel, int way)
{
    struct machine_spec s = server(chips, 2, 2);
    s.fabric = way == COLLECTIVE_IN_SWITCH ? FABRIC_SWITCH : s.fabric;
    s.adders = way == COLLECTIVE_IN_SWITCH ? 48 : 0;
    struct lower_options o = {.tensor_parallel = tensor_parallel, .collective = (uint8_t)way};
    return lowered_on(g, &s, &o);
}

/* One matmul cut along k, read by a softmax: every chip needs whole rows of the sum, because a matmul cut by columns
 * follows. */
static struct op_graph *split_k_graph(uint32_t m, uint32_t n, uint32_t k)
{
    struct op_graph *g = op_graph_new("test");
    uint32_t sum = add_matmul(g, OP_NONE, m, n, k, SPLIT_K);
    uint32_t norm = add_rowwise(g, OP_NORM, output_of(g, sum), ROLE_ROWS);
    add_matmul(g, output_of(g, norm), m, 512, n, SPLIT_COLUMNS);
    return g;
}

#define SUM_OP 3u /* the collective comes last */

static void every_way_reaches_k_for_any_number_of_chips(void **state)
{
    (void)state;
    for (size_t w = 0; w < WAYS; w++) {
        for (uint32_t chips = 2; chips <= 7; chips++) {
            struct fixture f = lowered_by(split_k_graph(24, 40, 1000), chips, chips, ways[w]);
            uint32_t whole = 0;
            for (size_t i = 0; i < f.tasks.n_chunks; i++) {
                const struct chunk *c = &f.tasks.chunks[i];
                bool sum = c->producer != TASK_NONE && f.tasks.tasks[c->producer].op == SUM_OP;
                whole += sum && c->k_part == 1000;
                assert_true(!sum || c->k_whole == 1000);
                assert_true(!sum || (c->tensor == f.partition.ops->ops[SUM_OP].output) == (c->k_part == 1000));
            }
            assert_true(whole > 0);
            fixture_free(&f);
        }
    }
}

static void one_shot_reads_all_partials_in_chip_order_on_every_chip(void **state)
{
    (void)state;
    struct fixture f = lowered_by(split_k_graph(24, 40, 1024), 4, 4, COLLECTIVE_ONE_SHOT);
    uint64_t elements[4] = {0};
    for (size_t i = 0; i < f.tasks.n_tasks; i++) {
        const struct task *t = &f.tasks.tasks[i];
        if (t->op != SUM_OP)
            continue;
        elements[t->chip] += (uint64_t)t->rows * t->cols;
        for (uint32_t k = 0; k < t->n_inputs; k++) {
            const struct task_input *in = &f.tasks.inputs[t->first_input + k];
            assert_int_equal(f.tasks.chunks[in->chunk].chip, in->operand);
        }
        assert_int_equal(f.tasks.inputs[t->first_input + t->n_inputs - 1].operand, 3);
    }
    for (uint32_t chip = 0; chip < 4; chip++)
        assert_int_equal(elements[chip], 24 * 40);
    fixture_free(&f);
}

static void two_step_adds_each_element_once_and_others_read_it(void **state)
{
    (void)state;
    struct fixture f = lowered_by(split_k_graph(24, 40, 1024), 4, 4, COLLECTIVE_TWO_STEP);
    uint64_t elements[4] = {0};
    bool crossed = false;
    for (size_t i = 0; i < f.tasks.n_tasks; i++) {
        const struct task *t = &f.tasks.tasks[i];
        if (t->op == SUM_OP)
            elements[t->chip] += (uint64_t)t->rows * t->cols;
        for (uint32_t k = 0; k < t->n_inputs; k++) {
            const struct chunk *c = &f.tasks.chunks[f.tasks.inputs[t->first_input + k].chunk];
            crossed = crossed || (c->tensor == f.partition.ops->ops[SUM_OP].output && c->chip != t->chip);
        }
    }
    for (uint32_t chip = 0; chip < 4; chip++)
        assert_int_equal(elements[chip], 6 * 40);
    assert_true(crossed);
    fixture_free(&f);
}

/* In a ring of n chips each sum has n - 1 additions of two, one on each chip but the first, in steps of one chip. */
static void ring_sums_travel_from_neighbour_to_neighbour(void **state)
{
    (void)state;
    struct fixture f = lowered_by(split_k_graph(24, 40, 1280), 5, 5, COLLECTIVE_RING);
    uint32_t up = 0, down = 0;
    for (size_t i = 0; i < f.tasks.n_tasks; i++) {
        const struct task *t = &f.tasks.tasks[i];
        if (t->op != SUM_OP)
            continue;
        for (uint32_t k = 0; k < t->n_inputs; k++) {
            const struct task_input *in = &f.tasks.inputs[t->first_input + k];
            uint32_t from = f.tasks.chunks[in->chunk].chip;
            if (in->operand == 1) {
                assert_int_equal(from, t->chip);
                assert_int_equal(f.tasks.chunks[in->chunk].k_part, 256);
                continue;
            }
            assert_int_equal(f.tasks.chunks[in->chunk].k_part + 256, t->k_part);
            assert_true((from + 1) % 5 == t->chip || (t->chip + 1) % 5 == from);
            up += k == 0 && (from + 1) % 5 == t->chip;
            down += k == 0 && (t->chip + 1) % 5 == from;
        }
        assert_int_equal(f.tasks.inputs[t->first_input + t->n_inputs - 1].operand, 1);
    }
    uint32_t all = 0;
    for (size_t i = 0; i < f.tasks.n_tasks; i++)
        all += f.tasks.tasks[i].op == SUM_OP;
    assert_true(up > 0 && down > 0);
    assert_int_equal(up + down, all);
    assert_int_equal(all % 4, 0);
    fixture_free(&f);
}

/* Of five chips: four additions of two for each sum, in three rounds; the last one holds all on the owner. Chips that
 * meet are 1, 2 or 4 apart on the ring. */
static void tree_sums_meet_in_rounds(void **state)
{
    (void)state;
    struct fixture f = lowered_by(split_k_graph(24, 40, 1280), 5, 5, COLLECTIVE_TREE);
    uint32_t *round = calloc(f.tasks.n_tasks, sizeof *round);
    uint32_t of_round[4] = {0};
    assert_non_null(round);
    for (size_t i = 0; i < f.tasks.n_tasks; i++) {
        const struct task *t = &f.tasks.tasks[i];
        if (t->op != SUM_OP)
            continue;
        for (uint32_t k = 0; k < t->n_inputs; k++) {
            const struct chunk *c = &f.tasks.chunks[f.tasks.inputs[t->first_input + k].chunk];
            uint32_t apart = (c->chip + 5 - t->chip) % 5, before = round[c->producer];
            round[i] = before + 1 > round[i] ? before + 1 : round[i];
            assert_true((f.tasks.inputs[t->first_input + k].operand == 0) == (apart == 0));
        }
        assert_in_range(round[i], 1, 3);
        of_round[round[i]]++;
        assert_int_equal(t->k_part == 1280, round[i] == 3);
    }
    /* ranks 0+1 and 2+3, their sums, and rank 4 on top */
    assert_true(of_round[3] > 0);
    assert_int_equal(of_round[1], 2 * of_round[3]);
    assert_int_equal(of_round[2], of_round[3]);
    free(round);
    fixture_free(&f);
}

/* Each chip has a stripe of columns over all rows, in as many pieces of rows as four chips with rows of their own have
 * together; with fewer columns than chips it is rows. */
static void shares_by_columns_give_every_chip_some_of_the_first_rows(void **state)
{
    (void)state;
    static const struct {
        uint32_t columns;
        bool asked, by_columns;
    } cases[] = {{40, false, false}, {40, true, true}, {3, true, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct machine_spec s = server(4, 2, 2);
        struct lower_options o = {
            .tensor_parallel = 4, .collective = COLLECTIVE_TWO_STEP, .column_shares = cases[i].asked};
        struct fixture f = lowered_on(split_k_graph(24, cases[i].columns, 1024), &s, &o);
        bool first_rows[4] = {false};
        uint64_t elements[4] = {0}, pieces = 0;
        for (size_t k = 0; k < f.tasks.n_tasks; k++) {
            const struct task *t = &f.tasks.tasks[k];
            if (t->op != SUM_OP)
                continue;
            pieces++;
            elements[t->chip] += (uint64_t)t->rows * t->cols;
            first_rows[t->chip] |= t->row0 == 0;
            assert_true(!cases[i].by_columns || (t->col0 / 10 == t->chip && (t->col0 + t->cols - 1) / 10 == t->chip));
        }
        for (uint32_t chip = 0; chip < 4; chip++) {
            assert_int_equal(elements[chip], 6 * cases[i].columns);
            assert_int_equal(first_rows[chip], chip == 0 || cases[i].by_columns);
        }
        assert_in_range(pieces, cases[i].by_columns ? 4 * 16 : 4, 4 * 24);
        fixture_free(&f);
    }
}

/* Every chip makes every sum, in ceil(log2 n) rounds, of the same two operands in the same order as its partner; what
 * more than a power of 2 of chips adds comes before. On a ring of four partners are neighbours in both rounds. */
static void doubling_gives_every_chip_the_same_sums(void **state)
{
    (void)state;
    for (uint32_t chips = 2; chips <= 7; chips++) {
        struct fixture f = lowered_by(split_k_graph(24, 40, 1280), chips, chips, COLLECTIVE_DOUBLING);
        uint64_t whole[7] = {0};
        for (size_t i = 0; i < f.tasks.n_tasks; i++) {
            const struct task *t = &f.tasks.tasks[i];
            uint32_t held[2] = {0};
            for (uint32_t k = 0; t->op == SUM_OP && k < t->n_inputs; k++) {
                const struct task_input *in = &f.tasks.inputs[t->first_input + k];
                const struct chunk *c = &f.tasks.chunks[in->chunk];
                assert_in_range(in->operand, 0, 1);
                held[in->operand] = c->k_part;
                assert_true(chips != 4 || (c->chip + 4 - t->chip) % 4 != 2);
            }
            if (t->op == SUM_OP) {
                assert_int_equal(held[0] + held[1], t->k_part);
                whole[t->chip] += t->k_part == 1280 ? (uint64_t)t->rows * t->cols : 0;
            }
        }
        for (uint32_t chip = 0; chip < chips; chip++)
            assert_int_equal(whole[chip], 24 * 40);
        fixture_free(&f);
    }
}

/* Rows of four: chip 3 hands on to chip 7 below it, not to chip 4 at the other end of the next row. */
static void ring_sums_travel_from_neighbour_to_neighbour_of_a_torus(void **state)
{
    (void)state;
    struct machine_spec s = server(8, 2, 2);
    s.fabric = FABRIC_TORUS2D;
    struct lower_options o = {.tensor_parallel = 8, .collective = COLLECTIVE_RING};
    struct fixture f = lowered_on(split_k_graph(24, 40, 1280), &s, &o);
    uint32_t steps = 0;
    for (size_t i = 0; i < f.tasks.n_tasks; i++) {
        const struct task *t = &f.tasks.tasks[i];
        for (uint32_t k = 0; t->op == SUM_OP && k < t->n_inputs; k++) {
            const struct task_input *in = &f.tasks.inputs[t->first_input + k];
            uint32_t from = f.tasks.chunks[in->chunk].chip;
            assert_int_equal(machine_chip_hops(&f.machine, from, t->chip), in->operand == 1 ? 0 : 1);
            steps += in->operand == 0;
        }
    }
    assert_true(steps >= 8 * 7);
    fixture_free(&f);
}

static void readers_of_their_own_rows_get_a_reduce_scatter(void **state)
{
    (void)state;
    for (size_t w = 0; w < WAYS; w++) {
        struct op_graph *g = op_graph_new("test");
        uint32_t sum = add_matmul(g, OP_NONE, 32, 48, 512, SPLIT_K);
        add_rowwise(g, OP_GELU, output_of(g, sum), ROLE_ELEMENT);
        struct fixture f = lowered_by(g, 4, 4, ways[w]);
        for (size_t i = 0; i < f.tasks.n_tasks; i++) {
            const struct task *t = &f.tasks.tasks[i];
            if (t->op == 2 && t->k_part == t->k_whole)
                assert_in_range(t->row0, t->chip * 8, t->chip * 8 + 7);
        }
        fixture_free(&f);
    }
}

static void hashes_of_the_work_do_not_depend_on_the_collective(void **state)
{
    (void)state;
    char work[65] = "", tasks[WAYS][65];
    for (size_t w = 0; w < WAYS; w++) {
        struct fixture f = lowered_by(split_k_graph(24, 40, 1024), 4, 4, ways[w]);
        assert_true(w == 0 || strcmp(work, f.tasks.work_hash) == 0);
        memcpy(work, f.tasks.work_hash, sizeof work);
        memcpy(tasks[w], f.tasks.tasks_hash, sizeof tasks[w]);
        fixture_free(&f);
    }
    assert_string_not_equal(tasks[0], tasks[1]);
    assert_string_not_equal(tasks[1], tasks[2]);
    assert_string_not_equal(tasks[2], tasks[3]);
}

static uint64_t crossing_bytes(struct fixture *f)
{
    struct task_graph_figures x;
    task_graph_figures(&f->tasks, &x);
    fixture_free(f);
    return x.cross_bytes;
}

/* n - 1 of n chips' partials, fp32, to all; or 1/n of them each, and n - 1 of n shares of the sum, fp16, to all. */
static void bytes_between_chips_are_those_of_the_algorithm(void **state)
{
    (void)state;
    uint64_t partial = 24 * 40 * 4, whole = 24 * 40 * 2;
    struct fixture one = lowered_by(split_k_graph(24, 40, 1024), 4, 4, COLLECTIVE_ONE_SHOT);
    struct fixture two = lowered_by(split_k_graph(24, 40, 1024), 4, 4, COLLECTIVE_TWO_STEP);
    struct fixture ring = lowered_by(split_k_graph(24, 40, 1024), 4, 4, COLLECTIVE_RING);
    assert_int_equal(crossing_bytes(&one), 4 * 3 * partial);
    assert_int_equal(crossing_bytes(&two), 3 * partial + 3 * whole);
    assert_int_equal(crossing_bytes(&ring), 3 * partial + 3 * whole);
    struct fixture doubling = lowered_by(split_k_graph(24, 40, 1024), 4, 4, COLLECTIVE_DOUBLING);
    assert_int_equal(crossing_bytes(&doubling), 4 * 2 * partial);
    struct fixture in_switch = lowered_by(split_k_graph(24, 40, 1024), 4, 4, COLLECTIVE_IN_SWITCH);
    assert_int_equal(crossing_bytes(&in_switch), 4 * partial + 3 * whole); /* home to the other three: one multicast */
}

static uint32_t reductions(struct fixture *f)
{
    uint32_t n = 0;
    for (size_t i = 0; i < f->tasks.n_tasks; i++)
        n += f->tasks.tasks[i].op == SUM_OP;
    fixture_free(f);
    return n;
}

/* Of few bytes latency decides: one message. Of many on a slow link bytes decide: the ring. */
static void auto_takes_one_shot_for_few_bytes_and_the_ring_for_many(void **state)
{
    (void)state;
    struct machine_spec s = server(8, 2, 2);
    struct lower_options automatic = {.tensor_parallel = 8},
                         one = {.tensor_parallel = 8, .collective = COLLECTIVE_ONE_SHOT};
    struct lower_options ring = {.tensor_parallel = 8, .collective = COLLECTIVE_RING};
    struct fixture a = lowered_on(split_k_graph(8, 64, 512), &s, &automatic);
    struct fixture b = lowered_on(split_k_graph(8, 64, 512), &s, &one);
    assert_int_equal(reductions(&a), reductions(&b));
    s.link_bandwidth = 1000000000;
    s.link_latency_fs = 1000;
    a = lowered_on(split_k_graph(512, 512, 512), &s, &automatic);
    b = lowered_on(split_k_graph(512, 512, 512), &s, &ring);
    assert_int_equal(reductions(&a), reductions(&b));
}

/* Which way `auto` takes: that with as many tasks of each kind. */
static bool takes(const struct machine_spec *s, uint32_t chips, uint32_t rows, int way)
{
    struct lower_options automatic = {.tensor_parallel = chips}, other = automatic;
    other.collective = (uint8_t)way;
    struct fixture a = lowered_on(split_k_graph(rows, 768, 512), s, &automatic);
    struct fixture b = lowered_on(split_k_graph(rows, 768, 512), s, &other);
    bool same = a.tasks.n_tasks == b.tasks.n_tasks;
    for (size_t i = 0; same && i < a.tasks.n_tasks; i++)
        same = a.tasks.tasks[i].kind == b.tasks.tasks[i].kind && a.tasks.tasks[i].chip == b.tasks.tasks[i].chip &&
               a.tasks.tasks[i].rows == b.tasks.tasks[i].rows && a.tasks.tasks[i].cols == b.tasks.tasks[i].cols;
    fixture_free(&a);
    fixture_free(&b);
    return same;
}

/* 300 GB/s and 500 ns as in configs/run/switch-reduce.yaml. Of 128 rows a line into a chip carries 9 times a share of
 * partials with one shot, 3 of partials and 3 half ones with two steps, in twice the latency; of 4 rows the latency
 * is all. */
static void on_switches_auto_goes_by_the_busiest_line(void **state)
{
    (void)state;
    struct machine_spec s = server(4, 2, 2);
    s.fabric = FABRIC_SWITCH;
    s.link_bandwidth = 300000000000;
    s.link_latency_fs = 500000000;
    assert_true(takes(&s, 4, 128, COLLECTIVE_TWO_STEP) && !takes(&s, 4, 128, COLLECTIVE_ONE_SHOT));
    assert_true(takes(&s, 4, 4, COLLECTIVE_ONE_SHOT) && !takes(&s, 4, 4, COLLECTIVE_TWO_STEP));
}

/* The same with adders: partials go up once and sums down once. Adders that are slower than the lines are left. */
static void auto_lets_switches_add_that_are_fast_enough(void **state)
{
    (void)state;
    for (uint32_t leaf = 4; leaf <= 8; leaf += 4) {
        struct machine_spec s = server(8, 2, 2);
        s.fabric = FABRIC_SWITCH;
        s.fabric_leaf = leaf;
        s.fabric_spines = leaf < 8 ? 4 : 0;
        s.link_bandwidth = 300000000000;
        s.link_latency_fs = 500000000;
        s.adders = 64;
        assert_true(takes(&s, 8, 128, COLLECTIVE_IN_SWITCH) && !takes(&s, 8, 128, COLLECTIVE_TWO_STEP));
        s.adders = 4;
        assert_true(takes(&s, 8, 128, COLLECTIVE_TWO_STEP) && !takes(&s, 8, 128, COLLECTIVE_IN_SWITCH));
    }
}

static void one_row_is_shared_out_by_columns(void **state)
{
    (void)state;
    for (size_t w = 0; w < WAYS; w++) {
        struct fixture f = lowered_by(split_k_graph(1, 512, 1024), 4, 4, ways[w]);
        fixture_free(&f);
    }
}

/* 2 steps of 64 for 4 chips: two chips hold partials, all four need the sum. */
static void chips_without_partials_get_the_sum_too(void **state)
{
    (void)state;
    for (size_t w = 0; w < WAYS; w++) {
        struct op_graph *g = split_k_graph(32, 512, 128);
        g->ops[0].group_cols = 64;
        struct fixture f = lowered_by(g, 4, 4, ways[w]);
        assert_int_equal(f.partition.first_part[1] - f.partition.first_part[0], 2);
        fixture_free(&f);
    }
}

/* Tiles of several sizes on chips with uneven shares: one burst of each chip, in chip order, no work for a unit. */
static void a_switch_adds_one_burst_of_each_chip(void **state)
{
    (void)state;
    struct fixture f = lowered_by(split_k_graph(200, 300, 1000), 3, 3, COLLECTIVE_IN_SWITCH);
    uint64_t sums = 0, homes[3] = {0};
    for (size_t i = 0; i < f.tasks.n_tasks; i++) {
        const struct task *t = &f.tasks.tasks[i];
        if (t->op != SUM_OP)
            continue;
        assert_int_equal(t->kind, TASK_SWITCH);
        assert_int_equal(t->n_inputs, 3);
        assert_int_equal(t->needs.cycles, 0);
        assert_true((uint64_t)t->rows * t->cols * 4 <= f.machine.max_burst);
        sums += (uint64_t)t->rows * t->cols;
        homes[t->chip]++;
        for (uint32_t k = 0; k < 3; k++) {
            const struct chunk *c = &f.tasks.chunks[f.tasks.inputs[t->first_input + k].chunk];
            assert_int_equal(c->chip, k);
            assert_int_equal(c->bytes, t->rows * t->cols * 4);
            assert_true(c->row0 == t->row0 && c->col0 == t->col0 && c->rows == t->rows);
        }
    }
    assert_int_equal(sums, 200 * 300);
    assert_true(homes[0] - homes[2] <= 1 && homes[0] >= homes[1] && homes[1] >= homes[2] && homes[2] > 0);
    fixture_free(&f);
}

/* Chips 0 to 4 of six on leaves of two hold partials: two leaves add two each, the last one a single one, a spine the
 * three sums. Sum number s is in plane s mod 2 and there in spine (s / 2) mod 3. */
static void leaves_add_their_chips_and_a_spine_the_leaves(void **state)
{
    (void)state;
    struct machine_spec spec = server(6, 2, 2);
    spec.fabric = FABRIC_SWITCH;
    spec.fabric_planes = 2;
    spec.fabric_leaf = 2;
    spec.fabric_spines = 3;
    spec.adders = 48;
    struct lower_options o = {.tensor_parallel = 5, .collective = COLLECTIVE_IN_SWITCH};
    struct fixture f = lowered_on(split_k_graph(40, 300, 1000), &spec, &o);
    uint64_t elements = 0, wholes = 0;
    uint32_t first = 0;
    while (f.tasks.tasks[first].op != SUM_OP)
        first++;
    for (uint32_t i = first; i < f.tasks.n_tasks && f.tasks.tasks[i].op == SUM_OP; i += 4, wholes++) {
        const struct task *spine = &f.tasks.tasks[i + 3];
        uint32_t plane = 6 + (uint32_t)(wholes % 2) * 6, k = 0;
        for (uint32_t leaf = 0; leaf < 3; leaf++) {
            const struct task *t = &f.tasks.tasks[i + leaf];
            const struct chunk *sum = &f.tasks.chunks[t->first_output];
            assert_true(task_in_switch(t) && t->needs.cycles == 0 && t->n_outputs == 1);
            assert_int_equal(t->n_inputs, leaf < 2 ? 2 : 1);
            for (uint32_t j = 0; j < t->n_inputs; j++)
                assert_int_equal(f.tasks.chunks[f.tasks.inputs[t->first_input + j].chunk].chip, 2 * leaf + j);
            assert_int_equal(t->chip, 2 * leaf);
            assert_int_equal(task_switch(t, &f.machine, i + leaf), plane + leaf);
            assert_int_equal(sum->bytes, t->rows * t->cols * 4);
            assert_true(sum->k_part < sum->k_whole && !sum->is_output);
            assert_int_equal(f.tasks.inputs[spine->first_input + leaf].chunk, t->first_output);
            k += t->k_part;
        }
        assert_int_equal(spine->n_inputs, 3);
        assert_int_equal(k, 1000);
        assert_int_equal(task_switch(spine, &f.machine, i + 3), plane + 3 + wholes / 2 % 3);
        elements += (uint64_t)spine->rows * spine->cols;
    }
    assert_int_equal(elements, 40 * 300);
    assert_true(wholes > 6);
    fixture_free(&f);
}

/* Two of four chips, on one leaf: it adds the whole. */
static void a_leaf_with_all_partials_adds_the_whole(void **state)
{
    (void)state;
    struct machine_spec spec = server(4, 2, 2);
    spec.fabric = FABRIC_SWITCH;
    spec.fabric_leaf = 2;
    spec.fabric_spines = 2;
    spec.adders = 48;
    struct lower_options o = {.tensor_parallel = 2, .collective = COLLECTIVE_IN_SWITCH};
    struct fixture f = lowered_on(split_k_graph(40, 300, 1000), &spec, &o);
    uint64_t elements = 0, homes[4] = {0};
    for (uint32_t i = 0; i < f.tasks.n_tasks; i++) {
        const struct task *t = &f.tasks.tasks[i];
        if (t->op != SUM_OP)
            continue;
        assert_int_equal(t->n_inputs, 2);
        assert_int_equal(t->k_part, t->k_whole);
        assert_int_equal(task_switch(t, &f.machine, i), 4);
        elements += (uint64_t)t->rows * t->cols;
        homes[t->chip]++;
    }
    assert_int_equal(elements, 40 * 300);
    assert_true(homes[0] > 0 && homes[1] > 0 && homes[2] == 0);
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_reaches_k_for_any_number_of_chips),
        cmocka_unit_test(one_shot_reads_all_partials_in_chip_order_on_every_chip),
        cmocka_unit_test(two_step_adds_each_element_once_and_others_read_it),
        cmocka_unit_test(ring_sums_travel_from_neighbour_to_neighbour),
        cmocka_unit_test(tree_sums_meet_in_rounds),
        cmocka_unit_test(shares_by_columns_give_every_chip_some_of_the_first_rows),
        cmocka_unit_test(doubling_gives_every_chip_the_same_sums),
        cmocka_unit_test(ring_sums_travel_from_neighbour_to_neighbour_of_a_torus),
        cmocka_unit_test(readers_of_their_own_rows_get_a_reduce_scatter),
        cmocka_unit_test(hashes_of_the_work_do_not_depend_on_the_collective),
        cmocka_unit_test(bytes_between_chips_are_those_of_the_algorithm),
        cmocka_unit_test(auto_takes_one_shot_for_few_bytes_and_the_ring_for_many),
        cmocka_unit_test(on_switches_auto_goes_by_the_busiest_line),
        cmocka_unit_test(auto_lets_switches_add_that_are_fast_enough),
        cmocka_unit_test(one_row_is_shared_out_by_columns),
        cmocka_unit_test(chips_without_partials_get_the_sum_too),
        cmocka_unit_test(a_switch_adds_one_burst_of_each_chip),
        cmocka_unit_test(leaves_add_their_chips_and_a_spine_the_leaves),
        cmocka_unit_test(a_leaf_with_all_partials_adds_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
