/* SPDX-License-Identifier: Apache-2.0 */
/* test_report.c - the files of a run as docs/formats/results.md has them, and the table on the terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/error.h"
#include "sim/report/report.h"
#include "sim/report/report_units.h"

static void add_run(struct report *r, const char *policy, const char *start, uint64_t makespan)
{
    struct run_result *run = VEC_PUSH(r, runs);
    run_result_init(run);
    run->machine = mem_printf("phase.%s", policy);
    run->name = mem_printf("phase.%s.%s", policy, start);
    run->kind = mem_strdup("phase");
    run->policy = mem_strdup(policy);
    run->start = mem_strdup(start);
    run->makespan_cycles = makespan;
    run->clock_hz = 1755000000;
    run->period_fs = 569801;
    run->macs_executed = 64 * makespan;
    run->macs_padded = 64 * makespan;
    run->macs_per_cycle = 64;
    run->lower_bound = makespan / 2;
    run->lower_bound_by = mem_strdup("compute");
    run->schedule_bound = makespan - makespan / 10;
    run->output_checksum = 0xabcdu;
    for (int i = 0; i < 2; i++) {
        struct result_unit *u = VEC_PUSH(run, units);
        memset(u, 0, sizeof *u);
        u->name = mem_printf("chip0.unit%d", i);
        u->account.cycles[CAUSE_COMPUTE_USEFUL] = makespan / 2;
        u->account.cycles[CAUSE_MEMORY_DRAM] = makespan - makespan / 2;
        u->account.on_cycles = makespan / 2;
    }
    struct result_link *l = VEC_PUSH(run, links);
    memset(l, 0, sizeof *l);
    l->id = mem_strdup("chip0.noc.r0-r1");
    l->from = mem_strdup("chip0.r0");
    l->to = mem_strdup("chip0.r1");
    l->type = LINK_NOC;
    l->classes[CLASS_DATA] =
        (struct link_account) {.payload = 100, .padding = 28, .entered = 128, .left = 128, .busy_cycles = 1};
    l->classes[CLASS_CONTROL] = (struct link_account) {.payload = 128, .entered = 128, .left = 128, .busy_cycles = 1};
    l = VEC_PUSH(run, links);
    memset(l, 0, sizeof *l);
    l->id = mem_strdup("chip0-chip1");
    l->from = mem_strdup("chip0");
    l->to = mem_strdup("chip1");
    l->type = LINK_CHIP;
    *VEC_PUSH(run, phases) = (struct result_phase) {.length = makespan, .units_on = 2, .tasks = 2, .transfers = 1};
    *VEC_PUSH(run, events) = (struct result_event) {mem_strdup("macs"), 64 * makespan};
    *VEC_PUSH(run, conflicts) = (struct result_conflict) {mem_strdup("chip0.hbm0"), mem_strdup("row"), 3};
    *VEC_PUSH(run, conflicts) = (struct result_conflict) {mem_strdup("chip0.hbm0"), mem_strdup("turnaround"), 1};
    *VEC_PUSH(r, hosts) = (struct report_host) {.cpu_seconds = 0.5, .peak_bytes = 120000000};
}

static const struct silicon_item phase_silicon[] = {
    {"matrix engines", "MAC/cycle", 1024, 1024}, {"local timers", "1", 0, 16}, {"hbm", "B/s", 7, 7}};
static const struct silicon_item dynamic_silicon[] = {
    {"matrix engines", "MAC/cycle", 1024, 1024}, {"warp_schedulers", "1", 64, 64}, {"hbm", "B/s", 7, 7}};

static void add_dynamic_run(struct report *r, const char *preset, const char *start, uint64_t makespan)
{
    add_run(r, "list", start, makespan);
    struct run_result *run = &r->runs[r->n_runs - 1];
    free(run->machine);
    free(run->name);
    free(run->kind);
    free(run->policy);
    run->machine = mem_printf("dynamic.%s", preset);
    run->name = mem_printf("dynamic.%s.%s", preset, start);
    run->kind = mem_strdup("dynamic");
    run->policy = mem_strdup("");
    run->preset = mem_strdup(preset);
    run->schedule_bound = 0;
    run->n_phases = 0;
    *VEC_PUSH(run, conflicts) = (struct result_conflict) {mem_strdup("chip0.l2.0"), mem_strdup("bank"), 12345};
    *VEC_PUSH(run, conflicts) = (struct result_conflict) {mem_strdup("chip0.l2.1"), mem_strdup("bank"), 5};
    *VEC_PUSH(run, conflicts) = (struct result_conflict) {mem_strdup("chip0.l2.1"), mem_strdup("set"), 0};
}

/* Cold: 4000, 3000 and 2000 cycles; dynamic 5000 and 4500. Steady: 3600, 2700, 1800; dynamic 3000 and 3500. */
static void add_dynamic(struct report *r)
{
    static const char *const presets[] = {"gpu-today", "gpu-persistent"};
    for (int i = 0; i < 2; i++) {
        char *machine = mem_printf("dynamic.%s", presets[i]);
        report_add_machine(r, machine, dynamic_silicon, 3);
        free(machine);
        add_dynamic_run(r, presets[i], "cold", 5000 - 500 * (uint64_t)i);
        add_dynamic_run(r, presets[i], "steady", 3000 + 500 * (uint64_t)i);
    }
}

