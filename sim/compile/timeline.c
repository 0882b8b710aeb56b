/* SPDX-License-Identifier: Apache-2.0 */
/* timeline.c - busy intervals by binary search; new ones mostly merge with a neighbour. */
#include "sim/compile/timeline.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"

#define FIRST_SPANS 32u /* that there is room for: a link has a hundred in the end */

/* Index of the first span that ends after `time`: mostly near the one behind the last gap, so steps away from there
 * grow. */
static size_t first_after(const struct timeline *t, uint64_t time)
{
    size_t low = 0, high = t->n_spans;
    if (t->behind_gap < high && t->spans[t->behind_gap].to <= time) {
        low = t->behind_gap + 1;
        for (size_t step = 1; step < high - low; step *= 2) {
            if (t->spans[low + step - 1].to > time) {
                high = low + step - 1;
                break;
            }
            low += step;
        }
    } else {
        high = t->behind_gap;
        for (size_t step = 1; step < high; step *= 2) {
            if (t->spans[high - step].to <= time) {
                low = high - step + 1;
                break;
            }
            high -= step;
        }
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (t->spans[middle].to > time) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

/* The gap before span i is the one that was found last. */
static void note_gap(struct timeline *t, size_t i)
{
    t->behind_gap = i;
    t->gap_from = i > 0 ? t->spans[i - 1].to : 0;
    t->gap_to = i < t->n_spans ? t->spans[i].from : UINT64_MAX;
}

uint64_t timeline_search(struct timeline *t, uint64_t earliest, uint64_t length)
{
    size_t i = first_after(t, earliest);
    for (; i < t->n_spans; i++) {
        if (t->spans[i].from >= earliest && t->spans[i].from - earliest >= length) {
            break;
        }
        earliest = t->spans[i].to;
    }
    note_gap(t, i);
    return earliest;
}

bool timeline_is_free(const struct timeline *t, uint64_t from, uint64_t to)
{
    size_t i = first_after(t, from);
    return i == t->n_spans || t->spans[i].from >= to;
}

void timeline_take(struct timeline *t, uint64_t from, uint64_t to)
{
    size_t i = from >= t->gap_from && to <= t->gap_to ? t->behind_gap : first_after(t, from);
    SIM_CHECK(from < to && (i == t->n_spans || t->spans[i].from >= to), "[%llu, %llu) is taken",
              (unsigned long long)from, (unsigned long long)to);
    bool joins_left = i > 0 && t->spans[i - 1].to == from;
    bool joins_right = i < t->n_spans && t->spans[i].from == to;
    if (joins_left && joins_right) {
        t->spans[i - 1].to = t->spans[i].to;
        memmove(&t->spans[i], &t->spans[i + 1], (t->n_spans - i - 1) * sizeof *t->spans);
        t->n_spans--;
    } else if (joins_left) {
        t->spans[i - 1].to = to;
    } else if (joins_right) {
        t->spans[i++].from = from;
    } else {
        if (t->n_spans == t->cap_spans) {
            VEC_RESERVE(t, spans, t->n_spans ? 2 * t->n_spans : FIRST_SPANS);
        }
        memmove(&t->spans[i + 1], &t->spans[i], (t->n_spans - i) * sizeof *t->spans);
        t->spans[i++] = (struct busy) {from, to};
        t->n_spans++;
    }
    note_gap(t, i); /* what comes next mostly comes later */
}

void timeline_free(struct timeline *t)
{
    free(t->spans);
    *t = (struct timeline) {0};
}
