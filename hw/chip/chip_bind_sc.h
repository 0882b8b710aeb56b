/* SPDX-License-Identifier: Apache-2.0 */
/* chip_bind_sc.h - how boxes of a chip's memory system are bound to each other, and the order in which a chip makes
 * its boxes: none that may matter. Used by the whole chip and by its memory alone. */
#ifndef HW_CHIP_CHIP_BIND_SC_H
#define HW_CHIP_CHIP_BIND_SC_H

#include <functional>

#include "hw/cache/l2_slice_sc.h"
#include "hw/hbm/frfcfs_sc.h"
#include "hw/noc/vc_network_sc.h"

extern "C" {
#include "sim/base/rng.h"
}

namespace bpsim
{

/* Boxes get their numbers as they are made; shuffle 0: in the order given. */
inline void make_boxes(std::vector<std::function<void()>> &makers, uint64_t shuffle, const char *name)
{
    rng order;
    rng_init(&order, shuffle, name);
    for (size_t i = makers.size(); shuffle != 0 && i > 1; i--)
        std::swap(makers[i - 1], makers[rng_below(&order, i)]);
    for (auto &maker : makers)
        maker();
}

/* The network's mailboxes of endpoint e: of an SM, a trace player or a slice. */
template <class Box> void bind_endpoint(vc_network_sc &noc, uint32_t e, Box &box)
{
    box.net_out(*noc.in[e]);
    (*noc.out[e])(box.net_in);
}

/* Slice i and its channel. */
inline void bind_slice(l2_slice_sc &slice, size_t i, const std::vector<std::unique_ptr<frfcfs_sc>> &channels)
{
    frfcfs_sc &channel = *channels[i % channels.size()];
    slice.dram_out(*channel.in[i / channels.size()]);
    (*channel.out[i / channels.size()])(slice.dram_in);
}

} // namespace bpsim

#endif
