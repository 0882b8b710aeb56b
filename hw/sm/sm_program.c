/* SPDX-License-Identifier: Apache-2.0 */
/* sm_program.c - the loop programs that warps run, and what each instruction does.
 *
 *     matrix: AHEAD WAIT BARRIER PROLOGUE | SLICE BARRIER COPY (FIRST_FRAGMENT (FRAGMENT MMA)*) LOOP | FETCH LATE JOIN
 * ALU STORE ... vector:       WAIT BARRIER PROLOGUE | SLICE COPY ALU STORE LOOP | FETCH ... cycles:       WAIT BARRIER
 * PROLOGUE SLICE BARRIER BUSY FETCH STORE ... all:    ... FENCE BARRIER SIGNAL EXIT
 *
 * Copies run stages - 1 slices ahead (cp.async groups; for lane operations loads into registers). An instruction that
 * has nothing to do for this warp costs nothing, as a compiler would leave it out. */
#include "hw/sm/sm.h"

#include "sim/base/error.h"

enum outcome { SKIPPED, ISSUED, BLOCKED };

typedef enum outcome (*instruction)(struct sm *s, struct sm_warp *w, struct sm_slot *slot, uint64_t cycle);

static enum outcome block(struct sm *s, struct sm_warp *w, enum warp_state state, uint64_t until, uint64_t cycle)
{
    sm_ready(s, w, until);
    sm_warp_state(s, w, state, cycle);
    return BLOCKED;
}

/* The LSU's queue is full: the warp asks again when an instruction has left it. */
static enum outcome wait_for_lsu(struct sm *s, struct sm_warp *w, uint64_t cycle)
{
    s->lsu_waiters = true;
    return block(s, w, WARP_LSU, CYCLE_NEVER, cycle);
}

static enum outcome issued(struct sm *s, struct sm_warp *w, uint64_t next, uint64_t cycle)
{
    sm_ready(s, w, next);
    w->pc++;
    s->stat.instructions++;
    sm_warp_state(s, w, WARP_READY, cycle);
    return ISSUED;
}

static enum outcome skip(struct sm_warp *w)
{
    w->pc++;
    return SKIPPED;
}

static uint32_t warp_number(const struct sm *s, const struct sm_warp *w)
{
    return (uint32_t)(w - s->warps);
}

/* ---- memory ---- */

static enum outcome push(struct sm *s, struct sm_warp *w, const struct sm_memory_op *op, uint64_t cycle)
{
    if (!sm_lsu_push(s, op))
        return wait_for_lsu(s, w, cycle);
    return issued(s, w, cycle + 1, cycle);
}

static bool copies_ahead(const struct sm_slot *slot)
{
    return slot->c->weights_ahead && slot->c->n_waits > 0 && slot->c->kind == CTA_MATRIX;
}

static uint32_t prologue_slices(const struct sm *s, const struct sm_slot *slot)
{
    uint32_t ahead = sm_stages(s, slot) - 1;
    return ahead < slot->c->steps ? ahead : slot->c->steps;
}

static enum outcome do_ahead(struct sm *s, struct sm_warp *w, struct sm_slot *slot, uint64_t cycle)
{
    if (!copies_ahead(slot))
        return skip(w);
    struct sm_memory_op op = {.warp = (uint16_t)warp_number(s, w),
                              .kind = TXN_LOAD,
                              .mask = COPY_SOURCES,
                              .slice_end = prologue_slices(s, slot)};
    return push(s, w, &op, cycle);
}

static enum outcome do_prologue(struct sm *s, struct sm_warp *w, struct sm_slot *slot, uint64_t cycle)
{
    uint8_t mask = copies_ahead(slot) ? COPY_OTHERS | COPY_LATE : COPY_SOURCES | COPY_OTHERS | COPY_LATE;
    struct sm_memory_op op = {
        .warp = (uint16_t)warp_number(s, w), .kind = TXN_LOAD, .mask = mask, .slice_end = prologue_slices(s, slot)};
    return push(s, w, &op, cycle);
}

static enum outcome do_copy(struct sm *s, struct sm_warp *w, struct sm_slot *slot, uint64_t cycle)
{
    uint32_t next = w->slice + sm_stages(s, slot) - 1;
    if (next >= slot->c->steps)
        return skip(w);
    struct sm_memory_op op = {.warp = (uint16_t)warp_number(s, w),
                              .kind = TXN_LOAD,
                              .mask = COPY_SOURCES | COPY_OTHERS,
                              .slice = next,
                              .slice_end = next + 1};
    return push(s, w, &op, cycle);
}

