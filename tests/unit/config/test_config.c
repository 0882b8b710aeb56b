/* SPDX-License-Identifier: Apache-2.0 */
/* test_config.c - configurations that are right: values, includes, --set, the effective text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/error.h"
#include "sim/base/file.h"
#include "sim/config/config.h"
#include "sim/config/config_reader.h"

#define QUICKSTART BPSIM_SOURCE_DIR "/configs/run/quickstart.yaml"

static void load(struct config *c, const char *path, const char *set, const char *set2)
{
    const char *sets[2] = {set, set2};
    struct diag d;
    diag_init(&d);
    if (config_load(path, sets, (size_t)(set != NULL) + (set2 != NULL), c, &d)) {
        diag_print(&d, stderr);
        fail_msg("%s is refused", path);
    }
    assert_int_equal(d.count, 0);
    diag_free(&d);
}

/* Messages of a load that must fail, as one text. */
static char *refusal(const char *path, const char *set)
{
    struct config c;
    struct diag d;
    char *text = NULL;
    size_t n = 0;
    diag_init(&d);
    assert_int_equal(config_load(path, &set, set != NULL, &c, &d), SIM_ERR_INPUT);
    FILE *f = open_memstream(&text, &n);
    diag_print(&d, f);
    fclose(f);
    diag_free(&d);
    config_free(&c);
    return text;
}

static void refused(const char *path, const char *set, const char *message)
{
    char *text = refusal(path, set);
    assert_string_equal(text, message);
    free(text);
}

static char *effective(const struct config *c)
{
    struct text text = {0};
    config_write(c, &text);
    return text.s;
}

static char *scratch(void)
{
    static char name[64];
    strcpy(name, "/tmp/bpsim-test-XXXXXX");
    assert_non_null(mkdtemp(name));
    return name;
}

static char *write_in(const char *dir, const char *name, const char *text)
{
    struct diag d;
    diag_init(&d);
    char *path = mem_printf("%s/%s", dir, name);
    assert_int_equal(file_write(path, text, strlen(text), &d), SIM_OK);
    diag_free(&d);
    return path;
}

/* ---- the lists themselves ---- */

static void every_row_of_the_lists_makes_sense(void **state)
{
    (void)state;
    uint32_t index = 0;
    struct config c;
    load(&c, QUICKSTART, NULL, NULL);
    for (uint32_t b = 0; b < BLOCK_COUNT; b++) {
        const struct param_block *block = &config_blocks[b];
        assert_int_equal(block->first, index);
        for (uint32_t i = 0; i < block->n_params; i++, index++) {
            const struct param *p = &block->params[i];
            char *key = mem_printf("%s%s%s", block->path, *block->path ? "." : "", p->name);
            struct param_ref ref = param_find(key);
            assert_ptr_equal(ref.param, p);
            assert_int_equal(ref.index, index);
            assert_ptr_equal(param_at(index).param, p);
            assert_true(reader_used(&c, NULL, p) != TRUTH_UNKNOWN);
            assert_true(*p->meaning != '\0');
            free(key);
        }
    }
    assert_int_equal(index, config_param_count());
    assert_null(param_at(index).param);
    config_free(&c);
}

/* ---- values ---- */

static void the_quickstart_means_what_it_says(void **state)
{
    (void)state;
    struct config c;
    load(&c, QUICKSTART, NULL, NULL);
    assert_string_equal(c.top.name, "quickstart");
    assert_int_equal(c.server.chips, 4);
    assert_int_equal(c.fabric.topology, FABRIC_RING);
    assert_true(c.link.bandwidth == 300000000000u && c.link.latency == 500000000u);
    assert_true(c.chip.clock == 1755000000u && clock_period_fs(c.chip.clock) == 569801u);
    assert_int_equal(c.units.rows * c.units.cols, c.units.count);
    assert_int_equal(c.units.macs_per_cycle, 1024);
    assert_int_equal(c.units.sram, 524288);
    assert_int_equal(c.noc.flit, 128);
    assert_true(c.memory.bandwidth == 819200000000u);
    assert_int_equal(c.memory.timing, MEMORY_HBM2E);
    assert_int_equal(c.phase.policy.n, 3);
    assert_int_equal(c.phase.policy.value[2], POLICY_LIST);
    assert_true(c.phase.guard_cycles == PARAM_AUTO32 && c.phase.broadcast_cycles == PARAM_AUTO32);
    assert_int_equal(c.compile.max_burst, 4096);
    assert_int_equal(c.workload.kind, WORKLOAD_TRANSFORMER);
    assert_int_equal(c.workload.layers, 1); /* given; the preset says 12 */
    assert_int_equal(c.workload.heads, 12);
    assert_int_equal(c.workload.d_ff, 3072);
    assert_int_equal(c.parallel.tensor, 4);
    assert_int_equal(c.run.start.n, 2);
    assert_true(c.run.launch == 2300000000u);
    assert_null(c.workload_path);
    config_free(&c);
}

