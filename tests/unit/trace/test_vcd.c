/* SPDX-License-Identifier: Apache-2.0 */
/* test_vcd.c - waveforms: what is written is what changed, in the fewest bytes, readable by GTKWave's tools. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <unistd.h>

#include "sim/base/error.h"
#include "sim/base/rng.h"
#include "sim/trace/vcd.h"
#include "tests/unit/trace/vcd_reader.h"

#define PERIOD 1000u

static const char *const states[] = {"off", "compute", "wait", "guard", "toggle"};

static char folder[] = "/tmp/bpsim-vcd-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    DIR *dir = opendir(folder);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        char *path = mem_printf("%s/%s", folder, e->d_name);
        unlink(path);
        free(path);
    }
    closedir(dir);
    return rmdir(folder);
}

static char *in_folder(const char *name)
{
    return mem_printf("%s/%s", folder, name);
}

struct machine {
    uint32_t phase, bit[12], state[12], link;
};

/* Declared backwards when asked: the file must not show it. */
static void declare(const struct probe *p, struct machine *m, bool backwards)
{
    for (int k = 0; k < 12; k++) {
        int i = backwards ? 11 - k : k;
        char *scope = mem_printf("chip0.unit%d", i);
        m->state[i] = p->declare(p->self, scope, "state", PROBE_TEXT, 5, states);
        m->bit[i] = p->declare(p->self, scope, "bit", PROBE_BIT, 1, NULL);
        free(scope);
    }
    m->phase = p->declare(p->self, "chip0", "phase", PROBE_VECTOR, 32, NULL);
    m->link = p->declare(p->self, "chip0.noc.r0-r1", "busy", PROBE_BIT, 1, NULL);
}

/* The same random run whatever order the variables report in. */
static void report_run(const struct probe *p, const struct machine *m, bool backwards)
{
    for (int k = 0; k < 12; k++) {
        int i = backwards ? 11 - k : k;
        struct rng r;
        rng_init(&r, 3, states[i % 5]);
        for (uint64_t t = 0; t < 200; t += 1 + rng_next(&r) % 7) {
            probe_change(p, m->bit[i], t * PERIOD, rng_next(&r) & 1);
            probe_change(p, m->state[i], t * PERIOD, rng_next(&r) % 5);
        }
    }
    for (uint64_t t = 0; t < 200; t += 10) {
        probe_change(p, m->phase, t * PERIOD, t / 10);
        probe_change(p, m->link, t * PERIOD, 1);
        probe_change(p, m->link, t * PERIOD + 3 * PERIOD, 0);
    }
}

static void write_run(const char *path, const char *scope, uint64_t from, uint64_t to, bool backwards)
{
    struct diag d;
    struct vcd *v;
    struct machine m;
    struct vcd_options o = {.path = path,
                            .scopes = &scope,
                            .n_scopes = scope != NULL,
                            .window_from = from,
                            .window_to = to,
                            .period_fs = PERIOD,
                            .producer = "bpsim test"};
    diag_init(&d);
    assert_int_equal(vcd_open(&v, &o, &d), SIM_OK);
    declare(vcd_probe(v), &m, backwards);
    report_run(vcd_probe(v), &m, backwards);
    assert_int_equal(vcd_finish(v, 250 * PERIOD, NULL, &d), SIM_OK);
    diag_free(&d);
}

static void same_changes(const struct read_vcd *a, const struct read_vcd *b)
{
    assert_int_equal(a->n_changes, b->n_changes);
    for (size_t i = 0; i < a->n_changes; i++) {
        assert_int_equal(a->changes[i].time, b->changes[i].time);
        assert_string_equal(a->changes[i].name, b->changes[i].name);
        assert_string_equal(a->changes[i].value, b->changes[i].value);
    }
}