static enum outcome do_slice(struct sm *s, struct sm_warp *w, struct sm_slot *slot, uint64_t cycle)
{
    return w->pending[w->slice % sm_stages(s, slot)] == 0 ? skip(w) : block(s, w, WARP_SLICE, CYCLE_NEVER, cycle);
}

static enum outcome do_late(struct sm *s, struct sm_warp *w, struct sm_slot *slot, uint64_t cycle)
{
    (void)slot;
    return w->pending[SM_STAGES_MAX] == 0 ? skip(w) : block(s, w, WARP_SLICE, CYCLE_NEVER, cycle);
}

/* Results of this warp are in its registers; it may have had nothing to do. */
static void note_computed(struct sm_slot *slot, const struct sm_warp *w, uint64_t cycle)
{
    uint64_t done = w->alu_done > w->mma_done ? w->alu_done : w->mma_done;
    done = done > 0 ? done : cycle;
    slot->computed = done > slot->computed ? done : slot->computed;
}

static enum outcome do_store(struct sm *s, struct sm_warp *w, struct sm_slot *slot, uint64_t cycle)
{
    if (w->alu_done > cycle)
        return block(s, w, WARP_LATENCY, w->alu_done, cycle);
    if (slot->unseen > 0)
        return block(s, w, WARP_SLICE, CYCLE_NEVER, cycle);
    if (!slot->result_known)
        sm_identity_result(s, slot, cycle);
    note_computed(slot, w, cycle);
    struct sm_memory_op op = {.warp = (uint16_t)warp_number(s, w), .kind = TXN_STORE, .slice = w->slice};
    return push(s, w, &op, cycle);
}

static enum outcome do_fence(struct sm *s, struct sm_warp *w, struct sm_slot *slot, uint64_t cycle)
{
    (void)slot;
    if (w->writes > 0 || w->in_lsu > 0)
        return block(s, w, WARP_FENCE, CYCLE_NEVER, cycle);
    return skip(w);
}

static enum outcome do_signal(struct sm *s, struct sm_warp *w, struct sm_slot *slot, uint64_t cycle)
{
    if (w->index != 0 || slot->c->n_signals == 0)
        return skip(w);
    struct sm_memory_op op = {
        .warp = (uint16_t)warp_number(s, w), .kind = TXN_SIGNAL, .line = 0, .end = slot->c->n_signals};
    return push(s, w, &op, cycle);
}

static enum outcome do_fetch(struct sm *s, struct sm_warp *w, struct sm_slot *slot, uint64_t cycle)
{
    if (w->index != 0 || !slot->persistent)
        return skip(w);
    if (!sm_slot_fetch(s, slot, cycle))
        return wait_for_lsu(s, w, cycle);
    return issued(s, w, cycle + 1, cycle);
}

/* Warp 0 polls; the completion moves it on or lets it ask again. */
static enum outcome do_wait(struct sm *s, struct sm_warp *w, struct sm_slot *slot, uint64_t cycle)
{
    if (w->index != 0 || slot->waits_left == 0)
        return skip(w);
    struct sm_memory_op op = {.warp = (uint16_t)warp_number(s, w), .kind = TXN_POLL, .end = 1};
    if (!sm_lsu_push(s, &op))
        return wait_for_lsu(s, w, cycle);
    s->stat.instructions++;
    s->stat.polls++;
    sm_ready(s, w, CYCLE_NEVER);
    sm_warp_state(s, w, WARP_POLL, cycle);
    return ISSUED;
}

/* ---- barrier ---- */

static void release(struct sm *s, struct sm_slot *slot, uint64_t cycle)
{
    struct sm_warp *first = &s->warps[(size_t)(slot - s->slots) * s->k.p.warps_per_cta];
    slot->at_barrier = 0;
    for (uint32_t i = 0; i < s->k.p.warps_per_cta; i++) {
        first[i].pc++;
        sm_ready(s, &first[i], cycle + s->k.p.barrier_latency);
        sm_warp_state(s, &first[i], WARP_LATENCY, cycle);
    }
}

static enum outcome do_barrier(struct sm *s, struct sm_warp *w, struct sm_slot *slot, uint64_t cycle)
{
    if (s->k.p.warps_per_cta == 1)
        return skip(w);
    s->stat.barriers++;
    s->stat.instructions++;
    slot->at_barrier++;
    sm_ready(s, w, CYCLE_NEVER);
    sm_warp_state(s, w, WARP_BARRIER, cycle);
    if (slot->at_barrier == s->k.p.warps_per_cta)
        release(s, slot, cycle);
    return ISSUED;
}

