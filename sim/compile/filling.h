/* SPDX-License-Identifier: Apache-2.0 */
/* filling.h - how full a buffer is, and when there is room in it.
 *
 *     bytes      +-----+
 *            +---+     |   +----+          steps {from, bytes}: a step lasts until the next one, the last one for ever;
 *     -------+         +---+    +------    nothing is in the buffer before the first */
#ifndef SIM_COMPILE_FILLING_H
#define SIM_COMPILE_FILLING_H

#include "sim/base/mem.h"

struct filling_step {
    uint64_t from, bytes;
};

struct filling {
    VEC(struct filling_step, steps);
    uint64_t capacity;
    size_t last; /* step at which the last search began */
};

/* Earliest time >= earliest from which `bytes` more find room for `length` cycles. bytes <= capacity. */
uint64_t filling_find(struct filling *f, uint64_t earliest, uint64_t length, uint64_t bytes);

/* Takes `bytes` of it over [from, to), where there must be room for them (checked). from < to. */
void filling_take(struct filling *f, uint64_t from, uint64_t to, uint64_t bytes);

void filling_free(struct filling *f);

#endif
