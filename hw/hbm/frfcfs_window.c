/* SPDX-License-Identifier: Apache-2.0 */
/* frfcfs_window.c - the requests that the controller sees: arrival, lists of the banks, order on one line. */
#include <stddef.h>
#include <string.h>

#include "hw/hbm/frfcfs_core.h"
#include "sim/base/error.h"

/* ---- making ---- */

/* Bursts that hold a wanted sector. */
static void init_wanted(struct frfcfs *c)
{
    uint32_t bursts = LINE_BYTES / c->dram->burst_bytes, each = LINE_SECTORS / bursts;
    for (uint32_t sectors = 0; sectors <= ALL_SECTORS; sectors++)
        for (uint32_t i = 0; i < bursts; i++)
            if (sectors >> i * each & ((1u << each) - 1u))
                c->wanted[sectors] |= (uint8_t)(1u << i);
}

static bool is_power(uint32_t n)
{
    return (n & (n - 1)) == 0;
}

static void init_banks(struct frfcfs *c)
{
    const struct dram_timing *t = c->dram;
    uint32_t lines = t->row_bytes * t->interleave / LINE_BYTES;
    c->sets = t->banks / t->interleave;
    bool powers = is_power(lines) && is_power(c->sets) && c->sets > 1 && is_power(t->interleave);
    c->line_shift = powers ? (uint32_t)__builtin_ctz(lines) : 0;
    c->set_shift = powers ? (uint32_t)__builtin_ctz(c->sets) : 0;
    for (uint32_t i = 0; i < t->banks; i++) {
        c->groups[c->timing.banks[i].group].banks |= (uint64_t)1 << i;
        c->bank_of[i] = (uint8_t)hbm_bank_of(t, i / t->interleave, i % t->interleave);
        for (uint32_t d = 0; d < DIRECTIONS; d++)
            c->lists[i].of[d] = (struct frfcfs_list) {.head = NO_ENTRY, .tail = NO_ENTRY, .hit = NO_ENTRY};
    }
}

void window_init(struct frfcfs *c)
{
    uint32_t n = c->p.queue, buckets = 4;
    for (uint32_t i = 0; i < n; i++)
        c->window[i].next = (uint16_t)(i + 1);
    c->n_free = (uint16_t)n;
    while (buckets < 2 * n)
        buckets *= 2;
    c->bucket_mask = buckets - 1;
    c->buckets = mem_alloc_array(buckets, sizeof *c->buckets);
    for (uint32_t i = 0; i < buckets; i++)
        c->buckets[i] = NO_ENTRY;
    init_wanted(c);
    init_banks(c);
}

/* ---- lists of the banks ---- */

/* The oldest hit may go, unless too many have passed the oldest burst of the bank. What is new for the choosers is told
 * them: a younger or older burst of the same kind changes no cycle. */
static void list_changed(struct frfcfs *c, uint32_t bank, uint32_t d)
{
    const struct frfcfs_list *l = &c->lists[bank].of[d];
    uint64_t bit = (uint64_t)1 << bank, hits = c->hit_banks[d], rows = c->row_banks[d];
    uint16_t head = l->head, hit = l->hit;
    if (head == NO_ENTRY) {
        c->hit_banks[d] = hits & ~bit;
        c->row_banks[d] = rows & ~bit;
        return;
    }
    bool usable = hit != NO_ENTRY && (hit == head || l->passed < c->p.age_limit);
    c->ages_of[d][bank] = c->window[usable ? hit : head].age;
    if (d == c->direction && !((usable ? hits : rows) & bit)) {
        if (usable)
            pick_column_of(c, bank);
        else
            pick_row_of(c, bank);
    }
    c->hit_banks[d] = usable ? hits | bit : hits & ~bit;
    c->row_banks[d] = usable ? rows & ~bit : rows | bit;
}

static uint16_t find_hit(const struct frfcfs *c, uint32_t bank, uint16_t from)
{
    uint32_t row = c->timing.banks[bank].row;
    while (from != NO_ENTRY && c->window[from].row != row)
        from = c->window[from].next;
    return from;
}

