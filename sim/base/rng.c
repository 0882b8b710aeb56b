/* SPDX-License-Identifier: Apache-2.0 */
/* rng.c - streams by key and counter.
 *
 * key = seed, then key = mix64(key, byte) for each byte of the path, then mix64(key, length). */
#include "sim/base/rng.h"

#include "sim/base/error.h"
#include "sim/base/hash.h"

void rng_init(struct rng *r, uint64_t seed, const char *instance_path)
{
    uint64_t key = seed;
    uint64_t length = 0;
    for (const unsigned char *p = (const unsigned char *)instance_path; *p; p++, length++) {
        key = mix64(key, *p);
    }
    r->key = mix64(key, length);
    r->counter = 0;
}

uint64_t rng_next(struct rng *r)
{
    return mix64(r->key, r->counter++);
}

uint64_t rng_below(struct rng *r, uint64_t bound)
{
    SIM_CHECK(bound > 0, "a bound of 0 holds no number");
    /* Draws below 2^64 mod bound would make small results likelier: they are drawn again. */
    uint64_t reject = (UINT64_MAX - bound + 1) % bound;
    uint64_t x;
    do {
        x = rng_next(r);
    } while (x < reject);
    return x % bound;
}
