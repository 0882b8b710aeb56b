/* SPDX-License-Identifier: Apache-2.0 */
/* noc_layout.c - a row of a table for each topology: what the rules have to know, the number of its routers and links.
 */
#include "sim/machine/noc_layout.h"

#include "sim/base/dynamic_params.h"
#include "sim/base/error.h"
#include "sim/machine/params.h"

/* ---- grids of routers ---- */

/* Width of a block of units: the least divisor whose square is not less. */
static uint32_t block_width(uint32_t units)
{
    uint32_t width = 1;
    while (width * width < units || units % width) {
        width++;
    }
    return width;
}

static int lay_grid(struct noc_layout *l, const struct noc_wish *w, struct diag *d)
{
    l->block_cols = block_width(w->concentration);
    l->block_rows = w->concentration / l->block_cols;
    if (w->unit_cols % l->block_cols || w->unit_rows % l->block_rows) {
        diag_add(d, "", 0, 0, "chip.noc.concentration",
                 "blocks of %u x %u nodes do not fill the grid of %u x %u units (rows x cols)", l->block_rows,
                 l->block_cols, w->unit_rows, w->unit_cols);
        return SIM_ERR_INPUT;
    }
    l->rows = w->unit_rows / l->block_rows;
    l->cols = w->unit_cols / l->block_cols;
    l->routers = l->rows * l->cols;
    return SIM_OK;
}

static int lay_mesh(struct noc_layout *l, const struct noc_wish *w, struct diag *d)
{
    int rc = lay_grid(l, w, d);
    l->ports = 4;
    l->links = 2 * (l->rows * (l->cols - 1) + l->cols * (l->rows - 1));
    return rc;
}

static int lay_torus(struct noc_layout *l, const struct noc_wish *w, struct diag *d)
{
    int rc = lay_grid(l, w, d);
    l->ports = 4;
    l->links = l->routers * ((l->cols > 1 ? 2u : 0u) + (l->rows > 1 ? 2u : 0u));
    return rc;
}

static int lay_ring(struct noc_layout *l, const struct noc_wish *w, struct diag *d)
{
    int rc = lay_grid(l, w, d);
    l->ports = 2;
    l->links = l->routers > 1 ? 2 * l->routers : 0;
    return rc;
}

static int lay_flatfly(struct noc_layout *l, const struct noc_wish *w, struct diag *d)
{
    int rc = lay_grid(l, w, d);
    l->ports = l->cols - 1 + l->rows - 1;
    l->links = l->routers * l->ports;
    return rc;
}

static uint32_t router_in_grid(const struct noc_layout *l, uint32_t unit)
{
    return unit / l->unit_cols / l->block_rows * l->cols + unit % l->unit_cols / l->block_cols;
}

static uint32_t crowd_of_block(const struct noc_layout *l)
{
    return l->block_rows * l->block_cols;
}

/* ---- fat tree ---- */

static int lay_tree(struct noc_layout *l, const struct noc_wish *w, struct diag *d)
{
    uint32_t units = w->unit_rows * w->unit_cols;
    uint64_t grown = 1;
    l->arity = w->concentration;
    for (l->levels = 0; l->arity > 1 && grown < units; l->levels++) {
        grown *= l->arity;
    }
    if (l->levels == 0 || grown != units) {
        diag_add(d, "", 0, 0, "chip.noc.concentration",
                 "%u: a fat tree of this arity cannot have %u nodes; allowed: a number whose powers include it, "
                 "2 and more",
                 l->arity, units);
        return SIM_ERR_INPUT;
    }
    l->routers = l->levels * (units / l->arity);
    l->ports = 2 * l->arity;
    l->links = 2 * (l->levels - 1) * units;
    return SIM_OK;
}

static uint32_t router_of_leaf(const struct noc_layout *l, uint32_t unit)
{
    return unit / l->arity;
}

static uint32_t crowd_of_leaf(const struct noc_layout *l)
{
    return l->arity;
}

/* ---- crossbars ---- */

static int lay_crossbar(struct noc_layout *l, const struct noc_wish *w, struct diag *d)
{
    (void)w;
    (void)d;
    l->routers = 1;
    return SIM_OK;
}

static uint32_t router_alone(const struct noc_layout *l, uint32_t unit)
{
    (void)l;
    (void)unit;
    return 0;
}

static uint32_t crowd_of_all(const struct noc_layout *l)
{
    return l->unit_rows * l->unit_cols;
}

