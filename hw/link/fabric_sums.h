/* SPDX-License-Identifier: Apache-2.0 */
/* fabric_sums.h - a switch that is the home of lines: it reads a line of several chips and answers with the sum, and
 * stores a line in several chips (NVLink SHARP: multimem.ld_reduce, multimem.st).
 *
 *     READ of chip 0  --> [place] --READ--> chips of the group        WRITE of chip 0 --> [place] --WRITE--> chips
 *     DATA of chip 1  --> [partials]                                  WRITE_ACK       --> counted, the last one answers
 *     DATA of chip 0  --> [partials] ==> adders --DATA--> chip 0
 *
 * Part of a fabric router without ports: packets that are addressed to the switch come to its output number `links`,
 * what it sends stands in sources of its own and goes out like what comes from links. A request waits in its queue
 * until a place is free; answers have theirs since the request was sent. The adders take a line of all partials at a
 * time, in the order in which lines become whole, and add in the order of the group. Where the group's members are
 * switches (leaves of a spine), each is asked like a chip. docs/model/fabric.md, docs/adr/0099.
 *
 * Cycle: 1. answers; 2. sums that leave the adders; 3. requests, round robin over the queues. */
#ifndef HW_LINK_FABRIC_SUMS_H
#define HW_LINK_FABRIC_SUMS_H

#include "hw/link/fabric_router.h"
#include "sim/kernel/link_probe.h"

/* Whom the switch asks for a group, ascending: nodes it has links to. None: the group is not of this switch. */
struct fabric_group {
    uint32_t n;
    const uint16_t *members;
};

struct fabric_sums_params {
    const char *id;       /* switch0.adder */
    struct fraction rate; /* bytes a cycle that the adders take of each partial */
    uint32_t latency;     /* cycles from the last addition until the sum is ready to leave */
    uint32_t places;      /* lines that are gathered at a time, and as many stores under way */
    uint32_t n_groups;
    const struct fabric_group *groups;
};

struct fabric_sums_stat {
    uint64_t sums;                            /* lines */
    uint64_t delivered, injected, replicated; /* payload: partials taken, sums sent, copies of stores */
    struct link_account account;              /* of the adders: of each sum one partial */
};

/* What the params point to stays the caller's; `launch`: when the repeat began, for faults and the waveform. */
struct fabric_sums *fabric_sums_new(const struct fabric_sums_params *p, const struct slot_counter *launch);
void fabric_sums_free(struct fabric_sums *s);
/* Packets of a virtual network that the switch may have to send at a time. */
uint32_t fabric_sums_places(const struct fabric_sums *s, enum virtual_network vn);
/* Before the outputs of the cycle are served. */
void fabric_sums_eval(struct fabric_router *r, uint64_t cycle);
/* An answer has left: its place is free. */
void fabric_sums_left(struct fabric_sums *s, const struct message *m);
/* Afterwards: the next cycle in which it has something to do by itself, CYCLE_NEVER: none. */
uint64_t fabric_sums_next(const struct fabric_router *r, uint64_t cycle);
bool fabric_sums_idle(const struct fabric_sums *s);
const struct fabric_sums_stat *fabric_sums_stat_of(const struct fabric_sums *s);
void fabric_sums_stat_clear(struct fabric_sums *s, uint64_t cycle);
void fabric_sums_show(struct fabric_sums *s, const struct probe *probe);
void fabric_sums_show_end(struct fabric_sums *s);
/* What waits for what. */
void fabric_sums_dump(const struct fabric_router *r, uint64_t cycle, struct diag *d);

#endif
