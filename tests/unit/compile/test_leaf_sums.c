/* SPDX-License-Identifier: Apache-2.0 */
/* test_leaf_sums.c - sums over leaf switches and spines: how long one takes on an empty server, what is on the links,
 * what the verifier does not let pass. */
#include "compile_fixture.h"

#define MOST     8u
#define ELEMENTS 200u /* 800 B of partials and of leaves' sums, 400 B of the sum */
#define SPINE    UINT32_MAX

struct server {
    uint32_t chips, leaf, spines, planes, adders;
};

struct bench {
    struct hand_graph g;
    struct machine m;
    struct schedule s;
};

/* The sum of what chunks[0..n) hold: `leaf` of sum number `sum`, or a spine. */
static uint32_t add(struct bench *b, uint32_t sum, uint32_t leaf, const uint32_t *chunks, uint32_t n, uint32_t whole)
{
    uint32_t k = 0, chip = b->g.t.chunks[chunks[0]].chip;
    for (uint32_t i = 0; i < n; i++)
        k += b->g.t.chunks[chunks[i]].k_part;
    uint32_t chunk = hand_task(&b->g, chip, 0, chunks, n, k < whole ? ELEMENTS * 4 : ELEMENTS * 2, false);
    struct task *t = &b->g.t.tasks[b->g.t.n_tasks - 1];
    struct chunk *c = &b->g.t.chunks[chunk];
    t->kind = TASK_SWITCH;
    t->tile = switch_tile_of(&b->m, sum, leaf == SPINE ? machine_leaves(&b->m) : leaf);
    t->k_part = c->k_part = k;
    t->k_whole = c->k_whole = whole;
    c->rows = 1;
    c->cols = ELEMENTS;
    return chunk;
}

/* Chips [first, first + n) make a partial each, in 10 cycles; readers in `readers` (bits) read the sum. */
static uint32_t all_reduce(struct bench *b, uint32_t sum, uint32_t first, uint32_t n, uint32_t readers)
{
    uint32_t partials[MOST], sums[MOST], n_sums = 0, chips = machine_leaf_chips(&b->m);
    for (uint32_t i = 0; i < n; i++) {
        partials[i] = hand_task(&b->g, first + i, 10, NULL, 0, ELEMENTS * 4, false);
        b->g.t.chunks[partials[i]].k_part = 1;
        b->g.t.chunks[partials[i]].k_whole = n;
    }
    for (uint32_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && (first + end) / chips == (first + i) / chips; end++) {
        }
        sums[n_sums++] = add(b, sum, (first + i) / chips, &partials[i], end - i, n);
    }
    uint32_t whole = n_sums == 1 ? sums[0] : add(b, sum, SPINE, sums, n_sums, n), task = (uint32_t)b->g.t.n_tasks;
    for (uint32_t chip = 0; chip < b->m.chips; chip++)
        if (readers >> chip & 1)
            hand_task(&b->g, chip, 10, &whole, 1, 0, true);
    return task;
}

static void begin(struct bench *b, const struct server *s)
{
    struct machine_spec spec = fixture_spec(s->chips, 1, 1);
    spec.fabric = FABRIC_SWITCH;
    spec.fabric_planes = s->planes;
    spec.fabric_leaf = s->leaf;
    spec.fabric_spines = s->spines;
    spec.adders = s->adders;
    spec.sram_bytes = 1 << 20;
    fixture_machine(&b->m, &spec);
    hand_begin(&b->g, &b->m);
}

static void end(struct bench *b)
{
    schedule_free(&b->s);
    hand_end(&b->g);
    machine_free(&b->m);
}

/* Seven flits of a partial: onto the port 2 + 6 + 1 cycles, 896 B on a line of 171 B per cycle 6, line and switch 878 +
 * 176; adders 896 B / 192 B, 18 to leave; the same line and adders again to the spine; 4 flits of the sum: line and
 * leaf 878 + 176, 512 B on the line 3, line 878, from the port 2 + 3 + 1. */
