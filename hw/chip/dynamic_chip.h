/* SPDX-License-Identifier: Apache-2.0 */
/* dynamic_chip.h - the C cores of one chip of the dynamic machine. Composition only.
 *
 * Endpoints of the chip's network: SMs 0 .. units - 1, L2 slices, ports of the fabric router. */
#ifndef HW_CHIP_DYNAMIC_CHIP_H
#define HW_CHIP_DYNAMIC_CHIP_H

#include "hw/cache/l1.h"
#include "hw/cache/l2_slice.h"
#include "hw/chip/fabric_parts.h"
#include "hw/chip/memory_parts.h"
#include "hw/dispatch/dispatcher.h"
#include "hw/hbm/frfcfs.h"
#include "hw/link/fabric_router.h"
#include "hw/noc/vc_network.h"
#include "hw/sm/sm.h"
#include "sim/kernel/slot_counter.h"
#include "sim/machine/dynamic.h"
#include "sim/machine/machine.h"
#include "sim/program/program.h"

struct dynamic_chip {
    const struct machine *m;
    const struct dynamic_machine *d;
    const struct server_program *server;
    const struct chip_program *program;
    uint32_t chip, endpoints;
    struct arena *names;
    struct memory_site site;
    struct slot_counter counter; /* launch register */
    struct dispatcher *dispatcher;
    struct l1 **l1s;
    struct sm **sms;
    struct l2_slice **slices;
    struct frfcfs **channels;
    struct vc_network *network;
    struct fabric_router *fabric; /* NULL: a server of one chip */
    struct net_port *ports;       /* per endpoint */
    void *ports_memory;
    struct fabric_links links;
};

/* l1_table: NULL, or another table than that of the machine's protocol. */
struct dynamic_chip *dynamic_chip_new(const struct machine *m, const struct dynamic_machine *d,
                                      const struct server_program *p, uint32_t chip, struct run_control *run,
                                      const struct l1_protocol *l1_table);
void dynamic_chip_free(struct dynamic_chip *c);
/* The measured repeat begins: counts of all boxes but the SMs, which see the launch themselves. */
void dynamic_chip_clear(struct dynamic_chip *c, uint64_t cycle);
/* The run is over: what the waveform still lacks. `end`: first cycle behind the measured repeat. */
void dynamic_chip_show_end(struct dynamic_chip *c, uint64_t end);

/* Slots of an SM that this chip's persistent kernel can use: what its largest CTA leaves room for. */
uint32_t dynamic_chip_slots(const struct dynamic_machine *d, const struct chip_program *p);

#endif
