/* SPDX-License-Identifier: Apache-2.0 */
/* dynamic_result.c - from counters of boxes to the result of a run. */
#include "hw/server/dynamic_result.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"

struct assembly {
    struct run_result *r;
    struct dynamic_chip **chips;
    struct dynamic_switch **switches;
    const struct machine *m;
    const struct server_program *p;
    struct run_control *run;
    bool cut_short;
    bool measured; /* the last repeat had begun on all chips */
    uint64_t now_fs;
};

/* ---- when was it over? ---- */

static bool all_measured(const struct assembly *a)
{
    for (uint32_t c = 0; c < a->m->chips; c++)
        if (!a->chips[c]->counter.now.measured)
            return false;
    return true;
}

static uint64_t now_of_chip(const struct assembly *a, const struct dynamic_chip *c)
{
    uint64_t cycle = sim_clock_at(&c->counter.domain->clock, a->now_fs), base = c->counter.now.base;
    return cycle > base ? cycle - base : 0;
}

/* The last output complete; a run without outputs ends with its last kernel. */
static uint64_t end_of_run(const struct assembly *a)
{
    uint64_t end = 0, over = 0;
    for (uint32_t i = 0; i < a->m->chips; i++) {
        const struct dynamic_chip *c = a->chips[i];
        const struct dispatcher *d = c->dispatcher;
        uint64_t last = a->cut_short ? now_of_chip(a, c) : 0;
        for (uint32_t k = 0; !a->cut_short && k < a->m->channels_per_chip; k++)
            last = frfcfs_stat(c->channels[k])->last_output > last ? frfcfs_stat(c->channels[k])->last_output : last;
        end = last > end ? last : end;
        last = d->over_at - c->counter.now.base;
        over = last > over ? last : over;
    }
    return end > 0 ? end : over;
}

/* ---- units ---- */

/* [from, to) without a CTA: what the dispatcher's time line says. */
static void add_empty(const struct dispatcher *d, uint64_t from, uint64_t to, struct unit_account *u)
{
    for (size_t i = 0; i < d->n_marks && from < to; i++) {
        uint64_t end = i + 1 < d->n_marks ? d->marks[i + 1].from : to;
        end = end < to ? end : to;
        if (end <= from)
            continue;
        u->cycles[d->marks[i].cause] += end - from;
        from = end;
    }
    u->cycles[CAUSE_CONTROL_LAUNCH] += from < to ? to - from : 0;
}

static void add_intervals(const struct dispatcher *d, const struct sm_account *s, uint64_t base, uint64_t end,
                          struct unit_account *u)
{
    for (size_t i = 0; i < s->n_intervals; i++) {
        uint64_t from = s->intervals[i].from, to = i + 1 < s->n_intervals ? s->intervals[i + 1].from : s->until;
        to = to < end ? to : end;
        from = from > base ? from : base;
        if (from >= to)
            continue;
        if (s->intervals[i].cause == SM_EMPTY) {
            add_empty(d, from, to, u);
            continue;
        }
        u->cycles[s->intervals[i].cause] += to - from;
        u->on_cycles += to - from;
    }
    uint64_t padding = s->padding < u->cycles[CAUSE_COMPUTE_USEFUL] ? s->padding : u->cycles[CAUSE_COMPUTE_USEFUL];
    u->cycles[CAUSE_COMPUTE_USEFUL] -= padding;
    u->cycles[CAUSE_COMPUTE_PADDING] += padding;
}

static enum cause cause_of_empty(const void *self, uint64_t cycle, uint64_t *until)
{
    const struct dispatcher *d = self;
    for (size_t i = 0; i < d->n_marks; i++) {
        uint64_t end = i + 1 < d->n_marks && d->marks[i + 1].from < *until ? d->marks[i + 1].from : *until;
        if (end <= cycle)
            continue;
        *until = end;
        return d->marks[i].cause;
    }
    return CAUSE_CONTROL_LAUNCH;
}

static enum cause cause_of_dead(const void *self, uint64_t cycle, uint64_t *until)
{
    (void)self;
    (void)cycle;
    (void)until;
    return CAUSE_NO_WORK;
}

static void add_sm_account(struct assembly *a, const struct dynamic_chip *c, uint32_t k, struct unit_account *u)
{
    struct sm *s = c->sms[k];
    uint64_t base = c->counter.now.base, end = base + a->r->makespan_cycles;
    bool dead = a->m->dead[c->chip * a->m->units_per_chip + k];
    sm_end(s, end);
    if (dead)
        u->cycles[CAUSE_NO_WORK] = a->r->makespan_cycles; /* no task may run there */
    else
        add_intervals(c->dispatcher, &s->account, base, end, u);
    sm_show_states(s, end, dead ? cause_of_dead : cause_of_empty, c->dispatcher);
    a->r->macs_executed += s->stat.macs;
    a->r->macs_padded += s->stat.macs_padded;
    a->r->numeric_checksum += s->stat.numeric_checksum;
}

