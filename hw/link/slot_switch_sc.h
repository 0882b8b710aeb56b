/* SPDX-License-Identifier: Apache-2.0 */
/* slot_switch_sc.h - a switch of the phase machine as a SystemC module, in a clock domain of its own. */
#ifndef HW_LINK_SLOT_SWITCH_SC_H
#define HW_LINK_SLOT_SWITCH_SC_H

#include "sim/kernel/domain_sc.h"

extern "C" {
#include "hw/link/slot_switch.h"
}

namespace bpsim
{

/* The box; made behind its domain. */
class slot_switch_sc : public core_box<slot_switch, slot_switch_eval>
{
  public:
    slot_switch_sc(const sc_core::sc_module_name &name, clock_domain &domain, slot_switch *core);

    mail_in host_in;
    std::vector<std::unique_ptr<mail_in>> line_in;
    std::vector<std::unique_ptr<mail_out>> line_out;

  private:
    void end_of_elaboration() override;
    std::vector<mailbox *> in_, out_;
};

} // namespace bpsim

#endif
