/* SPDX-License-Identifier: Apache-2.0 */
/* account.h - the closed lists of accounting: what a unit-cycle was, what a byte on a link was.
 *
 * Order and spelling are contract (results.json, idle.csv). A unit's causes sum to the makespan. */
#ifndef SIM_BASE_ACCOUNT_H
#define SIM_BASE_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#define ACCOUNT_CAUSES(X)                                                                                              \
    X(COMPUTE_USEFUL, "compute.useful")                                                                                \
    X(COMPUTE_PADDING, "compute.padding")                                                                              \
    X(MEMORY_L1, "memory.l1")                                                                                          \
    X(MEMORY_L2, "memory.l2")                                                                                          \
    X(MEMORY_DRAM, "memory.dram")                                                                                      \
    X(NETWORK_NOC, "network.noc")                                                                                      \
    X(NETWORK_LINK, "network.link")                                                                                    \
    X(COHERENCE, "coherence")                                                                                          \
    X(CONTROL_ISSUE, "control.issue")                                                                                  \
    X(CONTROL_LAUNCH, "control.launch")                                                                                \
    X(CONTROL_DISPATCH, "control.dispatch")                                                                            \
    X(CONTROL_TOGGLE, "control.toggle")                                                                                \
    X(CONTROL_GUARD, "control.guard")                                                                                  \
    X(IMBALANCE, "imbalance")                                                                                          \
    X(DEPENDENCY, "dependency")                                                                                        \
    X(NO_WORK, "no_work")

enum cause {
#define X(id, name) CAUSE_##id,
    ACCOUNT_CAUSES(X)
#undef X
        CAUSE_COUNT
};

#define ACCOUNT_CLASSES(X)                                                                                             \
    X(DATA, "data") X(REQUEST, "request") X(COHERENCE, "coherence") X(SYNC, "sync") X(CONTROL, "control")

enum traffic_class {
#define X(id, name) CLASS_##id,
    ACCOUNT_CLASSES(X)
#undef X
        CLASS_COUNT
};

/* adder: the adders of a switch, a link from it to itself; like a local link it moves nothing over a distance. */
enum link_type { LINK_LOCAL, LINK_NOC, LINK_CHIP, LINK_ADDER, LINK_TYPES };

/* Over a distance: its bytes are byte-hops. */
static inline bool link_moves(enum link_type type)
{
    return type == LINK_NOC || type == LINK_CHIP;
}

extern const char *const cause_names[CAUSE_COUNT];
extern const char *const class_names[CLASS_COUNT];
extern const char *const link_type_names[LINK_TYPES];

/* One link and one class. wire bytes = payload + header + padding + retry. */
struct link_account {
    uint64_t payload;
    uint64_t header;
    uint64_t padding;
    uint64_t retry;
    uint64_t entered; /* wire bytes that began to enter; link law: entered = left + in flight */
    uint64_t left;
    uint64_t busy_cycles;
    uint64_t peak_queue; /* bytes waiting at the link's staging buffer, at most */
};

struct unit_account {
    uint64_t cycles[CAUSE_COUNT];
    uint64_t on_cycles; /* cycles in which the unit's bit is 1 */
};

#endif
