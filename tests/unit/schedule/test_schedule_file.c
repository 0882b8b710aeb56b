/* SPDX-License-Identifier: Apache-2.0 */
/* test_schedule_file.c - .bps files: what is written reads back, what is damaged is refused in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>
#include <zlib.h>

#include "sim/base/error.h"
#include "sim/base/file.h"
#include "sim/base/rng.h"
#include "sim/base/text.h"
#include "tests/unit/schedule/schedule_example.h"

struct image {
    unsigned char *data;
    size_t bytes;
};

static char path[64];

static int make_path(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "test_schedule_file.%ld.bps", (long)getpid());
    return 0;
}

static int remove_path(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

static struct image load(void)
{
    struct image f;
    struct diag d;
    diag_init(&d);
    assert_int_equal(file_read(path, 1u << 28, (char **)&f.data, &f.bytes, &d), SIM_OK);
    diag_free(&d);
    return f;
}

/* Over the old bytes: to empty the file first would make some file systems wait for the disk. */
static void store(const void *data, size_t bytes)
{
    FILE *f = fopen(path, "r+b");
    f = f ? f : fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(ftruncate(fileno(f), (off_t)bytes), 0);
    assert_int_equal(fwrite(data, 1, bytes, f), bytes);
    assert_int_equal(fclose(f), 0);
}

static struct image write_schedule(const struct schedule *s)
{
    struct diag d;
    diag_init(&d);
    assert_int_equal(schedule_write(s, path, &d), SIM_OK);
    assert_int_equal(d.count, 0);
    diag_free(&d);
    return load();
}

static struct image write_example(void)
{
    struct builder b;
    example(&b);
    struct image f = write_schedule(&b.s);
    schedule_free(&b.s);
    return f;
}

/* Reads the file; false when it is refused, and then there is exactly one message that names the file
 * and contains `words`. */
static bool reads(struct schedule *s, const char *words)
{
    struct diag d;
    diag_init(&d);
    int rc = schedule_read(s, path, &d);
    if (rc) {
        assert_int_equal(rc, SIM_ERR_INPUT);
        assert_int_equal(d.count, 1);
        assert_string_equal(d.messages[0].file, path);
        char all[400];
        snprintf(all, sizeof all, "%s: %s", d.messages[0].key, d.messages[0].text);
        if (words && !strstr(all, words)) {
            fail_msg("expected \"%s\", got \"%s\"", words, all);
        }
    }
    diag_free(&d);
    return rc == SIM_OK;
}

static void expect_refusal(const struct image *f, const char *words)
{
    struct schedule s;
    store(f->data, f->bytes);
    assert_false(reads(&s, words));
}

/* ---- numbers in the file ---- */

static void set(unsigned char *p, uint64_t value, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++) {
        p[i] = (unsigned char)(value >> (8 * i));
    }
}

static uint64_t get(const unsigned char *p, uint32_t bytes)
{
    uint64_t v = 0;
    for (uint32_t i = 0; i < bytes; i++) {
        v |= (uint64_t)p[i] << (8 * i);
    }
    return v;
}

static void seal_header(struct image *f)
{
    set(f->data + 16, f->bytes, 8);
    set(f->data + 28, crc32(0, f->data, 28), 4);
}

static unsigned char *section(struct image *f, const char *tag, uint32_t program)
{
    for (size_t at = 32; at < f->bytes; at += 40 + get(f->data + at + 24, 8)) {
        if (memcmp(f->data + at, tag, 4) == 0 && get(f->data + at + 4, 4) == program) {
            return f->data + at;
        }
    }
    fail_msg("no section %s", tag);
    return NULL;
}

static void seal_section(unsigned char *p)
{
    set(p + 36, crc32(0, p, 36), 4);
}

/* ---- round trip ---- */

