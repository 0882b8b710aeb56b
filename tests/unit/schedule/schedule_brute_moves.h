/* SPDX-License-Identifier: Apache-2.0 */
/* schedule_brute_moves.h - the half of schedule_brute.h in which nothing lies still: tasks, links, memory. */
#ifndef TESTS_UNIT_SCHEDULE_SCHEDULE_BRUTE_MOVES_H
#define TESTS_UNIT_SCHEDULE_SCHEDULE_BRUTE_MOVES_H

#include "tests/unit/schedule/schedule_builder.h"

enum { BRUTE_CYCLES = 6000, BRUTE_PLACES = 4096 };

/* What a byte is: the repeat that made it (sources: 0), its chunk, its place in the chunk. 0: nothing. */
static inline uint64_t brute_byte(const struct schedule *s, uint32_t chunk, uint32_t offset, uint32_t repeat)
{
    bool source = s->chunks[chunk].producer == SCHED_NONE;
    return (uint64_t)(source ? 0 : repeat + 1) << 48 | (uint64_t)(chunk + 1) << 32 | offset;
}

struct brute_burst {
    uint32_t channel, bank, row, column;
    uint64_t byte[64]; /* B_FLIT bytes each */
    bool source, output;
};

struct brute {
    const struct schedule *s;
    const struct sched_program *p;
    uint32_t repeat;
    const char *why; /* first thing that does not work */
    uint64_t sram[B_UNITS][B_SRAM];
    uint16_t owner[B_UNITS][B_SRAM]; /* record + 1 */
    bool table[B_UNITS][B_SRAM];     /* belonged to a table of entries when the program before ended */
    struct brute_burst memory[BRUTE_PLACES];
    uint32_t n_memory;
    uint64_t end[1024], there[1024]; /* of each hop */
    uint64_t read_first[256], read_end[256], write_first[1024], write_end[1024];
    uint32_t reads[256], writes[1024];
};

static inline void brute_want(struct brute *x, bool works, const char *why)
{
    if (!works && !x->why) {
        x->why = why;
    }
}

static inline const struct sched_link *brute_link(const struct brute *x, const struct sched_hop *h)
{
    return &x->s->machine.links[h->link];
}

/* Endpoint whose way in or out a link is; SCHED_NONE for other links. */
static inline uint32_t brute_endpoint(const struct brute *x, uint32_t link, bool *eject)
{
    for (uint32_t e = 0; e < x->s->machine.n_endpoints; e++) {
        if (x->s->machine.endpoints[e].inject == link || x->s->machine.endpoints[e].eject == link) {
            *eject = x->s->machine.endpoints[e].eject == link;
            return e;
        }
    }
    return SCHED_NONE;
}

/* ---- operations ---- */

static inline void brute_ops(struct brute *x)
{
    for (uint32_t t = 0; t < x->s->n_tasks; t++) {
        uint32_t n = 0;
        for (size_t i = 0; i < x->p->n_ops; i++) {
            n += x->p->ops[i].task == t;
        }
        brute_want(x, n == 1, "a task runs never or twice");
    }
    for (size_t i = 0; i < x->p->n_ops; i++) {
        const struct sched_op *o = &x->p->ops[i];
        const struct sched_task *t = &x->s->tasks[o->task];
        brute_want(x, o->start >= x->s->machine.launch_cycles, "a task before the launch");
        brute_want(x, o->unit / 2 == t->chip, "a task on another chip");
        brute_want(x, o->finish - o->start == t->cycles + x->s->machine.toggle_cycles, "a task of another length");
        brute_want(x, x->s->local_timers ? o->off == o->finish : o->off >= o->finish, "a bit of another length");
        brute_want(x, o->off <= x->p->makespan, "a bit after the end");
        for (size_t k = 0; k < i; k++) {
            const struct sched_op *q = &x->p->ops[k];
            brute_want(x, q->unit != o->unit || q->off <= o->start || o->off <= q->start, "two tasks on a unit");
        }
        for (uint32_t k = 0; k < t->n_inputs; k++) {
            uint32_t producer = x->s->chunks[x->s->inputs[t->first_input + k].chunk].producer;
            for (size_t q = 0; q < x->p->n_ops && producer != SCHED_NONE; q++) {
                bool before = x->p->ops[q].finish <= o->start;
                brute_want(x, x->p->ops[q].task != producer || before, "a task before its predecessor");
            }
        }
    }
}

