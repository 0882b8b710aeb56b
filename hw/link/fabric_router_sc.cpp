/* SPDX-License-Identifier: Apache-2.0 */
/* fabric_router_sc.cpp - shell of the fabric router. */
#include "hw/link/fabric_router_sc.h"

namespace bpsim
{

using sc_core::sc_gen_unique_name;

fabric_router_sc::fabric_router_sc(const sc_core::sc_module_name &name, clock_domain &domain, fabric_router *core,
                                   net_port *ports, uint32_t port_items)
    : clocked_box(name, domain), core_(core), ports_(ports)
{
    auto in = [&](std::vector<std::unique_ptr<mail_in>> &v, const char *n, size_t bytes, uint32_t items) {
        v.push_back(std::make_unique<mail_in>(sc_gen_unique_name(n), static_cast<uint32_t>(bytes), items, false, domain,
                                              *this));
    };
    auto out = [&](std::vector<std::unique_ptr<mail_out>> &v, const char *n) {
        v.push_back(std::make_unique<mail_out>(sc_gen_unique_name(n), domain));
    };
    for (uint32_t i = 0; i < core->p.ports; i++) {
        in(port_in, "port_in", sizeof(uint32_t), port_items);
        out(port_out, "port_out");
    }
    const uint32_t items = packet_link_items(&core->p.size);
    for (uint32_t i = 0; i < core->p.links; i++) {
        in(line_in, "line_in", sizeof(fabric_packet), items);
        in(credit_in, "credit_in", sizeof(packet_credit), items);
        out(line_out, "line_out");
        out(credit_out, "credit_out");
    }
}

void fabric_router_sc::end_of_elaboration()
{
    std::vector<fabric_mail> links(core_->p.links);
    for (uint32_t i = 0; i < core_->p.ports; i++) {
        ports_[i].in = port_in[i]->mail();
        ports_[i].out = port_out[i]->resolve();
        credit_line_init(&ports_[i].in_credit, domain_.core());
    }
    for (uint32_t i = 0; i < core_->p.links; i++)
        links[i] = {line_out[i]->resolve(), credit_in[i]->mail(), line_in[i]->mail(), credit_out[i]->resolve()};
    fabric_router_connect(core_, domain_.core(), ports_, links.data());
}

} // namespace bpsim
