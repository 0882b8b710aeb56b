/* SPDX-License-Identifier: Apache-2.0 */
/* test_bad_configs.c - configurations that are wrong: each file of tests/fuzz/config gives the messages
 * that expected.txt lists for it, and no text at all brings the reader down.
 *
 *     expected.txt: FILE  FILE-OF-MESSAGE:LINE:COL  KEY        one line per message; KEY - for none */
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
#include "sim/base/rng.h"
#include "sim/config/config.h"

#define CORPUS BPSIM_SOURCE_DIR "/tests/fuzz/config"

static void load_wrong(const char *file, struct diag *d)
{
    struct config c;
    diag_init(d);
    assert_int_equal(config_load(file, NULL, 0, &c, d), SIM_ERR_INPUT);
    assert_true(d->count > 0);
    config_free(&c);
}

/* "file:line:col key" as in expected.txt. */
static char *summary(const struct diag_message *m)
{
    return mem_printf("%s:%u:%u %s", m->file, (unsigned)m->line, (unsigned)m->col, *m->key ? m->key : "-");
}

static void every_bad_file_gives_its_place_and_key(void **state)
{
    (void)state;
    char line[512], file[128] = "";
    struct diag d;
    size_t next = 0;
    int files = 0;
    diag_init(&d);
    assert_int_equal(chdir(CORPUS), 0); /* so that messages name the files as the table does */
    FILE *f = fopen("expected.txt", "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = '\0';
        char *rest = strchr(line, ' ');
        assert_non_null(rest);
        *rest++ = '\0';
        if (strcmp(line, file) != 0) {
            assert_int_equal(next, d.count); /* the file before gave no more than its table has */
            diag_free(&d);
            load_wrong(line, &d);
            strcpy(file, line);
            next = 0;
            files++;
        }
        if (next >= d.count) {
            fail_msg("%s gives %zu messages, another was expected: %s", file, d.count, rest);
        }
        char *got = summary(&d.messages[next]);
        if (strcmp(got, rest) != 0 || strlen(d.messages[next].text) < 10) {
            fail_msg("%s gives %s (%s), expected %s", file, got, d.messages[next].text, rest);
        }
        free(got);
        next++;
    }
    assert_int_equal(next, d.count);
    diag_free(&d);
    fclose(f);
    assert_true(files >= 40);
}

static void every_file_of_the_corpus_is_expected(void **state)
{
    (void)state;
    char *table;
    size_t bytes;
    struct diag d;
    diag_init(&d);
    assert_int_equal(file_read(CORPUS "/expected.txt", 1 << 20, &table, &bytes, &d), SIM_OK);
    DIR *dir = opendir(CORPUS);
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        if (strstr(e->d_name, ".yaml")) {
            char *name = mem_printf("%s ", e->d_name);
            if (!strstr(table, name)) {
                fail_msg("%s is not in expected.txt", e->d_name);
            }
            free(name);
        }
    }
    closedir(dir);
    free(table);
}

/* ---- any text at all ---- */

struct fuzz {
    char path[64];
    uint64_t accepted;
};

/* What is taken must write and read back; what is not must say why, where. */
static void survives(struct fuzz *z, const char *text, size_t n)
{
    struct config c;
    struct diag d;
    diag_init(&d);
    FILE *f = fopen(z->path, "wb");
    assert_non_null(f);
    fwrite(text, 1, n, f);
    fclose(f);
    int rc = config_load(z->path, NULL, 0, &c, &d);
    assert_int_equal(rc, d.count ? SIM_ERR_INPUT : SIM_OK);
    for (size_t i = 0; i < d.count; i++) {
        assert_string_equal(d.messages[i].file, z->path);
        assert_true(d.messages[i].line >= 1 && d.messages[i].col >= 1);
        assert_true(strlen(d.messages[i].text) > 5);
        for (const char *s = d.messages[i].text; *s; s++) {
            assert_true((unsigned char)*s >= 0x20);
        }
    }
    if (rc == SIM_OK) {
        struct text effective = {0};
        config_write(&c, &effective);
        assert_true(effective.n > 100);
        text_free(&effective);
        z->accepted++;
    }
    config_free(&c);
    diag_free(&d);
}

