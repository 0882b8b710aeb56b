/* SPDX-License-Identifier: Apache-2.0 */
/* test_run_result.c - the laws of a run, its figures, and its way through a pipe. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/error.h"
#include "sim/stats/result_text.h"
#include "sim/stats/run_figures.h"
#include "sim/stats/run_result.h"

#define GRAPH_MACS 3000u

static void add_link(struct run_result *r, const char *id, enum link_type type, uint64_t payload, uint64_t padding)
{
    struct result_link *l = VEC_PUSH(r, links);
    memset(l, 0, sizeof *l);
    l->id = mem_strdup(id);
    l->from = mem_strdup("a");
    l->to = mem_strdup("b");
    l->type = type;
    l->wire_walked = payload + padding;
    l->classes[CLASS_DATA] = (struct link_account) {.payload = payload,
                                                    .padding = padding,
                                                    .entered = payload + padding,
                                                    .left = payload + padding,
                                                    .busy_cycles = 3};
}

/* Two units over 100 cycles, one burst of 100 bytes (128 on the wire) over one local and one noc link. */
static void make(struct run_result *r)
{
    run_result_init(r);
    r->name = mem_strdup("phase.list.cold");
    r->machine = mem_strdup("phase.list");
    r->kind = mem_strdup("phase");
    r->policy = mem_strdup("list");
    r->start = mem_strdup("cold");
    r->lower_bound_by = mem_strdup("memory");
    r->makespan_cycles = 100;
    r->clock_hz = 1755000000;
    r->period_fs = 569801;
    r->macs_executed = GRAPH_MACS;
    r->macs_padded = 4000;
    r->macs_per_cycle = 64;
    r->lower_bound = 80;
    r->schedule_bound = 90;
    r->output_checksum = 0xfedcba9876543210u;
    memset(r->work_hash, 'a', 64);
    for (int i = 0; i < 2; i++) {
        struct result_unit *u = VEC_PUSH(r, units);
        memset(u, 0, sizeof *u);
        u->name = mem_printf("chip0.unit%d", i);
        u->account.cycles[CAUSE_COMPUTE_USEFUL] = 25;
        u->account.cycles[CAUSE_CONTROL_TOGGLE] = 1;
        u->account.cycles[CAUSE_DEPENDENCY] = 74;
        u->account.on_cycles = 26;
    }
    add_link(r, "chip0.local.u0-r0", LINK_LOCAL, 100, 28);
    add_link(r, "chip0.noc.r0-r1", LINK_NOC, 100, 28);
    r->injected = r->delivered = 100;
    r->byte_hops = 128;
    *VEC_PUSH(r, phases) = (struct result_phase) {.start = 0, .length = 74};
    *VEC_PUSH(r, phases) = (struct result_phase) {.start = 74, .length = 26, .units_on = 2, .tasks = 2, .transfers = 1};
    *VEC_PUSH(r, events) = (struct result_event) {.name = mem_strdup("macs"), .count = GRAPH_MACS};
    *VEC_PUSH(r, conflicts) = (struct result_conflict) {mem_strdup("chip0.hbm0"), mem_strdup("row"), 7};
}

