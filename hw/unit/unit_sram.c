/* SPDX-License-Identifier: Apache-2.0 */
/* unit_sram.c - pieces of chunks by address. */
#include "hw/unit/unit_sram.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/mem.h"

void unit_sram_init(struct unit_sram *s, uint32_t bytes, uint32_t borders)
{
    *s = (struct unit_sram) {.bytes = bytes, .capacity = borders + 2};
    s->order = mem_alloc_array(s->capacity, sizeof *s->order);
    s->unused = mem_alloc_array(s->capacity, sizeof *s->unused);
    s->pool = mem_alloc_array(s->capacity, sizeof *s->pool);
    for (uint32_t i = 0; i < s->capacity; i++)
        s->unused[i] = s->capacity - 1 - i;
}

void unit_sram_free(struct unit_sram *s)
{
    free(s->order);
    free(s->unused);
    free(s->pool);
}

uint32_t unit_sram_find(const struct unit_sram *s, uint32_t address)
{
    uint32_t low = 0, high = s->n; /* first place above the address */
    while (low < high) {
        uint32_t mid = (low + high) / 2;
        if (s->order[mid].address <= address)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == 0)
        return 0;
    const struct sram_piece *p = unit_sram_piece(s, low - 1);
    return p->address + p->bytes > address ? low - 1 : low;
}

static struct sram_piece *insert(struct unit_sram *s, uint32_t at)
{
    SIM_CHECK(s->n < s->capacity, "SRAM holds %u pieces already", s->n);
    memmove(s->order + at + 1, s->order + at, (s->n - at) * sizeof *s->order);
    s->order[at].piece = s->unused[s->capacity - 1 - s->n];
    s->n++;
    return unit_sram_piece(s, at);
}

static void take_out(struct unit_sram *s, uint32_t at)
{
    s->n--;
    s->unused[s->capacity - 1 - s->n] = s->order[at].piece;
    memmove(s->order + at, s->order + at + 1, (s->n - at) * sizeof *s->order);
}

static void cut_front(struct unit_sram *s, uint32_t at, uint32_t bytes)
{
    struct sram_piece *p = unit_sram_piece(s, at);
    p->address += bytes;
    p->burst.offset += bytes;
    p->bytes -= bytes;
    s->order[at].address = p->address;
}

/* Takes [address, end) away from whatever holds it; returns where a piece for it belongs. */
static uint32_t clear(struct unit_sram *s, uint32_t address, uint32_t end)
{
    uint32_t at = unit_sram_find(s, address);
    while (at < s->n) {
        struct sram_piece *p = unit_sram_piece(s, at);
        uint32_t p_end = p->address + p->bytes;
        if (p->address >= end)
            break;
        if (p->address < address && p_end > end) {
            struct sram_piece *tail = insert(s, at + 1);
            *tail = *p;
            cut_front(s, at + 1, end - p->address);
            p->bytes = address - p->address;
            return at + 1;
        }
        if (p->address < address) {
            p->bytes = address - p->address;
            at++;
        } else if (p_end > end) {
            cut_front(s, at, end - p->address);
            break;
        } else {
            take_out(s, at);
        }
    }
    return at;
}

/* Where a piece like this stands already (it is written anew), or is put in. */
static uint32_t place_for(struct unit_sram *s, uint32_t address, uint32_t bytes)
{
    uint32_t at = unit_sram_find(s, address);
    if (at < s->n && s->order[at].address == address && unit_sram_piece(s, at)->bytes == bytes)
        return at;
    at = clear(s, address, address + bytes);
    insert(s, at);
    s->order[at].address = address;
    return at;
}

void unit_sram_write(struct unit_sram *s, uint32_t address, uint32_t bytes, const struct burst *b, uint64_t arrived)
{
    struct sram_piece *p = unit_sram_piece(s, place_for(s, address, bytes));
    p->address = address;
    p->bytes = bytes;
    p->arrived = arrived;
    burst_copy(&p->burst, b);
}

void unit_sram_age(struct unit_sram *s)
{
    for (uint32_t i = 0; i < s->n; i++) {
        struct sram_piece *p = unit_sram_piece(s, i);
        p->arrived = p->burst.computed = p->burst.last_stamp = 0;
        p->burst.n_stamps = 0;
        p->burst.n_stamps = 0;
    }
}
