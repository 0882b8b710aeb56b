/* SPDX-License-Identifier: Apache-2.0 */
/* block_server.c - hand-made schedules. */
#include "tests/block/block_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"

int block_failures;

void block_equal(const char *what, uint64_t got, uint64_t want)
{
    if (got == want)
        return;
    printf("%s: %llu, should be %llu\n", what, (unsigned long long)got, (unsigned long long)want);
    block_failures++;
}

void block_says(const struct block *b, const char *words)
{
    for (size_t i = 0; i < b->diag.count; i++) {
        char line[1024];
        snprintf(line, sizeof line, "%s: %s", b->diag.messages[i].key, b->diag.messages[i].text);
        if (strstr(line, words))
            return;
    }
    printf("no message says \"%s\"; there are:\n", words);
    diag_print(&b->diag, stdout);
    block_failures++;
}

/* ---- server ---- */

void block_spec(struct block *b, uint32_t noc, uint32_t chips)
{
    *b = (struct block) {0};
    machine_spec_default(&b->spec);
    b->spec.chips = chips;
    b->spec.fabric = chips > 1 ? (uint32_t)FABRIC_RING : MACHINE_NO_FABRIC;
    b->spec.link_bandwidth = 64000000000u; /* 64 bytes per cycle: a flit per cycle */
    b->spec.link_latency_fs = 50000000;    /* 50 cycles */
    b->spec.clock_hz = 1000000000;
    b->spec.rows = b->spec.cols = 2;
    b->spec.noc = noc;
    b->spec.noc_concentration = noc == NOC_FAT_TREE ? 2 : 1; /* two levels of two routers */
    b->spec.flit_bytes = 64;
    b->spec.channels = 2;
    b->spec.memory_bandwidth = 2 * 51200000000u;
    b->spec.staging_bytes = 4096;
    b->spec.max_burst = 2048;
    b->spec.launch_fs = (uint64_t)BLOCK_LAUNCH * 1000000;
    b->spec.toggle_cycles = 1;
    b->spec.broadcast_cycles = 10;
}

static void copy_facts(struct block *b)
{
    const struct machine *m = &b->m;
    struct sched_machine *f = &b->s.machine;
    *f = (struct sched_machine) {.chips = m->chips,
                                 .units_per_chip = m->units_per_chip,
                                 .channels_per_chip = m->channels_per_chip,
                                 .ports_per_chip = m->ports_per_chip,
                                 .routers_per_chip = m->routers_per_chip,
                                 .flit_bytes = m->flit_bytes,
                                 .dram = {.interleave = m->dram.interleave, .banks = m->dram.banks}};
    for (size_t i = 0; i < m->n_endpoints; i++)
        *VEC_PUSH(f, endpoints) = (struct sched_endpoint) {.kind = m->endpoints[i].kind, .chip = m->endpoints[i].chip};
    for (size_t i = 0; i < m->n_links; i++)
        *VEC_PUSH(f, links) = (struct sched_link) {.id = mem_strdup(m->links[i].id),
                                                   .type = m->links[i].type,
                                                   .from_node = m->links[i].from_node,
                                                   .to_node = m->links[i].to_node};
}

void block_build(struct block *b, const char *policy)
{
    diag_init(&b->diag);
    run_result_init(&b->result);
    if (machine_build_from(&b->m, &b->spec, &b->diag)) {
        diag_print(&b->diag, stdout);
        exit(1);
    }
    b->s.policy = mem_strdup(policy);
    b->s.start = mem_strdup("cold");
    b->s.local_timers = strcmp(policy, "list") == 0;
    copy_facts(b);
    *VEC_PUSH(&b->s, programs) = (struct sched_program) {0};
    *VEC_PUSH(&b->s, repeats) = 0;
    b->options.cross_check = true;
    b->options.seed = 1;
}

void block_init(struct block *b, uint32_t noc, uint32_t chips, const char *policy)
{
    block_spec(b, noc, chips);
    block_build(b, policy);
}

void block_free(struct block *b)
{
    schedule_free(&b->s);
    machine_free(&b->m);
    run_result_free(&b->result);
    diag_free(&b->diag);
}

struct sched_program *block_program(struct block *b)
{
    return &b->s.programs[0];
}

