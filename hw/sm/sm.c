/* SPDX-License-Identifier: Apache-2.0 */
/* sm.c - life of an SM, its cycle, and what each cycle was. */
#include "hw/sm/sm.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"

#define TXNS_MAX 8192u /* requests outstanding at once */

_Static_assert(sizeof(struct sm_warp) % MEM_LINE == 0, "a warp lies in whole lines");
_Static_assert(2 * sizeof(struct sm_operand) == MEM_LINE, "an operand is half a line");
_Static_assert(offsetof(struct sm, oldest) == MEM_LINE && offsetof(struct sm, subcore_at) == 2 * MEM_LINE,
               "what evaluations look at lies in whole lines");

/* ---- life ---- */

struct most {
    uint32_t pieces, operands;
};

static struct most most_of(const struct chip_program *p)
{
    struct most m = {1, 1};
    for (size_t i = 0; i < p->n_ctas; i++) {
        m.pieces = p->ctas[i].n_pieces > m.pieces ? p->ctas[i].n_pieces : m.pieces;
        m.operands = p->ctas[i].n_operands > m.operands ? p->ctas[i].n_operands : m.operands;
    }
    return m;
}

static void make_slots(struct sm *s)
{
    struct most m = most_of(s->k.program);
    s->operand_block = mem_alloc_lines((size_t)s->k.p.cta_slots * m.operands, sizeof *s->operands);
    s->operands = mem_lines(s->operand_block);
    for (uint32_t i = 0; i < s->k.p.cta_slots; i++) {
        struct sm_slot *slot = &s->slots[i];
        slot->groups = mem_alloc_array(m.pieces, sizeof *slot->groups);
        slot->piece_first = mem_alloc_array(m.pieces, sizeof *slot->piece_first);
        slot->piece_operand = mem_alloc_array(m.pieces, sizeof *slot->piece_operand);
        slot->operands = &s->operands[(size_t)i * m.operands];
        slot->fetch_txn = SM_NO_TXN;
        slot->next_cta = SM_NONE;
    }
    for (uint32_t i = 0; i < s->n_warps; i++) {
        struct sm_warp *w = &s->warps[i];
        w->cta = &s->slots[i / s->k.p.warps_per_cta];
        w->index = (uint16_t)(i % s->k.p.warps_per_cta);
        w->subcore = (uint8_t)(w->index % s->k.p.subcores);
        w->number = (uint16_t)i;
        w->loads = w->stores = (struct sm_txns) {SM_NO_TXN, SM_NO_TXN};
        w->variable = UINT32_MAX;
    }
}

static void sort_warps(struct sm *s)
{
    uint32_t words = (uint32_t)ceil_div(ceil_div(s->k.p.warps_per_cta, s->k.p.subcores) * s->k.p.cta_slots, 64);
    uint32_t places = s->k.p.subcores * words * 64;
    s->warp_at = mem_alloc_array(places, sizeof *s->warp_at);
    s->ready_block = mem_alloc_lines(places, sizeof *s->ready_at);
    s->ready_at = mem_lines(s->ready_block);
    s->timed = &s->subcore_at[s->k.p.subcores];
    if (s->k.p.subcores * (words + 1) > SM_SUBCORES_MAX)
        s->timed = s->timed_block = mem_alloc_array((size_t)s->k.p.subcores * words, sizeof *s->timed);
    for (uint32_t k = 0; k < s->k.p.subcores; k++) {
        uint32_t n = k * words * 64;
        s->subcore_at[k] = CYCLE_NEVER;
        s->subcore[k] = (struct sm_subcore) {
            .last = SM_NONE, .first_word = (uint16_t)(k * words), .end_word = (uint16_t)((k + 1) * words)};
        for (uint32_t i = 0; i < s->n_warps; i++) {
            if (s->warps[i].subcore != k)
                continue;
            s->warps[i].place = n;
            s->warp_at[n++] = (uint16_t)i;
        }
    }
}

