/* SPDX-License-Identifier: Apache-2.0 */
/* layout.c - readers of chunks, places in HBM, hosts of schedule entries. */
#include "sim/compile/layout.h"

#include <stdlib.h>

#include "sim/compile/booking.h"

static void list_readers(struct layout *l)
{
    const struct task_graph *t = l->t;
    l->input_first = mem_alloc_array(t->n_chunks + 1, sizeof *l->input_first);
    l->input_task = mem_alloc_array(t->n_inputs, sizeof *l->input_task);
    for (size_t i = 0; i < t->n_inputs; i++) {
        l->input_first[t->inputs[i].chunk + 1]++;
    }
    for (size_t c = 0; c < t->n_chunks; c++) {
        l->input_first[c + 1] += l->input_first[c];
    }
    uint32_t *fill = mem_alloc_array(t->n_chunks, sizeof *fill);
    for (uint32_t task = 0; task < t->n_tasks; task++) {
        const struct task *k = &t->tasks[task];
        for (uint32_t i = k->first_input; i < k->first_input + k->n_inputs; i++) {
            uint32_t chunk = t->inputs[i].chunk;
            l->input_task[l->input_first[chunk] + fill[chunk]++] = task;
        }
    }
    free(fill);
}

/* Entries of a local link lie in the unit that hosts its endpoint, those of a noc link in a unit at the sending router;
 * those of a chip link lie with the port that sends, which differs from hop to hop. */
static void find_hosts(struct layout *l)
{
    const struct machine *m = l->m;
    l->host = mem_alloc_array(m->n_links, sizeof *l->host);
    l->entries = mem_alloc_array(m->n_links, sizeof *l->entries);
    for (size_t e = 0; e < m->n_endpoints; e++) {
        const struct endpoint *p = &m->endpoints[e];
        l->host[p->inject] = l->host[p->eject] = p->host_unit;
        l->entries[p->inject] = l->entries[p->eject] = p->kind == ENDPOINT_CHANNEL ? 2 : 0; /* ACT; RD or WR */
    }
    for (uint32_t i = 0; i < m->n_links; i++) {
        bool in_switch = m->links[i].type >= LINK_CHIP && m->links[i].from_node >= m->chips;
        l->entries[i] = (uint8_t)(l->entries[i] + !in_switch);
        if (m->links[i].type == LINK_NOC) {
            l->host[i] = m->links[i].host_unit;
        }
    }
}

/* Sources in the order in which the schedule will want them, so that neighbours in time lie on
 * different channels and bank sets; outputs behind them. */
static void map_memory(struct layout *l)
{
    const struct task_graph *t = l->t;
    l->hbm_first = mem_alloc_array(t->n_chunks, sizeof *l->hbm_first);
    l->hbm_used = mem_alloc_array(l->m->chips, sizeof *l->hbm_used);
    for (size_t c = 0; c < t->n_chunks; c++) {
        l->hbm_first[c] = UINT64_MAX;
    }
    for (size_t i = 0; i < t->n_tasks; i++) {
        const struct task *k = &t->tasks[l->order[i]];
        for (uint32_t j = 0; j < k->n_inputs + k->n_outputs; j++) {
            bool input = j < k->n_inputs;
            uint32_t c = input ? t->inputs[k->first_input + j].chunk : k->first_output + j - k->n_inputs;
            const struct chunk *chunk = &t->chunks[c];
            if (chunk->bytes == 0 || l->hbm_first[c] != UINT64_MAX ||
                (input ? chunk->producer != TASK_NONE : !chunk->is_output && !l->o.spill)) {
                continue;
            }
            l->hbm_first[c] = l->hbm_used[chunk->chip];
            l->hbm_used[chunk->chip] += layout_pieces(l, chunk->bytes);
        }
    }
}

static void number_order(struct layout *l)
{
    l->order_of = mem_alloc_array(l->t->n_tasks, sizeof *l->order_of);
    for (uint32_t i = 0; i < l->t->n_tasks; i++) {
        l->order_of[l->order[i]] = i;
    }
}

