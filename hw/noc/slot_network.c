/* SPDX-License-Identifier: Apache-2.0 */
/* slot_network.c - a step per burst and hop. */
#include "hw/noc/slot_network.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "hw/noc/slot_walk.h"
#include "sim/base/error.h"

static size_t most_of(const struct noc_program *programs, uint32_t n, bool hops)
{
    size_t most = 1;
    for (uint32_t i = 0; i < n; i++) {
        size_t count = hops ? programs[i].n_hops : programs[i].n_bursts;
        most = count > most ? count : most;
    }
    return most;
}

static void take_programs(struct slot_network *n, struct noc_program *programs, uint32_t n_programs)
{
    n->n_programs = n_programs;
    n->programs = mem_alloc_array(n_programs, sizeof *programs);
    for (uint32_t i = 0; i < n_programs; i++) {
        n->programs[i] = programs[i];
        programs[i] = (struct noc_program) {0};
    }
    size_t hops = most_of(n->programs, n_programs, true), bursts = most_of(n->programs, n_programs, false);
    n->passed = mem_alloc_array(hops, sizeof *n->passed);
    n->forks = mem_alloc_array(hops, sizeof *n->forks);
    n->bursts = mem_alloc_array(bursts, sizeof *n->bursts);
    n->entered = mem_alloc_array(bursts, sizeof *n->entered);
    n->burst_forks = mem_alloc_array(bursts, sizeof *n->burst_forks);
    n->burst_ends = mem_alloc_array(bursts, sizeof *n->burst_ends);
}

struct slot_network *slot_network_new(const struct slot_network_params *p, struct noc_program *programs,
                                      uint32_t n_programs, struct run_control *run)
{
    struct slot_network *n = mem_alloc(sizeof *n);
    n->p = *p;
    n->run = run;
    n->links = mem_alloc_array(p->n_links, sizeof *n->links);
    memcpy(n->links, p->links, p->n_links * sizeof *n->links);
    n->free_at = mem_alloc_array(p->n_links, sizeof *n->free_at);
    n->accounts = mem_alloc_array(p->n_links, sizeof *n->accounts);
    n->probes = mem_alloc_array(p->n_links, sizeof *n->probes);
    take_programs(n, programs, n_programs);
    for (uint32_t i = 0; i < p->n_links; i++)
        link_probe_declare(&n->probes[i], run->probe, n->links[i].id);
    n->walk = run->cross_check ? slot_walk_new(n) : NULL;
    return n;
}

void slot_network_free(struct slot_network *n)
{
    if (!n)
        return;
    for (uint32_t i = 0; i < n->n_programs; i++) {
        free(n->programs[i].hops);
        free(n->programs[i].bursts);
    }
    slot_walk_free(n->walk);
    free(n->programs);
    free(n->links);
    free(n->free_at);
    free(n->accounts);
    free(n->probes);
    free(n->passed);
    free(n->forks);
    free(n->bursts);
    free(n->entered);
    free(n->burst_forks);
    free(n->burst_ends);
    free(n);
}

void slot_network_connect(struct slot_network *n, const struct slot_counter *counter, struct mailbox **in,
                          struct mailbox **out)
{
    n->counter = counter;
    n->in = in;
    n->out = out;
}

static void begin_program(struct slot_network *n)
{
    const struct slot_state *s = &n->counter->now;
    n->launch = s->launch;
    n->program = &n->programs[s->program];
    n->next_hop = 0;
    memset(n->passed, 0xff, n->program->n_hops * sizeof *n->passed);
    memset(n->forks, 0, n->program->n_hops * sizeof *n->forks);
    memset(n->entered, 0xff, n->program->n_bursts * sizeof *n->entered);
    memset(n->burst_forks, 0, n->program->n_bursts * sizeof *n->burst_forks);
    memset(n->burst_ends, 0, n->program->n_bursts * sizeof *n->burst_ends);
    memset(n->free_at, 0, n->p.n_links * sizeof *n->free_at);
    memset(n->accounts, 0, n->p.n_links * sizeof *n->accounts);
    n->stat = (struct noc_stat) {0};
    for (uint32_t i = 0; i < n->p.n_links; i++)
        link_probe_reset(&n->probes[i]);
    if (n->walk)
        slot_walk_begin(n->walk, n->program);
}

