/* SPDX-License-Identifier: Apache-2.0 */
/* run_control.c - faults of the simulated machine. */
#include "sim/kernel/run_control.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void run_control_free(struct run_control *r)
{
    for (size_t i = 0; i < r->n_faults; i++) {
        free(r->faults[i].place);
        free(r->faults[i].text);
    }
    free(r->faults);
    identity_table_free(&r->identities);
    r->faults = NULL;
    r->n_faults = r->cap_faults = 0;
}

void fault_add(struct run_control *r, const char *place, uint64_t time_fs, uint64_t slot, const char *fmt, ...)
{
    if (r->n_faults >= 16 * FAULTS_KEPT)
        return;
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    *VEC_PUSH(r, faults) = (struct fault) {time_fs, slot, mem_strdup(place), mem_strdup(text)};
}

static int by_time_and_place(const void *a, const void *b)
{
    const struct fault *x = a, *y = b;
    if (x->time_fs != y->time_fs)
        return x->time_fs < y->time_fs ? -1 : 1;
    int place = strcmp(x->place, y->place);
    return place != 0 ? place : strcmp(x->text, y->text);
}

void faults_report(struct run_control *r, struct diag *d)
{
    if (r->n_faults > 0)
        qsort(r->faults, r->n_faults, sizeof *r->faults, by_time_and_place);
    bool stopped = r->stop_fs > 0 && r->n_faults > 0 && r->faults[0].time_fs < r->stop_fs;
    while (stopped && r->faults[r->n_faults - 1].time_fs >= r->stop_fs) {
        r->n_faults--;
        free(r->faults[r->n_faults].place);
        free(r->faults[r->n_faults].text);
    }
    for (size_t i = 0; i < r->n_faults && i < FAULTS_KEPT; i++)
        diag_add(d, "", 0, 0, r->faults[i].place, "cycle %" PRIu64 ": %s", r->faults[i].slot, r->faults[i].text);
    if (r->n_faults > FAULTS_KEPT)
        diag_add(d, "", 0, 0, "", "%zu more violations", r->n_faults - FAULTS_KEPT);
}
