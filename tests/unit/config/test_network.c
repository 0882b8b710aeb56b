/* SPDX-License-Identifier: Apache-2.0 */
/* test_network.c - a network that arbitrates, alone: what is read of a configuration, and what it comes to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/base/error.h"
#include "sim/config/config.h"
#include "sim/machine/network.h"

#define MESH8 BPSIM_SOURCE_DIR "/configs/noc/mesh8.yaml"

struct bench {
    struct config c;
    struct network n;
    struct diag d;
};

static int resolve(struct bench *b, const char *path, const char *set)
{
    diag_init(&b->d);
    b->n = (struct network) {0};
    int rc = config_load_for(CONFIG_FOR_NETWORK, path, &set, set ? 1 : 0, &b->c, &b->d);
    return rc ? rc : network_resolve(&b->n, &b->c, &b->d);
}

static void end(struct bench *b)
{
    network_free(&b->n);
    config_free(&b->c);
    diag_free(&b->d);
}

static void a_few_lines_are_a_network(void **state)
{
    (void)state;
    struct bench b;
    assert_int_equal(resolve(&b, MESH8, NULL), SIM_OK);
    assert_int_equal(b.n.shape.topology, DYN_NOC_MESH);
    assert_int_equal(b.n.rows * b.n.cols, 64);
    assert_int_equal(b.n.shape.vns, 1);
    assert_int_equal(b.n.shape.vcs, 4);
    assert_int_equal(b.n.shape.depth, 8);
    assert_int_equal(b.n.shape.allocator, ALLOC_ISLIP);
    assert_int_equal(b.n.shape.iterations, 1);
    assert_int_equal(b.n.shape.routing_delay, 1);
    assert_int_equal(b.n.shape.vc_alloc_delay, 1);
    assert_int_equal(b.n.shape.sw_alloc_delay, 1);
    assert_int_equal(b.n.shape.credit_delay, 0);
    assert_int_equal(b.n.shape.link_latency, 1);
    assert_int_equal(b.n.shape.node_latency, 0); /* the same */
    assert_false(b.n.shape.speculative || b.n.shape.wait_for_tail_credit || b.n.shape.hold_switch);
    assert_null(b.n.router);
    end(&b);
}

static void a_network_of_its_own_does_not_make_a_server(void **state)
{
    (void)state;
    struct bench b;
    diag_init(&b.d);
    b.n = (struct network) {0};
    assert_int_equal(config_load(MESH8, NULL, 0, &b.c, &b.d), SIM_ERR_INPUT);
    assert_true(b.d.count > 0);
    end(&b);
}

static void the_network_of_a_whole_configuration_is_read(void **state)
{
    (void)state;
    struct bench b;
    assert_int_equal(resolve(&b, BPSIM_SOURCE_DIR "/configs/run/stg.yaml", NULL), SIM_OK);
    assert_int_equal(b.n.node_rows * b.n.node_cols, b.c.units.rows * b.c.units.cols);
    end(&b);
}

static void every_key_of_the_router_arrives(void **state)
{
    (void)state;
    struct bench b;
    const char *set = "chip.noc={topology: torus, link_latency: 3, node_latency: 2, router: {vcs: 6, depth: 5, "
                      "allocator: separable_output_first, routing_delay: 2, vc_alloc_delay: 3, sw_alloc_delay: 4, "
                      "credit_delay: 5, wait_for_tail_credit: true}}";
    assert_int_equal(resolve(&b, MESH8, set), SIM_OK);
    assert_int_equal(b.n.shape.topology, DYN_NOC_TORUS);
    assert_int_equal(b.n.shape.vcs, 6);
    assert_int_equal(b.n.shape.depth, 5);
    assert_int_equal(b.n.shape.routing_delay, 2);
    assert_int_equal(b.n.shape.vc_alloc_delay, 3);
    assert_int_equal(b.n.shape.sw_alloc_delay, 4);
    assert_int_equal(b.n.shape.credit_delay, 5);
    assert_int_equal(b.n.shape.link_latency, 3);
    assert_int_equal(b.n.shape.node_latency, 2);
    assert_int_equal(b.n.shape.allocator, ALLOC_SEPARABLE_OUTPUT);
    assert_true(b.n.shape.wait_for_tail_credit);
    assert_false(b.n.shape.speculative || b.n.shape.hold_switch);
    end(&b);
    assert_int_equal(resolve(&b, MESH8, "chip.noc.router={speculative: true, hold_switch: true}"), SIM_OK);
    assert_true(b.n.shape.speculative && b.n.shape.hold_switch);
    end(&b);
}