/* Only CTAs that wait need one: nobody reads before warp 0 has seen the counters. */
static enum outcome do_wait_barrier(struct sm *s, struct sm_warp *w, struct sm_slot *slot, uint64_t cycle)
{
    return slot->c->n_waits == 0 ? skip(w) : do_barrier(s, w, slot, cycle);
}

/* ---- engines ---- */

/* Share i of n of a total that is dealt out evenly. */
static uint64_t deal(uint64_t total, uint64_t n, uint64_t i)
{
    return total * (i + 1) / n - total * i / n;
}

static void busy(struct sm *s, uint64_t until, uint64_t cycle)
{
    if (until <= s->compute_until)
        return;
    sm_settle(s, cycle);
    s->compute_until = until;
}

/* After an instruction that issued in `cycle`: the next one is the MMA of w->part. What it waits for is known already,
 * so it is not asked before. */
static void await_mma(struct sm *s, struct sm_warp *w, const struct sm_slot *slot, uint64_t cycle)
{
    uint64_t here = w->fragment_at[w->part & 1], idle = s->subcore[w->subcore].mma_free, next = cycle + 1;
    bool empty = slot->mma_each == 0; /* perhaps: then it is left out */
    sm_warp_state(s, w, WARP_READY, cycle);
    if (!empty && here > next)
        block(s, w, WARP_LATENCY, here, next);
    else if (!empty && idle > next)
        block(s, w, WARP_PIPE, idle, next);
    else
        sm_ready(s, w, next);
}

static void read_fragment(struct sm *s, struct sm_warp *w, const struct sm_slot *slot, uint32_t part, uint64_t cycle)
{
    uint64_t from = s->shared_free > cycle ? s->shared_free : cycle;
    uint64_t occupied = ceil_div(slot->fragment_bytes, s->k.p.shared_read);
    s->shared_free = from + occupied;
    w->fragment_at[part & 1] = from + occupied + s->k.p.shared_latency;
    s->stat.shared_read_bytes += slot->fragment_bytes;
}

static enum outcome do_first_fragment(struct sm *s, struct sm_warp *w, struct sm_slot *slot, uint64_t cycle)
{
    w->part = 0;
    read_fragment(s, w, slot, 0, cycle);
    return issued(s, w, cycle + 1, cycle);
}

/* Reads one part ahead of the multiplication. */
static enum outcome do_fragment(struct sm *s, struct sm_warp *w, struct sm_slot *slot, uint64_t cycle)
{
    if (w->part + 1 >= slot->parts)
        return skip(w);
    read_fragment(s, w, slot, w->part + 1, cycle);
    s->stat.instructions++;
    w->pc++;
    await_mma(s, w, slot, cycle);
    return ISSUED;
}

static uint8_t pc_fragment(void);

/* Back to the next part, or out of the inner loop. */
static void next_part(struct sm_warp *w, const struct sm_slot *slot)
{
    if (++w->part < slot->parts)
        w->pc = pc_fragment();
}

static enum outcome do_mma(struct sm *s, struct sm_warp *w, struct sm_slot *slot, uint64_t cycle)
{
    uint64_t granules = slot->mma_each;
    if (slot->mma_rest > 0) {
        uint64_t n = (uint64_t)slot->c->steps * slot->parts * s->k.p.warps_per_cta;
        granules +=
            deal(slot->mma_rest, n, ((uint64_t)w->slice * slot->parts + w->part) * s->k.p.warps_per_cta + w->index);
    }
    struct sm_subcore *c = &s->subcore[w->subcore];
    if (granules == 0) {
        w->pc++;
        next_part(w, slot);
        return SKIPPED;
    }
    if (w->fragment_at[w->part & 1] > cycle)
        return block(s, w, WARP_LATENCY, w->fragment_at[w->part & 1], cycle);
    if (c->mma_free > cycle)
        return block(s, w, WARP_PIPE, c->mma_free, cycle);
    uint64_t occupied = granules * s->k.p.subcores;
    c->mma_free = cycle + occupied;
    w->mma_done = cycle + occupied + s->k.p.mma_latency;
    busy(s, cycle + occupied, cycle);
    s->stat.mma += ceil_div(granules, 2);
    s->stat.instructions += ceil_div(granules, 2);
    w->pc++;
    next_part(w, slot);
    if (w->part + 1 == slot->parts) { /* its last fragment has been read */
        await_mma(s, w, slot, cycle);
    } else {
        sm_ready(s, w, cycle + 1);
        sm_warp_state(s, w, WARP_READY, cycle);
    }
    return ISSUED;
}

