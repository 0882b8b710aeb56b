/* SPDX-License-Identifier: Apache-2.0 */
/* frfcfs_window.c - the requests that the controller sees: arrival, lists of the banks, order on one line. */
#include <stdlib.h>

#include "hw/hbm/frfcfs_core.h"
#include "sim/base/error.h"

static void list_clear(struct frfcfs_list *l)
{
    *l = (struct frfcfs_list) {.head = NO_ENTRY, .tail = NO_ENTRY, .hit = NO_ENTRY};
}

void window_init(struct frfcfs *c)
{
    while (1u << c->burst_shift < c->bursts)
        c->burst_shift++;
    const struct dram_timing *t = &c->p.dram;
    uint32_t n = c->p.queue, buckets = 4;
    c->window = mem_alloc_array(n, sizeof *c->window);
    c->free = mem_alloc_array(n, sizeof *c->free);
    c->next = mem_alloc_array((size_t)n * c->bursts, sizeof *c->next);
    c->prev = mem_alloc_array((size_t)n * c->bursts, sizeof *c->prev);
    for (uint32_t i = n; i-- > 0;)
        c->free[c->n_free++] = i;
    while (buckets < 2 * n)
        buckets *= 2;
    c->bucket_mask = buckets - 1;
    c->buckets = mem_alloc_array(buckets, sizeof *c->buckets);
    for (uint32_t i = 0; i < buckets; i++)
        c->buckets[i] = NO_ENTRY;
    c->banks = mem_alloc_array(t->banks, sizeof *c->banks);
    c->bank_of = mem_alloc_array(t->banks, sizeof *c->bank_of);
    c->group_banks = mem_alloc_array(t->groups, sizeof *c->group_banks);
    for (uint32_t i = 0; i < t->banks; i++) {
        c->group_banks[c->timing.group_of[i]] |= (uint64_t)1 << i;
        c->bank_of[i] = hbm_bank_of(t, i / t->interleave, i % t->interleave);
        list_clear(&c->banks[i].lists[READING]);
        list_clear(&c->banks[i].lists[WRITING]);
    }
}

void window_free(struct frfcfs *c)
{
    free(c->window);
    free(c->free);
    free(c->next);
    free(c->prev);
    free(c->buckets);
    free(c->banks);
    free(c->bank_of);
    free(c->group_banks);
}

/* ---- lists of bursts ---- */

/* The oldest hit may go, unless too many have passed the oldest burst of the bank. */
static void list_changed(struct frfcfs *c, uint32_t bank, uint32_t d)
{
    struct frfcfs_list *l = &c->banks[bank].lists[d];
    uint64_t bit = (uint64_t)1 << bank;
    bool usable = l->hit != NO_ENTRY && (l->hit == l->head || l->passed < c->p.age_limit);
    uint64_t hit = usable ? bit : 0, row = !usable && l->head != NO_ENTRY ? bit : 0;
    if (usable)
        l->hit_age = burst_age(c, l->hit);
    else if (row)
        l->head_age = burst_age(c, l->head);
    /* what is new for the choosers; a younger or older burst of the same kind changes no cycle */
    if (hit & ~c->hit_banks[d])
        c->column_at = 0;
    if (row & ~c->row_banks[d])
        c->row_at = 0;
    c->hit_banks[d] = (c->hit_banks[d] & ~bit) | hit;
    c->row_banks[d] = (c->row_banks[d] & ~bit) | row;
}

static bool hits(const struct frfcfs *c, uint32_t bank, uint32_t burst)
{
    const struct hbm_bank *b = &c->timing.banks[bank];
    return b->open && b->row == burst_request(c, burst)->place.row;
}

/* Younger ones stay behind it: a request that waited for its line is older than its neighbours in the list. */
static void list_add(struct frfcfs *c, uint32_t bank, enum direction d, uint32_t burst)
{
    struct frfcfs_list *l = &c->banks[bank].lists[d];
    uint32_t after = l->tail;
    while (after != NO_ENTRY && burst_age(c, after) > burst_age(c, burst))
        after = c->prev[after];
    uint32_t before = after == NO_ENTRY ? l->head : c->next[after];
    c->prev[burst] = after;
    c->next[burst] = before;
    *(after == NO_ENTRY ? &l->head : &c->next[after]) = burst;
    *(before == NO_ENTRY ? &l->tail : &c->prev[before]) = burst;
    if (after == NO_ENTRY)
        l->passed = 0;
    if (hits(c, bank, burst) && (l->hit == NO_ENTRY || burst_age(c, burst) < burst_age(c, l->hit)))
        l->hit = burst;
    list_changed(c, bank, d);
}

static uint32_t find_hit(const struct frfcfs *c, uint32_t bank, uint32_t from)
{
    while (from != NO_ENTRY && !hits(c, bank, from))
        from = c->next[from];
    return from;
}

bool window_remove(struct frfcfs *c, uint32_t burst, uint32_t bank)
{
    struct frfcfs_window_request *r = burst_request(c, burst);
    struct frfcfs_list *l = &c->banks[bank].lists[r->r.write];
    uint32_t after = c->prev[burst], before = c->next[burst];
    SIM_CHECK(l->hit == burst, "%s: a column for a burst that is not its bank's oldest hit", c->p.name);
    l->passed = after == NO_ENTRY ? 0 : l->passed + 1;
    l->hit = find_hit(c, bank, before);
    *(after == NO_ENTRY ? &l->head : &c->next[after]) = before;
    *(before == NO_ENTRY ? &l->tail : &c->prev[before]) = after;
    list_changed(c, bank, r->r.write);
    return --r->left == 0;
}

