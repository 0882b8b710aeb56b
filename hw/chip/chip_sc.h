/* SPDX-License-Identifier: Apache-2.0 */
/* chip_sc.h - one chip: a clock domain and its boxes, bound to each other. Composition only.
 *
 *     ctl --phase--> units <==inject, eject==> noc <==> channels
 *      ^                                        ^
 *      |hold                                    +==> senders ==> (other chips) ==> receivers
 */
#ifndef HW_CHIP_CHIP_SC_H
#define HW_CHIP_CHIP_SC_H

#include "hw/hbm/hbm_channel_sc.h"
#include "hw/link/link_sc.h"
#include "hw/noc/slot_network_sc.h"
#include "hw/phase/phase_controller_sc.h"
#include "hw/unit/unit_sc.h"

extern "C" {
#include "hw/chip/chip_core.h"
}

namespace bpsim
{

class chip_sc : public sc_core::sc_module
{
  public:
    chip_sc(const sc_core::sc_module_name &name, chip_core *core, run_control &run, bool never_sleep);

    chip_core *core() const
    {
        return core_;
    }

    clock_domain domain;
    std::unique_ptr<phase_controller_sc> ctl;
    std::unique_ptr<slot_network_sc> noc;
    std::vector<std::unique_ptr<unit_sc>> units;
    std::vector<std::unique_ptr<hbm_channel_sc>> channels;
    std::vector<std::unique_ptr<link_sender_sc>> senders;     /* per outgoing chip link */
    std::vector<std::unique_ptr<link_receiver_sc>> receivers; /* per incoming chip link */

  private:
    void make(uint64_t shuffle);
    void bind_endpoints();
    void bind_control();

    chip_core *core_;
};

} // namespace bpsim

#endif
