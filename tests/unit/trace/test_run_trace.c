/* SPDX-License-Identifier: Apache-2.0 */
/* test_run_trace.c - what a trace holds comes back; what is no trace is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "sim/base/error.h"
#include "sim/base/file.h"
#include "sim/base/rng.h"
#include "sim/trace/run_trace.h"

static char folder[] = "/tmp/bpsim-trace-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    static const char *const names[] = {"a.trace", "b.trace", "c.trace.gz", "d.trace"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *path = mem_printf("%s/%s", folder, names[i]);
        unlink(path);
        free(path);
    }
    return rmdir(folder);
}

static char *in_folder(const char *name)
{
    return mem_printf("%s/%s", folder, name);
}

/* One chip, two units on one router, no memory. Task 0 on unit 0 sends its chunk to task 1 on unit 1. */
static void make_machine(struct sched_machine *m)
{
    *m = (struct sched_machine) {.chips = 1,
                                 .units_per_chip = 2,
                                 .routers_per_chip = 1,
                                 .clock_hz = 1000000000,
                                 .period_fs = 1000000,
                                 .sram_bytes = 4096,
                                 .flit_bytes = 64,
                                 .staging_bytes = 64,
                                 .max_burst = 128,
                                 .launch_cycles = 10};
    for (uint32_t u = 0; u < 2; u++) {
        *VEC_PUSH(m, endpoints) = (struct sched_endpoint) {
            .router = 0, .inject = 2 * u, .eject = 2 * u + 1, .host_unit = u, .neighbour = SCHED_NONE};
        *VEC_PUSH(m, links) = (struct sched_link) {
            .id = mem_printf("chip0.local.u%u-r0", u), .from_node = u, .latency = 1, .rate = {64, 1}};
        *VEC_PUSH(m, links) = (struct sched_link) {
            .id = mem_printf("chip0.local.r0-u%u", u), .to_node = u, .latency = 1, .rate = {64, 1}};
    }
}

static void make_program(struct sched_program *p)
{
    memset(p, 0, sizeof *p);
    p->makespan = 40;
    *VEC_PUSH(p, ops) = (struct sched_op) {.task = 0, .unit = 0, .start = 10, .finish = 20, .off = 20};
    *VEC_PUSH(p, ops) = (struct sched_op) {.task = 1, .unit = 1, .start = 30, .finish = 40, .off = 40};
    *VEC_PUSH(p, transfers) = (struct sched_transfer) {.chunk = 0, .bytes = 64, .flits = 1, .n_hops = 2};
    *VEC_PUSH(p, hops) = (struct sched_hop) {.transfer = 0, .link = 0, .parent = SCHED_NONE, .start = 20};
    *VEC_PUSH(p, hops) = (struct sched_hop) {.transfer = 0, .link = 3, .parent = 0, .start = 21};
    *VEC_PUSH(p, sram) = (struct sched_sram) {.unit = 0, .bytes = 64, .chunk = 0, .from = 10, .to = 21};
    *VEC_PUSH(p, sram) = (struct sched_sram) {.unit = 1, .bytes = 64, .chunk = SCHED_CONTROL, .from = 21, .to = 40};
    *VEC_PUSH(p, phases) = (struct sched_phase) {.start = 0};
}

static void make_schedule(struct schedule *s)
{
    schedule_init(s);
    s->policy = mem_strdup("list");
    s->start = mem_strdup("steady");
    s->work_name = mem_strdup("two tasks in a row");
    s->lower_bound_by = mem_strdup("path");
    memset(s->work_hash, 'a', 64);
    s->local_timers = true;
    s->lower_bound = 20;
    s->schedule_bound = 30;
    make_machine(&s->machine);
    *VEC_PUSH(s, tasks) = (struct sched_task) {.cycles = 10, .macs = 100, .macs_padded = 128, .n_outputs = 1};
    *VEC_PUSH(s, tasks) =
        (struct sched_task) {.op = 1, .cycles = 10, .tensor = 1, .n_inputs = 1, .first_output = 1, .n_outputs = 1};
    *VEC_PUSH(s, chunks) = (struct sched_chunk) {.producer = 0, .bytes = 64};
    *VEC_PUSH(s, chunks) = (struct sched_chunk) {.tensor = 1, .producer = 1, .bytes = 64, .flags = 2};
    *VEC_PUSH(s, inputs) = (struct sched_input) {.chunk = 0};
    make_program(VEC_PUSH(s, programs));
    make_program(VEC_PUSH(s, programs));
    *VEC_PUSH(s, repeats) = 0;
    *VEC_PUSH(s, repeats) = 1;
}

