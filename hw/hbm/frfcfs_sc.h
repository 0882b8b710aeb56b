/* SPDX-License-Identifier: Apache-2.0 */
/* frfcfs_sc.h - HBM channel of the dynamic machine as a SystemC module: a mailbox in and out per L2 slice. */
#ifndef HW_HBM_FRFCFS_SC_H
#define HW_HBM_FRFCFS_SC_H

#include "sim/kernel/slot_counter_sc.h"

extern "C" {
#include "hw/hbm/frfcfs.h"
}

namespace bpsim
{

class frfcfs_sc : public core_box<frfcfs, frfcfs_eval, frfcfs_run>
{
  public:
    /* requests: that a slice may have outstanding; with_launch false: `launch` stays unbound (version 0). */
    frfcfs_sc(const sc_core::sc_module_name &name, clock_part &domain, frfcfs *core, uint32_t slices, uint32_t requests,
              bool with_launch = true);

    std::unique_ptr<counter_in> launch;
    std::vector<std::unique_ptr<mail_in>> in;   /* per slice: dram_request */
    std::vector<std::unique_ptr<mail_out>> out; /* per slice: dram_reply */

  private:
    void end_of_elaboration() override;
};

} // namespace bpsim

#endif