static void make(struct report *r)
{
    static const char *const policies[] = {"levels", "barrier", "list"};
    report_init(r);
    r->name = mem_strdup("test");
    r->version = "0.1.0";
    memset(r->config_hash, 'c', 64);
    for (int i = 0; i < 3; i++) {
        char *machine = mem_printf("phase.%s", policies[i]);
        report_add_machine(r, machine, phase_silicon, 3);
        free(machine);
        add_run(r, policies[i], "cold", 1000 * (uint64_t)(4 - i));
        add_run(r, policies[i], "steady", 900 * (uint64_t)(4 - i));
    }
}

static void results_json_has_the_contract_s_keys_in_order(void **state)
{
    (void)state;
    static const char *const keys[] = {"\"schema_version\": 1,",
                                       "\"name\": \"test\"",
                                       "\"bpsim_version\"",
                                       "\"config_hash\"",
                                       "\"warnings\"",
                                       "\"silicon\"",
                                       "\"machines\"",
                                       "\"phase.levels.cold\"",
                                       "\"kind\": \"phase\"",
                                       "\"policy\": \"levels\"",
                                       "\"start\": \"cold\"",
                                       "\"makespan_cycles\": 4000",
                                       "\"clock_hz\"",
                                       "\"period_fs\"",
                                       "\"time_ns\": 2279.204",
                                       "\"macs_executed\"",
                                       "\"macs_padded\"",
                                       "\"work_hash\"",
                                       "\"tasks_hash\"",
                                       "\"output_checksum\": \"000000000000abcd\"",
                                       "\"numeric_checksum\"",
                                       "\"lower_bound\": {\"cycles\": 2000, \"by\": \"compute\"}",
                                       "\"schedule_bound\": 3600",
                                       "\"gap\": 1.0",
                                       "\"states\"",
                                       "\"chip0.unit0\": {\"compute.useful\": 2000, \"compute.padding\": 0",
                                       "\"on_cycles\"",
                                       "\"links\"",
                                       "\"injected\"",
                                       "\"delivered\"",
                                       "\"replicated\"",
                                       "\"byte_hops\"",
                                       "\"conflicts\"",
                                       "\"chip0.hbm0\": {\"row\": 3, \"turnaround\": 1}",
                                       "\"events\"",
                                       "\"energy_pj\": {}",
                                       "\"phases\": 1",
                                       "\"interrupted\": false",
                                       "\"phase.levels.steady\""};
    struct report r;
    struct text t = {0};
    make(&r);
    report_json(&r, &t);
    const char *at = t.s;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const char *found = strstr(at, keys[i]);
        if (!found) {
            fail_msg("%s is missing or out of order", keys[i]);
        }
        at = found;
    }
    text_free(&t);
    report_free(&r);
}

