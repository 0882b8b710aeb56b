/* SPDX-License-Identifier: Apache-2.0 */
/* unit_sc.h - compute unit as a SystemC module: its bit is a signal. */
#ifndef HW_UNIT_UNIT_SC_H
#define HW_UNIT_UNIT_SC_H

#include "sim/kernel/slot_counter_sc.h"

extern "C" {
#include "hw/unit/unit.h"
}

namespace bpsim
{

class unit_sc : public clocked_box
{
  public:
    unit_sc(const sc_core::sc_module_name &name, clock_domain &domain, unit *core);

    counter_in counter;
    mail_in phase_in, eject_in;
    mail_out inject_out;
    sc_core::sc_signal<bool> bit;

  private:
    void end_of_elaboration() override;
    uint64_t eval(uint64_t cycle) override;

    unit *core_;
};

} // namespace bpsim

#endif
