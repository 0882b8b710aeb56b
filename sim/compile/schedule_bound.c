/* SPDX-License-Identifier: Apache-2.0 */
/* schedule_bound.c - heads, tails, and the busiest resource. */
#include "sim/compile/schedule_bound.h"

#include <stdlib.h>

#include "sim/base/event_heap.h"
#include "sim/base/max.h"
#include "sim/compile/bound_state.h"
#include "sim/compile/sorting.h"

#define SETS_OF_TASKS 14000u /* with more, only sets of direct producers are looked at: time grows as their square */

/* ---- one resource ---- */

static int by_head(const void *a, const void *b)
{
    const struct bound_job *x = a, *y = b;
    if (x->head != y->head) {
        return x->head < y->head ? -1 : 1;
    }
    return x->tail > y->tail ? -1 : x->tail < y->tail;
}

uint64_t bound_of_jobs(struct bound_job *jobs, size_t n)
{
    struct event_heap open = {0}; /* time: UINT64_MAX - tail, so that the longest tail is first; key: cycles left */
    uint64_t now = 0, bound = 0;
    sort_items(jobs, n, sizeof *jobs, by_head);
    for (size_t next = 0; next < n || open.n_items > 0;) {
        if (open.n_items == 0) {
            now = max64(now, jobs[next].head);
        }
        for (; next < n && jobs[next].head <= now; next++) {
            heap_push(&open, UINT64_MAX - jobs[next].tail, jobs[next].length);
        }
        struct heap_item x = heap_pop(&open);
        uint64_t run = next < n && jobs[next].head - now < x.key ? jobs[next].head - now : x.key;
        now += run;
        if (run < x.key) {
            heap_push(&open, x.time, x.key - run);
        } else {
            bound = max64(bound, now + (UINT64_MAX - x.time));
        }
    }
    heap_free(&open);
    return bound;
}

/* ---- heads ---- */

static uint32_t flits_of(const struct layout *l, uint32_t bytes)
{
    return (uint32_t)ceil_div(bytes, l->m->flit_bytes);
}

/* From the finish of the producer to the last flit: the shortest piece may come last over chip links. */
static uint64_t way(const struct layout *l, uint32_t from, uint32_t to, uint32_t bytes)
{
    const struct machine *m = l->m;
    uint32_t a = from / m->units_per_chip, c = to / m->units_per_chip;
    if (from == to || bytes == 0) {
        return a == c ? 0 : m->guard_cycles;
    }
    if (a == c) {
        return machine_path_latency(m, machine_unit_endpoint(m, from), machine_unit_endpoint(m, to),
                                    flits_of(l, bytes));
    }
    struct chip_way way = machine_chip_way(m, a, c);
    return way.latency + way.arrivals * (uint64_t)m->guard_cycles + (way.arrivals + 1) * 2u + flits_of(l, bytes);
}

/* Heads and tails of a sum in a switch are those of its arrival on the chips; that of a leaf, which a spine adds, would
 * arrive on its own chips, and the whole sum comes by two links more. */
uint64_t bounding_way(const struct layout *l, uint32_t from, uint32_t to, uint32_t bytes)
{
    const struct task *a = &l->t->tasks[from], *c = &l->t->tasks[to];
    if (task_in_switch(a)) {
        return task_in_switch(c) ? machine_spine_cycles(l->m) : 0;
    }
    if (task_in_switch(c)) {
        return way(l, l->unit_of[from], machine_near_chip(l->m, a->chip) * l->m->units_per_chip, bytes ? 1 : 0);
    }
    return way(l, l->unit_of[from], l->unit_of[to], bytes);
}

/* The unit does nothing before: in a cold program its first entries come, by the fixed loader. That it waits for the
 * others too is the schedule's own choice. */
static uint64_t begins(const struct run *r, uint32_t unit)
{
    return r->mem->wait_for_control ? r->l->m->launch_cycles : r->booted[unit];
}

