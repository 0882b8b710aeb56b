/* SPDX-License-Identifier: Apache-2.0 */
/* test_compile_random.c - random works on random small servers, all policies, cold and steady: the
 * verifier accepts, bounds hold, freer policies are not worse, the same input gives the same schedule. The same where
 * units and links are dead, chips slow, and tasks have slack; and nothing dead is used. */
#include "compile_fixture.h"

#include "sim/base/hash.h"
#include "sim/graph/graph_source.h"

static uint64_t draw(uint64_t *state, uint64_t bound)
{
    *state = mix64(*state, bound);
    return *state % bound;
}

/* Any topology that the units allow. */
static void random_noc(struct machine_spec *s, uint64_t *seed)
{
    uint32_t units = s->rows * s->cols;
    s->noc = (uint32_t)draw(seed, 7);
    if (units == 1 && (s->noc == NOC_FAT_TREE || s->noc == NOC_PARTITIONED)) {
        s->noc = NOC_CROSSBAR;
    }
    if (s->noc == NOC_FAT_TREE) {
        s->noc_concentration = units == 4 ? 2 : units == 9 ? 3 : units;
    } else if (s->noc != NOC_CROSSBAR && s->noc != NOC_PARTITIONED && s->cols == 2 && draw(seed, 2)) {
        s->noc_concentration = 2;
    }
}

static void random_spec(struct machine_spec *s, uint64_t *seed)
{
    static const uint32_t channels[] = {1, 2, 4, 8};
    *s = fixture_spec((uint32_t)draw(seed, 5) + 1, (uint32_t)draw(seed, 3) + 1, (uint32_t)draw(seed, 3) + 1);
    s->fabric = s->chips == 1 ? MACHINE_NO_FABRIC : draw(seed, 2) ? FABRIC_RING : FABRIC_FULLY_CONNECTED;
    random_noc(s, seed);
    s->channels = channels[draw(seed, 4)];
    s->memory_bandwidth = s->channels * UINT64_C(51200000000);
    s->link_latency_fs = 1000000 * (1 + draw(seed, 500));
    s->link_bandwidth = 10000000000u + draw(seed, 500) * 1000000000u;
    s->max_burst = s->flit_bytes << (2 + draw(seed, 4));
    s->staging_bytes = s->max_burst << draw(seed, 3);
    s->guard_cycles = (uint32_t)draw(seed, 40);
    s->toggle_cycles = (uint32_t)draw(seed, 4);
    s->broadcast_cycles = (uint32_t)draw(seed, 100) + 1;
    s->launch_fs = 1000000 * draw(seed, 5000);
    s->sram_bytes = 1u << (17 + draw(seed, 3));
    if (s->chips > 3) {
        static const uint32_t fabrics[] = {FABRIC_TORUS2D, FABRIC_DRAGONFLY, FABRIC_SWITCH, FABRIC_SWITCH};
        uint32_t fabric = (uint32_t)draw(seed, 6);
        bool fits = fabric < 4 && (s->chips == 4 || fabric == 2); /* 5 chips make no torus */
        s->fabric = fits ? fabrics[fabric] : s->fabric;
        s->fabric_leaf = fabric == 3 ? 2 : 0;
        s->fabric_planes = 1 + (uint32_t)draw(seed, 2);
    }
}

/* What does not work of a server. */
struct faults {
    uint32_t dead[8], slow[5];
    struct node_pair links[3];
};

static void random_faults(struct machine_spec *s, struct faults *f, uint64_t *seed)
{
    uint32_t units = s->rows * s->cols;
    for (uint32_t chip = 0; units > 1 && chip < s->chips && draw(seed, 3); chip++) { /* one of some chips */
        f->dead[s->n_dead_units++] = chip * units + (uint32_t)draw(seed, units);
    }
    for (uint32_t chip = 0; chip < s->chips; chip++) {
        f->slow[chip] = draw(seed, 2) ? 1000 : 1000 + (uint32_t)draw(seed, 2000);
    }
    struct fabric_shape shape = machine_spec_fabric(s);
    struct node_pair apart;
    const char *key;
    char why[FABRIC_WHY_MAX], name[32];
    bool joined = s->chips > 2 && fabric_shape_resolve(&shape, &key, why);
    for (uint32_t i = 0; joined && i < 20 && s->n_dead_links < 3; i++) {
        uint32_t to = (uint32_t)draw(seed, s->chips), n = s->n_dead_links;
        snprintf(name, sizeof name, "chip%u-%s%u", (unsigned)draw(seed, s->chips),
                 s->fabric == FABRIC_SWITCH ? "switch" : "chip", to);
        bool known = !degraded_link(name, &shape, &f->links[n]);
        for (uint32_t k = 0; !known && k < n; k++) {
            known = f->links[k].a == f->links[n].a && f->links[k].b == f->links[n].b;
        }
        s->n_dead_links += !known && degraded_is_whole(&shape, f->links, n + 1, &apart);
    }
    s->dead_units = f->dead;
    s->dead_links = f->links;
    s->slow_permille = f->slow;
    s->slack_permille = draw(seed, 2) ? 0 : (uint32_t)draw(seed, 400);
}

