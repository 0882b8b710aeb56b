/* SPDX-License-Identifier: Apache-2.0 */
/* noc_source.h - when the nodes of a traffic study create packets: Bernoulli sources, a random stream per node.
 *
 *     stream of a node:  gap, destination, gap, destination, ...     the same on every network
 *
 * All numbers are integers. */
#ifndef HW_NOC_NOC_SOURCE_H
#define HW_NOC_NOC_SOURCE_H

#include <stdint.h>

#include "sim/base/rng.h"

#define NOC_RATE_ONE 1000000000u /* rates are in billionths of a flit per node and cycle */
#define NOC_GAP_BITS 48u         /* a gap of 2^48 cycles is longer than any run */

struct noc_gaps {
    uint32_t bit[NOC_GAP_BITS], n; /* bit j of a gap less one is 1 with this probability / 2^32 */
};

/* Packets of `flits` at `rate`, above 0, at most NOC_RATE_ONE. */
void noc_gaps_init(struct noc_gaps *g, uint32_t rate, uint32_t flits);
/* Cycles from a packet to the next one; less 1: from the beginning to the first. */
uint64_t noc_gap(const struct noc_gaps *g, struct rng *r);

void noc_stream(struct rng *r, uint64_t seed, uint32_t node);

#endif
