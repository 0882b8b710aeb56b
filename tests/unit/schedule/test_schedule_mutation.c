/* SPDX-License-Identifier: Apache-2.0 */
/* test_schedule_mutation.c - thousands of small changes to a valid schedule: the verifier catches each, or a
 * check that plays the schedule byte by byte finds that it still works. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/base/error.h"
#include "sim/base/rng.h"
#include "tests/unit/schedule/schedule_brute.h"
#include "tests/unit/schedule/schedule_edit.h"

enum { MUTATIONS = 2000 };

/* ---- one change ---- */

static int64_t step(struct rng *r)
{
    static const int64_t steps[] = {-1, 1, -2, 2, -5, 5, -64, 64, -1000, 1000};
    return steps[rng_below(r, 10)];
}

static void nudge32(struct rng *r, uint32_t *x)
{
    *x += (uint32_t)step(r);
}

static void nudge64(struct rng *r, uint64_t *x)
{
    *x += (uint64_t)step(r);
}

static void change_op(struct rng *r, struct sched_program *p)
{
    struct sched_op *o = &p->ops[rng_below(r, p->n_ops)];
    uint64_t by = (uint64_t)step(r);
    switch (rng_below(r, 6)) {
    case 0:
        nudge64(r, &o->start);
        break;
    case 1:
        nudge64(r, &o->finish);
        break;
    case 2:
        nudge64(r, &o->off);
        break;
    case 3:
        o->unit ^= 1;
        break;
    case 4:
        o->task = (uint32_t)rng_below(r, 5);
        break;
    default: /* the whole operation */
        o->start += by;
        o->finish += by;
        o->off += by;
        break;
    }
}

static void change_transfer(struct rng *r, struct sched_program *p)
{
    struct sched_transfer *t = &p->transfers[rng_below(r, p->n_transfers)];
    uint32_t from = (uint32_t)rng_below(r, t->n_hops);
    uint64_t by = (uint64_t)step(r);
    switch (rng_below(r, 8)) {
    case 0:
        nudge32(r, &t->chunk);
        break;
    case 1:
        nudge32(r, &t->offset);
        break;
    case 2:
        nudge32(r, &t->bytes);
        break;
    case 3:
        nudge32(r, &t->flits);
        break;
    case 4: /* a piece in other bytes, consistent in itself */
        nudge32(r, &t->bytes);
        t->flits = (t->bytes + B_FLIT - 1) / B_FLIT;
        break;
    default: /* all of it, or what lies behind a hop, sooner or later */
        for (uint32_t i = from; i < t->n_hops; i++) {
            p->hops[t->first_hop + i].start += by;
        }
        break;
    }
}

static void change_hop(struct rng *r, struct sched_program *p)
{
    struct sched_hop *h = &p->hops[rng_below(r, p->n_hops)];
    switch (rng_below(r, 4)) {
    case 0:
        h->link = (uint32_t)rng_below(r, B_LINKS);
        break;
    case 1:
        h->parent = rng_below(r, 3) ? (uint32_t)rng_below(r, 6) : SCHED_NONE;
        break;
    default:
        nudge64(r, &h->start);
        break;
    }
}

static void change_memory(struct rng *r, struct sched_program *p)
{
    size_t i = rng_below(r, p->n_dram);
    struct sched_dram_op *o = &p->dram[i];
    int64_t by = step(r);
    switch (rng_below(r, 10)) {
    case 0:
        nudge32(r, &o->row);
        break;
    case 1:
        o->set ^= 1;
        break;
    case 2:
        nudge32(r, &o->column);
        break;
    case 3:
        nudge32(r, &o->count);
        break;
    case 4:
        o->command = (uint32_t)rng_below(r, DRAM_COMMANDS);
        break;
    case 5:
        o->channel ^= 1;
        break;
    case 6:
        o->transfer = (uint32_t)rng_below(r, p->n_transfers);
        break;
    case 7: /* a row and its columns, in other places or at other times */
        if (i && o->transfer != SCHED_NONE) {
            run_to_row(o, (uint32_t)rng_below(r, 12));
        }
        break;
    case 8:
        if (i && o->transfer != SCHED_NONE) {
            run_move(o, by);
        }
        break;
    default:
        o->cycle += (uint64_t)by;
        break;
    }
}

static void change_sram(struct rng *r, struct sched_program *p)
{
    struct sched_sram *x = &p->sram[rng_below(r, p->n_sram)];
    switch (rng_below(r, 8)) {
    case 0:
        x->unit = (uint32_t)rng_below(r, B_UNITS);
        break;
    case 1:
        x->chunk = rng_below(r, 8) ? (uint32_t)rng_below(r, 9) : SCHED_CONTROL;
        break;
    case 2:
        x->initial ^= 1;
        break;
    case 3:
        nudge32(r, &x->bytes);
        break;
    case 4:
        nudge32(r, &x->address);
        break;
    case 5:
        x->address = (uint32_t)rng_below(r, B_SRAM);
        break;
    case 6:
        nudge64(r, &x->from);
        break;
    default:
        nudge64(r, &x->to);
        break;
    }
}

