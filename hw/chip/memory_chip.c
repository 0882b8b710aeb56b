/* SPDX-License-Identifier: Apache-2.0 */
/* memory_chip.c - the boxes, the players' lists, the counts. */
#include "hw/chip/memory_chip.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "hw/cache/protocol.h"
#include "sim/base/error.h"
#include "sim/base/rng.h"

/* ---- accesses as lines ---- */

static uint32_t pieces_of(const struct memory_access *a)
{
    uint64_t last = (uint64_t)a->address + a->size - 1;
    return (uint32_t)(last / LINE_BYTES - a->address / LINE_BYTES) + 1;
}

/* Sectors of line `line` that bytes [from, end) touch. */
static uint8_t sectors_of(uint64_t line, uint64_t from, uint64_t end)
{
    uint32_t sectors = 0;
    for (uint32_t i = 0; i < LINE_SECTORS; i++) {
        uint64_t sector = line * LINE_BYTES + (uint64_t)i * SECTOR_BYTES;
        if (sector < end && sector + SECTOR_BYTES > from)
            sectors |= 1u << i;
    }
    return (uint8_t)sectors;
}

static void add_pieces(struct memory_chip *c, const struct memory_access *a)
{
    struct trace_player *p = &c->players[a->requester];
    uint64_t from = a->address, end = from + a->size;
    uint32_t group = p->n;
    for (uint64_t line = from / LINE_BYTES; line * LINE_BYTES < end; line++)
        p->accesses[p->n++] = (struct player_access) {.cycle = a->cycle,
                                                      .line = (uint32_t)line,
                                                      .version = a->write ? ++c->writes : 0,
                                                      .group = group,
                                                      .source = a->source,
                                                      .sectors = sectors_of(line, from, end),
                                                      .dependent = a->dependent,
                                                      .write = a->write};
}

/* Each player's list is a part of one array. Returns the lines of memory in use. */
static uint32_t make_players(struct memory_chip *c, const struct memory_access *accesses, size_t n)
{
    uint64_t *pieces = mem_alloc_array(c->units, sizeof *pieces), at = 0, last = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t end = (uint64_t)accesses[i].address + accesses[i].size;
        last = end > last ? end : last;
        pieces[accesses[i].requester] += pieces_of(&accesses[i]);
        c->pieces += pieces_of(&accesses[i]);
    }
    SIM_CHECK(c->pieces < UINT32_MAX, "%" PRIu64 " accesses of lines", c->pieces);
    c->accesses = mem_alloc_dense(c->pieces, sizeof *c->accesses);
    c->players = mem_alloc_array(c->units, sizeof *c->players);
    for (uint32_t i = 0; i < c->units; at += pieces[i++])
        trace_player_init(&c->players[i], c->l1s[i], (uint16_t)c->site.chip, c->accesses + at, 0, c->run);
    for (size_t i = 0; i < n; i++)
        add_pieces(c, &accesses[i]);
    free(pieces);
    return (uint32_t)((last + LINE_BYTES - 1) / LINE_BYTES);
}

/* ---- the whole ---- */

struct memory_chip *memory_chip_new(const struct machine *m, const struct dynamic_machine *d,
                                    const struct memory_access *accesses, size_t n, struct run_control *run,
                                    const struct l1_protocol *l1_table)
{
    static const struct memory_extent nothing_special;
    struct memory_chip *c = mem_alloc(sizeof *c);
    *c = (struct memory_chip) {.site = {.m = m, .d = d, .names = arena_new()},
                               .units = m->units_per_chip,
                               .n_slices = d->l2.slices,
                               .n_channels = m->channels_per_chip,
                               .run = run};
    c->ports_memory = mem_alloc_lines(memory_endpoints(&c->site), sizeof *c->ports);
    c->ports = mem_lines(c->ports_memory);
    c->network = memory_network(&c->site, c->ports, run);
    c->l1s = mem_alloc_array(c->units, sizeof(struct l1 *));
    c->slices = mem_alloc_array(c->n_slices, sizeof(struct l2_slice *));
    c->channels = mem_alloc_array(c->n_channels, sizeof(struct frfcfs *));
    for (uint32_t i = 0; i < c->units; i++)
        c->l1s[i] = memory_l1(&c->site, i, l1_table, run);
    for (uint32_t i = 0; i < c->n_slices; i++)
        c->slices[i] = memory_slice(&c->site, i, &nothing_special, run);
    uint32_t lines = make_players(c, accesses, n);
    for (uint32_t i = 0; i < c->n_channels; i++)
        c->channels[i] = memory_channel(&c->site, i, lines, NULL, run);
    return c;
}

void memory_chip_free(struct memory_chip *c)
{
    for (uint32_t i = 0; i < c->units; i++)
        l1_free(c->l1s[i]);
    for (uint32_t i = 0; i < c->n_slices; i++)
        l2_slice_free(c->slices[i]);
    for (uint32_t i = 0; i < c->n_channels; i++)
        frfcfs_free(c->channels[i]);
    vc_network_free(c->network);
    slot_counter_free(&c->counter);
    arena_free(c->site.names);
    free(c->players);
    free(c->accesses);
    free(c->l1s);
    free(c->slices);
    free(c->channels);
    free(c->ports_memory);
    free(c);
}

/* ---- between windows ---- */

/* What is on its way belongs to somebody who waits for it: an MSHR, or a write of a slice. */
bool memory_chip_waits(const struct memory_chip *c)
{
    for (uint32_t i = 0; i < c->units; i++)
        if (!trace_player_idle(&c->players[i]))
            return false;
    for (uint32_t i = 0; i < c->n_slices; i++)
        if (!l2_slice_idle(c->slices[i]))
            return false;
    return vc_network_idle(c->network);
}

