/* SPDX-License-Identifier: Apache-2.0 */
/* aborts.h - for tests of broken rules. */
#ifndef TESTS_UNIT_KERNEL_ABORTS_H
#define TESTS_UNIT_KERNEL_ABORTS_H

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Does fn end the process by abort()? */
static inline bool aborts(void (*fn)(void *), void *arg)
{
    pid_t child = fork();
    if (child == 0) {
        (void)!freopen("/dev/null", "w", stderr);
        signal(SIGABRT, SIG_DFL);
        fn(arg);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

#endif
