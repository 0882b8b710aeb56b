/* SPDX-License-Identifier: Apache-2.0 */
/* test_base.c - memory, messages, hashes, random streams, fractions, files, signals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/account.h"
#include "sim/base/diag.h"
#include "sim/base/error.h"
#include "sim/base/file.h"
#include "sim/base/fraction.h"
#include "sim/base/hash.h"
#include "sim/base/mem.h"
#include "sim/base/progress.h"
#include "sim/base/rng.h"
#include "sim/base/text.h"

static void arena_memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    static const size_t sizes[] = {1, 100000, 17, 0, 65536, 3};
    for (size_t round = 0; round < 200; round++) {
        size_t n = sizes[round % 6];
        unsigned char *p = arena_alloc(a, n);
        assert_int_equal((uintptr_t)p % 16, 0);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(p[i], 0);
        }
        memset(p, 0xff, n);
    }
    assert_string_equal(arena_printf(a, "%s-%d", arena_strdup(a, "unit"), 3), "unit-3");
    arena_free(a);
    arena_free(NULL);
}

static void vectors_grow_and_keep_their_content(void **state)
{
    (void)state;
    struct {
        VEC(uint32_t, x);
    } v = {0};
    for (uint32_t i = 0; i < 1000; i++) {
        *VEC_PUSH(&v, x) = i;
    }
    assert_int_equal(v.n_x, 1000);
    assert_int_equal(v.x[999], 999);
    free(v.x);
}

static void messages_keep_order_and_leave_out_what_is_empty(void **state)
{
    (void)state;
    struct diag d;
    diag_init(&d);
    diag_add(&d, "chip.yaml", 14, 9, "chip.noc.router.vcs", "%d is outside 1..32", 0);
    diag_add(&d, "a.bps", 0, 0, "", "bad magic");
    diag_add(&d, "", 0, 0, "--out", "missing");
    char *text = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);
    diag_print(&d, f);
    fclose(f);
    assert_string_equal(text, "chip.yaml:14:9: chip.noc.router.vcs: 0 is outside 1..32\na.bps: bad magic\n"
                              "--out: missing\n");
    free(text);
    diag_free(&d);
    assert_int_equal(d.count, 0);
}

static void sha256_is_the_standard_one(void **state)
{
    (void)state;
    char hex[65];
    struct sha256 *s = sha256_new();
    sha256_add(s, "a", 1);
    sha256_add(s, "bc", 2);
    sha256_hex(s, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"); /* FIPS 180-2 B.1 */
}

static void mix64_continues_the_splitmix_sequence(void **state)
{
    (void)state;
    /* First outputs of splitmix64 with state 0: the increment of number k is (k + 1) x the constant. */
    assert_true(mix64(0, 0) == 0xe220a8397b1dcdafu);
    assert_true(mix64(0, 1) == 0x6e789e6aa1b965f4u);
    assert_true(mix64(1, 0) == 0x910a2dec89025cc1u);
    assert_true(mix64(0x0123456789abcdefu, 42) == 0x537a638df1af2be9u);
}

static void streams_depend_on_seed_and_path_only(void **state)
{
    (void)state;
    struct rng a, b, c, d;
    rng_init(&a, 1, "chip0.unit3");
    rng_init(&b, 1, "chip0.unit3");
    rng_init(&c, 2, "chip0.unit3");
    rng_init(&d, 1, "chip0.unit4");
    uint64_t first = rng_next(&a);
    assert_true(a.key == 0x16ae6cd4e0892148u && first == 0xb9d0aa26fa723e9eu); /* docs/formats/checksums.md */
    assert_true(rng_next(&b) == first);
    assert_true(rng_next(&c) != first);
    assert_true(rng_next(&d) != first);
    assert_true(rng_next(&a) == rng_next(&b));
}

