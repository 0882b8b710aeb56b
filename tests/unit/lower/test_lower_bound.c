/* SPDX-License-Identifier: Apache-2.0 */
/* test_lower_bound.c - the four parts of the bound against values computed by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/graph/graph_source.h"
#include "sim/lower/task_graph.h"
#include "sim/machine/machine_spec.h"

/* The default machine: 1.755 GHz; 16 units of 1024 MAC and 128 lanes per chip; engine 16 x 8 x 8;
 * 16 channels of 29.173811 B/cycle; links of 170.9403 B/cycle, 878 cycles. */
static void build_machine(struct machine *m, uint32_t chips, uint32_t fabric)
{
    struct machine_spec s;
    machine_spec_default(&s);
    s.chips = chips;
    s.fabric = chips > 1 ? fabric : MACHINE_NO_FABRIC;
    s.sram_bytes = 1 << 24;
    struct diag d;
    diag_init(&d);
    int error = machine_build_from(m, &s, &d);
    diag_print(&d, stderr);
    diag_free(&d);
    assert_int_equal(error, SIM_OK);
}

static struct lower_bound bound_on(struct op_graph *g, uint32_t chips, uint32_t fabric, uint32_t tensor_parallel,
                                   bool cold)
{
    struct machine m;
    build_machine(&m, chips, fabric);
    struct partition p;
    struct diag d;
    diag_init(&d);
    int error = partition_build(&p, g, chips, tensor_parallel, &d);
    diag_print(&d, stderr);
    diag_free(&d);
    assert_int_equal(error, SIM_OK);
    struct lower_bound b;
    lower_bound_of(&p, &m, cold, &b);
    partition_free(&p);
    machine_free(&m);
    return b;
}

/* ---- small graphs ---- */

static uint32_t input(struct op_graph *g, uint32_t rows, uint32_t cols)
{
    return op_graph_add_tensor(g, TENSOR_INPUT, rows, cols, 2, "x");
}

static uint32_t new_op(struct op_graph *g, enum op_kind kind, uint32_t m, uint32_t n, uint32_t k)
{
    uint32_t y = op_graph_add_tensor(g, TENSOR_ACTIVATION, m, n, 2, "y%zu", g->n_tensors);
    uint32_t op = op_graph_add_op(g, kind, y, "op%zu", g->n_ops);
    struct op *o = &g->ops[op];
    o->m = m;
    o->n = n;
    o->k = k;
    o->macs = (uint64_t)m * n * k;
    o->vector_ops = (uint64_t)op_kind_vector_ops[kind] * m * n;
    g->tensors[y].producer = op;
    return op;
}

static uint32_t matmul(struct op_graph *g, uint32_t x, uint32_t n, enum op_split split)
{
    uint32_t m = g->tensors[x].rows, k = g->tensors[x].cols;
    uint32_t weights = op_graph_add_tensor(g, TENSOR_WEIGHT, k, n, 2, "w%zu", g->n_tensors);
    uint32_t op = new_op(g, OP_MATMUL, m, n, k);
    op_graph_add_operand(g, op, x, 0, k, ROLE_A);
    op_graph_add_operand(g, op, weights, 0, n, ROLE_B);
    g->ops[op].split = split;
    g->ops[op].group_cols = 1;
    return g->ops[op].output;
}

static uint32_t vector_op(struct op_graph *g, enum op_kind kind, uint32_t x, enum operand_role role)
{
    uint32_t op = new_op(g, kind, g->tensors[x].rows, g->tensors[x].cols, 0);
    op_graph_add_operand(g, op, x, 0, g->tensors[x].cols, role);
    return g->ops[op].output;
}

static struct op_graph *finished(struct op_graph *g, uint32_t output)
{
    g->tensors[output].is_output = true;
    return g;
}

static uint32_t generic(struct op_graph *g, uint64_t cycles, uint32_t bytes)
{
    uint32_t y = op_graph_add_tensor(g, TENSOR_ACTIVATION, 1, bytes, 1, "y%zu", g->n_tensors);
    uint32_t op = op_graph_add_op(g, OP_GENERIC, y, "n%zu", g->n_ops);
    g->ops[op].m = 1;
    g->ops[op].n = bytes;
    g->ops[op].cycles = cycles;
    g->ops[op].split = SPLIT_RANGE;
    g->tensors[y].producer = op;
    return y;
}

