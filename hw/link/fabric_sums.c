/* SPDX-License-Identifier: Apache-2.0 */
/* fabric_sums.c - lines that are gathered from chips and added, stores that go to several chips. */
#include "hw/link/fabric_sums.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "hw/link/fabric_queue.h"
#include "sim/base/error.h"
#include "sim/base/mem.h"
#include "sim/kernel/identity.h"

#define SUMS_NONE UINT32_MAX

/* A request under way: places [0, n) are lines that are gathered, [n, 2 n) stores. */
struct sums_place {
    struct message request; /* in the end its answer */
    bool used;
    uint32_t missing; /* answers of the group */
    uint32_t next;    /* free ones; those that the adders have taken */
    uint64_t due;     /* a sum: when it is ready to leave */
};

struct sums_free {
    uint32_t first;
};

struct fabric_sums {
    struct fabric_sums_params p;
    const struct slot_counter *launch;
    uint32_t most; /* members of a group */
    struct sums_place *places;
    struct sums_free gathers, stores;
    uint32_t *partials; /* [place][member]: identity_number() */
    bool *here;
    struct serial_line adders;
    uint64_t busy_until;
    uint32_t first_due, last_due; /* sums in the adders, in the order in which they leave */
    uint32_t turn;                /* source after the one whose request went last */
    struct fabric_sums_stat stat;
    struct link_probe probe;
    const struct probe *shown; /* NULL: nothing of it is shown */
};

/* ---- life ---- */

static void chain(struct fabric_sums *s, struct sums_free *list, uint32_t from, uint32_t n)
{
    list->first = from;
    for (uint32_t i = from; i < from + n; i++)
        s->places[i].next = i + 1 < from + n ? i + 1 : SUMS_NONE;
}

struct fabric_sums *fabric_sums_new(const struct fabric_sums_params *p, const struct slot_counter *launch)
{
    struct fabric_sums *s = mem_alloc(sizeof *s);
    SIM_CHECK(p->places > 0, "%s: no place for a sum", p->id);
    s->p = *p;
    s->launch = launch;
    for (uint32_t i = 0; i < p->n_groups; i++)
        s->most = p->groups[i].n > s->most ? p->groups[i].n : s->most;
    s->places = mem_alloc_array(2 * (size_t)p->places, sizeof *s->places);
    s->partials = mem_alloc_array((size_t)p->places * (s->most + 1u), sizeof *s->partials);
    s->here = mem_alloc_array((size_t)p->places * (s->most + 1u), sizeof *s->here);
    chain(s, &s->gathers, 0, p->places);
    chain(s, &s->stores, p->places, p->places);
    s->adders.rate = p->rate;
    s->first_due = SUMS_NONE;
    return s;
}

void fabric_sums_free(struct fabric_sums *s)
{
    if (!s)
        return;
    free(s->places);
    free(s->partials);
    free(s->here);
    free(s);
}

uint32_t fabric_sums_places(const struct fabric_sums *s, enum virtual_network vn)
{
    return vn == VN_REQUEST ? 2 * s->p.places * s->most : vn == VN_RESPONSE ? 2 * s->p.places : 0;
}

/* ---- requests ---- */

static bool has_room(const struct fabric_sums *s, const struct message *m)
{
    return (m->type == MSG_READ ? s->gathers.first : s->stores.first) != SUMS_NONE;
}

static uint32_t take_place(struct fabric_sums *s, const struct message *m)
{
    struct sums_free *list = m->type == MSG_READ ? &s->gathers : &s->stores;
    uint32_t i = list->first;
    list->first = s->places[i].next;
    s->places[i] = (struct sums_place) {.request = *m, .used = true, .next = SUMS_NONE};
    return i;
}

/* The request to each member. What the homes and the ways there take is part of its history. */
static void take_request(struct fabric_router *r, const struct message *m)
{
    struct fabric_sums *s = r->sums;
    SIM_CHECK((m->type == MSG_READ || m->type == MSG_WRITE) && m->words < s->p.n_groups && s->p.groups[m->words].n > 0,
              "%s: a %s of group %u", r->p.name, message_infos[m->type].name, m->words);
    const struct fabric_group *g = &s->p.groups[m->words];
    uint32_t place = take_place(s, m);
    s->places[place].missing = g->n;
    for (uint32_t i = 0; i < g->n; i++) {
        struct message to = *m;
        to.home_chip = to.to_chip = g->members[i];
        to.from_chip = r->p.chip;
        to.from = 0;
        to.tag = place;
        fabric_router_inject(r, &to);
    }
    s->stat.replicated += (g->n - 1) * (uint64_t)message_payload(m);
}

/* ---- answers ---- */

/* To who asked, with the history of the answer that came last. */
static void answer(struct fabric_router *r, uint32_t place, enum message_type type)
{
    struct message *q = &r->sums->places[place].request, m = *q;
    m.type = (uint8_t)type;
    m.bytes = 0;
    m.through = false;
    m.home_chip = m.from_chip = r->p.chip;
    m.from = 0;
    m.to_chip = q->from_chip;
    m.to_end = q->from;
    m.link = place;
    if (type == MSG_WRITE_ACK)
        m.sectors = 0;
    fabric_router_inject(r, &m);
}

