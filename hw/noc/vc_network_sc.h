/* SPDX-License-Identifier: Apache-2.0 */
/* vc_network_sc.h - one chip's VC network as a SystemC module: a mailbox in and out per endpoint.
 *
 * in_credit: per endpoint the credits it gives; set by the chip before elaboration ends. The credits that the network
 * gives: vc_network_out_credit of the core, valid at any time. */
#ifndef HW_NOC_VC_NETWORK_SC_H
#define HW_NOC_VC_NETWORK_SC_H

#include "sim/kernel/domain_sc.h"

extern "C" {
#include "hw/noc/vc_network.h"
}

namespace bpsim
{

class vc_network_sc : public clocked_box
{
  public:
    vc_network_sc(const sc_core::sc_module_name &name, clock_domain &domain, vc_network *core);

    std::vector<std::unique_ptr<mail_in>> in;   /* per endpoint of the chip */
    std::vector<std::unique_ptr<mail_out>> out; /* per endpoint of the chip */
    std::vector<const credit_line *> in_credit; /* per endpoint of the chip */

  private:
    void end_of_elaboration() override;
    uint64_t eval(uint64_t cycle) override
    {
        return vc_network_eval(core_, cycle);
    }

    vc_network *core_;
};

} // namespace bpsim

#endif