static void auto_becomes_a_number(void **state)
{
    (void)state;
    struct config c;
    load(&c, QUICKSTART, "chip.memory={channels: 4, timing: hbm2}", "workload.parallel=null");
    assert_true(c.memory.bandwidth == 128000000000u);
    assert_int_equal(c.parallel.tensor, 4);
    config_free(&c);
    load(&c, QUICKSTART, "workload={kind: transformer, preset: tiny}", "server.chips=8");
    assert_int_equal(c.parallel.tensor, 4); /* no more chips than heads */
    config_free(&c);
    load(&c, BPSIM_SOURCE_DIR "/configs/run/stg.yaml", NULL, NULL);
    assert_int_equal(c.workload.edge_bytes, 0);
    config_free(&c);
    load(&c, BPSIM_SOURCE_DIR "/configs/run/plain.yaml", NULL, NULL);
    assert_int_equal(c.workload.edge_bytes, 4096);
    config_free(&c);
}

static void drift_gives_the_guard_that_it_needs(void **state)
{
    (void)state;
    struct config c;
    load(&c, QUICKSTART, "machines.phase.drift_ppb=[-1000, 0, 500, 1001]", NULL);
    assert_int_equal(phase_drift_ppb(&c.phase, 3), 1001);
    assert_true(phase_guard_needed(&c.phase, 4, 1000) == 3 + 1); /* ceil(10^6 x 2001 / 10^9) + 1 */
    config_free(&c);
    load(&c, QUICKSTART, "machines.phase.drift_ppb=700", NULL);
    assert_true(phase_guard_needed(&c.phase, 4, 1000) == 0); /* all drift alike */
    config_free(&c);
    load(&c, QUICKSTART, "machines.phase.drift_ppb=-700000", NULL);
    assert_true(phase_guard_needed(&c.phase, 4, 1500) == 2); /* ceil(1500 x 0.0007): links do not drift with them */
    assert_true(phase_guard_needed(&c.phase, 4, 0) == 0);
    config_free(&c);
    refused(QUICKSTART, "machines.phase={drift_ppb: -700, guard_cycles: 0}",
            "--set: machines.phase.guard_cycles: 0 is less than drift and skew of the chips need; "
            "allowed: 1 and more, or auto\n");
    load(&c, QUICKSTART, "machines.phase={drift_ppb: [-1000, 0, 500, 1001], skew_cycles: [7, 2, 5, 2]}", NULL);
    assert_int_equal(phase_skew(&c.phase, 2), 5);
    assert_true(phase_guard_needed(&c.phase, 4, 1000) == 3 + 1 + 5); /* and counters 5 cycles apart */
    config_free(&c);
    load(&c, QUICKSTART, "machines.phase.skew_cycles=9", NULL);
    assert_true(phase_guard_needed(&c.phase, 4, 1000) == 0); /* all are behind alike */
    config_free(&c);
    refused(QUICKSTART, "machines.phase={drift_ppb: [-1000, 0, 500, 1001], guard_cycles: 3}",
            "--set: machines.phase.guard_cycles: 3 is less than drift and skew of the chips need; "
            "allowed: 4 and more, or auto\n");
}

/* ---- includes and --set ---- */

static void keys_beside_an_include_win(void **state)
{
    (void)state;
    char *dir = scratch();
    char *base = write_in(dir, "base.yaml",
                          "chips: 4\nfabric: { topology: ring, link: { bandwidth: 1 GB/s, latency: 1 ns } }\n");
    char *top = write_in(dir, "top.yaml",
                         "version: 1\nserver:\n  include: base.yaml\n  fabric: { link: { latency: 7 ns } }\n"
                         "chip: { clock: 1 GHz, units: { rows: 1, cols: 1 }, memory: { channels: 1 } }\n"
                         "workload: { kind: random, nodes: 4, edge_prob: 0.5 }\n");
    struct config c;
    load(&c, top, NULL, NULL);
    assert_int_equal(c.server.chips, 4);
    assert_true(c.link.bandwidth == 1000000000u && c.link.latency == 7000000u);
    config_free(&c);
    char *text = refusal(top, "server.fabric.link=null");
    assert_non_null(strstr(text, "top.yaml:4:11: server.fabric.link: is missing"));
    free(text);
    unlink(base);
    unlink(top);
    rmdir(dir);
    free(base);
    free(top);
}