static void options_that_act_within_a_cycle_need_allocations_of_one(void **state)
{
    (void)state;
    struct bench b;
    assert_int_equal(resolve(&b, MESH8, "chip.noc.router={speculative: true, vc_alloc_delay: 2}"), SIM_ERR_INPUT);
    assert_string_equal(b.d.messages[0].key, "chip.noc.router.speculative");
    end(&b);
    assert_int_equal(resolve(&b, MESH8, "chip.noc.router={hold_switch: true, sw_alloc_delay: 2}"), SIM_ERR_INPUT);
    assert_string_equal(b.d.messages[0].key, "chip.noc.router.hold_switch");
    end(&b);
}

static void a_fat_tree_has_powers_of_its_arity(void **state)
{
    (void)state;
    struct bench b;
    assert_int_equal(resolve(&b, MESH8, "chip.noc={topology: fat_tree, concentration: 4}"), SIM_OK);
    assert_int_equal(b.n.arity, 4);
    assert_int_equal(b.n.levels, 3);
    end(&b);
    assert_int_equal(resolve(&b, MESH8, "chip.noc={topology: fat_tree, concentration: 16}"), SIM_ERR_INPUT);
    end(&b);
    assert_int_equal(resolve(&b, MESH8, "chip.noc={topology: fat_tree}"), SIM_ERR_INPUT);
    end(&b);
}

static void a_partitioned_crossbar_has_a_left_and_a_right_half(void **state)
{
    (void)state;
    struct bench b;
    assert_int_equal(resolve(&b, MESH8, "chip.noc.topology=partitioned_crossbar"), SIM_OK);
    assert_int_equal(b.n.centre_links, 8); /* what a mesh has in its middle */
    for (uint32_t i = 0; i < 64; i++)
        assert_int_equal(b.n.router[i], i % 8 / 4);
    end(&b);
    assert_int_equal(resolve(&b, MESH8, "chip={units: {rows: 3, cols: 1}, noc: {topology: partitioned_crossbar}}"),
                     SIM_OK);
    assert_int_equal(b.n.centre_links, 1);
    assert_int_equal(b.n.router[0], 0);
    assert_int_equal(b.n.router[2], 1);
    end(&b);
}

static void blocks_of_nodes_share_a_router(void **state)
{
    (void)state;
    struct bench b;
    assert_int_equal(resolve(&b, BPSIM_SOURCE_DIR "/configs/noc/flatfly64.yaml", NULL), SIM_OK);
    assert_int_equal(b.n.shape.topology, DYN_NOC_FLATFLY);
    assert_int_equal(b.n.rows, 4);
    assert_int_equal(b.n.cols, 4);
    for (uint32_t i = 0; i < 64; i++)
        assert_int_equal(b.n.router[i], i / 8 / 2 * 4 + i % 8 / 2);
    end(&b);
    assert_int_equal(resolve(&b, MESH8, "chip.noc.concentration=2"), SIM_OK); /* side by side */
    assert_int_equal(b.n.rows, 8);
    assert_int_equal(b.n.cols, 4);
    assert_int_equal(b.n.router[3], 1);
    assert_int_equal(b.n.router[8], 4);
    end(&b);
    assert_int_equal(resolve(&b, MESH8, "chip.noc.concentration=3"), SIM_ERR_INPUT);
    assert_string_equal(b.d.messages[0].key, "chip.noc.concentration");
    end(&b);
}

static void every_topology_has_its_row(void **state)
{
    (void)state;
    static const struct {
        const char *set;
        uint32_t topology;
    } rows[] = {
        {"chip.noc.topology=mesh", DYN_NOC_MESH},
        {"chip.noc.topology=torus", DYN_NOC_TORUS},
        {"chip.noc.topology=ring", DYN_NOC_RING},
        {"chip.noc.topology=crossbar", DYN_NOC_CROSSBAR},
        {"chip.noc.topology=flattened_butterfly", DYN_NOC_FLATFLY},
        {"chip.noc={topology: fat_tree, concentration: 2}", DYN_NOC_FAT_TREE},
        {"chip.noc.topology=partitioned_crossbar", DYN_NOC_PARTITIONED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bench b;
        assert_int_equal(resolve(&b, MESH8, rows[i].set), SIM_OK);
        assert_int_equal(b.n.shape.topology, rows[i].topology);
        end(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_few_lines_are_a_network),
        cmocka_unit_test(a_network_of_its_own_does_not_make_a_server),
        cmocka_unit_test(the_network_of_a_whole_configuration_is_read),
        cmocka_unit_test(every_key_of_the_router_arrives),
        cmocka_unit_test(options_that_act_within_a_cycle_need_allocations_of_one),
        cmocka_unit_test(a_fat_tree_has_powers_of_its_arity),
        cmocka_unit_test(a_partitioned_crossbar_has_a_left_and_a_right_half),
        cmocka_unit_test(blocks_of_nodes_share_a_router),
        cmocka_unit_test(every_topology_has_its_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