static int lay_partitioned(struct noc_layout *l, const struct noc_wish *w, struct diag *d)
{
    if (w->unit_rows * w->unit_cols < 2) {
        diag_add(d, "", 0, 0, "chip.noc.topology",
                 "a partitioned crossbar of 1 node has no halves; allowed: 2 and more");
        return SIM_ERR_INPUT;
    }
    l->centre_links = w->centre_links;
    l->routers = 2;
    l->ports = l->centre_links;
    l->links = 2 * l->centre_links;
    return SIM_OK;
}

/* Left and right; above and below where there is one column. */
static uint32_t router_of_half(const struct noc_layout *l, uint32_t unit)
{
    return l->unit_cols < 2 ? unit >= l->unit_rows / 2 : unit % l->unit_cols >= l->unit_cols / 2;
}

static uint32_t crowd_of_half(const struct noc_layout *l)
{
    return l->unit_cols < 2 ? (l->unit_rows + 1) / 2 : (l->unit_cols + 1) / 2 * l->unit_rows;
}

/* ---- the table ---- */

static const struct shape {
    int (*lay)(struct noc_layout *l, const struct noc_wish *w, struct diag *d);
    uint32_t (*router)(const struct noc_layout *l, uint32_t unit);
    uint32_t (*crowd)(const struct noc_layout *l);
    uint32_t dynamic; /* enum dynamic_topology */
    bool grid, wraps, tree;
} shapes[] = {
    [NOC_MESH] = {lay_mesh, router_in_grid, crowd_of_block, DYN_NOC_MESH, .grid = true},
    [NOC_TORUS] = {lay_torus, router_in_grid, crowd_of_block, DYN_NOC_TORUS, .grid = true, .wraps = true},
    [NOC_RING] = {lay_ring, router_in_grid, crowd_of_block, DYN_NOC_RING, .grid = true, .wraps = true},
    [NOC_CROSSBAR] = {lay_crossbar, router_alone, crowd_of_all, DYN_NOC_CROSSBAR},
    [NOC_FLATFLY] = {lay_flatfly, router_in_grid, crowd_of_block, DYN_NOC_FLATFLY, .grid = true},
    [NOC_FAT_TREE] = {lay_tree, router_of_leaf, crowd_of_leaf, DYN_NOC_FAT_TREE, .tree = true},
    [NOC_PARTITIONED] = {lay_partitioned, router_of_half, crowd_of_half, DYN_NOC_PARTITIONED},
};

int noc_layout_make(struct noc_layout *l, const struct noc_wish *w, struct diag *d)
{
    const struct shape *s = &shapes[w->topology];
    *l = (struct noc_layout) {.topology = w->topology,
                              .unit_rows = w->unit_rows,
                              .unit_cols = w->unit_cols,
                              .rows = w->unit_rows,
                              .cols = w->unit_cols};
    if (!s->grid && !s->tree && w->concentration > 1) {
        diag_add(d, "", 0, 0, "chip.noc.concentration", "%u: the routers of a %s do not stand in a grid; allowed: 1",
                 w->concentration, noc_topology_choices.names[w->topology]);
        return SIM_ERR_INPUT;
    }
    int rc = s->lay(l, w, d);
    if (rc == SIM_OK && l->routers > NOC_ROUTERS_MAX) {
        diag_add(d, "", 0, 0, "chip.noc.topology", "a %s of %u routers is too large; allowed: %u",
                 noc_topology_choices.names[w->topology], l->routers, NOC_ROUTERS_MAX);
        rc = SIM_ERR_INPUT;
    }
    return rc;
}

uint32_t noc_layout_router(const struct noc_layout *l, uint32_t unit)
{
    return shapes[l->topology].router(l, unit);
}

uint32_t noc_layout_crowd(const struct noc_layout *l)
{
    return shapes[l->topology].crowd(l);
}

bool noc_is_grid(uint32_t topology)
{
    return shapes[topology].grid;
}

bool noc_wraps(uint32_t topology)
{
    return shapes[topology].wraps;
}

uint32_t noc_to_dynamic(uint32_t topology)
{
    return shapes[topology].dynamic;
}

uint32_t noc_from_dynamic(uint32_t topology)
{
    uint32_t i = 0;
    while (shapes[i].dynamic != topology) {
        i++;
        SIM_CHECK(i < sizeof shapes / sizeof shapes[0], "topology %u", topology);
    }
    return i;
}
