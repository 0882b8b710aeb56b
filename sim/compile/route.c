/* SPDX-License-Identifier: Apache-2.0 */
/* route.c - the tree of hops from one endpoint to many: chips first, then the inside of each chip. */
#include <string.h>

#include "sim/base/error.h"
#include "sim/compile/booking.h"

/* The union of shortest ways between chips: each is followed back to where the tree has been already, so a node keeps
 * its first parent, and nothing is reached from which nothing goes on. Of ways of equal length the first one is another
 * for each piece of a chunk, and for each chunk. */
static void reach_chips(struct booking *b, const struct shipment *s)
{
    struct route *r = &b->route;
    uint32_t from = s->from_switch ? s->from_switch : b->m->endpoints[s->source].chip, path[256];
    uint32_t alternate = s->offset / b->m->max_burst + s->chunk + s->way;
    r->n_nodes = 0;
    r->node_stamp[from] = r->stamp;
    *VEC_PUSH(r, nodes) = from;
    for (uint32_t i = 0; i < s->n_targets; i++) {
        uint32_t to = b->m->endpoints[s->targets[i]].chip;
        if (r->node_stamp[to] == r->stamp) {
            continue;
        }
        uint32_t n = machine_chip_path(b->m, from, to, alternate, path), first = n;
        while (first > 0 && r->node_stamp[path[first - 1]] != r->stamp) {
            first--;
        }
        for (uint32_t j = first; j < n; j++) {
            r->node_stamp[path[j]] = r->stamp;
            r->node_parent[path[j]] = j > 0 ? path[j - 1] : from;
            *VEC_PUSH(r, nodes) = path[j];
        }
    }
}

static void reach_nodes(struct booking *b, const struct shipment *s)
{
    struct route *r = &b->route;
    reach_chips(b, s);
    if (s->to_switch) {
        r->node_stamp[s->to_switch] = r->stamp;
        r->node_parent[s->to_switch] = b->m->endpoints[s->source].chip;
        *VEC_PUSH(r, nodes) = s->to_switch;
    }
}

bool route_stays_on_chip(const struct booking *b, const struct shipment *s)
{
    for (uint32_t i = 0; i < s->n_targets; i++) {
        if (b->m->endpoints[s->targets[i]].chip != b->m->endpoints[s->source].chip) {
            return false;
        }
    }
    return true;
}

/* Does the tree that was reached last differ from all before it, n words each? Then it is kept. */
static bool keep_tree(struct route *r, uint32_t trees, size_t n)
{
    VEC_RESERVE(r, trees, (trees + 1) * n);
    uint32_t *tree = &r->trees[trees * n];
    for (size_t i = 0; i < r->n_nodes; i++) {
        tree[2 * i] = r->nodes[i];
        tree[2 * i + 1] = i > 0 ? r->node_parent[r->nodes[i]] : 0;
    }
    for (uint32_t i = 0; i < trees; i++) {
        if (memcmp(&r->trees[i * n], tree, n * sizeof *tree) == 0) {
            return false;
        }
    }
    return true;
}

/* Trees of shortest ways to one chip have as many nodes; to several, how many they share may differ: those that share
 * as much as the first one count. */
uint32_t route_ways(struct booking *b, const struct shipment *s, uint32_t ways[MACHINE_WAYS])
{
    struct shipment other = *s;
    uint32_t n = 0, nodes = 0;
    ways[0] = 0;
    if (route_stays_on_chip(b, s)) {
        return 1;
    }
    for (other.way = 0; other.way < MACHINE_WAYS; other.way++) {
        b->route.stamp++;
        reach_chips(b, &other);
        nodes = other.way == 0 ? (uint32_t)b->route.n_nodes : nodes;
        if (b->route.n_nodes == nodes && keep_tree(&b->route, n, 2 * (size_t)nodes)) {
            ways[n++] = other.way;
        }
    }
    return n;
}

