/* SPDX-License-Identifier: Apache-2.0 */
/* control_plan.c - loading of schedule entries. */
#include "sim/compile/control_plan.h"
#include "sim/compile/sorting.h"

#include <stdlib.h>

#include "sim/base/max.h"

/* A unit reads on when so few of the entries that it has, or that are on their way, are left for what is not booked
 * yet: three bursts of them. */
#define SOON 384u

uint32_t control_spare(uint32_t bytes, uint32_t sixteenths)
{
    return (bytes / 16 * (16 + sixteenths) / SCHED_ENTRY_BYTES + 32) * SCHED_ENTRY_BYTES;
}

uint32_t control_region(uint32_t bytes, bool cold)
{
    return cold && bytes < SCHED_BOOT_BYTES ? SCHED_BOOT_BYTES : bytes;
}

uint32_t control_table(const struct memory_plan *mem, uint32_t unit, bool cold)
{
    uint32_t steady = mem->steady_entries[unit] - mem->ring[0][unit];
    return cold ? mem->entries[unit] - mem->ring[1][unit] + steady : steady;
}

/* Where a piece of a unit's entries lies in memory; returns the channel's endpoint. */
static uint32_t load_source(const struct layout *l, uint32_t u, uint32_t offset, struct hbm_place *at)
{
    const struct machine *m = l->m;
    uint32_t chip = u / m->units_per_chip;
    uint64_t piece = ceil_div(offset, l->piece_bytes) * m->units_per_chip + u % m->units_per_chip;
    *at = layout_place(l, l->hbm_used[chip] + piece);
    return layout_channel(l, chip, at);
}

/* One piece of a unit's entries. */
static void load_piece(struct run *r, uint32_t u, uint32_t offset, uint32_t bytes)
{
    const struct layout *l = r->l;
    const struct machine *m = l->m;
    uint32_t target = machine_unit_endpoint(m, u);
    struct hbm_place at;
    struct shipment s = {.chunk = SCHED_CONTROL, .offset = offset, .bytes = bytes, .class_of = CLASS_CONTROL};
    s.targets = &target;
    s.n_targets = 1;
    s.source = load_source(l, u, offset, &at);
    s.set = at.set;
    s.row = at.row;
    shipment_book(&r->book, &s);
    uint64_t usable = shipment_usable(&r->book, 0, r->out.transfers[s.transfer].flits);
    if (offset + bytes <= SCHED_BOOT_BYTES) {
        uint64_t *loaded = &r->loaded[booking_channel(m, s.source)];
        *loaded = s.command > *loaded ? s.command : *loaded;
    }
    r->control_end = usable > r->control_end ? usable : r->control_end;
    if (offset < SCHED_BOOT_BYTES && usable > r->booted[u]) {
        r->booted[u] = usable;
    }
}

/* Brings [from, to[u]) of the entries of every unit, piece by piece over all units in turn. */
static void load(struct run *r, uint32_t from, const uint32_t *to)
{
    uint32_t step = r->l->piece_bytes, most = 0;
    for (uint32_t u = 0; u < r->l->units; u++) {
        most = max32(most, to[u]);
    }
    for (uint32_t offset = from; offset < most; offset += step) {
        for (uint32_t u = 0; u < r->l->units; u++) {
            if (offset < to[u]) {
                load_piece(r, u, offset, to[u] - offset < step ? to[u] - offset : step);
            }
        }
    }
}

static uint32_t channel_host(const struct machine *m, uint32_t channel)
{
    uint32_t local = m->units_per_chip + channel % m->channels_per_chip;
    return m->endpoints[machine_endpoint(m, channel / m->channels_per_chip, local)].host_unit;
}

static void open_gates(struct run *r)
{
    const struct machine *m = r->l->m;
    for (size_t i = 0; i < m->n_links; i++) { /* a chip link waits for its port: nothing comes through that before */
        r->book.gates[i] = m->links[i].type >= LINK_CHIP ? 0 : r->booted[r->l->host[i]];
    }
    for (uint32_t c = 0; c < m->chips * m->channels_per_chip; c++) {
        r->book.channels[c].gate = r->booted[channel_host(m, c)];
    }
}

