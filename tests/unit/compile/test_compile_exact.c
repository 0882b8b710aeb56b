/* SPDX-License-Identifier: Apache-2.0 */
/* test_compile_exact.c - tiny works whose start times can be worked out by hand, to the cycle. */
#include "compile_fixture.h"

#include "sim/compile/booking.h"

/* Ten cycles of work plus the toggle. */
#define WORK 10u

static uint64_t flits(const struct machine *m, uint32_t bytes)
{
    return ceil_div(bytes, m->flit_bytes);
}

static const struct sched_program *steady(const struct schedule *s)
{
    return &s->programs[1];
}

static void a_chain_of_equal_tasks_on_one_unit_takes_their_sum(void **state)
{
    (void)state;
    struct machine_spec spec = fixture_spec(1, 1, 1);
    struct machine m;
    struct hand_graph g;
    struct schedule s;
    fixture_machine(&m, &spec);
    hand_begin(&g, &m);
    uint32_t last = 0;
    for (uint32_t i = 0; i < 20; i++) {
        last = hand_task(&g, 0, WORK, &last, i > 0, 0, i == 19);
    }
    compile_hand(&s, &g, &m, "list", true);
    assert_int_equal(steady(&s)->makespan, m.launch_cycles + 20 * (m.toggle_cycles + WORK));
    assert_int_equal(s.schedule_bound, steady(&s)->makespan);
    assert_int_equal(steady(&s)->n_transfers, 0);
    schedule_free(&s);
    hand_end(&g);
    machine_free(&m);
}

static void what_is_handed_on_in_one_unit_does_not_travel(void **state)
{
    (void)state;
    struct machine_spec spec = fixture_spec(1, 1, 1);
    struct machine m;
    struct hand_graph g;
    struct schedule s;
    fixture_machine(&m, &spec);
    hand_begin(&g, &m);
    uint32_t a = hand_task(&g, 0, WORK, NULL, 0, 5000, false);
    uint32_t b = hand_task(&g, 0, WORK, &a, 1, 5000, false);
    hand_task(&g, 0, WORK, &b, 1, 0, true);
    compile_hand(&s, &g, &m, "list", true);
    assert_int_equal(steady(&s)->n_transfers, 0);
    assert_int_equal(steady(&s)->makespan, m.launch_cycles + 3 * (m.toggle_cycles + WORK));
    schedule_free(&s);
    hand_end(&g);
    machine_free(&m);
}

/* Two producers on the two units of a chip, one reader of both on one of them. */
static void an_input_from_the_next_unit_comes_after_latency_and_flits(void **state)
{
    (void)state;
    struct machine_spec spec = fixture_spec(1, 1, 2);
    struct machine m;
    struct hand_graph g;
    struct schedule s;
    fixture_machine(&m, &spec);
    hand_begin(&g, &m);
    uint32_t in[2] = {hand_task(&g, 0, WORK, NULL, 0, 3000, false), hand_task(&g, 0, WORK, NULL, 0, 3000, false)};
    hand_task(&g, 0, WORK, in, 2, 0, true);
    compile_hand(&s, &g, &m, "list", true);
    uint64_t finish = m.launch_cycles + m.toggle_cycles + WORK, n = flits(&m, 3000);
    assert_int_equal(op_of(steady(&s), 0)->finish, finish);
    assert_int_equal(op_of(steady(&s), 1)->finish, finish);
    assert_int_not_equal(op_of(steady(&s), 0)->unit, op_of(steady(&s), 1)->unit);
    assert_int_equal(op_of(steady(&s), 2)->start, finish + machine_path_latency(&m, 0, 1, (uint32_t)n));
    assert_int_equal(machine_path_latency(&m, 0, 1, (uint32_t)n), 2 + 2 + 1 + n - 1); /* inject, noc, eject, flits */
    assert_int_equal(steady(&s)->n_transfers, 1);
    schedule_free(&s);
    hand_end(&g);
    machine_free(&m);
}

