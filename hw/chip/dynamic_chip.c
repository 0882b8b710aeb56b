/* SPDX-License-Identifier: Apache-2.0 */
/* dynamic_chip.c - parameters of the boxes of a chip of the dynamic machine. */
#include "hw/chip/dynamic_chip.h"

#include <stddef.h>
#include <stdlib.h>

#include "sim/base/error.h"

_Static_assert(sizeof(struct net_port) % MEM_LINE == 0 && offsetof(struct net_port, in_credit) == MEM_LINE,
               "a port lies in whole lines");

/* ---- boxes ---- */

uint32_t dynamic_chip_slots(const struct dynamic_machine *d, const struct chip_program *p)
{
    uint32_t registers = 1, shared = 1, slots = d->sm.cta_slots;
    for (size_t i = 0; i < p->n_ctas; i++) {
        registers = p->ctas[i].register_bytes > registers ? p->ctas[i].register_bytes : registers;
        shared = p->ctas[i].shared_bytes > shared ? p->ctas[i].shared_bytes : shared;
    }
    uint32_t fit = d->sm.register_bytes / registers;
    fit = d->sm.shared_bytes / shared < fit ? d->sm.shared_bytes / shared : fit;
    return fit < slots ? fit : slots;
}

static void make_dispatcher(struct dynamic_chip *c, struct run_control *run)
{
    bool persistent = c->d->dispatch == DISPATCH_PERSISTENT;
    struct dispatcher_config k = {.name = arena_printf(c->names, "chip%u.dispatch", c->chip),
                                  .units = c->m->units_per_chip,
                                  .cta_slots = persistent ? dynamic_chip_slots(c->d, c->program) : c->d->sm.cta_slots,
                                  .register_bytes = c->d->sm.register_bytes,
                                  .shared_bytes = c->d->sm.shared_bytes,
                                  .persistent = persistent,
                                  .launch_cycles = c->m->launch_cycles,
                                  .kernel_launch = c->d->kernel_launch,
                                  .cta_rate = c->d->cta_rate,
                                  .program = c->program,
                                  .dead = &c->m->dead[c->chip * c->m->units_per_chip]};
    c->dispatcher = dispatcher_new(&k, run);
}

static void make_sms(struct dynamic_chip *c, struct run_control *run, const struct l1_protocol *table)
{
    uint64_t sharers = c->program->unit_first ? 1 : c->m->live_units[c->chip]; /* SMs that take from the same queue */
    c->l1s = mem_alloc_array(c->m->units_per_chip, sizeof *c->l1s);
    c->sms = mem_alloc_array(c->m->units_per_chip, sizeof *c->sms);
    for (uint32_t i = 0; i < c->m->units_per_chip; i++) {
        const char *name = arena_printf(c->names, "chip%u.unit%u", c->chip, i);
        struct sm_config k = {.name = name,
                              .p = c->d->sm,
                              .slots_in_all = sharers * c->dispatcher->k.cta_slots,
                              .cta_start = c->d->cta_start,
                              .chip = c->chip,
                              .unit = i,
                              .program = c->program,
                              .server = c->server};
        c->l1s[i] = memory_l1(&c->site, i, table, run);
        c->sms[i] = sm_new(&k, c->l1s[i], run);
    }
}

static void make_slices(struct dynamic_chip *c, struct run_control *run)
{
    struct memory_extent e = {.counter_lines = c->program->counter_lines,
                              .input_first = c->program->input_first,
                              .input_lines = c->program->input_lines};
    c->slices = mem_alloc_array(c->d->l2.slices, sizeof *c->slices);
    for (uint32_t i = 0; i < c->d->l2.slices; i++)
        c->slices[i] = memory_slice(&c->site, i, &e, run);
}

static void fill_memory(struct dynamic_chip *c)
{
    struct home_map h = memory_homes(&c->site);
    for (size_t i = 0; i < c->program->n_sources; i++) {
        const struct memory_source *s = &c->program->sources[i];
        for (uint32_t line = s->line; line < s->line + s->lines; line++)
            frfcfs_set_source(c->channels[home_slice(&h, line) % h.channels], home_channel_line(&h, line), s->chunk,
                              s->tensor, s->weight, 0, 0);
    }
}