struct sm *sm_new(const struct sm_config *k, struct l1 *l1, struct run_control *run)
{
    void *block = mem_alloc_lines(1, sizeof(struct sm));
    struct sm *s = mem_lines(block);
    *s = (struct sm) {.k = *k, .run = run, .l1 = l1, .block = block};
    SIM_CHECK(k->p.subcores <= SM_SUBCORES_MAX && k->p.stages <= SM_STAGES_MAX && k->p.stages >= 2,
              "%s: %u subcores, %u stages", k->name, k->p.subcores, k->p.stages);
    s->n_warps = k->p.cta_slots * k->p.warps_per_cta;
    s->slots = mem_alloc_array(k->p.cta_slots, sizeof *s->slots);
    s->warp_block = mem_alloc_lines(s->n_warps, sizeof *s->warps);
    s->warps = mem_lines(s->warp_block);
    make_slots(s);
    sort_warps(s);
    s->ended_ctas = mem_alloc_array(ceil_div(k->program->n_ctas, 64) + 1, sizeof *s->ended_ctas);
    s->n_txns = l1_most(l1) < TXNS_MAX ? l1_most(l1) + 1 : TXNS_MAX; /* what the L1 takes is enough */
    s->txns = mem_alloc_array(s->n_txns, sizeof *s->txns);
    s->given_txns = mem_alloc_array(s->n_txns, sizeof *s->given_txns);
    sm_wave_declare(s);
    return s;
}

void sm_free(struct sm *s)
{
    if (!s)
        return;
    for (uint32_t i = 0; i < s->k.p.cta_slots; i++) {
        free(s->slots[i].groups);
        free(s->slots[i].piece_first);
        free(s->slots[i].piece_operand);
    }
    sm_account_free(&s->account);
    free(s->slots);
    free(s->warp_block);
    free(s->warp_at);
    free(s->ready_block);
    free(s->timed_block);
    free(s->operand_block);
    free(s->ended_ctas);
    free(s->txns);
    free(s->given_txns);
    free(s->block);
}

void sm_connect(struct sm *s, const struct slot_counter *launch, struct mailbox *start_in, struct mailbox *done_out)
{
    s->launch_counter = launch;
    s->wave.launch = launch;
    s->start_in = start_in;
    mailbox_flag(start_in, &s->starts, 1);
    s->done_out = done_out;
}

/* ---- accounting ---- */

/* Whom the oldest CTA waits for: its first warp that does not itself wait for others at a barrier. */
static const struct sm_warp *speaker(const struct sm *s, const struct sm_slot *slot)
{
    const struct sm_warp *first = &s->warps[(size_t)(slot - s->slots) * s->k.p.warps_per_cta];
    for (uint32_t i = 0; i < s->k.p.warps_per_cta; i++)
        if (first[i].state != WARP_BARRIER && first[i].state != WARP_DONE)
            return &first[i];
    return NULL;
}

static uint32_t oldest_request(const struct sm *s, const struct sm_txns *list)
{
    if (list->first == SM_NO_TXN)
        return SM_NO_TXN;
    return sm_request(list->first, (uint32_t)__builtin_ctz(s->txns[list->first].out));
}

static uint32_t cause_of_warp(const struct sm *s, const struct sm_warp *w, uint32_t *tag)
{
    switch ((enum warp_state)w->state) {
    case WARP_SLICE:
        *tag = oldest_request(s, &w->loads);
        if (*tag != SM_NO_TXN)
            return SM_PENDING;
        return s->lsu_blocked || s->lsu_crowded ? CAUSE_MEMORY_L1 : CAUSE_CONTROL_ISSUE;
    case WARP_FENCE:
        *tag = oldest_request(s, &w->stores);
        return *tag != SM_NO_TXN ? (uint32_t)SM_PENDING : CAUSE_MEMORY_L1;
    case WARP_POLL:
        *tag = sm_result_tag(s, sm_slot_of(w));
        return SM_PENDING;
    case WARP_LSU:
        return CAUSE_MEMORY_L1;
    default:
        return CAUSE_CONTROL_ISSUE;
    }
}

