/* SPDX-License-Identifier: Apache-2.0 */
/* noc_layout.h - the routers of a chip's network, before it is built: how many, and which units stand at which.
 *
 *     mesh, torus, ring,         u u | u u        blocks of `concentration` units, as square as they can be, one router
 *     flattened_butterfly        u u | u u        each; routers in a grid of rows x cols
 *     fat_tree                   a k-ary n-tree, k = concentration: unit u at leaf u / k; routers level by level
 *     crossbar                   one router
 *     partitioned_crossbar       two: units of the left half of the grid, and of the right one
 *
 * Networks that are scheduled and networks that arbitrate are laid out alike, so that both machines can have the same.
 */
#ifndef SIM_MACHINE_NOC_LAYOUT_H
#define SIM_MACHINE_NOC_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/diag.h"

#define NOC_ROUTERS_MAX 65535u     /* of a chip */
#define NOC_LINKS_MAX   (1u << 21) /* between routers, of a server: bounds memory and time of the build */

struct noc_wish {
    uint32_t topology; /* enum noc_topology */
    uint32_t unit_rows, unit_cols;
    uint32_t concentration; /* a fat tree's arity; crossbars: 1 */
    uint32_t centre_links;  /* partitioned crossbar */
};

struct noc_layout {
    uint32_t topology;
    uint32_t unit_rows, unit_cols;
    uint32_t block_rows, block_cols; /* units of a router in a grid */
    uint32_t rows, cols;             /* of routers in a grid; else of the units */
    uint32_t arity, levels;          /* fat tree */
    uint32_t centre_links;           /* partitioned crossbar: each way */
    uint32_t routers;
    uint32_t ports; /* of a router, towards others, at most */
    uint32_t links; /* between routers, directed */
    bool pairs;     /* networks that arbitrate: a dimension of two routers that wraps has two links each way, not one */
};

/* 0, or SIM_ERR_INPUT with a message whose key is chip.noc.concentration or chip.noc.topology. */
int noc_layout_make(struct noc_layout *l, const struct noc_wish *w, struct diag *d);

/* Router, of the chip, at which a unit of the chip stands. */
uint32_t noc_layout_router(const struct noc_layout *l, uint32_t unit);

/* Units at a router, at most. */
uint32_t noc_layout_crowd(const struct noc_layout *l);

/* Routers in a grid: concentration and detours make sense. */
bool noc_is_grid(uint32_t topology);
/* Rings of channels are cut open by two classes of virtual channels in networks that arbitrate. */
bool noc_wraps(uint32_t topology);

/* enum dynamic_topology of an enum noc_topology, and back. */
uint32_t noc_to_dynamic(uint32_t topology);
uint32_t noc_from_dynamic(uint32_t topology);

#endif