void window_row(struct frfcfs *c, uint32_t bank)
{
    uint64_t bit = (uint64_t)1 << bank;
    c->open_banks = c->timing.banks[bank].open ? c->open_banks | bit : c->open_banks & ~bit;
    for (uint32_t d = 0; d < DIRECTIONS; d++) {
        struct frfcfs_list *l = &c->banks[bank].lists[d];
        l->hit = c->timing.banks[bank].open ? find_hit(c, bank, l->head) : NO_ENTRY;
        list_changed(c, bank, d);
    }
}

/* ---- requests ---- */

/* Bursts that hold a wanted sector. */
static uint32_t wanted_bursts(const struct frfcfs *c, uint8_t sectors)
{
    uint32_t each = LINE_SECTORS / c->bursts, wanted = 0;
    for (uint32_t i = 0; i < c->bursts; i++)
        wanted |= ((uint32_t)sectors >> i * each & ((1u << each) - 1u)) != 0 ? 1u << i : 0u;
    return wanted;
}

static void enter_lists(struct frfcfs *c, uint32_t slot)
{
    struct frfcfs_window_request *r = &c->window[slot];
    uint32_t wanted = wanted_bursts(c, r->r.sectors);
    for (uint32_t i = 0; i < c->bursts; i++) {
        if (wanted >> i & 1)
            list_add(c, request_bank(c, r), r->r.write ? WRITING : READING, slot * c->bursts + i);
    }
    c->pending[r->r.write]++;
}

static void enter(struct frfcfs *c, const struct dram_request *q, uint32_t slice, uint64_t arrival)
{
    uint32_t slot = c->free[--c->n_free];
    struct frfcfs_window_request *r = &c->window[slot];
    SIM_CHECK(q->line < c->p.lines, "%s: line %u of %u", c->p.name, q->line, c->p.lines);
    SIM_CHECK(q->sectors & ALL_SECTORS, "%s: a request for no sector of line %u", c->p.name, q->line);
    *r = (struct frfcfs_window_request) {.r = *q,
                                         .arrival = arrival,
                                         .age = c->ages++,
                                         .place = frfcfs_place_of(&c->p.dram, q->line),
                                         .slice = slice,
                                         .left = (uint32_t)__builtin_popcount(wanted_bursts(c, q->sectors)),
                                         .waiter = NO_ENTRY,
                                         .older = NO_ENTRY,
                                         .used = true};
    uint32_t *bucket = &c->buckets[q->line & c->bucket_mask];
    for (uint32_t i = *bucket; i != NO_ENTRY && r->older == NO_ENTRY; i = c->window[i].line_next)
        r->older = c->window[i].r.line == q->line ? i : NO_ENTRY;
    r->line_next = *bucket;
    *bucket = slot;
    if (r->older == NO_ENTRY) {
        enter_lists(c, slot);
        return;
    }
    c->window[r->older].waiter = slot;
    c->urgent += c->window[r->older].r.write;
}

void window_release(struct frfcfs *c, uint32_t slot)
{
    struct frfcfs_window_request *r = &c->window[slot];
    uint32_t *link = &c->buckets[r->r.line & c->bucket_mask];
    while (*link != slot)
        link = &c->window[*link].line_next;
    *link = r->line_next;
    c->pending[r->r.write]--;
    r->used = false;
    c->free[c->n_free++] = slot;
    if (r->waiter == NO_ENTRY)
        return;
    c->urgent -= r->r.write;
    c->window[r->waiter].older = NO_ENTRY;
    enter_lists(c, r->waiter);
}

/* ---- arrival ---- */

/* The slice whose oldest request arrived first; on equal cycles the next one in turn. */
static uint32_t first_slice(const struct frfcfs *c, uint64_t cycle, uint64_t *arrival)
{
    uint32_t best = NO_ENTRY, best_turn = 0;
    for (uint32_t i = 0; i < c->p.slices; i++) {
        uint32_t s = run_order(c->run, cycle, i, c->p.slices);
        uint64_t ready;
        if (mailbox_count(c->in[s]) == 0 || !mailbox_ahead(c->in[s], &ready) || ready > cycle)
            continue;
        uint32_t turn = s >= c->turn ? s - c->turn : s + c->p.slices - c->turn;
        if (best != NO_ENTRY && (ready > *arrival || (ready == *arrival && turn > best_turn)))
            continue;
        best = s;
        best_turn = turn;
        *arrival = ready;
    }
    return best;
}

static void note_full(struct frfcfs *c, uint64_t cycle, bool waiting)
{
    if (c->waiting)
        c->stat.queue_full += cycle - c->waiting_since;
    c->waiting = waiting;
    c->waiting_since = cycle;
}

void window_take(struct frfcfs *c, uint64_t cycle)
{
    uint64_t arrival = 0;
    bool any = false;
    if (c->waiting && c->n_free == 0)
        return;
    for (uint32_t s = 0; s < c->p.slices && !any; s++)
        any = mailbox_count(c->in[s]) > 0;
    if (!any)
        return;
    uint32_t slice = first_slice(c, cycle, &arrival);
    while (slice != NO_ENTRY && c->n_free > 0) {
        enter(c, mailbox_front(c->in[slice], cycle), slice, arrival);
        mailbox_pop(c->in[slice]);
        c->turn = slice + 1 < c->p.slices ? slice + 1 : 0;
        slice = first_slice(c, cycle, &arrival);
    }
    note_full(c, cycle, slice != NO_ENTRY);
}