static void begin(struct fuzz *z, char **text, size_t *n)
{
    struct diag d;
    diag_init(&d);
    strcpy(z->path, "/tmp/bpsim-fuzz-XXXXXX");
    int fd = mkstemp(z->path);
    assert_true(fd >= 0);
    close(fd);
    z->accepted = 0;
    assert_int_equal(file_read(BPSIM_SOURCE_DIR "/configs/run/quickstart.yaml", 1 << 20, text, n, &d), SIM_OK);
}

static void a_file_cut_off_anywhere_is_survived(void **state)
{
    (void)state;
    struct fuzz z;
    char *text;
    size_t n;
    begin(&z, &text, &n);
    for (size_t i = 0; i <= n; i++) {
        survives(&z, text, i);
    }
    assert_in_range(z.accepted, 1, n / 2);
    unlink(z.path);
    free(text);
}

static size_t mutate(struct rng *r, char *text, size_t n, size_t room)
{
    static const char *const pieces[] = {
        "{",        "}",  "[",    "]",    ": ",          ", ",     "\n", "  ",        "\t",         "null",  "auto",
        "&a ",      "*a", "<<: ", "0",    "99999999999", "-1",     "\"", "'",         "# ",         "---\n", "\xff",
        "\xc3\xa9", "? ", "|",    "GB/s", "0.5",         "!!int ", "%",  "include: ", "workload: ", "chips"};
    size_t at = rng_below(r, n + 1);
    uint64_t what = rng_below(r, 4);
    if (what == 0 && at < n) {
        text[at] = (char)rng_below(r, 256);
    } else if (what == 1 && at < n) {
        size_t cut = rng_below(r, n - at < 20 ? n - at : 20) + 1;
        memmove(text + at, text + at + cut, n - at - cut);
        n -= cut;
    } else {
        const char *piece = pieces[rng_below(r, sizeof pieces / sizeof pieces[0])];
        size_t m = strlen(piece);
        if (n + m <= room) {
            memmove(text + at + m, text + at, n - at);
            memcpy(text + at, piece, m);
            n += m;
        }
    }
    return n;
}

static void a_garbled_file_is_survived(void **state)
{
    (void)state;
    struct fuzz z;
    struct rng r;
    char *text;
    size_t n;
    begin(&z, &text, &n);
    rng_init(&r, 1, "garbled");
    char *garbled = mem_alloc(n + 200);
    for (int i = 0; i < 2000; i++) {
        memcpy(garbled, text, n);
        size_t m = n;
        for (uint64_t k = rng_below(&r, 5) + 1; k > 0; k--) {
            m = mutate(&r, garbled, m, n + 200);
        }
        survives(&z, garbled, m);
    }
    assert_in_range(z.accepted, 20, 1500);
    unlink(z.path);
    free(garbled);
    free(text);
}

static void a_hostile_file_is_bounded(void **state)
{
    (void)state;
    struct fuzz z;
    char *text;
    size_t n;
    size_t size = 1000000;
    begin(&z, &text, &n);
    char *hostile = mem_alloc(size + 200000);
    static const char *const patterns[] = {
        "[", "{", "- ", "? ", "a: ", "{a: ", "[[],", "a: 1\n", "\"", "- - ", "!", "&a "};
    for (size_t p = 0; p < sizeof patterns / sizeof patterns[0]; p++) {
        size_t m = strlen(patterns[p]);
        for (size_t i = 0; i + m <= size; i += m) {
            memcpy(hostile + i, patterns[p], m);
        }
        survives(&z, hostile, size - size % m);
    }
    assert_int_equal(z.accepted, 0);
    memset(hostile, ' ', size + 200000);
    FILE *f = fopen(z.path, "wb");
    fwrite(hostile, 1, size + 200000, f);
    fclose(f);
    struct diag d;
    load_wrong(z.path, &d);
    assert_non_null(strstr(d.messages[0].text, "larger than"));
    diag_free(&d);
    unlink(z.path);
    free(hostile);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_bad_file_gives_its_place_and_key),
        cmocka_unit_test(every_file_of_the_corpus_is_expected),
        cmocka_unit_test(a_file_cut_off_anywhere_is_survived),
        cmocka_unit_test(a_garbled_file_is_survived),
        cmocka_unit_test(a_hostile_file_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
