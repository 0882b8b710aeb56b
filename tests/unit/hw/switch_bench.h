/* SPDX-License-Identifier: Apache-2.0 */
/* switch_bench.h - a switch of the phase machine under test, without SystemC: three lines in and out, adders. */
#ifndef TESTS_UNIT_HW_SWITCH_BENCH_H
#define TESTS_UNIT_HW_SWITCH_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hw/link/slot_switch.h"
#include "sim/kernel/launch.h"
#include "tests/unit/hw/core_bench.h"

/* 64-byte flits at 48 bytes per cycle, 4/3 cycles each; latency 10 cycles of 1000 fs. Launch in cycle 5. */
#define LINES 3u

#define PARTIAL_C 11u

struct sw {
    struct core_bench core;
    struct switch_program program;
    struct slot_switch *s;
    struct link_errors errors;
    bool to_switch[LINES];
    struct mailbox *host, *in[LINES], *out[LINES];
};

static inline uint64_t switch_eval(void *core, uint64_t cycle)
{
    return slot_switch_eval(core, cycle);
}

static inline void launch(struct sw *x, uint32_t number)
{
    struct launch_message m = {.launch = number, .measured = true, .base_fs = 5000};
    mailbox_write(x->host, x->core.domain->cycle + 1, &m, sizeof m);
    domain_commit(x->core.domain);
}

static const char *const switch_bench_ids[LINES] = {"switch0-chip0", "switch0-chip1", "switch0-chip2"};

/* Of a core that has run, stall and seed set; a program that is there. */
static inline void build_switch(struct sw *x)
{
    struct switch_line out[LINES];
    for (uint32_t i = 0; i < LINES; i++) {
        out[i] = (struct switch_line) {
            .id = switch_bench_ids[i], .rate = {48, 1}, .latency = 10, .to_switch = x->to_switch[i]};
        x->in[i] = core_bench_mail(&x->core, sizeof(struct burst), 16);
        x->out[i] = core_bench_mail(&x->core, sizeof(struct burst), 16);
    }
    x->host = core_bench_mail(&x->core, sizeof(struct launch_message), 4);
    struct switch_line adder = {.id = "switch0.adder", .rate = {96, 1}, .latency = 4};
    struct slot_switch_params p = {
        .name = "switch0", .lines = LINES, .flit_bytes = 64, .out = out, .adder = &adder, .errors = x->errors};
    x->s = slot_switch_new(&p, &x->program, &x->core.run);
    slot_counter_init(&x->s->counter, x->core.domain);
    slot_switch_connect(x->s, x->host, x->in, x->out);
    launch(x, 1);
}

static inline void build(struct sw *x)
{
    core_bench_init(&x->core);
    build_switch(x);
}

static inline void end(struct sw *x)
{
    slot_switch_free(x->s);
    for (uint32_t i = 0; i < LINES; i++) {
        mailbox_free(x->in[i]);
        mailbox_free(x->out[i]);
    }
    mailbox_free(x->host);
    core_bench_free(&x->core);
}

/* An entry, and lines out that it takes, as the plan makes them. */
static inline uint32_t add_entry(struct sw *x, uint32_t transfer)
{
    *VEC_PUSH(&x->program, entries) = (struct switch_entry) {
        .transfer = transfer, .first_out = SWITCH_NOBODY, .last_out = SWITCH_NOBODY, .partial = SWITCH_NOBODY};
    return (uint32_t)x->program.n_entries - 1;
}

static inline void add_out(struct sw *x, uint32_t entry, uint32_t line, uint32_t bytes)
{
    uint32_t n = (uint32_t)x->program.n_outs;
    struct switch_entry *e = &x->program.entries[entry];
    *VEC_PUSH(&x->program, outs) = (struct switch_out) {.line = line,
                                                        .next = SWITCH_NOBODY,
                                                        .hop = 10 + n,
                                                        .peer = 20 + n,
                                                        .bytes = bytes,
                                                        .flits = (bytes + 63) / 64,
                                                        .class_of = CLASS_DATA};
    if (e->last_out == SWITCH_NOBODY)
        e->first_out = n;
    else
        x->program.outs[e->last_out].next = n;
    e->last_out = n;
}

static inline void come(struct sw *x, uint32_t line, uint64_t cycle, uint32_t entry, uint32_t transfer, uint32_t bytes)
{
    struct burst b = {.transfer = transfer, .peer = entry, .bytes = bytes, .flits = (bytes + 63) / 64};
    mailbox_write(x->in[line], cycle, &b, burst_size(&b));
    domain_commit(x->core.domain);
}

static inline void check_out(const struct mailbox *m, uint32_t i, uint64_t head, uint64_t usable, uint32_t peer)
{
    assert_true(mailbox_count(m) > i);
    const struct burst *b = mailbox_item(m, i);
    assert_int_equal(b->usable, usable * 1000);
    assert_int_equal(b->peer, peer);
    assert_int_equal(mailbox_item_at(m, i), head);
}

/* ---- sums ---- */

/* Partials of 128 B on lines 0 and 1, chunks 5 and 6, 1 and 3 of 4 steps, planned in slots 15 and 20; their sum of
 * 64 B, chunk 7, is made in slot `start` and goes to lines 1 and 2. */
static inline void add_sum(struct sw *x, uint64_t start)
{
    struct switch_program *p = &x->program;
    *VEC_PUSH(p, sums) = (struct switch_sum) {.op = 3, .k_part = 4, .k_whole = 4, .n_partials = 2, .n_results = 1};
    for (uint32_t i = 0; i < 2; i++) {
        *VEC_PUSH(p, partials) = (struct switch_partial) {.chunk = 5 + i, .bytes = 128, .planned = 15 + 5 * i};
        uint32_t entry = add_entry(x, 50 + i); /* may move the array */
        p->entries[entry].partial = i;
    }
    *VEC_PUSH(p, results) = (struct switch_result) {.start = start,
                                                    .next = SWITCH_NOBODY,
                                                    .transfer = 60,
                                                    .chunk = 7,
                                                    .tensor = 9,
                                                    .bytes = 64,
                                                    .flits = 1,
                                                    .class_of = CLASS_DATA,
                                                    .adder_bytes = 128,
                                                    .adder_flits = 2,
                                                    .last_out = 1};
    for (uint32_t i = 0; i < 2; i++)
        *VEC_PUSH(p, outs) = (struct switch_out) {
            .line = 1 + i, .next = i ? SWITCH_NOBODY : 1, .hop = 1 + i, .peer = 20 + i, .bytes = 64, .flits = 1};
}

/* Its first flit comes in the cycle, it is whole three later. */
static inline struct burst partial_of(uint32_t number, uint64_t cycle)
{
    struct burst b = {
        .id = {.chunk = 5 + number, .tensor = 8, .c = PARTIAL_C, .numeric = number ? 0x40000000 : 0x3f800000},
        .transfer = 50 + number,
        .peer = number,
        .bytes = 128,
        .flits = 2,
        .usable = (cycle + 3) * 1000};
    b.id.value = (number ? 3u : 1u) * PARTIAL_C;
    return b;
}

static inline void send_partial(struct sw *x, uint32_t line, uint64_t cycle, const struct burst *b)
{
    mailbox_write(x->in[line], cycle, b, burst_size(b));
    domain_commit(x->core.domain);
}

#endif
