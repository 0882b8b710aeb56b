/* SPDX-License-Identifier: Apache-2.0 */
/* test_dispatcher.c - CTAs to SMs, kernels in order, what waits are called.
 *
 *     dispatcher --start--> stubs of SMs: a CTA lasts as many cycles as its `task` says --done--> dispatcher
 *
 * The launch is read in cycle 1 and was issued in cycle 0; kernels begin 20 cycles after that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hw/dispatch/dispatcher.h"
#include "tests/unit/hw/core_bench.h"

#define UNITS   4u
#define RUNNING 64u
#define FIRST   20u /* cycle in which the first CTA goes out */

struct running {
    uint64_t until;
    uint32_t cta, unit;
};

struct bench {
    struct core_bench core;
    struct slot_counter counter;
    struct chip_program program;
    struct dispatcher_config k;
    struct dispatcher *d;
    struct mailbox *host_in, *host_out, *start[UNITS], *done[UNITS];
    struct running running[RUNNING];
    uint32_t n_running;
    uint32_t queue_left; /* persistent: tasks that slots take, each lasts 10 cycles */
    uint64_t over;       /* cycle in which the host reads of the end */
    char text[1024];     /* "CYCLE:uUNIT=CTA[a]": what SMs read; a: acquire */
    bool every;
};

static void add_kernel(struct bench *b, uint32_t n, uint32_t cycles, uint32_t registers)
{
    *VEC_PUSH(&b->program, kernels) =
        (struct kernel) {.first_cta = (uint32_t)b->program.n_ctas, .n_ctas = n, .name = "k"};
    for (uint32_t i = 0; i < n; i++)
        *VEC_PUSH(&b->program, ctas) = (struct cta) {.task = cycles, .register_bytes = registers, .shared_bytes = 8};
}

static void init(struct bench *b)
{
    *b = (struct bench) {.k = {.name = "chip0.dispatch",
                               .units = UNITS,
                               .cta_slots = 2,
                               .register_bytes = 100,
                               .shared_bytes = 100,
                               .launch_cycles = FIRST,
                               .kernel_launch = 50,
                               .cta_rate = 1}};
}

static struct mailbox *mail(struct bench *b, uint32_t bytes, uint32_t reader)
{
    struct mailbox *m = mailbox_new("mail", bytes, 64, false);
    mailbox_connect_writer(m, b->core.domain);
    mailbox_connect_reader(m, b->core.domain, reader);
    return m;
}

static void make(struct bench *b)
{
    core_bench_init(&b->core);
    domain_add_box(b->core.domain);
    slot_counter_init(&b->counter, b->core.domain);
    b->k.program = &b->program;
    b->d = dispatcher_new(&b->k, &b->core.run);
    b->host_in = mail(b, sizeof(struct launch_message), 0);
    b->host_out = mail(b, sizeof(struct done_message), 1);
    for (uint32_t i = 0; i < UNITS; i++) {
        b->start[i] = mail(b, sizeof(struct cta_start), 1);
        b->done[i] = mail(b, sizeof(struct cta_done), 0);
    }
    dispatcher_connect(b->d, &b->counter, b->host_in, b->host_out, b->start, b->done);
}

static void end(struct bench *b)
{
    dispatcher_free(b->d);
    mailbox_free(b->host_in);
    mailbox_free(b->host_out);
    for (uint32_t i = 0; i < UNITS; i++) {
        mailbox_free(b->start[i]);
        mailbox_free(b->done[i]);
    }
    free(b->program.ctas);
    free(b->program.kernels);
    slot_counter_free(&b->counter);
    core_bench_free(&b->core);
}

/* ---- stubs of SMs ---- */

static void arrive(struct bench *b, uint32_t unit, const struct cta_start *m, uint64_t cycle)
{
    uint32_t cycles = m->cta == CTA_FROM_QUEUE ? 10 : b->program.ctas[m->cta].task;
    size_t at = strlen(b->text);
    if (m->cta == CTA_FROM_QUEUE)
        snprintf(b->text + at, sizeof b->text - at, "%llu:u%u=q%s ", (unsigned long long)cycle, unit,
                 m->acquire ? "a" : "");
    else
        snprintf(b->text + at, sizeof b->text - at, "%llu:u%u=%u%s ", (unsigned long long)cycle, unit, m->cta,
                 m->acquire ? "a" : "");
    assert_true(b->n_running < RUNNING);
    b->running[b->n_running++] = (struct running) {cycle + cycles, m->cta, unit};
}