static void one_sum_on_an_empty_server_takes_what_its_parts_take(void **state)
{
    (void)state;
    struct bench b;
    begin(&b, &(struct server) {4, 2, 2, 1, 48});
    uint32_t reader = all_reduce(&b, 0, 0, 4, 15);
    compile_hand(&b.s, &b.g, &b.m, "list", true);
    const struct sched_program *p = &b.s.programs[1];
    uint64_t finish = op_of(p, 0)->finish, level = 6 + 878 + 176 + 5 + 18;
    for (uint32_t chip = 0; chip < 4; chip++) {
        assert_int_equal(op_of(p, chip)->finish, finish);
        assert_int_equal(op_of(p, reader + chip)->start, finish + 9 + 2 * level + 878 + 176 + 3 + 878 + 6);
    }
    end(&b);
}

/* Added by the leaf that all chips hang on and sent down from there: as with one switch. */
static void a_sum_of_one_leaf_passes_no_spine(void **state)
{
    (void)state;
    struct bench b;
    begin(&b, &(struct server) {4, 2, 2, 1, 48});
    uint32_t reader = all_reduce(&b, 0, 2, 2, 12);
    compile_hand(&b.s, &b.g, &b.m, "list", true);
    const struct sched_program *p = &b.s.programs[1];
    uint64_t finish = op_of(p, 0)->finish;
    assert_int_equal(op_of(p, reader)->start, finish + 9 + 6 + 878 + 176 + 5 + 18 + 3 + 878 + 6);
    for (size_t h = 0; h < p->n_hops; h++) {
        const struct link *l = &b.m.links[p->hops[h].link];
        assert_true(l->type < LINK_CHIP || (l->from_node < 4 ? l->to_node == 5 : l->from_node == 5));
    }
    end(&b);
}

/* Payload on a link. */
static uint64_t bytes_on(const struct bench *b, uint32_t link)
{
    const struct sched_program *p = &b->s.programs[1];
    uint64_t bytes = 0;
    for (size_t h = 0; h < p->n_hops; h++)
        bytes += p->hops[h].link == link ? p->transfers[p->hops[h].transfer].bytes : 0;
    return bytes;
}

/* Six sums: up each line of a chip its partials, up each line of a leaf the sums of it that its spine adds, down each
 * line the sums that somebody behind it reads; the spines have equal shares. */
static void each_line_carries_what_its_level_adds_once(void **state)
{
    (void)state;
    static const char *const policies[] = {"levels", "barrier", "list"};
    static const struct server servers[] = {{8, 4, 2, 1, 48}, {8, 2, 3, 1, 48}, {6, 3, 1, 2, 48}, {4, 2, 3, 2, 48}};
    for (size_t i = 0; i < 4 * 3; i++) {
        const struct server *s = &servers[i / 3];
        struct bench b;
        begin(&b, s);
        for (uint32_t sum = 0; sum < 6; sum++)
            all_reduce(&b, sum, 0, s->chips, (1u << s->chips) - 1);
        compile_hand(&b.s, &b.g, &b.m, policies[i % 3], true);
        uint64_t chip = 6 / s->planes, spine = chip / s->spines; /* sums on a line */
        uint32_t checked = 0;
        for (uint32_t l = 0; l < b.m.n_links; l++) {
            const struct link *k = &b.m.links[l];
            if (k->type != LINK_CHIP)
                continue;
            bool of_chip = k->from_node < s->chips || k->to_node < s->chips;
            uint64_t element = machine_leads_up(&b.m, k) ? 4 : 2;
            assert_int_equal(bytes_on(&b, l), (of_chip ? chip : spine) * ELEMENTS * element);
            checked++;
        }
        assert_int_equal(checked, 2 * s->planes * (s->chips + s->chips / s->leaf * s->spines));
        end(&b);
    }
}