/* Bytes of a piece of a chunk in memory, and the cycles in which a channel reads or writes them. */
static uint32_t piece_bytes(const struct run *r, uint32_t chunk, uint32_t piece)
{
    uint32_t from = piece * r->l->piece_bytes, bytes = r->l->t->chunks[chunk].bytes;
    return bytes - from < r->l->piece_bytes ? bytes - from : r->l->piece_bytes;
}
static uint64_t data_cycles(const struct run *r, uint32_t bytes)
{
    const struct dram_timing *dram = &r->l->m->dram;
    return ceil_div(ceil_div(bytes, dram->burst_bytes) * r->book.rules.burst, dram->rate.num);
}

/* The channel in which a piece lies. */
static uint32_t channel_of(const struct run *r, uint32_t chunk, uint32_t piece)
{
    struct hbm_place at = layout_place(r->l, r->l->hbm_first[chunk] + piece);
    return layout_channel(r->l, r->l->t->chunks[chunk].chip, &at);
}

/* The first data of a run: what opens the row comes when the channel's host has its first entries, or later. */
static uint64_t first_data(const struct run *r, uint32_t channel, bool write)
{
    const struct machine *m = r->l->m;
    uint64_t gate = r->mem->wait_for_control ? 0 : r->book.channels[channel].gate;
    return max64(m->launch_cycles, gate) + r->book.rules.lead + (write ? m->dram.cwl : m->dram.cl);
}

/* Of a chunk in memory, over an empty network: the last flit of its last piece is in the unit, and *from, so that its
 * first flit is there at *from + 1. */
static uint64_t way_from_memory(const struct run *r, uint32_t chunk, uint32_t unit, uint64_t *from)
{
    const struct layout *l = r->l;
    const struct machine *m = l->m;
    const struct chunk *c = &l->t->chunks[chunk];
    uint64_t there = 0;
    *from = UINT64_MAX;
    for (uint32_t i = 0; i < layout_pieces(l, c->bytes); i++) {
        uint32_t bytes = piece_bytes(r, chunk, i), flits = flits_of(l, bytes), channel = channel_of(r, chunk, i);
        bool here = c->chip == unit / m->units_per_chip;
        uint64_t last = here ? machine_path_latency(m, channel, machine_unit_endpoint(m, unit), flits)
                             : flits + way(l, c->chip * m->units_per_chip, unit, bytes);
        last += first_data(r, booking_channel(m, channel), false) + data_cycles(r, bytes);
        there = max64(there, last);
        *from = last - flits < *from ? last - flits : *from;
    }
    return there;
}

/* By unit, latest head first. */
static int by_unit_and_head(const void *a, const void *b)
{
    const struct source *x = a, *y = b;
    if (x->unit != y->unit) {
        return x->unit < y->unit ? -1 : 1;
    }
    if (x->head != y->head) {
        return x->head > y->head ? -1 : 1;
    }
    return x->task < y->task ? -1 : x->task > y->task;
}

/* Producers on one unit work one after the other: the last of any set of them is not over before the
 * earliest head of the set plus all their work. */
static uint64_t after_units(struct bounding *b)
{
    uint64_t head = 0, sum = 0, nearest = UINT64_MAX;
    sort_items(b->sources, b->n_sources, sizeof *b->sources, by_unit_and_head);
    for (size_t i = 0; i < b->n_sources; i++) {
        const struct source *s = &b->sources[i];
        bool same_unit = i > 0 && s->unit == s[-1].unit;
        bool same_task = same_unit && s->task == s[-1].task; /* a producer of several inputs */
        sum = (same_unit ? sum : 0) + (same_task ? 0 : bounding_work(b, s->task));
        nearest = same_unit && nearest < s->near ? nearest : s->near;
        head = max64(head, s->head + sum + nearest);
    }
    return head;
}

static int latest_first(const void *a, const void *b)
{
    const struct coming *x = a, *y = b;
    if (x->from != y->from) {
        return x->from > y->from ? -1 : 1;
    }
    return x->flits < y->flits ? -1 : x->flits > y->flits;
}

/* All that comes into the unit comes by one link, a flit a cycle: the last flit of any set is not there before the
 * earliest first one of the set plus all flits. */
