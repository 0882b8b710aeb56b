/* SPDX-License-Identifier: Apache-2.0 */
/* protocol_vi.c - vi: write-through L1s without allocation on stores, copies dropped at acquires; the home is the
 * point of coherence and keeps no list of sharers. */
#include "hw/cache/protocol.h"

#define NO_MESSAGES                                                                                                    \
    [L1_ON_INVALIDATE] = NEVER, [L1_ON_FORWARD_READ] = NEVER, [L1_ON_FORWARD_READ_EX] = NEVER,                         \
    [L1_ON_DATA_EX] = NEVER, [L1_ON_UPGRADE_ACK] = NEVER, [L1_ON_PUT_ACK] = NEVER
#define NO_ANSWERS [L1_ON_WRITE_ACK] = NEVER, [L1_ON_ATOMIC_ACK] = NEVER, [L1_ON_POLL_VALUE] = NEVER
/* Counter lines are never read otherwise, so they have no copy. */
#define NO_COUNTERS [L1_ON_ATOMIC] = NEVER, [L1_ON_POLL] = NEVER

const struct l1_protocol l1_vi = {
    .name = "vi",
    .states = 1u << L1_I | 1u << L1_PASS | 1u << L1_V | 1u << L1_IV | 1u << L1_VV,
    .row = {
        [L1_I] = {[L1_ON_LOAD] = GO(L1_IV, L1_DO_ALLOCATE, L1_DO_READ),
                  [L1_ON_LOAD_SECTOR] = NEVER,
                  [L1_ON_LOAD_BYPASS] = GO(L1_I, L1_DO_READ_PASS),
                  [L1_ON_STORE] = GO(L1_I, L1_DO_WRITE),
                  [L1_ON_STORE_THROUGH] = GO(L1_I, L1_DO_WRITE),
                  [L1_ON_ATOMIC] = GO(L1_I, L1_DO_ATOMIC),
                  [L1_ON_POLL] = GO(L1_I, L1_DO_POLL),
                  [L1_ON_EVICT] = NEVER,
                  [L1_ON_ACQUIRE] = STAY(L1_I),
                  [L1_ON_HOST] = STAY(L1_I),
                  [L1_ON_DATA] = NEVER,
                  NO_MESSAGES,
                  NO_ANSWERS},
        [L1_PASS] = {[L1_ON_LOAD] = GO(L1_PASS, L1_DO_READ_PASS),
                     [L1_ON_LOAD_SECTOR] = NEVER,
                     [L1_ON_LOAD_BYPASS] = GO(L1_PASS, L1_DO_READ_PASS),
                     [L1_ON_STORE] = GO(L1_PASS, L1_DO_WRITE),
                     [L1_ON_STORE_THROUGH] = GO(L1_PASS, L1_DO_WRITE),
                     [L1_ON_ATOMIC] = GO(L1_PASS, L1_DO_ATOMIC),
                     [L1_ON_POLL] = GO(L1_PASS, L1_DO_POLL),
                     [L1_ON_EVICT] = NEVER,
                     [L1_ON_ACQUIRE] = STAY(L1_PASS),
                     [L1_ON_HOST] = STAY(L1_PASS),
                     [L1_ON_DATA] = GO(L1_PASS, L1_DO_COMPLETE, L1_DO_RELEASE),
                     NO_MESSAGES,
                     [L1_ON_WRITE_ACK] = GO(L1_PASS, L1_DO_ANSWER),
                     [L1_ON_ATOMIC_ACK] = GO(L1_PASS, L1_DO_ANSWER),
                     [L1_ON_POLL_VALUE] = GO(L1_PASS, L1_DO_ANSWER)},
        [L1_V] = {[L1_ON_LOAD] = GO(L1_V, L1_DO_HIT),
                  [L1_ON_LOAD_SECTOR] = GO(L1_VV, L1_DO_READ),
                  [L1_ON_LOAD_BYPASS] = GO(L1_V, L1_DO_READ_PASS),
                  [L1_ON_STORE] = GO(L1_V, L1_DO_UPDATE, L1_DO_WRITE),
                  [L1_ON_STORE_THROUGH] = GO(L1_V, L1_DO_UPDATE, L1_DO_WRITE),
                  NO_COUNTERS,
                  [L1_ON_EVICT] = GO(L1_I, L1_DO_DROP),
                  [L1_ON_ACQUIRE] = GO(L1_I, L1_DO_LOSE),
                  [L1_ON_HOST] = GO(L1_I, L1_DO_DROP),
                  [L1_ON_DATA] = NEVER,
                  NO_MESSAGES,
                  NO_ANSWERS},
        /* A store or an acquire while a read is under way: its data may be older. It answers who asked before and is
         * not kept; who asks after that starts anew. */
        [L1_IV] = {[L1_ON_LOAD] = GO(L1_IV, L1_DO_MERGE),
                   [L1_ON_LOAD_SECTOR] = NEVER,
                   [L1_ON_LOAD_BYPASS] = GO(L1_IV, L1_DO_READ_PASS),
                   [L1_ON_STORE] = GO(L1_I, L1_DO_DETACH, L1_DO_DROP, L1_DO_WRITE),
                   [L1_ON_STORE_THROUGH] = GO(L1_I, L1_DO_DETACH, L1_DO_DROP, L1_DO_WRITE),
                   NO_COUNTERS,
                   [L1_ON_EVICT] = NEVER,
                   [L1_ON_ACQUIRE] = GO(L1_I, L1_DO_DETACH, L1_DO_LOSE),
                   [L1_ON_HOST] = NEVER,
                   [L1_ON_DATA] = GO(L1_V, L1_DO_FILL, L1_DO_COMPLETE, L1_DO_RELEASE),
                   NO_MESSAGES,
                   NO_ANSWERS},
        [L1_VV] = {[L1_ON_LOAD] = GO(L1_VV, L1_DO_HIT),
                   [L1_ON_LOAD_SECTOR] = GO(L1_VV, L1_DO_MERGE),
                   [L1_ON_LOAD_BYPASS] = GO(L1_VV, L1_DO_READ_PASS),
                   [L1_ON_STORE] = GO(L1_V, L1_DO_DETACH, L1_DO_UPDATE, L1_DO_WRITE),
                   [L1_ON_STORE_THROUGH] = GO(L1_V, L1_DO_DETACH, L1_DO_UPDATE, L1_DO_WRITE),
                   NO_COUNTERS,
                   [L1_ON_EVICT] = NEVER,
                   [L1_ON_ACQUIRE] = GO(L1_I, L1_DO_DETACH, L1_DO_LOSE),
                   [L1_ON_HOST] = NEVER,
                   [L1_ON_DATA] = GO(L1_V, L1_DO_FILL, L1_DO_COMPLETE, L1_DO_RELEASE),
                   NO_MESSAGES,
                   NO_ANSWERS},
    }};

