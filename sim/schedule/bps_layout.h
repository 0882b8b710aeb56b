/* SPDX-License-Identifier: Apache-2.0 */
/* bps_layout.h - the records of a .bps file, as tables that writer, reader and checker share.
 *
 *     struct sched_hop  <--fields-->  record of section HOPS: transfer u32 | link u32 | parent u32 | start u64
 *
 * Private to sim/schedule; the layout is specified in docs/formats/bps.md. All integers are little-endian,
 * records have no gaps. A field also says what its value may be, so that no index can point outside. */
#ifndef SIM_SCHEDULE_BPS_LAYOUT_H
#define SIM_SCHEDULE_BPS_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/schedule/schedule.h"

#define BPS_MAGIC                                                                                                      \
    "\x89"                                                                                                             \
    "BPS\r\n\x1a\n"
#define BPS_MAGIC_BYTES   8u
#define BPS_VERSION       1u
#define BPS_HEADER_BYTES  32u
#define BPS_SECTION_BYTES 40u
#define BPS_HASH_BYTES    64u
#define BPS_MAX_RATIO     256u       /* raw bytes per stored byte of a section, at most */
#define BPS_MAX_RAW       (1u << 30) /* raw bytes of a section, at most */
#define BPS_MAX_FILE      (1u << 30)
#define BPS_MAX_STRING    1023u
#define BPS_META_STRINGS  4u /* policy, start, work name, what bounds it; the links' ids follow */
#define BPS_MAX_PROGRAMS  64u
#define BPS_MAX_CYCLE     (UINT64_C(1) << 56)

enum bps_kind { BPS_U32, BPS_U64, BPS_BOOL, BPS_HASH };

/* What a value may be: below a count of the schedule, or inside fixed limits. */
enum bps_range {
    RANGE_ANY,
    RANGE_CYCLE,     /* <= 2^56 */
    RANGE_BIT,       /* 0, 1 */
    RANGE_FLAGS,     /* 0..3 */
    RANGE_KIND,      /* 0..3: endpoints */
    RANGE_LINK_TYPE, /* 0..3 */
    RANGE_TASK_KIND, /* 0..2 */
    RANGE_CLASS,     /* traffic classes */
    RANGE_COMMAND,   /* DRAM commands */
    RANGE_CHIP,
    RANGE_ROUTER,  /* global */
    RANGE_UNIT,    /* global */
    RANGE_CHANNEL, /* global */
    RANGE_LINK,
    RANGE_LINK_OR_NONE,
    RANGE_TASK,
    RANGE_TASK_OR_NONE,
    RANGE_CHUNK,
    RANGE_CHUNK_OR_OTHER, /* a chunk, SCHED_CONTROL or SCHED_NONE */
    RANGE_TRANSFER,
    RANGE_TRANSFER_OR_NONE,
    RANGE_PROGRAM
};

struct bps_field {
    const char *name;
    uint32_t offset; /* in the struct */
    enum bps_kind kind;
    enum bps_range range;
};

/* One section. `single`: exactly one record, which is the struct at `items` itself; else `items`, `count`
 * and `capacity` are the offsets of a growable array's three fields in its owner. */
struct bps_section {
    char tag[5];
    bool per_program; /* owner: struct sched_program; else struct schedule */
    bool single;
    const struct bps_field *fields;
    uint32_t n_fields;
    uint32_t struct_bytes;
    size_t items, count, capacity;
};

enum bps_section_number {
    SECTION_META,
    SECTION_TEXT, /* strings: no table of fields */
    SECTION_MACH,
    SECTION_ENDP,
    SECTION_LINK,
    SECTION_TASK,
    SECTION_CHNK,
    SECTION_INPT,
    SECTION_REPT,
    SECTION_PROG, /* this and the following once per program */
    SECTION_OPER,
    SECTION_XFER,
    SECTION_HOPS,
    SECTION_DRAM,
    SECTION_SRAM,
    SECTION_PHAS,
    SECTION_COUNT
};

extern const struct bps_section bps_sections[SECTION_COUNT];

uint32_t bps_field_bytes(const struct bps_field *f);
uint32_t bps_record_bytes(const struct bps_section *c);

/* The array of a section in its owner. */
struct bps_array {
    const unsigned char *items;
    size_t count;
};
struct bps_array bps_array_of(const struct bps_section *c, const struct schedule *s, const struct sched_program *p);

/* Not of a BPS_HASH. */
static inline uint64_t bps_field_get(const struct bps_field *f, const unsigned char *item)
{
    uint64_t wide;
    uint32_t narrow;
    bool bit;
    if (f->kind == BPS_U64) {
        memcpy(&wide, item + f->offset, sizeof wide);
        return wide;
    }
    if (f->kind == BPS_BOOL) {
        memcpy(&bit, item + f->offset, sizeof bit);
        return bit;
    }
    SIM_CHECK(f->kind == BPS_U32, "%s is not a number", f->name);
    memcpy(&narrow, item + f->offset, sizeof narrow);
    return narrow;
}

/* May `value` stand there? Counts are those of s and of p, which may be NULL outside of programs. */
bool bps_value_fits(enum bps_range range, uint64_t value, const struct schedule *s, const struct sched_program *p);

/* The strings of section TEXT, in file order: number i of BPS_META_STRINGS + links. */
const char *bps_string(const struct schedule *s, size_t i);

#endif
