/* SPDX-License-Identifier: Apache-2.0 */
/* slot_walk.c - flits one by one through the slot tables. */
#include "hw/noc/slot_walk.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"

struct flit_register {
    uint64_t slot; /* in which it was put on the link; NOC_NOT_PASSED: never */
    uint32_t burst, flit;
};

struct slot_walk {
    const struct slot_network *n;
    const struct noc_program *program;
    struct flit_register **line;    /* per link: latency + 1 registers */
    uint64_t (*flits)[CLASS_COUNT]; /* per link and class */
    uint64_t *left;                 /* per hop: slot in which its last flit stands at the link's far end */
    uint32_t *open;                 /* hops under way */
    uint32_t n_open, next_hop;
    uint64_t last_slot;
};

struct slot_walk *slot_walk_new(const struct slot_network *n)
{
    struct slot_walk *w = mem_alloc(sizeof *w);
    size_t hops = 1;
    w->n = n;
    w->line = mem_alloc_array(n->p.n_links, sizeof(struct flit_register *));
    for (uint32_t i = 0; i < n->p.n_links; i++)
        w->line[i] = mem_alloc_array((size_t)n->links[i].latency + 1, sizeof *w->line[i]);
    w->flits = mem_alloc_array(n->p.n_links, sizeof *w->flits);
    for (uint32_t i = 0; i < n->n_programs; i++)
        hops = n->programs[i].n_hops > hops ? n->programs[i].n_hops : hops;
    w->left = mem_alloc_array(hops, sizeof *w->left);
    w->open = mem_alloc_array(hops, sizeof *w->open);
    return w;
}

void slot_walk_free(struct slot_walk *w)
{
    if (!w)
        return;
    for (uint32_t i = 0; i < w->n->p.n_links; i++)
        free(w->line[i]);
    free(w->line);
    free(w->flits);
    free(w->left);
    free(w->open);
    free(w);
}

void slot_walk_begin(struct slot_walk *w, const struct noc_program *program)
{
    w->program = program;
    w->n_open = w->next_hop = 0;
    w->last_slot = 0;
    for (uint32_t i = 0; i < w->n->p.n_links; i++)
        memset(w->line[i], 0xff, ((size_t)w->n->links[i].latency + 1) * sizeof *w->line[i]);
    memset(w->flits, 0, w->n->p.n_links * sizeof *w->flits);
    memset(w->left, 0xff, program->n_hops * sizeof *w->left);
}

static struct flit_register *register_of(const struct slot_walk *w, uint32_t link, uint64_t slot)
{
    return &w->line[link][slot % (w->n->links[link].latency + 1)];
}

/* Does flit `flit` of the burst stand at the router's input in this slot? */
static bool stands_at_input(const struct slot_walk *w, const struct noc_hop *h, uint32_t flit, uint64_t slot)
{
    if (h->parent == NOC_FROM_PORT)
        return w->n->entered[h->burst] + w->program->bursts[h->burst].latency + flit == slot;
    uint32_t link = w->program->hops[h->parent].link;
    uint64_t put = slot - w->n->links[link].latency;
    const struct flit_register *r = register_of(w, link, put);
    return r->slot == put && r->burst == h->burst && r->flit == flit;
}

/* One flit over one link; true when it was the last one of its burst. */
static bool move(struct slot_walk *w, uint32_t hop, uint64_t slot)
{
    const struct noc_hop *h = &w->program->hops[hop];
    const struct noc_burst *b = &w->program->bursts[h->burst];
    uint32_t flit = (uint32_t)(slot - h->start);
    struct flit_register *r = register_of(w, h->link, slot);
    SIM_CHECK(stands_at_input(w, h, flit, slot), "%s: flit %u of transfer %u is not at its input in slot %llu",
              w->n->links[h->link].id, flit, b->transfer, (unsigned long long)slot);
    SIM_CHECK(r->slot != slot, "%s carries two flits in slot %llu", w->n->links[h->link].id, (unsigned long long)slot);
    *r = (struct flit_register) {slot, h->burst, flit};
    w->flits[h->link][b->class_of]++;
    if (flit + 1 < b->flits)
        return false;
    w->left[hop] = slot + w->n->links[h->link].latency;
    return true;
}

void slot_walk_step(struct slot_walk *w, uint64_t slot)
{
    const struct noc_program *p = w->program;
    if (w->n->run->n_faults > 0)
        return; /* the schedule does not fit the machine: nothing to compare */
    w->last_slot = slot;
    while (w->next_hop < p->n_hops && p->hops[w->next_hop].start <= slot)
        w->open[w->n_open++] = w->next_hop++;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < w->n_open; i++)
        if (!move(w, w->open[i], slot))
            w->open[kept++] = w->open[i];
    w->n_open = kept;
}

uint64_t slot_walk_next(const struct slot_walk *w)
{
    if (w->n_open > 0)
        return w->last_slot + 1;
    return w->next_hop < w->program->n_hops ? w->program->hops[w->next_hop].start : CYCLE_NEVER;
}

void slot_walk_compare(const struct slot_walk *w)
{
    const struct slot_network *n = w->n;
    if (n->run->n_faults > 0 || !w->program || w->next_hop < w->program->n_hops || w->n_open > 0)
        return;
    for (uint32_t i = 0; i < n->p.n_links; i++) {
        for (int c = 0; c < CLASS_COUNT; c++) {
            SIM_CHECK(w->flits[i][c] == n->accounts[i][c].busy_cycles &&
                          w->flits[i][c] * n->p.flit_bytes == n->accounts[i][c].entered,
                      "%s: %s: %llu flits walked, %llu cycles accounted", n->links[i].id, class_names[c],
                      (unsigned long long)w->flits[i][c], (unsigned long long)n->accounts[i][c].busy_cycles);
        }
    }
    for (uint32_t h = 0; h < w->program->n_hops; h++) {
        const struct noc_hop *hop = &w->program->hops[h];
        uint64_t computed = n->passed[h] + w->program->bursts[hop->burst].flits - 1 + n->links[hop->link].latency;
        SIM_CHECK(w->left[h] == computed, "%s: transfer %u leaves at %llu by flits, at %llu by bursts",
                  n->links[hop->link].id, w->program->bursts[hop->burst].transfer, (unsigned long long)w->left[h],
                  (unsigned long long)computed);
    }
}