static uint64_t after_port(struct bounding *b)
{
    uint64_t head = 0, sum = 0;
    sort_items(b->comings, b->n_comings, sizeof *b->comings, latest_first);
    for (size_t i = 0; i < b->n_comings; i++) {
        sum += b->comings[i].flits;
        head = max64(head, b->comings[i].from + sum);
    }
    return head;
}

/* The input comes into the unit; with nothing before it its last flit would be there at `there`. */
static void comes(struct bounding *b, uint32_t copy, uint64_t there)
{
    const struct layout *l = b->r->l;
    if (copy != LAYOUT_NONE && !l->copies[copy].home && b->counted[copy] != b->heads) {
        b->counted[copy] = b->heads;
        uint32_t flits = flits_of(l, l->t->chunks[l->copies[copy].chunk].bytes);
        *VEC_PUSH(b, comings) = (struct coming) {.from = there > flits ? there - flits : 0, .flits = flits};
    }
}

uint64_t bounding_head(struct bounding *b, uint32_t task)
{
    const struct run *r = b->r;
    const struct layout *l = r->l;
    const struct task *k = &l->t->tasks[task];
    uint64_t head = begins(r, l->unit_of[task]), from;
    b->n_sources = b->n_comings = 0;
    b->heads++;
    for (uint32_t i = k->first_input; i < k->first_input + k->n_inputs; i++) {
        uint32_t chunk = l->t->inputs[i].chunk, copy = l->input_copy[i];
        const struct chunk *c = &l->t->chunks[chunk];
        if (c->producer != TASK_NONE) {
            uint64_t finish = b->head[c->producer] + bounding_work(b, c->producer);
            uint64_t there = finish + bounding_way(l, c->producer, task, c->bytes);
            head = max64(head, there);
            comes(b, copy, there);
            struct source *s = VEC_PUSH(b, sources);
            *s = (struct source) {.unit = l->unit_of[c->producer], .task = c->producer, .head = b->head[c->producer]};
            s->near = bounding_way(l, c->producer, task, c->bytes ? 1 : 0);
        } else if (copy != LAYOUT_NONE && (r->cold || !r->mem->resident[copy])) {
            head = max64(head, way_from_memory(r, chunk, l->unit_of[task], &from));
            comes(b, copy, from + flits_of(l, c->bytes));
        }
    }
    return max64(head, max64(after_units(b), after_port(b)));
}

/* ---- tails ---- */

uint64_t bounding_tail(const struct bounding *b, uint32_t task)
{
    const struct layout *l = b->r->l;
    const struct task *k = &l->t->tasks[task];
    uint64_t tail = 0;
    for (uint32_t c = k->first_output; c < k->first_output + k->n_outputs; c++) {
        tail = max64(tail, b->stored[c]);
        for (uint32_t i = l->input_first[c]; i < l->input_first[c + 1]; i++) {
            uint32_t to = l->input_task[i];
            uint64_t cost = bounding_way(l, task, to, l->t->chunks[c].bytes);
            tail = max64(tail, cost + bounding_work(b, to) + b->tail[to]);
        }
    }
    return tail;
}

/* All of an output's flits leave its unit one after the other; then one of its pieces is still on the way into an idle
 * channel. */
static uint64_t way_into_memory(const struct run *r, uint32_t chunk)
{
    const struct layout *l = r->l;
    const struct machine *m = l->m;
    const struct chunk *c = &l->t->chunks[chunk];
    uint32_t unit = machine_unit_endpoint(m, l->unit_of[c->producer]);
    uint64_t least = UINT64_MAX;
    for (uint32_t i = 0; i < layout_pieces(l, c->bytes); i++) {
        uint64_t last =
            machine_path_latency(m, unit, channel_of(r, chunk, i), 1) + data_cycles(r, piece_bytes(r, chunk, i));
        least = last < least ? last : least;
    }
    return flits_of(l, c->bytes) - 1 + least + m->dram.cwl;
}

static void find_stored(struct bounding *b)
{
    const struct task_graph *t = b->r->l->t;
    for (uint32_t i = 0; i < t->n_chunks; i++) {
        if (t->chunks[i].is_output && t->chunks[i].bytes && t->chunks[i].producer != TASK_NONE) {
            b->stored[i] = way_into_memory(b->r, i);
        }
    }
}