static void later_sets_win_and_null_takes_away(void **state)
{
    (void)state;
    struct config c;
    load(&c, QUICKSTART, "chip.units.rows=2", "chip.units.rows=8");
    assert_int_equal(c.units.rows, 8);
    config_free(&c);
    load(&c, QUICKSTART, "server={chips: 1}", "workload.parallel=~");
    assert_int_equal(c.server.chips, 1);
    config_free(&c);
}

static void errors_of_a_set_name_it(void **state)
{
    (void)state;
    refused(QUICKSTART, "chip.units.rows=0", "--set: chip.units.rows: 0 is outside 1..128\n");
    refused(QUICKSTART, "chip.clock=0", "--set: chip.clock: 0 is outside 1 MHz..100 GHz\n");
    refused(QUICKSTART, "chip.units.sram=0", "--set: chip.units.sram: 0 is outside 4 KiB..1 GiB\n");
    refused(QUICKSTART, "chip.units.row=2",
            "--set: chip.units.row: unknown key; allowed: rows, cols, count, macs_per_cycle, vector_lanes, sram, "
            "sram_read, sram_write, engine; did you mean rows?\n");
    refused(QUICKSTART, "rows", "--set: 'rows' is not of the form key=value\n");
    refused(QUICKSTART, "chip..rows=2",
            "--set: 'chip..rows=2': the key must be a dotted path such as chip.units.rows\n");
    refused(QUICKSTART, "chip.clock=", "--set: chip.clock: has no value; `null` takes a key away\n");
}

static void a_wrong_file_and_a_wrong_set_are_told_together(void **state)
{
    (void)state;
    char *text = refusal(BPSIM_SOURCE_DIR "/tests/fuzz/config/wrong-version.yaml", "run.repeats=0");
    assert_non_null(strstr(text, "wrong-version.yaml:1:10: version: 2 is not supported"));
    assert_non_null(strstr(text, "--set: run.repeats: 0 is outside 1..1000"));
    free(text);
}

/* ---- effective configuration ---- */

static void a_quantity_off_by_one_changes_the_hash(void **state)
{
    (void)state;
    struct config c;
    char a[65], b[65], again[65];
    load(&c, QUICKSTART, NULL, NULL);
    config_hash(&c, a);
    config_free(&c);
    load(&c, QUICKSTART, "server.fabric.link.latency=500000001 fs", NULL);
    config_hash(&c, b);
    config_free(&c);
    load(&c, QUICKSTART, "server.fabric.link.latency=0.0005 ms", NULL);
    config_hash(&c, again);
    config_free(&c);
    assert_string_not_equal(a, b);
    assert_string_equal(a, again);
}

/* Saves what was loaded into a folder of its own, and loads that: the same text must come out. */
static void reads_back(const char *path)
{
    struct config c;
    struct diag d;
    char *dir = scratch();
    char *saved = mem_printf("%s/effective.yaml", dir);
    diag_init(&d);
    load(&c, path, NULL, NULL);
    char *first = effective(&c);
    assert_int_equal(config_save(&c, saved, &d), SIM_OK);
    char *copy = c.workload_path ? mem_printf("%s/%s", dir, strrchr(c.workload.file, '/') + 1) : NULL;
    config_free(&c);
    load(&c, saved, NULL, NULL);
    char *second = effective(&c);
    assert_string_equal(first, second);
    assert_null(strstr(first, BPSIM_SOURCE_DIR));
    config_free(&c);
    unlink(saved);
    if (copy) {
        assert_int_equal(unlink(copy), 0);
    }
    assert_int_equal(rmdir(dir), 0);
    free(first);
    free(second);
    free(saved);
    free(copy);
}