/* ---- work ---- */

uint32_t block_source(struct block *b, uint32_t chip, uint32_t bytes, bool weight)
{
    *VEC_PUSH(&b->s, chunks) = (struct sched_chunk) {
        .tensor = b->n_tensors++, .producer = SCHED_NONE, .chip = chip, .bytes = bytes, .flags = weight ? 1 : 0};
    return (uint32_t)b->s.n_chunks - 1;
}

uint32_t block_task(struct block *b, uint32_t chip, uint64_t cycles, const uint32_t *inputs, uint32_t n_inputs,
                    uint32_t *out)
{
    uint32_t task = (uint32_t)b->s.n_tasks;
    *out = (uint32_t)b->s.n_chunks;
    *VEC_PUSH(&b->s, tasks) = (struct sched_task) {.op = b->n_ops++,
                                                   .chip = chip,
                                                   .cycles = cycles,
                                                   .vector_cycles = cycles,
                                                   .tensor = b->n_tensors,
                                                   .first_input = (uint32_t)b->s.n_inputs,
                                                   .n_inputs = n_inputs,
                                                   .first_output = *out,
                                                   .n_outputs = 1};
    *VEC_PUSH(&b->s, chunks) =
        (struct sched_chunk) {.tensor = b->n_tensors++, .producer = task, .chip = chip, .bytes = BLOCK_CHUNK};
    for (uint32_t i = 0; i < n_inputs; i++)
        *VEC_PUSH(&b->s, inputs) = (struct sched_input) {inputs[i], i};
    return task;
}

void block_place(struct block *b, uint32_t unit, uint32_t chunk, uint64_t from)
{
    *VEC_PUSH(block_program(b), sram) = (struct sched_sram) {.unit = unit,
                                                             .address = b->sram_used[unit],
                                                             .bytes = b->s.chunks[chunk].bytes,
                                                             .chunk = chunk,
                                                             .from = from,
                                                             .to = UINT64_MAX};
    b->sram_used[unit] += b->s.chunks[chunk].bytes;
}

uint64_t block_op(struct block *b, uint32_t task, uint32_t unit, uint64_t start)
{
    uint64_t finish = start + b->m.toggle_cycles + b->s.tasks[task].cycles;
    *VEC_PUSH(block_program(b), ops) =
        (struct sched_op) {.task = task, .unit = unit, .start = start, .finish = finish, .off = finish};
    block_place(b, unit, b->s.tasks[task].first_output, start);
    return finish;
}

/* ---- transfers ---- */

static struct sched_transfer *open_transfer(struct block *b, uint32_t chunk)
{
    struct sched_program *p = block_program(b);
    uint32_t bytes = b->s.chunks[chunk].bytes;
    *VEC_PUSH(p, transfers) = (struct sched_transfer) {.chunk = chunk,
                                                       .bytes = bytes,
                                                       .flits = (uint32_t)ceil_div(bytes, b->m.flit_bytes),
                                                       .class_of = CLASS_DATA,
                                                       .first_hop = (uint32_t)p->n_hops};
    return &p->transfers[p->n_transfers - 1];
}

/* Hops along a path, rigid; returns the slot at which the piece stands at its end. */
static uint64_t add_path(struct block *b, uint32_t parent, uint32_t from, uint32_t to, uint64_t start)
{
    struct sched_program *p = block_program(b);
    struct sched_transfer *t = &p->transfers[p->n_transfers - 1];
    uint32_t links[MACHINE_PATH_MAX], n = machine_path(&b->m, from, to, links);
    for (uint32_t i = 0; i < n; i++) {
        *VEC_PUSH(p, hops) = (struct sched_hop) {
            .transfer = (uint32_t)p->n_transfers - 1, .link = links[i], .parent = parent, .start = start};
        start += b->m.links[links[i]].latency;
        parent = t->n_hops++;
    }
    return start + t->flits - 1;
}

uint64_t block_move(struct block *b, uint32_t chunk, uint32_t from, uint32_t to, uint64_t start)
{
    open_transfer(b, chunk);
    return add_path(b, SCHED_NONE, from, to, start);
}

