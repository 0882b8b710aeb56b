/* SPDX-License-Identifier: Apache-2.0 */
/* protocol.c - names and properties of states, events and actions. */
#include "hw/cache/protocol.h"

#include "sim/base/dynamic_params.h"
#include "sim/base/error.h"

#define X(id, flags) #id,
const char *const l1_state_names[L1_STATE_COUNT] = {L1_STATES(X)};
const char *const home_state_names[HOME_STATE_COUNT] = {HOME_STATES(X)};
const char *const l1_action_names[L1_ACTION_COUNT] = {L1_ACTIONS(X)};
#undef X
#define X(id) #id,
const char *const l1_event_names[L1_EVENT_COUNT] = {L1_EVENTS(X)};
const char *const home_event_names[HOME_EVENT_COUNT] = {HOME_EVENTS(X)};
const char *const home_action_names[HOME_ACTION_COUNT] = {HOME_ACTIONS(X)};
#undef X
#define X(id, flags) flags,
const uint8_t l1_state_flags[L1_STATE_COUNT] = {L1_STATES(X)};
const uint8_t home_state_flags[HOME_STATE_COUNT] = {HOME_STATES(X)};
const uint8_t l1_action_needs[L1_ACTION_COUNT] = {L1_ACTIONS(X)};
#undef X

static const struct {
    const struct l1_protocol *l1;
    const struct home_protocol *home;
} protocols[] = {[PROTOCOL_VI] = {&l1_vi, &home_vi}, [PROTOCOL_MESI] = {&l1_mesi, &home_mesi}};

const struct l1_protocol *l1_protocol_of(uint32_t protocol)
{
    SIM_CHECK(protocol < sizeof protocols / sizeof protocols[0], "protocol %u", protocol);
    return protocols[protocol].l1;
}

const struct home_protocol *home_protocol_of(uint32_t protocol)
{
    SIM_CHECK(protocol < sizeof protocols / sizeof protocols[0], "protocol %u", protocol);
    return protocols[protocol].home;
}