static inline void brute_phases(struct brute *x)
{
    struct sched_program copy = *x->p;
    copy.phases = NULL;
    copy.n_phases = copy.cap_phases = 0;
    b_phases(&copy);
    brute_want(x, copy.n_phases == x->p->n_phases, "another number of phases");
    for (size_t i = 0; i < copy.n_phases && i < x->p->n_phases; i++) {
        const struct sched_phase *a = &copy.phases[i], *b = &x->p->phases[i];
        bool last = i + 1 == copy.n_phases; /* what starts after the end counts there: seen elsewhere */
        brute_want(x, a->start == b->start && a->units_on == b->units_on && a->tasks == b->tasks, "another phase");
        brute_want(x, last || a->transfers == b->transfers, "another number of transfers in a phase");
    }
    free(copy.phases);
}

/* ---- links: who has the slot ---- */

static inline void brute_slots(struct brute *x)
{
    static uint16_t slot[B_LINKS][BRUTE_CYCLES + 1024];
    memset(slot, 0, sizeof slot);
    for (size_t i = 0; i < x->p->n_hops; i++) {
        const struct sched_hop *h = &x->p->hops[i];
        uint32_t flits = x->p->transfers[h->transfer].flits;
        bool eject = false;
        brute_endpoint(x, h->link, &eject);
        for (uint32_t k = 0; k < flits && brute_link(x, h)->type != LINK_CHIP; k++) {
            uint64_t t = h->start + k < BRUTE_CYCLES + 1000 ? h->start + k : BRUTE_CYCLES + 1000;
            brute_want(x, slot[h->link][t]++ == 0, "two flits in a slot");
        }
        x->end[i] = h->start + flits;
        x->there[i] = h->start + brute_link(x, h)->latency + (eject ? flits - 1 : 0);
    }
}

/* Hops of a chip link by start, then number; the line in ticks. */
static inline void brute_lines(struct brute *x)
{
    for (uint32_t link = 0; link < x->s->machine.n_links; link++) {
        const struct sched_link *l = &x->s->machine.links[link];
        uint64_t line = 0;
        for (uint64_t t = 0; l->type == LINK_CHIP && t <= x->p->makespan; t++) {
            for (size_t i = 0; i < x->p->n_hops; i++) {
                if (x->p->hops[i].link != link || x->p->hops[i].start != t) {
                    continue;
                }
                brute_want(x, line < (t + 1) * l->rate.num, "a chip link that is not free");
                line = b_max(line, t * l->rate.num) +
                       (uint64_t)x->p->transfers[x->p->hops[i].transfer].flits * B_FLIT * l->rate.den;
                x->end[i] = (line + l->rate.num - 1) / l->rate.num;
                x->there[i] = x->end[i] + l->latency;
            }
        }
    }
}

/* ---- transfers: does each flit find its way? ---- */

static inline void brute_joint(struct brute *x, const struct sched_hop *parent, const struct sched_hop *h)
{
    const struct sched_link *from = brute_link(x, parent), *to = brute_link(x, h);
    bool out = false, in = false;
    uint32_t a = brute_endpoint(x, parent->link, &out), c = brute_endpoint(x, h->link, &in);
    uint64_t there = x->there[parent - x->p->hops];
    if (from->type == LINK_CHIP) {
        const struct sched_endpoint *e = c == SCHED_NONE ? NULL : &x->s->machine.endpoints[c];
        brute_want(x, e && !in && e->kind == 2 && e->chip == from->to_node, "a way that breaks off behind a chip link");
        brute_want(x, h->start >= there + x->s->machine.guard_cycles, "no guard band");
    } else if (a != SCHED_NONE && out) {
        const struct sched_endpoint *e = &x->s->machine.endpoints[a];
        brute_want(x, e->kind == 2 && e->neighbour == h->link, "a way that goes on from an endpoint");
        brute_want(x, h->start >= there, "a chip link before its data");
    } else {
        brute_want(x, to->type != LINK_CHIP && from->to_node == to->from_node, "a way that breaks off");
        brute_want(x, c == SCHED_NONE || in, "an injection in the middle");
        brute_want(x, h->start == there, "a flit that waits in a router");
    }
}

