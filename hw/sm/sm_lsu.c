/* SPDX-License-Identifier: Apache-2.0 */
/* sm_lsu.c - load/store unit: memory instructions become lines, one per cycle on average; what comes back finds its
 * warp.
 *
 *     warp --instruction--> [queue] --4 lines--> L1     a share of a slice: lines of each group, group after group
 *
 * The lanes of a load cover 512 consecutive bytes, so a line is asked for once (coalesced). A line that the L1 refuses
 * holds up the queue until something comes back, or, where the L1's queue to the network was full, has left. */
#include "hw/sm/sm.h"

#include "sim/base/error.h"

/* The record of the next requests; take_txn makes it theirs. */
static uint32_t next_txn(const struct sm *s)
{
    return s->n_given > 0 ? s->given_txns[s->n_given - 1] : s->fresh_txn;
}

static void take_txn(struct sm *s, const struct sm_memory_op *op, uint32_t t)
{
    if (s->n_given > 0)
        s->n_given--;
    else
        s->fresh_txn++;
    s->txns[t] = (struct sm_txn) {.kind = op->kind,
                                  .stage = op->stage,
                                  .piece = op->piece,
                                  .operand = op->operand,
                                  .next = SM_NO_TXN,
                                  .prev = SM_NO_TXN};
}

static void give_txn(struct sm *s, uint32_t t)
{
    s->given_txns[s->n_given++] = (uint16_t)t;
}

/* ---- shares ---- */

/* The part of a group's lines that slice `slice` of `steps` needs begins here. */
static uint32_t slice_first(const struct sm_group *g, uint32_t steps, uint32_t slice)
{
    if (g->lines < steps)
        return slice == 0 ? 0 : g->lines;
    return (uint32_t)((uint64_t)g->lines * slice / steps);
}

static bool wanted(const struct sm_group *g, uint8_t mask, uint32_t slice)
{
    if (g->role == PIECE_LATE)
        return (mask & COPY_LATE) && slice == 0;
    return mask & (g->source ? COPY_SOURCES : COPY_OTHERS);
}

/* Lines [*line, *end) of group g that the warp takes in this slice. */
static void share_of_group(const struct sm *s, const struct sm_slot *slot, struct sm_group *g, uint32_t slice,
                           uint32_t index, uint32_t *line, uint32_t *end)
{
    uint32_t first = 0, n = g->lines, warps = s->k.p.warps_per_cta;
    if (g->role != PIECE_LATE) {
        struct sm_slice_lines *x = &g->shares[slice % 2];
        if (x->slice != slice) {
            first = slice_first(g, slot->c->steps, slice);
            *x = (struct sm_slice_lines) {slice, first, slice_first(g, slot->c->steps, slice + 1) - first};
        }
        first = x->first;
        n = x->n;
    }
    *line = first + sm_share(n, warps, index);
    *end = first + sm_share(n, warps, index + 1);
}

static uint8_t stage_of(const struct sm *s, const struct sm_slot *slot, const struct sm_group *g, uint32_t slice)
{
    return (uint8_t)(g->role == PIECE_LATE ? SM_STAGES_MAX : slice % sm_stages(s, slot));
}

static void count_pending(struct sm *s, struct sm_warp *w, const struct sm_memory_op *op)
{
    const struct sm_slot *slot = sm_slot_of(w);
    for (uint32_t slice = op->slice; slice < op->slice_end; slice++) {
        for (uint32_t g = 0; g < slot->n_groups; g++) {
            uint32_t line, end;
            if (!wanted(&slot->groups[g], op->mask, slice))
                continue;
            share_of_group(s, slot, &slot->groups[g], slice, w->index, &line, &end);
            uint16_t *pending = &w->pending[stage_of(s, slot, &slot->groups[g], slice)];
            SIM_CHECK(end - line <= (uint32_t)UINT16_MAX - *pending, "%s: too many lines of a warp", s->k.name);
            *pending = (uint16_t)(*pending + (end - line));
        }
    }
}

