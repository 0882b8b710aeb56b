/* SPDX-License-Identifier: Apache-2.0 */
/* identity_table.c - hash consing of identities. */
#include "sim/kernel/identity_table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/hash.h"
#include "sim/base/mem.h"

#define FIRST_SLOTS 256u

const struct identity identity_nothing;

_Static_assert(sizeof(struct identity) == 4 * sizeof(uint64_t), "identities are compared as bytes: no padding");

void identity_table_free(struct identity_table *t)
{
    free(t->items);
    free(t->slots);
    *t = (struct identity_table) {0};
}

static uint32_t hash_of(const struct identity *id)
{
    uint64_t words[4];
    memcpy(words, id, sizeof words);
    uint64_t h = mix64(mix64(words[0] ^ words[2], words[1]), words[3]);
    return (uint32_t)(h ^ h >> 32);
}

/* Where it stands, or would stand. */
static uint32_t *slot_of(const struct identity_table *t, const struct identity *id)
{
    uint32_t i = hash_of(id) & t->mask;
    while (t->slots[i] != 0 && memcmp(&t->items[t->slots[i] - 1], id, sizeof *id) != 0)
        i = (i + 1) & t->mask;
    return &t->slots[i];
}

static void grow(struct identity_table *t)
{
    uint32_t slots = t->mask == 0 ? FIRST_SLOTS : 2 * (t->mask + 1);
    SIM_CHECK(slots > t->mask, "more than %u identities", t->n);
    free(t->slots);
    t->slots = mem_alloc_array(slots, sizeof *t->slots);
    t->mask = slots - 1;
    t->items = mem_resize(t->items, slots / 2, sizeof *t->items);
    for (uint32_t i = 0; i < t->n; i++)
        *slot_of(t, &t->items[i]) = i + 1;
}

uint32_t identity_number(struct identity_table *t, const struct identity *id)
{
    if (memcmp(id, identity_at(t, t->last), sizeof *id) == 0) /* a chunk's lines come one behind the other */
        return t->last;
    if (memcmp(id, &identity_nothing, sizeof *id) == 0)
        return 0;
    if (t->mask == 0)
        grow(t);
    uint32_t *slot = slot_of(t, id);
    if (*slot != 0)
        return t->last = *slot;
    const struct identity copy = *id; /* it may be one of the table's */
    if (2 * t->n >= t->mask) {
        grow(t);
        slot = slot_of(t, &copy);
    }
    t->items[t->n++] = copy;
    return t->last = *slot = t->n;
}
