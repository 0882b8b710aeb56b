/* SPDX-License-Identifier: Apache-2.0 */
#include "hw/cache/protocol.h"
const struct l1_protocol l1_mesi = {.name = "mesi"};
const struct home_protocol home_mesi = {.name = "mesi", .directory = true};
