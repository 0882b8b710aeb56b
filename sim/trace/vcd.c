/* SPDX-License-Identifier: Apache-2.0 */
/* vcd.c - a probe that writes a value change dump. */
#include "sim/trace/vcd.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/text.h"
#include "sim/trace/change_log.h"
#include "sim/trace/vcd_variables.h"

struct vcd {
    struct probe probe;
    struct out_stream *out;
    char *path, *producer;
    VEC(char *, scopes);
    uint64_t from_fs, to_fs; /* UINT64_MAX: to the end */
    uint64_t end_fs;         /* latest change seen */
    bool sealed;             /* no further variables */
    struct vcd_variables variables;
    struct change_log *log;
};

/* The pattern may name a variable, its scope, or any scope around it. */
static bool matches(const char *pattern, const char *full)
{
    char *name = mem_strdup(full);
    bool found = text_glob(pattern, name);
    for (char *dot; !found && (dot = strrchr(name, '.'));) {
        *dot = '\0';
        found = text_glob(pattern, name);
    }
    free(name);
    return found;
}

static bool wanted(const struct vcd *v, const char *scope, const char *name)
{
    char *full = mem_printf("%s%s%s", scope, *scope ? "." : "", name);
    bool found = v->n_scopes == 0;
    for (size_t i = 0; !found && i < v->n_scopes; i++) {
        found = matches(v->scopes[i], full);
    }
    free(full);
    return found;
}

static uint32_t declare(void *self, const char *scope, const char *name, enum probe_kind kind, uint32_t bits,
                        const char *const *names)
{
    struct vcd *v = self;
    SIM_CHECK(!v->sealed, "%s.%s is declared after the first change", scope, name);
    if (!wanted(v, scope, name)) {
        return UINT32_MAX;
    }
    vcd_variables_add(&v->variables, scope, name, kind, bits, names);
    return (uint32_t)v->variables.n_all - 1;
}

static void seal(struct vcd *v)
{
    if (!v->sealed) {
        vcd_variables_sort(&v->variables);
        v->sealed = true;
    }
}

static void change(void *self, uint32_t variable, uint64_t time_fs, uint64_t value)
{
    struct vcd *v = self;
    seal(v);
    uint32_t place = v->variables.sorted_of[variable];
    struct vcd_variable *x = &v->variables.all[place];
    SIM_CHECK(time_fs >= x->last_time, "%s.%s goes back in time", x->scope, x->name);
    SIM_CHECK(x->bits == 64 || value >> x->bits == 0, "%s.%s: %llu does not fit in %u bits", x->scope, x->name,
              (unsigned long long)value, x->bits);
    x->last_time = time_fs;
    v->end_fs = time_fs > v->end_fs ? time_fs : v->end_fs;
    if (value == x->last) {
        return;
    }
    x->last = value;
    if (time_fs <= v->from_fs) {
        x->shown = value;
    } else if (time_fs < v->to_fs) {
        change_log_add(v->log, time_fs, place, value);
    }
}

int vcd_open(struct vcd **v, const struct vcd_options *o, struct diag *d)
{
    struct out_stream *out;
    *v = NULL;
    int error = out_open(&out, o->path, d);
    if (error) {
        return error;
    }
    struct vcd *x = mem_alloc(sizeof *x);
    x->probe = (struct probe) {.self = x, .declare = declare, .change = change};
    x->out = out;
    x->path = mem_strdup(o->path);
    for (size_t i = 0; i < o->n_scopes; i++) {
        *VEC_PUSH(x, scopes) = mem_strdup(o->scopes[i]);
    }
    x->producer = mem_strdup(o->producer);
    x->from_fs = o->window_from * o->period_fs;
    x->to_fs = o->window_to ? o->window_to * o->period_fs : UINT64_MAX;
    x->log = change_log_new(0);
    *v = x;
    return SIM_OK;
}

const struct probe *vcd_probe(struct vcd *v)
{
    return &v->probe;
}

