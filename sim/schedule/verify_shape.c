/* SPDX-License-Identifier: Apache-2.0 */
/* verify_shape.c - is each transfer one piece of one chunk, and do its hops make a tree that hangs together?
 *
 *     unit or channel --inject--> noc ... --+--> eject to a unit or channel       (a leaf)
 *                                           +--> eject to a port --> chip link --> inject at the far port ...
 *                                                       chip link to a switch --> chip links on from there ...
 *                                                       chip link to a switch that adds     (a leaf, of a partial)
 *
 *     adders of a switch --+--> chip link to a chip --> inject ...        (a sum)  */
#include <stdlib.h>

#include "sim/schedule/verify.h"

/* ---- the piece ---- */

static const char *piece_fault(const struct verify *v, const struct sched_transfer *t)
{
    bool is_chunk = t->chunk < SCHED_CONTROL;
    if (t->class_of != CLASS_DATA && t->class_of != CLASS_CONTROL && t->class_of != CLASS_SYNC) {
        return "its class is none of data, control and sync";
    }
    uint32_t wanted = t->class_of == CLASS_CONTROL ? SCHED_CONTROL : SCHED_NONE;
    if (is_chunk != (t->class_of == CLASS_DATA) || (!is_chunk && t->chunk != wanted)) {
        return "chunk and class do not fit together";
    }
    if (is_chunk && (uint64_t)t->offset + t->bytes > v->s->chunks[t->chunk].bytes) {
        return "the piece reaches beyond its chunk";
    }
    if (t->bytes > v->m->max_burst) {
        return "the piece is longer than a burst may be";
    }
    return t->flits != ceil_div(t->bytes, v->m->flit_bytes) ? "flits are not bytes / flit, rounded up" : NULL;
}

/* ---- the tree ---- */

static const char *root_fault(const struct verify *v, const struct sched_transfer *t, const struct sched_hop *h)
{
    if (v->link_role[h->link] == ROLE_ADDER) {
        uint32_t task = t->class_of == CLASS_DATA ? v->s->chunks[t->chunk].producer : SCHED_NONE;
        bool sum = task != SCHED_NONE && v->s->tasks[task].kind == SCHED_IN_SWITCH;
        return sum ? NULL : "adders make what is no sum";
    }
    if (v->link_role[h->link] != ROLE_INJECT) {
        return "the first hop leaves no endpoint";
    }
    uint32_t kind = v->m->endpoints[v->link_endpoint[h->link]].kind;
    if (kind == ENDPOINT_IS_PORT) {
        return "the first hop leaves a link port";
    }
    if (t->class_of == CLASS_SYNC && kind != ENDPOINT_IS_UNIT) {
        return "an alignment message begins at no unit";
    }
    return NULL;
}

/* The link port of a chip at the end of a chip link: it sends on the link that leads back. */
static bool is_far_port(const struct verify *v, const struct sched_endpoint *e, const struct sched_link *chip_link)
{
    return e->kind == ENDPOINT_IS_PORT && e->chip == chip_link->to_node &&
           v->m->links[e->neighbour].to_node == chip_link->from_node;
}

static const char *child_fault(const struct verify *v, const struct sched_hop *parent, const struct sched_hop *child)
{
    const struct sched_link *from = &v->m->links[parent->link], *to = &v->m->links[child->link];
    enum link_role role = v->link_role[child->link];
    const struct sched_endpoint *e;
    switch (v->link_role[parent->link]) {
    case ROLE_INJECT:
    case ROLE_NOC:
        return (role == ROLE_NOC || role == ROLE_EJECT) && to->from_node == from->to_node
                   ? NULL
                   : "does not begin at the router where its parent ends";
    case ROLE_EJECT:
        e = &v->m->endpoints[v->link_endpoint[parent->link]];
        return e->kind == ENDPOINT_IS_PORT && e->neighbour == child->link ? NULL
                                                                          : "is not the chip link of its parent's port";
    default: /* chip link, adders */
        if (verify_is_switch(v, from->to_node)) {
            return role == ROLE_CHIP && to->from_node == from->to_node
                       ? NULL
                       : "does not begin at the switch where its parent ends";
        }
        return role == ROLE_INJECT && is_far_port(v, &v->m->endpoints[v->link_endpoint[child->link]], from)
                   ? NULL
                   : "does not leave a port at the far end of its parent";
    }
}

struct shape {
    VEC(uint32_t, children); /* of each hop of the transfer at hand */
    VEC(uint32_t, link);     /* of the first child */
};

static const char *leaf_fault(const struct verify *v, const struct sched_transfer *t, const struct sched_hop *h,
                              uint32_t children)
{
    if (verify_partial_at(v, t, h) != SCHED_NONE) {
        return children ? "a partial goes on from the switch that adds it" : NULL;
    }
    if (v->link_role[h->link] != ROLE_EJECT) {
        return children ? NULL : "ends between endpoints";
    }
    uint32_t kind = v->m->endpoints[v->link_endpoint[h->link]].kind;
    if (kind == ENDPOINT_IS_PORT) {
        return children == 1 ? NULL : "reaches a port from which it must go on, once";
    }
    return children ? "goes on from a unit or channel" : NULL;
}

static const char *tree_fault(const struct verify *v, const struct sched_transfer *t, struct shape *s, uint32_t *where)
{
    VEC_RESERVE(s, children, t->n_hops);
    VEC_RESERVE(s, link, t->n_hops);
    for (uint32_t h = 0; h < t->n_hops; h++) {
        const struct sched_hop *hop = verify_hop(v, t, h);
        s->children[h] = 0;
        *where = hop->link;
        const char *fault = NULL;
        if ((hop->parent == SCHED_NONE) != (h == 0)) {
            return "a tree has one root, its first hop";
        }
        if (h == 0) {
            fault = root_fault(v, t, hop);
        } else {
            const struct sched_hop *parent = verify_hop(v, t, hop->parent);
            fault = child_fault(v, parent, hop);
            if (s->children[hop->parent]++ == 0) {
                s->link[hop->parent] = hop->link;
            } else if (v->link_role[hop->link] == ROLE_INJECT && s->link[hop->parent] != hop->link) {
                fault = "leaves another port than its sibling";
            }
        }
        if (fault) {
            return fault;
        }
    }
    for (uint32_t h = 0; h < t->n_hops; h++) {
        *where = verify_hop(v, t, h)->link;
        const char *fault = leaf_fault(v, t, verify_hop(v, t, h), s->children[h]);
        if (fault) {
            return fault;
        }
    }
    return NULL;
}

void verify_shape(struct verify *v)
{
    struct shape shape = {0};
    for (uint32_t i = 0; i < v->p->n_transfers; i++) {
        const struct sched_transfer *t = &v->p->transfers[i];
        uint32_t where = verify_hop(v, t, 0)->link;
        const char *fault = piece_fault(v, t);
        const char *rule = "transfer-piece";
        if (!fault) {
            fault = tree_fault(v, t, &shape, &where);
            rule = "transfer-tree";
        }
        if (fault) {
            v->broken[i] = true;
            verify_fail(v, rule, v->m->links[where].id, "transfer %u: %s", i, fault);
        }
    }
    free(shape.children);
    free(shape.link);
}
