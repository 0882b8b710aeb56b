/* SPDX-License-Identifier: Apache-2.0 */
/* dot_places.h - where chips, switches, routers and endpoints stand in a drawing; private to sim/machine.
 *
 *     ring, fully-connected     on a circle             mesh, torus,         rows and columns, channels to the west and
 *     torus2d                   rows and columns        flattened_butterfly  east, link ports to the north and south
 *     torus3d                   layers, one behind      ring                 on a circle, endpoints outside
 *                               the other               crossbar             one router, endpoints round it
 *     switch                    chips, leaves, spines   partitioned_crossbar two, each with its own round it
 *     dragonfly                 groups on a circle      fat_tree             level above level, endpoints below */
#ifndef SIM_MACHINE_DOT_PLACES_H
#define SIM_MACHINE_DOT_PLACES_H

#include "sim/machine/dot_text.h"
#include "sim/machine/fabric_shape.h"
#include "sim/machine/noc_layout.h"

/* Chips and switches of a resolved shape, numbered as in topology.h; the unit is the distance of neighbours. */
void dot_fabric_places(const struct fabric_shape *s, uint32_t nodes, struct dot_point *at);
/* How far the line between two nodes is bent, in the same unit, so that it does not run through others. */
double dot_fabric_bulge(const struct fabric_shape *s, uint32_t from, uint32_t to);

/* The endpoints of a chip, in points. */
enum dot_side { DOT_OF_UNITS, DOT_WEST_OR_EAST, DOT_NORTH_OR_SOUTH };
struct dot_end {
    uint32_t router;
    enum dot_side side;
    bool second; /* east or south, where the router stands on both sides */
};
void dot_chip_places(const struct noc_layout *l, const struct dot_end *ends, uint32_t n, struct dot_point *routers,
                     struct dot_point *at);
double dot_chip_bulge(const struct noc_layout *l, uint32_t from, uint32_t to);

#endif
