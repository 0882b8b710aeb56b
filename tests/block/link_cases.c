/* SPDX-License-Identifier: Apache-2.0 */
/* link_cases.c - two chips: the line between them, lateness, drift. */
#include <stdio.h>

#include "hw/link/link_errors.h"
#include "sim/base/error.h"
#include "tests/block/block_cases.h"
#include "tests/block/block_server.h"

#define FLITS (BLOCK_CHUNK / 64)

struct crossing {
    uint64_t finish, usable;
};

/* Unit 0 of chip 0 computes and sends to unit 1 of chip 1, which starts `slack` after it is there. */
static struct crossing cross(struct block *b, uint64_t wait, uint64_t guard, uint64_t slack)
{
    struct crossing x;
    uint32_t sent, out, far = b->m.units_per_chip + 1;
    x.finish = block_op(b, block_task(b, 0, 10, NULL, 0, &sent), 0, BLOCK_LAUNCH);
    x.usable = block_send_chip(b, sent, 0, far, x.finish, wait, guard);
    uint32_t task = block_task(b, 1, 10, &sent, 1, &out);
    block_program(b)->makespan = block_op(b, task, far, x.usable + slack);
    return x;
}

static uint64_t empty_way(const struct block *b)
{
    uint32_t link = machine_chip_link(&b->m, 0, 1), far = b->m.units_per_chip + 1;
    const uint32_t *send_ports, *receive_ports;
    machine_chip_link_ports(&b->m, link, &send_ports, &receive_ports);
    return machine_path_latency(&b->m, machine_unit_endpoint(&b->m, 0), send_ports[0], FLITS) + FLITS + 50 +
           machine_path_latency(&b->m, receive_ports[0], machine_unit_endpoint(&b->m, far), FLITS);
}

void a_burst_between_chips_takes_path_line_and_latency(void)
{
    struct block b;
    block_init(&b, NOC_MESH, 2, "list");
    struct crossing x = cross(&b, 0, 0, 0);
    block_equal("error", (uint64_t)-block_run(&b), 0);
    if (block_failures)
        diag_print(&b.diag, stdout);
    block_equal("closed form", x.usable - x.finish, empty_way(&b));
    block_equal("makespan", b.result.makespan_cycles, x.usable + 11);
    block_equal("link bytes", block_event(&b, "chip_link_bytes"), BLOCK_CHUNK);
    /* Injected once, though it crosses two networks; the two launch broadcasts count too. */
    block_equal("injected", b.result.injected, BLOCK_CHUNK + 2 * 4);
    block_equal("network.link", block_cause(&b, b.m.units_per_chip + 1, CAUSE_NETWORK_LINK), FLITS + 50);
    block_equal("dependency", block_cause(&b, b.m.units_per_chip + 1, CAUSE_DEPENDENCY), x.finish - BLOCK_LAUNCH);
    block_free(&b);
}

void waiting_between_chips_is_charged_to_the_link_and_the_guard(void)
{
    struct block b;
    block_spec(&b, NOC_MESH, 2);
    b.spec.guard_cycles = 7;
    block_build(&b, "list");
    struct crossing x = cross(&b, 13, 20, 0);
    block_equal("error", (uint64_t)-block_run(&b), 0);
    block_equal("closed form", x.usable - x.finish, empty_way(&b) + 13 + 20);
    block_equal("guard", block_cause(&b, b.m.units_per_chip + 1, CAUSE_CONTROL_GUARD), 7);
    block_equal("link", block_cause(&b, b.m.units_per_chip + 1, CAUSE_NETWORK_LINK), 13 + FLITS + 50 + 20 - 7);
    block_free(&b);
}

static void late_by(struct block *b, uint64_t delay)
{
    b->injection = (struct phase_injection) {.chip = 0, .neighbour = 1, .cycle = 0, .delay = delay};
}

void a_late_burst_stops_the_run_that_halts(void)
{
    struct block b;
    block_init(&b, NOC_MESH, 2, "list");
    cross(&b, 0, 0, 0);
    late_by(&b, 3);
    block_equal("error", (uint64_t)-block_run(&b), (uint64_t)-SIM_ERR_VIOLATION);
    block_says(&b, "chip1.from_chip0: cycle");
    block_says(&b, "transfer 0: is not whole in the link's buffer in its slot, it comes 3 cycles late");
    block_free(&b);
}

void a_late_burst_within_the_slack_does_no_harm(void)
{
    struct block b;
    block_init(&b, NOC_MESH, 2, "list");
    struct crossing x = cross(&b, 0, 5, 0);
    late_by(&b, 5);
    block_equal("error", (uint64_t)-block_run(&b), 0);
    block_equal("makespan", b.result.makespan_cycles, x.usable + 11);
    block_equal("stalls", b.result.stalls, 0);
    block_free(&b);
}

