/* SPDX-License-Identifier: Apache-2.0 */
/* dispatcher.c - kernels and CTAs of a chip. */
#include "hw/dispatch/dispatcher.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"

static bool works(const struct dispatcher *d, uint32_t unit)
{
    return !d->k.dead || !d->k.dead[unit];
}

struct dispatcher *dispatcher_new(const struct dispatcher_config *k, struct run_control *run)
{
    struct dispatcher *d = mem_alloc(sizeof *d);
    *d = (struct dispatcher) {.k = *k, .run = run, .var_kernel = UINT32_MAX};
    d->unit = mem_alloc_array(k->units, sizeof *d->unit);
    for (uint32_t i = 0; i < k->units; i++)
        d->live_units += works(d, i);
    if (run->probe)
        d->var_kernel = run->probe->declare(run->probe->self, k->name, "kernel", PROBE_VECTOR, 32, NULL);
    return d;
}

void dispatcher_free(struct dispatcher *d)
{
    if (!d)
        return;
    free(d->unit);
    free(d->marks);
    free(d);
}

void dispatcher_connect(struct dispatcher *d, struct slot_counter *counter, struct mailbox *host_in,
                        struct mailbox *host_out, struct mailbox **start_out, struct mailbox **done_in)
{
    d->counter = counter;
    d->host_in = host_in;
    d->host_out = host_out;
    d->start_out = start_out;
    d->done_in = done_in;
}

static uint32_t kernels(const struct dispatcher *d)
{
    return d->k.persistent ? d->k.program->n_ctas > 0 : (uint32_t)d->k.program->n_kernels;
}

static uint32_t ctas_of(const struct dispatcher *d, uint32_t kernel)
{
    return d->k.persistent ? d->live_units * d->k.cta_slots : d->k.program->kernels[kernel].n_ctas;
}

static void mark(struct dispatcher *d, uint64_t cycle, enum cause cause)
{
    if (d->state.measured && (d->n_marks == 0 || d->marks[d->n_marks - 1].cause != cause))
        *VEC_PUSH(d, marks) = (struct dispatch_mark) {cycle, cause};
}

static void show(struct dispatcher *d, uint64_t cycle, uint32_t kernel)
{
    if (d->state.measured && cycle >= d->state.base && d->var_kernel != UINT32_MAX)
        probe_change(d->run->probe, d->var_kernel, slot_time_fs(d->counter, cycle - d->state.base), kernel);
}

/* ---- 1. launch ---- */

static void take_launch(struct dispatcher *d, uint64_t cycle)
{
    const struct launch_message *m = mailbox_front(d->host_in, cycle);
    if (!m)
        return;
    d->state = slot_state_of(m, d->counter->domain);
    mailbox_pop(d->host_in);
    slot_counter_publish(d->counter, &d->state);
    memset(d->unit, 0, d->k.units * sizeof *d->unit);
    for (uint32_t i = 0; i < d->k.units; i++) {
        d->unit[i].drained = true;
        d->unit[i].next = d->k.program->unit_first ? d->k.program->unit_first[i] : 0;
    }
    d->stat = (struct dispatcher_stat) {0};
    d->kernel = d->next_cta = d->running = 0;
    d->open_at = d->state.base + d->k.launch_cycles;
    d->over_at = d->state.base;
    d->busy = true;
    d->counter->domain->ahead = true; /* until it answers the host nothing but links ends at this chip */
    d->n_marks = 0;
    mark(d, d->state.base, CAUSE_CONTROL_LAUNCH);
    if (kernels(d) == 0)
        mark(d, d->open_at, CAUSE_NO_WORK);
}

/* ---- 2. what SMs tell ---- */

static void take_done(struct dispatcher *d, uint64_t cycle)
{
    for (uint32_t i = 0; i < d->k.units; i++) {
        const struct cta_done *m;
        while ((m = mailbox_front(d->done_in[i], cycle)) != NULL) {
            struct dispatch_unit *u = &d->unit[i];
            SIM_CHECK(u->ctas >= m->ended && d->running >= m->ended, "%s: unit %u ends %u CTAs and has %u", d->k.name,
                      i, m->ended, u->ctas);
            u->ctas -= m->ended;
            u->register_bytes -= m->register_bytes;
            u->shared_bytes -= m->shared_bytes;
            u->drained = m->drained && u->ctas == 0;
            d->running -= m->ended;
            mailbox_pop(d->done_in[i]);
        }
    }
}

/* ---- 3. end of a kernel, of the repeat ---- */

static void end_kernel(struct dispatcher *d, uint64_t cycle)
{
    if (!d->busy || d->kernel == kernels(d) || d->open_at > cycle || d->next_cta < ctas_of(d, d->kernel) ||
        d->running > 0)
        return;
    d->kernel++;
    d->next_cta = 0;
    d->stat.kernels++;
    d->open_at = cycle + d->k.kernel_launch;
    d->over_at = cycle;
    d->run->progress++;
    mark(d, cycle, d->kernel == kernels(d) ? CAUSE_NO_WORK : CAUSE_CONTROL_LAUNCH);
}

