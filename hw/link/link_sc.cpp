/* SPDX-License-Identifier: Apache-2.0 */
/* link_sc.cpp - shells of a chip link's halves. */
#include "hw/link/link_sc.h"

#include <algorithm>

namespace bpsim
{

constexpr uint32_t eject_items = 8; /* told one cycle after the first flit, taken at once */

/* Whatever may be on the line at a time: at most all that the schedule sends. */
static uint32_t line_items(const link_receiver *core)
{
    size_t most = 1;
    for (uint32_t i = 0; i < core->n_programs; i++)
        most = std::max(most, core->programs[i].n_arrivals);
    return static_cast<uint32_t>(most);
}

link_sender_sc::link_sender_sc(const sc_core::sc_module_name &name, clock_domain &domain, link_sender *core)
    : clocked_box(name, domain), counter("counter"), line("line", domain), core_(core)
{
    for (uint32_t i = 0; i < core->p.ports; i++)
        eject_in.push_back(std::make_unique<mail_in>(sc_core::sc_gen_unique_name("eject_in"), sizeof(burst),
                                                     eject_items, true, domain, *this));
}

void link_sender_sc::end_of_elaboration()
{
    for (auto &m : eject_in)
        in_.push_back(m->mail());
    link_sender_connect(core_, counter.resolve(*this), in_.data(), line.resolve());
}

link_receiver_sc::link_receiver_sc(const sc_core::sc_module_name &name, clock_domain &domain, link_receiver *core)
    : clocked_box(name, domain), counter("counter"),
      line("line", sizeof(burst), line_items(core), false, domain, *this), hold_out("hold_out", domain), core_(core)
{
    for (uint32_t i = 0; i < core->p.ports; i++)
        inject_out.push_back(std::make_unique<mail_out>(sc_core::sc_gen_unique_name("inject_out"), domain));
}

void link_receiver_sc::end_of_elaboration()
{
    for (auto &m : inject_out)
        out_.push_back(m->resolve());
    link_receiver_connect(core_, counter.resolve(*this), line.mail(), out_.data(), hold_out.resolve());
}

} // namespace bpsim
