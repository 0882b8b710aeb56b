/* SPDX-License-Identifier: Apache-2.0 */
/* bps_read.c - a .bps file as a schedule.
 *
 * The file is not trusted: each size is checked against what is left of the file, or against the
 * ratio that packing may have, before anything of that size is allocated. Checked for sense afterwards
 * (schedule_check.c). */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "sim/base/error.h"
#include "sim/base/file.h"
#include "sim/schedule/bps_layout.h"
#include "sim/schedule/schedule_check.h"

struct reader {
    const char *path;
    struct diag *diag;
    struct schedule *s;
    const unsigned char *data;
    size_t bytes, at;
    char **strings; /* of TEXT, until they have found their owners */
    size_t n_strings;
};

struct section_head {
    uint64_t count, raw, stored;
    uint32_t program, crc;
};

static uint64_t get(const unsigned char *p, uint32_t bytes)
{
    uint64_t value = 0;
    for (uint32_t i = 0; i < bytes; i++) {
        value |= (uint64_t)p[i] << (8 * i);
    }
    return value;
}

#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
static int
refuse(struct reader *r, const struct bps_section *c, uint32_t program, const char *fmt, ...)
{
    char text[256], where[64] = "header";
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (c && c->per_program) {
        snprintf(where, sizeof where, "section %s of program %u", c->tag, program);
    } else if (c) {
        snprintf(where, sizeof where, "section %s", c->tag);
    }
    diag_add(r->diag, r->path, 0, 0, where, "%s", text);
    return SIM_ERR_INPUT;
}

/* ---- header of the file ---- */

static int read_header(struct reader *r, uint32_t *programs)
{
    const unsigned char *p = r->data;
    if (r->bytes < BPS_HEADER_BYTES || memcmp(p, BPS_MAGIC, BPS_MAGIC_BYTES) != 0) {
        return refuse(r, NULL, 0, "not a .bps file: it does not begin as one");
    }
    uint64_t version = get(p + 8, 4), n = get(p + 12, 4), bytes = get(p + 16, 8);
    if (version != BPS_VERSION) {
        return refuse(r, NULL, 0, "version %llu; this program reads version %u", (unsigned long long)version,
                      BPS_VERSION);
    }
    if (get(p + 28, 4) != crc32(0, p, BPS_HEADER_BYTES - 4) || get(p + 24, 4) != 0) {
        return refuse(r, NULL, 0, "damaged: its CRC is wrong");
    }
    if (bytes != r->bytes) {
        return refuse(r, NULL, 0, "the file has %zu bytes and should have %llu: %s", r->bytes,
                      (unsigned long long)bytes, bytes > r->bytes ? "it is truncated" : "something follows its end");
    }
    if (n == 0 || n > BPS_MAX_PROGRAMS) {
        return refuse(r, NULL, 0, "%llu programs; allowed are 1 to %u", (unsigned long long)n, BPS_MAX_PROGRAMS);
    }
    *programs = (uint32_t)n;
    r->at = BPS_HEADER_BYTES;
    return SIM_OK;
}

/* ---- header of a section ---- */

static int wrong_section(struct reader *r, const struct bps_section *c, uint32_t program, const unsigned char *tag)
{
    for (uint32_t i = 0; i < SECTION_COUNT; i++) {
        if (memcmp(bps_sections[i].tag, tag, 4) == 0) {
            return refuse(r, c, program, "section %s stands in its place: a duplicate, or out of order",
                          bps_sections[i].tag);
        }
    }
    return refuse(r, c, program, "an unknown section stands in its place");
}

static int check_sizes(struct reader *r, const struct bps_section *c, const struct section_head *h)
{
    if (h->stored > r->bytes - r->at) {
        return refuse(r, c, h->program, "truncated: %llu bytes of it should follow, %zu do",
                      (unsigned long long)h->stored, r->bytes - r->at);
    }
    if (h->raw > BPS_MAX_RAW || h->raw > h->stored * BPS_MAX_RATIO) {
        return refuse(r, c, h->program, "%llu stored bytes cannot hold %llu bytes", (unsigned long long)h->stored,
                      (unsigned long long)h->raw);
    }
    uint64_t record = c->fields ? bps_record_bytes(c) : 4;
    bool right = c->fields ? h->count <= h->raw && h->count * record == h->raw : h->count <= h->raw / record;
    if (!right || (c->single && h->count != 1)) {
        return refuse(r, c, h->program, "%llu records do not make %llu bytes", (unsigned long long)h->count,
                      (unsigned long long)h->raw);
    }
    return SIM_OK;
}

