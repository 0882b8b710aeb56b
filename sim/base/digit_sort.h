/* SPDX-License-Identifier: Apache-2.0 */
/* digit_sort.h - stable sort of records by a number, digit by digit from the least one on (Knuth, The Art of Computer
 * Programming 3, 5.2.5): for many records, linear in their number.
 *
 *     DIGIT_SORT(by_time, struct event, TIME_OF)        TIME_OF(const struct event *): uint64_t
 *     struct event *sorted = by_time(events, spare, n); spare has room for as many
 *
 * Ascending; equal ones stay in order. Returns where they lie in the end: the first array or the other. What is in
 * order is left as it is; so are digits that are alike in all. */
#ifndef SIM_BASE_DIGIT_SORT_H
#define SIM_BASE_DIGIT_SORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIGIT_BITS 11u /* of a pass */
#define DIGITS     (1u << DIGIT_BITS)
#define DIGIT_FEW  64u /* records that are put in one by one */

/* at[d]: how many have digit d --> where those begin. */
static inline void digit_places(size_t at[DIGITS])
{
    size_t sum = 0;
    for (size_t d = 0; d < DIGITS; d++) {
        size_t before = sum;
        sum += at[d];
        at[d] = before;
    }
}

#define DIGIT_SORT(name, type, key)                                                                                    \
    static inline void name##_few(type *items, size_t n)                                                               \
    {                                                                                                                  \
        for (size_t i = 1; i < n; i++) {                                                                               \
            type x = items[i];                                                                                         \
            size_t k = i;                                                                                              \
            for (; k > 0 && key(&x) < key(&items[k - 1]); k--) {                                                       \
                items[k] = items[k - 1];                                                                               \
            }                                                                                                          \
            items[k] = x;                                                                                              \
        }                                                                                                              \
    }                                                                                                                  \
    static inline void name##_pass(const type *from, type *to, size_t n, uint32_t shift)                               \
    {                                                                                                                  \
        size_t at[DIGITS] = {0};                                                                                       \
        for (size_t i = 0; i < n; i++) {                                                                               \
            at[key(&from[i]) >> shift & (DIGITS - 1)]++;                                                               \
        }                                                                                                              \
        digit_places(at);                                                                                              \
        for (size_t i = 0; i < n; i++) {                                                                               \
            to[at[key(&from[i]) >> shift & (DIGITS - 1)]++] = from[i];                                                 \
        }                                                                                                              \
    }                                                                                                                  \
    static inline type *name(type *items, type *spare, size_t n)                                                       \
    {                                                                                                                  \
        uint64_t bits = 0;                                                                                             \
        bool sorted = true;                                                                                            \
        for (size_t i = 1; i < n; i++) {                                                                               \
            bits |= (uint64_t)key(&items[i]) ^ (uint64_t)key(&items[0]);                                               \
            sorted &= key(&items[i - 1]) <= key(&items[i]);                                                            \
        }                                                                                                              \
        if (sorted) {                                                                                                  \
            return items;                                                                                              \
        }                                                                                                              \
        if (n <= DIGIT_FEW) {                                                                                          \
            name##_few(items, n);                                                                                      \
            return items;                                                                                              \
        }                                                                                                              \
        for (uint32_t shift = 0; shift < 64 && bits >> shift > 0; shift += DIGIT_BITS) {                               \
            if (bits >> shift & (DIGITS - 1)) {                                                                        \
                name##_pass(items, spare, n, shift);                                                                   \
                type *passed = spare;                                                                                  \
                spare = items;                                                                                         \
                items = passed;                                                                                        \
            }                                                                                                          \
        }                                                                                                              \
        return items;                                                                                                  \
    }

#endif