static void an_input_from_another_chip_pays_both_networks_the_line_and_the_guard(void **state)
{
    (void)state;
    struct machine_spec spec = fixture_spec(2, 1, 1);
    struct machine m;
    struct hand_graph g;
    struct schedule s;
    spec.guard_cycles = 7;
    fixture_machine(&m, &spec);
    hand_begin(&g, &m);
    uint32_t a = hand_task(&g, 0, WORK, NULL, 0, 3000, false);
    hand_task(&g, 1, WORK, &a, 1, 0, true);
    compile_hand(&s, &g, &m, "list", true);
    const struct link *line = &m.links[machine_chip_link(&m, 0, 1)];
    uint64_t n = flits(&m, 3000), on_chip = 2 + 1 + n - 1; /* inject, eject, flits */
    uint64_t wire = ceil_div(n * m.flit_bytes * line->rate.den, line->rate.num);
    uint64_t want = op_of(steady(&s), 0)->finish + on_chip + wire + line->latency + 7 + on_chip;
    assert_int_equal(op_of(steady(&s), 1)->start, want);
    schedule_free(&s);
    hand_end(&g);
    machine_free(&m);
}

/* The shortest way of so many flits between some units of a chip and a port of the line. */
static uint64_t to_line(const struct machine *m, uint32_t line, uint32_t first_unit, uint32_t units, uint32_t n)
{
    const uint32_t *send, *receive;
    uint64_t least = UINT64_MAX;
    uint32_t ports = machine_chip_link_ports(m, line, &send, &receive);
    for (uint32_t i = 0; i < units * ports; i++) {
        uint32_t unit = machine_unit_endpoint(m, first_unit + i / ports), port = i % ports;
        uint64_t cycles = first_unit == 0 ? machine_path_latency(m, unit, send[port], n)
                                          : machine_path_latency(m, receive[port], unit, n);
        least = cycles < least ? cycles : least;
    }
    return least;
}

/* Four tasks of chip 0, and one of chip 1 that reads what they make. */
static void four_to_one(struct hand_graph *g)
{
    uint32_t in[4];
    for (uint32_t i = 0; i < 4; i++) {
        in[i] = hand_task(g, 0, WORK, NULL, 0, 30000, false);
    }
    hand_task(g, 1, WORK, in, 4, 0, true);
}

/* Four units of one chip finish together; what they send to a task on the other one shares the line. */
static void the_bound_counts_what_shares_a_line_on_the_way_to_a_task(void **state)
{
    (void)state;
    struct machine_spec spec = fixture_spec(2, 1, 4);
    struct machine m;
    struct hand_graph g;
    struct schedule s;
    spec.guard_cycles = 7;
    spec.link_bandwidth /= 2; /* less than comes through the link into a unit */
    fixture_machine(&m, &spec);
    hand_begin(&g, &m);
    four_to_one(&g);
    compile_hand(&s, &g, &m, "list", true);
    const struct link *line = &m.links[machine_chip_link(&m, 0, 1)];
    uint64_t work = m.toggle_cycles + WORK;
    /* 30000 is no multiple of a piece: what is left over may be the first or the last. */
    uint32_t link = machine_chip_link(&m, 0, 1), rest = (uint32_t)flits(&m, 30000 % m.max_burst);
    uint64_t near = to_line(&m, link, 0, 4, rest), far = to_line(&m, link, op_of(steady(&s), 4)->unit, 1, rest);
    uint64_t ticks = 4 * fraction_ticks(line->rate, flits(&m, 30000) * m.flit_bytes);
    uint64_t bound = m.launch_cycles + work + near + ticks / line->rate.num + line->latency + 7 + far + work;
    assert_int_equal(s.schedule_bound, bound);
    assert_in_range(steady(&s)->makespan, bound, bound + 3 * flits(&m, 30000));
    schedule_free(&s);
    hand_end(&g);
    machine_free(&m);
}

/* The same over a line that is faster than the link into the unit. */
static void the_bound_counts_what_comes_into_a_unit_by_one_link(void **state)
{
    (void)state;
    struct machine_spec spec = fixture_spec(2, 1, 4);
    struct machine m;
    struct hand_graph g;
    struct schedule s;
    fixture_machine(&m, &spec);
    hand_begin(&g, &m);
    four_to_one(&g);
    compile_hand(&s, &g, &m, "list", true);
    struct chip_way way = machine_chip_way(&m, 0, 1);
    uint64_t work = m.toggle_cycles + WORK, near = way.latency + m.guard_cycles + 2 * 2;
    uint64_t bound = m.launch_cycles + work + near + 4 * flits(&m, 30000) + work;
    assert_int_equal(s.schedule_bound, bound);
    assert_in_range(steady(&s)->makespan, bound, bound + 3 * flits(&m, m.max_burst));
    schedule_free(&s);
    hand_end(&g);
    machine_free(&m);
}

