/* SPDX-License-Identifier: Apache-2.0 */
/* vc_network_sc.cpp - shell of the VC network. */
#include "hw/noc/vc_network_sc.h"

namespace bpsim
{

vc_network_sc::vc_network_sc(const sc_core::sc_module_name &name, clock_domain &domain, vc_network *core)
    : clocked_box(name, domain), in_credit(vc_network_endpoints(core)), core_(core)
{
    for (uint32_t i = 0; i < vc_network_endpoints(core); i++) {
        in.push_back(std::make_unique<mail_in>(sc_core::sc_gen_unique_name("in"), sizeof(uint32_t),
                                               vc_network_mail_items(core), false, domain, *this));
        out.push_back(std::make_unique<mail_out>(sc_core::sc_gen_unique_name("out"), domain));
    }
}

void vc_network_sc::end_of_elaboration()
{
    std::vector<net_peer> peers;
    for (size_t i = 0; i < in.size(); i++)
        peers.push_back({in[i]->mail(), out[i]->resolve(), in_credit[i]});
    vc_network_connect(core_, domain_.core(), peers.data());
}

} // namespace bpsim
