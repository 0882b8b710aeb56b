/* SPDX-License-Identifier: Apache-2.0 */
/* test_unit.c - the compute unit alone: when it works, what it charges its cycles to, what it lets through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hw/unit/unit.h"
#include "sim/base/hash.h"
#include "tests/unit/hw/core_bench.h"

#define LAUNCH 20u

/* Tensor 0 and 1 are sources, 2 is what op 0 makes of them. */
static uint64_t c_of[3];
static uint64_t *const versions[] = {c_of};

struct bench {
    struct core_bench core;
    struct unit_program program;
    struct unit *u;
    struct mailbox *phase, *eject, *inject;
};

static uint64_t eval(void *core, uint64_t cycle)
{
    return unit_eval(core, cycle);
}

static uint32_t add_chunk(struct bench *b, uint32_t chunk, uint32_t operand, uint32_t address)
{
    *VEC_PUSH(&b->program, chunks) =
        (struct unit_chunk) {.chunk = chunk, .tensor = chunk, .operand = operand, .address = address, .bytes = 64};
    return (uint32_t)b->program.n_chunks - 1;
}

/* One task at `start`: reads chunks 0 and 1, writes chunk 2; 10 matrix cycles of which 3 pad, 12 in all. */
static void one_task(struct bench *b, uint64_t start)
{
    core_bench_init(&b->core);
    c_of[0] = mix64(0, 0);
    c_of[1] = mix64(1, 0);
    c_of[2] = mix64(mix64(0, c_of[0]), c_of[1]);
    b->program.tensor_c = versions;
    struct unit_op op = {.start = start, .finish = start + 2 + 12, .off = start + 2 + 12, .task = 4};
    op.cycles = 12;
    op.matrix_cycles = 10;
    op.macs = 7 * 1024;
    op.first_input = add_chunk(b, 0, 0, 0);
    add_chunk(b, 1, 1, 64);
    op.n_inputs = 2;
    op.first_output = add_chunk(b, 2, 0, 128);
    op.n_outputs = 1;
    *VEC_PUSH(&b->program, ops) = op;
    for (uint32_t i = 0; i < 2; i++)
        *VEC_PUSH(&b->program, arrivals) =
            (struct unit_arrival) {.transfer = i, .chunk = i, .address = 64 * i, .bytes = 64};
}

static void build(struct bench *b)
{
    struct unit_params p = {.name = "chip0.unit0",
                            .inject_id = "chip0.local.u0-r0",
                            .sram_bytes = 1024,
                            .sram_borders = 16,
                            .flit_bytes = 64,
                            .toggle_cycles = 2,
                            .macs_per_cycle = 1024,
                            .inject_latency = 2,
                            .launch_cycles = LAUNCH};
    b->u = unit_new(&p, &b->program, 1, &b->core.run);
    b->phase = core_bench_mail(&b->core, sizeof(struct phase_message), 8);
    b->eject = core_bench_mail(&b->core, sizeof(struct burst), 8);
    b->inject = core_bench_mail(&b->core, sizeof(struct burst), 8);
    unit_connect(b->u, &b->core.counter, b->phase, b->eject, b->inject);
}

static void end(struct bench *b)
{
    unit_free(b->u);
    mailbox_free(b->phase);
    mailbox_free(b->eject);
    mailbox_free(b->inject);
    core_bench_free(&b->core);
}

/* Chunk `i` arrives at `ready`; it was computed at `computed`, left DRAM or a unit at `left`. */
static void arrive(struct bench *b, uint32_t i, uint64_t ready, uint64_t computed, uint64_t left)
{
    struct burst x = {.id = {.chunk = i, .tensor = i, .c = mix64(i, 0), .value = mix64(i, 0)},
                      .transfer = i,
                      .peer = i,
                      .bytes = 64,
                      .flits = 1,
                      .computed = computed};
    burst_stamp(&x, computed, PLACE_DRAM);
    burst_stamp(&x, left, PLACE_NOC);
    mailbox_write(b->eject, ready, &x, burst_size(&x));
    domain_commit(b->core.domain);
}

static uint64_t cause(const struct bench *b, enum cause c)
{
    return b->u->stat.account.cycles[c];
}

