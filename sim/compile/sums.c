/* SPDX-License-Identifier: Apache-2.0 */
/* sums.c - a sum in a switch: partials up, all to be there at about the same time, the sum down to all who have room.
 *
 *     chip 0 --partial--> [waits]--+
 *     chip 1 --partial--> [waits]--+--> adders ==sum==> chips 0, 1, 2      outputs of the task, one after the other
 *     chip 2 --partial--> [waits]--+
 *
 * Partials that could come earlier than the last one are sent so much later, so that they do not wait in the switch.
 * With leaves and spines the leaves' sums are booked with that of the spine:
 *
 *     chips ~~> [leaf 0: adders] ==~~> [waits]--+
 *     chips ~~> [leaf 1: adders] ==~~> [waits]--+--> adders of the spine ==sum==> leaves ==> chips */
#include "sim/base/error.h"
#include "sim/base/max.h"
#include "sim/compile/run.h"

static struct shipment partial_of(const struct run *r, uint32_t input, uint32_t node, uint64_t now)
{
    uint32_t chunk = r->l->t->inputs[input].chunk;
    const struct chunk *c = &r->l->t->chunks[chunk];
    SIM_CHECK(c->bytes <= r->l->m->max_burst, "partial %u of %u B is no burst", chunk, c->bytes);
    return (struct shipment) {.chunk = chunk,
                              .bytes = c->bytes,
                              .class_of = CLASS_DATA,
                              .source = machine_unit_endpoint(r->l->m, r->l->unit_of[c->producer]),
                              .to_switch = node,
                              .earliest = max64(now, run_available(r, chunk))};
}

/* When the last partial could stand in the switch. */
static uint64_t last_partial(struct run *r, const struct task *k, uint32_t node, uint64_t now)
{
    uint64_t last = 0;
    for (uint32_t i = k->first_input; i < k->first_input + k->n_inputs; i++) {
        struct shipment s = partial_of(r, i, node, now);
        last = max64(last, shipment_find_partial(&r->book, &s));
    }
    return last;
}

/* Books the partials, `later` than they could come; returns when the last one stands in the switch. */
static uint64_t send_partials(struct run *r, const struct task *k, uint32_t node, uint64_t now, uint64_t later)
{
    uint64_t last = last_partial(r, k, node, now) + later, stand = 0;
    for (uint32_t i = k->first_input; i < k->first_input + k->n_inputs; i++) {
        struct shipment s = partial_of(r, i, node, now);
        uint64_t there = shipment_find_partial(&r->book, &s); /* by another port than before */
        s.earliest += last > there ? last - there : 0;
        shipment_book(&r->book, &s);
        stand = max64(stand, s.stands);
        r->departed[s.chunk] = max64(r->departed[s.chunk], s.departed);
        r->unsent[s.chunk]--;
    }
    return stand;
}

/* Flits of each partial of a chunk. */
static uint32_t partial_flits(const struct run *r, const struct chunk *c)
{
    return (uint32_t)ceil_div((uint64_t)c->rows * c->cols * MACHINE_SUM_BYTES, r->l->m->flit_bytes);
}

/* ---- leaves ---- */

bool run_is_leaf_sum(const struct run *r, uint32_t task)
{
    const struct task *k = &r->l->t->tasks[task];
    return task_in_switch(k) && layout_stays_in_switches(r->l, k->first_output);
}

void run_each_partial(const struct run *r, const struct task *k, partial_function *f, void *self)
{
    const struct task_graph *t = r->l->t;
    for (uint32_t i = k->first_input; i < k->first_input + k->n_inputs; i++) {
        uint32_t chunk = t->inputs[i].chunk;
        if (layout_stays_in_switches(r->l, chunk)) {
            run_each_partial(r, &t->tasks[t->chunks[chunk].producer], f, self);
        } else {
            f(self, r->l->copy_first[chunk]);
        }
    }
}

static struct shipment leaf_sum(const struct run *r, uint32_t task, uint32_t spine, uint64_t earliest)
{
    uint32_t chunk = r->l->t->tasks[task].first_output;
    const struct chunk *c = &r->l->t->chunks[chunk];
    SIM_CHECK(c->bytes <= r->l->m->max_burst, "sum %u of %u B is no burst", chunk, c->bytes);
    return (struct shipment) {.chunk = chunk,
                              .bytes = c->bytes,
                              .class_of = CLASS_DATA,
                              .from_switch = layout_switch_of(r->l, task),
                              .to_switch = spine,
                              .partial_flits = partial_flits(r, c),
                              .earliest = earliest};
}

