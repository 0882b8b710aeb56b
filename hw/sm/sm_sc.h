/* SPDX-License-Identifier: Apache-2.0 */
/* sm_sc.h - SM with its L1 as a SystemC module. */
#ifndef HW_SM_SM_SC_H
#define HW_SM_SM_SC_H

#include "sim/kernel/slot_counter_sc.h"

extern "C" {
#include "hw/sm/sm.h"
}

namespace bpsim
{

class sm_sc : public core_box<sm, sm_eval>
{
  public:
    /* `port` of the caller: places and out_credit are set by it before the end of elaboration, in and out here. */
    sm_sc(const sc_core::sc_module_name &name, clock_domain &domain, sm *core, net_port *port);

    counter_in launch;
    mail_in start_in, net_in;
    mail_out done_out, net_out;

  private:
    void end_of_elaboration() override;
    net_port *port_;
};

} // namespace bpsim

#endif