/* Moves the cursor to a group with lines left; false: the instruction is done. */
static bool find_load(const struct sm *s, const struct sm_slot *slot, const struct sm_warp *w, struct sm_memory_op *op)
{
    while (op->line == op->end) {
        if (op->group == slot->n_groups) {
            op->group = 0;
            op->slice++;
        }
        if (op->slice == op->slice_end)
            return false;
        struct sm_group *g = &slot->groups[op->group++];
        if (!wanted(g, op->mask, op->slice))
            continue;
        share_of_group(s, slot, g, op->slice, w->index, &op->line, &op->end);
        op->piece = g->first_piece;
        op->piece_end = 0; /* to be found */
        op->stage = stage_of(s, slot, g, op->slice);
    }
    return true;
}

/* ---- outputs ---- */

static void share_of_stores(const struct sm *s, const struct sm_slot *slot, const struct sm_warp *w, uint32_t round,
                            uint32_t *line, uint32_t *end)
{
    uint32_t n = slot->output_lines, rounds = slot->rounds_of_stores, warps = s->k.p.warps_per_cta;
    uint32_t at = (rounds > 1 ? round : 0) * warps + w->index;
    *line = sm_share(n, rounds * warps, at);
    *end = sm_share(n, rounds * warps, at + 1);
}

/* Piece of output line `line`, counted over all output pieces; *line becomes the line of the piece. */
static uint32_t output_piece(const struct sm *s, const struct sm_slot *slot, uint32_t *line)
{
    for (uint32_t i = slot->first_output;; i++) {
        const struct cta_piece *p = sm_piece(s, slot, i);
        if (p->role != PIECE_OUTPUT)
            continue;
        if (*line < p->lines)
            return i;
        *line -= p->lines;
    }
}

/* ---- instructions ---- */

bool sm_lsu_push(struct sm *s, const struct sm_memory_op *op)
{
    if (s->lsu_count == SM_LSU_QUEUE)
        return false;
    struct sm_memory_op *at = &s->lsu[(s->lsu_first + s->lsu_count++) % SM_LSU_QUEUE];
    struct sm_warp *w = &s->warps[op->warp];
    *at = *op;
    if (s->lsu_count == 1) {
        s->lsu_ready = false;
        s->lsu_at = 0;
    }
    w->in_lsu++;
    if (op->kind == TXN_LOAD)
        count_pending(s, w, op);
    if (op->kind == TXN_STORE) {
        share_of_stores(s, sm_slot_of(w), w, op->slice, &at->line, &at->end);
        w->writes += at->end - at->line;
    }
    return true;
}

static uint8_t sectors_of(uint32_t bytes)
{
    if (bytes == LINE_BYTES)
        return ALL_SECTORS;
    return (uint8_t)((1u << ceil_div(bytes, SECTOR_BYTES)) - 1u);
}

static uint32_t bytes_of_line(const struct cta_piece *p, uint32_t line)
{
    uint32_t left = p->bytes - line * LINE_BYTES;
    return left < LINE_BYTES ? left : LINE_BYTES;
}

/* Moves the cursor to the piece in which its line is; what is the same for all its lines goes to the request. */
static void find_piece(const struct sm *s, const struct sm_slot *slot, struct sm_memory_op *op, struct l1_request *r)
{
    const struct sm_group *g = &slot->groups[op->group - 1];
    while (op->piece + 1 < g->first_piece + g->n_pieces && slot->piece_first[op->piece + 1] <= op->line)
        op->piece++;
    const struct cta_piece *p = sm_piece(s, slot, op->piece);
    bool cached = slot->c->kind == CTA_VECTOR || g->role == PIECE_LATE;
    op->operand = slot->piece_operand[op->piece];
    op->piece_end = slot->piece_first[op->piece] + p->lines;
    op->whole_end = slot->piece_first[op->piece] + p->bytes / LINE_BYTES;
    *r = (struct l1_request) {.kind = cached ? L1_LOAD : L1_LOAD_BYPASS,
                              .home = p->home,
                              .words = p->group,
                              .line = p->line + op->line - slot->piece_first[op->piece]};
}