static void random_source(struct graph_options *o, const char **source, char *text, uint64_t *seed)
{
    static const char *const sources[] = {"random", "transformer", "cnn", "mlp"};
    *o = (struct graph_options) {0};
    *source = sources[draw(seed, 4)];
    if (strcmp(*source, "random") == 0) {
        snprintf(text, 24, "%u", (unsigned)draw(seed, 1000));
        o->given =
            GRAPH_BIT(nodes) | GRAPH_BIT(edge_prob) | GRAPH_BIT(seed) | GRAPH_BIT(task_cycles) | GRAPH_BIT(edge_bytes);
        o->nodes = 1 + draw(seed, 60);
        o->edge_prob = 0.01 * (double)draw(seed, 20);
        o->seed = text;
        o->task_cycles = 100 + draw(seed, 1000);
        o->edge_bytes = draw(seed, 3) * 1700;
    } else if (strcmp(*source, "transformer") == 0) {
        o->given = GRAPH_BIT(layers) | GRAPH_BIT(heads) | GRAPH_BIT(sequence) | GRAPH_BIT(d_model) | GRAPH_BIT(d_ff) |
                   GRAPH_BIT(batch);
        o->layers = 1 + draw(seed, 2);
        o->batch = 1 + draw(seed, 2);
        o->heads = 1 + draw(seed, 6);
        o->d_model = o->heads * 8 * (1 + draw(seed, 3));
        o->d_ff = 4 * o->d_model;
        o->sequence = 4 + draw(seed, 40);
    } else if (strcmp(*source, "mlp") == 0) {
        o->given = GRAPH_BIT(layers) | GRAPH_BIT(inputs) | GRAPH_BIT(hidden) | GRAPH_BIT(outputs) | GRAPH_BIT(batch) |
                   GRAPH_BIT(micro_batches);
        o->layers = 1 + draw(seed, 4);
        o->inputs = 1 + draw(seed, 200);
        o->hidden = 1 + draw(seed, 300);
        o->outputs = 1 + draw(seed, 50);
        o->batch = 1 + draw(seed, 60);
        o->micro_batches = o->batch % 3 == 0 ? 3 : o->batch % 2 == 0 ? 2 : 1;
    } else {
        o->given = GRAPH_BIT(preset);
        o->preset = "cnn-small";
    }
}

struct work {
    struct machine m;
    struct partition p;
    struct task_graph t, fine, columns; /* cut in three ways */
};

/* As many stages as the chips and the work allow, at most; each item of a batch is a micro-batch, or all together. */
static void random_parallelism(struct lower_options *o, const struct op_graph *g, uint32_t chips, uint64_t *seed)
{
    uint64_t runs = g->layers > 0 ? g->layers : g->n_ops;
    uint64_t most = chips / o->tensor_parallel < runs ? chips / o->tensor_parallel : runs;
    o->pipeline = 1 + (uint32_t)draw(seed, most);
    o->micro_batches = draw(seed, 2) ? g->items : 1;
}

/* False when the server cannot be built or the work does not fit it: small SRAM may be too small. */
static bool make_work(struct work *w, uint64_t seed, bool degraded)
{
    struct machine_spec spec;
    struct faults faults = {0};
    struct graph_options o;
    const char *source;
    char text[24];
    struct op_graph *g;
    struct diag d;
    *w = (struct work) {0};
    diag_init(&d);
    random_spec(&spec, &seed);
    if (degraded) {
        random_faults(&spec, &faults, &seed);
    }
    random_source(&o, &source, text, &seed);
    int result = machine_build_from(&w->m, &spec, &d);
    if (result == 0) {
        struct lower_options lower = {.tensor_parallel = 1 + (uint32_t)draw(&seed, w->m.chips)};
        assert_int_equal(graph_source_make(source, &o, &g, &d), SIM_OK);
        random_parallelism(&lower, g, w->m.chips, &seed);
        assert_int_equal(lower_partition(&w->p, g, &w->m, &lower, &d), SIM_OK);
        result = lower_tasks(&w->t, &w->p, &w->m, &lower, &d);
        lower.fine = true;
        result = result ? result : lower_tasks(&w->fine, &w->p, &w->m, &lower, &d);
        lower.column_shares = true;
        result = result ? result : lower_tasks(&w->columns, &w->p, &w->m, &lower, &d);
    }
    assert_true(result == SIM_OK || (result == SIM_ERR_BUILD && d.count > 0));
    diag_free(&d);
    return result == SIM_OK;
}

