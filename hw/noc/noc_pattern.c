/* SPDX-License-Identifier: Apache-2.0 */
/* noc_pattern.c - traffic patterns of network studies. */
#include "hw/noc/noc_pattern.h"

#include <stddef.h>
#include <string.h>

#define HOTSPOT_SHARE 10u /* one packet in ten goes to node 0 */

/* Lemire's multiplication instead of a division: this is drawn for every packet. */
uint32_t noc_draw(struct rng *r, uint32_t bound)
{
    uint64_t product = (rng_next(r) >> 32) * bound;
    if ((uint32_t)product < bound) {
        uint32_t reject = (UINT32_MAX - bound + 1) % bound; /* 2^32 mod bound draws would be too many */
        while ((uint32_t)product < reject)
            product = (rng_next(r) >> 32) * bound;
    }
    return (uint32_t)(product >> 32);
}

/* ---- what a pattern needs ---- */

static const char *nothing(const struct noc_space *s)
{
    (void)s;
    return NULL;
}

static const char *others(const struct noc_space *s)
{
    return s->no_self && s->nodes < 2 ? "another node to send to" : NULL;
}

static const char *square(const struct noc_space *s)
{
    return s->rows != s->cols || s->nodes != s->rows * s->cols ? "as many rows as columns" : NULL;
}

static const char *grid(const struct noc_space *s)
{
    return s->nodes != s->rows * s->cols ? "a full grid of nodes" : NULL;
}

static const char *power_of_two(const struct noc_space *s)
{
    return s->nodes & (s->nodes - 1) ? "a power of two of nodes" : NULL;
}

/* ---- where a packet goes ---- */

static uint32_t uniform(const struct noc_space *s, struct rng *r, uint32_t from)
{
    uint32_t to = noc_draw(r, s->nodes - s->no_self);
    return to + (s->no_self && to >= from);
}

static uint32_t hotspot(const struct noc_space *s, struct rng *r, uint32_t from)
{
    bool hot = noc_draw(r, HOTSPOT_SHARE) == 0 && !(s->no_self && from == 0);
    return hot ? 0 : uniform(s, r, from);
}

static uint32_t transpose(const struct noc_space *s, struct rng *r, uint32_t from)
{
    (void)r;
    return from % s->cols * s->cols + from / s->cols;
}

static uint32_t bitcomp(const struct noc_space *s, struct rng *r, uint32_t from)
{
    (void)r;
    return s->nodes - 1 - from;
}

static uint32_t bitrev(const struct noc_space *s, struct rng *r, uint32_t from)
{
    uint32_t to = 0;
    (void)r;
    for (uint32_t bit = 1; bit < s->nodes; bit *= 2) {
        to = to << 1 | (from & 1);
        from >>= 1;
    }
    return to;
}

static uint32_t shuffle(const struct noc_space *s, struct rng *r, uint32_t from)
{
    (void)r;
    uint32_t twice = from * 2;
    return twice < s->nodes ? twice : twice - s->nodes + (s->nodes > 1);
}

static uint32_t shifted(const struct noc_space *s, uint32_t from, uint32_t by_x, uint32_t by_y)
{
    return (from / s->cols + by_y) % s->rows * s->cols + (from % s->cols + by_x) % s->cols;
}

/* Almost half-way round each dimension: ceil(k / 2) - 1. */
static uint32_t tornado(const struct noc_space *s, struct rng *r, uint32_t from)
{
    (void)r;
    return shifted(s, from, (s->cols + 1) / 2 - 1, (s->rows + 1) / 2 - 1);
}

static uint32_t neighbor(const struct noc_space *s, struct rng *r, uint32_t from)
{
    (void)r;
    return shifted(s, from, 1, 1);
}

static uint32_t permuted(const struct noc_space *s, struct rng *r, uint32_t from)
{
    (void)r;
    return s->permutation[from];
}

const struct noc_pattern noc_patterns[] = {
    {"uniform", "each node as likely as any other", others, uniform},
    {"transpose", "x and y change places", square, transpose},
    {"bitcomp", "nodes - 1 - node", nothing, bitcomp},
    {"bitrev", "the bits of the node's number in reverse", power_of_two, bitrev},
    {"shuffle", "the bits rotated left by one", power_of_two, shuffle},
    {"tornado", "almost half-way round in x and in y", grid, tornado},
    {"neighbor", "one on in x and in y, round the edges", grid, neighbor},
    {"hotspot", "one packet in ten to node 0, the others uniform", others, hotspot},
};
const uint32_t noc_pattern_count = sizeof noc_patterns / sizeof noc_patterns[0];

const struct noc_pattern noc_permutation = {"permutation", "as a file says", nothing, permuted};

const struct noc_pattern *noc_pattern_find(const char *name)
{
    for (uint32_t i = 0; i < noc_pattern_count; i++)
        if (strcmp(noc_patterns[i].name, name) == 0)
            return &noc_patterns[i];
    return NULL;
}
