/* SPDX-License-Identifier: Apache-2.0 */
/* text.h - a growable string, numbers as text, "did you mean". */
#ifndef SIM_BASE_TEXT_H
#define SIM_BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct text {
    char *s; /* always NUL-terminated once something was added; NULL when empty */
    size_t n;
    size_t capacity;
};

void text_free(struct text *t);
void text_add(struct text *t, const char *s);
void text_add_bytes(struct text *t, const char *s, size_t n);
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void text_printf(struct text *t, const char *fmt, ...);

/* Writes the number at `at` (room for TEXT_U64_MAX) without a NUL; returns the end. For texts of many numbers. */
#define TEXT_U64_MAX 20
char *text_u64(char *at, uint64_t value);

/* Shortest text that reads back to the same double, spelled as Python's repr: 0.1, 1e-05, 83.0, 1e+16. */
#define TEXT_REAL_MAX 40
const char *text_real(char buf[TEXT_REAL_MAX], double value);

/* value rounded to 9 significant digits (for results of libm other than sqrt). */
double text_round9(double value);

/* Whole text must be a number in range; 0 or SIM_ERR_INPUT. */
int text_parse_u64(const char *s, uint64_t *value);
int text_parse_i64(const char *s, int64_t *value);
int text_parse_real(const char *s, double *value);

/* The candidate nearest to word (edit distance <= 1 + len/3), or NULL. */
const char *text_nearest(const char *word, const char *const *candidates, size_t count);

/* Glob match with * and ?. */
int text_glob(const char *pattern, const char *s);

#endif