static void the_file_is_byte_exact(void **state)
{
    (void)state;
    char *path = in_folder("exact.vcd");
    struct diag d;
    struct vcd *v;
    struct vcd_options o = {.path = path, .period_fs = PERIOD, .producer = "bpsim 1"};
    diag_init(&d);
    assert_int_equal(vcd_open(&v, &o, &d), SIM_OK);
    const struct probe *p = vcd_probe(v);
    uint32_t s = p->declare(p->self, "chip0.unit0", "state", PROBE_TEXT, 5, states);
    uint32_t b = p->declare(p->self, "chip0.unit0", "bit", PROBE_BIT, 1, NULL);
    uint32_t n = p->declare(p->self, "chip0", "phase", PROBE_VECTOR, 8, NULL);
    probe_change(p, s, 0, 2);
    probe_change(p, s, 2000, 4);
    probe_change(p, b, 1000, 1);
    probe_change(p, b, 2000, 0);
    probe_change(p, b, 2000, 1); /* back within one instant: no change at all */
    probe_change(p, n, 2000, 5);
    assert_int_equal(vcd_finish(v, 3000, NULL, &d), SIM_OK);
    char *text = slurp(path);
    assert_string_equal(text, "$version bpsim 1 $end\n$timescale 1 fs $end\n"
                              "$comment codes of state: 0=off 1=compute 2=wait 3=guard 4=toggle $end\n"
                              "$scope module chip0 $end\n$var wire 8 ! phase [7:0] $end\n"
                              "$scope module unit0 $end\n$var wire 1 \" bit $end\n$var wire 3 # state [2:0] $end\n"
                              "$upscope $end\n$upscope $end\n$enddefinitions $end\n"
                              "#0\n$dumpvars\nb0 !\n0\"\nb10 #\n$end\n#1000\n1\"\n#2000\nb101 !\nb100 #\n#3000\n");
    free(text);
    free(path);
    diag_free(&d);
}

static void order_of_declaring_and_reporting_does_not_show(void **state)
{
    (void)state;
    char *a = in_folder("a.vcd");
    char *b = in_folder("b.vcd");
    write_run(a, NULL, 0, 0, false);
    write_run(b, NULL, 0, 0, true);
    char *x = slurp(a);
    char *y = slurp(b);
    assert_string_equal(x, y);
    free(x);
    free(y);
    free(a);
    free(b);
}

static void gzip_holds_the_same_text(void **state)
{
    (void)state;
    char *a = in_folder("c.vcd");
    char *b = in_folder("d.vcd.gz");
    write_run(a, NULL, 0, 0, false);
    write_run(b, NULL, 0, 0, false);
    char *x = slurp(a);
    char *y = slurp(b);
    assert_string_equal(x, y);
    FILE *f = fopen(b, "rb");
    assert_int_equal(fgetc(f), 0x1f);
    fclose(f);
    free(x);
    free(y);
    free(a);
    free(b);
}

static void changes_are_as_short_as_promised(void **state)
{
    (void)state;
    char *a = in_folder("e.vcd");
    write_run(a, NULL, 0, 0, false);
    struct read_vcd *v = read_vcd(a);
    assert_true(v->scalar_changes > 100);
    assert_true(v->scalar_bytes <= 4 * v->scalar_changes);
    assert_true(v->vector_over <= 5);
    read_vcd_free(v);
    free(a);
}