/* Lane operations: runs of at most 32 instructions hold pipe and issue slot. */
#define RUN_MAX 32u

static uint64_t alu_width(const struct sm *s)
{
    uint32_t per_subcore = s->k.p.lanes / s->k.p.subcores;
    return per_subcore > 32 ? per_subcore : 32;
}

static enum outcome alu(struct sm *s, struct sm_warp *w, uint64_t runs, uint64_t cycle)
{
    struct sm_subcore *c = &s->subcore[w->subcore];
    if (w->left == 0)
        w->left = (uint32_t)runs;
    if (w->left == 0)
        return skip(w);
    if (w->mma_done > cycle)
        return block(s, w, WARP_LATENCY, w->mma_done, cycle);
    if (c->alu_free > cycle)
        return block(s, w, WARP_PIPE, c->alu_free, cycle);
    uint32_t n = w->left < RUN_MAX ? w->left : RUN_MAX;
    uint64_t interval = ceil_div(alu_width(s) * s->k.p.subcores, s->k.p.lanes);
    c->alu_free = cycle + n * interval;
    c->issue_free = cycle + n;
    w->alu_done = cycle + n * interval + s->k.p.alu_latency;
    busy(s, cycle + n * interval, cycle);
    s->stat.alu += n;
    s->stat.instructions += n - 1;
    w->left -= n;
    if (w->left == 0)
        return issued(s, w, cycle + 1, cycle);
    s->stat.instructions++;
    sm_ready(s, w, cycle + 1);
    sm_warp_state(s, w, WARP_READY, cycle);
    return ISSUED;
}

static enum outcome do_round(struct sm *s, struct sm_warp *w, struct sm_slot *slot, uint64_t cycle)
{
    uint64_t n = (uint64_t)slot->c->steps * s->k.p.warps_per_cta;
    return alu(s, w, deal(slot->lane_runs, n, (uint64_t)w->slice * s->k.p.warps_per_cta + w->index), cycle);
}

static enum outcome do_epilogue(struct sm *s, struct sm_warp *w, struct sm_slot *slot, uint64_t cycle)
{
    if (w->mma_done > cycle)
        return block(s, w, WARP_LATENCY, w->mma_done, cycle);
    return alu(s, w, deal(slot->lane_runs, s->k.p.warps_per_cta, w->index), cycle);
}

static enum outcome do_join(struct sm *s, struct sm_warp *w, struct sm_slot *slot, uint64_t cycle)
{
    return alu(s, w, deal(slot->reduce_runs, s->k.p.warps_per_cta, w->index), cycle);
}

/* A generic node: one warp per subcore is busy as long as the node takes. */
static enum outcome do_busy(struct sm *s, struct sm_warp *w, struct sm_slot *slot, uint64_t cycle)
{
    struct sm_subcore *c = &s->subcore[w->subcore];
    if (w->index >= s->k.p.subcores)
        return skip(w);
    if (c->alu_free > cycle)
        return block(s, w, WARP_PIPE, c->alu_free, cycle);
    c->alu_free = cycle + slot->c->vector_cycles;
    w->alu_done = c->alu_free;
    busy(s, c->alu_free, cycle);
    s->stat.alu++;
    return issued(s, w, cycle + 1, cycle);
}

/* ---- control ---- */

static uint8_t pc_of_loop(const struct sm_slot *slot);

static enum outcome do_loop(struct sm *s, struct sm_warp *w, struct sm_slot *slot, uint64_t cycle)
{
    bool again = w->slice + 1 < slot->c->steps;
    enum outcome o = issued(s, w, cycle + s->k.p.branch_latency, cycle);
    if (again) {
        w->slice++;
        w->pc = pc_of_loop(slot);
    }
    return o;
}

static enum outcome do_exit(struct sm *s, struct sm_warp *w, struct sm_slot *slot, uint64_t cycle)
{
    if (w->in_lsu > 0)
        return block(s, w, WARP_FENCE, CYCLE_NEVER, cycle); /* its signals are not out yet */
    s->stat.instructions++;
    sm_ready(s, w, CYCLE_NEVER);
    sm_warp_state(s, w, WARP_DONE, cycle);
    if (--slot->alive == 0)
        sm_slot_end(s, slot, cycle);
    return ISSUED;
}

/* ---- the programs ---- */