/* ---- passages ---- */

uint64_t bounding_passage_head(const struct bounding *b, const struct passage *p)
{
    uint32_t producer = b->r->l->t->chunks[p->chunk].producer;
    return b->head[producer] + bounding_work(b, producer) + p->before;
}

uint64_t bounding_passage_tail(const struct bounding *b, uint32_t passage)
{
    const struct layout *l = b->r->l;
    uint32_t chunk = b->passages.all[passage].chunk;
    uint64_t tail = 0;
    for (uint32_t copy = l->copy_first[chunk]; copy < l->copy_first[chunk + 1]; copy++) {
        const struct copy *c = &l->copies[copy];
        for (uint32_t e = b->passages.end_first[copy]; e < b->passages.end_first[copy + 1]; e++) {
            for (uint32_t i = c->first_reader;
                 b->passages.ends[e].passage == passage && i < c->first_reader + c->n_readers; i++) {
                uint32_t to = l->readers[i];
                tail = max64(tail, b->passages.ends[e].after + bounding_work(b, to) + b->tail[to]);
            }
        }
    }
    return tail;
}

/* ---- resources ---- */

static uint64_t bound_of_units(struct bounding *b)
{
    const struct layout *l = b->r->l;
    uint64_t bound = 0;
    for (uint32_t u = 0; u < l->units; u++) {
        b->n_jobs = 0;
        for (uint32_t i = l->queue_first[u]; i < l->queue_first[u + 1]; i++) {
            uint32_t task = l->queue[i];
            *VEC_PUSH(b, jobs) =
                (struct bound_job) {.head = b->head[task], .length = bounding_work(b, task), .tail = b->tail[task]};
        }
        bound = max64(bound, bound_of_jobs(b->jobs, b->n_jobs));
    }
    return bound;
}

/* What comes into the unit as a copy, its readers after it. Resident weights do not come. */
static void add_coming(struct bounding *b, uint32_t copy)
{
    const struct run *r = b->r;
    const struct layout *l = r->l;
    const struct copy *c = &l->copies[copy];
    const struct chunk *chunk = &l->t->chunks[c->chunk];
    if (c->home || c->n_readers == 0 || (!r->cold && r->mem->resident[copy])) {
        return;
    }
    uint64_t flits = flits_of(l, chunk->bytes), from, tail = 0;
    if (chunk->producer == TASK_NONE) {
        (void)way_from_memory(r, c->chunk, c->unit, &from);
    } else {
        uint64_t finish = b->head[chunk->producer] + bounding_work(b, chunk->producer);
        uint64_t there = finish + bounding_way(l, chunk->producer, l->readers[c->first_reader], chunk->bytes);
        from = there > flits ? there - flits : 0;
    }
    for (uint32_t i = c->first_reader; i < c->first_reader + c->n_readers; i++) {
        tail = max64(tail, bounding_work(b, l->readers[i]) + b->tail[l->readers[i]]);
    }
    *VEC_PUSH(b, jobs) = (struct bound_job) {.head = from, .length = flits, .tail = tail};
}

/* The link into each unit. */
static uint64_t bound_of_ports(struct bounding *b)
{
    const struct layout *l = b->r->l;
    uint64_t bound = 0;
    for (uint32_t u = 0; u < l->units; u++) {
        b->n_jobs = 0;
        for (uint32_t i = l->unit_first[u]; i < l->unit_first[u + 1]; i++) {
            add_coming(b, l->unit_copies[i]);
        }
        bound = max64(bound, bound_of_jobs(b->jobs, b->n_jobs));
    }
    return bound;
}

/* When the last partial may leave its unit. */
static uint64_t sum_head(const struct bounding *b, uint32_t task)
{
    const struct task_graph *t = b->r->l->t;
    uint64_t head = 0;
    for (uint32_t i = t->tasks[task].first_input; i < t->tasks[task].first_input + t->tasks[task].n_inputs; i++) {
        uint32_t producer = t->chunks[t->inputs[i].chunk].producer;
        bool leaf = task_in_switch(&t->tasks[producer]);
        head = max64(head, leaf ? sum_head(b, producer) : b->head[producer] + bounding_work(b, producer));
    }
    return head;
}

