/* SPDX-License-Identifier: Apache-2.0 */
/* schedule_show.c - one program of a schedule as JSON: tasks, bursts, SRAM, DRAM commands, how full links are.
 *
 * One burst is one hop; memory commands are single ones, the precharges that banks do by themselves
 * included. Contract: docs/formats/bps.md, "What `schedule show` prints". */
#include <stdlib.h>

#include "sim/base/json.h"
#include "sim/schedule/dram_expand.h"
#include "sim/schedule/exact_time.h"
#include "sim/schedule/link_slots.h"
#include "sim/schedule/sched_ends.h"
#include "sim/schedule/sched_names.h"
#include "sim/schedule/sched_spills.h"
#include "sim/schedule/schedule.h"
#include "sim/schedule/verify.h"

struct show {
    const struct schedule *s;
    const struct sched_machine *m;
    const struct sched_program *p;
    struct json j;
};

static void number(struct show *w, const char *key, uint64_t value)
{
    json_key(&w->j, key);
    json_u64(&w->j, value);
}

static void string(struct show *w, const char *key, const char *value)
{
    json_key(&w->j, key);
    json_string(&w->j, value);
}

/* Entries of schedule, alignment messages and reserved buffers are no chunk: null. */
static void chunk(struct show *w, uint32_t value)
{
    json_key(&w->j, "chunk");
    if (value < SCHED_CONTROL) {
        json_u64(&w->j, value);
    } else {
        json_null(&w->j);
    }
}

static void list_begin(struct show *w, const char *key)
{
    json_key(&w->j, key);
    json_begin_array(&w->j);
    json_compact(&w->j, true);
}

static void list_end(struct show *w)
{
    json_compact(&w->j, false);
    json_end_array(&w->j);
}

/* ---- tasks ---- */

static void show_tasks(struct show *w)
{
    char name[SCHED_NAME_MAX];
    list_begin(w, "tasks");
    for (size_t i = 0; i < w->p->n_ops; i++) {
        const struct sched_op *o = &w->p->ops[i];
        json_begin_object(&w->j);
        number(w, "id", o->task);
        string(w, "unit", sched_unit_name(name, w->m, o->unit));
        number(w, "start", o->start);
        number(w, "end", o->finish);
        number(w, "off", o->off);
        json_end_object(&w->j);
    }
    list_end(w);
}

/* ---- bursts ---- */

static void show_hop(struct show *w, const struct sched_transfer *t, uint32_t hop, uint64_t end)
{
    const struct sched_hop *h = &w->p->hops[hop];
    json_begin_object(&w->j);
    number(w, "id", h->transfer);
    number(w, "hop", hop - t->first_hop);
    string(w, "link", w->m->links[h->link].id);
    number(w, "start", h->start);
    number(w, "end", end);
    chunk(w, t->chunk);
    number(w, "offset", t->offset);
    number(w, "bytes", t->bytes);
    string(w, "class", class_names[t->class_of]);
    json_end_object(&w->j);
}

static void show_bursts(struct show *w)
{
    uint64_t *ends = mem_alloc_array(w->p->n_hops, sizeof *ends);
    sched_hop_ends(w->s, w->p, ends);
    list_begin(w, "bursts");
    for (size_t i = 0; i < w->p->n_transfers; i++) {
        const struct sched_transfer *t = &w->p->transfers[i];
        for (uint32_t k = t->first_hop; k < t->first_hop + t->n_hops; k++) {
            show_hop(w, t, k, ends[k]);
        }
    }
    list_end(w);
    free(ends);
}

/* ---- links ---- */

static void show_links(struct show *w)
{
    struct slot_tables t;
    slot_tables_make(&t, w->s, w->p);
    list_begin(w, "links");
    for (size_t l = 0; l < w->m->n_links; l++) {
        const struct link_slots *s = &t.links[l];
        json_begin_object(&w->j);
        string(w, "link", w->m->links[l].id);
        string(w, "type", link_type_names[sched_link_type(&w->m->links[l])]);
        number(w, "bursts", s->n);
        number(w, "reserved", s->reserved);
        number(w, "unused", s->unused);
        number(w, "longest_gap", s->gap_slots);
        number(w, "gap_from", s->gap_from);
        json_end_object(&w->j);
    }
    list_end(w);
    slot_tables_free(&t);
}

/* ---- SRAM ---- */

static void show_sram(struct show *w)
{
    char name[SCHED_NAME_MAX];
    list_begin(w, "sram");
    for (size_t i = 0; i < w->p->n_sram; i++) {
        const struct sched_sram *r = &w->p->sram[i];
        json_begin_object(&w->j);
        string(w, "unit", sched_unit_name(name, w->m, r->unit));
        number(w, "address", r->address);
        number(w, "bytes", r->bytes);
        number(w, "from", r->from);
        number(w, "to", r->to);
        chunk(w, r->chunk);
        string(w, "use", r->chunk == SCHED_CONTROL ? "schedule" : r->chunk == SCHED_NONE ? "staging" : "chunk");
        json_key(&w->j, "initial");
        json_bool(&w->j, r->initial);
        json_end_object(&w->j);
    }
    list_end(w);
}

