/* SPDX-License-Identifier: Apache-2.0 */
/* slot_network_sc.cpp - shell of the slot network. */
#include "hw/noc/slot_network_sc.h"

namespace bpsim
{

constexpr uint32_t inject_items = 136; /* a burst per cycle of the longest inject link, and some */

slot_network_sc::slot_network_sc(const sc_core::sc_module_name &name, clock_domain &domain, slot_network *core)
    : clocked_box(name, domain), counter("counter"), core_(core)
{
    for (uint32_t i = 0; i < core->p.n_ports; i++) {
        in.push_back(std::make_unique<mail_in>(sc_core::sc_gen_unique_name("in"), sizeof(burst), inject_items, true,
                                               domain, *this));
        out.push_back(std::make_unique<mail_out>(sc_core::sc_gen_unique_name("out"), domain));
    }
}

void slot_network_sc::end_of_elaboration()
{
    for (auto &m : in)
        mail_in_.push_back(m->mail());
    for (auto &m : out)
        mail_out_.push_back(m->resolve());
    slot_network_connect(core_, counter.resolve(*this), mail_in_.data(), mail_out_.data());
}

} // namespace bpsim