static uint32_t add_hop(struct route *r, uint32_t link, uint32_t parent, uint64_t offset)
{
    *VEC_PUSH(r, hops) = (struct hop_plan) {.link = link, .parent = parent, .offset = offset};
    return (uint32_t)r->n_hops - 1;
}

/* Adds what is new of the path to `target`; returns its eject hop. */
static uint32_t grow_tree(struct booking *b, const struct segment *g, uint32_t target)
{
    struct route *r = &b->route;
    uint32_t links[MACHINE_PATH_MAX];
    uint32_t n = machine_guided_path(b->m, g->root, target, g->guide, links), parent = SCHED_NONE;
    uint64_t offset = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (r->link_stamp[links[i]] != r->stamp) {
            timeline_fetch(&b->links[links[i]]);
            r->link_stamp[links[i]] = r->stamp;
            r->link_hop[links[i]] = add_hop(r, links[i], parent, offset);
        }
        parent = r->link_hop[links[i]];
        offset = r->hops[parent].offset + b->m->links[links[i]].latency;
    }
    return parent;
}

/* The line from one node to another, and those that go on from there where it is a switch. */
static void add_lines(struct booking *b, struct crossing *c, uint32_t from, uint32_t to, uint32_t parent, uint32_t turn)
{
    struct route *r = &b->route;
    const uint32_t *send, *receive;
    uint32_t number = c->n_lines++, link = machine_chip_link(b->m, from, to);
    machine_chip_link_ports(b->m, link, &send, &receive);
    *VEC_PUSH(r, lines) = (struct line_plan) {
        .link = link, .parent = parent, .to = SCHED_NONE, .receive_port = receive ? receive[turn] : SCHED_NONE};
    for (size_t i = 1; !receive && i < r->n_nodes; i++) {
        if (r->node_parent[r->nodes[i]] == to) {
            add_lines(b, c, to, r->nodes[i], number, turn);
        }
    }
}

/* One crossing to each chip or switch that the tree reaches from here. */
static void add_exits(struct booking *b, const struct segment *g)
{
    struct route *r = &b->route;
    for (size_t i = 1; i < r->n_nodes; i++) {
        uint32_t node = r->nodes[i];
        if (r->node_parent[node] != g->chip) {
            continue;
        }
        const uint32_t *send, *receive;
        uint32_t link = machine_chip_link(b->m, g->chip, node);
        uint32_t ports = machine_chip_link_ports(b->m, link, &send, &receive);
        uint32_t turn = b->turns[link]++ % ports;
        struct crossing c = {
            .eject = grow_tree(b, g, send[turn]), .first_line = (uint32_t)r->n_lines, .send_port = send[turn]};
        add_lines(b, &c, g->chip, node, SCHED_NONE, turn);
        *VEC_PUSH(r, crossings) = c;
    }
}

/* Where ways are equally long, the tree goes that of one of its targets: another one for each piece, so that trees to
 * the same targets spread over all ways. What only passes through goes by the port at which it came. */
static void choose_guide(const struct booking *b, const struct shipment *s, struct segment *g)
{
    uint32_t here = 0;
    for (uint32_t i = 0; i < s->n_targets; i++) {
        here += b->m->endpoints[s->targets[i]].chip == g->chip;
    }
    if (here == 0) {
        return;
    }
    uint32_t turn = (s->chunk + s->offset / b->m->max_burst) % here;
    for (uint32_t i = 0; i < s->n_targets; i++) {
        if (b->m->endpoints[s->targets[i]].chip == g->chip && turn-- == 0) {
            g->guide = s->targets[i];
            return;
        }
    }
}

