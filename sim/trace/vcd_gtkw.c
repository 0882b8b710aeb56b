/* SPDX-License-Identifier: Apache-2.0 */
/* vcd_gtkw.c - a GTKWave save file: variables in groups by what they show, texts translated.
 *
 * Open groups `phase`, `kernel`, `bit` and `state`; closed ones for what else units have, by name, and for
 * everything else (links, slices, channels), by scope. What a unit has several of (warps) stays together. Names of
 * files stand there without folders: start gtkwave in the folder of the waveform. */
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/file.h"
#include "sim/base/text.h"
#include "sim/trace/vcd_variables.h"

/* Bits of a GTKWave trace's flags (its analyzer.h). */
#define GROUP_OPEN   "@800200\n"
#define GROUP_CLOSED "@c00200\n"
#define GROUP_END    "@1000200\n"
#define SHOW_BIT     "@28\n"
#define SHOW_NUMBER  "@24\n"
#define SHOW_TEXT    "@2028\n" /* binary digits, looked up in a file */

static const char *const first_groups[] = {"phase", "kernel", "bit", "state"};
#define N_FIRST (sizeof first_groups / sizeof first_groups[0])

/* Path without .gz and .vcd. */
static char *stem_of(const char *path)
{
    static const char *const endings[] = {".gz", ".vcd"};
    char *stem = mem_strdup(path);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t n = strlen(stem);
        size_t e = strlen(endings[i]);
        if (n > e && strcmp(stem + n - e, endings[i]) == 0 && stem[n - e - 1] != '/') {
            stem[n - e] = '\0';
        }
    }
    return stem;
}

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* F.state.txt; tables of the same name are told apart by their number. */
static char *table_path(const struct vcd_variables *v, const char *stem, uint32_t table)
{
    uint32_t same = 0;
    for (uint32_t i = 0; i < table; i++) {
        same += strcmp(v->tables[i].name, v->tables[table].name) == 0;
    }
    return same ? mem_printf("%s.%s%u.txt", stem, v->tables[table].name, same)
                : mem_printf("%s.%s.txt", stem, v->tables[table].name);
}

/* chip0.unit3, bit -> "+{chip0/unit3/bit} ". GTKWave shows what follows the last dot of a name; side by side "bit"
 * says little. */
static char *alias_of(const struct vcd_variable *x)
{
    char *alias = mem_printf("+{%s/%s} ", x->scope, x->name);
    for (char *c = alias; *c != '\0'; c++) {
        *c = *c == '.' ? '/' : *c;
    }
    return alias;
}

static void add_variable(const struct vcd_variables *v, const char *stem, const struct vcd_variable *x, bool alias,
                         struct text *out)
{
    char *shown = alias ? alias_of(x) : mem_strdup("");
    if (x->kind == PROBE_BIT) {
        text_printf(out, SHOW_BIT "%s%s.%s\n", shown, x->scope, x->name);
        free(shown);
        return;
    }
    if (x->kind == PROBE_TEXT) {
        char *path = table_path(v, stem, x->table);
        text_printf(out, SHOW_TEXT "^1 %s\n", base_of(path));
        free(path);
    } else {
        text_add(out, SHOW_NUMBER);
    }
    text_printf(out, "%s%s.%s[%u:0]\n", shown, x->scope, x->name, x->bits - 1);
    free(shown);
}