static void tell(struct slot_network *n, const struct noc_hop *h, uint64_t cycle, const char *what)
{
    const struct noc_burst *b = &n->program->bursts[h->burst];
    n->stat.faults++;
    fault_add(n->run, n->links[h->link].id, sim_clock_edge(&n->counter->domain->clock, cycle),
              slot_of(&n->counter->now, cycle), "transfer %u, hop %u, slots %" PRIu64 "..%" PRIu64 ": %s", b->transfer,
              h->hop, h->start, h->start + b->flits - 1, what);
}

/* The burst comes out of its inject link: the port's mailbox must hold it. */
static bool take_from_port(struct slot_network *n, uint32_t burst, uint64_t cycle)
{
    const struct noc_burst *b = &n->program->bursts[burst];
    const struct burst *came = mailbox_front(n->in[b->port], cycle);
    if (!came || came->peer != burst || came->transfer != b->transfer || came->hop != b->hop)
        return false;
    burst_copy(&n->bursts[burst], came);
    n->entered[burst] = came->entered;
    mailbox_pop(n->in[b->port]);
    return true;
}

/* Is the burst's first flit at the head of the link in just this slot? */
static bool meets(struct slot_network *n, const struct noc_hop *h, uint64_t cycle)
{
    if (h->parent == NOC_FROM_PORT) {
        if (n->entered[h->burst] == NOC_NOT_PASSED && !take_from_port(n, h->burst, cycle))
            return false;
        return n->entered[h->burst] + n->program->bursts[h->burst].latency == h->start;
    }
    uint64_t passed = n->passed[h->parent];
    return passed != NOC_NOT_PASSED && passed + n->links[n->program->hops[h->parent].link].latency == h->start;
}

static void account(struct slot_network *n, const struct noc_hop *h)
{
    const struct burst *b = &n->bursts[h->burst];
    struct link_account *a = &n->accounts[h->link][b->class_of];
    uint64_t wire = (uint64_t)b->flits * n->p.flit_bytes;
    a->payload += b->bytes;
    a->padding += wire - b->bytes;
    a->entered += wire;
    a->left += wire;
    a->busy_cycles += b->flits;
    n->stat.flit_hops += n->links[h->link].out == NOC_NO_PORT ? b->flits : 0;
    n->stat.burst_hops++;
    uint32_t *forks = h->parent == NOC_FROM_PORT ? &n->burst_forks[h->burst] : &n->forks[h->parent];
    if ((*forks)++ > 0)
        n->stat.replicated += b->bytes;
}

/* Out of the network: the piece stands at the endpoint when its last flit has crossed the eject link. */
static void eject(struct slot_network *n, const struct noc_hop *h, uint64_t cycle)
{
    const struct noc_link *l = &n->links[h->link];
    struct burst *b = &n->bursts[h->burst];
    uint32_t hop = b->hop;
    b->hop = h->hop;
    b->peer = h->peer;
    b->entered = h->start;
    b->usable = h->start + b->flits - 1 + l->latency;
    uint64_t whole = cycle + b->flits - 1 + l->latency;
    mailbox_write(n->out[l->out], l->staged ? cycle + 1 : whole, b, burst_size(b));
    b->hop = hop;
    n->burst_ends[h->burst]++;
}

static void show(struct slot_network *n, const struct noc_hop *h, uint64_t cycle)
{
    const struct probe *p = n->run->probe;
    const struct burst *b = &n->bursts[h->burst];
    uint64_t now = slot_time(&n->counter->now, cycle);
    link_probe_burst(&n->probes[h->link], p, n->counter, now, now + b->flits, b->class_of);
    if (p->hop)
        p->hop(p->self, b->transfer, h->hop, h->start);
}

