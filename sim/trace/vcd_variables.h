/* SPDX-License-Identifier: Apache-2.0 */
/* vcd_variables.h - the variables of a waveform: order, identifiers, header. Private to sim/trace. */
#ifndef SIM_TRACE_VCD_VARIABLES_H
#define SIM_TRACE_VCD_VARIABLES_H

#include "sim/base/mem.h"
#include "sim/kernel/probe.h"
#include "sim/trace/out_stream.h"

struct vcd_variable {
    char *scope, *name;
    enum probe_kind kind;
    uint32_t bits;     /* width */
    uint32_t table;    /* PROBE_TEXT: its names; else UINT32_MAX */
    uint32_t declared; /* number in order of declaration */
    char id[4];
};

/* Names of the codes of a text variable. Variables of one kind share a table: equal codes, equal names
 * after the last '_', without numbers at the end (warp0, warp1: warp). */
struct vcd_table {
    char *name;
    const char *const *codes;
    uint32_t n_codes, bits;
};

struct vcd_variables {
    VEC(struct vcd_variable, all); /* order of declaration; sorted by vcd_variables_sort */
    VEC(struct vcd_table, tables);
    uint32_t *sorted_of; /* declared number -> place in `all` */
};

void vcd_variables_free(struct vcd_variables *v);
void vcd_variables_add(struct vcd_variables *v, const char *scope, const char *name, enum probe_kind kind,
                       uint32_t bits, const char *const *names);

/* Sorts by scope and name (numbers by value: unit2 before unit10) and hands out identifiers. */
void vcd_variables_sort(struct vcd_variables *v);

/* Order of two dotted names, component by component. */
int vcd_name_compare(const char *a, const char *b);

/* $scope ... $enddefinitions. */
void vcd_write_declarations(const struct vcd_variables *v, struct out_stream *s);

/* GTKWave's save file and translation files beside `path`. */
struct diag;
int vcd_write_gtkw(const struct vcd_variables *v, const char *path, uint64_t shown_fs, struct diag *d);

#endif
