/* SPDX-License-Identifier: Apache-2.0 */
/* fabric_parts.h - what joins a node of the fabric, a chip or a switch, to others: its links, its router and the
 * router's tables. Composition only. */
#ifndef HW_CHIP_FABRIC_PARTS_H
#define HW_CHIP_FABRIC_PARTS_H

#include "hw/link/fabric_sums.h"
#include "sim/machine/dynamic.h"
#include "sim/machine/machine.h"
#include "sim/program/program.h"

/* Machine links of a node, by neighbour; link i out leads to where link i in comes from. */
struct fabric_links {
    uint32_t n, *out, *in;
};

/* In `names` lies what is made. A server of one chip has no links. */
struct fabric_links fabric_links_of(const struct machine *m, uint32_t node, struct arena *names);
/* What a switch adds and stores for others, of a program that asks for it; else NULL. */
struct fabric_sums *fabric_parts_sums(const struct machine *m, const struct dynamic_machine *d,
                                      const struct server_program *p, uint32_t node, const struct slot_counter *launch,
                                      struct arena *names);
/* The way of a node to a switch that is the home of lines; no ways: nothing goes there. */
struct fabric_route fabric_home_way(const struct machine *m, uint32_t node, uint32_t home,
                                    const struct fabric_links *links, struct arena *names);
/* `sums`: of a switch, or NULL. */
struct fabric_router *fabric_parts_router(const struct machine *m, const struct dynamic_machine *d,
                                          const struct server_program *p, uint32_t node,
                                          const struct fabric_links *links, struct fabric_sums *sums,
                                          struct arena *names, struct run_control *run);
/* Number of an incoming machine link. */
uint32_t fabric_links_incoming(const struct fabric_links *links, uint32_t link);

#endif