static void make_channels(struct dynamic_chip *c, struct run_control *run)
{
    c->channels = mem_alloc_array(c->m->channels_per_chip, sizeof *c->channels);
    for (uint32_t i = 0; i < c->m->channels_per_chip; i++)
        c->channels[i] = memory_channel(&c->site, i, c->program->memory_lines, c->server->tensor_c, run);
    fill_memory(c);
}

/* ---- the waveform ---- */

static void show(struct dynamic_chip *c)
{
    const struct slot_counter *launch = &c->counter;
    for (uint32_t i = 0; i < c->m->units_per_chip; i++)
        l1_show(c->l1s[i], c->sms[i]->k.name, launch);
    for (uint32_t i = 0; i < c->d->l2.slices; i++)
        l2_slice_show(c->slices[i], c->ports[c->m->units_per_chip + i].in_places, launch);
    for (uint32_t i = 0; i < c->m->channels_per_chip; i++)
        frfcfs_show(c->channels[i], launch);
    vc_network_show(c->network, launch);
    if (c->fabric)
        fabric_router_show(c->fabric, launch);
}

void dynamic_chip_show_end(struct dynamic_chip *c, uint64_t end)
{
    for (uint32_t i = 0; i < c->m->units_per_chip; i++)
        l1_show_end(c->l1s[i]);
    for (uint32_t i = 0; i < c->d->l2.slices; i++)
        l2_slice_show_end(c->slices[i]);
    for (uint32_t i = 0; i < c->m->channels_per_chip; i++)
        frfcfs_show_end(c->channels[i], end);
    vc_network_show_end(c->network);
    if (c->fabric)
        fabric_router_show_end(c->fabric);
}

/* ---- the whole ---- */

struct dynamic_chip *dynamic_chip_new(const struct machine *m, const struct dynamic_machine *d,
                                      const struct server_program *p, uint32_t chip, struct run_control *run,
                                      const struct l1_protocol *l1_table)
{
    struct dynamic_chip *c = mem_alloc(sizeof *c);
    *c = (struct dynamic_chip) {.m = m, .d = d, .server = p, .program = &p->chip[chip], .chip = chip};
    c->names = arena_new();
    c->endpoints = dynamic_endpoints(d, m);
    c->ports_memory = mem_alloc_lines(c->endpoints, sizeof *c->ports);
    c->ports = mem_lines(c->ports_memory);
    c->site = (struct memory_site) {m, d, chip, m->ports_per_chip, c->names};
    c->network = memory_network(&c->site, c->ports, run);
    make_dispatcher(c, run);
    make_sms(c, run, l1_table);
    make_slices(c, run);
    make_channels(c, run);
    c->links = fabric_links_of(m, chip, c->names);
    if (m->chips > 1)
        c->fabric = fabric_parts_router(m, d, p, chip, &c->links, NULL, c->names, run);
    if (run->probe)
        show(c);
    return c;
}

void dynamic_chip_clear(struct dynamic_chip *c, uint64_t cycle)
{
    vc_network_stat_clear(c->network);
    for (uint32_t i = 0; i < c->d->l2.slices; i++)
        l2_slice_stat_clear(c->slices[i]);
    for (uint32_t i = 0; i < c->m->channels_per_chip; i++)
        frfcfs_stat_clear(c->channels[i], cycle);
    if (c->fabric)
        fabric_router_stat_clear(c->fabric, cycle);
}

void dynamic_chip_free(struct dynamic_chip *c)
{
    for (uint32_t i = 0; i < c->m->units_per_chip; i++) {
        sm_free(c->sms[i]);
        l1_free(c->l1s[i]);
    }
    for (uint32_t i = 0; i < c->d->l2.slices; i++)
        l2_slice_free(c->slices[i]);
    for (uint32_t i = 0; i < c->m->channels_per_chip; i++)
        frfcfs_free(c->channels[i]);
    if (c->fabric)
        fabric_router_free(c->fabric);
    dispatcher_free(c->dispatcher);
    vc_network_free(c->network);
    slot_counter_free(&c->counter);
    arena_free(c->names);
    free(c->l1s);
    free(c->sms);
    free(c->slices);
    free(c->channels);
    free(c->ports_memory);
    free(c);
}