static uint32_t cause_now(struct sm *s, uint32_t *tag)
{
    const struct sm_slot *oldest = s->oldest;
    *tag = s->n_heard = 0;
    if (!oldest)
        return SM_EMPTY;
    if (oldest->state == SLOT_STARTING)
        return CAUSE_CONTROL_DISPATCH;
    if (oldest->state == SLOT_FETCHING) {
        *tag = oldest->fetch_txn;
        return oldest->fetch_txn == SM_NO_TXN ? (uint32_t)CAUSE_CONTROL_ISSUE : SM_PENDING;
    }
    const struct sm_warp *w = speaker(s, oldest);
    s->heard = (uint32_t)(oldest - s->slots) * s->k.p.warps_per_cta;
    s->n_heard = w ? w->index + 1u : s->k.p.warps_per_cta;
    return w ? cause_of_warp(s, w, tag) : (uint32_t)CAUSE_CONTROL_ISSUE;
}

void sm_account_to(struct sm *s, uint64_t cycle)
{
    struct sm_account *a = &s->account;
    if (!s->measuring || a->until >= cycle || s->cause == SM_UNKNOWN)
        return;
    if (s->compute_until > a->until)
        sm_account_add(a, s->compute_until < cycle ? s->compute_until : cycle, CAUSE_COMPUTE_USEFUL, 0);
    sm_account_add(a, cycle, s->cause, s->cause_tag);
}

/* From this cycle on it is what the CTAs' states say now. */
static void new_cause(struct sm *s, uint64_t cycle)
{
    uint32_t tag, cause = cause_now(s, &tag);
    s->changed = false;
    if (cause == s->cause && tag == s->cause_tag)
        return;
    sm_settle(s, cycle);
    s->cause = cause;
    s->cause_tag = tag;
    if (cause == SM_PENDING && tag < sm_requests(s))
        s->txns[tag / SM_LSU_LINES].charged |= (uint8_t)(1u << tag % SM_LSU_LINES);
}

/* ---- a cycle ---- */

static void new_launch(struct sm *s)
{
    const struct slot_state *now = &s->launch_counter->now;
    s->launch = now->launch;
    s->changed = true;
    s->base = now->base;
    memset(s->ended_ctas, 0, ceil_div(s->k.program->n_ctas, 64) * sizeof *s->ended_ctas);
    l1_host_wrote(s->l1, s->k.program->input_first, s->k.program->input_lines);
    if (!now->measured)
        return;
    s->measuring = true;
    s->stat = (struct sm_stat) {0};
    l1_stat_clear(s->l1);
    sm_account_begin(&s->account, now->base);
    s->cause = SM_UNKNOWN;
    sm_wave_begin(s);
}

static bool drained(const struct sm *s)
{
    return !s->oldest && s->outstanding == 0 && s->lsu_count == 0 && l1_idle(s->l1);
}

