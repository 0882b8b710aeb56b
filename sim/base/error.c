/* SPDX-License-Identifier: Apache-2.0 */
/* error.c - exit codes and the end of a model that broke its own rule. */
#include "sim/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int sim_exit_code(int error)
{
    switch (error) {
    case SIM_OK:
        return 0;
    case SIM_ERR_INPUT:
        return 2;
    case SIM_ERR_BUILD:
        return 3;
    case SIM_ERR_STUCK:
        return 4;
    case SIM_ERR_VIOLATION:
        return 5;
    case SIM_ERR_INTERRUPTED:
        return 130;
    case SIM_ERR_TERMINATED:
        return 143;
    default:
        return 1;
    }
}

void sim_check_failed(const char *file, int line, const char *cond, const char *fmt, ...)
{
    va_list args;
    fflush(stdout);
    fprintf(stderr, "bpsim: %s:%d: rule broken: %s: ", file, line, cond);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
    abort();
}
