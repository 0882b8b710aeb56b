/* SPDX-License-Identifier: Apache-2.0 */
/* sm_sc.cpp - shell of the SM. */
#include "hw/sm/sm_sc.h"

namespace bpsim
{

sm_sc::sm_sc(const sc_core::sc_module_name &name, clock_domain &domain, sm *core, net_port *port)
    : core_box(name, domain, core), launch("launch"),
      start_in("start_in", sizeof(cta_start), core->k.p.cta_slots + 1, false, domain, *this),
      net_in("net_in", sizeof(uint32_t), VN_COUNT * port->in_places, false, domain, *this),
      done_out("done_out", domain), net_out("net_out", domain), port_(port)
{
}

void sm_sc::end_of_elaboration()
{
    port_->in = net_in.mail();
    port_->out = net_out.resolve();
    credit_line_init(&port_->in_credit, domain_.core());
    l1_connect(core_->l1, port_);
    sm_connect(core_, launch.resolve(*this), start_in.mail(), done_out.resolve());
}

} // namespace bpsim