/* A segment's own hops are numbered in a row; the chip hop that leads into it stands before them. */
static void add_segment(struct booking *b, const struct shipment *s, uint32_t chip, uint32_t root, uint32_t parent)
{
    struct route *r = &b->route;
    struct segment g = {.root = root, .chip = chip, .first_hop = (uint32_t)r->n_hops, .guide = root};
    choose_guide(b, s, &g);
    for (uint32_t i = 0; i < s->n_targets; i++) {
        if (b->m->endpoints[s->targets[i]].chip == chip) {
            r->target_hop[i] = grow_tree(b, &g, s->targets[i]);
        }
    }
    g.first_exit = (uint32_t)r->n_crossings;
    add_exits(b, &g);
    g.n_exits = (uint32_t)r->n_crossings - g.first_exit;
    g.n_hops = (uint32_t)r->n_hops - g.first_hop;
    r->hops[g.first_hop].parent = parent;
    r->chip_segment[chip] = (uint32_t)r->n_segments;
    *VEC_PUSH(r, segments) = g;
}

/* A sum from its switch: from the adders at once over all lines, to the chips, or from a leaf to a spine. */
static void add_sum(struct booking *b, const struct shipment *s)
{
    struct route *r = &b->route;
    struct crossing c = {.eject = SCHED_NONE, .send_port = SCHED_NONE, .n_lines = 1};
    *VEC_PUSH(r, lines) = (struct line_plan) {.link = machine_adder(b->m, s->from_switch),
                                              .parent = SCHED_NONE,
                                              .to = SCHED_NONE,
                                              .receive_port = SCHED_NONE};
    if (s->to_switch) {
        add_lines(b, &c, s->from_switch, s->to_switch, 0, 0);
    } else {
        reach_chips(b, s);
    }
    for (size_t i = 1; i < r->n_nodes; i++) {
        const uint32_t *send, *receive;
        if (r->node_parent[r->nodes[i]] == s->from_switch) {
            uint32_t link = machine_chip_link(b->m, s->from_switch, r->nodes[i]);
            uint32_t turn = b->turns[link]++ % machine_chip_link_ports(b->m, link, &send, &receive);
            add_lines(b, &c, s->from_switch, r->nodes[i], 0, turn);
        }
    }
    *VEC_PUSH(r, crossings) = c;
}

/* Hops of the lines, then the segments behind them. */
static void follow_lines(struct booking *b, const struct shipment *s, const struct crossing *c)
{
    struct route *r = &b->route;
    for (uint32_t i = c->first_line; i < c->first_line + c->n_lines; i++) {
        uint32_t parent = r->lines[i].parent;
        r->lines[i].hop =
            add_hop(r, r->lines[i].link, parent == SCHED_NONE ? c->eject : r->lines[c->first_line + parent].hop, 0);
    }
    for (uint32_t i = c->first_line; i < c->first_line + c->n_lines; i++) {
        uint32_t port = r->lines[i].receive_port, chip = b->m->links[r->lines[i].link].to_node;
        if (port != SCHED_NONE) {
            add_segment(b, s, chip, port, r->lines[i].hop);
            r->lines[i].to = r->chip_segment[chip];
        }
    }
}

void route_forget(struct booking *b)
{
    const struct route *r = &b->route;
    for (size_t i = 0; i < r->n_crossings; i++) {
        b->turns[r->lines[r->crossings[i].first_line].link]--;
    }
}

void route_build(struct booking *b, const struct shipment *s)
{
    struct route *r = &b->route;
    SIM_CHECK((s->n_targets > 0) != (s->to_switch > 0), "a transfer to nowhere");
    r->stamp++;
    r->n_hops = r->n_segments = r->n_crossings = r->n_lines = 0;
    r->tries = 0;
    VEC_RESERVE(r, target_hop, s->n_targets);
    r->n_target_hop = s->n_targets;
    r->n_nodes = 0;
    if (s->from_switch) {
        add_sum(b, s);
    } else {
        reach_nodes(b, s);
        add_segment(b, s, b->m->endpoints[s->source].chip, s->source, SCHED_NONE);
    }
    for (size_t i = 0; i < r->n_crossings; i++) {
        struct crossing c = r->crossings[i];
        follow_lines(b, s, &c);
    }
    for (size_t i = 0; i < r->n_hops; i++) {
        timeline_fetch_spans(&b->links[r->hops[i].link]);
    }
}
