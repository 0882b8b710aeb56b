/* SPDX-License-Identifier: Apache-2.0 */
/* memory_result.h - what a replay of memory accesses came to (bpsim mem, bpsim micro). Plain numbers. */
#ifndef SIM_STATS_MEMORY_RESULT_H
#define SIM_STATS_MEMORY_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#define MEMORY_COUNTS 32u

struct memory_count {
    const char *name; /* lives as long as the program */
    uint64_t n;
};

struct memory_result {
    uint64_t requests;     /* accesses of lines: one that crosses lines counts for each */
    uint64_t hits, misses; /* hit: completed by the L1 alone */
    struct memory_count by_state[MEMORY_COUNTS];
    uint32_t n_states;
    struct memory_count messages[MEMORY_COUNTS];
    uint32_t n_messages;
    uint64_t invalidations; /* messages */
    uint64_t writebacks;    /* modified lines that an L1 or a slice gave up */
    struct {
        uint64_t reads, writes;               /* requests: lines or parts of them */
        uint64_t read_columns, write_columns; /* bursts moved */
        uint64_t row_hits, row_misses;        /* of these columns */
        uint64_t refreshes;
    } dram;
    uint64_t cycles;      /* to the end of the last access */
    uint64_t latency_sum; /* cycles from the first attempt of an access to its end */
    uint64_t completed;   /* requests that are in the sums */
    struct {
        uint64_t requests, latency; /* as above, of the accesses that memory_run_options.tail names */
        uint64_t from, to;          /* first attempt of the first, end of the last */
    } tail;
    bool interrupted;
};

#endif
