/* SPDX-License-Identifier: Apache-2.0 */
/* noc_source.c - gaps between packets, digit by digit. */
#include "hw/noc/noc_source.h"

#include <stdio.h>

#define PATH_BYTES 32u

/* a x b / 2^64 */
static uint64_t product(uint64_t a, uint64_t b)
{
    __extension__ unsigned __int128 whole = (unsigned __int128)a * b;
    return (uint64_t)(whole >> 64);
}

/* The packets of a Bernoulli source are 1 + K cycles apart, K geometric: P(K >= k) = q^k. The binary digits of such
 * a K are independent of each other; digit j is 1 with probability q^(2^j) / (1 + q^(2^j)). No digits: a packet in
 * every cycle. */
void noc_gaps_init(struct noc_gaps *g, uint32_t rate, uint32_t flits)
{
    uint64_t parts = (uint64_t)flits * NOC_RATE_ONE, rest = parts - rate, quiet = 0;
    *g = (struct noc_gaps) {.n = 0};
    for (uint32_t i = 0; i < 64; i++) { /* quiet = rest / parts x 2^64, digit by digit */
        rest *= 2;
        quiet = quiet << 1 | (rest >= parts);
        rest -= rest >= parts ? parts : 0;
    }
    for (; g->n < NOC_GAP_BITS && quiet >> 32 > 0; quiet = product(quiet, quiet)) {
        uint64_t q = quiet >> 32;
        g->bit[g->n++] = (uint32_t)((q << 32) / (q + (1ull << 32)));
    }
}

uint64_t noc_gap(const struct noc_gaps *g, struct rng *r)
{
    uint64_t k = 0;
    for (uint32_t j = 0; j < g->n; j += 2) {
        uint64_t x = rng_next(r);
        k |= (uint64_t)((uint32_t)x < g->bit[j]) << j;
        k |= (uint64_t)(x >> 32 < g->bit[j + 1]) << (j + 1); /* 0 where there is no such bit */
    }
    return 1 + k;
}

void noc_stream(struct rng *r, uint64_t seed, uint32_t node)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "noc.node%u", node);
    rng_init(r, seed, path);
}