static void only_list_has_local_timers(void **state)
{
    (void)state;
    struct report r;
    struct text t = {0};
    make(&r);
    report_json(&r, &t);
    assert_non_null(
        strstr(t.s, "\"values\": {\"phase.levels\": 0, \"phase.barrier\": 0, \"phase.list\": 16}, \"equal\": false}"));
    assert_non_null(strstr(
        t.s, "\"values\": {\"phase.levels\": 1024, \"phase.barrier\": 1024, \"phase.list\": 1024}, \"equal\": true}"));
    text_free(&t);
    report_free(&r);
}

static void a_dynamic_run_has_its_preset_and_neither_phases_nor_schedule_bound(void **state)
{
    (void)state;
    struct report r;
    struct text t = {0};
    make(&r);
    add_dynamic(&r);
    report_json(&r, &t);
    static const char *const keys[] = {
        "\"dynamic.gpu-today.cold\": {",
        "\"kind\": \"dynamic\",\n      \"preset\": \"gpu-today\",\n      \"start\": \"cold\"",
        "\"schedule_bound\": null",
        "\"against_dynamic\": 1.1111111111111112",
        "\"chip0.l2.0\": {\"bank\": 12345}",
        "\"phases\": 0",
        "\"dynamic.gpu-today.steady\"",
        "\"against_dynamic\": 1.0"};
    const char *at = t.s;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const char *found = strstr(at, keys[i]);
        if (!found) {
            fail_msg("%s is missing or out of order", keys[i]);
        }
        at = found;
    }
    const char *phase = strstr(t.s, "\"phase.list.steady\"");
    assert_non_null(strstr(phase, "\"against_dynamic\": 0.6"));
    text_free(&t);
    report_free(&r);
}

static void rows_of_one_name_are_one_line_of_the_budget(void **state)
{
    (void)state;
    struct report r;
    struct text t = {0};
    make(&r);
    add_dynamic(&r);
    report_json(&r, &t);
    assert_int_equal(r.n_silicon, 4); /* in the order of both machines */
    assert_string_equal(r.silicon[1].item, "warp_schedulers");
    assert_string_equal(r.silicon[3].item, "hbm");
    assert_non_null(
        strstr(t.s, "\"phase.list\": 16, \"dynamic.gpu-today\": 0, \"dynamic.gpu-persistent\": 0}, \"equal\": false"));
    assert_non_null(
        strstr(t.s, "\"phase.list\": 0, \"dynamic.gpu-today\": 64, \"dynamic.gpu-persistent\": 64}, \"equal\": false"));
    assert_non_null(
        strstr(t.s, "\"phase.list\": 7, \"dynamic.gpu-today\": 7, \"dynamic.gpu-persistent\": 7}, \"equal\": true"));
    t.n = 0;
    struct report_style style = {.width = 120};
    report_silicon_table(&r, &style, &t);
    assert_non_null(strstr(t.s, "warp_schedulers   <> differs"));
    assert_null(strstr(t.s, "hbm, B/s   <> differs"));
    assert_non_null(strstr(t.s, "and gpu-persistent")); /* under dynamic.gpu-today: one column for both */
    text_free(&t);
    report_free(&r);
}

static const char *row_of(const struct text *t, const char *label)
{
    const char *at = strstr(t->s, label);
    if (!at) {
        fail_msg("no row %s", label);
    }
    return at;
}

static void row_has(const struct text *t, const char *label, const char *what)
{
    const char *at = row_of(t, label);
    const char *found = strstr(at, what);
    if (!found || found > at + strcspn(at, "\n")) {
        fail_msg("not in the row %s: %s", label, what);
    }
}

static void the_table_holds_all_machines_against_the_fastest_dynamic_one(void **state)
{
    (void)state;
    struct report r;
    struct text t = {0};
    struct report_style style = {.width = 200};
    make(&r);
    add_dynamic(&r);
    report_table(&r, &style, &t);
    if (getenv("SHOW")) {
        report_silicon_table(&r, &style, &t);
        fputs(t.s, stderr);
    }
    row_has(&t, "makespan, cycles", "5,000");
    row_has(&t, "time / fastest dynamic", "0.889"); /* levels cold: 4000 / 4500 */
    row_has(&t, "time / fastest dynamic", "1.200"); /* levels steady: 3600 / 3000 */
    row_has(&t, "time / fastest dynamic", "1.167"); /* gpu-persistent steady */
    row_has(&t, "phases", " - ");
    row_has(&t, "  bank", "12,350"); /* of all places */
    row_has(&t, "  bank", " - ");
    assert_null(strstr(t.s, "  set\n"));
    row_has(&t, "  schedule bound, cycles", " - ");
    text_free(&t);
    report_free(&r);
}