/* Unit 2 of chip 1 computes all the while; it stands still with its chip. */
void a_late_burst_stretches_the_run_that_stalls(void)
{
    struct block b;
    uint32_t other;
    block_init(&b, NOC_MESH, 2, "list");
    struct crossing x = cross(&b, 0, 0, 0);
    uint32_t busy = b.m.units_per_chip + 2, far = b.m.units_per_chip + 1;
    block_op(&b, block_task(&b, 1, x.usable - BLOCK_LAUNCH + 5, NULL, 0, &other), busy, BLOCK_LAUNCH);
    late_by(&b, 30);
    b.options.stall = true;
    block_equal("error", (uint64_t)-block_run(&b), 0);
    if (block_failures)
        diag_print(&b.diag, stdout);
    block_equal("makespan", b.result.makespan_cycles, x.usable + 11 + 30);
    block_equal("stall cycles of both chips", block_event(&b, "stall_cycles") >= 30, 1);
    block_equal("link, waiting unit", block_cause(&b, far, CAUSE_NETWORK_LINK), FLITS + 50 + 30);
    block_equal("link, computing unit", block_cause(&b, busy, CAUSE_NETWORK_LINK), 30);
    block_equal("useful, computing unit", block_cause(&b, busy, CAUSE_COMPUTE_USEFUL), x.usable - BLOCK_LAUNCH + 5);
    block_free(&b);
}

/* Chip 1 stalls and tells chip 0, which has a task long after. */
void a_stall_reaches_the_other_chip(void)
{
    struct block b;
    uint32_t other;
    block_init(&b, NOC_MESH, 2, "list");
    struct crossing x = cross(&b, 0, 0, 0);
    uint64_t end = block_op(&b, block_task(&b, 0, 10, NULL, 0, &other), 3, x.usable + 400);
    block_program(&b)->makespan = end;
    late_by(&b, 30);
    b.options.stall = true;
    block_equal("error", (uint64_t)-block_run(&b), 0);
    block_equal("makespan", b.result.makespan_cycles, end + 30);
    block_equal("stall cycles", block_event(&b, "stall_cycles"), 60);
    block_equal("stalls", b.result.stalls, 2);
    block_free(&b);
}

/* ---- bit errors: 1.7e-4 without a code, so a burst of 32 flits is lost every other time ---- */

static void lossy(struct block *b, uint32_t lost, uint32_t tries)
{
    block_spec(b, NOC_MESH, 2);
    b->spec.link_bit_errors = 170000000000000u;
    block_build(b, "list");
    for (b->options.seed = 1;; b->options.seed++) {
        struct link_errors e = {.loss = link_code_loss(b->m.link_code, b->m.link_bit_errors), .frame_bytes = 16};
        uint32_t is = 0;
        link_errors_init(&e, b->options.seed, "chip0-chip1");
        for (uint32_t i = 0; i < tries; i++)
            is |= (link_errors_send(&e, BLOCK_CHUNK) > 0 ? 1u : 0u) << i;
        if (is == lost)
            return;
    }
}

void a_lost_burst_stops_the_run_that_halts(void)
{
    struct block b;
    lossy(&b, 1, 1);
    cross(&b, 0, 0, 0);
    block_equal("error", (uint64_t)-block_run(&b), (uint64_t)-SIM_ERR_VIOLATION);
    block_says(&b, "chip1.from_chip0: cycle");
    block_says(&b, "transfer 0: has bit errors in");
    block_says(&b, "of the link that cannot be corrected");
    block_free(&b);
}

/* Each loss: its line, and 50 cycles there and back; then it comes. */
static void lost_and_sent_again(uint32_t losses)
{
    struct block b;
    lossy(&b, (1u << losses) - 1, losses + 1);
    struct crossing x = cross(&b, 0, 0, 0);
    uint64_t late = losses * (uint64_t)(FLITS + 2 * 50);
    b.options.stall = true;
    block_equal("error", (uint64_t)-block_run(&b), 0);
    if (block_failures)
        diag_print(&b.diag, stdout);
    block_equal("makespan", b.result.makespan_cycles, x.usable + 11 + late);
    block_equal("link bytes", block_event(&b, "chip_link_bytes"), (1 + losses) * (uint64_t)BLOCK_CHUNK);
    block_equal("injected", b.result.injected, BLOCK_CHUNK + 2 * 4);
    block_equal("stall cycles of both chips", block_event(&b, "stall_cycles") >= late, 1);
    block_equal("network.link", block_cause(&b, b.m.units_per_chip + 1, CAUSE_NETWORK_LINK), FLITS + 50 + late);
    block_free(&b);
}

void a_lost_burst_stretches_the_run_that_stalls_by_its_round_trip(void)
{
    lost_and_sent_again(1);
}

void a_burst_that_is_lost_three_times_comes_after_three_round_trips(void)
{
    lost_and_sent_again(3);
}