/* Younger ones stay behind it: a request that waited for its line is older than its neighbours in the list. */
static void list_add(struct frfcfs *c, uint16_t slot)
{
    struct frfcfs_window_request *r = &c->window[slot];
    const struct hbm_bank *b = &c->timing.banks[r->bank];
    struct frfcfs_list *l = &c->lists[r->bank].of[r->r.write];
    uint16_t after = l->tail;
    while (after != NO_ENTRY && is_older(r->age, c->window[after].age))
        after = c->window[after].prev;
    uint16_t before = after == NO_ENTRY ? l->head : c->window[after].next;
    r->prev = after;
    r->next = before;
    *(after == NO_ENTRY ? &l->head : &c->window[after].next) = slot;
    *(before == NO_ENTRY ? &l->tail : &c->window[before].prev) = slot;
    if (after == NO_ENTRY)
        l->passed = 0;
    if (b->open && b->row == r->row && (l->hit == NO_ENTRY || is_older(r->age, c->window[l->hit].age)))
        l->hit = slot;
    list_changed(c, r->bank, r->r.write);
}

bool window_remove(struct frfcfs *c, uint16_t slot)
{
    struct frfcfs_window_request *r = &c->window[slot];
    uint32_t bank = r->bank, d = r->r.write;
    struct frfcfs_list *l = &c->lists[bank].of[d];
    SIM_CHECK(l->hit == slot, "%s: a column for a burst that is not its bank's oldest hit", c->p.name);
    bool first = l->head == slot;
    l->passed = first ? 0 : l->passed + 1;
    r->bursts &= (uint8_t)(r->bursts - 1);
    if (r->bursts) {
        if (!first)
            list_changed(c, bank, d);
        return false;
    }
    l->hit = find_hit(c, bank, r->next);
    *(first ? &l->head : &c->window[r->prev].next) = r->next;
    *(r->next == NO_ENTRY ? &l->tail : &c->window[r->next].prev) = r->prev;
    list_changed(c, bank, d);
    return true;
}

void window_opened(struct frfcfs *c, uint32_t bank)
{
    c->open_banks |= (uint64_t)1 << bank;
    for (uint32_t d = 0; d < DIRECTIONS; d++) {
        struct frfcfs_list *l = &c->lists[bank].of[d];
        if (l->head == NO_ENTRY)
            continue;
        l->hit = find_hit(c, bank, l->head);
        if (l->hit != NO_ENTRY) /* else the bank needs a row command as it did before */
            list_changed(c, bank, d);
    }
}

/* Whatever hit needs a row command now. */
void window_closed(struct frfcfs *c, uint32_t bank)
{
    c->open_banks &= ~((uint64_t)1 << bank);
    for (uint32_t d = 0; d < DIRECTIONS; d++) {
        struct frfcfs_list *l = &c->lists[bank].of[d];
        if (l->hit == NO_ENTRY)
            continue;
        l->hit = NO_ENTRY;
        list_changed(c, bank, d);
    }
}

/* ---- requests ---- */

/* frfcfs_place_of() without its divisions, where all of them are by powers of two. */
static struct frfcfs_place place_of(const struct frfcfs *c, uint32_t line)
{
    if (c->set_shift == 0)
        return frfcfs_place_of(c->dram, line);
    uint32_t run = line >> c->line_shift, row = run >> c->set_shift, turned = run;
    for (uint32_t digits = row; digits > 0; digits >>= c->set_shift)
        turned += digits & (c->sets - 1);
    uint32_t in_row = line & ((1u << c->line_shift) - 1);
    /* of the column, only the member of the set is asked for */
    return (struct frfcfs_place) {turned & (c->sets - 1), row, in_row & (c->dram->interleave - 1)};
}

static void enter_list(struct frfcfs *c, uint16_t slot)
{
    list_add(c, slot);
    c->pending[c->window[slot].r.write]++;
}