void run_boot(struct run *r)
{
    const struct layout *l = r->l;
    for (uint32_t u = 0; u < l->units; u++) {
        r->booted[u] = l->m->launch_cycles;
    }
    open_gates(r);
    if (!r->cold) {
        return;
    }
    uint32_t *table = mem_alloc_array(l->units, sizeof *table);
    for (uint32_t u = 0; u < l->units; u++) {
        table[u] = SCHED_BOOT_BYTES;
    }
    load(r, 0, table);
    open_gates(r);
    for (uint32_t u = 0; u < l->units; u++) {
        uint32_t ahead = r->mem->ahead[u], all = control_table(r->mem, u, true);
        table[u] = ahead < all ? ahead : all;
    }
    r->hops_counted = r->out.n_hops; /* the loader's are no entries */
    load(r, SCHED_BOOT_BYTES, table);
    r->entries = mem_alloc_array(l->units, sizeof *r->entries);
    r->entries_to = table;
    for (uint32_t u = 0; u < l->units && r->mem->wait_for_control; u++) {
        r->booted[u] = r->control_end > r->booted[u] ? r->control_end : r->booted[u];
    }
    open_gates(r);
}

/* ---- counting ---- */

/* Those of a hop, and of the commands of a channel at its end; those of a line lie with the port that sends. */
static void count_route(const struct layout *l, struct booking *b, const struct shipment *s, uint32_t *bytes)
{
    route_build(b, s);
    for (size_t h = 0; h < b->route.n_hops; h++) {
        const struct hop_plan *hop = &b->route.hops[h];
        bool line = l->m->links[hop->link].type == LINK_CHIP;
        if (l->entries[hop->link] > 0) {
            uint32_t host = l->host[line ? b->route.hops[hop->parent].link : hop->link];
            bytes[host] += l->entries[hop->link] * SCHED_ENTRY_BYTES;
        }
    }
}

/* The pieces of a chunk to its targets, and of an output into memory. */
static void count_chunk(const struct layout *l, struct booking *b, uint32_t chunk, const uint32_t *targets, uint32_t n,
                        uint32_t *bytes)
{
    const struct chunk *c = &l->t->chunks[chunk];
    bool memory = c->producer == TASK_NONE;
    uint32_t step = memory ? l->piece_bytes : l->m->max_burst;
    struct shipment s = {.chunk = chunk, .targets = targets, .n_targets = n};
    s.source = memory ? 0 : machine_unit_endpoint(l->m, l->unit_of[c->producer]);
    uint32_t sum = layout_sum_of(l, chunk);
    if (layout_stays_in_switches(l, chunk)) {
        return; /* no unit has entries of it */
    }
    if (sum != TASK_NONE) {
        struct shipment up = {.chunk = chunk, .source = s.source, .to_switch = layout_switch_of(l, sum)};
        count_route(l, b, &up, bytes);
    }
    for (s.offset = 0; n > 0 && s.offset < c->bytes; s.offset += step) {
        if (memory) {
            struct hbm_place at = layout_place(l, l->hbm_first[chunk] + s.offset / step);
            s.source = layout_channel(l, c->chip, &at);
        }
        count_route(l, b, &s, bytes);
    }
    for (uint32_t i = 0; i < layout_pieces(l, c->bytes) && c->is_output && !memory; i++) {
        struct hbm_place at = layout_place(l, l->hbm_first[chunk] + i);
        uint32_t target = layout_channel(l, c->chip, &at);
        s.targets = &target;
        s.n_targets = 1;
        count_route(l, b, &s, bytes);
    }
}

void control_estimate(const struct layout *l, const bool *there, uint32_t *bytes)
{
    struct sched_program none = {0};
    struct booking b;
    booking_init(&b, l->m, &none);
    uint32_t *targets = mem_alloc_array(l->units, sizeof *targets);
    for (uint32_t c = 0; c < l->t->n_chunks; c++) {
        uint32_t n = 0;
        for (uint32_t i = l->copy_first[c]; i < l->copy_first[c + 1]; i++) {
            if (!l->copies[i].home && !(there && there[i])) {
                targets[n++] = machine_unit_endpoint(l->m, l->copies[i].unit);
            }
        }
        count_chunk(l, &b, c, targets, n, bytes);
    }
    for (uint32_t u = 0; u < l->units; u++) {
        bytes[u] += (l->queue_first[u + 1] - l->queue_first[u]) * SCHED_ENTRY_BYTES;
        bytes[u] = control_spare(bytes[u], 1);
    }
    free(targets);
    booking_free(&b);
}