static void a_scope_keeps_what_matches_and_nothing_else(void **state)
{
    (void)state;
    static const struct {
        const char *glob;
        size_t variables;
    } cases[] = {{"chip0.unit1*", 6}, {"*.bit", 12}, {"chip0", 26}, {"chip0.noc", 1}, {"chip0.phase", 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *a = in_folder("f.vcd");
        write_run(a, cases[i].glob, 0, 0, false);
        struct read_vcd *v = read_vcd(a);
        assert_int_equal(v->n_names, cases[i].variables);
        read_vcd_free(v);
        free(a);
    }
}

static void a_scope_that_matches_nothing_is_an_error(void **state)
{
    (void)state;
    char *a = in_folder("none.vcd");
    const char *scope = "chip7";
    struct diag d;
    struct vcd *v;
    struct machine m;
    struct vcd_options o = {.path = a, .scopes = &scope, .n_scopes = 1, .period_fs = PERIOD, .producer = "bpsim test"};
    diag_init(&d);
    assert_int_equal(vcd_open(&v, &o, &d), SIM_OK);
    declare(vcd_probe(v), &m, false);
    report_run(vcd_probe(v), &m, false);
    assert_int_equal(vcd_finish(v, 250 * PERIOD, NULL, &d), SIM_ERR_INPUT);
    assert_int_equal(d.count, 1);
    assert_int_not_equal(access(a, F_OK), 0);
    diag_free(&d);
    free(a);
}

/* Value of a variable at a time, from the changes. */
static const char *value_at(const struct read_vcd *v, const char *name, uint64_t time)
{
    const char *value = "0";
    for (size_t i = 0; i < v->n_changes && v->changes[i].time <= time; i++) {
        if (strcmp(v->changes[i].name, name) == 0) {
            value = v->changes[i].value;
        }
    }
    return value;
}

static void a_window_begins_with_the_values_it_finds(void **state)
{
    (void)state;
    char *a = in_folder("g.vcd");
    char *b = in_folder("h.vcd");
    write_run(a, NULL, 0, 0, false);
    write_run(b, NULL, 50, 90, false);
    struct read_vcd *all = read_vcd(a);
    struct read_vcd *part = read_vcd(b);
    size_t inside = 0;
    for (size_t i = 0; i < all->n_changes; i++) {
        inside += all->changes[i].time > 50 * PERIOD && all->changes[i].time < 90 * PERIOD;
    }
    assert_int_equal(part->n_changes, inside + part->n_names);
    assert_int_equal(part->end, 90 * PERIOD);
    for (size_t i = 0; i < part->n_changes; i++) {
        const struct read_change *c = &part->changes[i];
        assert_true(c->time >= 50 * PERIOD && c->time < 90 * PERIOD);
        assert_string_equal(c->value, value_at(all, c->name, c->time));
    }
    read_vcd_free(all);
    read_vcd_free(part);
    free(a);
    free(b);
}

static void an_unwritable_place_is_an_error_at_the_start(void **state)
{
    (void)state;
    struct diag d;
    struct vcd *v;
    struct vcd_options o = {.path = "/nonexistent/folder/x.vcd", .period_fs = PERIOD, .producer = "bpsim test"};
    diag_init(&d);
    assert_int_equal(vcd_open(&v, &o, &d), SIM_ERR_IO);
    assert_null(v);
    assert_int_equal(d.count, 1);
    vcd_abort(v);
    diag_free(&d);
}

static void an_aborted_waveform_leaves_nothing(void **state)
{
    (void)state;
    char *a = in_folder("aborted.vcd");
    struct diag d;
    struct vcd *v;
    struct vcd_options o = {.path = a, .period_fs = PERIOD, .producer = "bpsim test"};
    diag_init(&d);
    assert_int_equal(vcd_open(&v, &o, &d), SIM_OK);
    vcd_abort(v);
    DIR *dir = opendir(folder);
    for (struct dirent *e; (e = readdir(dir));) {
        assert_null(strstr(e->d_name, "aborted"));
    }
    closedir(dir);
    diag_free(&d);
    free(a);
}

static void the_save_file_groups_and_translates(void **state)
{
    (void)state;
    char *a = in_folder("i.vcd.gz");
    char *save = in_folder("i.gtkw");
    char *table = in_folder("i.state.txt");
    write_run(a, NULL, 0, 0, false);
    char *text = slurp(save);
    assert_non_null(text);
    assert_int_equal(strncmp(text, "[dumpfile] \"i.vcd.gz\"\n", 22), 0);
    assert_non_null(strstr(text, "@800200\n-phase\n@24\n+{chip0/phase} chip0.phase[31:0]\n@1000200\n-phase\n"));
    assert_non_null(strstr(text, "@2028\n^1 i.state.txt\n+{chip0/unit11/state} chip0.unit11.state[2:0]\n"));
    assert_non_null(strstr(text, "@c00200\n-chip0.noc.r0-r1\n@28\nchip0.noc.r0-r1.busy\n"));
    char *codes = slurp(table);
    assert_string_equal(codes, "000 off\n001 compute\n010 wait\n011 guard\n100 toggle\n");
    free(codes);
    free(text);
    free(table);
    free(save);
    free(a);
}

static void warps_share_a_table_and_stay_with_their_unit(void **state)
{
    (void)state;
    static const char *const names[] = {"chip0.unit0", "chip0.unit1"};
    char *a = in_folder("w.vcd"), *save = in_folder("w.gtkw"), *table = in_folder("w.warp.txt");
    struct diag d;
    struct vcd *v;
    struct vcd_options o = {.path = a, .period_fs = PERIOD, .producer = "bpsim test"};
    diag_init(&d);
    assert_int_equal(vcd_open(&v, &o, &d), SIM_OK);
    const struct probe *p = vcd_probe(v);
    for (int i = 0; i < 2; i++) {
        p->declare(p->self, names[i], "state", PROBE_TEXT, 5, states);
        p->declare(p->self, names[i], "warp0", PROBE_TEXT, 3, states);
        p->declare(p->self, names[i], "warp11", PROBE_TEXT, 3, states);
        p->declare(p->self, names[i], "l1_misses", PROBE_VECTOR, 4, NULL);
    }
    assert_int_equal(vcd_finish(v, 1000, NULL, &d), SIM_OK);
    char *text = slurp(save);
    assert_non_null(
        strstr(text, "@800200\n-state\n@2028\n^1 w.state.txt\n+{chip0/unit0/state} chip0.unit0.state[2:0]\n"));
    assert_non_null(strstr(text, "@c00200\n-l1_misses\n@24\n+{chip0/unit0/l1_misses} chip0.unit0.l1_misses[3:0]\n@24\n"
                                 "+{chip0/unit1/l1_misses} chip0.unit1.l1_misses[3:0]\n@1000200\n-l1_misses\n"));
    assert_non_null(strstr(text, "@c00200\n-chip0.unit1\n@2028\n^1 w.warp.txt\nchip0.unit1.warp0[1:0]\n@2028\n"
                                 "^1 w.warp.txt\nchip0.unit1.warp11[1:0]\n@1000200\n-chip0.unit1\n"));
    assert_int_equal(access(table, F_OK), 0);
    free(text);
    free(table);
    free(save);
    free(a);
    diag_free(&d);
}

static void links_share_one_table_of_codes(void **state)
{
    (void)state;
    char *a = in_folder("l.vcd");
    char *one = in_folder("l.class.txt");
    struct diag d;
    struct vcd *v;
    struct vcd_options o = {.path = a, .period_fs = PERIOD, .producer = "bpsim test"};
    diag_init(&d);
    assert_int_equal(vcd_open(&v, &o, &d), SIM_OK);
    const struct probe *p = vcd_probe(v);
    p->declare(p->self, "chip0.noc", "r0-r1_class", PROBE_TEXT, 3, states);
    p->declare(p->self, "chip0.noc", "r1-r0_class", PROBE_TEXT, 3, states);
    assert_int_equal(vcd_finish(v, 1000, NULL, &d), SIM_OK);
    char *text = slurp(a);
    char *first = strstr(text, "$comment codes of class:");
    assert_non_null(first);
    assert_null(strstr(first + 1, "$comment codes"));
    assert_int_equal(access(one, F_OK), 0);
    free(text);
    free(one);
    free(a);
    diag_free(&d);
}

static void gtkwave_s_tools_read_the_same_changes(void **state)
{
    (void)state;
    if (system("command -v vcd2fst >/dev/null && command -v fst2vcd >/dev/null") != 0) {
        skip();
    }
    char *a = in_folder("j.vcd");
    char *b = in_folder("k.vcd");
    write_run(a, NULL, 0, 0, false);
    char *command = mem_printf("vcd2fst %s %s/j.fst >/dev/null && fst2vcd %s/j.fst >%s", a, folder, folder, b);
    assert_int_equal(system(command), 0);
    struct read_vcd *x = read_vcd(a);
    struct read_vcd *y = read_vcd(b);
    same_changes(x, y);
    assert_true(x->n_changes > 500);
    read_vcd_free(x);
    read_vcd_free(y);
    free(command);
    free(a);
    free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_is_byte_exact),
        cmocka_unit_test(order_of_declaring_and_reporting_does_not_show),
        cmocka_unit_test(gzip_holds_the_same_text),
        cmocka_unit_test(changes_are_as_short_as_promised),
        cmocka_unit_test(a_scope_keeps_what_matches_and_nothing_else),
        cmocka_unit_test(a_scope_that_matches_nothing_is_an_error),
        cmocka_unit_test(a_window_begins_with_the_values_it_finds),
        cmocka_unit_test(an_unwritable_place_is_an_error_at_the_start),
        cmocka_unit_test(an_aborted_waveform_leaves_nothing),
        cmocka_unit_test(the_save_file_groups_and_translates),
        cmocka_unit_test(links_share_one_table_of_codes),
        cmocka_unit_test(warps_share_a_table_and_stay_with_their_unit),
        cmocka_unit_test(gtkwave_s_tools_read_the_same_changes),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
