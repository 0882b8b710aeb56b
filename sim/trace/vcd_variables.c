/* SPDX-License-Identifier: Apache-2.0 */
/* vcd_variables.c - the variables of a waveform. */
#include "sim/trace/vcd_variables.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"

#define ID_FIRST '!'
#define ID_CHARS 94u

void vcd_variables_free(struct vcd_variables *v)
{
    for (size_t i = 0; i < v->n_all; i++) {
        free(v->all[i].scope);
        free(v->all[i].name);
    }
    for (size_t i = 0; i < v->n_tables; i++) {
        free(v->tables[i].name);
    }
    free(v->all);
    free(v->tables);
    free(v->sorted_of);
    *v = (struct vcd_variables) {0};
}

static uint32_t width_of(uint32_t codes)
{
    uint32_t bits = 1;
    while (codes > 1ull << bits) {
        bits++;
    }
    return bits;
}

static bool same_table(const struct vcd_table *t, const char *name, const char *const *codes, uint32_t n)
{
    if (strcmp(t->name, name) != 0 || t->n_codes != n) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (strcmp(t->codes[i], codes[i]) != 0) {
            return false;
        }
    }
    return true;
}

/* "r0-r1_class" has codes of a class. */
static uint32_t find_table(struct vcd_variables *v, const char *variable, const char *const *codes, uint32_t n)
{
    const char *underscore = strrchr(variable, '_');
    char *name = mem_strdup(underscore && underscore[1] ? underscore + 1 : variable);
    size_t length = strlen(name);
    while (length > 1 && name[length - 1] >= '0' && name[length - 1] <= '9') {
        name[--length] = '\0';
    }
    uint32_t i = 0;
    while (i < v->n_tables && !same_table(&v->tables[i], name, codes, n)) {
        i++;
    }
    if (i == v->n_tables) {
        *VEC_PUSH(v, tables) = (struct vcd_table) {mem_strdup(name), codes, n, width_of(n)};
    }
    free(name);
    return i;
}