/* One piece of entries from a channel to a unit. */
static void count_load(const struct layout *l, struct booking *b, uint32_t u, uint32_t source, uint32_t *bytes)
{
    struct shipment s = {.n_targets = 1, .source = source};
    uint32_t target = machine_unit_endpoint(l->m, u);
    s.targets = &target;
    count_route(l, b, &s, bytes);
}

void control_estimate_segments(const struct layout *l, const uint32_t *segments, uint32_t *bytes)
{
    struct sched_program none = {0};
    struct booking b;
    booking_init(&b, l->m, &none);
    uint64_t piece = 0;
    for (uint32_t u = 0; u < l->units; u++) {
        for (uint32_t i = 0; i < segments[u]; i++) {
            struct hbm_place at = layout_place(l, piece++);
            count_load(l, &b, u, layout_channel(l, u / l->m->units_per_chip, &at), bytes);
        }
    }
    booking_free(&b);
}

bool control_estimate_loading(const struct layout *l, uint32_t *cold, const uint32_t *steady)
{
    struct sched_program none = {0};
    struct booking b;
    booking_init(&b, l->m, &none);
    uint32_t *done = mem_alloc_array(l->units, sizeof *done);
    uint64_t added = 1;
    bool shrinks = true;
    for (uint32_t pass = 0; added > 0 && shrinks && pass < 16; pass++) {
        uint64_t before = pass > 0 ? added : UINT64_MAX;
        added = 0;
        for (uint32_t u = 0; u < l->units; u++) {
            done[u] = done[u] < SCHED_BOOT_BYTES ? SCHED_BOOT_BYTES : done[u];
            for (uint32_t end = control_region(cold[u], true) + steady[u]; done[u] < end; done[u] += l->piece_bytes) {
                count_load(l, &b, u, load_source(l, u, done[u], &(struct hbm_place) {0}), cold);
                added++;
            }
        }
        shrinks = added < before || added <= l->units; /* a piece more per unit is rounding */
    }
    free(done);
    booking_free(&b);
    return shrinks;
}

/* The fixed loader's own hops and commands are no entries. It has nothing to do where the program before left tables.
 */
static bool of_loader(const struct run *r, const struct sched_transfer *t)
{
    return r->cold && t->chunk == SCHED_CONTROL && t->offset + t->bytes <= SCHED_BOOT_BYTES;
}

/* Those of a line lie with the port that sends. */
static uint32_t host_of(const struct run *r, const struct sched_hop *h)
{
    bool line = r->l->m->links[h->link].type == LINK_CHIP;
    uint32_t first = r->out.transfers[h->transfer].first_hop;
    return r->l->host[line ? r->out.hops[first + h->parent].link : h->link];
}

void control_each_entry(const struct run *r, entry_function *f, void *self)
{
    const struct layout *l = r->l;
    const struct sched_program *p = &r->out;
    const struct dram_rules *rules = &r->book.rules;
    for (size_t i = 0; i < l->t->n_tasks; i++) {
        if (!task_in_switch(&l->t->tasks[i])) {
            f(self, l->unit_of[i], r->start[i]);
        }
    }
    for (size_t i = 0; i < p->n_hops; i++) {
        const struct sched_hop *h = &p->hops[i];
        if (!of_loader(r, &p->transfers[h->transfer]) && l->entries[h->link] > 0) {
            f(self, host_of(r, h), h->start);
        }
    }
    for (uint32_t c = 0; c < l->m->chips * l->m->channels_per_chip; c++) {
        const struct dram_channel *channel = &r->book.channels[c];
        uint32_t unit = channel_host(l->m, c);
        for (size_t i = 0; i < channel->n_runs; i++) {
            if (!of_loader(r, &p->transfers[channel->runs[i].transfer])) {
                f(self, unit, channel->runs[i].command - rules->lead);
                f(self, unit, channel->runs[i].command);
            }
        }
        for (uint64_t k = 1; k <= dram_refreshes_due(rules, r->complete); k++) {
            if (dram_refresh(rules, k) >= r->loaded[c]) {
                f(self, unit, dram_refresh(rules, k));
            }
        }
    }
}