static void add_units(struct assembly *a)
{
    for (uint32_t i = 0; i < a->m->chips; i++) {
        struct dynamic_chip *c = a->chips[i];
        for (uint32_t k = 0; k < a->m->units_per_chip; k++) {
            struct unit_account u = {0};
            if (a->measured)
                add_sm_account(a, c, k, &u);
            *VEC_PUSH(a->r, units) = (struct result_unit) {.name = mem_strdup(c->sms[k]->k.name), .account = u};
        }
    }
}

/* ---- links ---- */

static uint64_t entered(const struct result_link *l)
{
    uint64_t sum = 0;
    for (int c = 0; c < CLASS_COUNT; c++)
        sum += l->classes[c].entered;
    return sum;
}

static uint64_t retried(const struct result_link *l)
{
    uint64_t sum = 0;
    for (int c = 0; c < CLASS_COUNT; c++)
        sum += l->classes[c].retry;
    return sum;
}

static void push_link(struct assembly *a, struct result_link l)
{
    /* Of the packets' routes, not of the link's account; what has not gone its whole way yet is not passed yet. */
    uint64_t hops = a->cut_short ? entered(&l) : l.wire_walked + retried(&l);
    a->r->byte_hops += l.type == LINK_LOCAL ? 0 : hops;
    *VEC_PUSH(a->r, links) = l;
}

/* The network's short names u3, s0, p1, r2 in a chip, as boxes of the server: chip0.unit3, chip0.l2_0, chip0.port1. */
static char *box_name(uint32_t chip, const char *end)
{
    static const struct {
        char letter;
        const char *box;
    } boxes[] = {{'u', "unit"}, {'s', "l2_"}, {'p', "port"}, {'r', "r"}};
    for (size_t i = 0; i < sizeof boxes / sizeof boxes[0]; i++)
        if (boxes[i].letter == end[0])
            return mem_printf("chip%u.%s%s", chip, boxes[i].box, end + 1);
    SIM_CHECK(false, "chip%u: nothing of a network is called %s", chip, end);
    return NULL;
}

static void add_network_links(struct assembly *a, const struct dynamic_chip *c)
{
    uint32_t n = vc_network_links(c->network);
    uint64_t *walked = mem_alloc_array(n, sizeof *walked);
    vc_network_walk(c->network, walked);
    for (uint32_t i = 0; i < n; i++) {
        const struct vc_link *x = vc_network_link(c->network, i);
        struct result_link l = {.id = mem_strdup(x->id),
                                .from = box_name(c->chip, x->from),
                                .to = box_name(c->chip, x->to),
                                .type = x->type};
        for (int k = 0; a->measured && k < CLASS_COUNT; k++)
            l.classes[k] = vc_network_account(c->network, i, (enum traffic_class)k);
        l.wire_walked = a->measured ? walked[i] : 0;
        push_link(a, l);
    }
    free(walked);
}

/* What entered has left or is among the packets that the line holds, at any moment. */
static struct link_account account_of(const struct fabric_router *r, uint32_t link, const struct fabric_router *far,
                                      uint32_t in, enum traffic_class class_of)
{
    struct link_account x = fabric_router_account(r, link, far, in, class_of);
    uint64_t on_link = fabric_router_on_link(far, in, class_of);
    SIM_CHECK(x.entered == x.left + on_link,
              "%s: %s: %" PRIu64 " bytes entered, %" PRIu64 " left, %" PRIu64 " are on the link", far->p.in[in].id,
              class_names[class_of], x.entered, x.left, on_link);
    return x;
}

static const struct fabric_router *router_at(const struct assembly *a, uint32_t node)
{
    return node < a->m->chips ? a->chips[node]->fabric : a->switches[node - a->m->chips]->fabric;
}

static const struct fabric_links *links_at(const struct assembly *a, uint32_t node)
{
    return node < a->m->chips ? &a->chips[node]->links : &a->switches[node - a->m->chips]->links;
}

