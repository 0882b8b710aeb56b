/* SPDX-License-Identifier: Apache-2.0 */
/* memory_chip_sc.h - a chip's memory system alone: a clock domain and its boxes, bound to each other.
 *
 *     trace players <==> noc <==> L2 slices <--> HBM channels
 */
#ifndef HW_CHIP_MEMORY_CHIP_SC_H
#define HW_CHIP_MEMORY_CHIP_SC_H

#include "hw/cache/l2_slice_sc.h"
#include "hw/cache/trace_player_sc.h"
#include "hw/hbm/frfcfs_sc.h"
#include "hw/noc/vc_network_sc.h"

extern "C" {
#include "hw/chip/memory_chip.h"
}

namespace bpsim
{

constexpr uint64_t memory_window = 4096; /* cycles of a window of the run loop */

class memory_chip_sc : public sc_core::sc_module
{
  public:
    memory_chip_sc(const sc_core::sc_module_name &name, memory_chip *core, run_control &run, bool never_sleep);

    clock_domain domain;
    counter_out launch; /* nobody ever writes it */
    std::unique_ptr<vc_network_sc> noc;
    std::vector<std::unique_ptr<trace_player_sc>> players;
    std::vector<std::unique_ptr<l2_slice_sc>> slices;
    std::vector<std::unique_ptr<frfcfs_sc>> channels;

  private:
    void make(uint64_t shuffle);
    void bind();

    clock_part &memory_; /* of the domain: the channels */
    memory_chip *core_;
};

} // namespace bpsim

#endif