static const instruction program[] = {
    /* matrix */
    do_ahead, do_wait, do_wait_barrier, do_prologue, do_slice, do_barrier, do_copy, do_first_fragment, do_fragment,
    do_mma, do_loop, do_fetch, do_late, do_join, do_epilogue, do_store, do_fence, do_barrier, do_signal, do_exit,
    /* vector */
    do_wait, do_wait_barrier, do_prologue, do_slice, do_copy, do_round, do_store, do_loop, do_fetch, do_late, do_fence,
    do_barrier, do_signal, do_exit,
    /* cycles */
    do_wait, do_wait_barrier, do_prologue, do_slice, do_barrier, do_busy, do_fetch, do_store, do_fence, do_barrier,
    do_signal, do_exit};

enum { MATRIX_AT = 0, MATRIX_LOOP = 4, MATRIX_FRAGMENT = 8, VECTOR_AT = 20, VECTOR_LOOP = 23, CYCLES_AT = 34 };

static uint8_t pc_fragment(void)
{
    return MATRIX_FRAGMENT;
}

static uint8_t pc_of_loop(const struct sm_slot *slot)
{
    return slot->c->kind == CTA_MATRIX ? MATRIX_LOOP : VECTOR_LOOP;
}

uint8_t sm_first_pc(const struct cta *c)
{
    static const uint8_t first[] = {[CTA_MATRIX] = MATRIX_AT, [CTA_VECTOR] = VECTOR_AT, [CTA_CYCLES] = CYCLES_AT};
    return first[c->kind];
}

bool sm_execute(struct sm *s, struct sm_warp *w, uint64_t cycle)
{
    struct sm_slot *slot = sm_slot_of(w);
    enum outcome o = SKIPPED;
    while (o == SKIPPED)
        o = program[w->pc](s, w, slot, cycle);
    return o == ISSUED;
}

/* ---- shape ---- */

/* Warps of a CTA as rows x columns of the tile: as many as it has granules for, so that the fewest bytes are read. */
static void warp_grid(const struct sm *s, const struct cta *c, uint32_t *rows, uint32_t *cols)
{
    uint32_t granules_m = (uint32_t)ceil_div(c->rows, s->k.p.engine_m);
    uint32_t granules_n = (uint32_t)ceil_div(c->cols, s->k.p.engine_n);
    uint64_t best = UINT64_MAX;
    *rows = *cols = 1;
    for (uint32_t r = 1; r <= s->k.p.warps_per_cta && r <= granules_m; r *= 2) {
        uint32_t k = 1;
        while (r * k * 2 <= s->k.p.warps_per_cta && k * 2 <= granules_n)
            k *= 2;
        uint64_t cost = (uint64_t)granules_m * s->k.p.engine_m * k + (uint64_t)granules_n * s->k.p.engine_n * r;
        cost += (uint64_t)(s->k.p.warps_per_cta / (r * k)) << 32; /* fewer splits of K first */
        if (cost < best) {
            best = cost;
            *rows = r;
            *cols = k;
        }
    }
}

void sm_shape(struct sm *s, struct sm_slot *slot)
{
    const struct cta *c = slot->c;
    const struct sm_params *p = &s->k.p;
    uint64_t width = alu_width(s), joins = 0;
    slot->parts = 1;
    slot->rounds_of_stores = c->kind == CTA_VECTOR ? c->steps : 1;
    slot->lane_runs = c->kind == CTA_CYCLES ? 0 : ceil_div(c->vector_cycles * p->lanes, width);
    slot->reduce_runs = 0;
    if (c->kind != CTA_MATRIX)
        return;
    uint32_t rows, cols, slice = (uint32_t)ceil_div(c->k, c->steps), step = 2 * p->engine_k;
    warp_grid(s, c, &rows, &cols);
    uint32_t splits = p->warps_per_cta / (rows * cols);
    slot->parts = (uint32_t)ceil_div(slice, step);
    uint64_t bytes = ((uint64_t)c->rows * cols + (uint64_t)c->cols * rows) * step * c->elem_bytes;
    slot->fragment_bytes = (uint32_t)ceil_div(bytes, p->warps_per_cta);
    uint64_t shares = (uint64_t)c->steps * slot->parts * p->warps_per_cta;
    slot->mma_each = c->matrix_cycles / shares;
    slot->mma_rest = c->matrix_cycles % shares;
    joins = splits > 1 ? (uint64_t)(splits - 1) * c->rows * c->cols : 0;
    slot->reduce_runs = ceil_div(joins, width);
}