static void add_chip_links(struct assembly *a)
{
    for (uint32_t i = 0; i < machine_nodes(a->m); i++) {
        const struct fabric_links *links = links_at(a, i);
        for (uint32_t k = 0; k < links->n; k++) {
            const struct link *x = &a->m->links[links->out[k]];
            struct result_link l = {
                .id = mem_strdup(x->id), .from = mem_strdup(x->from), .to = mem_strdup(x->to), .type = x->type};
            uint32_t in = fabric_links_incoming(links_at(a, x->to_node), links->out[k]);
            for (int c = 0; a->measured && c < CLASS_COUNT; c++)
                l.classes[c] = account_of(router_at(a, i), k, router_at(a, x->to_node), in, (enum traffic_class)c);
            for (uint32_t s = 0; a->measured && s < machine_nodes(a->m); s++)
                l.wire_walked += router_at(a, s)->walked[links->out[k]];
            if (a->measured)
                a->r->in_flight += fabric_router_kept(router_at(a, i), k, router_at(a, x->to_node), in);
            push_link(a, l);
        }
    }
}

/* The adders of switches, where the program asks for sums. */
static void add_adders(struct assembly *a)
{
    for (uint32_t i = 0; a->p->n_groups > 0 && i < a->m->switches; i++) {
        const struct fabric_sums_stat *s = fabric_sums_stat_of(a->switches[i]->fabric->sums);
        const struct link *x = &a->m->links[machine_adder(a->m, a->m->chips + i)];
        struct result_link l = {
            .id = mem_strdup(x->id), .from = mem_strdup(x->from), .to = mem_strdup(x->to), .type = x->type};
        if (a->measured) {
            l.classes[CLASS_DATA] = s->account;
            l.wire_walked = s->account.entered;
            a->r->injected += s->injected;
            a->r->delivered += s->delivered;
            a->r->replicated += s->replicated;
        }
        *VEC_PUSH(a->r, links) = l; /* from the switch to itself: no byte-hops */
    }
}

static void add_payload(struct assembly *a)
{
    for (uint32_t i = 0; a->measured && i < a->m->chips; i++) {
        const struct dynamic_chip *c = a->chips[i];
        for (uint32_t e = 0; e < a->m->units_per_chip + c->d->l2.slices; e++) {
            const struct vc_endpoint_stat s = vc_network_endpoint(c->network, e);
            a->r->injected += s.injected;
            a->r->delivered += s.delivered;
        }
        a->r->in_flight += vc_network_in_flight(c->network);
        a->r->in_flight += c->fabric ? fabric_router_in_flight(c->fabric) + fabric_router_mail(c->fabric) : 0;
    }
    for (uint32_t i = 0; a->measured && i < a->m->switches; i++)
        a->r->in_flight += fabric_router_in_flight(a->switches[i]->fabric);
}

/* ---- events and conflicts ---- */

static void event(struct run_result *r, const char *name, uint64_t count)
{
    *VEC_PUSH(r, events) = (struct result_event) {.name = mem_strdup(name), .count = count};
}

static void conflict(struct run_result *r, uint32_t chip, const char *place, const char *kind, uint64_t count)
{
    *VEC_PUSH(r, conflicts) = (struct result_conflict) {
        .place = mem_printf("chip%u.%s", chip, place), .kind = mem_strdup(kind), .count = count};
}

/* clang-format off */
#define TOTALS(X) \
    X(tasks) X(instructions) X(mma) X(alu) X(vector_cycles) X(loads) X(stores) X(polls) X(atomics) X(barriers) \
    X(shared_read_bytes) X(shared_write_bytes) X(l1_hits) X(l1_misses) X(l1_merges) \
    X(l1_throughs) X(l1_coherence_misses) X(l1_acquires) X(l1_invalidated) X(l2_reads) X(l2_writes) X(l2_hits) \
    X(l2_misses) X(l2_merges) X(l2_writebacks) X(invalidations) X(forwards) X(flit_hops) X(chip_link_bytes) \
    X(dram_act) X(dram_rd) X(dram_wr) X(dram_ref) X(dram_row_hits) X(dram_row_misses) X(dram_row_conflicts) \
    X(kernels) X(ctas)
/* clang-format on */

struct totals {
#define X(name) uint64_t name;
    TOTALS(X)
#undef X
};

static void add_sm(struct totals *t, const struct sm *s)
{
    const struct l1_stat *l = l1_stat_of(s->l1);
    t->tasks += s->stat.tasks;
    t->instructions += s->stat.instructions;
    t->mma += s->stat.mma;
    t->alu += s->stat.alu;
    t->vector_cycles += s->stat.vector_cycles;
    t->loads += s->stat.loads;
    t->stores += s->stat.stores;
    t->polls += s->stat.polls;
    t->atomics += s->stat.atomics;
    t->barriers += s->stat.barriers;
    t->shared_read_bytes += s->stat.shared_read_bytes;
    t->shared_write_bytes += s->stat.shared_write_bytes;
    t->l1_hits += l->hits;
    t->l1_misses += l->misses;
    t->l1_merges += l->merges;
    t->l1_throughs += l->throughs;
    t->l1_coherence_misses += l->coherence_misses;
    t->l1_acquires += l->acquires;
    t->l1_invalidated += l->invalidated;
}

