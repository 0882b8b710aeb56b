/* SPDX-License-Identifier: Apache-2.0 */
/* test_task_kinds.c - each kind of task on both machines: cycles of an SM against cycles of a unit, and why they
 * differ.
 *
 *     full    SM with as many CTAs of the kind as it has room for / unit, which finds its data in SRAM
 *     moved   one CTA alone / unit that also gets its lines in and out through its port, one per cycle, nothing
 *             overlapped
 *     short   moved, with every latency of SM, L1 and L2 at one cycle: the rest of `moved` was latency
 *     many    SM that is kept busy by MANY_SLOTS CTAs at a time / unit, or its lines where these take longer (LSU and
 *             L1 move one per cycle, in or out): the rest of `full` was too few CTAs to hide latency
 *
 * A unit finds its data in SRAM and takes the task's needs and the toggle. An SM with its L1 runs the generated
 * program; what it asks for comes from an L2 that always hits: 8 cycles network, 140 in the slice, 8 back, one line per
 * cycle. `full` and `moved` are what was measured, to 5 %. `short` and `many` are the experiments behind the reasons in
 * docs/validation.md: each kind must come into its band. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/cli/job.h"
#include "tests/unit/hw/sm_bench.h"

#define PRESET_TODAY 0u
#define MANY_CTAS    64u
#define MANY_SLOTS   16u

struct kind {
    const char *config;
    enum op_kind kind;
    double full, moved;
};

static const struct kind table[] = {
    {"quickstart", OP_MATMUL, 1.29, 0.90},
    {"quickstart", OP_SCORES, 2.12, 1.86},
    {"quickstart", OP_VALUES, 1.89, 1.97},
    {"quickstart", OP_SOFTMAX, 2.01, 2.15},
    {"quickstart", OP_NORM, 1.33, 1.37},
    {"quickstart", OP_GELU, 1.32, 1.34},
    {"quickstart", OP_RESIDUAL, 4.54, 1.99},
    {"quickstart", OP_COLLECTIVE, 4.81, 2.45},
    {"cnn", OP_CONV, 1.14, 1.05},
    {"cnn", OP_RELU, 1.36, 1.15},
    {"cnn", OP_POOL, 1.82, 1.57},
    {"random", OP_GENERIC, 1.24, 1.16},
};

static void load(struct job *j, struct server_program *p, const char *config)
{
    static const char *const sets[] = {"machines.dynamic.preset=gpu-today"};
    char path[512];
    struct diag d;
    diag_init(&d);
    snprintf(path, sizeof path, "%s/configs/run/%s.yaml", BPSIM_SOURCE_DIR, config);
    *j = (struct job) {0};
    int error = job_load(j, path, sets, 1, &d);
    error = error ? error : job_machine(j, &d);
    error = error ? error : job_dynamic(j, PRESET_TODAY, &d);
    error = error ? error : job_generate(j, "cold", p, &d);
    diag_print(&d, stderr);
    assert_int_equal(error, 0);
    diag_free(&d);
}

/* CTAs of chip 0 of this kind, of the op that has the longest task; at most `most` of that op. */
static uint32_t choose(const struct job *j, const struct chip_program *p, enum op_kind kind, uint32_t *ctas,
                       uint32_t most)
{
    uint64_t longest = 0;
    uint32_t op = OP_NONE, n = 0;
    for (size_t i = 0; i < p->n_ctas; i++) {
        const struct task *t = &j->tasks.tasks[p->ctas[i].task];
        if (j->tasks.ops->ops[t->op].kind != kind || t->needs.cycles <= longest)
            continue;
        longest = t->needs.cycles;
        op = t->op;
    }
    for (size_t i = 0; i < p->n_ctas && n < most; i++)
        if (p->ctas[i].op == op && j->tasks.tasks[p->ctas[i].task].needs.cycles == longest)
            ctas[n++] = (uint32_t)i;
    return n;
}

/* An SM that runs this program, with the configuration's latencies or all of them one cycle. */
static void sm_of(struct sm_bench *b, const struct job *j, const struct server_program *p,
                  const struct chip_program *chip, bool quick)
{
    const struct bench_stop way[] = {
        {TRAIL_NOC, quick ? 1 : 8}, {TRAIL_L2, quick ? 1 : 140}, {TRAIL_NOC, quick ? 1 : 8}};
    sm_bench_init(b);
    b->program = *chip;
    b->server = *p;
    b->p = j->dynamic.sm;
    b->l1 = j->dynamic.l1;
    if (quick) {
        b->p.mma_latency = b->p.alu_latency = b->p.shared_latency = b->p.barrier_latency = b->p.branch_latency = 1;
        b->p.lsu_interval = b->l1.hit_latency = 1;
    }
    b->cta_start = 0;
    memcpy(b->way, way, sizeof way);
    memcpy(b->store_way, way, sizeof way);
    b->stops = b->store_stops = 3;
    b->counter_from = 0;
    b->counter = UINT32_MAX;
}

