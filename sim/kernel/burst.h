/* SPDX-License-Identifier: Apache-2.0 */
/* burst.h - what travels on the phase machine: one piece of one chunk, with its identity and its history.
 *
 *     chunk |---------[offset ... offset + bytes)---------|      piece = n flits in a row on each link
 *
 * Identity: tensor, version, c (docs/formats/checksums.md), value (k_part x c of a partial) and the
 * fp32 number that the partial sums carry. History: from which time on it stood where, so that a unit that
 * waited for it can say afterwards what it waited for. Times of the history are slot_time of the chip. */
#ifndef SIM_KERNEL_BURST_H
#define SIM_KERNEL_BURST_H

#include <stddef.h>
#include <stdint.h>

#define BURST_NOBODY  UINT32_MAX       /* peer: the schedule has nobody who expects it */
#define BURST_CONTROL (UINT32_MAX - 1) /* chunk: schedule entries, no tensor */
#define BURST_STAMPS  24               /* a longer history keeps its oldest entries */

enum burst_place { PLACE_DRAM, PLACE_NOC, PLACE_LINK, PLACE_GUARD };

struct identity {
    uint32_t chunk, tensor, version;
    uint32_t numeric; /* bits of a float */
    uint64_t c, value;
};

struct burst {
    struct identity id;
    uint32_t transfer, hop;        /* the hop just begun, numbered inside its transfer */
    uint32_t peer;                 /* entry of the next box that expects it, or BURST_NOBODY */
    uint32_t offset, bytes, flits; /* piece of the chunk */
    uint32_t class_of;             /* enum traffic_class */
    uint32_t lost_frames;          /* of a chip link, with bit errors that could not be corrected */
    uint32_t n_stamps;
    uint64_t entered;              /* slot in which the first flit took the last link */
    uint64_t usable;               /* slot in which the whole piece stands at the far end */
    uint64_t computed;             /* time at which the chunk was computed (or lay in DRAM: 0) */
    uint64_t last_stamp;           /* time of the newest one */
    uint32_t stamps[BURST_STAMPS]; /* cycles since the stamp before (less than 2^30) << 2 | place */
};

/* Bytes of a burst that must be copied. */
static inline uint32_t burst_size(const struct burst *b)
{
    return (uint32_t)(offsetof(struct burst, stamps) + b->n_stamps * sizeof b->stamps[0]);
}

void burst_copy(struct burst *to, const struct burst *from);

/* From `time` on it stands at `place`. */
void burst_stamp(struct burst *b, uint64_t time, enum burst_place place);

/* Where it stood at `time`, and until when at least. Before its first stamp: there. */
enum burst_place burst_place_at(const struct burst *b, uint64_t time, uint64_t *until);

#endif
