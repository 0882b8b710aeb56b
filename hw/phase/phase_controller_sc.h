/* SPDX-License-Identifier: Apache-2.0 */
/* phase_controller_sc.h - phase controller as a SystemC module: the phase index is a signal. */
#ifndef HW_PHASE_PHASE_CONTROLLER_SC_H
#define HW_PHASE_PHASE_CONTROLLER_SC_H

#include "sim/kernel/slot_counter_sc.h"

extern "C" {
#include "hw/phase/phase_controller.h"
}

namespace bpsim
{

class phase_controller_sc : public clocked_box
{
  public:
    phase_controller_sc(const sc_core::sc_module_name &name, clock_domain &domain, controller *core,
                        slot_counter &counter);

    counter_out slots;
    mail_in host_in;
    mail_out host_out;
    std::vector<std::unique_ptr<mail_in>> hold_in, offset_in;     /* per hold port, per neighbour */
    std::vector<std::unique_ptr<mail_out>> phase_out, offset_out; /* per unit, per neighbour */
    sc_core::sc_signal<uint32_t> phase;

  private:
    void end_of_elaboration() override;
    uint64_t eval(uint64_t cycle) override;

    controller *core_;
    std::vector<mailbox *> holds_, offsets_in_, phases_, offsets_out_;
};

} // namespace bpsim

#endif
