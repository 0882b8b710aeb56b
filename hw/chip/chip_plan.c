/* SPDX-License-Identifier: Apache-2.0 */
/* chip_plan.c - the frame: does the schedule fit the machine, what is each link, one cut per program. */
#include "hw/chip/chip_plan.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"

void plan_fail(struct plan_cut *c, const char *fmt, ...)
{
    char text[256];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (!c->failed)
        diag_add(c->d, "", 0, 0, "schedule", "program %u: %s", c->program, text);
    c->failed = true;
}

/* ---- the same machine? ---- */

struct fact {
    const char *name;
    uint64_t schedule, machine;
};

static int same_machine(const struct machine *m, const struct schedule *s, struct diag *d)
{
    const struct sched_machine *x = &s->machine;
    const struct fact facts[] = {
        {"chips", x->chips, m->chips},
        {"units of a chip", x->units_per_chip, m->units_per_chip},
        {"channels of a chip", x->channels_per_chip, m->channels_per_chip},
        {"link ports of a chip", x->ports_per_chip, m->ports_per_chip},
        {"routers of a chip", x->routers_per_chip, m->routers_per_chip},
        {"endpoints", x->n_endpoints, m->n_endpoints},
        {"links", x->n_links, m->n_links},
        {"bytes of a flit", x->flit_bytes, m->flit_bytes},
        {"interleaved banks", x->dram.interleave, m->dram.interleave},
        {"banks", x->dram.banks, m->dram.banks},
    };
    int error = 0;
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        if (facts[i].schedule == facts[i].machine)
            continue;
        diag_add(d, "", 0, 0, "schedule", "made for %llu %s, the machine has %llu",
                 (unsigned long long)facts[i].schedule, facts[i].name, (unsigned long long)facts[i].machine);
        error = SIM_ERR_INPUT;
    }
    for (size_t i = 0; error == 0 && i < m->n_endpoints; i++) {
        const struct endpoint *e = &m->endpoints[i];
        if (e->kind != ENDPOINT_UNIT || !m->dead[e->host_unit] || x->endpoints[i].kind == SCHED_DEAD_UNIT)
            continue;
        diag_add(d, "", 0, 0, "schedule", "made for a server in which chip%u.unit%u works", e->chip, e->index);
        error = SIM_ERR_INPUT;
    }
    for (size_t i = 0; error == 0 && i < m->n_links; i++) {
        bool up = x->links[i].type != SCHED_DEAD_LINK && m->links[i].dead; /* there, and down here */
        if (!up && sched_link_type(&x->links[i]) == m->links[i].type &&
            x->links[i].from_node == m->links[i].from_node && x->links[i].to_node == m->links[i].to_node)
            continue;
        diag_add(d, "", 0, 0, "schedule", "made for another network: link %s", m->links[i].id);
        error = SIM_ERR_INPUT;
    }
    return error;
}

/* ---- links ---- */

static void find_roles(struct server_plan *p)
{
    const struct machine *m = p->m;
    p->role = mem_alloc_array(m->n_links, sizeof *p->role);
    p->endpoint = mem_alloc_array(m->n_links, sizeof *p->endpoint);
    for (size_t i = 0; i < m->n_links; i++) {
        static const enum link_role roles[LINK_TYPES] = {
            [LINK_LOCAL] = ROLE_NOC, [LINK_NOC] = ROLE_NOC, [LINK_CHIP] = ROLE_CHIP, [LINK_ADDER] = ROLE_ADDER};
        p->role[i] = roles[m->links[i].type];
        p->endpoint[i] = NODE_NONE;
    }
    for (uint32_t e = 0; e < m->n_endpoints; e++) {
        p->role[m->endpoints[e].inject] = ROLE_INJECT;
        p->role[m->endpoints[e].eject] = ROLE_EJECT;
        p->endpoint[m->endpoints[e].inject] = p->endpoint[m->endpoints[e].eject] = e;
    }
}

/* Of a link on a chip. */
static uint32_t chip_of_link(const struct server_plan *p, uint32_t link)
{
    if (p->endpoint[link] != NODE_NONE)
        return plan_chip_of(p->m, p->endpoint[link]);
    return p->m->links[link].from_node / p->m->routers_per_chip;
}