static void make_trace(struct run_trace *t)
{
    run_trace_init(t);
    make_schedule(&t->schedule);
    run_trace_add_file(t, "config.yaml", "version: 1\nname: x", 18);
    run_trace_add_file(t, "empty", "", 0);
    t->makespan = 40;
    t->output_checksum = 0x1234;
    t->numeric_checksum = UINT64_MAX;
}

static char *contents(const char *path, size_t *bytes)
{
    struct diag d;
    char *data;
    diag_init(&d);
    assert_int_equal(file_read(path, 1 << 20, &data, bytes, &d), SIM_OK);
    diag_free(&d);
    return data;
}

static void a_trace_comes_back_as_it_was(void **state)
{
    (void)state;
    char *a = in_folder("a.trace");
    char *b = in_folder("b.trace");
    struct run_trace t;
    struct run_trace back;
    struct diag d;
    size_t n;
    size_t m;
    diag_init(&d);
    make_trace(&t);
    assert_int_equal(run_trace_write(&t, a, &d), SIM_OK);
    assert_int_equal(run_trace_read(&back, a, &d), SIM_OK);
    assert_int_equal(run_trace_write(&back, b, &d), SIM_OK);
    char *x = contents(a, &n);
    char *y = contents(b, &m);
    assert_int_equal(n, m);
    assert_memory_equal(x, y, n);
    assert_string_equal(back.schedule.work_name, "two tasks in a row");
    assert_int_equal(back.schedule.programs[1].hops[0].parent, SCHED_NONE);
    assert_int_equal(back.schedule.programs[1].sram[1].chunk, SCHED_CONTROL);
    assert_int_equal(back.n_files, 2);
    assert_memory_equal(back.files[0].data, "version: 1\nname: x", 18);
    assert_int_equal(back.output_checksum, 0x1234);
    free(x);
    free(y);
    run_trace_free(&t);
    run_trace_free(&back);
    diag_free(&d);
    free(a);
    free(b);
}

static void a_packed_trace_reads_the_same(void **state)
{
    (void)state;
    char *c = in_folder("c.trace.gz");
    struct run_trace t;
    struct run_trace back;
    struct diag d;
    diag_init(&d);
    make_trace(&t);
    assert_int_equal(run_trace_write(&t, c, &d), SIM_OK);
    assert_int_equal(run_trace_read(&back, c, &d), SIM_OK);
    assert_int_equal(back.schedule.programs[1].n_hops, 2);
    run_trace_free(&t);
    run_trace_free(&back);
    diag_free(&d);
    free(c);
}

/* Reads `bytes` of `data` as a trace; asserts that it is refused with a line. */
static void is_refused(const char *data, size_t bytes)
{
    char *path = in_folder("d.trace");
    struct run_trace t;
    struct diag d;
    diag_init(&d);
    assert_int_equal(file_write(path, data, bytes, &d), SIM_OK);
    assert_int_equal(run_trace_read(&t, path, &d), SIM_ERR_INPUT);
    assert_int_equal(d.count, 1);
    assert_string_equal(d.messages[0].file, path);
    assert_true(d.messages[0].line >= 1);
    run_trace_free(&t);
    diag_free(&d);
    free(path);
}

static char *good_text(size_t *n)
{
    char *a = in_folder("a.trace");
    struct run_trace t;
    struct diag d;
    diag_init(&d);
    make_trace(&t);
    assert_int_equal(run_trace_write(&t, a, &d), SIM_OK);
    run_trace_free(&t);
    diag_free(&d);
    char *data = contents(a, n);
    free(a);
    return data;
}

static void a_trace_cut_anywhere_is_refused(void **state)
{
    (void)state;
    size_t n;
    char *data = good_text(&n);
    for (size_t i = 0; i < n; i += 1 + i % 3) {
        is_refused(data, i);
    }
    is_refused(data, n - 1);
    free(data);
}

