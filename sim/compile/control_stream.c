/* SPDX-License-Identifier: Apache-2.0 */
/* control_stream.c - segments of entries, booked behind everything else. */
#include "sim/compile/control_stream.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/digit_sort.h"
#include "sim/base/error.h"
#include "sim/base/event_heap.h"
#include "sim/base/max.h"
#include "sim/base/progress.h"
#include "sim/compile/assemble.h"
#include "sim/compile/control_plan.h"
#include "sim/compile/sorting.h"
#include "sim/compile/time_list.h"

#define EIGHTHS     8u
#define FIRST_SPARE 2u /* eighths of a segment left free at first, and at most */
#define MOST_SPARE  6u
#define MOST_ROUNDS 6u /* of reading before the work, until regions are enlarged */
#define MIN_PLACES  4u /* of a ring */
#define MOST_GROWTH 4u /* so many times the segments that the entries of the work need: more than any that ends */
#define WHOLE_SHARE 16u
#define MOST_SHARE  4u /* of the SRAM: a region is not larger */

/* Entries of a unit in order of time, and how far they are cut into segments. */
struct table {
    struct time_list times;
    VEC(uint64_t, begins);  /* of the segments: cycles; what acts before the first one lies in the head */
    VEC(uint64_t, there);   /* all of the segment has come */
    size_t read, last_read; /* of those that were booked before the work: the next one, the end */
    uint64_t next;          /* when the next segment takes over, as it stands in the heap; TIME_NONE: none does */
    bool changed;           /* entries or segments since that was looked at */
};

struct streaming {
    struct run *r;
    const uint32_t *region, *ring; /* bytes, per unit */
    const uint32_t *spare;         /* eighths, per unit */
    uint32_t piece;                /* bytes of a segment */
    struct table *tables;          /* per unit */
    struct event_heap next;        /* segments that take over: cycle, unit; those of another cycle than the table's are
                                    * out of date */
    VEC(uint32_t, changed);        /* units */
    uint64_t *first_place;         /* per chip: HBM behind all tables that are read whole */
    uint64_t *placed;              /* per chip: segments so far */
    struct memory_plan *mem;
    struct stream_fault *fault;
    bool failed;
};

static uint32_t segment_bytes(const struct layout *l)
{
    return l->piece_bytes / SCHED_ENTRY_BYTES * SCHED_ENTRY_BYTES;
}

uint32_t control_whole(const struct layout *l, bool cold)
{
    uint32_t half = max32(MIN_PLACES * segment_bytes(l), l->m->sram_bytes / WHOLE_SHARE / 2);
    return cold ? SCHED_BOOT_BYTES + half : 2 * half;
}

void control_stream_cap(struct memory_plan *mem, const struct layout *l, uint32_t unit, bool cold)
{
    uint32_t *region = cold ? mem->entries : mem->steady_entries;
    uint32_t whole = control_whole(l, cold), piece = segment_bytes(l);
    bool large = region[unit] > (layout_of_many(l) ? 0 : whole); /* of many tasks what passes by is hard to foresee */
    if (large && mem->ring[cold][unit] == 0) {
        uint32_t half = cold ? whole - SCHED_BOOT_BYTES : whole / 2;
        mem->ring[cold][unit] = half / piece * piece;
        mem->spare[cold][unit] = mem->spare[cold][unit] > FIRST_SPARE ? mem->spare[cold][unit] : FIRST_SPARE;
        region[unit] = (whole - half) / SCHED_ENTRY_BYTES * SCHED_ENTRY_BYTES + mem->ring[cold][unit];
    }
}

static void cap_all(struct memory_plan *mem, const struct layout *l)
{
    for (uint32_t u = 0; u < l->units; u++) {
        control_stream_cap(mem, l, u, false);
        control_stream_cap(mem, l, u, true);
    }
}

/* Segments are cut before those are booked whose way leads through the unit: as much is left free as these take of all
 * that it does, and an eighth. */