static void assert_same(const struct sched_program *a, const struct sched_program *b)
{
    assert_int_equal(a->makespan, b->makespan);
    assert_int_equal(a->n_hops, b->n_hops);
    assert_int_equal(a->n_dram, b->n_dram);
    assert_int_equal(a->n_sram, b->n_sram);
    for (size_t i = 0; i < a->n_ops; i++) {
        assert_int_equal(a->ops[i].task, b->ops[i].task);
        assert_int_equal(a->ops[i].start, b->ops[i].start);
    }
    for (size_t i = 0; i < a->n_hops; i++) {
        assert_int_equal(a->hops[i].link, b->hops[i].link);
        assert_int_equal(a->hops[i].start, b->hops[i].start);
    }
    for (size_t i = 0; i < a->n_dram; i++) {
        assert_int_equal(a->dram[i].cycle, b->dram[i].cycle);
        assert_int_equal(a->dram[i].row, b->dram[i].row);
    }
    for (size_t i = 0; i < a->n_sram; i++) {
        assert_int_equal(a->sram[i].address, b->sram[i].address);
        assert_int_equal(a->sram[i].chunk, b->sram[i].chunk);
    }
}

static int compile_both(struct schedule *s, const struct work *w, const char *policy, bool steady)
{
    struct compile_options o = {.policy = policy, .steady = steady, .search_iterations = 4};
    o.others[TILING_FINE] = &w->fine;
    o.others[TILING_COLUMNS] = &w->columns;
    return compile_with(s, &w->t, &w->p, &w->m, &o);
}

/* The program that is measured, once more: byte for byte the same. */
static void check_again(const struct work *w, const char *policy, bool steady, const struct sched_program *first)
{
    struct schedule again;
    assert_int_equal(compile_both(&again, w, policy, steady), SIM_OK);
    assert_same(first, &again.programs[steady]);
    schedule_free(&again);
}

static void check_nothing_dead_is_used(const struct work *w, const struct sched_program *p)
{
    for (size_t i = 0; i < p->n_ops; i++) {
        assert_false(w->m.dead[p->ops[i].unit]);
    }
    for (size_t i = 0; i < p->n_hops; i++) {
        assert_false(w->m.links[p->hops[i].link].dead);
    }
}

static void check_policies(const struct work *w, bool steady)
{
    uint64_t before = UINT64_MAX;
    for (const char *const *policy = compile_policies; *policy; policy++) {
        struct schedule s;
        int result = compile_both(&s, w, *policy, steady);
        if (result == SIM_ERR_BUILD && w->m.sram_bytes < 1u << 19) {
            continue;
        }
        assert_int_equal(result, SIM_OK);
        assert_verified(&s);
        check_nothing_dead_is_used(w, &s.programs[steady]);
        uint64_t makespan = s.programs[steady].makespan;
        assert_in_range(s.lower_bound, 0, makespan);
        assert_in_range(s.schedule_bound, 0, makespan);
        assert_in_range(makespan, 0, before);
        before = makespan;
        check_again(w, *policy, steady, &s.programs[steady]);
        schedule_free(&s);
    }
}

/* Returns whether there was something to compile. */
static bool check_work(uint64_t seed, bool degraded)
{
    struct work w;
    bool made = make_work(&w, seed, degraded);
    if (made) {
        check_policies(&w, false);
        check_policies(&w, true);
    }
    task_graph_free(&w.t);
    task_graph_free(&w.fine);
    task_graph_free(&w.columns);
    partition_free(&w.p);
    machine_free(&w.m);
    return made;
}

static void check_works(bool degraded)
{
    const char *first = getenv("BPSIM_TEST_SEED"), *count = getenv("BPSIM_TEST_COUNT");
    uint64_t from = first ? strtoull(first, NULL, 10) : 1, n = count ? strtoull(count, NULL, 10) : 24;
    uint64_t made = 0;
    for (uint64_t seed = from; seed < from + n; seed++) {
        if (count) {
            print_message("seed %llu\n", (unsigned long long)seed);
        }
        made += check_work(seed, degraded);
    }
    assert_true(count || made > n / 2);
}

static void random_work_on_random_servers_gives_schedules_that_keep_every_rule(void **state)
{
    (void)state;
    check_works(false);
}

static void the_same_on_servers_of_which_some_does_not_work(void **state)
{
    (void)state;
    check_works(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_work_on_random_servers_gives_schedules_that_keep_every_rule),
        cmocka_unit_test(the_same_on_servers_of_which_some_does_not_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
