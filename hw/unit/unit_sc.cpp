/* SPDX-License-Identifier: Apache-2.0 */
/* unit_sc.cpp - shell of the compute unit. */
#include "hw/unit/unit_sc.h"

namespace bpsim
{

/* In flight on the eject link: a burst per cycle of its latency; phases: those sent before the first one begins. */
constexpr uint32_t eject_items = 80, phase_items = 16;

unit_sc::unit_sc(const sc_core::sc_module_name &name, clock_domain &domain, unit *core)
    : clocked_box(name, domain), counter("counter"),
      phase_in("phase_in", sizeof(phase_message), phase_items, true, domain, *this),
      eject_in("eject_in", sizeof(burst), eject_items, true, domain, *this), inject_out("inject_out", domain),
      bit("bit"), core_(core)
{
}

void unit_sc::end_of_elaboration()
{
    unit_connect(core_, counter.resolve(*this), phase_in.mail(), eject_in.mail(), inject_out.resolve());
}

uint64_t unit_sc::eval(uint64_t cycle)
{
    uint64_t next = unit_eval(core_, cycle);
    bit.write(core_->on);
    return next;
}

} // namespace bpsim
