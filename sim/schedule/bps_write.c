/* SPDX-License-Identifier: Apache-2.0 */
/* bps_write.c - a schedule as a .bps file. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "sim/base/error.h"
#include "sim/base/file.h"
#include "sim/schedule/bps_layout.h"

/* Fast: the best level takes four times as long for a fifth less. */
#define LEVEL 1

struct bytes {
    VEC(unsigned char, data);
};

static void put(struct bytes *b, uint64_t value, uint32_t bytes)
{
    VEC_RESERVE(b, data, b->n_data + bytes);
    for (uint32_t i = 0; i < bytes; i++) {
        b->data[b->n_data++] = (unsigned char)(value >> (8 * i));
    }
}

static void put_bytes(struct bytes *b, const void *data, size_t n)
{
    if (n) {
        VEC_RESERVE(b, data, b->n_data + n);
        memcpy(b->data + b->n_data, data, n);
        b->n_data += n;
    }
}

/* ---- raw data of a section ---- */

static unsigned char *put_4(unsigned char *to, uint32_t x)
{
    const unsigned char bytes[] = {(unsigned char)x, (unsigned char)(x >> 8), (unsigned char)(x >> 16),
                                   (unsigned char)(x >> 24)};
    memcpy(to, bytes, sizeof bytes);
    return to + sizeof bytes;
}

static unsigned char *put_hash(unsigned char *to, const unsigned char *from)
{
    size_t n = 0;
    while (n < BPS_HASH_BYTES && from[n]) {
        n++;
    }
    memset(to, 0, BPS_HASH_BYTES);
    memcpy(to, from, n);
    return to + BPS_HASH_BYTES;
}

/* Returns where the next record goes. */
static unsigned char *put_record(unsigned char *to, const struct bps_section *c, const unsigned char *item)
{
    for (uint32_t i = 0; i < c->n_fields; i++) {
        const struct bps_field *f = &c->fields[i];
        if (f->kind == BPS_HASH) {
            to = put_hash(to, item + f->offset);
            continue;
        }
        uint64_t value = bps_field_get(f, item);
        to = put_4(to, (uint32_t)value);
        to = f->kind == BPS_U64 ? put_4(to, (uint32_t)(value >> 32)) : to;
    }
    return to;
}

static uint64_t put_strings(struct bytes *b, const struct schedule *s)
{
    size_t count = BPS_META_STRINGS + s->machine.n_links;
    for (size_t i = 0; i < count; i++) {
        const char *string = bps_string(s, i);
        size_t n = strlen(string);
        SIM_CHECK(n <= BPS_MAX_STRING, "a string of %zu bytes", n);
        put(b, n, 4);
        put_bytes(b, string, n);
    }
    return count;
}

/* Into `b`, which is empty. */
static uint64_t put_section(struct bytes *b, const struct bps_section *c, const struct schedule *s,
                            const struct sched_program *p)
{
    if (!c->fields) {
        return put_strings(b, s);
    }
    struct bps_array a = bps_array_of(c, s, p);
    b->n_data = a.count * bps_record_bytes(c);
    VEC_RESERVE(b, data, b->n_data);
    unsigned char *to = b->data;
    for (size_t i = 0; i < a.count; i++) {
        to = put_record(to, c, a.items + i * c->struct_bytes);
    }
    return a.count;
}

/* ---- packing ---- */

static void pack(const struct bytes *raw, struct bytes *stored, int level)
{
    uLongf n = compressBound((uLong)raw->n_data);
    VEC_RESERVE(stored, data, n);
    int rc = compress2(stored->data, &n, raw->data ? raw->data : (const unsigned char *)"", (uLong)raw->n_data, level);
    SIM_CHECK(rc == Z_OK, "zlib: %d", rc);
    stored->n_data = n;
}

static void put_packed(struct bytes *file, const struct bps_section *c, uint32_t program, uint64_t count,
                       const struct bytes *raw)
{
    SIM_CHECK(raw->n_data <= BPS_MAX_RAW, "section %s has %zu bytes", c->tag, raw->n_data);
    struct bytes stored = {0};
    pack(raw, &stored, LEVEL);
    if (raw->n_data > stored.n_data * BPS_MAX_RATIO) {
        pack(raw, &stored, 0); /* a reader refuses a higher ratio */
    }
    size_t head = file->n_data;
    put_bytes(file, c->tag, 4);
    put(file, program, 4);
    put(file, count, 8);
    put(file, raw->n_data, 8);
    put(file, stored.n_data, 8);
    put(file, crc32(0, raw->data, (uInt)raw->n_data), 4);
    put(file, crc32(0, file->data + head, BPS_SECTION_BYTES - 4), 4);
    put_bytes(file, stored.data, stored.n_data);
    free(stored.data);
}

static void put_sections(struct bytes *file, const struct schedule *s, uint32_t first, uint32_t end, uint32_t program)
{
    for (uint32_t i = first; i < end; i++) {
        struct bytes raw = {0};
        uint64_t count = put_section(&raw, &bps_sections[i], s, s->programs ? &s->programs[program] : NULL);
        put_packed(file, &bps_sections[i], program, count, &raw);
        free(raw.data);
    }
}

static void put_header(struct bytes *file, uint32_t programs, uint64_t bytes)
{
    put_bytes(file, BPS_MAGIC, BPS_MAGIC_BYTES);
    put(file, BPS_VERSION, 4);
    put(file, programs, 4);
    put(file, bytes, 8);
    put(file, 0, 4);
    put(file, crc32(0, file->data, BPS_HEADER_BYTES - 4), 4);
}

int schedule_write(const struct schedule *s, const char *path, struct diag *d)
{
    SIM_CHECK(s->n_programs <= BPS_MAX_PROGRAMS, "%zu programs", s->n_programs);
    struct bytes body = {0}, head = {0};
    put_sections(&body, s, SECTION_META, SECTION_PROG, 0);
    for (uint32_t i = 0; i < s->n_programs; i++) {
        put_sections(&body, s, SECTION_PROG, SECTION_COUNT, i);
    }
    put_header(&head, (uint32_t)s->n_programs, BPS_HEADER_BYTES + body.n_data);
    struct file_out f;
    int rc = file_open(&f, path, d);
    if (rc == SIM_OK) {
        /* A short write leaves the stream's error flag, which file_commit sees. */
        fwrite(head.data, 1, head.n_data, f.stream);
        fwrite(body.data, 1, body.n_data, f.stream);
        rc = file_commit(&f, d);
    }
    free(head.data);
    free(body.data);
    return rc;
}
