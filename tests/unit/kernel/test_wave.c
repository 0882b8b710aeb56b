/* SPDX-License-Identifier: Apache-2.0 */
/* test_wave.c - levels and pulses in the waveform. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sim/base/mem.h"
#include "sim/kernel/domain.h"
#include "sim/kernel/wave.h"

#define PERIOD 1000u
#define BASE   100u

/* What a waveform would be told: "NAME=VALUE@CYCLE ..." */
struct bench {
    struct probe probe;
    struct slot_counter launch;
    const char *refused; /* a name that nobody wants */
    const char *names[8];
    uint32_t n_names;
    char told[512];
};

static uint32_t declare(void *self, const char *scope, const char *name, enum probe_kind kind, uint32_t bits,
                        const char *const *names)
{
    struct bench *b = self;
    (void)scope;
    (void)kind;
    (void)bits;
    (void)names;
    if (b->refused && strcmp(name, b->refused) == 0)
        return UINT32_MAX;
    b->names[b->n_names] = name;
    return b->n_names++;
}

static void change(void *self, uint32_t variable, uint64_t time_fs, uint64_t value)
{
    struct bench *b = self;
    size_t n = strlen(b->told);
    assert_int_equal(time_fs % PERIOD, 0);
    snprintf(b->told + n, sizeof b->told - n, "%s=%llu@%llu ", b->names[variable], (unsigned long long)value,
             (unsigned long long)(time_fs / PERIOD));
}

static void bench_begin(struct bench *b)
{
    *b = (struct bench) {0};
    b->probe = (struct probe) {.self = b, .declare = declare, .change = change};
    slot_counter_init(&b->launch, domain_new((struct sim_clock) {PERIOD, 0}, false));
}

static void launch(struct bench *b)
{
    b->launch.now =
        (struct slot_state) {.launch = 2, .measured = true, .base = BASE, .from = CYCLE_NEVER, .until = CYCLE_NEVER};
}

static void bench_end(struct bench *b)
{
    domain_free(b->launch.domain);
    slot_counter_free(&b->launch);
}

static void a_level_is_told_when_it_changes(void **state)
{
    (void)state;
    struct bench b;
    bench_begin(&b);
    launch(&b);
    struct wave w = wave_new(&b.probe, &b.launch);
    struct wave_level l = wave_level_new(&w, "box", "l", 9);
    wave_level_set(&w, &l, BASE + 3, 0);
    wave_level_set(&w, &l, BASE + 5, 7);
    wave_level_set(&w, &l, BASE + 6, 7);
    wave_level_set(&w, &l, BASE + 9, 2);
    wave_level_end(&w, &l);
    assert_string_equal(b.told, "l=0@0 l=7@5 l=2@9 ");
    bench_end(&b);
}

static void what_a_level_was_at_the_launch_is_shown_from_time_0(void **state)
{
    (void)state;
    for (int looks_again = 0; looks_again < 2; looks_again++) { /* who sleeps is not evaluated at the launch */
        struct bench b;
        bench_begin(&b);
        struct wave w = wave_new(&b.probe, &b.launch);
        struct wave_level l = wave_level_new(&w, "box", "l", 9), still = wave_level_new(&w, "box", "still", 9);
        wave_level_set(&w, &l, 50, 4);
        wave_level_set(&w, &still, 60, 5);
        launch(&b);
        wave_level_set(&w, &l, BASE - 2, 3);
        for (uint64_t cycle = BASE; looks_again && cycle < BASE + 4; cycle++)
            wave_level_set(&w, &l, cycle, 3);
        assert_string_equal(b.told, "");
        wave_level_set(&w, &l, BASE + 4, 1);
        wave_level_end(&w, &l);
        wave_level_end(&w, &still);
        assert_string_equal(b.told, "l=3@0 l=1@4 still=5@0 ");
        bench_end(&b);
    }
}

static void a_pulse_lasts_its_cycle(void **state)
{
    (void)state;
    struct bench b;
    bench_begin(&b);
    struct wave w = wave_new(&b.probe, &b.launch);
    struct wave_pulse p = wave_pulse_new(&w, "box", "p", 1, NULL);
    wave_pulse_at(&w, &p, 50, 1);
    launch(&b);
    wave_pulse_at(&w, &p, BASE - 1, 1);
    wave_pulse_at(&w, &p, BASE, 1);
    wave_pulse_at(&w, &p, BASE + 7, 1);
    struct wave_pulse n = wave_pulse_number_new(&w, "box", "n", 5);
    wave_pulse_at(&w, &n, BASE + 8, 5);
    wave_pulse_at(&w, &n, BASE + 9, 2);
    assert_string_equal(b.told, "p=1@0 p=0@1 p=1@7 p=0@8 n=5@8 n=0@9 n=2@9 n=0@10 ");
    bench_end(&b);
}

static void what_nobody_wants_is_not_told(void **state)
{
    (void)state;
    struct bench b;
    bench_begin(&b);
    launch(&b);
    b.refused = "no";
    struct wave w = wave_new(&b.probe, &b.launch), blind = wave_new(NULL, &b.launch);
    struct wave_level l = wave_level_new(&w, "box", "no", 9), m = wave_level_new(&blind, "box", "m", 9);
    struct wave_pulse p = wave_pulse_new(&w, "box", "no", 1, NULL);
    assert_int_equal(w.wanted, 0);
    wave_level_new(&w, "box", "yes", 9);
    assert_int_equal(w.wanted, 1);
    assert_int_equal(blind.wanted, 0);
    wave_level_set(&w, &l, BASE + 1, 1);
    wave_level_set(&blind, &m, BASE + 1, 1);
    wave_pulse_at(&w, &p, BASE + 1, 1);
    wave_level_end(&w, &l);
    assert_string_equal(b.told, "");
    bench_end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_level_is_told_when_it_changes),
        cmocka_unit_test(what_a_level_was_at_the_launch_is_shown_from_time_0),
        cmocka_unit_test(a_pulse_lasts_its_cycle),
        cmocka_unit_test(what_nobody_wants_is_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
