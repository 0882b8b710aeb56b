/* SPDX-License-Identifier: Apache-2.0 */
/* trace_player.c - completions first, then one attempt per cycle. */
#include "hw/cache/trace_player.h"

void trace_player_init(struct trace_player *p, struct l1 *l1, uint16_t chip, struct player_access *accesses, uint32_t n,
                       struct run_control *run)
{
    *p = (struct trace_player) {.l1 = l1, .chip = chip, .accesses = accesses, .n = n, .run = run};
}

static void take_completions(struct trace_player *p, uint64_t cycle)
{
    const struct l1_completion *done;
    while ((done = l1_done(p->l1, cycle))) {
        struct player_access *a = &p->accesses[done->tag];
        a->done = true;
        a->done_at = cycle;
        a->hit = !done->message;
        if (!a->write)
            a->version = identity_at(&p->run->identities, done->data)->version;
        p->latency += cycle - a->tried_at;
        p->completed++;
        p->run->progress++;
    }
}

/* Everything of the access before this one is done; its own earlier pieces need not be. */
static bool previous_done(const struct trace_player *p, const struct player_access *a)
{
    uint32_t end = a->group;
    if (end == 0)
        return true;
    for (uint32_t i = p->accesses[end - 1].group; i < end; i++)
        if (!p->accesses[i].done)
            return false;
    return true;
}

static struct l1_request request_of(const struct trace_player *p, const struct player_access *a)
{
    struct l1_request r = {.kind = a->write ? L1_STORE : L1_LOAD,
                           .sectors = a->sectors,
                           .home = p->chip,
                           .line = a->line,
                           .tag = (uint32_t)(a - p->accesses)};
    if (a->write) {
        r.bytes = (uint8_t)((uint32_t)__builtin_popcount(a->sectors) * SECTOR_BYTES);
        struct identity id = {.chunk = a->line, .version = a->version, .c = a->version, .value = a->version};
        r.data = identity_number(&p->run->identities, &id);
    }
    return r;
}

/* Returns the cycle in which it wants to try next; CYCLE_NEVER: when a completion comes, or nothing is left. */
static uint64_t try_next(struct trace_player *p, uint64_t cycle)
{
    if (p->next == p->n)
        return CYCLE_NEVER;
    struct player_access *a = &p->accesses[p->next];
    if (a->dependent && !previous_done(p, a))
        return CYCLE_NEVER;
    if (!a->dependent && a->cycle > cycle)
        return a->cycle;
    if (!a->tried) {
        a->tried = true;
        a->tried_at = cycle;
    }
    struct l1_request r = request_of(p, a);
    /* What is in its way goes with a message that comes in, a completion, or one that leaves. */
    if (l1_access(p->l1, cycle, &r) != L1_ACCEPTED)
        return CYCLE_NEVER;
    a->issued = true;
    a->issued_at = cycle;
    p->next++;
    if (p->next == p->n)
        return CYCLE_NEVER;
    a = &p->accesses[p->next];
    if (a->dependent && !previous_done(p, a))
        return CYCLE_NEVER;
    return !a->dependent && a->cycle > cycle ? a->cycle : cycle + 1;
}

uint64_t trace_player_eval(struct trace_player *p, uint64_t cycle)
{
    l1_begin(p->l1, cycle);
    take_completions(p, cycle);
    uint64_t next = try_next(p, cycle);
    uint64_t own = l1_end(p->l1, cycle);
    if (l1_sends(p->l1, cycle)) /* room for what was refused */
        own = cycle + 1;
    return own < next ? own : next;
}

bool trace_player_idle(const struct trace_player *p)
{
    return p->completed == p->next && l1_idle(p->l1);
}

void trace_player_dump(const struct trace_player *p, uint64_t cycle, struct diag *d)
{
    l1_dump(p->l1, cycle, d);
    if (p->next < p->n)
        diag_add(d, "", 0, 0, "player", "%u of %u accesses are done, the next one is line %u of the trace",
                 p->completed, p->n, p->accesses[p->next].source);
}