/* Chips 1 to 4 of leaves of two: leaf 0 and leaf 2 have one partial each. Chip 1 alone reads, or none of leaf 1 does.
 */
static void a_leaf_may_have_one_partial_or_one_reader(void **state)
{
    (void)state;
    static const uint32_t readers[] = {1u << 1, 1u << 0 | 1u << 5, 0x3f};
    for (size_t i = 0; i < 3; i++) {
        struct bench b;
        begin(&b, &(struct server) {6, 2, 2, 1, 48});
        for (uint32_t sum = 0; sum < 2; sum++)
            all_reduce(&b, sum, 1, 4, readers[i]);
        compile_hand(&b.s, &b.g, &b.m, "list", true);
        uint64_t up = 0, down = 0;
        for (uint32_t l = 0; l < b.m.n_links; l++) {
            const struct link *k = &b.m.links[l];
            bool between = k->type == LINK_CHIP && k->from_node >= 6 && k->to_node >= 6;
            up += between && machine_leads_up(&b.m, k) ? bytes_on(&b, l) : 0;
            down += between && !machine_leads_up(&b.m, k) ? bytes_on(&b, l) : 0;
        }
        assert_int_equal(up, 2 * 3 * ELEMENTS * 4);
        assert_int_equal(down, 2 * (i + 1) * ELEMENTS * 2);
        end(&b);
    }
}

