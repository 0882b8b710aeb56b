/* SPDX-License-Identifier: Apache-2.0 */
/* l2_wave.c - an L2 slice in the waveform. */
#include "hw/cache/l2_state.h"

#include "sim/kernel/wave.h"

/* What the home does about a line; in the order of importance where several things happen in one cycle. */
#define L2_WAVE_EVENTS(X)                                                                                              \
    X(NONE, "-")                                                                                                       \
    X(FILL, "fill")                                                                                                    \
    X(ACK, "ack")                                                                                                      \
    X(OWNER_DATA, "owner_data")                                                                                        \
    X(HOST, "host")                                                                                                    \
    X(EVICT, "evict")                                                                                                  \
    X(POLL, "poll")                                                                                                    \
    X(READ, "read")                                                                                                    \
    X(MISS, "miss")                                                                                                    \
    X(READ_EX, "read_ex")                                                                                              \
    X(UPGRADE, "upgrade")                                                                                              \
    X(WRITE, "write")                                                                                                  \
    X(PUT, "put")                                                                                                      \
    X(ATOMIC, "atomic")                                                                                                \
    X(FORWARD, "forward")                                                                                              \
    X(INVALIDATE, "invalidate")                                                                                        \
    X(RECALL, "recall")
enum l2_wave_event {
#define X(id, name) SHOW_##id,
    L2_WAVE_EVENTS(X)
#undef X
        SHOW_COUNT
};
static const char *const names[SHOW_COUNT] = {
#define X(id, name) name,
    L2_WAVE_EVENTS(X)
#undef X
};

static const uint8_t event_of[HOME_EVENT_COUNT] = {
    [HOME_ON_MISS] = SHOW_MISS,
    [HOME_ON_READ] = SHOW_READ,
    [HOME_ON_READ_OTHERS] = SHOW_READ,
    [HOME_ON_READ_EX] = SHOW_READ_EX,
    [HOME_ON_READ_EX_OTHERS] = SHOW_READ_EX,
    [HOME_ON_UPGRADE] = SHOW_UPGRADE,
    [HOME_ON_UPGRADE_OTHERS] = SHOW_UPGRADE,
    [HOME_ON_WRITE] = SHOW_WRITE,
    [HOME_ON_WRITE_OTHERS] = SHOW_WRITE,
    [HOME_ON_ATOMIC] = SHOW_ATOMIC,
    [HOME_ON_POLL] = SHOW_POLL,
    [HOME_ON_PUT] = SHOW_PUT,
    [HOME_ON_PUT_CLEAN] = SHOW_PUT,
    [HOME_ON_PUT_STALE] = SHOW_PUT,
    [HOME_ON_EVICT] = SHOW_EVICT,
    [HOME_ON_EVICT_OTHERS] = SHOW_EVICT,
    [HOME_ON_HOST] = SHOW_HOST,
    [HOME_ON_FILL] = SHOW_FILL,
    [HOME_ON_INVALIDATE_ACK] = SHOW_ACK,
    [HOME_ON_LAST_ACK] = SHOW_ACK,
    [HOME_ON_OWNER_DATA] = SHOW_OWNER_DATA,
};

struct l2_wave {
    struct wave w;
    struct wave_level misses, requests, writes;
    struct wave_pulse event;
    uint8_t now; /* enum l2_wave_event of this cycle */
};

void l2_slice_show(struct l2_slice *s, uint32_t requests, const struct slot_counter *launch)
{
    struct wave w = wave_new(s->run->probe, launch);
    if (!w.probe)
        return;
    struct l2_wave *v = s->wave = mem_alloc(sizeof *v);
    v->event = wave_pulse_new(&w, s->name, "event", SHOW_COUNT, names);
    v->misses = wave_level_new(&w, s->name, "misses", s->p.mshrs);
    v->requests = wave_level_new(&w, s->name, "requests", requests);
    v->writes = wave_level_new(&w, s->name, "writes", s->p.queue);
    v->w = w;
    if (w.wanted == 0) {
        free(v);
        s->wave = NULL;
        return;
    }
    s->shorts = (struct l2_short) {0};
}

static uint8_t sent_by(const struct protocol_row *row, enum home_event event)
{
    for (uint32_t i = 0; i < ROW_ACTIONS; i++) {
        uint8_t action = row->actions[i];
        bool forward = action == HOME_DO_FORWARD_READ || action == HOME_DO_FORWARD_READ_EX;
        if (!forward && action != HOME_DO_INVALIDATE && action != HOME_DO_INVALIDATE_ALL)
            continue;
        if (event == HOME_ON_EVICT || event == HOME_ON_EVICT_OTHERS)
            return SHOW_RECALL;
        return forward ? SHOW_FORWARD : SHOW_INVALIDATE;
    }
    return SHOW_NONE;
}

void l2_wave_event(struct l2_slice *s, const struct protocol_row *row, enum home_event event)
{
    uint8_t sent = sent_by(row, event), what = sent ? sent : event_of[event];
    s->wave->now = what > s->wave->now ? what : s->wave->now;
}

void l2_wave_cycle(struct l2_slice *s, uint64_t cycle)
{
    struct l2_wave *v = s->wave;
    if (v->now)
        wave_pulse_at(&v->w, &v->event, cycle, v->now);
    v->now = SHOW_NONE;
    wave_level_set(&v->w, &v->misses, cycle, s->p.mshrs - s->n_free);
    wave_level_set(&v->w, &v->requests, cycle, s->requests.n);
    wave_level_set(&v->w, &v->writes, cycle, s->n_writes);
}

void l2_slice_show_end(struct l2_slice *s)
{
    struct l2_wave *v = s->wave;
    if (!v)
        return;
    wave_level_end(&v->w, &v->misses);
    wave_level_end(&v->w, &v->requests);
    wave_level_end(&v->w, &v->writes);
}
