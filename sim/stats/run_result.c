/* SPDX-License-Identifier: Apache-2.0 */
/* run_result.c - life of a result and the laws that every run must keep. */
#include "sim/stats/run_result.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"

void run_result_init(struct run_result *r)
{
    memset(r, 0, sizeof *r);
}

static void free_links(struct run_result *r)
{
    for (size_t i = 0; i < r->n_links; i++) {
        free(r->links[i].id);
        free(r->links[i].from);
        free(r->links[i].to);
    }
    free(r->links);
}

void run_result_free(struct run_result *r)
{
    for (size_t i = 0; i < r->n_units; i++) {
        free(r->units[i].name);
    }
    for (size_t i = 0; i < r->n_conflicts; i++) {
        free(r->conflicts[i].place);
        free(r->conflicts[i].kind);
    }
    for (size_t i = 0; i < r->n_events; i++) {
        free(r->events[i].name);
    }
    free_links(r);
    free(r->units);
    free(r->conflicts);
    free(r->events);
    free(r->phases);
    free(r->name);
    free(r->machine);
    free(r->kind);
    free(r->policy);
    free(r->preset);
    free(r->start);
    free(r->lower_bound_by);
    run_result_init(r);
}

/* Each unit was in exactly one state in each cycle; engines work only while the bit is 1. */
static void check_units(const struct run_result *r)
{
    uint64_t useful = 0;
    for (size_t i = 0; i < r->n_units; i++) {
        const struct result_unit *u = &r->units[i];
        uint64_t sum = 0;
        for (int c = 0; c < CAUSE_COUNT; c++) {
            sum += u->account.cycles[c];
        }
        uint64_t compute = u->account.cycles[CAUSE_COMPUTE_USEFUL] + u->account.cycles[CAUSE_COMPUTE_PADDING];
        SIM_CHECK(sum == r->makespan_cycles, "%s: %s: causes sum to %" PRIu64 " of %" PRIu64 " cycles", r->name,
                  u->name, sum, r->makespan_cycles);
        SIM_CHECK(u->account.on_cycles <= r->makespan_cycles, "%s: %s is on for %" PRIu64 " of %" PRIu64 " cycles",
                  r->name, u->name, u->account.on_cycles, r->makespan_cycles);
        SIM_CHECK(compute <= u->account.on_cycles, "%s: %s computes in %" PRIu64 " cycles and is on in %" PRIu64,
                  r->name, u->name, compute, u->account.on_cycles);
        useful += u->account.cycles[CAUSE_COMPUTE_USEFUL];
    }
    SIM_CHECK(r->interrupted || r->macs_executed <= useful * r->macs_per_cycle,
              "%s: %" PRIu64 " MACs do not fit into %" PRIu64 " useful unit-cycles", r->name, r->macs_executed, useful);
}

/* Link law per class, and the walk of packets against the account per link: a run that was cut short has packets that
 * have not gone their whole way. Returns the link's wire bytes. */
static uint64_t check_link(const struct run_result *r, const struct result_link *l)
{
    uint64_t wire = 0, once = 0; /* once: without what was sent again */
    for (int c = 0; c < CLASS_COUNT; c++) {
        const struct link_account *a = &l->classes[c];
        SIM_CHECK(a->payload + a->header + a->padding + a->retry == a->entered,
                  "%s: %s: %s: parts of the wire bytes do not sum to the %" PRIu64 " that entered", r->name, l->id,
                  class_names[c], a->entered);
        SIM_CHECK(a->left <= a->entered, "%s: %s: %s: %" PRIu64 " bytes left, %" PRIu64 " entered", r->name, l->id,
                  class_names[c], a->left, a->entered);
        SIM_CHECK(r->interrupted || a->left == a->entered,
                  "%s: %s: %s: %" PRIu64 " bytes are still on the link at the end", r->name, l->id, class_names[c],
                  a->entered - a->left);
        SIM_CHECK(a->busy_cycles <= r->makespan_cycles, "%s: %s: %s: busy in %" PRIu64 " of %" PRIu64 " cycles",
                  r->name, l->id, class_names[c], a->busy_cycles, r->makespan_cycles);
        wire += a->entered;
        once += a->entered - a->retry;
    }
    SIM_CHECK(r->interrupted ? once <= l->wire_walked : once == l->wire_walked,
              "%s: %s: account has %" PRIu64 " wire bytes, the packets' routes %" PRIu64, r->name, l->id, once,
              l->wire_walked);
    return wire;
}

static void check_network(const struct run_result *r)
{
    uint64_t hops = 0;
    for (size_t i = 0; i < r->n_links; i++) {
        uint64_t wire = check_link(r, &r->links[i]);
        hops += link_moves(r->links[i].type) ? wire : 0;
    }
    SIM_CHECK(hops == r->byte_hops, "%s: links sum to %" PRIu64 " byte-hops, counted were %" PRIu64, r->name, hops,
              r->byte_hops);
    SIM_CHECK(r->injected + r->replicated == r->delivered + r->in_flight,
              "%s: injected %" PRIu64 " + replicated %" PRIu64 " is not delivered %" PRIu64 " + in flight %" PRIu64,
              r->name, r->injected, r->replicated, r->delivered, r->in_flight);
}

static void check_phases(const struct run_result *r)
{
    uint64_t end = 0;
    for (size_t i = 0; i < r->n_phases; i++) {
        const struct result_phase *p = &r->phases[i];
        SIM_CHECK(p->start >= end, "%s: phase %zu starts at %" PRIu64 ", before the one before it ends at %" PRIu64,
                  r->name, i, p->start, end);
        SIM_CHECK(p->units_on <= r->n_units, "%s: phase %zu has %u of %zu units on", r->name, i, p->units_on,
                  r->n_units);
        end = p->start + p->length;
    }
}

void run_result_check(const struct run_result *r, uint64_t graph_macs)
{
    check_units(r);
    check_network(r);
    check_phases(r);
    SIM_CHECK(r->macs_executed <= r->macs_padded, "%s: %" PRIu64 " MACs executed, %" PRIu64 " with padding", r->name,
              r->macs_executed, r->macs_padded);
    SIM_CHECK(r->macs_executed <= graph_macs, "%s: %" PRIu64 " MACs executed, the work has %" PRIu64, r->name,
              r->macs_executed, graph_macs);
    if (r->interrupted) {
        return;
    }
    SIM_CHECK(r->macs_executed == graph_macs, "%s: %" PRIu64 " MACs executed, the work has %" PRIu64, r->name,
              r->macs_executed, graph_macs);
    SIM_CHECK(r->makespan_cycles >= r->lower_bound, "%s: %" PRIu64 " cycles are below the lower bound of %" PRIu64,
              r->name, r->makespan_cycles, r->lower_bound);
}