static void what_is_written_reads_back_and_is_written_the_same(void **state)
{
    (void)state;
    struct builder b;
    struct schedule s;
    struct text before = {0}, after = {0};
    example(&b);
    struct image first = write_schedule(&b.s);
    assert_true(reads(&s, NULL));
    for (uint32_t i = 0; i < 2; i++) {
        schedule_show_json(&b.s, i, &before);
        schedule_show_json(&s, i, &after);
    }
    assert_string_equal(before.s, after.s);
    assert_string_equal(b.s.work_hash, s.work_hash);
    assert_string_equal(b.s.machine.links[3].id, s.machine.links[3].id);
    assert_int_equal(b.s.local_timers, s.local_timers);
    struct image second = write_schedule(&s);
    assert_int_equal(first.bytes, second.bytes);
    assert_memory_equal(first.data, second.data, first.bytes);
    free(first.data);
    free(second.data);
    text_free(&before);
    text_free(&after);
    schedule_free(&b.s);
    schedule_free(&s);
}

static void a_schedule_that_was_read_keeps_the_rules_it_kept(void **state)
{
    (void)state;
    struct schedule s;
    struct sched_verdict v;
    struct image f = write_example();
    free(f.data);
    assert_true(reads(&s, NULL));
    assert_int_equal(schedule_verify(&s, 10, &v), SIM_OK);
    sched_verdict_free(&v);
    schedule_free(&s);
}

static void no_section_packs_better_than_a_reader_accepts(void **state)
{
    (void)state;
    struct builder b;
    struct schedule s;
    example(&b);
    for (uint32_t i = 0; i < 50000; i++) { /* 200 kB of zeros would shrink a thousandfold */
        *VEC_PUSH(&b.s, repeats) = 0;
    }
    struct image f = write_schedule(&b.s);
    const unsigned char *rept = section(&f, "REPT", 0);
    assert_true(get(rept + 16, 8) <= 256 * get(rept + 24, 8));
    assert_true(reads(&s, NULL));
    assert_int_equal(s.n_repeats, 50003);
    free(f.data);
    schedule_free(&s);
    schedule_free(&b.s);
}

/* ---- damage ---- */

static void every_truncation_is_refused(void **state)
{
    (void)state;
    struct schedule s;
    struct image f = write_example();
    for (size_t n = 0; n < f.bytes; n += n < 600 || n + 50 > f.bytes ? 1 : 7) {
        store(f.data, n);
        assert_false(reads(&s, NULL));
    }
    free(f.data);
}

/* Some bits of a packed stream mean nothing: a flip there may go unseen, but changes nothing either. */
static void every_flipped_byte_is_refused_or_means_nothing(void **state)
{
    (void)state;
    struct image f = write_example();
    struct schedule s;
    uint32_t unseen = 0;
    for (size_t i = 0; i < f.bytes; i++) {
        f.data[i] ^= (unsigned char)(1u << (i * 5 % 8));
        store(f.data, f.bytes);
        f.data[i] ^= (unsigned char)(1u << (i * 5 % 8));
        if (reads(&s, NULL)) {
            struct image again = write_schedule(&s);
            assert_int_equal(again.bytes, f.bytes);
            assert_memory_equal(again.data, f.data, f.bytes);
            free(again.data);
            schedule_free(&s);
            unseen++;
        }
    }
    assert_true(unseen < f.bytes / 25);
    free(f.data);
}

static void what_is_no_file_of_ours_is_refused(void **state)
{
    (void)state;
    struct schedule s;
    store("", 0);
    assert_false(reads(&s, "not a .bps file"));
    store("machines: { phase: {} } # a configuration, not a schedule", 57);
    assert_false(reads(&s, "not a .bps file"));
    unlink(path);
    assert_false(reads(&s, "cannot be read"));
}

/* ---- forged files: the checksums are right, the contents are not ---- */

static void another_version_is_refused(void **state)
{
    (void)state;
    struct image f = write_example();
    set(f.data + 8, 2, 4);
    seal_header(&f);
    expect_refusal(&f, "version 2");
    free(f.data);
}

static void bytes_after_the_end_are_refused(void **state)
{
    (void)state;
    struct image f = write_example();
    f.data = realloc(f.data, f.bytes + 1);
    f.data[f.bytes++] = 0;
    expect_refusal(&f, "something follows its end");
    seal_header(&f);
    expect_refusal(&f, "1 bytes follow the last section");
    free(f.data);
}

