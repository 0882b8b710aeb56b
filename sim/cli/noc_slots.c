/* SPDX-License-Identifier: Apache-2.0 */
/* noc_slots.c - a greedy schedule of synthetic traffic, and its figures. */
#include "sim/cli/noc_slots.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/file.h"
#include "sim/base/progress.h"
#include "sim/cli/noc_rates.h"
#include "sim/compile/timeline.h"
#include "sim/machine/machine_spec.h"

#define TIMES 2u         /* windows that are planned at most: where slots are scarce a long plan takes its time */
#define SRAM  (1u << 24) /* of a unit: holds the staging buffer of the channel that a chip must have */

/* ---- the network ---- */

int noc_slots_machine(struct machine *m, const struct noc_study *s, struct diag *d)
{
    const struct noc_params *noc = &s->config.noc;
    struct machine_spec spec;
    machine_spec_default(&spec);
    spec.chips = 1;
    spec.fabric = MACHINE_NO_FABRIC;
    spec.rows = s->config.units.rows;
    spec.cols = s->config.units.cols;
    spec.memory_bandwidth /= spec.channels;
    spec.channels = 1;
    spec.sram_bytes = SRAM;
    spec.noc = noc->topology;
    spec.noc_concentration = noc->concentration;
    spec.noc_centre_links = noc->centre_links;
    spec.noc_link_latency = noc->link_latency;
    spec.noc_node_latency = noc->node_latency;
    spec.noc_router_latency = noc->slot_router_latency;
    return machine_build_from(m, &spec, d);
}

uint32_t noc_slots_path(const struct machine *m, uint32_t from, uint32_t to, uint32_t links[MACHINE_PATH_MAX])
{
    if (from != to) {
        return machine_path(m, from, to, links);
    }
    links[0] = m->endpoints[from].inject;
    links[1] = m->endpoints[from].eject;
    return 2;
}

/* ---- packets ---- */

/* Order of creation; of one cycle, nodes take turns: cycle t begins with node t mod nodes. */
static int by_creation(const void *a, const void *b)
{
    const struct slot_packet *x = a, *y = b;
    if (x->created != y->created) {
        return x->created < y->created ? -1 : 1;
    }
    return x->start < y->start ? -1 : x->start > y->start; /* the turn, until slots are given */
}

static uint64_t end_of(const struct noc_study *s)
{
    return s->traffic.warm_up + s->traffic.measured;
}

/* All that are created before plan->end. */
static void draw_packets(struct slot_plan *plan, const struct noc_study *s, uint32_t rate)
{
    const struct noc_space *space = &s->traffic.space;
    struct noc_gaps gaps;
    noc_gaps_init(&gaps, rate, s->traffic.flits);
    for (uint32_t node = 0; node < space->nodes; node++) {
        struct rng r;
        noc_stream(&r, s->seed, node);
        for (uint64_t at = noc_gap(&gaps, &r) - 1; at < plan->end; at += noc_gap(&gaps, &r)) {
            uint64_t turn = (node + space->nodes - at % space->nodes) % space->nodes;
            *VEC_PUSH(plan, packets) = (struct slot_packet) {
                .created = at, .start = turn, .from = node, .to = s->traffic.pattern->to(space, &r, node)};
        }
    }
    if (plan->n_packets > 0) {
        qsort(plan->packets, plan->n_packets, sizeof *plan->packets, by_creation);
    }
}

/* ---- slots ---- */

/* The earliest start at which every link is free: each one that is not asks for a later start, until none does. */
static void give_slots(struct timeline *lines, const struct machine *m, struct slot_packet *p, uint32_t flits)
{
    uint32_t links[MACHINE_PATH_MAX], n = noc_slots_path(m, p->from, p->to, links), fitting = 0;
    uint64_t offset[MACHINE_PATH_MAX + 1];
    offset[0] = 0;
    for (uint32_t i = 0; i < n; i++) {
        offset[i + 1] = offset[i] + m->links[links[i]].latency;
    }
    uint64_t t = p->created;
    for (uint32_t i = 0; fitting < n; i = i + 1 == n ? 0 : i + 1) {
        uint64_t found = timeline_find(&lines[links[i]], t + offset[i], flits);
        fitting = found == t + offset[i] ? fitting + 1 : 1;
        t = found - offset[i];
    }
    for (uint32_t i = 0; i < n; i++) {
        timeline_take(&lines[links[i]], t + offset[i], t + offset[i] + flits);
    }
    p->start = t;
    p->arrival = t + offset[n] + flits - 1;
}

