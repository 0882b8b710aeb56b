/* SPDX-License-Identifier: Apache-2.0 */
/* filling.c - a step function of time. */
#include "sim/compile/filling.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"

/* Steps that begin at `time` or before. What is asked for lies mostly near what was asked for last. */
static size_t steps_to(const struct filling *f, uint64_t time)
{
    size_t low = 0, high = f->n_steps, near = f->last;
    if (near < high && f->steps[near].from <= time) {
        low = near + 1;
        for (size_t step = 1; low + step <= high; step *= 2) {
            if (f->steps[low + step - 1].from > time) {
                high = low + step - 1;
                break;
            }
            low += step;
        }
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (f->steps[middle].from <= time) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

uint64_t filling_find(struct filling *f, uint64_t earliest, uint64_t length, uint64_t bytes)
{
    size_t next = steps_to(f, earliest);
    f->last = next > 0 ? next - 1 : 0;
    uint64_t used = next > 0 ? f->steps[next - 1].bytes : 0, t = earliest;
    for (; next < f->n_steps; next++) {
        if (used + bytes > f->capacity) {
            t = f->steps[next].from;
        } else if (f->steps[next].from >= t && f->steps[next].from - t >= length) {
            break;
        }
        used = f->steps[next].bytes;
    }
    return t;
}

/* The step that begins at `time`, which may be new. */
static size_t step_at(struct filling *f, uint64_t time)
{
    size_t i = steps_to(f, time);
    if (i > 0 && f->steps[i - 1].from == time) {
        return i - 1;
    }
    uint64_t bytes = i > 0 ? f->steps[i - 1].bytes : 0;
    VEC_PUSH(f, steps);
    memmove(&f->steps[i + 1], &f->steps[i], (f->n_steps - 1 - i) * sizeof *f->steps);
    f->steps[i] = (struct filling_step) {time, bytes};
    return i;
}

/* The step at i says what the one before says. */
static void drop_if_same(struct filling *f, size_t i)
{
    if (f->steps[i].bytes == (i > 0 ? f->steps[i - 1].bytes : 0)) {
        memmove(&f->steps[i], &f->steps[i + 1], (f->n_steps - i - 1) * sizeof *f->steps);
        f->n_steps--;
    }
}

void filling_take(struct filling *f, uint64_t from, uint64_t to, uint64_t bytes)
{
    size_t first = step_at(f, from), end = step_at(f, to);
    for (size_t i = first; i < end; i++) {
        f->steps[i].bytes += bytes;
        SIM_CHECK(f->steps[i].bytes <= f->capacity, "%llu of %llu bytes from cycle %llu on",
                  (unsigned long long)f->steps[i].bytes, (unsigned long long)f->capacity,
                  (unsigned long long)f->steps[i].from);
    }
    drop_if_same(f, end);
    drop_if_same(f, first);
    f->last = first;
}

void filling_free(struct filling *f)
{
    free(f->steps);
    *f = (struct filling) {0};
}
