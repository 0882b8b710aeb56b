/* SPDX-License-Identifier: Apache-2.0 */
/* dot_chip.h - the network of a chip as a drawing, whichever machine's it is; private to sim/machine.
 *
 *     fill in a struct dot_chip --> dot_chip_draw, any number of times --> dot_chip_free */
#ifndef SIM_MACHINE_DOT_CHIP_H
#define SIM_MACHINE_DOT_CHIP_H

#include "sim/base/mem.h"
#include "sim/machine/dot_places.h"
#include "sim/machine/topology.h"

struct dot_chip_end {
    char *name, *label, *tip; /* tip: or NULL */
    enum dot_shape shape;
    bool dotted;
};

struct dot_chip {
    struct arena *arena; /* of the names and latencies */
    char *prefix;        /* of its routers: "chip0." */
    const struct topology *wires;
    struct fraction rate;
    uint32_t *latency;     /* of each of its links between routers, in cycles */
    uint32_t enter, leave; /* of the links from and to an endpoint */
    VEC(struct dot_end, ends);
    VEC(struct dot_chip_end, looks); /* of each */
};

/* Routers, endpoints and an edge for each pair of links between them. at: NULL, or gets the places of the endpoints. */
void dot_chip_draw(struct dot *d, const struct dot_chip *c, struct dot_point origin, struct dot_point *at);
/* "mesh, 4 x 4 routers; a line is a link each way, 128 B/clk, ..." */
void dot_chip_legend(const struct dot_chip *c, struct text *out);

/* name: "unit3". Returns its looks, to be changed before the next one is added. */
struct dot_chip_end *dot_chip_add(struct dot_chip *c, uint32_t router, enum dot_side side, bool second,
                                  enum dot_shape shape, const char *name);
void dot_chip_free(struct dot_chip *c);

#endif