/* A task's weights come one flit after the other, from channels that are open when the loader is done. */
static void the_bound_counts_all_flits_from_memory(void **state)
{
    (void)state;
    struct machine_spec spec = fixture_spec(1, 1, 1);
    struct machine m;
    struct hand_graph g;
    struct schedule s;
    fixture_machine(&m, &spec);
    for (int cold = 0; cold < 2; cold++) {
        hand_begin(&g, &m);
        uint32_t in[2] = {hand_source(&g, 0, 40000, false), hand_source(&g, 0, 40000, false)};
        hand_task(&g, 0, WORK, in, 2, 0, true);
        compile_hand(&s, &g, &m, "list", !cold);
        const struct sched_program *p = &s.programs[!cold];
        uint64_t loaded = m.launch_cycles;
        for (size_t i = 0; i < p->n_transfers; i++) {
            const struct sched_hop *last = &p->hops[p->transfers[i].first_hop + p->transfers[i].n_hops - 1];
            uint64_t there = last->start + p->transfers[i].flits - 1 + m.links[last->link].latency;
            loaded = p->transfers[i].chunk == SCHED_CONTROL && there > loaded ? there : loaded;
        }
        assert_in_range(s.schedule_bound, loaded + 2 * flits(&m, 40000) + WORK, p->makespan);
        assert_in_range(p->makespan, s.schedule_bound, s.schedule_bound + 3 * flits(&m, m.max_burst));
        schedule_free(&s);
        hand_end(&g);
    }
    machine_free(&m);
}

/* A line into a switch and the one out of it carry a piece at the same time, however slow they are. */
static void the_bound_knows_that_a_switch_sends_on_what_comes(void **state)
{
    (void)state;
    struct machine_spec spec = fixture_spec(2, 1, 1);
    struct machine m;
    struct hand_graph g;
    struct schedule s;
    spec.fabric = FABRIC_SWITCH;
    spec.link_bandwidth /= 10;
    fixture_machine(&m, &spec);
    hand_begin(&g, &m);
    uint32_t a = hand_task(&g, 0, WORK, NULL, 0, 30000, false);
    hand_task(&g, 1, WORK, &a, 1, 0, true);
    compile_hand(&s, &g, &m, "list", true);
    assert_in_range(s.schedule_bound, steady(&s)->makespan - m.max_burst / m.flit_bytes, steady(&s)->makespan);
    schedule_free(&s);
    hand_end(&g);
    machine_free(&m);
}

static void a_dependence_without_bytes_costs_nothing_but_the_guard_between_chips(void **state)
{
    (void)state;
    struct machine_spec spec = fixture_spec(2, 1, 1);
    struct machine m;
    struct hand_graph g;
    struct schedule s;
    spec.guard_cycles = 7;
    spec.broadcast_cycles = 1;
    fixture_machine(&m, &spec);
    hand_begin(&g, &m);
    uint32_t a = hand_task(&g, 0, WORK, NULL, 0, 0, false);
    uint32_t b = hand_task(&g, 0, WORK, &a, 1, 0, false);
    hand_task(&g, 1, WORK, &b, 1, 0, true);
    for (const char *const *policy = compile_policies; *policy; policy++) {
        compile_hand(&s, &g, &m, *policy, true);
        assert_int_equal(op_of(steady(&s), 1)->start, op_of(steady(&s), 0)->finish);
        assert_int_equal(op_of(steady(&s), 2)->start, op_of(steady(&s), 1)->finish + 7);
        schedule_free(&s);
    }
    hand_end(&g);
    machine_free(&m);
}

static void an_output_is_complete_when_its_last_byte_is_in_memory(void **state)
{
    (void)state;
    struct machine_spec spec = fixture_spec(1, 1, 1);
    struct machine m;
    struct hand_graph g;
    struct schedule s;
    fixture_machine(&m, &spec);
    hand_begin(&g, &m);
    hand_task(&g, 0, 100, NULL, 0, 1000, true); /* longer than a row takes to open */
    compile_hand(&s, &g, &m, "list", true);
    uint64_t n = flits(&m, 1000), columns = ceil_div(1000, m.dram.burst_bytes);
    uint64_t arrives = op_of(steady(&s), 0)->finish + 2 + 1 + n - 1; /* inject, eject, flits; one router */
    uint64_t data = ceil_div(columns * m.dram.burst_bytes * m.dram.rate.den, m.dram.rate.num);
    assert_int_equal(steady(&s)->makespan, arrives + m.dram.cwl + data);
    schedule_free(&s);
    hand_end(&g);
    machine_free(&m);
}

