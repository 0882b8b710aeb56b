/* SPDX-License-Identifier: Apache-2.0 */
/* slot_network_sc.cpp - shell of the slot network. */
#include "hw/noc/slot_network_sc.h"

#include <algorithm>

namespace bpsim
{

/* A burst per cycle of the longest inject link, and some. */
static uint32_t inject_items(const slot_network *core)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < core->n_programs; i++)
        for (size_t k = 0; k < core->programs[i].n_bursts; k++)
            most = std::max(most, core->programs[i].bursts[k].latency);
    return most + 4;
}

slot_network_sc::slot_network_sc(const sc_core::sc_module_name &name, clock_domain &domain, slot_network *core)
    : clocked_box(name, domain), counter("counter"), core_(core)
{
    uint32_t items = inject_items(core);
    for (uint32_t i = 0; i < core->p.n_ports; i++) {
        in.push_back(
            std::make_unique<mail_in>(sc_core::sc_gen_unique_name("in"), sizeof(burst), items, true, domain, *this));
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