static void every_example_reads_back_to_the_same_text(void **state)
{
    (void)state;
    DIR *dir = opendir(BPSIM_SOURCE_DIR "/configs/run");
    int count = 0;
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        if (e->d_name[0] != '.') {
            char *path = mem_printf(BPSIM_SOURCE_DIR "/configs/run/%s", e->d_name);
            reads_back(path);
            free(path);
            count++;
        }
    }
    closedir(dir);
    assert_true(count >= 10);
}

static void a_file_that_changed_since_is_noticed(void **state)
{
    (void)state;
    char *dir = scratch();
    char *stg = write_in(dir, "a.stg", "1\n0 0 0\n1 5 1 0\n2 0 1 1\n");
    char *set = mem_printf("workload={kind: stg, file: %s}", stg);
    struct config c;
    load(&c, QUICKSTART, set, NULL);
    char *sha = mem_strdup(c.workload.file_sha256);
    struct diag d;
    diag_init(&d);
    assert_int_equal(config_save(&c, "elsewhere/a.stg", &d), SIM_ERR_INPUT); /* one name for two files */
    diag_free(&d);
    assert_string_equal(c.workload_path, stg);
    config_free(&c);
    char *pinned = mem_printf("workload={kind: stg, file: %s, file_sha256: %s}", stg, sha);
    load(&c, QUICKSTART, pinned, NULL);
    config_free(&c);
    free(write_in(dir, "a.stg", "1\n0 0 0\n1 6 1 0\n2 0 1 1\n"));
    char *text = refusal(QUICKSTART, pinned);
    assert_non_null(strstr(text, "--set: workload.file_sha256: "));
    assert_non_null(strstr(text, "has another content"));
    free(text);
    unlink(stg);
    rmdir(dir);
    free(sha);
    free(set);
    free(pinned);
    free(stg);
}

/* ---- descriptions ---- */

static void the_page_of_keys_is_the_generated_one(void **state)
{
    (void)state;
    struct text page = {0};
    struct diag d;
    char *data;
    size_t bytes;
    diag_init(&d);
    config_docs_markdown(&page);
    assert_int_equal(file_read(BPSIM_SOURCE_DIR "/docs/config.md", 1 << 20, &data, &bytes, &d), SIM_OK);
    if (strcmp(data, page.s) != 0) {
        fail_msg("docs/config.md is not what `bpsim describe --markdown` prints");
    }
    free(data);
    text_free(&page);
}

static void describe_finds_blocks_and_names_the_nearest(void **state)
{
    (void)state;
    struct text text = {0};
    struct diag d;
    diag_init(&d);
    assert_int_equal(config_describe(&text, "chip.noc", &d), SIM_OK);
    assert_non_null(strstr(text.s, "chip.noc.router: "));
    assert_non_null(strstr(text.s, "1..32"));
    assert_null(strstr(text.s, "staging"));
    text_free(&text);
    assert_int_equal(config_describe(&text, "router", &d), SIM_OK);
    text_free(&text);
    assert_int_equal(config_describe(&text, "chip.nco", &d), SIM_ERR_INPUT);
    assert_non_null(strstr(d.messages[0].text, "did you mean chip.noc?"));
    assert_int_equal(text.n, 0);
    assert_int_equal(config_describe_json(&text, NULL, &d), SIM_OK);
    text_free(&text);
    config_schema_json(&text);
    assert_non_null(strstr(text.s, "\"pattern\": \"^[0-9]*\\\\.?[0-9]+ *(THz|GHz|MHz|kHz|Hz)$\""));
    assert_non_null(strstr(text.s, "fs)$|^0$\"")); /* 0 s is 0 */
    text_free(&text);
    diag_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_of_the_lists_makes_sense),
        cmocka_unit_test(the_quickstart_means_what_it_says),
        cmocka_unit_test(auto_becomes_a_number),
        cmocka_unit_test(drift_gives_the_guard_that_it_needs),
        cmocka_unit_test(keys_beside_an_include_win),
        cmocka_unit_test(later_sets_win_and_null_takes_away),
        cmocka_unit_test(errors_of_a_set_name_it),
        cmocka_unit_test(a_wrong_file_and_a_wrong_set_are_told_together),
        cmocka_unit_test(a_quantity_off_by_one_changes_the_hash),
        cmocka_unit_test(every_example_reads_back_to_the_same_text),
        cmocka_unit_test(a_file_that_changed_since_is_noticed),
        cmocka_unit_test(the_page_of_keys_is_the_generated_one),
        cmocka_unit_test(describe_finds_blocks_and_names_the_nearest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