static void dynamic_machines_alone_have_no_row_of_phases(void **state)
{
    (void)state;
    struct report r;
    struct text t = {0};
    struct report_style style = {.width = 100};
    report_init(&r);
    r.name = mem_strdup("test");
    add_dynamic(&r);
    report_table(&r, &style, &t);
    assert_null(strstr(t.s, "phases"));
    row_has(&t, "time / fastest dynamic", "1.000");
    t.n = 0;
    report_phases_csv(&r, &t);
    assert_string_equal(t.s, "machine,phase,start_cycle,length_cycles,units_on,tasks,transfers\n");
    text_free(&t);
    report_free(&r);
}

static void phase_machines_alone_are_compared_with_nobody(void **state)
{
    (void)state;
    struct report r;
    struct text t = {0};
    struct report_style style = {.width = 100};
    make(&r);
    report_table(&r, &style, &t);
    report_summary_csv(&r, &t);
    assert_null(strstr(t.s, "dynamic"));
    t.n = 0;
    report_json(&r, &t);
    assert_non_null(strstr(t.s, "\"against_dynamic\": null"));
    text_free(&t);
    report_free(&r);
}

static void a_part_of_a_run_is_no_opponent(void **state)
{
    (void)state;
    struct report r;
    make(&r);
    add_dynamic(&r);
    assert_true(report_against_dynamic(&r, &r.runs[0]) == 4000.0 / 4500);
    r.runs[8].interrupted = true; /* gpu-persistent, cold */
    assert_true(report_against_dynamic(&r, &r.runs[0]) == 4000.0 / 5000);
    assert_false(report_against_dynamic(&r, &r.runs[8]) < 1e9);
    report_free(&r);
}

static void runs_of_other_work_or_with_other_outputs_are_refused(void **state)
{
    (void)state;
    struct report r;
    struct diag d;
    diag_init(&d);
    make(&r);
    add_dynamic(&r);
    assert_int_equal(report_agree(&r, &d), SIM_OK);
    assert_int_equal(d.count, 0);
    r.runs[7].output_checksum++;
    assert_int_equal(report_agree(&r, &d), SIM_ERR_VIOLATION);
    assert_int_equal(d.count, 1);
    assert_string_equal(d.messages[0].key, "dynamic.gpu-today.steady");
    r.runs[7].interrupted = true; /* it has no outputs yet */
    diag_free(&d);
    diag_init(&d);
    assert_int_equal(report_agree(&r, &d), SIM_OK);
    r.runs[8].work_hash[0] = 'x';
    assert_int_equal(report_agree(&r, &d), SIM_ERR_VIOLATION);
    assert_string_equal(d.messages[0].key, "dynamic.gpu-persistent.cold");
    diag_free(&d);
    report_free(&r);
    report_init(&r);
    diag_init(&d);
    assert_int_equal(report_agree(&r, &d), SIM_OK); /* nothing ran */
    diag_free(&d);
}

static void no_host_time_reaches_a_file(void **state)
{
    (void)state;
    struct report r;
    struct text before = {0};
    struct text after = {0};
    make(&r);
    report_json(&r, &before);
    report_summary_csv(&r, &before);
    r.hosts[0] = (struct report_host) {.cpu_seconds = 77, .peak_bytes = 88};
    report_json(&r, &after);
    report_summary_csv(&r, &after);
    assert_string_equal(before.s, after.s);
    text_free(&before);
    text_free(&after);
    report_free(&r);
}

