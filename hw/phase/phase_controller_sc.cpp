/* SPDX-License-Identifier: Apache-2.0 */
/* phase_controller_sc.cpp - shell of the phase controller. */
#include "hw/phase/phase_controller_sc.h"

namespace bpsim
{

constexpr uint32_t hold_items = 64, offset_items = 1024, host_items = 4;

phase_controller_sc::phase_controller_sc(const sc_core::sc_module_name &name, clock_domain &domain, controller *core,
                                         slot_counter &counter)
    : clocked_box(name, domain), slots("slots", counter),
      host_in("host_in", sizeof(launch_message), host_items, true, domain, *this), host_out("host_out", domain),
      phase("phase"), core_(core)
{
    for (uint32_t i = 0; i < core->p.ports; i++)
        hold_in.push_back(std::make_unique<mail_in>(sc_core::sc_gen_unique_name("hold_in"), sizeof(hold_request),
                                                    hold_items, false, domain, *this));
    for (uint32_t i = 0; i < core->p.neighbours; i++) {
        offset_in.push_back(std::make_unique<mail_in>(sc_core::sc_gen_unique_name("offset_in"), sizeof(offset_message),
                                                      offset_items, true, domain, *this));
        offset_out.push_back(std::make_unique<mail_out>(sc_core::sc_gen_unique_name("offset_out"), domain));
    }
    for (uint32_t i = 0; i < core->p.units; i++)
        phase_out.push_back(std::make_unique<mail_out>(sc_core::sc_gen_unique_name("phase_out"), domain));
}

void phase_controller_sc::end_of_elaboration()
{
    for (auto &m : hold_in)
        holds_.push_back(m->mail());
    for (auto &m : offset_in)
        offsets_in_.push_back(m->mail());
    for (auto &m : phase_out)
        phases_.push_back(m->resolve());
    for (auto &m : offset_out)
        offsets_out_.push_back(m->resolve());
    controller_connect(core_, slots.counter(), host_in.mail(), host_out.resolve(), holds_.data(), offsets_in_.data(),
                       phases_.data(), offsets_out_.data());
    slot_counter_subscribe(slots.counter(), domain_.core(), number());
}

uint64_t phase_controller_sc::eval(uint64_t cycle)
{
    uint64_t next = controller_eval(core_, cycle);
    phase.write(core_->index);
    return next;
}

} // namespace bpsim
