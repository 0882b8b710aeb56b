/* SPDX-License-Identifier: Apache-2.0 */
/* noc_sweep.h - latency over load: at rates from nearly none to saturation, and at 1 (noc_rates.h). */
#ifndef SIM_CLI_NOC_SWEEP_H
#define SIM_CLI_NOC_SWEEP_H

#include "sim/cli/noc_study.h"

struct noc_sweep {
    VEC(struct noc_figures, points); /* by rate */
    uint32_t saturation;             /* the greatest rate found that the network keeps up with; 0: none */
};

/* 0, or what interrupt_pending says: the points so far. */
int noc_sweep_run(struct noc_sweep *w, const struct noc_study *s);
void noc_sweep_free(struct noc_sweep *w);

/* load-latency.csv and load-latency.svg in a folder, which is made. */
int noc_sweep_write(const struct noc_sweep *w, const struct noc_study *s, const char *folder, struct diag *d);
int noc_write_text(const char *folder, const char *name, const struct text *t, struct diag *d);
/* The curve as a drawing: mean and 99th percentile over load, in grey. */
void noc_figure(const struct noc_sweep *w, const char *title, struct text *out);

#endif