static inline void brute_transfer(struct brute *x, const struct sched_transfer *t)
{
    const struct sched_hop *h = &x->p->hops[t->first_hop];
    bool eject = false;
    uint32_t origin = brute_endpoint(x, h->link, &eject);
    brute_want(x, origin != SCHED_NONE && !eject && x->s->machine.endpoints[origin].kind < 2, "a root at no source");
    brute_want(x, h->start >= x->s->machine.launch_cycles, "a transfer before the launch");
    brute_want(x, t->flits == (t->bytes + B_FLIT - 1) / B_FLIT && t->bytes <= B_PIECE, "a piece of another size");
    for (uint32_t k = 0; k < t->n_hops; k++) {
        bool leaf = true;
        for (uint32_t i = k + 1; i < t->n_hops; i++) {
            leaf = leaf && h[i].parent != k;
        }
        brute_want(x, (k == 0) == (h[k].parent == SCHED_NONE), "more than one root, or none");
        if (k && h[k].parent != SCHED_NONE) {
            brute_joint(x, &h[h[k].parent], &h[k]);
        }
        uint32_t e = brute_endpoint(x, h[k].link, &eject);
        bool home = e != SCHED_NONE && eject && x->s->machine.endpoints[e].kind < 2;
        brute_want(x, leaf == home, "a leaf that is no destination");
        brute_want(x, x->there[t->first_hop + k] <= x->p->makespan, "an arrival after the end");
    }
}

/* ---- memory: single commands, pair by pair ---- */

struct brute_command {
    uint64_t cycle;
    uint32_t kind, bank, row, column, op;
};

struct brute_commands {
    VEC(struct brute_command, all);
};

static inline void brute_expand(const struct brute *x, uint32_t channel, struct brute_commands *c)
{
    const struct dram_timing *d = &x->s->machine.dram;
    uint64_t bus = 0; /* ticks */
    for (uint32_t i = 0; i < x->p->n_dram; i++) {
        const struct sched_dram_op *o = &x->p->dram[i];
        bool moves = o->channel == channel && (o->command == DRAM_RD || o->command == DRAM_WR);
        uint64_t edge = (o->cycle + (o->command == DRAM_RD ? d->cl : d->cwl)) * d->rate.num;
        uint64_t phase = moves && bus >= edge && bus < edge + d->rate.num ? bus - edge : 0;
        bus = moves ? b_max(bus, edge + phase + 64 * d->rate.den * o->count) : bus;
        uint32_t n = o->command == DRAM_REF ? 1 : o->command == DRAM_ACT ? 2 : o->count;
        for (uint32_t q = 0; o->channel == channel && q < n; q++) {
            uint32_t member = (o->command == DRAM_ACT ? q : o->column + q) % 2;
            uint64_t step = o->command == DRAM_ACT ? q * d->rrd_s : (phase + q * 64 * d->rate.den) / d->rate.num;
            *VEC_PUSH(c, all) = (struct brute_command) {
                .cycle = o->cycle + step,
                .kind = o->command,
                .bank = member * 2 + o->set, /* sets 0, 1 are the first and second bank of both groups */
                .row = o->row,
                .column = (o->column + q) / 2,
                .op = i,
            };
        }
    }
    for (size_t i = 1; i < c->n_all; i++) {
        struct brute_command one = c->all[i];
        size_t k = i;
        for (; k && c->all[k - 1].cycle > one.cycle; k--) {
            c->all[k] = c->all[k - 1];
        }
        c->all[k] = one;
    }
}

/* Cycles that must lie between two commands, whatever happens elsewhere. */
static inline uint64_t brute_distance(const struct dram_timing *d, const struct brute_command *a,
                                      const struct brute_command *b)
{
    bool near = a->bank / 2 == b->bank / 2;
    bool columns = (a->kind == DRAM_RD || a->kind == DRAM_WR) && (b->kind == DRAM_RD || b->kind == DRAM_WR);
    uint64_t burst = (64 * d->rate.den + d->rate.num - 1) / d->rate.num;
    if (a->kind == DRAM_REF) {
        return d->rfc;
    }
    if (a->kind == DRAM_ACT && b->kind == DRAM_ACT) {
        return near ? b_max(d->rrd_l, d->rrd_s) : d->rrd_s;
    }
    if (a->kind == DRAM_WR && b->kind == DRAM_RD) {
        return d->cwl + burst + (near ? b_max(d->wtr_l, d->wtr_s) : d->wtr_s);
    }
    return !columns ? 0 : near ? b_max(d->ccd_l, d->ccd_s) : d->ccd_s;
}