static void csv_is(void (*write)(const struct report *r, struct text *out), const char *expected)
{
    struct report r;
    struct text t = {0};
    make(&r);
    write(&r, &t);
    if (strncmp(t.s, expected, strlen(expected)) != 0) {
        fail_msg("got:\n%.*s\nexpected:\n%s", (int)strlen(expected), t.s, expected);
    }
    text_free(&t);
    report_free(&r);
}

static void summary_csv_begins_as_documented(void **state)
{
    (void)state;
    csv_is(report_summary_csv, "machine,start,metric,value,unit\n"
                               "phase.levels,cold,makespan,4000,cycles\n"
                               "phase.levels,cold,time,2279.204,ns\n"
                               "phase.levels,cold,utilisation,0.5,1\n"
                               "phase.levels,cold,lower_bound,2000,cycles\n"
                               "phase.levels,cold,schedule_bound,3600,cycles\n"
                               "phase.levels,cold,gap,1.0,1\n"
                               "phase.levels,cold,idle.compute.useful,4000,unit-cycles\n"
                               "phase.levels,cold,idle.compute.padding,0,unit-cycles\n"
                               "phase.levels,cold,idle.memory.l1,0,unit-cycles\n");
}

static void the_other_csv_files_begin_as_documented(void **state)
{
    (void)state;
    csv_is(report_idle_csv, "machine,unit,cause,cycles\nphase.levels.cold,chip0.unit0,compute.useful,2000\n");
    csv_is(report_links_csv,
           "machine,link,from,to,type,class,payload,header,padding,retry,entered,left,busy_cycles,peak_queue\n"
           "phase.levels.cold,chip0.noc.r0-r1,chip0.r0,chip0.r1,noc,data,100,0,28,0,128,128,1,0\n"
           "phase.levels.cold,chip0.noc.r0-r1,chip0.r0,chip0.r1,noc,control,128,0,0,0,128,128,1,0\n"
           "phase.levels.cold,chip0-chip1,chip0,chip1,chip,data,0,0,0,0,0,0,0,0\n");
    csv_is(report_slots_csv, "machine,link,type,slots,reserved,unused\n"
                             "phase.levels.cold,chip0.noc.r0-r1,noc,4000,2,3998\n"
                             "phase.levels.cold,chip0-chip1,chip,4000,0,4000\n");
    csv_is(report_phases_csv,
           "machine,phase,start_cycle,length_cycles,units_on,tasks,transfers\nphase.levels.cold,0,0,4000,2,2,1\n");
    csv_is(report_conflicts_csv, "machine,place,kind,count\nphase.levels.cold,chip0.hbm0,row,3\n");
}

static size_t longest_line(const char *s)
{
    size_t longest = 0;
    while (*s) {
        size_t n = strcspn(s, "\n");
        longest = n > longest ? n : longest;
        s += n + (s[n] == '\n');
    }
    return longest;
}

static void the_table_fits_the_terminal(void **state)
{
    (void)state;
    for (uint32_t width = 40; width <= 140; width += 10) {
        struct report r;
        struct text t = {0};
        struct report_style style = {.width = width};
        make(&r);
        add_dynamic(&r);
        report_table(&r, &style, &t);
        assert_true(longest_line(t.s) <= width || width < 60);
        assert_null(strchr(t.s, '\033'));
        text_free(&t);
        report_free(&r);
    }
}

static void six_runs_stand_side_by_side_in_100_columns(void **state)
{
    (void)state;
    struct report r;
    struct text t = {0};
    struct report_style style = {.width = 100};
    make(&r);
    report_table(&r, &style, &t);
    if (getenv("SHOW")) {
        report_silicon_table(&r, &style, &t);
        fputs(t.s, stderr);
    }
    char *first = strstr(t.s, "makespan, cycles");
    assert_non_null(first);
    assert_null(strstr(first + 1, "makespan, cycles"));
    assert_non_null(strstr(t.s, "the same in all runs"));
    text_free(&t);
    report_free(&r);
}

static void a_checksum_that_differs_is_shouted(void **state)
{
    (void)state;
    struct report r;
    struct text t = {0};
    struct report_style style = {.width = 100};
    make(&r);
    r.runs[3].output_checksum++;
    report_table(&r, &style, &t);
    assert_non_null(strstr(t.s, "DIFFERS"));
    text_free(&t);
    report_free(&r);
}

