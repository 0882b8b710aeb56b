/* SPDX-License-Identifier: Apache-2.0 */
/* slot_switch_sc.cpp - shell of a switch of the phase machine. */
#include "hw/link/slot_switch_sc.h"

#include <algorithm>

extern "C" {
#include "sim/kernel/launch.h"
}

namespace bpsim
{

constexpr uint32_t host_items = 4;

slot_switch_sc::slot_switch_sc(const sc_core::sc_module_name &name, clock_domain &domain, slot_switch *core)
    : core_box(name, domain, core), host_in("host_in", sizeof(launch_message), host_items, true, domain, *this)
{
    const auto items = static_cast<uint32_t>(std::max<size_t>(1, core->program.n_entries));
    for (uint32_t i = 0; i < core->p.lines; i++) {
        line_in.push_back(std::make_unique<mail_in>(sc_core::sc_gen_unique_name("line_in"), sizeof(burst), items, false,
                                                    domain, *this));
        line_out.push_back(std::make_unique<mail_out>(sc_core::sc_gen_unique_name("line_out"), domain));
    }
    slot_counter_init(&core->counter, domain.core());
}

void slot_switch_sc::end_of_elaboration()
{
    for (auto &m : line_in)
        in_.push_back(m->mail());
    for (auto &m : line_out)
        out_.push_back(m->resolve());
    slot_switch_connect(core_, host_in.mail(), in_.data(), out_.data());
}

} // namespace bpsim