/* The request for the cursor's line; returns how many lines, `most` at most, it can be made for at once. */
static uint32_t load_request(const struct sm *s, const struct sm_slot *slot, struct sm_memory_op *op,
                             struct l1_request *r, uint32_t most)
{
    if (op->line >= op->piece_end)
        find_piece(s, slot, op, r);
    r->sectors = ALL_SECTORS;
    if (op->line >= op->whole_end) { /* part of a line */
        r->sectors = sectors_of(bytes_of_line(sm_piece(s, slot, op->piece), op->line - slot->piece_first[op->piece]));
        return 1;
    }
    uint32_t end = op->end < op->whole_end ? op->end : op->whole_end;
    return end - op->line < most ? end - op->line : most;
}

static void store_request(struct sm *s, struct sm_slot *slot, struct sm_memory_op *op, struct l1_request *r)
{
    uint32_t line = op->line;
    op->piece = output_piece(s, slot, &line);
    const struct cta_piece *p = sm_piece(s, slot, op->piece);
    uint32_t bytes = bytes_of_line(p, line);
    *r = (struct l1_request) {.kind = L1_STORE,
                              .sectors = sectors_of(bytes),
                              .bytes = (uint8_t)bytes,
                              .through = p->through,
                              .home = p->home,
                              .words = p->group,
                              .line = p->line + line,
                              .data = sm_identity_of(s, slot, op->piece)};
}

static void sync_request(const struct sm *s, const struct sm_slot *slot, const struct sm_memory_op *op,
                         struct l1_request *r)
{
    const struct chip_program *p = s->k.program;
    if (op->kind == TXN_SIGNAL) {
        const struct cta_signal *x = &p->signals[slot->c->first_signal + op->line];
        *r = (struct l1_request) {.kind = L1_ATOMIC,
                                  .home = x->chip,
                                  .line = x->line,
                                  .words = x->words,
                                  .computed = slot->computed,
                                  .way = &slot->way};
        return;
    }
    uint32_t queue = p->queue_word + (p->unit_first ? s->k.unit : 0);
    uint32_t word = op->kind == TXN_FETCH ? queue : p->waits[slot->c->first_wait + slot->waits_left - 1].word;
    *r = (struct l1_request) {.kind = op->kind == TXN_FETCH ? L1_ATOMIC : L1_POLL,
                              .home = (uint16_t)s->k.chip,
                              .line = word / LINE_WORDS,
                              .word = (uint8_t)(word % LINE_WORDS),
                              .words = 1u << word % LINE_WORDS};
}

static void make_request(struct sm *s, struct sm_slot *slot, struct sm_memory_op *op, struct l1_request *r)
{
    if (op->kind == TXN_STORE)
        store_request(s, slot, op, r);
    else
        sync_request(s, slot, op, r);
}

static void link_txn(struct sm *s, const struct sm_warp *w, struct sm_txns *list, uint32_t t)
{
    s->txns[t].prev = list->last;
    if (list->last != SM_NO_TXN)
        s->txns[list->last].next = (uint16_t)t;
    else {
        list->first = (uint16_t)t;
        s->changed |= sm_heard(s, w);
    }
    list->last = (uint16_t)t;
}

static void unlink_txn(struct sm *s, const struct sm_warp *w, struct sm_txns *list, const struct sm_txn *x)
{
    if (x->prev != SM_NO_TXN)
        s->txns[x->prev].next = x->next;
    else {
        list->first = x->next;
        s->changed |= sm_heard(s, w);
    }
    if (x->next != SM_NO_TXN)
        s->txns[x->next].prev = x->prev;
    else
        list->last = x->prev;
}

/* The records that an instruction fills in this cycle: the last one's number, and how many lines are in it. */
struct batch {
    uint32_t txn, lines;
    uint32_t piece, stage; /* of its lines */
};

static inline void begin_batch(struct sm *s, struct sm_warp *w, const struct sm_memory_op *op, struct batch *b)
{
    take_txn(s, op, b->txn);
    if (op->kind == TXN_LOAD)
        link_txn(s, w, &w->loads, b->txn);
    else if (op->kind == TXN_STORE)
        link_txn(s, w, &w->stores, b->txn);
}

