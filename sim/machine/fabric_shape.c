/* SPDX-License-Identifier: Apache-2.0 */
/* fabric_shape.c - tries every shape that what is given leaves open, and takes the best. */
#include "sim/machine/fabric_shape.h"

#include <stdio.h>

#include "sim/machine/params.h"

static bool fits(uint32_t given, uint32_t value)
{
    return given == 0 || given == value;
}

/* ---- tori ---- */

/* The least sum of the sides; of permutations the one with the fewest layers, then rows. A side of one is no
 * dimension. */
static bool resolve_torus(struct fabric_shape *s)
{
    struct fabric_shape best = {0};
    uint32_t first = s->topology == FABRIC_TORUS3D ? 2 : 1, last = s->topology == FABRIC_TORUS3D ? s->chips : 1;
    uint32_t least = UINT32_MAX;
    for (uint32_t layers = first; layers <= last; layers++) {
        for (uint32_t rows = 2; rows <= s->chips / layers; rows++) {
            uint32_t cols = s->chips / layers / rows;
            bool given = fits(s->rows, rows) && fits(s->cols, cols) && (last == 1 || fits(s->layers, layers));
            if (!given || cols < 2 || layers * rows * cols != s->chips || layers + rows + cols >= least) {
                continue;
            }
            least = layers + rows + cols;
            best = (struct fabric_shape) {.rows = rows, .cols = cols, .layers = layers};
        }
    }
    if (least == UINT32_MAX) {
        return false;
    }
    s->rows = best.rows;
    s->cols = best.cols;
    s->layers = last == 1 ? s->layers : best.layers;
    return true;
}

static void blame_torus(const struct fabric_shape *s, const char **key, char why[FABRIC_WHY_MAX])
{
    bool cubic = s->topology == FABRIC_TORUS3D;
    *key = s->rows ? "rows" : s->cols ? "cols" : cubic && s->layers ? "layers" : "topology";
    snprintf(why, FABRIC_WHY_MAX,
             "%u chips do not stand in a %s of this shape; allowed: %srows x cols = server.chips, each 2 and more",
             s->chips, fabric_topology_choices.names[s->topology], cubic ? "layers x " : "");
}

/* ---- dragonfly ---- */

/* Every two groups are joined by the same number of links, and a chip has one to a group at most. */
static bool is_dragonfly(uint32_t group, uint32_t groups, uint32_t global)
{
    return global < groups && group * global % (groups - 1) == 0;
}

static bool resolve_dragonfly(struct fabric_shape *s)
{
    uint32_t group = 0, global = 0;
    for (uint32_t a = s->chips / 2; a >= 2; a--) {
        uint32_t groups = s->chips / a;
        if (s->chips % a || !fits(s->group, a)) {
            continue;
        }
        for (uint32_t h = 1; h < groups; h++) {
            bool better = group == 0 || a + h < group + global;
            if (better && fits(s->global_links, h) && is_dragonfly(a, groups, h)) {
                group = a;
                global = h;
            }
        }
    }
    if (group == 0) {
        return false;
    }
    s->group = group;
    s->global_links = global;
    return true;
}

static void blame_dragonfly(const struct fabric_shape *s, const char **key, char why[FABRIC_WHY_MAX])
{
    *key = s->global_links ? "global_links" : s->group ? "group" : "topology";
    snprintf(why, FABRIC_WHY_MAX,
             "%u chips make no dragonfly of this shape; allowed: 2 and more groups of 2 and more chips each, "
             "group x global_links a multiple of the number of other groups, global_links not above that number",
             s->chips);
}

/* ---- switches ---- */

static bool resolve_switch(struct fabric_shape *s)
{
    bool one_level = s->leaf == 0 || s->leaf == s->chips;
    if (one_level ? s->spines > 0 : s->chips % s->leaf != 0) {
        return false;
    }
    s->planes = s->planes ? s->planes : 1;
    s->spines = one_level ? 0 : s->spines ? s->spines : s->leaf;
    s->leaf = one_level ? s->chips : s->leaf;
    return s->leaf <= s->chips;
}

static void blame_switch(const struct fabric_shape *s, const char **key, char why[FABRIC_WHY_MAX])
{
    bool one_level = s->leaf == 0 || s->leaf == s->chips;
    *key = one_level ? "spines" : "leaf";
    snprintf(why, FABRIC_WHY_MAX,
             one_level
                 ? "one switch for all %u chips has no spines above it; allowed: no spines, or a leaf of fewer chips"
                 : "the %u chips do not fill switches of so many; allowed: a divisor of server.chips",
             s->chips);
}

bool fabric_shape_resolve(struct fabric_shape *s, const char **key, char why[FABRIC_WHY_MAX])
{
    bool done = true;
    if (s->topology == FABRIC_TORUS2D || s->topology == FABRIC_TORUS3D) {
        done = resolve_torus(s);
        if (!done) {
            blame_torus(s, key, why);
        }
    } else if (s->topology == FABRIC_DRAGONFLY) {
        done = resolve_dragonfly(s);
        if (!done) {
            blame_dragonfly(s, key, why);
        }
    } else if (s->topology == FABRIC_SWITCH) {
        done = resolve_switch(s);
        if (!done) {
            blame_switch(s, key, why);
        }
    }
    return done;
}

uint32_t fabric_shape_cluster(const struct fabric_shape *s)
{
    uint32_t cluster = s->topology == FABRIC_SWITCH ? 0 : s->topology == FABRIC_DRAGONFLY ? s->group : 1;
    return cluster > 0 && s->chips / cluster > 2 ? cluster : 0;
}