static void enter(struct frfcfs *c, const struct dram_request *q, uint32_t slice, uint64_t arrival)
{
    uint16_t slot = c->free;
    struct frfcfs_window_request *r = &c->window[slot];
    c->free = r->next;
    c->n_free--;
    SIM_CHECK(q->line < c->p.lines, "%s: line %u of %u", c->p.name, q->line, c->p.lines);
    SIM_CHECK(q->sectors & ALL_SECTORS, "%s: a request for no sector of line %u", c->p.name, q->line);
    __builtin_prefetch(&c->content[q->line]); /* far from the host's caches; needed with the last column */
    struct frfcfs_place place = place_of(c, q->line);
    uint32_t interleave = c->dram->interleave, member = c->set_shift ? place.column : place.column % interleave;
    memcpy(&r->r, q, offsetof(struct dram_request, data));
    if (q->write)
        r->r.data = q->data;
    r->arrival = arrival;
    r->age = c->ages_given++;
    r->row = place.row;
    r->set = place.set;
    r->bank = c->bank_of[place.set * interleave + member];
    r->bursts = c->wanted[q->sectors & ALL_SECTORS];
    r->slice = (uint16_t)slice;
    r->waiter = r->older = NO_ENTRY;
    r->used = true;
    uint16_t *bucket = &c->buckets[q->line & c->bucket_mask];
    for (uint16_t i = *bucket; i != NO_ENTRY && r->older == NO_ENTRY; i = c->window[i].line_next)
        r->older = c->window[i].r.line == q->line ? i : NO_ENTRY;
    r->line_next = *bucket;
    *bucket = slot;
    if (r->older == NO_ENTRY) {
        enter_list(c, slot);
        return;
    }
    c->window[r->older].waiter = slot;
    c->urgent += c->window[r->older].r.write;
}

void window_release(struct frfcfs *c, uint16_t slot)
{
    struct frfcfs_window_request *r = &c->window[slot];
    uint16_t *link = &c->buckets[r->r.line & c->bucket_mask];
    while (*link != slot)
        link = &c->window[*link].line_next;
    *link = r->line_next;
    c->pending[r->r.write]--;
    r->used = false;
    r->next = c->free;
    c->free = slot;
    c->n_free++;
    if (r->waiter == NO_ENTRY)
        return;
    c->urgent -= r->r.write;
    c->window[r->waiter].older = NO_ENTRY;
    enter_list(c, r->waiter);
}

/* ---- arrival ---- */

static void look(struct frfcfs *c, uint32_t slice)
{
    struct frfcfs_slice *s = &c->slices[slice];
    s->front_at = mailbox_front_at(s->in);
}

static void note_arrival(struct frfcfs *c)
{
    c->arrival_at = c->slices[0].front_at;
    for (uint32_t s = 1; s < c->p.slices; s++)
        c->arrival_at = c->slices[s].front_at < c->arrival_at ? c->slices[s].front_at : c->arrival_at;
}

void window_mail(struct frfcfs *c)
{
    for (uint32_t s = 0; s < c->p.slices; s++)
        if (c->mail >> s % 64 & 1)
            look(c, s);
    c->mail = 0;
    note_arrival(c);
}

/* The slice whose oldest request arrived first; on equal cycles the next one in turn. */
static uint32_t first_slice(const struct frfcfs *c, uint64_t cycle)
{
    uint32_t best = UINT32_MAX, best_turn = 0;
    uint64_t best_at = cycle;
    for (uint32_t i = 0; i < c->p.slices; i++) {
        uint32_t s = run_order(c->run, cycle, i, c->p.slices);
        if (c->slices[s].front_at > best_at)
            continue;
        uint32_t turn = s >= c->turn ? s - c->turn : s + c->p.slices - c->turn;
        if (best != UINT32_MAX && c->slices[s].front_at == best_at && turn > best_turn)
            continue;
        best = s;
        best_turn = turn;
        best_at = c->slices[s].front_at;
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
    while (c->arrival_at <= cycle && c->n_free > 0) {
        uint32_t slice = c->p.slices > 1 ? first_slice(c, cycle) : 0;
        struct frfcfs_slice *s = &c->slices[slice];
        enter(c, mailbox_front(s->in, cycle), slice, s->front_at);
        mailbox_pop(s->in);
        look(c, slice);
        note_arrival(c);
        c->turn = slice + 1 < c->p.slices ? slice + 1 : 0;
    }
    note_full(c, cycle, c->arrival_at <= cycle);
}
