/* SPDX-License-Identifier: Apache-2.0 */
/* launch.h - messages between host, chips, and the units of a chip that start and end work. */
#ifndef SIM_KERNEL_LAUNCH_H
#define SIM_KERNEL_LAUNCH_H

#include <stdbool.h>
#include <stdint.h>

/* Host -> chip: a repeat begins. */
struct launch_message {
    uint32_t launch, program, version;
    bool measured;
    uint64_t base_fs;
};

/* Chip -> host. */
struct done_message {
    uint32_t launch;
    uint64_t cycle_fs; /* edge at which the repeat was over */
};

#define CTA_FROM_QUEUE UINT32_MAX

/* Dispatcher -> SM: run this CTA. */
struct cta_start {
    uint32_t cta; /* of the chip's program; CTA_FROM_QUEUE: take CTAs from the queue until it is empty (persistent) */
    uint32_t launch; /* number of the repeat, from 1 on */
    bool acquire;    /* first of its kernel on this SM: copies in the L1 may be old */
};

/* SM -> dispatcher. */
struct cta_done {
    uint32_t ended;                        /* CTAs (persistent: slots) that ended since the last message ... */
    uint32_t register_bytes, shared_bytes; /* ... and what they held */
    bool drained;                          /* nothing is resident, no request outstanding */
};

#endif