/* When the leaf's sum could stand in the spine. */
static uint64_t find_leaf(struct run *r, uint32_t task, uint32_t spine, uint64_t now)
{
    uint64_t last = last_partial(r, &r->l->t->tasks[task], layout_switch_of(r->l, task), now);
    struct shipment s = leaf_sum(r, task, spine, last);
    return shipment_find_partial(&r->book, &s);
}

static uint64_t send_leaf(struct run *r, uint32_t task, uint32_t spine, uint64_t now, uint64_t later)
{
    uint32_t node = layout_switch_of(r->l, task);
    r->start[task] = send_partials(r, &r->l->t->tasks[task], node, now, later);
    struct shipment s = leaf_sum(r, task, spine, r->start[task]);
    shipment_book(&r->book, &s);
    booking_keep_partials(&r->book, node, s.departed);
    r->finish[task] = r->off[task] = s.departed;
    r->unsent[s.chunk]--;
    r->tasks_left--;
    return s.stands;
}

/* The same for leaves as for partials. */
static uint64_t send_leaves(struct run *r, const struct task *k, uint32_t spine, uint64_t now)
{
    const struct task_graph *t = r->l->t;
    uint64_t last = 0, stand = 0;
    for (uint32_t i = k->first_input; i < k->first_input + k->n_inputs; i++) {
        last = max64(last, find_leaf(r, t->chunks[t->inputs[i].chunk].producer, spine, now));
    }
    for (uint32_t i = k->first_input; i < k->first_input + k->n_inputs; i++) {
        uint32_t leaf = t->chunks[t->inputs[i].chunk].producer;
        uint64_t there = find_leaf(r, leaf, spine, now);
        stand = max64(stand, send_leaf(r, leaf, spine, now, last > there ? last - there : 0));
    }
    return stand;
}

/* ---- the whole ---- */

/* One output to its home and to those of copies[0..n) that are its own; returns when the adders are free again. */
static uint64_t send_sum(struct run *r, uint32_t chunk, const uint32_t *copies, size_t n, struct shipment *s)
{
    const struct layout *l = r->l;
    const struct chunk *c = &l->t->chunks[chunk];
    uint32_t home = l->copy_first[chunk];
    r->n_endpoints = 0;
    *VEC_PUSH(r, endpoints) = machine_unit_endpoint(l->m, l->copies[home].unit);
    for (size_t i = 0; i < n; i++) {
        if (l->copies[copies[i]].chunk == chunk && copies[i] != home) {
            *VEC_PUSH(r, endpoints) = machine_unit_endpoint(l->m, l->copies[copies[i]].unit);
            r->unsent[chunk]--;
        }
    }
    s->chunk = chunk;
    s->bytes = c->bytes;
    s->partial_flits = partial_flits(r, c);
    s->targets = r->endpoints;
    s->n_targets = (uint32_t)r->n_endpoints;
    shipment_book(&r->book, s);
    uint32_t flits = r->out.transfers[s->transfer].flits;
    for (size_t i = 0, target = 0; i <= n; i++) {
        uint32_t copy = i == 0 ? home : copies[i - 1];
        if (l->copies[copy].chunk == chunk && (i == 0 || copy != home)) {
            r->copies[copy].from = shipment_first_slot(&r->book, (uint32_t)target);
            r->copies[copy].usable = shipment_usable(&r->book, (uint32_t)target, flits);
            target++;
        }
    }
    return s->departed;
}

void run_sum(struct run *r, uint32_t task, const uint32_t *copies, size_t n, uint64_t now)
{
    const struct layout *l = r->l;
    const struct task *k = &l->t->tasks[task];
    uint32_t node = layout_switch_of(l, task);
    bool leaves = layout_stays_in_switches(l, l->t->inputs[k->first_input].chunk);
    struct shipment s = {.class_of = CLASS_DATA, .from_switch = node};
    SIM_CHECK(r->unbooked[task] == 0 && r->start[task] == TIME_NONE, "sum %u is made before its partials", task);
    s.earliest = r->start[task] = leaves ? send_leaves(r, k, node, now) : send_partials(r, k, node, now, 0);
    for (uint32_t c = k->first_output; c < k->first_output + k->n_outputs; c++) {
        s.earliest = send_sum(r, c, copies, n, &s);
    }
    r->finish[task] = r->off[task] = s.earliest;
    booking_keep_partials(&r->book, node, s.earliest);
    r->tasks_left--;
    for (uint32_t c = k->first_output; c < k->first_output + k->n_outputs; c++) {
        run_copy_booked(r, l->copy_first[c]);
    }
    for (size_t i = 0; i < n; i++) {
        if (!l->copies[copies[i]].home) {
            run_copy_booked(r, copies[i]);
        }
    }
}
