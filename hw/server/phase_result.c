/* SPDX-License-Identifier: Apache-2.0 */
/* phase_result.c - from counters of boxes to the result of a run. */
#include "hw/server/phase_result.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"

/* Sums over the server. */
struct totals {
    uint64_t n[24];
};

struct assembly {
    struct run_result *r;
    struct chip_core **chips;
    struct slot_switch **switches;
    const struct server_plan *plan;
    const struct machine *m;
    struct run_control *run;
    bool cut_short;
    bool measured; /* the last repeat had begun on all chips */
    uint64_t now_fs;
};

static const struct sched_program *measured_program(const struct assembly *a)
{
    const struct schedule *s = a->plan->s;
    return &s->programs[s->repeats[s->n_repeats - 1]];
}

/* ---- when was it over? ---- */

static bool all_measured(const struct assembly *a)
{
    for (uint32_t c = 0; c < a->m->chips; c++)
        if (!a->chips[c]->counter.now.measured)
            return false;
    return true;
}

static uint64_t time_of_chip(const struct assembly *a, const struct chip_core *c)
{
    const struct slot_state *s = &c->counter.now;
    uint64_t cycle = sim_clock_at(&c->counter.domain->clock, a->now_fs);
    return cycle > s->base ? slot_time(s, cycle) : 0;
}

/* The last output complete; a run without outputs ends with its program. */
static uint64_t end_of_run(const struct assembly *a)
{
    uint64_t end = 0, outputs = 0;
    for (uint32_t i = 0; i < a->m->chips; i++) {
        const struct chip_core *c = a->chips[i];
        if (a->cut_short) {
            uint64_t now = time_of_chip(a, c);
            end = now > end ? now : end;
            continue;
        }
        for (uint32_t k = 0; k < a->m->channels_per_chip; k++)
            outputs = c->channels[k]->stat.last_output > outputs ? c->channels[k]->stat.last_output : outputs;
        for (uint32_t k = 0; k < a->m->units_per_chip; k++)
            end = c->units[k]->idle_from > end ? c->units[k]->idle_from : end;
    }
    if (a->cut_short)
        return end;
    if (outputs == 0) {
        const struct slot_state *s = &a->chips[0]->counter.now;
        outputs = measured_program(a)->makespan + s->held[HOLD_LINK] + s->held[HOLD_DRAM];
    }
    return outputs > end ? outputs : end;
}

/* ---- units ---- */

static void add_units(struct assembly *a)
{
    for (uint32_t i = 0; i < a->m->chips; i++) {
        for (uint32_t k = 0; k < a->m->units_per_chip; k++) {
            struct unit *u = a->chips[i]->units[k];
            if (a->measured)
                unit_end(u, a->r->makespan_cycles);
            else
                memset(&u->stat, 0, sizeof u->stat);
            *VEC_PUSH(a->r, units) = (struct result_unit) {.name = mem_strdup(u->p.name), .account = u->stat.account};
            a->r->macs_executed += u->stat.macs;
            a->r->macs_padded += u->stat.macs_padded;
            a->r->numeric_checksum += u->stat.numeric_checksum;
        }
    }
}

static void end_boxes(struct assembly *a)
{
    for (uint32_t i = 0; i < a->m->chips; i++) {
        struct chip_core *c = a->chips[i];
        uint64_t cycle = a->cut_short ? sim_clock_at(&c->counter.domain->clock, a->now_fs) : CYCLE_NEVER;
        slot_network_end(c->network);
        for (uint32_t k = 0; k < a->m->channels_per_chip; k++) {
            hbm_channel_end(c->channels[k]);
            a->r->output_checksum += c->channels[k]->stat.output_checksum;
        }
        for (uint32_t k = 0; k < c->n_out; k++)
            link_sender_end(c->senders[k], cycle);
        for (uint32_t k = 0; k < c->n_in; k++)
            link_receiver_end(c->receivers[k]);
    }
    for (uint32_t i = 0; i < a->m->switches; i++) {
        const struct sim_clock *clock = &a->switches[i]->counter.domain->clock;
        slot_switch_end(a->switches[i], a->cut_short ? sim_clock_at(clock, a->now_fs) : CYCLE_NEVER);
    }
}

/* ---- links ---- */