static void number_chip_link(struct server_plan *p, uint32_t link)
{
    uint32_t from = p->m->links[link].from_node, to = p->m->links[link].to_node;
    if (from < p->m->chips) {
        struct chip_plan *c = &p->chips[from];
        p->local[link] = c->n_out;
        c->out_links[c->n_out++] = link;
    }
    if (to < p->m->chips) {
        struct chip_plan *c = &p->chips[to];
        p->incoming[link] = c->n_in;
        c->in_links[c->n_in++] = link;
    }
}

/* Neighbours have an order, and a link leads to each and from each. */
static void number_switches(struct server_plan *p)
{
    const struct machine *m = p->m;
    p->switches = mem_alloc_array(m->switches, sizeof *p->switches);
    for (uint32_t i = 0; i < m->switches; i++) {
        struct switch_plan *x = &p->switches[i];
        const uint32_t *neighbours;
        x->lines = machine_neighbours(m, m->chips + i, &neighbours);
        x->out_links = mem_alloc_array(x->lines, sizeof *x->out_links);
        for (uint32_t k = 0; k < x->lines; k++) {
            x->out_links[k] = machine_chip_link(m, m->chips + i, neighbours[k]);
            p->local[x->out_links[k]] = k;
            p->incoming[machine_chip_link(m, neighbours[k], m->chips + i)] = k;
        }
    }
}

static void number_links(struct server_plan *p)
{
    const struct machine *m = p->m;
    p->local = mem_alloc_array(m->n_links, sizeof *p->local);
    p->incoming = mem_alloc_array(m->n_links, sizeof *p->incoming);
    for (uint32_t i = 0; i < m->n_links; i++) {
        if (p->role[i] == ROLE_CHIP) {
            number_chip_link(p, i);
        } else if (p->role[i] != ROLE_INJECT && p->role[i] != ROLE_ADDER) {
            struct chip_plan *c = &p->chips[chip_of_link(p, i)];
            p->local[i] = (uint32_t)c->n_noc_links;
            *VEC_PUSH(c, noc_links) = i;
        }
    }
    number_switches(p);
}

/* ---- programs ---- */

/* All chips have as many. */
static uint32_t links_of_chip(const struct machine *m)
{
    const uint32_t *neighbours;
    return machine_neighbours(m, 0, &neighbours);
}

static void allocate_chip(const struct server_plan *p, struct chip_plan *c)
{
    const struct machine *m = p->m;
    uint32_t n = p->n_programs, links = links_of_chip(m);
    c->out_links = mem_alloc_array(links, sizeof *c->out_links);
    c->in_links = mem_alloc_array(links, sizeof *c->in_links);
    c->units = mem_alloc_array(m->units_per_chip, sizeof(struct unit_program *));
    c->channels = mem_alloc_array(m->channels_per_chip, sizeof(struct hbm_program *));
    c->senders = mem_alloc_array(links, sizeof(struct sender_program *));
    c->receivers = mem_alloc_array(links, sizeof(struct receiver_program *));
    c->network = mem_alloc_array(n, sizeof *c->network);
    c->controller = mem_alloc_array(n, sizeof *c->controller);
    for (uint32_t i = 0; i < m->units_per_chip; i++)
        c->units[i] = mem_alloc_array(n, sizeof *c->units[i]);
    for (uint32_t i = 0; i < m->channels_per_chip; i++)
        c->channels[i] = mem_alloc_array(n, sizeof *c->channels[i]);
    for (uint32_t i = 0; i < links; i++) {
        c->senders[i] = mem_alloc_array(n, sizeof *c->senders[i]);
        c->receivers[i] = mem_alloc_array(n, sizeof *c->receivers[i]);
    }
}