static void plan_spares(struct memory_plan *mem, const struct layout *l, bool cold)
{
    const uint32_t *work = cold ? mem->entries : mem->steady_entries;
    uint32_t *segments = mem_alloc_array(l->units, sizeof *segments), *spare = mem->spare[cold];
    uint32_t *passing = mem_alloc_array(l->units, sizeof *passing);
    for (uint32_t u = 0; u < l->units; u++) {
        segments[u] = work[u] / (segment_bytes(l) / 2);
    }
    control_estimate_segments(l, segments, passing);
    for (uint32_t u = 0; u < l->units; u++) {
        spare[u] = 1 + (uint32_t)ceil_div((uint64_t)EIGHTHS * passing[u], (uint64_t)work[u] + passing[u] + 1);
        spare[u] = spare[u] < FIRST_SPARE ? FIRST_SPARE : spare[u] > MOST_SPARE ? MOST_SPARE : spare[u];
    }
    free(segments);
    free(passing);
}

void control_stream_plan(struct memory_plan *mem, const struct layout *l)
{
    if (layout_of_many(l)) {
        plan_spares(mem, l, false);
        plan_spares(mem, l, true);
    }
    cap_all(mem, l);
    control_estimate_loading(l, mem->entries, mem->steady_entries);
    cap_all(mem, l);
}

bool control_stream_relieve(struct memory_plan *mem, const struct layout *l, bool cold)
{
    uint32_t *region = cold ? mem->entries : mem->steady_entries;
    bool relieved = false, again = mem->wishes[cold].rounds < MOST_ROUNDS;
    for (uint32_t u = 0; u < l->units; u++) {
        enum tight tight = mem->tight[u];
        mem->tight[u] = NOT_TIGHT;
        if (tight == TIGHT_SEGMENTS && mem->spare[cold][u] < MOST_SPARE) {
            mem->spare[cold][u]++;
            relieved = true;
        } else if (tight == TIGHT_REGION && again) {
            relieved = true;
        } else if (tight != NOT_TIGHT && 2 * (uint64_t)region[u] <= l->m->sram_bytes / MOST_SHARE) {
            mem->ring[cold][u] += cold ? region[u] / segment_bytes(l) * segment_bytes(l) : mem->ring[cold][u];
            region[u] *= 2;
            relieved = true;
        }
    }
    mem->wishes[cold].rounds = again ? mem->wishes[cold].rounds + 1 : 0;
    return relieved;
}

/* ---- tables ---- */

struct listing {
    const uint32_t *ring;
    size_t *at; /* per unit: how many, then where the next one goes */
    uint64_t *all;
};

static void count_entry(void *self, uint32_t unit, uint64_t cycle)
{
    const struct listing *list = self;
    (void)cycle;
    list->at[unit + 1] += list->ring[unit] > 0;
}

static void list_entry(void *self, uint32_t unit, uint64_t cycle)
{
    const struct listing *list = self;
    if (list->ring[unit] > 0) {
        list->all[list->at[unit]++] = cycle;
    }
}

#define ITSELF(time) (*(time))
DIGIT_SORT(by_time, uint64_t, ITSELF)

/* By unit, those of each in order of time. */
static void list_all(struct streaming *s)
{
    uint32_t units = s->r->l->units;
    struct listing list = {.ring = s->ring, .at = mem_alloc_array(units + 1, sizeof *list.at)};
    control_each_entry(s->r, count_entry, &list);
    size_t most = 0;
    for (uint32_t u = 0; u < units; u++) {
        most = list.at[u + 1] > most ? list.at[u + 1] : most;
        list.at[u + 1] += list.at[u];
    }
    list.all = mem_alloc_uncleared(list.at[units], sizeof *list.all);
    uint64_t *spare = mem_alloc_uncleared(most, sizeof *spare);
    control_each_entry(s->r, list_entry, &list);
    for (uint32_t u = 0; u < units; u++) { /* at[u] is where those of the next unit begin by now */
        size_t first = u > 0 ? list.at[u - 1] : 0, n = list.at[u] - first;
        times_set(&s->tables[u].times, by_time(&list.all[first], spare, n), n);
    }
    free(spare);
    free(list.all);
    free(list.at);
}

/* It is looked at again when its next segment takes over. */
static void touch(struct streaming *s, uint32_t unit)
{
    if (s->ring[unit] > 0 && !s->tables[unit].changed) {
        s->tables[unit].changed = true;
        *VEC_PUSH(s, changed) = unit;
    }
}

