/* SPDX-License-Identifier: Apache-2.0 */
/* test_partition.c - which chip does what, collectives, and the work hash. */
#include "tests/unit/lower/lower_fixture.h"

static struct partition split(struct op_graph *g, uint32_t chips, uint32_t tensor_parallel)
{
    struct partition p;
    struct diag d;
    diag_init(&d);
    expect_ok(partition_build(&p, g, chips, tensor_parallel, &d), &d);
    return p;
}

static const struct op_part *part_on(const struct partition *p, uint32_t op, uint32_t chip)
{
    for (uint32_t i = p->first_part[op]; i < p->first_part[op + 1]; i++)
        if (p->parts[i].chip == chip)
            return &p->parts[i];
    return NULL;
}

static void twelve_heads_on_eight_chips_are_2_2_2_2_1_1_1_1(void **state)
{
    (void)state;
    static const uint32_t heads[8] = {2, 2, 2, 2, 1, 1, 1, 1};
    struct partition p = split(gpt2_block(), 8, 8);
    uint32_t qkv = op_named(p.ops, "qkv"), proj = op_named(p.ops, "proj"), column = 0;
    for (uint32_t chip = 0; chip < 8; chip++) {
        const struct op_part *x = part_on(&p, qkv, chip);
        assert_non_null(x);
        assert_int_equal(x->col0, column);
        assert_int_equal(x->cols, heads[chip] * 192);
        assert_int_equal(part_on(&p, proj, chip)->k, heads[chip] * 64);
        column += x->cols;
        uint32_t owned = 0;
        for (uint32_t i = 0; i < p.ops->n_ops; i++)
            owned += p.ops->ops[i].kind == OP_SCORES && part_on(&p, i, chip) != NULL;
        assert_int_equal(owned, heads[chip]);
    }
    partition_free(&p);
}

static void a_head_belongs_to_the_chip_that_owns_its_columns(void **state)
{
    (void)state;
    struct partition p = split(gpt2_block(), 5, 5);
    uint32_t qkv = op_named(p.ops, "qkv");
    for (uint32_t i = 0; i < p.ops->n_ops; i++) {
        if (p.ops->ops[i].kind != OP_SCORES)
            continue;
        const struct op_part *head = &p.parts[p.first_part[i]], *x = part_on(&p, qkv, head->chip);
        uint32_t column = p.ops->operands[p.ops->ops[i].first_operand].col0;
        assert_int_equal(p.first_part[i + 1] - p.first_part[i], 1);
        assert_true(column >= x->col0 && column < x->col0 + x->cols);
    }
    partition_free(&p);
}

static void a_split_contraction_gets_one_collective_and_old_ids_stay(void **state)
{
    (void)state;
    struct partition one = split(gpt2_block(), 4, 1), four = split(gpt2_block(), 4, 4);
    size_t n = one.ops->n_ops, tensors = one.ops->n_tensors, collectives = 0;
    assert_int_equal(four.ops->n_ops, n + 2);
    for (uint32_t i = 0; i < four.ops->n_ops; i++)
        collectives += four.ops->ops[i].kind == OP_COLLECTIVE;
    assert_int_equal(collectives, 2);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(one.ops->ops[i].name, four.ops->ops[i].name);
    uint32_t down = op_named(four.ops, "ffn.down"), sum = op_named(four.ops, "ffn.down.all_reduce");
    assert_int_equal(four.ops->ops[sum].output, one.ops->ops[down].output);
    assert_int_equal(four.ops->tensors[four.ops->ops[down].output].elem_bytes, 4);
    assert_int_equal(four.ops->ops[sum].vector_ops, 3 * 128 * 768);
    uint64_t *c1 = mem_alloc_array(four.ops->n_tensors, 8), *c4 = mem_alloc_array(four.ops->n_tensors, 8);
    op_graph_checksums(one.ops, 0, c1);
    op_graph_checksums(four.ops, 0, c4);
    assert_memory_equal(c1, c4, tensors * 8);
    free(c1);
    free(c4);
    partition_free(&one);
    partition_free(&four);
}

static void columns_of_a_producer_and_contraction_of_its_reader_are_cut_alike(void **state)
{
    (void)state;
    struct partition p = split(gpt2_block(), 5, 5);
    uint32_t up = op_named(p.ops, "ffn.up"), gelu = op_named(p.ops, "gelu"), down = op_named(p.ops, "ffn.down");
    for (uint32_t chip = 0; chip < 5; chip++) {
        assert_int_equal(part_on(&p, up, chip)->col0, part_on(&p, down, chip)->k0);
        assert_int_equal(part_on(&p, up, chip)->cols, part_on(&p, down, chip)->k);
        assert_int_equal(part_on(&p, gelu, chip)->cols, part_on(&p, down, chip)->k);
        assert_int_equal(part_on(&p, down, chip)->k0 % 64, 0);
    }
    partition_free(&p);
}