static void generic_edge(struct op_graph *g, uint32_t from_tensor, uint32_t to_tensor)
{
    op_graph_add_operand(g, g->tensors[to_tensor].producer, from_tensor, 0, g->tensors[from_tensor].cols, ROLE_ALL);
}

/* ---- claims ---- */

static void one_matmul_is_padded_to_the_engine_only(void **state)
{
    (void)state;
    struct op_graph *g = op_graph_new("test");
    uint32_t y = matmul(g, input(g, 100, 30), 60, SPLIT_COLUMNS);
    struct lower_bound b = bound_on(finished(g, y), 1, 0, 1, true);
    assert_int_equal(b.compute, 14); /* ceil(100/16) x ceil(60/8) x ceil(30/8) = 7 x 8 x 4 = 224 over 16 units */
    assert_int_equal(b.path, 1);     /* one row: 60 x 30 MACs */
    assert_int_equal(b.links, 0);
    assert_int_equal(b.memory, 47); /* (6000 + 3600 + 12000) B / 466.78 B per cycle = 46.3 */
    assert_int_equal(b.cycles, 47);
    assert_string_equal(b.by, "memory");
}

static void a_steady_run_owes_nothing_to_the_memory(void **state)
{
    (void)state;
    struct op_graph *g = op_graph_new("test");
    uint32_t y = matmul(g, input(g, 100, 30), 60, SPLIT_COLUMNS);
    struct lower_bound b = bound_on(finished(g, y), 1, 0, 1, false);
    assert_int_equal(b.memory, 0);
    assert_int_equal(b.cycles, 14);
    assert_string_equal(b.by, "compute");
}

static void vector_work_counts_lanes(void **state)
{
    (void)state;
    struct op_graph *g = op_graph_new("test");
    uint32_t y = vector_op(g, OP_SOFTMAX, input(g, 64, 1000), ROLE_ROWS);
    struct lower_bound b = bound_on(finished(g, y), 1, 0, 1, false);
    assert_int_equal(b.compute, 157); /* 5 x 64000 / (16 x 128) = 156.25 */
    assert_int_equal(b.path, 3);      /* 5 x 1000 / 2048 = 2.4 */
}

static void the_fullest_chip_decides(void **state)
{
    (void)state;
    /* 320 columns in groups of 64 over 4 chips: 2, 1, 1, 1 groups; chip 0: 4 x 16 x 32 cycles / 16 units */
    struct op_graph *g = op_graph_new("test");
    uint32_t y = matmul(g, input(g, 64, 256), 320, SPLIT_COLUMNS);
    g->ops[0].group_cols = 64;
    struct lower_bound b = bound_on(finished(g, y), 4, FABRIC_RING, 4, false);
    assert_int_equal(b.compute, 128);
}

static void a_row_flows_through_a_chain(void **state)
{
    (void)state;
    struct op_graph *g = op_graph_new("test");
    uint32_t y = matmul(g, input(g, 512, 1024), 1024, SPLIT_COLUMNS); /* row: 1024 x 1024 / 16384 = 64 */
    y = vector_op(g, OP_GELU, y, ROLE_ELEMENT);                       /* row: 8 x 1024 / 2048 = 4 */
    y = vector_op(g, OP_NORM, y, ROLE_ROWS);                          /* row: 7 x 1024 / 2048 = 3.5 */
    struct lower_bound b = bound_on(finished(g, y), 1, 0, 1, false);
    assert_int_equal(b.path, 64 + 4 + 4);
}

static void a_reader_of_the_whole_waits_for_the_whole(void **state)
{
    (void)state;
    struct op_graph *g = op_graph_new("test");
    uint32_t x = input(g, 128, 64);
    uint32_t v = matmul(g, input(g, 128, 256), 64, SPLIT_COLUMNS); /* whole: 128 x 64 x 256 / 16384 = 128 */
    uint32_t scores = new_op(g, OP_SCORES, 128, 128, 64);          /* row: 128 x 64 / 16384 = 0.5 */
    op_graph_add_operand(g, scores, x, 0, 64, ROLE_A);
    op_graph_add_operand(g, scores, v, 0, 64, ROLE_B_T);
    struct lower_bound b = bound_on(finished(g, g->ops[scores].output), 1, 0, 1, false);
    assert_int_equal(b.path, 128 + 1);
}

