/* SPDX-License-Identifier: Apache-2.0 */
/* link_errors.c - lost frames by counter. */
#include "hw/link/link_errors.h"

#include "sim/base/hash.h"

void link_errors_init(struct link_errors *e, uint64_t seed, const char *link)
{
    struct rng r;
    rng_init(&r, seed, link);
    e->key = r.key;
    e->sent = 0;
}

uint32_t link_errors_send(struct link_errors *e, uint64_t bytes)
{
    uint32_t lost = 0;
    uint64_t from = e->sent;
    e->sent += bytes;
    if (e->loss == 0 || bytes == 0)
        return 0;
    for (uint64_t k = from / e->frame_bytes; k <= (e->sent - 1) / e->frame_bytes; k++)
        lost += mix64(e->key, k) < e->loss;
    return lost;
}
