/* SPDX-License-Identifier: Apache-2.0 */
/* micro_memory.c - micro-benchmarks that need no SM: accesses made up here, replayed on the memory system alone. */
#include <stdlib.h>
#include <string.h>

#include "hw/server/memory_server.h"
#include "sim/base/error.h"
#include "sim/cli/micro.h"

#define LINE        128u
#define CHASE_LOADS 1024u
#define CHASE_FIRST 4096u
#define CHASE_MAX   (UINT64_C(64) << 20)
#define LINE_TURNS  64u
#define TURN_CYCLES 100000u  /* more than any access takes */
#define WARM_CYCLES 1000000u /* until the blocks of all SMs are in L2: more than the slowest memory takes for them */

enum { WARM = 1, MEASURED = 2 }; /* `source` of an access */

struct accesses {
    VEC(struct memory_access, list);
};

static void add(struct accesses *a, uint32_t requester, uint64_t address, uint32_t size, uint32_t source,
                uint64_t cycle)
{
    *VEC_PUSH(a, list) = (struct memory_access) {.cycle = cycle == UINT64_MAX ? 0 : cycle,
                                                 .dependent = cycle == UINT64_MAX,
                                                 .address = (uint32_t)address,
                                                 .size = size,
                                                 .requester = (uint16_t)requester,
                                                 .source = source};
}

#define DEPENDENT UINT64_MAX

static int replay(const struct job *j, struct accesses *a, struct memory_result *r, struct diag *d)
{
    struct memory_run_options o = {.seed = j->config.run.seed, .tail = MEASURED};
    memset(r, 0, sizeof *r);
    int rc = memory_server_run(&j->machine, &j->dynamic, a->list, a->n_list, &o, r, d);
    free(a->list);
    return rc;
}

/* ---- pointer chase ---- */

static uint64_t l2_bytes(const struct job *j)
{
    return (uint64_t)j->dynamic.l2.slices * j->dynamic.l2.bytes;
}

/* Powers of two up to twice what the L2 holds. */
void micro_plan_chase(const struct job *j, struct micro_plan *p)
{
    uint64_t end = 2 * l2_bytes(j), x = CHASE_FIRST;
    for (; x < end && x < CHASE_MAX; x *= 2) {
        micro_add(p, (struct micro_point) {.series = "load", .x = x});
    }
    micro_add(p, (struct micro_point) {.series = "load", .x = x});
}

/* i-th line of a round: an odd stride visits all of a power of two, and no two neighbours follow each other. */
static uint64_t chase_line(uint64_t i, uint64_t lines)
{
    return i * 0x9e3779b1u % lines;
}

/* One round brings in what fits, then loads that wait for each other go on from the start of the round. */
int micro_measure_chase(const struct job *j, const struct micro_point *p, struct micro_figure *f, struct diag *d)
{
    struct accesses a = {0};
    struct memory_result r;
    uint64_t lines = p->x / LINE;
    SIM_CHECK(lines > 0, "a footprint of %llu bytes", (unsigned long long)p->x);
    for (uint64_t i = 0; i < lines; i++) {
        add(&a, 0, chase_line(i, lines) * LINE, 4, WARM, 0);
    }
    /* Those under way at the end of the round are over by then. */
    add(&a, 0, chase_line(lines - 1, lines) * LINE, 4, WARM, DEPENDENT);
    for (uint64_t i = 0; i < CHASE_LOADS; i++) {
        add(&a, 0, chase_line(i, lines) * LINE, 4, MEASURED, DEPENDENT);
    }
    int rc = replay(j, &a, &r, d);
    *f = (struct micro_figure) {r.tail.latency, r.tail.requests};
    return rc;
}

/* ---- streams ---- */

enum { FROM_L2, FROM_DRAM };

void micro_plan_stream(const struct job *j, struct micro_plan *p)
{
    static const char *const names[] = {[FROM_L2] = "L2", [FROM_DRAM] = "DRAM"};
    uint32_t units = j->machine.units_per_chip;
    for (uint32_t kind = FROM_L2; kind <= FROM_DRAM; kind++) {
        uint64_t x = 1;
        for (; x < units; x *= 2) {
            micro_add(p, (struct micro_point) {.series = names[kind], .x = x, .kind = kind});
        }
        micro_add(p, (struct micro_point) {.series = names[kind], .x = units, .kind = kind});
    }
}

static void add_block(struct accesses *a, uint32_t unit, uint64_t bytes, uint32_t source, uint64_t cycle)
{
    for (uint64_t at = 0; at < bytes; at += LINE) {
        add(a, unit, unit * bytes + at, LINE, source, cycle);
    }
}

/* Blocks are four times an L1, so a second round finds nothing there, and together fit the L2. */
int micro_measure_stream(const struct job *j, const struct micro_point *p, struct micro_figure *f, struct diag *d)
{
    struct accesses a = {0};
    struct memory_result r;
    uint64_t bytes = 4 * (uint64_t)j->dynamic.l1.bytes / LINE * LINE;
    for (uint32_t i = 0; i < p->x; i++) {
        if (p->kind == FROM_L2) {
            add_block(&a, i, bytes, WARM, 0);
        }
        add_block(&a, i, bytes, MEASURED, p->kind == FROM_L2 ? WARM_CYCLES : 0);
    }
    int rc = replay(j, &a, &r, d);
    *f = (struct micro_figure) {r.tail.requests * LINE, r.tail.to - r.tail.from};
    return rc;
}

/* ---- a line that everybody writes ---- */

static uint64_t messages(const struct memory_result *r, const char *name)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < r->n_messages; i++) {
        n += strcmp(r->messages[i].name, name) == 0 ? r->messages[i].n : 0;
    }
    return n;
}

/* Word i of the line. */
static void add_write(struct accesses *a, uint32_t requester, uint32_t source, uint64_t cycle)
{
    add(a, requester, 4 * (uint64_t)(requester % (LINE / 4)), 4, source, cycle);
    a->list[a->n_list - 1].write = true;
}

/* One after the other, so far apart that nobody meets: what one write of another's modified line takes. */
int micro_measure_line(const struct job *j, const struct micro_point *p, struct micro_figure *f, struct diag *d)
{
    struct accesses a = {0};
    struct memory_result r;
    for (uint32_t turn = 0; turn < LINE_TURNS; turn++) {
        add_write(&a, turn % (uint32_t)p->x, turn == 0 ? WARM : MEASURED, turn * (uint64_t)TURN_CYCLES);
    }
    int rc = replay(j, &a, &r, d);
    *f = (struct micro_figure) {r.tail.latency, r.tail.requests};
    return rc;
}

/* Each writes the line again as soon as its last write is done: the time of all per hand-over of an owner. */
int micro_measure_crowd(const struct job *j, const struct micro_point *p, struct micro_figure *f, struct diag *d)
{
    struct accesses a = {0};
    struct memory_result r;
    for (uint32_t turn = 0; turn < LINE_TURNS; turn++) {
        for (uint32_t i = 0; i < p->x; i++) {
            add_write(&a, i, MEASURED, DEPENDENT);
        }
    }
    int rc = replay(j, &a, &r, d);
    *f = (struct micro_figure) {r.tail.to - r.tail.from, messages(&r, "owner_data")};
    return rc;
}
