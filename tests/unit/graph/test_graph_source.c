/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/base/error.h"
#include "sim/base/hash.h"
#include "sim/base/text.h"
#include "sim/graph/graph_source.h"
#include "sim/graph/step_dag.h"

#define SET(o, field, value) ((o).field = (value), (o).given |= GRAPH_BIT(field))

static struct op_graph *made(const char *source, const struct graph_options *o)
{
    struct op_graph *g;
    struct diag d;
    diag_init(&d);
    int error = graph_source_make(source, o, &g, &d);
    if (error != SIM_OK) {
        fail_msg("%s: %s", source, d.count > 0 ? d.messages[0].text : "no message");
    }
    diag_free(&d);
    return g;
}

static struct op_graph_figures figures_of(const char *source, const struct graph_options *o)
{
    struct op_graph *g = made(source, o);
    struct op_graph_figures f;
    struct diag d;
    diag_init(&d);
    assert_int_equal(op_graph_figures(g, &f, &d), SIM_OK);
    diag_free(&d);
    op_graph_free(g);
    return f;
}

static void assert_refused(const char *source, const struct graph_options *o, const char *key, const char *text)
{
    struct op_graph *g;
    struct diag d;
    diag_init(&d);
    assert_int_equal(graph_source_make(source, o, &g, &d), SIM_ERR_INPUT);
    assert_null(g);
    assert_true(d.count >= 1);
    assert_string_equal(d.messages[0].key, key);
    if (strstr(d.messages[0].text, text) == NULL) {
        fail_msg("'%s' does not say '%s'", d.messages[0].text, text);
    }
    diag_free(&d);
}

static void a_block_of_gpt2_small_has_the_known_work(void **state)
{
    (void)state;
    struct graph_options o = {0};
    SET(o, preset, "gpt2-small");
    SET(o, layers, 1);
    SET(o, sequence, 128);
    SET(o, dtype, "fp16");
    struct op_graph_figures f = figures_of("transformer", &o);
    assert_int_equal(f.macs, 931135488);
    assert_int_equal(f.weight_bytes, 14155776);
    assert_int_equal(f.input_bytes, 128 * 768 * 2);
    assert_int_equal(f.nodes, 9 + 3 * 12);
    assert_int_equal(f.kinds[OP_SCORES], 12);
    assert_int_equal(f.kinds[OP_MATMUL], 4);
    /* norm 7 twice, residual 1 + bias 1 twice, bias of qkv and of up, GELU 8, softmax 5 per score */
    assert_int_equal(f.vector_ops, 128ull * 768 * (14 + 4 + 3) + 128ull * 3072 * (1 + 8) + 12ull * 128 * 128 * 5);
}

static void layers_add_up_and_form_a_chain(void **state)
{
    (void)state;
    struct graph_options o = {0};
    SET(o, layers, 12);
    struct op_graph_figures f = figures_of("transformer", &o);
    assert_int_equal(f.macs, 12 * 931135488ull);
    assert_int_equal(f.weight_bytes, 12 * 14155776ull);
    assert_int_equal(f.levels, 12 * 12);
}

static void a_batch_repeats_the_work_and_shares_the_weights(void **state)
{
    (void)state;
    struct graph_options o = {0};
    SET(o, preset, "tiny");
    struct op_graph_figures one = figures_of("transformer", &o);
    SET(o, batch, 3);
    struct op_graph_figures three = figures_of("transformer", &o);
    assert_int_equal(three.macs, 3 * one.macs);
    assert_int_equal(three.weight_bytes, one.weight_bytes);
    assert_int_equal(three.levels, one.levels);
    o = (struct graph_options) {0};
    one = figures_of("cnn", &o);
    SET(o, batch, 2);
    three = figures_of("cnn", &o);
    assert_int_equal(three.macs, 2 * one.macs);
    assert_int_equal(three.weight_bytes, one.weight_bytes);
}

