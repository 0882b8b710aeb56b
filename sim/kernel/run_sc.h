/* SPDX-License-Identifier: Apache-2.0 */
/* run_sc.h - SystemC set up for us, and the loop that runs it in windows.
 *
 * run_prepare: before any sc_time: 1 fs resolution, and reports go to stderr (warnings and worse), never to
 * stdout. run_windows: runs until `control.done`, a fault, an interrupt or the watchdog; between windows
 * it looks at signals and at progress. */
#ifndef SIM_KERNEL_RUN_SC_H
#define SIM_KERNEL_RUN_SC_H

#include <cstdint>
#include <functional>

extern "C" {
#include "sim/kernel/run_control.h"
}

namespace bpsim
{

void run_prepare();

struct run_limits {
    uint64_t window_fs;
    uint64_t watchdog_windows;          /* windows without progress */
    std::function<uint64_t()> progress; /* grows while the machine moves */
};

/* 0 (done, or a fault is noted), SIM_ERR_STUCK, SIM_ERR_INTERRUPTED or SIM_ERR_TERMINATED. */
int run_windows(run_control &control, const run_limits &limits);

} // namespace bpsim

#endif