static void add_entry(struct streaming *s, uint32_t unit, uint64_t cycle)
{
    if (s->ring[unit] > 0) {
        times_add(&s->tables[unit].times, cycle);
        touch(s, unit);
    }
}

static void streaming_init(struct streaming *s, struct run *r)
{
    const struct layout *l = r->l;
    const struct memory_plan *mem = r->mem;
    *s = (struct streaming) {.r = r, .ring = mem->ring[r->cold], .spare = mem->spare[r->cold]};
    s->region = r->cold ? mem->entries : mem->steady_entries;
    s->piece = segment_bytes(l);
    s->tables = mem_alloc_array(l->units, sizeof *s->tables);
    s->first_place = mem_alloc_array(l->m->chips, sizeof *s->first_place);
    s->placed = mem_alloc_array(l->m->chips, sizeof *s->placed);
    uint64_t largest = 0;
    for (uint32_t u = 0; u < l->units; u++) {
        uint64_t bytes = (uint64_t)mem->entries[u] + mem->steady_entries[u];
        largest = bytes > largest ? bytes : largest;
    }
    for (uint32_t c = 0; c < l->m->chips; c++) {
        uint64_t used = l->hbm_used[c] + (ceil_div(largest, l->piece_bytes) + 1) * l->m->units_per_chip;
        s->first_place[c] = ceil_div(used, l->m->channels_per_chip) * l->m->channels_per_chip;
    }
    list_all(s);
    for (size_t i = 0; i < r->n_reads; i++) {
        struct table *t = &s->tables[r->reads[i].unit];
        t->read = i == 0 || r->reads[i].unit != r->reads[i - 1].unit ? i : t->read;
        t->last_read = i + 1;
        s->placed[r->reads[i].unit / l->m->units_per_chip]++;
    }
}

static void streaming_free(struct streaming *s)
{
    for (uint32_t u = 0; u < s->r->l->units; u++) {
        times_free(&s->tables[u].times);
        free(s->tables[u].begins);
        free(s->tables[u].there);
    }
    free(s->tables);
    heap_free(&s->next);
    free(s->changed);
    free(s->first_place);
    free(s->placed);
}

/* Entries that the newest segment, or the head, has room for. */
static size_t capacity(const struct streaming *s, uint32_t u)
{
    uint32_t bytes = s->tables[u].n_begins == 0 ? s->region[u] - s->ring[u] : s->piece;
    return bytes / SCHED_ENTRY_BYTES;
}

/* The cycle at which the next segment of the unit takes over; TIME_NONE: none is needed, or the newest segment cannot
 * hold the entries of its first cycle (check_rooms finds that). */
static uint64_t next_begin(const struct streaming *s, uint32_t u)
{
    const struct table *t = &s->tables[u];
    uint64_t begin = t->n_begins > 0 ? t->begins[t->n_begins - 1] : 0;
    size_t first = times_before(&t->times, begin);
    size_t at = first + capacity(s, u) * (EIGHTHS - s->spare[u]) / EIGHTHS;
    if (at >= t->times.n) {
        return TIME_NONE;
    }
    uint64_t cycle = times_at(&t->times, at);
    if (cycle == begin) { /* its first cycle takes more than the share that is to be used */
        at = times_before(&t->times, begin + 1);
        cycle = at < t->times.n ? times_at(&t->times, at) : TIME_NONE;
    }
    return cycle;
}

/* ---- booking ---- */

/* Segments lie behind all tables, round robin over the channels of the chip, those of the steady and of the cold
 * program in turn. */
static struct hbm_place place_of(struct streaming *s, uint32_t chip)
{
    uint32_t channels = s->r->l->m->channels_per_chip;
    uint64_t k = s->placed[chip]++;
    uint64_t row = 2 * (k / channels) + (s->r->cold ? 1 : 0);
    return layout_place(s->r->l, s->first_place[chip] + row * channels + k % channels);
}

