/* SPDX-License-Identifier: Apache-2.0 */
/* noc_sweep.c - latency over load. */
#include "sim/cli/noc_sweep.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/base/file.h"
#include "sim/base/mem.h"
#include "sim/cli/noc_rates.h"

struct sweeping {
    struct noc_sweep *w;
    const struct noc_study *s;
};

static int add_point(void *self, uint32_t rate, bool *saturated)
{
    const struct sweeping *x = self;
    struct noc_sweep *w = x->w;
    struct noc_figures f;
    int rc = noc_study_run(x->s, rate, &f);
    if (rc) {
        return rc;
    }
    size_t at = w->n_points;
    (void)VEC_PUSH(w, points);
    for (; at > 0 && w->points[at - 1].rate > rate; at--) {
        w->points[at] = w->points[at - 1];
    }
    w->points[at] = f;
    *saturated = f.saturated;
    return SIM_OK;
}

int noc_sweep_run(struct noc_sweep *w, const struct noc_study *s)
{
    struct sweeping x = {w, s};
    return noc_rates_sweep(add_point, &x, true, &w->saturation);
}

void noc_sweep_free(struct noc_sweep *w)
{
    free(w->points);
}

static void real(struct text *out, double value)
{
    char buffer[TEXT_REAL_MAX];
    text_printf(out, ",%s", isnan(value) ? "" : text_real(buffer, text_round9(value)));
}

static void csv(const struct noc_sweep *w, struct text *out)
{
    text_add(out, "rate,offered,accepted,saturated,packet_latency_mean,packet_latency_ci95,packet_latency_p50,"
                  "packet_latency_p99,packet_latency_max,network_latency_mean,flit_latency_mean,hops_mean,packets,"
                  "flit_hops,cycles\n");
    for (size_t i = 0; i < w->n_points; i++) {
        const struct noc_figures *f = &w->points[i];
        char buffer[TEXT_REAL_MAX];
        text_add(out, text_real(buffer, (double)f->rate / NOC_RATE_ONE));
        real(out, f->offered);
        real(out, f->accepted);
        text_printf(out, ",%s", f->saturated ? "true" : "false");
        real(out, f->packet_latency_mean);
        real(out, f->packet_latency_ci95);
        text_printf(out, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64, f->packet_latency_p50, f->packet_latency_p99,
                    f->packet_latency_max);
        real(out, f->network_latency_mean);
        real(out, f->flit_latency_mean);
        real(out, f->hops_mean);
        text_printf(out, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n", f->packets, f->flit_hops, f->cycles);
    }
}

int noc_write_text(const char *folder, const char *name, const struct text *t, struct diag *d)
{
    char *path = mem_printf("%s/%s", folder, name);
    int rc = file_write(path, t->s, t->n, d);
    free(path);
    return rc;
}

int noc_sweep_write(const struct noc_sweep *w, const struct noc_study *s, const char *folder, struct diag *d)
{
    struct text table = {0};
    struct text figure = {0};
    char *title = mem_printf("%s, %s, packets of %u flit%s", s->config.top.name, s->traffic.pattern->name,
                             s->traffic.flits, s->traffic.flits > 1 ? "s" : "");
    csv(w, &table);
    noc_figure(w, title, &figure);
    int rc = noc_write_text(folder, "load-latency.csv", &table, d);
    rc = rc ? rc : noc_write_text(folder, "load-latency.svg", &figure, d);
    free(title);
    text_free(&table);
    text_free(&figure);
    return rc;
}
