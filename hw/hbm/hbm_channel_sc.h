/* SPDX-License-Identifier: Apache-2.0 */
/* hbm_channel_sc.h - HBM channel as a SystemC module. */
#ifndef HW_HBM_HBM_CHANNEL_SC_H
#define HW_HBM_HBM_CHANNEL_SC_H

#include "sim/kernel/slot_counter_sc.h"

extern "C" {
#include "hw/hbm/hbm_channel.h"
}

namespace bpsim
{

class hbm_channel_sc : public clocked_box
{
  public:
    hbm_channel_sc(const sc_core::sc_module_name &name, clock_domain &domain, hbm_channel *core);

    counter_in counter;
    mail_in eject_in;
    mail_out inject_out, hold_out;

  private:
    void end_of_elaboration() override;
    uint64_t eval(uint64_t cycle) override
    {
        return hbm_channel_eval(core_, cycle);
    }

    hbm_channel *core_;
};

} // namespace bpsim

#endif