static void explain_names_every_cause(void **state)
{
    (void)state;
    struct report r;
    struct text t = {0};
    struct report_style style = {.width = 100, .explain = true};
    make(&r);
    report_table(&r, &style, &t);
    for (int c = 0; c < CAUSE_COUNT; c++) {
        char *last = NULL;
        for (char *p = t.s; (p = strstr(p, cause_names[c])); p++) {
            last = p;
        }
        assert_non_null(last);
        assert_true(strcspn(last, "\n") > strlen(cause_names[c]) + 5);
    }
    text_free(&t);
    report_free(&r);
}

static void numbers_read_well(void **state)
{
    (void)state;
    char b[REPORT_CELL];
    assert_string_equal(report_count(b, 0), "0");
    assert_string_equal(report_count(b, 999), "999");
    assert_string_equal(report_count(b, 1234567), "1,234,567");
    assert_string_equal(report_count(b, UINT64_MAX), "18,446,744,073,709,551,615");
    assert_string_equal(report_seconds(b, 70.35e-6), "70.3 us");
    assert_string_equal(report_seconds(b, 999.6e-9), "1.00 us");
    assert_string_equal(report_seconds(b, 2.5), "2.50 s");
    assert_string_equal(report_bytes(b, 999), "999 B");
    assert_string_equal(report_bytes(b, 14155776), "14.2 MB");
    assert_string_equal(report_percent(b, 0), "-");
    assert_string_equal(report_percent(b, 0.0001), "<0.1 %");
    assert_string_equal(report_percent(b, 0.1234), "12.3 %");
    assert_string_equal(report_gap(b, 0.081), "+8.1 %");
}

static void files_are_written_whole_under_their_names(void **state)
{
    (void)state;
    char folder[] = "/tmp/bpsim-report-XXXXXX";
    struct report r;
    struct diag d;
    assert_non_null(mkdtemp(folder));
    make(&r);
    diag_init(&d);
    assert_int_equal(report_write_files(&r, folder, &d), SIM_OK);
    static const char *const names[] = {"results.json", "summary.csv", "idle.csv",     "links.csv",
                                        "slots.csv",    "phases.csv",  "conflicts.csv"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct stat st;
        char *path = mem_printf("%s/%s", folder, names[i]);
        assert_int_equal(stat(path, &st), 0);
        assert_true(st.st_size > 0);
        unlink(path);
        free(path);
    }
    assert_int_equal(rmdir(folder), 0); /* nothing else was left in it */
    assert_int_equal(report_write_files(&r, folder, &d), SIM_ERR_IO);
    diag_free(&d);
    report_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_json_has_the_contract_s_keys_in_order),
        cmocka_unit_test(only_list_has_local_timers),
        cmocka_unit_test(a_dynamic_run_has_its_preset_and_neither_phases_nor_schedule_bound),
        cmocka_unit_test(rows_of_one_name_are_one_line_of_the_budget),
        cmocka_unit_test(the_table_holds_all_machines_against_the_fastest_dynamic_one),
        cmocka_unit_test(dynamic_machines_alone_have_no_row_of_phases),
        cmocka_unit_test(phase_machines_alone_are_compared_with_nobody),
        cmocka_unit_test(a_part_of_a_run_is_no_opponent),
        cmocka_unit_test(runs_of_other_work_or_with_other_outputs_are_refused),
        cmocka_unit_test(no_host_time_reaches_a_file),
        cmocka_unit_test(summary_csv_begins_as_documented),
        cmocka_unit_test(the_other_csv_files_begin_as_documented),
        cmocka_unit_test(the_table_fits_the_terminal),
        cmocka_unit_test(six_runs_stand_side_by_side_in_100_columns),
        cmocka_unit_test(a_checksum_that_differs_is_shouted),
        cmocka_unit_test(explain_names_every_cause),
        cmocka_unit_test(numbers_read_well),
        cmocka_unit_test(files_are_written_whole_under_their_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
