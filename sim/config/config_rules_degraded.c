/* SPDX-License-Identifier: Apache-2.0 */
/* config_rules_degraded.c - units, links and chips that do not work as built: do the names name something, and is
 * enough left? */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/config/config_reader.h"
#include "sim/machine/degraded.h"
#include "sim/machine/fabric_shape.h"

#define DEAD_UNITS "server.dead_units"
#define DEAD_LINKS "server.dead_links"
#define SLOW_CHIPS "server.slow_chips"

/* A message at item number `item` of a list, or at the list. */
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
static void
item_error(struct reader *r, const char *key, uint32_t item, const char *fmt, ...)
{
    char text[384];
    const char *rest;
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    const struct node *node = node_reach(r->root, key, &rest);
    const struct entry *e = node->kind == NODE_LIST ? node->first : NULL;
    for (uint32_t i = 0; e && i < item; i++) {
        e = e->next;
    }
    struct place at = e ? e->value->place : node->place;
    r->state[param_find(key).index].bad = true;
    diag_add(r->diag, at.file, at.line, at.col, key, "%s", text);
}

static const char *shown(struct reader *r, const char *name)
{
    return node_shown(r->config->arena, name, strlen(name));
}

static void rule_dead_units(struct reader *r)
{
    const struct config *c = r->config;
    const struct name_list *list = &c->server.dead_units;
    if (!reader_knows(r, DEAD_UNITS, "server.chips", "chip.units.rows", "chip.units.cols", NULL)) {
        return;
    }
    uint32_t chips = c->server.chips, units = c->units.rows * c->units.cols, unit;
    bool *dead = mem_alloc_array((size_t)chips * units, sizeof *dead);
    uint32_t *left = mem_alloc_array(chips, sizeof *left);
    for (uint32_t i = 0; i < chips; i++) {
        left[i] = units;
    }
    for (uint32_t i = 0; i < list->n; i++) {
        if (!degraded_unit(list->value[i], chips, units, &unit)) {
            item_error(r, DEAD_UNITS, i, "'%s' is no unit of this server; allowed: chip0.unit0..chip%u.unit%u",
                       shown(r, list->value[i]), chips - 1, units - 1);
        } else if (dead[unit]) {
            item_error(r, DEAD_UNITS, i, "'%s' is given twice", list->value[i]);
        } else if (--left[unit / units] == 0) {
            item_error(r, DEAD_UNITS, i,
                       "'%s' is the last unit of chip %u; allowed: a chip has at least one that works", list->value[i],
                       unit / units);
        } else {
            dead[unit] = true;
        }
    }
    free(dead);
    free(left);
}

/* The shape as the rules before have resolved it. */
static struct fabric_shape shape_of(const struct config *c)
{
    const struct fabric_params *f = &c->fabric;
    return (struct fabric_shape) {.topology = f->topology,
                                  .chips = c->server.chips,
                                  .rows = f->rows,
                                  .cols = f->cols,
                                  .layers = f->layers,
                                  .group = f->group,
                                  .global_links = f->global_links,
                                  .planes = f->planes,
                                  .leaf = f->leaf,
                                  .spines = f->spines == PARAM_AUTO32 ? 0 : f->spines};
}

static bool is_listed(const struct node_pair *links, uint32_t n, struct node_pair x)
{
    for (uint32_t i = 0; i < n; i++) {
        if (links[i].a == x.a && links[i].b == x.b) {
            return true;
        }
    }
    return false;
}

static void rule_dead_links(struct reader *r)
{
    const struct config *c = r->config;
    const struct name_list *list = &c->server.dead_links;
    if (list->n == 0 || c->server.chips < 2 ||
        !reader_knows(r, DEAD_LINKS, "server.chips", "server.fabric.topology", "server.fabric.rows",
                      "server.fabric.cols", "server.fabric.layers", "server.fabric.group", "server.fabric.global_links",
                      "server.fabric.planes", "server.fabric.leaf", "server.fabric.spines", "server.fabric.adders",
                      NULL)) {
        return;
    }
    struct fabric_shape shape = shape_of(c);
    struct node_pair *links = mem_alloc_array(list->n, sizeof *links), apart;
    for (uint32_t i = 0, n = 0; i < list->n; i++) {
        if (!degraded_link(list->value[i], &shape, &links[n])) {
            item_error(r, DEAD_LINKS, i, "'%s' is no link of this fabric; allowed: chipA-chipB of two neighbours%s",
                       shown(r, list->value[i]),
                       shape.topology == FABRIC_SWITCH ? ", chipA-switchS, switchS-switchT" : "");
        } else if (is_listed(links, n, links[n])) {
            item_error(r, DEAD_LINKS, i, "'%s' is given twice: both directions are down", list->value[i]);
        } else if (!degraded_is_whole(&shape, links, ++n, &apart)) {
            item_error(r, DEAD_LINKS, i, "without '%s' no way is left from chip %u to chip %u", list->value[i], apart.a,
                       apart.b);
            break;
        }
    }
    if (shape.topology == FABRIC_SWITCH && c->fabric.adders > 0 && reader_knows(r, DEAD_LINKS, NULL)) {
        item_error(r, DEAD_LINKS, 0,
                   "switches that add need all of their links; allowed: none, or "
                   "server.fabric.adders 0");
    }
    free(links);
}

static void rule_slow_chips(struct reader *r)
{
    const struct config *c = r->config;
    const struct name_list *list = &c->server.slow_chips;
    if (!reader_knows(r, SLOW_CHIPS, "server.chips", NULL)) {
        return;
    }
    bool *slow = mem_alloc_array(c->server.chips, sizeof *slow);
    for (uint32_t i = 0; i < list->n; i++) {
        uint32_t chip, permille;
        if (!degraded_chip(list->value[i], c->server.chips, &chip, &permille)) {
            item_error(r, SLOW_CHIPS, i, "'%s' is no slow chip of this server; allowed: chip0..chip%u x 1..100, as %s",
                       shown(r, list->value[i]), c->server.chips - 1, "chip0 x 1.25");
        } else if (slow[chip]) {
            item_error(r, SLOW_CHIPS, i, "chip %u is given twice", chip);
        } else {
            slow[chip] = true;
        }
    }
    free(slow);
}

void reader_rules_degraded(struct reader *r)
{
    rule_dead_units(r);
    rule_dead_links(r);
    rule_slow_chips(r);
}