static void matrix_work_is_never_replicated(void **state)
{
    (void)state;
    struct op_graph *g = op_graph_new("test");
    uint32_t wide = add_matmul(g, OP_NONE, 16, 256, 64, SPLIT_REPLICATE);
    uint32_t tall = add_matmul(g, output_of(g, wide), 16, 4, 256, SPLIT_REPLICATE);
    add_rowwise(g, OP_SOFTMAX, output_of(g, tall), ROLE_ROWS);
    struct partition p = split(g, 4, 4);
    for (uint32_t op = 0; op < 2; op++) {
        uint64_t macs = 0;
        for (uint32_t i = p.first_part[op]; i < p.first_part[op + 1]; i++)
            macs += (uint64_t)p.parts[i].rows * p.parts[i].cols * p.parts[i].k;
        assert_int_equal(macs, p.ops->ops[op].macs);
        assert_int_equal(p.first_part[op + 1] - p.first_part[op], 4);
    }
    assert_int_equal(part_on(&p, wide, 1)->col0, 64);
    assert_int_equal(part_on(&p, tall, 1)->row0, 4);
    partition_free(&p);
}

static void only_what_others_need_whole_is_replicated(void **state)
{
    (void)state;
    struct partition p = split(gpt2_block(), 4, 4);
    assert_int_equal(p.spread[op_named(p.ops, "norm1")], SPREAD_ALL);
    assert_int_equal(p.spread[op_named(p.ops, "residual1")], SPREAD_ALL);
    assert_int_equal(p.spread[op_named(p.ops, "proj.all_reduce")], SPREAD_ALL);
    assert_int_equal(p.spread[op_named(p.ops, "residual2")], SPREAD_CUT);
    assert_int_equal(p.spread[op_named(p.ops, "down.all_reduce")], SPREAD_CUT);
    assert_int_equal(part_on(&p, op_named(p.ops, "residual2"), 2)->row0, 64);
    assert_int_equal(part_on(&p, op_named(p.ops, "residual2"), 2)->rows, 32);
    partition_free(&p);
}

static void generic_nodes_go_to_all_chips_in_contiguous_ranges(void **state)
{
    (void)state;
    struct graph_options o = {.given = GRAPH_BIT(nodes) | GRAPH_BIT(edge_prob), .nodes = 10, .edge_prob = 0.2};
    static const uint32_t chip[10] = {0, 0, 0, 1, 1, 1, 2, 2, 3, 3};
    struct partition p = split(made("random", &o), 4, 1);
    for (uint32_t i = 0; i < 10; i++)
        assert_int_equal(p.parts[p.first_part[i]].chip, chip[i]);
    partition_free(&p);
}

static void the_work_hash_is_that_of_the_bare_graph_when_chip_0_does_all(void **state)
{
    (void)state;
    char bare[65];
    struct op_graph *g = gpt2_block();
    op_graph_work_hash(g, NULL, bare);
    struct partition one = split(g, 4, 1), two = split(gpt2_block(), 4, 2), again = split(gpt2_block(), 8, 2);
    assert_string_equal(one.work_hash, bare);
    assert_string_not_equal(two.work_hash, bare);
    assert_string_equal(two.work_hash, again.work_hash);
    partition_free(&one);
    partition_free(&two);
    partition_free(&again);
}

static void more_sharers_than_chips_are_refused(void **state)
{
    (void)state;
    struct partition p;
    struct diag d;
    diag_init(&d);
    assert_int_equal(partition_build(&p, gpt2_block(), 4, 5, &d), SIM_ERR_INPUT);
    assert_int_equal(d.count, 1);
    assert_string_equal(d.messages[0].key, "workload.parallel.tensor");
    diag_free(&d);
}

static void shares_cover_their_extent_without_gap(void **state)
{
    (void)state;
    for (uint32_t extent = 0; extent < 70; extent++)
        for (uint32_t granule = 1; granule < 9; granule++)
            for (uint32_t n = 1; n < 9; n++) {
                uint32_t at = 0;
                for (uint32_t i = 0; i < n; i++) {
                    struct span s = share_of(extent, granule, n, i);
                    assert_int_equal(s.first, at);
                    assert_true(s.first % granule == 0 || s.first == extent);
                    at = s.end;
                }
                assert_int_equal(at, extent);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twelve_heads_on_eight_chips_are_2_2_2_2_1_1_1_1),
        cmocka_unit_test(a_head_belongs_to_the_chip_that_owns_its_columns),
        cmocka_unit_test(a_split_contraction_gets_one_collective_and_old_ids_stay),
        cmocka_unit_test(columns_of_a_producer_and_contraction_of_its_reader_are_cut_alike),
        cmocka_unit_test(matrix_work_is_never_replicated),
        cmocka_unit_test(only_what_others_need_whole_is_replicated),
        cmocka_unit_test(generic_nodes_go_to_all_chips_in_contiguous_ranges),
        cmocka_unit_test(the_work_hash_is_that_of_the_bare_graph_when_chip_0_does_all),
        cmocka_unit_test(more_sharers_than_chips_are_refused),
        cmocka_unit_test(shares_cover_their_extent_without_gap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
