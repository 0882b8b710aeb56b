/* SPDX-License-Identifier: Apache-2.0 */
/* test_noc_options.c - the VC network's options under load against another program for the same router.
 *
 * noc_options.csv: figures of an independent implementation of the same semantics, written from their description
 * without a look at this one: all routers and stages plainly, cycle by cycle. Its latencies are means of 6 seeds with
 * the 95 % half-width. Networks as in configs/noc; options are changes to them. Loads lie between six and nine tenths
 * of saturation. Latencies agree within 1 %, or that interval where it is wider; what is accepted at load 1 within 2 %.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/hw/vc_traffic.h"
#include "tests/validation/reference_csv.h"

#define NODES 64u

static double number(const struct reference_csv *t, size_t row, const char *column)
{
    return strtod(reference_cell(t, row, column), NULL);
}

/* `block`: where the router of each node of a flattened butterfly is written. */
static struct vc_network_params network(const char *name, uint32_t *block)
{
    struct vc_network_params p = vc_traffic_mesh(8, 8, 1);
    if (strcmp(name, "mesh8") == 0)
        return p;
    p.shape.link_latency = 2;
    p.shape.node_latency = 1;
    p.shape.topology = DYN_NOC_TORUS;
    if (strcmp(name, "torus8") == 0)
        return p;
    assert_string_equal(name, "flatfly64");
    p.shape.topology = DYN_NOC_FLATFLY;
    p.rows = p.cols = 4;
    for (uint32_t node = 0; node < NODES; node++)
        block[node] = node / 16 * 4 + node % 8 / 2; /* 2 x 2 nodes of the grid of 8 x 8 */
    p.endpoint_router = block;
    return p;
}

static uint32_t option_value(const char *text)
{
    static const struct {
        const char *name;
        uint32_t value;
    } names[] = {
        {"true", true},
        {"separable_input_first", ALLOC_SEPARABLE_INPUT},
        {"separable_output_first", ALLOC_SEPARABLE_OUTPUT},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(text, names[i].name) == 0)
            return names[i].value;
    return (uint32_t)strtoul(text, NULL, 10);
}

/* One option, as key=value. */
static void set_option(struct vc_network_shape *s, const char *text)
{
    const struct {
        const char *key;
        uint32_t *number;
        bool *flag;
    } options[] = {
        {"vcs=", &s->vcs, NULL},
        {"depth=", &s->depth, NULL},
        {"allocator=", &s->allocator, NULL},
        {"iterations=", &s->iterations, NULL},
        {"routing_delay=", &s->routing_delay, NULL},
        {"vc_alloc_delay=", &s->vc_alloc_delay, NULL},
        {"sw_alloc_delay=", &s->sw_alloc_delay, NULL},
        {"credit_delay=", &s->credit_delay, NULL},
        {"speculative=", NULL, &s->speculative},
        {"hold_switch=", NULL, &s->hold_switch},
        {"wait_for_tail_credit=", NULL, &s->wait_for_tail_credit},
    };
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        size_t length = strlen(options[i].key);
        if (strncmp(text, options[i].key, length) != 0)
            continue;
        uint32_t value = option_value(text + length);
        if (options[i].number)
            *options[i].number = value;
        else
            *options[i].flag = value != 0;
        return;
    }
    fail_msg("no option of a router: %s", text);
}

struct figures {
    double latency, accepted;
};

static struct figures measure(const struct reference_csv *t, size_t row, uint32_t seeds, uint64_t cycles)
{
    uint32_t block[NODES];
    struct vc_network_params network_params = network(reference_cell(t, row, "network"), block);
    char options[128];
    (void)snprintf(options, sizeof options, "%s", reference_cell(t, row, "options"));
    char *rest = NULL;
    for (char *o = strtok_r(options, " ", &rest); o != NULL; o = strtok_r(NULL, " ", &rest))
        set_option(&network_params.shape, o);
    struct figures m = {0, 0};
    double packets = 0;
    for (uint32_t seed = 1; seed <= seeds; seed++) {
        struct noc_traffic_params p =
            vc_traffic(network_params, (uint32_t)number(t, row, "flits"), 1, 4000, cycles, seed);
        p.space.rows = p.space.cols = 8;
        p.rate = (uint32_t)lround(number(t, row, "load") * NOC_RATE_ONE);
        p.pattern = noc_pattern_find(reference_cell(t, row, "traffic"));
        struct noc_traffic *traffic = noc_traffic_new(&p);
        const struct noc_traffic_result *r = noc_traffic_result(traffic);
        noc_traffic_run(traffic);
        packets += (double)r->packet.n;
        m.latency += (double)r->packet.sum;
        m.accepted += (double)r->taken_flits / ((double)cycles * NODES * seeds);
        noc_traffic_free(traffic);
    }
    m.latency /= packets;
    return m;
}

static bool check_row(const struct reference_csv *t, size_t row)
{
    bool saturated = strcmp(reference_cell(t, row, "mode"), "saturated") == 0;
    uint64_t cycles = number(t, row, "flits") > 1 ? 18000 : 6000; /* means of longer packets vary more */
    struct figures m = saturated ? measure(t, row, 1, 5000) : measure(t, row, 3, cycles);
    double want = number(t, row, saturated ? "accepted" : "latency"), got = saturated ? m.accepted : m.latency;
    double allowed = saturated ? 0.02 * want : fmax(0.01 * want, number(t, row, "ci95"));
    bool good = fabs(got - want) <= allowed;
    printf("%-9s %-60s %-9s %s flits, load %-5s: %8.4f, reference %8.4f (%+.2f %%)%s\n",
           reference_cell(t, row, "network"), reference_cell(t, row, "options"), reference_cell(t, row, "traffic"),
           reference_cell(t, row, "flits"), reference_cell(t, row, "load"), got, want, 100 * (got / want - 1),
           good ? "" : " <--");
    return good;
}

static size_t check_rows(const char *mode)
{
    struct reference_csv t;
    size_t rows = 0;
    bool good = true;
    assert_true(reference_read(&t, BPSIM_SOURCE_DIR "/tests/validation/noc_options.csv"));
    for (size_t row = 0; row < t.n_rows; row++) {
        if (strcmp(reference_cell(&t, row, "mode"), mode) != 0)
            continue;
        good = check_row(&t, row) && good;
        rows++;
    }
    reference_free(&t);
    assert_true(good);
    return rows;
}

static void latencies_with_options_agree_with_an_independent_router(void **state)
{
    (void)state;
    assert_true(check_rows("latency") >= 25);
}

static void throughput_with_options_agrees_with_an_independent_router(void **state)
{
    (void)state;
    assert_true(check_rows("saturated") >= 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(latencies_with_options_agree_with_an_independent_router),
        cmocka_unit_test(throughput_with_options_agrees_with_an_independent_router),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
