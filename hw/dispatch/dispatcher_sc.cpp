/* SPDX-License-Identifier: Apache-2.0 */
/* dispatcher_sc.cpp - shell of the work dispatcher. */
#include "hw/dispatch/dispatcher_sc.h"

namespace bpsim
{

constexpr uint32_t host_items = 4, done_items = 16;

dispatcher_sc::dispatcher_sc(const sc_core::sc_module_name &name, clock_domain &domain, dispatcher *core,
                             slot_counter &counter)
    : clocked_box(name, domain), launch("launch", counter),
      host_in("host_in", sizeof(launch_message), host_items, true, domain, *this), host_out("host_out", domain),
      kernel("kernel"), core_(core)
{
    for (uint32_t i = 0; i < core->k.units; i++) {
        start_out.push_back(std::make_unique<mail_out>(sc_core::sc_gen_unique_name("start_out"), domain));
        done_in.push_back(std::make_unique<mail_in>(sc_core::sc_gen_unique_name("done_in"), sizeof(cta_done),
                                                    done_items, true, domain, *this));
    }
}

void dispatcher_sc::end_of_elaboration()
{
    for (auto &m : start_out)
        starts_.push_back(m->resolve());
    for (auto &m : done_in)
        dones_.push_back(m->mail());
    dispatcher_connect(core_, launch.counter(), host_in.mail(), host_out.resolve(), starts_.data(), dones_.data());
}

uint64_t dispatcher_sc::eval(uint64_t cycle)
{
    uint64_t next = dispatcher_eval(core_, cycle);
    kernel.write(core_->kernel);
    return next;
}

} // namespace bpsim
