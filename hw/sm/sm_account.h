/* SPDX-License-Identifier: Apache-2.0 */
/* sm_account.h - what every cycle of an SM was, as a list of intervals.
 *
 *     cycle    100      120           180        200
 *     cause     compute  pending(#7)   compute    issue  ...
 *
 * Intervals follow each other without a gap. One in which a request was waited for is pending until the request is back
 * and its trail says where it was; then it is cut into places. An interval without a resident CTA is EMPTY: only the
 * dispatcher's time line says whether a kernel was open, being launched, or over (dispatch_timeline). Times are cycles
 * of the chip. */
#ifndef HW_SM_SM_ACCOUNT_H
#define HW_SM_SM_ACCOUNT_H

#include "sim/base/account.h"
#include "sim/base/mem.h"
#include "sim/kernel/message.h"

#define SM_EMPTY   CAUSE_COUNT       /* resolved by the dispatcher's time line */
#define SM_PENDING (CAUSE_COUNT + 1) /* resolved by a trail */
#define SM_UNKNOWN UINT32_MAX        /* not in a list */

struct sm_interval {
    uint64_t from; /* until the next one's */
    uint32_t cause;
    uint32_t tag; /* SM_PENDING: request */
};

struct sm_account {
    VEC(struct sm_interval, intervals);
    VEC(uint32_t, pending); /* indices of pending intervals */
    uint64_t until;         /* accounted so far */
    uint64_t padding;       /* compute cycles that are padding, of the tasks that ended */
};

void sm_account_begin(struct sm_account *a, uint64_t cycle);
void sm_account_free(struct sm_account *a);
/* [a->until, to) was this. */
void sm_account_add(struct sm_account *a, uint64_t to, uint32_t cause, uint32_t tag);
/* Request `tag` is back in `cycle`: its intervals become places. */
void sm_account_resolve(struct sm_account *a, uint32_t tag, const struct trail *t, uint64_t cycle);
/* The same of a result for which the SM waited: before cycle `computed` there was none. */
void sm_account_resolve_result(struct sm_account *a, uint32_t tag, uint64_t computed, const struct trail *t,
                               uint64_t cycle);

#endif
