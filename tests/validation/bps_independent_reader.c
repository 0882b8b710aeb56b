/* SPDX-License-Identifier: Apache-2.0 */
/* bps_independent_reader.c - docs/formats/bps.md, section 1, in code. */
#include "tests/validation/bps_independent_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* Records: i = u32, q = u64, h = 64 bytes of a hash, s = strings. */
static const struct {
    const char *name, *record;
} layout[] = {
    {"META", "hhqqii"},
    {"TEXT", "s"},
    {"MACH", "qqqq"  /* clock, period, launch, alignment */
             "iiiii" /* chips, units, channels, ports, routers */
             "iiii"  /* sram, flit, staging, max_burst */
             "iii"   /* toggle, broadcast, guard */
             "qq"    /* rate */
             "iiii"  /* banks, groups, row, burst */
             "iiiiiiiiiiiiiiii"
             "i"},
    {"ENDP", "iiiiiii"},
    {"LINK", "iiiiqq"},
    {"TASK", "iiiiiiiiiiiqqqqq"},
    {"CHNK", "iiiiiii"},
    {"INPT", "ii"},
    {"REPT", "i"},
    {"PROG", "q"},
    {"OPER", "iiqqq"},
    {"XFER", "iiiiiii"},
    {"HOPS", "iiiq"},
    {"DRAM", "iiiiiiiq"},
    {"SRAM", "iiiiiqq"},
    {"PHAS", "qiii"},
};
enum { SECTIONS = sizeof layout / sizeof layout[0], FIRST_OF_PROGRAM = 9, OF_PROGRAM = SECTIONS - FIRST_OF_PROGRAM };

static uint64_t number(const unsigned char *p, int bytes)
{
    uint64_t v = 0;
    while (bytes-- > 0) {
        v = v << 8 | p[bytes];
    }
    return v;
}

static size_t record_bytes(const char *record)
{
    size_t n = 0;
    for (; *record; record++) {
        n += *record == 'i' ? 4 : *record == 'q' ? 8 : 64;
    }
    return n;
}

static size_t record_fields(const char *record)
{
    size_t n = 0;
    for (; *record; record++) {
        n += *record == 'h' ? 8 : 1;
    }
    return n;
}

static const char *read_records(struct reader_section *s, const char *record, const unsigned char *raw)
{
    s->fields = record_fields(record);
    s->values = calloc(s->records * s->fields + 1, sizeof *s->values);
    uint64_t *out = s->values;
    for (uint64_t r = 0; r < s->records; r++) {
        for (const char *c = record; *c; c++) {
            int bytes = *c == 'i' ? 4 : 8;
            for (int k = 0; k < (*c == 'h' ? 8 : 1); k++, raw += bytes) {
                *out++ = number(raw, bytes);
            }
        }
    }
    return NULL;
}

static const char *read_strings(struct reader_file *f, const unsigned char *raw, uint64_t bytes, uint64_t count)
{
    f->strings = calloc(count + 1, sizeof *f->strings);
    while (f->n_strings < count) {
        if (bytes < 4 || number(raw, 4) > bytes - 4 || number(raw, 4) > 1023) {
            return "a string does not fit";
        }
        uint64_t n = number(raw, 4);
        char *s = calloc(n + 1, 1);
        memcpy(s, raw + 4, n);
        f->strings[f->n_strings++] = s;
        raw += 4 + n;
        bytes -= 4 + n;
    }
    return bytes ? "bytes after the last string" : NULL;
}

/* A section at p, `left` bytes before the end of the file; *used is its whole length. */
static const char *read_section(struct reader_file *f, int which, uint32_t program, const unsigned char *p, size_t left,
                                size_t *used)
{
    struct reader_section *s = &f->sections[f->n_sections++];
    const char *record = layout[which].record;
    if (left < 40 || crc32(0, p, 36) != number(p + 36, 4)) {
        return "the head of a section is damaged";
    }
    if (memcmp(p, layout[which].name, 4) != 0 || number(p + 4, 4) != program) {
        return "another section was expected";
    }
    memcpy(s->name, p, 4);
    s->program = program;
    s->records = number(p + 8, 8);
    uint64_t raw_bytes = number(p + 16, 8), stored = number(p + 24, 8);
    if (stored > left - 40 || raw_bytes > 256 * stored || raw_bytes > 1u << 30) {
        return "the sizes of a section are wrong";
    }
    if (record[0] != 's' && raw_bytes != s->records * record_bytes(record)) {
        return "records and bytes of a section do not agree";
    }
    unsigned char *raw = malloc(raw_bytes + 1);
    uLongf unpacked = raw_bytes;
    const char *fault = "a section does not unpack";
    if (uncompress(raw, &unpacked, p + 40, stored) == Z_OK && unpacked == raw_bytes) {
        fault = crc32(0, raw, (uInt)raw_bytes) == number(p + 32, 4) ? NULL : "the CRC of a section is wrong";
    }
    if (!fault) {
        fault = record[0] == 's' ? read_strings(f, raw, raw_bytes, s->records) : read_records(s, record, raw);
    }
    free(raw);
    *used = 40 + stored;
    return fault;
}

static const char *read_all(struct reader_file *f, const unsigned char *p, size_t n)
{
    static const unsigned char magic[] = {0x89, 0x42, 0x50, 0x53, 0x0d, 0x0a, 0x1a, 0x0a};
    if (n < 32 || memcmp(p, magic, 8) != 0 || number(p + 8, 4) != 1 || number(p + 16, 8) != n ||
        number(p + 24, 4) != 0 || number(p + 28, 4) != crc32(0, p, 28)) {
        return "the header is wrong";
    }
    f->programs = (uint32_t)number(p + 12, 4);
    if (f->programs < 1 || f->programs > 64) {
        return "the number of programs is wrong";
    }
    size_t at = 32;
    for (uint32_t i = 0; i < FIRST_OF_PROGRAM + f->programs * OF_PROGRAM; i++) {
        uint32_t k = i < FIRST_OF_PROGRAM ? 0 : (i - FIRST_OF_PROGRAM) / OF_PROGRAM;
        int which = (int)(i < FIRST_OF_PROGRAM ? i : FIRST_OF_PROGRAM + (i - FIRST_OF_PROGRAM) % OF_PROGRAM);
        size_t used = 0;
        const char *fault = read_section(f, which, k, p + at, n - at, &used);
        if (fault) {
            return fault;
        }
        at += used;
    }
    return at == n ? NULL : "bytes after the last section";
}

const char *bps_independent_read(const char *path, struct reader_file *f)
{
    memset(f, 0, sizeof *f);
    FILE *in = fopen(path, "rb");
    if (!in) {
        return "cannot be opened";
    }
    fseek(in, 0, SEEK_END);
    long size = ftell(in);
    rewind(in);
    unsigned char *data = malloc((size_t)size + 1);
    size_t n = fread(data, 1, (size_t)size, in);
    fclose(in);
    const char *fault = read_all(f, data, n);
    free(data);
    return fault;
}

void bps_independent_free(struct reader_file *f)
{
    for (size_t i = 0; i < f->n_sections; i++) {
        free(f->sections[i].values);
    }
    for (size_t i = 0; i < f->n_strings; i++) {
        free(f->strings[i]);
    }
    free(f->strings);
}
