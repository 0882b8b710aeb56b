/* SPDX-License-Identifier: Apache-2.0 */
/* memory_parts.h - the memory system of one chip of the dynamic machine, box by box: what the whole chip and the memory
 * alone (bpsim mem) are made of.
 *
 *     L1 0 .. units - 1 == network == L2 slices -- HBM channels       endpoints: L1s, slices, ports of the fabric
 * router
 *
 * Each function gives a box its part of the machine: sizes, place, name. Whoever asks frees it. */
#ifndef HW_CHIP_MEMORY_PARTS_H
#define HW_CHIP_MEMORY_PARTS_H

#include "hw/cache/l1.h"
#include "hw/cache/l2_slice.h"
#include "hw/hbm/frfcfs.h"
#include "hw/noc/vc_network.h"
#include "sim/machine/dynamic.h"
#include "sim/machine/machine.h"

struct memory_site {
    const struct machine *m;
    const struct dynamic_machine *d;
    uint32_t chip;
    uint32_t ports;      /* of the fabric router; 0: the chip stands alone */
    struct arena *names; /* of the boxes */
};

/* Lines of a chip's memory that are special to its slices. */
struct memory_extent {
    uint32_t counter_lines, input_first, input_lines;
};

/* Of the network. */
static inline uint32_t memory_endpoints(const struct memory_site *s)
{
    return s->m->units_per_chip + s->d->l2.slices + s->ports;
}
struct home_map memory_homes(const struct memory_site *s);

/* ports: per endpoint; their places and the credits of the network are set here. */
struct vc_network *memory_network(const struct memory_site *s, struct net_port *ports, struct run_control *run);
/* table: NULL, or instead of the protocol's own (tests take entries away). */
struct l1 *memory_l1(const struct memory_site *s, uint32_t unit, const struct l1_protocol *table,
                     struct run_control *run);
struct l2_slice *memory_slice(const struct memory_site *s, uint32_t slice, const struct memory_extent *e,
                              struct run_control *run);
/* lines: of the chip's memory; tensor_c may be NULL. */
struct frfcfs *memory_channel(const struct memory_site *s, uint32_t channel, uint32_t lines, uint64_t *const *tensor_c,
                              struct run_control *run);

#endif