static void a_section_that_stands_twice_is_refused(void **state)
{
    (void)state;
    struct image f = write_example();
    unsigned char *task = section(&f, "TASK", 0);
    size_t at = (size_t)(task - f.data), n = 40 + get(task + 24, 8);
    struct image twice = {mem_alloc(f.bytes + n), f.bytes + n};
    memcpy(twice.data, f.data, at + n);
    memcpy(twice.data + at + n, task, f.bytes - at);
    seal_header(&twice);
    expect_refusal(&twice, "section CHNK: section TASK stands in its place: a duplicate");
    free(twice.data);
    free(f.data);
}

static void a_missing_section_is_refused(void **state)
{
    (void)state;
    struct image f = write_example();
    unsigned char *phases = section(&f, "PHAS", 1);
    f.bytes = (size_t)(phases - f.data);
    seal_header(&f);
    expect_refusal(&f, "section PHAS of program 1: missing");
    free(f.data);
}

static void sizes_that_cannot_be_are_refused_before_memory_is_taken(void **state)
{
    (void)state;
    struct image f = write_example();
    unsigned char *hops = section(&f, "HOPS", 0);
    uint64_t count = get(hops + 8, 8), raw = get(hops + 16, 8), stored = get(hops + 24, 8);
    const struct {
        uint64_t count, raw, stored;
        const char *words;
    } forged[] = {
        {count + 1, raw, stored, "records do not make"},
        {count << 40, raw, stored, "records do not make"},
        {UINT64_C(1) << 62, UINT64_C(20) << 62, stored, "records do not make"},
        {UINT64_C(50000000), UINT64_C(1000000000), stored, "cannot hold 1000000000 bytes"},
        {count, raw, UINT64_C(1) << 50, "truncated"},
        {count + 1, raw + 20, stored, "does not unpack to its"},
        {count - 1, raw - 20, stored, "does not unpack to its"},
    };
    for (size_t i = 0; i < sizeof forged / sizeof forged[0]; i++) {
        set(hops + 8, forged[i].count, 8);
        set(hops + 16, forged[i].raw, 8);
        set(hops + 24, forged[i].stored, 8);
        seal_section(hops);
        expect_refusal(&f, forged[i].words);
        expect_refusal(&f, "section HOPS of program 0");
    }
    free(f.data);
}

static void a_wrong_crc_of_the_data_is_refused(void **state)
{
    (void)state;
    struct image f = write_example();
    unsigned char *dram = section(&f, "DRAM", 1);
    set(dram + 32, get(dram + 32, 4) ^ 1, 4);
    seal_section(dram);
    expect_refusal(&f, "section DRAM of program 1: damaged: its CRC is wrong");
    free(f.data);
}

/* ---- nonsense that is well packed ---- */