/* The entries of the transfer that was booked last. */
static void add_entries(struct streaming *s, const struct shipment *x)
{
    struct run *r = s->r;
    const struct sched_transfer *t = &r->out.transfers[x->transfer];
    uint32_t host = r->l->m->endpoints[x->source].host_unit;
    add_entry(s, host, x->command - r->book.rules.lead);
    add_entry(s, host, x->command);
    for (uint32_t h = 0; h < t->n_hops; h++) {
        const struct sched_hop *hop = &r->out.hops[t->first_hop + h];
        add_entry(s, r->l->host[hop->link], hop->start);
    }
}

/* Books a segment of the unit; the caller says which one it is. */
static struct control_read read_piece(struct streaming *s, uint32_t u, uint64_t earliest)
{
    struct run *r = s->r;
    const struct machine *m = r->l->m;
    uint32_t chip = u / m->units_per_chip, target = machine_unit_endpoint(m, u);
    struct hbm_place at = place_of(s, chip);
    struct shipment x = {.chunk = SCHED_CONTROL, .bytes = s->piece, .class_of = CLASS_CONTROL, .earliest = earliest};
    x.offset = control_table(r->mem, u, r->cold);
    x.targets = &target;
    x.n_targets = 1;
    x.source = layout_channel(r->l, chip, &at);
    x.set = at.set;
    x.row = at.row;
    shipment_book(&r->book, &x);
    add_entries(s, &x);
    const struct sched_hop *last = &r->out.hops[r->out.n_hops - 1];
    uint64_t there = shipment_usable(&r->book, 0, r->out.transfers[x.transfer].flits);
    r->control_end = there > r->control_end ? there : r->control_end;
    return (struct control_read) {
        .unit = u, .transfer = x.transfer, .from = last->start + m->links[last->link].latency, .there = there};
}

static uint32_t places_of(const struct streaming *s, uint32_t u)
{
    return s->ring[u] / s->piece;
}

/* From then on the place of the unit's next segment is free. */
static uint64_t place_free(const struct streaming *s, uint32_t u)
{
    const struct table *t = &s->tables[u];
    size_t places = places_of(s, u);
    return t->n_begins < places ? s->r->booted[u] : t->begins[t->n_begins - places + 1];
}

/* When the unit's next segment takes over: when the entries of the one before are used up, sooner when another one that
 * was booked before the work will come to its place. TIME_NONE: there is nothing more to read. */
static uint64_t take_over(const struct streaming *s, uint32_t u)
{
    const struct table *t = &s->tables[u];
    uint64_t begin = next_begin(s, u), last = t->n_begins > 0 ? t->begins[t->n_begins - 1] : 0;
    if (t->read == t->last_read) {
        return begin;
    }
    size_t other = t->read + places_of(s, u) - 1;
    const struct control_read *read = &s->r->reads[t->read];
    uint64_t limit = other < t->last_read ? s->r->reads[other].from : TIME_NONE;
    if (begin == TIME_NONE) { /* all entries have their segment, but this one comes */
        begin = read->there > last + 1 ? read->there : last + 1;
    }
    begin = limit < begin && limit > last && limit >= read->there ? limit : begin;
    return begin;
}

static void fail(struct streaming *s, uint32_t u, enum tight tight, uint64_t cycle, uint64_t late)
{
    if (!s->failed) {
        uint64_t bytes = (uint64_t)s->tables[u].times.n * SCHED_ENTRY_BYTES;
        *s->fault = (struct stream_fault) {.unit = u, .bytes = bytes, .cycle = cycle, .late = late};
    }
    s->failed = true;
    s->mem->tight[u] = tight;
}