static bool resident(const struct bench *b, uint32_t unit)
{
    for (uint32_t i = 0; i < b->n_running; i++)
        if (b->running[i].unit == unit)
            return true;
    return false;
}

static void leave(struct bench *b, uint64_t cycle)
{
    for (uint32_t i = 0; i < b->n_running;) {
        struct running r = b->running[i];
        if (r.until != cycle) {
            i++;
            continue;
        }
        if (r.cta == CTA_FROM_QUEUE && b->queue_left > 0) {
            b->queue_left--;
            b->running[i++].until = cycle + 10;
            continue;
        }
        b->running[i] = b->running[--b->n_running];
        struct cta_done m = {.ended = 1, .drained = !resident(b, r.unit)};
        if (r.cta != CTA_FROM_QUEUE) {
            m.register_bytes = b->program.ctas[r.cta].register_bytes;
            m.shared_bytes = b->program.ctas[r.cta].shared_bytes;
        }
        mailbox_write(b->done[r.unit], cycle + 1, &m, sizeof m);
    }
}

static void units(struct bench *b, uint64_t cycle)
{
    for (uint32_t i = 0; i < UNITS; i++) {
        const struct cta_start *m;
        while ((m = mailbox_front(b->start[i], cycle)) != NULL) {
            arrive(b, i, m, cycle);
            mailbox_pop(b->start[i]);
        }
    }
    leave(b, cycle);
    if (mailbox_front(b->host_out, cycle)) {
        b->over = cycle;
        mailbox_pop(b->host_out);
    }
}

static void woken(void *self, uint32_t box)
{
    (void)self;
    (void)box;
}

static void run(struct bench *b, uint64_t until)
{
    struct launch_message launch = {.launch = 1, .measured = true};
    mailbox_write(b->host_in, 1, &launch, sizeof launch);
    b->core.domain->never_sleep = b->every;
    for (uint64_t cycle = 0; cycle < until; cycle++) {
        domain_begin(b->core.domain, cycle, woken, NULL);
        if (domain_awake(b->core.domain, 0))
            domain_rest(b->core.domain, 0, dispatcher_eval(b->d, cycle));
        units(b, cycle);
        domain_commit(b->core.domain);
    }
}

static void expect_marks(const struct bench *b, const char *want)
{
    char text[512] = "";
    for (size_t i = 0; i < b->d->n_marks; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%llu %s", i > 0 ? " " : "",
                 (unsigned long long)b->d->marks[i].from, cause_names[b->d->marks[i].cause]);
    assert_string_equal(text, want);
}

/* ---- claims ---- */

static void ctas_go_out_at_the_rate_each_to_the_least_loaded_sm(void **state)
{
    (void)state;
    for (int every = 0; every < 2; every++) {
        struct bench b;
        init(&b);
        b.every = every;
        add_kernel(&b, 6, 100, 10);
        make(&b);
        run(&b, 300);
        /* One per cycle from 20 on, read a cycle later; all even after four, so units 0 and 1 get a second one. */
        assert_string_equal(b.text, "21:u0=0a 22:u1=1a 23:u2=2a 24:u3=3a 25:u0=4 26:u1=5 ");
        /* The last one ends in 126, is told in 127; the host reads a cycle later. */
        expect_marks(&b, "0 control.launch 20 control.dispatch 26 imbalance 127 no_work");
        assert_int_equal(b.over, 128);
        assert_int_equal(b.d->over_at, 127);
        assert_int_equal(b.d->stat.ctas, 6);
        assert_int_equal(b.d->stat.kernels, 1);
        end(&b);
    }
}