/* An ACT: its columns, and what comes after them. */
static inline void brute_row(struct brute *x, const struct brute_commands *c, size_t act)
{
    const struct dram_timing *d = &x->s->machine.dram;
    const struct brute_command *a = &c->all[act];
    uint64_t burst = (64 * d->rate.den + d->rate.num - 1) / d->rate.num, closed = a->cycle + d->ras;
    for (size_t i = act + 1; i < c->n_all; i++) {
        const struct brute_command *b = &c->all[i];
        if (b->kind == DRAM_REF || (b->kind == DRAM_ACT && b->bank == a->bank)) {
            brute_want(x, b->cycle >= closed + d->rp, "a row that is not closed in time");
            return;
        }
        if (b->kind != DRAM_ACT && b->bank == a->bank) {
            brute_want(x, b->row == a->row, "another row is open");
            brute_want(x, b->cycle >= a->cycle + d->rcd, "a column before its row is open");
            closed = b_max(closed, b->cycle + (b->kind == DRAM_RD ? d->rtp : d->cwl + burst + d->wr));
        }
    }
}

static inline void brute_timing(struct brute *x, const struct brute_commands *c)
{
    const struct dram_timing *d = &x->s->machine.dram;
    uint64_t acts[4] = {0}, refreshes = 0, n_acts = 0;
    for (size_t i = 0; i < c->n_all; i++) {
        const struct brute_command *b = &c->all[i];
        bool open = b->kind == DRAM_ACT || b->kind == DRAM_REF;
        brute_want(x, b->kind == DRAM_REF || b->cycle >= x->s->machine.launch_cycles, "memory before the launch");
        for (size_t k = 0; k < i; k++) {
            const struct brute_command *a = &c->all[k];
            brute_want(x, b->cycle - a->cycle >= brute_distance(d, a, b), "commands too close");
            open = a->kind == DRAM_REF ? b->kind == DRAM_ACT || b->kind == DRAM_REF
                                       : open || (a->kind == DRAM_ACT && a->bank == b->bank);
        }
        brute_want(x, open, "no row is open");
        if (b->kind == DRAM_ACT) {
            brute_want(x, n_acts < 4 || b->cycle - acts[n_acts % 4] >= d->faw, "five rows too fast");
            acts[n_acts++ % 4] = b->cycle;
            brute_row(x, c, i);
        }
        refreshes += b->kind == DRAM_REF;
        brute_want(x, b->kind != DRAM_REF || b->cycle <= refreshes * d->refi, "a refresh too late");
    }
    brute_want(x, refreshes >= x->p->makespan / d->refi, "too few refreshes");
}

/* The place of a burst; made when it is new. */
static inline struct brute_burst *brute_place(struct brute *x, uint32_t channel, const struct brute_command *c)
{
    for (uint32_t i = 0; i < x->n_memory; i++) {
        struct brute_burst *m = &x->memory[i];
        if (m->channel == channel && m->bank == c->bank && m->row == c->row && m->column == c->column) {
            return m;
        }
    }
    struct brute_burst *m = &x->memory[x->n_memory < BRUTE_PLACES - 1 ? x->n_memory++ : x->n_memory];
    *m = (struct brute_burst) {.channel = channel, .bank = c->bank, .row = c->row, .column = c->column};
    return m;
}

/* What the first byte of a transfer's piece is; the others count on from there. */
static inline uint64_t brute_first(const struct brute *x, const struct sched_transfer *t)
{
    if (t->class_of == CLASS_CONTROL) {
        bool eject;
        uint32_t unit = brute_endpoint(x, x->p->hops[t->first_hop + t->n_hops - 1].link, &eject);
        return UINT64_C(1) << 62 | (uint64_t)unit << 32 | t->offset;
    }
    return brute_byte(x->s, t->chunk, t->offset, x->repeat);
}

/* Byte i of a burst; 0 beyond the end of the piece. */
static inline uint64_t brute_piece(const struct sched_transfer *t, uint64_t first, uint32_t i)
{
    return i < t->bytes ? first + i : 0;
}