static void a_packed_trace_cut_off_is_refused(void **state)
{
    (void)state;
    char *c = in_folder("c.trace.gz");
    struct run_trace t;
    struct diag d;
    size_t n;
    diag_init(&d);
    make_trace(&t);
    assert_int_equal(run_trace_write(&t, c, &d), SIM_OK);
    char *data = contents(c, &n);
    for (size_t i = 20; i < n; i += 7) {
        is_refused(data, i);
    }
    free(data);
    run_trace_free(&t);
    diag_free(&d);
    free(c);
}

static void no_changed_byte_leads_outside(void **state)
{
    (void)state;
    size_t n;
    char *data = good_text(&n);
    char *path = in_folder("d.trace");
    struct rng r;
    rng_init(&r, 5, "bytes");
    for (int i = 0; i < 3000; i++) {
        struct run_trace t;
        struct diag d;
        size_t at = rng_next(&r) % n;
        char was = data[at];
        data[at] = (char)(rng_next(&r) % 4 ? '0' + (char)(rng_next(&r) % 10) : (char)rng_next(&r));
        diag_init(&d);
        assert_int_equal(file_write(path, data, n, &d), SIM_OK);
        int rc = run_trace_read(&t, path, &d); /* a changed time may well be sound */
        assert_true(rc == SIM_OK || rc == SIM_ERR_INPUT);
        run_trace_free(&t);
        diag_free(&d);
        data[at] = was;
    }
    free(path);
    free(data);
}

static void a_file_that_unpacks_to_far_too_much_is_refused(void **state)
{
    (void)state;
    char *c = in_folder("c.trace.gz");
    char *line = mem_alloc(4001);
    struct run_trace t;
    struct diag d;
    gzFile f = gzopen(c, "wb9");
    gzputs(f, "bpsim-trace 1\nrun 1 0000000000000000 0000000000000000\nprograms 1 recorded 0\nfiles 1\n");
    gzputs(f, "file 60000000 x\n");
    memset(line, 'x', 4000);
    for (int i = 0; i < 15000; i++) {
        gzwrite(f, line, 4000);
    }
    gzclose(f);
    diag_init(&d);
    assert_int_equal(run_trace_read(&t, c, &d), SIM_ERR_INPUT);
    assert_non_null(strstr(d.messages[0].text, "unpacks"));
    run_trace_free(&t);
    diag_free(&d);
    free(line);
    free(c);
}

static void file_names_with_folders_are_refused(void **state)
{
    (void)state;
    static const char bad[] = "bpsim-trace 1\nrun 1 0000000000000000 0000000000000000\nprograms 1 recorded 0\nfiles 1\n"
                              "file 1 ../x\ny\n";
    is_refused(bad, sizeof bad - 1);
}

static void recorded_times_replace_the_planned_ones(void **state)
{
    (void)state;
    struct schedule s;
    make_schedule(&s);
    struct trace_recorder *r = trace_recorder_new(&s);
    const struct probe *p = trace_recorder_probe(r);
    assert_true(p->declare(p->self, "chip0", "phase", PROBE_BIT, 1, NULL) == UINT32_MAX);
    p->task(p->self, 0, 0, 12, 22, 23);
    p->task(p->self, 1, 1, 32, 42, 42);
    p->hop(p->self, 0, 1, 26);
    p->hop(p->self, 0, 0, 25);
    trace_recorder_apply(r, &s);
    trace_recorder_free(r);
    assert_int_equal(s.programs[1].ops[0].off, 23);
    assert_int_equal(s.programs[1].hops[0].start, 25);
    assert_int_equal(s.programs[1].hops[1].start, 26);
    assert_int_equal(s.programs[0].hops[0].start, 20); /* only the measured program was heard */
    schedule_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trace_comes_back_as_it_was),
        cmocka_unit_test(a_packed_trace_reads_the_same),
        cmocka_unit_test(a_trace_cut_anywhere_is_refused),
        cmocka_unit_test(a_packed_trace_cut_off_is_refused),
        cmocka_unit_test(no_changed_byte_leads_outside),
        cmocka_unit_test(a_file_that_unpacks_to_far_too_much_is_refused),
        cmocka_unit_test(file_names_with_folders_are_refused),
        cmocka_unit_test(recorded_times_replace_the_planned_ones),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
