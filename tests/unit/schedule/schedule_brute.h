/* SPDX-License-Identifier: Apache-2.0 */
/* schedule_brute.h - does a small schedule work? Asked by playing it, cycle by cycle and byte by byte.
 *
 *     repeats in a row; in each cycle: places change hands, bytes arrive, tasks and links read
 *
 * Slow, direct, and made in another way than the verifier: memory is an array of bytes that each know what
 * they are, links are arrays of slots and ticks, memory commands are compared pair by pair. It may accept
 * more than the verifier, never less. Only for the builder's server. */
#ifndef TESTS_UNIT_SCHEDULE_SCHEDULE_BRUTE_H
#define TESTS_UNIT_SCHEDULE_SCHEDULE_BRUTE_H

#include "tests/unit/schedule/schedule_brute_moves.h"

/* ---- SRAM, cycle by cycle ---- */

static inline uint32_t brute_record(const struct brute *x, uint32_t unit, uint32_t chunk, uint64_t t)
{
    for (uint32_t i = (uint32_t)x->p->n_sram; i-- > 0;) {
        const struct sched_sram *r = &x->p->sram[i];
        if (r->unit == unit && r->chunk == chunk && r->from <= t && t < r->to) {
            return i;
        }
    }
    return SCHED_NONE;
}

/* Does the unit have bytes [from, to) of the chunk now? */
static inline bool brute_has(const struct brute *x, uint32_t unit, uint32_t chunk, uint32_t from, uint32_t to,
                             uint64_t t)
{
    uint32_t r = brute_record(x, unit, chunk, t);
    bool all = r != SCHED_NONE;
    for (uint32_t i = from; all && i < to; i++) {
        all = x->sram[unit][x->p->sram[r].address + i] == brute_byte(x->s, chunk, i, x->repeat);
    }
    return all;
}

static inline void brute_put(struct brute *x, uint32_t unit, uint32_t chunk, uint32_t from, uint32_t to, uint64_t t)
{
    uint32_t r = brute_record(x, unit, chunk, t);
    brute_want(x, r != SCHED_NONE, "data without a place");
    for (uint32_t i = from; r != SCHED_NONE && i < to; i++) {
        uint32_t address = x->p->sram[r].address + i;
        brute_want(x, x->owner[unit][address] == r + 1, "data in another one's place");
        x->sram[unit][address] = brute_byte(x->s, chunk, i, x->repeat);
    }
}

static inline void brute_places(struct brute *x, uint64_t t)
{
    for (uint32_t pass = 0; pass < 2; pass++) { /* all go before any comes */
        for (uint32_t i = 0; i < x->p->n_sram; i++) {
            const struct sched_sram *r = &x->p->sram[i];
            bool comes = pass == 1 && r->from == t, goes = pass == 0 && r->to == t;
            if (!comes && !goes) {
                continue;
            }
            brute_want(x, (uint64_t)r->address + r->bytes <= B_SRAM, "a place outside");
            for (uint32_t a = r->address; a < B_SRAM && a < r->address + r->bytes; a++) {
                brute_want(x, goes || !x->owner[r->unit][a], "a byte in two places");
                brute_want(x, goes || !r->initial || r->chunk != SCHED_CONTROL || x->table[r->unit][a], "no table");
                x->owner[r->unit][a] = comes ? (uint16_t)(i + 1) : 0;
                if (comes && !r->initial) {
                    x->sram[r->unit][a] = 0;
                }
            }
        }
    }
}

static inline void brute_arrivals(struct brute *x, uint64_t t)
{
    for (uint32_t i = 0; i < x->p->n_hops; i++) {
        const struct sched_hop *h = &x->p->hops[i];
        const struct sched_transfer *f = &x->p->transfers[h->transfer];
        uint64_t first = h->start + 1;
        if (t < first || t >= first + f->flits || f->class_of != CLASS_DATA) {
            continue;
        }
        bool eject = false;
        uint32_t e = brute_endpoint(x, h->link, &eject);
        if (eject && x->s->machine.endpoints[e].kind == 0) {
            uint32_t k = (uint32_t)(t - first) * B_FLIT, end = k + B_FLIT < f->bytes ? k + B_FLIT : f->bytes;
            brute_put(x, x->s->machine.endpoints[e].host_unit, f->chunk, f->offset + k, f->offset + end, t);
        }
    }
}

static inline void brute_work(struct brute *x, uint64_t t)
{
    for (uint32_t i = 0; i < x->p->n_ops; i++) {
        const struct sched_op *o = &x->p->ops[i];
        const struct sched_task *k = &x->s->tasks[o->task];
        bool runs = o->start <= t && t < o->finish;
        for (uint32_t c = k->first_output; c < k->first_output + k->n_outputs; c++) {
            uint32_t bytes = x->s->chunks[c].bytes;
            brute_want(x, !bytes || !runs || brute_record(x, o->unit, c, t) != SCHED_NONE, "no place for a result");
            if (bytes && t == o->finish && brute_record(x, o->unit, c, t) != SCHED_NONE) {
                brute_put(x, o->unit, c, 0, bytes, t);
            }
        }
        for (uint32_t c = 0; runs && c < k->n_inputs; c++) {
            uint32_t chunk = x->s->inputs[k->first_input + c].chunk;
            uint32_t bytes = x->s->chunks[chunk].bytes;
            brute_want(x, !bytes || brute_has(x, o->unit, chunk, 0, bytes, t), "an input that is not there");
        }
    }
}