static inline void brute_read(struct brute *x, struct brute_burst *m, const struct sched_transfer *t, uint32_t burst)
{
    bool source = t->class_of == CLASS_CONTROL || x->s->chunks[t->chunk].producer == SCHED_NONE;
    bool empty = true;
    uint64_t first = brute_first(x, t);
    for (uint32_t i = 0; i < 64; i++) {
        empty = empty && m->byte[i] == 0;
    }
    if (empty && source) {
        m->source = true;
        brute_want(x, t->class_of == CLASS_CONTROL || x->s->chunks[t->chunk].chip == m->channel, "a source elsewhere");
        for (uint32_t i = 0; i < 64; i++) { /* the whole burst, the chunk's last bytes and all */
            m->byte[i] = brute_piece(t, first, burst * 64 + i);
        }
    }
    for (uint32_t i = 0; i < 64; i++) {
        uint64_t want = brute_piece(t, first, burst * 64 + i);
        if (want && m->source && !m->byte[i]) {
            m->byte[i] = want; /* an earlier reader wanted less of it */
        }
        brute_want(x, !want || m->byte[i] == want, "memory holds something else");
    }
}

static inline void brute_write(struct brute *x, struct brute_burst *m, const struct sched_transfer *t, uint32_t burst)
{
    uint64_t first = brute_first(x, t);
    brute_want(x, !m->source, "a source is overwritten");
    for (uint32_t i = 0; i < 64; i++) {
        m->byte[i] = brute_piece(t, first, burst * 64 + i);
    }
}

/* Data of a channel: on the bus, in and out of the places. */
static inline void brute_data(struct brute *x, uint32_t channel, const struct brute_commands *c)
{
    const struct dram_timing *d = &x->s->machine.dram;
    const struct sched_endpoint *e = &x->s->machine.endpoints[channel * B_PER_CHIP + 2];
    uint64_t bus = 0;
    for (size_t i = 0; i < c->n_all; i++) {
        const struct brute_command *b = &c->all[i];
        bool read = b->kind == DRAM_RD;
        if (!read && b->kind != DRAM_WR) {
            continue;
        }
        uint64_t first = b->cycle + (read ? d->cl : d->cwl);
        brute_want(x, bus < (first + 1) * d->rate.num, "two data on the bus");
        bus = b_max(bus, first * d->rate.num) + 64 * d->rate.den;
        uint64_t end = (bus + d->rate.num - 1) / d->rate.num;
        uint32_t number = x->p->dram[b->op].transfer, hop = SCHED_NONE;
        const struct sched_transfer *t = &x->p->transfers[number];
        for (uint32_t k = 0; k < t->n_hops; k++) {
            hop = x->p->hops[t->first_hop + k].link == (read ? e->inject : e->eject) ? t->first_hop + k : hop;
        }
        brute_want(x, hop != SCHED_NONE && (!read || hop == t->first_hop), "a run for a transfer from elsewhere");
        if (hop == SCHED_NONE) {
            continue;
        }
        uint32_t *n = read ? &x->reads[number] : &x->writes[hop];
        if (*n == 0) {
            *(read ? &x->read_first[number] : &x->write_first[hop]) = read ? first : b->cycle;
        }
        uint64_t *last = read ? &x->read_end[number] : &x->write_end[hop];
        *last = b_max(*last, end);
        (read ? brute_read : brute_write)(x, brute_place(x, channel, b), t, (*n)++);
    }
}

static inline void brute_memory(struct brute *x)
{
    memset(x->reads, 0, sizeof x->reads);
    memset(x->writes, 0, sizeof x->writes);
    memset(x->read_end, 0, sizeof x->read_end);
    memset(x->write_end, 0, sizeof x->write_end);
    for (uint32_t channel = 0; channel < B_CHANNELS; channel++) {
        struct brute_commands c = {0};
        brute_expand(x, channel, &c);
        brute_timing(x, &c);
        brute_data(x, channel, &c);
        free(c.all);
    }
    for (uint32_t i = 0; i < x->p->n_transfers; i++) {
        const struct sched_transfer *t = &x->p->transfers[i];
        for (uint32_t k = t->first_hop; k < t->first_hop + t->n_hops; k++) {
            bool eject = false;
            uint32_t e = brute_endpoint(x, x->p->hops[k].link, &eject), bursts = (t->bytes + 63) / 64;
            if (e == SCHED_NONE || x->s->machine.endpoints[e].kind != 1) {
                continue;
            }
            brute_want(x, (eject ? x->writes[k] : x->reads[i]) == bursts, "too few bursts, or too many");
            brute_want(x, eject ? x->write_first[k] >= x->there[k] : x->p->hops[k].start >= x->read_end[i],
                       "memory and network out of step");
        }
    }
}

#endif