static void bounded_draws_hit_all_values_evenly(void **state)
{
    (void)state;
    struct rng r;
    rng_init(&r, 7, "even");
    uint32_t hits[6] = {0};
    for (int i = 0; i < 60000; i++) {
        hits[rng_below(&r, 6)]++;
    }
    for (int i = 0; i < 6; i++) {
        assert_in_range(hits[i], 9600, 10400);
    }
    assert_int_equal(rng_below(&r, 1), 0);
    assert_true(rng_below(&r, UINT64_MAX) < UINT64_MAX);
}

static void rates_are_exact_and_in_lowest_terms(void **state)
{
    (void)state;
    struct fraction f = fraction_rate(300000000000u, 569801); /* 300 GB/s at 1.755 GHz */
    assert_true(f.num == 1709403 && f.den == 10000);
    f = fraction_rate(128000000000u, 1000000); /* 128 GB/s at 1 GHz */
    assert_true(f.num == 128 && f.den == 1);
    f = fraction_rate(0, 1000);
    assert_true(f.num == 0 && f.den == 1);
    assert_true(fraction_ticks((struct fraction) {3, 2}, 6) == 12);
    assert_true(ceil_div(7, 2) == 4 && ceil_div(UINT64_MAX, 1) == UINT64_MAX && ceil_div(0, 5) == 0);
}

static char *scratch(void)
{
    static char template[64];
    strcpy(template, "/tmp/bpsim-test-XXXXXX");
    assert_non_null(mkdtemp(template));
    return template;
}

static void a_half_file_never_stands_under_its_final_name(void **state)
{
    (void)state;
    struct diag d;
    diag_init(&d);
    char *dir = scratch();
    char *path = mem_printf("%s/out.txt", dir);
    struct file_out f;
    assert_int_equal(file_write(path, "old", 3, &d), SIM_OK);
    assert_int_equal(file_open(&f, path, &d), SIM_OK);
    fputs("new", f.stream);
    char *data;
    size_t n;
    assert_int_equal(file_read(path, 100, &data, &n, &d), SIM_OK);
    assert_string_equal(data, "old");
    free(data);
    file_abort(&f);
    assert_int_equal(file_open(&f, path, &d), SIM_OK);
    fputs("newer", f.stream);
    assert_int_equal(file_commit(&f, &d), SIM_OK);
    assert_int_equal(file_read(path, 100, &data, &n, &d), SIM_OK);
    assert_string_equal(data, "newer");
    assert_int_equal(n, 5);
    free(data);
    assert_int_equal(file_read(path, 4, &data, &n, &d), SIM_ERR_INPUT);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0); /* empty: no temporary was left behind */
    assert_int_equal(d.count, 1);
    diag_free(&d);
    free(path);
}

static void files_that_cannot_be_read_or_written_say_so(void **state)
{
    (void)state;
    struct diag d;
    diag_init(&d);
    char *data;
    size_t n;
    assert_int_equal(file_read("/nowhere/x", 10, &data, &n, &d), SIM_ERR_INPUT);
    assert_int_equal(file_read("/", 10, &data, &n, &d), SIM_ERR_INPUT);
    assert_int_equal(file_write("/nowhere/x", "a", 1, &d), SIM_ERR_IO);
    assert_int_equal(file_write("/dev/full", "a", 1, &d), SIM_ERR_IO);
    assert_int_equal(file_make_dir("/proc/nowhere/x", &d), SIM_ERR_IO);
    assert_int_equal(file_make_dir("", &d), SIM_ERR_IO);
    assert_int_equal(file_make_dir("/dev/null", &d), SIM_ERR_IO);
    assert_int_equal(d.count, 7);
    assert_string_equal(d.messages[6].file, "/dev/null");
    diag_free(&d);
}

static void a_file_without_a_name_is_told_so(void **state)
{
    (void)state;
    struct diag d;
    diag_init(&d);
    char *data;
    size_t n;
    struct file_out f;
    assert_int_equal(file_read("", 10, &data, &n, &d), SIM_ERR_INPUT);
    assert_int_equal(file_open(&f, "", &d), SIM_ERR_IO); /* at once, not when all is done */
    assert_int_equal(d.count, 2);
    assert_string_equal(d.messages[0].file, "''");
    assert_string_equal(d.messages[1].file, "''");
    diag_free(&d);
}