static void remove_at(void *array, size_t *n, size_t size, size_t i)
{
    memmove((char *)array + i * size, (char *)array + (i + 1) * size, (--*n - i) * size);
}

static void remove_one(struct rng *r, struct sched_program *p)
{
    switch (rng_below(r, 3)) {
    case 0:
        remove_at(p->ops, &p->n_ops, sizeof *p->ops, rng_below(r, p->n_ops));
        break;
    case 1:
        remove_at(p->dram, &p->n_dram, sizeof *p->dram, rng_below(r, p->n_dram));
        break;
    default:
        remove_at(p->sram, &p->n_sram, sizeof *p->sram, rng_below(r, p->n_sram));
        break;
    }
}

/* Takes one transfer out, and its runs with it. */
static void remove_transfer(struct rng *r, struct sched_program *p)
{
    uint32_t gone = (uint32_t)rng_below(r, p->n_transfers), n = p->transfers[gone].n_hops;
    for (size_t i = p->n_dram; i-- > 0;) {
        if (p->dram[i].transfer == gone) {
            remove_at(p->dram, &p->n_dram, sizeof *p->dram, i);
        } else if (p->dram[i].transfer != SCHED_NONE) {
            p->dram[i].transfer -= p->dram[i].transfer > gone;
        }
    }
    uint32_t first = p->transfers[gone].first_hop;
    memmove(&p->hops[first], &p->hops[first + n], (p->n_hops - first - n) * sizeof *p->hops);
    p->n_hops -= n;
    remove_at(p->transfers, &p->n_transfers, sizeof *p->transfers, gone);
    for (uint32_t i = 0; i < p->n_transfers; i++) {
        p->transfers[i].first_hop -= p->transfers[i].first_hop > first ? n : 0;
        for (uint32_t k = 0; k < p->transfers[i].n_hops; k++) {
            p->hops[p->transfers[i].first_hop + k].transfer = i;
        }
    }
}

/* Returns whether the table of phases is to follow the change. */
static bool change(struct rng *r, struct builder *b)
{
    struct sched_program *p = &b->s.programs[rng_below(r, 4) > 0];
    switch (rng_below(r, 16)) {
    case 0:
        remove_one(r, p);
        return true;
    case 1:
        remove_transfer(r, p);
        return true;
    case 2:
        nudge64(r, &p->makespan);
        return true;
    case 3:
        nudge32(r, &p->phases[rng_below(r, p->n_phases)].units_on + rng_below(r, 3));
        return false;
    case 4:
    case 5:
        change_op(r, p);
        return true;
    case 6:
    case 7:
    case 8:
        change_transfer(r, p);
        return true;
    case 9:
    case 10:
        change_hop(r, p);
        return true;
    case 11:
    case 12:
        change_memory(r, p);
        return true;
    default:
        change_sram(r, p);
        return true;
    }
}

/* ---- tests ---- */

static void the_byte_by_byte_check_accepts_the_example(void **state)
{
    (void)state;
    struct builder b;
    example(&b);
    const char *why = brute_why_not(&b.s);
    schedule_free(&b.s);
    if (why) {
        fail_msg("%s", why);
    }
}

/* The slow check is worth something only if it finds what the verifier finds. */
static void the_byte_by_byte_check_refuses_most_of_what_the_verifier_refuses(void **state)
{
    (void)state;
    struct rng r;
    uint32_t refused = 0, both = 0;
    rng_init(&r, 7, "schedule-brute");
    for (uint32_t i = 0; i < 120; i++) {
        struct builder b;
        struct sched_verdict v;
        example(&b);
        if (change(&r, &b)) {
            settle(&b);
        }
        schedule_verify(&b.s, 1, &v);
        if (v.n_violations && strcmp(v.violations[0].rule, "format") != 0) {
            refused++;
            both += brute_why_not(&b.s) != NULL;
        }
        sched_verdict_free(&v);
        schedule_free(&b.s);
    }
    print_message("refused %u, by both %u\n", refused, both);
    assert_true(both * 10 >= refused * 9);
}

static void every_change_is_caught_or_harmless(void **state)
{
    (void)state;
    struct rng r;
    uint32_t harmless = 0;
    rng_init(&r, 3, "schedule-mutation");
    for (uint32_t i = 0; i < MUTATIONS; i++) {
        struct builder b;
        struct sched_verdict v;
        example(&b);
        if (change(&r, &b)) {
            settle(&b);
        }
        if (schedule_verify(&b.s, 1, &v) == SIM_OK) {
            const char *why = brute_why_not(&b.s);
            if (why) {
                fail_msg("change %u is accepted and does not work: %s", i, why);
            }
            harmless++;
        }
        sched_verdict_free(&v);
        schedule_free(&b.s);
    }
    print_message("%u of %u changes are harmless\n", harmless, (uint32_t)MUTATIONS);
    assert_true(harmless > 0 && harmless < MUTATIONS / 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_byte_by_byte_check_accepts_the_example),
        cmocka_unit_test(the_byte_by_byte_check_refuses_most_of_what_the_verifier_refuses),
        cmocka_unit_test(every_change_is_caught_or_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