static void count_one(void *self, uint32_t unit, uint64_t cycle)
{
    (void)cycle;
    ((uint32_t *)self)[unit] += SCHED_ENTRY_BYTES;
}

void control_count(const struct run *r, uint32_t *bytes)
{
    control_each_entry(r, count_one, bytes);
}

struct one_entry {
    uint64_t time;
    uint32_t unit;
};

struct entry_list {
    uint64_t end; /* what acts from then on has its entry in any case */
    VEC(struct one_entry, all);
};

static void list_one(void *self, uint32_t unit, uint64_t cycle)
{
    struct entry_list *list = self;
    if (cycle < list->end) {
        *VEC_PUSH(list, all) = (struct one_entry) {.time = cycle, .unit = unit};
    }
}

#define DIGIT 11u /* bits that a pass of the sort goes by */

/* One pass: by so many bits of the unit or of the time, else in the order in which they stand. */
static void sort_pass(const struct entry_list *from, struct one_entry *to, bool by_unit, uint32_t shift)
{
    size_t at[1u << DIGIT] = {0}, sum = 0;
    for (size_t i = 0; i < from->n_all; i++) {
        at[(by_unit ? from->all[i].unit : from->all[i].time) >> shift & ((1u << DIGIT) - 1)]++;
    }
    for (size_t i = 0; i < 1u << DIGIT; i++) {
        size_t n = at[i];
        at[i] = sum;
        sum += n;
    }
    for (size_t i = 0; i < from->n_all; i++) {
        to[at[(by_unit ? from->all[i].unit : from->all[i].time) >> shift & ((1u << DIGIT) - 1)]++] = from->all[i];
    }
}

/* By unit and time: hundreds of thousands, digit by digit. */
static void sort_entries(struct entry_list *list)
{
    struct one_entry *other = mem_alloc_uncleared(list->n_all, sizeof *other);
    uint64_t most[] = {0, 0};
    for (size_t i = 0; i < list->n_all; i++) {
        most[0] = max64(most[0], list->all[i].time);
        most[1] = max64(most[1], list->all[i].unit);
    }
    for (uint32_t by_unit = 0; by_unit < 2; by_unit++) {
        for (uint32_t shift = 0; shift < 64 && most[by_unit] >> shift > 0; shift += DIGIT) {
            sort_pass(list, other, by_unit, shift);
            struct one_entry *sorted = other;
            other = list->all;
            list->all = sorted;
        }
    }
    list->cap_all = list->n_all;
    free(other);
}

/* Sorted by unit and time; returns per unit, units + 1: into all. */
static uint32_t *list_entries(const struct run *r, struct entry_list *list)
{
    uint32_t *first = mem_alloc_array(r->l->units + 1u, sizeof *first);
    VEC_RESERVE(list, all, r->l->t->n_tasks + r->out.n_hops + 2 * r->out.n_transfers);
    control_each_entry(r, list_one, list);
    sort_entries(list);
    for (size_t i = 0; i < list->n_all; i++) {
        first[list->all[i].unit + 1]++;
    }
    for (uint32_t u = 0; u < r->l->units; u++) {
        first[u + 1] += first[u];
    }
    return first;
}

struct piece_load {
    uint64_t due; /* when the first entry in it acts; of one without any, the last one before it */
    uint32_t offset, unit;
};

static int by_due(const void *a, const void *b)
{
    const struct piece_load *x = a, *y = b;
    if (x->due != y->due) {
        return x->due < y->due ? -1 : 1;
    }
    if (x->offset != y->offset) {
        return x->offset < y->offset ? -1 : 1;
    }
    return x->unit < y->unit ? -1 : x->unit > y->unit;
}

static uint64_t due_at(const struct entry_list *list, const uint32_t *first, uint32_t unit, uint32_t offset)
{
    uint32_t entry = first[unit] + offset / SCHED_ENTRY_BYTES, end = first[unit + 1];
    if (first[unit] == end) {
        return UINT64_MAX;
    }
    return list->all[entry < end ? entry : end - 1].time;
}

struct load_list {
    VEC(struct piece_load, all);
};

static bool is_left(const struct run *r, uint32_t u)
{
    return r->entries_to[u] < control_table(r->mem, u, true);
}

