/* SPDX-License-Identifier: Apache-2.0 */
/* slot_network_sc.h - one chip's slot network as a SystemC module: a mailbox in and out per endpoint. */
#ifndef HW_NOC_SLOT_NETWORK_SC_H
#define HW_NOC_SLOT_NETWORK_SC_H

#include "sim/kernel/slot_counter_sc.h"

extern "C" {
#include "hw/noc/slot_network.h"
}

namespace bpsim
{

class slot_network_sc : public clocked_box
{
  public:
    slot_network_sc(const sc_core::sc_module_name &name, clock_domain &domain, slot_network *core);

    counter_in counter;
    std::vector<std::unique_ptr<mail_in>> in;   /* per endpoint of the chip */
    std::vector<std::unique_ptr<mail_out>> out; /* per endpoint of the chip */

  private:
    void end_of_elaboration() override;
    uint64_t eval(uint64_t cycle) override
    {
        return slot_network_eval(core_, cycle);
    }

    slot_network *core_;
    std::vector<mailbox *> mail_in_, mail_out_;
};

} // namespace bpsim

#endif