static bool is_first(const char *name)
{
    for (size_t i = 0; i < N_FIRST; i++) {
        if (strcmp(name, first_groups[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* warp0, warp1: one of several that a scope has. */
static bool is_numbered(const char *name)
{
    size_t n = strlen(name);
    return n > 0 && name[n - 1] >= '0' && name[n - 1] <= '9';
}

/* Behind the last variable of this one's scope: those of a scope stand together. */
static size_t scope_end(const struct vcd_variables *v, size_t first)
{
    size_t end = first + 1;
    while (end < v->n_all && strcmp(v->all[end].scope, v->all[first].scope) == 0) {
        end++;
    }
    return end;
}

/* Scopes that have a bit or a state are units: what each of them has once is looked at side by side. */
static void mark_units(const struct vcd_variables *v, bool *unit)
{
    for (size_t first = 0, end; first < v->n_all; first = end) {
        bool any = false;
        end = scope_end(v, first);
        for (size_t i = first; i < end; i++) {
            any |= strcmp(v->all[i].name, "bit") == 0 || strcmp(v->all[i].name, "state") == 0;
        }
        for (size_t i = first; i < end; i++) {
            unit[i] = any && !is_numbered(v->all[i].name);
        }
    }
}

/* A group of all variables of one name, or of those of one scope that are in no other group. */
struct group {
    const char *key;
    bool of_scope; /* `key` is a scope, else a name */
    bool open;
    size_t first, end; /* where its variables stand */
};

static bool belongs(const struct group *g, const struct vcd_variable *x, bool of_unit)
{
    if (g->of_scope) {
        return !of_unit && !is_first(x->name);
    }
    return strcmp(x->name, g->key) == 0 && (of_unit || is_first(g->key));
}

static void add_group(const struct vcd_variables *v, const char *stem, const bool *unit, struct group g,
                      struct text *out)
{
    bool any = false;
    for (size_t i = g.first; i < g.end; i++) {
        if (!belongs(&g, &v->all[i], unit[i])) {
            continue;
        }
        if (!any) {
            text_printf(out, "%s-%s\n", g.open ? GROUP_OPEN : GROUP_CLOSED, g.key);
        }
        any = true;
        add_variable(v, stem, &v->all[i], !g.of_scope, out);
    }
    if (any) {
        text_printf(out, GROUP_END "-%s\n", g.key);
    }
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names that units have, each once. */
static void add_unit_groups(const struct vcd_variables *v, const char *stem, const bool *unit, struct text *out)
{
    const char **names = mem_alloc_array(v->n_all, sizeof *names);
    size_t n = 0;
    for (size_t i = 0; i < v->n_all; i++) {
        if (unit[i] && !is_first(v->all[i].name)) {
            names[n++] = v->all[i].name;
        }
    }
    qsort(names, n, sizeof *names, compare_names);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || strcmp(names[i], names[i - 1]) != 0) {
            add_group(v, stem, unit, (struct group) {.key = names[i], .end = v->n_all}, out);
        }
    }
    free(names);
}

static void add_groups(const struct vcd_variables *v, const char *stem, struct text *out)
{
    bool *unit = mem_alloc_array(v->n_all, sizeof *unit);
    mark_units(v, unit);
    for (size_t i = 0; i < N_FIRST; i++) {
        add_group(v, stem, unit, (struct group) {.key = first_groups[i], .open = true, .end = v->n_all}, out);
    }
    add_unit_groups(v, stem, unit, out);
    for (size_t first = 0, end; first < v->n_all; first = end) {
        end = scope_end(v, first);
        add_group(v, stem, unit,
                  (struct group) {.key = v->all[first].scope, .of_scope = true, .first = first, .end = end}, out);
    }
    free(unit);
}

/* "0101 text" per code: GTKWave looks up the digits that it would show. */
static int write_table(const struct vcd_variables *v, const char *stem, uint32_t table, struct diag *d)
{
    const struct vcd_table *t = &v->tables[table];
    struct text out = {0};
    for (uint32_t code = 0; code < t->n_codes; code++) {
        for (uint32_t bit = t->bits; bit > 0; bit--) {
            text_add(&out, code >> (bit - 1) & 1 ? "1" : "0");
        }
        text_printf(&out, " %s\n", t->codes[code]);
    }
    char *path = table_path(v, stem, table);
    int error = file_write(path, out.s, out.n, d);
    free(path);
    text_free(&out);
    return error;
}

/* The whole run fits the window: GTKWave shows about five frames of 2^zoom time units side by side. The line
 * goes on with the main marker and 26 named ones, none set. */
static void add_zoom(uint64_t shown_fs, struct text *out)
{
    uint32_t zoom = 0;
    while (zoom < 60 && (UINT64_C(5) << zoom) < shown_fs) {
        zoom++;
    }
    text_printf(out, "*-%u.000000", zoom);
    for (int marker = 0; marker < 27; marker++) {
        text_add(out, " -1");
    }
    text_add(out, "\n");
}

int vcd_write_gtkw(const struct vcd_variables *v, const char *path, uint64_t shown_fs, struct diag *d)
{
    struct text out = {0};
    int error = SIM_OK;
    char *stem = stem_of(path);
    text_printf(&out, "[dumpfile] \"%s\"\n[timestart] 0\n[size] 1600 1000\n", base_of(path));
    add_zoom(shown_fs, &out);
    add_groups(v, stem, &out);
    for (uint32_t i = 0; i < v->n_tables && !error; i++) {
        error = write_table(v, stem, i, d);
    }
    if (!error) {
        char *save = mem_printf("%s.gtkw", stem);
        error = file_write(save, out.s, out.n, d);
        free(save);
    }
    text_free(&out);
    free(stem);
    return error;
}
