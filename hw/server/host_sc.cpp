/* SPDX-License-Identifier: Apache-2.0 */
/* host_sc.cpp - shell of the host. */
#include "hw/server/host_sc.h"

namespace bpsim
{

constexpr uint32_t done_items = 4;

host_sc::host_sc(const sc_core::sc_module_name &name, clock_domain &domain, host *core)
    : clocked_box(name, domain), core_(core)
{
    for (uint32_t i = 0; i < core->nodes; i++)
        launch_out.push_back(std::make_unique<mail_out>(sc_core::sc_gen_unique_name("launch_out"), domain));
    for (uint32_t i = 0; i < core->chips; i++) {
        done_in.push_back(std::make_unique<mail_in>(sc_core::sc_gen_unique_name("done_in"), sizeof(done_message),
                                                    done_items, true, domain, *this));
    }
}

void host_sc::end_of_elaboration()
{
    for (auto &m : launch_out)
        launches_.push_back(m->resolve());
    for (auto &m : done_in)
        dones_.push_back(m->mail());
    host_connect(core_, domain_.core(), launches_.data(), dones_.data());
}

} // namespace bpsim
