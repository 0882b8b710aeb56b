/* SPDX-License-Identifier: Apache-2.0 */
/* dynamic_switch_sc.cpp - shell of a switch of the dynamic machine. */
#include "hw/server/dynamic_switch_sc.h"

extern "C" {
#include "sim/kernel/launch.h"
}

namespace bpsim
{

constexpr uint32_t host_items = 4;

class dynamic_switch_sc::launch_register : public core_box<dynamic_switch, dynamic_switch_eval>
{
  public:
    launch_register(const sc_core::sc_module_name &name, clock_domain &domain, dynamic_switch *core)
        : core_box(name, domain, core), host_in("host_in", sizeof(launch_message), host_items, true, domain, *this)
    {
    }
    mail_in host_in;

  private:
    void end_of_elaboration() override
    {
        core_->host_in = host_in.mail();
    }
};

dynamic_switch_sc::dynamic_switch_sc(const sc_core::sc_module_name &name, dynamic_switch *core, const sim_clock &clock,
                                     run_control &run, bool never_sleep)
    : sc_core::sc_module(name), domain("clock", clock, never_sleep, run),
      fabric("fabric", domain, core->fabric, nullptr, 0),
      launch_(std::make_unique<launch_register>("launch", domain, core))
{
    slot_counter_init(&core->counter, domain.core());
}

dynamic_switch_sc::~dynamic_switch_sc() = default;

mail_in &dynamic_switch_sc::host_in()
{
    return launch_->host_in;
}

} // namespace bpsim