static void step(struct slot_network *n, uint32_t i, uint64_t cycle, uint64_t slot)
{
    const struct noc_hop *h = &n->program->hops[i];
    if (h->start != slot) {
        tell(n, h, cycle, "its slot is over");
        return;
    }
    if (n->free_at[h->link] > slot) {
        tell(n, h, cycle, "the link is taken by another burst");
        return;
    }
    if (!meets(n, h, cycle)) {
        tell(n, h, cycle, "the burst is not here in its slot");
        return;
    }
    n->passed[i] = slot;
    n->free_at[h->link] = slot + n->bursts[h->burst].flits;
    account(n, h);
    if (n->links[h->link].out != NOC_NO_PORT)
        eject(n, h, cycle);
    if (n->run->probe && n->counter->now.measured)
        show(n, h, cycle);
    n->run->progress++;
}

/* All hops of this slot; among them the order means nothing. */
static void run_slot(struct slot_network *n, uint64_t cycle, uint64_t slot)
{
    const struct noc_program *p = n->program;
    uint32_t first = n->next_hop;
    while (n->next_hop < p->n_hops && p->hops[n->next_hop].start <= slot)
        n->next_hop++;
    uint32_t due = n->next_hop - first;
    for (uint32_t i = 0; i < due; i++)
        step(n, first + run_order(n->run, cycle, i, due), cycle, slot);
}

uint64_t slot_network_eval(struct slot_network *n, uint64_t cycle)
{
    const struct slot_state *s = &n->counter->now;
    if (s->launch != n->launch)
        begin_program(n);
    uint64_t slot = slot_of(s, cycle);
    if (slot == SLOT_BEFORE)
        return s->launch == 0 ? CYCLE_NEVER : s->base;
    run_slot(n, cycle, slot);
    uint64_t next = n->next_hop < n->program->n_hops ? n->program->hops[n->next_hop].start : CYCLE_NEVER;
    if (n->walk && !slot_shut(s, cycle))
        slot_walk_step(n->walk, slot);
    if (n->walk && slot_walk_next(n->walk) < next)
        next = slot_walk_next(n->walk);
    if (next == CYCLE_NEVER)
        return CYCLE_NEVER;
    next = slot_cycle(s, next);
    return next > cycle ? next : cycle + 1;
}

void slot_network_end(struct slot_network *n)
{
    if (n->walk)
        slot_walk_compare(n->walk);
    for (uint32_t i = 0; i < n->p.n_links; i++)
        link_probe_flush(&n->probes[i], n->run->probe, n->counter);
}

/* Copies of a burst = 1 + branches taken beyond the first - ejections. */
uint64_t slot_network_in_flight(const struct slot_network *n)
{
    int64_t copies = 0; /* in bytes */
    uint64_t bytes = 0;
    for (uint32_t i = 0; n->program && i < n->program->n_bursts; i++)
        if (n->entered[i] != NOC_NOT_PASSED)
            copies +=
                n->bursts[i].bytes * (1 + (n->burst_forks[i] > 1 ? n->burst_forks[i] - 1LL : 0) - n->burst_ends[i]);
    for (uint32_t h = 0; n->program && h < n->next_hop; h++)
        if (n->forks[h] > 1)
            copies += n->bursts[n->program->hops[h].burst].bytes * (n->forks[h] - 1LL);
    for (uint32_t port = 0; port < n->p.n_ports; port++)
        for (uint32_t i = 0; n->in[port] && i < mailbox_count(n->in[port]); i++)
            bytes += ((const struct burst *)mailbox_item(n->in[port], i))->bytes;
    return bytes + (uint64_t)copies;
}

void slot_network_dump(const struct slot_network *n, uint64_t cycle, struct diag *d)
{
    if (!n->program || n->next_hop >= n->program->n_hops)
        return;
    const struct noc_hop *h = &n->program->hops[n->next_hop];
    diag_add(d, "", 0, 0, n->p.name, "slot %" PRIu64 ": next is transfer %u on %s, planned for %" PRIu64,
             slot_of(&n->counter->now, cycle), n->program->bursts[h->burst].transfer, n->links[h->link].id, h->start);
}
