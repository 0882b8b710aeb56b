/* SPDX-License-Identifier: Apache-2.0 */
/* l2_slice_sc.h - L2 slice as a SystemC module. */
#ifndef HW_CACHE_L2_SLICE_SC_H
#define HW_CACHE_L2_SLICE_SC_H

#include "sim/kernel/slot_counter_sc.h"

extern "C" {
#include "hw/cache/l2_slice.h"
}

namespace bpsim
{

class l2_slice_sc : public core_box<l2_slice, l2_slice_eval>
{
  public:
    /* `port` of the caller: places and out_credit are set by it before the end of elaboration, in and out here.
     * replies: of memory under way. */
    l2_slice_sc(const sc_core::sc_module_name &name, clock_domain &domain, l2_slice *core, net_port *port,
                uint32_t replies);

    counter_in launch;
    mail_in net_in, dram_in;
    mail_out net_out, dram_out;

  private:
    void end_of_elaboration() override;
    net_port *port_;
};

} // namespace bpsim

#endif
