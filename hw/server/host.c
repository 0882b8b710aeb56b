/* SPDX-License-Identifier: Apache-2.0 */
/* host.c - launches. */
#include "hw/server/host.h"

#include <stdlib.h>

#include "sim/base/mem.h"
#include "sim/kernel/launch.h"

#define LAUNCH_AHEAD 6u /* cycles: message, counter, boxes; each takes one, clocks may drift */

struct host *host_new(uint32_t chips, uint32_t switches, const uint32_t *repeats, uint32_t n_repeats,
                      struct run_control *run)
{
    struct host *h = mem_alloc(sizeof *h);
    *h = (struct host) {.chips = chips,
                        .nodes = chips + switches,
                        .repeats = repeats,
                        .n_repeats = n_repeats,
                        .run = run,
                        .done = chips};
    return h;
}

void host_free(struct host *h)
{
    free(h);
}

void host_connect(struct host *h, struct domain *domain, struct mailbox **launch_out, struct mailbox **done_in)
{
    h->domain = domain;
    h->launch_out = launch_out;
    h->done_in = done_in;
}

static void launch(struct host *h, uint64_t cycle)
{
    uint64_t now = sim_clock_edge(&h->domain->clock, cycle);
    struct launch_message m = {.launch = h->launch + 1,
                               .program = h->repeats[h->launch],
                               .version = h->n_repeats - 1 - h->launch,
                               .measured = h->launch + 1 == h->n_repeats,
                               .base_fs = sim_clock_edge(&h->domain->clock, cycle + LAUNCH_AHEAD)};
    for (uint32_t i = 0; i < h->nodes; i++)
        mailbox_write_fs(h->launch_out[i], now + 1, &m, sizeof m);
    h->launch++;
    h->done = 0;
}

uint64_t host_eval(struct host *h, uint64_t cycle)
{
    for (uint32_t i = 0; i < h->chips; i++) {
        const struct done_message *m;
        while ((m = mailbox_front(h->done_in[i], cycle)) != NULL) {
            h->done += m->launch == h->launch;
            mailbox_pop(h->done_in[i]);
        }
    }
    if (h->done == h->chips) {
        if (h->launch < h->n_repeats)
            launch(h, cycle);
        else
            h->run->done = true;
    }
    return CYCLE_NEVER;
}
