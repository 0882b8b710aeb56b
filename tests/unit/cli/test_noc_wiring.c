/* SPDX-License-Identifier: Apache-2.0 */
/* test_noc_wiring.c - a configuration makes the same routers and links for the network that arbitrates and for the
 * scheduled one, and puts the same units at the same routers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/base/error.h"
#include "sim/cli/noc_slots.h"

#define MESH8 BPSIM_SOURCE_DIR "/configs/noc/mesh8.yaml"

static const struct {
    uint32_t rows, cols;
    const char *network;
} cases[] = {
    {4, 4, "{topology: mesh}"},
    {3, 5, "{topology: mesh}"},
    {4, 6, "{topology: mesh, concentration: 4}"},
    {4, 5, "{topology: torus}"},
    {6, 6, "{topology: torus, concentration: 4}"},
    {3, 4, "{topology: ring}"},
    {4, 4, "{topology: ring, concentration: 2}"},
    {3, 3, "{topology: crossbar}"},
    {4, 4, "{topology: flattened_butterfly}"},
    {8, 8, "{topology: flattened_butterfly, concentration: 4}"},
    {4, 4, "{topology: fat_tree, concentration: 2}"},
    {4, 4, "{topology: fat_tree, concentration: 4}"},
    {3, 9, "{topology: fat_tree, concentration: 3}"},
    {4, 4, "{topology: partitioned_crossbar}"},
    {5, 1, "{topology: partitioned_crossbar, centre_links: 3}"},
};

struct names {
    VEC(char *, all);
};

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort_names(struct names *n)
{
    qsort(n->all, n->n_all, sizeof *n->all, by_name);
}

static void free_names(struct names *n)
{
    for (size_t i = 0; i < n->n_all; i++) {
        free(n->all[i]);
    }
    free(n->all);
}

/* "r0 r1" of a link between routers, "u0 r0" of a unit's link. */
static void add_name(struct names *n, const char *from, const char *to)
{
    *VEC_PUSH(n, all) = mem_printf("%s %s", from, to);
}

static const char *behind_dot(const char *name)
{
    return strchr(name, '.') + 1;
}

static struct names of_machine(const struct machine *m)
{
    struct names n = {0};
    for (size_t i = 0; i < m->n_links; i++) {
        if (m->links[i].type == LINK_NOC) {
            add_name(&n, behind_dot(m->links[i].from), behind_dot(m->links[i].to));
        }
    }
    for (uint32_t u = 0; u < m->units_per_chip; u++) {
        char unit[16], router[16];
        snprintf(unit, sizeof unit, "e%u", u);
        snprintf(router, sizeof router, "r%u", m->endpoints[u].router);
        add_name(&n, unit, router);
        add_name(&n, router, unit);
    }
    sort_names(&n);
    return n;
}

static struct names of_network(const struct vc_network_params *given)
{
    struct names n = {0};
    struct vc_network_params p = *given;
    struct run_control run = {0};
    p.flit_bytes = 128;
    p.out_places = p.in_places = 8;
    struct vc_network *v = vc_network_new(&p, &run);
    for (uint32_t i = 0; i < vc_network_links(v); i++) {
        const struct vc_link *l = vc_network_link(v, i);
        add_name(&n, l->from, l->to);
    }
    vc_network_free(v);
    run_control_free(&run);
    sort_names(&n);
    return n;
}

static void both_networks_have_the_same_routers_and_links(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct noc_study s = {0};
        struct machine m;
        struct diag d;
        diag_init(&d);
        char *noc = mem_printf("chip.noc=%s", cases[i].network);
        char *units = mem_printf("chip.units={rows: %u, cols: %u}", cases[i].rows, cases[i].cols);
        const char *sets[] = {noc, units};
        int rc = noc_study_load(&s, MESH8, sets, 2, &d);
        rc = rc ? rc : noc_slots_machine(&m, &s, &d);
        diag_print(&d, stderr);
        assert_int_equal(rc, SIM_OK);
        struct names scheduled = of_machine(&m), queued = of_network(&s.traffic.network);
        assert_int_equal(scheduled.n_all, queued.n_all);
        for (size_t k = 0; k < queued.n_all; k++) {
            assert_string_equal(scheduled.all[k], queued.all[k]);
        }
        free_names(&scheduled);
        free_names(&queued);
        machine_free(&m);
        noc_study_free(&s);
        diag_free(&d);
        free(noc);
        free(units);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_networks_have_the_same_routers_and_links),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
