/* SPDX-License-Identifier: Apache-2.0 */
/* test_cache_explorer.c - every state of small systems, on the tables that the hardware uses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/base/dynamic_params.h"
#include "tests/unit/cache/explorer_walk.h"

/* ---- the systems that are explored ---- */

struct system {
    const char *name;
    uint32_t protocol, caches, lines, budget, old;
    bool far, through, inputs, counters, plain;
    bool full;   /* only in the full tier */
    bool beside; /* not used against edited tables: what it finds others find too */
};

static const struct system systems[] = {
    {"vi: two caches", PROTOCOL_VI, 2, 1, 1, .old = 1, .through = true},
    {"vi: two caches, an older value told apart", PROTOCOL_VI, 2, 1, 1, .old = 2, .beside = true},
    {"vi: a cache and another chip's", PROTOCOL_VI, 2, 1, 1, .old = 1, .far = true, .through = true},
    {"vi: a cache with two accesses", PROTOCOL_VI, 1, 1, 2, .old = 1, .through = true},
    {"vi: inputs that the host writes", PROTOCOL_VI, 2, 1, 1, .old = 1, .far = true, .inputs = true},
    {"vi: counters", PROTOCOL_VI, 2, 1, 1, .old = 1, .far = true, .counters = true},
    {"vi: three caches", PROTOCOL_VI, 3, 1, 1, .old = 1, .full = true, .beside = true},
    {"vi: two lines in one set", PROTOCOL_VI, 2, 2, 1, .old = 1, .full = true, .beside = true},
    {"mesi: two caches", PROTOCOL_MESI, 2, 1, 1, .old = 2},
    {"mesi: two caches, results written through", PROTOCOL_MESI, 2, 1, 1, .old = 2, .through = true},
    {"mesi: a cache and another chip's", PROTOCOL_MESI, 2, 1, 1, .old = 2, .far = true, .through = true},
    {"mesi: inputs that the host writes", PROTOCOL_MESI, 2, 1, 1, .old = 2, .inputs = true},
    {"mesi: inputs, another chip reads", PROTOCOL_MESI, 2, 1, 1, .old = 2, .far = true, .inputs = true},
    {"mesi: counters", PROTOCOL_MESI, 2, 1, 1, .old = 2, .far = true, .counters = true},
    {"mesi: two caches with two accesses", PROTOCOL_MESI, 2, 1, 2, .old = 1, .through = true, .plain = true},
    {"mesi: three caches", PROTOCOL_MESI, 3, 1, 1, .old = 1},
    {"mesi: two caches with two accesses, more bypassing loads", PROTOCOL_MESI, 2, 1, 2, .old = 1, .through = true,
     .full = true, .beside = true},
    {"mesi: three caches, an older value told apart", PROTOCOL_MESI, 3, 1, 1, .old = 2, .full = true, .beside = true},
    {"mesi: two caches and another chip's", PROTOCOL_MESI, 3, 1, 1, .old = 2, .far = true, .through = true,
     .full = true, .beside = true},
    {"mesi: two lines in one set", PROTOCOL_MESI, 2, 2, 1, .old = 1, .full = true, .beside = true},
};

#define SYSTEMS (sizeof systems / sizeof systems[0])

static bool full_tier;

static struct explorer explorer_of(const struct system *s)
{
    return (struct explorer) {.l1 = l1_protocol_of(s->protocol),
                              .home = home_protocol_of(s->protocol),
                              .lines = s->lines,
                              .caches = s->caches,
                              .ways = 1,
                              .home_ways = 1,
                              .targets = 2,
                              .budget = s->budget,
                              .old = s->old,
                              .far = s->far,
                              .through = s->through,
                              .inputs = s->inputs,
                              .counters = s->counters,
                              .plain = s->plain,
                              .vi = s->protocol == PROTOCOL_VI,
                              .max_states = s->full ? 6000000 : 600000};
}

/* ---- what was reached ---- */

static bool l1_reached[2][L1_STATE_COUNT][L1_EVENT_COUNT], home_reached[2][HOME_STATE_COUNT][HOME_EVENT_COUNT];

static void add_reached(const struct system *s, const struct explorer *e)
{
    for (uint32_t i = 0; i < L1_STATE_COUNT; i++)
        for (uint32_t k = 0; k < L1_EVENT_COUNT; k++)
            l1_reached[s->protocol][i][k] |= e->l1_reached[i][k];
    for (uint32_t i = 0; i < HOME_STATE_COUNT; i++)
        for (uint32_t k = 0; k < HOME_EVENT_COUNT; k++)
            home_reached[s->protocol][i][k] |= e->home_reached[i][k];
}

