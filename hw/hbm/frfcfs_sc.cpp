/* SPDX-License-Identifier: Apache-2.0 */
/* frfcfs_sc.cpp - shell of the FR-FCFS channel. */
#include "hw/hbm/frfcfs_sc.h"

namespace bpsim
{

frfcfs_sc::frfcfs_sc(const sc_core::sc_module_name &name, clock_part &domain, frfcfs *core, uint32_t slices,
                     uint32_t requests, bool with_launch)
    : core_box(name, domain, core)
{
    if (with_launch)
        launch = std::make_unique<counter_in>("launch");
    for (uint32_t s = 0; s < slices; s++) {
        in.push_back(std::make_unique<mail_in>(sc_core::sc_gen_unique_name("in"), sizeof(dram_request), requests, false,
                                               domain, *this));
        out.push_back(std::make_unique<mail_out>(sc_core::sc_gen_unique_name("out"), domain));
    }
}

void frfcfs_sc::end_of_elaboration()
{
    std::vector<mailbox *> from, to;
    for (auto &m : in)
        from.push_back(m->mail());
    for (auto &m : out)
        to.push_back(m->resolve());
    frfcfs_connect(core_, launch ? launch->resolve(*this) : nullptr, from.data(), to.data());
}

} // namespace bpsim
