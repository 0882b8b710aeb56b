/* SPDX-License-Identifier: Apache-2.0 */
/* host_sc.h - the host as a SystemC module: a launch mailbox out per chip and switch, a done mailbox in per chip. */
#ifndef HW_SERVER_HOST_SC_H
#define HW_SERVER_HOST_SC_H

#include "sim/kernel/domain_sc.h"

extern "C" {
#include "hw/server/host.h"
#include "sim/kernel/launch.h"
}

namespace bpsim
{

class host_sc : public clocked_box
{
  public:
    host_sc(const sc_core::sc_module_name &name, clock_domain &domain, host *core);

    std::vector<std::unique_ptr<mail_out>> launch_out; /* per node */
    std::vector<std::unique_ptr<mail_in>> done_in;     /* per chip */

  private:
    void end_of_elaboration() override;
    uint64_t eval(uint64_t cycle) override
    {
        return host_eval(core_, cycle);
    }

    host *core_;
    std::vector<mailbox *> launches_, dones_;
};

} // namespace bpsim

#endif