static void every_rule_holds_in_every_state_of_small_systems(void **state)
{
    (void)state;
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < SYSTEMS; i++) {
        if (systems[i].full && !full_tier)
            continue;
        struct explorer e = explorer_of(&systems[i]);
        bool good = xp_explore(&e);
        print_message("%s: %u states%s%s%s%s\n", systems[i].name, e.n_states, good ? "" : ": ", good ? "" : e.wrong,
                      good ? "" : ", ", e.detail);
        wrong += !good;
        add_reached(&systems[i], &e);
    }
    assert_int_equal(wrong, 0);
}

/* Runs after the exploration. */
static uint32_t check_row(const char *name, const struct protocol_row *row, bool used, bool reached, const char *state,
                          const char *event)
{
    bool good = used ? row->kind == (reached ? row->kind : (uint8_t)ROW_NEVER) && row->kind != ROW_UNDECLARED
                     : row->kind == ROW_UNDECLARED && !reached;
    if (!good)
        print_message("%s: %s in state %s: row of kind %u, %s\n", name, event, state, row->kind,
                      reached ? "reached" : "never reached");
    return !good;
}

static void every_pair_of_state_and_event_is_reached_or_declared_impossible(void **state)
{
    (void)state;
    uint32_t wrong = 0;
    for (uint32_t p = 0; p < 2; p++) {
        const struct l1_protocol *l1 = l1_protocol_of(p);
        const struct home_protocol *home = home_protocol_of(p);
        for (uint32_t i = 0; i < L1_STATE_COUNT; i++)
            for (uint32_t k = 0; k < L1_EVENT_COUNT; k++)
                wrong += check_row(l1->name, &l1->row[i][k], l1->states >> i & 1, l1_reached[p][i][k],
                                   l1_state_names[i], l1_event_names[k]);
        for (uint32_t i = 0; i < HOME_STATE_COUNT; i++)
            for (uint32_t k = 0; k < HOME_EVENT_COUNT; k++)
                wrong += check_row(home->name, &home->row[i][k], home->states >> i & 1, home_reached[p][i][k],
                                   home_state_names[i], home_event_names[k]);
    }
    assert_int_equal(wrong, 0);
}

/* ---- edited tables ---- */

struct edit {
    const char *protocol, *side, *state, *event, *what;
};

/* Edits that break no rule, and why. */
static const struct {
    struct edit edit;
    const char *why;
} harmless[] = {
    {{"vi", "L1", "IV", "STORE", "DROP"}, "there is no copy yet; the action clears the record of an old loss"},
    {{"vi", "L1", "IV", "STORE_THROUGH", "DROP"}, "the same"},
    {{"vi", "L1", "IV", "ACQUIRE", "LOSE"}, "there is no copy yet; the action makes the record for the accounts"},
    {{"vi", "L1", "VV", "DATA", "FILL"}, "the sector stays missing and is asked for again"},
    {{"mesi", "L1", "IS_I", "DATA", "LOSE"}, "there is no copy; the action makes the record for the accounts"},
    {{"mesi", "L1", "IS_FX", "DATA_EX", "FILL"}, "the copy goes in the same row; loads get the message's data"},
    {{"mesi", "L1", "MI", "FORWARD_READ_EX", "next state"},
     "the home tells nothing more about a line that was given away until the put_ack"},
    {{"mesi", "L1", "EI", "FORWARD_READ_EX", "next state"}, "the same"},
    {{"mesi", "home", "S", "PUT_STALE", "DROP_SHARER"}, "one invalidation more than needed is sent later"},
};

static bool is_harmless(const struct edit *e)
{
    for (uint32_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++) {
        const struct edit *h = &harmless[i].edit;
        if (strcmp(h->protocol, e->protocol) == 0 && strcmp(h->side, e->side) == 0 &&
            (strcmp(h->state, "*") == 0 || strcmp(h->state, e->state) == 0) &&
            (strcmp(h->event, "*") == 0 || strcmp(h->event, e->event) == 0) && strcmp(h->what, e->what) == 0)
            return true;
    }
    return false;
}

static struct l1_protocol l1_edited;
static struct home_protocol home_edited;
/* The quick tier tries every sixth edit. */
#define EDIT_STRIDE 6u
static uint32_t n_edits, n_tried, n_caught, n_harmless, n_wrong;

