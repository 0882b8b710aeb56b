/* SPDX-License-Identifier: Apache-2.0 */
/* change_run.c - sorted changes in few bytes. */
#include "sim/trace/change_run.h"

#include <stdlib.h>
#include <string.h>

#define NUMBER_BYTES 10u   /* of the longest number: 64 bits, 7 in a byte */
#define READ_BYTES   4096u /* of a run in memory while it is read */

static uint8_t *put_number(uint8_t *p, uint64_t number)
{
    for (; number >= 0x80; number >>= 7) {
        *p++ = (uint8_t)(number | 0x80);
    }
    *p++ = (uint8_t)number;
    return p;
}

void change_pack(struct change_packer *p, const struct changes *c)
{
    VEC_RESERVE(p, bytes, p->n_bytes + 2 * NUMBER_BYTES * (c->n + (size_t)1));
    uint8_t *to = put_number(p->bytes + p->n_bytes, c->time - p->time);
    uint32_t variable = 0;
    to = put_number(to, c->n);
    for (uint32_t i = 0; i < c->n; i++) {
        to = put_number(to, c->change[i].variable - variable);
        to = put_number(to, c->change[i].value);
        variable = c->change[i].variable;
    }
    p->time = c->time;
    p->n_bytes = (size_t)(to - p->bytes);
}

/* Moves what is left in memory to the front and reads what follows. */
static void refill(struct change_run *r, FILE *file, bool *failed)
{
    size_t rest = r->n - r->at, want = r->left < READ_BYTES - rest ? r->left : READ_BYTES - rest;
    if (!r->bytes) {
        r->bytes = mem_alloc_uncleared(READ_BYTES, 1);
    }
    memmove(r->bytes, r->bytes + r->at, rest);
    if (fseek(file, r->place, SEEK_SET) || fread(r->bytes + rest, 1, want, file) != want) {
        *failed = true;
        want = r->left = 0;
    }
    r->place += (long)want;
    r->left -= want;
    r->at = 0;
    r->n = rest + want;
}

/* So that two whole numbers stand in memory, unless the run ends before. */
static inline void have_two(struct change_run *r, FILE *file, bool *failed)
{
    if (r->n - r->at < 2 * NUMBER_BYTES && r->left > 0) {
        refill(r, file, failed);
    }
}

/* 0 behind the end, which only a file that cannot be read has there. */
static inline uint64_t get_number(struct change_run *r)
{
    uint64_t number = 0;
    for (unsigned shift = 0; shift < 64 && r->at < r->n; shift += 7) {
        uint8_t byte = r->bytes[r->at++];
        number |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            break;
        }
    }
    return number;
}

bool change_run_next(struct change_run *r, FILE *file, bool *failed)
{
    have_two(r, file, failed);
    if (r->at == r->n) {
        return false;
    }
    r->time += get_number(r);
    return true;
}

uint32_t change_run_read(struct change_run *r, FILE *file, struct change *out, bool *failed)
{
    uint32_t variable = 0;
    uint32_t n = (uint32_t)get_number(r);
    for (uint32_t i = 0; i < n && !*failed; i++) {
        have_two(r, file, failed);
        const uint8_t *p = r->bytes + r->at;
        uint64_t value;
        if (r->n - r->at >= 2 && ((p[0] | p[1]) & 0x80) == 0) { /* most are so */
            variable += p[0];
            value = p[1];
            r->at += 2;
        } else {
            variable += (uint32_t)get_number(r);
            value = get_number(r);
        }
        out[i] = (struct change) {.value = value, .variable = variable};
    }
    return *failed ? 0 : n;
}
