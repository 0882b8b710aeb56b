/* SPDX-License-Identifier: Apache-2.0 */
/* server_make_sc.h - what both machines' servers do alike when they are made. */
#ifndef HW_SERVER_SERVER_MAKE_SC_H
#define HW_SERVER_SERVER_MAKE_SC_H

#include <cstdint>
#include <utility>
#include <vector>

extern "C" {
#include "sim/base/rng.h"
}

namespace bpsim
{

/* The order in which chips are made must not matter; shuffle 0: by number. */
inline std::vector<uint32_t> chip_order(uint32_t chips, uint64_t shuffle)
{
    std::vector<uint32_t> turn(chips);
    rng order;
    rng_init(&order, shuffle, "server");
    for (uint32_t i = 0; i < chips; i++)
        turn[i] = i;
    for (size_t i = turn.size(); shuffle != 0 && i > 1; i--)
        std::swap(turn[i - 1], turn[rng_below(&order, i)]);
    return turn;
}

/* Number of a machine link among the incoming ones of its far chip. */
template <class ChipCore> uint32_t incoming(const ChipCore *far, uint32_t link)
{
    uint32_t i = 0;
    while (far->in_links[i] != link)
        i++;
    return i;
}

} // namespace bpsim

#endif