static void fault(const struct fabric_router *r, uint32_t line, const struct identity *part, const struct identity *id,
                  uint64_t cycle)
{
    const struct slot_counter *launch = r->sums->launch;
    fault_add(r->run, r->sums->p.id, sim_clock_edge(&r->domain->clock, cycle), cycle - launch->now.base,
              "line %u: chunk %u of tensor %u version %u with c %016" PRIx64 " is no partial of tensor %u version %u "
              "with c %016" PRIx64,
              line, part->chunk, part->tensor, part->version, part->c, id->tensor, id->version, id->c);
}

/* In the order of the group: of identities what the sum says of its parts, of numbers the sum. */
static uint32_t add(struct fabric_router *r, uint32_t place, uint32_t n, uint64_t cycle)
{
    struct fabric_sums *s = r->sums;
    const uint32_t *parts = &s->partials[(size_t)place * s->most];
    struct identity sum = *identity_at(&r->run->identities, parts[0]);
    float number = 0.0f;
    sum.chunk = 0;
    sum.value = 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct identity *part = identity_at(&r->run->identities, parts[i]);
        if (part->tensor != sum.tensor || part->version != sum.version || part->c != sum.c)
            fault(r, s->places[place].request.line, part, &sum, cycle);
        number += identity_float(part->numeric);
        sum.chunk += part->chunk;
        sum.value += part->value;
    }
    sum.numeric = identity_bits(number);
    return identity_number(&r->run->identities, &sum);
}

/* All partials are here: the adders take them when they are free. */
static void begin(struct fabric_router *r, uint32_t place, uint32_t n, uint64_t cycle)
{
    struct fabric_sums *s = r->sums;
    struct sums_place *x = &s->places[place];
    uint32_t bytes = message_payload(&(struct message) {.type = MSG_DATA, .sectors = x->request.sectors});
    struct line_time from = serial_line_occupy(&s->adders, cycle, bytes);
    uint64_t end = line_time_ceil(s->adders.free), first = from.cycle > s->busy_until ? from.cycle : s->busy_until;
    struct link_account *a = &s->stat.account;
    x->request.data = add(r, place, n, cycle);
    memset(&s->here[(size_t)place * s->most], 0, n * sizeof *s->here);
    x->due = end + s->p.latency;
    if (s->first_due == SUMS_NONE)
        s->first_due = place;
    else
        s->places[s->last_due].next = place;
    s->last_due = place;
    a->payload += bytes;
    a->entered += bytes;
    a->left += bytes;
    a->busy_cycles += end > first ? end - first : 0;
    s->busy_until = end;
    s->stat.sums++;
    const struct slot_state *now = &s->launch->now;
    if (s->shown && now->measured && from.cycle >= now->base)
        link_probe_burst(&s->probe, s->shown, s->launch, from.cycle - now->base, end - now->base, CLASS_DATA);
}

static void take_partial(struct fabric_router *r, const struct message *m, uint32_t place)
{
    struct fabric_sums *s = r->sums;
    const struct fabric_group *g = &s->p.groups[s->places[place].request.words];
    uint32_t i = 0;
    while (i < g->n && (g->members[i] != m->from_chip || s->here[(size_t)place * s->most + i]))
        i++;
    SIM_CHECK(i < g->n && m->type == MSG_DATA, "%s: a %s of node %u, which nobody awaits", r->p.name,
              message_infos[m->type].name, m->from_chip);
    s->partials[(size_t)place * s->most + i] = m->data;
    s->here[(size_t)place * s->most + i] = true;
    s->stat.delivered += message_payload(m);
}

static void take_answer(struct fabric_router *r, const struct message *m, uint64_t cycle)
{
    struct fabric_sums *s = r->sums;
    struct sums_place *x = &s->places[m->tag];
    SIM_CHECK(m->tag < 2 * s->p.places && x->used && x->missing > 0 && x->request.line == m->line,
              "%s: a %s for line %u, which nobody awaits", r->p.name, message_infos[m->type].name, m->line);
    bool gathers = m->tag < s->p.places;
    if (gathers)
        take_partial(r, m, m->tag);
    x->request.trail = m->trail;
    if (--x->missing > 0)
        return;
    if (gathers)
        begin(r, m->tag, s->p.groups[x->request.words].n, cycle);
    else
        answer(r, m->tag, MSG_WRITE_ACK);
}

void fabric_sums_left(struct fabric_sums *s, const struct message *m)
{
    struct sums_free *list = m->link < s->p.places ? &s->gathers : &s->stores;
    if (message_vn(m) != VN_RESPONSE)
        return;
    s->places[m->link].used = false;
    s->places[m->link].next = list->first;
    list->first = m->link;
}

/* ---- a cycle ---- */

