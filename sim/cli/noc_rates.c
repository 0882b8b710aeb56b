/* SPDX-License-Identifier: Apache-2.0 */
/* noc_rates.c - the rates of a sweep. */
#include "sim/cli/noc_rates.h"

#include <stdlib.h>

#include "hw/noc/noc_source.h"
#include "sim/base/error.h"
#include "sim/base/mem.h"

#define FIRST  (NOC_RATE_ONE / 100) /* nearly no load */
#define UPWARD 4u
#define LEAST  (NOC_RATE_ONE / 1000000) /* what saturates below is not looked for */
#define FINE   100u                     /* saturation is known to a hundredth of itself */
#define CLOSE  2u                       /* hundredths of saturation: a point as close is enough */

/* Denser where the curve bends; hundredths of saturation. */
static const uint32_t filling[] = {10, 20, 30, 40, 50, 60, 70, 80, 87, 93, 97};

struct outcome {
    uint32_t rate;
    bool saturated;
};

struct rates {
    int (*run)(void *self, uint32_t rate, bool *saturated);
    void *self;
    VEC(struct outcome, done);
    uint32_t low, high; /* keeps up, below all that do not; the least that does not, 0: none */
};

/* Verdicts are statistics: should one below contradict those above, the lower one counts. */
static void bracket(struct rates *r)
{
    r->low = r->high = 0;
    for (size_t i = 0; i < r->n_done; i++) {
        const struct outcome *o = &r->done[i];
        if (o->saturated && (r->high == 0 || o->rate < r->high)) {
            r->high = o->rate;
        }
    }
    for (size_t i = 0; i < r->n_done; i++) {
        const struct outcome *o = &r->done[i];
        if (!o->saturated && o->rate > r->low && (r->high == 0 || o->rate < r->high)) {
            r->low = o->rate;
        }
    }
}

static int one(struct rates *r, uint32_t rate)
{
    bool saturated = false;
    int rc = r->run(r->self, rate, &saturated);
    if (rc == SIM_OK) {
        *VEC_PUSH(r, done) = (struct outcome) {rate, saturated};
        bracket(r);
    }
    return rc;
}

static int upward(struct rates *r)
{
    uint32_t rate = FIRST;
    int rc = one(r, rate);
    while (rc == SIM_OK && r->high == 0 && rate < NOC_RATE_ONE) {
        rate = rate < NOC_RATE_ONE / UPWARD ? rate * UPWARD : NOC_RATE_ONE;
        rc = one(r, rate);
    }
    return rc;
}

static int halve(struct rates *r)
{
    int rc = SIM_OK;
    while (rc == SIM_OK && r->high >= LEAST && r->high - r->low > r->high / FINE) {
        rc = one(r, r->low + (r->high - r->low) / 2);
    }
    return rc;
}

static bool is_near(const struct rates *r, uint32_t rate, uint32_t distance)
{
    bool near = false;
    for (size_t i = 0; i < r->n_done; i++) {
        uint32_t other = r->done[i].rate;
        near |= (other > rate ? other - rate : rate - other) <= distance;
    }
    return near;
}

/* Rates of few digits. */
static int fill(struct rates *r)
{
    const uint32_t part = r->low / 100;
    uint32_t digit = 1;
    int rc = SIM_OK;
    while (digit <= part / 10) {
        digit *= 10;
    }
    for (size_t i = 0; i < sizeof filling / sizeof filling[0] && rc == SIM_OK && part > 0; i++) {
        uint32_t rate = part * filling[i] / digit * digit;
        if (!is_near(r, rate, part * CLOSE)) {
            rc = one(r, rate);
        }
    }
    return rc;
}

int noc_rates_sweep(int (*run)(void *self, uint32_t rate, bool *saturated), void *self, bool beyond, uint32_t *knee)
{
    struct rates r = {.run = run, .self = self};
    int rc = upward(&r);
    rc = rc ? rc : halve(&r);
    if (rc == SIM_OK && beyond && !is_near(&r, NOC_RATE_ONE, 0)) {
        rc = one(&r, NOC_RATE_ONE);
    }
    rc = rc ? rc : fill(&r);
    rc = rc ? rc : halve(&r); /* a filled point may have said that it saturates */
    *knee = r.low;
    free(r.done);
    return rc;
}
