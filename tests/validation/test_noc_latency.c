/* SPDX-License-Identifier: Apache-2.0 */
/* test_noc_latency.c - the VC network under synthetic traffic against BookSim2.
 *
 * noc_latency.csv: BookSim2 (commit 28f4329), one node per router, 4 VCs x 8 flits, all delays 1, Bernoulli sources,
 * latencies from creation to the tail's arrival; 3 seeds, with the 95 % half-width of their mean. mesh8_D: mesh 8x8, x
 * then y, iSLIP; mesh8_D_long: the same with longer windows; mesh8_S: separable allocators, input first; torus8_D:
 * torus 8x8, links of 2 cycles, datelines.
 *
 * Checked are the rows up to nine tenths of saturation: latencies within 1 %, or the 95 % interval where it is wider;
 * hops (routers) within 0.5 %, of long runs only, since the mean distance drawn is uncertain too; and the throughput
 * far beyond saturation, at load 1, within 2 %. Close to saturation, at 0.4, iterations of iSLIP count: the reference
 * has 54.4 with one and 49.0 with four; 2 %. Neighbor traffic at load 1 has no randomness left: there the figure must
 * be met. */
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

#define SEEDS     3u
#define FEW_DRAWN 100000u /* packets; with fewer the mean distance is not known to 0.5 % */

struct set {
    const char *name;
    double saturation; /* of uniform traffic, flits per node and cycle */
    struct vc_network_params (*network)(void);
};

static struct vc_network_params mesh8(void)
{
    return vc_traffic_mesh(8, 8, 1);
}

static struct vc_network_params mesh8_separable(void)
{
    struct vc_network_params p = mesh8();
    p.shape.allocator = ALLOC_SEPARABLE_INPUT;
    return p;
}

static struct vc_network_params torus8(void)
{
    struct vc_network_params p = mesh8();
    p.shape.topology = DYN_NOC_TORUS;
    p.shape.link_latency = 2;
    p.shape.node_latency = 1;
    return p;
}

/* All of them, or those named on the command line. */
static const struct set sets[] = {
    {"mesh8_D", 0.42, mesh8},
    {"mesh8_D_long", 0.42, mesh8},
    {"mesh8_S", 0.42, mesh8_separable},
    {"torus8_D", 0.52, torus8},
};

struct figures {
    double latency, network, flit, hops, accepted;
    uint64_t packets;
};

static struct figures measure(const struct set *set, const char *pattern, uint32_t flits, double load, uint64_t cycles)
{
    struct figures m = {0};
    for (uint32_t seed = 1; seed <= SEEDS; seed++) {
        struct noc_traffic_params p = vc_traffic(set->network(), flits, 1, 5000, cycles, seed);
        p.rate = (uint32_t)lround(load * NOC_RATE_ONE);
        p.pattern = noc_pattern_find(pattern);
        struct noc_traffic *t = noc_traffic_new(&p);
        const struct noc_traffic_result *r = noc_traffic_result(t);
        noc_traffic_run(t);
        m.packets += r->packet.n;
        m.latency += (double)r->packet.sum;
        m.network += (double)r->network_sum;
        m.flit += (double)r->flit_sum / flits;
        m.hops += (double)r->hops_sum;
        m.accepted += (double)r->taken_flits / ((double)cycles * p.space.nodes * SEEDS);
        noc_traffic_free(t);
    }
    double n = (double)m.packets;
    return (struct figures) {m.latency / n, m.network / n, m.flit / n, m.hops / n, m.accepted, m.packets};
}

static double number(const struct reference_csv *t, size_t row, const char *column)
{
    return strtod(reference_cell(t, row, column), NULL);
}

/* Where the reference has the figure. */
static bool close_to(const char *what, double got, double want, double tolerance)
{
    bool good = want <= 0 || fabs(got - want) <= tolerance;
    if (!good)
        printf("    %s %.4f, reference %.4f, allowed +-%.4f\n", what, got, want, tolerance);
    return good;
}