static inline void brute_sends(struct brute *x, uint64_t t)
{
    for (uint32_t i = 0; i < x->p->n_transfers; i++) {
        const struct sched_transfer *f = &x->p->transfers[i];
        const struct sched_hop *h = &x->p->hops[f->first_hop];
        bool eject = false, now = t >= h->start && t < h->start + f->flits;
        uint32_t e = now ? brute_endpoint(x, h->link, &eject) : SCHED_NONE;
        if (e == SCHED_NONE || x->s->machine.endpoints[e].kind != 0) {
            continue;
        }
        brute_want(x, f->class_of == CLASS_DATA, "a unit that sends no data");
        uint32_t k = (uint32_t)(t - h->start) * B_FLIT, end = k + B_FLIT < f->bytes ? k + B_FLIT : f->bytes;
        bool has = f->class_of == CLASS_DATA &&
                   brute_has(x, x->s->machine.endpoints[e].host_unit, f->chunk, f->offset + k, f->offset + end, t);
        brute_want(x, has, "data that are not there to be sent");
    }
}

/* ---- buffers, entries, results ---- */

static inline void brute_staging(struct brute *x)
{
    static uint32_t bytes[2 * B_PER_CHIP][2][BRUTE_CYCLES];
    memset(bytes, 0, sizeof bytes);
    for (uint32_t i = 0; i < x->p->n_transfers; i++) {
        const struct sched_transfer *f = &x->p->transfers[i];
        const struct sched_hop *h = &x->p->hops[f->first_hop];
        for (uint32_t k = 0; k < f->n_hops; k++) {
            bool eject = false;
            uint32_t hop = f->first_hop + k, e = brute_endpoint(x, h[k].link, &eject), way = 0;
            uint64_t from = 0, to = 0;
            if (e != SCHED_NONE && x->s->machine.endpoints[e].kind == 1) {
                from = eject ? h[k].start : x->read_first[i];
                to = eject ? x->write_end[hop] : h[k].start + f->flits;
            }
            for (uint32_t c = k + 1; c < f->n_hops; c++) {
                bool in = e != SCHED_NONE && x->s->machine.endpoints[e].kind == 2;
                if (in && h[c].parent == k) { /* into a port: the child is a chip link */
                    from = h[k].start;
                    to = x->end[f->first_hop + c];
                } else if (e == SCHED_NONE && brute_link(x, &h[k])->type == LINK_CHIP && h[c].parent == k) {
                    from = h[k].start + brute_link(x, &h[k])->latency;
                    to = b_max(to, h[c].start + f->flits);
                    way = 1;
                }
            }
            uint32_t port = way ? brute_endpoint(x, h[k + 1].link, &eject) : e;
            for (uint64_t t = from; t < to && t < BRUTE_CYCLES && port != SCHED_NONE; t++) {
                bytes[port][way][t] += f->bytes;
                brute_want(x, bytes[port][way][t] <= x->s->machine.staging_bytes, "a buffer that is too full");
            }
        }
    }
}