static void devices_are_written_in_place(void **state)
{
    (void)state;
    struct diag d;
    struct stat st;
    diag_init(&d);
    assert_int_equal(file_write("/dev/null", "a", 1, &d), SIM_OK);
    assert_int_equal(stat("/dev/null", &st), 0);
    assert_true(S_ISCHR(st.st_mode));
    diag_free(&d);
}

static void folders_are_made_with_their_parents(void **state)
{
    (void)state;
    struct diag d;
    diag_init(&d);
    char *dir = scratch();
    char *deep = mem_printf("%s/a/b/", dir);
    assert_int_equal(file_make_dir(deep, &d), SIM_OK);
    assert_int_equal(file_make_dir(deep, &d), SIM_OK);
    assert_int_equal(d.count, 0);
    assert_int_equal(rmdir(deep), 0); /* the probe is gone */
    deep[strlen(deep) - 2] = '\0';
    rmdir(deep);
    rmdir(dir);
    free(deep);
}

static void errors_map_to_exit_codes(void **state)
{
    (void)state;
    static const int codes[][2] = {
        {SIM_OK, 0},        {SIM_ERR_IO, 1},        {SIM_ERR_INPUT, 2},         {SIM_ERR_BUILD, 3},
        {SIM_ERR_STUCK, 4}, {SIM_ERR_VIOLATION, 5}, {SIM_ERR_INTERRUPTED, 130}, {SIM_ERR_TERMINATED, 143}};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        assert_int_equal(sim_exit_code(codes[i][0]), codes[i][1]);
    }
}

static void a_broken_rule_aborts(void **state)
{
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        if (!freopen("/dev/null", "w", stderr)) {
            _exit(1);
        }
        SIM_CHECK(1 + 1 == 3, "unit %d", 7);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void a_first_signal_is_noted(void **state)
{
    (void)state;
    interrupt_install();
    assert_int_equal(interrupt_pending(), SIM_OK);
    raise(SIGTERM);
    assert_int_equal(interrupt_pending(), SIM_ERR_TERMINATED);
    raise(SIGINT);
    assert_int_equal(interrupt_pending(), SIM_ERR_INTERRUPTED);
}

static void names_follow_the_closed_lists(void **state)
{
    (void)state;
    assert_int_equal(CAUSE_COUNT, 16);
    assert_string_equal(cause_names[CAUSE_COMPUTE_USEFUL], "compute.useful");
    assert_string_equal(cause_names[CAUSE_NO_WORK], "no_work");
    assert_string_equal(class_names[CLASS_SYNC], "sync");
    assert_string_equal(link_type_names[LINK_CHIP], "chip");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_memory_is_zeroed_and_aligned),
        cmocka_unit_test(vectors_grow_and_keep_their_content),
        cmocka_unit_test(messages_keep_order_and_leave_out_what_is_empty),
        cmocka_unit_test(sha256_is_the_standard_one),
        cmocka_unit_test(mix64_continues_the_splitmix_sequence),
        cmocka_unit_test(streams_depend_on_seed_and_path_only),
        cmocka_unit_test(bounded_draws_hit_all_values_evenly),
        cmocka_unit_test(rates_are_exact_and_in_lowest_terms),
        cmocka_unit_test(a_half_file_never_stands_under_its_final_name),
        cmocka_unit_test(files_that_cannot_be_read_or_written_say_so),
        cmocka_unit_test(a_file_without_a_name_is_told_so),
        cmocka_unit_test(devices_are_written_in_place),
        cmocka_unit_test(folders_are_made_with_their_parents),
        cmocka_unit_test(errors_map_to_exit_codes),
        cmocka_unit_test(a_broken_rule_aborts),
        cmocka_unit_test(a_first_signal_is_noted),
        cmocka_unit_test(names_follow_the_closed_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