static void each_cycle_of_a_task_has_its_cause(void **state)
{
    (void)state;
    struct bench b = {.u = NULL};
    one_task(&b, 100);
    build(&b);
    arrive(&b, 0, 30, 0, 10);
    arrive(&b, 1, 70, 0, 60); /* in DRAM until 60, then on the network */
    core_bench_run(&b.core, eval, b.u, 200, false);
    unit_end(b.u, 150);
    assert_int_equal(b.core.run.n_faults, 0);
    assert_int_equal(cause(&b, CAUSE_CONTROL_LAUNCH), LAUNCH);
    /* [20, 30) the first operand is on the network; [30, 60) the second in DRAM; [60, 70) on the network. */
    assert_int_equal(cause(&b, CAUSE_NETWORK_NOC), 10 + 10);
    assert_int_equal(cause(&b, CAUSE_MEMORY_DRAM), 30);
    assert_int_equal(cause(&b, CAUSE_CONTROL_DISPATCH), 30);
    assert_int_equal(cause(&b, CAUSE_CONTROL_TOGGLE), 2);
    assert_int_equal(cause(&b, CAUSE_COMPUTE_USEFUL), 7);
    assert_int_equal(cause(&b, CAUSE_COMPUTE_PADDING), 3);
    assert_int_equal(cause(&b, CAUSE_MEMORY_L1), 2); /* SRAM ports: neither engine works */
    assert_int_equal(cause(&b, CAUSE_NO_WORK), 150 - 114);
    assert_int_equal(b.u->stat.account.on_cycles, 14);
    assert_int_equal(b.u->stat.macs, 7 * 1024);
    end(&b);
}

/* 5 cycles of slack: outputs stand there at the planned finish, however late the task is up to then. */
static void slack_takes_up_what_a_task_is_late(void **state)
{
    (void)state;
    for (uint64_t late = 0; late < 8; late++) {
        struct bench b = {.u = NULL};
        one_task(&b, 100);
        b.program.ops[0].finish += 5;
        b.program.ops[0].off += 5;
        build(&b);
        unit_delay(b.u, 99, late);
        arrive(&b, 0, 30, 0, 10);
        arrive(&b, 1, 70, 0, 60);
        core_bench_run(&b.core, eval, b.u, 200, false);
        assert_int_equal(b.core.run.n_faults > 0, late > 5);
        if (late <= 5) {
            unit_end(b.u, 150);
            assert_int_equal(b.u->finished, 100 + 2 + 12 + 5);
            assert_int_equal(cause(&b, CAUSE_CONTROL_ISSUE), late);
            assert_int_equal(cause(&b, CAUSE_CONTROL_GUARD), 5 - late);
            assert_int_equal(cause(&b, CAUSE_COMPUTE_USEFUL), 7);
            assert_int_equal(cause(&b, CAUSE_MEMORY_L1), 2);
        }
        end(&b);
    }
}

static void an_input_not_yet_computed_is_a_dependency(void **state)
{
    (void)state;
    struct bench b = {.u = NULL};
    one_task(&b, 100);
    build(&b);
    arrive(&b, 0, 40, 0, 35);  /* under way all the while ... */
    arrive(&b, 1, 95, 80, 90); /* ... but the other one is computed at 80 only */
    core_bench_run(&b.core, eval, b.u, 200, false);
    assert_int_equal(cause(&b, CAUSE_DEPENDENCY), 80 - LAUNCH);
    assert_int_equal(cause(&b, CAUSE_MEMORY_DRAM), 10);
    assert_int_equal(cause(&b, CAUSE_NETWORK_NOC), 5);
    end(&b);
}

static void the_bit_waits_for_the_index_of_its_phase(void **state)
{
    (void)state;
    struct bench b = {.u = NULL};
    static const struct unit_phase phases[] = {{0, 0}, {50, 3}, {100, 1}, {120, 0}};
    one_task(&b, 100);
    b.program.ops[0].phase_on = 2;
    b.program.ops[0].phase_off = 3;
    b.program.ops[0].off = 120;
    b.program.phases = phases;
    b.program.n_phases = 4;
    build(&b);
    b.u->p.by_phase = true;
    arrive(&b, 0, 30, 0, 10);
    arrive(&b, 1, 40, 0, 10);
    for (uint32_t i = 0; i < 4; i++) {
        struct phase_message m = {phases[i].start, 1, i};
        mailbox_write(b.phase, phases[i].start > 0 ? phases[i].start : 1, &m, sizeof m);
        domain_commit(b.core.domain);
    }
    core_bench_run(&b.core, eval, b.u, 200, false);
    assert_int_equal(b.core.run.n_faults, 0);
    /* [40, 50) nobody computes, [50, 100) others do; then off waits for index 3. */
    assert_int_equal(cause(&b, CAUSE_CONTROL_DISPATCH), 10);
    assert_int_equal(cause(&b, CAUSE_IMBALANCE), 50 + 6);
    assert_int_equal(b.u->stat.account.on_cycles, 20);
    end(&b);
}

static void a_wrong_version_is_refused(void **state)
{
    (void)state;
    struct bench b = {.u = NULL};
    one_task(&b, 100);
    build(&b);
    arrive(&b, 0, 30, 0, 10);
    struct burst old = {.id = {.chunk = 1, .tensor = 1, .version = 1, .c = mix64(1, 1)}, .transfer = 1, .peer = 1};
    old.bytes = 64;
    mailbox_write(b.eject, 40, &old, burst_size(&old));
    domain_commit(b.core.domain);
    core_bench_run(&b.core, eval, b.u, 200, false);
    assert_int_equal(b.core.run.n_faults, 1);
    assert_non_null(strstr(b.core.run.faults[0].text, "byte 0 of chunk 1 version 1"));
    end(&b);
}

