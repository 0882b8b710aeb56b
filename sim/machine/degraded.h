/* SPDX-License-Identifier: Apache-2.0 */
/* degraded.h - what of a server does not work as built, by name: units, chip links, slow chips.
 *
 *     "chip0.unit3" --> unit 3 (global)        what the configuration says
 *
 * Names are those of results: chipC.unitU. docs/model/robustness.md. */
#ifndef SIM_MACHINE_DEGRADED_H
#define SIM_MACHINE_DEGRADED_H

#include <stdbool.h>
#include <stdint.h>

/* chipC.unitU as a global unit; false: it is no such name, or none of so many chips of so many units. */
bool degraded_unit(const char *name, uint32_t chips, uint32_t units_per_chip, uint32_t *unit);

/* "chip1 x 1.25": the engines of chip 1 take 1250 thousandths of the cycles of one that works as built. At most three
 * digits behind the point; from DEGRADED_SLOW_MIN to DEGRADED_SLOW_MAX. */
#define DEGRADED_SLOW_MIN 1000u
#define DEGRADED_SLOW_MAX 100000u
bool degraded_chip(const char *name, uint32_t chips, uint32_t *chip, uint32_t *permille);

/* chipA-chipB, chipA-switchS, switchS-switchT: both directions of a link of the fabric (resolved shape) are down. */
struct fabric_shape;
struct node_pair {
    uint32_t a, b; /* nodes of the fabric: chips, then switches; a < b */
};
bool degraded_link(const char *name, const struct fabric_shape *s, struct node_pair *link);
/* Chips that can still reach each other; else false, with two that cannot. */
bool degraded_is_whole(const struct fabric_shape *s, const struct node_pair *dead, uint32_t n, struct node_pair *apart);

#endif