static void an_input_from_memory_is_read_and_then_sent(void **state)
{
    (void)state;
    struct machine_spec spec = fixture_spec(1, 1, 1);
    struct machine m;
    struct hand_graph g;
    struct schedule s;
    fixture_machine(&m, &spec);
    hand_begin(&g, &m);
    uint32_t x = hand_source(&g, 0, 1000, false);
    hand_task(&g, 0, WORK, &x, 1, 0, true);
    compile_hand(&s, &g, &m, "list", true);
    struct dram_rules r;
    dram_rules_init(&r, &m.dram);
    uint64_t n = flits(&m, 1000), columns = ceil_div(1000, m.dram.burst_bytes);
    uint64_t data = ceil_div(columns * m.dram.burst_bytes * m.dram.rate.den, m.dram.rate.num);
    assert_int_equal(op_of(steady(&s), 0)->start, m.launch_cycles + r.lead + m.dram.cl + data + 2 + 1 + n - 1);
    schedule_free(&s);
    hand_end(&g);
    machine_free(&m);
}

static void a_chunk_for_many_units_leaves_its_source_once(void **state)
{
    (void)state;
    struct machine_spec spec = fixture_spec(1, 1, 4);
    struct machine m;
    struct hand_graph g;
    struct schedule s;
    fixture_machine(&m, &spec);
    hand_begin(&g, &m);
    uint32_t a = hand_task(&g, 0, WORK, NULL, 0, 128, false);
    for (int i = 0; i < 4; i++) {
        hand_task(&g, 0, 1000, &a, 1, 0, true);
    }
    compile_hand(&s, &g, &m, "list", true);
    assert_int_equal(steady(&s)->n_transfers, 1);
    assert_int_equal(steady(&s)->transfers[0].n_hops, 1 + 3 + 3); /* inject; noc to the far end; three ejects */
    schedule_free(&s);
    hand_end(&g);
    machine_free(&m);
}

static void a_weight_stays_from_repeat_to_repeat(void **state)
{
    (void)state;
    struct machine_spec spec = fixture_spec(1, 1, 2);
    struct machine m;
    struct hand_graph g;
    struct schedule s;
    fixture_machine(&m, &spec);
    hand_begin(&g, &m);
    uint32_t in[2] = {hand_source(&g, 0, 9000, true), hand_source(&g, 0, 500, false)};
    hand_task(&g, 0, WORK, in, 2, 0, true);
    compile_hand(&s, &g, &m, "list", true);
    for (size_t i = 0; i < steady(&s)->n_transfers; i++) {
        assert_int_not_equal(steady(&s)->transfers[i].chunk, in[0]);
    }
    uint32_t address[2] = {0, 1}, found = 0;
    for (int p = 0; p < 2; p++) {
        for (size_t i = 0; i < s.programs[p].n_sram; i++) {
            const struct sched_sram *x = &s.programs[p].sram[i];
            if (x->chunk == in[0]) {
                assert_int_equal(x->initial, p);
                assert_int_equal(x->to, s.programs[p].makespan);
                address[p] = x->address;
                found++;
            }
        }
    }
    assert_int_equal(found, 2);
    assert_int_equal(address[0], address[1]);
    assert_int_equal(s.n_repeats, 3);
    assert_int_equal(s.repeats[0], 0);
    assert_int_equal(s.repeats[1], 1);
    assert_int_equal(s.repeats[2], 1);
    schedule_free(&s);
    hand_end(&g);
    machine_free(&m);
}

static void a_cold_program_begins_when_the_loader_is_done(void **state)
{
    (void)state;
    struct machine_spec spec = fixture_spec(1, 1, 1);
    struct machine m;
    struct hand_graph g;
    struct schedule s;
    fixture_machine(&m, &spec);
    hand_begin(&g, &m);
    hand_task(&g, 0, WORK, NULL, 0, 0, true);
    compile_hand(&s, &g, &m, "list", false);
    uint64_t loaded = 0, bytes = 0;
    for (size_t i = 0; i < s.programs[0].n_transfers; i++) {
        const struct sched_transfer *t = &s.programs[0].transfers[i];
        const struct sched_hop *last = &s.programs[0].hops[t->first_hop + t->n_hops - 1];
        uint64_t there = last->start + t->flits - 1 + m.links[last->link].latency;
        assert_int_equal(t->chunk, SCHED_CONTROL);
        loaded = there > loaded ? there : loaded;
        bytes += t->bytes;
    }
    assert_int_equal(bytes, SCHED_BOOT_BYTES);
    assert_int_equal(op_of(&s.programs[0], 0)->start, loaded);
    schedule_free(&s);
    hand_end(&g);
    machine_free(&m);
}