static uint64_t run_sm(struct sm_bench *b, uint64_t tasks)
{
    sm_bench_run(b, 400000, false);
    assert_int_equal(b->core.run.n_faults, 0);
    assert_int_equal(b->sm->stat.tasks, tasks);
    uint64_t took = b->ended_at - 1 - 1; /* they begin in cycle 1, and the end is told a cycle later */
    b->program = (struct chip_program) {0};
    sm_bench_free(b);
    return took;
}

static uint64_t cycles_at_once(const struct job *j, const struct server_program *p, const uint32_t *ctas, uint32_t n,
                               bool quick)
{
    struct sm_bench b;
    sm_of(&b, j, p, &p->chip[0], quick);
    sm_bench_make(&b);
    for (uint32_t i = 0; i < n; i++)
        sm_bench_start(&b, ctas[i]);
    return run_sm(&b, n);
}

/* MANY_CTAS times the same task, taken from a queue by as many slots as hide everything; registers and shared memory
 * are no limit. The bench's atomics are the queue, so nobody is signalled. */
static uint64_t cycles_of_many(const struct job *j, const struct server_program *p, const struct cta *c)
{
    static struct cta ctas[MANY_CTAS];
    struct chip_program chip = p->chip[0];
    struct sm_bench b;
    for (uint32_t i = 0; i < MANY_CTAS; i++) {
        ctas[i] = *c;
        ctas[i].n_signals = 0;
    }
    chip.ctas = ctas;
    chip.n_ctas = MANY_CTAS;
    sm_of(&b, j, p, &chip, false);
    b.p.cta_slots = MANY_SLOTS;
    sm_bench_make(&b);
    for (uint32_t i = 0; i < MANY_SLOTS; i++)
        sm_bench_start(&b, CTA_FROM_QUEUE);
    return run_sm(&b, MANY_CTAS);
}

static uint64_t lines_of(const struct chip_program *p, const struct cta *c)
{
    uint64_t n = 0;
    for (uint32_t i = c->first_piece; i < c->first_piece + c->n_pieces; i++)
        n += p->pieces[i].lines;
    return n;
}

static void expect_between(const char *what, double value, double least, double most)
{
    if (value >= least && value <= most)
        return;
    print_error("%s is %.3f, not %.3f to %.3f\n", what, value, least, most);
    fail();
}

static void one_kind(const struct kind *x)
{
    struct job j;
    struct server_program p = {0};
    uint32_t ctas[BENCH_CTAS] = {0};
    load(&j, &p, x->config);
    uint32_t slots = j.dynamic.sm.cta_slots < BENCH_CTAS ? j.dynamic.sm.cta_slots : BENCH_CTAS;
    uint32_t n = choose(&j, &p.chip[0], x->kind, ctas, slots);
    assert_true(n > 0);
    const struct cta *c = &p.chip[0].ctas[ctas[0]];
    while (n > 1 &&
           (n * c->shared_bytes > j.dynamic.sm.shared_bytes || n * c->register_bytes > j.dynamic.sm.register_bytes))
        n--;
    uint64_t unit = j.tasks.tasks[c->task].needs.cycles + j.config.phase.toggle_cycles;
    uint64_t lines = lines_of(&p.chip[0], c), longer = lines > unit ? lines : unit;
    double full = (double)cycles_at_once(&j, &p, ctas, n, false) / (double)(n * unit);
    double moved = (double)cycles_at_once(&j, &p, ctas, 1, false) / (double)(unit + lines);
    uint64_t alone = cycles_at_once(&j, &p, ctas, 1, true);
    double quick = (double)alone / (double)(unit + lines);
    double many = (double)cycles_of_many(&j, &p, c) / (double)(MANY_CTAS * longer);
    printf("%-17s %-10s: unit %5llu cycles, %4llu lines; full %.2f (%u CTAs), moved %.2f, short %.2f, many %.2f\n",
           op_kind_names[x->kind], x->config, (unsigned long long)unit, (unsigned long long)lines, full, n, moved,
           quick, many);
    expect_between("full", full, 0.95 * x->full, 1.05 * x->full);
    expect_between("moved", moved, 0.95 * x->moved, 1.05 * x->moved);
    assert_true(alone >= longer);
    expect_between("short", quick, 0, 1.05);
    expect_between("many", many, 0.9, 1.2);
    server_program_free(&p);
    job_free(&j);
}

static void each_kind_takes_an_sm_as_long_as_a_unit_or_there_is_a_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        one_kind(&table[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_takes_an_sm_as_long_as_a_unit_or_there_is_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