static void plan_until(struct slot_plan *plan, const struct machine *m, const struct noc_study *s, uint32_t rate,
                       uint64_t end)
{
    struct timeline *lines = mem_alloc_array(m->n_links, sizeof *lines);
    *plan = (struct slot_plan) {.end = end};
    draw_packets(plan, s, rate);
    for (size_t i = 0; i < plan->n_packets; i++) {
        give_slots(lines, m, &plan->packets[i], s->traffic.flits);
    }
    for (size_t i = 0; i < m->n_links; i++) {
        timeline_free(&lines[i]);
    }
    free(lines);
}

void noc_slots_plan(struct slot_plan *plan, const struct machine *m, const struct noc_study *s, uint32_t rate)
{
    plan_until(plan, m, s, rate, end_of(s));
}

void noc_slots_free(struct slot_plan *plan)
{
    free(plan->packets);
}

/* ---- figures ---- */

static void mark(struct noc_growth *g, const struct slot_plan *plan, uint64_t *backlog)
{
    memset(backlog, 0, g->sources * sizeof *backlog);
    for (size_t i = 0; i < plan->n_packets; i++) {
        const struct slot_packet *p = &plan->packets[i];
        backlog[p->from] += p->created < g->next && p->arrival >= g->next;
    }
    noc_growth_mark(g, backlog);
}

/* Does it keep up, as far as the plan tells? Returns how far it would have to go to tell more; 0: it is decided. */
static uint64_t judge(const struct slot_plan *plan, const struct noc_study *s, uint32_t rate, bool *grows)
{
    uint32_t nodes = s->traffic.space.nodes;
    uint64_t *backlog = mem_alloc_array(nodes, sizeof *backlog);
    struct noc_growth g;
    noc_growth_init(&g, nodes, rate, s->traffic.flits, s->traffic.warm_up, s->traffic.measured);
    g.times = TIMES;
    while (!g.decided && g.next <= plan->end) {
        mark(&g, plan, backlog);
    }
    uint64_t wanted = g.decided ? 0 : g.next;
    *grows = g.grows;
    noc_growth_free(&g);
    free(backlog);
    return wanted;
}

void noc_slots_figures(struct slot_figures *f, const struct slot_plan *plan, const struct machine *m,
                       const struct noc_study *s, uint32_t rate)
{
    uint64_t first = s->traffic.warm_up, end = end_of(s), arrived = 0, waits = 0, from_slot = 0;
    struct noc_latency latency = {0};
    *f = (struct slot_figures) {.rate = rate};
    for (size_t i = 0; i < plan->n_packets; i++) {
        const struct slot_packet *p = &plan->packets[i];
        arrived += p->arrival >= first && p->arrival < end;
        if (p->created < first || p->created >= end) {
            continue;
        }
        uint64_t way = p->arrival - p->start;
        noc_latency_add(&latency, p->arrival - p->created);
        waits += p->start - p->created;
        from_slot += way;
        f->from_slot_max = way > f->from_slot_max ? way : f->from_slot_max;
        f->packets++;
    }
    double n = (double)f->packets, room = (double)s->traffic.measured * m->units_per_chip;
    judge(plan, s, rate, &f->saturated);
    f->latency_mean = (double)latency.sum / n; /* NaN without packets */
    f->wait_mean = (double)waits / n;
    f->from_slot_mean = (double)from_slot / n;
    f->latency_p50 = noc_latency_at(&latency, 500);
    f->latency_p99 = noc_latency_at(&latency, 990);
    f->latency_max = latency.max;
    f->offered = n * s->traffic.flits / room;
    f->accepted = (double)(arrived * s->traffic.flits) / room;
    noc_latency_free(&latency);
}

struct sweeping {
    struct slot_sweep *w;
    const struct machine *m;
    const struct noc_study *s;
};

/* Slots of a longer time leave those of a shorter one as they are. */
static int add_point(void *self, uint32_t rate, bool *saturated)
{
    const struct sweeping *x = self;
    struct slot_figures f;
    for (uint64_t end = end_of(x->s); end > 0;) {
        struct slot_plan plan;
        if (interrupt_pending() != SIM_OK) {
            return interrupt_pending();
        }
        plan_until(&plan, x->m, x->s, rate, end);
        noc_slots_figures(&f, &plan, x->m, x->s, rate);
        end = judge(&plan, x->s, rate, saturated);
        noc_slots_free(&plan);
    }
    size_t at = x->w->n_points;
    (void)VEC_PUSH(x->w, points);
    for (; at > 0 && x->w->points[at - 1].rate > rate; at--) {
        x->w->points[at] = x->w->points[at - 1];
    }
    x->w->points[at] = f;
    return SIM_OK;
}

