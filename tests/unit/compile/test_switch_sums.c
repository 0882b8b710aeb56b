/* SPDX-License-Identifier: Apache-2.0 */
/* test_switch_sums.c - sums in switches: how long one takes on an empty server, what is on the links, what the verifier
 * does not let pass. */
#include "compile_fixture.h"

#define CHIPS    4u
#define ELEMENTS 200u /* 800 B of partials, 400 B of sum */

/* On each chip a task of 10 cycles makes a partial; a switch adds them; a task on each chip reads the sum. */
static uint32_t all_reduce(struct hand_graph *g, uint32_t pieces)
{
    uint32_t partials[CHIPS], sum = 0;
    for (uint32_t piece = 0; piece < pieces; piece++) {
        for (uint32_t chip = 0; chip < CHIPS; chip++) {
            partials[chip] = hand_task(g, chip, 10, NULL, 0, ELEMENTS * 4, false);
            g->t.chunks[partials[chip]].k_part = 1;
            g->t.chunks[partials[chip]].k_whole = CHIPS;
        }
        sum = hand_task(g, piece % CHIPS, 0, partials, CHIPS, ELEMENTS * 2, false);
        struct task *t = &g->t.tasks[g->t.n_tasks - 1];
        t->kind = TASK_SWITCH;
        t->k_part = t->k_whole = g->t.chunks[sum].k_part = g->t.chunks[sum].k_whole = CHIPS;
        g->t.chunks[sum].rows = 1;
        g->t.chunks[sum].cols = ELEMENTS;
        for (uint32_t chip = 0; chip < CHIPS; chip++)
            hand_task(g, chip, 10, &sum, 1, 0, true);
    }
    return (uint32_t)g->t.n_tasks - CHIPS;
}

static void build_server(struct machine *m, uint32_t adders, uint32_t planes)
{
    struct machine_spec spec = fixture_spec(CHIPS, 1, 1);
    spec.fabric = FABRIC_SWITCH;
    spec.fabric_planes = planes;
    spec.adders = adders;
    spec.sram_bytes = 1 << 20;
    fixture_machine(m, &spec);
}

struct bench {
    struct hand_graph g;
    struct machine m;
    struct schedule s;
    uint32_t reader; /* first reader of the last sum */
};

static void begin(struct bench *b, uint32_t adders, uint32_t planes, uint32_t pieces, const char *policy)
{
    build_server(&b->m, adders, planes);
    hand_begin(&b->g, &b->m);
    b->reader = all_reduce(&b->g, pieces);
    compile_hand(&b->s, &b->g, &b->m, policy, true);
}

static void end(struct bench *b)
{
    schedule_free(&b->s);
    hand_end(&b->g);
    machine_free(&b->m);
}

/* Seven flits of a partial: onto the port 2 + 6 + 1 cycles, 896 B on a line of 171 B per cycle 6, line and switch 878 +
 * 176; adders 896 B / (4 x adders), 18 to leave; 4 flits of the sum: 512 B on the line 3, 878, from the port 2 + 3 + 1.
 */
