/* SPDX-License-Identifier: Apache-2.0 */
/* vcd.h - waveforms: a probe that writes a value change dump (IEEE 1364-2005, clause 18).
 *
 *     blocks --change--> change_log (sorts) --vcd_finish--> F.vcd | F.vcd.gz
 *                                                           F.gtkw, F.NAME.txt (what GTKWave shows, and how)
 *
 * Timescale 1 fs; a value of cycle t changes at clock edge t. Only changes are written: a scalar takes
 * at most 4 bytes, a vector at most its bits + 5, while there are at most 8,930 variables (longer
 * identifiers beyond). Variables stand sorted by scope and name, whatever order they were declared in.
 * Texts are vectors; the header's comments and the .txt files say what the codes mean.
 * Format: docs/formats/vcd.md. */
#ifndef SIM_TRACE_VCD_H
#define SIM_TRACE_VCD_H

#include <stddef.h>

#include "sim/base/diag.h"
#include "sim/kernel/probe.h"

struct vcd_options {
    const char *path; /* ends in .gz: gzip */
    /* globs over scopes and full names ("chip0.unit*", "*.state"), of which one must match; none: everything */
    const char *const *scopes;
    size_t n_scopes;
    uint64_t window_from; /* cycles [from, to); the values at `from` are dumped there */
    uint64_t window_to;   /* 0: to the end */
    uint64_t period_fs;   /* of the nominal clock: the window's unit */
    const char *producer; /* "bpsim 0.1.0" */
};

struct vcd;

/* Opens the files under temporary names: SIM_ERR_IO when that cannot be. */
int vcd_open(struct vcd **v, const struct vcd_options *o, struct diag *d);

/* What the hardware gets; lives as long as the vcd. */
const struct probe *vcd_probe(struct vcd *v);

/* Writes everything, gives the files their names, frees v. `end_fs`: end of the run; `note`: a comment
 * in the header (why the run ended early), or NULL. SIM_ERR_IO, or SIM_ERR_INPUT when the scope matches
 * no variable. */
int vcd_finish(struct vcd *v, uint64_t end_fs, const char *note, struct diag *d);
void vcd_abort(struct vcd *v); /* NULL is nothing */

#endif