static int read_section_head(struct reader *r, const struct bps_section *c, uint32_t program, struct section_head *h)
{
    const unsigned char *p = r->data + r->at;
    if (r->bytes - r->at < BPS_SECTION_BYTES) {
        return refuse(r, c, program, "missing: the file ends before it");
    }
    if (get(p + 36, 4) != crc32(0, p, BPS_SECTION_BYTES - 4)) {
        return refuse(r, c, program, "the CRC of its head is wrong");
    }
    if (memcmp(p, c->tag, 4) != 0) {
        return wrong_section(r, c, program, p);
    }
    *h = (struct section_head) {
        .program = (uint32_t)get(p + 4, 4),
        .count = get(p + 8, 8),
        .raw = get(p + 16, 8),
        .stored = get(p + 24, 8),
        .crc = (uint32_t)get(p + 32, 4),
    };
    if (h->program != program) {
        return refuse(r, c, program, "it says that it belongs to program %u", h->program);
    }
    r->at += BPS_SECTION_BYTES;
    return check_sizes(r, c, h);
}

/* ---- contents ---- */

static int read_strings(struct reader *r, const struct bps_section *c, const unsigned char *raw, size_t bytes,
                        uint64_t count)
{
    r->strings = mem_alloc_array(count, sizeof *r->strings);
    size_t at = 0;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t n = bytes - at < 4 ? UINT64_MAX : get(raw + at, 4);
        if (n > BPS_MAX_STRING || n > bytes - at - 4) {
            return refuse(r, c, 0, "string %llu is longer than it may be", (unsigned long long)i);
        }
        for (size_t k = at + 4; k < at + 4 + n; k++) {
            if (raw[k] < 0x20 || raw[k] == 0x7f) {
                return refuse(r, c, 0, "string %llu holds control characters", (unsigned long long)i);
            }
        }
        char *s = mem_alloc(n + 1);
        memcpy(s, raw + at + 4, n);
        r->strings[r->n_strings++] = s;
        at += 4 + n;
    }
    return at == bytes ? SIM_OK : refuse(r, c, 0, "%zu bytes after its last string", bytes - at);
}

static void set_field(const struct bps_field *f, unsigned char *item, const unsigned char *raw)
{
    uint64_t value = f->kind == BPS_HASH ? 0 : get(raw, bps_field_bytes(f));
    uint32_t narrow = (uint32_t)value;
    bool bit = value != 0;
    switch (f->kind) {
    case BPS_U64:
        memcpy(item + f->offset, &value, sizeof value);
        break;
    case BPS_U32:
        memcpy(item + f->offset, &narrow, sizeof narrow);
        break;
    case BPS_BOOL:
        memcpy(item + f->offset, &bit, sizeof bit);
        break;
    case BPS_HASH:
        memcpy(item + f->offset, raw, BPS_HASH_BYTES); /* the struct keeps one more byte, which is 0 */
        break;
    }
}

/* The owner's three fields of a growable array: pointer, number, room. */
static void give_array(const struct bps_section *c, unsigned char *owner, unsigned char *items, size_t count)
{
    memcpy(owner + c->items, &items, sizeof items);
    memcpy(owner + c->count, &count, sizeof count);
    memcpy(owner + c->capacity, &count, sizeof count);
}

static int read_records(struct reader *r, const struct bps_section *c, const unsigned char *raw,
                        const struct section_head *h)
{
    unsigned char *owner = c->per_program ? (unsigned char *)&r->s->programs[h->program] : (unsigned char *)r->s;
    unsigned char *items = c->single ? owner + c->items : mem_alloc_dense(h->count, c->struct_bytes);
    if (!c->single) {
        give_array(c, owner, items, h->count);
    }
    for (uint64_t i = 0; i < h->count; i++) {
        for (uint32_t k = 0; k < c->n_fields; k++) {
            const struct bps_field *f = &c->fields[k];
            if (f->kind == BPS_BOOL && get(raw, 4) > 1) {
                return refuse(r, c, h->program, "%s is neither 0 nor 1", f->name);
            }
            set_field(f, items + i * c->struct_bytes, raw);
            raw += bps_field_bytes(f);
        }
    }
    return SIM_OK;
}