int noc_slots_sweep(struct slot_sweep *w, const struct machine *m, const struct noc_study *s)
{
    struct sweeping x = {w, m, s};
    return noc_rates_sweep(add_point, &x, false, &w->saturation);
}

void noc_slots_sweep_free(struct slot_sweep *w)
{
    free(w->points);
}

/* ---- output ---- */

void noc_slots_json(const struct slot_sweep *w, struct json *j)
{
    json_key(j, "scheduled");
    json_begin_array(j);
    for (size_t i = 0; i < w->n_points; i++) {
        const struct slot_figures *f = &w->points[i];
        const struct {
            const char *key;
            double value;
        } reals[] = {{"rate", (double)f->rate / NOC_RATE_ONE}, {"packet_latency_mean", text_round9(f->latency_mean)},
                     {"wait_mean", text_round9(f->wait_mean)}, {"network_latency_mean", text_round9(f->from_slot_mean)},
                     {"offered", text_round9(f->offered)},     {"accepted", text_round9(f->accepted)}};
        json_begin_object(j);
        for (size_t k = 0; k < sizeof reals / sizeof reals[0]; k++) {
            json_key(j, reals[k].key);
            if (isnan(reals[k].value)) {
                json_null(j);
            } else {
                json_real(j, reals[k].value);
            }
        }
        json_key_bool(j, "saturated", f->saturated);
        json_key_u64(j, "packets", f->packets);
        json_end_object(j);
    }
    json_end_array(j);
}

static void real(struct text *out, double value)
{
    char buffer[TEXT_REAL_MAX];
    text_printf(out, ",%s", isnan(value) ? "" : text_real(buffer, text_round9(value)));
}

struct row {
    const char *network;
    uint32_t rate;
    bool saturated;
    double offered, accepted, latency, wait, way;
    uint64_t p50, p99, max, packets;
};

static void add_row(struct text *out, const struct row *r)
{
    text_add(out, r->network);
    real(out, (double)r->rate / NOC_RATE_ONE);
    real(out, r->offered);
    real(out, r->accepted);
    text_printf(out, ",%s", r->saturated ? "true" : "false");
    real(out, r->latency);
    text_printf(out, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64, r->p50, r->p99, r->max);
    real(out, r->wait);
    real(out, r->way);
    text_printf(out, ",%" PRIu64 "\n", r->packets);
}

static void csv(const struct noc_sweep *queued, const struct slot_sweep *scheduled, struct text *out)
{
    text_add(out, "network,rate,offered,accepted,saturated,packet_latency_mean,packet_latency_p50,packet_latency_p99,"
                  "packet_latency_max,wait_mean,network_latency_mean,packets\n");
    for (size_t i = 0; i < queued->n_points; i++) {
        const struct noc_figures *f = &queued->points[i];
        add_row(out, &(struct row) {"queued", f->rate, f->saturated, f->offered, f->accepted, f->packet_latency_mean,
                                    f->packet_latency_mean - f->network_latency_mean, f->network_latency_mean,
                                    f->packet_latency_p50, f->packet_latency_p99, f->packet_latency_max, f->packets});
    }
    for (size_t i = 0; i < scheduled->n_points; i++) {
        const struct slot_figures *f = &scheduled->points[i];
        add_row(out, &(struct row) {"scheduled", f->rate, f->saturated, f->offered, f->accepted, f->latency_mean,
                                    f->wait_mean, f->from_slot_mean, f->latency_p50, f->latency_p99, f->latency_max,
                                    f->packets});
    }
}

int noc_slots_write(const struct noc_sweep *queued, const struct slot_sweep *scheduled, const struct noc_study *s,
                    const char *folder, struct diag *d)
{
    struct text table = {0}, figure = {0};
    char *title = mem_printf("%s, %s, packets of %u flit%s", s->config.top.name, s->traffic.pattern->name,
                             s->traffic.flits, s->traffic.flits > 1 ? "s" : "");
    csv(queued, scheduled, &table);
    noc_slots_figure(queued, scheduled, title, &figure);
    int rc = noc_write_text(folder, "load-scheduled.csv", &table, d);
    rc = rc ? rc : noc_write_text(folder, "load-scheduled.svg", &figure, d);
    free(title);
    text_free(&table);
    text_free(&figure);
    return rc;
}