/* Tasks read two weights in turn that do not fit side by side. */
static void a_weight_that_has_no_room_meanwhile_is_read_again(void **state)
{
    (void)state;
    struct machine_spec spec = fixture_spec(1, 1, 1);
    struct machine m;
    struct hand_graph g;
    struct schedule s;
    spec.memory_bandwidth = 2 * spec.memory_bandwidth / spec.channels;
    spec.channels = 2;
    spec.memory_bandwidth = 102400000000;
    fixture_machine(&m, &spec);
    hand_begin(&g, &m);
    uint32_t weight[2] = {hand_source(&g, 0, 240 * 1024, true), hand_source(&g, 0, 240 * 1024, true)};
    uint32_t in[2] = {0, weight[0]};
    for (uint32_t i = 0; i < 4; i++) {
        in[1] = weight[i % 2];
        in[0] = hand_task(&g, 0, 1000, i ? in : &in[1], i ? 2 : 1, 100, i == 3);
    }
    for (const char *const *policy = compile_policies; *policy; policy++) {
        compile_hand(&s, &g, &m, *policy, true);
        uint64_t bytes = 0;
        for (size_t i = 0; i < s.programs[1].n_transfers; i++) {
            bytes += s.programs[1].transfers[i].chunk == weight[0] ? s.programs[1].transfers[i].bytes : 0;
        }
        assert_int_equal(bytes, 2 * 240 * 1024);
        schedule_free(&s);
    }
    hand_end(&g);
    machine_free(&m);
}

/* Five weights for which a unit has no room at once: some stay from repeat to repeat, the others are read once in each.
 */
static void weights_stay_as_far_as_they_fit_and_the_others_are_read(void **state)
{
    (void)state;
    struct machine_spec spec = fixture_spec(1, 1, 1);
    struct machine m;
    struct hand_graph g;
    struct schedule s;
    spec.channels = 2;
    spec.memory_bandwidth = 102400000000;
    fixture_machine(&m, &spec);
    hand_begin(&g, &m);
    uint32_t weight[5], in[2] = {0, 0};
    for (uint32_t i = 0; i < 5; i++) {
        weight[i] = hand_source(&g, 0, 120 * 1024, true);
    }
    for (uint32_t i = 0; i < 5; i++) {
        in[1] = weight[i];
        in[0] = hand_task(&g, 0, 1000, i ? in : &in[1], i ? 2 : 1, 100, i == 4);
    }
    for (const char *const *policy = compile_policies; *policy; policy++) {
        compile_hand(&s, &g, &m, *policy, true);
        uint32_t stay = 0;
        for (uint32_t w = 0; w < 5; w++) {
            uint64_t bytes = 0, initial = 0;
            for (size_t i = 0; i < steady(&s)->n_transfers; i++) {
                bytes += steady(&s)->transfers[i].chunk == weight[w] ? steady(&s)->transfers[i].bytes : 0;
            }
            for (size_t i = 0; i < steady(&s)->n_sram; i++) {
                initial += steady(&s)->sram[i].chunk == weight[w] && steady(&s)->sram[i].initial;
            }
            assert_int_equal(bytes, initial ? 0 : 120 * 1024);
            stay += initial > 0;
        }
        assert_in_range(stay, 1, 3);
        schedule_free(&s);
    }
    hand_end(&g);
    machine_free(&m);
}

static void no_tasks_are_an_error(void **state)
{
    (void)state;
    struct machine_spec spec = fixture_spec(1, 1, 1);
    struct machine m;
    struct hand_graph g;
    struct schedule s;
    struct diag d;
    fixture_machine(&m, &spec);
    hand_begin(&g, &m);
    diag_init(&d);
    struct compile_options o = {.policy = "list", .work_name = "none"};
    assert_int_equal(compile_schedule(&s, &g.t, NULL, &m, &o, &d), SIM_ERR_INPUT);
    assert_int_equal(d.count, 1);
    diag_free(&d);
    hand_end(&g);
    machine_free(&m);
}