/* Least and most that comes before and after the transfers of a chunk. */
static void ends_of(const struct bounding *b, uint32_t chunk, uint64_t *head, uint64_t *tail)
{
    const struct layout *l = b->r->l;
    uint32_t producer = l->t->chunks[chunk].producer;
    *head = producer == TASK_NONE ? l->m->launch_cycles : b->head[producer] + bounding_work(b, producer);
    if (producer != TASK_NONE && task_in_switch(&l->t->tasks[producer])) {
        *head = sum_head(b, producer);
    }
    *tail = 0;
    for (uint32_t i = l->input_first[chunk]; i < l->input_first[chunk + 1]; i++) {
        uint32_t to = l->input_task[i];
        uint64_t after = bounding_work(b, to) + b->tail[to];
        *tail = *tail == 0 || after < *tail ? after : *tail;
    }
    if (b->stored[chunk]) {
        *tail = 0;
    }
}

/* Numbers of the passages, by line. */
static uint32_t *passages_by_line(const struct passages *p)
{
    uint32_t *at = mem_alloc_array(p->n_lines + 1, sizeof *at);
    uint32_t *sorted = mem_alloc_uncleared(p->n_all, sizeof *sorted);
    for (size_t i = 0; i < p->n_all; i++) {
        at[p->all[i].line + 1]++;
    }
    for (size_t line = 0; line < p->n_lines; line++) {
        at[line + 1] += at[line];
    }
    for (uint32_t i = 0; i < p->n_all; i++) {
        sorted[at[p->all[i].line]++] = i;
    }
    free(at);
    return sorted;
}

/* Passages on a chip link, by ticks of it. */
static uint64_t bound_of_passages(struct bounding *b)
{
    const struct passages *p = &b->passages;
    uint32_t *sorted = passages_by_line(p);
    uint64_t bound = 0;
    for (size_t i = 0; i < p->n_all;) {
        uint32_t line = p->all[sorted[i]].line;
        uint64_t ticks = b->r->l->m->links[p->lines[line]].rate.num;
        b->n_jobs = 0;
        for (; i < p->n_all && p->all[sorted[i]].line == line; i++) {
            const struct passage *x = &p->all[sorted[i]];
            *VEC_PUSH(b, jobs) = (struct bound_job) {.head = bounding_passage_head(b, x) * ticks,
                                                     .length = x->ticks,
                                                     .tail = bounding_passage_tail(b, sorted[i]) * ticks};
        }
        bound = max64(bound, bound_of_jobs(b->jobs, b->n_jobs) / ticks);
    }
    free(sorted);
    return bound;
}

/* All that passes a link passes one after the other: earliest head, sum, smallest tail. */
static uint64_t bound_of_links(const struct bounding *b)
{
    const struct run *r = b->r;
    const struct machine *m = r->l->m;
    struct bound_job *sums = mem_alloc_array(m->n_links, sizeof *sums);
    uint64_t bound = 0;
    for (size_t i = 0; i < r->out.n_transfers; i++) {
        const struct sched_transfer *t = &r->out.transfers[i];
        uint64_t head = m->launch_cycles, tail = 0;
        if (t->chunk != SCHED_CONTROL) {
            ends_of(b, t->chunk, &head, &tail);
        }
        for (uint32_t h = t->first_hop; h < t->first_hop + t->n_hops; h++) {
            struct bound_job *s = &sums[r->out.hops[h].link];
            bool first = s->length == 0;
            s->head = first || head < s->head ? head : s->head;
            s->tail = first || tail < s->tail ? tail : s->tail;
            s->length += t->flits;
        }
    }
    for (size_t i = 0; i < m->n_links; i++) {
        const struct fraction rate = m->links[i].rate;
        bool chip = m->links[i].type == LINK_CHIP;
        if (m->links[i].type == LINK_ADDER) {
            continue; /* counted in partials, not in flits of sums */
        }
        uint64_t cycles = chip ? fraction_ticks(rate, sums[i].length * m->flit_bytes) / rate.num : sums[i].length;
        bound = cycles ? max64(bound, sums[i].head + cycles + sums[i].tail) : bound;
    }
    free(sums);
    return bound;
}

