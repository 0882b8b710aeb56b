/* SPDX-License-Identifier: Apache-2.0 */
/* access.h - a memory access as a trace names it: who, what, where, and not before when.
 *
 *     17 3 r 1a40 8       requester 3 reads 8 bytes at 0x1a40, not before cycle 17 of the run
 *      - 3 w 1a40         and then writes 4 there, as soon as that has completed
 *
 * Accesses of one requester are issued in order. Plain data; docs/formats/access-trace.md. */
#ifndef SIM_KERNEL_ACCESS_H
#define SIM_KERNEL_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#define ACCESS_MEMORY    (UINT64_C(1) << 32) /* bytes that an address may name */
#define ACCESS_SIZE      4096u               /* bytes of an access, at most */
#define ACCESS_CYCLES    (UINT64_C(1) << 32) /* cycles are below */
#define ACCESS_REQUESTER 65535u

struct memory_access {
    uint64_t cycle; /* not before */
    uint32_t address, size;
    uint32_t source; /* line of the trace */
    uint16_t requester;
    bool write;
    bool dependent; /* not before the requester's previous access has completed; `cycle` says nothing */
};

#endif