static void report(struct sm *s, uint64_t cycle)
{
    s->ended.drained = drained(s);
    if (s->ended.ended == 0 && !s->ended.drained)
        return;
    mailbox_write(s->done_out, cycle + 1, &s->ended, sizeof s->ended);
    s->report = !s->ended.drained;
    s->ended = (struct cta_done) {0};
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* What has come through the L1. */
static void take_in(struct sm *s, uint64_t cycle)
{
    bool any = false;
    l1_begin(s->l1, cycle);
    const struct l1_completion *c;
    while ((c = l1_done(s->l1, cycle)) != NULL) {
        sm_complete(s, c, cycle);
        any = true;
    }
    if (any || l1_taken(s->l1) != s->l1_taken)
        sm_lsu_again(s);
    s->l1_taken = l1_taken(s->l1);
    if (s->acquire)
        l1_acquire(s->l1, cycle);
    s->acquire = false;
}

/* A launch begins after all CTAs of the one before have ended. */
static inline bool launched(const struct sm *s)
{
    return !s->oldest && s->launch_counter->now.launch != s->launch;
}

static inline bool arrivals(const struct sm *s, uint64_t cycle)
{
    return s->starts && mailbox_front(s->start_in, cycle);
}

static bool new_work(const struct sm *s, uint64_t cycle)
{
    return s->due <= cycle || launched(s) || arrivals(s, cycle);
}

static void work(struct sm *s, uint64_t cycle, bool mail)
{
    if (launched(s))
        new_launch(s);
    if (arrivals(s, cycle))
        sm_slot_arrivals(s, cycle);
    if (mail)
        take_in(s, cycle);
    if (s->slots_at <= cycle)
        sm_slot_starts(s, cycle);
    if (s->issue_at <= cycle)
        sm_issue(s, cycle);
    if (s->lsu_at <= cycle)
        sm_lsu_run(s, cycle);
    if (s->report)
        report(s, cycle);
    if (s->changed && s->measuring)
        new_cause(s, cycle);
    uint64_t next = earlier(s->lsu_at, earlier(s->slots_at, s->issue_at));
    s->due = next > cycle ? next : cycle + 1;
}

uint64_t sm_eval(struct sm *s, uint64_t cycle)
{
    bool mail = l1_due(s->l1, cycle);
    if (mail || new_work(s, cycle))
        work(s, cycle, mail);
    uint64_t next = l1_end(s->l1, cycle);
    if (s->lsu_crowded && l1_sends(s->l1, cycle)) {
        sm_lsu_again(s);
        s->due = earlier(s->due, s->lsu_at > cycle ? s->lsu_at : cycle + 1);
    }
    if (s->report && drained(s)) /* the L1 has just sent its last answer */
        s->due = cycle + 1;
    return earlier(s->due, next);
}

void sm_end(struct sm *s, uint64_t end)
{
    sm_account_to(s, end);
    struct trail none = {0};
    while (s->account.n_pending > 0) {
        uint32_t tag = s->account.intervals[s->account.pending[0]].tag;
        sm_account_resolve_result(&s->account, tag, tag < sm_requests(s) ? 0 : CYCLE_NEVER, &none, end);
    }
}

bool sm_polls(const struct sm *s, uint32_t warp, struct sm_poll *p)
{
    const struct sm_warp *w = &s->warps[warp];
    const struct sm_slot *slot = sm_slot_of(w);
    if (slot->state != SLOT_RUNNING || w->state != WARP_POLL)
        return false;
    const struct cta_wait *x = &s->k.program->waits[slot->c->first_wait + slot->waits_left - 1];
    *p = (struct sm_poll) {.task = slot->c->task, .launch = s->launch, .word = x->word, .n = x->n};
    return true;
}

bool sm_has_ended(const struct sm *s, uint32_t launch, uint32_t cta)
{
    return s->launch == launch && (s->ended_ctas[cta / 64] >> cta % 64 & 1);
}

void sm_dump(const struct sm *s, uint64_t cycle, struct diag *d)
{
    bool any = false;
    struct sm_poll poll;
    for (uint32_t i = 0; i < s->n_warps; i++) {
        const struct sm_warp *w = &s->warps[i];
        const struct sm_slot *slot = sm_slot_of(w);
        if (slot->state != SLOT_RUNNING || w->state == WARP_DONE)
            continue;
        any = true;
        if (sm_polls(s, i, &poll)) {
            diag_add(d, "", 0, 0, s->k.name, "task %u (warp %u) waits for %u signals in counter word %u of its chip",
                     poll.task, w->index, poll.n, poll.word);
        } else if (w->state != WARP_BARRIER) {
            diag_add(d, "", 0, 0, s->k.name, "task %u, warp %u: %s, slice %u of %u, %u stores unacknowledged",
                     slot->c->task, w->index, sm_warp_state_names[w->state], w->slice, slot->c->steps, w->writes);
        }
    }
    if (!any && s->outstanding > 0)
        diag_add(d, "", 0, 0, s->k.name, "%u requests outstanding", s->outstanding);
    l1_dump(s->l1, cycle, d);
}