uint64_t block_send(struct block *b, uint32_t chunk, uint32_t from_unit, uint32_t to_unit, uint64_t start)
{
    block_place(b, to_unit, chunk, start);
    return block_move(b, chunk, machine_unit_endpoint(&b->m, from_unit), machine_unit_endpoint(&b->m, to_unit), start);
}

uint64_t block_send_chip(struct block *b, uint32_t chunk, uint32_t from_unit, uint32_t to_unit, uint64_t start,
                         uint64_t wait, uint64_t guard)
{
    struct sched_program *p = block_program(b);
    uint32_t units = b->m.units_per_chip, link = machine_chip_link(&b->m, from_unit / units, to_unit / units);
    const uint32_t *send_ports, *receive_ports;
    machine_chip_link_ports(&b->m, link, &send_ports, &receive_ports);
    block_place(b, to_unit, chunk, start);
    struct sched_transfer *t = open_transfer(b, chunk);
    uint64_t a = add_path(b, SCHED_NONE, machine_unit_endpoint(&b->m, from_unit), send_ports[0], start) + wait;
    *VEC_PUSH(p, hops) = (struct sched_hop) {
        .transfer = (uint32_t)p->n_transfers - 1, .link = link, .parent = t->n_hops - 1, .start = a};
    t->n_hops++;
    const struct link *l = &b->m.links[link];
    uint64_t line = ceil_div(fraction_ticks(l->rate, (uint64_t)t->flits * b->m.flit_bytes), l->rate.num);
    uint64_t far = a + line + l->latency + guard;
    return add_path(b, t->n_hops - 1, receive_ports[0], machine_unit_endpoint(&b->m, to_unit), far);
}

/* ---- memory ---- */

void block_dram(struct block *b, uint32_t channel, enum sched_command command, uint32_t row, uint32_t count,
                uint32_t transfer, uint64_t cycle)
{
    *VEC_PUSH(block_program(b), dram) = (struct sched_dram_op) {
        .channel = channel, .command = command, .row = row, .count = count, .transfer = transfer, .cycle = cycle};
}

void block_refresh(struct block *b)
{
    uint64_t refi = b->m.dram.refi;
    for (uint32_t c = 0; c < b->m.chips * b->m.channels_per_chip; c++)
        for (uint64_t k = 1; k * refi <= block_program(b)->makespan; k++)
            block_dram(b, c, DRAM_REF, 0, 0, SCHED_NONE, k * refi - 1);
}

void block_phase(struct block *b, uint64_t start, uint32_t units_on, uint32_t tasks)
{
    *VEC_PUSH(block_program(b), phases) = (struct sched_phase) {.start = start, .units_on = units_on, .tasks = tasks};
}

/* ---- run ---- */

static int ops_in_order(const void *a, const void *b)
{
    const struct sched_op *x = a, *y = b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return x->unit < y->unit ? -1 : x->unit > y->unit;
}

static int dram_in_order(const void *a, const void *b)
{
    const struct sched_dram_op *x = a, *y = b;
    if (x->channel != y->channel)
        return x->channel < y->channel ? -1 : 1;
    return x->cycle < y->cycle ? -1 : x->cycle > y->cycle;
}

int block_run(struct block *b)
{
    struct sched_program *p = block_program(b);
    qsort(p->ops, p->n_ops, sizeof *p->ops, ops_in_order);
    if (p->n_dram > 0)
        qsort(p->dram, p->n_dram, sizeof *p->dram, dram_in_order);
    if (b->injection.delay > 0) {
        b->options.injections = &b->injection;
        b->options.n_injections = 1;
    }
    int error = phase_server_run(&b->m, &b->s, &b->options, &b->result, &b->diag);
    if (error == 0) {
        uint64_t macs = 0;
        for (size_t i = 0; i < b->s.n_tasks; i++)
            macs += b->s.tasks[i].macs;
        run_result_check(&b->result, macs);
    }
    return error;
}

uint64_t block_cause(const struct block *b, uint32_t unit, enum cause cause)
{
    return b->result.units[unit].account.cycles[cause];
}

uint64_t block_event(const struct block *b, const char *name)
{
    for (size_t i = 0; i < b->result.n_events; i++)
        if (strcmp(b->result.events[i].name, name) == 0)
            return b->result.events[i].count;
    return UINT64_MAX;
}