/* Who keeps the account of a link: for local links the box at its inject end, the network for what leaves it. */
static const struct link_account *account_of(const struct assembly *a, uint32_t link)
{
    const struct machine *m = a->m;
    uint32_t e = a->plan->endpoint[link], number = a->plan->local[link], at = 0;
    enum link_role role = a->plan->role[link];
    if (role == ROLE_ADDER)
        return a->switches[m->links[link].from_node - m->chips]->adder.account;
    if (role == ROLE_CHIP && m->links[link].from_node >= m->chips)
        return a->switches[m->links[link].from_node - m->chips]->ports[number].account;
    if (role == ROLE_CHIP)
        return a->chips[m->links[link].from_node]->senders[number]->stat.account;
    if (role == ROLE_NOC)
        return a->chips[m->links[link].from_node / m->routers_per_chip]->network->accounts[number];
    const struct endpoint *x = &m->endpoints[e];
    const struct chip_core *c = a->chips[x->chip];
    if (role == ROLE_EJECT)
        return c->network->accounts[number];
    if (x->kind == ENDPOINT_UNIT)
        return c->units[x->index]->stat.inject;
    if (x->kind == ENDPOINT_CHANNEL)
        return c->channels[x->index]->stat.inject;
    uint32_t port = chip_core_port(c, e, true, &at);
    return c->receivers[at]->stat.inject[port];
}

static uint64_t entered(const struct result_link *l)
{
    uint64_t sum = 0;
    for (int c = 0; c < CLASS_COUNT; c++)
        sum += l->classes[c].entered;
    return sum;
}

/* Cross-check of the accounts: flits x width x route of every packet of the program, gone its way or not yet. */
static void walk_routes(struct assembly *a)
{
    const struct sched_program *p = measured_program(a);
    for (size_t i = 0; i < p->n_hops; i++) {
        const struct sched_hop *h = &p->hops[i];
        uint32_t flits = schedule_hop_flits(a->plan->s, &p->transfers[h->transfer], h->link);
        a->r->links[h->link].wire_walked += (uint64_t)flits * a->m->flit_bytes;
    }
}

static void add_broadcast(struct assembly *a, const struct controller *c)
{
    struct result_link l = {.id = mem_strdup(c->p.broadcast_id),
                            .from = mem_strdup(c->p.name),
                            .to = mem_printf("%.*s.units", (int)(strchr(c->p.name, '.') - c->p.name), c->p.name),
                            .type = LINK_NOC};
    uint64_t phases = c->p.by_phase ? measured_program(a)->n_phases + 1 : 1;
    l.classes[CLASS_CONTROL] = a->measured ? c->stat.broadcast : (struct link_account) {0};
    l.wire_walked = phases * PHASE_INDEX_BYTES;
    uint64_t bytes = l.classes[CLASS_CONTROL].payload;
    a->r->injected += bytes;
    a->r->delivered += bytes * a->m->units_per_chip;
    a->r->replicated += bytes * (a->m->units_per_chip - 1);
    a->r->byte_hops += bytes;
    *VEC_PUSH(a->r, links) = l;
}

static void add_links(struct assembly *a)
{
    for (uint32_t i = 0; i < a->m->n_links; i++) {
        const struct link *x = &a->m->links[i];
        struct result_link l = {
            .id = mem_strdup(x->id), .from = mem_strdup(x->from), .to = mem_strdup(x->to), .type = x->type};
        if (a->measured)
            memcpy(l.classes, account_of(a, i), sizeof l.classes);
        *VEC_PUSH(a->r, links) = l;
    }
    walk_routes(a);
    for (uint32_t i = 0; i < a->m->chips; i++)
        add_broadcast(a, a->chips[i]->controller);
}