uint64_t memory_chip_completed(const struct memory_chip *c)
{
    uint64_t completed = 0;
    for (uint32_t i = 0; i < c->units; i++)
        completed += c->players[i].completed;
    return completed;
}

bool memory_chip_over(const struct memory_chip *c)
{
    return memory_chip_completed(c) == c->pieces && memory_chip_waits(c);
}

void memory_chip_dump(const struct memory_chip *c, uint64_t cycle, struct diag *d)
{
    for (uint32_t i = 0; i < c->units; i++)
        trace_player_dump(&c->players[i], cycle, d);
    vc_network_dump(c->network, cycle, d);
    for (uint32_t i = 0; i < c->n_slices; i++)
        l2_slice_dump(c->slices[i], cycle, d);
    for (uint32_t i = 0; i < c->n_channels; i++)
        frfcfs_dump(c->channels[i], cycle, d);
}

/* ---- counts ---- */

/* Stable states of the protocol always, others when they were met. */
static void count_states(const struct memory_chip *c, struct memory_result *r)
{
    const struct l1_protocol *p = l1_protocol_of(c->site.d->protocol);
    for (uint32_t s = 0; s < L1_STATE_COUNT; s++) {
        uint64_t n = 0;
        for (uint32_t i = 0; i < c->units; i++)
            n += l1_stat_of(c->l1s[i])->found[s];
        bool stable = (p->states & 1u << s) && !(l1_state_flags[s] & STATE_PENDING) && s != L1_PASS;
        if (stable || n > 0)
            r->by_state[r->n_states++] = (struct memory_count) {l1_state_names[s], n};
    }
}

static void count_messages(const struct memory_chip *c, struct memory_result *r)
{
    _Static_assert(MSG_COUNT <= MEMORY_COUNTS, "more types than counts");
    for (uint32_t t = 0; t < MSG_COUNT; t++) {
        uint64_t n = 0;
        for (uint32_t e = 0; e < memory_endpoints(&c->site); e++)
            n += c->ports[e].types[t];
        r->messages[r->n_messages++] = (struct memory_count) {message_infos[t].name, n};
    }
    r->invalidations = r->messages[MSG_INVALIDATE].n;
}

static void count_accesses(const struct memory_chip *c, struct memory_result *r)
{
    for (uint32_t i = 0; i < c->units; i++) {
        const struct trace_player *p = &c->players[i];
        const struct l1_stat *l = l1_stat_of(c->l1s[i]);
        r->requests += p->next;
        r->completed += p->completed;
        r->latency_sum += p->latency;
        r->hits += l->hits;
        r->writebacks += l->writebacks;
        for (uint32_t k = 0; k < p->n; k++)
            if (p->accesses[k].done && p->accesses[k].done_at > r->cycles)
                r->cycles = p->accesses[k].done_at;
    }
    r->misses = r->requests - r->hits;
}

/* Refreshes come at the same time whether a channel looks or sleeps; those up to the last access count. */
static uint64_t refreshes_of(const struct memory_chip *c, uint32_t channel, uint64_t end)
{
    uint32_t interval = c->site.m->dram.refi;
    uint64_t first = frfcfs_first_refresh(c->channels[channel]);
    return first <= end ? (end - first) / interval + 1 : 0;
}

static void count_memory(const struct memory_chip *c, struct memory_result *r)
{
    for (uint32_t i = 0; i < c->n_slices; i++)
        r->writebacks += l2_slice_stat(c->slices[i])->writebacks;
    for (uint32_t i = 0; i < c->n_channels; i++) {
        const struct frfcfs_stats *s = frfcfs_stat(c->channels[i]);
        r->dram.reads += s->reads;
        r->dram.writes += s->writes;
        r->dram.read_columns += s->commands[FRFCFS_RD];
        r->dram.write_columns += s->commands[FRFCFS_WR];
        r->dram.row_hits += s->hits;
        r->dram.row_misses += s->misses + s->conflicts;
        r->dram.refreshes += refreshes_of(c, i, r->cycles);
    }
}

static void wrong_read(void *self, const struct wrong_read *w)
{
    struct memory_chip *c = self;
    const struct player_access *a = &c->players[w->requester].accesses[w->index];
    char *place = mem_printf("u%u", w->requester);
    fault_add(c->run, place, sim_clock_edge(&c->counter.domain->clock, a->done_at), a->done_at,
              "line %u of the trace reads 0x%" PRIx64 " and gets write %u; the last one it may see is write %u",
              a->source, (uint64_t)a->line * LINE_BYTES, a->version, w->allowed);
    free(place);
}

static void count_tail(const struct memory_chip *c, uint32_t tail, struct memory_result *r)
{
    r->tail.from = UINT64_MAX;
    for (uint64_t i = 0; i < c->pieces; i++) {
        const struct player_access *a = &c->accesses[i];
        if (a->source < tail || !a->done)
            continue;
        r->tail.requests++;
        r->tail.latency += a->done_at - a->tried_at;
        r->tail.from = a->tried_at < r->tail.from ? a->tried_at : r->tail.from;
        r->tail.to = a->done_at > r->tail.to ? a->done_at : r->tail.to;
    }
}

void memory_chip_result(struct memory_chip *c, uint32_t tail, struct memory_result *r)
{
    memset(r, 0, sizeof *r);
    count_accesses(c, r);
    count_tail(c, tail, r);
    count_states(c, r);
    count_messages(c, r);
    count_memory(c, r);
    access_check(c->players, c->units, c->writes, c->site.d->protocol == PROTOCOL_MESI, wrong_read, c);
}