static void add_slice(struct totals *t, const struct l2_stat *s)
{
    t->l2_reads += s->reads;
    t->l2_writes += s->writes;
    t->l2_hits += s->hits;
    t->l2_misses += s->misses;
    t->l2_merges += s->merges;
    t->l2_writebacks += s->writebacks;
    t->invalidations += s->invalidations;
    t->forwards += s->forwards;
}

static void add_channel(struct totals *t, const struct frfcfs_stats *s)
{
    t->dram_act += s->commands[FRFCFS_ACT];
    t->dram_rd += s->commands[FRFCFS_RD];
    t->dram_wr += s->commands[FRFCFS_WR];
    t->dram_ref += s->commands[FRFCFS_REF];
    t->dram_row_hits += s->hits;
    t->dram_row_misses += s->misses;
    t->dram_row_conflicts += s->conflicts;
}

static void add_router_conflicts(struct assembly *a, const struct dynamic_chip *c)
{
    for (uint32_t i = 0; i < vc_network_routers(c->network); i++) {
        for (uint32_t port = 0; port < vc_network_ports(c->network, i); port++) {
            struct vc_port_conflicts x = vc_network_conflicts(c->network, i, port);
            char place[48];
            snprintf(place, sizeof place, "noc.r%u.out%u", i, port);
            if (x.vc_losses > 0)
                conflict(a->r, c->chip, place, "vc", x.vc_losses);
            if (x.switch_losses > 0)
                conflict(a->r, c->chip, place, "switch", x.switch_losses);
        }
    }
}

/* On the links out of a router. */
static uint64_t lost_packets(const struct fabric_router *r)
{
    uint64_t lost = 0;
    for (uint32_t k = 0; k < r->p.links; k++)
        lost += r->senders[k].stat.lost;
    return lost;
}

static void add_chip(struct assembly *a, struct totals *t, const struct dynamic_chip *c)
{
    struct l2_stat l2 = {0};
    uint64_t mshrs = 0, targets = 0, sets = 0, coherence = 0, full = 0, rows = 0;
    for (uint32_t k = 0; k < a->m->units_per_chip; k++) {
        const struct l1_stat *l = l1_stat_of(c->l1s[k]);
        add_sm(t, c->sms[k]);
        mshrs += l->refused_mshrs;
        targets += l->refused_targets;
        sets += l->refused_set;
        coherence += l->coherence_misses;
    }
    for (uint32_t k = 0; k < c->d->l2.slices; k++) {
        const struct l2_stat *s = l2_slice_stat(c->slices[k]);
        add_slice(t, s);
        l2.bank_conflicts += s->bank_conflicts;
        l2.refused_mshrs += s->refused_mshrs;
        l2.set_conflicts += s->set_conflicts;
        l2.serialised_atomics += s->serialised_atomics;
    }
    for (uint32_t k = 0; k < a->m->channels_per_chip; k++) {
        const struct frfcfs_stats *s = frfcfs_stat(c->channels[k]);
        add_channel(t, s);
        full += s->queue_full;
        rows += s->conflicts;
    }
    t->flit_hops += vc_network_flit_hops(c->network);
    t->kernels += c->dispatcher->stat.kernels;
    t->ctas += c->dispatcher->stat.ctas;
    conflict(a->r, c->chip, "l1", "mshr", mshrs);
    conflict(a->r, c->chip, "l1", "target", targets);
    conflict(a->r, c->chip, "l1", "set", sets);
    conflict(a->r, c->chip, "l1", "invalidation", coherence);
    conflict(a->r, c->chip, "l2", "bank", l2.bank_conflicts);
    conflict(a->r, c->chip, "l2", "mshr", l2.refused_mshrs);
    conflict(a->r, c->chip, "l2", "set", l2.set_conflicts);
    conflict(a->r, c->chip, "l2", "atomic", l2.serialised_atomics);
    conflict(a->r, c->chip, "hbm", "queue", full);
    conflict(a->r, c->chip, "hbm", "row", rows);
    if (a->m->link_bit_errors > 0)
        conflict(a->r, c->chip, "links", "lost", lost_packets(c->fabric));
    add_router_conflicts(a, c);
}

