/* SPDX-License-Identifier: Apache-2.0 */
/* vc_lines.h - routers whose ports are a line of the host's cache each; private to hw/noc.
 *
 *     line    [ fronts of 4 FIFOs | input VCs | output VCs | ask | want | arbiters | links ]
 *
 * So it is on a mesh of 3 or 4 VCs, with routers of up to 8 ports and FIFOs of up to 15 flits, without options: what
 * network studies are mostly about. A flit touches two lines of each router, its credit another one. Numbers have 8
 * bits, sets 32. Everybody else reads struct vc and struct vc_port, which vc_lines_show brings up to date. */
#ifndef HW_NOC_VC_LINES_H
#define HW_NOC_VC_LINES_H

#include "hw/noc/vc_state.h"

#define LINE_VCS     4u
#define LINE_SHIFT   2u
#define LINE_MASK    3u
#define LINE_CIRCLE  32u /* VC numbers of a router, at most */
#define LINE_DEPTH   15u
#define PORT_VCS     15u
#define PORT_FIRSTS  0x11111111u /* the first VC of each port */
#define TILE_AT      22u         /* shift: in `down` and `back` the tile stands above the VC */
#define VC_OF        ((1u << TILE_AT) - 1)
#define TILES_MOST   ((1u << (32 - TILE_AT)) - 1)
#define STEP_MASK    511u /* of a port's number, of those of a tile */
#define WINNER_PORT  5u   /* shift */
#define COLUMN_AT    20u  /* shift, of `here` */
#define PORT_OF      ((1u << COLUMN_AT) - 1)
#define COLUMNS_MOST (1u << (32 - COLUMN_AT))
#define FIFO_COUNT   15u   /* of `fifo`; above it where the second flit would lie, less one */
#define FIFO_SHIFT   4u    /* places of a FIFO; one that gets empty begins anew with the first */
#define FIFO_AT      4u    /* shift */
#define SENT_TO      4u    /* shift, of `sent` */
#define LINE_WAITING 0x80u /* | output port; below: the output VC that it holds */
#define LINE_IDLE    0xffu
#define LINE_NOBODY  0xffu

struct vc_line {
    uint32_t front[LINE_VCS]; /* as in struct vc, likewise up to `served`; VCs of the router by their local numbers */
    uint8_t out[LINE_VCS], fifo[LINE_VCS], took[LINE_VCS];
    uint8_t credits[LINE_VCS], owner[LINE_VCS], served[LINE_VCS];
    uint32_t ask, want; /* as in struct vc_port */
    uint8_t free;
    uint8_t passed; /* the input VC that won the switch last for this output */
    uint8_t sent; /* the VC of this input that won the switch last, 0 .. 3, and << 4 the output port to which it went */
    uint8_t lost; /* switch losses that struct vc_port does not know yet */
    uint32_t here;       /* the router's first port, and above it its column */
    uint32_t down, back; /* as in struct vc_port, with the tile above */
};
_Static_assert(sizeof(struct vc_line) == MEM_LINE, "a port is a line");

struct vc_lines {
    struct vc_line *line; /* per port */
    void *memory;
    uint32_t *flits;       /* FIFOs: input VC << FIFO_SHIFT */
    uint64_t *vc_lost;     /* per port: VC losses that struct vc_port does not know yet */
    struct vc_place *aims; /* per endpoint */
    uint16_t *grants;      /* within a step, per input port of a tile: output ports */
    uint32_t *winners;     /* within a step: heads that got an output VC with credit, port << WINNER_PORT | input VC */
};

#endif
