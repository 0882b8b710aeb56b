/* SPDX-License-Identifier: Apache-2.0 */
/* vcd.c - a probe that writes a value change dump. */
#include "sim/trace/vcd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/text.h"
#include "sim/trace/change_log.h"
#include "sim/trace/vcd_variables.h"

#define VALUE_BYTES 80u  /* at most, of the line that says a value, and what is copied behind it */
#define AT_ONCE     128u /* lines between two looks at the room in the buffer */

/* A variable as it is reported. */
struct reported {
    uint64_t time; /* of the last change */
    uint64_t value;
    uint64_t most;  /* greatest value that fits */
    uint32_t place; /* among the sorted variables */
};

/* A variable as it stands in the file. */
struct written {
    uint64_t value; /* before the window: the value at its begin */
    char tail[6];   /* what follows the digits of the value, to the end of the line */
    uint8_t n_tail;
    bool is_bit;
};

struct vcd {
    struct probe probe;
    struct out_stream *out;
    char *path, *producer;
    VEC(char *, scopes);
    uint64_t from_fs, to_fs; /* UINT64_MAX: to the end */
    uint64_t end_fs;         /* latest change seen */
    bool sealed;             /* no further variables */
    struct vcd_variables variables;
    struct reported *reported; /* by number, as declared */
    struct written *written;   /* by place */
    struct change_log *log;
    char *digits; /* of each byte 8, and 8 that nobody sees */
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

static struct written new_written(const struct vcd_variable *x)
{
    struct written w = {.is_bit = x->kind == PROBE_BIT};
    int n = snprintf(w.tail, sizeof w.tail, "%s%s\n", w.is_bit ? "" : " ", x->id);
    w.n_tail = (uint8_t)n;
    return w;
}

static void seal(struct vcd *v)
{
    if (v->sealed) {
        return;
    }
    size_t n = v->variables.n_all;
    vcd_variables_sort(&v->variables);
    v->reported = mem_alloc_array(n, sizeof *v->reported);
    v->written = mem_alloc_array(n, sizeof *v->written);
    for (uint32_t i = 0; i < n; i++) {
        const struct vcd_variable *x = &v->variables.all[i];
        v->reported[x->declared] = (struct reported) {.most = UINT64_MAX >> (64 - x->bits), .place = i};
        v->written[i] = new_written(x);
    }
    v->log = change_log_new((uint32_t)n, 0);
    v->sealed = true;
}

/* What blocks must not report ends the run here, with the variable's name. */
static void check_change(const struct vcd *v, const struct reported *r, uint64_t time_fs, uint64_t value)
{
    const struct vcd_variable *x = &v->variables.all[r->place];
    SIM_CHECK(time_fs >= r->time, "%s.%s goes back in time", x->scope, x->name);
    SIM_CHECK(value <= r->most, "%s.%s: %llu does not fit in %u bits", x->scope, x->name, (unsigned long long)value,
              x->bits);
}

static void change(void *self, uint32_t variable, uint64_t time_fs, uint64_t value)
{
    struct vcd *v = self;
    seal(v);
    struct reported *r = &v->reported[variable];
    if (time_fs < r->time || value > r->most) {
        check_change(v, r, time_fs, value);
    }
    r->time = time_fs;
    v->end_fs = time_fs > v->end_fs ? time_fs : v->end_fs;
    if (value == r->value) {
        return;
    }
    r->value = value;
    if (time_fs <= v->from_fs) {
        v->written[r->place].value = value;
    } else if (time_fs < v->to_fs) {
        change_log_add(v->log, time_fs, r->place, value);
    }
}

static char *new_digits(void)
{
    char *digits = mem_alloc((256 + 1) * 8);
    for (uint32_t i = 0; i < 256 * 8; i++) {
        digits[i] = (char)('0' + (i / 8 >> (7 - i % 8) & 1));
    }
    return digits;
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
    x->digits = new_digits();
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
    free(v->reported);
    free(v->written);
    free(v->digits);
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

/* In the fewest digits. Bytes are looked up; of the first, the zeros before it are left out. What is copied beyond the
 * end is written over. */
static char *put_binary(char *p, const char *digits, uint64_t value)
{
    uint32_t width = 64 - (uint32_t)__builtin_clzll(value | 1);
    uint32_t byte = (width - 1) / 8;
    uint32_t zeros = 8 * (byte + 1) - width;
    memcpy(p, digits + (value >> 8 * byte & 0xff) * 8 + zeros, 8);
    p += 8 - zeros;
    while (byte-- > 0) {
        memcpy(p, digits + (value >> 8 * byte & 0xff) * 8, 8);
        p += 8;
    }
    return p;
}

/* VALUE_BYTES must be free at p. */
static char *put_value(char *p, const char *digits, const struct written *w)
{
    if (w->is_bit) {
        *p++ = (char)('0' + (char)w->value);
    } else {
        *p++ = 'b';
        p = put_binary(p, digits, w->value);
    }
    memcpy(p, w->tail, sizeof w->tail);
    return p + w->n_tail;
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
        char *p = out_reserve(v->out, VALUE_BYTES);
        out_advance(v->out, (size_t)(put_value(p, v->digits, &v->written[i]) - p));
    }
    out_text(v->out, "$end\n");
}

static bool is_shown(const struct vcd *v, const struct change *c)
{
    return v->written[c->variable].value == c->value;
}

/* What is not shown yet, below a time stamp. False: all is. */
static bool write_changes(struct vcd *v, const struct changes *c)
{
    uint32_t i = 0;
    while (i < c->n && is_shown(v, &c->change[i])) {
        i++;
    }
    if (i == c->n) {
        return false;
    }
    write_time(v->out, c->time);
    while (i < c->n) {
        uint32_t end = c->n - i > AT_ONCE ? i + AT_ONCE : c->n;
        char *begin = out_reserve(v->out, (size_t)AT_ONCE * VALUE_BYTES), *p = begin;
        for (; i < end; i++) {
            if (!is_shown(v, &c->change[i])) {
                struct written *w = &v->written[c->change[i].variable];
                w->value = c->change[i].value;
                p = put_value(p, v->digits, w);
            }
        }
        out_advance(v->out, (size_t)(p - begin));
    }
    return true;
}

static void write_body(struct vcd *v, uint64_t end_fs)
{
    uint64_t stamped = v->from_fs;
    struct changes c;
    while (change_log_next(v->log, &c)) {
        stamped = write_changes(v, &c) ? c.time : stamped;
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
    write_body(v, end_fs < v->to_fs ? end_fs : v->to_fs);
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
