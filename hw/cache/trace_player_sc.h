/* SPDX-License-Identifier: Apache-2.0 */
/* trace_player_sc.h - trace player with its L1 as a SystemC module: stands where an SM does. */
#ifndef HW_CACHE_TRACE_PLAYER_SC_H
#define HW_CACHE_TRACE_PLAYER_SC_H

#include "sim/kernel/domain_sc.h"

extern "C" {
#include "hw/cache/trace_player.h"
}

namespace bpsim
{

class trace_player_sc : public clocked_box
{
  public:
    /* `port` of the caller: places and out_credit are set by it before the end of elaboration, in and out here. */
    trace_player_sc(const sc_core::sc_module_name &name, clock_domain &domain, trace_player *core, net_port *port)
        : clocked_box(name, domain),
          net_in("net_in", sizeof(uint32_t), VN_COUNT * port->in_places, false, domain, *this),
          net_out("net_out", domain), core_(core), port_(port)
    {
    }

    mail_in net_in;
    mail_out net_out;

  private:
    void end_of_elaboration() override;
    uint64_t eval(uint64_t cycle) override
    {
        return trace_player_eval(core_, cycle);
    }

    trace_player *core_;
    net_port *port_;
};

} // namespace bpsim

#endif