/* The unit's next segment, which takes over at `begin`; returns the cycle from which on it is there, and in order. */
static uint64_t read_segment(struct streaming *s, uint32_t u, uint64_t begin)
{
    struct table *t = &s->tables[u];
    struct run *r = s->r;
    uint64_t release = place_free(s, u);
    uint32_t places = places_of(s, u);
    SIM_CHECK(places > 1, "the entries of unit %u have a ring of %u places", u, places);
    for (; t->read < t->last_read && r->reads[t->read].from < release; t->read++) { /* its place is still in use */
        fail(s, u, TIGHT_REGION, begin, release - r->reads[t->read].from);
    }
    struct control_read x;
    if (t->read < t->last_read && r->reads[t->read].there <= begin && r->reads[t->read].from >= release) {
        x = r->reads[t->read++];
    } else {
        x = read_piece(s, u, release);
    }
    uint32_t n = (uint32_t)t->n_begins;
    r->out.transfers[x.transfer].offset = control_table(r->mem, u, r->cold) + n * s->piece;
    *VEC_PUSH(t, begins) = begin;
    *VEC_PUSH(t, there) = x.there;
    *VEC_PUSH(r, segments) =
        (struct control_segment) {.unit = u, .number = n, .place = n % places, .bytes = s->piece, .from = x.from};
    touch(s, u);
    return x.there;
}

static int wishes_in_order(const void *a, const void *b)
{
    const struct control_wish *x = a, *y = b;
    if (x->earliest != y->earliest) {
        return x->earliest < y->earliest ? -1 : 1;
    }
    return x->unit < y->unit ? -1 : x->unit > y->unit;
}

/* When the segments of this program would best have been read: in the middle between the cycle in which their place is
 * free and the one in which they take over. */
static void make_wishes(const struct streaming *s, struct control_wishes *w)
{
    w->n_all = 0;
    for (uint32_t u = 0; u < s->r->l->units; u++) {
        const struct table *t = &s->tables[u];
        size_t head = (s->region[u] - s->ring[u]) / SCHED_ENTRY_BYTES * (EIGHTHS - s->spare[u]) / EIGHTHS;
        size_t fill = s->piece / SCHED_ENTRY_BYTES * (EIGHTHS - s->spare[u]) / EIGHTHS, places = places_of(s, u);
        for (size_t i = 0; s->ring[u] > 0 && head + i * fill < t->times.n; i++) {
            uint64_t begin = times_at(&t->times, head + i * fill);
            uint64_t release = i < places ? s->r->booted[u] : times_at(&t->times, head + (i - places + 1) * fill);
            *VEC_PUSH(w, all) = (struct control_wish) {.unit = u, .earliest = release + (begin - release) / 2};
        }
    }
    sort_items(w->all, w->n_all, sizeof *w->all, wishes_in_order);
}

/* The unit whose next segment takes over first, the lowest among equals; LAYOUT_NONE: all have what they need. */
static uint32_t first_unit(struct streaming *s, uint64_t *begin)
{
    for (size_t i = 0; i < s->n_changed; i++) {
        struct table *t = &s->tables[s->changed[i]];
        t->changed = false;
        uint64_t next = take_over(s, s->changed[i]);
        if (next != t->next && next != TIME_NONE) {
            heap_push(&s->next, next, s->changed[i]);
        }
        t->next = next;
    }
    s->n_changed = 0;
    while (s->next.n_items > 0 && s->tables[s->next.items[0].key].next != s->next.items[0].time) {
        heap_pop(&s->next);
    }
    *begin = s->next.n_items > 0 ? s->next.items[0].time : TIME_NONE;
    return s->next.n_items > 0 ? (uint32_t)s->next.items[0].key : LAYOUT_NONE;
}

/* Where a segment has come to hold too much the next one takes over sooner, if it is there. Its place is free then:
 * that depends on segments before it, which take over no later than they did. */
static void move_cuts(struct table *t, size_t head, size_t room)
{
    size_t first = 0;
    for (size_t i = 0; i < t->n_begins; i++) {
        size_t last = first + (i == 0 ? head : room);
        if (times_before(&t->times, t->begins[i]) > last) {
            uint64_t sooner = times_at(&t->times, last);
            bool moves = sooner >= t->there[i] && (i == 0 || sooner > t->begins[i - 1]);
            t->begins[i] = moves ? sooner : t->begins[i];
        }
        first = times_before(&t->times, t->begins[i]);
    }
}

