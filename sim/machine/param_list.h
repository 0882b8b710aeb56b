/* SPDX-License-Identifier: Apache-2.0 */
/* param_list.h - what one row of a parameter list is, and the C type behind each parameter type.
 *
 *     P(type, name, default, min, max, unit, meaning, source, when)
 *
 *     type     u32 u64 bool    number, truth
 *              hz rate fs bytes    quantities with units: 1.5 GHz, 450 GB/s, 150 ns, 512 KiB;
 *                              stored as whole Hz, bytes per second, femtoseconds, bytes
 *              choice choices  one name of a table; one or more of them
 *              string          text
 *              ppb_list        one number for all chips, or one per chip
 *              names           texts, any number of them
 *     default  written as in YAML, without quotes. `required`: must be given. `preset`: the preset's,
 *              must be given without one. `auto`: derived; only then may the file say `auto`. `all`:
 *              every choice. `first N`: so many of the table. `none`: the empty string, no choice
 *     min max  as in YAML; `-` where there is no range. Of choices and names: `none` where there may be none of them
 *     unit     of a plain number, "1" for a count; for choice and choices the table of names
 *     source   of the default: a published figure, or "assumed"; "" where the default claims nothing
 *     when     condition under which something reads the parameter, "" = always:
 *              KEY = name, name | KEY > number, joined by `and`, those joined by `or`; of choices one is enough
 *
 * A list makes the struct, the reader, the range check, `describe`, the schema and docs/config.md.
 * Rows are kept from clang-format, which would put blanks into `GB/s`. */
#ifndef SIM_MACHINE_PARAM_LIST_H
#define SIM_MACHINE_PARAM_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PARAM_AUTO32 UINT32_MAX
#define PARAM_AUTO64 UINT64_MAX

#define PARAM_TYPES(X)                                                                                                 \
    X(u32) X(u64) X(bool) X(hz) X(rate) X(fs) X(bytes) X(ratio) X(choice) X(choices) X(string) X(ppb_list) X(names)

enum param_type {
#define X(type) PARAM_##type,
    PARAM_TYPES(X)
#undef X
};

struct choices {
    const char *const *names;
    uint32_t count;
};

#define CHOICE_LIST_MAX 8

struct choice_list {
    uint32_t n;
    uint32_t value[CHOICE_LIST_MAX]; /* in the order given, each once */
};

struct ppb_list {
    uint32_t n; /* 1, or the number of chips */
    int64_t *value;
};

struct name_list {
    uint32_t n;
    char **value; /* in the order given */
};

#define PARAM_C_u32      uint32_t
#define PARAM_C_u64      uint64_t
#define PARAM_C_bool     _Bool
#define PARAM_C_hz       uint64_t
#define PARAM_C_rate     uint64_t
#define PARAM_C_fs       uint64_t
#define PARAM_C_bytes    uint32_t
#define PARAM_C_ratio    uint64_t
#define PARAM_C_choice   uint32_t
#define PARAM_C_choices  struct choice_list
#define PARAM_C_string   char *
#define PARAM_C_ppb_list struct ppb_list
#define PARAM_C_names    struct name_list

#define PARAM_FIELD(type, name, def, min, max, unit, meaning, source, when) PARAM_C_##type name;

/* One row, as data. Texts are those of the list. */
struct param {
    const char *name;
    enum param_type type;
    size_t offset; /* in the block's struct */
    const char *def, *min, *max;
    const char *unit;              /* "" for choices */
    const struct choices *choices; /* NULL for other types */
    const char *meaning, *source, *when;
};

struct param_block {
    const char *name;
    const char *path; /* in the file: "chip.noc"; "" for the top */
    const char *meaning;
    const struct param *params;
    uint32_t n_params;
    uint32_t first; /* index of its first parameter among those of all blocks */
    size_t offset;  /* of its struct in struct config */
};

#endif