static void a_head_reads_its_own_columns_of_q_k_and_v(void **state)
{
    (void)state;
    struct graph_options o = {0};
    SET(o, preset, "tiny");
    struct op_graph *g = made("transformer", &o);
    uint64_t *readers = calloc(3 * 64, sizeof *readers);
    for (size_t i = 0; i < g->n_ops; i++) {
        const struct op *op = &g->ops[i];
        bool attention = op->kind == OP_SCORES || op->kind == OP_VALUES;
        for (uint32_t k = 0; attention && k < op->n_operands; k++) {
            const struct operand *x = &g->operands[op->first_operand + k];
            for (uint32_t col = 0; x->cols == 16 && g->tensors[x->tensor].cols == 192 && col < 16; col++) {
                readers[x->col0 + col]++;
                assert_int_equal((x->col0 + col) / 48, op->group);
            }
        }
    }
    for (uint32_t col = 0; col < 192; col++) {
        assert_int_equal(readers[col], 2); /* of two layers */
    }
    free(readers);
    op_graph_free(g);
}

static void lenet_5_has_the_work_of_its_paper_with_full_connections(void **state)
{
    (void)state;
    struct graph_options o = {0};
    SET(o, preset, "lenet-5");
    SET(o, dtype, "fp32");
    struct op_graph_figures f = figures_of("cnn", &o);
    assert_int_equal(f.macs, 28 * 28 * 6 * 25 + 10 * 10 * 16 * 150 + 120 * 400 + 84 * 120 + 10 * 84);
    assert_int_equal(f.weight_bytes, 4 * (6 * 25 + 16 * 150 + 120 * 400 + 84 * 120 + 10 * 84));
    assert_int_equal(f.kinds[OP_POOL], 2);
}

static void vgg_11_has_its_132_million_weights(void **state)
{
    (void)state;
    struct graph_options o = {0};
    SET(o, preset, "vgg-11");
    SET(o, dtype, "int8");
    struct op_graph_figures f = figures_of("cnn", &o);
    /* 132,863,336 parameters less the biases: 2,752 of convolutions, 4096 + 4096 + 1000 of full layers */
    assert_int_equal(f.weight_bytes, 132863336 - 2752 - 9192);
    assert_int_equal(f.macs, 7609090048ull);
}

static void branches_of_a_cnn_all_read_the_layer_before(void **state)
{
    (void)state;
    struct graph_options o = {0};
    SET(o, layers, 2);
    SET(o, branches, 3);
    SET(o, channels, 8);
    SET(o, image, 16);
    struct op_graph *g = made("cnn", &o);
    uint32_t convolutions = 0;
    for (size_t i = 0; i < g->n_ops; i++) {
        const struct op *op = &g->ops[i];
        if (op->kind == OP_RESIDUAL) {
            assert_int_equal(op->n_operands, 3);
            assert_int_equal(op->vector_ops, 2ull * op->m * op->n);
        }
        if (op->kind == OP_CONV && op->split == SPLIT_GROUP) {
            assert_int_equal(op->group, convolutions % 3);
            assert_int_equal(op->k, (convolutions < 3 ? 3 : 8) * 9);
            convolutions++;
        }
    }
    assert_int_equal(convolutions, 6);
    op_graph_free(g);
}

static void an_mlp_is_split_in_turn_by_columns_and_by_contraction(void **state)
{
    (void)state;
    struct graph_options o = {0};
    SET(o, layers, 4);
    SET(o, inputs, 20);
    SET(o, hidden, 30);
    SET(o, outputs, 5);
    SET(o, batch, 7);
    struct op_graph *g = made("mlp", &o);
    static const enum op_split splits[] = {SPLIT_COLUMNS, SPLIT_K, SPLIT_COLUMNS, SPLIT_K};
    uint32_t n = 0;
    uint64_t macs = 0;
    for (size_t i = 0; i < g->n_ops; i++) {
        macs += g->ops[i].macs;
        if (g->ops[i].kind == OP_MATMUL) {
            assert_int_equal(g->ops[i].split, splits[n++]);
        }
    }
    assert_int_equal(n, 4);
    assert_int_equal(macs, 7 * (20 * 30 + 30 * 30 + 30 * 30 + 30 * 5));
    op_graph_free(g);
}

