/* SPDX-License-Identifier: Apache-2.0 */
/* main_sc.cpp - way into the program. SystemC wants to be called first, and quietly. */
#include <cstdlib>

#include <systemc>

#include "sim/cli/commands.h"

int sc_main(int argc, char **argv)
{
    return commands_main(argc, argv);
}

int main(int argc, char **argv)
{
    setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
    return sc_core::sc_elab_and_sim(argc, argv);
}