static void add_payload(struct assembly *a)
{
    struct run_result *r = a->r;
    for (uint32_t i = 0; a->measured && i < a->m->chips; i++) {
        const struct chip_core *c = a->chips[i];
        for (uint32_t k = 0; k < a->m->units_per_chip; k++) {
            r->injected += c->units[k]->stat.injected;
            r->delivered += c->units[k]->stat.delivered;
            r->in_flight += unit_in_flight(c->units[k]);
        }
        for (uint32_t k = 0; k < a->m->channels_per_chip; k++) {
            r->injected += c->channels[k]->stat.injected;
            r->delivered += c->channels[k]->stat.delivered;
            r->in_flight += hbm_channel_in_flight(c->channels[k]);
        }
        for (uint32_t k = 0; k < c->n_out; k++)
            r->in_flight += link_sender_in_flight(c->senders[k]);
        for (uint32_t k = 0; k < c->n_in; k++) {
            r->replicated += c->receivers[k]->stat.replicated;
            r->in_flight += link_receiver_in_flight(c->receivers[k]);
        }
        r->replicated += c->network->stat.replicated;
        r->in_flight += slot_network_in_flight(c->network);
        r->byte_hops += c->network->stat.flit_hops * a->m->flit_bytes;
    }
    for (uint32_t i = 0; a->measured && i < a->m->switches; i++) {
        r->injected += a->switches[i]->injected;
        r->delivered += a->switches[i]->delivered;
        r->replicated += a->switches[i]->replicated;
        r->numeric_checksum += a->switches[i]->numeric_checksum;
        r->in_flight += slot_switch_in_flight(a->switches[i]);
    }
    for (uint32_t i = 0; i < a->m->n_links; i++)
        r->byte_hops += a->m->links[i].type == LINK_CHIP ? entered(&r->links[i]) : 0;
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

enum total {
    T_TASKS,
    T_TOGGLES,
    T_VECTOR,
    T_READ,
    T_WRITE,
    T_FLIT_HOPS,
    T_BURST_HOPS,
    T_LINK_BYTES,
    T_ACT,
    T_RD,
    T_WR,
    T_REF,
    T_BROADCASTS,
    T_STALL_CYCLES,
    T_ALIGN,
    T_ALIGN_CYCLES,
    T_OFFSETS
};

static const char *const total_names[] = {
    "tasks",        "toggles",        "vector_cycles",    "sram_read_bytes", "sram_write_bytes",
    "flit_hops",    "burst_hops",     "chip_link_bytes",  "dram_act",        "dram_rd",
    "dram_wr",      "dram_ref",       "phase_broadcasts", "stall_cycles",    "align_holds",
    "align_cycles", "offset_messages"};

static void add_unit_totals(struct totals *t, const struct unit *u)
{
    t->n[T_TASKS] += u->stat.tasks;
    t->n[T_TOGGLES] += u->stat.toggles;
    t->n[T_VECTOR] += u->stat.vector_cycles;
    t->n[T_READ] += u->stat.sram_read_bytes;
    t->n[T_WRITE] += u->stat.sram_write_bytes;
}

static void add_chip_totals(struct assembly *a, struct totals *t, const struct chip_core *c)
{
    uint64_t inputs = 0, timing = 0, staging = 0, link_staging = 0, line = 0, late = 0, lost = 0;
    for (uint32_t k = 0; k < a->m->units_per_chip; k++) {
        add_unit_totals(t, c->units[k]);
        inputs += c->units[k]->stat.input_faults;
    }
    for (uint32_t k = 0; k < a->m->channels_per_chip; k++) {
        const struct hbm_stat *s = &c->channels[k]->stat;
        for (int i = 0; i < 4; i++)
            t->n[T_ACT + i] += s->commands[i];
        timing += s->timing_faults;
        staging += s->staging_overflows;
        late += s->late;
    }
    for (uint32_t k = 0; k < c->n_out; k++) {
        line += c->senders[k]->stat.late_line;
        lost += c->senders[k]->stat.lost;
        link_staging += c->senders[k]->stat.staging_overflows;
        for (int i = 0; i < CLASS_COUNT; i++)
            t->n[T_LINK_BYTES] += c->senders[k]->stat.account[i].entered;
    }
    for (uint32_t k = 0; k < c->n_in; k++) {
        link_staging += c->receivers[k]->stat.staging_overflows;
        late += c->receivers[k]->stat.late;
    }
    const struct controller_stat *s = &c->controller->stat;
    t->n[T_FLIT_HOPS] += c->network->stat.flit_hops;
    t->n[T_BURST_HOPS] += c->network->stat.burst_hops;
    t->n[T_BROADCASTS] += s->broadcasts;
    t->n[T_STALL_CYCLES] += s->stall_cycles;
    t->n[T_ALIGN] += s->align_holds;
    t->n[T_ALIGN_CYCLES] += s->align_cycles;
    t->n[T_OFFSETS] += s->offset_messages;
    a->r->stalls += s->stalls;
    conflict(a->r, c->chip, "units", "input", inputs);
    conflict(a->r, c->chip, "noc", "slot", c->network->stat.faults);
    conflict(a->r, c->chip, "hbm", "timing", timing);
    conflict(a->r, c->chip, "hbm", "staging", staging);
    conflict(a->r, c->chip, "links", "line", line);
    conflict(a->r, c->chip, "links", "staging", link_staging);
    if (a->m->link_bit_errors > 0)
        conflict(a->r, c->chip, "links", "lost", lost);
    conflict(a->r, c->chip, "ports", "late", late);
    conflict(a->r, c->chip, "ctl", "stall", s->stalls);
}

static void add_switch(struct assembly *a, struct totals *t, const struct slot_switch *s)
{
    uint64_t lost = 0;
    for (uint32_t i = 0; i < s->p.lines; i++) {
        lost += s->ports[i].lost;
        for (int c = 0; c < CLASS_COUNT; c++)
            t->n[T_LINK_BYTES] += s->ports[i].account[c].entered;
    }
    *VEC_PUSH(a->r, conflicts) = (struct result_conflict) {
        .place = mem_printf("%s.links", s->p.name), .kind = mem_strdup("line"), .count = s->late_line};
    if (a->m->link_bit_errors > 0)
        *VEC_PUSH(a->r, conflicts) = (struct result_conflict) {
            .place = mem_printf("%s.links", s->p.name), .kind = mem_strdup("lost"), .count = lost};
    if (s->p.adder)
        *VEC_PUSH(a->r, conflicts) = (struct result_conflict) {
            .place = mem_printf("%s.adder", s->p.name), .kind = mem_strdup("sum"), .count = s->sum_faults};
}

static uint64_t switch_sums(const struct assembly *a)
{
    uint64_t sums = 0;
    for (uint32_t i = 0; a->measured && i < a->m->switches; i++)
        sums += a->switches[i]->sums;
    return sums;
}

static void add_totals(struct assembly *a)
{
    struct totals t = {0};
    for (uint32_t i = 0; a->measured && i < a->m->chips; i++)
        add_chip_totals(a, &t, a->chips[i]);
    for (uint32_t i = 0; a->measured && i < a->m->switches; i++)
        add_switch(a, &t, a->switches[i]);
    event(a->r, "macs", a->r->macs_executed);
    event(a->r, "macs_padded", a->r->macs_padded);
    for (size_t i = 0; i < sizeof total_names / sizeof total_names[0]; i++)
        event(a->r, total_names[i], t.n[i]);
    if (a->m->adders > 0)
        event(a->r, "switch_sums", switch_sums(a));
}

/* ---- phases ---- */

static void add_phases(struct assembly *a)
{
    const struct controller *c = a->chips[0]->controller;
    const struct sched_program *p = measured_program(a);
    for (uint32_t i = 0; a->measured && i < c->next_shown && i < p->n_phases; i++) {
        uint64_t end = i + 1 < c->next_shown ? c->began[i + 1] : a->r->makespan_cycles;
        *VEC_PUSH(a->r, phases) = (struct result_phase) {.start = c->began[i],
                                                         .length = end > c->began[i] ? end - c->began[i] : 0,
                                                         .units_on = p->phases[i].units_on,
                                                         .tasks = p->phases[i].tasks,
                                                         .transfers = p->phases[i].transfers};
    }
}

/* ---- at the end of a whole run ---- */

static void check_end(struct assembly *a)
{
    uint64_t wanted = 0, written = 0,
             end_fs = sim_clock_edge(&a->chips[0]->counter.domain->clock, a->chips[0]->counter.domain->cycle);
    for (size_t i = 0; i < a->plan->s->n_chunks; i++)
        wanted += a->plan->s->chunks[i].flags & 2 ? a->plan->s->chunks[i].bytes : 0;
    for (uint32_t i = 0; i < a->m->chips; i++)
        for (uint32_t k = 0; k < a->m->channels_per_chip; k++)
            written += a->chips[i]->channels[k]->stat.output_bytes;
    if (written != wanted)
        fault_add(a->run, "server", end_fs, a->r->makespan_cycles,
                  "%" PRIu64 " of %" PRIu64 " bytes of outputs are complete", written, wanted);
    for (uint32_t u = 0; u < a->m->chips * a->m->units_per_chip; u++) {
        const struct unit *unit = a->chips[u / a->m->units_per_chip]->units[u % a->m->units_per_chip];
        uint64_t missing = unit->boot_left + unit->table_left;
        if (missing > 0)
            fault_add(a->run, unit->p.name, end_fs, a->r->makespan_cycles,
                      "%" PRIu64 " bytes of its schedule entries did not come", missing);
    }
    if (a->r->in_flight > 0)
        fault_add(a->run, "server", end_fs, a->r->makespan_cycles, "%" PRIu64 " bytes are still on their way",
                  a->r->in_flight);
}

static void set_names(struct assembly *a)
{
    struct run_result *r = a->r;
    const struct schedule *s = a->plan->s;
    r->clock_hz = a->m->clock_hz;
    r->period_fs = a->m->period_fs;
    r->macs_per_cycle = a->m->macs_per_cycle;
    if (!r->kind)
        r->kind = mem_strdup("phase");
    if (!r->policy)
        r->policy = mem_strdup(s->policy);
    if (!r->start)
        r->start = mem_strdup(s->start);
    if (!r->machine)
        r->machine = mem_printf("phase.%s", s->policy);
    if (!r->name)
        r->name = mem_printf("phase.%s.%s", s->policy, s->start);
}

void phase_result_fill(struct run_result *r, struct chip_core **chips, struct slot_switch **switches,
                       const struct server_plan *plan, struct run_control *run, uint64_t now_fs)
{
    struct assembly a = {
        .r = r, .chips = chips, .switches = switches, .plan = plan, .m = plan->m, .run = run, .now_fs = now_fs};
    a.cut_short = now_fs != UINT64_MAX;
    a.measured = all_measured(&a);
    r->interrupted = a.cut_short;
    r->makespan_cycles = a.measured ? end_of_run(&a) : 0;
    set_names(&a);
    end_boxes(&a);
    add_units(&a);
    add_links(&a);
    add_payload(&a);
    add_totals(&a);
    add_phases(&a);
    if (!a.cut_short)
        check_end(&a);
}