static int read_section(struct reader *r, const struct bps_section *c, uint32_t program)
{
    struct section_head h = {0};
    int rc = read_section_head(r, c, program, &h);
    if (rc) {
        return rc;
    }
    unsigned char *raw = mem_alloc_dense(h.raw + 1, 1);
    uLongf raw_bytes = (uLongf)h.raw;
    uLong stored_bytes = (uLong)h.stored;
    int z = uncompress2(raw, &raw_bytes, r->data + r->at, &stored_bytes);
    r->at += h.stored;
    if (z != Z_OK || raw_bytes != h.raw || stored_bytes != h.stored) {
        rc = refuse(r, c, program, "damaged: it does not unpack to its %llu bytes", (unsigned long long)h.raw);
    } else if (crc32(0, raw, (uInt)h.raw) != h.crc) {
        rc = refuse(r, c, program, "damaged: its CRC is wrong");
    } else if (!c->fields) {
        rc = read_strings(r, c, raw, h.raw, h.count);
    } else {
        rc = read_records(r, c, raw, &h);
    }
    free(raw);
    return rc;
}

/* ---- the whole ---- */

/* Hands the strings to their owners; those left stay with the reader. */
static int give_strings(struct reader *r)
{
    struct schedule *s = r->s;
    const struct bps_section *c = &bps_sections[SECTION_TEXT];
    if (r->n_strings != BPS_META_STRINGS + s->machine.n_links) {
        return refuse(r, c, 0, "%zu strings for %zu links", r->n_strings, s->machine.n_links);
    }
    char **owner[BPS_META_STRINGS] = {&s->policy, &s->start, &s->work_name, &s->lower_bound_by};
    for (size_t i = 0; i < r->n_strings; i++) {
        *(i < BPS_META_STRINGS ? owner[i] : &s->machine.links[i - BPS_META_STRINGS].id) = r->strings[i];
    }
    r->n_strings = 0;
    return SIM_OK;
}

static int read_sections(struct reader *r)
{
    uint32_t programs = 0;
    int rc = read_header(r, &programs);
    for (uint32_t i = SECTION_META; rc == SIM_OK && i < SECTION_PROG; i++) {
        rc = read_section(r, &bps_sections[i], 0);
    }
    if (rc == SIM_OK) {
        rc = give_strings(r);
    }
    if (rc) {
        return rc;
    }
    r->s->programs = mem_alloc_array(programs, sizeof *r->s->programs);
    r->s->n_programs = r->s->cap_programs = programs;
    for (uint32_t i = 0; i < programs; i++) {
        for (uint32_t k = SECTION_PROG; rc == SIM_OK && k < SECTION_COUNT; k++) {
            rc = read_section(r, &bps_sections[k], i);
        }
    }
    if (rc == SIM_OK && r->at != r->bytes) {
        rc = refuse(r, NULL, 0, "%zu bytes follow the last section", r->bytes - r->at);
    }
    return rc;
}

static int check_sense(struct reader *r)
{
    struct sched_fault fault;
    if (schedule_check(r->s, &fault)) {
        return SIM_OK;
    }
    struct bps_section named = {.per_program = fault.in_program};
    snprintf(named.tag, sizeof named.tag, "%s", fault.section);
    return refuse(r, &named, fault.program, "%s", fault.message);
}

int schedule_read(struct schedule *s, const char *path, struct diag *d)
{
    schedule_init(s);
    char *data;
    struct reader r = {.path = path, .diag = d, .s = s};
    int rc = file_read(path, BPS_MAX_FILE, &data, &r.bytes, d);
    if (rc) {
        return rc;
    }
    r.data = (const unsigned char *)data;
    rc = read_sections(&r);
    if (rc == SIM_OK) {
        rc = check_sense(&r);
    }
    for (size_t i = 0; i < r.n_strings; i++) {
        free(r.strings[i]);
    }
    free(r.strings);
    free(data);
    if (rc) {
        schedule_free(s);
    }
    return rc;
}