/* Cycles in which a unit needs an entry, counted up to each; hop and command hosts by hand. */
static inline void brute_entries(struct brute *x, uint32_t unit)
{
    uint64_t times[4096];
    uint32_t n = 0;
    bool resident = false;
    uint64_t room = 0, booted = 0, loaded = 0;
    uint32_t chip = unit / 2;
    for (uint32_t i = 0; i < x->p->n_sram; i++) {
        if (x->p->sram[i].unit == unit && x->p->sram[i].chunk == SCHED_CONTROL) {
            room += x->p->sram[i].bytes;
            resident = resident || x->p->sram[i].initial;
        }
    }
    for (uint32_t i = 0; i < x->p->n_ops; i++) {
        if (x->p->ops[i].unit == unit) {
            times[n++] = x->p->ops[i].start;
        }
    }
    for (uint32_t i = 0; i < x->p->n_hops; i++) {
        const struct sched_hop *h = &x->p->hops[i];
        const struct sched_transfer *f = &x->p->transfers[h->transfer];
        bool eject = false, boot = f->class_of == CLASS_CONTROL && f->offset + f->bytes <= SCHED_BOOT_BYTES;
        uint32_t e = brute_endpoint(x, h->link, &eject);
        uint32_t host = e != SCHED_NONE                      ? x->s->machine.endpoints[e].host_unit
                        : brute_link(x, h)->type == LINK_NOC ? brute_link(x, h)->from_node
                                                             : brute_link(x, h)->from_node * 2 + 1;
        if (!boot && host == unit) {
            times[n++] = h->start;
        }
        if (f->class_of == CLASS_CONTROL && eject && x->s->machine.endpoints[e].kind == 0 && host == unit) {
            booted = b_max(booted, x->there[i]); /* pieces of the example all belong to the boot */
            loaded += f->bytes;
            brute_want(x, boot && f->offset + f->bytes <= room, "entries outside of the table");
        }
    }
    uint64_t last_boot = 0;
    for (uint32_t i = 0; i < x->p->n_dram; i++) {
        const struct sched_dram_op *o = &x->p->dram[i];
        bool boot = o->transfer != SCHED_NONE && x->p->transfers[o->transfer].class_of == CLASS_CONTROL;
        last_boot = o->channel == chip && boot ? o->cycle : last_boot;
    }
    for (uint32_t i = 0; i < x->p->n_dram && unit % 2 == 0; i++) {
        const struct sched_dram_op *o = &x->p->dram[i];
        if (o->channel == chip && o->cycle > last_boot) {
            times[n++] = o->cycle;
        }
    }
    brute_want(x, n * 16 <= room, "a table that is too small");
    for (uint32_t i = 0; i < n && !resident; i++) {
        brute_want(x, times[i] >= booted, "an entry before it is there");
    }
    brute_want(x, resident || loaded >= SCHED_BOOT_BYTES, "entries that never come");
}

static inline void brute_results(struct brute *x)
{
    uint64_t last = 0;
    for (uint32_t c = 0; c < x->s->n_chunks; c++) {
        bool found[1024] = {false};
        uint64_t first = brute_byte(x->s, c, 0, x->repeat), end = first + x->s->chunks[c].bytes;
        for (uint32_t k = 0; k < x->n_memory; k++) {
            for (uint32_t b = 0; x->memory[k].channel == x->s->chunks[c].chip && b < 64; b++) {
                uint64_t byte = x->memory[k].byte[b];
                if (byte >= first && byte < end) {
                    found[byte - first] = true;
                }
            }
        }
        for (uint32_t i = 0; (x->s->chunks[c].flags & 2) && i < x->s->chunks[c].bytes; i++) {
            brute_want(x, found[i], "a result that is not in memory");
        }
    }
    for (uint32_t i = 0; i < x->p->n_hops; i++) {
        const struct sched_transfer *t = &x->p->transfers[x->p->hops[i].transfer];
        bool output = t->class_of == CLASS_DATA && (x->s->chunks[t->chunk].flags & 2);
        last = output && x->writes[i] ? b_max(last, x->write_end[i]) : last;
    }
    brute_want(x, last == x->p->makespan, "another makespan");
}

/* ---- the whole ---- */

static inline void brute_repeat(struct brute *x)
{
    brute_ops(x);
    brute_phases(x);
    brute_slots(x);
    brute_lines(x);
    for (uint32_t i = 0; i < x->p->n_transfers; i++) {
        brute_transfer(x, &x->p->transfers[i]);
    }
    brute_memory(x);
    brute_staging(x);
    memset(x->owner, 0, sizeof x->owner);
    for (uint64_t t = 0; t <= x->p->makespan && !x->why; t++) {
        brute_places(x, t);
        brute_arrivals(x, t);
        brute_work(x, t);
        brute_sends(x, t);
        for (uint32_t u = 0; u < B_UNITS && t + 1 == x->p->makespan; u++) {
            for (uint32_t a = 0; a < B_SRAM; a++) {
                uint32_t r = x->owner[u][a];
                x->table[u][a] = r && x->p->sram[r - 1].chunk == SCHED_CONTROL;
            }
        }
    }
    for (uint32_t u = 0; u < B_UNITS; u++) {
        brute_entries(x, u);
        uint64_t staging = 0, need = u % 2 ? 2 * x->s->machine.staging_bytes : x->s->machine.staging_bytes;
        for (uint32_t i = 0; i < x->p->n_sram; i++) {
            const struct sched_sram *r = &x->p->sram[i];
            staging += r->unit == u && r->chunk == SCHED_NONE && !r->from && r->to >= x->p->makespan ? r->bytes : 0;
        }
        brute_want(x, staging >= need, "buffers without a place");
    }
    brute_results(x);
}

/* NULL when the schedule works, else the first thing that does not. */
static inline const char *brute_why_not(const struct schedule *s)
{
    struct brute *x = mem_alloc(sizeof *x);
    x->s = s;
    for (uint32_t i = 0; i < s->n_repeats && !x->why; i++) {
        x->repeat = i;
        x->p = &s->programs[s->repeats[i]];
        brute_want(x, x->p->makespan < BRUTE_CYCLES && x->p->n_hops < 1024 && x->p->n_transfers < 256, "too large");
        if (!x->why) {
            brute_repeat(x);
        }
    }
    const char *why = x->why;
    free(x);
    return why;
}

#endif
