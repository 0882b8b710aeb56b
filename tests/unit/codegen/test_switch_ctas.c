/* SPDX-License-Identifier: Apache-2.0 */
/* test_switch_ctas.c - programs of sums that switches add: who asks which switch, lines that are the same on all chips.
 */
#include "sim/base/rng.h"
#include "tests/unit/codegen/codegen_fixture.h"

static bool adds(const struct made_program *f, const struct cta *c)
{
    return f->tasks.tasks[c->task].kind == TASK_SWITCH;
}

static uint32_t copies_of(const struct server_program *p, uint32_t chunk, uint32_t *home)
{
    uint32_t n = 0;
    for (uint32_t chip = 0; chip < p->chips; chip++)
        for (size_t i = 0; i < p->chip[chip].n_pieces; i++) {
            const struct cta_piece *x = &p->chip[chip].pieces[i];
            if (x->role != PIECE_OUTPUT || x->chunk != chunk)
                continue;
            *home = x->home;
            n++;
        }
    return n;
}

/* The sum, its partials, what becomes of it. */
static void check_sum(const struct made_program *f, const struct chip_program *p, const struct cta *c, uint32_t home,
                      uint32_t parts)
{
    const struct cta_piece *x = &p->pieces[c->first_piece];
    uint32_t of = 0, chunks = 0;
    assert_true(c->reduce && c->kind == CTA_VECTOR && c->n_operands == 1 && c->k_part == c->k_whole);
    assert_true(x->role == PIECE_ROUND && x->home == home && f->program.groups[x->group].n == parts);
    for (uint32_t i = 1; i <= parts; i++) {
        assert_true(x[i].role == PIECE_PARTIAL && x[i].line == x->line && x[i].bytes == x->bytes);
        assert_int_equal(x[i].home, f->program.group_chips[f->program.groups[x->group].first + i - 1]);
        assert_int_equal(copies_of(&f->program, x[i].chunk, &of), 1); /* it stays where it is computed */
        assert_int_equal(of, x[i].home);
        chunks += x[i].chunk;
    }
    assert_int_equal(x->chunk, chunks);
    /* Elements of fp16 are converted from fp32, a lane each. */
    assert_int_equal(c->vector_cycles, ceil_div(x->bytes / 4, f->machine.vector_lanes));
}

static void a_sum_is_a_cta_that_asks_its_switch(void **state)
{
    (void)state;
    struct machine_spec s = switches(4, 4, 2, 0);
    struct made_program f = all_reduce(&s, 4, false, DISPATCH_PERSISTENT);
    uint32_t sums = 0, of_switch[2] = {0};
    assert_int_equal(f.program.n_groups, 1);
    assert_memory_equal(f.program.group_chips, ((const uint16_t[]) {0, 1, 2, 3}), 8);
    for (uint32_t chip = 0; chip < 4; chip++) {
        const struct chip_program *p = &f.program.chip[chip];
        for (size_t i = 0; i < p->n_ctas; i++) {
            const struct cta *c = &p->ctas[i];
            if (!adds(&f, c))
                continue;
            uint32_t home = task_switch(&f.tasks.tasks[c->task], &f.machine, c->task);
            check_sum(&f, p, c, home, 4);
            for (uint32_t k = c->first_piece + 5; k < c->first_piece + c->n_pieces; k++)
                assert_true(p->pieces[k].role == PIECE_OUTPUT && p->pieces[k].home == home);
            of_switch[home - 4]++;
            sums++;
        }
    }
    assert_true(sums >= 4 && of_switch[0] > 0 && of_switch[1] > 0);
    made_program_free(&f);
}