static void one_sum_on_an_empty_server_takes_what_its_parts_take(void **state)
{
    (void)state;
    static const struct {
        uint32_t adders;
        uint64_t cycles;
    } rows[] = {{48, 5}, {56, 4}, {1, 224}, {4096, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bench b;
        begin(&b, rows[i].adders, 1, 1, "list");
        const struct sched_program *p = &b.s.programs[1];
        uint64_t finish = op_of(p, 0)->finish;
        uint64_t there = finish + 9 + 6 + 878 + 176 + rows[i].cycles + 18 + 3 + 878 + 6;
        for (uint32_t chip = 0; chip < CHIPS; chip++) {
            assert_int_equal(op_of(p, chip)->finish, finish);
            assert_int_equal(op_of(p, b.reader + chip)->start, there);
        }
        end(&b);
    }
}

/* Up each line the chip's partials once, down each line the sums once; all other ways have twice as much. */
static void each_line_carries_the_partials_up_and_the_sums_down_once(void **state)
{
    (void)state;
    static const char *const policies[] = {"levels", "barrier", "list"};
    for (uint32_t planes = 1; planes <= 2; planes++) {
        for (size_t i = 0; i < 3; i++) {
            struct bench b;
            begin(&b, 48, planes, 6, policies[i]);
            const struct sched_program *p = &b.s.programs[1];
            uint64_t up[CHIPS] = {0}, down[CHIPS] = {0}, sums = 0;
            for (size_t h = 0; h < p->n_hops; h++) {
                const struct link *l = &b.m.links[p->hops[h].link];
                uint32_t bytes = p->transfers[p->hops[h].transfer].bytes;
                if (l->type == LINK_CHIP && l->from_node < CHIPS)
                    up[l->from_node] += bytes;
                else if (l->type == LINK_CHIP)
                    down[l->to_node] += bytes;
                sums += l->type == LINK_ADDER;
            }
            for (uint32_t chip = 0; chip < CHIPS; chip++) {
                assert_int_equal(up[chip], 6 * ELEMENTS * 4);
                assert_int_equal(down[chip], 6 * ELEMENTS * 2);
            }
            assert_int_equal(sums, 6);
            end(&b);
        }
    }
}

/* ---- what the verifier refuses ---- */

static bool refused_by(const struct schedule *s, const char *rule, const char *where)
{
    struct sched_verdict v;
    bool found = false;
    assert_int_equal(schedule_verify(s, 100, &v), SIM_ERR_INPUT);
    for (size_t i = 0; i < v.n_violations; i++)
        found = found || (strcmp(v.violations[i].rule, rule) == 0 && strcmp(v.violations[i].where, where) == 0);
    sched_verdict_free(&v);
    return found;
}

static bool makes_sum(const struct bench *b, const struct sched_hop *h)
{
    return b->m.links[h->link].type == LINK_ADDER;
}

static void every_sum_waits_for_every_partial(void **state)
{
    (void)state;
    struct bench b;
    begin(&b, 48, 1, 3, "list");
    struct sched_program *p = &b.s.programs[1];
    uint32_t partials = 0, sums = 0;
    for (size_t i = 0; i < p->n_transfers; i++) {
        struct sched_transfer *t = &p->transfers[i], kept = *t;
        struct sched_hop *root = &p->hops[t->first_hop], *last = &p->hops[t->first_hop + t->n_hops - 1];
        if (makes_sum(&b, root)) {
            uint64_t start = root->start;
            root->start = 0; /* before anything has come */
            assert_true(refused_by(&b.s, "sum-early", "switch0.adder"));
            root->start = start + 1;
            assert_true(refused_by(&b.s, "hop-offset", "switch0-chip0"));
            root->start = start;
            t->bytes--;
            assert_true(refused_by(&b.s, "task-once", "server"));
            sums++;
        } else if (b.m.links[last->link].to_node == CHIPS && b.m.links[last->link].type == LINK_CHIP) {
            t->bytes--; /* not all of a partial */
            assert_true(refused_by(&b.s, "sum-missing", "switch0.adder"));
            *t = kept;
            t->chunk = t->chunk == 0 ? 1 : 0; /* another chip's: one too many there, one too few here */
            assert_true(refused_by(&b.s, "sum-missing", "switch0.adder"));
            partials++;
        }
        *t = kept;
    }
    assert_int_equal(sums, 3);
    assert_int_equal(partials, 3 * CHIPS);
    assert_verified(&b.s);
    end(&b);
}

/* The last cycle by which a sum may begin earlier is that of its last partial. */
static void a_sum_may_begin_when_the_last_partial_stands_there(void **state)
{
    (void)state;
    struct bench b;
    begin(&b, 48, 1, 1, "list");
    struct sched_program *p = &b.s.programs[1];
    for (size_t i = 0; i < p->n_hops; i++) {
        if (makes_sum(&b, &p->hops[i])) {
            p->hops[i].start--;
            assert_true(refused_by(&b.s, "sum-early", "switch0.adder"));
            p->hops[i].start++;
        }
    }
    end(&b);
}

static void adders_and_buffers_are_not_taken_twice(void **state)
{
    (void)state;
    struct bench b;
    begin(&b, 4, 1, 2, "list"); /* 56 cycles a sum */
    struct sched_program *p = &b.s.programs[1];
    struct sched_hop *first = NULL;
    for (size_t i = 0; i < p->n_hops; i++) {
        struct sched_hop *h = &p->hops[i];
        if (makes_sum(&b, h) && first) {
            uint64_t kept = h->start;
            h->start = first->start + 55;
            assert_true(refused_by(&b.s, "link-slot", "switch0.adder"));
            h->start = kept;
        }
        first = makes_sum(&b, h) ? h : first;
    }
    assert_non_null(first);
    b.s.machine.staging_bytes = 799;
    assert_true(refused_by(&b.s, "staging", "chip2-switch0"));
    end(&b);
}

static void no_unit_runs_a_sum_and_no_switch_a_task(void **state)
{
    (void)state;
    struct bench b;
    begin(&b, 48, 1, 1, "list");
    struct sched_program *p = &b.s.programs[1];
    uint32_t kept = p->ops[0].task;
    p->ops[0].task = CHIPS; /* the sum */
    assert_true(refused_by(&b.s, "task-once", "chip0.unit0"));
    p->ops[0].task = kept;
    for (size_t i = 0; i < p->n_transfers; i++) {
        struct sched_transfer *t = &p->transfers[i];
        if (makes_sum(&b, &p->hops[t->first_hop])) {
            uint32_t sum = t->chunk;
            t->chunk = 0; /* a partial */
            assert_true(refused_by(&b.s, "transfer-tree", "switch0.adder"));
            t->chunk = sum;
        }
    }
    assert_verified(&b.s);
    end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_sum_on_an_empty_server_takes_what_its_parts_take),
        cmocka_unit_test(each_line_carries_the_partials_up_and_the_sums_down_once),
        cmocka_unit_test(every_sum_waits_for_every_partial),
        cmocka_unit_test(a_sum_may_begin_when_the_last_partial_stands_there),
        cmocka_unit_test(adders_and_buffers_are_not_taken_twice),
        cmocka_unit_test(no_unit_runs_a_sum_and_no_switch_a_task),
    };
    return cmocka_run_group_tests_name("switch_sums", tests, NULL, NULL);
}
