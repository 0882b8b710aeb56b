/* SPDX-License-Identifier: Apache-2.0 */
/* message.c - table of message types. */
#include "sim/kernel/message.h"

const struct message_info message_infos[MSG_COUNT] = {
#define X(id, name, vn, class_of, data) [MSG_##id] = {name, vn, class_of, data},
    MESSAGE_TYPES(X)
#undef X
};

const enum cause trail_causes[TRAIL_PLACES] = {
    [TRAIL_L1] = CAUSE_MEMORY_L1,     [TRAIL_NOC] = CAUSE_NETWORK_NOC,   [TRAIL_L2] = CAUSE_MEMORY_L2,
    [TRAIL_DRAM] = CAUSE_MEMORY_DRAM, [TRAIL_LINK] = CAUSE_NETWORK_LINK, [TRAIL_COHERENCE] = CAUSE_COHERENCE,
};
