/* SPDX-License-Identifier: Apache-2.0 */
/* grace.c - cuts off a process that does not end when told to.
 *
 * Global state: a process has one real-time timer. The handler only counts, and calls _exit. */
#include "sim/cli/grace.h"

#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "sim/base/error.h"
#include "sim/base/progress.h"

static volatile sig_atomic_t seconds_left;

static void on_timer(int signal_number)
{
    (void)signal_number;
    int pending = interrupt_pending();
    if (pending == SIM_OK) {
        return;
    }
    if (seconds_left == 0) {
        _exit(sim_exit_code(pending));
    }
    seconds_left = seconds_left - 1;
}

void grace_begin(uint32_t seconds)
{
    struct sigaction action;
    const struct itimerval every_second = {{1, 0}, {1, 0}};
    seconds_left = (sig_atomic_t)seconds;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_timer;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &every_second, NULL);
}
