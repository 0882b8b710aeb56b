/* SPDX-License-Identifier: Apache-2.0 */
/* main_sc.cpp - way into the program. SystemC wants to be called first, and quietly. */
#include <cstdlib>
#include <malloc.h>

#include <systemc>

#include "sim/cli/commands.h"

int sc_main(int argc, char **argv)
{
    return commands_main(argc, argv);
}

/* Large arrays are made and freed again for each candidate of a compilation: their pages are kept, which takes a fifth
 * of the time of 100,000 tasks. */
static void keep_freed_pages(void)
{
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
#endif
}

int main(int argc, char **argv)
{
    keep_freed_pages();
    setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
    return sc_core::sc_elab_and_sim(argc, argv);
}
