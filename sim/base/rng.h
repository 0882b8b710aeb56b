/* SPDX-License-Identifier: Apache-2.0 */
/* rng.h - counter-based random numbers: one stream per instance, keyed by (run seed, instance path).
 *
 * Number k of a stream is mix64(key, k): no state to share, no order to depend on. */
#ifndef SIM_BASE_RNG_H
#define SIM_BASE_RNG_H

#include <stdint.h>

struct rng {
    uint64_t key;
    uint64_t counter;
};

void rng_init(struct rng *r, uint64_t seed, const char *instance_path);
uint64_t rng_next(struct rng *r);
uint64_t rng_below(struct rng *r, uint64_t bound); /* 0..bound-1, unbiased; bound > 0 */

#endif
