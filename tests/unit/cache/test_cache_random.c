/* SPDX-License-Identifier: Apache-2.0 */
/* test_cache_random.c - the real L1s and slices under random accesses, small caches, a network that reorders.
 *
 * Argument: number of accesses in total (the full tier passes a million). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/cache/cache_random.h"

static uint64_t accesses_wanted = 100000;

static struct cache_bench_params small(uint32_t protocol, uint32_t caches, uint64_t seed)
{
    return (struct cache_bench_params) {
        .caches = caches,
        .slices = 2,
        .l1 = {.bytes = 1024, .ways = 2, .hit_latency = 3, .mshrs = 4, .mshr_targets = 3, .protocol = protocol},
        .l2 = {.slices = 2,
               .bytes = 1024,
               .ways = 2,
               .latency = 5,
               .mshrs = 4,
               .mshr_targets = 3,
               .queue = 4,
               .protocol = protocol},
        .counter_lines = 1,
        .delay_min = 1,
        .delay_max = 40,
        .dram_min = 5,
        .dram_max = 90,
        .places = 4,
        .seed = seed,
        .shuffle = true};
}

static void run_small(uint32_t protocol)
{
    static const uint32_t caches[] = {2, 3, 5, 8};
    for (uint32_t i = 0; i < 4; i++) {
        struct cache_random r;
        struct cache_bench_params p = small(protocol, caches[i], i + 1);
        random_init(&r, &p);
        int64_t wrong = random_run(&r, accesses_wanted / 8);
        assert_int_equal(wrong, 0);
        assert_true(r.loads > r.accesses / 10);
        assert_true(r.pushes > 10);
        for (uint32_t w = 0; w < LINE_WORDS; w++)
            assert_int_equal(r.begun[w], r.done[w]);
        uint64_t recalls = l2_slice_stat(r.b.l2[0])->recalls;
        assert_true(protocol == PROTOCOL_MESI ? recalls > r.accesses / 100 : recalls == 0);
        random_free(&r);
    }
}

static void vi_never_returns_what_an_acquire_ruled_out(void **state)
{
    (void)state;
    run_small(PROTOCOL_VI);
}

static void mesi_is_linearizable_line_by_line(void **state)
{
    (void)state;
    run_small(PROTOCOL_MESI);
}

static void sleeping_changes_nothing(void **state)
{
    (void)state;
    for (uint32_t protocol = 0; protocol < 2; protocol++) {
        struct cache_random r[2];
        for (uint32_t lazy = 0; lazy < 2; lazy++) {
            struct cache_bench_params p = small(protocol, 3, 7);
            p.lazy = lazy;
            random_init(&r[lazy], &p);
            assert_int_equal(random_run(&r[lazy], 5000), 0);
        }
        assert_true(r[1].b.evaluations < r[0].b.evaluations);
        assert_int_equal(r[0].b.cycle, r[1].b.cycle);
        assert_memory_equal(r[0].b.messages, r[1].b.messages, sizeof r[0].b.messages);
        for (uint32_t i = 0; i < 2; i++)
            assert_memory_equal(l2_slice_stat(r[0].b.l2[i]), l2_slice_stat(r[1].b.l2[i]), sizeof(struct l2_stat));
        for (uint32_t i = 0; i < 3; i++)
            assert_memory_equal(l1_stat_of(r[0].b.l1[i]), l1_stat_of(r[1].b.l1[i]), sizeof(struct l1_stat));
        random_free(&r[0]);
        random_free(&r[1]);
    }
}

/* What the tester says of a table with one entry changed. It must notice, or it proves nothing. */
struct finding {
    bool stale;       /* a load returned a value that it must not */
    bool stuck;       /* accesses that never end */
    char broken[512]; /* the rule of the model that stopped it, "" without */
};

enum { END_CLEAN, END_STALE, END_STUCK };

/* The child's life: what it says goes to `out`. */
static void test_in_child(const struct cache_bench_params *p, FILE *out)
{
    struct cache_random r;
    if (dup2(fileno(out), STDERR_FILENO) < 0)
        _exit(END_CLEAN);
    random_init(&r, p);
    r.ends_at_wrong = true; /* what follows from it may break a rule */
    int64_t wrong = random_run(&r, 10000);
    _exit(wrong == 0 ? END_CLEAN : wrong > 0 ? END_STALE : END_STUCK);
}

/* In a process of its own, since the model may stop at an event that its table calls impossible; four seeds, or until
 * a stale value is read. */
static struct finding tester_finds(const struct cache_bench_params *p)
{
    struct finding f = {0};
    for (uint64_t seed = 1; seed <= 4 && !f.stale; seed++) {
        struct cache_bench_params q = *p;
        int status = 0;
        FILE *said = tmpfile();
        assert_non_null(said);
        q.seed = seed;
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
            test_in_child(&q, said);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        if (WIFSIGNALED(status)) {
            assert_int_equal(WTERMSIG(status), SIGABRT);
            rewind(said);
            assert_non_null(fgets(f.broken, sizeof f.broken, said));
        } else {
            f.stale = WEXITSTATUS(status) == END_STALE;
            f.stuck = f.stuck || WEXITSTATUS(status) == END_STUCK;
        }
        fclose(said);
    }
    return f;
}

/* It reads stale values: nothing else is accepted as a catch. */
static bool reads_stale_values(const struct cache_bench_params *p)
{
    struct finding f = tester_finds(p);
    if (!f.stale)
        print_error("%s%s", f.stuck ? "no progress\n" : "", f.broken);
    return f.stale;
}