static bool check_latency(const struct reference_csv *t, size_t row, const struct set *set)
{
    double load = number(t, row, "load"), want = number(t, row, "latency"), ci = number(t, row, "ci95");
    const char *pattern = reference_cell(t, row, "traffic");
    uint32_t flits = (uint32_t)number(t, row, "flits");
    struct figures m = measure(set, pattern, flits, load, load < 0.05 ? 60000 : 8000);
    double part = load >= 1 ? 0.0005 / want : ci > 0.01 * want ? ci / want : 0.01;
    bool good = close_to("latency", m.latency, want, part * want);
    good &= close_to("network", m.network, number(t, row, "network"), part * number(t, row, "network"));
    good &= close_to("flit", m.flit, number(t, row, "flit"), part * number(t, row, "flit"));
    double hops = number(t, row, "hops");
    good &= close_to("hops", m.hops, hops, (m.packets < FEW_DRAWN ? 0.01 : 0.005) * hops);
    printf("%-12s %-8s %u flits, load %.3f: %.3f, reference %.3f (%+.2f %%), %.3f routers\n", set->name, pattern, flits,
           load, m.latency, want, 100 * (m.latency / want - 1), m.hops);
    return good;
}

static bool check_throughput(const struct reference_csv *t, size_t row, const struct set *set)
{
    uint32_t flits = (uint32_t)number(t, row, "flits");
    double want = number(t, row, "accepted");
    struct figures m = measure(set, reference_cell(t, row, "traffic"), flits, number(t, row, "load"), 15000);
    printf("%-12s %u flits, load 1: %.5f taken, reference %.5f (%+.2f %%)\n", set->name, flits, m.accepted, want,
           100 * (m.accepted / want - 1));
    return close_to("throughput", m.accepted, want, 0.02 * want);
}

static int n_wanted; /* cmocka hands nothing to tests */
static char **wanted;

static bool is_wanted(const char *name)
{
    bool found = n_wanted == 0;
    for (int i = 0; i < n_wanted; i++)
        found = found || strcmp(wanted[i], name) == 0;
    return found;
}

static const struct set *set_of(const struct reference_csv *t, size_t row)
{
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++)
        if (strcmp(reference_cell(t, row, "set"), sets[i].name) == 0)
            return is_wanted(sets[i].name) ? &sets[i] : NULL;
    return NULL;
}

/* mode: latency or saturated. Returns the number of rows. */
static size_t check_rows(const char *mode,
                         bool (*check)(const struct reference_csv *t, size_t row, const struct set *s))
{
    struct reference_csv t;
    size_t rows = 0;
    bool good = true;
    assert_true(reference_read(&t, BPSIM_SOURCE_DIR "/tests/validation/noc_latency.csv"));
    for (size_t row = 0; row < t.n_rows; row++) {
        const struct set *set = set_of(&t, row);
        bool uniform = strcmp(reference_cell(&t, row, "traffic"), "uniform") == 0;
        bool saturated = strcmp(reference_cell(&t, row, "mode"), "saturated") == 0;
        bool beyond = !saturated && uniform && set && number(&t, row, "load") > 0.9 * set->saturation;
        if (set && !beyond && strcmp(reference_cell(&t, row, "mode"), mode) == 0) {
            good = check(&t, row, set) && good;
            rows++;
        }
    }
    reference_free(&t);
    assert_true(good);
    return rows;
}

static void latencies_agree_with_booksim_up_to_nine_tenths_of_saturation(void **state)
{
    (void)state;
    assert_true(check_rows("latency", check_latency) >= 10);
}

static void throughput_beyond_saturation_agrees_with_booksim(void **state)
{
    (void)state;
    assert_true(check_rows("saturated", check_throughput) >= 2);
}

static struct vc_network_params mesh8_four_iterations(void)
{
    struct vc_network_params p = mesh8();
    p.shape.iterations = 4;
    return p;
}

static void four_iterations_of_islip_shorten_the_wait_as_in_booksim(void **state)
{
    (void)state;
    const struct set one = {"mesh8_D", 0.42, mesh8}, four = {"mesh8_islip4", 0.42, mesh8_four_iterations};
    double with_one = measure(&one, "uniform", 1, 0.4, 60000).latency;
    double with_four = measure(&four, "uniform", 1, 0.4, 60000).latency;
    printf("load 0.4: %.3f with one iteration, reference 54.393; %.3f with four, reference 49.0\n", with_one,
           with_four);
    assert_true(close_to("one iteration", with_one, 54.393, 0.02 * 54.393));
    assert_true(close_to("four iterations", with_four, 49.0, 0.02 * 49.0));
}

int main(int argc, char **argv)
{
    n_wanted = argc - 1;
    wanted = argv + 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(latencies_agree_with_booksim_up_to_nine_tenths_of_saturation),
        cmocka_unit_test(throughput_beyond_saturation_agrees_with_booksim),
        cmocka_unit_test(four_iterations_of_islip_shorten_the_wait_as_in_booksim),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
