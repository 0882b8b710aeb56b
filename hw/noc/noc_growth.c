/* SPDX-License-Identifier: Apache-2.0 */
/* noc_growth.c - verdicts stretch by stretch, until one repeats. */
#include "hw/noc/noc_growth.h"

#include <stdlib.h>

#include "hw/noc/noc_source.h"
#include "sim/base/error.h"
#include "sim/base/max.h"
#include "sim/base/mem.h"

/* Growth of a backlog that means something: both. Where nothing grows the backlogs at the ends of a stretch vary like
 * numbers of customers, with variances of their size: they differ by no more than four standard deviations. */
#define GROWN_PERCENT   1u /* of the packets created */
#define GROWN_VARIANCES 16u
#define MUCH_PERCENT    4u /* instead of GROWN_PERCENT: hardly an accident */

/* So many stretches in a row have to say the same. */
#define CALM_TWICE   2u
#define GROWN_THRICE 3u
#define MUCH_TWICE   2u

/* What says nothing. */
#define FEW_CREATED  16u   /* packets of a source: too few for a backlog that stays */
#define SHORT_CYCLES 1000u /* a network that was empty may still fill up, */
#define SHORT_FLITS  4u    /* for each flit of a packet */

#define CALM_PACKETS 2u /* nobody is behind by more: no need to look longer */

void noc_growth_init(struct noc_growth *g, uint32_t sources, uint32_t rate, uint32_t flits, uint64_t warm_up,
                     uint64_t measured)
{
    *g = (struct noc_growth) {.next = warm_up,
                              .before = mem_alloc_array(sources, sizeof *g->before),
                              .warm_up = warm_up,
                              .window = measured,
                              .at = warm_up,
                              .sources = sources,
                              .rate = rate,
                              .flits = flits,
                              .times = NOC_GROWTH_TIMES};
}

void noc_growth_free(struct noc_growth *g)
{
    free(g->before);
    *g = (struct noc_growth) {0};
}

uint64_t noc_growth_created(const struct noc_growth *g, uint64_t cycles)
{
    return cycles * g->rate / ((uint64_t)g->flits * NOC_RATE_ONE);
}

/* The window's halves, then stretches that double the time since warm-up. */
static uint64_t mark_after(const struct noc_growth *g)
{
    uint64_t past = g->at - g->warm_up, half = g->window / 2;
    if (past == 0 && half > 0)
        return g->warm_up + half;
    return g->warm_up + (past < g->window ? g->window : 2 * past);
}

static bool grown(uint64_t before, uint64_t now, uint64_t created, uint32_t percent)
{
    uint64_t more = now > before ? now - before : 0;
    return more * 100 > created * percent && more * more > GROWN_VARIANCES * (before + now);
}

/* By how much has the backlog of any source grown, or that of all together? */
enum growth { CALM, GROWN, MUCH };
static enum growth growth_of(uint64_t before, uint64_t now, uint64_t created)
{
    return grown(before, now, created, MUCH_PERCENT) ? MUCH : grown(before, now, created, GROWN_PERCENT) ? GROWN : CALM;
}

/* Keeps the backlogs; *worst: the largest. */
static enum growth take(struct noc_growth *g, const uint64_t *backlog, uint64_t created, uint64_t *worst)
{
    enum growth most = CALM, all;
    uint64_t before = 0, now = 0;
    for (uint32_t i = 0; i < g->sources; i++) {
        enum growth one = growth_of(g->before[i], backlog[i], created);
        most = one > most ? one : most;
        before += g->before[i];
        now += backlog[i];
        *worst = max64(*worst, backlog[i]);
        g->before[i] = backlog[i];
    }
    all = growth_of(before, now, created * g->sources);
    return all > most ? all : most;
}

static bool repeats(const struct noc_growth *g)
{
    return g->calm >= CALM_TWICE || g->grown >= GROWN_THRICE || g->much >= MUCH_TWICE;
}

void noc_growth_mark(struct noc_growth *g, const uint64_t *backlog)
{
    uint64_t cycles = g->next - g->at, created = noc_growth_created(g, cycles), worst = 0;
    SIM_CHECK(!g->decided, "a mark when all is decided");
    enum growth growth = take(g, backlog, created, &worst);
    growth = cycles > 0 ? growth : CALM;
    bool says = cycles >= SHORT_CYCLES + (uint64_t)SHORT_FLITS * g->flits && (growth > CALM || created >= FEW_CREATED);
    g->calm = says && growth == CALM ? g->calm + 1 : 0;
    g->grown = says && growth >= GROWN ? g->grown + 1 : 0;
    g->much = says && growth == MUCH ? g->much + 1 : 0;
    g->grows = growth > CALM;
    bool whole = g->next >= g->warm_up + g->window;
    g->at = g->next;
    g->next = mark_after(g);
    bool last = g->next > g->warm_up + g->times * g->window || g->next > NOC_GROWTH_LAST;
    g->decided = whole && (repeats(g) || last || worst <= CALM_PACKETS);
    g->next = g->decided ? UINT64_MAX : g->next;
}