/* ---- DRAM: commands of a channel in order of time, precharges among them ---- */

enum { COMMAND_PRE = DRAM_COMMANDS };

/* A bank's open row: when it is closed is known when its last column command is. */
struct open_row {
    bool open;
    uint64_t close;
};

struct dram_show {
    struct show *w;
    const char *name;
    VEC(struct dram_single, all);
    struct open_row *rows;
};

static void close_row(struct dram_show *c, uint32_t bank, uint32_t op)
{
    if (c->rows[bank].open) {
        *VEC_PUSH(c, all) =
            (struct dram_single) {.cycle = c->rows[bank].close, .command = COMMAND_PRE, .bank = bank, .op = op};
        c->rows[bank].open = false;
    }
}

static void add_command(struct dram_show *c, const struct dram_single *x, uint64_t burst)
{
    const struct dram_timing *d = &c->w->m->dram;
    uint64_t close = x->cycle + d->rtp;
    if (x->command == DRAM_REF) {
        for (uint32_t bank = 0; bank < d->banks; bank++) {
            close_row(c, bank, x->op);
        }
    } else if (x->command == DRAM_ACT) {
        close_row(c, x->bank, x->op);
        c->rows[x->bank] = (struct open_row) {.open = true, .close = x->cycle + d->ras};
    } else {
        close = x->command == DRAM_WR ? x->cycle + d->cwl + burst + d->wr : close;
        c->rows[x->bank].close = close > c->rows[x->bank].close ? close : c->rows[x->bank].close;
    }
    *VEC_PUSH(c, all) = *x;
}

static void print_commands(struct dram_show *c)
{
    static const char *const names[] = {"ACT", "RD", "WR", "REF", "PRE"};
    struct show *w = c->w;
    struct verify_event *order = mem_alloc_array(c->n_all, sizeof *order);
    for (uint32_t i = 0; i < c->n_all; i++) {
        order[i] = (struct verify_event) {.time = c->all[i].cycle, .index = i};
    }
    verify_sort(order, c->n_all);
    for (size_t i = 0; i < c->n_all; i++) {
        const struct dram_single *x = &c->all[order[i].index];
        json_begin_object(&w->j);
        string(w, "channel", c->name);
        json_key(&w->j, "bank");
        if (x->command == DRAM_REF) {
            json_null(&w->j); /* all of them */
        } else {
            json_u64(&w->j, x->bank);
        }
        string(w, "command", names[x->command]);
        number(w, "cycle", x->cycle);
        if (x->command == DRAM_ACT || x->command == DRAM_RD || x->command == DRAM_WR) {
            number(w, "row", x->row);
        }
        if (x->command == DRAM_RD || x->command == DRAM_WR) {
            number(w, "column", x->column);
        }
        json_end_object(&w->j);
    }
    free(order);
}

static void show_dram(struct show *w)
{
    char name[SCHED_NAME_MAX];
    const struct dram_timing *d = &w->m->dram;
    struct dram_show c = {.w = w, .name = name, .rows = mem_alloc_array(d->banks, sizeof *c.rows)};
    struct dram_singles singles = {0};
    list_begin(w, "dram");
    for (size_t first = 0, end; first < w->p->n_dram; first = end) {
        end = dram_channel_end(w->p, first);
        sched_channel_name(name, w->m, w->p->dram[first].channel);
        dram_expand(d, w->p->dram, first, end, &singles);
        c.n_all = 0;
        uint64_t burst = exact_ceil(exact_duration(d->rate, d->burst_bytes));
        for (size_t i = 0; i < singles.n_commands; i++) {
            add_command(&c, &singles.commands[i], burst);
        }
        for (uint32_t bank = 0; bank < d->banks; bank++) {
            close_row(&c, bank, 0);
        }
        print_commands(&c);
    }
    list_end(w);
    free(singles.commands);
    free(c.all);
    free(c.rows);
}

/* ---- the whole ---- */

static void show_spills(struct show *w)
{
    struct sched_spills x = sched_spills_of(w->s, w->p);
    json_key(&w->j, "spilled");
    json_compact(&w->j, true);
    json_begin_object(&w->j);
    number(w, "writes", x.writes);
    number(w, "written_bytes", x.written_bytes);
    number(w, "reads", x.reads);
    number(w, "read_bytes", x.read_bytes);
    json_end_object(&w->j);
    json_compact(&w->j, false);
}

void schedule_show_json(const struct schedule *s, uint32_t program, struct text *out)
{
    struct show w = {.s = s, .m = &s->machine, .p = &s->programs[program]};
    json_init(&w.j, out);
    json_begin_object(&w.j);
    string(&w, "policy", s->policy);
    string(&w, "start", s->start);
    number(&w, "program", program);
    number(&w, "makespan", w.p->makespan);
    show_tasks(&w);
    show_bursts(&w);
    show_sram(&w);
    show_dram(&w);
    show_links(&w);
    show_spills(&w);
    json_end_object(&w.j);
    text_add(out, "\n");
}