static void end_repeat(struct dispatcher *d, uint64_t cycle)
{
    if (!d->busy || d->kernel < kernels(d) || cycle < d->state.base)
        return;
    for (uint32_t i = 0; i < d->k.units; i++)
        if (!d->unit[i].drained)
            return;
    uint64_t now = sim_clock_edge(&d->counter->domain->clock, cycle);
    struct done_message m = {d->state.launch, now};
    mailbox_write_fs(d->host_out, now + 1, &m, sizeof m);
    d->busy = false;
    d->counter->domain->ahead = false;
}

/* ---- 4. CTAs out ---- */

static bool fits(const struct dispatcher *d, uint32_t unit, const struct cta *c)
{
    const struct dispatch_unit *u = &d->unit[unit];
    if (u->ctas == d->k.cta_slots || !works(d, unit))
        return false;
    return !c || (u->register_bytes + c->register_bytes <= d->k.register_bytes &&
                  u->shared_bytes + c->shared_bytes <= d->k.shared_bytes);
}

/* The CTA that this unit would get: the kernel's next one or, where each CTA has its unit, the unit's next one of the
 * kernel; UINT32_MAX: none. */
static uint32_t next_for(const struct dispatcher *d, uint32_t unit)
{
    const struct chip_program *p = d->k.program;
    if (d->k.persistent)
        return CTA_FROM_QUEUE;
    if (!p->unit_first)
        return p->kernels[d->kernel].first_cta + d->next_cta;
    uint32_t at = d->unit[unit].next;
    bool some = at < p->unit_first[unit + 1] && p->ctas[p->unit_ctas[at]].kernel == d->kernel;
    return some ? p->unit_ctas[at] : UINT32_MAX;
}

/* The unit with the fewest CTAs that has room for what it would get; from `turn` on among equals. */
static uint32_t find_unit(const struct dispatcher *d)
{
    uint32_t best = UINT32_MAX;
    for (uint32_t k = 0; k < d->k.units; k++) {
        uint32_t i = (d->turn + k) % d->k.units, cta = next_for(d, i);
        if (!d->k.persistent && cta == UINT32_MAX)
            continue;
        if (fits(d, i, d->k.persistent ? NULL : &d->k.program->ctas[cta]) &&
            (best == UINT32_MAX || d->unit[i].ctas < d->unit[best].ctas))
            best = i;
    }
    return best;
}

static bool dispatch_one(struct dispatcher *d, uint64_t cycle)
{
    uint32_t unit = find_unit(d);
    if (unit == UINT32_MAX)
        return false;
    uint32_t cta = next_for(d, unit);
    const struct cta *c = d->k.persistent ? NULL : &d->k.program->ctas[cta];
    struct dispatch_unit *u = &d->unit[unit];
    u->next++;
    struct cta_start m = {.cta = cta, .launch = d->state.launch, .acquire = u->kernel != d->kernel + 1};
    mailbox_write(d->start_out[unit], cycle + 1, &m, sizeof m);
    u->ctas++;
    u->register_bytes += c ? c->register_bytes : 0;
    u->shared_bytes += c ? c->shared_bytes : 0;
    u->kernel = d->kernel + 1;
    u->drained = false;
    d->turn = (unit + 1) % d->k.units;
    d->next_cta++;
    d->running++;
    d->stat.ctas++;
    return true;
}

/* Returns whether more could go out in the next cycle. */
static bool dispatch(struct dispatcher *d, uint64_t cycle)
{
    if (!d->busy || d->kernel == kernels(d) || d->open_at > cycle)
        return false;
    bool more = d->next_cta < ctas_of(d, d->kernel);
    if (more && d->next_cta == 0)
        show(d, cycle, d->kernel + 1);
    for (uint32_t i = 0; more && i < d->k.cta_rate; i++) {
        if (!dispatch_one(d, cycle)) { /* placed: an empty unit has had all of its CTAs */
            mark(d, cycle, d->k.program->unit_first ? CAUSE_IMBALANCE : CAUSE_CONTROL_DISPATCH);
            return false;
        }
        more = d->next_cta < ctas_of(d, d->kernel);
    }
    if (more)
        mark(d, cycle, CAUSE_CONTROL_DISPATCH);
    else
        mark(d, cycle + 1, CAUSE_IMBALANCE);
    return more;
}

uint64_t dispatcher_eval(struct dispatcher *d, uint64_t cycle)
{
    take_launch(d, cycle);
    take_done(d, cycle);
    end_kernel(d, cycle);
    end_repeat(d, cycle);
    if (dispatch(d, cycle))
        return cycle + 1;
    if (d->busy && d->kernel == kernels(d) && d->state.base > cycle)
        return d->state.base; /* a program without kernels is over at once */
    return d->busy && d->kernel < kernels(d) && d->open_at > cycle ? d->open_at : CYCLE_NEVER;
}

void dispatcher_dump(const struct dispatcher *d, uint64_t cycle, struct diag *diag)
{
    if (!d->busy)
        return;
    if (d->kernel == kernels(d)) {
        uint32_t busy = 0;
        for (uint32_t i = 0; i < d->k.units; i++)
            busy += !d->unit[i].drained;
        diag_add(diag, "", 0, 0, d->k.name, "all kernels are over, %u units have requests outstanding", busy);
        return;
    }
    diag_add(diag, "", 0, 0, d->k.name, "kernel %u of %u: %u of %u CTAs out, %u running%s", d->kernel + 1, kernels(d),
             d->next_cta, ctas_of(d, d->kernel), d->running, d->open_at > cycle ? ", being launched" : "");
}