/* Per transfer: cycles from the last data of a read to the end; 0: not known. */
static uint64_t *tails_of_reads(const struct bounding *b)
{
    const struct layout *l = b->r->l;
    uint64_t *tails = mem_alloc_array(b->r->out.n_transfers, sizeof *tails);
    for (size_t e = 0; e < b->passages.n_reads; e++) {
        const struct read_end *end = &b->passages.reads[e];
        const struct copy *c = &l->copies[end->copy];
        for (uint32_t i = c->first_reader; i < c->first_reader + c->n_readers; i++) {
            uint32_t to = l->readers[i];
            uint64_t tail = end->after + bounding_work(b, to) + b->tail[to];
            tails[end->transfer] = max64(tails[end->transfer], tail);
        }
    }
    return tails;
}

/* The data bus of each channel; runs of the loader and of entries count like any other. */
static uint64_t bound_of_channels(struct bounding *b)
{
    const struct run *r = b->r;
    const struct machine *m = r->l->m;
    uint64_t *tails = tails_of_reads(b), bound = 0;
    for (uint32_t c = 0; c < m->chips * m->channels_per_chip; c++) {
        const struct dram_channel *channel = &r->book.channels[c];
        b->n_jobs = 0;
        for (size_t i = 0; i < channel->n_runs; i++) {
            const struct sched_transfer *t = &r->out.transfers[channel->runs[i].transfer];
            struct bound_job job = {.head = m->launch_cycles + r->book.rules.lead + m->dram.cl};
            if (t->chunk != SCHED_CONTROL) {
                ends_of(b, t->chunk, &job.head, &job.tail);
                job.head = max64(job.head, first_data(r, c, channel->runs[i].write));
                job.tail = max64(job.tail, tails[channel->runs[i].transfer]);
            }
            job.length = channel->runs[i].count * r->book.rules.burst / m->dram.rate.num;
            if (job.length > 0) {
                *VEC_PUSH(b, jobs) = job;
            }
        }
        bound = max64(bound, bound_of_jobs(b->jobs, b->n_jobs));
    }
    free(tails);
    return bound;
}

/* ---- frame ---- */

void bounding_init(struct bounding *b, const struct run *r)
{
    const struct task_graph *t = r->l->t;
    *b = (struct bounding) {.r = r};
    b->head = mem_alloc_array(t->n_tasks, sizeof *b->head);
    b->tail = mem_alloc_array(t->n_tasks, sizeof *b->tail);
    b->stored = mem_alloc_array(t->n_chunks, sizeof *b->stored);
    b->counted = mem_alloc_array(r->l->n_copies, sizeof *b->counted);
    find_stored(b);
    passages_init(&b->passages, r);
    for (uint32_t i = 0; i < t->n_tasks; i++) {
        b->head[i] = bounding_head(b, i);
    }
    for (size_t i = t->n_tasks; i-- > 0;) {
        b->tail[i] = bounding_tail(b, (uint32_t)i);
    }
    if (t->n_tasks <= SETS_OF_TASKS) {
        bounding_sets(b);
    }
}

void bounding_free(struct bounding *b)
{
    passages_free(&b->passages);
    free(b->head);
    free(b->tail);
    free(b->stored);
    free(b->jobs);
    free(b->sources);
    free(b->comings);
    free(b->counted);
    *b = (struct bounding) {0};
}

uint64_t schedule_bound_of(const struct run *r)
{
    struct bounding b;
    bounding_init(&b, r);
    uint64_t bound = r->l->t->n_tasks ? bound_of_units(&b) : 0;
    bound = max64(bound, bound_of_ports(&b));
    bound = max64(bound, bound_of_links(&b));
    bound = max64(bound, bound_of_passages(&b));
    bound = max64(bound, bound_of_channels(&b));
    bounding_free(&b);
    return bound;
}
