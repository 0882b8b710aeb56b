/* SPDX-License-Identifier: Apache-2.0 */
/* block_main_sc.cpp - runs the case named on the command line: SystemC elaborates once per process. */
#include <cstdlib>

#include <systemc>

extern "C" int block_case(const char *name);

int sc_main(int argc, char **argv)
{
    return argc == 2 ? block_case(argv[1]) : 2;
}

int main(int argc, char **argv)
{
    setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
    return sc_core::sc_elab_and_sim(argc, argv);
}