static void a_higher_rate_sends_several_in_a_cycle(void **state)
{
    (void)state;
    struct bench b;
    init(&b);
    b.k.cta_rate = 3;
    add_kernel(&b, 5, 10, 10);
    make(&b);
    run(&b, 100);
    assert_string_equal(b.text, "21:u0=0a 21:u1=1a 21:u2=2a 22:u0=4 22:u3=3a ");
    end(&b);
}

static void what_does_not_fit_waits_for_room(void **state)
{
    (void)state;
    for (int every = 0; every < 2; every++) {
        struct bench b;
        init(&b);
        b.every = every;
        add_kernel(&b, 6, 30, 60); /* registers for one of them at a time, slots for two */
        make(&b);
        run(&b, 300);
        /* Unit 0 ends CTA 0 in 51, the dispatcher knows in 52 and sends: 53. */
        assert_string_equal(b.text, "21:u0=0a 22:u1=1a 23:u2=2a 24:u3=3a 53:u0=4 54:u1=5 ");
        expect_marks(&b, "0 control.launch 20 control.dispatch 54 imbalance 85 no_work");
        end(&b);
    }
}

static void slots_are_a_limit_too(void **state)
{
    (void)state;
    struct bench b;
    init(&b);
    b.k.cta_slots = 1;
    add_kernel(&b, 5, 30, 1);
    make(&b);
    run(&b, 300);
    assert_string_equal(b.text, "21:u0=0a 22:u1=1a 23:u2=2a 24:u3=3a 53:u0=4 ");
    end(&b);
}

static void the_least_loaded_sm_is_first_whatever_the_turn(void **state)
{
    (void)state;
    struct bench b;
    init(&b);
    add_kernel(&b, 4, 100, 10);
    add_kernel(&b, 0, 0, 0);
    b.program.kernels[0].n_ctas = 8;
    for (uint32_t i = 0; i < 4; i++)
        *VEC_PUSH(&b.program, ctas) = (struct cta) {.task = 100, .register_bytes = 10};
    b.program.ctas[2].task = 2; /* unit 2 is empty again after CTA 2, when CTAs 4.. are dealt */
    b.program.n_kernels = 1;
    make(&b);
    run(&b, 300);
    /* CTA 2 ends in 25, known in 26: CTA 6 (cycle 26) finds unit 2 with none and the others with one or two. */
    assert_string_equal(b.text, "21:u0=0a 22:u1=1a 23:u2=2a 24:u3=3a 25:u0=4 26:u1=5 27:u2=6 28:u3=7 ");
    end(&b);
}

/* CTAs 0, 1, 2 belong to unit 0, 3 to unit 1, 4 and 5 to unit 3; then a kernel of CTA 6 on unit 2. */
static void where_each_cta_has_its_sm_it_waits_for_that_one(void **state)
{
    (void)state;
    static uint32_t first[] = {0, 3, 4, 5, 7}, ctas[] = {0, 1, 2, 3, 6, 4, 5};
    for (int every = 0; every < 2; every++) {
        struct bench b;
        init(&b);
        b.every = every;
        add_kernel(&b, 6, 100, 10);
        add_kernel(&b, 1, 10, 10);
        b.program.ctas[6].kernel = 1;
        b.program.units = UNITS;
        b.program.unit_first = first;
        b.program.unit_ctas = ctas;
        make(&b);
        run(&b, 400);
        /* Units in turn, the least loaded first; unit 0 has two slots, its third CTA goes out when the first is over
         * (121, known in 122), though unit 2 stands empty; the second kernel 50 cycles after the first has ended. */
        assert_string_equal(b.text, "21:u0=0a 22:u1=3a 23:u3=4a 24:u0=1 25:u3=5 123:u0=2 275:u2=6a ");
        expect_marks(&b,
                     "0 control.launch 20 control.dispatch 25 imbalance 224 control.launch 275 imbalance 286 no_work");
        end(&b);
    }
}

