/* SPDX-License-Identifier: Apache-2.0 */
/* bps_independent_reader.h - reads .bps files; written from docs/formats/bps.md alone, with zlib and nothing
 * of this program, so that page and program can be checked against each other.
 *
 * A file becomes tables of plain numbers, one per section, in file order, and the list of its strings. */
#ifndef TESTS_VALIDATION_BPS_INDEPENDENT_READER_H
#define TESTS_VALIDATION_BPS_INDEPENDENT_READER_H

#include <stddef.h>
#include <stdint.h>

#define READER_MAX_SECTIONS 512

struct reader_section {
    char name[5];
    uint32_t program;
    uint64_t records, fields;
    uint64_t *values; /* records x fields; a hash takes eight of eight bytes each */
};

struct reader_file {
    uint32_t programs;
    size_t n_sections;
    struct reader_section sections[READER_MAX_SECTIONS];
    size_t n_strings;
    char **strings;
};

/* NULL when all is well, else what is wrong. The caller ends the file in either case. */
const char *bps_independent_read(const char *path, struct reader_file *f);
void bps_independent_free(struct reader_file *f);

#endif
