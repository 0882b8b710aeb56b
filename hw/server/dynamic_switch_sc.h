/* SPDX-License-Identifier: Apache-2.0 */
/* dynamic_switch_sc.h - a switch of the dynamic machine as a SystemC module: router and launch register. */
#ifndef HW_SERVER_DYNAMIC_SWITCH_SC_H
#define HW_SERVER_DYNAMIC_SWITCH_SC_H

#include "hw/link/fabric_router_sc.h"

extern "C" {
#include "hw/server/dynamic_switch.h"
}

namespace bpsim
{

class dynamic_switch_sc : public sc_core::sc_module
{
  public:
    dynamic_switch_sc(const sc_core::sc_module_name &name, dynamic_switch *core, const sim_clock &clock,
                      run_control &run, bool never_sleep);
    ~dynamic_switch_sc() override;

    clock_domain domain;
    fabric_router_sc fabric;
    mail_in &host_in();

  private:
    class launch_register;
    std::unique_ptr<launch_register> launch_;
};

} // namespace bpsim

#endif
