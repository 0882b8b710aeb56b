/* SPDX-License-Identifier: Apache-2.0 */
/* dynamic_chip_sc.h - one chip of the dynamic machine: a clock domain and its boxes, bound to each other.
 *
 *     dispatch --CTA--> SMs <==> noc <==> L2 slices <--> HBM channels
 *                                 ^==> fabric router ==> (other chips)
 */
#ifndef HW_CHIP_DYNAMIC_CHIP_SC_H
#define HW_CHIP_DYNAMIC_CHIP_SC_H

#include "hw/cache/l2_slice_sc.h"
#include "hw/dispatch/dispatcher_sc.h"
#include "hw/hbm/frfcfs_sc.h"
#include "hw/link/fabric_router_sc.h"
#include "hw/noc/vc_network_sc.h"
#include "hw/sm/sm_sc.h"

extern "C" {
#include "hw/chip/dynamic_chip.h"
}

namespace bpsim
{

class dynamic_chip_sc : public sc_core::sc_module
{
  public:
    dynamic_chip_sc(const sc_core::sc_module_name &name, dynamic_chip *core, run_control &run, bool never_sleep);

    dynamic_chip *core() const
    {
        return core_;
    }

    clock_domain domain;
    std::unique_ptr<dispatcher_sc> dispatch;
    std::unique_ptr<vc_network_sc> noc;
    std::vector<std::unique_ptr<sm_sc>> sms;
    std::vector<std::unique_ptr<l2_slice_sc>> slices;
    std::vector<std::unique_ptr<frfcfs_sc>> channels;
    std::unique_ptr<fabric_router_sc> fabric; /* none: a server of one chip */

    ~dynamic_chip_sc() override;

  private:
    class stat_clerk;

    void make(uint64_t shuffle);
    void bind_network();
    void bind_control();

    clock_part &memory_; /* of the domain: the channels */
    dynamic_chip *core_;
    std::unique_ptr<stat_clerk> clerk_;
};

} // namespace bpsim

#endif
