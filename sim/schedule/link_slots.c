/* SPDX-License-Identifier: Apache-2.0 */
/* link_slots.c - hops sorted by link and time; what lies between them is unused. */
#include "sim/schedule/link_slots.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/schedule/sched_ends.h"
#include "sim/schedule/sched_names.h"
#include "sim/schedule/verify.h"

typedef unsigned long long ull;

/* ---- tables ---- */

static uint64_t lesser(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The run of unused slots from `from` to the next reservation, or to the end. */
static void add_gap(struct link_slots *l, uint64_t from, uint64_t to)
{
    if (to > from) {
        l->unused += to - from;
        if (to - from > l->gap_slots) {
            l->gap_from = from;
            l->gap_slots = to - from;
        }
    }
}

static void measure(struct link_slots *l, const struct slot_entry *entries, uint64_t makespan)
{
    uint64_t free_at = 0;
    for (size_t i = 0; i < l->n; i++) {
        add_gap(l, free_at, lesser(entries[i].from, makespan));
        free_at = entries[i].to > free_at ? entries[i].to : free_at;
    }
    add_gap(l, free_at, makespan);
    l->reserved = makespan - l->unused;
}

void slot_tables_make(struct slot_tables *t, const struct schedule *s, const struct sched_program *p)
{
    const struct sched_machine *m = &s->machine;
    uint64_t *ends = mem_alloc_array(p->n_hops, sizeof *ends);
    struct verify_event *order = mem_alloc_array(p->n_hops, sizeof *order);
    t->entries = mem_alloc_array(p->n_hops, sizeof *t->entries);
    t->links = mem_alloc_array(m->n_links, sizeof *t->links);
    sched_hop_ends(s, p, ends);
    for (uint32_t h = 0; h < p->n_hops; h++) {
        order[h] = (struct verify_event) {.time = p->hops[h].start, .group = p->hops[h].link, .index = h};
        t->links[p->hops[h].link].n++;
    }
    verify_sort(order, p->n_hops);
    for (size_t i = 0; i < p->n_hops; i++) {
        t->entries[i] = (struct slot_entry) {.from = order[i].time, .to = ends[order[i].index], .hop = order[i].index};
    }
    for (size_t l = 0, first = 0; l < m->n_links; l++) {
        t->links[l].first = first;
        first += t->links[l].n;
        measure(&t->links[l], &t->entries[t->links[l].first], p->makespan);
    }
    free(order);
    free(ends);
}

void slot_tables_free(struct slot_tables *t)
{
    free(t->entries);
    free(t->links);
    *t = (struct slot_tables) {0};
}

/* ---- text and CSV ---- */

struct slot_show {
    const struct sched_machine *m;
    const struct sched_program *p;
    struct slot_tables tables;
    enum slot_format format;
    struct text *out;
};

static double percent(uint64_t part, uint64_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0.0;
}

static void link_row(const struct slot_show *w, size_t link)
{
    const struct sched_link *l = &w->m->links[link];
    const struct link_slots *s = &w->tables.links[link];
    if (w->format == SLOT_CSV) {
        text_printf(w->out, "%s,%s,%zu,%llu,%llu,%llu,%llu\n", l->id, link_type_names[sched_link_type(l)], s->n,
                    (ull)s->reserved, (ull)s->unused, (ull)s->gap_slots, (ull)s->gap_from);
    } else {
        text_printf(w->out, "%-28s %-6s %8zu %10llu %6.1f %% %10llu %10llu from %llu\n", l->id,
                    link_type_names[sched_link_type(l)], s->n, (ull)s->reserved, percent(s->reserved, w->p->makespan),
                    (ull)s->unused, (ull)s->gap_slots, (ull)s->gap_from);
    }
}

static void slot_row(const struct slot_show *w, const struct slot_entry *e)
{
    const struct sched_hop *h = &w->p->hops[e->hop];
    const struct sched_transfer *t = &w->p->transfers[h->transfer];
    const char *link = w->m->links[h->link].id;
    char chunk[24] = "";
    if (t->chunk < SCHED_CONTROL) {
        snprintf(chunk, sizeof chunk, "%u", t->chunk);
    }
    if (w->format == SLOT_CSV) {
        text_printf(w->out, "%s,%llu,%llu,%u,%u,%s,%u,%u,%s\n", link, (ull)e->from, (ull)e->to, h->transfer,
                    e->hop - t->first_hop, chunk, t->offset, t->bytes, class_names[t->class_of]);
    } else {
        text_printf(w->out, "  %10llu %10llu %9u %5u %8s %8u %8u  %s\n", (ull)e->from, (ull)e->to, h->transfer,
                    e->hop - t->first_hop, chunk, t->offset, t->bytes, class_names[t->class_of]);
    }
}

static struct slot_show begin(const struct schedule *s, uint32_t program, enum slot_format format, struct text *out)
{
    struct slot_show w = {.m = &s->machine, .p = &s->programs[program], .format = format, .out = out};
    slot_tables_make(&w.tables, s, w.p);
    return w;
}

static void link_head(const struct slot_show *w)
{
    if (w->format == SLOT_CSV) {
        text_add(w->out, "link,type,bursts,reserved,unused,longest_gap,gap_from\n");
    } else {
        text_printf(w->out, "slots of %llu cycles\n%-28s %-6s %8s %10s %8s %10s %10s\n", (ull)w->p->makespan, "link",
                    "type", "bursts", "reserved", "", "unused", "longest gap");
    }
}

void schedule_show_links(const struct schedule *s, uint32_t program, const char *glob, enum slot_format format,
                         struct text *out)
{
    struct slot_show w = begin(s, program, format, out);
    link_head(&w);
    for (size_t l = 0; l < w.m->n_links; l++) {
        if (text_glob(glob, w.m->links[l].id)) {
            link_row(&w, l);
        }
    }
    slot_tables_free(&w.tables);
}

void schedule_show_slots(const struct schedule *s, uint32_t program, const char *glob, enum slot_format format,
                         struct text *out)
{
    struct slot_show w = begin(s, program, format, out);
    if (format == SLOT_CSV) {
        text_add(out, "link,from,to,transfer,hop,chunk,offset,bytes,class\n");
    } else {
        link_head(&w);
    }
    for (size_t l = 0; l < w.m->n_links; l++) {
        const struct link_slots *x = &w.tables.links[l];
        if (!text_glob(glob, w.m->links[l].id)) {
            continue;
        }
        if (format == SLOT_TEXT) {
            link_row(&w, l);
            text_printf(out, x->n ? "  %10s %10s %9s %5s %8s %8s %8s  %s\n" : "", "from", "to", "transfer", "hop",
                        "chunk", "offset", "bytes", "class");
        }
        for (size_t i = 0; i < x->n; i++) {
            slot_row(&w, &w.tables.entries[x->first + i]);
        }
    }
    slot_tables_free(&w.tables);
}