#define NO_DIRECTORY                                                                                                   \
    [HOME_ON_READ_OTHERS] = NEVER, [HOME_ON_READ_EX] = NEVER, [HOME_ON_READ_EX_OTHERS] = NEVER,                        \
    [HOME_ON_UPGRADE] = NEVER, [HOME_ON_UPGRADE_OTHERS] = NEVER, [HOME_ON_WRITE_OTHERS] = NEVER,                       \
    [HOME_ON_PUT] = NEVER, [HOME_ON_PUT_CLEAN] = NEVER, [HOME_ON_PUT_STALE] = NEVER, [HOME_ON_EVICT_OTHERS] = NEVER,   \
    [HOME_ON_INVALIDATE_ACK] = NEVER, [HOME_ON_LAST_ACK] = NEVER, [HOME_ON_OWNER_DATA] = NEVER

const struct home_protocol home_vi = {
    .name = "vi",
    .states = 1u << HOME_N | 1u << HOME_V | 1u << HOME_F,
    .row = {
        [HOME_N] = {[HOME_ON_MISS] = GO(HOME_F, HOME_DO_ALLOCATE, HOME_DO_FETCH),
                    [HOME_ON_READ] = NEVER,
                    [HOME_ON_WRITE] = GO(HOME_V, HOME_DO_ALLOCATE, HOME_DO_WRITE, HOME_DO_WRITE_ACK),
                    [HOME_ON_ATOMIC] = GO(HOME_N, HOME_DO_ATOMIC),
                    [HOME_ON_POLL] = GO(HOME_N, HOME_DO_POLL),
                    [HOME_ON_EVICT] = NEVER,
                    [HOME_ON_HOST] = STAY(HOME_N),
                    [HOME_ON_FILL] = NEVER,
                    NO_DIRECTORY},
        [HOME_V] = {[HOME_ON_MISS] = GO(HOME_F, HOME_DO_FETCH),
                    [HOME_ON_READ] = GO(HOME_V, HOME_DO_DATA),
                    [HOME_ON_WRITE] = GO(HOME_V, HOME_DO_WRITE, HOME_DO_WRITE_ACK),
                    [HOME_ON_ATOMIC] = NEVER,
                    [HOME_ON_POLL] = NEVER,
                    [HOME_ON_EVICT] = GO(HOME_N, HOME_DO_FREE),
                    [HOME_ON_HOST] = GO(HOME_V, HOME_DO_STALE),
                    [HOME_ON_FILL] = NEVER,
                    NO_DIRECTORY},
        [HOME_F] = {[HOME_ON_MISS] = NEVER,
                    [HOME_ON_READ] = WAIT,
                    [HOME_ON_WRITE] = WAIT,
                    [HOME_ON_ATOMIC] = NEVER,
                    [HOME_ON_POLL] = NEVER,
                    [HOME_ON_EVICT] = NEVER,
                    [HOME_ON_HOST] = NEVER,
                    [HOME_ON_FILL] = GO(HOME_V, HOME_DO_FILL, HOME_DO_REPLAY),
                    NO_DIRECTORY},
    }};
