/* SPDX-License-Identifier: Apache-2.0 */
/* noc_cases.c - bursts on the slot network. */
#include <stdio.h>

#include "sim/base/error.h"
#include "sim/base/text.h"
#include "tests/block/block_cases.h"
#include "tests/block/block_server.h"

struct pair {
    uint32_t sent, out;
    uint64_t finish, usable;
};

/* Unit 0 computes, sends to unit 3 at once, unit 3 starts `slack` cycles after the last flit (may be negative). */
static struct pair two_units(struct block *b, int64_t slack)
{
    struct pair p;
    p.finish = block_op(b, block_task(b, 0, 10, NULL, 0, &p.sent), 0, BLOCK_LAUNCH);
    p.usable = block_send(b, p.sent, 0, 3, p.finish);
    uint32_t task = block_task(b, 0, 10, &p.sent, 1, &p.out);
    block_program(b)->makespan = block_op(b, task, 3, (uint64_t)((int64_t)p.usable + slack));
    return p;
}

/* Two links lie between opposite corners of a mesh of 2x2, and between the leaves of a tree; local links take 2 cycles
 * in and 1 out, others 2. */
static void empty_path(uint32_t noc, uint64_t links, uint64_t flit_hops)
{
    struct block b;
    block_init(&b, noc, 1, "list");
    struct pair p = two_units(&b, 0);
    uint32_t flits = BLOCK_CHUNK / 64;
    block_equal("error", (uint64_t)-block_run(&b), 0);
    if (block_failures)
        diag_print(&b.diag, stdout);
    block_equal("latency", p.usable - p.finish, 2 + 2 * links + 1 + flits - 1);
    block_equal("latency of the machine's closed form", p.usable - p.finish,
                machine_path_latency(&b.m, machine_unit_endpoint(&b.m, 0), machine_unit_endpoint(&b.m, 3), flits));
    block_equal("makespan", b.result.makespan_cycles, p.usable + 11);
    block_equal("waiting for the producer", block_cause(&b, 3, CAUSE_DEPENDENCY), p.finish - BLOCK_LAUNCH);
    block_equal("waiting for the network", block_cause(&b, 3, CAUSE_NETWORK_NOC), p.usable - p.finish);
    block_equal("flit-hops", block_event(&b, "flit_hops"), flit_hops);
    block_equal("injected", b.result.injected - 4, BLOCK_CHUNK);
    block_equal("byte-hops", b.result.byte_hops - 4, flit_hops * 64);
    block_free(&b);
}

void a_burst_on_an_empty_mesh_takes_its_links_and_flits(void)
{
    empty_path(NOC_MESH, 2, 16);
}

void a_burst_on_an_empty_torus_takes_its_links_and_flits(void)
{
    empty_path(NOC_TORUS, 2, 16);
}

void a_burst_on_an_empty_ring_takes_its_links_and_flits(void)
{
    empty_path(NOC_RING, 1, 8);
}

void a_burst_on_an_empty_crossbar_takes_its_links_and_flits(void)
{
    empty_path(NOC_CROSSBAR, 0, 0);
}

void a_burst_on_an_empty_flattened_butterfly_takes_its_links_and_flits(void)
{
    empty_path(NOC_FLATFLY, 2, 16);
}

void a_burst_on_an_empty_fat_tree_takes_its_links_and_flits(void)
{
    empty_path(NOC_FAT_TREE, 2, 16);
}

void a_burst_on_an_empty_partitioned_crossbar_takes_its_links_and_flits(void)
{
    empty_path(NOC_PARTITIONED, 1, 8);
}

void an_input_that_comes_a_cycle_late_stops_the_run(void)
{
    struct block b;
    block_init(&b, NOC_MESH, 1, "list");
    struct pair p = two_units(&b, -1);
    struct text words = {0};
    block_equal("error", (uint64_t)-block_run(&b), (uint64_t)-SIM_ERR_VIOLATION);
    text_printf(&words, "chip0.unit3: cycle %llu: task 1 needs chunk 0", (unsigned long long)p.usable - 1);
    block_says(&b, words.s);
    text_free(&words);
    block_free(&b);
}

void two_bursts_in_one_slot_stop_the_run(void)
{
    struct block b;
    uint32_t x, y;
    block_init(&b, NOC_MESH, 1, "list");
    uint64_t end = block_op(&b, block_task(&b, 0, 10, NULL, 0, &x), 0, BLOCK_LAUNCH);
    block_op(&b, block_task(&b, 0, 10, NULL, 0, &y), 2, BLOCK_LAUNCH);
    /* 0 -> 1 -> 3 and 2 -> 3 meet at unit 3; the second one comes while the first is leaving. */
    uint64_t usable = block_send(&b, x, 0, 3, end);
    block_send(&b, y, 2, 3, end + 3);
    block_program(&b)->makespan = usable + 20;
    block_equal("error", (uint64_t)-block_run(&b), (uint64_t)-SIM_ERR_VIOLATION);
    block_says(&b, "the link is taken by another burst");
    block_free(&b);
}

void a_burst_that_misses_its_slot_stops_the_run(void)
{
    struct block b;
    block_init(&b, NOC_MESH, 1, "list");
    two_units(&b, 5);
    struct sched_program *p = block_program(&b);
    for (size_t i = 2; i < p->n_hops; i++) /* as if a link were a cycle slower */
        p->hops[i].start++;
    block_equal("error", (uint64_t)-block_run(&b), (uint64_t)-SIM_ERR_VIOLATION);
    block_says(&b, "the burst is not here in its slot");
    block_free(&b);
}

/* k bursts one behind the other: the link is busy in every cycle, a flit each. */
void bursts_back_to_back_use_the_width_of_the_link(void)
{
    struct block b;
    uint32_t chunk[10];
    uint64_t end = BLOCK_LAUNCH, at = 0, usable = 0;
    block_init(&b, NOC_MESH, 1, "list");
    for (int i = 0; i < 10; i++)
        end = block_op(&b, block_task(&b, 0, 4, NULL, 0, &chunk[i]), 0, end);
    at = end;
    for (int i = 0; i < 10; i++, at += BLOCK_CHUNK / 64)
        usable = block_send(&b, chunk[i], 0, 1, at);
    block_program(&b)->makespan = usable;
    block_equal("error", (uint64_t)-block_run(&b), 0);
    block_equal("last byte", usable, end + 2 + 2 + 1 + 10 * BLOCK_CHUNK / 64 - 1);
    uint64_t busy = 0;
    for (size_t i = 0; i < b.result.n_links; i++)
        if (b.result.links[i].type == LINK_NOC)
            busy += b.result.links[i].classes[CLASS_DATA].busy_cycles;
    block_equal("busy", busy, 10 * BLOCK_CHUNK / 64);
    block_free(&b);
}
