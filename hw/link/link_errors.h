/* SPDX-License-Identifier: Apache-2.0 */
/* link_errors.h - which frames of a chip link are lost: bit errors that its code could not correct.
 *
 *     bytes that ever went onto the line  |--frame 0--|--frame 1--|--frame 2--|--
 *                                          packet A | B     | C        | D
 *     frame 1 is lost: B and C are, and nobody else
 *
 * The bytes of a link, sent once or again, are cut into frames of `frame_bytes` in the order in which they go; what the
 * line sends when it is idle is not counted. Frame k is lost when number k of the stream of (run seed, link) is below
 * `loss` (link_code.h): it depends on the link's own traffic alone. Whoever has bytes in a lost frame is lost. */
#ifndef HW_LINK_LINK_ERRORS_H
#define HW_LINK_LINK_ERRORS_H

#include <stdint.h>

#include "sim/base/rng.h"

struct link_errors {
    uint64_t loss;        /* of 2^64; 0: nothing is ever lost */
    uint32_t frame_bytes; /* 0: the link has no errors, and no machinery for them */
    uint64_t key, sent;   /* sent: bytes that ever went */
};

void link_errors_init(struct link_errors *e, uint64_t seed, const char *link);
/* The next `bytes` go onto the line: how many of their frames are lost? */
uint32_t link_errors_send(struct link_errors *e, uint64_t bytes);

#endif
