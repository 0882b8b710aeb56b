/* SPDX-License-Identifier: Apache-2.0 */
/* packet_wave.c - a chip link in the waveform: the line, and the bytes that wait for it in the router. */
#include <stdlib.h>

#include "hw/link/fabric_sums.h"
#include "sim/kernel/link_probe.h"
#include "sim/kernel/wave.h"

struct packet_wave {
    struct wave w;
    struct link_probe line, again; /* again: of a link with errors */
    struct wave_level queue;
};

void packet_sender_show(struct packet_sender *s, const char *id, const struct probe *probe,
                        const struct slot_counter *launch)
{
    struct wave w = wave_new(probe, launch);
    if (!w.probe)
        return;
    struct packet_wave *v = mem_alloc(sizeof *v);
    char *name = mem_printf("%s_queue", id);
    link_probe_declare(&v->line, probe, id);
    v->queue = wave_level_new(&w, "links", name, UINT32_MAX);
    if (s->replay) {
        char *again = mem_printf("%s_retry", id);
        link_probe_declare(&v->again, probe, again);
        free(again);
    } else {
        v->again = (struct link_probe) {.busy = UINT32_MAX, .class_of = UINT32_MAX};
    }
    v->w = w;
    free(name);
    uint32_t wanted[] = {v->line.busy, v->line.class_of, v->again.busy, v->again.class_of};
    bool any = w.wanted > 0;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        any = any || wanted[i] != UINT32_MAX;
    if (!any)
        free(v);
    else
        s->wave = v;
}

void packet_wave_line(struct packet_sender *s, uint64_t from, uint64_t end, uint32_t class_of, bool again)
{
    const struct wave *w = &s->wave->w;
    uint64_t base = w->launch->now.base;
    if (!wave_shows(w, from))
        return;
    link_probe_burst(&s->wave->line, w->probe, w->launch, from - base, end - base, class_of);
    if (again)
        link_probe_burst(&s->wave->again, w->probe, w->launch, from - base, end - base, class_of);
}

void packet_wave_cycle(struct packet_sender *s, uint64_t cycle)
{
    uint64_t bytes = 0;
    for (int c = 0; c < CLASS_COUNT; c++)
        bytes += s->waiting[c];
    wave_level_set(&s->wave->w, &s->wave->queue, cycle, bytes);
}

void packet_sender_show_end(struct packet_sender *s)
{
    struct packet_wave *v = s->wave;
    if (!v)
        return;
    link_probe_flush(&v->line, v->w.probe, v->w.launch);
    link_probe_flush(&v->again, v->w.probe, v->w.launch);
    wave_level_end(&v->w, &v->queue);
}

void fabric_router_show(struct fabric_router *r, const struct slot_counter *launch)
{
    for (uint32_t i = 0; i < r->p.links; i++)
        packet_sender_show(&r->senders[i], r->p.out[i].id, r->run->probe, launch);
    if (r->sums)
        fabric_sums_show(r->sums, r->run->probe);
}

void fabric_router_show_end(struct fabric_router *r)
{
    for (uint32_t i = 0; i < r->p.links; i++)
        packet_sender_show_end(&r->senders[i]);
    if (r->sums)
        fabric_sums_show_end(r->sums);
}