/* Lines that switches have added. */
static uint64_t switch_sums(const struct assembly *a)
{
    uint64_t sums = 0;
    for (uint32_t i = 0; a->measured && i < a->m->switches; i++)
        sums += fabric_sums_stat_of(a->switches[i]->fabric->sums)->sums;
    return sums;
}

/* Messages that went by a third chip. */
static uint64_t by_third(const struct assembly *a)
{
    uint64_t messages = 0;
    for (uint32_t i = 0; a->measured && i < a->m->chips; i++)
        messages += a->chips[i]->fabric->stat.by_third;
    return messages;
}

static void add_totals(struct assembly *a)
{
    struct totals t = {0};
    for (uint32_t i = 0; a->measured && i < a->m->chips; i++)
        add_chip(a, &t, a->chips[i]);
    for (uint32_t i = 0; a->measured && a->m->link_bit_errors > 0 && i < a->m->switches; i++)
        *VEC_PUSH(a->r, conflicts) = (struct result_conflict) {.place = mem_printf("switch%u.links", i),
                                                               .kind = mem_strdup("lost"),
                                                               .count = lost_packets(a->switches[i]->fabric)};
    for (size_t i = 0; i < a->r->n_links; i++)
        t.chip_link_bytes += a->r->links[i].type == LINK_CHIP ? entered(&a->r->links[i]) : 0;
    event(a->r, "macs", a->r->macs_executed);
    event(a->r, "macs_padded", a->r->macs_padded);
#define X(name) event(a->r, #name, t.name);
    TOTALS(X)
#undef X
    if (a->p->n_groups > 0)
        event(a->r, "switch_sums", switch_sums(a));
    if (machine_fabric_between(a->m).cluster > 0)
        event(a->r, "by_third", by_third(a));
}

/* ---- at the end of a whole run ---- */

static void check_end(struct assembly *a)
{
    uint64_t written = 0;
    uint64_t end_fs = sim_clock_edge(&a->chips[0]->counter.domain->clock, a->chips[0]->counter.domain->cycle);
    for (uint32_t i = 0; i < a->m->chips; i++)
        for (uint32_t k = 0; k < a->m->channels_per_chip; k++)
            written += frfcfs_stat(a->chips[i]->channels[k])->output_bytes;
    if (written != a->p->output_bytes)
        fault_add(a->run, "server", end_fs, a->r->makespan_cycles,
                  "%" PRIu64 " of %" PRIu64 " bytes of outputs are complete", written, a->p->output_bytes);
    if (a->r->in_flight > 0)
        fault_add(a->run, "server", end_fs, a->r->makespan_cycles, "%" PRIu64 " bytes are still on their way",
                  a->r->in_flight);
}

static void end_boxes(struct assembly *a)
{
    for (uint32_t i = 0; i < a->m->chips; i++) {
        struct dynamic_chip *c = a->chips[i];
        uint64_t cycle = c->counter.domain->cycle;
        if (!a->cut_short)
            vc_network_end(c->network);
        for (uint32_t k = 0; k < a->m->channels_per_chip; k++) {
            frfcfs_end(c->channels[k], c->counter.now.base + a->r->makespan_cycles);
            a->r->output_checksum += a->measured ? frfcfs_stat(c->channels[k])->output_checksum : 0;
        }
        if (c->fabric)
            fabric_router_end(c->fabric, cycle);
        dynamic_chip_show_end(c, c->counter.now.base + a->r->makespan_cycles);
    }
    for (uint32_t i = 0; i < a->m->switches; i++) {
        fabric_router_end(a->switches[i]->fabric, a->switches[i]->counter.domain->cycle);
        fabric_router_show_end(a->switches[i]->fabric);
    }
}

void dynamic_result_fill(struct run_result *r, struct dynamic_chip **chips, struct dynamic_switch **switches,
                         const struct machine *m, const struct server_program *p, struct run_control *run,
                         uint64_t now_fs)
{
    struct assembly a = {.r = r, .chips = chips, .switches = switches, .m = m, .p = p, .run = run, .now_fs = now_fs};
    a.cut_short = now_fs != UINT64_MAX;
    a.measured = all_measured(&a);
    r->interrupted = a.cut_short;
    r->clock_hz = m->clock_hz;
    r->period_fs = m->period_fs;
    r->macs_per_cycle = m->macs_per_cycle;
    r->makespan_cycles = a.measured ? end_of_run(&a) : 0;
    end_boxes(&a);
    add_units(&a);
    for (uint32_t i = 0; i < m->chips; i++)
        add_network_links(&a, chips[i]);
    add_chip_links(&a);
    add_adders(&a);
    add_payload(&a);
    add_totals(&a);
    if (!a.cut_short)
        check_end(&a);
}