struct hbm_place layout_place(const struct layout *l, uint64_t piece)
{
    uint32_t channels = l->m->channels_per_chip, sets = l->m->dram.banks / l->m->dram.interleave;
    uint64_t slot = piece / channels;
    return (struct hbm_place) {
        .channel = (uint32_t)(piece % channels), .set = (uint32_t)(slot % sets), .row = (uint32_t)(slot / sets)};
}

uint64_t layout_latency(const struct layout *l, uint32_t from_unit, uint32_t to_unit, uint32_t bytes)
{
    const struct machine *m = l->m;
    uint32_t flits = (uint32_t)ceil_div(bytes, m->flit_bytes);
    if (from_unit == to_unit || bytes == 0) {
        return 0;
    }
    uint32_t a = from_unit / m->units_per_chip, b = to_unit / m->units_per_chip;
    if (a == b) {
        return machine_path_latency(m, machine_unit_endpoint(m, from_unit), machine_unit_endpoint(m, to_unit), flits);
    }
    struct chip_way way = machine_chip_way(m, a, b);
    const struct link *line = machine_line(m); /* all have one rate */
    uint64_t wire = ceil_div(fraction_ticks(line->rate, (uint64_t)flits * m->flit_bytes), line->rate.num);
    return way.arrivals * (wire + m->guard_cycles) + way.latency + (way.arrivals + 1) * 4u + 2 * (uint64_t)flits;
}

uint64_t layout_switch_latency(const struct layout *l, const struct task *from, uint32_t bytes)
{
    const struct machine *m = l->m;
    const struct link *adder = &m->links[machine_adder(m, m->chips)];
    uint64_t adding = ceil_div(bytes, adder->rate.num) + adder->latency;
    if (task_in_switch(from)) {
        return machine_spine_cycles(m) + adding;
    }
    uint32_t near = machine_near_chip(m, from->chip) * m->units_per_chip;
    return layout_latency(l, from->chip * m->units_per_chip, near, bytes) + adding;
}

uint32_t layout_sum_of(const struct layout *l, uint32_t chunk)
{
    for (uint32_t i = l->input_first[chunk]; i < l->input_first[chunk + 1]; i++) {
        if (task_in_switch(&l->t->tasks[l->input_task[i]])) {
            return l->input_task[i];
        }
    }
    return TASK_NONE;
}

uint32_t layout_switch_of(const struct layout *l, uint32_t task)
{
    return task_switch(&l->t->tasks[task], l->m, task);
}

bool layout_stays_in_switches(const struct layout *l, uint32_t chunk)
{
    uint32_t producer = l->t->chunks[chunk].producer;
    return producer != TASK_NONE && task_in_switch(&l->t->tasks[producer]) && layout_sum_of(l, chunk) != TASK_NONE;
}

void layout_init(struct layout *l, const struct task_graph *t, const struct machine *m, const struct layout_options *o)
{
    *l = (struct layout) {.t = t, .m = m, .o = *o, .units = m->chips * m->units_per_chip};
    l->piece_bytes = booking_piece_bytes(m);
    list_readers(l);
    find_hosts(l);
    layout_rank(l);
    layout_place_tasks(l);
    layout_copies(l);
    map_memory(l);
    if (l->o.spill) {
        number_order(l);
    }
    l->o.shift = NULL;
    l->o.pin = NULL;
}

void layout_free(struct layout *l)
{
    free(l->rank);
    free(l->turns[0]);
    free(l->turns[1]);
    free(l->summed);
    free(l->order);
    free(l->order_of);
    free(l->unit_of);
    free(l->queue_first);
    free(l->queue);
    free(l->queue_pos);
    free(l->input_first);
    free(l->input_task);
    free(l->copy_first);
    free(l->copies);
    free(l->unit_first);
    free(l->unit_copies);
    free(l->readers);
    free(l->input_copy);
    free(l->hbm_first);
    free(l->hbm_used);
    free(l->host);
    free(l->entries);
    *l = (struct layout) {0};
}