/* The first packet of a source that is addressed to the switch; NULL: none. */
static const struct message *front(const struct fabric_router *r, uint32_t source)
{
    const struct fabric_output *o = &r->outputs[r->p.links];
    return o->asked[source / 64] >> source % 64 & 1 ? &fabric_queue_head(r, r->p.links, source)->m : NULL;
}

static void taken(struct fabric_router *r, uint32_t source, uint64_t cycle)
{
    const struct fabric_source *from = &r->sources[source];
    packet_receiver_credit(&r->receivers[from->from], cycle, front(r, source), from->crossed);
    fabric_queue_pop(r, r->p.links, source);
    r->run->progress++;
}

static void take_answers(struct fabric_router *r, uint64_t cycle)
{
    for (uint32_t i = 0; i < r->n_sources; i++) {
        const struct message *m;
        while (r->sources[i].vn == VN_RESPONSE && (m = front(r, i)) != NULL) {
            struct message copy = *m;
            taken(r, i, cycle);
            take_answer(r, &copy, cycle);
        }
    }
}

static void send_sums(struct fabric_router *r, uint64_t cycle)
{
    struct fabric_sums *s = r->sums;
    while (s->first_due != SUMS_NONE && s->places[s->first_due].due <= cycle) {
        uint32_t place = s->first_due;
        s->first_due = s->places[place].next;
        s->places[place].next = SUMS_NONE;
        answer(r, place, MSG_DATA);
        s->stat.injected +=
            message_payload(&(struct message) {.type = MSG_DATA, .sectors = s->places[place].request.sectors});
    }
}

/* One of each source that has one, round after round, while there are places. */
static void take_requests(struct fabric_router *r, uint64_t cycle)
{
    struct fabric_sums *s = r->sums;
    uint32_t first = s->turn, misses = 0;
    for (uint32_t i = first; misses < r->n_sources; i = i + 1 < r->n_sources ? i + 1 : 0) {
        const struct message *m = r->sources[i].vn == VN_REQUEST ? front(r, i) : NULL;
        misses++;
        if (!m || !has_room(s, m))
            continue;
        struct message copy = *m;
        taken(r, i, cycle);
        take_request(r, &copy);
        s->turn = i + 1 < r->n_sources ? i + 1 : 0;
        misses = 0;
    }
}

void fabric_sums_eval(struct fabric_router *r, uint64_t cycle)
{
    bool asked = r->outputs[r->p.links].n_asked > 0;
    if (asked)
        take_answers(r, cycle);
    send_sums(r, cycle);
    if (asked)
        take_requests(r, cycle);
}

uint64_t fabric_sums_next(const struct fabric_router *r, uint64_t cycle)
{
    const struct fabric_sums *s = r->sums;
    for (uint32_t i = 0; r->outputs[r->p.links].n_asked > 0 && i < r->n_sources; i++) {
        const struct message *m = front(r, i);
        if (m && has_room(s, m)) /* a place was given back in this cycle */
            return cycle + 1;
    }
    return s->first_due != SUMS_NONE ? s->places[s->first_due].due : CYCLE_NEVER;
}

/* ---- accounts, waveform ---- */

bool fabric_sums_idle(const struct fabric_sums *s)
{
    for (uint32_t i = 0; i < 2 * s->p.places; i++)
        if (s->places[i].used)
            return false;
    return true;
}

const struct fabric_sums_stat *fabric_sums_stat_of(const struct fabric_sums *s)
{
    return &s->stat;
}

void fabric_sums_stat_clear(struct fabric_sums *s, uint64_t cycle)
{
    s->stat = (struct fabric_sums_stat) {0};
    s->busy_until = s->busy_until > cycle ? s->busy_until : cycle;
}

void fabric_sums_show(struct fabric_sums *s, const struct probe *probe)
{
    s->shown = probe;
    link_probe_declare(&s->probe, probe, s->p.id);
}

void fabric_sums_show_end(struct fabric_sums *s)
{
    if (s->shown)
        link_probe_flush(&s->probe, s->shown, s->launch);
}

void fabric_sums_dump(const struct fabric_router *r, uint64_t cycle, struct diag *d)
{
    const struct fabric_sums *s = r->sums;
    uint32_t waits = 0, missing = 0, last = SUMS_NONE;
    for (uint32_t i = 0; i < 2 * s->p.places; i++) {
        if (!s->places[i].used || s->places[i].missing == 0)
            continue;
        last = waits++ == 0 ? i : last;
        missing += s->places[i].missing;
    }
    if (waits > 0)
        diag_add(d, "", 0, 0, r->p.name,
                 "cycle %" PRIu64 ": %u requests wait for %u answers of chips, the first one a %s of line %u", cycle,
                 waits, missing, message_infos[s->places[last].request.type].name, s->places[last].request.line);
    if (r->outputs[r->p.links].n_asked > 0)
        diag_add(d, "", 0, 0, r->p.name, "cycle %" PRIu64 ": requests wait for one of %u places", cycle, s->p.places);
}
