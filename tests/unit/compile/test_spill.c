/* SPDX-License-Identifier: Apache-2.0 */
/* test_spill.c - where SRAM is too small for what waits in it, it is written to HBM and read again in time. */
#include "compile_fixture.h"

#include "sim/schedule/sched_spills.h"

#define KIB   1024u
#define WORK  2000u
#define DEPTH 8u
#define CHUNK (100u * KIB)

/* Skip connections: each task of the way down is read by the next one and by its opposite on the way up. */
static void hourglass(struct hand_graph *g, uint64_t cycles)
{
    uint32_t down[DEPTH], up = 0;
    for (uint32_t i = 0; i < DEPTH; i++) {
        down[i] = hand_task(g, 0, cycles, i ? &down[i - 1] : NULL, i > 0, CHUNK, false);
    }
    for (uint32_t i = DEPTH; i-- > 0;) {
        uint32_t in[2] = {down[i], up};
        up = hand_task(g, 0, cycles, in, i + 1 < DEPTH ? 2 : 1, i ? CHUNK : 100, i == 0);
    }
}

/* A unit with two channels of memory, in which an hourglass may not fit. */
static void small_machine(struct machine *m, uint32_t sram_bytes)
{
    struct machine_spec spec = fixture_spec(1, 1, 1);
    spec.channels = 2;
    spec.memory_bandwidth = 102400000000;
    spec.sram_bytes = sram_bytes;
    fixture_machine(m, &spec);
}

static void what_waits_long_is_written_to_memory_and_read_again(void **state)
{
    (void)state;
    struct machine m;
    struct hand_graph g;
    struct schedule s;
    small_machine(&m, 512 * KIB);
    hand_begin(&g, &m);
    hourglass(&g, WORK);
    for (uint32_t i = 0; compile_policies[i / 2]; i++) {
        bool steady = i % 2;
        compile_hand(&s, &g, &m, compile_policies[i / 2], steady);
        struct sched_spills x = sched_spills_of(&s, &s.programs[steady]);
        assert_true(x.written_bytes >= 4 * CHUNK); /* eight are wanted on the way up, four at most have room */
        assert_true(x.written_bytes <= DEPTH * CHUNK);
        assert_true(x.read_bytes >= x.written_bytes);
        assert_int_equal(x.written_bytes % (CHUNK), 0);
        schedule_free(&s);
    }
    hand_end(&g);
    machine_free(&m);
}

static void what_fits_is_not_spilled(void **state)
{
    (void)state;
    struct machine m;
    struct hand_graph g;
    struct schedule s, plain;
    small_machine(&m, 2048 * KIB);
    hand_begin(&g, &m);
    hourglass(&g, WORK);
    for (uint32_t i = 0; compile_policies[i / 2]; i++) {
        struct compile_options o = {.policy = compile_policies[i / 2], .steady = i % 2, .search_iterations = 2};
        assert_int_equal(compile_with(&s, &g.t, NULL, &m, &o), SIM_OK);
        o.no_spill = true;
        assert_int_equal(compile_with(&plain, &g.t, NULL, &m, &o), SIM_OK);
        assert_int_equal(sched_spills_of(&s, &s.programs[o.steady]).writes, 0);
        assert_int_equal(s.programs[o.steady].makespan, plain.programs[o.steady].makespan);
        assert_int_equal(s.programs[o.steady].n_hops, plain.programs[o.steady].n_hops);
        schedule_free(&s);
        schedule_free(&plain);
    }
    hand_end(&g);
    machine_free(&m);
}

/* Memory moves a chunk in less than 2,000 cycles; tasks take 8,000. */
static void spills_run_beside_the_work(void **state)
{
    (void)state;
    struct machine m;
    struct hand_graph g;
    struct schedule s;
    uint64_t makespan[2];
    for (uint32_t i = 0; i < 2; i++) {
        small_machine(&m, (i ? 2048 : 640) * KIB);
        hand_begin(&g, &m);
        hourglass(&g, 4 * WORK);
        compile_hand(&s, &g, &m, "list", true);
        makespan[i] = s.programs[1].makespan;
        assert_int_equal(sched_spills_of(&s, &s.programs[1]).writes > 0, i == 0);
        schedule_free(&s);
        hand_end(&g);
        machine_free(&m);
    }
    assert_true(makespan[0] >= makespan[1]);
    assert_in_range(makespan[0], 0, makespan[1] + makespan[1] / 100);
}