static bool caught(uint32_t protocol)
{
    for (uint32_t i = 0; i < SYSTEMS; i++) {
        if (systems[i].protocol != protocol || systems[i].full || systems[i].beside)
            continue;
        struct explorer e = explorer_of(&systems[i]);
        e.l1 = &l1_edited;
        e.home = &home_edited;
        if (!xp_explore(&e) && strcmp(e.wrong, "room") != 0)
            return true;
    }
    return false;
}

static void try_edit(uint32_t protocol, const struct edit *e)
{
    if (n_edits++ % EDIT_STRIDE != 0 && !full_tier)
        return;
    bool found = caught(protocol), listed = is_harmless(e);
    n_tried++;
    n_caught += found;
    n_harmless += !found && listed;
    if (found != listed)
        return;
    n_wrong++;
    print_message("%s: {\"%s\", \"%s\", \"%s\", \"%s\", \"%s\"}\n",
                  found ? "listed as harmless, but caught" : "not caught", e->protocol, e->side, e->state, e->event,
                  e->what);
}

static void without_action(struct protocol_row *row, uint32_t i)
{
    for (; i + 1 < ROW_ACTIONS; i++)
        row->actions[i] = row->actions[i + 1];
    row->actions[ROW_ACTIONS - 1] = 0;
}

/* Every action taken away, every change of state left out. */
static void edit_row(uint32_t protocol, struct protocol_row *row, struct edit e, uint8_t state,
                     const char *const *action_names)
{
    struct protocol_row kept = *row;
    if (kept.kind != ROW_GO)
        return;
    for (uint32_t i = 0; i < ROW_ACTIONS && kept.actions[i]; i++) {
        without_action(row, i);
        e.what = action_names[kept.actions[i]];
        try_edit(protocol, &e);
        *row = kept;
    }
    if (kept.next == state)
        return;
    row->next = state;
    e.what = "next state";
    try_edit(protocol, &e);
    *row = kept;
}

static void edit_tables(uint32_t protocol)
{
    l1_edited = *l1_protocol_of(protocol);
    home_edited = *home_protocol_of(protocol);
    for (uint8_t i = 0; i < L1_STATE_COUNT; i++)
        for (uint32_t k = 0; k < L1_EVENT_COUNT; k++)
            edit_row(protocol, &l1_edited.row[i][k],
                     (struct edit) {l1_edited.name, "L1", l1_state_names[i], l1_event_names[k], NULL}, i,
                     l1_action_names);
    for (uint8_t i = 0; i < HOME_STATE_COUNT; i++)
        for (uint32_t k = 0; k < HOME_EVENT_COUNT; k++)
            edit_row(protocol, &home_edited.row[i][k],
                     (struct edit) {home_edited.name, "home", home_state_names[i], home_event_names[k], NULL}, i,
                     home_action_names);
}

static void every_edit_of_a_table_is_caught_or_known_to_be_harmless(void **state)
{
    (void)state;
    n_edits = n_tried = n_caught = n_harmless = n_wrong = 0;
    edit_tables(PROTOCOL_VI);
    edit_tables(PROTOCOL_MESI);
    print_message("%u edits, %u tried: %u caught, %u harmless\n", n_edits, n_tried, n_caught, n_harmless);
    assert_int_equal(n_wrong, 0);
}

/* What it shares may have been sent before a store that was done before the load began. */
static void a_bypassing_load_must_not_share_a_read_that_is_older(void **state)
{
    (void)state;
    static const struct system two = {"", PROTOCOL_MESI, 2, 1, 2, .old = 1};
    static const struct protocol_row shares = GO(L1_I, L1_DO_READ_PASS);
    struct explorer e = explorer_of(&two);
    l1_edited = l1_mesi;
    l1_edited.row[L1_I][L1_ON_LOAD_BYPASS] = shares;
    e.l1 = &l1_edited;
    assert_false(xp_explore(&e));
    assert_string_equal(e.wrong, "value");
}

int main(int argc, char **argv)
{
    full_tier = argc > 1 && strcmp(argv[1], "full") == 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rule_holds_in_every_state_of_small_systems),
        cmocka_unit_test(every_pair_of_state_and_event_is_reached_or_declared_impossible),
        cmocka_unit_test(every_edit_of_a_table_is_caught_or_known_to_be_harmless),
        cmocka_unit_test(a_bypassing_load_must_not_share_a_read_that_is_older),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
