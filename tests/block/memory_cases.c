/* SPDX-License-Identifier: Apache-2.0 */
/* memory_cases.c - the memory system alone under replays: what a broken protocol comes to. */
#include <stdio.h>
#include <string.h>

#include "hw/cache/protocol.h"
#include "hw/server/memory_server.h"
#include "sim/base/error.h"
#include "sim/cli/dynamic_choice.h"
#include "tests/block/block_cases.h"
#include "tests/block/block_server.h"

struct memory_block {
    struct job job;
    struct memory_result result;
    struct diag diag;
    struct memory_run_options options;
};

/* u0 writes, u1 reads, u0 writes again, u1 reads again: lines 1 to 4 of a trace, far apart in time. */
static int replay(struct memory_block *b, const struct l1_protocol *table)
{
    static const char *const sets[] = {"machines.dynamic.preset=gpu-today", "machines.dynamic.protocol=mesi"};
    struct memory_access accesses[4];
    for (uint32_t i = 0; i < 4; i++)
        accesses[i] = (struct memory_access) {.cycle = 5000 * i,
                                              .address = 0x1000,
                                              .size = 4,
                                              .source = i + 1,
                                              .requester = (uint16_t)(i % 2),
                                              .write = i % 2 == 0};
    memset(b, 0, sizeof *b);
    diag_init(&b->diag);
    int error = job_load(&b->job, BPSIM_SOURCE_DIR "/configs/run/tiny.yaml", sets, 2, &b->diag);
    error = error ? error : job_machine(&b->job, &b->diag);
    error = error ? error : dynamic_choose(&b->job, NULL, &b->diag);
    diag_print(&b->diag, stderr);
    block_equal("error", (uint64_t)error, (uint64_t)SIM_OK);
    b->options = (struct memory_run_options) {.seed = 1, .l1_table = table};
    return memory_server_run(&b->job.machine, &b->job.dynamic, accesses, 4, &b->options, &b->result, &b->diag);
}

static bool says(const struct memory_block *b, const char *place, const char *text)
{
    for (size_t i = 0; i < b->diag.count; i++) {
        const struct diag_message *m = &b->diag.messages[i];
        if (strncmp(m->key, place, strlen(place)) == 0 && strstr(m->text, text))
            return true;
    }
    diag_print(&b->diag, stderr);
    return false;
}

static void end(struct memory_block *b)
{
    diag_free(&b->diag);
    job_free(&b->job);
}

void a_replay_under_the_whole_protocol_finds_nothing(void)
{
    struct memory_block b;
    block_equal("replay", (uint64_t)replay(&b, NULL), (uint64_t)SIM_OK);
    block_equal("messages", b.diag.count, 0);
    block_equal("requests", b.result.requests, 4);
    block_equal("invalidations", b.result.invalidations, 1);
    end(&b);
}

/* It acks and keeps its copy. */
void a_replay_with_a_forgotten_invalidation_reads_an_old_value(void)
{
    static struct l1_protocol broken;
    struct memory_block b;
    broken = l1_mesi;
    broken.row[L1_S][L1_ON_INVALIDATE] = (struct protocol_row)GO(L1_S, L1_DO_INVALIDATE_ACK);
    block_equal("replay", (uint64_t)replay(&b, &broken), (uint64_t)SIM_ERR_VIOLATION);
    block_equal("what it says",
                says(&b, "u1", "line 4 of the trace reads 0x1000 and gets write 1; the last one it may see is write 2"),
                true);
    block_equal("messages", b.diag.count, 1);
    end(&b);
}

/* It drops its copy and does not ack: the home waits for ever, and so do the writer and the reader behind it. */
void a_replay_with_a_lost_ack_tells_who_waits(void)
{
    static struct l1_protocol broken;
    struct memory_block b;
    broken = l1_mesi;
    broken.row[L1_S][L1_ON_INVALIDATE] = (struct protocol_row)GO(L1_I, L1_DO_LOSE);
    block_equal("replay", (uint64_t)replay(&b, &broken), (uint64_t)SIM_ERR_STUCK);
    block_equal("what it says", says(&b, "chip0.unit0.l1", "line 32 of chip 0 in state SM"), true);
    block_equal("what it says", says(&b, "chip0.l2_", "line 32 in state SI: 2 requests wait, 1 acks to come"), true);
    end(&b);
}