/* A task that needs more than there is: an error that names a tensor of it. */
static void a_task_that_is_too_large_stays_an_error(void **state)
{
    (void)state;
    struct machine m;
    struct hand_graph g;
    struct schedule s;
    small_machine(&m, 512 * KIB);
    hand_begin(&g, &m);
    uint32_t in[3];
    for (uint32_t i = 0; i < 3; i++) {
        in[i] = hand_task(&g, 0, WORK, NULL, 0, 200 * KIB, false);
    }
    hand_task(&g, 0, WORK, in, 3, 100, true);
    for (const char *const *policy = compile_policies; *policy; policy++) {
        struct diag d;
        diag_init(&d);
        struct compile_options o = {.policy = *policy, .work_name = "large"};
        assert_int_equal(compile_schedule(&s, &g.t, NULL, &m, &o, &d), SIM_ERR_BUILD);
        assert_int_equal(d.count, 1);
        assert_string_equal(d.messages[0].key, "chip0.unit0: sram");
        assert_non_null(strstr(d.messages[0].text, "tensor t"));
        assert_non_null(strstr(d.messages[0].text, "(204800 bytes of it) does not fit"));
        diag_free(&d);
    }
    hand_end(&g);
    machine_free(&m);
}

/* ---- what the verifier makes of spills that are wrong ---- */

/* A spilled hourglass under list, cold. */
struct spilled {
    struct machine m;
    struct hand_graph g;
    struct schedule s;
};

static void spilled_begin(struct spilled *x)
{
    small_machine(&x->m, 512 * KIB);
    hand_begin(&x->g, &x->m);
    hourglass(&x->g, WORK);
    compile_hand(&x->s, &x->g, &x->m, "list", false);
}

static void spilled_end(struct spilled *x)
{
    schedule_free(&x->s);
    hand_end(&x->g);
    machine_free(&x->m);
}

/* Refused, by this rule among others. */
static void assert_breaks(const struct spilled *x, const char *rule, const char *what)
{
    struct sched_verdict v;
    assert_int_equal(schedule_verify(&x->s, 1000, &v), SIM_ERR_INPUT);
    bool found = false;
    for (size_t i = 0; i < v.n_violations; i++) {
        found |= strcmp(v.violations[i].rule, rule) == 0 && strstr(v.violations[i].message, what);
    }
    if (!found) {
        print_error("%s is not among: %s %s\n", rule, v.violations[0].rule, v.violations[0].message);
    }
    sched_verdict_free(&v);
    assert_true(found);
}

/* The n-th run of this command that moves what a task made and that is no output. */
static struct sched_dram_op *spill_run(struct spilled *x, uint32_t command, uint32_t n)
{
    struct sched_program *p = &x->s.programs[0];
    for (size_t i = 0; i < p->n_dram; i++) {
        struct sched_dram_op *o = &p->dram[i];
        if (o->command == command && p->transfers[o->transfer].chunk != SCHED_CONTROL &&
            x->s.chunks[p->transfers[o->transfer].chunk].producer != SCHED_NONE &&
            !(x->s.chunks[p->transfers[o->transfer].chunk].flags & 2) && n-- == 0) {
            return o;
        }
    }
    fail_msg("there is no such run");
    return NULL;
}

/* The run that reads back what this one writes. */
static struct sched_dram_op *read_of(struct spilled *x, const struct sched_dram_op *write)
{
    struct sched_program *p = &x->s.programs[0];
    for (size_t i = 0; i < p->n_dram; i++) {
        struct sched_dram_op *o = &p->dram[i];
        if (o->command == DRAM_RD && o->channel == write->channel && o->set == write->set && o->row == write->row) {
            return o;
        }
    }
    fail_msg("it is not read back");
    return NULL;
}

/* A run with its ACT to another place. */
static void move_run(struct sched_dram_op *o, const struct sched_dram_op *to)
{
    assert_int_equal(o[-1].command, DRAM_ACT);
    o->set = o[-1].set = to->set;
    o->row = o[-1].row = to->row;
}

static void a_read_before_the_write_is_refused(void **state)
{
    (void)state;
    struct spilled x;
    spilled_begin(&x);
    struct sched_dram_op *write = spill_run(&x, DRAM_WR, 0), *read = read_of(&x, write);
    uint32_t transfer = write->transfer; /* the two change places in time */
    write->command = DRAM_RD;
    write->transfer = read->transfer;
    read->command = DRAM_WR;
    read->transfer = transfer;
    assert_breaks(&x, "dram-data", "reads what nobody wrote before");
    spilled_end(&x);
}