static void a_reader_of_a_slice_waits_for_that_slice(void **state)
{
    (void)state;
    struct op_graph *g = op_graph_new("test");
    uint32_t x = input(g, 128, 16);
    uint32_t v = matmul(g, input(g, 128, 256), 64, SPLIT_COLUMNS);
    uint32_t scores = new_op(g, OP_SCORES, 128, 128, 16);
    op_graph_add_operand(g, scores, x, 0, 16, ROLE_A);
    op_graph_add_operand(g, scores, v, 48, 16, ROLE_B_T); /* 128 x 16 x 256 / 16384 = 32 */
    struct lower_bound b = bound_on(finished(g, g->ops[scores].output), 1, 0, 1, false);
    assert_int_equal(b.path, 32 + 1);
}

static void generic_work_is_not_shared(void **state)
{
    (void)state;
    struct op_graph *g = op_graph_new("test");
    uint32_t a = generic(g, 1000, 4096);
    uint32_t b1 = generic(g, 500, 4096);
    generic_edge(g, a, b1);
    uint32_t b2 = generic(g, 200, 4096);
    generic_edge(g, a, b2);
    uint32_t c = generic(g, 70, 0);
    generic_edge(g, b1, c);
    generic_edge(g, b2, c);
    struct lower_bound b = bound_on(finished(g, c), 1, 0, 1, false);
    assert_int_equal(b.path, 1000 + 500 + 70);
    assert_int_equal(b.compute, 111); /* 1770 / 16 units */
}

static void a_hop_between_chips_costs_its_latency(void **state)
{
    (void)state;
    for (uint32_t fabric = FABRIC_RING; fabric <= FABRIC_FULLY_CONNECTED; fabric++) {
        /* 5 nodes on 5 chips; node 0 feeds node 3: 2 hops in a ring of 5, one where all are joined */
        struct op_graph *g = op_graph_new("test");
        uint32_t n[5];
        for (uint32_t i = 0; i < 5; i++) {
            n[i] = generic(g, 10, 4096);
            if (i == 3) {
                generic_edge(g, n[0], n[3]);
            }
        }
        struct lower_bound b = bound_on(finished(g, n[3]), 5, fabric, 5, false);
        assert_int_equal(b.path, 20 + 878 * (fabric == FABRIC_RING ? 2 : 1));
        /* 4096 B through 2 or 4 links of 170.9403 B per cycle: 11.98, 5.99 */
        assert_int_equal(b.links, fabric == FABRIC_RING ? 12 : 6);
    }
}

static void a_dependence_without_bytes_does_not_travel(void **state)
{
    (void)state;
    struct op_graph *g = op_graph_new("test");
    uint32_t a = generic(g, 10, 0), b1 = generic(g, 10, 0);
    generic_edge(g, a, b1);
    struct lower_bound b = bound_on(finished(g, b1), 2, FABRIC_RING, 2, false);
    assert_int_equal(b.path, 20);
    assert_int_equal(b.links, 0);
}

static void what_many_chips_read_leaves_its_owner_once(void **state)
{
    (void)state;
    /* Node 0 feeds nodes on chips 1, 2, 3: out 40960 B once, in 40960 B each; the owner's two links
     * and each reader's two carry it in 119.8 cycles. A fourth node on chip 3 reads it too: once. */
    struct op_graph *g = op_graph_new("test");
    uint32_t n[8];
    for (uint32_t i = 0; i < 8; i++) {
        n[i] = generic(g, 1, 40960);
        if (i == 2 || i == 4 || i == 6 || i == 7) {
            generic_edge(g, n[0], n[i]);
        }
    }
    struct lower_bound b = bound_on(finished(g, n[7]), 4, FABRIC_RING, 4, false);
    assert_int_equal(b.links, 120);
}

/* x -> matmul split over k -> all-reduce -> norm on every chip -> matmul by columns, which needs all rows. */
static void an_all_reduce_crosses_with_fewest_messages(void **state)
{
    (void)state;
    struct op_graph *g = op_graph_new("test");
    uint32_t y = matmul(g, input(g, 64, 1024), 256, SPLIT_K);
    y = vector_op(g, OP_NORM, y, ROLE_ROWS);
    y = matmul(g, y, 1024, SPLIT_COLUMNS);
    struct lower_bound b = bound_on(finished(g, y), 4, FABRIC_RING, 4, false);
    /* 16384 elements x 3 messages x (4 B partial + 2 B sum) = 294912 B over 4 x 2 links of 170.9403 */
    assert_int_equal(b.links, 216);
    /* 256 x 256 / 16384 = 4; two hops from the chip opposite; 3 x 256 adds over 64 x 128 lanes; norm
     * 7 x 256 / 2048; 256 columns x 256 / 16384 = 4 */
    assert_int_equal(b.path, 4 + 2 * 878 + 1 + 1 + 4);
}

