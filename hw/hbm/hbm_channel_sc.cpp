/* SPDX-License-Identifier: Apache-2.0 */
/* hbm_channel_sc.cpp - shell of the HBM channel. */
#include "hw/hbm/hbm_channel_sc.h"

namespace bpsim
{

constexpr uint32_t eject_items = 8; /* told one cycle after the first flit, taken at once */

hbm_channel_sc::hbm_channel_sc(const sc_core::sc_module_name &name, clock_domain &domain, hbm_channel *core)
    : clocked_box(name, domain), counter("counter"),
      eject_in("eject_in", sizeof(burst), eject_items, true, domain, *this), inject_out("inject_out", domain),
      hold_out("hold_out", domain), core_(core)
{
}

void hbm_channel_sc::end_of_elaboration()
{
    hbm_channel_connect(core_, counter.resolve(*this), eject_in.mail(), inject_out.resolve(), hold_out.resolve());
}

} // namespace bpsim
