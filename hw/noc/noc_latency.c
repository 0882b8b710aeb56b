/* SPDX-License-Identifier: Apache-2.0 */
/* noc_latency.c - latencies of packets, counted cycle by cycle. */
#include "hw/noc/noc_latency.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/mem.h"

#define SIZE_FIRST 1024u

static void grow(struct noc_latency *l, uint32_t least)
{
    uint32_t size = l->size ? l->size : SIZE_FIRST;
    while (size < least)
        size *= 2;
    if (size == l->size)
        return;
    l->count = mem_resize(l->count, size, sizeof *l->count);
    memset(l->count + l->size, 0, (size - l->size) * sizeof *l->count);
    l->size = size;
}

void noc_latency_add(struct noc_latency *l, uint64_t cycles)
{
    l->n++;
    l->sum += cycles;
    l->max = cycles > l->max ? cycles : l->max;
    if (cycles >= NOC_LATENCY_EXACT) {
        l->longer++;
        return;
    }
    if (cycles >= l->size)
        grow(l, (uint32_t)cycles + 1);
    l->count[cycles]++;
}

void noc_latency_merge(struct noc_latency *into, const struct noc_latency *from)
{
    into->n += from->n;
    into->sum += from->sum;
    into->longer += from->longer;
    into->max = from->max > into->max ? from->max : into->max;
    grow(into, from->size);
    for (uint32_t i = 0; i < from->size; i++)
        into->count[i] += from->count[i];
}

uint64_t noc_latency_at(const struct noc_latency *l, uint32_t per_mille)
{
    uint64_t below = 0;
    for (uint32_t i = 0; i < l->size; i++) {
        below += l->count[i];
        if (l->count[i] > 0 && below * 1000 >= l->n * per_mille)
            return i;
    }
    return l->max;
}

void noc_latency_free(struct noc_latency *l)
{
    free(l->count);
    *l = (struct noc_latency) {0};
}