/* The next n lines are outstanding. */
static void accepted(struct sm *s, struct sm_warp *w, const struct sm_memory_op *op, struct batch *b, uint32_t n)
{
    if (b->lines == 0)
        begin_batch(s, w, op, b);
    s->txns[b->txn].out |= (uint8_t)(((1u << n) - 1u) << b->lines);
    s->outstanding += n;
    b->lines += n;
}

static void loads_accepted(struct sm *s, const struct sm_slot *slot, struct sm_warp *w, struct sm_memory_op *op,
                           struct batch *b, uint32_t n)
{
    accepted(s, w, op, b, n);
    s->stat.loads += n;
    if (slot->matrix && op->stage < SM_STAGES_MAX)
        s->stat.shared_write_bytes += n * LINE_BYTES; /* when they come */
    op->line += n;
    s->lsu_request.line += n;
}

static void other_accepted(struct sm *s, struct sm_slot *slot, struct sm_warp *w, struct sm_memory_op *op,
                           struct batch *b)
{
    accepted(s, w, op, b, 1);
    if (op->kind == TXN_STORE) {
        s->writes++;
        s->stat.stores++;
    } else if (op->kind == TXN_SIGNAL || op->kind == TXN_FETCH) {
        s->stat.atomics++;
    }
    if (op->kind == TXN_FETCH) {
        slot->fetch_txn = sm_request(b->txn, b->lines - 1);
        s->changed = true;
    }
    op->line++;
}

/* The line's record: the last one, if it is of the same piece. */
static void find_record(const struct sm *s, const struct sm_memory_op *op, struct batch *b)
{
    if (b->lines > 0 && b->piece == op->piece && b->stage == op->stage)
        return;
    *b = (struct batch) {.txn = next_txn(s), .piece = op->piece, .stage = op->stage};
}

/* The LSU goes on when something comes back, or, where the queue to the network was full, has left. */
static void refused(struct sm *s, enum l1_answer answer)
{
    s->lsu_crowded = answer == L1_QUEUE_FULL;
    s->lsu_blocked = !s->lsu_crowded;
    s->changed = true;
    s->stat.lsu_refused += s->lsu_blocked;
}

/* Hands one line of the oldest instruction on, which is not a load; false: not in this cycle. */
static bool one_line(struct sm *s, struct sm_memory_op *op, struct sm_warp *w, struct batch *b, uint64_t cycle)
{
    struct sm_slot *slot = sm_slot_of(w);
    struct l1_request *r = &s->lsu_request;
    if (s->outstanding == s->n_txns || (op->kind == TXN_STORE && s->writes >= s->k.p.max_writes)) {
        s->lsu_blocked = s->changed = true;
        return false;
    }
    if (!s->lsu_asked)
        make_request(s, slot, op, r);
    s->lsu_asked = true;
    find_record(s, op, b);
    r->tag = sm_tag(sm_request(b->txn, b->lines), op->warp);
    enum l1_answer answer = l1_access(s->l1, cycle, r);
    if (answer != L1_ACCEPTED) {
        refused(s, answer);
        return false;
    }
    other_accepted(s, slot, w, op, b);
    s->lsu_asked = false;
    return true;
}

/* The same for lines of one piece, *n of SM_LSU_LINES so far. */
static bool lines_of_load(struct sm *s, struct sm_memory_op *op, struct sm_warp *w, struct batch *b, uint64_t cycle,
                          uint32_t *n)
{
    struct sm_slot *slot = sm_slot_of(w);
    struct l1_request *r = &s->lsu_request;
    uint32_t room = s->n_txns - s->outstanding, most = SM_LSU_LINES - *n, taken;
    if (room == 0) {
        s->lsu_blocked = s->changed = true;
        return false;
    }
    uint32_t lines = load_request(s, slot, op, r, most < room ? most : room);
    find_record(s, op, b);
    r->tag = sm_tag(sm_request(b->txn, b->lines), op->warp);
    enum l1_answer answer = l1_access_lines(s->l1, cycle, r, lines, &taken);
    if (taken > 0)
        loads_accepted(s, slot, w, op, b, taken);
    *n += taken;
    if (answer != L1_ACCEPTED)
        refused(s, answer);
    return answer == L1_ACCEPTED;
}