static void indices_that_point_outside_are_refused(void **state)
{
    (void)state;
    struct schedule s;
    struct builder b;
    example(&b);
    struct sched_program *p = &b.s.programs[1];
    const struct {
        uint32_t *field;
        const char *words;
    } wrong[] = {
        {&p->hops[4].link, "section HOPS of program 1: record 4: link"},
        {&p->hops[4].parent, "section HOPS of program 1: record 4"},
        {&p->transfers[0].first_hop, "section XFER of program 1: record 0"},
        {&p->ops[1].unit, "section OPER of program 1: record 1: unit"},
        {&p->sram[2].chunk, "section SRAM of program 1: record 2: chunk"},
        {&p->dram[0].channel, "section DRAM of program 1: record 0: channel"},
        {&b.s.tasks[0].n_inputs, "section TASK: record 0"},
        {&b.s.chunks[0].producer, "section CHNK: record 0: producer"},
        {&b.s.inputs[0].chunk, "section INPT: record 0: chunk"},
        {&b.s.repeats[0], "section REPT: record 0: program"},
        {&b.s.machine.endpoints[0].eject, "section ENDP: record 0: eject"},
        {&b.s.machine.links[0].to_node, "section ENDP: record 0"},
        {&b.s.machine.chips, "section MACH: chips"},
        {&b.s.machine.dram.groups, "section MACH: dram"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint32_t right = *wrong[i].field;
        *wrong[i].field = 77777;
        struct image f = write_schedule(&b.s);
        *wrong[i].field = right;
        free(f.data);
        assert_false(reads(&s, wrong[i].words));
    }
    schedule_free(&b.s);
}

/* The growable arrays of a schedule, as memory to spoil. */
struct span {
    void *data;
    size_t bytes;
};

static struct span pick(struct builder *b, uint64_t which)
{
    struct sched_program *p = &b->s.programs[which / 16 % 2];
    struct schedule *s = &b->s;
    const struct span all[] = {
        {s->tasks, s->n_tasks * sizeof *s->tasks},
        {s->chunks, s->n_chunks * sizeof *s->chunks},
        {s->inputs, s->n_inputs * sizeof *s->inputs},
        {s->repeats, s->n_repeats * sizeof *s->repeats},
        {s->machine.endpoints, s->machine.n_endpoints * sizeof *s->machine.endpoints},
        {&s->machine.dram, sizeof s->machine.dram},
        {&s->machine, offsetof(struct sched_machine, endpoints)},
        {p->ops, p->n_ops * sizeof *p->ops},
        {p->transfers, p->n_transfers * sizeof *p->transfers},
        {p->hops, p->n_hops * sizeof *p->hops},
        {p->dram, p->n_dram * sizeof *p->dram},
        {p->sram, p->n_sram * sizeof *p->sram},
        {p->phases, p->n_phases * sizeof *p->phases},
        {p->hops, p->n_hops * sizeof *p->hops},
        {p->dram, p->n_dram * sizeof *p->dram},
        {p->transfers, p->n_transfers * sizeof *p->transfers},
    };
    return all[which % 16];
}

static void nothing_that_reads_back_leads_the_verifier_astray(void **state)
{
    (void)state;
    struct rng r;
    rng_init(&r, 1, "schedule-fuzz");
    for (uint32_t i = 0; i < 3000; i++) {
        static const uint32_t odd[] = {0, 1, 2, 255, 65536, UINT32_MAX - 1, UINT32_MAX, 1u << 31};
        struct builder b;
        struct schedule s;
        struct sched_verdict v;
        example(&b);
        for (uint64_t k = rng_below(&r, 3); k < 3; k++) {
            struct span x = pick(&b, rng_next(&r));
            uint32_t value = rng_below(&r, 2) ? odd[rng_below(&r, 8)] : (uint32_t)rng_below(&r, 40);
            memcpy((char *)x.data + 4 * rng_below(&r, x.bytes / 4), &value, 4);
        }
        schedule_verify(&b.s, 5, &v);
        bool sound = v.n_violations == 0 || strcmp(v.violations[0].rule, "format") != 0;
        sched_verdict_free(&v);
        if (i % 8 == 0) {
            struct image f = write_schedule(&b.s);
            free(f.data);
            assert_int_equal(reads(&s, "section"), sound);
            if (sound) {
                struct text t = {0};
                schedule_show_json(&s, 1, &t);
                text_free(&t);
                schedule_free(&s);
            }
        }
        schedule_free(&b.s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_reads_back_and_is_written_the_same),
        cmocka_unit_test(a_schedule_that_was_read_keeps_the_rules_it_kept),
        cmocka_unit_test(no_section_packs_better_than_a_reader_accepts),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(every_flipped_byte_is_refused_or_means_nothing),
        cmocka_unit_test(what_is_no_file_of_ours_is_refused),
        cmocka_unit_test(another_version_is_refused),
        cmocka_unit_test(bytes_after_the_end_are_refused),
        cmocka_unit_test(a_section_that_stands_twice_is_refused),
        cmocka_unit_test(a_missing_section_is_refused),
        cmocka_unit_test(sizes_that_cannot_be_are_refused_before_memory_is_taken),
        cmocka_unit_test(a_wrong_crc_of_the_data_is_refused),
        cmocka_unit_test(indices_that_point_outside_are_refused),
        cmocka_unit_test(nothing_that_reads_back_leads_the_verifier_astray),
    };
    return cmocka_run_group_tests(tests, make_path, remove_path);
}
