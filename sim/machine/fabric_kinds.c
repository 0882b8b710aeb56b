/* SPDX-License-Identifier: Apache-2.0 */
/* fabric_kinds.c - how chips hang together: neighbours and next hop; one table row each. */
#include "sim/machine/topology.h"

/* ---- ring: chip c beside c - 1 and c + 1; two chips have one link each way ---- */

static uint32_t ring_neighbours(uint32_t chips, uint32_t chip, uint32_t *out)
{
    uint32_t up = (chip + 1) % chips, down = (chip + chips - 1) % chips;
    if (out) {
        out[0] = up < down ? up : down;
        out[up == down ? 0 : 1] = up < down ? down : up;
    }
    return up == down ? 1 : 2;
}

/* The shorter way; of two equal ones up for an even, down for an odd `alternate`. After the first
 * hop the way begun is the shorter one, so the choice is made once. */
static uint32_t ring_next(uint32_t chips, uint32_t from, uint32_t to, uint32_t alternate)
{
    uint32_t up = (to + chips - from) % chips, down = chips - up;
    bool go_up = up != down ? up < down : alternate % 2 == 0;
    return go_up ? (from + 1) % chips : (from + chips - 1) % chips;
}

static uint32_t ring_hops(uint32_t chips, uint32_t from, uint32_t to)
{
    uint32_t up = (to + chips - from) % chips;
    return up <= chips - up ? up : chips - up;
}

/* ---- fully connected ---- */

static uint32_t all_others(uint32_t chips, uint32_t chip, uint32_t *out)
{
    for (uint32_t c = 0, n = 0; out && c < chips; c++) {
        if (c != chip) {
            out[n++] = c;
        }
    }
    return chips - 1;
}

static uint32_t direct_next(uint32_t chips, uint32_t from, uint32_t to, uint32_t alternate)
{
    (void)chips;
    (void)from;
    (void)alternate;
    return to;
}

static uint32_t direct_hops(uint32_t chips, uint32_t from, uint32_t to)
{
    (void)chips;
    return from != to;
}

const struct fabric_kind fabric_kinds[] = {
    [FABRIC_RING] = {ring_neighbours, ring_next, ring_hops},
    [FABRIC_FULLY_CONNECTED] = {all_others, direct_next, direct_hops},
};