static bool has_line(const struct sm *s, const struct sm_warp *w, struct sm_memory_op *op)
{
    return op->line < op->end || (op->kind == TXN_LOAD && find_load(s, sm_slot_of(w), w, op));
}

static void wake_waiters(struct sm *s, uint64_t cycle)
{
    s->lsu_waiters = false;
    for (uint32_t i = 0; i < s->n_warps; i++)
        if (s->warps[i].state == WARP_LSU)
            sm_ready(s, &s->warps[i], cycle + 1);
}

static void retire(struct sm *s, const struct sm_memory_op *op, uint64_t cycle)
{
    struct sm_warp *w = &s->warps[op->warp];
    s->lsu_first = (s->lsu_first + 1) % SM_LSU_QUEUE;
    s->lsu_count--;
    s->lsu_ready = false;
    w->in_lsu--;
    if (s->lsu_waiters)
        wake_waiters(s, cycle);
    if (w->state == WARP_FENCE && w->in_lsu == 0 && w->writes == 0)
        sm_ready(s, w, cycle + 1);
}

/* How many lines the L1 takes in this cycle, and whether there are more. */
static uint32_t hand_on_loads(struct sm *s, struct sm_memory_op *op, uint64_t cycle, bool *more)
{
    struct sm_warp *w = &s->warps[op->warp];
    struct batch b = {0};
    uint32_t n = 0;
    *more = true;
    while (*more && n < SM_LSU_LINES && lines_of_load(s, op, w, &b, cycle, &n))
        *more = op->line < op->end || find_load(s, sm_slot_of(w), w, op);
    return n;
}

static uint32_t hand_on(struct sm *s, struct sm_memory_op *op, uint64_t cycle, bool *more)
{
    struct sm_warp *w = &s->warps[op->warp];
    struct batch b = {0};
    uint32_t n = 0;
    *more = true;
    while (*more && n < SM_LSU_LINES && one_line(s, op, w, &b, cycle)) {
        *more = op->line < op->end;
        n++;
    }
    return n;
}

/* A warp instruction covers SM_LSU_LINES lines: they are handed on together, and the next ones as many cycles later. */
static void some_lines(struct sm *s, struct sm_memory_op *op, uint64_t cycle)
{
    bool more;
    uint32_t n = op->kind == TXN_LOAD ? hand_on_loads(s, op, cycle, &more) : hand_on(s, op, cycle, &more);
    uint32_t interval = n > s->k.p.lsu_interval ? n : s->k.p.lsu_interval;
    s->lsu_next = cycle + (n > 0 ? interval : 1);
    if (!more)
        retire(s, op, cycle);
}

/* Instructions without lines leave as soon as they are the oldest, whether or not the SM is evaluated again. */
static void retire_empty(struct sm *s, uint64_t cycle)
{
    while (!s->lsu_ready && s->lsu_count > 0) {
        struct sm_memory_op *op = &s->lsu[s->lsu_first];
        if (has_line(s, &s->warps[op->warp], op))
            s->lsu_ready = true;
        else
            retire(s, op, cycle);
    }
}

void sm_lsu_run(struct sm *s, uint64_t cycle)
{
    if (!s->lsu_ready)
        retire_empty(s, cycle);
    if (s->lsu_count > 0 && !s->lsu_blocked && !s->lsu_crowded && s->lsu_next <= cycle) {
        some_lines(s, &s->lsu[s->lsu_first], cycle);
        if (!s->lsu_ready)
            retire_empty(s, cycle);
    }
    s->lsu_at = s->lsu_count > 0 && !s->lsu_blocked && !s->lsu_crowded ? s->lsu_next : CYCLE_NEVER;
}

/* ---- what comes back ---- */