static void another_value_than_the_works_is_refused(void **state)
{
    (void)state;
    struct bench b = {.u = NULL};
    one_task(&b, 100);
    build(&b);
    arrive(&b, 0, 30, 0, 10);
    struct burst x = {.id = {.chunk = 1, .tensor = 1, .c = 5, .value = 5}, .transfer = 1, .peer = 1, .bytes = 64};
    mailbox_write(b.eject, 40, &x, burst_size(&x));
    domain_commit(b.core.domain);
    core_bench_run(&b.core, eval, b.u, 200, false);
    assert_int_equal(b.core.run.n_faults, 1);
    assert_non_null(strstr(b.core.run.faults[0].text, "finds c 0000000000000005 in chunk 1"));
    end(&b);
}

static void a_send_carries_the_identity_and_its_slot(void **state)
{
    (void)state;
    struct bench b = {.u = NULL};
    one_task(&b, 100);
    *VEC_PUSH(&b.program, sends) = (struct unit_send) {.start = 114,
                                                       .transfer = 9,
                                                       .hop = 0,
                                                       .peer = 3,
                                                       .chunk = 2,
                                                       .address = 128 + 16,
                                                       .offset = 16,
                                                       .bytes = 48,
                                                       .flits = 1};
    build(&b);
    arrive(&b, 0, 30, 0, 10);
    arrive(&b, 1, 40, 0, 10);
    core_bench_run(&b.core, eval, b.u, 200, false);
    assert_int_equal(b.core.run.n_faults, 0);
    const struct burst *x = mailbox_item(b.inject, 0);
    assert_int_equal(mailbox_item_at(b.inject, 0), 116);
    assert_int_equal(x->entered, 114);
    assert_int_equal(x->peer, 3);
    assert_int_equal(x->id.c, c_of[2]);
    assert_int_equal(x->offset, 16);
    assert_int_equal(x->computed, 114);
    assert_int_equal(b.u->stat.inject[CLASS_DATA].padding, 16);
    end(&b);
}

/* Entry 64 acts at 50, by which its piece, the second of two, has come or not. The unit has nothing else to do. */
static uint64_t piece_comes(uint64_t ready, bool every)
{
    struct bench b = {.u = NULL};
    core_bench_init(&b.core);
    for (uint32_t i = 0; i < 2; i++) {
        *VEC_PUSH(&b.program, arrivals) =
            (struct unit_arrival) {.transfer = i, .chunk = BURST_CONTROL, .address = UNIT_NO_ADDRESS, .bytes = 1024};
        *VEC_PUSH(&b.program, milestones) =
            (struct unit_milestone) {.slot = 10 + 40 * i, .offset = 1024 * i, .bytes = 512};
    }
    build(&b);
    for (uint32_t i = 0; i < 2; i++) {
        struct burst x = {.id = {.chunk = BURST_CONTROL}, .transfer = i, .peer = i, .offset = 1024 * i, .bytes = 1024};
        mailbox_write(b.eject, i == 0 ? 10 : ready, &x, burst_size(&x));
        domain_commit(b.core.domain);
    }
    core_bench_run(&b.core, eval, b.u, 200, every);
    uint64_t fault = b.core.run.n_faults > 0 ? b.core.run.faults[0].slot : 0;
    if (fault)
        assert_non_null(strstr(b.core.run.faults[0].text, "entry 64 is in force and byte 1024 "));
    end(&b);
    return fault;
}

static void entries_must_be_here_when_the_first_of_them_acts(void **state)
{
    (void)state;
    for (int every = 0; every < 2; every++) {
        assert_int_equal(piece_comes(50, every), 0);
        assert_int_equal(piece_comes(51, every), 50);
    }
}

static void evaluating_in_every_cycle_changes_nothing(void **state)
{
    (void)state;
    struct unit_account account[2];
    for (int every = 0; every < 2; every++) {
        struct bench b = {.u = NULL};
        one_task(&b, 100);
        build(&b);
        arrive(&b, 0, 40, 0, 35);
        arrive(&b, 1, 95, 80, 90);
        uint32_t evaluations = core_bench_run(&b.core, eval, b.u, 200, every);
        assert_true(every ? evaluations == 200 : evaluations < 10);
        unit_end(b.u, 150);
        account[every] = b.u->stat.account;
        end(&b);
    }
    assert_memory_equal(&account[0], &account[1], sizeof account[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_cycle_of_a_task_has_its_cause),
        cmocka_unit_test(slack_takes_up_what_a_task_is_late),
        cmocka_unit_test(an_input_not_yet_computed_is_a_dependency),
        cmocka_unit_test(the_bit_waits_for_the_index_of_its_phase),
        cmocka_unit_test(a_wrong_version_is_refused),
        cmocka_unit_test(another_value_than_the_works_is_refused),
        cmocka_unit_test(a_send_carries_the_identity_and_its_slot),
        cmocka_unit_test(entries_must_be_here_when_the_first_of_them_acts),
        cmocka_unit_test(evaluating_in_every_cycle_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
