/* SPDX-License-Identifier: Apache-2.0 */
/* sm_account.c - intervals of an SM. */
#include "hw/sm/sm_account.h"

#include <stdlib.h>

#include "sim/base/error.h"

void sm_account_begin(struct sm_account *a, uint64_t cycle)
{
    a->n_intervals = a->n_pending = 0;
    a->until = cycle;
    a->padding = 0;
}

void sm_account_free(struct sm_account *a)
{
    free(a->intervals);
    free(a->pending);
}

void sm_account_add(struct sm_account *a, uint64_t to, uint32_t cause, uint32_t tag)
{
    if (to <= a->until)
        return;
    struct sm_interval *last = a->n_intervals > 0 ? &a->intervals[a->n_intervals - 1] : NULL;
    if (!last || last->cause != cause || last->tag != tag) {
        struct sm_interval *next = VEC_PUSH(a, intervals);
        SIM_CHECK(next, "no room for an interval"); /* for the analyzer, which does not know that the array grows */
        *next = (struct sm_interval) {a->until, cause, tag};
        if (cause == SM_PENDING)
            *VEC_PUSH(a, pending) = (uint32_t)a->n_intervals - 1;
    }
    a->until = to;
}

static uint64_t end_of(const struct sm_account *a, uint32_t i)
{
    return i + 1 < a->n_intervals ? a->intervals[i + 1].from : a->until;
}

/* Makes room for `n` intervals in place of interval i. Pending intervals behind it move. */
static void make_room(struct sm_account *a, uint32_t i, uint32_t n)
{
    if (n < 2)
        return;
    size_t old = a->n_intervals;
    for (uint32_t k = 1; k < n; k++)
        VEC_PUSH(a, intervals);
    for (size_t k = old; k-- > i + 1u;)
        a->intervals[k + n - 1] = a->intervals[k];
    for (size_t k = 0; k < a->n_pending; k++)
        if (a->pending[k] > i)
            a->pending[k] += n - 1;
}

/* Before cycle `computed` not there at all; then, before its first stamp and without one, in the L1. */
static void cut(struct sm_account *a, uint32_t i, uint64_t computed, const struct trail *t, uint64_t near)
{
    uint64_t from = a->intervals[i].from, to = end_of(a, i);
    struct sm_interval parts[TRAIL_STAMPS + 2];
    uint32_t n = 0;
    if (computed > from)
        parts[n++] = (struct sm_interval) {from, CAUSE_DEPENDENCY, 0};
    if (computed < to)
        parts[n++] = (struct sm_interval) {computed > from ? computed : from, CAUSE_MEMORY_L1, 0};
    for (uint32_t k = 0; computed < to && k < t->n; k++) {
        uint64_t at = trail_cycle(t, k, near);
        uint32_t cause = trail_causes[trail_place(t, k)];
        if (at >= to)
            break;
        if (at <= parts[n - 1].from)
            parts[n - 1].cause = cause;
        else if (cause != parts[n - 1].cause)
            parts[n++] = (struct sm_interval) {at, cause, 0};
    }
    make_room(a, i, n);
    for (uint32_t k = 0; k < n; k++)
        a->intervals[i + k] = parts[k];
}

void sm_account_resolve(struct sm_account *a, uint32_t tag, const struct trail *t, uint64_t cycle)
{
    sm_account_resolve_result(a, tag, 0, t, cycle);
}

void sm_account_resolve_result(struct sm_account *a, uint32_t tag, uint64_t computed, const struct trail *t,
                               uint64_t cycle)
{
    for (size_t k = 0; k < a->n_pending;) {
        uint32_t i = a->pending[k];
        if (a->intervals[i].tag != tag) {
            k++;
            continue;
        }
        a->pending[k] = a->pending[--a->n_pending];
        cut(a, i, computed, t, cycle);
    }
}