static void poll_back(struct sm *s, struct sm_slot *slot, struct sm_warp *w, const struct l1_completion *c,
                      uint64_t cycle)
{
    const struct cta_wait *x = &s->k.program->waits[slot->c->first_wait + slot->waits_left - 1];
    if (c->message->value < (uint64_t)x->n * s->launch) {
        sm_ready(s, w, cycle + s->k.p.poll_interval);
        return;
    }
    struct trail way;
    l1_trail(c, &way);
    sm_settle(s, cycle);
    sm_account_resolve_result(&s->account, sm_result_tag(s, slot), c->message->computed, &way, cycle);
    sm_warp_state(s, w, WARP_READY, cycle);
    sm_ready(s, w, cycle);
    s->acquire |= --slot->waits_left == 0;
}

static void fetch_back(struct sm *s, struct sm_slot *slot, uint64_t value, uint64_t cycle)
{
    const struct chip_program *p = s->k.program;
    const uint32_t *own = p->unit_first ? &p->unit_ctas[p->unit_first[s->k.unit]] : NULL;
    uint64_t n = own ? p->unit_first[s->k.unit + 1] - p->unit_first[s->k.unit] : p->n_ctas;
    uint64_t index = value - (uint64_t)(s->launch - 1) * (n + s->k.slots_in_all);
    slot->next_cta = index >= n ? (uint32_t)p->n_ctas : own ? own[index] : (uint32_t)index;
    slot->fetch_txn = SM_NO_TXN;
    s->changed = true;
    if (slot->state == SLOT_FETCHING)
        sm_slot_at(s, cycle);
}

/* The line is not outstanding any more; nor is the record, after the last one. */
static inline void line_back(struct sm *s, const struct sm_warp *w, struct sm_txns *list, struct sm_txn *x,
                             uint32_t line)
{
    x->out &= (uint8_t) ~(1u << line);
    if (x->out == 0)
        unlink_txn(s, w, list, x);
    else if (x->prev == SM_NO_TXN && (x->out & ((1u << line) - 1u)) == 0) /* it was the oldest */
        s->changed |= sm_heard(s, w);
}

static void store_back(struct sm *s, struct sm_slot *slot, struct sm_warp *w, const struct l1_completion *c,
                       uint64_t cycle)
{
    s->writes--;
    if (--w->writes > 0)
        return;
    l1_trail(c, &slot->way);
    if (w->in_lsu == 0 && w->state == WARP_FENCE)
        sm_ready(s, w, cycle);
}

static void load_back(struct sm *s, struct sm_slot *slot, struct sm_warp *w, const struct sm_txn *x,
                      const struct l1_completion *c, uint64_t cycle)
{
    sm_identity_read(s, slot, x, c->data, cycle);
    if (--w->pending[x->stage] == 0 && w->state == WARP_SLICE)
        sm_ready(s, w, cycle);
}

void sm_complete(struct sm *s, const struct l1_completion *c, uint64_t cycle)
{
    uint32_t request = c->tag & UINT16_MAX, t = request / SM_LSU_LINES, line = request % SM_LSU_LINES;
    struct sm_txn *x = &s->txns[t];
    struct sm_warp *w = &s->warps[c->tag >> 16];
    struct sm_slot *slot = sm_slot_of(w);
    s->outstanding--;
    if (x->charged >> line & 1) {
        struct trail way;
        l1_trail(c, &way);
        sm_settle(s, cycle);
        sm_account_resolve(&s->account, request, &way, cycle);
        x->charged &= (uint8_t) ~(1u << line);
        s->cause = SM_UNKNOWN; /* the number may be another request's at once */
        s->changed = true;
    }
    if (x->kind == TXN_LOAD) {
        line_back(s, w, &w->loads, x, line);
        load_back(s, slot, w, x, c, cycle);
    } else if (x->kind == TXN_STORE) {
        line_back(s, w, &w->stores, x, line);
        store_back(s, slot, w, c, cycle);
    } else {
        x->out &= (uint8_t) ~(1u << line);
        if (x->kind == TXN_POLL)
            poll_back(s, slot, w, c, cycle);
        else if (x->kind == TXN_FETCH)
            fetch_back(s, slot, c->message->value, cycle);
    }
    if (x->out == 0)
        give_txn(s, t);
}
