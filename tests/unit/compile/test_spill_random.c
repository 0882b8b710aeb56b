/* SPDX-License-Identifier: Apache-2.0 */
/* test_spill_random.c - random graphs with chunks of random size in less and less SRAM: there is a schedule that keeps
 * every rule, or an error that names a tensor; with spilling there are more schedules than without. */
#include "compile_fixture.h"

#include "sim/base/hash.h"

#define KIB 1024u

static uint64_t draw(uint64_t *state, uint64_t bound)
{
    *state = mix64(*state, bound);
    return *state % bound;
}

/* Readers may come long after what they read. */
static void random_graph(struct hand_graph *g, const struct machine *m, uint64_t *seed)
{
    uint32_t n = 6 + (uint32_t)draw(seed, 40), made[64], sources[4];
    uint32_t longest = 1 + (uint32_t)draw(seed, 40);
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t bytes = 1 + (uint32_t)draw(seed, longest * KIB);
        sources[i] = hand_source(g, (uint32_t)draw(seed, m->chips), bytes, draw(seed, 2));
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t in[4], n_in = 0;
        for (uint32_t k = (uint32_t)draw(seed, i < 3 ? i + 1 : 4); n_in < k;) {
            uint32_t chunk = draw(seed, 6) == 0 ? sources[draw(seed, 4)] : made[draw(seed, i)];
            for (uint32_t j = 0; j < n_in; j++) {
                chunk = in[j] == chunk ? UINT32_MAX : chunk;
            }
            k -= chunk == UINT32_MAX;
            in[n_in] = chunk;
            n_in += chunk != UINT32_MAX;
        }
        bool output = i + 1 == n || draw(seed, 8) == 0;
        uint32_t bytes = draw(seed, 12) == 0 ? 0 : 1 + (uint32_t)draw(seed, longest * KIB);
        made[i] = hand_task(g, (uint32_t)draw(seed, m->chips), 50 + draw(seed, 2000), in, n_in, bytes, output);
    }
    bool read[2 * 64] = {false};
    for (size_t i = 0; i < g->t.n_inputs; i++) {
        read[g->t.inputs[i].chunk] = true;
    }
    for (size_t i = 0; i < g->t.n_chunks; i++) {
        g->t.chunks[i].is_output |= !read[i] && g->t.chunks[i].producer != TASK_NONE;
    }
}

struct tally {
    uint32_t tried, plain, spilled, errors;
};

static int attempt(struct schedule *s, const struct hand_graph *g, const struct machine *m, const char *policy,
                   bool steady, bool no_spill)
{
    struct diag d;
    diag_init(&d);
    struct compile_options o = {
        .policy = policy, .steady = steady, .repeats = 2, .work_name = "random", .search_iterations = 2};
    o.no_spill = no_spill;
    int result = compile_schedule(s, &g->t, NULL, m, &o, &d);
    assert_true(result == SIM_OK || result == SIM_ERR_BUILD);
    if (result == SIM_ERR_BUILD) {
        assert_int_equal(d.count, 1);
        assert_non_null(strstr(d.messages[0].text, " fit"));
    } else {
        assert_verified(s);
    }
    diag_free(&d);
    return result;
}

static void one_size(const struct hand_graph *g, const struct machine *m, const char *policy, bool steady,
                     struct tally *t)
{
    struct schedule s;
    bool plain = attempt(&s, g, m, policy, steady, true) == SIM_OK;
    if (plain) {
        schedule_free(&s);
    }
    bool any = plain || attempt(&s, g, m, policy, steady, false) == SIM_OK;
    if (any && !plain) {
        schedule_free(&s);
    }
    t->tried++;
    t->plain += plain;
    t->spilled += any && !plain;
    t->errors += !any;
}

static void check_seed(uint64_t seed, struct tally *t, bool loud)
{
    static const uint32_t channels[] = {1, 2, 4};
    struct machine_spec spec = fixture_spec(1 + (uint32_t)draw(&seed, 3), 1, 1 + (uint32_t)draw(&seed, 3));
    spec.channels = channels[draw(&seed, 3)];
    spec.memory_bandwidth = spec.channels * UINT64_C(51200000000);
    spec.max_burst = 2 * KIB;
    spec.staging_bytes = 4 * KIB;
    spec.max_burst = 2 * KIB;
    spec.staging_bytes = 4 * KIB;
    spec.toggle_cycles = (uint32_t)draw(&seed, 3);
    spec.broadcast_cycles = 1 + (uint32_t)draw(&seed, 400);
    uint64_t graph_seed = seed;
    for (uint32_t kib = 480; kib >= 80; kib = kib * 3 / 4) {
        struct machine m;
        struct hand_graph g;
        spec.sram_bytes = kib * KIB;
        fixture_machine(&m, &spec);
        hand_begin(&g, &m);
        uint64_t state = graph_seed;
        random_graph(&g, &m, &state);
        for (const char *const *policy = compile_policies; *policy; policy++) {
            for (int steady = 0; steady < 2; steady++) {
                if (loud) {
                    print_message("%u KiB %s %d\n", kib, *policy, steady);
                }
                one_size(&g, &m, *policy, steady, t);
            }
        }
        hand_end(&g);
        machine_free(&m);
    }
}

static void in_less_and_less_room_there_is_a_schedule_or_an_error(void **state)
{
    (void)state;
    const char *first = getenv("BPSIM_TEST_SEED"), *count = getenv("BPSIM_TEST_COUNT");
    uint64_t from = first ? strtoull(first, NULL, 10) : 1, n = count ? strtoull(count, NULL, 10) : 12;
    struct tally t = {0};
    for (uint64_t seed = from; seed < from + n; seed++) {
        check_seed(seed, &t, first != NULL);
    }
    print_message("%u sizes: %u fit as they are, %u by spilling, %u do not\n", t.tried, t.plain, t.spilled, t.errors);
    assert_true(count || t.spilled > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_less_and_less_room_there_is_a_schedule_or_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