static void a_reduce_scatter_leaves_each_row_with_its_owner(void **state)
{
    (void)state;
    struct op_graph *g = op_graph_new("test");
    uint32_t y = matmul(g, input(g, 64, 1024), 256, SPLIT_K);
    y = vector_op(g, OP_NORM, y, ROLE_ROWS); /* nobody needs more than its own rows */
    struct lower_bound b = bound_on(finished(g, y), 4, FABRIC_RING, 4, false);
    /* 16384 x 3 x 4 B = 196608 B over 4 x 2 links: 143.8. Out of each chip at least 3/4 x 16384 x 2 B over 2
     * links: 71.9 */
    assert_int_equal(b.links, 144);
}

static void two_chips_of_four_share_the_bound_of_their_own_links(void **state)
{
    (void)state;
    struct op_graph *g = op_graph_new("test");
    uint32_t y = matmul(g, input(g, 64, 1024), 256, SPLIT_K);
    y = vector_op(g, OP_NORM, y, ROLE_ROWS);
    y = matmul(g, y, 1024, SPLIT_COLUMNS);
    struct lower_bound b = bound_on(finished(g, y), 4, FABRIC_RING, 2, false);
    /* 16384 x 1 x (4 + 2) B over 2 x 2 links: 143.8; compute: the last matmul, 64 x 512 x 256 on 16 units, and
     * the first, 64 x 256 x 512 */
    assert_int_equal(b.links, 144);
    assert_int_equal(b.compute, 1024);
}

static void the_gpt2_block_of_the_quickstart(void **state)
{
    (void)state;
    struct graph_options o = {.given = GRAPH_BIT(preset) | GRAPH_BIT(layers), .preset = "gpt2-small", .layers = 1};
    struct op_graph *g;
    struct diag d;
    diag_init(&d);
    assert_int_equal(graph_source_make("transformer", &o, &g, &d), SIM_OK);
    diag_free(&d);
    struct lower_bound b = bound_on(g, 4, FABRIC_RING, 4, true);
    assert_int_equal(b.compute, 14208); /* 931135488 MACs / 65536 */
    assert_int_equal(b.memory, 7793);   /* 14155776 + 2 x 196608 B / (64 x 29.173811) = 7792.2 */
    /* an all-reduce and a reduce-scatter of 98304 elements: 3 x (4 + 2) and 3 x 4 B each, over 8 links: 2156.6 */
    assert_int_equal(b.links, 2157);
    /* norm 3, K of a head 384, scores 1, softmax 1, values 1, proj 9, two hops 1756, add 1, residual 1, norm 3,
     * up 36, gelu 3, down 36, two hops 1756, add 1, residual 1 */
    assert_int_equal(b.path, 3 + 384 + 1 + 1 + 1 + 9 + 1756 + 1 + 1 + 3 + 36 + 3 + 36 + 1756 + 1 + 1);
    assert_int_equal(b.cycles, 14208);
    assert_string_equal(b.by, "compute");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_matmul_is_padded_to_the_engine_only),
        cmocka_unit_test(a_steady_run_owes_nothing_to_the_memory),
        cmocka_unit_test(vector_work_counts_lanes),
        cmocka_unit_test(the_fullest_chip_decides),
        cmocka_unit_test(a_row_flows_through_a_chain),
        cmocka_unit_test(a_reader_of_the_whole_waits_for_the_whole),
        cmocka_unit_test(a_reader_of_a_slice_waits_for_that_slice),
        cmocka_unit_test(generic_work_is_not_shared),
        cmocka_unit_test(a_hop_between_chips_costs_its_latency),
        cmocka_unit_test(a_dependence_without_bytes_does_not_travel),
        cmocka_unit_test(what_many_chips_read_leaves_its_owner_once),
        cmocka_unit_test(an_all_reduce_crosses_with_fewest_messages),
        cmocka_unit_test(a_reduce_scatter_leaves_each_row_with_its_owner),
        cmocka_unit_test(two_chips_of_four_share_the_bound_of_their_own_links),
        cmocka_unit_test(the_gpt2_block_of_the_quickstart),
    };
    return cmocka_run_group_tests_name("lower_bound", tests, NULL, NULL);
}