/* What leaves add has no CTA: who asks the spine asks for all of it. Where all hang on one leaf, that is asked. */
static void leaves_are_asked_by_their_spine(void **state)
{
    (void)state;
    for (uint32_t tensor = 2; tensor <= 4; tensor += 2) {
        struct machine_spec s = switches(4, 2, 1, 2);
        struct made_program f = all_reduce(&s, tensor, false, DISPATCH_PERSISTENT);
        uint32_t sums = 0, wholes = 0;
        for (uint32_t i = 0; i < f.tasks.n_tasks; i++)
            wholes += f.tasks.tasks[i].kind == TASK_SWITCH && f.tasks.tasks[i].k_part == f.tasks.tasks[i].k_whole;
        for (uint32_t chip = 0; chip < 4; chip++) {
            const struct chip_program *p = &f.program.chip[chip];
            for (size_t i = 0; i < p->n_ctas; i++) {
                if (!adds(&f, &p->ctas[i]))
                    continue;
                uint32_t home = task_switch(&f.tasks.tasks[p->ctas[i].task], &f.machine, p->ctas[i].task);
                assert_true(tensor == 2 ? home == 4 : home == 6 || home == 7);
                check_sum(&f, p, &p->ctas[i], home, tensor);
                sums++;
            }
        }
        assert_true(sums == wholes && sums > 2);
        made_program_free(&f);
    }
}

/* The own copy of a result goes to HBM; the others get theirs from the switch. */
static void a_result_is_written_once_and_sent_to_the_others(void **state)
{
    (void)state;
    struct machine_spec s = switches(4, 4, 1, 0);
    struct made_program f = all_reduce(&s, 4, true, DISPATCH_PERSISTENT);
    for (uint32_t chip = 0; chip < 4; chip++) {
        const struct chip_program *p = &f.program.chip[chip];
        for (size_t i = 0; i < p->n_ctas; i++) {
            const struct cta *c = &p->ctas[i];
            if (!adds(&f, c))
                continue;
            assert_int_equal(c->n_pieces, 5 + 2 * f.tasks.tasks[c->task].n_outputs);
            for (uint32_t k = c->first_piece + 5; k < c->first_piece + c->n_pieces; k += 2) {
                const struct cta_piece *own = &p->pieces[k], *others = &p->pieces[k + 1];
                assert_true(own->through && own->home == chip && !others->through && others->home == 4);
                const struct multicast_group *g = &f.program.groups[others->group];
                assert_int_equal(g->n, 3);
                for (uint32_t j = 0; j < 3; j++)
                    assert_int_not_equal(f.program.group_chips[g->first + j], chip);
            }
        }
    }
    made_program_free(&f);
}

static void blocks_on_any_switches_keep_the_rules(void **state)
{
    (void)state;
    struct rng r;
    rng_init(&r, 1, "test_switch_ctas");
    for (uint32_t i = 0; i < 24; i++) {
        uint32_t leaves = 1 + (uint32_t)rng_below(&r, 3), leaf = 1 + (uint32_t)rng_below(&r, 3), chips = leaves * leaf;
        if (chips == 1)
            continue;
        struct machine_spec s = switches(chips, leaf, 1 + (uint32_t)rng_below(&r, 2), 1 + (uint32_t)rng_below(&r, 3));
        struct lower_options o = {.tensor_parallel = 1 + (uint32_t)rng_below(&r, chips),
                                  .collective = COLLECTIVE_IN_SWITCH,
                                  .tiling_common = rng_below(&r, 2)};
        enum dynamic_dispatch dispatch = rng_below(&r, 2) ? DISPATCH_GRAPH : DISPATCH_PERSISTENT;
        struct made_program f = program_on(gpt2_block(), &s, &o, dispatch, 2); /* the check is in there */
        assert_true(o.tensor_parallel == 1 || f.program.n_groups > 0);
        made_program_free(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sum_is_a_cta_that_asks_its_switch),
        cmocka_unit_test(leaves_are_asked_by_their_spine),
        cmocka_unit_test(a_result_is_written_once_and_sent_to_the_others),
        cmocka_unit_test(blocks_on_any_switches_keep_the_rules),
    };
    return cmocka_run_group_tests_name("switch_ctas", tests, NULL, NULL);
}
