/* SPDX-License-Identifier: Apache-2.0 */
/* chip_core.h - the C cores of one chip's boxes, made from the machine and the chip's slice of the schedule.
 *
 * Composition only: sizes, names, rates and entries are handed out here, nothing is decided. The shells
 * (chip_sc.h) give the cores clocks and mailboxes. */
#ifndef HW_CHIP_CHIP_CORE_H
#define HW_CHIP_CHIP_CORE_H

#include "hw/chip/chip_plan.h"

struct chip_core {
    const struct machine *m;
    uint32_t chip;
    struct arena *names;
    struct slot_counter counter;
    struct controller *controller;
    struct slot_network *network;
    struct unit **units;
    struct hbm_channel **channels;
    struct link_sender **senders;     /* per outgoing chip link */
    struct link_receiver **receivers; /* per incoming chip link */
    uint32_t *out_links, *in_links;   /* machine links */
    uint32_t n_out, n_in;
    uint32_t *noc_links; /* machine link of each network link */
    uint32_t n_noc;
    uint32_t *peers; /* chips that its controller tells of holds: neighbours, or all that a switch joins to it */
    uint32_t n_peers;
    uint64_t *peer_latency_fs;
    enum slot_hold *port_why; /* hold ports: channels, then receivers */
};

/* Takes the chip's slices out of the plan. */
struct chip_core *chip_core_new(struct server_plan *plan, uint32_t chip, struct run_control *run);
void chip_core_free(struct chip_core *c);

/* The port number at its link of a link port (endpoint); *link is the machine link. */
uint32_t chip_core_port(const struct chip_core *c, uint32_t endpoint, bool receive, uint32_t *link);

#endif
