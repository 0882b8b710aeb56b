/* SPDX-License-Identifier: Apache-2.0 */
/* account.c - names of causes, classes and link types. */
#include "sim/base/account.h"

const char *const cause_names[CAUSE_COUNT] = {
#define X(id, name) name,
    ACCOUNT_CAUSES(X)
#undef X
};

const char *const class_names[CLASS_COUNT] = {
#define X(id, name) name,
    ACCOUNT_CLASSES(X)
#undef X
};

const char *const link_type_names[LINK_TYPES] = {
    [LINK_LOCAL] = "local", [LINK_NOC] = "noc", [LINK_CHIP] = "chip", [LINK_ADDER] = "adder"};