static void a_bias_is_counted_once_for_each_matmul_but_the_last(void **state)
{
    (void)state;
    struct graph_options o = {0};
    SET(o, layers, 3);
    SET(o, inputs, 20);
    SET(o, hidden, 30);
    SET(o, outputs, 5);
    SET(o, batch, 7);
    struct op_graph_figures f = figures_of("mlp", &o);
    assert_int_equal(f.vector_ops, 7 * 30 * 2 * (1 + 1)); /* ReLU and bias of two layers */
}

/* SHA-256 of the lines "u v", as `--edges` prints them. */
static void hash_edges(const struct op_graph *g, char hex[65])
{
    struct op_edge *edges;
    size_t n = op_graph_edges(g, &edges);
    struct sha256 *s = sha256_new();
    for (size_t i = 0; i < n; i++) {
        struct text line = {0};
        text_printf(&line, "%u %u\n", edges[i].from, edges[i].to);
        sha256_add(s, line.s, line.n);
        text_free(&line);
    }
    sha256_hex(s, hex);
    free(edges);
}

static void plain_shapes_have_the_edges_of_the_step_model(void **state)
{
    (void)state;
    char hash[65];
    struct graph_options o = {0};
    SET(o, nodes, 120);
    SET(o, edge_prob, 0.04);
    SET(o, seed, "42");
    struct op_graph *g = made("random", &o);
    hash_edges(g, hash);
    assert_string_equal(hash, "c8ad31b1638244278b331e8a60b87be758cd68ae5b0e7707ca32db5d008e8779");
    op_graph_free(g);
    o = (struct graph_options) {0};
    SET(o, shape, "plain");
    SET(o, layers, 12);
    SET(o, heads, 8);
    g = made("transformer", &o);
    hash_edges(g, hash);
    assert_string_equal(hash, "fdda2c9b714fd833beef09af69c34d1a95f7ca2f37e36049acfeceeb89500949");
    assert_string_equal(g->ops[8].name, "layer0.ffn");
    op_graph_free(g);
    o = (struct graph_options) {0};
    SET(o, shape, "plain");
    SET(o, layers, 10);
    SET(o, branches, 4);
    g = made("cnn", &o);
    hash_edges(g, hash);
    assert_string_equal(hash, "1041632e4719112e69773301bc26777d9b9ce08a5a94ee429af847c204b470af");
    assert_string_equal(g->ops[5].name, "layer1.branch1");
    op_graph_free(g);
}

static void only_what_nobody_reads_is_an_output_of_a_plain_graph(void **state)
{
    (void)state;
    struct graph_options o = {0};
    SET(o, shape, "plain");
    SET(o, layers, 2);
    SET(o, branches, 3);
    SET(o, edge_bytes, 64);
    SET(o, task_cycles, 9);
    struct op_graph *g = made("cnn", &o);
    for (uint32_t v = 0; v < 6; v++) {
        assert_int_equal(g->tensors[v].is_output, v >= 3);
        assert_int_equal(op_tensor_bytes(&g->tensors[v]), 64);
        assert_int_equal(g->ops[v].cycles, 9);
    }
    op_graph_free(g);
}

static void the_same_options_give_the_same_work_hash_and_others_another(void **state)
{
    (void)state;
    char a[65], b[65];
    struct graph_options o = {0};
    SET(o, preset, "tiny");
    struct op_graph *g = made("transformer", &o), *h = made("transformer", &o);
    op_graph_work_hash(g, NULL, a);
    op_graph_work_hash(h, NULL, b);
    assert_string_equal(a, b);
    op_graph_free(h);
    SET(o, dtype, "fp32");
    h = made("transformer", &o);
    op_graph_work_hash(h, NULL, b);
    assert_string_not_equal(a, b);
    op_graph_free(g);
    op_graph_free(h);
}