/* kp4 on 68 B per cycle leaves 64; its 30 cycles beside the link's 20. */
void a_code_takes_its_share_of_the_line_and_its_time(void)
{
    struct block b;
    block_spec(&b, NOC_MESH, 2);
    b.spec.link_bandwidth = 68000000000u;
    b.spec.link_fec = FEC_KP4;
    b.spec.link_latency_fs = 20000000;
    b.spec.link_fec_latency_fs = 30000000;
    block_build(&b, "list");
    struct crossing x = cross(&b, 0, 0, 0);
    block_equal("error", (uint64_t)-block_run(&b), 0);
    block_equal("closed form", x.usable - x.finish, empty_way(&b));
    block_equal("makespan", b.result.makespan_cycles, x.usable + 11);
    block_free(&b);
}

void a_stall_without_end_is_noticed(void)
{
    struct block b;
    block_init(&b, NOC_MESH, 2, "list");
    cross(&b, 0, 0, 0);
    late_by(&b, 100000000);
    b.options.stall = true;
    b.options.watchdog_cycles = 10000;
    block_equal("error", (uint64_t)-block_run(&b), (uint64_t)-SIM_ERR_STUCK);
    block_says(&b, "chip1.ctl: slot");
    block_says(&b, "waits to inject transfer 0");
    block_free(&b);
}

/* Chip 1 is 100 ppm fast, chip 0 200 ppm slow. */
void drifting_clocks_keep_the_schedule(void)
{
    struct block b;
    int64_t drift[2] = {200000, -100000};
    uint32_t chunk;
    block_spec(&b, NOC_MESH, 2);
    b.spec.drift_ppb = (struct ppb_list) {.n = 2, .value = drift};
    b.spec.align_interval = 10000;
    block_build(&b, "list");
    struct crossing x = cross(&b, 0, b.m.guard_cycles, 0);
    uint64_t end = BLOCK_LAUNCH + 200;
    for (int i = 0; i < 3; i++) { /* keeps chip 1 running over 12 alignments, and crosses again after them */
        uint64_t finish = block_op(&b, block_task(&b, 1, 40000, NULL, 0, &chunk), b.m.units_per_chip + 2, end + 200);
        end = block_send_chip(&b, chunk, b.m.units_per_chip + 2, 3, finish, 0, b.m.guard_cycles);
    }
    block_program(&b)->makespan = end;
    block_refresh(&b);
    block_equal("error", (uint64_t)-block_run(&b), 0);
    if (block_failures)
        diag_print(&b.diag, stdout);
    block_equal("makespan", b.result.makespan_cycles, end);
    block_equal("first crossing before the end", x.usable < end, 1);
    block_equal("chip 1 waits at each alignment", block_event(&b, "align_holds"), 12);
    /* 300 ppm of 120,000 cycles. */
    block_equal("cycles waited", block_event(&b, "align_cycles") >= 35 && block_event(&b, "align_cycles") <= 37, 1);
    block_free(&b);
}

/* The sender's clock is fast, the third burst comes some cycles before the first one leaves the buffer of two. */
void what_a_fast_clock_sends_early_waits_outside_the_buffer(void)
{
    struct block b;
    int64_t drift[2] = {-100000, 0};
    uint32_t chunk[3];
    block_spec(&b, NOC_MESH, 2);
    b.spec.drift_ppb = (struct ppb_list) {.n = 2, .value = drift};
    b.spec.align_interval = 100000; /* guard band: 11 cycles */
    b.spec.staging_bytes = 2 * BLOCK_CHUNK;
    b.spec.max_burst = BLOCK_CHUNK;
    block_build(&b, "list");
    uint32_t far = b.m.units_per_chip + 1;
    const uint32_t *send_ports, *receive_ports;
    machine_chip_link_ports(&b.m, machine_chip_link(&b.m, 0, 1), &send_ports, &receive_ports);
    uint64_t out = machine_path_latency(&b.m, machine_unit_endpoint(&b.m, 0), send_ports[0], FLITS);
    uint64_t in = machine_path_latency(&b.m, receive_ports[0], machine_unit_endpoint(&b.m, far), FLITS);
    uint64_t end = BLOCK_LAUNCH;
    for (int i = 0; i < 3; i++)
        end = block_op(&b, block_task(&b, 0, 10, NULL, 0, &chunk[i]), 0, end);
    uint64_t at = 50000;                                                     /* chip 0 is 5 cycles ahead by then */
    uint64_t first = block_send_chip(&b, chunk[0], 0, far, at, 0, 300) - in; /* its injection */
    block_send_chip(&b, chunk[1], 0, far, at + FLITS, 0, 300);
    uint64_t start = first + FLITS - 50 - out; /* the third's first flit follows the first's last */
    block_program(&b)->makespan = block_send_chip(&b, chunk[2], 0, far, start, 0, b.m.guard_cycles);
    block_refresh(&b);
    block_equal("error", (uint64_t)-block_run(&b), 0);
    if (block_failures)
        diag_print(&b.diag, stdout);
    block_equal("makespan", b.result.makespan_cycles, block_program(&b)->makespan);
    block_free(&b);
}