static bool cut_program(struct server_plan *plan, uint32_t program, struct diag *d)
{
    const struct sched_program *p = &plan->s->programs[program];
    struct plan_cut c = {.plan = plan, .p = p, .program = program, .d = d};
    c.entry = mem_alloc_array(p->n_hops, sizeof *c.entry);
    c.sum = mem_alloc_array(plan->s->n_tasks, sizeof *c.sum);
    memset(c.sum, 0xff, plan->s->n_tasks * sizeof *c.sum);
    c.sum_at = mem_alloc_array(plan->s->n_tasks, sizeof *c.sum_at);
    c.arrival = mem_alloc_array(p->n_hops, sizeof *c.arrival);
    c.read = mem_alloc_array(p->n_transfers, sizeof *c.read);
    memset(c.entry, 0xff, p->n_hops * sizeof *c.entry);
    memset(c.arrival, 0xff, p->n_hops * sizeof *c.arrival);
    memset(c.read, 0xff, p->n_transfers * sizeof *c.read);
    plan_index_sram(&c);
    plan_cut_phases(&c);
    plan_cut_hops(&c);
    if (!c.failed)
        plan_cut_dram(&c);
    if (!c.failed)
        plan_cut_ops(&c);
    if (!c.failed)
        plan_cut_entries(&c);
    free(c.entry);
    free(c.sum);
    free(c.sum_at);
    free(c.arrival);
    free(c.read);
    free(c.sram);
    free(c.sram_first);
    return !c.failed;
}

int server_plan_init(struct server_plan *p, const struct machine *m, const struct schedule *s, struct diag *d)
{
    *p = (struct server_plan) {.m = m, .s = s, .n_programs = (uint32_t)s->n_programs};
    int error = same_machine(m, s, d);
    if (error)
        return error;
    p->chips = mem_alloc_array(m->chips, sizeof *p->chips);
    p->phases = mem_alloc_array(p->n_programs, sizeof(struct unit_phase *));
    for (uint32_t i = 0; i < m->chips; i++)
        allocate_chip(p, &p->chips[i]);
    find_roles(p);
    number_links(p);
    plan_identities(p);
    plan_find_sums(p);
    for (uint32_t i = 0; i < p->n_programs && error == 0; i++)
        error = cut_program(p, i, d) ? 0 : SIM_ERR_INPUT;
    return error;
}

/* ---- end ---- */

static void free_programs(struct chip_plan *c, uint32_t program, const struct machine *m)
{
    for (uint32_t i = 0; i < m->units_per_chip; i++) {
        free(c->units[i][program].ops);
        free(c->units[i][program].chunks);
        free(c->units[i][program].sends);
        free(c->units[i][program].arrivals);
        free(c->units[i][program].milestones);
    }
    for (uint32_t i = 0; i < m->channels_per_chip; i++) {
        free(c->channels[i][program].entries);
        free(c->channels[i][program].reads);
        free(c->channels[i][program].writes);
    }
    for (uint32_t i = 0; i < links_of_chip(m); i++) {
        free(c->senders[i][program].entries);
        free(c->receivers[i][program].arrivals);
        free(c->receivers[i][program].sends);
    }
    free(c->network[program].hops);
    free(c->network[program].bursts);
    free(c->controller[program].phases);
}

static void free_chip(struct chip_plan *c, const struct machine *m, uint32_t programs)
{
    for (uint32_t i = 0; i < programs; i++)
        free_programs(c, i, m);
    for (uint32_t i = 0; i < m->units_per_chip; i++)
        free(c->units[i]);
    for (uint32_t i = 0; i < m->channels_per_chip; i++)
        free(c->channels[i]);
    for (uint32_t i = 0; i < links_of_chip(m); i++) {
        free(c->senders[i]);
        free(c->receivers[i]);
    }
    free(c->units);
    free(c->channels);
    free(c->senders);
    free(c->receivers);
    free(c->network);
    free(c->controller);
    free(c->out_links);
    free(c->in_links);
    free(c->noc_links);
}

void server_plan_free(struct server_plan *p)
{
    for (uint32_t i = 0; p->chips && i < p->m->chips; i++)
        free_chip(&p->chips[i], p->m, p->n_programs);
    for (uint32_t i = 0; p->switches && i < p->m->switches; i++) {
        free(p->switches[i].program.entries);
        free(p->switches[i].program.outs);
        free(p->switches[i].program.sums);
        free(p->switches[i].program.partials);
        free(p->switches[i].program.results);
        free(p->switches[i].out_links);
    }
    free(p->switches);
    for (uint32_t i = 0; p->phases && i < p->n_programs; i++)
        free(p->phases[i]);
    free(p->chips);
    free(p->phases);
    free(p->role);
    free(p->endpoint);
    free(p->local);
    free(p->incoming);
    free(p->sum_of);
    for (size_t i = 0; p->tensor_c && i < p->s->n_repeats; i++)
        free(p->tensor_c[i]);
    free(p->tensor_c);
    free(p->first_operand);
    free(p->operands);
    *p = (struct server_plan) {0};
}
