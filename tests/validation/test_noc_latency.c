/* SPDX-License-Identifier: Apache-2.0 */
/* test_noc_latency.c - mean packet latency of the VC network against BookSim2 on its reference mesh.
 *
 * noc_latency.csv: BookSim2 (commit 28f4329), mesh 8x8, x then y, 4 VCs x 8 flits, iSLIP, all delays 1, Bernoulli
 * sources, latencies from creation to the tail's arrival; 3 seeds, with the 95 % half-width of their mean. Rows
 * go up to nine tenths of saturation (0.42 flits per node and cycle under uniform traffic). Tolerance: 1 %, or the 95 %
 * interval where it is wider. Neighbor traffic at load 1 has no randomness left: there the figure must be met. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/hw/vc_traffic.h"
#include "tests/validation/reference_csv.h"

#define SEEDS 3u

struct mean {
    double latency, hops;
};

static struct mean measure(bool uniform, uint32_t flits, double load)
{
    struct mean m = {0, 0};
    uint64_t packets = 0, cycles = load < 0.05 ? 60000 : 8000;
    for (uint32_t seed = 1; seed <= SEEDS; seed++) {
        struct vc_traffic t = {.p = vc_traffic_mesh(8, 8, flits),
                               .flits = flits,
                               .load = load,
                               .pattern = uniform ? vc_uniform : vc_neighbor,
                               .warm_up = 5000,
                               .measured = cycles,
                               .seed = seed};
        assert_true(vc_traffic_run(&t));
        m.latency += (double)t.latency;
        m.hops += (double)t.hops;
        packets += t.packets;
        vc_traffic_free(&t);
    }
    return (struct mean) {m.latency / (double)packets, m.hops / (double)packets};
}

static double number(const struct reference_csv *t, size_t row, const char *column)
{
    return strtod(reference_cell(t, row, column), NULL);
}

static bool check_row(const struct reference_csv *t, size_t row)
{
    uint32_t flits = (uint32_t)number(t, row, "flits");
    double load = number(t, row, "load"), want = number(t, row, "latency"), hops = number(t, row, "hops");
    bool uniform = strcmp(reference_cell(t, row, "traffic"), "uniform") == 0;
    double tolerance = 0.01 * want, ci = number(t, row, "ci95");
    struct mean m = measure(uniform, flits, load);
    tolerance = ci > tolerance ? ci : tolerance;
    tolerance = load >= 1.0 ? 0.0005 : tolerance;
    bool good = fabs(m.latency - want) <= tolerance && (hops <= 0 || fabs(m.hops - hops) <= 0.01 * hops);
    printf("%-8s %u flits, load %.3f: %.3f, reference %.3f (%+.2f %%), %.3f routers%s\n",
           reference_cell(t, row, "traffic"), flits, load, m.latency, want, 100 * (m.latency / want - 1), m.hops,
           good ? "" : "   <-- apart");
    return good;
}

static void mean_latency_agrees_with_booksim_up_to_nine_tenths_of_saturation(void **state)
{
    (void)state;
    struct reference_csv t;
    bool good = true;
    assert_true(reference_read(&t, BPSIM_SOURCE_DIR "/tests/validation/noc_latency.csv"));
    assert_true(t.n_rows >= 15);
    for (size_t row = 0; row < t.n_rows; row++)
        good = check_row(&t, row) && good;
    reference_free(&t);
    assert_true(good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mean_latency_agrees_with_booksim_up_to_nine_tenths_of_saturation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
