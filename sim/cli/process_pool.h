/* SPDX-License-Identifier: Apache-2.0 */
/* process_pool.h - this program run again and again, a few at a time, each with what it hands back.
 *
 *     parent --argv--> child: fd 3 = what it hands over, fd 2 = what it says; fd 1 is not its own
 *
 * Each child is a process group of its own, so a Ctrl-C on the terminal reaches only the parent, which
 * passes it on once. A child ends with its parent. The order of children decides nothing but who
 * begins first. */
#ifndef SIM_CLI_PROCESS_POOL_H
#define SIM_CLI_PROCESS_POOL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "sim/base/diag.h"
#include "sim/base/text.h"

#define POOL_FD 3 /* in the child: where it hands its result over */

struct pool_child {
    char **argv; /* NULL-terminated; the caller's */
    const char *name;
    pid_t pid;    /* 0: not begun */
    int pipes[2]; /* result, messages; -1: closed */
    struct text received[2];
    bool ended;
    int exit_code; /* 128 + signal when a signal ended it; meaningful once ended */
    double cpu_seconds;
    uint64_t peak_bytes;
};

struct pool {
    struct pool_child *children;
    size_t n;
    uint32_t jobs;
    bool forward; /* pass complete lines of messages on at once, with the child's name before them */
    /* called after each end; may be NULL */
    void (*on_end)(void *self, size_t ended);
    void *self;
};

/* Runs all; after an interruption those under way are told and waited for, no more begin. 0,
 * SIM_ERR_INTERRUPTED, SIM_ERR_TERMINATED, or SIM_ERR_IO when no process can be made. */
int pool_run(struct pool *p, struct diag *d);

/* In a child: end with the parent. */
void pool_child_begin(void);

#endif