static void kernels_follow_each_other_after_the_launch_latency(void **state)
{
    (void)state;
    for (int every = 0; every < 2; every++) {
        struct bench b;
        init(&b);
        b.every = every;
        add_kernel(&b, 2, 10, 10);
        add_kernel(&b, 1, 10, 10);
        make(&b);
        run(&b, 300);
        /* Kernel 1 ends with CTA 1: 22 + 10, told in 33; 50 later the next one: 83, read in 84. Its first CTA on an SM
         * acquires. */
        assert_string_equal(b.text, "21:u0=0a 22:u1=1a 84:u2=2a ");
        expect_marks(&b, "0 control.launch 20 control.dispatch 22 imbalance 33 control.launch 84 imbalance 95 no_work");
        assert_int_equal(b.over, 96);
        assert_int_equal(b.d->stat.kernels, 2);
        end(&b);
    }
}

static void a_persistent_kernel_fills_all_slots_and_ends_with_the_queue(void **state)
{
    (void)state;
    for (int every = 0; every < 2; every++) {
        struct bench b;
        init(&b);
        b.every = every;
        b.k.persistent = true;
        b.queue_left = 3;
        add_kernel(&b, 11, 10, 10);
        make(&b);
        run(&b, 300);
        assert_string_equal(b.text, "21:u0=qa 22:u1=qa 23:u2=qa 24:u3=qa 25:u0=q 26:u1=q 27:u2=q 28:u3=q ");
        /* All are out in 28; the kernel stays open until all slots have found the queue empty. Three slots take a
         * second task: 31, 32, 33 and 10 more; the last slots end in 43, told in 44. */
        expect_marks(&b, "0 control.launch 20 control.dispatch 28 imbalance 44 no_work");
        assert_int_equal(b.d->over_at, 44);
        assert_int_equal(b.over, 45);
        end(&b);
    }
}

static void an_sm_that_does_not_work_gets_no_cta(void **state)
{
    (void)state;
    static const bool dead[UNITS] = {false, true, false, true};
    for (int persistent = 0; persistent < 2; persistent++) {
        struct bench b;
        init(&b);
        b.k.dead = dead;
        b.k.persistent = persistent;
        b.queue_left = 5;
        add_kernel(&b, 7, 30, 16);
        make(&b);
        run(&b, 400);
        assert_true(b.over > 0);
        assert_null(strstr(b.text, "u1="));
        assert_null(strstr(b.text, "u3="));
        assert_non_null(strstr(b.text, "u0="));
        assert_non_null(strstr(b.text, "u2="));
        assert_int_equal(b.d->stat.ctas, persistent ? 2 * b.k.cta_slots : 7); /* all slots of the two that work */
        end(&b);
    }
}

static void a_program_without_kernels_is_over_at_once(void **state)
{
    (void)state;
    struct bench b;
    init(&b);
    make(&b);
    run(&b, 50);
    assert_string_equal(b.text, "");
    expect_marks(&b, "0 control.launch 20 no_work"); /* the launch is under way until then */
    assert_int_equal(b.over, 2);
    end(&b);
}

static void a_dump_says_which_kernel_waits_for_how_many(void **state)
{
    (void)state;
    struct bench b;
    struct diag d;
    init(&b);
    add_kernel(&b, 3, 1000, 10);
    make(&b);
    run(&b, 100);
    diag_init(&d);
    dispatcher_dump(b.d, 100, &d);
    assert_int_equal(d.count, 1);
    assert_string_equal(d.messages[0].text, "kernel 1 of 1: 3 of 3 CTAs out, 3 running");
    diag_free(&d);
    end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ctas_go_out_at_the_rate_each_to_the_least_loaded_sm),
        cmocka_unit_test(a_higher_rate_sends_several_in_a_cycle),
        cmocka_unit_test(what_does_not_fit_waits_for_room),
        cmocka_unit_test(slots_are_a_limit_too),
        cmocka_unit_test(the_least_loaded_sm_is_first_whatever_the_turn),
        cmocka_unit_test(where_each_cta_has_its_sm_it_waits_for_that_one),
        cmocka_unit_test(kernels_follow_each_other_after_the_launch_latency),
        cmocka_unit_test(a_persistent_kernel_fills_all_slots_and_ends_with_the_queue),
        cmocka_unit_test(an_sm_that_does_not_work_gets_no_cta),
        cmocka_unit_test(a_program_without_kernels_is_over_at_once),
        cmocka_unit_test(a_dump_says_which_kernel_waits_for_how_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
