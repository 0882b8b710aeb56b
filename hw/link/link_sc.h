/* SPDX-License-Identifier: Apache-2.0 */
/* link_sc.h - the two halves of a chip link as SystemC modules, each in the clock domain of its chip. */
#ifndef HW_LINK_LINK_SC_H
#define HW_LINK_LINK_SC_H

#include "sim/kernel/slot_counter_sc.h"

extern "C" {
#include "hw/link/link_receiver.h"
#include "hw/link/link_sender.h"
}

namespace bpsim
{

class link_sender_sc : public clocked_box
{
  public:
    link_sender_sc(const sc_core::sc_module_name &name, clock_domain &domain, link_sender *core);

    counter_in counter;
    std::vector<std::unique_ptr<mail_in>> eject_in; /* per port */
    mail_out line;

  private:
    void end_of_elaboration() override;
    uint64_t eval(uint64_t cycle) override
    {
        return link_sender_eval(core_, cycle);
    }

    link_sender *core_;
    std::vector<mailbox *> in_;
};

class link_receiver_sc : public clocked_box
{
  public:
    link_receiver_sc(const sc_core::sc_module_name &name, clock_domain &domain, link_receiver *core);

    counter_in counter;
    mail_in line;
    std::vector<std::unique_ptr<mail_out>> inject_out; /* per port */
    mail_out hold_out;

  private:
    void end_of_elaboration() override;
    uint64_t eval(uint64_t cycle) override
    {
        return link_receiver_eval(core_, cycle);
    }

    link_receiver *core_;
    std::vector<mailbox *> out_;
};

} // namespace bpsim

#endif