static void leaves_of_one_chip_add_too(void **state)
{
    (void)state;
    struct bench b;
    begin(&b, &(struct server) {3, 1, 2, 1, 48});
    for (uint32_t sum = 0; sum < 3; sum++)
        all_reduce(&b, sum, 0, 3, 7);
    compile_hand(&b.s, &b.g, &b.m, "list", true);
    end(&b);
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

/* Three sums of four chips on two leaves, switches 0 and 1; spines are switches 2 and 3. */
static void begin_three(struct bench *b, uint32_t adders)
{
    begin(b, &(struct server) {4, 2, 2, 1, adders});
    for (uint32_t sum = 0; sum < 3; sum++)
        all_reduce(b, sum, 0, 4, 15);
    compile_hand(&b->s, &b->g, &b->m, "list", true);
}

/* The hop of a transfer on adders and, of a leaf's sum, that to the spine; else NULL. */
static struct sched_hop *adder_of(const struct bench *b, struct sched_program *p, const struct sched_transfer *t)
{
    struct sched_hop *root = &p->hops[t->first_hop];
    return b->m.links[root->link].type == LINK_ADDER ? root : NULL;
}

static bool goes_to_spine(const struct bench *b, const struct sched_program *p, const struct sched_transfer *t)
{
    const struct link *last = &b->m.links[p->hops[t->first_hop + t->n_hops - 1].link];
    return last->type == LINK_CHIP && last->to_node >= 4 + 2;
}

static const char *adder_name(const struct bench *b, uint32_t node)
{
    return b->m.links[machine_adder(&b->m, node)].id;
}

static void every_level_waits_for_all_that_it_adds(void **state)
{
    (void)state;
    struct bench b;
    begin_three(&b, 48);
    struct sched_program *p = &b.s.programs[1];
    uint32_t leaves = 0, spines = 0;
    for (size_t i = 0; i < p->n_transfers; i++) {
        struct sched_transfer *t = &p->transfers[i], kept = *t;
        struct sched_hop *adder = adder_of(&b, p, t);
        if (!adder)
            continue;
        const char *where = b.m.links[adder->link].id;
        uint64_t start = adder->start;
        adder->start = 0; /* before anything has come */
        assert_true(refused_by(&b.s, "sum-early", where));
        adder->start = start;
        t->bytes--;
        assert_true(refused_by(&b.s, "task-once", "server"));
        *t = kept;
        if (goes_to_spine(&b, p, t)) {
            struct sched_hop *up = &p->hops[t->first_hop + 1];
            uint32_t spine = b.m.links[up->link].to_node, other = spine == 6 ? 7 : 6, link = up->link;
            up->start++;
            assert_true(refused_by(&b.s, "hop-offset", b.m.links[link].id));
            up->start--;
            up->link = machine_chip_link(&b.m, b.m.links[link].from_node, other); /* to a spine that does not add it */
            assert_true(refused_by(&b.s, "sum-missing", adder_name(&b, spine)));
            uint32_t leaf = b.m.links[link].from_node;
            up->link = machine_chip_link(&b.m, leaf, (leaf - 4) * 2); /* down to a chip, where nobody takes it in */
            assert_true(refused_by(&b.s, "transfer-tree", b.m.links[up->link].id));
            up->link = link;
            leaves++;
        } else {
            spines++;
        }
        *t = kept;
    }
    assert_int_equal(leaves, 6);
    assert_int_equal(spines, 3);
    assert_verified(&b.s);
    end(&b);
}

/* A leaf's sum that is another leaf's, one that comes twice, and a whole sum made of partials of chips at the spine. */
static void sums_of_leaves_are_not_exchanged(void **state)
{
    (void)state;
    struct bench b;
    begin_three(&b, 48);
    struct sched_program *p = &b.s.programs[1];
    uint32_t first = SCHED_NONE, tried = 0;
    for (size_t i = 0; i < p->n_transfers; i++) {
        struct sched_transfer *t = &p->transfers[i], kept = *t;
        if (!adder_of(&b, p, t) || !goes_to_spine(&b, p, t))
            continue;
        const struct sched_task *leaf = &b.s.tasks[b.s.chunks[t->chunk].producer];
        uint32_t partial = b.s.inputs[leaf->first_input].chunk;
        if (first != SCHED_NONE) {
            t->chunk = first;
            assert_true(refused_by(&b.s, "task-once", "server"));
        }
        t->chunk = partial;
        assert_true(refused_by(&b.s, "transfer-tree", b.m.links[p->hops[t->first_hop].link].id));
        *t = kept;
        first = t->chunk;
        tried++;
    }
    assert_int_equal(tried, 6);
    assert_verified(&b.s);
    end(&b);
}

static void adders_and_buffers_of_spines_are_not_taken_twice(void **state)
{
    (void)state;
    struct bench b;
    begin_three(&b, 4); /* 56 cycles a sum */
    struct sched_program *p = &b.s.programs[1];
    struct sched_hop *first = NULL;
    uint32_t link = machine_adder(&b.m, 6), tried = 0; /* sums 0 and 2 */
    for (size_t i = 0; i < p->n_hops; i++) {
        struct sched_hop *h = &p->hops[i];
        if (h->link != link)
            continue;
        if (first) {
            uint64_t kept = h->start;
            h->start = first->start + 55;
            assert_true(refused_by(&b.s, "link-slot", "switch2.adder"));
            h->start = kept;
            tried++;
        }
        first = h;
    }
    assert_int_equal(tried, 1);
    b.s.machine.staging_bytes = 799;
    assert_true(refused_by(&b.s, "staging", "switch0-switch2"));
    assert_true(refused_by(&b.s, "staging", "chip3-switch1"));
    end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_sum_on_an_empty_server_takes_what_its_parts_take),
        cmocka_unit_test(a_sum_of_one_leaf_passes_no_spine),
        cmocka_unit_test(each_line_carries_what_its_level_adds_once),
        cmocka_unit_test(a_leaf_may_have_one_partial_or_one_reader),
        cmocka_unit_test(leaves_of_one_chip_add_too),
        cmocka_unit_test(every_level_waits_for_all_that_it_adds),
        cmocka_unit_test(sums_of_leaves_are_not_exchanged),
        cmocka_unit_test(adders_and_buffers_of_spines_are_not_taken_twice),
    };
    return cmocka_run_group_tests_name("leaf_sums", tests, NULL, NULL);
}
