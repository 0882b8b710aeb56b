/* SPDX-License-Identifier: Apache-2.0 */
/* text.c - growable strings, parsing, nearest word, globs. Reals as text: text_real.c. */
#include "sim/base/text.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sim/base/error.h"
#include "sim/base/mem.h"

void text_free(struct text *t)
{
    free(t->s);
    *t = (struct text) {0};
}

void text_add_bytes(struct text *t, const char *s, size_t n)
{
    t->s = vec_grow(t->s, &t->capacity, t->n + n + 1, 1);
    if (n) {
        memcpy(t->s + t->n, s, n);
    }
    t->n += n;
    t->s[t->n] = '\0';
}

void text_add(struct text *t, const char *s)
{
    text_add_bytes(t, s, strlen(s));
}

void text_printf(struct text *t, const char *fmt, ...)
{
    char small[256];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(small, sizeof small, fmt, args);
    va_end(args);
    if (n < 0) {
        return;
    }
    if ((size_t)n < sizeof small) {
        text_add_bytes(t, small, (size_t)n);
        return;
    }
    t->s = vec_grow(t->s, &t->capacity, t->n + (size_t)n + 1, 1);
    va_start(args, fmt);
    vsnprintf(t->s + t->n, (size_t)n + 1, fmt, args);
    va_end(args);
    t->n += (size_t)n;
}

char *text_u64(char *at, uint64_t value)
{
    char *end = at + 1;
    for (uint64_t rest = value / 10; rest > 0; rest /= 10) {
        end++;
    }
    for (char *digit = end; digit > at; value /= 10) {
        *--digit = (char)('0' + value % 10);
    }
    return end;
}

int text_parse_u64(const char *s, uint64_t *value)
{
    uint64_t v = 0;
    if (!*s) {
        return SIM_ERR_INPUT;
    }
    for (; *s; s++) {
        if (*s < '0' || *s > '9') {
            return SIM_ERR_INPUT;
        }
        uint64_t digit = (uint64_t)(*s - '0');
        if (v >= UINT64_MAX / 10 && (v > UINT64_MAX / 10 || digit > UINT64_MAX % 10)) {
            return SIM_ERR_INPUT;
        }
        v = v * 10 + digit;
    }
    *value = v;
    return SIM_OK;
}

int text_parse_i64(const char *s, int64_t *value)
{
    int negative = *s == '-';
    uint64_t v;
    if (text_parse_u64(s + (negative || *s == '+'), &v)) {
        return SIM_ERR_INPUT;
    }
    if (v > (uint64_t)INT64_MAX + (negative ? 1u : 0u)) {
        return SIM_ERR_INPUT;
    }
    if (negative) {
        *value = v ? -(int64_t)(v - 1) - 1 : 0;
    } else {
        *value = (int64_t)v;
    }
    return SIM_OK;
}

int text_parse_real(const char *s, double *value)
{
    /* strtod would also take blanks, hexadecimal, inf and nan: none is a number a user writes. */
    if (!*s || strspn(s, "+-.eE0123456789") != strlen(s)) {
        return SIM_ERR_INPUT;
    }
    char *end;
    errno = 0;
    double v = strtod(s, &end);
    if (*end || !isfinite(v)) {
        return SIM_ERR_INPUT;
    }
    *value = v;
    return SIM_OK;
}

/* Edit distance with neighbours swapped as one edit (optimal string alignment), on three rows. */
static size_t edit_distance(const char *a, size_t n_a, const char *b, size_t n_b, size_t *rows)
{
    size_t width = n_b + 1;
    size_t *before = rows;
    size_t *last = rows + width;
    size_t *row = rows + 2 * width;
    for (size_t j = 0; j <= n_b; j++) {
        last[j] = j;
    }
    for (size_t i = 1; i <= n_a; i++) {
        row[0] = i;
        for (size_t j = 1; j <= n_b; j++) {
            size_t best = last[j - 1] + (a[i - 1] != b[j - 1]);
            best = last[j] + 1 < best ? last[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best) {
                best = before[j - 2] + 1;
            }
            row[j] = best;
        }
        size_t *recycled = before;
        before = last;
        last = row;
        row = recycled;
    }
    return last[n_b];
}

const char *text_nearest(const char *word, const char *const *candidates, size_t count)
{
    size_t n = strlen(word);
    size_t best = 1 + n / 3;
    const char *found = NULL;
    if (n > 100) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        size_t m = strlen(candidates[i]);
        if (strcasecmp(word, candidates[i]) == 0) {
            return candidates[i];
        }
        if (m > n + best || n > m + best) {
            continue;
        }
        size_t *rows = mem_alloc_array(3 * (m + 1), sizeof *rows);
        size_t distance = edit_distance(word, n, candidates[i], m, rows);
        free(rows);
        size_t longer = m > n ? m : n;
        if (distance < longer && (distance < best || (distance == best && !found))) {
            best = distance;
            found = candidates[i];
        }
    }
    return found;
}

int text_glob(const char *pattern, const char *s)
{
    const char *star = NULL; /* the last star seen, and how much of s it has eaten */
    const char *eaten = NULL;
    while (*s) {
        if (*pattern == '*') {
            star = pattern++;
            eaten = s;
        } else if (*pattern == '?' || *pattern == *s) {
            pattern++;
            s++;
        } else if (star) {
            pattern = star + 1;
            s = ++eaten;
        } else {
            return 0;
        }
    }
    while (*pattern == '*') {
        pattern++;
    }
    return *pattern == '\0';
}