void vcd_variables_add(struct vcd_variables *v, const char *scope, const char *name, enum probe_kind kind,
                       uint32_t bits, const char *const *names)
{
    uint32_t declared = (uint32_t)v->n_all;
    struct vcd_variable *x = VEC_PUSH(v, all);
    *x = (struct vcd_variable) {.scope = mem_strdup(*scope ? scope : "server"),
                                .name = mem_strdup(name),
                                .kind = kind,
                                .bits = kind == PROBE_BIT ? 1 : bits,
                                .table = UINT32_MAX,
                                .declared = declared};
    if (kind == PROBE_TEXT) {
        x->table = find_table(v, name, names, bits);
        x->bits = v->tables[x->table].bits;
    }
    SIM_CHECK(x->bits >= 1 && x->bits <= 64, "%s.%s has %u bits", scope, name, x->bits);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* One component, up to '.' or the end: runs of digits compare by value. */
static int compare_component(const char **a, const char **b)
{
    const char *p = *a;
    const char *q = *b;
    while (*p && *p != '.' && *q && *q != '.') {
        if (is_digit(*p) && is_digit(*q)) {
            unsigned long long x = strtoull(p, (char **)&p, 10);
            unsigned long long y = strtoull(q, (char **)&q, 10);
            if (x != y) {
                return x < y ? -1 : 1;
            }
        } else if (*p != *q) {
            return (unsigned char)*p < (unsigned char)*q ? -1 : 1;
        } else {
            p++;
            q++;
        }
    }
    *a = p;
    *b = q;
    int more = *p && *p != '.';
    int more_b = *q && *q != '.';
    return more - more_b;
}

int vcd_name_compare(const char *a, const char *b)
{
    size_t same = 0;
    while (a[same] && a[same] == b[same]) {
        same++;
    }
    while (same > 0 && is_digit(a[same - 1])) {
        same--; /* a number counts as a whole */
    }
    a += same;
    b += same;
    for (;;) {
        int order = compare_component(&a, &b);
        if (order || (!*a && !*b)) {
            return order;
        }
        if (!*a || !*b) {
            return *a ? 1 : -1; /* what stands in a scope itself comes before its inner scopes */
        }
        a++;
        b++;
    }
}

static int compare(const void *a, const void *b)
{
    const struct vcd_variable *x = a;
    const struct vcd_variable *y = b;
    int order = vcd_name_compare(x->scope, y->scope);
    order = order ? order : strcmp(x->scope, y->scope); /* r01 and r1 are two scopes */
    order = order ? order : vcd_name_compare(x->name, y->name);
    return order ? order : strcmp(x->name, y->name);
}

static void make_id(char id[4], size_t number)
{
    size_t n = 1;
    for (size_t count = ID_CHARS; number >= count; count *= ID_CHARS) {
        number -= count;
        n++;
    }
    SIM_CHECK(n < 4, "too many variables for one waveform");
    for (size_t i = 0; i < n; i++) {
        id[i] = (char)(ID_FIRST + (char)(number % ID_CHARS));
        number /= ID_CHARS;
    }
    id[n] = '\0';
}

void vcd_variables_sort(struct vcd_variables *v)
{
    if (v->n_all) {
        qsort(v->all, v->n_all, sizeof *v->all, compare);
    }
    v->sorted_of = mem_alloc_array(v->n_all, sizeof *v->sorted_of);
    for (uint32_t i = 0; i < v->n_all; i++) {
        struct vcd_variable *x = &v->all[i];
        SIM_CHECK(i == 0 || compare(x, x - 1) != 0, "%s.%s is declared twice", x->scope, x->name);
        make_id(x->id, i);
        v->sorted_of[x->declared] = i;
    }
}

/* Bytes of the longest common head of two scopes that ends at a component's end in both. */
static size_t common_head(const char *a, const char *b)
{
    size_t common = 0;
    for (size_t i = 0;; i++) {
        bool end_a = a[i] == '.' || a[i] == '\0';
        bool end_b = b[i] == '.' || b[i] == '\0';
        if (end_a && end_b) {
            common = i;
        }
        if (a[i] != b[i] || a[i] == '\0') {
            return common;
        }
    }
}

static void close_scopes(const char *rest, struct out_stream *s)
{
    for (; *rest; rest++) {
        if (*rest == '.') {
            out_text(s, "$upscope $end\n");
        }
    }
}

/* From scope `from` ("" = none) to scope `to`. */
static void change_scope(const char *from, const char *to, struct out_stream *s)
{
    size_t common = common_head(from, to);
    if (from[common]) {
        close_scopes(from + common + (from[common] == '.'), s);
        out_text(s, "$upscope $end\n");
    }
    const char *p = to + common + (to[common] == '.');
    while (*p) {
        size_t n = strcspn(p, ".");
        out_printf(s, "$scope module %.*s $end\n", (int)n, p);
        p += n + (p[n] == '.');
    }
}

static void write_tables(const struct vcd_variables *v, struct out_stream *s)
{
    for (size_t i = 0; i < v->n_tables; i++) {
        const struct vcd_table *t = &v->tables[i];
        out_printf(s, "$comment codes of %s:", t->name);
        for (uint32_t c = 0; c < t->n_codes; c++) {
            out_printf(s, " %u=%s", c, t->codes[c]);
        }
        out_text(s, " $end\n");
    }
}

void vcd_write_declarations(const struct vcd_variables *v, struct out_stream *s)
{
    const char *scope = "";
    write_tables(v, s);
    for (size_t i = 0; i < v->n_all; i++) {
        const struct vcd_variable *x = &v->all[i];
        if (strcmp(scope, x->scope) != 0) {
            change_scope(scope, x->scope, s);
            scope = x->scope;
        }
        if (x->kind == PROBE_BIT) {
            out_printf(s, "$var wire 1 %s %s $end\n", x->id, x->name);
        } else {
            out_printf(s, "$var wire %u %s %s [%u:0] $end\n", x->bits, x->id, x->name, x->bits - 1);
        }
    }
    if (*scope) {
        change_scope(scope, "", s);
    }
    out_text(s, "$enddefinitions $end\n");
}
