/* SPDX-License-Identifier: Apache-2.0 */
/* dispatcher_sc.h - work dispatcher as a SystemC module: the kernel that runs is a signal. */
#ifndef HW_DISPATCH_DISPATCHER_SC_H
#define HW_DISPATCH_DISPATCHER_SC_H

#include "sim/kernel/slot_counter_sc.h"

extern "C" {
#include "hw/dispatch/dispatcher.h"
}

namespace bpsim
{

class dispatcher_sc : public clocked_box
{
  public:
    dispatcher_sc(const sc_core::sc_module_name &name, clock_domain &domain, dispatcher *core, slot_counter &counter);

    counter_out launch;
    mail_in host_in;
    mail_out host_out;
    std::vector<std::unique_ptr<mail_out>> start_out; /* per SM */
    std::vector<std::unique_ptr<mail_in>> done_in;    /* per SM */
    sc_core::sc_signal<uint32_t> kernel;

  private:
    void end_of_elaboration() override;
    uint64_t eval(uint64_t cycle) override;

    dispatcher *core_;
    std::vector<mailbox *> starts_, dones_;
};

} // namespace bpsim

#endif
