/* SPDX-License-Identifier: Apache-2.0 */
/* fabric_shape.h - how many chips stand where in a fabric; what `auto` comes to, and which shapes there are.
 *
 *     torus2d    rows x cols                chip = row * cols + col
 *     torus3d    layers x rows x cols       chip = (layer * rows + row) * cols + col
 *     dragonfly  groups of `group` chips    chip = group number * group + number in the group
 *
 *     switch     `planes` planes of switches, each with a link of every chip: one switch, or a leaf switch for every
 *                `leaf` chips and `spines` spine switches that join the leaves
 *
 * A 0 in rows, cols, layers, group or global_links stands for `auto`: as square or cubic as the number of chips allows,
 * cols the longest side; of a dragonfly the shape with the fewest links of a chip, of equal ones the larger groups;
 * of a switch one that has all chips, and as many spines as a leaf has chips. */
#ifndef SIM_MACHINE_FABRIC_SHAPE_H
#define SIM_MACHINE_FABRIC_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

struct fabric_shape {
    uint32_t topology; /* enum fabric_topology */
    uint32_t chips;
    uint32_t rows, cols, layers;   /* of a torus; layers of torus3d only */
    uint32_t group, global_links;  /* of a dragonfly: chips of a group, links of a chip to other groups */
    uint32_t planes, leaf, spines; /* of a switch; spines 0 where one switch has all chips */
};

/* Replaces what is `auto`. False when there is no such shape: *key is the name of the parameter to blame, `why` says
 * what is wrong and what is allowed. What the topology does not read stays as it is. */
#define FABRIC_WHY_MAX 320
bool fabric_shape_resolve(struct fabric_shape *s, const char **key, char why[FABRIC_WHY_MAX]);

/* Chips of which any will do as the one in between of a way by a third chip: the group of a dragonfly, a chip. 0: there
 * is no such way, of a resolved shape. */
uint32_t fabric_shape_cluster(const struct fabric_shape *s);

#endif
