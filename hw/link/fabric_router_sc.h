/* SPDX-License-Identifier: Apache-2.0 */
/* fabric_router_sc.h - fabric router as a SystemC module; per port and per link the mailboxes of the core. */
#ifndef HW_LINK_FABRIC_ROUTER_SC_H
#define HW_LINK_FABRIC_ROUTER_SC_H

#include "sim/kernel/domain_sc.h"

extern "C" {
#include "hw/link/fabric_router.h"
}

namespace bpsim
{

class fabric_router_sc : public clocked_box
{
  public:
    /* `ports` of the caller: places and out_credit are set by it before the end of elaboration, in and out here. */
    fabric_router_sc(const sc_core::sc_module_name &name, clock_domain &domain, fabric_router *core, net_port *ports,
                     uint32_t port_items);

    std::vector<std::unique_ptr<mail_in>> port_in; /* messages of the chip's network */
    std::vector<std::unique_ptr<mail_out>> port_out;
    std::vector<std::unique_ptr<mail_in>> line_in, credit_in;    /* per incoming, per outgoing link */
    std::vector<std::unique_ptr<mail_out>> line_out, credit_out; /* per outgoing, per incoming link */

  private:
    void end_of_elaboration() override;
    uint64_t eval(uint64_t cycle) override
    {
        return fabric_router_eval(core_, cycle);
    }

    fabric_router *core_;
    net_port *ports_;
};

} // namespace bpsim

#endif