static void list_rest(const struct run *r, struct load_list *rest)
{
    struct entry_list list = {.end = UINT64_MAX};
    uint32_t *first = list_entries(r, &list), step = r->l->piece_bytes;
    for (uint32_t u = 0; u < r->l->units; u++) {
        for (uint32_t offset = r->entries_to[u]; offset < control_table(r->mem, u, true); offset += step) {
            *VEC_PUSH(rest, all) =
                (struct piece_load) {.due = due_at(&list, first, u, offset), .offset = offset, .unit = u};
        }
    }
    free(first);
    free(list.all);
}

/* The next piece of a unit's entries. */
static void load_next(struct run *r, uint32_t u)
{
    uint32_t left = control_table(r->mem, u, true) - r->entries_to[u], step = r->l->piece_bytes;
    load_piece(r, u, r->entries_to[u], left < step ? left : step);
    r->entries_to[u] += left < step ? left : step;
}

void run_follow_entries(struct run *r)
{
    while (r->entries_to && r->hops_counted < r->out.n_hops) { /* what is read here adds hops */
        const struct sched_hop *h = &r->out.hops[r->hops_counted++];
        uint32_t n = r->l->entries[h->link], u = n > 0 ? host_of(r, h) : 0;
        r->entries[u] += n;
        if ((r->entries[u] + SOON) * SCHED_ENTRY_BYTES > r->entries_to[u] && is_left(r, u)) {
            load_next(r, u);
        }
    }
}

/* The work has its slots, so nothing of this is in its way; each piece is read as soon as can be. */
void control_load_rest(struct run *r)
{
    struct load_list rest = {0};
    bool left = false;
    for (uint32_t u = 0; u < r->l->units && !left; u++) {
        left = is_left(r, u);
    }
    if (!left) {
        return;
    }
    list_rest(r, &rest);
    sort_items(rest.all, rest.n_all, sizeof *rest.all, by_due);
    for (size_t i = 0; i < rest.n_all; i++) {
        load_next(r, rest.all[i].unit);
    }
    free(rest.all);
}

/* When all of a transfer of entries is there; 0: it brings none, or such as are looked at when their segments are
 * booked. */
static uint64_t table_there(const struct run *r, const struct sched_transfer *t)
{
    if (t->chunk != SCHED_CONTROL) {
        return 0;
    }
    const struct sched_hop *last = &r->out.hops[t->first_hop + t->n_hops - 1];
    uint32_t unit = r->l->host[last->link], ring = r->mem->ring[1][unit];
    bool later = ring > 0 && t->offset >= r->mem->entries[unit] - ring;
    return later ? 0 : last->start + t->flits - 1 + r->l->m->links[last->link].latency;
}

/* Entry i of a unit, in order of time, lies at byte 16 i of its table; piece after piece arrives. */
bool control_in_time(const struct run *r, uint32_t *ahead)
{
    struct entry_list list = {.end = 0};
    for (size_t i = 0; i < r->out.n_transfers; i++) {
        list.end = max64(list.end, table_there(r, &r->out.transfers[i]));
    }
    uint32_t *first = list_entries(r, &list);
    bool in_time = true;
    for (size_t i = 0; i < r->out.n_transfers; i++) {
        const struct sched_transfer *t = &r->out.transfers[i];
        uint64_t there = table_there(r, t);
        if (there > 0) {
            uint32_t unit = r->l->host[r->out.hops[t->first_hop + t->n_hops - 1].link];
            uint32_t entry = first[unit] + (of_loader(r, t) ? 0 : t->offset / SCHED_ENTRY_BYTES);
            if (list.n_all > 0 && entry < first[unit + 1] && list.all[entry].time < there) {
                in_time = false;
                ahead[unit] = max32(ahead[unit], t->offset + r->l->piece_bytes);
            }
        }
    }
    free(first);
    free(list.all);
    return in_time;
}

bool control_refresh_clear(const struct run *r)
{
    const struct machine *m = r->l->m;
    const struct dram_rules *rules = &r->book.rules;
    for (uint32_t c = 0; r->cold && c < m->chips * m->channels_per_chip; c++) {
        uint64_t booted = r->booted[channel_host(m, c)];
        for (uint64_t k = 1; dram_refresh(rules, k) < booted; k++) {
            if (dram_refresh(rules, k) >= r->loaded[c]) {
                return false;
            }
        }
    }
    return true;
}