static void an_option_that_the_source_does_not_read_is_refused(void **state)
{
    (void)state;
    struct graph_options o = {0};
    SET(o, heads, 4);
    assert_refused("random", &o, "heads", "does not read this option");
    SET(o, shape, "plain");
    SET(o, d_model, 64);
    assert_refused("transformer", &o, "d-model", "in shape plain does not read this option");
}

static void wrong_values_are_refused_with_the_name_of_the_option(void **state)
{
    (void)state;
    struct graph_options o = {0};
    SET(o, heads, 7);
    assert_refused("transformer", &o, "heads", "7 heads do not divide the model's width of 768");
    o = (struct graph_options) {0};
    SET(o, preset, "gpt2-smal");
    assert_refused("transformer", &o, "preset", "did you mean gpt2-small?");
    o = (struct graph_options) {0};
    SET(o, dtype, "float");
    assert_refused("mlp", &o, "dtype", "none of fp32");
    o = (struct graph_options) {0};
    SET(o, nodes, 0);
    assert_refused("random", &o, "nodes", "0 is outside 1..200000");
    o = (struct graph_options) {0};
    SET(o, seed, "x");
    assert_refused("random", &o, "seed", "not an integer");
    o = (struct graph_options) {0};
    SET(o, shape, "round");
    assert_refused("cnn", &o, "shape", "neither real nor plain");
    o = (struct graph_options) {0};
    SET(o, kernel, 4);
    assert_refused("cnn", &o, "kernel", "even");
    o = (struct graph_options) {0};
    SET(o, preset, "lenet-5");
    SET(o, image, 64);
    assert_refused("cnn", &o, "preset", "has its own layers");
    assert_refused("transfromer", &o, "", "did you mean transformer?");
}

static void sizes_beyond_all_bounds_are_refused_before_memory_is_taken(void **state)
{
    (void)state;
    struct graph_options o = {0};
    SET(o, layers, 1000);
    SET(o, heads, 1024);
    SET(o, d_model, 65536);
    SET(o, batch, 65536);
    assert_refused("transformer", &o, "layers", "more than 1000000 ops");
    o = (struct graph_options) {0};
    SET(o, sequence, 131072);
    SET(o, dtype, "fp32");
    SET(o, d_model, 65536);
    SET(o, d_ff, 262144);
    SET(o, heads, 1);
    SET(o, layers, 1000);
    SET(o, preset, "tiny");
    assert_refused("transformer", &o, "", "2^62");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_of_gpt2_small_has_the_known_work),
        cmocka_unit_test(layers_add_up_and_form_a_chain),
        cmocka_unit_test(a_batch_repeats_the_work_and_shares_the_weights),
        cmocka_unit_test(a_head_reads_its_own_columns_of_q_k_and_v),
        cmocka_unit_test(lenet_5_has_the_work_of_its_paper_with_full_connections),
        cmocka_unit_test(vgg_11_has_its_132_million_weights),
        cmocka_unit_test(branches_of_a_cnn_all_read_the_layer_before),
        cmocka_unit_test(an_mlp_is_split_in_turn_by_columns_and_by_contraction),
        cmocka_unit_test(a_bias_is_counted_once_for_each_matmul_but_the_last),
        cmocka_unit_test(plain_shapes_have_the_edges_of_the_step_model),
        cmocka_unit_test(only_what_nobody_reads_is_an_output_of_a_plain_graph),
        cmocka_unit_test(the_same_options_give_the_same_work_hash_and_others_another),
        cmocka_unit_test(an_option_that_the_source_does_not_read_is_refused),
        cmocka_unit_test(wrong_values_are_refused_with_the_name_of_the_option),
        cmocka_unit_test(sizes_beyond_all_bounds_are_refused_before_memory_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
