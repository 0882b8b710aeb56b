/* SPDX-License-Identifier: Apache-2.0 */
/* machine_dot.h - a machine as Graphviz text, at the level of detail that is asked for. What does not work is dotted.
 *
 *     server    chips and switches; an edge for each pair of links between two of them
 *     chip      the network of one chip: routers, units, memory channels, ports of chip links
 *     all       the networks of all chips, in the places of the chips, and the links between them
 *
 * Which drawing shows what, and how edges are labelled: docs/model/machine.md. */
#ifndef SIM_MACHINE_MACHINE_DOT_H
#define SIM_MACHINE_MACHINE_DOT_H

#include "sim/machine/dynamic.h"
#include "sim/machine/machine.h"
#include "sim/machine/network.h"

/* The links between chips and switches; of a server of one chip its only node. */
void machine_dot_server(const struct machine *m, struct text *out);
/* The scheduled network, which the phase machine has. */
void machine_dot_chip(const struct machine *m, uint32_t chip, struct text *out);
void machine_dot_all(const struct machine *m, struct text *out);
/* The network of chip 0 that arbitrates, which the dynamic machine has: SMs, L2 slices, ports. */
void dynamic_dot(const struct dynamic_machine *d, const struct machine *m, struct text *out);
/* A network that arbitrates, alone: nodes. */
void network_dot(const struct network *n, struct text *out);

#endif