static void what_does_not_fit_is_named(void **state)
{
    (void)state;
    struct machine_spec spec = fixture_spec(1, 1, 1);
    struct machine m;
    struct hand_graph g;
    struct schedule s;
    struct diag d;
    spec.sram_bytes = 512 * 1024;
    fixture_machine(&m, &spec);
    hand_begin(&g, &m);
    uint32_t x = hand_source(&g, 0, 600 * 1024, false);
    hand_task(&g, 0, WORK, &x, 1, 0, true);
    for (const char *const *policy = compile_policies; *policy; policy++) {
        diag_init(&d);
        struct compile_options o = {.policy = *policy, .work_name = "big"};
        assert_int_equal(compile_schedule(&s, &g.t, NULL, &m, &o, &d), SIM_ERR_BUILD);
        assert_int_equal(d.count, 1);
        assert_string_equal(d.messages[0].key, "chip0.unit0: sram");
        assert_non_null(strstr(d.messages[0].text, "tensor s0 (614400 bytes of it) does not fit"));
        assert_non_null(strstr(d.messages[0].text, "of 524288 bytes are in use"));
        diag_free(&d);
    }
    hand_end(&g);
    machine_free(&m);
}

/* A unit whose SRAM is full of buffers and entries, and tasks that hand no bytes on: there is no tensor to name. */
static void no_room_for_anything_is_an_error_without_a_tensor(void **state)
{
    (void)state;
    struct machine_spec spec = fixture_spec(1, 1, 1);
    struct machine m;
    struct hand_graph g;
    struct schedule s;
    struct diag d;
    spec.memory_bandwidth = 2 * spec.memory_bandwidth / spec.channels;
    spec.channels = 2;
    spec.sram_bytes = 33 * 1024; /* two staging buffers of 16 KiB, and nothing for entries */
    fixture_machine(&m, &spec);
    hand_begin(&g, &m);
    uint32_t first = hand_task(&g, 0, WORK, NULL, 0, 0, false);
    hand_task(&g, 0, WORK, &first, 1, 0, true);
    for (const char *const *policy = compile_policies; *policy; policy++) {
        for (int steady = 0; steady < 2; steady++) {
            diag_init(&d);
            struct compile_options o = {.policy = *policy, .steady = steady, .repeats = 3, .work_name = "none"};
            assert_int_equal(compile_schedule(&s, &g.t, NULL, &m, &o, &d), SIM_ERR_BUILD);
            assert_true(d.count > 0);
            diag_free(&d);
        }
    }
    hand_end(&g);
    machine_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_of_equal_tasks_on_one_unit_takes_their_sum),
        cmocka_unit_test(what_is_handed_on_in_one_unit_does_not_travel),
        cmocka_unit_test(an_input_from_the_next_unit_comes_after_latency_and_flits),
        cmocka_unit_test(an_input_from_another_chip_pays_both_networks_the_line_and_the_guard),
        cmocka_unit_test(the_bound_counts_what_shares_a_line_on_the_way_to_a_task),
        cmocka_unit_test(the_bound_counts_what_comes_into_a_unit_by_one_link),
        cmocka_unit_test(the_bound_counts_all_flits_from_memory),
        cmocka_unit_test(the_bound_knows_that_a_switch_sends_on_what_comes),
        cmocka_unit_test(a_dependence_without_bytes_costs_nothing_but_the_guard_between_chips),
        cmocka_unit_test(an_output_is_complete_when_its_last_byte_is_in_memory),
        cmocka_unit_test(an_input_from_memory_is_read_and_then_sent),
        cmocka_unit_test(a_chunk_for_many_units_leaves_its_source_once),
        cmocka_unit_test(a_weight_stays_from_repeat_to_repeat),
        cmocka_unit_test(a_cold_program_begins_when_the_loader_is_done),
        cmocka_unit_test(a_weight_that_has_no_room_meanwhile_is_read_again),
        cmocka_unit_test(weights_stay_as_far_as_they_fit_and_the_others_are_read),
        cmocka_unit_test(no_tasks_are_an_error),
        cmocka_unit_test(what_does_not_fit_is_named),
        cmocka_unit_test(no_room_for_anything_is_an_error_without_a_tensor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
