/* SPDX-License-Identifier: Apache-2.0 */
/* build_machine.h - a machine from numbers that can be built; what is said against them goes to stderr. */
#ifndef TESTS_UNIT_MACHINE_BUILD_MACHINE_H
#define TESTS_UNIT_MACHINE_BUILD_MACHINE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/base/error.h"
#include "sim/machine/machine.h"
#include "sim/machine/machine_spec.h"

static inline void build(struct machine *m, const struct machine_spec *s)
{
    struct diag d;
    diag_init(&d);
    int error = machine_build_from(m, s, &d);
    diag_print(&d, stderr);
    diag_free(&d);
    assert_int_equal(error, SIM_OK);
}

#endif