/* True when the check of `r` aborts; it runs in a child process. */
static bool check_aborts(const struct run_result *r, uint64_t graph_macs)
{
    pid_t child = fork();
    if (child == 0) {
        freopen("/dev/null", "w", stderr);
        run_result_check(r, graph_macs);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void a_lawful_run_passes(void **state)
{
    (void)state;
    struct run_result r;
    make(&r);
    assert_false(check_aborts(&r, GRAPH_MACS));
    run_result_free(&r);
}

static void a_cycle_without_a_cause_is_caught(void **state)
{
    (void)state;
    struct run_result r;
    make(&r);
    r.units[1].account.cycles[CAUSE_DEPENDENCY]--;
    assert_true(check_aborts(&r, GRAPH_MACS));
    run_result_free(&r);
}

static void bytes_that_never_leave_a_link_are_caught(void **state)
{
    (void)state;
    struct run_result r;
    make(&r);
    r.links[1].classes[CLASS_DATA].left -= 128;
    assert_true(check_aborts(&r, GRAPH_MACS));
    run_result_free(&r);
}

static void bytes_are_on_a_link_only_in_a_part_of_a_run(void **state)
{
    (void)state;
    struct run_result r;
    make(&r);
    r.in_flight = 0; /* a message without payload */
    r.links[1].classes[CLASS_DATA].left -= 8;
    assert_true(check_aborts(&r, GRAPH_MACS));
    r.interrupted = true;
    assert_false(check_aborts(&r, GRAPH_MACS));
    run_result_free(&r);
}

static void bytes_that_no_packet_carried_are_caught(void **state)
{
    (void)state;
    struct run_result r;
    make(&r);
    r.links[1].wire_walked = 0;
    assert_true(check_aborts(&r, GRAPH_MACS));
    run_result_free(&r);
}

static void bytes_that_no_packet_carried_are_caught_in_a_part_of_a_run(void **state)
{
    (void)state;
    struct run_result r;
    make(&r);
    r.interrupted = true;
    r.links[1].wire_walked += 1000; /* has not gone its whole way */
    assert_false(check_aborts(&r, GRAPH_MACS));
    r.links[1].wire_walked -= 1001;
    assert_true(check_aborts(&r, GRAPH_MACS));
    run_result_free(&r);
}

static void payload_that_vanishes_in_the_network_is_caught(void **state)
{
    (void)state;
    struct run_result r;
    make(&r);
    r.delivered = 99;
    assert_true(check_aborts(&r, GRAPH_MACS));
    run_result_free(&r);
}

static void local_links_are_no_byte_hops(void **state)
{
    (void)state;
    struct run_result r;
    make(&r);
    r.byte_hops = 256;
    assert_true(check_aborts(&r, GRAPH_MACS));
    run_result_free(&r);
}

static void a_run_faster_than_its_bound_is_caught(void **state)
{
    (void)state;
    struct run_result r;
    make(&r);
    r.lower_bound = 101;
    assert_true(check_aborts(&r, GRAPH_MACS));
    run_result_free(&r);
}

static void a_missing_mac_is_caught_unless_interrupted(void **state)
{
    (void)state;
    struct run_result r;
    make(&r);
    assert_true(check_aborts(&r, GRAPH_MACS + 1));
    r.interrupted = true;
    assert_false(check_aborts(&r, GRAPH_MACS + 1));
    run_result_free(&r);
}

static void figures_are_sums_and_single_divisions(void **state)
{
    (void)state;
    struct run_result r;
    struct run_figures f;
    make(&r);
    run_figures_of(&r, &f);
    assert_int_equal(f.unit_cycles, 200);
    assert_int_equal(f.causes[CAUSE_DEPENDENCY], 148);
    assert_int_equal(f.on_cycles, 52);
    assert_int_equal(f.link_bytes[CLASS_DATA], 128);
    assert_true(f.time_ns == 56.9801);
    assert_true(f.utilisation == 3000.0 / 12800.0);
    assert_true(f.gap == 0.25);
    assert_true(f.cause_share[CAUSE_DEPENDENCY] == 0.74);
    r.interrupted = true; /* a bound is of the whole */
    run_figures_of(&r, &f);
    assert_true(isnan(f.gap) && isnan(f.schedule_gap) && f.utilisation > 0);
    run_result_free(&r);
}

static void a_ratio_without_denominator_is_nan(void **state)
{
    (void)state;
    struct run_result r;
    struct run_figures f;
    run_result_init(&r);
    run_figures_of(&r, &f);
    assert_true(isnan(f.utilisation) && isnan(f.gap) && isnan(f.cause_share[0]));
    run_result_free(&r);
}

static void a_result_comes_back_from_its_text(void **state)
{
    (void)state;
    struct run_result r;
    struct run_result back;
    struct text first = {0};
    struct text second = {0};
    make(&r);
    r.interrupted = true;
    result_text_write(&r, &first);
    char *copy = mem_strdup(first.s);
    assert_int_equal(result_text_read(&back, copy), SIM_OK);
    result_text_write(&back, &second);
    assert_string_equal(first.s, second.s);
    assert_int_equal(back.n_links, 2);
    assert_int_equal(back.links[1].classes[CLASS_DATA].padding, 28);
    assert_true(back.interrupted);
    free(copy);
    text_free(&first);
    text_free(&second);
    run_result_free(&r);
    run_result_free(&back);
}

static void a_dynamic_result_keeps_its_preset(void **state)
{
    (void)state;
    struct run_result r;
    struct run_result back;
    struct text t = {0};
    make(&r);
    free(r.kind);
    free(r.policy);
    r.kind = mem_strdup("dynamic");
    r.policy = mem_strdup("");
    r.preset = mem_strdup("gpu-today");
    r.schedule_bound = 0;
    r.n_phases = 0;
    r.units[0].account.cycles[CAUSE_DEPENDENCY] = 70;
    r.units[0].account.cycles[CAUSE_CONTROL_ISSUE] = 4;
    assert_false(check_aborts(&r, GRAPH_MACS)); /* its laws are those of every machine */
    result_text_write(&r, &t);
    assert_int_equal(result_text_read(&back, t.s), SIM_OK);
    assert_string_equal(back.kind, "dynamic");
    assert_string_equal(back.policy, "");
    assert_string_equal(back.preset, "gpu-today");
    assert_string_equal(back.start, "cold");
    assert_int_equal(back.units[0].account.cycles[CAUSE_CONTROL_ISSUE], 4);
    text_free(&t);
    run_result_free(&r);
    run_result_free(&back);
}

static void a_text_cut_anywhere_is_refused(void **state)
{
    (void)state;
    struct run_result r;
    struct text t = {0};
    make(&r);
    result_text_write(&r, &t);
    for (size_t n = 0; n < t.n; n++) {
        struct run_result back;
        char *copy = mem_strdup(t.s);
        copy[n] = '\0';
        assert_int_equal(result_text_read(&back, copy), SIM_ERR_INPUT);
        run_result_free(&back);
        free(copy);
    }
    text_free(&t);
    run_result_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lawful_run_passes),
        cmocka_unit_test(a_cycle_without_a_cause_is_caught),
        cmocka_unit_test(bytes_that_never_leave_a_link_are_caught),
        cmocka_unit_test(bytes_are_on_a_link_only_in_a_part_of_a_run),
        cmocka_unit_test(bytes_that_no_packet_carried_are_caught),
        cmocka_unit_test(bytes_that_no_packet_carried_are_caught_in_a_part_of_a_run),
        cmocka_unit_test(payload_that_vanishes_in_the_network_is_caught),
        cmocka_unit_test(local_links_are_no_byte_hops),
        cmocka_unit_test(a_run_faster_than_its_bound_is_caught),
        cmocka_unit_test(a_missing_mac_is_caught_unless_interrupted),
        cmocka_unit_test(figures_are_sums_and_single_divisions),
        cmocka_unit_test(a_ratio_without_denominator_is_nan),
        cmocka_unit_test(a_result_comes_back_from_its_text),
        cmocka_unit_test(a_dynamic_result_keeps_its_preset),
        cmocka_unit_test(a_text_cut_anywhere_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
