/* SPDX-License-Identifier: Apache-2.0 */
/* frfcfs_wave.c - the channel in the waveform: its two command buses, the window.
 *
 * REF and the PRE before it are told when the channel next evaluates; that may be after the end of the run or never. So
 * they are kept until a later row command is told, or the end of the run says which of them belong to it. */
#include <stdlib.h>

#include "hw/hbm/frfcfs_core.h"
#include "sim/kernel/wave.h"

enum row_command { ROW_NONE, ROW_ACT, ROW_PRE, ROW_PREA, ROW_REF, ROW_COMMANDS };
enum column_command { COLUMN_NONE, COLUMN_RD, COLUMN_WR, COLUMN_COMMANDS };
static const char *const row_names[ROW_COMMANDS] = {"-", "ACT", "PRE", "PREA", "REF"};
static const char *const column_names[COLUMN_COMMANDS] = {"-", "RD", "WR"};

struct kept {
    uint64_t cycle, command;
};

struct frfcfs_wave {
    struct wave w;
    struct wave_pulse row_command, column_command;
    struct wave_pulse columns; /* how many, where a cycle can have several */
    uint32_t columns_told;     /* of this cycle so far */
    enum column_command column;
    struct wave_level row, bank, reads, writes;
    VEC(struct kept, kept);
};

/* A PREA is told with its REF or not at all: who sleeps at the end does not tell it for a REF behind the end. */
static void tell_kept(struct frfcfs_wave *v, uint64_t end)
{
    for (size_t i = 0; i < v->n_kept; i++) {
        const struct kept *k = &v->kept[i], *ref = k->command == ROW_PREA ? k + 1 : k;
        if (ref->cycle < end)
            wave_pulse_at(&v->w, &v->row_command, k->cycle, k->command);
    }
    v->n_kept = 0;
}

static void keep(struct frfcfs_wave *v, uint64_t cycle, enum row_command command)
{
    *VEC_PUSH(v, kept) = (struct kept) {cycle, command};
}

static void tell_row(struct frfcfs_wave *v, uint64_t cycle, enum row_command command, uint32_t bank, uint32_t row)
{
    tell_kept(v, CYCLE_NEVER);
    wave_pulse_at(&v->w, &v->row_command, cycle, command);
    wave_level_set(&v->w, &v->bank, cycle, bank);
    wave_level_set(&v->w, &v->row, cycle, row);
}

/* All columns of a cycle are of one direction. */
static void tell_columns(struct frfcfs_wave *v, uint64_t cycle)
{
    if (v->columns_told == 0)
        return;
    wave_pulse_at(&v->w, &v->column_command, cycle, v->column);
    wave_pulse_at(&v->w, &v->columns, cycle, v->columns_told);
    v->columns_told = 0;
}

static void on_command(void *self, uint64_t cycle, enum frfcfs_command command, uint32_t bank, uint32_t row)
{
    struct frfcfs_wave *v = self;
    switch (command) {
    case FRFCFS_RD:
        v->column = COLUMN_RD;
        v->columns_told++;
        break;
    case FRFCFS_WR:
        v->column = COLUMN_WR;
        v->columns_told++;
        break;
    case FRFCFS_ACT:
        tell_row(v, cycle, ROW_ACT, bank, row);
        break;
    case FRFCFS_PRE:
        if (bank == UINT32_MAX)
            keep(v, cycle, ROW_PREA);
        else
            tell_row(v, cycle, ROW_PRE, bank, row);
        break;
    default:
        keep(v, cycle, ROW_REF);
        break;
    }
}

/* At most: the data of all begin in one cycle. */
static uint64_t columns_of_a_cycle(const struct frfcfs *c)
{
    return ceil_div(c->dram->rate.num, fraction_ticks(c->dram->rate, c->dram->burst_bytes));
}

void frfcfs_show(struct frfcfs *c, const struct slot_counter *launch)
{
    struct wave w = wave_new(c->run->probe, launch);
    if (!w.probe)
        return;
    struct frfcfs_wave *v = mem_alloc(sizeof *v);
    const char *name = c->p.name;
    v->row_command = wave_pulse_new(&w, name, "row_command", ROW_COMMANDS, row_names);
    v->column_command = wave_pulse_new(&w, name, "column_command", COLUMN_COMMANDS, column_names);
    v->columns = (struct wave_pulse) {UINT32_MAX};
    if (c->dram->ccd_s == 0)
        v->columns = wave_pulse_number_new(&w, name, "columns", columns_of_a_cycle(c));
    v->bank = wave_level_new(&w, name, "bank", c->dram->banks - 1);
    v->row = wave_level_new(&w, name, "row", UINT32_MAX);
    v->reads = wave_level_new(&w, name, "reads", c->p.queue);
    v->writes = wave_level_new(&w, name, "writes", c->p.queue);
    v->w = w;
    if (w.wanted == 0) {
        free(v);
        return;
    }
    c->wave = v;
    c->shown = true;
    frfcfs_listen(c, &(struct frfcfs_listener) {v, on_command});
}

void frfcfs_wave_cycle(struct frfcfs *c, uint64_t cycle)
{
    struct frfcfs_wave *v = c->wave;
    tell_columns(v, cycle);
    wave_level_set(&v->w, &v->reads, cycle, c->pending[READING]);
    wave_level_set(&v->w, &v->writes, cycle, c->pending[WRITING]);
}

void frfcfs_show_end(struct frfcfs *c, uint64_t end)
{
    struct frfcfs_wave *v = c->wave;
    if (!v)
        return;
    tell_kept(v, end);
    struct wave_level *levels[] = {&v->bank, &v->row, &v->reads, &v->writes};
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        wave_level_end(&v->w, levels[i]);
}

void frfcfs_wave_free(struct frfcfs *c)
{
    if (c->wave)
        free(c->wave->kept);
    free(c->wave);
}