/* What reads later segments has come into those that were cut before. */
static void check_rooms(struct streaming *s)
{
    for (uint32_t u = 0; u < s->r->l->units; u++) {
        const struct table *t = &s->tables[u];
        size_t room = (s->region[u] - s->ring[u]) / SCHED_ENTRY_BYTES;
        if (layout_of_many(s->r->l) && s->ring[u] > 0) {
            move_cuts(&s->tables[u], room, s->piece / SCHED_ENTRY_BYTES);
        }
        for (size_t i = 0, first = 0; s->ring[u] > 0 && i <= t->n_begins; i++) {
            size_t end = i < t->n_begins ? times_before(&t->times, t->begins[i]) : t->times.n;
            if (end - first > room) {
                fail(s, u, TIGHT_SEGMENTS, i > 0 ? t->begins[i - 1] : 0, 0);
            }
            first = end;
            room = s->piece / SCHED_ENTRY_BYTES;
        }
    }
}

static int segments_in_order(const void *a, const void *b)
{
    const struct control_segment *x = a, *y = b;
    if (x->unit != y->unit) {
        return x->unit < y->unit ? -1 : 1;
    }
    return x->number < y->number ? -1 : x->number > y->number;
}

/* Each segment lasts until the next one takes over. */
static void close_segments(struct streaming *s)
{
    struct run *r = s->r;
    sort_items(r->segments, r->n_segments, sizeof *r->segments, segments_in_order);
    for (size_t i = 0; i < r->n_segments; i++) {
        struct control_segment *x = &r->segments[i];
        const struct table *t = &s->tables[x->unit];
        x->to = x->number + 1 < t->n_begins ? t->begins[x->number + 1] : TIME_NONE;
    }
}

/* Segments bring entries and take some themselves: where they take about as many as they bring there is no end. */
static uint64_t most_segments(const struct streaming *s)
{
    uint64_t most = 0, fill = s->piece / SCHED_ENTRY_BYTES;
    for (uint32_t u = 0; u < s->r->l->units; u++) {
        most += s->ring[u] > 0 ? s->tables[u].times.n / fill + places_of(s, u) + 1 : 0;
    }
    return MOST_GROWTH * most;
}

bool control_stream(struct run *r, struct memory_plan *mem, struct stream_fault *fault)
{
    struct streaming s;
    if (!mem->stream) {
        return true;
    }
    streaming_init(&s, r);
    s.mem = mem;
    s.fault = fault;
    uint64_t begin, most = most_segments(&s), makespan = assemble_makespan(r);
    for (uint32_t u = 0; u < r->l->units; u++) {
        s.tables[u].next = TIME_NONE;
        touch(&s, u);
    }
    for (uint32_t u; (u = first_unit(&s, &begin)) != LAYOUT_NONE;) {
        if (r->n_segments >= most || interrupt_pending() != 0) {
            fail(&s, u, TIGHT_REGION, begin, 0);
            fault->endless = true;
            break;
        }
        uint64_t there = read_segment(&s, u, begin);
        if (there > begin) {
            fail(&s, u, TIGHT_REGION, begin, there - begin);
        }
        if (begin >= makespan) { /* one that was booked before the work, of more than this program needs */
            fail(&s, u, TIGHT_REGION, begin, 1);
        }
    }
    if (!s.failed) {
        check_rooms(&s);
    }
    if (s.failed) {
        make_wishes(&s, &mem->wishes[r->cold]);
    }
    close_segments(&s);
    streaming_free(&s);
    return !s.failed;
}

static int reads_in_order(const void *a, const void *b)
{
    const struct control_read *x = a, *y = b;
    if (x->unit != y->unit) {
        return x->unit < y->unit ? -1 : 1;
    }
    return x->from < y->from ? -1 : x->from > y->from;
}

void control_stream_reserve(struct run *r, const struct memory_plan *mem)
{
    const struct control_wishes *w = &mem->wishes[r->cold];
    struct streaming s;
    if (w->n_all == 0) {
        return;
    }
    streaming_init(&s, r);
    for (size_t i = 0; i < w->n_all; i++) {
        uint32_t u = w->all[i].unit;
        uint64_t earliest = w->all[i].earliest > r->booted[u] ? w->all[i].earliest : r->booted[u];
        *VEC_PUSH(r, reads) = read_piece(&s, u, earliest);
    }
    sort_items(r->reads, r->n_reads, sizeof *r->reads, reads_in_order);
    streaming_free(&s);
}
