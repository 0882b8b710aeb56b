/* SPDX-License-Identifier: Apache-2.0 */
/* noc_latency.h - latencies of packets, counted cycle by cycle: mean, percentiles, greatest.
 *
 * Exact below NOC_LATENCY_EXACT cycles; longer ones stand in one class together, which percentiles give as the
 * greatest. */
#ifndef HW_NOC_NOC_LATENCY_H
#define HW_NOC_NOC_LATENCY_H

#include <stdint.h>

#define NOC_LATENCY_EXACT (1u << 22)

struct noc_latency {
    uint64_t n, sum, max;
    uint64_t longer; /* NOC_LATENCY_EXACT and more */
    uint64_t *count; /* per latency, `size` of them; grows */
    uint32_t size;
};

void noc_latency_add(struct noc_latency *l, uint64_t cycles);
void noc_latency_merge(struct noc_latency *into, const struct noc_latency *from);
/* The least latency that at least per_mille thousandths of the packets do not exceed; 0 where there are none. */
uint64_t noc_latency_at(const struct noc_latency *l, uint32_t per_mille);
void noc_latency_free(struct noc_latency *l);

#endif