static void free_vcd(struct vcd *v)
{
    change_log_free(v->log);
    vcd_variables_free(&v->variables);
    free(v->path);
    for (size_t i = 0; i < v->n_scopes; i++) {
        free(v->scopes[i]);
    }
    free(v->scopes);
    free(v->producer);
    free(v);
}

void vcd_abort(struct vcd *v)
{
    if (v) {
        out_abort(v->out);
        free_vcd(v);
    }
}

static void write_value(struct out_stream *s, const struct vcd_variable *x, uint64_t value)
{
    char *p = out_reserve(s, 80);
    char *begin = p;
    if (x->kind == PROBE_BIT) {
        *p++ = (char)('0' + (char)value);
    } else {
        uint32_t bit = 63;
        while (bit > 0 && !(value >> bit & 1)) {
            bit--;
        }
        *p++ = 'b';
        for (uint32_t i = bit + 1; i > 0; i--) {
            *p++ = (char)('0' + (char)(value >> (i - 1) & 1));
        }
        *p++ = ' ';
    }
    for (const char *id = x->id; *id; id++) {
        *p++ = *id;
    }
    *p++ = '\n';
    out_advance(s, (size_t)(p - begin));
}

static void write_time(struct out_stream *s, uint64_t time_fs)
{
    out_text(s, "#");
    out_u64(s, time_fs);
    out_text(s, "\n");
}

static void write_head(struct vcd *v, const char *note)
{
    out_printf(v->out, "$version %s $end\n$timescale 1 fs $end\n", v->producer);
    if (note) {
        out_printf(v->out, "$comment %s $end\n", note);
    }
    vcd_write_declarations(&v->variables, v->out);
    write_time(v->out, v->from_fs);
    out_text(v->out, "$dumpvars\n");
    for (size_t i = 0; i < v->variables.n_all; i++) {
        write_value(v->out, &v->variables.all[i], v->variables.all[i].shown);
    }
    out_text(v->out, "$end\n");
}

/* Of several changes of a variable at one time the last counts, and only if it changes what is shown. */
static void write_changes(struct vcd *v, uint64_t end_fs)
{
    uint64_t stamped = v->from_fs;
    struct change next;
    bool more = change_log_next(v->log, &next);
    while (more) {
        struct change c = next;
        more = change_log_next(v->log, &next);
        if (more && next.time == c.time && next.variable == c.variable) {
            continue;
        }
        struct vcd_variable *x = &v->variables.all[c.variable];
        if (c.value == x->shown) {
            continue;
        }
        if (c.time != stamped) {
            write_time(v->out, c.time);
            stamped = c.time;
        }
        x->shown = c.value;
        write_value(v->out, x, c.value);
    }
    if (end_fs > stamped) {
        write_time(v->out, end_fs);
    }
}

static int finish(struct vcd *v, uint64_t end_fs, const char *note, struct diag *d)
{
    if (v->variables.n_all == 0) {
        diag_add(d, v->path, 0, 0, "", "no signal matches the scope %s", v->n_scopes ? v->scopes[0] : "*");
        return SIM_ERR_INPUT;
    }
    end_fs = end_fs > v->end_fs ? end_fs : v->end_fs;
    write_head(v, note);
    write_changes(v, end_fs < v->to_fs ? end_fs : v->to_fs);
    if (change_log_failed(v->log)) {
        diag_add(d, v->path, 0, 0, "", "cannot be written: no room for temporary data");
        return SIM_ERR_IO;
    }
    return SIM_OK;
}

int vcd_finish(struct vcd *v, uint64_t end_fs, const char *note, struct diag *d)
{
    seal(v);
    int error = finish(v, end_fs, note, d);
    if (error) {
        out_abort(v->out);
    } else {
        error = out_commit(v->out, d);
    }
    if (!error) {
        uint64_t end = end_fs > v->end_fs ? end_fs : v->end_fs;
        end = end < v->to_fs ? end : v->to_fs;
        error = vcd_write_gtkw(&v->variables, v->path, end > v->from_fs ? end - v->from_fs : 0, d);
    }
    free_vcd(v);
    return error;
}
