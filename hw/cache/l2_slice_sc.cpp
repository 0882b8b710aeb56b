/* SPDX-License-Identifier: Apache-2.0 */
/* l2_slice_sc.cpp - shell of the L2 slice. */
#include "hw/cache/l2_slice_sc.h"

namespace bpsim
{

l2_slice_sc::l2_slice_sc(const sc_core::sc_module_name &name, clock_domain &domain, l2_slice *core, net_port *port,
                         uint32_t replies)
    : core_box(name, domain, core), launch("launch"),
      net_in("net_in", sizeof(uint32_t), VN_COUNT * port->in_places, false, domain, *this),
      dram_in("dram_in", sizeof(dram_reply), replies, false, domain, *this), net_out("net_out", domain),
      dram_out("dram_out", domain), port_(port)
{
}

void l2_slice_sc::end_of_elaboration()
{
    port_->in = net_in.mail();
    port_->out = net_out.resolve();
    credit_line_init(&port_->in_credit, domain_.core());
    l2_slice_connect(core_, port_, launch.resolve(*this), dram_out.resolve(), dram_in.mail());
}

} // namespace bpsim
