/* SPDX-License-Identifier: Apache-2.0 */
/* dynamic_cases.c - the whole dynamic machine when something is taken away from it: a signal, an invalidation. */
#include <stdio.h>
#include <string.h>

#include "hw/cache/protocol.h"
#include "hw/server/dynamic_server.h"
#include "sim/base/error.h"
#include "sim/cli/job.h"
#include "sim/config/config.h"
#include "sim/program/program_damage.h"
#include "tests/block/block_cases.h"
#include "tests/block/block_server.h"

struct dynamic_block {
    struct job job;
    struct server_program program;
    struct run_result result;
    struct diag diag;
    struct dynamic_run_options options;
};

static void build_from(struct dynamic_block *b, const char *config, const char **sets, size_t n_sets, uint32_t preset,
                       const char *start)
{
    memset(b, 0, sizeof *b);
    diag_init(&b->diag);
    run_result_init(&b->result);
    int error = job_load(&b->job, config, sets, n_sets, &b->diag);
    error = error ? error : job_machine(&b->job, &b->diag);
    error = error ? error : job_dynamic(&b->job, preset, &b->diag);
    error = error ? error : job_generate(&b->job, start, &b->program, &b->diag);
    diag_print(&b->diag, stderr);
    block_equal("error", (uint64_t)error, (uint64_t)SIM_OK);
    b->options =
        (struct dynamic_run_options) {.seed = 1, .repeats = job_repeats(&b->job, start), .watchdog_cycles = 100000};
}

/* configs/run/tiny.yaml, one chip of 2 x 2 units, under a preset and a protocol. */
static void build_with(struct dynamic_block *b, uint32_t preset, const char *start, const char *protocol)
{
    const char *sets[] = {"machines.dynamic.preset=[gpu-today, gpu-persistent]", protocol};
    build_from(b, BPSIM_SOURCE_DIR "/configs/run/tiny.yaml", sets, 2, preset, start);
}

static void build(struct dynamic_block *b, uint32_t preset, const char *start)
{
    build_with(b, preset, start, "machines.dynamic.protocol=preset");
}

static int run(struct dynamic_block *b)
{
    return dynamic_server_run(&b->job.machine, &b->job.dynamic, &b->program, &b->options, &b->result, &b->diag);
}

static void end(struct dynamic_block *b)
{
    server_program_free(&b->program);
    run_result_free(&b->result);
    diag_free(&b->diag);
    job_free(&b->job);
}

/* A message of this place ("": any) in which all words occur, in order. */
static bool says(const struct dynamic_block *b, const char *place, const char *first, const char *then)
{
    for (size_t i = 0; i < b->diag.count; i++) {
        const struct diag_message *m = &b->diag.messages[i];
        const char *at = strstr(m->text, first);
        if (strncmp(m->key, place, strlen(place)) == 0 && at && strstr(at, then))
            return true;
    }
    diag_print(&b->diag, stderr);
    return false;
}

/* The task of chip 0 that waits for this word. */
static uint32_t waiter_of(const struct dynamic_block *b, uint32_t word)
{
    const struct chip_program *p = &b->program.chip[0];
    for (size_t k = 0; k < p->n_ctas; k++)
        for (uint32_t w = 0; w < p->ctas[k].n_waits; w++)
            if (p->waits[p->ctas[k].first_wait + w].word == word)
                return p->ctas[k].task;
    return UINT32_MAX;
}

static uint32_t signals_for(const struct dynamic_block *b, uint32_t word)
{
    const struct chip_program *p = &b->program.chip[0];
    for (size_t w = 0; w < p->n_waits; w++)
        if (p->waits[w].word == word)
            return p->waits[w].n;
    return 0;
}

/* Runs the damaged program; all signals but the one that is lost have come, and it is told whose it was. */
static void run_without(struct dynamic_block *b)
{
    char first[64], then[64];
    const struct lost_signal *lost = &b->program.lost;
    uint32_t n = signals_for(b, lost->word);
    block_equal("lost.chip", lost->chip, 0);
    block_equal("run", (uint64_t)run(b), (uint64_t)SIM_ERR_STUCK);
    snprintf(first, sizeof first, "task %u (warp 0) waits for %u signals", waiter_of(b, lost->word), n);
    snprintf(then, sizeof then, "in counter word %u of its chip", lost->word);
    block_equal("who waits", says(b, "chip0.unit", first, then), true);
    snprintf(first, sizeof first, "counter word %u: %u of %u signals have come", lost->word, n - 1, n);
    snprintf(then, sizeof then, "; outstanding: of task %u (ended, not sent)", lost->from_task);
    block_equal("for whom", says(b, "chip0.unit", first, then), true);
    block_equal("b.result.interrupted", b->result.interrupted, true);
}

void a_missing_signal_is_reported_as_who_waits_for_whom(void)
{
    struct dynamic_block b;
    build(&b, 1, "cold");
    block_equal("lost", program_lose_signal(&b.program), true);
    run_without(&b);
    block_equal("what it says", says(&b, "chip0.dispatch", "kernel 1 of 1", "running"), true);
    end(&b);
}

/* Of the first task that signals: others wait for tasks that wait. In the second launch counters begin above 0. */
void a_report_of_waiting_tasks_tells_the_ended_from_the_others(void)
{
    struct dynamic_block b;
    uint32_t first = 0;
    build(&b, 1, "steady");
    while (!program_lose_signal_of(&b.program, 0, first))
        first++;
    run_without(&b);
    block_equal("not ended", says(&b, "chip0.unit", "outstanding: of task", "(not ended)"), true);
    end(&b);
}