static void with_its_tables_as_they_are_the_tester_finds_nothing(void **state)
{
    (void)state;
    for (uint32_t protocol = 0; protocol < 2; protocol++) {
        struct cache_bench_params p = small(protocol, 3, 1);
        struct finding f = tester_finds(&p);
        assert_false(f.stale || f.stuck);
        assert_string_equal(f.broken, "");
    }
}

static void run_with(struct cache_random *r, const struct l1_protocol *l1, const struct home_protocol *home)
{
    struct cache_bench_params p = small(PROTOCOL_VI, 5, 7);
    p.l1_table = l1;
    p.home_table = home;
    random_init(r, &p);
    assert_int_equal(random_run(r, accesses_wanted / 8), 0);
}

/* Rows that are most of the work are carried out in one step, where the table has them. Here it has rows that do the
 * same in other words, and a state that is never reached and does not let loads pass. */
static void rows_in_one_step_do_what_their_actions_do(void **state)
{
    (void)state;
    static const struct protocol_row twice = GO(L1_PASS, L1_DO_COMPLETE, L1_DO_COMPLETE, L1_DO_RELEASE);
    static const struct protocol_row data_twice = GO(HOME_V, HOME_DO_DATA, HOME_DO_DATA);
    struct l1_protocol l1 = l1_vi;
    struct home_protocol home = home_vi;
    l1.states |= 1u << L1_S;
    l1.row[L1_PASS][L1_ON_DATA] = twice;
    home.row[HOME_V][HOME_ON_READ] = data_twice;
    struct cache_random a, b;
    run_with(&a, &l1_vi, &home_vi);
    run_with(&b, &l1, &home);
    assert_int_equal(a.b.cycle, b.b.cycle);
    assert_memory_equal(a.b.messages, b.b.messages, sizeof a.b.messages);
    for (uint32_t i = 0; i < 5; i++)
        assert_memory_equal(l1_stat_of(a.b.l1[i]), l1_stat_of(b.b.l1[i]), sizeof(struct l1_stat));
    for (uint32_t i = 0; i < 2; i++)
        assert_memory_equal(l2_slice_stat(a.b.l2[i]), l2_slice_stat(b.b.l2[i]), sizeof(struct l2_stat));
    assert_true(l1_stat_of(a.b.l1[0])->merges > 0 && l2_slice_stat(a.b.l2[0])->hits > 0);
    random_free(&a);
    random_free(&b);
}

static bool l1_edit_reads_stale_values(uint32_t protocol, enum l1_state state, enum l1_event event,
                                       struct protocol_row row)
{
    struct l1_protocol table = *l1_protocol_of(protocol);
    table.row[state][event] = row;
    struct cache_bench_params p = small(protocol, 3, 1);
    p.l1_table = &table;
    return reads_stale_values(&p);
}

static void without_the_invalidation_at_acquires_stale_values_are_read(void **state)
{
    (void)state;
    struct protocol_row stay = STAY(L1_V);
    assert_true(l1_edit_reads_stale_values(PROTOCOL_VI, L1_V, L1_ON_ACQUIRE, stay));
}

static void a_read_begun_before_an_acquire_must_not_be_kept(void **state)
{
    (void)state;
    struct protocol_row stay = STAY(L1_IV);
    assert_true(l1_edit_reads_stale_values(PROTOCOL_VI, L1_IV, L1_ON_ACQUIRE, stay));
}

static void without_the_invalidation_of_a_shared_copy_stale_values_are_read(void **state)
{
    (void)state;
    struct protocol_row keeps = GO(L1_S, L1_DO_INVALIDATE_ACK);
    assert_true(l1_edit_reads_stale_values(PROTOCOL_MESI, L1_S, L1_ON_INVALIDATE, keeps));
}

static void an_invalidation_that_overtakes_the_data_must_be_remembered(void **state)
{
    (void)state;
    struct protocol_row forgets = GO(L1_IS, L1_DO_INVALIDATE_ACK);
    assert_true(l1_edit_reads_stale_values(PROTOCOL_MESI, L1_IS, L1_ON_INVALIDATE, forgets));
}

static void a_clean_owner_that_keeps_its_copy_reads_stale_values(void **state)
{
    (void)state;
    struct protocol_row keeps = GO(L1_E, L1_DO_INVALIDATE_ACK);
    assert_true(l1_edit_reads_stale_values(PROTOCOL_MESI, L1_E, L1_ON_FORWARD_READ_EX, keeps));
}

static void a_home_that_writes_without_invalidating_first_lets_stale_values_be_read(void **state)
{
    (void)state;
    struct home_protocol table = home_mesi;
    table.row[HOME_S][HOME_ON_WRITE_OTHERS] = table.row[HOME_S][HOME_ON_WRITE];
    struct cache_bench_params p = small(PROTOCOL_MESI, 3, 1);
    p.home_table = &table;
    assert_true(reads_stale_values(&p));
}

int main(int argc, char **argv)
{
    if (argc > 1)
        accesses_wanted = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vi_never_returns_what_an_acquire_ruled_out),
        cmocka_unit_test(mesi_is_linearizable_line_by_line),
        cmocka_unit_test(sleeping_changes_nothing),
        cmocka_unit_test(with_its_tables_as_they_are_the_tester_finds_nothing),
        cmocka_unit_test(rows_in_one_step_do_what_their_actions_do),
        cmocka_unit_test(without_the_invalidation_at_acquires_stale_values_are_read),
        cmocka_unit_test(a_read_begun_before_an_acquire_must_not_be_kept),
        cmocka_unit_test(without_the_invalidation_of_a_shared_copy_stale_values_are_read),
        cmocka_unit_test(an_invalidation_that_overtakes_the_data_must_be_remembered),
        cmocka_unit_test(a_clean_owner_that_keeps_its_copy_reads_stale_values),
        cmocka_unit_test(a_home_that_writes_without_invalidating_first_lets_stale_values_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