static void a_write_before_the_piece_is_there_is_refused(void **state)
{
    (void)state;
    struct spilled x;
    spilled_begin(&x);
    struct sched_dram_op *write = spill_run(&x, DRAM_WR, 0);
    write->cycle -= 2;
    write[-1].cycle -= 2;
    assert_breaks(&x, "write-early", "");
    spilled_end(&x);
}

/* The second of two spills that live at the same time is written over the first. */
static void two_live_spills_in_one_place_are_refused(void **state)
{
    (void)state;
    struct spilled x;
    spilled_begin(&x);
    struct sched_dram_op *first = spill_run(&x, DRAM_WR, 0), *second = spill_run(&x, DRAM_WR, 1);
    for (uint32_t n = 1; second->channel != first->channel; n++) {
        second = spill_run(&x, DRAM_WR, n);
    }
    struct sched_dram_op *back = read_of(&x, second);
    assert_true(read_of(&x, first)->cycle > second->cycle && back->cycle > second->cycle);
    move_run(second, first);
    move_run(back, first);
    assert_breaks(&x, "dram-data", "something else was written");
    spilled_end(&x);
}

/* The first hop of a spill's write begins before the task that makes the chunk has ended. */
static void a_spill_of_what_is_not_there_is_refused(void **state)
{
    (void)state;
    struct spilled x;
    spilled_begin(&x);
    struct sched_program *p = &x.s.programs[0];
    const struct sched_transfer *t = &p->transfers[spill_run(&x, DRAM_WR, 0)->transfer];
    uint64_t finish = op_of(p, x.s.chunks[t->chunk].producer)->finish;
    struct sched_hop *hops = &p->hops[t->first_hop];
    uint64_t earlier = hops[0].start - finish + 1;
    for (uint32_t i = 0; i < t->n_hops; i++) {
        hops[i].start -= earlier;
    }
    assert_breaks(&x, "source-late", "its piece of chunk");
    spilled_end(&x);
}

/* The stay ends while the last flits leave. */
static void bytes_freed_before_they_have_left_are_refused(void **state)
{
    (void)state;
    struct spilled x;
    spilled_begin(&x);
    struct sched_program *p = &x.s.programs[0];
    const struct sched_transfer *t = &p->transfers[spill_run(&x, DRAM_WR, 0)->transfer];
    uint64_t start = p->hops[t->first_hop].start;
    for (size_t i = 0; i < p->n_sram; i++) {
        if (p->sram[i].chunk == t->chunk && p->sram[i].from <= start && p->sram[i].to > start) {
            p->sram[i].to = start + t->flits - 1;
        }
    }
    assert_breaks(&x, "sram-missing", "its place ends at");
    spilled_end(&x);
}

/* The stay into which it is read back begins a cycle after its first flit. */
static void a_spill_read_back_without_a_place_is_refused(void **state)
{
    (void)state;
    struct spilled x;
    spilled_begin(&x);
    struct sched_program *p = &x.s.programs[0];
    const struct sched_transfer *t = &p->transfers[spill_run(&x, DRAM_RD, 0)->transfer];
    uint64_t last = 0;
    struct sched_sram *stay = NULL;
    for (size_t i = 0; i < p->n_sram; i++) {
        if (p->sram[i].chunk == t->chunk && p->sram[i].from >= last) {
            stay = &p->sram[i];
            last = stay->from;
        }
    }
    assert_non_null(stay);
    stay->from += 100;
    assert_breaks(&x, "sram-missing", "have no place");
    spilled_end(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_waits_long_is_written_to_memory_and_read_again),
        cmocka_unit_test(what_fits_is_not_spilled),
        cmocka_unit_test(spills_run_beside_the_work),
        cmocka_unit_test(a_task_that_is_too_large_stays_an_error),
        cmocka_unit_test(a_read_before_the_write_is_refused),
        cmocka_unit_test(a_write_before_the_piece_is_there_is_refused),
        cmocka_unit_test(two_live_spills_in_one_place_are_refused),
        cmocka_unit_test(a_spill_of_what_is_not_there_is_refused),
        cmocka_unit_test(bytes_freed_before_they_have_left_are_refused),
        cmocka_unit_test(a_spill_read_back_without_a_place_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