/* What was written into the same lines before is still in an L1. */
static void stale(struct dynamic_block *b, uint32_t preset, const char *needed, const char *read)
{
    static struct l1_protocol broken;
    broken = l1_vi;
    for (int state = 0; state < L1_STATE_COUNT; state++)
        if (broken.row[state][L1_ON_ACQUIRE].kind == ROW_GO)
            broken.row[state][L1_ON_ACQUIRE] = (struct protocol_row) {.kind = ROW_GO, .next = (uint8_t)state};
    build(b, preset, "steady");
    b->options.l1_table = &broken;
    block_equal("run(b)", (uint64_t)run(b), (uint64_t)SIM_ERR_VIOLATION);
    block_equal("what it says", says(b, "chip0.unit", needed, read), true);
    end(b);
}

void a_graph_whose_acquires_do_nothing_reads_stale_data(void)
{
    struct dynamic_block b;
    stale(&b, 0, "needs chunk", "and reads chunk");
}

void a_persistent_kernel_whose_acquires_do_nothing_reads_stale_data(void)
{
    struct dynamic_block b;
    stale(&b, 1, " version 1 with c", " version 2 with c"); /* versions count down to 0, the measured repeat */
}

/* A sharer answers an invalidation as it should, and keeps its copy. (Owners that never stored, which would do the same
 * at a forwarded READ_EX, do not occur in this graph; the explorer's edits have them.) */
void a_graph_whose_sharers_keep_their_copies_reads_stale_data(void)
{
    static struct l1_protocol broken;
    struct dynamic_block b;
    broken = l1_mesi;
    broken.row[L1_S][L1_ON_INVALIDATE] =
        (struct protocol_row) {.kind = ROW_GO, .next = L1_S, .actions = {L1_DO_INVALIDATE_ACK}};
    build_with(&b, 0, "steady", "machines.dynamic.protocol=mesi");
    b.options.l1_table = &broken;
    block_equal("run(&b)", (uint64_t)run(&b), (uint64_t)SIM_ERR_VIOLATION);
    block_equal("what it says", says(&b, "chip0.unit", "needs chunk", "and reads chunk"), true);
    end(&b);
}

void the_mesi_graph_without_damage_is_whole(void)
{
    struct dynamic_block b;
    build_with(&b, 0, "steady", "machines.dynamic.protocol=mesi");
    block_equal("run", (uint64_t)run(&b), (uint64_t)SIM_OK);
    block_equal("b.diag.count", b.diag.count, 0);
    end(&b);
}

void the_same_runs_without_damage_are_whole(void)
{
    struct dynamic_block b;
    build(&b, 1, "steady");
    block_equal("run", (uint64_t)run(&b), (uint64_t)SIM_OK);
    block_equal("b.diag.count", b.diag.count, 0);
    block_equal("b.result.interrupted", b.result.interrupted, false);
    end(&b);
}

/* ---- sums that a switch makes ---- */

/* Four chips on one switch, a small block of a transformer. */
static void build_sums(struct dynamic_block *b, uint32_t preset)
{
    const char *sets[] = {"machines.dynamic.preset=[gpu-today, gpu-persistent]", "workload.sequence=16",
                          "workload.d_model=192", "workload.heads=4", "workload.d_ff=256"};
    build_from(b, BPSIM_SOURCE_DIR "/configs/run/switch-reduce.yaml", sets, 5, preset, "cold");
}

/* What is loaded from switches is the sum over these chips, whatever the work says. */
static void sum_over(struct server_program *p, const uint16_t *chips, uint32_t n)
{
    uint16_t group = (uint16_t)p->n_groups;
    uint64_t sums = 0;
    *VEC_PUSH(p, groups) = (struct multicast_group) {.first = (uint32_t)p->n_group_chips, .n = n};
    for (uint32_t i = 0; i < n; i++)
        *VEC_PUSH(p, group_chips) = chips[i];
    for (uint32_t chip = 0; chip < p->chips; chip++) {
        for (size_t i = 0; i < p->chip[chip].n_pieces; i++) {
            struct cta_piece *x = &p->chip[chip].pieces[i];
            if (x->role != PIECE_ROUND || x->home < p->chips)
                continue;
            x->group = group;
            sums++;
        }
    }
    block_equal("sums", sums > 0, true);
}

static void wrong_sum(uint32_t preset, const uint16_t *chips, uint32_t n)
{
    struct dynamic_block b;
    build_sums(&b, preset);
    sum_over(&b.program, chips, n);
    block_equal("run", (uint64_t)run(&b), (uint64_t)SIM_ERR_VIOLATION);
    block_equal("what it says", says(&b, "chip", "needs chunk", "and reads chunk"), true);
    end(&b);
}

void a_sum_that_lacks_a_partial_is_a_fault(void)
{
    wrong_sum(1, (const uint16_t[]) {0, 1, 2}, 3);
}

void a_sum_with_a_partial_twice_is_a_fault(void)
{
    wrong_sum(0, (const uint16_t[]) {0, 1, 2, 3, 3}, 5);
}

/* All hold as many steps of the contraction: the value is right, whose it is is not. */
void a_sum_with_one_partial_for_another_is_a_fault(void)
{
    wrong_sum(0, (const uint16_t[]) {0, 1, 1, 3}, 4);
}

void the_same_sums_without_damage_are_whole(void)
{
    struct dynamic_block b;
    build_sums(&b, 0);
    block_equal("run", (uint64_t)run(&b), (uint64_t)SIM_OK);
    block_equal("b.diag.count", b.diag.count, 0);
    end(&b);
}
